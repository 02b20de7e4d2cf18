//! `resolve --trace` against BIND: three servers on one port, from the root to the answer.
//!
//! Each test has a network namespace of its own, from which no way leads out.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has to stop"
)]

#[path = "support/bind.rs"]
mod bind;
mod support;

use std::fmt::Write as _;
use std::net::IpAddr;

use bind::{Bind, Network, Plan};
use support::{Run, Started};

const ROOT: &str = "$TTL 3600
. IN SOA a.root-servers.lab. hostmaster.lab. 1 3600 600 86400 300
. IN NS a.root-servers.lab.
a.root-servers.lab. IN A 127.60.0.1
test. IN NS ns.test.
ns.test. IN A 127.60.0.2
";

const TEST: &str = "$TTL 3600
test. IN SOA ns.test. hostmaster.test. 1 3600 600 86400 300
test. IN NS ns.test.
ns.test. IN A 127.60.0.2
shop.test. IN NS ns.shop.test.
ns.shop.test. IN A 127.60.0.3
; Nobody serves it: the server named for it refuses.
far.test. IN NS ns.shop.test.
; One server that nobody is, one that is.
half.test. IN NS ns1.half.test.
half.test. IN NS ns.shop.test.
ns1.half.test. IN A 127.60.0.9
here.test. IN CNAME there.test.
there.test. IN CNAME here.test.
";

const SHOP: &str = "$TTL 60
shop.test. IN SOA ns.shop.test. hostmaster.shop.test. 1 3600 600 86400 30
shop.test. IN NS ns.shop.test.
ns.shop.test. IN A 127.60.0.3
shop.test. IN A 127.60.1.80
www.shop.test. IN CNAME shop.test.
";

const HALF: &str = "$TTL 60
half.test. IN SOA ns.shop.test. hostmaster.shop.test. 1 3600 600 86400 30
half.test. IN NS ns.shop.test.
half.test. IN A 127.60.1.81
";

/// The port of all servers: each test has a network of its own.
const PORT: u16 = 5300;
/// Where the walk begins.
const START: &str = "127.60.0.1:5300";

/// The root, `test.` and `shop.test.`.
struct Internet {
    servers: Vec<Bind>,
    network: Network,
}

impl Internet {
    fn new() -> Internet {
        let at = |last: u8| IpAddr::from([127, 60, 0, last]);
        let network = Network::new(&[at(1), at(2), at(3)]);
        let mut shop = SHOP.to_owned();
        for number in 1..=60 {
            // Writing to a String cannot fail.
            let _ = writeln!(
                shop,
                "big.shop.test. IN TXT \"record {number:02} of sixty, which no datagram holds\""
            );
        }
        let plans = [
            Plan { address: at(1), zones: &[(".", ROOT)], options: "" },
            Plan { address: at(2), zones: &[("test", TEST)], options: "" },
            Plan { address: at(3), zones: &[("shop.test", &shop), ("half.test", HALF)], options: "" },
        ];
        let servers = Bind::start_in(&network, &plans, PORT);
        Internet { servers, network }
    }

    /// What dig gets from the server of `shop.test.`, values alone, in the order of the alphabet.
    fn dig(&self, arguments: &[&str]) -> Vec<String> {
        let output = self
            .network
            .command("dig")
            .arg(format!("@{}", self.servers[2].address.ip()))
            .args(["-p", &PORT.to_string(), "+norecurse", "+short"])
            .args(arguments)
            .output()
            .expect("dig is installed");
        sorted(&String::from_utf8(output.stdout).expect("dig writes ASCII"))
    }

    fn netlearn(&self, arguments: &[&str]) -> Run {
        let mut command = self.network.command(env!("CARGO_BIN_EXE_netlearn"));
        command.args(arguments);
        Started::new(command).finish()
    }

    fn trace(&self, arguments: &[&str]) -> Run {
        self.netlearn(&[&["resolve", "--trace", "--root", START], arguments].concat())
    }
}

fn sorted(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort_unstable();
    lines
}

/// Whom a run asked, why and over what.
fn asked(run: &Run) -> Vec<String> {
    let queries = run.events_of("query").into_iter();
    queries
        .map(|query| {
            assert_eq!(query["recursion_desired"], false);
            let text = |field: &str| query[field].as_str().expect("a text").to_owned();
            format!("{} {} {}", text("peer"), text("reason"), text("transport"))
        })
        .collect()
}

