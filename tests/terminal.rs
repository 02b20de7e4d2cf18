//! On a real terminal: the tour's pages, `ports --watch`, `replay --step`, colour and its absence.
#![cfg(unix)]

mod support;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect as _, Session};

/// A terminal of 80 columns and 24 rows with the program in it.
fn terminal(mut command: Command) -> OsSession {
    command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
    let mut session = Session::spawn(command).expect("a terminal");
    session.get_process_mut().set_window_size(80, 24).expect("a size");
    session.set_expect_timeout(Some(Duration::from_secs(20)));
    session
}

/// What stands on the screen: escape sequences taken out, lines split as a terminal of 80 columns shows them.
fn screen(bytes: &[u8]) -> Vec<String> {
    #[derive(Default)]
    struct Screen(String);
    impl vte::Perform for Screen {
        fn print(&mut self, c: char) {
            self.0.push(c);
        }
        fn execute(&mut self, byte: u8) {
            if byte == b'\n' {
                self.0.push('\n');
            }
        }
    }
    let mut screen = Screen::default();
    vte::Parser::new().advance(&mut screen, bytes);
    screen.0.lines().map(str::to_owned).collect()
}

fn ended(session: &mut OsSession) -> WaitStatus {
    session.get_process_mut().wait().expect("the program ends")
}

fn exited(status: WaitStatus, code: i32) {
    assert!(matches!(status, WaitStatus::Exited(_, found) if found == code), "{status:?}");
}

#[test]
fn the_tour_has_five_pages_that_fit_and_ends_well() {
    let whole = pages_of_the_tour(&["tour"], 5);
    for told in ["A server waits", "200 OK", "Two clients", "taken", "refused", "LISTEN"] {
        assert!(whole.contains(told), "{told}:\n{whole}");
    }
}

#[test]
fn the_whole_tour_has_two_pages_more_that_fit() {
    let whole = pages_of_the_tour(&["tour", "--all"], 7);
    assert!(whole.contains("TLS 1.3") && whole.matches("HTTP/1.1 200 OK").count() == 2, "{whole}");
}

/// Turns the pages, each of which must fit, and gives their text.
fn pages_of_the_tour(arguments: &[&str], count: usize) -> String {
    let mut session = terminal(support::command(arguments));
    let mut pages = Vec::new();
    for _ in 1..count {
        let page = session.expect("q: leave  ").expect("a prompt at the end of the page");
        pages.push(screen(page.before()));
        session.send_line("").expect("Enter");
    }
    let rest = session.expect(Eof).expect("the end");
    pages.push(screen(rest.as_bytes()));
    exited(ended(&mut session), 0);
    for (number, page) in pages.iter().enumerate() {
        // The line that Enter ended belongs to the page before.
        let lines: Vec<&String> = page.iter().skip_while(|line| line.trim().is_empty()).collect();
        let text = page.join("\n");
        assert!(lines.len() <= 18, "page {} has {} lines:\n{text}", number + 1, lines.len());
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "page {}:\n{text}", number + 1);
    }
    pages.concat().join("\n")
}

