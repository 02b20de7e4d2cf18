//! Something to do: commands are run, and the events decide.

use std::time::Duration;

use super::desk::Heard;
use super::guide::{Guide, Turn};
use super::jobs::Program;
use super::line::{self, Key, Manners, Spoken, Typed};
use super::session::{Happening, Member};
use super::setup::{self, Hindered};
use super::table;
use crate::event::EventKind;
use crate::event::lesson as told;
use crate::event::tcp::Direction;
use crate::lesson::expect::{Missing, Verdict, judge, measure};
use crate::lesson::log::{Mark, Seen};
use crate::lesson::progress::{Change, Judged};
use crate::lesson::text::Values;
use crate::lesson::{Kind, Lesson, Step, Task};
use crate::net::kernel::Counter;
use crate::render::lesson::{caret, verdict};
use crate::render::style::Role;

/// How long a line that was sent may take to show before the next prompt: the answer then stands above it, and a pass is told at
/// once. No check depends on it.
const SETTLING: Duration = Duration::from_millis(250);

/// A pass is told this long after the event that decided it: the words of the same moment come through another pipe.
const WORDS: Duration = Duration::from_millis(60);

/// An attempt that can no longer pass ends with the next thing that is typed, or after this while: others act too.
const SPOILED: Duration = Duration::from_secs(1);

/// What a program did may be told by another after its end, and that comes through another pipe: so long later it is said what is
/// still missing.
const LAST_WORDS: Duration = Duration::from_millis(125);

/// How long the lesson waits for a command of another program before that moves to the background.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often tables are read while a check over them is open: no event tells that they changed.
const LOOK: Duration = Duration::from_millis(250);

/// One run of a task.
pub(super) struct Attempt<'a> {
    lesson: &'a Lesson,
    step: &'a Step,
    task: &'a Task,
    body: &'a str,
    /// Where this attempt began.
    began: Mark,
    counters: Vec<Counter>,
    /// Everything that is asked for has happened; it is told then.
    passes: Option<Duration>,
    passed: bool,
    /// It passed while a line was being typed: the learner may go on trying, and Enter alone goes on.
    lingers: bool,
    /// A program has run to its end, or a client: what the step still waits for is said then.
    looks: Option<Duration>,
    /// Lines of the shortest way that were not typed yet: on that way nothing is said before its end.
    todo: Vec<String>,
    /// All of them.
    task_lines: Vec<String>,
    not_yet: u32,
    /// It can no longer pass; the next attempt begins then at the latest.
    spoiled: Option<Duration>,
    /// The client that lines are typed to.
    client: Option<char>,
    /// No prompt before this moment, while a verdict may come.
    settles: Option<Duration>,
    /// A foreground program that is not netlearn moves to the background then.
    parts: Option<Duration>,
    /// It was said that the lesson waits for quiet.
    quiet_told: bool,
    /// Without a person: no verdict is waited for beyond this moment.
    last: Option<Duration>,
}

impl Guide {
    /// A task, from its setup to its pass.
    pub(super) async fn act(&mut self, lesson: &Lesson, step: &Step, task: &Task, body: &str) -> Turn {
        self.task_began = self.session.log.mark();
        self.judged = None;
        let ready = setup::prepare(&mut self.session, &task.setup, self.parser, self.usual).await;
        self.tell_step(lesson, step);
        match ready {
            Ok(()) => {}
            Err(Hindered::Told) => return Turn::Leave,
            Err(Hindered::By(text)) if self.session.desk.scripted() => {
                self.stuck = Some(format!("{}: step {}: {text}", lesson.place, step.id));
                return Turn::Leave;
            }
            Err(Hindered::By(text)) => {
                self.session.say(&text);
                self.session.say("The step cannot begin without it. s skips the step, b goes back.");
                return self.on().await;
            }
        }
        let program = if let Kind::Do(whole) = &step.kind { whole.program.as_deref() } else { None };
        self.session.beside(lesson, program);
        self.prose(lesson, body);
        self.type_script(step);
        let mut attempt = Attempt {
            lesson,
            step,
            task,
            body,
            began: self.session.log.mark(),
            counters: table::counters(),
            passes: None,
            passed: false,
            lingers: false,
            looks: None,
            todo: self.solution(task),
            task_lines: self.solution(task),
            not_yet: 0,
            spoiled: None,
            client: None,
            settles: None,
            parts: None,
            quiet_told: false,
            last: None,
        };
        self.list_running();
        let turn = self.attempt(&mut attempt).await;
        self.session.desk.forget();
        self.session.beside(lesson, None);
        turn
    }

