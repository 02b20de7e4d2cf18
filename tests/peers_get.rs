//! `netlearn get` against programs that other people wrote. Each test needs one of them and fails where it is missing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::io::{BufRead as _, BufReader};
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use support::{netlearn, unlent_port};

/// A program that is killed with its test.
struct Peer(Child);

impl Peer {
    /// Starts it and waits for its first line on stdout.
    fn start(command: &mut Command) -> (Peer, String) {
        let mut child =
            command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().expect("the program is there");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        (Peer(child), line.trim().to_owned())
    }

    fn pid(&self) -> u32 {
        self.0.id()
    }

    /// Stops it (SIGSTOP) and waits until the system says that it is.
    fn stop(&self) {
        kill_process(Pid::from_raw(self.pid() as i32).unwrap(), Signal::STOP).unwrap();
        let state = || {
            let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid())).unwrap();
            stat.rsplit(')').next().unwrap().trim().chars().next()
        };
        while state() != Some('T') {
            assert_ne!(state(), Some('Z'), "it has ended");
            std::thread::yield_now();
        }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Waits until somebody listens there, within the guard's time.
fn wait_for(port: u16) {
    for _ in 0..2000 {
        if std::net::TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("nobody listens on port {port}");
}

fn node(handler: &str) -> (Peer, String) {
    let program = format!(
        "const server = require('http').createServer({handler});
         server.listen(0, '127.0.0.1', () => console.log(server.address().port));"
    );
    let (peer, port) = Peer::start(Command::new("node").arg("-e").arg(program));
    (peer, format!("http://127.0.0.1:{port}/"))
}

fn socket(failed: &Value) -> Value {
    let evidence = failed["evidence"].as_array().unwrap();
    evidence.iter().find(|fact| fact["fact"] == "peer_socket").cloned().expect("the peer is on this machine")
}

#[test]
#[ignore = "needs node"]
fn a_handler_that_never_ends_has_read_the_request() {
    let (peer, url) = node("() => {}");
    // By then the handler has to have read it.
    let run = netlearn(&["get", &url, "--json", "--timeout", "5"]);
    let failed = run.event("failed");
    assert_eq!((run.code, &failed["kind"]), (28, &"never_answers".into()));
    let socket = socket(&failed);
    assert_eq!((&socket["unread"], &socket["owner"]["pid"]), (&0.into(), &peer.pid().into()));
    assert!(socket["owner"].get("stopped").is_none());
}

#[test]
#[ignore = "needs node"]
fn a_stopped_program_has_not_read_the_request() {
    let (peer, url) = node("(_, answer) => answer.end('hello')");
    assert_eq!(netlearn(&["get", &url, "-q"]).text(), "hello");
    peer.stop();
    let run = netlearn(&["get", &url, "--json", "--timeout", "1"]);
    let failed = run.event("failed");
    assert_eq!((run.code, &failed["kind"]), (28, &"never_accepts".into()));
    let socket = socket(&failed);
    // Its kernel has every octet; whether the program ever accepted cannot be so.
    assert!(socket["unread"].as_u64() > Some(60));
    assert_eq!(socket["accepted"], false);
}

#[test]
#[ignore = "needs node"]
fn node_streams_keeps_connections_and_redirects() {
    let (_peer, url) = node(
        "(asked, answer) => {
            if (asked.url === '/') { answer.writeHead(302, { location: '/there' }); answer.end(); }
            else { answer.write('one '); setTimeout(() => answer.end('two'), 20); }
        }",
    );
    let run = netlearn(&["get", &url, "-L", "-q"]);
    assert_eq!((run.code, run.text().as_str()), (0, "one two"));
    let run = netlearn(&["get", &url, "-L", "--json"]);
    assert_eq!(run.events_of("connected").len(), 1);
    assert_eq!(run.events_of("reused").len(), 1);
}

/// nginx with `server` as its server block's content, in a folder of its own.
fn nginx(folder: &Path, port: u16, server: &str) -> Peer {
    let place = folder.display();
    let conf = format!(
        "daemon off; master_process off; pid {place}/pid; error_log stderr crit;
         events {{}}
         http {{ access_log off; client_body_temp_path {place}/b; proxy_temp_path {place}/p;
           fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
           server {{ listen 127.0.0.1:{port}{server} }} }}"
    );
    let path = folder.join("nginx.conf");
    std::fs::write(&path, conf).unwrap();
    let child =
        Command::new("nginx").arg("-p").arg(folder).arg("-c").arg(&path).spawn().expect("nginx is there");
    let peer = Peer(child);
    wait_for(port);
    peer
}

