//! The programs that run for a lesson: each a child process, known by its number from 1, from its start to the last thing it
//! said.
//!
//! It shows nothing and judges nothing: what the children say comes out of an [`Inbox`], in the order in which it was read.

use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub enum Program<'a> {
    /// This netlearn with these arguments; it is guided, and its events come.
    Netlearn(&'a [String]),
    /// A line for the system's shell: it has nothing on stdin.
    Shell(&'a str),
}

/// How a guided netlearn shows what it has to say.
#[derive(Clone, Copy, Debug)]
pub struct Look {
    /// Columns.
    pub width: usize,
    pub color: bool,
    pub ascii: bool,
    /// What happened and not why.
    pub facts: bool,
}

/// Which stream a text came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Out,
    Err,
}

/// Something that a job said, or its end.
#[derive(Debug)]
pub enum News {
    /// A line, safe for a terminal.
    Text {
        job: u32,
        stream: Stream,
        text: String,
        /// Its end was there. False: it was silent in the middle of the line, or ended, or the line is very long; the
        /// rest of the line comes as another text.
        whole: bool,
    },
    /// One line of its events.
    Event { job: u32, line: String },
    /// It has ended; all that it said came before.
    Ended { job: u32, status: ExitStatus },
}

/// A job that runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Running {
    pub job: u32,
    /// As it was typed.
    pub line: String,
    pub pid: u32,
    /// The shell itself has ended, and programs that it started live on.
    pub left_behind: bool,
}

/// The children of a lesson. What still runs is killed when this is dropped.
pub struct Jobs;

/// What the jobs say.
pub struct Inbox;

impl Inbox {
    /// The next news; `None` when the jobs are dropped and all is told. Cancel safe.
    pub async fn next(&mut self) -> Option<News> {
        None
    }
}
