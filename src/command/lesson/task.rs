//! Something to do: commands are run, and the events decide.

mod typed;
mod verdict;

use std::time::Duration;

use super::guide::{Guide, Turn};
use super::line::Manners;
use super::session::{Happening, Member};
use super::setup::{self, Hindered};
use super::table;
use crate::event::tcp::Direction;
use crate::event::{EventKind, Side};
use crate::lesson::log::Mark;
use crate::lesson::{Kind, Lesson, Step, Task};
use crate::net::kernel::Counter;

/// How long a line that was sent may take to show before the next prompt: the answer then stands above it, and a pass is told at
/// once. No check depends on it.
const SETTLING: Duration = Duration::from_millis(250);

/// How much longer the next prompt waits for a line that its client has not sent: the machine is slow, or the peer takes nothing.
const UNSENT: Duration = Duration::from_secs(1);

/// A pass is told this long after the event that decided it. The words of that event are there before it; those of the other end
/// come from another process, and are read before the reasons where they can be.
const WORDS: Duration = Duration::from_millis(20);

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
    /// Lines were sent, and what comes back to them was not looked at yet: what had come back before.
    asked: Option<usize>,
    /// It was said that the lesson waits for quiet.
    quiet_told: bool,
    /// Without a person: no verdict is waited for beyond this moment.
    last: Option<Duration>,
}

/// When it is looked again whether what was typed last has had its time.
fn settles_at(attempt: &Attempt<'_>, now: Duration) -> Option<Duration> {
    attempt.settles.map(|until| if until > now { until } else { until + UNSENT })
}

impl Guide {
    /// A task, from its setup to its pass.
    pub(super) async fn act(&mut self, lesson: &Lesson, step: &Step, task: &Task, body: &str) -> Turn {
        self.task_began = self.session.log.mark();
        self.own_after = self.session.latest();
        self.judged = None;
        let ready = setup::prepare(&mut self.session, &task.setup, self.parser, self.usual).await;
        self.tell_step(lesson, step);
        match ready {
            Ok(()) => {}
            Err(Hindered::Told) => return Turn::Leave,
            Err(Hindered::By(text)) if self.session.desk.scripted() => {
                self.failed.get_or_insert(text.clone());
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
        self.task_prose(lesson, body, task);
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
            asked: None,
            quiet_told: false,
            last: None,
        };
        self.list_running();
        let turn = self.attempt(&mut attempt).await;
        self.session.desk.forget();
        self.session.beside(lesson, None);
        turn
    }

    /// What is to be done here, and what another terminal or a browser would do instead. Of a challenge that comes after the pass:
    /// it would be half the answer.
    pub(super) fn task_prose(&mut self, lesson: &Lesson, body: &str, task: &Task) {
        self.prose(lesson, body);
        if !task.challenge {
            self.elsewhere(lesson, task);
        }
    }

    pub(super) fn elsewhere(&mut self, lesson: &Lesson, task: &Task) {
        if let Some(elsewhere) = &task.elsewhere {
            self.session.desk.line("");
            self.prose(lesson, elsewhere);
        }
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
            let settled = self.settled(attempt, now);
            let idle = !self.session.desk.asking() && self.session.front().is_none();
            // A script types on: what it breaks by that has to be seen.
            let types_on = self.session.desk.scripted() && self.session.desk.has_lines();
            let held = wait.is_some() && idle && !attempt.passed && !types_on;
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
            let settles = if settled { None } else { settles_at(attempt, now) };
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

    /// What was typed last had its time to show, or has gone out, which is all that a script's next line has to wait for.
    fn settled(&self, attempt: &Attempt<'_>, now: Duration) -> bool {
        let Some(until) = attempt.settles else { return true };
        let in_time = self.session.desk.scripted() || now >= until;
        now >= until + UNSENT || in_time && self.gone_out(attempt)
    }

    /// Whether all that was typed to the client went out of it.
    fn gone_out(&self, attempt: &Attempt<'_>) -> bool {
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
        let over = self.session.client_left() && !attempt.under_way();
        if (over || self.answered(attempt)) && !attempt.passed {
            attempt.looks = Some(self.session.now() + LAST_WORDS);
        }
        None
    }

    /// All that the shortest way says was said, and an answer has come: it is not the one that the step waits for.
    fn answered(&self, attempt: &mut Attempt<'_>) -> bool {
        let Some(before) = attempt.asked.filter(|_| !attempt.open()) else { return false };
        let answered = self.answers(attempt) > before;
        if answered {
            attempt.asked = None;
        }
        answered
    }

    /// How often something came back to clients since the attempt began.
    fn answers(&self, attempt: &Attempt<'_>) -> usize {
        let came = |kind: &EventKind| matches!(kind, EventKind::Bytes(facts) if facts.direction == Direction::Received);
        let window = self.session.log.since(attempt.began).iter();
        let clients =
            window.filter_map(|seen| seen.event.as_ref()).filter(|event| event.side == Side::Client);
        clients.filter(|event| came(&event.kind)).count()
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
            self.put_behind(member.number);
            self.ended(attempt, &member);
        } else if setup::ready(&self.session, &member) {
            self.put_behind(member.number);
            if member.manners == Manners::Client {
                self.opened(attempt, member.number);
            }
            attempt.settles = Some(now + SETTLING);
        } else if long {
            attempt.parts = None;
            self.put_behind(member.number);
            let (number, line) = (member.number, &member.line);
            self.session
                .say(&format!("!{number} goes on in the background: {line} (stop !{number} ends it)"));
        }
    }

    fn put_behind(&mut self, number: u32) {
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
        let failed = failed.is_some_and(|status| status.code().is_some()) || member.in_use;
        if attempt.on_the_way(member) {
            return;
        }
        if failed || self.session.log.mark() != member.began {
            attempt.looks = Some(self.session.now() + LAST_WORDS);
        }
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

fn prompt(attempt: &Attempt<'_>) -> String {
    match attempt.client {
        Some(letter) => format!("client {letter}> "),
        None => "netlearn> ".to_owned(),
    }
}
