//! `get`, cut at every octet of the exchange.

use std::net::Ipv4Addr;
use std::path::Path;

use netlearn::event::failure::FailureKind as Kind;
use netlearn::net::http::client::{Options, get};
use netlearn::net::tcp::{Family, Limits};
use netlearn::net::world::{Trust, World};

use super::proxy::{Act, Plan, Proxy, Way};
use super::support::{Serving, netlearn};
use super::{LONG, SHORT, Verdict, code, for_each, held, run};

const DELAY: Act = Act::Delay(std::time::Duration::from_millis(3));

fn options(url: &str, http2: bool, wait: std::time::Duration) -> Options {
    Options {
        urls: vec![url::Url::parse(url).expect("a URL")],
        method: "GET".to_owned(),
        headers: Vec::new(),
        data: None,
        include: false,
        follow: false,
        fail: false,
        close: false,
        http2,
        family: Family::V4,
        limits: Limits::all(wait),
        total: None,
        secrets: false,
    }
}

/// The failure of one `get`, and the body as far as it came.
fn got(url: &str, http2: bool, wait: std::time::Duration, world: &World) -> (Verdict, Vec<u8>) {
    let mut sink = Vec::new();
    let options = options(url, http2, wait);
    let result = run(async |recorder| get(&options, world, recorder, &mut sink).await);
    (result.err(), sink)
}

/// Octets of one exchange: of the request, of the answer's head, and of the whole answer.
#[derive(Clone, Copy, Debug)]
struct Size {
    request: u64,
    head: u64,
    answer: u64,
}

fn size(port: u16) -> Size {
    let proxy = Proxy::before(port, None);
    let (verdict, body) = got(&format!("http://127.0.0.1:{}/", proxy.port), false, LONG, &World::default());
    assert_eq!((verdict, body.as_slice()), (None, &b"Hello, World!\n"[..]));
    let answer = proxy.passed.way(Way::ToClient);
    Size { request: proxy.passed.way(Way::ToServer), head: answer - 14, answer }
}

/// What a fault at this octet has to be called.
fn expected(plan: Plan, size: Size) -> Verdict {
    let within = match plan.way {
        // Nothing of an answer has come, however much of the request arrived.
        Way::ToServer if plan.at < size.request => 0,
        Way::ToClient if plan.at < size.answer => plan.at,
        // The exchange was over before.
        Way::ToServer | Way::ToClient => return None,
    };
    match plan.act {
        Act::Delay(_) => None,
        Act::Rst => Some(Kind::Reset),
        Act::Hold if within == 0 => Some(Kind::NeverAnswers),
        Act::Hold => Some(Kind::Stalled),
        Act::Fin if within == 0 => Some(Kind::EmptyReply),
        Act::Fin if within < size.head => Some(Kind::BadHead),
        Act::Fin => Some(Kind::BodyShort),
    }
}

#[test]
fn get_cut_at_every_octet_says_what_was_missing() {
    for way in [Way::ToServer, Way::ToClient] {
        for act in [DELAY, Act::Hold, Act::Fin, Act::Rst] {
            cut(way, act);
        }
    }
}

/// One way and one act at every octet; with a server of its own, which has half a minute.
fn cut(way: Way, act: Act) {
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1"]);
    let size = size(serving.port);
    assert!(size.request > 50 && size.head > 100, "{size:?}");
    let len = if way == Way::ToServer { size.request } else { size.answer };
    let plans: Vec<Plan> = (0..=len).map(|at| Plan { way, at, act }).collect();
    for_each(&plans, |plan| {
        let proxy = Proxy::before(serving.port, Some(*plan));
        let wait = if plan.act == Act::Hold { SHORT } else { LONG };
        let (verdict, body) =
            got(&format!("http://127.0.0.1:{}/", proxy.port), false, wait, &World::default());
        held(plan, verdict, expected(*plan, size))?;
        // What came of the body is given on, to the last octet; of what was reset the system may have kept some back.
        let came = match plan.way {
            Way::ToClient if plan.at < size.answer && verdict.is_some() => plan.at.saturating_sub(size.head),
            Way::ToServer if verdict.is_some() => 0,
            Way::ToServer | Way::ToClient => 14,
        };
        let len = usize::try_from(came).expect("small");
        let whole =
            body == b"Hello, World!\n"[..len] || (act == Act::Rst && b"Hello, World!\n".starts_with(&body));
        held((plan, "body"), whole, true)
    });
    assert_eq!(serving.stop().code, 0);
}

#[test]
fn a_process_of_get_ends_with_the_codes_of_its_verdicts() {
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1"]);
    let size = size(serving.port);
    let places = [0, 1, size.head - 1, size.head, size.answer - 1, size.answer];
    let mut plans = Vec::new();
    for act in [Act::Hold, Act::Fin, Act::Rst] {
        plans.extend(places.map(|at| Plan { way: Way::ToClient, at, act }));
    }
    for_each(&plans, |plan| {
        let proxy = Proxy::before(serving.port, Some(*plan));
        let run = netlearn(&["get", &format!("http://127.0.0.1:{}/", proxy.port), "--timeout", "1"]);
        held((plan, &run.stderr), run.code, code(expected(*plan, size)).into())
    });
    let codes: Vec<u8> = plans.iter().map(|plan| code(expected(*plan, size))).collect();
    for known in [0, 8, 18, 28, 52, 56] {
        assert!(codes.contains(&known), "{known} in {codes:?}");
    }
}

