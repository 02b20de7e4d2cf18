//! How a lab is found, and what is not believed on the way: labs side by side, killed ones, run files of others, ports.

use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::support::Run;
use super::{Home, joined, ports, stop};

#[test]
fn a_second_lab_moves_all_its_ports_together_and_is_the_one_that_is_found() {
    let home = Home::new();
    let (first, one) = home.lab(&[]);
    let (second, two) = home.lab(&[]);
    let (before, after) = (ports(&one["ports"]), ports(&two["ports"]));
    // Labs of other tests come and go, so the second may stand below the first.
    let steps: Vec<i64> =
        after.iter().zip(before).map(|(after, before)| after.cast_signed() - before.cast_signed()).collect();
    assert!(steps[0] != 0 && steps.iter().all(|step| *step == steps[0]), "{before:?} {after:?}");
    let planned = [5300, 8080, 8443];
    for (lab, ports_of) in [(&one, before), (&two, after)] {
        let told = lab.get("planned").filter(|planned| !planned.is_null()).map(ports);
        assert_eq!(told, (ports_of != planned).then_some(planned));
    }
    // The planned port of a URL leads there, and so does the real one.
    for port in [8080, after[1]] {
        let run = home.run(&["get", &format!("http://shop.test:{port}/"), "--lab", "--json"]);
        assert_eq!((run.code, joined(&run)), (0, Some(u64::from(second.id()))), "{}", run.stderr);
        let connected = run.event("connected");
        assert_eq!(connected["peer_port"], after[1]);
        assert_eq!(connected.get("planned").is_some(), port != after[1]);
    }
    assert_eq!(stop(second).code, 0);
    let run = home.run(&["resolve", "shop.test", "A", "--lab", "--json"]);
    assert_eq!((run.code, joined(&run)), (0, Some(u64::from(first.id()))));
    let ended = stop(first);
    assert_eq!(ended.code, 0);
    assert_eq!(ended.events_of("lab_counted").len(), 1);
    assert_eq!(home.left(), Vec::<String>::new());
}

#[test]
fn a_killed_lab_misleads_nobody() {
    let home = Home::new();
    let (lab, _) = home.lab(&[]);
    assert_eq!(home.left().len(), 2, "a run file and a certificate: {:?}", home.left());
    let pid = rustix::process::Pid::from_raw(lab.id().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    // It has ended, and is not yet asked for by us, its parent.
    let options = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
    rustix::process::waitid(rustix::process::WaitId::Pid(pid), options).unwrap();
    let run = home.run(&["get", "http://blog.test:8080/", "--lab", "--json"]);
    assert_eq!((run.code, joined(&run)), (0, None), "{}", run.stderr);
    assert_eq!(home.left(), Vec::<String>::new(), "what it left is removed");
    let asked = home.run(&["lab", "--counts"]);
    assert_eq!((asked.code, asked.text().as_str()), (1, ""));
    assert!(asked.stderr.contains("no lab of yours runs") && asked.stderr.contains("try       netlearn lab"));
}

#[test]
fn hostile_run_files_and_folders_are_not_believed() {
    let home = Home::new();
    let (lab, _) = home.lab(&[]);
    let own = |run: Run| {
        assert_eq!((run.code, joined(&run)), (0, None), "{}", run.stderr);
    };
    let ask = ["resolve", "shop.test", "A", "--lab", "--json"];
    // Open to others: anybody could have written what is in it.
    std::fs::set_permissions(home.files(), std::fs::Permissions::from_mode(0o777)).unwrap();
    own(home.run(&ask));
    let refused = home.run(&["lab", "--ports", "0,0,0"]);
    assert_eq!(refused.code, 23);
    assert!(refused.stderr.contains("netlearn"), "{}", refused.stderr);
    std::fs::set_permissions(home.files(), std::fs::Permissions::from_mode(0o700)).unwrap();
    assert_eq!(joined(&home.run(&ask)), Some(u64::from(lab.id())));
    // A folder that is a link may be anybody's.
    let elsewhere = home.folder.path().join("elsewhere");
    std::fs::rename(home.files(), &elsewhere).unwrap();
    symlink(&elsewhere, home.files()).unwrap();
    own(home.run(&ask));
    std::fs::remove_file(home.files()).unwrap();
    std::fs::rename(&elsewhere, home.files()).unwrap();
    // The file of a living process that is no lab, and text that is none.
    let text = std::fs::read_to_string(home.files().join(format!("lab-{}.json", lab.id()))).unwrap();
    stop(lab);
    let file = home.files().join(format!("lab-{}.json", std::process::id()));
    for text in [text.as_str(), "{", "\u{1b}[2J"] {
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        own(home.run(&ask));
    }
}

/// Its port has a listener at each address of the lab: only the one that was called is evidence.
#[test]
fn of_many_listeners_at_one_port_the_called_one_is_told() {
    let home = Home::new();
    let (lab, _) = home.lab(&[]);
    let listening = home.run(&["lab", "--counts", "--json"]);
    assert_eq!(listening.code, 0, "{}", listening.stderr);
    let run = home.run(&["connect", "never-accepts.fault.test", "8080", "--lab", "--timeout", "2"]);
    assert_eq!(run.code, 28, "{}", run.stderr);
    let told = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    let all = run.stderr.matches("listens on").count();
    assert!(told.contains("does not accept") && all == 1, "{all} listeners told: {told}");
    stop(lab);
}

#[test]
fn given_ports_are_taken_or_refused_with_their_owner() {
    let home = Home::new();
    let taken = TcpListener::bind("127.53.1.80:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let run = home.run(&["lab", "--ports", &format!("0,{port},0")]);
    assert_eq!((run.code, run.text().as_str()), (4, ""));
    let owner = format!("pid {}", std::process::id());
    assert!(run.stderr.contains(&owner) && run.stderr.contains("netlearn lab"), "{}", run.stderr);
    assert_eq!(home.left(), Vec::<String>::new(), "all or nothing");
    drop(taken);
    let (lab, map) = home.lab(&["--ports", "0,0,0"]);
    assert!(ports(&map["ports"]).iter().all(|port| *port != 0) && map.get("planned").is_none(), "{map}");
    assert_eq!(home.run(&["get", "http://shop.test:8080/", "--lab", "-q"]).code, 0);
    stop(lab);
}
