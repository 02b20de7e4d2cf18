//! A bare `netlearn` on a real terminal: the menu, what it runs, and how it is left. Elsewhere it prints help.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]

mod support;

use std::process::Command;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect as _, Regex, Session};

const LAST_LINE: &str = "q: leave";

/// A terminal of so many columns and rows with the program in it.
fn terminal(mut command: Command, size: (u16, u16)) -> OsSession {
    command.env("LC_ALL", "C.UTF-8");
    if command.get_envs().all(|(name, _)| name != "TERM") {
        command.env("TERM", "xterm-256color");
    }
    let mut session = Session::spawn(command).expect("a terminal");
    session.get_process_mut().set_window_size(size.0, size.1).expect("a size");
    session.set_expect_timeout(Some(Duration::from_secs(20)));
    session
}

fn menu() -> OsSession {
    let mut session = terminal(support::command(&[]), (80, 24));
    session.expect(LAST_LINE).expect("the menu");
    session
}

fn exited(mut session: OsSession, code: i32) {
    let status = session.get_process_mut().wait().expect("the program ends");
    assert!(matches!(status, WaitStatus::Exited(_, found) if found == code), "{status:?}");
}

/// The program ends with `code`; nothing of it hides the cursor for good.
fn left(mut session: OsSession, code: i32) {
    let rest = session.expect(Eof).expect("the end");
    let text = String::from_utf8_lossy(rest.as_bytes()).into_owned();
    assert!(text.rfind("\u{1b}[?25l") <= text.rfind("\u{1b}[?25h"), "the cursor is hidden: {text:?}");
    exited(session, code);
}

#[test]
fn esc_q_and_ctrl_d_leave_with_0_and_ctrl_c_with_130() {
    for (keys, code) in [("\u{1b}", 0), ("q", 0), ("\u{4}", 0), ("\u{3}", 130)] {
        let mut session = menu();
        session.send(keys).expect("typed");
        left(session, code);
    }
}

/// Asserts that a key pressed now reaches the program as it is, whether or not it reads yet.
fn each_key_counts(session: &OsSession) {
    let handle = session.get_process().get_raw_handle().expect("the terminal");
    let modes = rustix::termios::tcgetattr(handle).expect("its settings").local_modes;
    assert!(!modes.contains(rustix::termios::LocalModes::ICANON), "{modes:?}");
}

#[test]
fn a_key_pressed_as_soon_as_a_prompt_is_seen_is_not_lost() {
    let mut session = menu();
    each_key_counts(&session);
    // Also between two keys, where a program that reads one at a time would give the terminal its own mode back.
    for _ in 0..40 {
        session.send("j").expect("down");
        session.expect(LAST_LINE).expect("drawn again");
        each_key_counts(&session);
    }
    // 40 below the first of eleven is the eighth; the ninth is `explain`.
    session.send("j\r").expect("down, Enter");
    session.expect("Word [port]: ").expect("a question");
    each_key_counts(&session);
    session.send("\r").expect("the usual");
    session.expect("Enter: menu").expect("a pause");
    each_key_counts(&session);
    session.send("\u{4}").expect("Ctrl-D");
    left(session, 0);
}

#[test]
fn a_command_is_shown_as_typed_asked_for_what_it_needs_run_and_left_for_the_menu() {
    let mut session = menu();
    // The entry before the first one is the last: the help; two above it `explain`.
    session.send("kkk").expect("up");
    session.expect(Regex("> netlearn explain WORD")).expect("chosen");
    session.send("\r").expect("Enter");
    session.expect("Word [port]: ").expect("a question");
    session.send("RXT\u{7f}\u{7f}ST\r").expect("an answer with a mistake");
    session.expect("$ netlearn explain RST").expect("the line");
    session.expect("RST is the flag").expect("what it does");
    session.expect("Enter: menu").expect("a pause");
    session.send("\r").expect("Enter");
    session.expect(Regex("> netlearn explain WORD[^$]*q: leave")).expect("the menu again");
    session.send("\r").expect("Enter");
    session.expect("Word [port]: ").expect("a question");
    session.send("\r").expect("the usual");
    session.expect("$ netlearn explain port").expect("the line");
    session.expect("Enter: menu").expect("a pause");
    session.send("q").expect("typed");
    left(session, 0);
}

#[test]
fn an_answer_may_be_withheld() {
    let mut session = menu();
    session.send("jj\r").expect("down, Enter");
    session.expect("Port [3000]: ").expect("a question");
    session.send("\u{1b}").expect("Esc");
    session.expect(Regex("> netlearn serve[^$]*q: leave")).expect("the menu again");
    session.send("q").expect("typed");
    left(session, 0);
}

