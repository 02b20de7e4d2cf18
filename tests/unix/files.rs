//! The file of a Unix socket: who may connect by it, who may remove it, and paths at which there is another thing or nothing.

use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;

use super::support::{Run, Started, command, netlearn};
use super::{Place, fails, stopped};

#[test]
fn the_mode_is_what_the_umask_leaves_and_says_who_may_connect() {
    let place = Place::new();
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 077; exec \"$0\" serve unix \"$1\" --json"]);
    shell.args([env!("CARGO_BIN_EXE_netlearn"), place.path()]);
    let mut server = Started::new(shell);
    assert_eq!(server.wait_for("socket_file_made")["mode"], "0700");
    let mode = std::fs::symlink_metadata(place.path()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    stopped(server);
}

#[test]
fn a_killed_server_leaves_its_file_and_the_next_one_takes_its_place() {
    let place = Place::new();
    let server = place.serve(&[]);
    // Dropped, it is killed: it cannot clean up.
    drop(server);
    assert!(Path::new(place.path()).exists());
    let stale = ["stale socket file", "nobody listens", "netlearn serve unix"];
    fails(&["connect", "-U", place.path()], 7, "socket_refused", &stale);
    let mut server = Started::new(command(&["serve", "unix", place.path(), "--json"]));
    let found = server.wait_for("stale_socket_file");
    assert_eq!((&found["removed"], &found["ours"]), (&true.into(), &true.into()));
    server.wait_for("listening");
    assert_eq!(netlearn(&["connect", "-q", "-U", place.path(), "--send", "x"]).text(), "x");
    assert_eq!(stopped(server).code, 0);
    assert!(!Path::new(place.path()).exists());
}

#[test]
fn a_path_in_use_is_left_to_its_owner() {
    let place = Place::new();
    let server = place.serve(&["--count", "1"]);
    let pid = format!("pid {}", server.id());
    let said = ["taken", pid.as_str(), "app-2.sock", "netlearn connect -U", "netlearn ports --unix"];
    let failed = fails(&["serve", "unix", place.path()], 4, "socket_path_taken", &said);
    assert!(failed["evidence"].as_array().unwrap().iter().any(|fact| fact["fact"] == "path_table"));
    // It was found in the table, and not called: the one client that it waits for is still to come.
    assert_eq!(netlearn(&["connect", "-q", "-U", place.path(), "--send", "x"]).text(), "x");
    assert_eq!(server.finish().code, 0);
}

#[test]
fn what_is_not_certainly_stale_is_never_removed() {
    let place = Place::new();
    // Bound, and not listening yet: connecting is refused all the same.
    let bound = socket2::Socket::new(socket2::Domain::UNIX, socket2::Type::STREAM, None).unwrap();
    bound.bind(&socket2::SockAddr::unix(place.path()).unwrap()).unwrap();
    fails(&["serve", "unix", place.path()], 4, "socket_path_stale", &["does not listen", "rm "]);
    assert!(Path::new(place.path()).exists());
    fails(&["connect", "-U", place.path()], 7, "socket_refused", &["does not listen"]);
    // A socket for datagrams is alive, though nobody can connect a stream to it.
    let other = Place::new();
    let _datagrams = UnixDatagram::bind(other.path()).unwrap();
    fails(&["serve", "unix", other.path()], 4, "socket_path_taken", &["takes datagrams there"]);
    fails(&["connect", "-U", other.path()], 7, "other_socket_type", &["takes datagrams", "socat"]);
    assert!(Path::new(other.path()).exists());
}

#[test]
#[cfg(target_os = "linux")]
fn a_relative_path_of_another_folder_is_another_path() {
    let (elsewhere, place) = (Place::new(), Place::new());
    let mut other = command(&["serve", "unix", "app.sock", "--json"]);
    other.current_dir(elsewhere.folder.path());
    let mut other = Started::new(other);
    other.wait_for("listening");
    place.stale();
    let server = place.serve(&[]);
    stopped(server);
    let pid = format!("pid {}", other.id());
    fails(&["serve", "unix", elsewhere.path()], 4, "socket_path_taken", &[&pid, "listens there"]);
    stopped(other);
    assert!(!Path::new(elsewhere.path()).exists());
}

#[test]
fn a_stale_file_of_another_user_is_left_alone() {
    if !rustix::process::geteuid().is_root() {
        // Only root can make such a file; what is looked at is its owner, which a unit test of the words covers.
        return;
    }
    let place = Place::new();
    place.stale();
    std::os::unix::fs::lchown(place.path(), Some(12_345), None).unwrap();
    fails(&["serve", "unix", place.path()], 4, "socket_path_stale", &["another user", "app-2.sock", "rm "]);
    assert!(Path::new(place.path()).exists());
}

