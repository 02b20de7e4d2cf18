//! `netlearn lab` and `--lab` as whole processes: labs side by side, killed labs, run files, counts and memory, faults, doors.
//!
//! Each test has a folder of run files of its own, so that no other test's lab is found.
#![allow(
    clippy::unwrap_used,
    clippy::wildcard_enum_match_arm,
    clippy::disallowed_methods,
    reason = "a test that cannot go on has to stop"
)]

#[path = "lab/found.rs"]
mod found;
mod support;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use support::{Run, Started, command};

/// A user's own place for run files.
struct Home {
    folder: tempfile::TempDir,
}

impl Home {
    fn new() -> Home {
        Home { folder: tempfile::tempdir().expect("a folder") }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = command(arguments);
        command.env("XDG_RUNTIME_DIR", self.folder.path());
        command
    }

    fn run(&self, arguments: &[&str]) -> Run {
        Started::new(self.command(arguments)).finish()
    }

    /// A lab that runs, and its map.
    fn lab(&self, arguments: &[&str]) -> (Started, Value) {
        let mut line = vec!["lab", "--json"];
        line.extend_from_slice(arguments);
        let mut started = Started::new(self.command(&line));
        let map = started.wait_for("lab_started");
        (started, map)
    }

    fn files(&self) -> PathBuf {
        self.folder.path().join("netlearn")
    }

