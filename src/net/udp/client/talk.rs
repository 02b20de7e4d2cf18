//! The conversation: each read of the input is one datagram, each datagram that comes goes to the output.
//!
//! It ends by silence, by what an ICMP message says, or where the output does: no datagram says that it is the last.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, Interest};

use super::{End, Link, Talk, Tally, evidence};
use crate::event::failure::Phase;
use crate::event::recorder::{At, Note, Recorder};
use crate::event::tcp::{Direction, Icmp};
use crate::event::udp::{DeliveryFailed, InputEnded};
use crate::event::{Ends, Layer, Side};
use crate::net::NetError;
use crate::net::kernel::{self, Taken};
use crate::net::tcp::converse::{Input, LineEnds};
use crate::net::udp::{handle, is_final, send_refused};

/// Octets that one read of the input takes: more than a datagram can carry, so that a longer piece is met and never cut
/// in two.
const CHUNK: usize = 128 * 1024;

/// How often one datagram is given to the system again after an older one's ICMP message kept it from going out.
const TRIES: u32 = 4;

/// Converses until nothing comes any more.
///
/// # Errors
/// Phase `send` or `receive`, with what is known of it.
pub async fn converse(link: &Link, talk: Talk, tally: &Tally, recorder: &Recorder) -> Result<End, NetError> {
    let Talk { input, crlf, mut output, wait, person, until_reply, buffer } = talk;
    let mut source = Source::new(input);
    let mut ends = LineEnds::default();
    let mut line = Line { link, tally, recorder, last_sent: None, doubtful: None };
    let mut buffer = vec![0; buffer];
    let mut input_ended = false;
    let mut undone = false;
    loop {
        let limit = (input_ended || !person).then_some(wait);
        let waits_from = recorder.now();
        tokio::select! {
            biased;
            (began, result) = link.receive(&mut buffer, recorder) => {
                let taken = match result {
                    Ok(taken) => taken,
                    Err(error) => {
                        line.receive_failed(error, &source)?;
                        continue;
                    }
                };
                let datagram = &buffer[..taken.len];
                line.received(datagram, &taken, began);
                let written = match output.write_all(datagram).await {
                    Ok(()) => output.flush().await,
                    Err(error) => Err(error),
                };
                if let Err(error) = written {
                    return Ok(output_end(error));
                }
                if until_reply {
                    break;
                }
            }
            next = source.next(), if !input_ended => match next.map_err(|error| line.input_failed(error))? {
                Some(chunk) if crlf => {
                    let datagram = ends.convert(chunk);
                    line.send(&datagram, &source).await?;
                }
                Some(chunk) => {
                    let datagram = chunk.to_vec();
                    line.send(&datagram, &source).await?;
                }
                None => {
                    input_ended = true;
                    line.note().emit(InputEnded { sent: tally.sent.get().datagrams, wait });
                }
            },
            () = sleep(limit) => {
                line.silent(waits_from, input_ended)?;
                undone = until_reply || !input_ended;
                break;
            }
        }
    }
    match output.shutdown().await {
        Ok(()) if undone => Ok(End::Silent),
        Ok(()) => Ok(End::Done),
        Err(error) => Ok(output_end(error)),
    }
}

fn output_end(error: io::Error) -> End {
    if error.kind() == io::ErrorKind::BrokenPipe { End::OutputClosed } else { End::OutputFailed(error) }
}

async fn sleep(limit: Option<std::time::Duration>) {
    match limit {
        Some(limit) => tokio::time::sleep(limit).await,
        None => std::future::pending().await,
    }
}

/// The input, datagram by datagram.
pub(super) enum Source {
    Stream(Box<dyn AsyncRead + Unpin>, Vec<u8>),
    Pieces(std::vec::IntoIter<Vec<u8>>, Vec<u8>),
}

impl Source {
    fn new(input: Input) -> Source {
        match input {
            Input::Stream(stream) => Source::Stream(stream, vec![0; CHUNK]),
            Input::Pieces(pieces) => Source::Pieces(pieces.into_iter(), Vec::new()),
        }
    }

    /// The next one, which may be empty where it was given as a piece; `None` at the end.
    async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        match self {
            Source::Stream(stream, buffer) => {
                let read = stream.read(buffer).await?;
                Ok((read > 0).then(|| &buffer[..read]))
            }
            Source::Pieces(pieces, piece) => {
                let Some(next) = pieces.next() else { return Ok(None) };
                *piece = next;
                Ok(Some(piece))
            }
        }
    }

    /// Datagrams that are still to go out, where that is known.
    fn left(&self) -> Option<u64> {
        match self {
            Source::Stream(..) => None,
            Source::Pieces(pieces, _) => Some(pieces.len() as u64),
        }
    }
}

