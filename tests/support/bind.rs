//! Runs BIND's `named` for tests: given zones on given addresses and one free port, in a folder of its own.
//!
//! It has no opinion about answers. It waits for named's own word that it runs, and ends it by its process when dropped.
//! named listens only on addresses that an interface has: 127.0.0.1 and ::1 here, others in a [`Network`] of the test's own.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::ffi::OsStr;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::Duration;

/// Past this a named that does not say that it runs has failed.
const GUARD: Duration = Duration::from_secs(30);
/// Ports tried until one is free on every address: another process may take one between our look and named's.
const PORTS: usize = 5;

/// One name server to be: where, and its zones (origin and master file).
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'p> {
    pub(crate) address: IpAddr,
    pub(crate) zones: &'p [(&'p str, &'p str)],
    /// Further lines for `options { }`.
    pub(crate) options: &'p str,
}

/// A network namespace of the test's own, whose loopback interface has these addresses and from which no way leads out.
/// It ends with its holder when dropped.
#[derive(Debug)]
pub(crate) struct Network {
    holder: Child,
}

impl Network {
    /// Needs `unshare`, `nsenter`, `ip` and the right to use them.
    pub(crate) fn new(addresses: &[IpAddr]) -> Network {
        let mut script = "ip link set lo up && ".to_owned();
        for address in addresses {
            // Writing to a String cannot fail.
            let _ = write!(script, "ip address add {address} dev lo && ");
        }
        script.push_str("echo ready && exec cat");
        let mut holder = Command::new("unshare")
            .args(["-n", "sh", "-c", &script])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("unshare is installed");
        let mut line = String::new();
        let read = BufReader::new(holder.stdout.take().expect("its output")).read_line(&mut line);
        assert!(read.is_ok() && line == "ready\n", "no network of its own: {read:?} {line:?}");
        Network { holder }
    }

    /// The process that holds it, by whose number `ip` finds it.
    pub(crate) fn id(&self) -> u32 {
        self.holder.id()
    }

    /// `program`, to be run in this network.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.holder.id().to_string(), "-n", "--"]).arg(program);
        command
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// A named that runs; killed when dropped.
#[derive(Debug)]
pub(crate) struct Bind {
    pub(crate) address: SocketAddr,
    child: Child,
    reader: Option<JoinHandle<Vec<String>>>,
    _folder: tempfile::TempDir,
}

impl Bind {
    /// One authoritative server with these zones.
    pub(crate) fn start(address: IpAddr, zones: &[(&str, &str)]) -> Bind {
        let mut all = Bind::start_all(&[Plan { address, zones, options: "" }]);
        all.pop().expect("one server for one plan")
    }

    /// A server for each plan, all on one port that was free on all their addresses.
    pub(crate) fn start_all(plans: &[Plan<'_>]) -> Vec<Bind> {
        for _ in 0..PORTS {
            let port = free_port(plans);
            let started: Result<Vec<Bind>, PortTaken> =
                plans.iter().map(|plan| Bind::try_start(plan, port, Command::new("named"))).collect();
            if let Ok(all) = started {
                return all;
            }
        }
        panic!("{PORTS} ports in a row were taken before named had them");
    }

    /// A server for each plan in a network of the test's own, where every port is free.
    pub(crate) fn start_in(network: &Network, plans: &[Plan<'_>], port: u16) -> Vec<Bind> {
        let start = |plan| Bind::try_start(plan, port, network.command("named"));
        plans.iter().map(|plan| start(plan).expect("the port is free in a new network")).collect()
    }

    fn try_start(plan: &Plan<'_>, port: u16, mut command: Command) -> Result<Bind, PortTaken> {
        let folder = tempfile::tempdir().expect("a folder for named");
        let configuration = folder.path().join("named.conf");
        std::fs::write(&configuration, configure(plan, port, folder.path())).expect("named.conf is written");
        let mut child = command
            .arg("-g")
            .arg("-c")
            .arg(&configuration)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("named is installed");
        let (say, said) = channel();
        let log = BufReader::new(child.stderr.take().expect("its log"));
        let reader = std::thread::spawn(move || read(log, &say));
        let address = SocketAddr::new(plan.address, port);
        let mut bind = Bind { address, child, reader: Some(reader), _folder: folder };
        match wait(&said) {
            Some(Said::Runs) => Ok(bind),
            Some(Said::PortTaken) => Err(PortTaken),
            Some(Said::Deaf) | None => {
                let log = bind.end();
                panic!("named does not run; its log:\n{}", log.join("\n"))
            }
        }
    }

    /// Kills it and gives its log.
    fn end(&mut self) -> Vec<String> {
        let _ = self.child.kill();
        let _ = self.child.wait();
        self.reader.take().and_then(|reader| reader.join().ok()).unwrap_or_default()
    }
}

impl Drop for Bind {
    fn drop(&mut self) {
        self.end();
    }
}

#[derive(Debug)]
struct PortTaken;

/// What its log says about its beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Said {
    Runs,
    PortTaken,
    /// It runs and listens nowhere: no interface has the address.
    Deaf,
}

/// Reads the log to its end, so that named never waits for us.
fn read(log: BufReader<std::process::ChildStderr>, say: &Sender<Said>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut listens = false;
    for line in log.lines() {
        let Ok(line) = line else { break };
        listens |= line.contains("listening on IPv");
        if line.contains("address in use") {
            let _ = say.send(Said::PortTaken);
        } else if line.ends_with(" running") {
            let _ = say.send(if listens { Said::Runs } else { Said::Deaf });
        }
        lines.push(line);
    }
    lines
}

fn wait(said: &Receiver<Said>) -> Option<Said> {
    said.recv_timeout(GUARD).ok()
}

/// A port that is free for UDP and TCP on every address of the plans.
fn free_port(plans: &[Plan<'_>]) -> u16 {
    for _ in 0..100 {
        let Some(first) = plans.first() else { return 0 };
        let held = UdpSocket::bind((first.address, 0)).expect("a port of the first address");
        let port = held.local_addr().expect("its number").port();
        let udp = plans.iter().skip(1).all(|plan| UdpSocket::bind((plan.address, port)).is_ok());
        let tcp = plans.iter().all(|plan| TcpListener::bind((plan.address, port)).is_ok());
        if udp && tcp {
            return port;
        }
    }
    panic!("no port is free on all of the addresses");
}

fn configure(plan: &Plan<'_>, port: u16, folder: &std::path::Path) -> String {
    let address = plan.address;
    let listen = match address {
        IpAddr::V4(_) => format!("listen-on port {port} {{ {address}; }};\n  listen-on-v6 {{ none; }};"),
        IpAddr::V6(_) => format!("listen-on {{ none; }};\n  listen-on-v6 port {port} {{ {address}; }};"),
    };
    let mut text = format!(
        "options {{\n  directory \"{}\";\n  {listen}\n  pid-file none;\n  session-keyfile none;\n  lock-file none;\n  \
         recursion no;\n  notify no;\n  dnssec-validation no;\n  empty-zones-enable no;\n  {}\n}};\ncontrols {{ }};\n",
        folder.display(),
        plan.options,
    );
    for (index, (origin, zone)) in plan.zones.iter().enumerate() {
        let file = folder.join(format!("zone{index}.db"));
        std::fs::write(&file, zone).expect("the zone is written");
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "zone \"{origin}\" {{ type primary; file \"{}\"; check-names ignore; }};",
            file.display()
        );
    }
    text
}