    async fn attempt(&mut self, attempt: &mut Attempt<'_>) -> Turn {
        loop {
            let wait = self.judge(attempt).await;
            let free = !self.session.desk.asking() && self.session.front().is_none();
            if attempt.passed && !attempt.lingers && free {
                return Turn::Next;
            }
            self.look(attempt, wait.is_some()).await;
            if let Some(turn) = self.unpersoned(attempt).await {
                return turn;
            }
            let now = self.session.now();
            let settled = attempt.settles.is_none_or(|until| now >= until) || self.arrived(attempt);
            let idle = !self.session.desk.asking() && self.session.front().is_none();
            let held = wait.is_some() && idle && !attempt.passed;
            if held && settled && !std::mem::replace(&mut attempt.quiet_told, true) {
                let left = wait.unwrap_or_default().saturating_sub(now);
                let seconds = left.as_secs() + u64::from(left.subsec_millis() > 500);
                self.session.say(&format!("Waiting {seconds} s for anything more ..."));
            }
            if settled && !held && !attempt.undecided() && self.session.front().is_none() {
                let prompt = prompt(attempt);
                self.session.desk.ask(&prompt, true);
            }
            let look = (!attempt.task.check.table.is_empty() && !attempt.passed).then_some(now + LOOK);
            let settles = attempt.settles.filter(|until| *until > now);
            // A moment that is past is waited for no more: what comes next is an event.
            let passes = attempt.passes.filter(|_| self.session.front().is_none());
            let last = attempt.last.filter(|until| *until > now);
            let due = [wait, settles, attempt.parts, last, passes, attempt.spoiled, attempt.looks, look];
            let due = due.into_iter().flatten().min();
            if let Some(turn) = self.happen(attempt, due).await {
                return turn;
            }
        }
    }

    /// Without a person: what was typed last has gone out, which is all that the next line has to wait for.
    fn arrived(&self, attempt: &Attempt<'_>) -> bool {
        if !self.session.desk.scripted() {
            return false;
        }
        let Some(member) = attempt.client.and_then(|letter| self.session.client(letter)) else { return true };
        let sent: u64 = self
            .session
            .events(member)
            .filter_map(|seen| match seen.event.as_ref().map(|event| &event.kind) {
                Some(EventKind::Bytes(facts)) if facts.direction == Direction::Sent => Some(facts.len),
                Some(_) | None => None,
            })
            .sum();
        sent >= member.typed
    }

    /// Waits for the next thing and does what it asks for.
    async fn happen(&mut self, attempt: &mut Attempt<'_>, due: Option<Duration>) -> Option<Turn> {
        match self.session.next(due).await {
            Happening::Told => return Some(Turn::Leave),
            Happening::Heard(heard) => return self.hear(attempt, heard).await,
            Happening::Interrupted => self.interrupt(attempt),
            Happening::Changed => {}
            Happening::Due => {}
        }
        self.front(attempt).await;
        self.client_left(attempt);
        if self.session.client_left() && !attempt.passed && !attempt.under_way() {
            attempt.looks = Some(self.session.now() + LAST_WORDS);
        }
        None
    }

    /// Ctrl-C while there was no prompt: the program that the lesson waits for, or the waiting itself.
    fn interrupt(&mut self, attempt: &mut Attempt<'_>) {
        self.session.desk.end_line();
        match self.session.front().map(|member| member.number) {
            Some(number) => self.session.interrupt(number),
            None => {
                attempt.settles = None;
                let prompt = prompt(attempt);
                self.session.desk.ask(&prompt, true);
            }
        }
    }

