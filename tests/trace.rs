//! `resolve --trace` against BIND: three servers, one port, from the root to the answer.
//!
//! Nothing here leaves 127.0.0.0/8.

#[path = "support/bind.rs"]
mod bind;

use std::net::IpAddr;

use bind::{Bind, Network, Plan};

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

/// The root, `test.` and `shop.test.`, in a network of their own.
struct Internet {
    network: Network,
    servers: Vec<Bind>,
}

/// The port of all servers: each test has a network of its own.
const PORT: u16 = 5300;

fn internet(shop: &str) -> Internet {
    let at = |last: u8| IpAddr::from([127, 60, 0, last]);
    let network = Network::new(&[at(1), at(2), at(3)]);
    let plans = [
        Plan { address: at(1), zones: &[(".", ROOT)], options: "" },
        Plan { address: at(2), zones: &[("test", TEST)], options: "" },
        Plan { address: at(3), zones: &[("shop.test", shop)], options: "" },
    ];
    let servers = Bind::start_in(&network, &plans, PORT);
    Internet { network, servers }
}

/// What dig says, asked of one server.
fn dig(internet: &Internet, server: usize, arguments: &[&str]) -> String {
    let at = internet.servers[server].address;
    let output = internet
        .network
        .command("dig")
        .arg(format!("@{}", at.ip()))
        .args(["-p", &at.port().to_string(), "+norecurse"])
        .args(arguments)
        .output()
        .expect("dig is installed");
    String::from_utf8(output.stdout).expect("dig writes UTF-8")
}

#[test]
#[ignore = "needs named, dig, nsenter"]
fn the_root_refers_and_the_zone_answers() {
    let internet = internet(SHOP);
    assert!(dig(&internet, 0, &["www.shop.test"]).contains("ns.test."), "a referral");
    assert_eq!(dig(&internet, 2, &["+short", "www.shop.test"]), "shop.test.\n127.60.1.80\n");
}
