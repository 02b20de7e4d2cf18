//! The programs that run for a lesson: each a child process, known by its number from 1, from its start to the last thing it
//! said.
//!
//! It shows nothing and judges nothing: what the children say comes out of an [`Inbox`]. Each job is a task of its own (`life`)
//! in one set; a reader of the inbox that is slow holds the children back and no memory grows.

mod events;
mod inbox;
mod life;
pub mod lines;
#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

use std::io;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};

use bytes::Bytes;
use tokio::process::Command;
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::super::guided::{Guided, VARIABLE};
pub use inbox::Inbox;
use inbox::Post;
use life::{Life, Order};
#[cfg(not(unix))]
use other as signals;
#[cfg(unix)]
use unix as signals;

/// Lines that may wait for a job that does not read what is typed.
const TYPED: usize = 256;

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
    /// A line, safe for a terminal: netlearn's own may hold colours, another program's is escaped. Of a line that has no end for a
    /// while, or is very long, it is a piece, and what follows comes as another.
    Text { job: u32, stream: Stream, text: String },
    /// One line of its events; the header is the first.
    Event { job: u32, line: String },
    /// It has ended; all that it said came before. Only text of programs that a shell left running may follow.
    Ended {
        job: u32,
        /// `None` where the system did not keep it (it ignores the ends of children: `SIGCHLD`).
        status: Option<ExitStatus>,
    },
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
#[derive(Debug)]
pub struct Jobs {
    netlearn: PathBuf,
    folder: PathBuf,
    post: Post,
    kept: Vec<Job>,
    last: u32,
    lives: JoinSet<()>,
    /// Since the first child that the system does not end by itself; not where it could not be started.
    keeper: Option<signals::Keeper>,
}

/// The handle of one job.
#[derive(Debug)]
struct Job {
    number: u32,
    line: String,
    pid: u32,
    /// What is typed goes here, until the end of input.
    stdin: Option<mpsc::Sender<Bytes>>,
    orders: mpsc::UnboundedSender<Order>,
    /// Nothing waits for room in the inbox any more.
    hurry: CancellationToken,
    /// The program itself has ended.
    ended: CancellationToken,
    /// All is over.
    done: CancellationToken,
}

impl Jobs {
    /// No job yet. `folder` is private to the lesson: the channels of events are made there.
    ///
    /// # Errors
    /// The system does not say which file this program is.
    pub fn new(folder: PathBuf) -> io::Result<(Jobs, Inbox)> {
        Ok(Jobs::of(std::env::current_exe()?, folder))
    }

    /// The same with another file as netlearn.
    pub fn of(netlearn: PathBuf, folder: PathBuf) -> (Jobs, Inbox) {
        let (post, inbox) = inbox::new();
        (
            Jobs { netlearn, folder, post, kept: Vec::new(), last: 0, lives: JoinSet::new(), keeper: None },
            inbox,
        )
    }

    /// Starts a program in `folder`, within a runtime, and gives its number. Linux ends a netlearn together with the thread
    /// that started it.
    ///
    /// # Errors
    /// No channel could be made for its events, or the program could not be started.
    pub fn start(&mut self, program: Program<'_>, folder: &Path, look: &Look) -> io::Result<u32> {
        self.forget_done();
        let number = self.last + 1;
        let (mut command, line, events) = match program {
            Program::Netlearn(arguments) => {
                let events = events::Channel::make(self.folder.join(format!("events-{number}")))?;
                let mut command = Command::new(&self.netlearn);
                command.args(arguments).stdin(Stdio::piped());
                command.env(VARIABLE, guided(look, events.path())?);
                (command, arguments.join(" "), Some(events))
            }
            Program::Shell(line) => {
                let mut command = signals::shell(line);
                command.stdin(Stdio::null()).env_remove(VARIABLE);
                (command, line.to_owned(), None)
            }
        };
        command.current_dir(folder).env("COLUMNS", look.width.to_string());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        // The terminal's Ctrl-C is the lesson's, which passes it on.
        signals::group_of_its_own(&mut command);
        // A netlearn follows its lesson by itself where the system tells it (`guided::follow_parent`).
        let follows = events.is_some() && cfg!(target_os = "linux");
        let keeper = if follows { None } else { self.keeper() };
        let child = command.spawn()?;
        let pid = child.id().unwrap_or_default();
        self.last = number;
        let (orders, obeyed) = mpsc::unbounded_channel();
        let (stdin, typed) = mpsc::channel(TYPED);
        let stdin = child.stdin.is_some().then_some(stdin);
        let [hurry, ended, done] = std::array::from_fn(|_| CancellationToken::new());
        let life = Life {
            group: signals::Group::new(pid, events.is_none(), keeper),
            child,
            post: self.post.of(number, hurry.clone()),
            typed,
            orders: obeyed,
            ended: ended.clone(),
            done: done.clone(),
        };
        self.lives.spawn(life.live(events));
        self.kept.push(Job { number, line, pid, stdin, orders, hurry, ended, done });
        Ok(number)
    }