    /// Looks after the program that the lesson waits for: it is ready, has ended, or takes long.
    async fn front(&mut self, attempt: &mut Attempt<'_>) {
        let now = self.session.now();
        let Some(member) = self.session.front().cloned() else { return };
        let long = attempt.parts.is_some_and(|until| now >= until);
        if member.ended {
            attempt.parts = None;
            attempt.settles = Some(now + SETTLING / 5);
            self.let_run(member.number);
            self.ended(attempt, &member);
        } else if setup::ready(&self.session, &member) {
            self.let_run(member.number);
            if member.manners == Manners::Client {
                self.opened(attempt, member.number);
            }
            attempt.settles = Some(now + SETTLING);
        } else if long {
            attempt.parts = None;
            self.let_run(member.number);
            let (number, line) = (member.number, &member.line);
            self.session
                .say(&format!("!{number} goes on in the background: {line} (stop !{number} ends it)"));
        }
    }

    fn let_run(&mut self, number: u32) {
        if let Some(member) = self.session.member_mut(number) {
            member.front = false;
        }
    }

    /// A client is connected: its prompt comes.
    fn opened(&mut self, attempt: &mut Attempt<'_>, number: u32) {
        let letter = self.session.next_letter();
        if let Some(member) = self.session.member_mut(number) {
            member.letter = Some(letter);
        }
        attempt.client = Some(letter);
        self.session.say(&format!(
            "Client {letter} is connected: each line you type is sent. :lesson goes back, :close ends it."
        ));
    }

    /// Its prompt is gone with the client: what is typed from here on is the lesson's.
    fn client_left(&mut self, attempt: &mut Attempt<'_>) {
        if let Some(letter) = attempt.client
            && self.session.client(letter).is_none()
        {
            self.away(attempt);
            if self.session.desk.asking() {
                self.session.say(&format!("Client {letter} has ended."));
            }
        }
    }

    /// From the client's prompt to the lesson's.
    fn away(&mut self, attempt: &mut Attempt<'_>) {
        attempt.client = None;
        if self.session.desk.asking() {
            self.session.desk.reprompt(&prompt(attempt));
        }
    }

    /// A command has run to its end without the step being passed by it.
    fn ended(&mut self, attempt: &mut Attempt<'_>, member: &Member) {
        if attempt.passed || self.moved(attempt, member) {
            return;
        }
        attempt.quiet_told = false;
        let failed = member.status.filter(|status| member.shell && !status.success());
        if let Some(status) = failed {
            self.session.say(&format!("!{} ended with {status}.", member.line));
        }
        // What no socket of netlearn's saw, as `!pwd`, was no attempt.
        let failed = failed.is_some_and(|status| status.code().is_some());
        if attempt.on_the_way(member) {
            return;
        }
        if failed || self.session.log.mark() != member.began {
            attempt.looks = Some(self.session.now() + LAST_WORDS);
        }
    }

    /// Says what the step still waits for, once what has ended had time to be told by all sides. `waits`: only time is missing.
    async fn look(&mut self, attempt: &mut Attempt<'_>, waits: bool) {
        let now = self.session.now();
        if attempt.looks.is_none_or(|due| now < due) {
            return;
        }
        // What was typed since may decide it.
        attempt.looks = attempt.settles.filter(|until| *until > now);
        if attempt.looks.is_some() || self.session.desk.scripted() {
            return;
        }
        if !waits && !attempt.passed && self.session.front().is_none() && !self.session.desk.has_lines() {
            self.open_verdict(attempt).await;
        }
    }

    /// Says what the step still waits for.
    async fn open_verdict(&mut self, attempt: &mut Attempt<'_>) {
        if !attempt.passed
            && attempt.passes.is_none()
            && attempt.spoiled.is_none()
            && let Verdict::Open(missing) = self.verdict(attempt).await
        {
            self.not_yet(attempt, &missing);
        }
    }

