//! Bounded memory: however much comes, and however slowly it is taken.
#![cfg(target_os = "linux")]

use std::io::Read as _;
use std::time::Duration;

use super::server::{Server, fact, fails, has_fact};
use super::support::{self, command};

/// The most memory a process has had, in kB; of one that has ended nothing is known.
fn most_memory(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1).unwrap().parse().unwrap())
}

/// Streams `total` octets through `get` into a reader that rests now and then; gives the most memory it took.
fn stream(total: u64) -> u64 {
    let server = Server::start(move |_, client| {
        client.head();
        client.write(format!("HTTP/1.1 200 OK\r\nContent-Length: {total}\r\n\r\n").as_bytes());
        let piece = [b'x'; 65536];
        let mut left = total;
        while left > 0 {
            let len = left.min(piece.len() as u64);
            client.write(&piece[..len as usize]);
            left -= len;
        }
        client.wait();
    });
    let mut started = support::Started::new(command(&["get", &server.url("/")]));
    let mut piece = vec![0; 1 << 20];
    let mut read = 0;
    let mut memory = 0;
    let mut stdout = started.stdout.take().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    loop {
        let len = stdout.read(&mut piece).unwrap();
        if len == 0 {
            break;
        }
        read += len as u64;
        // At the last octet it may have ended.
        if read == total || read % (64 << 20) < len as u64 {
            memory = memory.max(most_memory(started.id()).unwrap_or(0));
        }
    }
    let run = started.finish();
    assert_eq!((run.code, read), (0, total), "{}", run.stderr);
    assert!(memory > 0, "nothing was measured");
    memory
}

#[test]
fn two_hundred_megabytes_take_little_memory() {
    let memory = stream(200_000_000);
    assert!(memory < 64 * 1024, "{memory} kB");
}

#[test]
#[ignore = "2 GB: run with --release"]
fn two_gigabytes_take_little_memory() {
    let memory = stream(2_000_000_000);
    assert!(memory < 64 * 1024, "{memory} kB");
}

#[test]
fn a_head_without_end_is_cut_off_early() {
    for beginning in ["HTTP/1.1 200 OK\r\nX: ", "HTTP/1.1 200 OK\r\n"] {
        let server = Server::start(move |_, client| {
            client.head();
            client.write(beginning.as_bytes());
            let piece = if beginning.ends_with(": ") { "x".repeat(65536) } else { "A: b\r\n".repeat(10_000) };
            for _ in 0..640 {
                client.write(piece.as_bytes());
            }
        });
        let failed = fails(&server, &["--timeout", "20"], 8, "head_too_large");
        assert_eq!(fact(&failed, "malformed")["limit"], 65536);
        assert!(!has_fact(&failed, "waited"));
    }
}
