//! What a lesson has at hand while it runs: the desk, the programs it started, the log of their events, and the values of its
//! prose.
//!
//! It runs what it is told to and shows what is said; what that means for a step is decided in [`super::task`].

mod members;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::beside::Besides;
use super::desk::{Desk, Heard};
use super::jobs::{Inbox, Jobs, Look, News, Program};
use super::line::Manners;
use crate::command::Stop;
use crate::event::recorder::Recorder;
use crate::event::{EventKind, Side};
use crate::lesson::Lesson;
use crate::lesson::log::Log;
use crate::lesson::text::Values;
use crate::render::lesson;
use crate::render::style::Role;
pub(super) use members::Member;

/// A prompt is shown again under what programs say once they say nothing for so long: not below each of their lines.
const PAUSE: Duration = Duration::from_millis(80);

/// Something that a lesson waits for.
#[derive(Debug)]
pub(super) enum Happening {
    /// The learner typed.
    Heard(Heard),
    /// The log grew, or a program ended.
    Changed,
    /// The time that was asked for has come.
    Due,
    /// Ctrl-C while no prompt was there.
    Interrupted,
    /// The run was told to end.
    Told,
}

/// What a lesson has at hand.
pub(super) struct Session {
    pub desk: Desk,
    pub log: Log,
    pub values: Values,
    pub recorder: Recorder,
    pub stop: Stop,
    /// The lesson's own folder: its programs stand there, and commands run there.
    pub work: PathBuf,
    /// For sockets and channels of events; gone with the session.
    pub private: Arc<tempfile::TempDir>,
    jobs: Jobs,
    inbox: Inbox,
    members: Vec<Member>,
    /// Ports of other programs that the learner was told of.
    pub taken: BTreeSet<u16>,
    interrupts: Arc<Notify>,
    besides: Besides,
    widths: Arc<dyn Fn() -> usize + Send + Sync>,
}

/// The parts of a session that its caller makes.
pub(super) struct Parts {
    pub desk: Desk,
    pub recorder: Recorder,
    pub stop: Stop,
    pub work: PathBuf,
    /// Columns of the terminal now.
    pub widths: Arc<dyn Fn() -> usize + Send + Sync>,
}

impl Session {
    /// Nothing runs yet.
    ///
    /// # Errors
    /// No private folder could be made.
    pub(super) fn new(parts: Parts) -> io::Result<Session> {
        let private = Arc::new(tempfile::Builder::new().prefix("netlearn-").tempdir()?);
        let (jobs, inbox) = Jobs::new(private.path().to_owned())?;
        let interrupts = parts.stop.interrupts();
        Ok(Session {
            desk: parts.desk,
            log: Log::new(),
            values: Values::default(),
            recorder: parts.recorder,
            stop: parts.stop,
            work: parts.work,
            private,
            jobs,
            inbox,
            members: Vec::new(),
            taken: BTreeSet::new(),
            interrupts,
            besides: Besides::default(),
            widths: parts.widths,
        })
    }

    /// The machine's monotonic clock, on which the log's events stand.
    pub(super) fn now(&self) -> Duration {
        self.recorder.monotonic_now()
    }

    /// Tells the lesson's own stream.
    pub(super) fn tell(&self, facts: impl Into<EventKind>) {
        self.recorder.run(Side::Observer).emit(facts);
    }

    /// Which lines of a program stand beside events from here on.
    pub(super) fn beside(&mut self, lesson: &Lesson, program: Option<&str>) {
        self.besides = Besides::of(lesson, program);
    }

    /// Waits for the next thing, at the longest until `due` on the machine's clock. What programs say is shown meanwhile.
    /// Cancel safe.
    pub(super) async fn next(&mut self, due: Option<Duration>) -> Happening {
        self.measure();
        loop {
            let due = [due, self.besides.due()].into_iter().flatten().min();
            let left = due.map(|due| due.saturating_sub(self.now()));
            let news = tokio::select! {
                biased;
                () = self.stop.token.cancelled() => return Happening::Told,
                () = self.interrupts.notified() => {
                    // A prompt without a line editor hears Ctrl-C as a signal.
                    let asking = self.desk.asking();
                    return if asking { Happening::Heard(Heard::Interrupted) } else { Happening::Interrupted };
                }
                Some(news) = self.inbox.next() => news,
                heard = self.desk.heard(), if self.desk.asking() => {
                    self.measure();
                    return Happening::Heard(heard);
                }
                () = tokio::time::sleep(PAUSE), if self.desk.buried() => {
                    self.desk.unbury();
                    continue;
                }
                () = sleep(left), if left.is_some() => {
                    let lines = self.besides.overdue(self.now());
                    self.show_besides(lines);
                    return Happening::Due;
                }
            };
            if self.took(news) {
                return Happening::Changed;
            }
        }
    }

    /// The terminal may have been resized, above all while its user was waited for.
    fn measure(&mut self) {
        self.desk.measure((self.widths)());
    }

    /// Takes this news and all that is there already; true where something changed for a check.
    fn took(&mut self, news: News) -> bool {
        let mut changed = self.take(news);
        while let Some(more) = self.inbox.ready() {
            changed |= self.take(more);
        }
        changed
    }

