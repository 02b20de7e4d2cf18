//! Servers that misbehave, and what is made of it.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

use hickory_proto::rr::rdata::{A, TXT};
use hickory_proto::rr::{RData, Record, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream, UdpSocket};

use super::*;
use crate::event::EventKind;
use crate::event::recorder::{Delivery, Stream};

/// Long enough that a test which has to wait for it would be noticed.
const LONG: Duration = Duration::from_secs(20);
const SHORT: Duration = Duration::from_millis(120);

fn question() -> Question {
    Question::new("Www.shop.test", RecordType::A).unwrap()
}

fn ask_of(question: &Question, server: SocketAddr) -> Ask<'_> {
    Ask {
        question,
        server,
        name: None,
        reason: Reason::Asked,
        recursion_desired: true,
        tcp: false,
        tries: 1,
        most: u32::MAX,
        limit: LONG,
        side: Side::Client,
    }
}

async fn run(ask: &Ask<'_>) -> (Result<Answer, Unanswered>, Vec<EventKind>) {
    let (recorder, stream) = Recorder::start(Vec::new(), Delivery::Lossless);
    let result = super::ask(ask, &World::default(), &recorder).await;
    drop(recorder);
    (result, kinds(stream))
}

fn kinds(stream: Stream) -> Vec<EventKind> {
    stream.map(|event| event.kind).collect()
}

fn names(kinds: &[EventKind]) -> Vec<&str> {
    kinds.iter().map(EventKind::name).collect()
}

fn reasons(kinds: &[EventKind]) -> Vec<Reason> {
    let query = |kind: &EventKind| if let EventKind::Query(query) = kind { Some(query.reason) } else { None };
    kinds.iter().filter_map(query).collect()
}

fn ignored(kinds: &[EventKind]) -> Vec<Ignored> {
    let one =
        |kind: &EventKind| if let EventKind::ReplyIgnored(facts) = kind { Some(facts.reason) } else { None };
    kinds.iter().filter_map(one).collect()
}

async fn udp() -> (UdpSocket, SocketAddr) {
    let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    (socket, address)
}

/// Both transports at one port.
async fn both() -> (UdpSocket, TcpListener, SocketAddr) {
    loop {
        let (socket, address) = udp().await;
        // The same number may be taken over TCP: another is chosen then.
        if let Ok(listener) = TcpListener::bind(address).await {
            return (socket, listener, address);
        }
    }
}

async fn question_at(socket: &UdpSocket) -> (Message, SocketAddr) {
    let mut buffer = [0; 2048];
    let (len, from) = socket.recv_from(&mut buffer).await.unwrap();
    (Message::from_vec(&buffer[..len]).unwrap(), from)
}

/// The right answer to `asked`.
fn answer_to(asked: &Message) -> Message {
    let mut message = asked.clone().into_response();
    message.metadata.recursion_available = true;
    let name = asked.queries[0].name().clone();
    message.add_answer(Record::from_rdata(name, 60, RData::A(A(Ipv4Addr::new(127, 53, 1, 80)))));
    message
}