#[test]
fn the_tour_says_what_to_do_next() {
    let run = support::netlearn(&["tour"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = run.text();
    let last = text.lines().last().unwrap_or_default();
    assert!(last.contains("netlearn lesson 1"), "{text}");
    let quiet = support::netlearn(&["tour", "-q"]);
    assert_eq!((quiet.code, quiet.text().as_str(), quiet.stderr.as_str()), (0, "", ""));
}

#[test]
fn the_common_get_fits_the_screen_with_its_body() {
    let serving = support::Serving::start(&["--port", "0"]);
    let port = serving.port;
    let url = format!("http://localhost:{port}/");
    let mut session = terminal(support::command(&["get", &url]));
    let text = session.expect(Eof).expect("the end");
    let lines = screen(text.as_bytes());
    exited(ended(&mut session), 0);
    let whole = lines.join("\n");
    // The command line above and the next prompt below take a row each.
    assert!(lines.len() <= 22, "{} lines:\n{whole}", lines.len());
    assert!(lines.iter().all(|line| line.chars().count() <= 80), "{whole}");
    assert_eq!(lines.last().map(String::as_str), Some("Hello, World!"), "{whole}");
    assert!(whole.contains("We hang up."), "{whole}");
    serving.stop();
}

#[test]
fn a_conversation_at_the_keyboard_is_told_once_and_ctrl_c_leaves_a_line() {
    let serving = support::Serving::start(&["tcp", "--port", "0"]);
    let port = serving.port;
    let mut session = terminal(support::command(&["connect", &format!(":{port}")]));
    session.expect("open, from our port").expect("connected");
    session.send_line("hello").expect("typed");
    session.expect(expectrl::Regex("receive[^\n]*6 bytes[^\n]*hello")).expect("the echo");
    session.send([3]).expect("Ctrl-C");
    let rest = session.expect(Eof).expect("the end");
    let lines = screen(rest.as_bytes());
    exited(ended(&mut session), 130);
    assert!(!lines.iter().any(|line| line == "hello"), "told twice: {lines:?}");
    assert!(
        lines.iter().any(|line| line.contains("end       we hung up") && !line.contains("^C")),
        "{lines:?}"
    );
    serving.stop();
}

#[test]
fn without_a_narration_what_comes_back_is_shown_at_once() {
    let serving = support::Serving::start(&["tcp", "--port", "0", "--reply", "from afar\\n"]);
    let port = serving.port;
    let mut session = terminal(support::command(&["connect", "-q", &format!(":{port}")]));
    session.send_line("hello").expect("typed");
    session.expect("from afar").expect("the reply, while the connection is open");
    session.send([3]).expect("Ctrl-C");
    session.expect(Eof).expect("the end");
    exited(ended(&mut session), 130);
    serving.stop();
}

#[test]
fn a_reader_may_leave_the_tour() {
    let mut session = terminal(support::command(&["tour"]));
    session.expect("q: leave  ").expect("a prompt");
    session.send_line("q").expect("typed");
    session.expect(Eof).expect("the end");
    exited(ended(&mut session), 0);
}

#[test]
fn ctrl_c_at_the_tours_prompt_ends_it() {
    let mut session = terminal(support::command(&["tour"]));
    session.expect("q: leave  ").expect("a prompt");
    session.send([3]).expect("Ctrl-C");
    session.expect(Eof).expect("the end");
    exited(ended(&mut session), 130);
}

#[test]
fn elsewhere_the_tour_goes_straight_through() {
    let run = support::netlearn(&["tour", "--all"]);
    assert_eq!(run.code, 0, "{}\n{}", run.text(), run.stderr);
    let text = run.text();
    assert!(text.contains("TLS 1.3"), "{text}");
    assert!(!text.contains("Enter:") && !text.contains('\u{1b}'), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
}

#[test]
fn watching_the_ports_shows_what_appears_and_vanishes() {
    let mut session = terminal(support::command(&["ports", "--watch", "--interval", "50ms"]));
    session.expect("REACH").expect("the table");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let appeared = session.expect(expectrl::Regex(format!("appeared[^\n]*{port}"))).expect("it appears");
    drop(appeared);
    drop(listener);
    session.expect(expectrl::Regex(format!("vanished[^\n]*{port}"))).expect("it vanishes");
    session.send([3]).expect("Ctrl-C");
    session.expect(Eof).expect("the end");
    exited(ended(&mut session), 130);
}

#[test]
fn a_recording_is_shown_one_event_per_enter() {
    let recording = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/get.jsonl");
    let mut session = terminal(support::command(&["replay", recording, "--step"]));
    let first = session.expect("q: leave  ").expect("a prompt");
    let shown = screen(first.before()).join("\n");
    assert!(shown.contains("localhost is") && !shown.contains("200 OK"), "{shown}");
    for _ in 0..3 {
        session.send_line("").expect("Enter");
        session.expect("q: leave  ").expect("a prompt");
    }
    session.send_line("q").expect("typed");
    session.expect(Eof).expect("the end");
    exited(ended(&mut session), 0);
}

#[test]
fn stepping_needs_a_terminal() {
    let recording = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/get.jsonl");
    let run = support::netlearn(&["replay", recording, "--step"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("--step") && run.stderr.contains("terminal"), "{}", run.stderr);
}

#[test]
fn colour_is_for_terminals_and_can_be_switched_off() {
    let coloured = |name: &str, value: &str| {
        let mut command = support::command(&["ports"]);
        let mut session = {
            command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env_remove("NO_COLOR");
            command.env(name, value);
            Session::spawn(command).expect("a terminal")
        };
        session.set_expect_timeout(Some(Duration::from_secs(20)));
        let text = session.expect(Eof).expect("the end");
        let found = text.as_bytes().contains(&0x1b);
        exited(ended(&mut session), 0);
        found
    };
    assert!(coloured("NETLEARN_TEST", "1"));
    assert!(!coloured("NO_COLOR", "1"));
    assert!(!coloured("TERM", "dumb"));
}

#[test]
fn a_body_waits_for_the_narration_up_to_four_kilobytes() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/", listener.local_addr().expect("an address"));
    for held in [true, false] {
        let mut session = terminal(support::command(&["get", &url]));
        let (mut stream, _) = listener.accept().expect("a client");
        stream.set_read_timeout(Some(support::GUARD)).expect("a timeout");
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut octet = [0];
            stream.read_exact(&mut octet).expect("a request");
            head.push(octet[0]);
        }
        // With its last octet it is as long as may be held back, or it is too long already without.
        let first = if held { 4095 } else { 4097 };
        write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", first + 1).expect("it reads");
        stream.write_all(&vec![b'~'; first]).expect("it reads");
        let mut shown = Vec::new();
        if !held {
            // It is shown though nothing is over yet.
            shown.extend(session.expect("~~~~~~~~~~~~~~~~").expect("a part of the body").as_bytes());
        }
        stream.write_all(b"~").expect("it reads");
        shown.extend(session.expect(Eof).expect("the end").as_bytes());
        let text = String::from_utf8_lossy(&shown).into_owned();
        exited(ended(&mut session), 0);
        let told = text.find("We hang up.").expect("the narration");
        // What was not held back may have words in the middle, where they belong.
        assert_eq!(text.matches('~').count(), first + 1, "the body is whole: {text}");
        // Of what was held back nothing stands before the narration's end.
        assert_eq!(text.find('~').is_some_and(|at| at > told), held, "{text}");
    }
}

#[test]
fn a_mistake_and_a_complaint_break_at_spaces_where_a_terminal_shows_them() {
    for (arguments, words, code) in [
        (&["serve", "unix", "3000"][..], "which `serve tcp` takes; a file of that name is ./3000", 2),
        (
            &["lesson", "print", "nosuch"],
            "they are one-server, ports, http, localhost, names, udp-and-paths",
            2,
        ),
    ] {
        let program = support::command(arguments);
        let mut shell = Command::new("sh");
        // The terminal has its size before the program looks at it.
        shell.args(["-c", "read _; exec \"$@\"", "sh"]).arg(program.get_program()).args(arguments);
        let mut session = terminal(shell);
        session.send("\r").expect("begun");
        let shown = session.expect(Eof).expect("the end").as_bytes().to_vec();
        exited(session.get_process_mut().wait().expect("the program ends"), code);
        let text = String::from_utf8(shown).expect("text");
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 80), "{text}");
        let whole = lines.join(" ").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(whole.contains(words), "{text}");
    }
}
