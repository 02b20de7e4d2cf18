//! `netlearn resolve` as a process, and name servers whose answers are odd: each is told as what it is.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, UdpSocket};

use hickory_proto::op::Message;
use hickory_proto::rr::rdata::{A, CNAME};
use hickory_proto::rr::{DNSClass, Name, RData, Record};
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

/// A name server over UDP, which sends for each of so many questions what `make` makes of it.
fn over_udp(
    questions: usize,
    make: impl Fn(&[u8]) -> Vec<Vec<u8>> + Send,
    test: impl FnOnce(&str) -> Run,
) -> Run {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    socket.set_read_timeout(Some(support::GUARD)).unwrap();
    let at = format!("@{}", socket.local_addr().unwrap());
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let mut asked = [0; 2048];
            for _ in 0..questions {
                let (len, from) = socket.recv_from(&mut asked).unwrap();
                for message in make(&asked[..len]) {
                    socket.send_to(&message, from).unwrap();
                }
            }
        });
        test(&at)
    })
}

/// A reply with those records.
fn with(asked: &[u8], records: Vec<Record>) -> Vec<Vec<u8>> {
    let mut reply = Message::from_vec(asked).unwrap().into_response();
    reply.add_answers(records);
    vec![reply.to_vec().unwrap()]
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn alias(from: &str, to: &str) -> Record {
    Record::from_rdata(name(from), 60, RData::CNAME(CNAME(name(to))))
}

#[test]
fn aliases_in_a_circle_are_named_one_by_one() {
    let two = || vec![alias("www.shop.test.", "b.test."), alias("b.test.", "www.shop.test.")];
    let run = over_udp(2, |asked| with(asked, two()), |at| netlearn(&["resolve", "www.shop.test", at]));
    assert_eq!(run.code, 5, "{}", run.stderr);
    for said in ["its aliases lead in a circle", "www.shop.test. -> b.test.", "b.test. -> www.shop.test."] {
        assert!(run.stderr.contains(said), "{said} in {}", run.stderr);
    }
    assert!(!run.stderr.contains("NODATA") && !run.stderr.contains("lame"), "{}", run.stderr);
    let own = || vec![alias("www.shop.test.", "www.shop.test.")];
    let line = ["resolve", "www.shop.test", "A", "--json"];
    let run = over_udp(1, |asked| with(asked, own()), |at| netlearn(&[&line[..], &[at]].concat()));
    assert_eq!((run.code, run.event("failed")["kind"].as_str()), (5, Some("alias_loop")));
    assert_eq!(run.event("reply")["meaning"], "alias_loop");
}

#[test]
fn a_record_of_another_class_is_no_answer() {
    let mut record = Record::from_rdata(name("www.shop.test."), 60, RData::A(A(Ipv4Addr::LOCALHOST)));
    record.dns_class = DNSClass::CH;
    let make = |asked: &[u8]| with(asked, vec![record.clone()]);
    let run = over_udp(1, make, |at| netlearn(&["resolve", "www.shop.test", "A", at]));
    assert_eq!((run.code, run.text().as_str()), (5, ""), "{}", run.stderr);
    assert!(run.stderr.contains("www.shop.test.  CH A  127.0.0.1"), "{}", run.stderr);
    assert!(run.stderr.contains("and holds 1 record of another name"), "{}", run.stderr);
}

#[test]
fn messages_that_are_not_believed_are_counted_in_all_tries() {
    let wrong_id = |asked: &[u8]| {
        let mut reply = with(asked, Vec::new());
        reply[0][0] ^= 0xff;
        reply
    };
    let line = ["resolve", "www.shop.test", "A", "-w", "4"];
    let run = over_udp(2, wrong_id, |at| netlearn(&[&line[..], &[at]].concat()));
    assert_eq!(run.code, 9, "{}", run.stderr);
    assert!(run.stderr.contains("asked 2 times; 2 messages came in"), "{}", run.stderr);
    // A lie to the first try, silence at the second.
    let tries = std::sync::atomic::AtomicU32::new(0);
    let once = |asked: &[u8]| match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
        0 => wrong_id(asked),
        _ => Vec::new(),
    };
    let run = over_udp(2, once, |at| netlearn(&[&line[..], &[at, "--json"]].concat()));
    let failed = run.event("failed");
    assert_eq!(failed["kind"], "only_unbelievable");
    let counted = |fact: &&serde_json::Value| fact["ignored_in_all"] == 1;
    assert!(failed["evidence"].as_array().unwrap().iter().any(|fact| counted(&fact)), "{failed}");
    // A flood ends each try, and every message of it is in the sum.
    let flood = |asked: &[u8]| vec![wrong_id(asked).remove(0); 64];
    let run = over_udp(2, flood, |at| netlearn(&[&line[..], &[at, "--json"]].concat()));
    let told = run.events_of("reply_ignored").len();
    let failed = run.event("failed");
    let sum = failed["evidence"].as_array().unwrap().iter().find_map(|fact| fact["ignored_in_all"].as_u64());
    assert_eq!(sum, Some(told as u64));
    assert!(told > 64, "{told}");
}