    fn take(&mut self, news: News) -> bool {
        match news {
            News::Text { job, text, .. } => {
                if let Some(member) = self.member_mut(job) {
                    member.in_use |= member.shell && says_in_use(&text);
                }
                self.speak(job, &text);
                false
            }
            News::Event { job, line } => self.log_line(job, &line),
            News::Ended { job, status } => {
                let lines = self.besides.of_job(job);
                self.show_besides(lines);
                if let Some(member) = self.member_mut(job) {
                    member.ended = true;
                    member.status = status;
                    if member.shell && !member.front && !member.mute {
                        let text = format!("!{job} has ended: {}", member.line);
                        self.say(&text);
                    }
                }
                true
            }
        }
    }

    fn log_line(&mut self, job: u32, line: &str) -> bool {
        let Some(member) = self.members.iter().find(|member| member.number == job) else { return false };
        match self.log.line(member.log, line) {
            Ok(Some(seen)) => {
                let lines = self.besides.see(job, seen, &self.values, self.recorder.monotonic_now());
                self.show_besides(lines);
                true
            }
            Ok(None) => false,
            Err(error) => {
                // A netlearn of our own wrote it: whoever sees this should tell us.
                let text = format!("an event of this lesson's program could not be read: {error}");
                self.say(&text);
                false
            }
        }
    }

    /// Shows a line that a program said, with its name where it is not the one the lesson waits for.
    fn speak(&mut self, job: u32, text: &str) {
        let Some(member) = self.members.iter().find(|member| member.number == job) else { return };
        if member.mute {
            return;
        }
        let name = self.name(member);
        if name.is_empty() {
            self.desk.line(text);
        } else if !text.trim().is_empty() {
            self.desk.line(&format!("{name} | {text}"));
        }
    }

    fn show_besides(&mut self, lines: Vec<String>) {
        let style = *self.desk.style();
        for line in lines {
            self.desk.line(&lesson::line(&[(Role::Plain, "         in "), (Role::Next, &line)], &style));
        }
    }

    /// Starts a netlearn or a line for the shell.
    ///
    /// # Errors
    /// It could not be started.
    pub(super) fn start(&mut self, program: Program<'_>, line: &str, manners: Manners) -> io::Result<u32> {
        let margin = match manners {
            Manners::Background => "server 2 | ".len(),
            Manners::Client => "A | ".len(),
            Manners::Foreground | Manners::Elsewhere => 0,
        };
        self.measure();
        let style = self.desk.style();
        let width = style.columns().saturating_sub(margin);
        let look = Look { width, color: style.color, ascii: style.ascii, facts: true };
        let shell = matches!(program, Program::Shell(_));
        let number = self.jobs.start(program, &self.work, &look)?;
        let log = self.log.job(line);
        let line = line.to_owned();
        let member = Member {
            number,
            line,
            manners,
            shell,
            log,
            letter: None,
            ended: false,
            status: None,
            began: self.log.mark(),
            left: false,
            front: true,
            mute: false,
            typed: 0,
            given: false,
            in_use: false,
        };
        self.members.push(member);
        Ok(number)
    }

    /// Types to a program.
    ///
    /// # Errors
    /// It takes nothing any more.
    pub(super) fn type_in(&mut self, number: u32, bytes: &[u8]) -> io::Result<()> {
        self.jobs.type_in(number, bytes)?;
        if let Some(member) = self.member_mut(number) {
            member.typed += bytes.len() as u64;
        }
        Ok(())
    }

    /// Ends a program's input.
    pub(super) fn end_input(&mut self, number: u32) {
        self.jobs.end_input(number);
    }

    /// Ctrl-C for a program.
    pub(super) fn interrupt(&mut self, number: u32) {
        self.jobs.interrupt(number);
    }

    /// Ends a program and takes what it said to its end.
    pub(super) async fn end(&mut self, number: u32) {
        let Session { jobs, inbox, .. } = self;
        let mut said = Vec::new();
        {
            let mut ending = std::pin::pin!(jobs.end(number));
            loop {
                tokio::select! {
                    () = &mut ending => break,
                    Some(news) = inbox.next() => said.push(news),
                }
            }
        }
        for news in said {
            self.take(news);
        }
        self.drain();
        if let Some(member) = self.member_mut(number) {
            member.ended = true;
            member.front = false;
        }
    }

    /// Ends every program.
    pub(super) async fn end_all(&mut self) {
        let numbers: Vec<u32> =
            self.members.iter().filter(|member| !member.ended).map(|member| member.number).collect();
        for number in numbers {
            self.end(number).await;
        }
        // What a shell left behind.
        self.jobs.end_all().await;
        self.drain();
    }

    /// The same without what the programs say at their ends: nobody has asked for it.
    pub(super) async fn end_quietly(&mut self) {
        self.members.iter_mut().for_each(|member| member.mute = true);
        self.end_all().await;
    }

    /// Takes all news that are there already.
    fn drain(&mut self) {
        while let Some(news) = self.inbox.ready() {
            self.take(news);
        }
    }

    /// Shows a sentence of the lesson's own.
    pub(super) fn say(&mut self, text: &str) {
        let lines = lesson::said(text, self.desk.style());
        self.desk.lines(lines);
    }

    /// Leaves the terminal as it was.
    pub(super) async fn leave(mut self) {
        self.end_quietly().await;
        self.desk.leave();
    }
}

/// Whether a program of whatever language says that it could not bind: by the name of the error, or in the words of Unix and Windows.
fn says_in_use(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    ["eaddrinuse", "address already in use", "only one usage of each socket address"]
        .iter()
        .any(|words| text.contains(words))
}

async fn sleep(left: Option<Duration>) {
    match left {
        Some(left) => tokio::time::sleep(left).await,
        None => std::future::pending().await,
    }
}
