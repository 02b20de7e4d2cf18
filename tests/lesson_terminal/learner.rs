//! A learner at a terminal: what is typed is typed when its prompt is there, and the lesson's own events say how far it has come.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect as _, Needle, Regex, Session};
use netlearn::lesson::{Answer, Kind, Lesson, Question, Step, Task};
use serde_json::Value;

use crate::bind::Network;
use crate::support;

/// Past this nothing is waited for.
const GUARD: Duration = Duration::from_secs(30);

/// The terminal and how it is told to be used.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Look {
    pub columns: usize,
    pub env: &'static [(&'static str, &'static str)],
    pub flags: &'static [&'static str],
}

/// The usual one.
pub(crate) const USUAL: Look = Look { columns: 80, env: &[], flags: &[] };

/// A port from which a lesson may begin to look, of its own for each that runs beside others. Below the ports that systems lend.
pub(crate) fn port() -> String {
    static BLOCK: AtomicU16 = AtomicU16::new(0);
    let block = u32::from(BLOCK.fetch_add(1, Ordering::Relaxed));
    // Past 10080, which browsers refuse (Fetch Standard, bad port).
    (10_100 + (std::process::id() * 97 + block) % 1_000 * 20).to_string()
}

/// A lesson at a terminal.
pub(crate) struct Learner {
    pub session: OsSession,
    pub look: Look,
    events: Receiver<Value>,
    /// All that the terminal was sent.
    pub raw: Vec<u8>,
    plain: bool,
    /// What the lesson's prose may name.
    pub values: BTreeMap<String, String>,
}

impl Learner {
    /// `netlearn lesson ARGUMENTS` with its own folder for data.
    pub(crate) fn begin(home: &Path, look: Look, arguments: &[&str]) -> Learner {
        Learner::within(home, look, arguments, "exec \"$@\"")
    }

    /// The same with what a shell does around it.
    pub(crate) fn within(home: &Path, look: Look, arguments: &[&str], script: &str) -> Learner {
        let port = port();
        let arguments = [&["--port", &port], arguments].concat();
        Learner::start(home, look, &arguments, script)
    }

    /// The same in a network of the test's own, where a lesson looks for its ports as it does for everybody: from 3000.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "the tests that use it are of Linux"))]
    pub(crate) fn in_network(home: &Path, network: &Network, arguments: &[&str]) -> Learner {
        let script = format!("exec nsenter -t {} -n -- \"$@\"", network.id());
        Learner::start(home, USUAL, arguments, &script)
    }

    fn start(home: &Path, look: Look, arguments: &[&str], script: &str) -> Learner {
        let channel_of_events = home.join(format!("events-{}", port()));
        let made = Command::new("mkfifo").arg(&channel_of_events).status().expect("mkfifo runs");
        assert!(made.success());
        let (tell, events) = channel();
        std::thread::spawn({
            let path = channel_of_events.clone();
            move || {
                let lines = BufReader::new(File::open(path).expect("a FIFO")).lines();
                for line in lines.map_while(Result::ok) {
                    let event = serde_json::from_str(&line).expect("an event");
                    if tell.send(event).is_err() {
                        return;
                    }
                }
            }
        });
        let netlearn = support::command(&[]);
        let mut command = Command::new("sh");
        // The terminal has its size and its echo before the program looks at it.
        let script = format!("echo ready; read _; {script}");
        command.args(["-c", &script, "sh"]).arg(netlearn.get_program());
        command.args(["lesson", "--record"]).arg(&channel_of_events);
        command.args(look.flags).args(arguments);
        command.env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8").env("XDG_DATA_HOME", home);
        for name in
            ["NO_COLOR", "http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"]
        {
            command.env_remove(name);
        }
        command.envs(look.env.iter().copied());
        let plain = look.flags.contains(&"--plain") || look.env.contains(&("TERM", "dumb"));
        let mut session = support::alone(|| Session::spawn(command)).expect("a terminal");
        session.set_expect_timeout(Some(GUARD));
        session.expect("ready\r\n").expect("a shell");
        let columns = u16::try_from(look.columns).unwrap();
        session.get_process_mut().set_window_size(columns, 24).expect("a size");
        session.get_process_mut().set_echo(true, None).expect("an echo");
        session.send("\r").expect("begun");
        session.expect("\r\n").expect("its echo");
        Learner { session, look, events, raw: Vec::new(), plain, values: BTreeMap::new() }
    }

