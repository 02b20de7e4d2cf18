use std::net::Ipv4Addr;

use hickory_proto::op::{Edns, Query as Asked};
use hickory_proto::rr::rdata::{A, NS, TXT};
use hickory_proto::rr::{Name, RData, RecordType};

use super::*;
use crate::event::EventKind;
use crate::event::recorder::Delivery;
use crate::lab::plan;
use crate::lab::zone::Zone;

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn query(payload: Option<u16>) -> Message {
    let mut query = Message::query();
    query.metadata.id = 0x1234;
    query.add_query(Asked::query(name("Big.TEST."), RecordType::TXT));
    query.edns = payload.map(|payload| {
        let mut edns = Edns::new();
        edns.set_max_payload(payload);
        edns
    });
    query
}

/// Records of 100 octets of text each.
fn texts(owner: &str, count: usize) -> Vec<Record> {
    let text = |_| Record::from_rdata(name(owner), 60, RData::TXT(TXT::new(vec!["x".repeat(100)])));
    (0..count).map(text).collect()
}

fn said(query: &Message, answer: &Answer, transport: Transport) -> (usize, Message) {
    let octets = message::reply(query, answer, transport);
    (octets.len(), Message::from_vec(&octets).unwrap())
}

#[test]
fn a_set_that_does_not_fit_is_left_out_whole_and_that_is_said() {
    let answer = Answer { answers: texts("big.test.", 10), ..Answer::code(ResponseCode::NoError) };
    for (payload, whole) in
        [(None, false), (Some(0), false), (Some(512), false), (Some(1232), true), (Some(60_000), true)]
    {
        let (len, reply) = said(&query(payload), &answer, Transport::Udp);
        assert_eq!(
            (reply.truncation, reply.answers.len()),
            (!whole, if whole { 10 } else { 0 }),
            "{payload:?}"
        );
        assert_eq!(reply.edns.is_some(), payload.is_some());
        assert!(len <= 1232);
    }
    let long = Answer { answers: texts("big.test.", 20), ..answer };
    assert!(
        said(&query(Some(60_000)), &long, Transport::Udp).1.truncation,
        "no datagram is larger than 1232 octets"
    );
    assert_eq!(said(&query(None), &long, Transport::Tcp).1.answers.len(), 20);
}

#[test]
fn what_is_only_welcome_is_left_out_without_a_word_and_glue_is_not() {
    let needed =
        |needed| Answer { additionals: texts("a.test.", 6), needed, ..Answer::code(ResponseCode::NoError) };
    let (_, welcome) = said(&query(None), &needed(0), Transport::Udp);
    assert_eq!((welcome.truncation, welcome.additionals.len()), (false, 0));
    let (_, glue) = said(&query(None), &needed(6), Transport::Udp);
    assert_eq!((glue.truncation, glue.additionals.len()), (true, 0));
}

#[test]
fn names_keep_their_case_and_are_compressed() {
    let server = RData::NS(NS(name("ns.Big.TEST.")));
    let answer = Answer {
        answers: vec![Record::from_rdata(name("Big.TEST."), 60, server)],
        additionals: vec![Record::from_rdata(name("ns.Big.TEST."), 60, RData::A(A(Ipv4Addr::LOCALHOST)))],
        authoritative: true,
        ..Answer::code(ResponseCode::NoError)
    };
    let octets = message::reply(&query(None), &answer, Transport::Udp);
    // Header, question, NS (name, type, class, TTL, length: 12; `ns` and a pointer: 5), A (12, 4).
    assert_eq!(octets.len(), 12 + 14 + 17 + 16);
    let reply = Message::from_vec(&octets).unwrap();
    assert!(reply.authoritative && reply.id == 0x1234);
    assert!(reply.queries[0].name().eq_case(&name("Big.TEST.")));
    assert!(reply.additionals[0].name.eq_case(&name("ns.Big.TEST.")));
}

