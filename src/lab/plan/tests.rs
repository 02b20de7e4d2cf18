use super::*;
use crate::lab::fault::Fault;

fn plan() -> Plan {
    Plan::standard()
}

#[test]
fn the_standard_plan_is_sound() {
    assert_eq!(plan().check(), Ok(()));
}

#[test]
fn every_fault_is_reachable_by_name_in_the_standard_plan() {
    let plan = plan();
    for (name, fault) in Fault::NAMED {
        let there = match fault {
            Fault::Dns(fault) => plan.servers.iter().any(|server| server.fault == Some(fault)),
            Fault::Web(fault) => plan.sites.iter().any(|site| site.fault == Some(fault)),
        };
        let host = format!("{name}.fault.test");
        assert!(there, "{name}");
        assert!(plan.names.iter().any(|worth| worth.name == host), "{host} is not on the map");
    }
}

#[test]
fn a_plan_is_read_from_text_and_what_may_be_left_out_is() {
    let text = r#"{
        "ports": {"dns": 5300, "http": 8080, "https": 8443},
        "resolver": "127.53.0.53",
        "servers": [
            {"name": "root.", "role": "root", "address": "127.53.0.1", "zones": ["."]},
            {"name": "ns.", "role": "top_level", "address": "127.53.0.2", "zones": ["test."], "fault": "wrong-id"}
        ],
        "zones": [
            {"origin": ".", "text": "$TTL 60\n. SOA root. me. 1 1 1 1 1\n. NS root.\nroot. A 127.53.0.1\n"},
            {"origin": "TEST", "text": "$TTL 60\n@ SOA ns. me. 1 1 1 1 1\n@ NS ns.\n"}
        ],
        "sites": [{"names": ["a.test"], "address": "::1", "page": "a", "fault": "plain-http"}]
    }"#;
    let plan: Plan = serde_json::from_str(text).unwrap();
    assert_eq!(plan.check(), Ok(()));
    assert_eq!(plan.servers[1].fault, Some(DnsFault::WrongId));
    assert_eq!(plan.sites[0].fault, Some(WebFault::PlainHttp));
    assert!(!plan.sites[0].secure && plan.names.is_empty());
    assert_eq!(plan.zones_of(&plan.servers[1]).unwrap()[0].origin().to_ascii(), "TEST.");
}

fn said(change: impl FnOnce(&mut Plan)) -> String {
    let mut plan = plan();
    change(&mut plan);
    plan.check().unwrap_err().to_string()
}

fn zone(plan: &mut Plan, text: &str) {
    plan.zones[7].text = format!("$TTL 60\n{text}");
}

#[test]
fn a_plan_that_cannot_run_says_why() {
    let loopback = "127.53.0.3 is given to two name servers: ns1.shop.test. and ns.hosting.test.";
    assert_eq!(said(|plan| plan.servers[3].address = plan.servers[2].address), loopback);
    assert!(said(|plan| plan.resolver = plan.servers[0].address).contains("the caching resolver"));
    let unknown = "ns1.shop.test. is to answer for shop.tset., which is no zone of this plan";
    assert_eq!(said(|plan| plan.servers[2].zones[0] = "shop.tset.".into()), unknown);
    assert_eq!(said(|plan| plan.zones[8].origin = "SHOP.test".into()), "two zones SHOP.test");
    assert_eq!(
        said(|plan| plan.servers.retain(|server| server.role != LabRole::Root)),
        "no server answers for the root zone"
    );
    let outside = "192.0.2.1 (shop.test) is no loopback address";
    assert_eq!(said(|plan| plan.sites[0].address = "192.0.2.1".parse().unwrap()), outside);
    assert_eq!(
        said(|plan| plan.sites[1].names.push("Shop.Test".into())),
        "Shop.Test has two pages at 127.53.1.80"
    );
}

#[test]
fn a_zone_that_cannot_be_served_says_why() {
    let soa = "@ SOA ns1 me 1 1 1 1 1\n";
    let apex = "@ SOA ns1 me 1 1 1 1 1\n@ NS ns1\n";
    for (text, reason) in [
        (String::new(), "zone shop.test.: it has no record at its origin"),
        ("@ NS ns1\n".into(), "zone shop.test.: it has no SOA record"),
        (soa.into(), "zone shop.test.: it has no NS record at its origin"),
        (
            format!("{apex}www CNAME a\nwww A 127.0.0.1\n"),
            "zone shop.test.: www.shop.test. has a CNAME record and another (RFC 1034 section 3.6.2)",
        ),
        (format!("{apex}blog.test. A 127.0.0.1\n"), "zone shop.test.: blog.test. does not lie in it"),
        (
            format!("{apex}www CH TXT a\n"),
            "zone shop.test.: www.shop.test. has a record of another class than IN",
        ),
        (format!("{apex}sub {soa}"), "zone shop.test.: "),
        (format!("{apex}  $include /etc/passwd\n"), "zone shop.test.: line 4: $INCLUDE is not served here"),
        (format!("{apex}www A shop\n"), "zone shop.test.: "),
        (format!("{apex}www NONSENSE shop\n"), "zone shop.test.: "),
        (format!("{apex}www TXT \"no end\n"), "zone shop.test.: "),
        (format!("{apex}www ( A\n"), "zone shop.test.: "),
    ] {
        let said = said(|plan| zone(plan, &text));
        assert!(said.starts_with(reason) && said.len() > "zone shop.test.: ".len(), "{text}\n{said}");
    }
}

#[test]
fn the_export_stays_within_its_folder_and_holds_the_text_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let mut plan = plan();
    plan.zones[8].origin = "../../Up\"/x.".into();
    let inside = folder.path().join("zones");
    let written = plan.export(&inside).unwrap();
    assert_eq!(written.len(), plan.zones.len() + 1);
    assert!(written.iter().all(|path| path.parent() == Some(&inside)), "{written:?}");
    assert_eq!(std::fs::read_to_string(inside.join("shop.test.zone")).unwrap(), plan.zones[7].text);
    assert_eq!(std::fs::read_to_string(inside.join("root.zone")).unwrap(), plan.zones[0].text);
}
