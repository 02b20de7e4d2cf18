//! Where examples run: a network and a hosts file of their own, a folder, a terminal of 80 columns, and servers beside it.

use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect as _, Session};

use netlearn::explain::glossary::Entry;

use crate::document::{Block, Example, Marked, Part, Step};
use crate::servers;
use crate::support::Started;
use crate::terms::Evidence;

/// Set where the test runs in its own network.
const INSIDE: &str = "NETLEARN_EXAMPLES_INSIDE";

/// What a server says when it is ready: netlearn's own words, and those of [`NODE_LISTENS`].
const READY: [&str; 3] = ["Ctrl-C", "All of it is real", "node listens"];

/// A server of Node does not say that it listens, and dies of SIGTERM. This makes it speak, and end.
const NODE_LISTENS: &str = "const { Server } = require('net'); const listen = Server.prototype.listen; Server.prototype.listen = \
     function (...all) { this.once('listening', () => console.error('node listens')); process.on('SIGTERM', () => process.exit()); return listen.apply(this, all); };";

/// Ends without a privilege, whoever runs the tests.
const UNPRIVILEGED: &str = "exec setpriv --bounding-set -all --inh-caps -all";

/// Past this a text that is waited for is missing.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) fn inside() -> bool {
    std::env::var_os(INSIDE).is_some()
}