    /// A port that another program has: not the learner's fault, and the lesson goes on with another.
    fn moved(&mut self, attempt: &mut Attempt<'_>, member: &Member) -> bool {
        let taken =
            self.session.events(member).find_map(|seen| match seen.event.as_ref().map(|event| &event.kind) {
                Some(EventKind::ListenFailed(facts))
                    if facts.reason == crate::event::tcp::ListenFailure::AddressInUse =>
                {
                    facts.ends.local.as_ref().and_then(|address| address.port())
                }
                Some(_) | None => None,
            });
        let Some(port) = taken.filter(|port| !setup::ours(&self.session, *port)) else { return false };
        let names = &attempt.task.setup.free_ports;
        let Some(name) = names.iter().find(|name| setup::port_of(&self.session, name) == Some(port)) else {
            return false;
        };
        let before = setup::held_by(port);
        let instead = setup::another(&self.session, port);
        let name = name.clone();
        self.session.values.set(&name, crate::lesson::text::Value::Number(i64::from(instead)));
        setup::not_yours(&mut self.session, port, instead, &before);
        self.save(
            attempt.lesson,
            Change::Judged { step: attempt.step.id.clone(), verdict: Judged::Environment },
        );
        self.tell_verdict(attempt, told::Verdict::Environment, None);
        self.again(attempt);
        attempt.task_lines = self.solution(attempt.task);
        attempt.todo = attempt.task_lines.clone();
        self.tell_step(attempt.lesson, attempt.step);
        self.prose(attempt.lesson, attempt.body);
        true
    }

    /// What the learner typed.
    async fn hear(&mut self, attempt: &mut Attempt<'_>, heard: Heard) -> Option<Turn> {
        self.client_left(attempt);
        if attempt.spoiled.is_some() {
            self.again(attempt);
        }
        match (heard, attempt.client) {
            (Heard::Line(text), Some(letter)) => self.speak(attempt, letter, &text).await,
            (Heard::Line(text), None) => self.command(attempt, &text).await,
            (Heard::Interrupted, Some(letter)) => {
                let number = self.session.client(letter).map(|member| member.number);
                if let Some(number) = number {
                    self.session.interrupt(number);
                }
                attempt.settles = Some(self.session.now() + SETTLING);
                self.away(attempt);
                None
            }
            (Heard::End, Some(letter)) => {
                attempt.did(":eof");
                let number = self.session.client(letter).map(|member| member.number);
                if let Some(number) = number {
                    self.session.end_input(number);
                    self.session
                        .say(&format!("Client {letter} sends no more: its input has ended. It still reads."));
                }
                attempt.client = None;
                attempt.settles = Some(self.session.now() + SETTLING);
                None
            }
            (Heard::Interrupted | Heard::End, None) => Some(Turn::Leave),
        }
    }

    /// A line at a client's prompt.
    async fn speak(&mut self, attempt: &mut Attempt<'_>, letter: char, text: &str) -> Option<Turn> {
        if attempt.passed && text.trim().is_empty() {
            return Some(Turn::Next);
        }
        match line::spoken(text) {
            Spoken::Key(Key::Lesson) => {
                attempt.did(":lesson");
                attempt.client = None;
                self.session.say(&format!("Client {letter} stays open. Type {letter} to go back to it."));
            }
            Spoken::Key(Key::Close) => {
                let number = self.session.client(letter).map(|member| member.number);
                if let Some(number) = number {
                    self.session.end(number).await;
                }
                attempt.client = None;
            }
            Spoken::Key(key) => return self.key(attempt, key),
            Spoken::Unclear(text) => self.session.say(&text),
            Spoken::Text(text) => {
                attempt.did(&text);
                let number = self.session.client(letter).map(|member| member.number);
                let sent = number.map(|number| self.session.type_in(number, format!("{text}\n").as_bytes()));
                if let Some(Err(error)) = sent {
                    self.session.say(&format!("Client {letter} took nothing: {error}"));
                }
                attempt.settles = Some(self.session.now() + SETTLING);
                attempt.quiet_told = false;
            }
        }
        None
    }

    /// A line at the lesson's prompt.
    async fn command(&mut self, attempt: &mut Attempt<'_>, text: &str) -> Option<Turn> {
        match line::command(text) {
            Typed::Nothing if attempt.passed => return Some(Turn::Next),
            Typed::Nothing => self.open_verdict(attempt).await,
            Typed::Key(key) => return self.key(attempt, key),
            Typed::Unclear(text) => self.session.say(&text),
            Typed::Client(letter) => match self.session.client(letter) {
                Some(_) => attempt.client = Some(letter),
                None => self.session.say(&format!("No client {letter} is open.")),
            },
            Typed::Stop(name) => self.stop(name.as_deref()).await,
            Typed::Shell(line) => {
                attempt.did(&typed(true, &line));
                let started = self.session.start(Program::Shell(&line), &line, Manners::Foreground);
                match started {
                    Ok(_) => attempt.parts = Some(self.session.now() + PATIENCE),
                    Err(error) => self.session.say(&format!("The shell could not be started: {error}")),
                }
            }
            Typed::Netlearn(words) => self.netlearn(attempt, &words),
        }
        None
    }

