//! What a peer sends, on a real terminal: nothing of it acts there, and its spelled-out form is to be seen.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::time::Duration;

use expectrl::session::OsSession;
use expectrl::{Eof, Expect as _, Session};

/// Clears the screen, retitles the window, and turns what follows around.
const EVIL: &str = "\u{1b}[2J\u{1b}]0;title\u{7}\u{202e}\u{2066}";

fn terminal(mut command: Command) -> OsSession {
    command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
    let mut session = Session::spawn(command).expect("a terminal");
    session.get_process_mut().set_window_size(160, 50).expect("a size");
    session.set_expect_timeout(Some(Duration::from_secs(20)));
    session
}

/// What a terminal would do with these octets: print, end lines, change colours; anything else is kept as a fault.
#[derive(Default)]
struct Screen {
    text: String,
    coloured: bool,
    faults: Vec<String>,
}

impl vte::Perform for Screen {
    fn print(&mut self, c: char) {
        let hidden = matches!(c, '\u{80}'..='\u{9f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        if hidden {
            self.faults.push(format!("printed {}", c.escape_unicode()));
        }
        self.text.push(c);
    }
    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => self.text.push('\n'),
            b'\r' | b'\t' => {}
            other => self.faults.push(format!("executed {other:#04x}")),
        }
    }
    fn csi_dispatch(&mut self, parameters: &vte::Params, _: &[u8], _: bool, action: char) {
        self.coloured = true;
        if action != 'm' {
            self.faults.push(format!("CSI {parameters:?} {action}"));
        }
    }
    fn esc_dispatch(&mut self, _: &[u8], _: bool, byte: u8) {
        self.faults.push(format!("ESC {byte:#04x}"));
    }
    fn osc_dispatch(&mut self, parameters: &[&[u8]], _: bool) {
        self.faults.push(format!("OSC {parameters:?}"));
    }
    fn hook(&mut self, _: &vte::Params, _: &[u8], _: bool, action: char) {
        self.faults.push(format!("DCS {action}"));
    }
}

/// The text on the terminal, lines joined; fails where anything but text and colours came.
fn harmless(octets: &[u8]) -> String {
    let screen = shown(octets);
    assert!(screen.coloured, "it is a terminal, so the narration is coloured:\n{}", screen.text);
    joined(&screen)
}

fn shown(octets: &[u8]) -> Screen {
    let mut screen = Screen::default();
    vte::Parser::new().advance(&mut screen, octets);
    assert!(screen.faults.is_empty(), "{:?} in:\n{}", screen.faults, octets.escape_ascii());
    screen
}

fn joined(screen: &Screen) -> String {
    let lines: Vec<&str> = screen.text.lines().map(str::trim).collect();
    lines.concat()
}

fn shows(text: &str, spelled: &[&str]) {
    for one in spelled {
        assert!(text.contains(one), "{one} is not to be seen in:\n{text}");
    }
}

/// Answers one request (or whatever comes first) with these octets.
fn answering(answer: Vec<u8>) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut first = [0; 4096];
            let _ = stream.read(&mut first);
            let _ = stream.write_all(&answer);
            let _ = stream.shutdown(std::net::Shutdown::Write);
            while stream.read(&mut first).is_ok_and(|len| len > 0) {}
        }
    });
    port
}

/// Everything that `get` puts on a terminal at such an answer.
fn got(answer: &str, arguments: &[&str]) -> String {
    let url = format!("http://127.0.0.1:{}/", answering(answer.as_bytes().to_vec()));
    let mut command = vec!["get", &url, "--timeout", "20"];
    command.extend_from_slice(arguments);
    let mut session = terminal(support::command(&command));
    harmless(session.expect(Eof).expect("the end").as_bytes())
}

/// The part of [`EVIL`] that RFC 9110 lets a field value have: octets past ASCII.
const TURN: &str = "\u{202e}\u{2066}";

#[test]
fn a_body_cannot_act() {
    let body = format!("before {EVIL} after\n");
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    for arguments in [&[][..], &["-v"], &["-i"], &["--view", "ladder"], &["--view", "hex"]] {
        let text = got(&answer, arguments);
        shows(&text, &["before \\x1b[2J\\x1b]0;title\\x07\\u{202e}\\u{2066} after"]);
    }
}

#[test]
fn a_field_and_a_reason_cannot_act() {
    let answer = format!("HTTP/1.1 200 O{TURN}K\r\nX-Odd: a{TURN}b\r\nContent-Length: 0\r\n\r\n");
    for arguments in [&[][..], &["-v"], &["-i"], &["--view", "ladder"], &["--view", "hex"]] {
        got(&answer, arguments);
    }
    shows(&got(&answer, &["-i"]), &["a\\u{202e}\\u{2066}b"]);
}

#[test]
fn a_broken_field_and_a_broken_reason_cannot_act_either() {
    for answer in [
        format!("HTTP/1.1 200 OK\r\nX-Odd: a{EVIL}b\r\nContent-Length: 0\r\n\r\n"),
        format!("HTTP/1.1 200 O{EVIL}K\r\nContent-Length: 0\r\n\r\n"),
        format!("HTTP/1.1 200 OK\r\nX{EVIL}: b\r\nContent-Length: 0\r\n\r\n"),
        format!("HTTP/1.1 301 Moved\r\nLocation: /{EVIL}\r\nContent-Length: 0\r\n\r\n"),
        format!("{EVIL}\r\n"),
        format!("SSH-2.0-{EVIL}\r\n"),
    ] {
        for arguments in [&[][..], &["-v"], &["-L"], &["--view", "ladder"], &["--view", "hex"]] {
            let text = got(&answer, arguments);
            // A ladder has no room for what was found wrong.
            if !arguments.contains(&"ladder") {
                shows(&text.to_lowercase(), &["1b"]);
            }
        }
    }
}

