//! `get`, cut at every octet of the exchange.

use netlearn::event::failure::FailureKind as Kind;
use netlearn::net::http::client::{Options, get};
use netlearn::net::tcp::{Family, Limits};
use netlearn::net::world::World;

use super::proxy::{Act, Plan, Proxy, Way};
use super::support::{Serving, netlearn};
use super::{LONG, Verdict, code, for_each, for_each_plan, held, run};

pub(super) const DELAY: Act = Act::Delay(std::time::Duration::from_millis(3));

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
pub(super) fn got(url: &str, http2: bool, wait: std::time::Duration, world: &World) -> (Verdict, Vec<u8>) {
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
    for_each_plan(&plans, |plan, wait| {
        let proxy = Proxy::before(serving.port, Some(*plan));
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
        // Only what is held is to run out of time.
        let limit = if plan.act == Act::Hold { "1" } else { "20" };
        let run = netlearn(&["get", &format!("http://127.0.0.1:{}/", proxy.port), "--timeout", limit]);
        held((plan, &run.stderr), run.code, code(expected(*plan, size)).into())
    });
    let codes: Vec<u8> = plans.iter().map(|plan| code(expected(*plan, size))).collect();
    for known in [0, 8, 18, 28, 52, 56] {
        assert!(codes.contains(&known), "{known} in {codes:?}");
    }
}
