//! A running `netlearn lab` and the clients that people have: dig, kdig, unbound.

use std::net::Ipv4Addr;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::bind::Network;
use crate::support::{GUARD, Started, command};

/// A lab of the test's own; no other test's command finds it.
struct Lab {
    port: u16,
    _running: Started,
    _folder: tempfile::TempDir,
}

impl Lab {
    fn start(mut lab: Command) -> Lab {
        let folder = tempfile::tempdir().expect("a folder");
        lab.env("XDG_RUNTIME_DIR", folder.path());
        let mut running = Started::new(lab);
        let started = running.wait_for("lab_started");
        let port = started["ports"]["dns"].as_u64().and_then(|port| u16::try_from(port).ok());
        Lab { port: port.expect("a port"), _running: running, _folder: folder }
    }

    fn new() -> Lab {
        Lab::start(command(&["lab", "--ports", "0,0,0", "--json"]))
    }

    /// What `program` prints when it is given this lab's port and `arguments`.
    fn asked(&self, program: &str, arguments: &[&str]) -> String {
        text(Command::new(program).args(["-p", &self.port.to_string()]).args(arguments))
    }
}

fn text(command: &mut Command) -> String {
    let output = command.output().expect("it is installed");
    assert!(output.status.success(), "{command:?}: {output:?}");
    String::from_utf8(output.stdout).expect("text")
}

/// The fields of each record line of a section of dig's or kdig's output.
fn section(text: &str, name: &str) -> Vec<Vec<String>> {
    let lines = text.lines().skip_while(|line| !line.starts_with(&format!(";; {name} SECTION")));
    let records = lines.skip(1).take_while(|line| !line.is_empty());
    records.map(|line| line.split_ascii_whitespace().map(str::to_owned).collect()).collect()
}

#[test]
#[ignore = "needs dig"]
fn dig_walks_from_the_root_by_the_addresses_in_the_glue() {
    let lab = Lab::new();
    let mut server = "127.53.0.1".to_owned();
    let mut walked = Vec::new();
    for _ in 0..5 {
        let said = lab.asked("dig", &["+norec", "+nocookie", &format!("@{server}"), "www.shop.test"]);
        walked.push(server);
        let flags = said.lines().find_map(|line| line.strip_prefix(";; flags:")).expect("flags");
        if flags.split(';').next().is_some_and(|flags| flags.contains("aa")) {
            let data: Vec<String> =
                section(&said, "ANSWER").into_iter().map(|mut line| line.pop().expect("data")).collect();
            assert_eq!(data, ["shop.test.", "127.53.1.80"], "{said}");
            assert_eq!(walked, ["127.53.0.1", "127.53.0.2", "127.53.0.3"]);
            return;
        }
        assert!(section(&said, "ANSWER").is_empty(), "{said}");
        let authority = section(&said, "AUTHORITY");
        assert!(!authority.is_empty() && authority.iter().all(|line| line[3] == "NS"), "{said}");
        let glue = section(&said, "ADDITIONAL");
        assert_eq!((glue[0][0].as_str(), glue[0][3].as_str()), (authority[0][4].as_str(), "A"), "{said}");
        server = glue[0][4].clone();
    }
    panic!("no answer with AA on the way {walked:?}");
}

#[test]
#[ignore = "needs dig"]
fn dig_fetches_what_is_too_big_for_a_datagram_over_tcp() {
    let said = Lab::new().asked("dig", &["+norec", "@127.53.0.4", "big.test", "TXT"]);
    assert!(said.contains(";; Truncated, retrying in TCP mode."), "{said}");
    assert_eq!(section(&said, "ANSWER").len(), 60);
}

#[test]
#[ignore = "needs kdig"]
fn kdig_asks_twice_on_one_connection() {
    let lab = Lab::new();
    let both = [
        "@127.53.0.4",
        "+tcp",
        "+keepopen",
        "+norec",
        "+noall",
        "+answer",
        "many.test",
        "A",
        "blog.test",
        "A",
    ];
    let said = lab.asked("kdig", &both);
    for address in ["127.53.1.80", "127.53.1.83", "127.53.1.84", "127.53.1.85"] {
        assert!(said.contains(address), "{said}");
    }
}

