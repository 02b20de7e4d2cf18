//! Lessons as data: what a lesson's files say, and the judging of what happened by it.
//!
//! ```text
//! lesson.toml + en.md + programs/ --load--> Lesson        steps, checks, prose
//! lines of JSON events            --Log---> Verdict       pass, not yet (expected, saw), environment
//! ```
//!
//! Pure but for reading lesson and progress files: nothing here runs a command, opens a socket, or writes to a terminal; the
//! guided run in `command` does. The names of events and fields are those of the recordings.

pub mod answers;
pub mod expect;
pub mod lint;
pub mod load;
pub mod log;
pub mod pattern;
pub mod progress;
pub mod prose;
pub mod recall;
pub mod regular;
pub mod text;

use std::collections::BTreeMap;
use std::time::Duration;

pub use pattern::{Matcher, Pattern};

/// One lesson, loaded and checked.
#[derive(Clone, Debug)]
pub struct Lesson {
    pub id: String,
    /// The number in the folder's name (`01-one-server` is 1), where it has one.
    pub number: Option<u32>,
    /// The first heading of the prose.
    pub title: String,
    /// How long it takes, without its challenge.
    pub minutes: u32,
    /// Line of `minutes` in lesson.toml, from 1.
    pub minutes_line: usize,
    /// Ids of the lessons that come before.
    pub requires: Vec<String>,
    /// Markdown between the title and the first step.
    pub intro: String,
    pub steps: Vec<Step>,
    /// Markdown of `## summary`: what was shown.
    pub summary: String,
    /// Markdown of `### question` in the summary: the open question that leads on.
    pub question: String,
    pub beside: Vec<Beside>,
    pub programs: Vec<Program>,
    /// Where it was read from, for errors: `lessons/01-one-server` or the teacher's folder.
    pub place: String,
    /// The language of its prose, by the name of its file: `en`.
    pub language: String,
    /// True where there is no prose in the language that was asked for.
    pub another_language: bool,
}

impl Lesson {
    /// The step of that id.
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }

    /// The program of that file name.
    pub fn program(&self, name: &str) -> Option<&Program> {
        self.programs.iter().find(|program| program.name == name)
    }
}

/// A small complete program that a lesson talks about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its file name in `programs/`.
    pub name: String,
    pub text: String,
}

/// Which line of a program does what an event tells.
#[derive(Clone, Debug)]
pub struct Beside {
    pub program: String,
    /// From 1.
    pub line: usize,
    pub on: Pattern,
}

/// One step: what is done, and its prose.
#[derive(Clone, Debug)]
pub struct Step {
    pub id: String,
    pub kind: Kind,
    /// Markdown of the step's own section.
    pub body: String,
    /// Markdown shown in place of the body where a needed fact is missing.
    pub without: Option<String>,
    /// Facts that the step reads.
    pub needs: Vec<Fact>,
    /// Line of its `[[step]]` in lesson.toml, from 1.
    pub line: usize,
    /// Line of its heading in the prose, from 1.
    pub heading: usize,
}

/// What a step asks of the learner.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Something to read, then Enter.
    Say,
    /// A choice that is locked in before anything runs.
    Predict(Question),
    /// Something to do; the events decide.
    Do(Box<Task>),
    /// A choice of what was seen, checked against the events.
    Observe(Question),
    /// The explanation, with an answer to each named prediction.
    Explain { of: Vec<String> },
    /// A question for another day: no part of the lesson's own run.
    Recall(Question),
}

/// Choices, and which of them is right.
#[derive(Clone, Debug)]
pub struct Question {
    pub choices: Vec<Choice>,
    pub answer: Answer,
}

/// One choice: `no idea yet` is always offered besides and is none of these.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    pub id: String,
    /// Markdown: the choice as offered.
    pub text: String,
    /// Markdown: what is said to who chose it, once the run has shown.
    pub feedback: Option<String>,
    /// The misconception that choosing it shows, for the teacher's report.
    pub misconception: Option<String>,
}

/// The right choice.
#[derive(Clone, Debug)]
pub enum Answer {
    /// The same on every system.
    Fixed(String),
    /// The run decides: the first choice whose patterns are all met, in order, since the last `do` step began.
    When(Vec<(String, Vec<Pattern>)>),
}