#[test]
fn what_did_not_time_out_is_not_to_be_waited_for() {
    let line = ["resolve", "www.shop.test", "A", "--tcp"];
    let run = over_tcp(1, |_| None, |at| netlearn(&[&line[..], &[at]].concat()));
    assert_eq!(run.code, 9, "{}", run.stderr);
    assert!(run.stderr.contains("the connection ended before a whole answer"), "{}", run.stderr);
    let tried: Vec<&str> = run.stderr.lines().filter(|line| line.contains("netlearn resolve ")).collect();
    assert_eq!(tried.len(), 1, "{}", run.stderr);
    assert!(!tried[0].contains("--tcp") && !tried[0].contains("-w"), "{}", run.stderr);
    // A listener whose program never answers: here to wait may help, and to ask the same once more does not.
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let at = format!("@{}", listener.local_addr().unwrap());
    let run = netlearn(&[&line[..], &[&at, "-w", "0.3"]].concat());
    assert_eq!(run.code, 9, "{}", run.stderr);
    assert!(
        run.stderr.contains(&format!("netlearn resolve www.shop.test A {at} --tcp -w 20")),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains("took the connection, and sends no answer"), "{}", run.stderr);
}

#[test]
fn an_answer_that_is_broken_says_where() {
    let address = || vec![Record::from_rdata(name("www.shop.test."), 60, RData::A(A(Ipv4Addr::LOCALHOST)))];
    // The last six octets are RDLENGTH and the address: three of four are there.
    let short = |asked: &[u8]| {
        let mut reply = with(asked, address()).remove(0);
        let opt = reply.len() - 11;
        reply.truncate(opt);
        let length = reply.len() - 5;
        reply[length] = 3;
        reply.pop();
        reply[11] = 0;
        vec![reply]
    };
    let update = |asked: &[u8]| {
        let mut reply = with(asked, address());
        reply[0][2] |= 5 << 3;
        reply
    };
    let line = ["resolve", "www.shop.test", "A", "-w", "4"];
    for (make, reason, said, at) in [
        (
            &short as &(dyn Fn(&[u8]) -> Vec<Vec<u8>> + Sync),
            "broken",
            "a part of it is malformed",
            "record 1 of 1 in the answer section, from byte 31 on",
        ),
        (&update, "wrong_opcode", "another kind of request", "opcode 5"),
    ] {
        let run = over_udp(2, make, |at| netlearn(&[&line[..], &[at, "--json"]].concat()));
        let ignored = run.events_of("reply_ignored");
        assert_eq!(ignored[0]["reason"], reason, "{ignored:?}");
        assert!(ignored[0]["found"].as_str().unwrap().starts_with(at), "{ignored:?}");
        let run = over_udp(2, make, |at| netlearn(&[&line[..], &[at]].concat()));
        assert_eq!(run.code, 9);
        let words = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(words.contains(said) && words.contains(at), "{words}");
        assert!(!words.contains("no DNS message") && !words.contains("another program"), "{words}");
    }
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
