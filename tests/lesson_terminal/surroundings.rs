//! Lessons in networks of the test's own: port 3000 held by another program, and no cable.
#![cfg(target_os = "linux")]

use std::io::BufRead as _;
use std::process::Command;

use crate::bind::Network;
use crate::learner::Learner;
use crate::lessons;
use crate::screen;
use crate::support::{Started, alone};

fn network() -> Network {
    alone(|| Network::new(&[]))
}

fn done(network: &Network, line: &str) {
    let mut words = line.split(' ');
    let mut command = network.command(words.next().unwrap());
    command.args(words);
    let run = Started::new(command).finish();
    assert_eq!(run.code, 0, "{line}: {}", run.stderr);
}

/// A program that is none of ours holds a port of that network.
struct Other {
    pid: u32,
    _started: Started,
}

impl Other {
    fn at(network: &Network, port: u16) -> Other {
        let mut command: Command = network.command("socat");
        command.args(["-d", "-d", &format!("TCP4-LISTEN:{port},bind=127.0.0.1,fork"), "SYSTEM:cat"]);
        let mut started = Started::within(command, std::time::Duration::from_secs(300));
        let said = std::io::BufReader::new(started.take_stderr()).lines().map_while(Result::ok);
        let listens = said.into_iter().any(|line| line.contains("listening on"));
        assert!(listens, "socat listens");
        // nsenter becomes what it runs.
        Other { pid: started.id(), _started: started }
    }

    /// It is told of, with its port and the one that is used instead.
    fn is_named(&self, learner: &mut Learner) {
        learner.expect("NOT YOU");
        learner.expect("This lesson now uses 3001.");
        let shown = screen::words(&learner.shown());
        let owner = format!(
            "port 3000 belongs to socat -d -d TCP4-LISTEN:3000,bind=127.0.0.1,fork SYSTEM:cat (pid {})",
            self.pid
        );
        assert!(shown.contains(&owner), "{shown}");
    }
}

#[test]
#[ignore = "needs unshare, nsenter, ip and socat"]
fn port_3000_of_another_program_is_named_and_the_lesson_goes_on_with_3001() {
    let (network, home) = (network(), tempfile::tempdir().unwrap());
    let other = Other::at(&network, 3000);
    let mut learner = Learner::in_network(home.path(), &network, &["1"]);
    other.is_named(&mut learner);
    let lesson = &lessons()[0];
    learner.walk(lesson, 0);
    // In prose and in what is to be typed, all the way.
    assert_eq!(learner.values["p"], "3001");
    learner.say("q");
    learner.ends(0);
    learner.fits();
    let shown = learner.shown();
    assert!(
        shown.contains("serve tcp 3001 --silent") && shown.contains("!node log-server.js 3001"),
        "{shown}"
    );
    let after = shown.split_once("This lesson now uses 3001.").expect("the sentence").1;
    // Once is enough.
    assert!(!after.contains("NOT YOU"), "{shown}");
}

#[test]
#[ignore = "needs unshare, nsenter, ip and socat"]
fn a_port_that_is_taken_while_the_task_is_read_is_the_environments() {
    let (network, home) = (network(), tempfile::tempdir().unwrap());
    let mut learner = Learner::in_network(home.path(), &network, &["1", "--from", "silent"]);
    learner.step();
    assert_eq!(learner.values["p"], "3000");
    learner.prompt();
    let other = Other::at(&network, 3000);
    learner.type_line("serve tcp 3000 --silent");
    assert_eq!(learner.event("judged")["verdict"], "environment", "{}", learner.everything());
    other.is_named(&mut learner);
    learner.step();
    assert_eq!(learner.values["p"], "3001");
    for line in ["serve tcp {p} --silent", "connect localhost:{p}", "hello"] {
        learner.write(line);
    }
    assert_eq!(learner.event("judged")["verdict"], "pass", "{}", learner.everything());
    learner.say(":q");
    learner.ends(0);
    let progress = std::fs::read_to_string(home.path().join("netlearn/progress.json")).unwrap();
    let progress: serde_json::Value = serde_json::from_str(&progress).unwrap();
    let step = &progress["lessons"]["one-server"]["steps"]["silent"];
    // Not the learner's mistake.
    assert!(step["not_yet"].as_u64().unwrap_or(0) == 0, "{step}");
}

#[test]
#[ignore = "needs unshare, nsenter, ip, socat and node"]
fn the_lessons_program_takes_the_other_port_too() {
    let (network, home) = (network(), tempfile::tempdir().unwrap());
    let _other = Other::at(&network, 3000);
    let mut learner = Learner::in_network(home.path(), &network, &["1", "--from", "silent"]);
    learner.step();
    learner.write("!node log-server.js {p}");
    learner.expect("goes on in the background");
    learner.write("connect localhost:{p}");
    learner.write("hello");
    assert_eq!(learner.event("judged")["verdict"], "pass", "{}", learner.everything());
    learner.say(":q");
    learner.ends(0);
}

/// Every lesson to its end in a network with nothing but loopback.
#[test]
#[ignore = "needs unshare, nsenter and ip"]
fn six_lessons_without_a_network() {
    std::thread::scope(|scope| {
        for lesson in lessons() {
            scope.spawn(move || {
                let (network, home) = (network(), tempfile::tempdir().unwrap());
                let mut learner = Learner::in_network(home.path(), &network, &[&lesson.id]);
                learner.walk(&lesson, 0);
                assert!(!learner.values.contains_key("lan"), "{:?}", learner.values);
                if lesson.number != Some(6) {
                    learner.say("q");
                }
                learner.ends(0);
                learner.fits();
            });
        }
    });
}

/// An address that nobody can be reached from: the interface has it, and its cable is out.
#[test]
#[ignore = "needs unshare, nsenter and ip"]
fn localhost_and_reach_with_the_cable_out() {
    let (network, home) = (network(), tempfile::tempdir().unwrap());
    done(&network, "ip link add card type veth peer name socket");
    done(&network, "ip address add 10.9.9.1/24 dev card");
    // The other end stays down: no carrier.
    done(&network, "ip link set card up");
    let lesson = &lessons()[3];
    let mut learner = Learner::in_network(home.path(), &network, &["4"]);
    learner.walk(lesson, 0);
    assert_eq!(learner.values["lan"], "10.9.9.1");
    learner.say("q");
    learner.ends(0);
    let ended = learner.rest().into_iter().find(|event| event["event"] == "lesson_ended").expect("an end");
    assert_eq!(ended["finished"], true, "{}", learner.everything());
    learner.fits();
}