    /// Waits for something on the terminal and gives it.
    pub(crate) fn expect(&mut self, what: impl Needle) -> String {
        match self.session.expect(what) {
            Ok(found) => {
                let text = found.get(0).map(|text| String::from_utf8_lossy(text).into_owned());
                let bytes = found.as_bytes().to_vec();
                drop(found);
                self.raw.extend(bytes);
                text.unwrap_or_default()
            }
            Err(error) => panic!("{error}\n{}", self.everything()),
        }
    }

    /// All that was shown up to what was waited for last: what comes after that is there to be waited for still.
    pub(crate) fn shown(&self) -> String {
        super::screen::rows(&self.raw).join("\n")
    }

    /// The same and whatever else has come, for the words of a failure: nothing can be waited for any more.
    pub(crate) fn everything(&mut self) -> String {
        let mut more = [0; 65536];
        if let Ok(count) = self.session.try_read(&mut more) {
            self.raw.extend(&more[..count]);
        }
        self.shown()
    }

    /// The next event of that kind.
    pub(crate) fn event(&mut self, kind: &str) -> Value {
        loop {
            match self.events.recv_timeout(GUARD) {
                Ok(event) if event["event"] == kind => return event,
                Ok(_) => {}
                Err(error) => panic!("no {kind}: {error}\n{}", self.everything()),
            }
        }
    }

    /// All events that are left, after the end.
    pub(crate) fn rest(&self) -> Vec<Value> {
        self.events.iter().collect()
    }

    /// The next step; its values are kept.
    pub(crate) fn step(&mut self) -> Value {
        let started = self.event("step_started");
        let values = started["values"].as_object().cloned().unwrap_or_default();
        self.values =
            values.into_iter().map(|(name, value)| (name, value.as_str().unwrap().to_owned())).collect();
        started
    }

    /// Waits for a prompt and gives it. Each is waited for once.
    pub(crate) fn prompt(&mut self) -> String {
        if self.plain {
            let asked = r"(?m)^(netlearn|client [A-Z])> |^> |^Enter goes on\. |^[A-Z][^\n.]*q leaves[.:] ";
            return self.expect(Regex(asked));
        }
        // Switched on once for each line, then drawn.
        let drawn = self.expect(Regex(r"\x1b\[\?2004h(?:\x1b\[\?2026h)?\r\x1b\[K[^\n\r]*\r\x1b\[[0-9]+C"));
        super::screen::rows(drawn.as_bytes()).concat()
    }

    /// The terminal becomes so wide while the program runs.
    pub(crate) fn resize(&mut self, columns: u16) {
        self.session.get_process_mut().set_window_size(columns, 24).expect("a size");
    }

    /// As a terminal hands over what is pasted: its own lines do not end the line that is typed.
    pub(crate) fn paste(&mut self, text: &str) {
        self.session.send(format!("\x1b[200~{text}\x1b[201~\r")).expect("pasted");
    }

    pub(crate) fn type_line(&mut self, text: &str) {
        self.session.send(format!("{text}\r")).expect("typed");
    }

    /// One key: 3 is Ctrl-C, 4 is Ctrl-D.
    pub(crate) fn press(&mut self, key: u8) {
        self.session.send([key]).expect("pressed");
    }

    /// Types at the next prompt.
    pub(crate) fn say(&mut self, text: &str) {
        self.prompt();
        self.type_line(text);
    }

    /// A line of a lesson's files, at the next prompt.
    pub(crate) fn write(&mut self, line: &str) {
        let line = self.filled(line);
        self.prompt();
        if line == ":eof" {
            self.session.send([4]).expect("Ctrl-D");
        } else {
            self.type_line(&line);
        }
    }

    /// The line with its values.
    pub(crate) fn filled(&self, line: &str) -> String {
        let text =
            |line: String, (name, value): (&String, &String)| line.replace(&format!("{{{name}}}"), value);
        self.values.iter().fold(line.to_owned(), text)
    }

    /// Until the program has ended, with that code.
    pub(crate) fn ends(&mut self, code: i32) {
        self.expect(Eof);
        let status = self.session.get_process_mut().wait().expect("the program ends");
        let ended = matches!(status, WaitStatus::Exited(_, found) if found == code);
        assert!(ended, "{status:?}\n{}", self.everything());
    }

