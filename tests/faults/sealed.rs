//! `get` over TLS, cut in every record of the exchange. What is sealed cannot be told from outside by its octets, but by its
//! records: the server is one of this test and writes its answer in four, whose lengths tell what they hold (RFC 8446 section
//! 5.2). Lengths of a handshake differ by some octets each time (signatures), so a verdict goes by the records that passed.

use std::sync::Arc;

use netlearn::event::failure::FailureKind as Kind;
use netlearn::net::world::{Trust, World};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use super::authority::Authority;
use super::proxy::{Act, Plan, Proxy, Way};
use super::web::{DELAY, got};
use super::{LONG, Verdict, for_each_plan, held, served};

const PIECES: [&str; 4] = ["HTTP/1.1 200 OK\r\n", "Content-Length: 14\r\n\r\n", "Hello, ", "World!\n"];
const HEAD: usize = PIECES[0].len() + PIECES[1].len();
const CONTENT: &[u8] = b"Hello, World!\n";

/// A server that writes each piece of its answer in a record of its own; it goes with the process.
fn server(authority: &Authority) -> u16 {
    let mut config = Arc::unwrap_or_clone(authority.server(&["127.0.0.1"], |_| {}));
    // They would come at any time after the handshake.
    config.send_tls13_tickets = 0;
    let acceptor = tokio_rustls::TlsAcceptor::from(Arc::new(config));
    served(move |stream| {
        let acceptor = acceptor.clone();
        // What is cut fails here too: that is the client's to tell.
        async move {
            let mut stream = acceptor.accept(stream).await?;
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") {
                head.push(stream.read_u8().await?);
            }
            for piece in PIECES {
                stream.write_all(piece.as_bytes()).await?;
                stream.flush().await?;
            }
            stream.read_to_end(&mut head).await
        }
    })
}

/// Types and lengths of the whole records among these octets (RFC 8446 section 5.1).
fn records(mut octets: &[u8]) -> Vec<(u8, usize)> {
    let mut found = Vec::new();
    while let [kind, _, _, high, low, rest @ ..] = octets {
        let len = usize::from(u16::from_be_bytes([*high, *low]));
        let Some(rest) = rest.get(len..) else { break };
        found.push((*kind, len));
        octets = rest;
    }
    found
}

const HANDSHAKE: u8 = 22;
const CHANGE_CIPHER_SPEC: u8 = 20;
const SEALED: u8 = 23;
/// What a server says before its answer: ServerHello, the empty message of old, and everything else in one record.
const FLIGHT: [u8; 3] = [HANDSHAKE, CHANGE_CIPHER_SPEC, SEALED];

#[test]
fn the_records_are_those_that_the_verdicts_go_by() {
    let authority = Authority::new();
    let proxy = Proxy::before(server(&authority), None);
    let world = trusting(&authority);
    assert_eq!(got(&url(&proxy), false, LONG, &world), (None, CONTENT.to_vec()));
    let kinds = |way| records(&proxy.passed.octets(way)).into_iter().map(|(kind, _)| kind);
    assert!(kinds(Way::ToServer).take(4).eq([HANDSHAKE, CHANGE_CIPHER_SPEC, SEALED, SEALED]));
    assert!(kinds(Way::ToClient).take(7).eq(FLIGHT.into_iter().chain([SEALED; 4])));
    assert_eq!(plain(&records(&proxy.passed.octets(Way::ToClient))[..7]), PIECES.concat().len());
}

/// Octets of the answer in these records of a server; a record has its type and a tag of 16 octets besides.
fn plain(records: &[(u8, usize)]) -> usize {
    records.iter().skip(FLIGHT.len()).map(|(_, len)| len - 17).sum()
}

fn url(proxy: &Proxy) -> String {
    format!("https://127.0.0.1:{}/", proxy.port)
}

fn trusting(authority: &Authority) -> World {
    World { trust: Trust::Pem(authority.issuer.pem()), ..World::default() }
}

#[test]
fn https_cut_in_every_record_says_what_was_missing() {
    let authority = Authority::new();
    let port = server(&authority);
    let world = trusting(&authority);
    let whole = Proxy::before(port, None);
    assert_eq!(got(&url(&whole), false, LONG, &world).0, None);
    let mut plans = Vec::new();
    for way in [Way::ToServer, Way::ToClient] {
        let octets = whole.passed.octets(way);
        for at in places(&octets) {
            plans.extend([DELAY, Act::Hold, Act::Fin, Act::Rst].map(|act| Plan { way, at, act }));
        }
    }
    for_each_plan(&plans, |plan, wait| {
        let proxy = Proxy::before(port, Some(*plan));
        let (verdict, body) = got(&url(&proxy), false, wait, &world);
        let octets = proxy.passed.octets(Way::ToClient);
        let came = records(&octets);
        held((plan, &came), verdict, expected(plan.act, octets.len(), &came))?;
        // Of a record that is not whole nothing can be read; of what was reset the system may have kept some back.
        let content = plain(&came).saturating_sub(HEAD).min(CONTENT.len());
        let known = if plan.act == Act::Rst { body.len().min(content) } else { content };
        held((plan, "body"), body.as_slice(), &CONTENT[..known])
    });
}

/// What a cut has to be called, after so many octets of the server of which these are its whole records.
fn expected(act: Act, octets: usize, came: &[(u8, usize)]) -> Verdict {
    if came.len() < FLIGHT.len() {
        return match act {
            Act::Delay(_) => None,
            Act::Hold if octets == 0 => Some(Kind::NeverAnswers),
            Act::Hold => Some(Kind::Stalled),
            // It is the handshake that failed, and its reason is the end or the RST.
            Act::Fin | Act::Rst => Some(Kind::TlsHandshake),
        };
    }
    // The server has said its part of the handshake, so that what is missing is missing of the answer: also where it is our own
    // last message that was cut, which is awaited by nobody here.
    match (act, plain(came)) {
        (Act::Delay(_), _) => None,
        (_, len) if len >= HEAD + CONTENT.len() => None,
        (Act::Rst, _) => Some(Kind::Reset),
        (Act::Hold, 0) => Some(Kind::NeverAnswers),
        (Act::Hold, _) => Some(Kind::Stalled),
        (Act::Fin, 0) => Some(Kind::EmptyReply),
        (Act::Fin, len) if len < HEAD => Some(Kind::BadHead),
        (Act::Fin, _) => Some(Kind::BodyShort),
    }
}

/// The first octets of each record, its last, and some in between.
fn places(octets: &[u8]) -> Vec<u64> {
    let mut places = Vec::new();
    let mut begin = 0;
    for (_, len) in records(octets) {
        let end = begin + 5 + len;
        places.extend([begin, begin + 1, begin + 5, begin + 5 + len / 3, begin + 5 + len / 2, end - 1]);
        begin = end;
    }
    places.into_iter().map(|place| place as u64).collect()
}
