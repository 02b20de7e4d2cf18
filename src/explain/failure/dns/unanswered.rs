//! Verdicts on questions that got no answer that could be believed: which it is depends on what carried them.

use super::Verdict;
use super::commands::Again;
use crate::event::dns::{Ignored, QueryFailed, QueryFailure, Transport};
use crate::event::failure::Evidence;
use crate::explain::failure::case::Case;
use crate::explain::time;

pub(in crate::explain::failure) fn nobody_answered(case: &Case<'_>) -> Verdict {
    let again = Again::of(case);
    let failed = case.failed.evidence.iter().find_map(|fact| {
        if let Evidence::Unanswered { failed, waited, .. } = fact { Some((failed, *waited)) } else { None }
    });
    let within = failed.map(|(_, waited)| waited).or(case.waited());
    let within = within.map(|waited| format!(" in {}", time(waited))).unwrap_or_default();
    let icmp = failed.and_then(|(failed, _)| failed.icmp).map(|icmp| icmp.forbids());
    let reason = failed.map_or(QueryFailure::Silence, |(failed, _)| failed.reason);
    let none = || "no name server answered".to_owned();
    // Over TCP our own end is known once the connection is open.
    let taken =
        failed.is_some_and(|(failed, _)| failed.transport == Transport::Tcp && failed.ends.local.is_some());
    let silence = if taken {
        "somebody there took the connection, and sends no answer to the question"
    } else {
        "questions or answers are dropped on the way, no machine has that address, or its server does not answer: from here they look the same"
    };
    let silent = (format!("no name server answered{within}"), silence);
    let (what, cause) = match (icmp, reason) {
        (Some(true), _) => (
            none(),
            "a rule forbids the question: a firewall there, on the way or on this machine answered with an ICMP message",
        ),
        (Some(false), _) => (
            none(),
            "the question could not be delivered: a machine there, on the way or this one said so with an ICMP message",
        ),
        (None, QueryFailure::CutOff) => (
            "the connection ended before a whole answer".to_owned(),
            "a server took the connection, and it ended before a whole answer had come: the server closes it, or fails at this question",
        ),
        (None, QueryFailure::Unreachable) => (
            none(),
            "the question could not be sent: this system has no way there, or a rule of its own forbids it",
        ),
        (None, QueryFailure::Other) => (none(), "our system gave an error, so that no answer could be had"),
        (None, QueryFailure::Silence | QueryFailure::OnlyUnbelievable | QueryFailure::PortClosed) => silent,
    };
    let verdict = match (icmp, reason, carried(case)) {
        // What did not time out does not get better by waiting.
        (Some(_), _, Carried::Udp) => {
            Verdict::new(what, cause).then(again.with(" --tcp"), "over TCP, which a rule may let pass")
        }
        (None, QueryFailure::Silence, Carried::Udp) => Verdict::new(what, cause)
            .then(
                again.with(" --tcp"),
                "over TCP a machine that is there answers, unless a firewall drops that too",
            )
            .then(again.with(" -w 20"), "waits longer"),
        (None, QueryFailure::Silence, Carried::TcpAlone) => Verdict::new(what, cause)
            .then(again.with(""), "over UDP, as most questions go")
            .then(again.with(" --tcp -w 20"), "waits longer"),
        (None, QueryFailure::Silence, Carried::TcpAfterUdp) => {
            Verdict::new(what, cause).then(again.with(" -w 20"), "waits longer")
        }
        (_, _, Carried::TcpAlone) => {
            Verdict::new(what, cause).then(again.with(""), "over UDP, as most questions go")
        }
        (_, _, Carried::Udp | Carried::TcpAfterUdp) => {
            Verdict::new(what, cause).then(again.elsewhere(), "asks another way")
        }
    };
    verdict.words(&["resolver", "UDP", "firewall"]).sources(&["RFC 1035 section 4.2.1"])
}

/// How the question that got no answer went.
#[derive(Clone, Copy)]
enum Carried {
    Udp,
    /// As asked for, by `--tcp`.
    TcpAlone,
    /// Because an answer over UDP was cut off.
    TcpAfterUdp,
}

fn carried(case: &Case<'_>) -> Carried {
    let failed =
        case.failed.evidence.iter().find_map(|fact| {
            if let Evidence::Unanswered { failed, .. } = fact { Some(failed) } else { None }
        });
    match failed {
        Some(QueryFailed { transport: Transport::Tcp, attempt: 1, .. }) => Carried::TcpAlone,
        Some(QueryFailed { transport: Transport::Tcp, .. }) => Carried::TcpAfterUdp,
        Some(QueryFailed { transport: Transport::Udp, .. }) | None => Carried::Udp,
    }
}

pub(in crate::explain::failure) fn only_unbelievable(case: &Case<'_>) -> Verdict {
    let again = Again::of(case);
    let reasons: Vec<Ignored> = case
        .failed
        .evidence
        .iter()
        .filter_map(|fact| if let Evidence::NotBelieved { reason, .. } = fact { Some(*reason) } else { None })
        .collect();
    let same = reasons.iter().all(|reason| Some(reason) == reasons.first());
    let cause = match reasons.first().filter(|_| same) {
        Some(Ignored::WrongId) => {
            "every answer had another id than our question: a broken server, or somebody else who guesses"
        }
        Some(Ignored::WrongSource) => {
            "what came was sent by another address or port than we asked: a broken server, or somebody else"
        }
        Some(Ignored::WrongQuestion) => {
            "what came answers another question than ours: a broken server, or somebody else"
        }
        Some(Ignored::NotAReply) => {
            "questions came where an answer should be: no name server speaks there, or something sends ours back"
        }
        Some(Ignored::Malformed) => {
            "what came is no DNS message: another program has that port, or the server is broken"
        }
        Some(Ignored::Broken) => {
            "an answer to our question came, and a part of it is malformed: the server is broken, or somebody on the way changed it"
        }
        Some(Ignored::WrongOpcode) => {
            "what came answers another kind of request than a query: the server is broken"
        }
        None => "what came did not fit our question: a broken server, or somebody else who guesses",
    };
    let verdict = Verdict::new("only answers came that cannot be believed", cause);
    let verdict = match carried(case) {
        Carried::Udp => verdict
            .then(again.with(" --tcp"), "asks over TCP, where a stranger has more to guess")
            .then(again.with(" --view hex"), "every byte that came"),
        Carried::TcpAlone => verdict.then(again.with(" --tcp --view hex"), "every byte that came"),
        Carried::TcpAfterUdp => verdict.then(again.with(" --view hex"), "every byte that came"),
    };
    verdict.words(&["DNS id", "UDP"]).sources(&["RFC 5452 section 9.1"])
}