#[test]
fn ctrl_c_stops_the_server_that_it_started_and_not_the_menu() {
    let mut session = menu();
    session.send("jj\r").expect("down, Enter");
    session.expect("Port [3000]: ").expect("a question");
    session.send("0\r").expect("any port");
    session.expect("$ netlearn serve --port 0").expect("the line");
    session.expect("Ctrl-C here stops").expect("it listens");
    session.send("\u{3}").expect("Ctrl-C");
    session.expect("is free").expect("it ended");
    session.expect("Enter: menu").expect("a pause");
    session.send("\r").expect("Enter");
    session.expect(LAST_LINE).expect("the menu again");
    session.send("\u{3}").expect("Ctrl-C");
    left(session, 130);
}

#[test]
fn a_wrong_answer_is_told_by_the_command() {
    let mut session = menu();
    session.send("jj\r").expect("down, Enter");
    session.expect("Port [3000]: ").expect("a question");
    session.send("many\r").expect("no port");
    // In lines of the terminal's width.
    session.expect(Regex("a\\s+port\\s+is\\s+a\\s+number\\s+from\\s+0\\s+to\\s+65535")).expect("the mistake");
    session.expect("Enter: menu").expect("a pause");
    session.send("\u{4}").expect("Ctrl-D");
    left(session, 0);
}

#[test]
fn sigterm_ends_it_with_the_terminal_as_it_was() {
    let mut session = menu();
    let id = session.get_process_mut().pid().as_raw();
    let pid = rustix::process::Pid::from_raw(id).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    left(session, 143);
}

#[test]
fn sigterm_among_keys_leaves_the_terminal_its_own_mode() {
    for _ in 0..20 {
        let mut session = menu();
        let terminal = session.get_process().get_raw_handle().expect("the terminal");
        let pid = rustix::process::Pid::from_raw(session.get_process_mut().pid().as_raw()).unwrap();
        session.send("j".repeat(30)).expect("typed");
        rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
        left(session, 143);
        let modes = rustix::termios::tcgetattr(terminal).expect("its settings").local_modes;
        assert!(modes.contains(rustix::termios::LocalModes::ICANON), "{modes:?}");
    }
}

#[test]
fn small_terminals_show_what_is_chosen_in_whole_lines() {
    for (columns, rows) in [(80u16, 24u16), (60, 24), (40, 10), (24, 6)] {
        let mut session = terminal(support::command(&[]), (columns, rows));
        // A size that was set after the start is used from the next key on.
        session.expect(Regex("> netl")).expect("the menu");
        session.send("jj").expect("down");
        let drawn = session.expect(Regex("> netlearn serve[^\n]*\n")).expect("the next one");
        let line = String::from_utf8_lossy(drawn.get(0).unwrap()).into_owned();
        assert!(line.trim_end().chars().count() < usize::from(columns.max(80)), "{line}");
        session.send("q").expect("typed");
        left(session, 0);
    }
}

#[test]
fn no_color_has_no_colour_and_flags_are_kept() {
    let mut command = support::command(&["-q", "--ascii"]);
    command.env("NO_COLOR", "1");
    let mut session = terminal(command, (80, 24));
    let drawn = session.expect(LAST_LINE).expect("the menu");
    let text = String::from_utf8_lossy(drawn.before()).into_owned();
    assert!(!text.contains('\u{1b}') && text.is_ascii(), "{text:?}");
    session.send("j\r").expect("the tour");
    session.expect("$ netlearn tour").expect("the line");
    let quiet = session.expect("Enter: next page").expect("the tour's own prompt");
    // -q leaves the tour nothing to say.
    assert!(!String::from_utf8_lossy(quiet.before()).contains("server"), "{quiet:?}");
    session.send_line("q").expect("leaves the tour");
    session.expect("Enter: menu").expect("a pause");
    session.send("q").expect("typed");
    left(session, 0);
}

#[test]
fn without_a_terminal_that_can_move_its_cursor_it_prints_help() {
    let run = support::netlearn(&[]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("Usage:") && run.stderr.contains("netlearn tour"), "{}", run.stderr);
    let mut command = support::command(&[]);
    command.env("TERM", "dumb");
    let mut session = terminal(command, (80, 24));
    let text = session.expect(Eof).expect("the end");
    let text = String::from_utf8_lossy(text.as_bytes()).into_owned();
    assert!(text.contains("Usage:") && !text.contains("q: leave"), "{text}");
    exited(session, 2);
}
