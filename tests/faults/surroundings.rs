//! What surrounds an operation and fails: a reader that stopped, a disk that is full, a peer that is killed.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

use super::GUARD;
use super::support::{Serving, Started, command, netlearn, unlent_port};

/// A pipe that is full and that nobody reads.
fn stuck() -> (OwnedFd, OwnedFd) {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let (reader, writer) = (OwnedFd::from(reader), OwnedFd::from(writer));
    let flags = rustix::fs::fcntl_getfl(&writer).expect("its flags");
    rustix::fs::fcntl_setfl(&writer, flags | rustix::fs::OFlags::NONBLOCK).expect("an option");
    let mut filling = File::from(writer.try_clone().expect("a second name"));
    while filling.write(&[b'x'; 1]).is_ok() {}
    rustix::fs::fcntl_setfl(&writer, flags).expect("an option");
    (reader, writer)
}

#[test]
fn an_operation_whose_narration_nobody_reads_still_ends() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let (_reader, writer) = stuck();
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("body");
    let mut get =
        command(&["get", &format!("http://127.0.0.1:{port}/"), "-o", path.to_str().expect("UTF-8")]);
    get.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::from(writer));
    let mut child = get.spawn().expect("it starts");
    let (mut stream, _) = listener.accept().expect("a client");
    stream.set_read_timeout(Some(GUARD)).expect("a timeout");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut octet = [0];
        stream.read_exact(&mut octet).expect("a request");
        head.push(octet[0]);
    }
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello").expect("it reads");
    // Its end is the end of the operation: the connection is closed though not a word could be told.
    assert_eq!(stream.read(&mut [0; 16]).expect("it ends"), 0);
    assert_eq!(std::fs::read(&path).expect("the body"), b"Hello");
    // The words still wait for their reader: one signal ends that too.
    let pid = Pid::from_raw(i32::try_from(child.id()).expect("a number")).expect("a process");
    kill_process(pid, Signal::INT).expect("it runs");
    let (ended, wait) = std::sync::mpsc::channel();
    let guard = std::thread::spawn(move || {
        if wait.recv_timeout(GUARD).is_err() {
            let _ = kill_process(pid, Signal::KILL);
        }
    });
    let status = child.wait().expect("it ends");
    ended.send(()).expect("the guard waits");
    guard.join().expect("the guard ends");
    assert_eq!(status.code(), Some(130), "{status}");
}