    fn left(&self) -> Vec<String> {
        let Ok(files) = std::fs::read_dir(self.files()) else { return Vec::new() };
        files.map(|file| file.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// What the running lab counted, by server.
    fn counts(&self, server: &str) -> Value {
        let run = self.run(&["lab", "--counts", "--json"]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        let counted = run.event("lab_counted");
        let counts = counted["counts"].as_array().unwrap();
        counts.iter().find(|count| count["name"] == server).expect("the server is counted").clone()
    }
}

fn stop(lab: Started) -> Run {
    lab.terminate();
    lab.finish()
}

fn ports(of: &Value) -> [u64; 3] {
    ["dns", "http", "https"].map(|name| of[name].as_u64().expect("a port"))
}

/// The lab that a command used; none where it had one of its own.
fn joined(run: &Run) -> Option<u64> {
    run.event("lab_joined").get("pid").and_then(Value::as_u64)
}

#[test]
fn counts_prove_that_the_cache_answered() {
    let home = Home::new();
    let (lab, _) = home.lab(&[]);
    for _ in 0..2 {
        assert_eq!(home.run(&["resolve", "www.shop.test", "A", "--lab", "-q"]).code, 0);
    }
    for server in ["a.root-servers.lab.", "ns.nic.test.", "ns1.shop.test."] {
        assert_eq!(home.counts(server)["queries"], 1, "{server}: two lookups, one walk");
    }
    let resolver = home.counts("resolver.lab.");
    assert_eq!((&resolver["queries"], &resolver["from_cache"]), (&Value::from(2), &Value::from(1)));
    // Another name, and the end of the alias is remembered by itself.
    assert_eq!(home.run(&["resolve", "shop.test", "A", "--lab", "-q"]).code, 0);
    assert_eq!(home.counts("ns1.shop.test.")["queries"], 1);
    assert_eq!(home.run(&["get", "http://shop.test:8080/", "--lab", "-q"]).code, 0);
    assert_eq!(
        (&home.counts("shop.test")["connections"], &home.counts("shop.test")["requests"]),
        (&1.into(), &1.into())
    );
    let table = home.run(&["lab", "--counts"]);
    assert_eq!(table.code, 0);
    let row = table.text().lines().find(|line| line.contains("ns1.shop.test.")).map(str::to_owned);
    assert!(row.is_some_and(|row| row.contains("127.53.0.3")), "{}", table.text());
    stop(lab);
}

/// RFC 6604 section 3: NXDOMAIN is about the name at the end of the aliases, not about the one that was asked for.
#[test]
fn an_alias_of_nothing_is_not_said_to_be_missing_itself() {
    let home = Home::new();
    let (lab, _) = home.lab(&[]);
    for asked in [&["missing.shop.test", "A", "--lab"][..], &["missing.shop.test", "--trace", "--lab"]] {
        let line = [&["resolve"], asked].concat();
        let events = home.run(&[&line[..], &["--json"]].concat());
        assert_eq!(events.code, 4, "{}", events.stderr);
        let failed = events.event("failed");
        let evidence = failed["evidence"].as_array().unwrap();
        assert!(evidence.iter().any(|fact| fact["alias_of"] == "nowhere.shop.test."), "{failed}");
        let told = home.run(&line).stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(told.contains("an alias of nowhere.shop.test., which does not exist (NXDOMAIN)"), "{told}");
        assert!(!told.contains("has no missing.shop.test."), "{told}");
    }
    let near = home.run(&["resolve", "nope.shop.test", "A", "--lab", "--json"]).event("failed");
    assert!(near["evidence"].as_array().unwrap().iter().all(|fact| fact["alias_of"].is_null()), "{near}");
    stop(lab);
}

#[test]
fn the_cache_lists_what_it_remembers_and_for_how_long() {
    let home = Home::new();
    let (lab, _) = home.lab(&[]);
    let empty = home.run(&["lab", "--cache", "--json"]).event("cache_listed");
    assert_eq!(empty["entries"], Value::Array(Vec::new()));
    for (name, kind, code) in [("shop.test", "A", 0), ("shop.test", "AAAA", 3), ("nope.test", "A", 4)] {
        assert_eq!(home.run(&["resolve", name, kind, "--lab", "-q"]).code, code, "{name} {kind}");
    }
    assert_eq!(home.run(&["resolve", "big.test", "TXT", "--lab", "-q"]).code, 0);
    let listed = home.run(&["lab", "--cache", "--json"]).event("cache_listed");
    let entries = listed["entries"].as_array().unwrap();
    let entry = |name: &str, meaning: &str| {
        let found = entries.iter().find(|entry| entry["name"] == name && entry["meaning"] == meaning);
        found.unwrap_or_else(|| panic!("{name} {meaning} in {entries:?}")).clone()
    };
    let shop = entry("shop.test.", "answer");
    assert_eq!((&shop["record_type"], &shop["data"][0]), (&"A".into(), &"127.53.1.80".into()));
    assert!((1..=60).contains(&shop["ttl"].as_u64().unwrap()), "{shop}");
    assert_eq!(entry("shop.test.", "no_data")["record_type"], "AAAA");
    assert!((1..=30).contains(&entry("nope.test.", "no_such_name")["ttl"].as_u64().unwrap()));
    assert!(entry("big.test.", "answer")["data"].as_array().unwrap().len() >= 60);
    let table = home.run(&["lab", "--cache", "-q"]);
    assert!(
        table.text().contains("(no such name)") && table.text().contains("127.53.1.80"),
        "{}",
        table.text()
    );
    // Without RD it says what it has and asks nobody.
    let resolver = home.run(&["resolve", "shop.test", "A", "--no-recurse", "--lab", "--json"]);
    assert_eq!(resolver.code, 0, "{}", resolver.stderr);
    stop(lab);
}

#[test]
fn a_lab_says_nothing_on_stdout_and_a_command_with_its_own_tells_its_own_story() {
    let home = Home::new();
    let mut lab = Started::new(home.command(&["lab", "--ports", "0,0,0"]));
    let (wait, begun) = std::sync::mpsc::channel();
    // Its narration begins once it can be found.
    let mut said = std::io::BufReader::new(lab.take_stderr());
    let told = std::thread::spawn(move || {
        use std::io::{BufRead as _, Read as _};
        let mut first = String::new();
        said.read_line(&mut first).unwrap();
        let _ = wait.send(());
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        first + &rest
    });
    begun.recv_timeout(support::GUARD).expect("it narrates");
    assert_eq!(home.run(&["get", "http://shop.test:8080/", "--lab", "-q"]).code, 0);
    let ended = stop(lab);
    let told = told.join().unwrap();
    assert_eq!((ended.code, ended.text().as_str()), (0, ""), "{told}");
    for part in
        ["a pocket internet", "resolver.lab. asked A of shop.test.", "GET / HTTP/1.1", "questions in all"]
    {
        assert!(told.contains(part), "{part:?} in\n{told}");
    }
    let run = home.run(&["get", "http://shop.test:8080/", "--lab", "--json"]);
    assert_eq!((run.code, joined(&run)), (0, None));
    assert!(run.events().iter().skip(1).all(|event| event["side"] == "client"), "{}", run.text());
    assert_eq!(home.left(), Vec::<String>::new(), "a lab of one command is found by nobody");
}

#[test]
fn faults_are_given_by_name_and_place() {
    // Only what is to run out of time has little of it, and enough for what comes before on a busy machine.
    let (short, long) = ("2s", "10s");
    let walk = |name, wait| vec!["resolve", name, "A", "--trace", "--lab", "-q", "-w", wait];
    let trace = |name| walk(name, long);
    let get_within = |url, wait| vec!["get", url, "--lab", "-q", "-L", "--timeout", wait];
    let get = |url| get_within(url, long);
    for (fault, line, code) in [
        ("servfail", trace("shop.test"), 5),
        ("refused@shop.test.", trace("shop.test"), 5),
        ("lame@SHOP.test", trace("shop.test"), 5),
        ("silent@example.com", walk("www.example.com", short), 5),
        ("wrong-id", walk("shop.test", short), 5),
        ("truncated", trace("shop.test"), 0),
        ("slow", vec!["resolve", "shop.test", "A", "--trace", "--lab", "-q"], 0),
        ("never-accepts", get_within("http://shop.test:8080/", short), 28),
        ("reset", get("http://shop.test:8080/"), 56),
        ("never-answers@blog.test", get_within("http://blog.test:8080/", short), 28),
        ("short-body", get("http://shop.test:8080/"), 18),
        ("bad-chunk", get("http://shop.test:8080/"), 8),
        ("redirect-loop", get("http://shop.test:8080/"), 47),
        ("expired", get("https://bank.test:8443/"), 60),
        ("wrong-name", get("https://bank.test:8443/"), 60),
        ("unknown-authority", get("https://bank.test:8443/"), 60),
        ("plain-http@bank.test", get("https://bank.test:8443/"), 35),
    ] {
        let home = Home::new();
        let (lab, map) = home.lab(&["--fault", fault]);
        assert!(map["faults"][0].as_str().unwrap().starts_with(fault), "{map}");
        let run = home.run(&line);
        assert_eq!(run.code, code, "{fault}: {}", run.stderr);
        assert_eq!(stop(lab).code, 0, "{fault}");
    }
}

#[test]
fn a_fault_at_an_unknown_place_is_a_mistake_on_the_command_line() {
    let home = Home::new();
    let run = home.run(&["lab", "--fault", "servfail@nope.test"]);
    assert_eq!((run.code, run.text().as_str()), (2, ""));
    assert!(
        run.stderr.contains("shop.test, ") && run.stderr.contains("netlearn lab --fault servfail@shop.test")
    );
    // A site without HTTPS has no certificate that could expire.
    let run = home.run(&["lab", "--fault", "expired@shop.test"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("bank.test"), "{}", run.stderr);
    assert_eq!(home.run(&["lab", "--fault", "sulks"]).code, 2);
}

#[test]
fn zones_are_exported_and_nothing_is_started() {
    let home = Home::new();
    let folder = home.folder.path().join("zones");
    let run = home.run(&["lab", "--export", folder.to_str().unwrap()]);
    assert_eq!((run.code, run.text().as_str()), (0, ""), "{}", run.stderr);
    for name in ["root.zone", "test.zone", "shop.test.zone", "named.conf"] {
        assert!(folder.join(name).is_file(), "{name}");
    }
    let file = folder.join("root.zone").join("below");
    let run = home.run(&["lab", "--export", file.to_str().unwrap()]);
    assert_eq!(run.code, 23, "{}", run.stderr);
    assert_eq!(home.left(), Vec::<String>::new());
}

#[test]
fn where_there_is_one_address_every_door_leads_to_it() {
    let home = Home::new();
    let (lab, map) = home.lab(&["--one-address"]);
    assert_eq!(ports(&map["ports"]), [5300, 8080, 8443], "names and URLs carry the planned ports");
    let doors = map["doors"].as_array().unwrap();
    let real: Vec<SocketAddr> =
        doors.iter().map(|door| door["real"].as_str().unwrap().parse().unwrap()).collect();
    assert!(
        real.iter().all(|real| ["127.0.0.1", "::1"].contains(&real.ip().to_string().as_str())),
        "{real:?}"
    );
    let run = home.run(&["get", "http://shop.test:8080/", "--lab", "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let connected = run.event("connected");
    assert!(connected["peer"].as_str().unwrap().starts_with("127.0.0.1:"), "{connected}");
    assert_eq!(connected["planned"], "127.53.1.80:8080");
    let said = home.run(&["get", "http://shop.test:8080/", "--lab"]);
    assert!(said.stderr.contains("127.53.1.80 port 8080"), "the way is shown too:\n{}", said.stderr);
    assert_eq!(home.run(&["get", "https://bank.test:8443/", "--lab", "-q"]).code, 0);
    let run = home.run(&["resolve", "www.shop.test", "A", "--trace", "--lab", "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let walked = run.event("walked");
    assert_eq!(walked["path"].as_array().unwrap().len(), 3);
    assert_eq!(home.run(&["resolve", "big.test", "TXT", "--lab", "-q"]).code, 0);
    assert_eq!(stop(lab).code, 0);
}

#[test]
fn the_authority_is_trusted_in_the_lab_alone_and_its_certificate_goes_where_it_is_wanted() {
    let home = Home::new();
    let wanted = home.folder.path().join("ca.pem");
    let (lab, map) = home.lab(&["--ca-out", wanted.to_str().unwrap()]);
    assert_eq!(map["authority"], wanted.to_str().unwrap());
    let begins =
        |path: &Path| std::fs::read_to_string(path).unwrap().starts_with("-----BEGIN CERTIFICATE-----");
    assert!(begins(&wanted));
    let url = "https://bank.test:8443/";
    let route = format!("bank.test:{}:127.53.1.81", ports(&map["ports"])[2]);
    let there = format!("https://bank.test:{}/", ports(&map["ports"])[2]);
    assert_eq!(home.run(&["get", url, "--lab", "-q"]).code, 0);
    assert_eq!(home.run(&["get", &there, "--resolve", &route, "-q"]).code, 60, "nobody else trusts it");
    let cacert = ["--cacert", wanted.to_str().unwrap()];
    assert_eq!(home.run(&["get", &there, "--resolve", &route, cacert[0], cacert[1], "-q"]).code, 0);
    // What the command line says of trust stands, in the lab as well.
    let other = home.folder.path().join("other.pem");
    let (second, _) = home.lab(&["--ca-out", other.to_str().unwrap()]);
    assert_eq!(home.run(&["get", url, "--lab", cacert[0], cacert[1], "-q"]).code, 60);
    assert_eq!(home.run(&["get", url, "--lab", "-k", "-q"]).code, 0);
    stop(second);
    stop(lab);
    assert!(begins(&wanted), "a file that was asked for stays");
}

#[test]
fn localhost_is_this_machine_in_the_lab_as_well_and_nobody_is_asked() {
    let home = Home::new();
    let (lab, _) = home.lab(&[]);
    let run = home.run(&["get", "http://shop.localhost:8080/", "--lab", "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.events_of("query").is_empty(), "{}", run.text());
    let run = home.run(&["connect", "-z", "shop.test:8080", "--lab", "--json"]);
    assert_eq!((run.code, joined(&run)), (0, Some(u64::from(lab.id()))), "{}", run.stderr);
    stop(lab);
}

#[test]
#[ignore = "needs dig"]
fn dig_can_read_what_a_lab_says_of_itself() {
    let home = Home::new();
    let (lab, map) = home.lab(&[]);
    let port = ports(&map["ports"])[0].to_string();
    let dig = |arguments: &[&str]| {
        let mut dig = Command::new("dig");
        dig.args(["@127.53.0.53", "-p", &port, "+tries=1", "+time=5", "+short"]).args(arguments);
        String::from_utf8(dig.output().expect("dig runs").stdout).unwrap()
    };
    assert_eq!(dig(&["shop.test", "A"]), "127.53.1.80\n");
    let cache = dig(&["CH", "TXT", "cache.lab"]);
    assert!(cache.contains("\"shop.test.\" \"A\" \"answer\" \"ttl="), "{cache}");
    let counts = dig(&["CH", "TXT", "counts.lab"]);
    assert!(counts.contains("\"ns1.shop.test.\" \"127.53.0.3\" \"queries=1\""), "{counts}");
    stop(lab);
}
