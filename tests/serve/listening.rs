//! Ports and addresses that a server cannot have: who has them, and which could be had.

use std::net::{Ipv6Addr, TcpListener};

use super::support::{Serving, netlearn};

#[test]
fn a_taken_port_names_its_owner_and_a_free_one() {
    let first = Serving::start(&["--port", "0"]);
    let run = netlearn(&["serve", "--port", &first.port.to_string(), "--json"]);
    assert_eq!(run.code, 4);
    assert_eq!(run.event("listen_failed")["reason"], "address_in_use");
    let failed = run.event("failed");
    assert_eq!((&failed["phase"], &failed["kind"]), (&"listen".into(), &"address_in_use".into()));
    let evidence = failed["evidence"].as_array().expect("a list");
    let table = evidence.iter().find(|fact| fact["fact"] == "table").expect("the table was read");
    let owners = &table["sockets"][0]["owners"];
    assert_eq!(owners[0]["pid"], first.id(), "{table}");
    let free = evidence.iter().find(|fact| fact["fact"] == "free_port").expect("a free port");
    assert!(free["port"].as_u64() > Some(u64::from(first.port)), "{free}");
    assert_eq!(run.event("finished")["exit"], 4);
}

#[test]
fn a_port_taken_in_one_family_fails_and_offers_the_other() {
    let holder = TcpListener::bind((Ipv6Addr::LOCALHOST, 0)).expect("IPv6 loopback");
    let port = holder.local_addr().expect("an address").port();
    let run = netlearn(&["serve", "--port", &port.to_string(), "--json"]);
    assert_eq!(run.code, 4);
    assert_eq!(run.event("listen_failed")["local"], format!("[::1]:{port}"));
    let failed = run.event("failed");
    let next = failed["next"].as_array().expect("commands");
    assert!(next.contains(&format!("netlearn serve --port {port} --host 127.0.0.1").into()), "{failed}");
    assert_eq!(failed["evidence"][0]["sockets"][0]["owners"][0]["pid"], std::process::id());
}

#[test]
fn an_address_of_nobody_is_told_with_the_own_ones() {
    // No machine has an address of 0.0.0.0/8 but the wildcard (RFC 1122 section 3.2.1.3).
    let run = netlearn(&["serve", "--port", "0", "--host", "0.0.0.9", "--json"]);
    assert_eq!(run.code, 4);
    let failed = run.event("failed");
    assert_eq!(failed["kind"], "address_not_available");
    let own = failed["evidence"][0]["addresses"].as_array().expect("addresses");
    assert!(own.contains(&"127.0.0.1".into()), "{own:?}");
}
