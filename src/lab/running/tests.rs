#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]
use std::fs::{Permissions, set_permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};

use super::*;
use crate::event::lab::{LabPorts, LabServer};

fn started() -> LabStarted {
    let server = |name: &str, role, address: &str| LabServer {
        name: name.to_owned(),
        role,
        address: address.parse().unwrap(),
        serves: Vec::new(),
        fault: None,
    };
    LabStarted {
        ports: LabPorts { dns: 5300, http: 8080, https: 8443 },
        planned: None,
        servers: vec![
            server("a.root-servers.lab.", LabRole::Root, "127.53.0.1"),
            server("resolver.lab.", LabRole::Resolver, "127.53.0.53"),
        ],
        names: Vec::new(),
        authority: None,
        doors: Vec::new(),
        faults: Vec::new(),
    }
}

fn entry() -> Entry {
    Entry {
        version: VERSION,
        process: Process::own(),
        started: started(),
        authority: "PEM".to_owned(),
        doors: Vec::new(),
    }
}

fn put(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    folder::write_new(&path, text.as_bytes()).unwrap();
    path
}

fn put_entry(folder: &Path, entry: &Entry) -> PathBuf {
    put(folder, &format!("lab-{}.json", entry.process.pid), &serde_json::to_string(entry).unwrap())
}

#[test]
fn what_a_lab_leaves_is_found_and_goes_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let left = Left::begin_in(folder.path().to_owned());
    let doors =
        [Door { planned: "127.53.1.80:8080".parse().unwrap(), real: "127.0.0.1:4000".parse().unwrap() }];
    left.write(&started(), "PEM", &doors).unwrap();
    let pem = left.authority("PEM").unwrap();
    assert_eq!(pem.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let found = find_in(folder.path()).unwrap();
    assert_eq!((found.pid, found.started), (std::process::id(), started()));
    assert_eq!(found.world.names, Names::Servers(vec!["127.53.0.53:5300".parse().unwrap()]));
    assert_eq!(found.world.roots, ["127.53.0.1:5300".parse().unwrap()]);
    assert_eq!(found.world.trust, Trust::Pem("PEM".to_owned()));
    assert_eq!(found.world.doors, doors);
    drop(left);
    assert!(find_in(folder.path()).is_none());
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_process_that_is_gone_or_another_one_leaves_no_lab() {
    let folder = tempfile::tempdir().unwrap();
    // A child that has ended and is not asked for yet still has its number.
    let mut child = std::process::Command::new("true").spawn().unwrap();
    let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
    let options = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
    rustix::process::waitid(rustix::process::WaitId::Pid(pid), options).unwrap();
    let dead = Process { pid: child.id(), ..Process::own() };
    let own = Process::own();
    let later = Process { began: own.began.map(|began| began + 1), ..own.clone() };
    let other_boot = Process { boot: Some("another".to_owned()), ..own.clone() };
    for process in [dead, later, other_boot] {
        let path = put_entry(folder.path(), &Entry { process, ..entry() });
        let pem =
            put(folder.path(), &path.file_name().unwrap().to_str().unwrap().replace("json", "pem"), "PEM");
        assert!(find_in(folder.path()).is_none());
        assert!(!path.exists() && !pem.exists(), "stale files are removed");
    }
    child.wait().unwrap();
}

#[test]
fn a_lab_that_cannot_be_reached_from_here_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process { spaces: vec!["net:[1]".to_owned()], ..Process::own() };
    let path = put_entry(folder.path(), &Entry { process, ..entry() });
    assert!(find_in(folder.path()).is_none());
    assert!(path.exists());
}

#[test]
fn malformed_and_hostile_files_are_not_believed() {
    let folder = tempfile::tempdir().unwrap();
    let own = std::process::id();
    let name = format!("lab-{own}.json");
    let good = serde_json::to_string(&entry()).unwrap();
    let mut away = entry();
    away.started.servers[0].address = "192.0.2.1".parse().unwrap();
    let mut nobody = entry();
    nobody.started.servers.clear();
    let newer = Entry { version: VERSION + 1, ..entry() };
    let other = Entry { process: Process { pid: 1, ..Process::own() }, ..entry() };
    let written = |entry: &Entry| serde_json::to_string(entry).unwrap();
    let huge = " ".repeat(LIMIT as usize) + &good;
    let texts = [written(&away), written(&nobody), written(&newer), written(&other), huge];
    for text in texts.iter().map(String::as_str).chain(["", "{", "[]", "null", &good[..good.len() / 2]]) {
        let path = put(folder.path(), &name, text);
        assert!(find_in(folder.path()).is_none(), "{}", &text[..text.len().min(80)]);
        std::fs::remove_file(path).unwrap();
    }
    // Octets that are no text, a link, a folder, a pipe that nobody writes to, a file that others may write.
    std::fs::write(folder.path().join(&name), [0xff, 0xfe, 0]).unwrap();
    assert!(find_in(folder.path()).is_none());
    std::fs::remove_file(folder.path().join(&name)).unwrap();
    let real = put(folder.path(), "elsewhere", &good);
    symlink(&real, folder.path().join(&name)).unwrap();
    assert!(find_in(folder.path()).is_none());
    std::fs::remove_file(folder.path().join(&name)).unwrap();
    std::fs::create_dir(folder.path().join(&name)).unwrap();
    assert!(find_in(folder.path()).is_none());
    std::fs::remove_dir(folder.path().join(&name)).unwrap();
    let mode = rustix::fs::Mode::from_raw_mode(0o600);
    let pipe = folder.path().join(&name);
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    assert!(find_in(folder.path()).is_none());
    std::fs::remove_file(&pipe).unwrap();
    let path = put(folder.path(), &name, &good);
    set_permissions(&path, Permissions::from_mode(0o666)).unwrap();
    assert!(find_in(folder.path()).is_none());
    // The same file, closed to others, is believed: nothing else was wrong with it.
    set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    assert!(find_in(folder.path()).is_some());
    for odd in ["lab-.json", "lab-+1.json", "lab-1.json.bak", "lab-99999999999.json", "lab-x.json"] {
        assert_eq!(pid_of(Path::new(odd)), None, "{odd}");
    }
}

#[test]
fn litter_of_processes_that_are_gone_is_removed_even_where_it_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    // No process has this number: the kernel's largest is 2^22 (proc_sys_kernel(5), pid_max).
    let path = put(folder.path(), "lab-4294967295.json", "{");
    assert!(find_in(folder.path()).is_none());
    assert!(!path.exists());
}