    /// Lines of the shortest way through a task.
    fn solution(&self, task: &Task) -> Vec<String> {
        let filled = |line: &String| self.session.values.command(line).unwrap_or_else(|_| line.clone());
        // Words as they are compared with what is typed: without quotes.
        let words = |line: String| shlex::split(&line).map_or(line, |words| words.join(" "));
        task.solution.iter().map(filled).map(words).collect()
    }

    fn netlearn(&mut self, attempt: &mut Attempt<'_>, words: &[String]) {
        let command = match (self.parser.0)(words) {
            Ok(command) => command,
            Err(text) => return self.unread(&text),
        };
        let manners = line::manners(&command);
        if manners == Manners::Elsewhere {
            self.session.say("That command wants the terminal for itself: q saves and leaves the lesson, then it can have it.");
            return;
        }
        let text = words.join(" ");
        attempt.did(&text);
        if let Err(error) = self.session.start(Program::Netlearn(words), &text, manners) {
            self.session.say(&format!("netlearn {text} could not be started: {error}"));
        }
    }

    /// The words of the command line itself, with their own line ends. What it would try next is not what the step needs.
    fn unread(&mut self, text: &str) {
        let words = text.lines().take_while(|line| !line.starts_with("   try "));
        let words: Vec<&str> = words.collect();
        self.session.desk.lines(words.join("\n").trim_end().lines());
        if !text.starts_with("error") {
            return;
        }
        self.session.desk.line("");
        if text.contains("unrecognized subcommand") {
            let open = self.session.running().find_map(|member| member.letter);
            let client = match open {
                Some(letter) => format!("To send it, go back to your client first: type {letter}."),
                None => "Text to be sent is typed at a client's prompt: connect first.".to_owned(),
            };
            self.session.say(&format!("{client} Programs that are not netlearn begin with !, as !curl."));
        }
        self.session.say("h shows a hint, ? lists what can be typed here.");
    }

    /// Ends a program in the background: the one that is named, or the only one.
    async fn stop(&mut self, name: Option<&str>) {
        let running: Vec<(u32, String)> =
            self.session.running().map(|member| (member.number, self.session.name(member))).collect();
        let named =
            running.iter().find(|(_, known)| name.is_some_and(|name| known.eq_ignore_ascii_case(name)));
        let found = match (name, running.as_slice()) {
            (None, [only]) => Some(only),
            (None, _) => None,
            (Some(_), _) => named,
        };
        match found {
            Some((number, name)) => {
                self.session.end(*number).await;
                self.session.say(&format!("{name} is stopped."));
            }
            None if running.is_empty() => self.session.say("Nothing runs in the background."),
            None => {
                let names: Vec<&str> = running.iter().map(|(_, name)| name.as_str()).collect();
                self.session.say(&format!(
                    "Stop which? These run: {}. As: stop {}",
                    names.join(", "),
                    names[0]
                ));
            }
        }
    }

    fn key(&mut self, attempt: &mut Attempt<'_>, key: Key) -> Option<Turn> {
        match key {
            Key::Hint => {
                self.hint(attempt);
                None
            }
            Key::Keys => {
                self.keys();
                self.list_running();
                None
            }
            Key::Back => Some(Turn::Back),
            Key::Skip if attempt.passed => Some(Turn::Next),
            Key::Skip => Some(Turn::Skip),
            Key::Menu => Some(Turn::Menu),
            Key::Quit => Some(Turn::Leave),
            Key::Lesson | Key::Close => {
                self.session.say("You are at the lesson's prompt already.");
                None
            }
        }
    }

    fn hint(&mut self, attempt: &Attempt<'_>) {
        let hints = &attempt.task.hints;
        let at = (self.hints as usize).min(hints.len().saturating_sub(1));
        let Some(text) = hints.get(at).cloned() else {
            self.session.say("This step has no hints.");
            return;
        };
        self.hints = self.hints.max(at as u32 + 1);
        let change = Change::Hinted { step: attempt.step.id.clone(), n: at as u32 + 1 };
        self.save(attempt.lesson, change);
        let style = *self.session.desk.style();
        self.session.desk.lines(verdict(
            "HINT",
            "",
            &format!("{} of {}", at + 1, hints.len()),
            Role::What,
            &style,
        ));
        self.prose(attempt.lesson, &text);
    }

