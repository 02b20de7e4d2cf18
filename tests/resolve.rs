//! `netlearn resolve` as a process: against servers that misbehave, against BIND, and in a network of its own.
//!
//! Nothing here leaves 127.0.0.0/8 or ::1.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has to stop"
)]

#[path = "resolve/against_bind.rs"]
mod against_bind;
#[path = "support/bind.rs"]
mod bind;
mod support;

use std::net::{IpAddr, Ipv4Addr, UdpSocket};
use std::process::Output;

use against_bind::zone;
use bind::{Bind, Network, Plan};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::{A, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use support::{Run, netlearn};

/// A name server on a port of its own, which answers so many questions with what `make` makes of an empty reply.
fn with_server(
    questions: usize,
    make: impl Fn(Message) -> Option<Message> + Send,
    test: impl FnOnce(&str) -> Run,
) -> Run {
    let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
    socket.set_read_timeout(Some(support::GUARD)).expect("a limit");
    let at = format!("@{}", socket.local_addr().expect("its address"));
    std::thread::scope(|scope| {
        let serving = socket.try_clone().expect("a second handle");
        scope.spawn(move || {
            let mut buffer = [0; 2048];
            for _ in 0..questions {
                let (len, from) = serving.recv_from(&mut buffer).expect("a question");
                let asked = Message::from_vec(&buffer[..len]).expect("a DNS message");
                if let Some(reply) = make(asked.into_response()) {
                    serving.send_to(&reply.to_vec().expect("a message"), from).expect("it is sent");
                }
            }
        });
        test(&at)
    })
}

fn with_address(mut reply: Message) -> Message {
    let question = &reply.queries[0];
    if question.query_type() == RecordType::A {
        let data = RData::A(A(Ipv4Addr::new(127, 53, 1, 80)));
        let record = Record::from_rdata(question.name().clone(), 60, data);
        reply.add_answer(record);
    } else {
        reply = with_soa(reply);
    }
    reply
}

fn with_soa(mut reply: Message) -> Message {
    let name = |text: &str| text.parse::<Name>().expect("a name");
    let soa = SOA::new(name("ns.test."), name("admin.test."), 1, 3600, 600, 86400, 45);
    reply.add_authority(Record::from_rdata(name("test."), 300, RData::SOA(soa)));
    reply
}

fn with_code(mut reply: Message, code: ResponseCode) -> Message {
    reply.metadata.response_code = code;
    reply
}

#[test]
fn a_server_is_asked_for_both_families_and_its_values_go_to_stdout() {
    let run = with_server(2, |reply| Some(with_address(reply)), |at| netlearn(&["resolve", "Shop.test", at]));
    assert_eq!((run.code, run.text().as_str()), (0, "Shop.test.\t60\tIN\tA\t127.53.1.80\n"));
    let short = |at: &str| netlearn(&["resolve", at, "shop.test", "a", "--short", "-q"]);
    let short = |at: &str| {
        let run = short(at);
        assert_eq!(run.stderr, "");
        run
    };
    // In lower case it is a name: two questions for it, which nobody has to answer for `shop.test` to be printed first.
    let run = with_server(4, |reply| Some(with_address(reply)), short);
    assert_eq!(run.text(), "127.53.1.80\n127.53.1.80\n");
}

#[test]
fn the_events_of_an_answer_are_the_messages_that_passed() {
    let ask = |at: &str| netlearn(&["resolve", "shop.test", "A", at, "--json"]);
    let run = with_server(1, |reply| Some(with_address(reply)), ask);
    let (query, reply) = (run.event("query"), run.event("reply"));
    assert_eq!(query["id"], reply["id"]);
    assert_eq!((query["name"].as_str(), query["record_type"].as_str()), (Some("shop.test."), Some("A")));
    assert_eq!((query["transport"].as_str(), query["edns_payload"].as_u64()), (Some("udp"), Some(1232)));
    assert_eq!((query["recursion_desired"].as_bool(), query["reason"].as_str()), (Some(true), Some("asked")));
    assert_eq!((reply["meaning"].as_str(), reply["rcode"].as_str()), (Some("answer"), Some("NOERROR")));
    assert_eq!(run.event("flow_opened")["protocol"], "udp");
    assert!(
        run.events_of("resolver_configured").is_empty(),
        "the system's servers are nobody's business here"
    );
}

/// The one failure of a run, and its exit code.
fn failure(run: &Run) -> (i32, String) {
    let kind = run.event("failed")["kind"].as_str().expect("a kind").to_owned();
    (run.code, kind)
}

#[test]
fn seven_failures_are_told_apart() {
    let line = ["resolve", "nope.test", "A", "--json"];
    let ask = |at: &str| netlearn(&[&line[..], &[at]].concat());
    let ask_for = |wait: &'static str| move |at: &str| netlearn(&[&line[..], &[at, "-w", wait]].concat());
    let no_name = with_server(1, |reply| Some(with_code(with_soa(reply), ResponseCode::NXDomain)), ask);
    assert_eq!(failure(&no_name), (4, "no_such_name".to_owned()));
    let answered = &no_name.event("failed")["evidence"][1];
    assert_eq!((answered["fact"].as_str(), answered["soa"].as_str()), (Some("answered"), Some("test.")));
    assert_eq!(answered["negative_ttl"], 45, "the lesser of 300 and 45");
    let no_data = with_server(1, |reply| Some(with_soa(reply)), ask);
    assert_eq!(failure(&no_data), (3, "no_such_record".to_owned()));
    let failed = with_server(1, |reply| Some(with_code(reply, ResponseCode::ServFail)), ask);
    assert_eq!(failure(&failed), (5, "server_failed".to_owned()));
    let refused = with_server(1, |reply| Some(with_code(reply, ResponseCode::Refused)), ask);
    assert_eq!(failure(&refused), (5, "server_refused".to_owned()));
    let lame = with_server(1, Some, ask);
    assert_eq!(failure(&lame), (5, "server_lame".to_owned()));
    let silent = with_server(2, |_| None, ask_for("300ms"));
    assert_eq!(failure(&silent), (9, "nobody_answered".to_owned()));
    assert_eq!(silent.events_of("query").len(), 2, "asked again");
    let wrong_id = |mut reply: Message| {
        reply.metadata.id ^= 1;
        Some(with_address(reply))
    };
    // Each try has the half of it for the lie to come.
    let lied = with_server(2, wrong_id, ask_for("4"));
    assert_eq!(failure(&lied), (9, "only_unbelievable".to_owned()));
    assert_eq!(lied.events_of("reply_ignored").len(), 2);
    let evidence = lied.event("failed")["evidence"].clone();
    assert!(evidence.as_array().is_some_and(|all| all.iter().any(|fact| fact["fact"] == "not_believed")));
}

#[cfg(target_os = "linux")]
#[test]
fn a_closed_port_is_known_by_its_icmp_error() {
    // It holds the number, and takes datagrams of its peer alone.
    let keeper = UdpSocket::bind("127.0.0.1:0").expect("a port");
    keeper.connect("127.0.0.1:9").expect("a peer");
    let closed = keeper.local_addr().expect("its address");
    let run = netlearn(&["resolve", "shop.test", &format!("@{closed}"), "-w", "20", "--json"]);
    assert_eq!(failure(&run), (9, "no_name_server".to_owned()));
    let failed = run.event("query_failed");
    assert_eq!(failed["icmp"]["origin"], "127.0.0.1");
    assert!(failed["took"].as_f64().is_some_and(|took| took < 5.0), "{failed}");
}

#[test]
fn what_cannot_be_asked_is_said_before_anything_is_sent() {
    let long = "x".repeat(64);
    for (arguments, words) in [
        (vec!["a..b"], "label 2"),
        (vec![long.as_str()], "64 octets"),
        (vec!["shop.test", "-t", "FOO"], "FOO is no record type"),
        (vec!["shop.test", "FOO"], "FOO is no record type"),
    ] {
        let run = netlearn(&[&["resolve", "@127.0.0.1:1"], arguments.as_slice()].concat());
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(words), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn localhost_and_addresses_ask_no_server() {
    for name in ["localhost", "127.0.0.1", "::1"] {
        let run = netlearn(&["resolve", name, "--json"]);
        assert_eq!(run.code, 0, "{name}");
        assert!(run.events_of("query").is_empty(), "{name}");
        assert_eq!(run.events_of("name_looked_up").len(), 1, "{name}");
    }
    let run = netlearn(&["resolve", "localhost", "MX", "--json"]);
    assert_eq!(failure(&run), (3, "no_such_record".to_owned()));
    assert!(run.events_of("query").is_empty());
}

#[test]
fn letters_beyond_ascii_are_shown_as_asked() {
    let ask = |at: &str| netlearn(&["resolve", "bücher.test", "A", at, "--json"]);
    let run = with_server(1, |reply| Some(with_address(reply)), ask);
    assert_eq!(run.event("name_encoded")["asked"], "xn--bcher-kva.test.");
    assert_eq!(run.event("query")["name"], "xn--bcher-kva.test.");
}

/// Runs netlearn in `network` with a resolver configuration and a hosts file of the test's own.
fn in_network(network: &Network, resolv: &str, hosts: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let (resolv_conf, hosts_file) = (folder.path().join("resolv.conf"), folder.path().join("hosts"));
    std::fs::write(&resolv_conf, resolv).expect("it is written");
    std::fs::write(&hosts_file, hosts).expect("it is written");
    let script =
        "mount --bind \"$1\" /etc/resolv.conf && mount --bind \"$2\" /etc/hosts && shift 2 && exec \"$@\"";
    network
        .command("unshare")
        .args(["-m", "sh", "-c", script, "sh"])
        .args([&resolv_conf, &hosts_file])
        .arg(env!("CARGO_BIN_EXE_netlearn"))
        .args(arguments)
        .output()
        .expect("netlearn runs")
}

fn run_of(output: Output) -> Run {
    let code = output.status.code().expect("an exit code");
    Run { code, stdout: output.stdout, stderr: String::from_utf8_lossy(&output.stderr).into_owned() }
}

const HOSTS: &str = "127.0.0.1 localhost\n127.0.0.9 only.shop.test\n";

#[test]
#[ignore = "needs named and unshare"]
fn a_hosts_only_name_is_one_path_and_not_the_other() {
    let local: IpAddr = Ipv4Addr::LOCALHOST.into();
    let network = Network::new(&[]);
    let zone = zone();
    let plan = Plan { address: local, zones: &[("shop.test", &zone)], options: "" };
    let _bind = Bind::start_in(&network, &[plan], 53);
    let resolv = "nameserver 127.0.0.1\n";
    let ask = |name: &str| run_of(in_network(&network, resolv, HOSTS, &["resolve", name, "--json"]));
    let run = ask("only.shop.test");
    assert_eq!(run.code, 0);
    let compared = run.event("paths_compared");
    assert_eq!(compared["programs"], serde_json::json!(["127.0.0.9"]));
    assert_eq!(compared["hosts_file"], serde_json::json!(["127.0.0.9"]));
    assert_eq!(
        (compared["agree"].as_bool(), compared["dns_meaning"].as_str()),
        (Some(false), Some("no_such_name"))
    );
    let run = ask("shop.shop.test");
    assert_eq!(run.code, 0);
    assert_eq!(run.event("paths_compared")["agree"], true);
    assert_eq!(run.event("resolver_configured")["servers"], serde_json::json!(["127.0.0.1:53"]));
    let run = ask("nope.shop.test");
    assert_eq!(failure(&run), (4, "no_such_name".to_owned()));
}

#[test]
#[ignore = "needs unshare"]
fn without_a_resolver_it_ends_and_says_so() {
    let network = Network::new(&[]);
    let ask = |resolv: &str, name: &str| {
        let arguments = ["resolve", name, "MX", "-w", "300ms", "--json"];
        run_of(in_network(&network, resolv, HOSTS, &arguments))
    };
    let none = ask("search lan\n", "shop.test");
    assert_eq!(failure(&none), (9, "no_resolver".to_owned()));
    assert_eq!(none.event("resolver_configured")["servers"], serde_json::json!([]));
    // In this network nothing listens anywhere.
    let closed = ask("nameserver 127.0.0.1\nnameserver 127.0.0.2\n", "shop.test");
    assert_eq!(failure(&closed), (9, "no_name_server".to_owned()));
    let reasons: Vec<_> = closed.events_of("query").iter().map(|query| query["reason"].clone()).collect();
    assert_eq!(reasons, ["asked", "next_server"]);
}
