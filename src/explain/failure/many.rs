//! Many connections at once: that there is no room for them, and how many of them met a failure.

use super::Verdict;
use super::case::Case;
use super::evidence::Told;
use crate::event::failure::Evidence;
use crate::explain::{number, plural};

/// How many connections there is room for, where that is known.
fn fit(case: &Case<'_>) -> Option<u64> {
    case.failed.evidence.iter().find_map(|fact| {
        if let Evidence::Descriptors { fit, .. } = fact {
            Some(*fit)
        } else if let Evidence::LentPortsTooFew { lent, .. } = fact {
            Some(lent.count())
        } else {
            None
        }
    })
}

pub(super) fn too_many(case: &Case<'_>) -> Verdict {
    let ports = case.failed.evidence.iter().any(|fact| matches!(fact, Evidence::LentPortsTooFew { .. }));
    let fit = fit(case).filter(|fit| *fit > 0);
    let cause = match (ports, fit) {
        (true, _) => "the system has fewer ports to lend than that, and each connection to one port of one server needs its own".to_owned(),
        (false, Some(fit)) => format!("this program may not have that many descriptors; there is room for {}", plural(fit, "connection")),
        (false, None) => "this program may not have one descriptor more".to_owned(),
    };
    let verdict = Verdict::new("nothing was begun", cause);
    let verdict = match fit {
        Some(fit) => verdict.then(case.again(&format!("--clients {fit} ")), "as many as there is room for"),
        None => verdict.then(case.again(""), "one connection"),
    };
    let verdict = if ports {
        verdict.then("", "the range is net.ipv4.ip_local_port_range; only an administrator can widen it")
    } else {
        verdict
            .then("netlearn doctor", "this machine's limits")
            .then("", "ulimit -Hn shows the hard limit; only an administrator can raise it")
    };
    verdict.words(&["ephemeral port", "socket"]).sources(&["setrlimit(2)", "RFC 6056 section 2.1"])
}

pub(super) fn tell(fact: &Evidence, told: &mut Told) {
    if let Evidence::OfMany { failed, clients } = fact {
        told.broken.push(format!(
            "{} of {} failed like this; what is told here is the first of them.",
            number(*failed),
            plural(*clients, "connection")
        ));
    } else if let Evidence::Descriptors { limit, open, wanted, .. } = fact {
        told.broken.push(format!(
            "{} need as many descriptors. This program may have {}, and has {} open.",
            plural(*wanted, "connection"),
            number(*limit),
            number(*open)
        ));
    } else if let Evidence::LentPortsTooFew { lent, wanted } = fact {
        told.broken.push(format!(
            "{} need as many ports of ours. The system lends {}, from {} to {}.",
            plural(*wanted, "connection"),
            number(lent.count()),
            lent.first,
            lent.last
        ));
    }
}