#[test]
#[ignore = "needs named, dig, unshare, nsenter and ip"]
fn each_server_is_asked_in_turn_and_the_answer_is_digs() {
    let internet = Internet::new();
    let run = internet.trace(&["www.shop.test", "--json"]);
    assert_eq!(run.code, 0, "{}", run.text());
    assert_eq!(
        asked(&run),
        ["127.60.0.1:5300 root udp", "127.60.0.2:5300 referral udp", "127.60.0.3:5300 referral udp"]
    );
    let walked = run.event("walked");
    assert_eq!((walked["meaning"].as_str(), walked["ttl"].as_u64()), (Some("answer"), Some(60)));
    let run = internet.trace(&["www.shop.test", "--short"]);
    assert_eq!(sorted(&run.text()), internet.dig(&["www.shop.test"]));
    assert_eq!(sorted(&run.text()), ["127.60.1.80", "shop.test."]);
    for words in [
        "knows who runs test.: ns.test. at 127.60.0.2",
        "knows who runs shop.test.: ns.shop.test. at 127.60.0.3",
        "www.shop.test. is another name for shop.test.",
        "shop.test. is 127.60.1.80",
        "Nobody knew everything",
        "You may keep this answer for 60 s (its TTL).",
    ] {
        assert!(run.stderr.contains(words), "{words}\n{}", run.stderr);
    }
}

#[test]
#[ignore = "needs named, dig, unshare, nsenter and ip"]
fn what_does_not_fit_a_datagram_comes_over_tcp_and_says_why() {
    let internet = Internet::new();
    let run = internet.trace(&["big.shop.test", "TXT", "--json"]);
    assert_eq!(
        asked(&run)[2..],
        ["127.60.0.3:5300 referral udp".to_owned(), "127.60.0.3:5300 truncated tcp".to_owned()]
    );
    let run = internet.trace(&["big.shop.test", "TXT", "--short"]);
    let lines = sorted(&run.text());
    assert_eq!((run.code, lines.len()), (0, 60));
    assert_eq!(lines, internet.dig(&["+tcp", "big.shop.test", "TXT"]));
    assert!(run.stderr.contains("was cut off (TC)"), "{}", run.stderr);
    assert!(run.stderr.contains("and 54 more records"), "{}", run.stderr);
    let run = internet.trace(&["www.shop.test", "--tcp", "--json"]);
    assert!(asked(&run).iter().all(|line| line.ends_with(" tcp")), "{:?}", asked(&run));
    assert_eq!((run.code, asked(&run).len()), (0, 3));
}

#[test]
#[ignore = "needs named, dig, unshare, nsenter and ip"]
fn no_such_name_and_no_such_record_are_two_answers() {
    let internet = Internet::new();
    let run = internet.trace(&["nope.shop.test", "A"]);
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("nope.shop.test. does not exist"), "{}", run.stderr);
    let run = internet.trace(&["shop.test", "AAAA"]);
    assert_eq!(run.code, 3, "{}", run.stderr);
    assert!(run.stderr.contains("shop.test. exists and has no AAAA record"), "{}", run.stderr);
}

#[test]
#[ignore = "needs named, dig, unshare, nsenter and ip"]
fn detours_dead_servers_and_loops() {
    let internet = Internet::new();
    // BIND hosts `far.test.` nowhere: its server refuses.
    let run = internet.trace(&["www.far.test", "A"]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    assert!(run.stderr.contains("(REFUSED)"), "{}", run.stderr);
    let run = internet.trace(&["half.test", "A"]);
    assert_eq!((run.code, run.text().trim_end().ends_with("127.60.1.81")), (0, true), "{}", run.stderr);
    let run = internet.trace(&["here.test", "A"]);
    assert_eq!(run.code, 5, "{}", run.stderr);
    // BIND itself fails at a loop among the zones that it serves, and the walk says so.
    assert!(run.stderr.contains("SERVFAIL"), "{}", run.stderr);
}

#[test]
#[ignore = "needs named, dig, unshare, nsenter and ip"]
fn a_recorded_walk_is_drawn_again() {
    let internet = Internet::new();
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("walk.jsonl");
    let file = file.to_str().expect("its name is UTF-8");
    let live = internet.trace(&["www.shop.test", "--record", file]);
    let again = internet.netlearn(&["replay", file, "--view", "path"]);
    assert_eq!((live.code, again.code), (0, 0));
    assert_eq!(again.text(), live.stderr);
    let told = internet.netlearn(&["replay", file]);
    assert!(
        told.text().contains("sends us on to shop.test.: ns.shop.test. at 127.60.0.3"),
        "{}",
        told.text()
    );
}