/// Runs the test of this name again, alone in a network where no port is taken, with a hosts file and a /tmp of its own.
pub(crate) fn in_a_network_of_its_own(test: &str) {
    // A build below /tmp would be hidden by another /tmp.
    let script = r#"
        set -e
        ip link set lo up
        # Each example begins as if alone: the one before leaves no closed connection in TIME_WAIT.
        echo 0 > /proc/sys/net/ipv4/tcp_max_tw_buckets
        echo "127.0.0.1 localhost" > "$1/hosts"
        mount --bind "$1/hosts" /etc/hosts
        case "$2" in /tmp/*) ;; *) mount -t tmpfs tmpfs /tmp ;; esac
        exec "$2" --exact "$3" --include-ignored --nocapture
    "#;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let output = Command::new("unshare")
        .args(["--map-root-user", "--net", "--mount", "sh", "-c", script, "sh"])
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .arg(test)
        .env(INSIDE, "1")
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("unshare runs");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("1 passed"), "it did not run:\n{said}");
}

/// A folder in which the examples of one document run, one after the other; and one for what each of them remembers.
pub(crate) struct Stage(tempfile::TempDir, tempfile::TempDir);

impl Stage {
    pub(crate) fn new() -> Stage {
        Stage(tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap())
    }

    fn folder(&self) -> &Path {
        self.0.path()
    }

    /// A line for the shell, as a person types it here.
    fn line(&self, line: &str) -> Command {
        // No line goes on with a lesson that another began.
        let data = tempfile::tempdir_in(&self.1).unwrap().keep();
        let binary = Path::new(env!("CARGO_BIN_EXE_netlearn")).parent().unwrap();
        let mut path = vec![PathBuf::from(binary)];
        path.extend(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default()));
        let mut command = Command::new("bash");
        command
            .args(["--norc", "-c", line])
            .current_dir(self.folder())
            .env("PATH", std::env::join_paths(path).unwrap())
            .env("HOME", self.folder())
            .env("XDG_DATA_HOME", data)
            .env("LC_ALL", "C.UTF-8")
            .env("TERM", "xterm")
            .env("NO_COLOR", "1");
        for name in
            ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "COLUMNS"]
        {
            command.env_remove(name);
        }
        command
    }

    /// What a block should show; `None` where it is not run.
    pub(crate) fn perform(&self, document: &str, block: &Block) -> Option<String> {
        let Some(Marked::Example(example)) = &block.marked else { return None };
        let place = format!("{document}:{}", block.line);
        let servers: Vec<_> = example.servers.iter().map(|server| servers::start(server)).collect();
        let with: Vec<Started> = example.with.iter().map(|line| self.serving(&place, line)).collect();
        let before: Vec<Started> = example.first_with.iter().map(|line| self.serving(&place, line)).collect();
        for line in &example.first {
            self.succeeds(&place, line);
        }
        for server in before {
            server.terminate();
            server.finish();
        }
        let mut shown = String::new();
        let last = block.commands.len() - 1;
        for (index, line) in block.commands.iter().enumerate() {
            let steps: &[Step] = if index == last { &example.steps } else { &[] };
            let (output, exit) = self.at_the_terminal(&place, line, steps);
            let expected = if index == last { example.exit } else { 0 };
            assert_eq!(
                exit, expected,
                "{place}: {line}: the exit code (`exit: {exit}` in the comment):\n{output}"
            );
            shown.push_str(&format!("$ {line}\n"));
            shown.push_str(&if index == last { parts(&place, &output, example) } else { output });
        }
        for server in with {
            server.terminate();
            server.finish();
        }
        for server in servers {
            server.join().unwrap_or_else(|_| panic!("{place}: its server failed"));
        }
        Some(shown)
    }

    /// A server of netlearn that has said that it is ready; its further words are read and dropped.
    fn serving(&self, place: &str, line: &str) -> Started {
        let mut started = Started::new(self.line(&format!("exec {line}")));
        let mut told = BufReader::new(started.take_stderr());
        let mut before = String::new();
        while !READY.iter().any(|said| before.contains(said)) {
            let read = told.read_line(&mut before).unwrap();
            assert!(read > 0, "{place}: `{line}` ended:\n{before}");
        }
        std::thread::spawn(move || std::io::copy(&mut told, &mut std::io::sink()));
        started
    }

    fn at_the_terminal(&self, place: &str, line: &str, steps: &[Step]) -> (String, i32) {
        // Once the session is there, nobody but this line sets the size.
        let line_of_its_size = format!("read _; stty cols 80 rows 50 echo; {line}");
        let mut session = Session::spawn(self.line(&line_of_its_size)).expect("a terminal");
        session.set_expect_timeout(Some(PATIENCE));
        session.send("\n").expect("begun");
        let mut screen = Screen::default();
        for step in steps {
            match step {
                Step::Await(text) => {
                    let found = session.expect(text.as_str());
                    let found = found.unwrap_or_else(|error| {
                        panic!("{place}: {line}: {text:?} does not appear: {error}; so far:\n{}", screen.text)
                    });
                    screen.read(found.as_bytes());
                }
                Step::Type(keys) => {
                    let keys = keys.replace("\\n", "\n").replace("^C", "\u{3}").replace("^D", "\u{4}");
                    session.send(keys).expect("typed");
                }
                Step::Run(other) => {
                    let output = self.line(other).stdin(Stdio::null()).output().unwrap();
                    let said = String::from_utf8_lossy(&output.stderr);
                    assert!(output.status.success(), "{place}: {other}: {said}");
                }
            }
        }
        let rest = session.expect(Eof).unwrap_or_else(|error| {
            panic!("{place}: {line}: it does not end: {error}; so far:\n{}", screen.text)
        });
        screen.read(rest.as_bytes());
        screen.finished(&mut session)
    }

    /// One example of a help text: a server that has to start and stop, or a command that has to succeed.
    pub(crate) fn works_as_typed(&self, command: &str, line: &str) {
        if matches!(command, "serve" | "lab") {
            let server = self.serving(command, line);
            server.terminate();
            let run = server.finish();
            assert_eq!(run.code, 0, "{line}: {}", run.stderr);
            return;
        }
        if line == "netlearn lesson" {
            let steps = [Step::Await("no idea yet".to_owned()), Step::Type("q\\n".to_owned())];
            let (text, code) = self.at_the_terminal(command, line, &steps);
            assert_eq!(code, 0, "{line}: {text}");
            return;
        }
        let with = match command {
            "connect" => Some("netlearn serve tcp 3000"),
            "get" | "ports" => Some("netlearn serve --port 3000"),
            _ => None,
        };
        let server = with.map(|line| self.serving(command, line));
        self.succeeds(command, line);
        if let Some(server) = server {
            server.terminate();
            server.finish();
        }
    }

    /// The command of a term, with the server that it wants. Its exit code, and what is missing of the evidence.
    pub(crate) fn shows(&self, entry: &Entry, (term, exit, texts): Evidence) -> Result<(), String> {
        let hook = self.folder().join("listens.js");
        std::fs::write(&hook, NODE_LISTENS).unwrap();
        let with_hook = |line: &str| {
            let mut command = self.line(line);
            command.env("NODE_OPTIONS", format!("--require={}", hook.display()));
            command
        };
        let server = entry.shown.server().map(|line| {
            let mut started = Started::new(with_hook(&format!("exec {line}")));
            let mut told = BufReader::new(started.take_stderr());
            let mut said = String::new();
            while !READY.iter().any(|ready| said.contains(ready)) {
                let read = told.read_line(&mut said).unwrap();
                assert!(read > 0, "{term}: `{line}` ended:\n{said}");
            }
            let rest = std::thread::spawn(move || {
                let mut octets = said.into_bytes();
                told.read_to_end(&mut octets).unwrap();
                String::from_utf8_lossy(&octets).into_owned()
            });
            (started, rest)
        });
        // The two that a test cannot leave as they are: somebody presses Ctrl-Z, and root has every port.
        if let (Some((server, _)), "stopped process") = (&server, term) {
            server.signal(rustix::process::Signal::STOP);
        }
        let line = entry.shown.command().unwrap();
        let line = if term == "EACCES" { format!("{UNPRIVILEGED} {line}") } else { line.to_owned() };
        let run = Started::new(with_hook(&line)).finish();
        let mut shown = format!("{}{}", run.text(), run.stderr);
        if let Some((server, rest)) = server {
            server.signal(rustix::process::Signal::CONT);
            server.terminate();
            server.finish();
            shown.push_str(&rest.join().unwrap());
        }
        let missing: Vec<&str> = texts.iter().filter(|text| !shown.contains(**text)).copied().collect();
        if run.code == exit && missing.is_empty() {
            return Ok(());
        }
        Err(format!(
            "{term}: `{line}` ended with {}, wanted {exit}; missing: {missing:?} in\n{shown}",
            run.code
        ))
    }

    fn succeeds(&self, place: &str, line: &str) {
        let run = Started::new(self.line(&format!("set -o pipefail; {line}"))).finish();
        assert_eq!(run.code, 0, "{place}: {line}: {}", run.stderr);
    }
}

/// What stands on the terminal, in lines: escape sequences are taken out.
#[derive(Default)]
struct Screen {
    text: String,
    parser: vte::Parser,
}

impl Screen {
    fn read(&mut self, bytes: &[u8]) {
        struct Text<'a>(&'a mut String);
        impl vte::Perform for Text<'_> {
            fn print(&mut self, c: char) {
                self.0.push(c);
            }
            fn execute(&mut self, byte: u8) {
                if byte == b'\n' || byte == b'\t' {
                    self.0.push(char::from(byte));
                }
            }
        }
        self.parser.advance(&mut Text(&mut self.text), bytes);
    }

    fn finished(self, session: &mut OsSession) -> (String, i32) {
        let status = session.get_process_mut().wait().expect("it ends");
        let WaitStatus::Exited(_, exit) = status else { panic!("{status:?}:\n{}", self.text) };
        let lines = self.text.lines().map(|line| line.trim_end().to_owned() + "\n");
        (lines.collect(), exit)
    }
}

/// The parts of an output that the example shows, with `...` where lines are left out.
fn parts(place: &str, output: &str, example: &Example) -> String {
    if example.parts.is_empty() {
        return output.to_owned();
    }
    let lines: Vec<&str> = output.lines().collect();
    let find = |text: &str, begin: usize| {
        let found = lines[begin..].iter().position(|line| line.contains(text));
        begin + found.unwrap_or_else(|| panic!("{place}: no line has {text:?} in:\n{output}"))
    };
    let mut shown = String::new();
    let mut next = 0;
    for Part { from, to } in &example.parts {
        let begin = from.as_deref().map_or(next, |text| find(text, next));
        let end = to.as_deref().map_or(lines.len(), |text| find(text, begin) + 1);
        if begin > next {
            shown.push_str("...\n");
        }
        lines[begin..end].iter().for_each(|line| shown.push_str(&format!("{line}\n")));
        next = end;
    }
    if next < lines.len() {
        shown.push_str("...\n");
    }
    shown
}
