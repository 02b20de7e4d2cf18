//! Failures as a server sees them: a client that resets, one that never reads.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::io::Write as _;
use std::net::{Shutdown, TcpStream};

use serde_json::{Value, json};

use super::peer::will_reset;
use super::row::narration_of;
use super::support::{Run, Serving};

/// The words for a server's whole run: what it told until it listened, and what it told after.
pub(crate) fn words(begun: &[Value], run: &Run) -> String {
    let mut lines: Vec<u8> = begun.iter().flat_map(|event| format!("{event}\n").into_bytes()).collect();
    lines.extend(&run.stdout);
    narration_of(&lines)
}

/// Stops a server once a connection of its is over; all it told after it listened, and that in words.
fn stopped(mut serving: Serving) -> (Run, String) {
    let begun = serving.begun.clone();
    let mut after = Vec::new();
    loop {
        let event = serving.next().expect("the end of the connection is told");
        after.extend(format!("{event}\n").into_bytes());
        if event["event"] == "closed" {
            break;
        }
    }
    let mut run = serving.stop();
    after.append(&mut run.stdout);
    run.stdout = after;
    let told = words(&begun, &run);
    (run, told)
}

/// What a server tells of a client that sends five octets and ends in this way.
fn ended(finish: fn(&TcpStream)) -> (Run, String) {
    let mut serving = Serving::start(&["tcp", "--port", "0", "--silent"]);
    let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
    stream.write_all(b"hello").unwrap();
    assert_eq!(serving.wait_for("bytes")["len"], 5);
    finish(&stream);
    drop(stream);
    stopped(serving)
}

#[test]
fn a_client_that_resets() {
    let (reset, told) = ended(will_reset);
    let closed = reset.event("closed");
    assert_eq!(
        (&closed["by"], &closed["how"], &closed["received"]),
        (&json!("client"), &json!("rst"), &json!(5))
    );
    assert_eq!((&reset.event("served")["reset"], reset.code), (&json!(1), 0));
    assert!(
        told.contains("the client broke the connection off (RST); 0 bytes sent, 5 bytes received"),
        "{told}"
    );
    // Near-miss: a FIN at the same place.
    let (fin, told) = ended(|stream| stream.shutdown(Shutdown::Write).unwrap());
    let closed = fin.event("closed");
    assert_eq!(
        (&closed["by"], &closed["how"], &closed["received"]),
        (&json!("client"), &json!("fin"), &json!(5))
    );
    assert_eq!(fin.event("served")["reset"], 0);
    assert!(told.contains("the client hung up"), "{told}");
}

#[test]
fn a_client_that_never_reads() {
    let folder = tempfile::tempdir().unwrap();
    let large = std::fs::File::create(folder.path().join("large")).unwrap();
    large.set_len(64 * 1024 * 1024).unwrap();
    std::fs::write(folder.path().join("small"), "hello").unwrap();
    let path = folder.path().to_str().unwrap().to_owned();
    let asks = |what: &str| {
        let serving = Serving::start(&["--port", "0", "--files", &path, "--idle", "2s"]);
        let mut stream = TcpStream::connect(("127.0.0.1", serving.port)).unwrap();
        write!(stream, "GET /{what} HTTP/1.1\r\nHost: a\r\n\r\n").unwrap();
        let (run, told) = stopped(serving);
        (run, told, rustix::io::ioctl_fionread(&stream).unwrap())
    };
    let (never, told, held) = asks("large");
    let closed = never.event("closed");
    assert_eq!((&closed["why"], &closed["by"]), (&json!("never_reads"), &json!("server")));
    let unread = never.event("unread");
    assert_eq!((&unread["of"], &unread["owner"]["pid"]), (&json!("client"), &json!(std::process::id())));
    // What the test's own kernel holds unread: the RST after it takes it away (RFC 9293 section 3.10.7.4), so at most as much.
    assert!(unread["len"].as_u64() >= Some(held), "{unread} {held}");
    assert!(unread["len"].as_u64() > Some(0) && unread["len"].as_u64() <= closed["sent"].as_u64());
    assert!(told.contains("The client does not take the answer that it asked for."), "{told}");
    // Near-miss: a client that asks for little, reads nothing either, and says no more.
    let (idle, told, held) = asks("small");
    assert_eq!(idle.event("closed")["why"], "idle");
    assert!(idle.events_of("unread").is_empty());
    assert!(held > 5);
    assert!(told.contains("Nothing came for longer than the idle limit."), "{told}");
}
