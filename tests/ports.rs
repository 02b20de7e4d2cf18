//! `ports PORT`: what one number means where the name localhost has two addresses.
#![cfg(target_os = "linux")]

mod support;

use std::net::{Ipv4Addr, Ipv6Addr, TcpListener};

use support::{Serving, Started, command, netlearn};

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_listener_of_ipv6_is_called_at_its_address() {
    let listener = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).expect("bound");
    let port = listener.local_addr().expect("an address").port().to_string();
    let told = netlearn(&["ports", &port]).text();
    assert!(told.contains(&format!("try  netlearn connect '[::1]:{port}'")), "{told}");
    // The same words run: the quotes are the shell's.
    assert_eq!(netlearn(&["connect", &format!("[::1]:{port}"), "-z", "-q"]).code, 0);
}

#[test]
fn two_servers_of_one_port_are_told_apart() {
    let first = Serving::start(&["--port", "0", "--host", "127.0.0.1"]);
    let port = first.port.to_string();
    let alone = netlearn(&["ports", &port, "--json"]);
    assert!(alone.events_of("families_differ").is_empty(), "{}", alone.text());
    let _second = TcpListener::bind((Ipv6Addr::LOCALHOST, first.port)).expect("the other family is free");
    let run = netlearn(&["ports", &port, "--json"]);
    let told = run.event("families_differ");
    assert_eq!(told["holders"].as_array().expect("holders").len(), 2, "{told}");
    let means = told["named"][0].as_str().expect("what localhost stands for");
    let words = flat(&netlearn(&["ports", &port]).text());
    assert!(words.contains(&format!("{port} has 2 servers: ")), "{words}");
    assert!(words.contains(&format!("Here localhost stands for {means}")), "{words}");
    assert!(words.contains("another address first reaches another server."), "{words}");
    // At brief a client tells the same of itself.
    let got = netlearn(&["get", &format!("http://localhost:{port}/")]);
    if means == "127.0.0.1" {
        let words = flat(&got.stderr);
        let whole = "This run reached the one on 127.0.0.1. A program that tries another address first reaches another server.";
        assert!(words.contains(whole), "{words}");
    }
    first.stop();
}

/// Root that may look into nobody with more rights than its own, as in a container.
fn as_lesser_root(arguments: &[&str]) -> support::Run {
    let inner = command(arguments);
    let mut command = std::process::Command::new("setpriv");
    command.args(["--inh-caps", "-sys_ptrace", "--bounding-set", "-sys_ptrace"]);
    command.arg(inner.get_program()).args(inner.get_args());
    Started::new(command).finish()
}

#[test]
#[ignore = "needs setpriv, as root"]
fn a_process_that_keeps_its_links_from_root_is_said_and_no_sudo_is_offered() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("bound");
    let port = listener.local_addr().expect("an address").port().to_string();
    let counted = as_lesser_root(&["ports", &port, "--json"]).event("sockets_counted");
    let told = (&counted["hidden"], &counted["sees_all"], &counted["by_root"]);
    assert_eq!(told, (&1.into(), &false.into(), &true.into()), "{counted}");
    let words = flat(&as_lesser_root(&["ports", &port]).text());
    assert!(words.contains("Some may not be looked into from here, even by root"), "{words}");
    assert!(!words.contains("sudo"), "{words}");
    // Near-miss: with all its rights root sees it.
    let whole = netlearn(&["ports", &port]).text();
    assert!(whole.contains(&format!("(pid {})", std::process::id())), "{whole}");
}