/// Offsets for an exchange whose length is not the same each time: signatures of a handshake differ by some octets.
fn sample(len: u64, way: Way, step: u64) -> Vec<Plan> {
    let acts = [Act::Hold, Act::Fin, Act::Rst];
    let places = (0..len).step_by(usize::try_from(step).expect("small")).chain([1, len - 15, len - 30]);
    places.flat_map(|at| acts.map(|act| Plan { way, at, act })).collect()
}

/// A trusting world for `netlearn serve --tls`.
fn trusting(path: &Path) -> World {
    World { trust: Trust::File(path.to_owned()), ..World::default() }
}

#[test]
fn https_cut_anywhere_is_a_failure_of_its_phase() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    let ca = path.to_str().expect("UTF-8");
    let mut serving = Serving::start(&["--port", "0", "--host", "127.0.0.1", "--tls", "--ca-out", ca]);
    serving.wait_for("authority_written");
    let world = trusting(&path);
    let proxy = Proxy::before(serving.port, None);
    let url = |port: u16| format!("https://{}:{port}/", Ipv4Addr::LOCALHOST);
    assert_eq!(got(&url(proxy.port), false, LONG, &world).0, None);
    let [there, back] = [Way::ToServer, Way::ToClient].map(|way| proxy.passed.way(way));
    assert!(there > 300 && back > 800, "{there} and {back}");
    // What ends the session (close_notify) comes after the answer, in both directions.
    let plans = [sample(there - 40, Way::ToServer, 29), sample(back - 40, Way::ToClient, 31)].concat();
    for_each(&plans, |plan| {
        let proxy = Proxy::before(serving.port, Some(*plan));
        let wait = if plan.act == Act::Hold { SHORT } else { LONG };
        let (verdict, body) = got(&url(proxy.port), false, wait, &world);
        // What is sealed cannot be told by its octets from outside; the kinds of each act can.
        let allowed: &[Kind] = match plan.act {
            Act::Hold => &[Kind::NeverAnswers, Kind::NeverReads, Kind::Stalled],
            Act::Fin => &[Kind::TlsHandshake, Kind::EmptyReply, Kind::BadHead, Kind::BodyShort],
            // Within the handshake it is that which failed, and its reason is the reset.
            Act::Rst => &[Kind::Reset, Kind::TlsHandshake],
            Act::Delay(_) => &[],
        };
        let fits = verdict.is_some_and(|kind| allowed.contains(&kind));
        held((plan, verdict, &body), fits && body.len() < 14, true)
    });
}

/// A server of HTTP/2 that answers every request with fourteen octets.
fn two() -> u16 {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.set_nonblocking(true).expect("an option");
    let port = listener.local_addr().expect("an address").port();
    // It has nothing to end: it goes with the process of the test.
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let mut tasks = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a client");
                tasks.spawn(async move {
                    let mut connection = h2::server::handshake(stream).await.ok()?;
                    while let Some(request) = connection.accept().await {
                        let (_, mut respond) = request.ok()?;
                        let mut body = respond.send_response(hyper::Response::new(()), false).ok()?;
                        body.send_data(bytes::Bytes::from_static(b"Hello, World!\n"), true).ok()?;
                    }
                    Some(())
                });
            }
        });
    });
    port
}

#[test]
fn http2_cut_at_every_octet_is_a_failure_of_its_act() {
    let port = two();
    let url = |port: u16| format!("http://127.0.0.1:{port}/");
    let proxy = Proxy::before(port, None);
    let (verdict, body) = got(&url(proxy.port), true, LONG, &World::default());
    assert_eq!((verdict, body.as_slice()), (None, &b"Hello, World!\n"[..]));
    let back = proxy.passed.way(Way::ToClient);
    // The answer's last frame may be followed by others (the acknowledgement of SETTINGS, GOAWAY).
    let needed = back.min(60);
    let plans: Vec<Plan> = [Act::Hold, Act::Fin, Act::Rst]
        .into_iter()
        .flat_map(|act| (0..needed).map(move |at| Plan { way: Way::ToClient, at, act }))
        .collect();
    for_each(&plans, |plan| {
        let proxy = Proxy::before(port, Some(*plan));
        let wait = if plan.act == Act::Hold { SHORT } else { LONG };
        let (verdict, body) = got(&url(proxy.port), true, wait, &World::default());
        let allowed: &[Verdict] = match plan.act {
            Act::Hold => &[Some(Kind::NeverAnswers), Some(Kind::Stalled), None],
            Act::Fin if plan.at == 0 => &[Some(Kind::EmptyReply)],
            Act::Fin => &[
                Some(Kind::EmptyReply),
                Some(Kind::FrameBroken),
                Some(Kind::BodyShort),
                Some(Kind::ReceiveFailed),
                None,
            ],
            Act::Rst => &[Some(Kind::Reset), None],
            Act::Delay(_) => &[],
        };
        // Whole, it is whole; cut, it is not called whole.
        held(
            (plan, verdict, &body),
            allowed.contains(&verdict) && verdict.is_none() == (body.len() == 14),
            true,
        )
    });
}