#[test]
#[ignore = "needs unbound, dig and unshare"]
fn unbound_resolves_names_of_the_lab_from_its_root() {
    let network = Network::new(&[Ipv4Addr::new(127, 53, 0, 1).into()]);
    let mut lab = network.command(env!("CARGO_BIN_EXE_netlearn"));
    lab.args(["lab", "--real-ports", "--json"]);
    let lab = Lab::start(lab);
    assert_eq!(lab.port, 53);
    let folder = tempfile::tempdir().expect("a folder");
    let hints = folder.path().join("root.hints");
    std::fs::write(&hints, ". 300 NS a.root-servers.lab.\na.root-servers.lab. 300 A 127.53.0.1\n")
        .expect("written");
    let configuration = folder.path().join("unbound.conf");
    let root = folder.path().display();
    let text_of = format!(
        "server:\n  directory: \"{root}\"\n  chroot: \"\"\n  username: \"\"\n  pidfile: \"\"\n  use-syslog: no\n  \
         logfile: \"\"\n  interface: 127.0.0.1@5353\n  do-ip6: no\n  do-daemonize: no\n  do-not-query-localhost: no\n  \
         module-config: \"iterator\"\n  root-hints: \"{}\"\n  local-zone: \"test.\" nodefault\n  \
         local-zone: \"127.in-addr.arpa.\" nodefault\nremote-control:\n  control-enable: no\n",
        hints.display()
    );
    std::fs::write(&configuration, text_of).expect("written");
    let mut unbound = network.command("unbound");
    unbound.arg("-d").arg("-v").arg("-c").arg(&configuration);
    let _unbound = Unbound::start(unbound);
    let dig = |arguments: &[&str]| {
        text(
            network
                .command("dig")
                .args(["@127.0.0.1", "-p", "5353", "+timeout=10", "+tries=1"])
                .args(arguments),
        )
    };
    let short = |arguments: &[&str]| -> Vec<String> {
        let said = dig(&[&["+short"], arguments].concat());
        let mut lines: Vec<String> = said.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(short(&["www.shop.test"]), ["127.53.1.80", "shop.test."]);
    assert_eq!(short(&["store.example.com"]), ["127.53.1.80", "shop.test.", "www.shop.test."]);
    assert_eq!(short(&["many.test"]), ["127.53.1.83", "127.53.1.84", "127.53.1.85"]);
    assert_eq!(short(&["six.test", "AAAA"]), ["::1"]);
    assert_eq!(short(&["glueless.test"]), ["127.53.1.82"]);
    assert_eq!(short(&["half.test"]), ["127.53.1.80"], "the lame server is passed over");
    assert_eq!(short(&["any.wild.test", "TXT"]), ["\"any name that does not exist\""]);
    assert_eq!(short(&["-x", "127.53.1.80"]), ["shop.test."]);
    assert_eq!(short(&["big.test", "TXT"]).len(), 60);
    for (name, status) in [
        ("nope.test", "NXDOMAIN"),
        ("room.wild.test", "NOERROR"),
        ("broken.test", "SERVFAIL"),
        ("loop.test", "SERVFAIL"),
    ] {
        let said = dig(&[name]);
        assert!(said.contains(&format!("status: {status},")), "{name}\n{said}");
        assert!(section(&said, "ANSWER").iter().all(|line| line[3] == "CNAME"), "{name}\n{said}");
    }
}

/// A resolver that runs until dropped.
struct Unbound(std::process::Child, Option<std::thread::JoinHandle<()>>);

impl Unbound {
    fn start(mut unbound: Command) -> Unbound {
        let mut child =
            unbound.stderr(Stdio::piped()).stdin(Stdio::null()).spawn().expect("unbound is installed");
        let log = std::io::BufReader::new(child.stderr.take().expect("its log"));
        let (say, said) = std::sync::mpsc::channel();
        let reader = std::thread::spawn(move || {
            for line in std::io::BufRead::lines(log).map_while(Result::ok) {
                // Whoever waited may have gone.
                let _ = say.send(line);
            }
        });
        let started = Unbound(child, Some(reader));
        let mut log = Vec::new();
        while let Ok(line) = said.recv_timeout(GUARD) {
            if line.contains("start of service") {
                return started;
            }
            log.push(line);
        }
        panic!("unbound does not run; its log:\n{}", log.join("\n"));
    }
}

impl Drop for Unbound {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
        let _ = self.1.take().map(std::thread::JoinHandle::join);
    }
}

#[test]
#[ignore = "needs named-checkconf"]
fn bind_takes_the_export_as_it_is() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = crate::support::netlearn(&["lab", "--export", &folder.path().display().to_string(), "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let said = text(Command::new("named-checkconf").arg("-z").arg(folder.path().join("named.conf")));
    let plan = netlearn::lab::Plan::standard();
    for zone in &plan.zones {
        let name = if zone.origin == "." { "." } else { zone.origin.trim_end_matches('.') };
        assert!(said.contains(&format!("zone {name}/IN: loaded")), "{}\n{said}", zone.origin);
    }
    let _: Vec<Value> = run.events();
}
