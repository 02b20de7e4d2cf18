//! Limits that no other test meets on its way; all of them stand in docs/limits.md.

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};

use support::{GUARD, Serving, netlearn};

fn ask(port: u16, octets: &[u8]) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    stream.set_read_timeout(Some(GUARD)).expect("a timeout");
    stream.write_all(octets).expect("it reads");
    let mut came = Vec::new();
    stream.read_to_end(&mut came).expect("it ends");
    String::from_utf8_lossy(&came).into_owned()
}

#[test]
fn a_request_may_have_a_hundred_fields() {
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1"]);
    // With Host and Connection there are two more.
    for (fields, status) in [(98, "200"), (99, "431")] {
        let octets =
            format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{}\r\n", "X: y\r\n".repeat(fields));
        let answer = ask(serving.port, octets.as_bytes());
        assert_eq!(answer.get(9..12), Some(status), "{fields} fields: {answer}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_accept_queue_is_as_long_as_is_told() {
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1"]);
    let told = serving.begun.last().expect("listening")["backlog"].clone();
    assert_eq!(told, 1024);
    let system = std::fs::read_to_string("/proc/sys/net/core/somaxconn").expect("the system's limit");
    let system: u64 = system.trim().parse().expect("a number");
    let run = netlearn(&["ports", &serving.port.to_string(), "--json"]);
    assert_eq!(run.event("socket_found")["queue_limit"], system.min(1024), "the kernel's own word");
}

#[test]
fn a_folder_is_listed_up_to_ten_thousand_names() {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..10_010 {
        std::fs::File::create(folder.path().join(number.to_string())).expect("a file");
    }
    let path = folder.path().to_str().expect("UTF-8");
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1", "--files", path]);
    let answer = ask(serving.port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(answer.matches("<li>").count(), 10_000);
}

#[test]
fn an_event_keeps_four_kilobytes_of_what_passed() {
    let serving = Serving::start(&["tcp", "--port", "0", "--host", "127.0.0.1"]);
    let port = serving.port.to_string();
    let input = vec![b'x'; 10_000];
    let run = support::netlearn_with(&["connect", "127.0.0.1", &port, "--json"], &input);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for direction in ["sent", "received"] {
        let events = run.events_of("bytes");
        let events: Vec<_> = events.iter().filter(|event| event["direction"] == direction).collect();
        let len: u64 = events.iter().map(|event| event["len"].as_u64().expect("a length")).sum();
        let kept: usize = events.iter().filter_map(|event| event["head"].as_str()).map(str::len).sum();
        assert_eq!((len, kept), (10_000, 4096), "{direction}: {events:?}");
    }
}
