use super::*;
use crate::event::lab::LabName;

fn server(name: &str, role: LabRole, address: &str, serves: &[&str]) -> LabServer {
    LabServer {
        name: name.to_owned(),
        role,
        address: address.parse().unwrap(),
        serves: serves.iter().map(|zone| (*zone).to_owned()).collect(),
        fault: None,
    }
}

fn lab() -> LabStarted {
    let name = |name: &str, command: Option<&str>| LabName {
        name: name.to_owned(),
        shows: "a shop".to_owned(),
        command: command.map(str::to_owned),
    };
    LabStarted {
        ports: LabPorts { dns: 5300, http: 8080, https: 8443 },
        planned: None,
        servers: vec![
            server("a.root", LabRole::Root, "127.53.0.1", &["."]),
            server("a.test", LabRole::TopLevel, "127.53.0.2", &["test."]),
            server("ns.shop", LabRole::Authority, "127.53.0.3", &["shop.test."]),
            server("ns.blog", LabRole::Authority, "127.53.0.4", &["blog.test."]),
            server("resolver", LabRole::Resolver, "127.53.0.53", &[]),
            server("shop", LabRole::Web, "127.53.1.80", &["shop.test", "blog.test", "shop.localhost"]),
            server("bank", LabRole::Web, "127.53.1.81", &["bank.test"]),
            LabServer {
                fault: Some("lame".to_owned()),
                ..server("ns1.half", LabRole::Authority, "127.53.3.8", &[])
            },
            LabServer {
                fault: Some("reset".to_owned()),
                ..server("reset.fault.test", LabRole::Web, "127.53.2.2", &[])
            },
        ],
        names: vec![
            name("shop.test", Some("get http://shop.test:8080/")),
            name("www.shop.test", Some("resolve www.shop.test --trace --lab")),
            name("shop.localhost", Some("get http://shop.localhost:8080/")),
            name("any", Some("dig @127.53.0.53 -p 5300 any")),
        ],
        authority: Some("/tmp/my lab/ca.pem".to_owned()),
        doors: Vec::new(),
        faults: Vec::new(),
    }
}

#[test]
fn the_map_has_every_server_and_commands_that_can_be_typed() {
    let words = started(&lab());
    assert_eq!(words.what, "a pocket internet: ports DNS 5300, HTTP 8080, HTTPS 8443");
    let lines: Vec<&str> = words.lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(
        lines,
        [
            "root      127.53.0.1",
            "top level test. 127.53.0.2",
            "zones     shop.test. 127.53.0.3, blog.test. 127.53.0.4",
            "resolver  127.53.0.53",
            "sites     shop.test +2 127.53.1.80, bank.test 127.53.1.81",
            "faulty    ns1.half (lame), reset",
            "netlearn get http://shop.test:8080/ --lab",
            "netlearn resolve www.shop.test --trace --lab",
            "netlearn get http://shop.localhost:8080/",
            "dig @127.53.0.53 -p 5300 any",
        ]
    );
    let next: Vec<&str> = words.next.iter().map(|next| next.command.as_str()).collect();
    assert_eq!(
        next,
        [
            "dig @127.53.0.53 -p 5300 shop.test",
            "curl --resolve shop.test:8080:127.53.1.80 http://shop.test:8080/",
            "curl --cacert '/tmp/my lab/ca.pem' --resolve bank.test:8443:127.53.1.81 https://bank.test:8443/",
        ]
    );
}

#[test]
fn doors_and_moved_ports_are_said() {
    let mut facts = lab();
    facts.planned = Some(LabPorts { dns: 5300, http: 8080, https: 8443 });
    facts.ports = LabPorts { dns: 5301, http: 8081, https: 8444 };
    let door = |planned: &str, real: &str| crate::event::lab::LabDoor {
        planned: planned.parse().unwrap(),
        real: real.parse().unwrap(),
    };
    facts.doors =
        vec![door("127.53.0.53:5301", "127.0.0.1:40000"), door("127.53.1.80:8081", "127.0.0.1:40001")];
    let words = started(&facts);
    assert!(words.why.iter().any(|why| why.text.contains("all three moved together")), "{words:?}");
    assert_eq!(words.next[0].command, "dig @127.0.0.1 -p 40000 shop.test");
    assert_eq!(
        words.next[1].command,
        "curl --connect-to shop.test:8081:127.0.0.1:40001 http://shop.test:8081/"
    );
}

#[test]
fn counts_and_memory_are_told() {
    let counts: LabCounted = serde_json::from_str(
        r#"{"counts":[{"name":"resolver","address":"127.53.0.53","queries":3,"connections":0,"from_cache":2},{"name":"a.root","address":"127.53.0.1","queries":0,"connections":0}]}"#,
    )
    .unwrap();
    let words = counted(&counts);
    assert_eq!(words.what, "3 questions in all since it began");
    assert_eq!(words.lines[0].note, "3 questions, 2 from its cache, 0 connections");
    assert_eq!(words.lines[1].text, "1 other server not asked at all");
    let cache: CacheListed = serde_json::from_str(
        r#"{"entries":[{"name":"shop.test.","record_type":"A","meaning":"answer","ttl":57,"data":["127.53.1.80"]},{"name":"nope.test.","record_type":"A","meaning":"no_such_name","ttl":30,"data":[]}]}"#,
    )
    .unwrap();
    let words = cache_listed(&cache);
    assert_eq!(words.lines[0].text, "shop.test.  A  127.53.1.80");
    assert_eq!(words.lines[0].note, "57 s left");
    assert_eq!(words.lines[1].text, "nope.test.  A  no such name");
    assert_eq!(cache_listed(&CacheListed { entries: Vec::new() }).what, "the resolver remembers nothing");
}
