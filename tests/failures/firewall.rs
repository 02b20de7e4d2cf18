//! Firewalls, in networks of the test's own: what answers is told by what came back, and never by what is guessed behind it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::process::Command;

use serde_json::{Value, json};

use super::bind::Network;
use super::row::{Row, Seen, words};
use super::support::{Started, alone};

const PORT: &str = "4009";

/// A rule for what arrives at port 4009 of this protocol.
fn set(network: &Network, protocol: &str, verdict: Option<&str>) {
    let rule = verdict.map_or(String::new(), |verdict| {
        format!(
            "add table inet t; add chain inet t c {{ type filter hook input priority 0; }}; add rule inet t c {protocol} dport {PORT} {verdict}"
        )
    });
    done(network, "nft", &[&format!("flush ruleset; {rule}")]);
}

fn network() -> Network {
    alone(|| Network::new(&[]))
}

/// Runs a program there, which does what it is asked.
fn done(network: &Network, program: &str, arguments: &[&str]) {
    let mut command = network.command(program);
    command.args(arguments);
    let run = Started::new(command).finish();
    assert_eq!(run.code, 0, "{program} {arguments:?}: {}", run.stderr);
}

fn run(network: &Network, arguments: &[&str]) -> super::support::Run {
    let mut command: Command = network.command(env!("CARGO_BIN_EXE_netlearn"));
    command.args(arguments);
    Started::new(command).finish()
}

fn seen(network: &Network, arguments: &[&str]) -> Seen {
    Seen::new(run(network, &[arguments, &["--json"]].concat()), run(network, arguments).stderr)
}

fn icmp(told: &Seen) -> (Value, Value, Value) {
    let icmp = &told.fact("attempt")["icmp"];
    (icmp["type"].clone(), icmp["code"].clone(), icmp["origin"].clone())
}

/// Both networks, joined by a cable: 10.9.9.1 and fd09::1 here, 10.9.9.2 and fd09::2 there.
fn cabled() -> (Network, Network) {
    let (here, there) = (network(), network());
    let ip = |network: &Network, line: &str| done(network, "ip", &line.split(' ').collect::<Vec<_>>());
    ip(&here, &format!("link add cable type veth peer name cable netns {}", there.id()));
    for (network, last) in [(&here, 1), (&there, 2)] {
        ip(network, &format!("address add 10.9.9.{last}/24 dev cable"));
        ip(network, &format!("address add fd09::{last}/64 dev cable nodad"));
        // No link-local address, whose check for a twin (RFC 4862 section 5.4) would hold up the others.
        ip(network, "link set cable addrgenmode none");
        ip(network, "link set cable up");
    }
    // The cable carries both families once a SYN, sent again where it must, has its RST.
    for host in ["10.9.9.2", "fd09::2"] {
        let told = run(&here, &["connect", host, "9", "-z", "-w", "20", "--json"]);
        assert_eq!(told.event("failed")["kind"], "refused", "{}", told.text());
    }
    (here, there)
}