/// Something to do.
#[derive(Clone, Debug, Default)]
pub struct Task {
    pub setup: Setup,
    pub check: Check,
    /// Values for prose, as `{step.name}`.
    pub measure: BTreeMap<String, Measure>,
    /// Lines that, typed at the prompts, pass the step.
    pub solution: Vec<String>,
    /// Attempts that do not, and their verdict.
    pub wrong: Vec<Attempt>,
    /// The program whose lines stand beside the events.
    pub program: Option<String>,
    /// Beyond the lesson's minutes; may be left out without a word.
    pub challenge: bool,
    /// Markdown of `### hint 1` to `3`.
    pub hints: Vec<String>,
    /// Markdown of `### why`: why it worked.
    pub why: String,
    /// Markdown of `### elsewhere`: what a second terminal or a browser would do instead.
    pub elsewhere: Option<String>,
    /// The task where a needed fact is missing; none: the step is only read then.
    pub without: Option<Box<Task>>,
}

/// What has to be there before the learner begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// End everything that still runs.
    pub fresh: bool,
    /// Names for ports that are free, kept for the rest of the lesson; the first is 3000 where that is free.
    pub free_ports: Vec<String>,
    /// Names for ports that nobody listens on.
    pub closed_ports: Vec<String>,
    /// Names for paths of Unix sockets, in a folder of the lesson's own.
    pub paths: Vec<String>,
    /// Commands that the lesson itself starts, unless the learner's own of the same words still runs.
    pub run: Vec<String>,
}

/// The whole check of a task; everything in it must hold.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// Each in order.
    pub expect: Vec<Pattern>,
    /// None of these since the attempt began.
    pub forbid: Vec<Pattern>,
    pub count: Vec<Count>,
    pub sum: Vec<Sum>,
    pub quiet: Vec<Quiet>,
    /// One of these, each in order.
    pub any: Vec<Vec<Pattern>>,
    pub table: Vec<Rows>,
}

/// How many events match.
#[derive(Clone, Debug)]
pub struct Count {
    pub of: Pattern,
    pub min: Option<u64>,
    pub max: Option<u64>,
}

/// The sum of a field over the events that match.
#[derive(Clone, Debug)]
pub struct Sum {
    pub of: Pattern,
    pub field: String,
    pub min: Option<u64>,
    pub max: Option<u64>,
}

/// No such event for so long, once all that is expected has come.
#[derive(Clone, Debug)]
pub struct Quiet {
    pub of: Pattern,
    pub time: Duration,
}

/// How many rows of the system's tables match.
#[derive(Clone, Debug)]
pub struct Rows {
    pub kind: TableKind,
    pub of: Pattern,
    /// 1 where neither is said.
    pub min: Option<u64>,
    pub max: Option<u64>,
}

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TableKind {
    /// Sockets that listen (TCP), or are bound (UDP), and Unix sockets that listen: `socket_found` events.
    Listener,
    /// Connections: `socket_found` events.
    Connection,
    /// Byte counters of the interfaces, since the attempt began: `counters_moved` events.
    Counter,
}

/// A value for prose, measured in the run.
#[derive(Clone, Debug)]
pub enum Measure {
    /// The sum of a field over the events that match; with `last` over those of the command that told the last of them.
    Sum { of: Pattern, field: String, last: bool },
    /// How many match; `last` as for a sum.
    Count { of: Pattern, last: bool },
    /// A field of the first (or last) that matches.
    Field { of: Pattern, field: String, last: bool },
    /// Time from a match of one to the first match of the other after it: in one conversation, where there is such a pair, else in
    /// one command, else in any.
    Between { from: Pattern, to: Pattern },
    /// The first of these that the run gives: the same as other sides told it.
    FirstOf(Vec<Measure>),
}

/// An attempt that must not pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub input: Vec<String>,
    pub verdict: WrongVerdict,
}

/// What a wrong attempt is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WrongVerdict {
    NotYet,
    Environment,
}

/// Something a system may not offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fact {
    /// The kernel's counts of one connection.
    TcpInfo,
    /// The interfaces' byte counters.
    Counters,
    /// Connections in the socket table, with their states.
    Connections,
    /// An address on a network other than loopback.
    Lan,
    /// The IPv6 loopback address.
    Ipv6,
    /// Unix sockets.
    Unix,
}

impl Fact {
    /// Every fact, with the name it has in lesson files and in `--without`.
    pub const NAMED: [(&'static str, Fact); 6] = [
        ("tcp-info", Fact::TcpInfo),
        ("counters", Fact::Counters),
        ("connections", Fact::Connections),
        ("lan", Fact::Lan),
        ("ipv6", Fact::Ipv6),
        ("unix", Fact::Unix),
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::NAMED.iter().find(|(_, fact)| *fact == self).map_or("", |(name, _)| name)
    }
}

/// The value that a run gives by itself where [`Fact::Lan`] is there: the first IPv4 address of this machine that is no loopback.
pub const LAN: &str = "lan";

/// A fault in a lesson's files.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {}{what}", step.as_ref().map(|step| format!("step {step}: ")).unwrap_or_default())]
pub struct LessonError {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub step: Option<String>,
    pub what: String,
}
