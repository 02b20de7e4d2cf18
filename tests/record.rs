//! Real runs, recorded. They must tell the same kinds of events as the recordings behind the snapshots, which were made
//! here: `NETLEARN_RECORD=1 cargo test --test record` writes them anew.
#![cfg(target_os = "linux")]

mod support;

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use support::{Started, unlent_port};

/// A folder of this run, with the names that stand in recordings kept short: programs are called `netlearn`, and run in it.
struct Studio {
    folder: tempfile::TempDir,
}

impl Studio {
    fn new() -> Studio {
        Studio { folder: tempfile::tempdir().expect("a folder") }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = support::command(arguments);
        command.arg0("netlearn").current_dir(self.folder.path());
        command
    }

    /// Runs a client that keeps its events, and gives its exit code.
    fn client(&self, arguments: &[&str], code: i32) -> String {
        let mut line = arguments.to_vec();
        line.extend(["--record", "run.jsonl"]);
        let run = Started::new(self.command(&line)).finish();
        assert_eq!(run.code, code, "{arguments:?}: {}", run.stderr);
        self.text("run.jsonl")
    }

    /// Starts a server that tells its events, and gives its port once it listens.
    fn server(&self, arguments: &[&str], addresses: usize) -> (Started, String) {
        let mut line = vec!["serve"];
        line.extend_from_slice(arguments);
        line.extend(["--port", "0", "--json", "--record", "server.jsonl"]);
        let mut started = Started::new(self.command(&line));
        let mut port = String::new();
        for _ in 0..addresses {
            port = started.wait_for("listening")["local_port"].to_string();
        }
        (started, port)
    }

    fn text(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).expect("the recording is there")
    }

    /// One client against one server of our own; the client's recording.
    fn exchange(&self, server: &[&str], client: &[&str], code: i32) -> String {
        let mut line = server.to_vec();
        line.extend(["--host", "127.0.0.1"]);
        let (mut started, port) = self.server(&line, 1);
        if server.contains(&"--tls") {
            // It listens before the file that the client reads is there.
            started.wait_for("authority_written");
        }
        let words: Vec<String> = client.iter().map(|word| word.replace("PORT", &port)).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let text = self.client(&words, code);
        started.terminate();
        assert_eq!(started.finish().code, 0);
        text
    }

    /// One server of our own while `clients` acts on its port; the server's recording.
    fn served(&self, server: &[&str], clients: impl FnOnce(&str)) -> String {
        let (started, port) = self.server(server, 2);
        clients(&port);
        started.terminate();
        assert_eq!(started.finish().code, 0);
        self.text("server.jsonl")
    }
}

fn recordings() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings")
}

fn kinds(recording: &str) -> BTreeSet<String> {
    recording
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("one JSON object a line"))
        .map(|event| event["event"].as_str().expect("a name").to_owned())
        .collect()
}

/// Keeps the recording, or checks that it tells the same kinds of events as the kept one.
fn keep(name: &str, recording: &str) {
    let path = recordings().join(format!("{name}.jsonl"));
    if std::env::var_os("NETLEARN_RECORD").is_some() {
        std::fs::create_dir_all(recordings()).expect("a folder");
        std::fs::write(&path, recording).expect("written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(
        kinds(recording),
        kinds(&kept),
        "{name}: the run tells other kinds of events than the recording"
    );
}

#[test]
fn get_tries_both_addresses() {
    let text = Studio::new().exchange(
        &[],
        &["get", "--resolve", "localhost:PORT:[::1],127.0.0.1", "http://localhost:PORT/"],
        0,
    );
    keep("get", &text);
}

#[test]
fn get_from_a_silent_server() {
    let text =
        Studio::new().exchange(&["--silent"], &["get", "--timeout", "3", "http://127.0.0.1:PORT/"], 28);
    keep("get-silent", &text);
}

#[test]
fn get_two_lengths() {
    keep("get-two-lengths", &Studio::new().exchange(&["--fault", "two-lengths"], &["get", ":PORT/"], 8));
}

#[test]
fn get_a_broken_chunk() {
    keep("get-bad-chunk", &Studio::new().exchange(&["--fault", "bad-chunk"], &["get", ":PORT/"], 8));
}

#[test]
fn get_a_short_body() {
    keep("get-truncate", &Studio::new().exchange(&["--fault", "truncate"], &["get", ":PORT/"], 18));
}

#[test]
fn get_a_long_body() {
    keep("get-long-body", &Studio::new().exchange(&["--fault", "long-body"], &["get", ":PORT/"], 0));
}

#[test]
fn get_a_redirect_loop() {
    keep(
        "get-redirect-loop",
        &Studio::new().exchange(&["--fault", "redirect-loop"], &["get", "-L", ":PORT/"], 47),
    );
}

#[test]
fn get_what_is_not_http() {
    keep("get-not-http", &Studio::new().exchange(&["--fault", "not-http"], &["get", ":PORT/"], 8));
}

#[test]
fn get_from_nobody() {
    let free = unlent_port([127, 0, 0, 1]);
    keep("get-refused", &Studio::new().client(&["get", &format!("http://127.0.0.1:{free}/")], 7));
}

#[test]
fn get_over_tls() {
    let text = Studio::new().exchange(
        &["--tls", "--ca-out", "authority.pem"],
        &["get", "--cacert", "authority.pem", "https://127.0.0.1:PORT/"],
        0,
    );
    keep("get-https", &text);
}

#[test]
fn get_from_an_unknown_authority() {
    let text = Studio::new().exchange(
        &["--tls", "--ca-out", "authority.pem"],
        &["get", "https://127.0.0.1:PORT/"],
        60,
    );
    keep("get-unknown-authority", &text);
}

#[test]
fn get_two_pages_on_one_connection() {
    let text = Studio::new().exchange(&[], &["get", "http://127.0.0.1:PORT/a", "http://127.0.0.1:PORT/b"], 0);
    keep("get-twice", &text);
}

#[test]
fn connect_to_an_echo() {
    let text = Studio::new().exchange(&["tcp"], &["connect", "127.0.0.1:PORT", "--send", "hello\\n"], 0);
    keep("connect-echo", &text);
}

#[test]
fn the_tour_from_both_ends() {
    keep("tour", &Studio::new().client(&["tour"], 0));
}

#[test]
fn get_hostile_bytes() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let mut request = [0; 79 + 64];
        let read = client.read(&mut request).expect("a request");
        assert!(request[..read].ends_with(b"\r\n\r\n"), "the request came in one piece");
        let body = "a\u{1b}[2Jb\u{202e}c\r\n";
        write!(
            client,
            "HTTP/1.1 200 O\u{9b}K\r\nX-Bidi: \u{202e}txt\u{2066}\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
        .expect("written");
        // The client has all it wants and leaves first.
        let _ = client.read(&mut request);
    });
    let text = Studio::new().client(&["get", &format!("http://127.0.0.1:{port}/")], 0);
    server.join().expect("the server ends");
    keep("get-hostile", &text);
}

