//! `doctor`: what works on this machine, as tried and read in that run.

mod support;

use serde_json::Value;
use support::{command, netlearn};

fn checks(run: &support::Run, check: &str) -> Vec<Value> {
    run.events_of("checked").into_iter().filter(|event| event["check"] == check).collect()
}

#[test]
fn loopback_is_tried_and_programs_are_looked_for_where_a_shell_would() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut line = command(&["doctor", "--json"]);
    line.env("PATH", folder.path());
    let run = support::Started::new(line).finish();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(checks(&run, "loopback")[0]["address"], "127.0.0.1");
    assert_eq!(checks(&run, "loopback")[0]["state"], "works");
    let programs = checks(&run, "program");
    assert_eq!(programs.len(), 3);
    let lessons = checks(&run, "lessons");
    let node = lessons.iter().find(|check| check["lacks"] == "node").expect("the lessons' programs need it");
    assert_eq!(node["touched"].as_array().map(Vec::len), Some(6), "{node}");
    assert!(
        programs.iter().all(|event| event["state"] == "limited" && event["path"].is_null()),
        "{programs:?}"
    );
}

#[cfg(unix)]
#[test]
fn a_program_is_found_only_where_it_may_be_run() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().expect("a folder");
    for (name, mode) in [("node", 0o755), ("dig", 0o644)] {
        let path = folder.path().join(name);
        std::fs::write(&path, "").expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("set");
    }
    let mut line = command(&["doctor", "--json"]);
    line.env("PATH", folder.path());
    let run = support::Started::new(line).finish();
    let state = |name: &str| {
        let found = checks(&run, "program").into_iter().find(|event| event["name"] == name);
        found.map(|event| event["state"].clone()).unwrap_or_default()
    };
    assert_eq!((state("node"), state("dig")), ("listed".into(), "limited".into()));
}

#[test]
fn a_taken_port_names_its_owner() {
    // Whoever holds 3000 while this runs, the words and the events must agree.
    let held = std::net::TcpListener::bind(("127.0.0.1", 3000));
    let run = netlearn(&["doctor", "--json"]);
    let port = checks(&run, "port").remove(0);
    assert_eq!(port["state"], "limited", "{port}");
    if held.is_ok() {
        let pid = u64::from(std::process::id());
        let owners = |socket: &Value| socket["owners"].as_array().cloned().unwrap_or_default();
        let holders = port["holders"].as_array().cloned().unwrap_or_default();
        assert!(holders.iter().flat_map(owners).any(|owner| owner["pid"] == pid), "{port}");
    }
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs prlimit"]
fn a_low_descriptor_limit_is_said() {
    let mut line = std::process::Command::new("prlimit");
    line.args(["--nofile=100:200", env!("CARGO_BIN_EXE_netlearn"), "doctor"]);
    let run = support::Started::new(line).finish();
    assert!(run.text().contains("100 open descriptors at a time (at most 200)"), "{}", run.text());
}

#[cfg(target_os = "linux")]
#[test]
#[ignore = "needs unshare"]
fn without_a_loopback_interface_it_is_missing_and_ends_with_1() {
    let mut line = std::process::Command::new("unshare");
    line.args(["--net", env!("CARGO_BIN_EXE_netlearn"), "doctor", "--json"]);
    let run = support::Started::new(line).finish();
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert_eq!(checks(&run, "loopback")[0]["state"], "missing");
    // What was read and not asked is no working name server, and a lesson that lacks something is named.
    let servers = checks(&run, "name_servers").remove(0);
    assert_ne!(servers["state"], "works", "{servers}");
    let lessons = checks(&run, "lessons");
    let lacking =
        |what: &str| lessons.iter().find(|check| check["lacks"] == what).map(|check| &check["touched"]);
    assert_eq!(lacking("lan"), Some(&serde_json::json!(["4 (localhost)"])), "{lessons:?}");
    assert_eq!(lacking("ipv6"), Some(&serde_json::json!(["5 (names)"])), "{lessons:?}");
}