    /// What runs in the background, where anything does.
    fn list_running(&mut self) {
        let running: Vec<String> = self
            .session
            .running()
            .map(|member| {
                let program = if member.shell { "" } else { "netlearn " };
                format!("{}: {program}{}", self.session.name(member), member.line)
            })
            .collect();
        if !running.is_empty() {
            self.session.say(&format!("Running: {}", running.join("; ")));
        }
    }

    /// Judges the attempt as it is now; gives the moment to judge again where only time is missing.
    async fn judge(&mut self, attempt: &mut Attempt<'_>) -> Option<Duration> {
        let now = self.session.now();
        if attempt.passed {
            return None;
        }
        if let Some(due) = attempt.passes {
            if now >= due && self.session.front().is_none() {
                self.pass(attempt);
            }
            return None;
        }
        if attempt.spoiled.is_some_and(|until| now >= until) {
            self.again(attempt);
        }
        if attempt.spoiled.is_some() {
            return None;
        }
        match self.verdict(attempt).await {
            Verdict::Pass { captured } => {
                for (name, value) in captured {
                    self.session.values.set(&name, value);
                }
                attempt.passes = Some(now + WORDS);
                None
            }
            Verdict::Wait { until } => Some(until),
            Verdict::Open(_) => None,
            Verdict::Broken(missing) => {
                self.not_yet(attempt, &missing);
                attempt.spoiled = Some(now + SPOILED);
                None
            }
        }
    }

    async fn verdict(&self, attempt: &Attempt<'_>) -> Verdict {
        let check = &attempt.task.check;
        let tables: Vec<Seen> = if check.table.is_empty() {
            Vec::new()
        } else {
            table::rows(check, &attempt.counters, &self.session).await
        };
        let window = self.session.log.since(attempt.began);
        judge(check, window, &tables, &self.session.values, self.session.now())
    }

    /// Another attempt begins.
    fn again(&mut self, attempt: &mut Attempt<'_>) {
        attempt.began = self.session.log.mark();
        attempt.counters = table::counters();
        attempt.quiet_told = false;
        attempt.spoiled = None;
        attempt.todo = attempt.task_lines.clone();
    }

    fn pass(&mut self, attempt: &mut Attempt<'_>) {
        attempt.passed = true;
        attempt.passes = None;
        attempt.looks = None;
        let id = &attempt.step.id;
        let window = self.session.log.since(self.task_began);
        let mut kept = Values::default();
        for (name, value) in measure(&attempt.task.measure, window, &self.session.values) {
            kept.set(&format!("{id}.{name}"), value.clone());
            self.session.values.set(&format!("{id}.{name}"), value);
        }
        self.save(attempt.lesson, Change::Judged { step: id.clone(), verdict: Judged::Pass });
        self.save(attempt.lesson, Change::Passed { step: id.clone(), values: kept });
        self.tell_verdict(attempt, told::Verdict::Pass, None);
        let style = *self.session.desk.style();
        self.session.desk.line("");
        self.session.desk.lines(verdict(
            "PASS",
            "",
            "The events show it. Why it worked:",
            Role::What,
            &style,
        ));
        self.prose(attempt.lesson, &attempt.task.why);
        if self.session.desk.asking() && !self.session.desk.scripted() {
            attempt.lingers = true;
            self.session.say("Enter goes on; you may go on trying first.");
        }
    }

    fn not_yet(&mut self, attempt: &mut Attempt<'_>, missing: &Missing) {
        attempt.not_yet += 1;
        let id = attempt.step.id.clone();
        self.save(attempt.lesson, Change::Judged { step: id, verdict: Judged::NotYet });
        self.tell_verdict(attempt, told::Verdict::NotYet, Some(missing));
        let style = *self.session.desk.style();
        self.session.desk.lines(verdict("NOT YET", "expected", &missing.expected.text, Role::Bad, &style));
        if let Some(saw) = &missing.saw {
            self.session.desk.lines(verdict("", "saw", &saw.text, Role::Plain, &style));
            if let Some(line) = missing.part.and_then(|part| caret(part, &saw.text, &style)) {
                self.session.desk.line(&line);
            }
        }
        let hint =
            if attempt.not_yet >= 2 && self.hints == 0 { "h shows a hint" } else { "again, or h for a hint" };
        self.session.desk.lines(verdict("", "try", hint, Role::Plain, &style));
    }