#[test]
fn files_and_folders_are_never_removed() {
    let place = Place::new();
    let file = place.inside("notes.txt");
    std::fs::write(&file, "keep me").unwrap();
    fails(&["serve", "unix", &file], 4, "socket_path_occupied", &["an ordinary file", "notes-2.txt"]);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "keep me");
    fails(&["connect", "-U", &file], 7, "not_a_socket", &["an ordinary file", "netlearn ports --unix"]);
    let folder = place.inside("folder");
    std::fs::create_dir(&folder).unwrap();
    fails(&["serve", "unix", &folder], 4, "socket_path_occupied", &["a folder", "folder/app.sock"]);
    fails(&["connect", "-U", &folder], 7, "not_a_socket", &["a folder"]);
    let link = place.inside("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    fails(&["serve", "unix", &link], 4, "socket_path_occupied", &["a symbolic link"]);
    fails(&["connect", "-U", &link], 7, "no_socket_file", &["leads to nothing"]);
}

#[test]
fn a_missing_path_or_folder_is_named() {
    let place = Place::new();
    fails(&["connect", "-U", place.path()], 7, "no_socket_file", &["Nothing is at", "netlearn serve unix"]);
    let deep = place.inside("no/such/app.sock");
    let folder = place.inside("no");
    fails(&["connect", "-U", &deep], 7, "no_socket_file", &["there is no folder", &folder]);
    fails(&["serve", "unix", &deep], 4, "socket_path_no_folder", &["there is no folder", "mkdir -p"]);
    std::fs::write(place.inside("file"), "").unwrap();
    fails(&["serve", "unix", &place.inside("file/a")], 4, "socket_path_no_folder", &["no folder"]);
}

#[test]
fn a_path_longer_than_an_address_says_the_limit() {
    let place = Place::new();
    let long = place.inside(&"a".repeat(200));
    let limit = netlearn::net::unix::LONGEST.to_string();
    fails(&["serve", "unix", &long], 4, "socket_path_too_long", &[&limit, "sun_path"]);
    fails(&["connect", "-U", &long], 7, "socket_name_too_long", &[&limit, "sun_path"]);
    // The longest that fits is bound.
    let room = netlearn::net::unix::LONGEST - place.folder.path().as_os_str().len() - 1;
    let fits = Place { path: place.inside(&"b".repeat(room)), folder: tempfile::tempdir().unwrap() };
    let server = fits.serve(&[]);
    assert_eq!(netlearn(&["connect", "-z", "-q", "-U", fits.path()]).code, 0);
    stopped(server);
}

/// As a user without privileges, where this test runs as root; as oneself elsewhere.
fn as_nobody(arguments: &[&str]) -> Run {
    use std::os::unix::process::CommandExt as _;
    let mut command = command(arguments);
    if rustix::process::geteuid().is_root() {
        command.uid(65_534).gid(65_534);
    }
    Started::new(command).finish()
}

#[test]
#[ignore = "needs root, and a binary that other users may run"]
fn permissions_decide_who_may_connect_and_who_may_listen() {
    assert!(rustix::process::geteuid().is_root());
    let place = Place::new();
    let open = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(place.folder.path(), open).unwrap();
    let server = place.serve(&[]);
    let private = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(place.path(), private).unwrap();
    // Who may not connect is not told to.
    let taken = as_nobody(&["serve", "unix", place.path(), "--silent"]);
    let said = taken.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(taken.code, 4, "{said}");
    assert!(said.contains("-2.sock --silent listens at another path"), "{said}");
    assert!(!said.contains("netlearn connect"), "{said}");
    let run = as_nobody(&["connect", "-U", place.path()]);
    assert_eq!(run.code, 7, "{}", run.stderr);
    assert!(run.stderr.contains("write permission on the socket file"), "{}", run.stderr);
    let run = as_nobody(&["serve", "unix", &place.inside("mine.sock")]);
    assert_eq!(run.code, 4, "{}", run.stderr);
    assert!(run.stderr.contains("not permitted") && run.stderr.contains("/tmp/mine.sock"), "{}", run.stderr);
    std::fs::set_permissions(place.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    assert_eq!(as_nobody(&["connect", "-z", "-q", "-U", place.path()]).code, 0);
    std::fs::set_permissions(place.folder.path(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let run = as_nobody(&["connect", "-U", place.path()]);
    assert_eq!(run.code, 7, "{}", run.stderr);
    assert!(run.stderr.contains("closed to this user"), "{}", run.stderr);
    stopped(server);
}
