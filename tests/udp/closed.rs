//! A port where nobody is: closed, or dropped, or forbidden. Only what came back is claimed.

use std::process::Command;

use serde_json::Value;

use super::support::{Run, Started, netlearn};
use super::{closed_port, connect, datagrams, flat};

/// The first send succeeds, the next call is refused, and an ICMP message is why.
#[test]
fn the_call_after_the_first_send_is_told() {
    let (_keeper, port) = closed_port("127.0.0.1");
    let run = connect(port, &["--send", "one", "--send", "two", "--json"]);
    assert_eq!(run.code, 7, "{}", run.text());
    assert_eq!(datagrams(&run.events(), "sent"), [("one".to_owned(), 3)]);
    let told = run.event("delivery_failed");
    assert_eq!((&told["sent"], &told["ends_it"], &told["layer"]), (&1.into(), &true.into(), &"udp".into()));
    let failed = run.event("failed");
    assert_eq!((&failed["kind"], &failed["layer"]), (&"refused".into(), &"udp".into()));
    if cfg!(target_os = "linux") {
        assert_eq!(told["errno"], libc::ECONNREFUSED);
        assert_eq!(told["icmp"], serde_json::json!({"origin": "127.0.0.1", "type": 3, "code": 3}));
    }
    let said = flat(&connect(port, &["--send", "one", "--send", "two"]));
    assert!(said.contains("That send had succeeded: the next call is the one that is told."), "{said}");
    assert!(said.contains(&format!("takes datagrams on port {port}")), "{said}");
    assert!(said.contains(&format!("netlearn serve udp {port}")), "{said}");
    if cfg!(target_os = "linux") {
        assert!(said.contains("no program on this machine takes datagrams"), "{said}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_program_at_another_address_is_named() {
    let (_keeper, port) = closed_port("127.0.0.1");
    let _elsewhere = std::net::UdpSocket::bind(("127.0.0.9", port)).unwrap();
    let run = connect(port, &["--send", "one"]);
    let said = flat(&run);
    assert!(said.contains("but not at the address that you called"), "{said}");
    assert!(said.contains(&format!("netlearn connect -u 127.0.0.9:{port}")), "{said}");
    assert!(said.contains(&format!("pid {}", std::process::id())), "{said}");
}

#[test]
#[cfg(target_os = "linux")]
fn ipv6_has_its_own_message() {
    let (_keeper, port) = closed_port("::1");
    let run = netlearn(&["connect", "-u", "::1", &port.to_string(), "--send", "x", "--json"]);
    assert_eq!(run.code, 7, "{}", run.text());
    let icmp = &run.event("delivery_failed")["icmp"];
    assert_eq!((&icmp["origin"], &icmp["type"], &icmp["code"]), (&"::1".into(), &1.into(), &4.into()));
    let said = flat(&netlearn(&["connect", "-u", "::1", &port.to_string(), "--send", "x"]));
    assert!(said.contains("ICMPv6 from ::1") && !said.contains("ICMP from"), "{said}");
}

/// What the verdict rests on is a term that is offered, also at brief, where not all fit the line.
#[test]
fn the_terms_of_the_verdict_are_offered() {
    let (_keeper, port) = closed_port("127.0.0.1");
    let run = netlearn(&["connect", "-4", "-u", "localhost", &port.to_string(), "--send", "one"]);
    let words = run.stderr.lines().find_map(|line| line.trim().strip_prefix("words: ")).expect("the terms");
    assert!(words.contains("port unreachable") && words.contains("ICMP"), "{words}");
}

#[test]
#[cfg(target_os = "linux")]
fn the_ladder_shows_the_message() {
    let (_keeper, port) = closed_port("127.0.0.1");
    let run = connect(port, &["--send", "one", "--send", "two", "--view", "ladder"]);
    assert_eq!(run.code, 7);
    let sent =
        run.stderr.lines().position(|line| line.contains("\"one\" · 3 B")).expect("the first goes out");
    let icmp =
        run.stderr.lines().position(|line| line.contains("◀") && line.contains("ICMP port unreachable"));
    assert!(icmp.is_some_and(|icmp| icmp > sent), "{}", run.stderr);
    assert!(!run.stderr.contains("\"two\""), "{}", run.stderr);
}

#[test]
fn z_is_refused_too() {
    let (_keeper, port) = closed_port("127.0.0.1");
    let run = connect(port, &["-z", "--json"]);
    assert_eq!((run.code, &run.event("failed")["kind"]), (7, &"refused".into()));
}

/// Runs a client in a network of its own, after `prepare`; with `serve udp 4009` there where `server` is set.
fn in_own_network(prepare: &str, server: bool, arguments: &[&str]) -> Run {
    let serve = if server {
        "exec 3<&0; mkfifo \"$D/told\"; \"$N\" serve udp 4009 --json > \"$D/told\" & S=$!; \
         exec 4< \"$D/told\"; while read -r line <&4; do case $line in *listening*::1*) break;; esac; done;"
    } else {
        "S=;"
    };
    let script = format!(
        "ip link set lo up || exit 99\n{prepare} || exit 98\n{serve}\n\"$N\" \"$@\"; code=$?\n\
         [ -z \"$S\" ] || {{ kill \"$S\"; wait \"$S\"; }}; exit $code"
    );
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new("unshare");
    command.args(["-r", "-n", "sh", "-c", &script, "sh"]).args(arguments);
    command.env("N", env!("CARGO_BIN_EXE_netlearn")).env("D", folder.path());
    Started::new(command).finish()
}

/// A rule for what arrives at, or leaves for, UDP port 4009.
fn rule(hook: &str, verdict: &str) -> String {
    format!(
        "nft 'add table inet t; add chain inet t c {{ type filter hook {hook} priority 0; }}; add rule inet t c {verdict}'"
    )
}

fn ask(prepare: &str, server: bool) -> (Run, String) {
    ask_for("300ms", prepare, server)
}

fn ask_for(wait: &str, prepare: &str, server: bool) -> (Run, String) {
    let ask = ["connect", "-u", "127.0.0.1", "4009", "--send", "x", "-w", wait];
    let run = in_own_network(prepare, server, &[&ask[..], &["--json"]].concat());
    (run, flat(&in_own_network(prepare, server, &ask)))
}

#[test]
#[ignore = "needs unshare, ip and nft"]
fn closed_dropped_and_forbidden_are_told_apart_as_far_as_they_can_be() {
    // Closed: the answer of this machine itself.
    let (closed, said) = ask("true", false);
    assert_eq!((closed.code, &closed.event("failed")["kind"]), (7, &"refused".into()), "{}", closed.stderr);
    assert!(said.contains("no program on this machine takes datagrams on port 4009"), "{said}");
    // Dropped: nothing comes back, and that is all that is known of it from outside.
    let (dropped, said) = ask(&rule("input", "udp dport 4009 drop"), false);
    assert_eq!(dropped.code, 0, "{}", dropped.stderr);
    assert!(dropped.events_of("failed").is_empty() && dropped.events_of("delivery_failed").is_empty());
    assert_eq!(dropped.event("fell_silent")["holder"]["listens"], false);
    assert!(said.contains("no ICMP message said so: as a rule a firewall drops them"), "{said}");
    // Dropped before a program that is there: the table knows of the program, not of the datagram.
    let (behind, said) = ask(&rule("input", "udp dport 4009 drop"), true);
    assert_eq!(behind.code, 0, "{}", behind.stderr);
    assert_eq!(behind.event("fell_silent")["holder"]["listens"], true);
    assert!(said.contains("which proves nothing Ours or the reply was dropped, or"), "{said}");
    // The reply dropped, the datagram read: from here it looks the same, and is told the same.
    let (unheard, same) = ask_for("3", &rule("input", "udp sport 4009 drop"), true);
    assert_eq!(unheard.code, 0, "{}", unheard.stderr);
    assert!(same.contains("which proves nothing Ours or the reply was dropped, or"), "{same}");
}

#[test]
#[ignore = "needs unshare, ip and nft"]
fn a_firewall_that_answers_is_no_program_that_is_missing() {
    let icmp = |run: &Run| -> Value { run.event("delivery_failed")["icmp"].clone() };
    // The same message as a closed port sends; the table tells that a program is there.
    let (rejected, said) = ask(&rule("input", "udp dport 4009 reject"), true);
    assert_eq!(
        (rejected.code, &rejected.event("failed")["kind"]),
        (7, &"refused".into()),
        "{}",
        rejected.stderr
    );
    assert_eq!((&icmp(&rejected)["type"], &icmp(&rejected)["code"]), (&3.into(), &3.into()));
    assert!(said.contains("a firewall answered in its place"), "{said}");
    // A message that says itself that a rule forbids it.
    let (forbidden, said) =
        ask(&rule("input", "udp dport 4009 reject with icmpx type admin-prohibited"), false);
    assert_eq!(
        (forbidden.code, &forbidden.event("failed")["kind"]),
        (7, &"rejected".into()),
        "{}",
        forbidden.stderr
    );
    assert_eq!(icmp(&forbidden)["code"], 13);
    assert!(said.contains("a rule forbids it") && !said.contains("no program on this machine"), "{said}");
    // It is this machine: nobody is sent to another one.
    assert!(said.contains("a firewall of this machine answered") && !said.contains("that machine"), "{said}");
    // Our own machine does not let it out: no message, and nothing was sent.
    let (kept, said) = ask(&rule("output", "udp dport 4009 drop"), false);
    assert_eq!((kept.code, &kept.event("failed")["kind"]), (7, &"rejected".into()), "{}", kept.stderr);
    assert_eq!(kept.event("send_refused")["reason"], "not_permitted");
    assert!(said.contains("a rule of this machine forbids it"), "{said}");
}

#[test]
#[ignore = "needs unshare and ip"]
fn another_machine_that_is_silent_is_told_with_all_that_it_may_mean() {
    let ask = |route: &str, more: &[&str]| {
        let arguments = ["connect", "-u", "10.9.9.9", "4009", "--send", "x", "-w", "300ms"];
        in_own_network(&format!("ip route add {route}"), false, &[&arguments[..], more].concat())
    };
    let silent = ask("10.9.9.9/32 dev lo", &["--json"]);
    assert_eq!(silent.code, 0, "{}", silent.stderr);
    assert_eq!(silent.event("fell_silent")["holder"], Value::Null);
    let said = flat(&ask("10.9.9.9/32 dev lo", &[]));
    assert!(
        said.contains(
            "which proves nothing Ours or the reply may be lost or dropped, or it was read and not answered"
        ),
        "{said}"
    );
    let nowhere = ask("unreachable 10.9.9.9/32", &["--json"]);
    assert_eq!(
        (nowhere.code, &nowhere.event("failed")["kind"]),
        (7, &"unreachable".into()),
        "{}",
        nowhere.stderr
    );
    let forbidden = ask("prohibit 10.9.9.9/32", &["--json"]);
    assert_eq!(
        (forbidden.code, &forbidden.event("failed")["kind"]),
        (7, &"rejected".into()),
        "{}",
        forbidden.stderr
    );
}