#[test]
fn a_reader_that_is_slow_gets_everything_though_the_end_was_asked_for() {
    let mut serve = Started::new(command(&["serve", "--port", "0", "--host", "127.0.0.1", "--json"]));
    let port = serve.wait_for("listening")["local_port"].as_u64().expect("a number");
    let mut stream =
        TcpStream::connect((Ipv4Addr::LOCALHOST, u16::try_from(port).expect("a port"))).expect("it listens");
    stream.set_read_timeout(Some(GUARD)).expect("a timeout");
    // What is told of these is many times what a pipe holds.
    for _ in 0..700 {
        stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("it reads");
        let mut came = Vec::new();
        while !came.ends_with(b"Hello, World!\n") {
            let mut octet = [0];
            stream.read_exact(&mut octet).expect("an answer");
            came.push(octet[0]);
        }
    }
    drop(stream);
    serve.terminate();
    let mut stdout = serve.stdout.take().expect("its output");
    let (mut told, mut pauses) = (Vec::new(), 0);
    let mut piece = [0; 4096];
    loop {
        let len = stdout.read(&mut piece).expect("a pipe can be read");
        told.extend_from_slice(&piece[..len]);
        if len == 0 {
            break;
        }
        // It has a little room now and then, and none where one looks.
        if pauses < 250 {
            std::thread::sleep(std::time::Duration::from_millis(20));
            pauses += 1;
        }
    }
    let told = String::from_utf8(told).expect("events are UTF-8");
    assert_eq!((serve.finish().code, pauses), (0, 250), "{} octets", told.len());
    assert!(told.contains("\"requests\":700") && told.trim_end().ends_with("\"exit\":0}"), "its last words");
    assert!(!told.contains("events_lost"));
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_said_wherever_it_is_written_to() {
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1"]);
    let url = format!("http://127.0.0.1:{}/", serving.port);
    for arguments in [&["-o", "/dev/full"][..], &["--record", "/dev/full"]] {
        let run = netlearn(&[&["get", &url], arguments].concat());
        assert_eq!(run.code, 23, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("No space left"), "{arguments:?}: {}", run.stderr);
    }
    for arguments in [&[][..], &["--json"]] {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let mut get = command(&[&["get", &url], arguments].concat());
        let output = get.stdin(Stdio::null()).stdout(full).output().expect("it runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(23), "stdout, {arguments:?}: {said}");
    }
    assert_eq!(serving.stop().code, 0);
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_whose_certificate_finds_no_room_offers_itself_with_another_file() {
    let port = unlent_port(Ipv4Addr::LOCALHOST).to_string();
    let line = ["serve", "tcp", "--tls", "--port", &port, "--host", "127.0.0.1", "--reply", "a b"];
    for (out, reason) in [
        (&["--ca-out", "/dev/full"][..], "No space left"),
        (&["--ca-out=/dev/null/no folder/x"], "Not a directory"),
    ] {
        offers_itself(&[&line[..], out].concat(), reason, &port);
    }
}

fn offers_itself(line: &[&str], reason: &str, port: &str) {
    let run = netlearn(line);
    assert_eq!(run.code, 23, "{}", run.stderr);
    // A long command goes on behind a backslash.
    let said = run.stderr.split_whitespace().filter(|word| *word != "\\").collect::<Vec<_>>().join(" ");
    assert!(said.contains(reason), "{said}");
    let offered = format!(
        "try netlearn serve tcp --port {port} --host 127.0.0.1 --tls --reply 'a b' --ca-out authority.pem"
    );
    assert!(said.contains(&offered), "{said}");
}

#[test]
#[ignore = "needs unshare and mount"]
fn a_full_disk_keeps_the_progress_that_was_and_the_lesson_goes_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let script = r#"
        mount -t tmpfs -o size=16k tmpfs "$1/disk"
        # The second step has no answer, and ends each run.
        printf '[guess]\nanswer = "nothing"\n' > "$1/answers"
        lesson() { "$2" lesson 1 --progress "$1/disk/progress" --answers "$1/answers" < /dev/null; }
        lesson "$@" > "$1/first" 2>&1
        cp "$1/disk/progress" "$1/kept"
        dd if=/dev/zero of="$1/disk/rest" bs=4096 2> /dev/null
        lesson "$@" > "$1/second" 2>&1
        cp "$1/disk/progress" "$1/after"
        ls -A "$1/disk" > "$1/left"
    "#;
    std::fs::create_dir(folder.path().join("disk")).expect("a folder");
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", script, "sh"]);
    command.arg(folder.path()).arg(env!("CARGO_BIN_EXE_netlearn"));
    let run = Started::new(command).finish();
    let text = |name: &str| {
        std::fs::read_to_string(folder.path().join(name))
            .unwrap_or_else(|error| panic!("{name}: {error}: {run:?}"))
    };
    let said = |name: &str| text(name).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(!said("first").contains("could not be saved"), "{}", text("first"));
    let second = said("second");
    assert!(second.contains("could not be saved") && second.contains("No space left"), "{second}");
    assert!(second.contains("Step 2 of"), "it goes on: {second}");
    assert_eq!(text("after"), text("kept"));
    assert_eq!(text("left").split_whitespace().collect::<Vec<_>>(), ["progress", "progress.lock", "rest"]);
}

#[test]
fn a_server_that_is_killed_in_mid_answer_leaves_a_short_body() {
    let text = "x".repeat(2000);
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1", "--drip", "--reply", &text]);
    let url = format!("http://127.0.0.1:{}/", serving.port);
    let mut get = Started::new(command(&["get", &url, "--json"]));
    // The head is there, and of the body not more than has dripped since.
    get.wait_for("response");
    let pid = Pid::from_raw(i32::try_from(serving.id()).expect("a number")).expect("a process");
    kill_process(pid, Signal::KILL).expect("it runs");
    let failed = get.wait_for("failed");
    assert_eq!(failed["kind"], "body_short", "{failed}");
    assert_eq!(get.finish().code, 18);
    drop(serving);
}

#[test]
fn a_client_that_is_killed_in_mid_request_is_told_as_gone() {
    let mut serving = Serving::start(&["tcp", "--port", "0", "--host", "127.0.0.1"]);
    let port = serving.port.to_string();
    let mut connect = Started::new(command(&["connect", "127.0.0.1", &port]));
    let mut stdin = connect.stdin.take().expect("a pipe");
    stdin.write_all(b"Hello").expect("it reads");
    serving.wait_for("bytes");
    let pid = Pid::from_raw(i32::try_from(connect.id()).expect("a number")).expect("a process");
    kill_process(pid, Signal::KILL).expect("it runs");
    let closed = serving.wait_for("closed");
    assert_eq!(closed["by"], "client", "{closed}");
    drop((stdin, connect));
    assert_eq!(serving.stop().code, 0);
}
