//! `get --http2`, cut at every octet of the exchange. The order of some frames is free, so a verdict goes by those that passed.

use netlearn::event::failure::FailureKind as Kind;
use netlearn::net::world::World;

use super::proxy::{Act, Plan, Proxy, Way};
use super::web::{DELAY, got};
use super::{LONG, Verdict, for_each_plan, held, served};

/// A server of HTTP/2 that answers every request with fourteen octets.
fn two() -> u16 {
    served(|stream| async move {
        let mut connection = h2::server::handshake(stream).await.ok()?;
        while let Some(request) = connection.accept().await {
            let (_, mut respond) = request.ok()?;
            let mut body = respond.send_response(hyper::Response::new(()), false).ok()?;
            body.send_data(bytes::Bytes::from_static(b"Hello, World!\n"), true).ok()?;
        }
        Some(())
    })
}

/// Octets of a frame's header, and what begins a client's direction (RFC 9113 sections 4.1 and 3.4).
const HEADER: usize = 9;
const PREFACE: usize = 24;
const DATA: u8 = 0;
const HEADERS: u8 = 1;
const SETTINGS: u8 = 4;
/// END_STREAM of DATA, ACK of SETTINGS.
const LAST: u8 = 1;

/// Type, flags and length of the whole frames among these octets.
fn frames(mut octets: &[u8]) -> Vec<(u8, u8, usize)> {
    let mut found = Vec::new();
    while let [high, middle, low, kind, flags, _, _, _, _, rest @ ..] = octets {
        let len = u32::from_be_bytes([0, *high, *middle, *low]) as usize;
        let Some(rest) = rest.get(len..) else { break };
        found.push((*kind, *flags, len));
        octets = rest;
    }
    found
}

/// What a cut has to be called, after these octets of the server, where the request never arrived whole or the answer did not.
fn expected(act: Act, came: &[u8]) -> Verdict {
    let whole = frames(came);
    let answered = whole.iter().any(|(kind, ..)| *kind == HEADERS);
    let ended = whole.iter().any(|(kind, flags, _)| *kind == DATA && flags & LAST > 0);
    match act {
        Act::Delay(_) => None,
        _ if ended => None,
        Act::Rst => Some(Kind::Reset),
        Act::Hold | Act::Fin if came.is_empty() => {
            Some(if act == Act::Fin { Kind::EmptyReply } else { Kind::NeverAnswers })
        }
        Act::Hold => Some(Kind::Stalled),
        // Its octets are frames of HTTP/2, so that it is no empty reply; between two of them there is no place for an end
        // either, before the answer is whole.
        Act::Fin if answered => Some(Kind::BodyShort),
        Act::Fin => Some(Kind::FrameBroken),
    }
}

#[test]
fn http2_cut_at_every_octet_says_what_was_missing() {
    let port = two();
    let url = |port: u16| format!("http://127.0.0.1:{port}/");
    let proxy = Proxy::before(port, None);
    let (verdict, body) = got(&url(proxy.port), true, LONG, &World::default());
    assert_eq!((verdict, body.as_slice()), (None, &b"Hello, World!\n"[..]));
    let (went, came) = (proxy.passed.octets(Way::ToServer), proxy.passed.octets(Way::ToClient));
    // An acknowledgement may stand before our HEADERS: without it nothing that is cut there has the request whole.
    let sent = frames(&went[PREFACE..]);
    let before = sent.iter().take_while(|(kind, ..)| *kind != HEADERS);
    let own = before.filter(|(kind, flags, _)| (*kind, *flags) != (SETTINGS, LAST));
    let head = sent.iter().find(|(kind, ..)| *kind == HEADERS).expect("a request");
    let request = own.chain([head]).map(|(.., len)| HEADER + len).sum::<usize>() + PREFACE;
    assert!(request > 80 && came.len() > 50, "{request} and {}", came.len());
    let mut plans = Vec::new();
    for act in [DELAY, Act::Hold, Act::Fin, Act::Rst] {
        plans.extend((0..came.len() as u64).map(|at| Plan { way: Way::ToClient, at, act }));
        plans.extend((0..request as u64).step_by(3).map(|at| Plan { way: Way::ToServer, at, act }));
    }
    for_each_plan(&plans, |plan, wait| {
        let proxy = Proxy::before(port, Some(*plan));
        let (verdict, body) = got(&url(proxy.port), true, wait, &World::default());
        let came = proxy.passed.octets(Way::ToClient);
        held((plan, frames(&came)), verdict, expected(plan.act, &came))?;
        // A frame of DATA is given on when it is whole.
        held((plan, "body"), body.as_slice(), if verdict.is_none() { b"Hello, World!\n" } else { b"" })
    });
}
