//! `connect`, cut at every octet of an echo.

use super::proxy::{Act, Plan, Proxy, Way};
use super::support::{Serving, netlearn_with};
use super::{for_each, held};

const SAID: &[u8] = b"Hello";

/// The exit code, and how many octets come back.
fn expected(plan: Plan) -> (i32, usize) {
    let at = usize::try_from(plan.at).expect("small");
    if at >= SAID.len() {
        return (0, SAID.len());
    }
    // What arrived there was sent back, unless the way back was cut.
    let back = if plan.way == Way::ToClient { at } else { 0 };
    match plan.act {
        Act::Delay(_) => (0, SAID.len()),
        // A conversation has no length: its end is its end (RFC 9293 section 3.6).
        Act::Fin => (0, back),
        Act::Rst => (56, back),
        Act::Hold => (28, back),
    }
}

#[test]
fn connect_cut_at_every_octet_ends_with_its_code() {
    let serving = Serving::start(&["tcp", "--port", "0", "--host", "127.0.0.1"]);
    let mut plans = Vec::new();
    for way in [Way::ToServer, Way::ToClient] {
        for act in [Act::Delay(std::time::Duration::from_millis(3)), Act::Hold, Act::Fin, Act::Rst] {
            plans.extend((0..=SAID.len() as u64).map(|at| Plan { way, at, act }));
        }
    }
    for_each(&plans, |plan| {
        let proxy = Proxy::before(serving.port, Some(*plan));
        let port = proxy.port.to_string();
        // Only what is held is to run out of time.
        let limit = if plan.act == Act::Hold { "1" } else { "20" };
        let run = netlearn_with(&["connect", "127.0.0.1", &port, "--timeout", limit], SAID);
        let (code, back) = expected(*plan);
        held((plan, &run.stderr), run.code, code)?;
        // What was echoed on a way that is cut at once may have been given back or not.
        let known = plan.way == Way::ToClient && plan.act != Act::Rst;
        let fits = if known { run.stdout == SAID[..back] } else { SAID.starts_with(&run.stdout) };
        held((plan, "output", run.text()), fits, true)
    });
    assert_eq!(serving.stop().code, 0);
}
