//! One job from its start to its end: its streams are read, what is typed is written, orders are obeyed.
//!
//! ```text
//! program ended --at most LINGER--> streams drained --> Ended --programs left behind?--> until they are gone --> done
//! ```

use std::future::Future;
use std::pin::{Pin, pin};
use std::process::ExitStatus;
use std::time::Duration;

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, ChildStdin};
use tokio::sync::mpsc;
use tokio::time::{Sleep, sleep, timeout};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::events::Channel;
use super::inbox::{Outlet, Post};
use super::lines::Lines;
use super::signals::Group;
use super::{News, Stream};

/// How long after the program's end its streams are waited for, where another holds them open.
pub(super) const LINGER: Duration = Duration::from_millis(300);
/// What is read at most after that end, from another that writes on and on; octets. More than a pipe holds.
pub(super) const LATE: usize = 1024 * 1024;
/// From SIGTERM to SIGKILL.
const PATIENCE: Duration = Duration::from_secs(2);
/// An unfinished line is given out after so long a silence.
const SILENCE: Duration = Duration::from_millis(50);
/// How often it is looked whether programs left behind are gone: they are no children of ours, and nothing tells.
const LOOK: Duration = Duration::from_millis(200);
/// The same once they were told to end.
const LOOK_SOON: Duration = Duration::from_millis(5);
/// Looks after a SIGKILL; a process that the system cannot end keeps nobody waiting.
const LOOKS_AFTER_KILL: u32 = 100;

/// What a job is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Order {
    Interrupt,
    End,
}

/// All that a job is. Dropped before its end, it kills what runs.
pub(super) struct Life {
    pub(super) child: Child,
    pub(super) group: Group,
    pub(super) post: Post,
    pub(super) typed: mpsc::Receiver<Bytes>,
    pub(super) orders: mpsc::UnboundedReceiver<Order>,
    pub(super) ended: CancellationToken,
    pub(super) done: CancellationToken,
}

impl Life {
    /// Lives it.
    pub(super) async fn live(self, events: Option<Channel>) {
        // Dropped in the opposite order: the group is killed while its leader's number is still its own.
        let Life { mut child, mut group, post, typed, mut orders, ended, done } = self;
        let _done: DropGuard = done.drop_guard();
        let foreign = events.is_none();
        let mut out = child.stdout.take().map(|pipe| Text::new(pipe, Stream::Out, foreign, &post));
        let mut err = child.stderr.take().map(|pipe| Text::new(pipe, Stream::Err, foreign, &post));
        let stdin = child.stdin.take();
        let mut end = Ending::default();
        let (_, _, _, _, status) = tokio::join!(
            // What is explained comes before the payload that it explains, where both are there.
            biased;
            pass_on(&mut err, &ended),
            pass_on(&mut out, &ended),
            async {
                if let Some(events) = events {
                    events.pass_on(post.outlet(), &ended).await;
                }
            },
            write(stdin, typed, &ended),
            wait(&mut child, &mut group, &mut orders, &mut end, &ended),
        );
        post.at_once(News::Ended { job: post.job, status });
        left_behind(group, orders, end, out, err).await;
    }
}

/// The end that was ordered.
#[derive(Default)]
struct Ending {
    /// Until SIGKILL.
    patience: Option<Pin<Box<Sleep>>>,
}

impl Ending {
    fn obey(&mut self, order: Order, group: &Group) {
        match order {
            Order::Interrupt => group.interrupt(),
            Order::End => {
                group.terminate();
                self.patience.get_or_insert_with(|| Box::pin(sleep(PATIENCE)));
            }
        }
    }

    /// When patience is over; never where no end was ordered.
    async fn over(&mut self) {
        match &mut self.patience {
            Some(patience) => patience.as_mut().await,
            None => std::future::pending().await,
        }
    }
}

/// Waits for the program's end and obeys meanwhile.
async fn wait(
    child: &mut Child,
    group: &mut Group,
    orders: &mut mpsc::UnboundedReceiver<Order>,
    end: &mut Ending,
    ended: &CancellationToken,
) -> Option<ExitStatus> {
    let mut killed = false;
    let status = loop {
        tokio::select! {
            biased;
            status = child.wait() => break status,
            Some(order) = orders.recv() => {
                end.obey(order, group);
                // Without signals there is one way to end a program.
                if cfg!(not(unix)) {
                    // One that has ended needs no end.
                    let _ = child.start_kill();
                }
            }
            () = end.over(), if !killed => {
                killed = true;
                group.kill();
            }
        }
    };
    // In the same breath: nobody signals a number that is free.
    group.leader_ended();
    ended.cancel();
    status.ok()
}