/// Answers each of so many questions with what `make` makes of the right answer.
async fn serve(socket: UdpSocket, times: usize, make: impl Fn(usize, Message) -> Vec<Vec<u8>>) {
    for time in 0..times {
        let (asked, from) = question_at(&socket).await;
        for octets in make(time, answer_to(&asked)) {
            socket.send_to(&octets, from).await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_answer_that_fits_is_believed() {
    let (socket, server) = udp().await;
    let question = question();
    let ask = ask_of(&question, server);
    let ((result, kinds), ()) =
        tokio::join!(run(&ask), serve(socket, 1, |_, right| vec![right.to_vec().unwrap()]));
    let answer = result.unwrap();
    assert_eq!(answer.facts.meaning, Meaning::Answer);
    assert_eq!(answer.facts.answers[0].data, "127.53.1.80");
    assert_eq!(answer.facts.answers[0].name, "Www.shop.test.");
    assert_eq!(names(&kinds), ["flow_opened", "query", "reply"]);
    let EventKind::Query(query) = &kinds[1] else { panic!("{kinds:?}") };
    assert_eq!((query.edns_payload, query.attempt, query.recursion_desired), (Some(1232), 1, true));
    assert_eq!(query.id, answer.facts.id);
    assert_eq!(query.ends.peer, Some(server.into()));
    let EventKind::FlowOpened(opened) = &kinds[0] else { panic!("{kinds:?}") };
    assert_eq!(opened.ends, query.ends);
}

#[tokio::test]
async fn silence_is_asked_again_from_another_port_with_another_id_until_the_limit() {
    let (_socket, server) = udp().await;
    let question = question();
    let ask = Ask { tries: 3, limit: SHORT, ..ask_of(&question, server) };
    let (result, kinds) = run(&ask).await;
    let unanswered = result.unwrap_err();
    assert_eq!((unanswered.failed.reason, unanswered.failed.attempt), (QueryFailure::Silence, 3));
    assert!(unanswered.waited >= SHORT && unanswered.waited < LONG, "{:?}", unanswered.waited);
    assert_eq!(reasons(&kinds), [Reason::Asked, Reason::Retry, Reason::Retry]);
    assert_eq!(names(&kinds), ["flow_opened", "query", "query_failed"].repeat(3));
    let mut ports: Vec<_> = kinds
        .iter()
        .filter_map(
            |kind| if let EventKind::Query(query) = kind { query.ends.local.clone()?.port() } else { None },
        )
        .collect();
    ports.dedup();
    assert_eq!(ports.len(), 3, "a new port each time");
}

#[tokio::test]
async fn what_does_not_fit_is_told_and_passed_over() {
    let (socket, server) = udp().await;
    let question = question();
    let ask = ask_of(&question, server);
    let served = serve(socket, 1, |_, right| {
        let mut wrong_id = right.clone();
        wrong_id.metadata.id ^= 1;
        let mut wrong_question = right.clone();
        wrong_question.queries[0].set_name("evil.test.".parse().unwrap());
        let mut no_reply = right.to_vec().unwrap();
        no_reply[2] &= 0x7f;
        // The question's name leads to itself, and then a count that nothing stands behind.
        let id = right.metadata.id.to_be_bytes();
        let looped = [&id[..], &[0x81, 0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0xc0, 12, 0, 1, 0, 1]].concat();
        let lying = [&id[..], &[0x81, 0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]].concat();
        vec![
            wrong_id.to_vec().unwrap(),
            wrong_question.to_vec().unwrap(),
            no_reply,
            looped,
            lying,
            b"garbage".to_vec(),
            Vec::new(),
            right.to_vec().unwrap(),
        ]
    });
    let ((result, kinds), ()) = tokio::join!(run(&ask), served);
    assert_eq!(result.unwrap().facts.meaning, Meaning::Answer);
    use Ignored::{Malformed, NotAReply, WrongId, WrongQuestion};
    assert_eq!(
        ignored(&kinds),
        [WrongId, WrongQuestion, NotAReply, Malformed, Malformed, Malformed, Malformed],
        "{kinds:#?}"
    );
    let EventKind::ReplyIgnored(first) = &kinds[2] else { panic!("{kinds:?}") };
    let EventKind::Query(query) = &kinds[1] else { panic!("{kinds:?}") };
    assert_eq!(
        (first.expected.clone(), first.found.clone()),
        (query.id.to_string(), (query.id ^ 1).to_string())
    );
}

#[tokio::test]
async fn an_answer_from_another_port_is_not_believed() {
    let (socket, server) = udp().await;
    let (other, elsewhere) = udp().await;
    let question = question();
    // The wrong answer has to come within it.
    let ask = Ask { limit: Duration::from_secs(1), ..ask_of(&question, server) };
    let served = async {
        let (asked, from) = question_at(&socket).await;
        other.send_to(&answer_to(&asked).to_vec().unwrap(), from).await.unwrap();
    };
    let ((result, kinds), ()) = tokio::join!(run(&ask), served);
    let unanswered = result.unwrap_err();
    assert_eq!((unanswered.failed.reason, unanswered.failed.ignored), (QueryFailure::OnlyUnbelievable, 1));
    assert_eq!(ignored(&kinds), [Ignored::WrongSource]);
    let (from, facts) = unanswered.not_believed.unwrap();
    assert_eq!((from, facts.expected, facts.found), (elsewhere, server.to_string(), elsewhere.to_string()));
}

#[tokio::test]
async fn a_flood_of_wrong_answers_ends_the_try() {
    let (socket, server) = udp().await;
    let question = question();
    let ask = ask_of(&question, server);
    let served = serve(socket, 1, |_, mut right| {
        right.metadata.id ^= 1;
        vec![right.to_vec().unwrap(); MOST_IGNORED as usize + 10]
    });
    let ((result, kinds), ()) = tokio::join!(run(&ask), served);
    assert_eq!(result.unwrap_err().failed.ignored, MOST_IGNORED);
    assert_eq!(ignored(&kinds).len(), MOST_IGNORED as usize);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_closed_port_is_known_at_once_by_its_icmp_error() {
    for ip in ["127.0.0.1", "::1"] {
        let ip: IpAddr = ip.parse().unwrap();
        let Ok(keeper) = UdpSocket::bind((ip, 0)).await else {
            assert!(ip.is_ipv6(), "IPv4 is always there");
            continue;
        };
        // It holds the number, and takes datagrams of its peer alone.
        keeper.connect((ip, 9)).await.unwrap();
        let server = keeper.local_addr().unwrap();
        let question = question();
        let ask = Ask { tries: 3, ..ask_of(&question, server) };
        let (result, kinds) = run(&ask).await;
        let unanswered = result.unwrap_err();
        assert_eq!(unanswered.failed.reason, QueryFailure::PortClosed, "{unanswered:?}");
        assert_eq!(unanswered.failed.icmp.unwrap().origin, Some(ip));
        assert!(unanswered.waited < LONG / 4, "{:?}", unanswered.waited);
        assert_eq!(reasons(&kinds), [Reason::Asked]);
    }
}

#[tokio::test]
async fn a_server_without_edns_is_asked_without_it() {
    let (socket, server) = udp().await;
    let question = question();
    let ask = ask_of(&question, server);
    let served = serve(socket, 2, |_, right| {
        let mut reply = right.clone();
        if reply.edns.take().is_some() {
            reply.answers.clear();
            // It could not read the question, and repeats none.
            reply.queries.clear();
            reply.metadata.response_code = ResponseCode::FormErr;
        }
        vec![reply.to_vec().unwrap()]
    });
    let ((result, kinds), ()) = tokio::join!(run(&ask), served);
    let answer = result.unwrap();
    assert_eq!((answer.facts.meaning, answer.facts.edns), (Meaning::Answer, None));
    assert_eq!(reasons(&kinds), [Reason::Asked, Reason::WithoutEdns]);
    let last = kinds
        .iter()
        .rev()
        .find_map(|kind| if let EventKind::Query(query) = kind { Some(query) } else { None });
    assert_eq!(last.unwrap().edns_payload, None);
}

#[tokio::test]
async fn a_second_format_error_is_an_answer() {
    let (socket, server) = udp().await;
    let question = question();
    let ask = ask_of(&question, server);
    let served = serve(socket, 2, |_, mut right| {
        right.edns = None;
        right.answers.clear();
        right.metadata.response_code = ResponseCode::FormErr;
        vec![right.to_vec().unwrap()]
    });
    let ((result, _), ()) = tokio::join!(run(&ask), served);
    assert_eq!(result.unwrap().facts.meaning, Meaning::OtherError);
}

async fn question_over(stream: &mut TcpStream) -> Message {
    let len = stream.read_u16().await.unwrap();
    let mut octets = vec![0; usize::from(len)];
    stream.read_exact(&mut octets).await.unwrap();
    Message::from_vec(&octets).unwrap()
}

fn truncated(_: usize, mut right: Message) -> Vec<Vec<u8>> {
    right.answers.clear();
    right.metadata.truncation = true;
    vec![right.to_vec().unwrap()]
}

/// As many text records as fit into 64 kB.
fn big_answer(asked: &Message) -> Message {
    let mut message = asked.clone().into_response();
    let name = asked.queries[0].name().clone();
    for number in 0..285 {
        let txt = TXT::new(vec![format!("{number:03}"), "x".repeat(200)]);
        message.add_answer(Record::from_rdata(name.clone(), 60, RData::TXT(txt)));
    }
    message
}

#[tokio::test]
async fn a_cut_off_answer_comes_whole_over_tcp_in_pieces() {
    let (socket, listener, server) = both().await;
    let question = Question::new("big.test", RecordType::TXT).unwrap();
    let ask = ask_of(&question, server);
    let over_tcp = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = question_over(&mut stream).await;
        let octets = big_answer(&asked).to_vec().unwrap();
        assert!(octets.len() > 60_000 && octets.len() < 65_536, "{}", octets.len());
        let framed = [&(octets.len() as u16).to_be_bytes(), octets.as_slice()].concat();
        stream.set_nodelay(true).unwrap();
        for piece in [&framed[..1], &framed[1..3], &framed[3..9000], &framed[9000..]] {
            stream.write_all(piece).await.unwrap();
            tokio::task::yield_now().await;
        }
        octets.len() as u64
    };
    let ((result, kinds), (), len) = tokio::join!(run(&ask), serve(socket, 1, truncated), over_tcp);
    let answer = result.unwrap();
    assert_eq!((answer.facts.transport, answer.facts.len), (Transport::Tcp, len));
    assert_eq!(answer.facts.answers.len(), 285);
    assert_eq!(reasons(&kinds), [Reason::Asked, Reason::Truncated]);
    assert_eq!(
        names(&kinds),
        ["flow_opened", "query", "reply", "flow_opened", "connected", "query", "reply"]
    );
}

#[tokio::test]
async fn a_tcp_answer_that_ends_early_is_cut_off() {
    for promised in [[0, 200], [0, 0]] {
        let (_socket, listener, server) = both().await;
        let question = question();
        let ask = Ask { tcp: true, ..ask_of(&question, server) };
        let served = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            question_over(&mut stream).await;
            stream.write_all(&promised).await.unwrap();
            if promised != [0, 0] {
                stream.write_all(&[0; 100]).await.unwrap();
            }
        };
        let ((result, kinds), ()) = tokio::join!(run(&ask), served);
        let unanswered = result.unwrap_err();
        assert_eq!(unanswered.failed.reason, QueryFailure::CutOff);
        // A message of no octets at all is told as one that is none.
        assert_eq!(unanswered.failed.ignored, u32::from(promised == [0, 0]));
        assert_eq!(names(&kinds).last(), Some(&"query_failed"));
    }
}

#[tokio::test]
async fn nobody_listens_over_tcp() {
    let (socket, listener, server) = both().await;
    drop(listener);
    let question = question();
    let ask = ask_of(&question, server);
    let ((result, kinds), ()) = tokio::join!(run(&ask), serve(socket, 1, truncated));
    let unanswered = result.unwrap_err();
    assert_eq!(
        (unanswered.failed.reason, unanswered.failed.transport),
        (QueryFailure::PortClosed, Transport::Tcp)
    );
    assert_eq!(names(&kinds)[3..], ["connect_failed", "query_failed"]);
}

#[tokio::test]
async fn the_planned_address_is_told_where_the_server_is_behind_a_door() {
    let (_socket, listener, server) = both().await;
    let planned: SocketAddr = "127.53.0.1:5300".parse().unwrap();
    let world = World { doors: vec![crate::net::world::Door { planned, real: server }], ..World::default() };
    let question = question();
    let ask = Ask { tcp: true, ..ask_of(&question, planned) };
    let (recorder, stream) = Recorder::start(Vec::new(), Delivery::Lossless);
    let served = async {
        let (mut stream, _) = listener.accept().await.unwrap();
        let asked = question_over(&mut stream).await;
        let octets = answer_to(&asked).to_vec().unwrap();
        stream.write_u16(octets.len() as u16).await.unwrap();
        stream.write_all(&octets).await.unwrap();
    };
    let (result, ()) = tokio::join!(super::ask(&ask, &world, &recorder), served);
    assert_eq!(result.unwrap().facts.ends.peer, Some(server.into()));
    drop(recorder);
    let connected = kinds(stream)
        .into_iter()
        .find_map(|kind| if let EventKind::Connected(connected) = kind { Some(connected) } else { None });
    assert_eq!(connected.unwrap().planned, Some(planned));
}