#[test]
fn what_is_no_question_gets_the_code_that_says_so_or_nothing() {
    let refused = |octets: &[u8]| match message::read(octets) {
        Read::Refused(reply) => Some(Message::from_vec(&reply).unwrap()),
        Read::Ignored | Read::Query(_) => None,
    };
    let good = query(None).to_vec().unwrap();
    assert!(matches!(message::read(&good), Read::Query(_)));
    let changed = |at: usize, octet: u8| {
        let mut octets = good.clone();
        octets[at] = octet;
        octets
    };
    assert!(matches!(message::read(&good[..11]), Read::Ignored));
    assert!(matches!(message::read(&changed(2, 0x80)), Read::Ignored), "a reply is not replied to");
    let code = |octets: &[u8]| refused(octets).unwrap().response_code;
    assert_eq!(code(&changed(2, 5 << 3)), ResponseCode::NotImp);
    assert_eq!(code(&changed(5, 0)), ResponseCode::FormErr);
    assert_eq!(code(&changed(5, 2)), ResponseCode::FormErr);
    assert_eq!(code(&changed(12, 0xff)), ResponseCode::FormErr);
    assert_eq!(code(&good[..good.len() - 1]), ResponseCode::FormErr);
    let mut newer = query(Some(1232));
    newer.edns.as_mut().unwrap().set_version(1);
    let reply = refused(&newer.to_vec().unwrap()).unwrap();
    // The same number as BADSIG, which is what it is called in TSIG.
    assert_eq!((u16::from(reply.response_code), reply.edns.unwrap().version()), (16, 0));
}

#[tokio::test]
async fn a_question_and_its_answer_are_told_and_counted() {
    let (recorder, mut stream) = Recorder::start(Vec::new(), Delivery::Lossless);
    let text = "$TTL 9\n@ SOA ns me 1 1 1 1 1\n@ NS ns\n@ TXT hi\n";
    let zone = Zone::read(&plan::Zone { origin: "big.test.".into(), text: text.into() }).unwrap();
    let counts = Arc::new(Counts::default());
    let server = Server {
        name: "ns.big.test.".into(),
        handler: Handler::Authority(Arc::new(Authority::new(vec![zone]))),
        fault: None,
        counts: Arc::clone(&counts),
        folding: Arc::default(),
        limits: Limits::default(),
    };
    let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let tcp = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let address = udp.local_addr().unwrap();
    let stop = CancellationToken::new();
    let client = async {
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let mut reply = [0; 512];
        // The second comes from what is kept of the first, with an id of its own.
        for id in [7_u16, 8] {
            let mut octets = query(None).to_vec().unwrap();
            octets[..2].copy_from_slice(&id.to_be_bytes());
            socket.send_to(&octets, address).await.unwrap();
            let len = socket.recv(&mut reply).await.unwrap();
            let reply = Message::from_vec(&reply[..len]).unwrap();
            assert_eq!((reply.id, reply.answers.len(), reply.authoritative), (id, 1, true));
        }
        stop.cancel();
    };
    tokio::join!(serve(server, Bound { udp, tcp }, recorder, stop.clone()), client);
    assert_eq!(counts.queries.load(Ordering::Relaxed), 2);
    let mut told = Vec::new();
    while let Some(event) = stream.ready() {
        assert_eq!(event.side, Side::Server);
        if let EventKind::Query(query) = event.kind {
            told.push((query.id, query.server, event.flow));
        } else if let EventKind::Reply(reply) = event.kind {
            told.push((reply.id, reply.server, event.flow));
        } else {
            panic!("{event:?}");
        }
    }
    let server = Some("ns.big.test.".to_owned());
    assert_eq!(told.iter().map(|(id, _, _)| *id).collect::<Vec<_>>(), [7, 7, 8, 8]);
    assert!(told.iter().all(|(_, name, flow)| *name == server && flow.is_some()));
    assert!(told[0].2 == told[1].2 && told[1].2 != told[2].2, "question and answer share a flow");
}
