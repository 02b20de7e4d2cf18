//! `resolve --trace` against BIND: three servers, one port, from the root to the answer.
//!
//! Nothing here leaves 127.0.0.0/8.

#[path = "support/bind.rs"]
mod bind;

use std::process::Command;

use bind::{Bind, Plan};

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
";

const SHOP: &str = "$TTL 60
shop.test. IN SOA ns.shop.test. hostmaster.shop.test. 1 3600 600 86400 300
shop.test. IN NS ns.shop.test.
ns.shop.test. IN A 127.60.0.3
shop.test. IN A 127.60.1.80
www.shop.test. IN CNAME shop.test.
";

/// The root, `test.` and `shop.test.`.
fn internet(shop: &str) -> Vec<Bind> {
    let at = |last: u8| std::net::IpAddr::from([127, 60, 0, last]);
    Bind::start_all(&[
        Plan { address: at(1), zones: &[(".", ROOT)], options: "" },
        Plan { address: at(2), zones: &[("test", TEST)], options: "" },
        Plan { address: at(3), zones: &[("shop.test", shop)], options: "" },
    ])
}

/// What dig says, asked of one server.
fn dig(at: &Bind, arguments: &[&str]) -> String {
    let output = Command::new("dig")
        .arg(format!("@{}", at.address.ip()))
        .args(["-p", &at.address.port().to_string(), "+norecurse"])
        .args(arguments)
        .output()
        .expect("dig is installed");
    String::from_utf8(output.stdout).expect("dig writes UTF-8")
}

#[test]
#[ignore = "needs named, dig"]
fn the_root_refers_and_the_zone_answers() {
    let all = internet(SHOP);
    assert!(dig(&all[0], &["www.shop.test"]).contains("ns.test."), "a referral");
    assert_eq!(dig(&all[2], &["+short", "www.shop.test"]), "shop.test.\n127.60.1.80\n");
}
