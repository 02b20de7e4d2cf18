//! Many questions in a short time, as dnsperf asks them: none lost, none answered wrongly; and as fast as half of BIND.

use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;

use netlearn::lab::Plan;

use crate::against_bind::{exported, questions};
use crate::bind::{self, Bind};
use crate::servers::{SILENCE, Serving, over_udp};

/// What dnsperf measured.
#[derive(Debug)]
struct Measured {
    rate: f64,
    lost: String,
    codes: String,
}

/// How often the whole list is asked: where time cut the last pass, the shares of codes would differ.
const PASSES: &str = "800";

fn dnsperf(server: SocketAddr, questions: &std::path::Path) -> Measured {
    let output = Command::new("dnsperf")
        .args([
            "-s",
            &server.ip().to_string(),
            "-p",
            &server.port().to_string(),
            "-n",
            PASSES,
            "-c",
            "1",
            "-T",
            "1",
            "-d",
        ])
        .arg(questions)
        .output()
        .expect("dnsperf is installed");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = |name: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(name));
        line.unwrap_or_else(|| panic!("no `{name}` in:\n{text}")).trim().to_owned()
    };
    let rate = line("Queries per second:").parse().expect("a number");
    Measured { rate, lost: line("Queries lost:"), codes: line("Response codes:") }
}

#[test]
#[ignore = "needs named and dnsperf"]
fn no_question_of_many_is_lost_or_answered_wrongly() {
    let plan = Plan::standard();
    let folder = tempfile::tempdir().expect("a folder");
    plan.export(folder.path()).expect("exported");
    let server = plan.servers.iter().find(|server| server.name == "ns.hosting.test.").expect("it is there");
    let texts: Vec<(String, String)> =
        server.zones.iter().map(|origin| (origin.clone(), exported(folder.path(), origin))).collect();
    let zones: Vec<(&str, &str)> =
        texts.iter().map(|(origin, text)| (origin.as_str(), text.as_str())).collect();
    let (list, octets) = questions(&zones);
    let file = folder.path().join("questions");
    std::fs::write(&file, list).expect("written");
    let ours = Serving::start(&plan, server);
    let all = || octets.iter().map(|octets| over_udp(ours.address, octets, SILENCE)).collect::<Vec<_>>();
    let before = all();
    let our = dnsperf(ours.address, &file);
    assert!(before == all(), "other answers after the load than before it");
    let options = "minimal-responses no-auth; answer-cookie no; zero-no-soa-ttl no;";
    let theirs =
        Bind::start_all(&[bind::Plan { address: Ipv4Addr::LOCALHOST.into(), zones: &zones, options }]);
    let their = dnsperf(theirs[0].address, &file);
    assert!(our.lost.starts_with("0 "), "{our:?}");
    let shares = |measured: &Measured| -> Vec<(String, f64)> {
        let each = measured.codes.split(", ").map(|code| {
            let mut words = code.split([' ', '(', ')', '%']).filter(|word| !word.is_empty());
            let name = words.next().expect("a code").to_owned();
            (name, words.nth(1).and_then(|share| share.parse().ok()).expect("a share"))
        });
        each.collect()
    };
    for ((our_code, our_share), (their_code, their_share)) in shares(&our).into_iter().zip(shares(&their)) {
        assert_eq!(our_code, their_code, "{our:?} {their:?}");
        assert!((our_share - their_share).abs() < 0.5, "{our:?} {their:?}");
    }
    // A build for debugging is not what anybody is to be measured by.
    assert!(cfg!(debug_assertions) || our.rate >= 0.5 * their.rate, "{our:?} {their:?}");
    // Shown with --nocapture.
}