#[test]
fn a_peer_of_connect_cannot_act() {
    let port = answering(format!("before {EVIL} after\n").into_bytes()).to_string();
    let mut session = terminal(support::command(&["connect", "127.0.0.1", &port, "--send", "go\\n"]));
    let text = harmless(session.expect(Eof).expect("the end").as_bytes());
    shows(&text, &["before \\x1b[2J\\x1b]0;title\\x07\\u{202e}\\u{2066} after"]);
}

#[test]
fn a_client_of_serve_cannot_act() {
    for arguments in [&[][..], &["-v"]] {
        let mut session = terminal(support::command(&[&["serve", "http", "0"], arguments].concat()));
        let listening = session.expect(expectrl::Regex(r"http://localhost:(\d+)/")).expect("a port");
        let port = std::str::from_utf8(listening.get(1).unwrap()).unwrap().parse::<u16>().unwrap();
        let mut all = [listening.before(), listening.get(0).unwrap()].concat();
        for request in [
            format!("GET /{EVIL} HTTP/1.1\r\nHost: a\r\n\r\n"),
            format!("GET / HTTP/1.1\r\nHost: a\r\nX-Odd: a{EVIL}b\r\n\r\n"),
            format!("GET /{TURN} HTTP/1.1\r\nHost: a\r\nX-Odd: a{TURN}b\r\nConnection: close\r\n\r\n"),
            format!("G{EVIL}T / HTTP/1.1\r\nHost: a\r\n\r\n"),
        ] {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
        }
        // Ctrl-C lets a terminal throw away what was written to it and not read yet (termios, ISIG without NOFLSH).
        let told = session.expect("client 4").expect("the last client, told");
        all.extend_from_slice(&[told.before(), told.get(0).unwrap()].concat());
        session.send([3]).expect("Ctrl-C");
        all.extend_from_slice(session.expect(Eof).expect("the end").as_bytes());
        let text = harmless(&all);
        shows(&text, &["\\x1b[2J", "4 requests, 4 connections"]);
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_command_line_among_the_ports_cannot_act() {
    use std::os::unix::process::CommandExt as _;
    let mut command = support::command(&["serve", "http", "0", "--json"]);
    command.arg0(format!("evil {EVIL} name"));
    let mut owner = support::Started::new(command);
    let port = owner.wait_for("listening")["local_port"].to_string();
    for arguments in [&["ports"][..], &["ports", &port]] {
        let mut session = terminal(support::command(arguments));
        let text = harmless(session.expect(Eof).expect("the end").as_bytes());
        shows(&text, &[&port, "evil \\x1b[2J"]);
    }
    owner.terminate();
    assert_eq!(owner.finish().code, 0);
}

/// A stranger's lesson, whose every text is bad, and a stranger's answers to it.
#[test]
fn a_lesson_and_its_answers_cannot_act() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: String| std::fs::write(folder.path().join(name), text).unwrap();
    write(
        "lesson.toml",
        "format_version = 1\nid = \"evil\"\nminutes = 5\n\
         [[step]]\nid = \"welcome\"\nkind = \"say\"\n\
         [[step]]\nid = \"guess\"\nkind = \"predict\"\nchoices = [\"a\", \"b\"]\nanswer = \"a\"\n\
         [[step]]\nid = \"try\"\nkind = \"do\"\n\
         expect = [{ event = \"checked\" }]\nsolution = [\"doctor\"]\n\
         [[step]]\nid = \"because\"\nkind = \"explain\"\nof = [\"guess\"]\n"
            .to_owned(),
    );
    let words = |evil: &str| {
        format!(
            "# Title {evil}\n\nIntro {evil}.\n\n## welcome\nHello {evil}.\n## guess\nWhich {evil}?\n### choice a\none {evil}\n> Yes {evil}.\n\
             ### choice b\ntwo {evil}\n> No {evil}.\n## try\nDo {evil}.\n### hint 1\nh {evil}\n### hint 2\nh {evil}\n### hint 3\nh {evil}\n\
             ### why\nBecause {evil}.\n## because\nSo {evil}.\n## summary\nDone {evil}.\n### question\nWhat {evil}?\n"
        )
    };
    write("en.md", words(TURN));
    let evil = "\\u001b[2J\\u001b]0;title\\u0007\\u202e\\u2066";
    write(
        "answers.toml",
        format!(
            "[guess]\nanswer = \"b\"\n[try]\ninput = [\"connect '{evil}'\", \"!printf '\\\\033[2J\\\\033]0;t\\\\007x\\\\n'\", \"h\", \"doctor\"]\n"
        ),
    );
    let place = folder.path().display().to_string();
    let answers = format!("{place}/answers.toml");
    let progress = format!("{place}/progress.json");
    let arguments = ["lesson", &place, "--answers", &answers, "--progress", &progress];
    let mut session = terminal(support::command(&arguments));
    let text = harmless(session.expect(Eof).expect("the end").as_bytes());
    shows(&text, &["one \\u{202e}\\u{2066}", "connect '\\x1b[2J", "Because"]);
    // One with control characters is refused, and the refusal does not act either.
    write("en.md", words(EVIL));
    let mut session = terminal(support::command(&arguments));
    let text = joined(&shown(session.expect(Eof).expect("the end").as_bytes()));
    shows(&text, &["en.md:1: a control character"]);
}