/// Programs of a shell's line that outlive it, until they are gone or told to go. What they say is passed on.
async fn left_behind<O: AsyncRead + Unpin, E: AsyncRead + Unpin>(
    mut group: Group,
    mut orders: mpsc::UnboundedReceiver<Order>,
    mut end: Ending,
    mut out: Option<Text<O>>,
    mut err: Option<Text<E>>,
) {
    let mut saying = pin!(async {
        tokio::join!(biased; say_on(&mut err), say_on(&mut out));
    });
    let mut silent = false;
    let mut killed = false;
    let mut looks = 0;
    while group.others_live() && looks < LOOKS_AFTER_KILL {
        let look = if end.patience.is_some() { LOOK_SOON } else { LOOK };
        tokio::select! {
            biased;
            Some(order) = orders.recv() => end.obey(order, &group),
            () = end.over(), if !killed => {
                killed = true;
                group.kill();
            }
            () = &mut saying, if !silent => silent = true,
            () = sleep(look) => looks += u32::from(killed),
        }
    }
}

/// Writes what is typed, in order, until the end of input.
async fn write(stdin: Option<ChildStdin>, mut typed: mpsc::Receiver<Bytes>, ended: &CancellationToken) {
    let Some(mut stdin) = stdin else { return };
    let writing = async {
        while let Some(bytes) = typed.recv().await {
            // It has closed its input: whoever types next is told.
            if stdin.write_all(&bytes).await.is_err() {
                break;
            }
        }
        drop((stdin, typed));
    };
    tokio::select! {
        biased;
        () = ended.cancelled() => {}
        () = writing => {}
    }
}

async fn pass_on<R: AsyncRead + Unpin>(text: &mut Option<Text<R>>, ended: &CancellationToken) {
    let Some(reading) = text else { return };
    let linger = async {
        ended.cancelled().await;
        sleep(LINGER).await;
    };
    if reading.pass_on(linger, ended).await == Pipe::Ended {
        *text = None;
    }
}

/// The same for what is still open, without a limit.
async fn say_on<R: AsyncRead + Unpin>(text: &mut Option<Text<R>>) {
    if let Some(reading) = text {
        reading.pass_on(std::future::pending(), &CancellationToken::new()).await;
    }
}

/// How reading was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Pipe {
    Ended,
    /// Somebody still holds it.
    Open,
}

/// One of its streams, as lines.
struct Text<R> {
    pipe: R,
    stream: Stream,
    lines: Lines,
    outlet: Outlet,
}

impl<R: AsyncRead + Unpin> Text<R> {
    fn new(pipe: R, stream: Stream, foreign: bool, post: &Post) -> Text<R> {
        Text { pipe, stream, lines: Lines::new(foreign), outlet: post.outlet() }
    }

    /// Sends lines as they come until the pipe ends, or `linger` is over with nothing there.
    async fn pass_on(&mut self, linger: impl Future<Output = ()>, ended: &CancellationToken) -> Pipe {
        let mut linger = pin!(linger);
        let mut piece = vec![0; super::lines::LONGEST];
        let mut late = 0;
        while late < LATE {
            let silence = if self.lines.unfinished() { SILENCE } else { Duration::MAX };
            let read = tokio::select! {
                biased;
                read = timeout(silence, self.pipe.read(&mut piece)) => read,
                () = &mut linger => {
                    self.rest().await;
                    return Pipe::Open;
                }
            };
            match read {
                Err(_silent) => self.rest().await,
                Ok(Ok(0) | Err(_)) => {
                    self.rest().await;
                    return Pipe::Ended;
                }
                Ok(Ok(len)) => {
                    late += if ended.is_cancelled() { len } else { 0 };
                    for text in self.lines.feed(&piece[..len]) {
                        self.send(text).await;
                    }
                }
            }
        }
        Pipe::Open
    }

    async fn rest(&mut self) {
        if let Some(text) = self.lines.rest() {
            self.send(text).await;
        }
    }

    async fn send(&mut self, text: String) {
        let octets = text.len();
        let news = News::Text { job: self.outlet.job(), stream: self.stream, text };
        self.outlet.send(news, octets).await;
    }
}