    fn tell_verdict(&mut self, attempt: &Attempt<'_>, verdict: told::Verdict, missing: Option<&Missing>) {
        self.judged = Some(verdict);
        self.session.tell(told::Judged {
            lesson: attempt.lesson.id.clone(),
            step: attempt.step.id.clone(),
            verdict,
            expected: missing.map(|missing| missing.expected.text.clone()),
            saw: missing.and_then(|missing| missing.saw.as_ref()).map(|saw| saw.text.clone()),
        });
    }

    /// Lines of the answers file, to be typed at the prompts of this step.
    fn type_script(&mut self, step: &Step) {
        if !self.session.desk.scripted() {
            return;
        }
        let lines: Vec<String> = self.answers.input(&step.id).unwrap_or_default().to_vec();
        let heard = lines.into_iter().map(|line| match line.trim() {
            ":eof" => Heard::End,
            _ => Heard::Line(self.session.values.command(&line).unwrap_or(line)),
        });
        let heard: Vec<Heard> = heard.collect();
        self.session.desk.types(heard);
    }

    /// Without a person at the keyboard nothing more comes once the last line was typed: then there is an end.
    async fn unpersoned(&mut self, attempt: &mut Attempt<'_>) -> Option<Turn> {
        if !self.session.desk.scripted() || self.session.front().is_some() {
            return None;
        }
        if attempt.passed {
            return Some(Turn::Next);
        }
        if self.session.desk.has_lines() {
            return None;
        }
        if self.answers.input(&attempt.step.id).is_none() {
            if attempt.task.challenge {
                return Some(Turn::Skip);
            }
            self.unanswered(attempt.lesson, attempt.step, "input = [\"...\"]");
            return Some(Turn::Leave);
        }
        let now = self.session.now();
        let last = *attempt.last.get_or_insert(now + self.patience);
        let waits = attempt.spoiled.is_none() && matches!(self.verdict(attempt).await, Verdict::Wait { .. });
        if now < last || waits || attempt.passes.is_some() {
            return None;
        }
        if self.judged.is_none() {
            self.open_verdict(attempt).await;
        }
        let verdict = self.judged.map_or("not decided", words);
        self.stuck = Some(format!("{}: step {}: {verdict}", attempt.lesson.place, attempt.step.id));
        Some(Turn::Leave)
    }
}

impl Attempt<'_> {
    /// A line was typed.
    fn did(&mut self, line: &str) {
        if let Some(at) = self.todo.iter().position(|todo| todo == line) {
            self.todo.remove(at);
        }
    }

    /// Whether the last line of the shortest way was not typed yet.
    fn open(&self) -> bool {
        !self.todo.is_empty() && self.todo.last() == self.task_lines.last()
    }

    /// Whether some of the shortest way was gone, and more of it is to come.
    fn under_way(&self) -> bool {
        self.open() && self.todo.len() < self.task_lines.len()
    }

    /// Whether that command belongs to the shortest way, and more of it is to come.
    fn on_the_way(&self, member: &Member) -> bool {
        self.open() && self.task_lines.contains(&typed(member.shell, &member.line))
    }

    /// A verdict is on its way: no prompt before it.
    fn undecided(&self) -> bool {
        self.passes.is_some() || self.looks.is_some()
    }
}

/// A command as lesson files write it.
fn typed(shell: bool, line: &str) -> String {
    if shell { format!("!{line}") } else { line.to_owned() }
}

/// A verdict as lesson files name it.
fn words(verdict: told::Verdict) -> &'static str {
    match verdict {
        told::Verdict::Pass => "pass",
        told::Verdict::NotYet => "not-yet",
        told::Verdict::Environment => "environment",
    }
}

fn prompt(attempt: &Attempt<'_>) -> String {
    match attempt.client {
        Some(letter) => format!("client {letter}> "),
        None => "netlearn> ".to_owned(),
    }
}