impl Link {
    /// The next datagram, or the error that an ICMP message caused; and when the read of it began.
    async fn receive(&self, buffer: &mut [u8], recorder: &Recorder) -> (At, io::Result<Taken>) {
        let mut began = recorder.now();
        // An ICMP message makes the socket ready with an error and not for reading.
        let interest = Interest::READABLE | Interest::ERROR;
        let result = self.socket.async_io(interest, || {
            began = recorder.now();
            kernel::receive(handle(&self.socket), buffer)
        });
        let result = result.await;
        (began, result)
    }

    pub(super) fn ends(&self) -> Ends {
        Ends::new(self.local, self.peer)
    }
}

/// The conversation as it stands.
pub(super) struct Line<'a> {
    pub(super) link: &'a Link,
    pub(super) tally: &'a Tally,
    pub(super) recorder: &'a Recorder,
    pub(super) last_sent: Option<At>,
    /// A message that may have been a passing trouble: it decides where no reply comes.
    pub(super) doubtful: Option<DeliveryFailed>,
}

impl Line<'_> {
    fn note(&self) -> Note<'_> {
        self.recorder.on(Side::Client, Layer::Udp).flow(self.link.flow)
    }

    fn received(&self, datagram: &[u8], taken: &Taken, began: At) {
        let mut passed = self.tally.received.get();
        let facts = passed.one(Direction::Received, datagram, taken.truncated, taken.lost);
        self.tally.received.set(passed);
        self.note().since(began).emit(facts);
    }

    /// Gives one datagram to the system, and again where the call told of an older one instead.
    async fn send(&mut self, datagram: &[u8], source: &Source) -> Result<(), NetError> {
        let mut tries = TRIES;
        loop {
            let began = self.recorder.now();
            let error = match self.link.socket.send(datagram).await {
                Ok(_) => {
                    let mut passed = self.tally.sent.get();
                    let facts = passed.one(Direction::Sent, datagram, false, None);
                    self.tally.sent.set(passed);
                    self.last_sent = Some(began);
                    self.note().since(began).emit(facts);
                    return Ok(());
                }
                Err(error) => error,
            };
            // This one did not go out, nor those behind it.
            let unsent = source.left().map(|left| left + 1);
            let told = self.delivery_failed(&error, Direction::Sent, began, unsent)?;
            tries -= 1;
            if told && tries > 0 {
                continue;
            }
            let (ends, peer) = (self.link.ends(), self.link.peer);
            let refused = send_refused(ends, peer, datagram.len(), &error);
            self.note().since(began).emit(refused.clone());
            return Err(evidence::not_taken(self, refused, unsent, error));
        }
    }

    fn receive_failed(&mut self, error: io::Error, source: &Source) -> Result<(), NetError> {
        let began = self.recorder.now();
        if self.delivery_failed(&error, Direction::Received, began, source.left())? {
            return Ok(());
        }
        Err(evidence::broken(self, Phase::Receive, error))
    }

    /// Tells what the error queue holds; true where the call's error came from there, and the conversation goes on.
    fn delivery_failed(
        &mut self,
        error: &io::Error,
        during: Direction,
        began: At,
        unsent: Option<u64>,
    ) -> Result<bool, NetError> {
        let met = self.recorder.now();
        let mut messages: Vec<Option<Icmp>> = Vec::new();
        while let Ok(Some(icmp)) = kernel::next_icmp(handle(&self.link.socket)) {
            messages.push(Some(icmp));
        }
        // Where the queue cannot be read, the refusal itself still tells: only an ICMP message causes it.
        if messages.is_empty() && error.kind() == io::ErrorKind::ConnectionRefused {
            messages.push(None);
        }
        let mut errno = error.raw_os_error();
        let mut end = None;
        for icmp in &messages {
            let facts = DeliveryFailed {
                ends: self.link.ends(),
                during,
                errno: errno.take(),
                icmp: *icmp,
                sent: self.tally.sent.get().datagrams,
                ends_it: icmp.is_none_or(is_final),
            };
            self.note().at(began).emit(facts.clone());
            if facts.ends_it {
                end.get_or_insert(facts);
            } else {
                self.doubtful = Some(facts);
            }
        }
        match end {
            Some(facts) => Err(evidence::undelivered(self, facts, Some(met), unsent)),
            None => Ok(!messages.is_empty()),
        }
    }

    /// Nothing came for too long: no failure, unless a message had said that there is no way.
    fn silent(&mut self, since: At, input_ended: bool) -> Result<(), NetError> {
        let received = self.tally.received.get().datagrams;
        match self.doubtful.take().filter(|_| received == 0) {
            Some(facts) => Err(evidence::undelivered(self, facts, None, None)),
            None => {
                let waited = self.recorder.now().since(since);
                self.note().at(since).took(waited).emit(evidence::fell_silent(self, waited, input_ended));
                Ok(())
            }
        }
    }

    fn input_failed(&self, error: io::Error) -> NetError {
        let error = io::Error::new(error.kind(), format!("reading stdin: {error}"));
        evidence::broken(self, Phase::Send, error)
    }
}
