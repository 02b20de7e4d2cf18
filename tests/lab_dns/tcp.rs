//! Clients over TCP as they should be and as they should not (RFC 7766).

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown};
use std::sync::atomic::Ordering;
use std::time::Duration;

use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RecordType};
use netlearn::lab::Plan;
use netlearn::lab::dns::Limits;

use crate::servers::{Serving, connect, framed, next};

fn shop(limits: Limits) -> Serving {
    let plan = Plan::standard();
    let server = plan.servers.iter().find(|server| server.name == "ns1.shop.test.").expect("it is there");
    Serving::start_with(&plan, server, limits, (Ipv4Addr::LOCALHOST, 0).into())
}

fn question(id: u16) -> Vec<u8> {
    let mut message = Message::query();
    message.metadata.id = id;
    message.add_query(Query::query(Name::from_ascii("shop.test.").expect("a name"), RecordType::A));
    framed(&message.to_vec().expect("it can be encoded"))
}

fn id(message: &[u8]) -> u16 {
    u16::from_be_bytes([message[0], message[1]])
}

#[test]
fn questions_in_one_go_are_answered_in_their_order_even_after_the_client_ended_its_side() {
    let server = shop(Limits::default());
    let mut stream = connect(server.address);
    let all: Vec<u8> = (0..100).flat_map(question).collect();
    stream.write_all(&all).expect("written");
    stream.shutdown(Shutdown::Write).expect("ended");
    for expected in 0..100 {
        assert_eq!(id(&next(&mut stream).expect("an answer")), expected);
    }
    assert_eq!(next(&mut stream), None, "then the server ends its side");
    assert_eq!(server.counts.queries.load(Ordering::Relaxed), 100);
    assert_eq!(server.counts.connections.load(Ordering::Relaxed), 1);
}

#[test]
fn a_question_in_pieces_is_one_question() {
    let server = shop(Limits::default());
    let mut stream = connect(server.address);
    for octet in question(9) {
        stream.write_all(&[octet]).expect("written");
    }
    assert_eq!(id(&next(&mut stream).expect("an answer")), 9);
}

#[test]
fn who_says_nothing_or_half_a_question_is_hung_up_on() {
    let server = shop(Limits { idle: Duration::from_millis(50), ..Limits::default() });
    for octets in [Vec::new(), vec![0], question(1)[..20].to_vec(), vec![0xff, 0xff, 1]] {
        let mut stream = connect(server.address);
        stream.write_all(&octets).expect("written");
        assert_eq!(stream.read(&mut [0]).expect("an end, not the client's own limit"), 0);
    }
}

#[test]
fn a_client_over_the_limit_is_hung_up_on_and_the_others_are_served() {
    let server = shop(Limits { connections: 1, ..Limits::default() });
    let mut first = connect(server.address);
    first.write_all(&question(1)).expect("written");
    assert!(next(&mut first).is_some());
    let mut second = connect(server.address);
    // An end or a reset: it wrote nothing, so an end.
    assert_eq!(second.read(&mut [0]).expect("an end"), 0);
    first.write_all(&question(2)).expect("written");
    assert_eq!(next(&mut first).as_deref().map(id), Some(2));
}

#[test]
fn an_empty_message_and_noise_get_no_answer_and_do_no_harm() {
    let server = shop(Limits::default());
    let mut stream = connect(server.address);
    stream.write_all(&[framed(&[]), framed(&[1; 5]), question(3)].concat()).expect("written");
    assert_eq!(next(&mut stream).as_deref().map(id), Some(3));
}

#[test]
fn the_end_of_the_server_waits_for_no_client() {
    let server = shop(Limits::default());
    let mut stream = connect(server.address);
    stream.write_all(&question(1)).expect("written");
    assert!(next(&mut stream).is_some());
    drop(server);
    assert!(matches!(stream.read(&mut [0]), Ok(0) | Err(_)), "hung up on");
}