#[test]
#[ignore = "needs nginx"]
fn nginx_serves_a_file_whole() {
    let folder = tempfile::tempdir().unwrap();
    let content: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    std::fs::write(folder.path().join("file"), &content).unwrap();
    let port = unlent_port(Ipv4Addr::LOCALHOST);
    let _peer = nginx(folder.path(), port, &format!("; root {};", folder.path().display()));
    let url = format!("http://127.0.0.1:{port}/file");
    let run = netlearn(&["get", &url, &url, "-q"]);
    assert_eq!(run.code, 0);
    assert!(run.stdout == [content.as_slice(), &content].concat(), "{} octets", run.stdout.len());
    let run = netlearn(&["get", &format!("http://127.0.0.1:{port}/none"), "-f", "-q"]);
    assert_eq!((run.code, run.stdout.as_slice()), (22, &b""[..]));
}

/// An authority and a certificate of it for `localhost`, as openssl makes them.
fn certificate(folder: &Path) {
    let run = |arguments: &[&str]| {
        let done = Command::new("openssl").args(arguments).current_dir(folder).stderr(Stdio::null()).status();
        assert!(done.expect("openssl is there").success(), "{arguments:?}");
    };
    std::fs::write(folder.join("ext"), "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n").unwrap();
    run(&[
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem",
        "-days",
        "2",
        "-subj",
        "/CN=authority of a test",
    ]);
    run(&[
        "req",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-keyout",
        "key.pem",
        "-out",
        "csr.pem",
        "-subj",
        "/CN=localhost",
    ]);
    run(&[
        "x509",
        "-req",
        "-in",
        "csr.pem",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "2",
        "-extfile",
        "ext",
        "-out",
        "cert.pem",
    ]);
}

#[test]
#[ignore = "needs openssl"]
fn openssl_s_server_answers_over_tls() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let port = unlent_port(Ipv4Addr::LOCALHOST);
    let child = Command::new("openssl")
        .args([
            "s_server",
            "-accept",
            &format!("127.0.0.1:{port}"),
            "-key",
            "key.pem",
            "-cert",
            "cert.pem",
            "-www",
            "-quiet",
        ])
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("openssl is there");
    let _peer = Peer(child);
    wait_for(port);
    let url = format!("https://localhost:{port}/");
    let authority = folder.path().join("ca.pem");
    let authority = authority.to_str().unwrap();
    let run = netlearn(&["get", &url, "-4", "-q", "--cacert", authority]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.text().contains("<HTML>"), "{}", run.text());
    let run = netlearn(&["get", &url, "-4", "--json", "--cacert", authority]);
    assert_eq!(run.event("tls_established")["verified"], true);
    assert!(run.event("timed")["tls"].as_f64() > Some(0.0));
    let run = netlearn(&["get", &url, "-4", "--json"]);
    assert_eq!((run.code, &run.event("failed")["kind"]), (60, &"certificate_unknown_issuer".into()));
    let run = netlearn(&["get", &url, "-4", "--json", "-k"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.event("tls_established")["verified"], false);
    // Plain HTTP to that port.
    let run = netlearn(&["get", &format!("http://localhost:{port}/"), "-4", "--json"]);
    assert_eq!((run.code, &run.event("failed")["kind"]), (56, &"plain_to_tls".into()));
}

#[test]
#[ignore = "needs nginx and openssl"]
fn nginx_over_tls_keeps_the_connection() {
    let folder = tempfile::tempdir().unwrap();
    certificate(folder.path());
    let port = unlent_port(Ipv4Addr::LOCALHOST);
    let place = folder.path().display();
    let server =
        format!(" ssl; ssl_certificate {place}/cert.pem; ssl_certificate_key {place}/key.pem; root {place};");
    std::fs::write(folder.path().join("file"), "over TLS\n").unwrap();
    let _peer = nginx(folder.path(), port, &server);
    let url = format!("https://localhost:{port}/file");
    let authority = folder.path().join("ca.pem");
    let run = netlearn(&["get", &url, &url, "-4", "-q", "--cacert", authority.to_str().unwrap()]);
    assert_eq!((run.code, run.text().as_str()), (0, "over TLS\nover TLS\n"), "{}", run.stderr);
    let run = netlearn(&["get", &url, &url, "-4", "--json", "--cacert", authority.to_str().unwrap()]);
    assert_eq!(run.events_of("tls_established").len(), 1);
    assert_eq!(run.events_of("reused").len(), 1);
}

#[test]
#[ignore = "needs python3"]
fn python_answers_in_http_1_0() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("a.txt"), "hello\n").unwrap();
    let port = unlent_port(Ipv4Addr::LOCALHOST);
    let child = Command::new("python3")
        .args(["-m", "http.server", &port.to_string(), "--bind", "127.0.0.1"])
        .current_dir(folder.path())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("python3 is there");
    let _peer = Peer(child);
    wait_for(port);
    let run = netlearn(&["get", &format!("http://127.0.0.1:{port}/a.txt"), "--json"]);
    assert_eq!(run.code, 0);
    assert_eq!(run.event("response")["version"], "HTTP/1.0");
    // The server hangs up; where that takes long, the client does. Nothing is left unread, so nobody breaks it off.
    assert_eq!(run.event("closed")["how"], "fin");
    let run = netlearn(&["get", &format!("http://127.0.0.1:{port}/a.txt"), "-q"]);
    assert_eq!(run.text(), "hello\n");
}
