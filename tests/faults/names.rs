//! `resolve @server`, with answers cut at every octet, over TCP and over UDP.

use std::net::{Ipv4Addr, TcpListener, UdpSocket};
use std::time::Duration;

use std::io::{Read as _, Write as _};

use netlearn::event::failure::FailureKind as Kind;
use netlearn::net::dns::question::Question;
use netlearn::net::dns::resolve::{Options, resolve};
use netlearn::net::tcp::Target;
use netlearn::net::world::World;

use hickory_proto::rr::RecordType;

use super::proxy::{Act, Plan, Proxy, Way};
use super::{LONG, SHORT, Verdict, code, for_each, held, run};

/// The answer to a question for A: 192.0.2.7 (RFC 1035 section 4.1).
fn answer(query: &[u8]) -> Vec<u8> {
    let name = query[12..].iter().position(|octet| *octet == 0).expect("a name ends") + 12;
    let mut octets = query[..2].to_vec();
    octets.extend([0x81, 0x80, 0, 1, 0, 1, 0, 0, 0, 0]);
    octets.extend(&query[12..name + 5]);
    octets.extend([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 7]);
    octets
}

/// A name server over TCP, on a thread that goes with the process.
fn over_tcp() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a client");
            std::thread::spawn(move || -> std::io::Result<()> {
                let mut len = [0; 2];
                stream.read_exact(&mut len)?;
                let mut query = vec![0; usize::from(u16::from_be_bytes(len))];
                stream.read_exact(&mut query)?;
                let answer = answer(&query);
                let len = u16::try_from(answer.len()).expect("short").to_be_bytes();
                stream.write_all(&[&len[..], &answer].concat())?;
                stream.read_to_end(&mut Vec::new()).map(|_| ())
            });
        }
    });
    port
}

/// A name server over UDP that gives the first octets of its answers only.
fn over_udp(kept: usize) -> u16 {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = socket.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let mut query = [0; 1500];
        while let Ok((len, from)) = socket.recv_from(&mut query) {
            let answer = answer(&query[..len]);
            let _ = socket.send_to(&answer[..kept.min(answer.len())], from);
        }
    });
    port
}

fn asked(port: u16, tcp: bool, limit: Duration) -> (Verdict, usize) {
    let options = Options {
        question: Question::new("www.shop.test", RecordType::A).expect("a name"),
        typed: "www.shop.test".to_owned(),
        addresses: false,
        server: Some(Target { host: "127.0.0.1".to_owned(), port }),
        trace: false,
        tcp,
        recursion_desired: true,
        limit,
    };
    let result = run(async |recorder| resolve(&options, &World::default(), recorder).await);
    (result.as_ref().err().copied(), result.map_or(0, |resolved| resolved.records.len()))
}

#[test]
fn resolve_over_tcp_cut_at_every_octet_believes_nothing_less_than_an_answer() {
    let port = over_tcp();
    let proxy = Proxy::before(port, None);
    assert_eq!(asked(proxy.port, true, LONG), (None, 1));
    let sizes = [Way::ToServer, Way::ToClient].map(|way| (way, proxy.passed.way(way)));
    let mut plans = Vec::new();
    for (way, len) in sizes {
        for act in [Act::Delay(Duration::from_millis(3)), Act::Hold, Act::Fin, Act::Rst] {
            plans.extend((0..=len).map(|at| (Plan { way, at, act }, at == len)));
        }
    }
    for_each(&plans, |(plan, over)| {
        let proxy = Proxy::before(port, Some(*plan));
        let limit = if plan.act == Act::Hold && !over { SHORT } else { LONG };
        let seen = asked(proxy.port, true, limit);
        let good = *over || matches!(plan.act, Act::Delay(_));
        held(plan, seen, if good { (None, 1) } else { (Some(Kind::NobodyAnswered), 0) })?;
        held(plan, code(seen.0), if good { 0 } else { 9 })
    });
}

#[test]
fn resolve_over_udp_believes_no_message_that_is_cut() {
    let whole = 12 + 15 + 4 + 16;
    assert_eq!(asked(over_udp(whole), false, LONG), (None, 1));
    let places: Vec<usize> = (0..whole).collect();
    for_each(&places, |kept| {
        let (verdict, records) = asked(over_udp(*kept), false, SHORT);
        let fits = matches!(verdict, Some(Kind::NobodyAnswered | Kind::OnlyUnbelievable)) && records == 0;
        held((kept, verdict), (fits, code(verdict)), (true, 9))
    });
}