    /// Types to a job.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`]: it does not run; [`io::ErrorKind::BrokenPipe`]: its input has ended, or it has none;
    /// [`io::ErrorKind::WouldBlock`]: it does not read, and too much waits for it already.
    pub fn type_in(&mut self, job: u32, bytes: &[u8]) -> io::Result<()> {
        let job = self.job(job).ok_or(io::ErrorKind::NotFound)?;
        let stdin = job.stdin.as_ref().ok_or(io::ErrorKind::BrokenPipe)?;
        stdin.try_send(Bytes::copy_from_slice(bytes)).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => io::ErrorKind::WouldBlock.into(),
            mpsc::error::TrySendError::Closed(_) => io::ErrorKind::BrokenPipe.into(),
        })
    }

    /// Ends a job's input, behind what was typed.
    pub fn end_input(&mut self, job: u32) {
        if let Some(job) = self.kept.iter_mut().find(|kept| kept.number == job) {
            job.stdin = None;
        }
    }

    /// Ctrl-C for a job: SIGINT, to all programs of a shell's line.
    pub fn interrupt(&mut self, job: u32) {
        if let Some(job) = self.job(job) {
            job.order(Order::Interrupt);
        }
    }

    /// Ends a job, with all that its line started: SIGTERM, after 2 s SIGKILL. Returns when it has ended and all that it said
    /// is in the inbox (past 4 MiB that nobody has taken, it is dropped).
    pub async fn end(&mut self, job: u32) {
        if let Some(job) = self.job(job) {
            job.end();
            job.done.cancelled().await;
        }
        self.forget_done();
    }

    /// Ends all jobs, at one time.
    pub async fn end_all(&mut self) {
        self.kept.iter().for_each(Job::end);
        while self.lives.join_next().await.is_some() {}
        self.kept.clear();
    }

    /// The jobs that run, by number.
    pub fn running(&self) -> Vec<Running> {
        let alive = self.kept.iter().filter(|job| !job.done.is_cancelled());
        alive
            .map(|job| Running {
                job: job.number,
                line: job.line.clone(),
                pid: job.pid,
                left_behind: job.ended.is_cancelled(),
            })
            .collect()
    }

    /// The job that is that process, or that started it.
    pub fn of_process(&self, pid: u32) -> Option<u32> {
        let group = signals::group_of(pid);
        let mut alive = self.kept.iter().filter(|job| !job.done.is_cancelled());
        alive.find(|job| job.pid == pid || Some(job.pid) == group).map(|job| job.number)
    }

    fn keeper(&mut self) -> Option<signals::Keeper> {
        if self.keeper.is_none() {
            // Without one, what the shell started outlives a lesson that is killed, and nothing else is different.
            self.keeper = signals::Keeper::start(&self.netlearn).ok();
        }
        self.keeper.clone()
    }

    fn job(&self, number: u32) -> Option<&Job> {
        self.kept.iter().find(|job| job.number == number && !job.done.is_cancelled())
    }

    fn forget_done(&mut self) {
        self.kept.retain(|job| !job.done.is_cancelled());
        while self.lives.try_join_next().is_some() {}
    }
}

impl Job {
    fn end(&self) {
        self.hurry.cancel();
        self.order(Order::End);
    }

    fn order(&self, order: Order) {
        // One that is over needs no orders.
        let _ = self.orders.send(order);
    }
}

/// What a child is told of the lesson that it runs in.
fn guided(look: &Look, events: &Path) -> io::Result<String> {
    let guided = Guided {
        width: look.width,
        color: look.color,
        ascii: look.ascii,
        facts: look.facts,
        events: events.to_owned(),
        parent: std::process::id(),
    };
    serde_json::to_string(&guided).map_err(io::Error::from)
}