#[test]
#[ignore = "needs unshare, nsenter, ip and nft"]
fn on_this_machine_a_reset_a_message_and_silence_are_three_verdicts() {
    let network = network();
    for (host, place, unreachable, prohibited) in
        [("127.0.0.1", "127.0.0.1:4009", (3, 3), (3, 13)), ("::1", "'[::1]:4009'", (1, 4), (1, 1))]
    {
        let line = ["connect", host, PORT, "-w", "1.5"];
        set(&network, "tcp", Some("reject with tcp reset"));
        let reset = seen(&network, &line);
        reset.is(&Row {
            code: 7,
            kind: "refused",
            cause: "no program on this machine listens on port 4009",
            says: "and no ICMP message. Whoever sent it can be reached.",
            next: "netlearn serve 4009",
        });
        set(&network, "tcp", Some("reject"));
        let message = seen(&network, &line);
        message.is(&Row {
            code: 7,
            kind: "rejected",
            cause: "a firewall of this machine answered with an ICMP message, where a system on which nobody listens sends a RST",
            says: "nothing listens on port 4009",
            next: "netlearn ports 4009",
        });
        assert_eq!(icmp(&message), (unreachable.0.into(), unreachable.1.into(), host.into()));
        set(&network, "tcp", Some("reject with icmpx type admin-prohibited"));
        let forbidden = seen(&network, &line);
        forbidden.is(&Row {
            code: 7,
            kind: "rejected",
            cause: "a rule forbids this connection, and the ICMP message says so",
            says: "a rule forbids it (administratively prohibited)",
            next: "netlearn ports 4009",
        });
        assert_eq!(icmp(&forbidden), (prohibited.0.into(), prohibited.1.into(), host.into()));
        set(&network, "tcp", Some("drop"));
        let silence = seen(&network, &line);
        silence.is(&Row {
            code: 28,
            kind: "black_hole",
            cause: "as a rule a firewall here drops the packets",
            says: "our SYN went out 2 times; nothing came back in",
            next: &format!("netlearn connect --timeout 30 {place}"),
        });
        silence.tells_seconds("nothing came back in", 1.5..3.0);
        // The first SYN is sent again after one second (RFC 6298 section 2).
        assert_eq!(
            (silence.fact("attempt")["syn_resent"].clone(), icmp(&silence).0),
            (json!(1), Value::Null)
        );
        let all = [&reset, &message, &forbidden, &silence];
        for (index, one) in all.iter().enumerate() {
            all[..index].iter().for_each(|other| one.differs_from(other));
        }
    }
    // get meets the same.
    let kinds = ["reject with tcp reset", "reject", "drop"].map(|verdict| {
        set(&network, "tcp", Some(verdict));
        let told = seen(&network, &["get", "http://127.0.0.1:4009/", "--timeout", "500ms"]);
        (told.code, told.kind().to_owned())
    });
    assert_eq!(kinds, [(7, "refused".to_owned()), (7, "rejected".to_owned()), (28, "black_hole".to_owned())]);
}

#[test]
#[ignore = "needs unshare, nsenter, ip and nft"]
fn a_program_behind_the_rule_is_not_called_missing() {
    let network = network();
    let mut serve: Command = network.command(env!("CARGO_BIN_EXE_netlearn"));
    serve.args(["serve", "tcp", PORT, "--host", "127.0.0.1", "--json"]);
    let mut serving = Started::new(serve);
    serving.wait_for("listening");
    let line = ["connect", "127.0.0.1", PORT, "-w", "300ms"];
    for (verdict, kind, cause) in [
        (
            "reject with tcp reset",
            "refused",
            "a firewall refused in its place, or it began only after we called",
        ),
        ("reject", "rejected", "a firewall of this machine answered with an ICMP message"),
        ("reject with icmp type host-unreachable", "unreachable", "as a rule a firewall here wrote it"),
        ("drop", "black_hole", "as a rule a firewall here drops the packets"),
    ] {
        set(&network, "tcp", Some(verdict));
        let told = seen(&network, &line);
        assert_eq!(told.kind(), kind, "{verdict}: {}", told.words());
        assert!(told.cause().contains(cause), "{verdict}: {}", told.words());
        assert!(told.words().contains("listens on 127.0.0.1 port 4009"), "{verdict}: {}", told.words());
        assert!(!told.cause().contains("no program"), "{verdict}: {}", told.words());
    }
    // Near-miss: no rule.
    set(&network, "tcp", None);
    assert_eq!(run(&network, &["connect", "127.0.0.1", PORT, "-z"]).code, 0);
    serving.terminate();
    assert_eq!(serving.finish().code, 0);
}