#[test]
fn serve_two_clients() {
    let text = Studio::new().served(&[], |port| {
        for path in ["/", "/again"] {
            let mut client = TcpStream::connect(format!("127.0.0.1:{port}")).expect("connected");
            write!(client, "GET {path} HTTP/1.1\r\nHost: localhost:{port}\r\nConnection: close\r\n\r\n")
                .expect("sent");
            let mut answer = String::new();
            client.read_to_string(&mut answer).expect("answered");
            assert!(answer.ends_with("\r\n\r\nHello, World!\n"), "{answer}");
        }
    });
    keep("serve", &text);
}

#[test]
fn serve_a_client_that_speaks_tls() {
    let text = Studio::new().served(&[], |port| {
        let mut client = TcpStream::connect(format!("127.0.0.1:{port}")).expect("connected");
        // The beginning of a ClientHello (RFC 8446 section 5.1): handshake, legacy version, length.
        client.write_all(&[0x16, 0x03, 0x01, 0x00, 0x05, 0x01, 0x00, 0x00, 0x01, 0x00]).expect("sent");
        // However it ends: a FIN, or a RST because bytes were left unread.
        let _ = client.read_to_end(&mut Vec::new());
    });
    keep("serve-tls-client", &text);
}

/// A server of HTTP/2 that reads one request and answers with these octets; its port, and its end.
fn frames(answer: &'static [u8]) -> (u16, std::thread::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let server = std::thread::spawn(move || {
        let (mut client, _) = listener.accept().expect("a client");
        let mut asked = Vec::new();
        let mut one = [0];
        // Nothing but the end of the request ends with this: the field accept, and its value (RFC 7541 appendix A, B).
        while !asked.ends_with(b"\x53\x83\xf9\x63\xe7") {
            client.read_exact(&mut one).expect("a request");
            asked.push(one[0]);
        }
        client.write_all(answer).expect("written");
        // The client has all it wants and leaves first.
        let _ = client.read_to_end(&mut Vec::new());
    });
    (port, server)
}

#[test]
fn get_in_frames() {
    // SETTINGS, its acknowledgement, HEADERS with a cookie, DATA, and a frame of a type that nobody knows.
    let (port, server) = frames(
        b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\0\0\x04\x01\0\0\0\0\
          \0\0\x10\x01\x04\0\0\0\x01\x88\x0f\x0d\x0214\x77\x08id=12345\
          \0\0\x03\xbb\0\0\0\0\0abc\0\0\x0e\0\x01\0\0\0\x01Hello, World!\n",
    );
    let url = format!("http://127.0.0.1:{port}/");
    let text = Studio::new().client(&["get", "--http2", &url], 0);
    server.join().expect("the server ends");
    keep("get-http2", &text);
}

#[test]
fn get_and_be_sent_away() {
    let (port, server) = frames(
        b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\0\0\x04\x01\0\0\0\0\
          \0\0\x10\x07\0\0\0\0\0\0\0\0\0\0\0\0\x0btoo much",
    );
    let url = format!("http://127.0.0.1:{port}/");
    let text = Studio::new().client(&["get", "--http2", &url], 16);
    server.join().expect("the server ends");
    keep("get-http2-goaway", &text);
}

#[test]
fn get_a_frame_that_is_too_large() {
    let (port, server) = frames(b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64\0\x40\x01\0\0\0\0\0\x01");
    let url = format!("http://127.0.0.1:{port}/");
    let text = Studio::new().client(&["get", "--http2", &url], 16);
    server.join().expect("the server ends");
    keep("get-http2-too-large", &text);
}

#[cfg(unix)]
#[test]
fn get_through_a_library() {
    let text = Studio::new().exchange(&[], &["get", "--library", "http://127.0.0.1:PORT/"], 0);
    keep("get-library", &text);
}
