//! `netlearn resolve` as a process, and name servers whose answers are odd: each is told as what it is.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use hickory_proto::op::Message;
use support::{Run, netlearn};

/// A name server over TCP, which gives each of so many connections what `make` makes of an empty reply.
fn over_tcp(
    connections: usize,
    make: impl Fn(Message) -> Option<Message> + Send,
    test: impl FnOnce(&str) -> Run,
) -> Run {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let at = format!("@{}", listener.local_addr().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            for _ in 0..connections {
                let (mut stream, _) = listener.accept().unwrap();
                let mut len = [0; 2];
                stream.read_exact(&mut len).unwrap();
                let mut asked = vec![0; usize::from(u16::from_be_bytes(len))];
                stream.read_exact(&mut asked).unwrap();
                let Some(reply) = make(Message::from_vec(&asked).unwrap().into_response()) else { continue };
                let reply = reply.to_vec().unwrap();
                stream.write_all(&u16::try_from(reply.len()).unwrap().to_be_bytes()).unwrap();
                stream.write_all(&reply).unwrap();
            }
        });
        test(&at)
    })
}

#[test]
fn an_answer_cut_off_over_tcp_says_nothing_of_what_it_left_out() {
    let cut = |mut reply: Message| {
        reply.metadata.truncation = true;
        reply.metadata.authoritative = true;
        Some(reply)
    };
    let run = over_tcp(1, cut, |at| netlearn(&["resolve", "www.shop.test", "A", at, "--tcp"]));
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert!(run.stderr.contains("a server answered, and its answer was cut off (TC)"), "{}", run.stderr);
    assert!(!run.stderr.contains("NODATA") && !run.stderr.contains("exists"), "{}", run.stderr);
    let run = over_tcp(1, cut, |at| netlearn(&["resolve", "www.shop.test", "A", at, "--tcp", "--json"]));
    assert_eq!(run.event("reply")["meaning"], "truncated");
    assert_eq!(run.event("failed")["kind"], "server_lame");
}