#[test]
#[ignore = "needs unshare, nsenter, ip and nft"]
fn of_another_machine_no_more_is_claimed_than_what_came_back() {
    let (here, there) = cabled();
    for (host, place, prohibited) in
        [("10.9.9.2", "10.9.9.2:4009", (3, 13)), ("fd09::2", "'[fd09::2]:4009'", (1, 1))]
    {
        let line = ["connect", host, PORT, "-w", "1.5"];
        let refused = Row {
            code: 7,
            kind: "refused",
            cause: "no program there listens on port 4009, or a firewall answers in its place",
            says: "a RST came back",
            next: "netlearn ports 4009",
        };
        set(&there, "tcp", None);
        let closed = seen(&here, &line);
        closed.is(&refused);
        // A firewall's RST looks the same, and is told the same.
        set(&there, "tcp", Some("reject with tcp reset"));
        let reset = seen(&here, &line);
        reset.is(&refused);
        assert_eq!(closed.cause(), reset.cause());
        assert!(!reset.facts("not_this_machine").is_empty() && reset.facts("table").is_empty());
        set(&there, "tcp", Some("reject with icmpx type admin-prohibited"));
        let forbidden = seen(&here, &line);
        forbidden.is(&Row {
            code: 7,
            kind: "rejected",
            cause: "it is the answer of a firewall there, on the way or on this machine",
            says: &format!("message from {host} says: a rule forbids it"),
            next: "netlearn ports 4009",
        });
        assert_eq!(icmp(&forbidden), (prohibited.0.into(), prohibited.1.into(), host.into()));
        set(&there, "tcp", Some("drop"));
        let silence = seen(&here, &line);
        silence.is(&Row {
            code: 28,
            kind: "black_hole",
            cause: "packets are dropped (a firewall, a broken path), no machine has that address, or a server's accept queue is full",
            says: "our SYN went out 2 times; nothing came back in",
            next: &format!("netlearn connect --timeout 30 {place}"),
        });
        silence.tells_seconds("nothing came back in", 1.5..3.0);
        forbidden.differs_from(&reset);
        silence.differs_from(&reset);
        silence.differs_from(&forbidden);
    }
    // A rule on our own way out: the message comes from ourselves.
    set(&there, "tcp", None);
    let rule = "add table inet t; add chain inet t c { type filter hook output priority 0; }; add rule inet t c tcp dport 4009 reject with icmpx type admin-prohibited";
    done(&here, "nft", &[rule]);
    let ours = seen(&here, &["connect", "10.9.9.2", PORT, "-w", "1.5"]);
    assert_eq!((ours.kind(), icmp(&ours).2), ("rejected", json!("10.9.9.1")));
    assert!(ours.cause().contains("a firewall of this machine"), "{}", ours.words());
}

#[test]
#[ignore = "needs unshare, nsenter, ip and nft"]
fn datagrams_to_another_machine_that_is_closed_forbids_or_drops() {
    let (here, there) = cabled();
    for (host, closed, forbidden) in [("10.9.9.2", (3, 3), (3, 13)), ("fd09::2", (1, 4), (1, 1))] {
        let line = ["connect", "-u", host, PORT, "--send", "x", "-w", "300ms"];
        for (verdict, kind, message) in [
            (None, "refused", closed),
            (Some("reject with icmpx type admin-prohibited"), "rejected", forbidden),
        ] {
            set(&there, "udp", verdict);
            let events = run(&here, &[&line[..], &["--json"]].concat());
            assert_eq!(
                (events.code, &events.event("failed")["kind"]),
                (7, &json!(kind)),
                "{}",
                events.text()
            );
            let icmp = &events.event("delivery_failed")["icmp"];
            assert_eq!(
                (&icmp["type"], &icmp["code"], &icmp["origin"]),
                (&json!(message.0), &json!(message.1), &json!(host))
            );
        }
        set(&there, "udp", Some("drop"));
        let dropped = run(&here, &line);
        assert_eq!(dropped.code, 0, "{}", dropped.stderr);
        assert!(words(&dropped.stderr).contains("which proves nothing"), "{}", dropped.stderr);
    }
}

#[test]
#[ignore = "needs unshare, nsenter, ip and nft"]
fn questions_of_dns_that_are_dropped_or_forbidden() {
    let (here, there) = cabled();
    let line = ["resolve", "shop.test", "@10.9.9.2:4009", "-w", "600ms"];
    set(&there, "udp", Some("drop"));
    let dropped = seen(&here, &line);
    dropped.is(&Row {
        code: 9,
        kind: "nobody_answered",
        cause: "dropped on the way, no machine has that address, or its server does not answer",
        says: "asked 2 times, nothing came back in",
        next: "netlearn resolve shop.test A @10.9.9.2:4009 --tcp",
    });
    set(&there, "udp", Some("reject with icmpx type admin-prohibited"));
    let forbidden = seen(&here, &line);
    forbidden.is(&Row {
        code: 9,
        kind: "nobody_answered",
        cause: "a rule forbids the question",
        says: "An ICMP message from 10.9.9.2 says: a rule forbids it",
        next: "netlearn resolve shop.test A @10.9.9.2:4009 --tcp",
    });
    set(&there, "udp", None);
    let closed = seen(&here, &line);
    assert_eq!((closed.code, closed.kind()), (9, "no_name_server"), "{}", closed.words());
    forbidden.differs_from(&dropped);
    closed.differs_from(&forbidden);
}