    /// A whole lesson by the shortest right way; each prediction is its wrong choice of that number, where it has so many, and an
    /// observation tries every wrong one first.
    pub(crate) fn walk(&mut self, lesson: &Lesson, wrong: usize) {
        for step in walked(lesson) {
            let started = self.step();
            assert_eq!(started["step"], step.id.as_str(), "{}", self.everything());
            let told = step.needs.iter().all(|fact| super::has(*fact, &self.values));
            match &step.kind {
                Kind::Say | Kind::Explain { .. } => self.say(""),
                // There is something to read in the question's place.
                Kind::Predict(_) | Kind::Observe(_) if !told => self.say(""),
                Kind::Predict(question) => {
                    let choice = wrong_choices(question).nth(wrong).unwrap_or(right_choice(question));
                    self.say(&(choice + 1).to_string());
                    self.expect("Locked in.");
                }
                Kind::Observe(question) => {
                    for choice in wrong_choices(question) {
                        self.say(&(choice + 1).to_string());
                        self.expect("Look again");
                    }
                    self.say(&(right_choice(question) + 1).to_string());
                    self.expect("Yes.");
                }
                Kind::Do(task) => self.solve(step, task),
                Kind::Recall(_) => {}
            }
        }
    }

    fn solve(&mut self, step: &Step, whole: &Task) {
        let task = if step.needs.iter().all(|fact| super::has(*fact, &self.values)) {
            Some(whole)
        } else {
            whole.without.as_deref()
        };
        let Some(task) = task else { return self.say("") };
        for line in &task.solution {
            self.write(line);
        }
        let judged = self.event("judged");
        assert_eq!(judged["verdict"], "pass", "{judged}\n{}", self.everything());
        self.expect("Why it worked:");
        let next = self.expect(Regex("may go on trying|Step [0-9]+ of|DONE"));
        if next.starts_with("may") {
            self.type_line("");
        }
    }

    /// Every row fits the terminal, and nothing that prose may name was left open. A line that is typed may go on in the next row.
    pub(crate) fn fits(&self) {
        let names = regex::Regex::new(r"\{[a-z]+(\.[a-z0-9]+)?\}").unwrap();
        let typed = regex::Regex::new(r"^(netlearn|client [A-Z])> ").unwrap();
        let shown = self.shown();
        // What a server sent as its page is shown as it is.
        for row in shown.lines().filter(|row| !typed.is_match(row) && !row.starts_with('<')) {
            let width = unicode_width::UnicodeWidthStr::width(row);
            assert!(width <= self.look.columns, "{width} columns: {row}");
            assert!(!names.is_match(row), "{row}");
        }
    }

    /// The feedback of these wrong choices, with values.
    pub(crate) fn refuted(&self, lesson: &Lesson, wrong: usize) {
        let names = regex::Regex::new(r"\\\{[a-z0-9_.\\-]+\\\}").unwrap();
        let shown = super::screen::words(&self.shown());
        for step in walked(lesson) {
            let (question, chosen): (_, Vec<usize>) = match &step.kind {
                Kind::Predict(question) => (question, wrong_choices(question).skip(wrong).take(1).collect()),
                Kind::Observe(question) => (question, wrong_choices(question).collect()),
                _ => continue,
            };
            if !step.needs.iter().all(|fact| super::has(*fact, &self.values)) {
                continue;
            }
            for choice in chosen.into_iter().map(|index| &question.choices[index]) {
                let feedback = choice.feedback.as_deref().expect("a wrong choice is answered");
                let pattern = regex::escape(&super::screen::words(feedback));
                let pattern = names.replace_all(&pattern, r"(\S.{0,60}?)").into_owned();
                let found = regex::Regex::new(&pattern).unwrap().captures(&shown);
                let found = found.unwrap_or_else(|| panic!("{}: {}: {pattern}\n{shown}", step.id, choice.id));
                let blank = found.iter().skip(1).flatten().any(|value| value.as_str().contains("..."));
                assert!(!blank, "{}: {}: {}", step.id, choice.id, &found[0]);
            }
        }
    }
}

/// The steps of a lesson's own run.
pub(crate) fn walked(lesson: &Lesson) -> impl Iterator<Item = &Step> {
    lesson.steps.iter().filter(|step| !matches!(step.kind, Kind::Recall(_)))
}

fn right(question: &Question) -> &str {
    match &question.answer {
        Answer::Fixed(id) => id,
        Answer::When(_) => panic!("no lesson of netlearn's own lets the run decide"),
    }
}

/// The index of the right choice.
pub(crate) fn right_choice(question: &Question) -> usize {
    question.choices.iter().position(|choice| choice.id == right(question)).expect("the right choice")
}

/// The indices of the others.
pub(crate) fn wrong_choices(question: &Question) -> impl Iterator<Item = usize> {
    let right = right_choice(question);
    (0..question.choices.len()).filter(move |index| *index != right)
}
