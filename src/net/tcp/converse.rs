//! A conversation as nc holds it: input goes to the peer, what the peer sends goes to the output, each at its own pace.
//!
//! It looks into nothing that passes and keeps at most one buffer each way; a slow reader on either side slows the other.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;

/// Octets that one call reads or writes at most, where one conversation is all there is.
pub const CHUNK: usize = 256 * 1024;

/// Octets that the first call reads at most: who brings more than that at a time is read in larger pieces.
const FIRST: usize = 16 * 1024;

/// A buffer that grows as long as it is filled.
pub(super) struct Growing {
    octets: Vec<u8>,
    most: usize,
}

impl Growing {
    pub(super) fn new(most: usize) -> Growing {
        Growing { octets: vec![0; FIRST.min(most)], most }
    }

    /// For the next read, after one that brought `len`.
    fn after(&mut self, len: usize) {
        if len == self.octets.len() && len < self.most {
            self.octets = vec![0; self.most.min(len * 4)];
        }
    }
}

/// Once the peer has ended: how long our own input may still be silent before that ends the conversation.
const AFTERTHOUGHT: Duration = Duration::from_millis(500);

/// How long what a peer still sends is read, once nobody takes it any more.
pub const LINGER: Duration = Duration::from_millis(200);

/// What is sent.
pub enum Input {
    /// As it comes.
    Stream(Box<dyn AsyncRead + Unpin>),
    /// One write each.
    Pieces(Vec<Vec<u8>>),
}

/// How to converse.
pub struct Talk {
    pub input: Input,
    /// Turn each LF of the input into CR LF (one that has its CR stays as it is).
    pub crlf: bool,
    pub output: Box<dyn AsyncWrite + Send + Unpin>,
    /// Longest silence in both directions; `None` where a person types.
    pub idle: Option<Duration>,
    /// One octet a write, this far apart.
    pub drip: Option<Duration>,
    /// Octets that one call reads or writes at most.
    pub chunk: usize,
}

/// How a conversation ended.
#[derive(Debug)]
pub enum End {
    /// The peer ended its direction, and ours is ended too.
    Done,
    /// Nobody reads our output any more: a closed pipe.
    OutputClosed,
    /// The output could not be written.
    OutputFailed(io::Error),
    /// The input could not be read.
    InputFailed(io::Error),
    /// Nothing passed for this long.
    Silent { waited: Duration, sending: bool },
    /// The peer's bytes could not be read (a reset, mostly).
    ReceiveFailed(io::Error),
    /// Ours could not be given to the system: the peer is gone.
    SendFailed(io::Error),
}

/// Converses until both directions have ended, or one of them cannot go on; then ends its own direction.
///
/// Where the peer may still be sending (nobody takes it any more), what comes is read for up to [`LINGER`]: a close with
/// octets unread would reset the connection (RFC 2525 section 2.17).
pub async fn converse<S>(stream: S, talk: Talk) -> End
where
    S: AsyncRead + AsyncWrite,
{
    let (mut reader, mut writer) = tokio::io::split(stream);
    let Talk { input, crlf, output, idle, drip, chunk } = talk;
    let pace = Pace::new(idle, drip);
    let end = {
        let sending = send(Source::new(input, chunk), crlf, &mut writer, true, &pace);
        let receiving = receive(&mut reader, output, Growing::new(chunk), &pace);
        tokio::select! {
            biased;
            end = both(sending, receiving, &pace) => end,
            end = pace.silence() => end,
        }
    };
    match &end {
        // The peer has ended: what is said to it now it may not hear, and that is no failure.
        End::Done => drop(writer.shutdown().await),
        End::OutputClosed | End::OutputFailed(_) | End::InputFailed(_) => {
            settle(&mut reader, &mut writer).await;
        }
        // A peer that takes nothing takes no FIN in time either, and one that reset is gone.
        End::Silent { .. } | End::ReceiveFailed(_) | End::SendFailed(_) => {}
    }
    end
}

/// Ends the own direction and reads, for up to [`LINGER`], until the peer has ended its own.
pub async fn settle(reader: &mut (impl AsyncRead + Unpin), writer: &mut (impl AsyncWrite + Unpin)) {
    let farewell = async {
        let _ = writer.shutdown().await;
        let mut buffer = vec![0; FIRST];
        while matches!(reader.read(&mut buffer).await, Ok(read) if read > 0) {}
    };
    let _ = tokio::time::timeout(LINGER, farewell).await;
}

/// What moves and what waits, for the limit on silence.
#[derive(Default)]
pub(super) struct Pace {
    idle: Option<Duration>,
    drip: Option<Duration>,
    moved: Notify,
    /// A write to the peer is under way.
    sending: Cell<bool>,
    /// Our own output is being written: that silence is not the peer's.
    putting_out: Cell<bool>,
    peer_ended: Cell<bool>,
}

impl Pace {
    /// With the longest silence, and the time between two octets of a drip, which is no silence.
    pub(super) fn new(idle: Option<Duration>, drip: Option<Duration>) -> Pace {
        Pace { idle: idle.map(|idle| idle + drip.unwrap_or_default()), drip, ..Pace::default() }
    }

    fn moved(&self) {
        self.moved.notify_one();
    }

    /// Ends when nothing passed for too long.
    pub(super) async fn silence(&self) -> End {
        loop {
            let limit = match self.idle {
                Some(idle) if self.peer_ended.get() && !self.sending.get() => idle.min(AFTERTHOUGHT),
                Some(idle) => idle,
                None => {
                    self.moved.notified().await;
                    continue;
                }
            };
            tokio::select! {
                biased;
                () = self.moved.notified() => {}
                () = tokio::time::sleep(limit) => {
                    if self.putting_out.get() {
                        continue;
                    }
                    if self.peer_ended.get() && !self.sending.get() {
                        return End::Done;
                    }
                    return End::Silent { waited: limit, sending: self.sending.get() };
                }
            }
        }
    }
}

/// Runs both directions and says how the whole ended.
async fn both(
    sending: impl Future<Output = Result<(), End>>,
    receiving: impl Future<Output = Result<(), End>>,
    pace: &Pace,
) -> End {
    tokio::pin!(sending, receiving);
    let mut sent: Option<Result<(), End>> = None;
    loop {
        tokio::select! {
            biased;
            result = &mut receiving => {
                pace.peer_ended.set(true);
                pace.moved();
                return match (result, sent) {
                    (Err(end), _) | (Ok(()), Some(Err(end))) => end,
                    (Ok(()), Some(Ok(()))) => End::Done,
                    // A person has nobody to type to any more; input from elsewhere is still sent.
                    (Ok(()), None) if pace.idle.is_none() => End::Done,
                    (Ok(()), None) => sending.await.err().unwrap_or(End::Done),
                };
            }
            result = &mut sending, if sent.is_none() => {
                if let Err(end @ End::InputFailed(_)) = result {
                    return end;
                }
                // Where the peer is gone, what it sent before may still be there to read.
                sent = Some(result);
            }
        }
    }
}

/// Input to peer; at its end the own direction ends, where `fin` says so.
pub(super) async fn send(
    mut source: Source,
    crlf: bool,
    writer: &mut (impl AsyncWrite + Unpin),
    fin: bool,
    pace: &Pace,
) -> Result<(), End> {
    let mut ends = LineEnds::default();
    while let Some(chunk) = source.next().await.map_err(End::InputFailed)? {
        let converted;
        let chunk = if crlf {
            converted = ends.convert(chunk);
            &converted
        } else {
            chunk
        };
        pace.sending.set(true);
        let result = put(writer, chunk, pace).await;
        pace.sending.set(false);
        result.map_err(End::SendFailed)?;
    }
    if !fin {
        return Ok(());
    }
    pace.sending.set(true);
    let result = writer.shutdown().await;
    pace.sending.set(false);
    pace.moved();
    result.map_err(End::SendFailed)
}

/// The input, chunk by chunk.
pub(super) enum Source {
    /// With its buffer, and what the last read brought.
    Stream(Box<dyn AsyncRead + Unpin>, Growing, usize),
    Pieces(std::vec::IntoIter<Vec<u8>>, Vec<u8>),
}

impl Source {
    pub(super) fn new(input: Input, chunk: usize) -> Source {
        match input {
            Input::Stream(stream) => Source::Stream(stream, Growing::new(chunk), 0),
            Input::Pieces(pieces) => Source::Pieces(pieces.into_iter(), Vec::new()),
        }
    }

    /// What to send next; `None` at the end.
    async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        match self {
            Source::Stream(stream, buffer, last) => {
                buffer.after(*last);
                *last = stream.read(&mut buffer.octets).await?;
                Ok((*last > 0).then(|| &buffer.octets[..*last]))
            }
            Source::Pieces(pieces, piece) => {
                // An empty piece is no write: a stream has no empty messages.
                let Some(next) = pieces.find(|piece| !piece.is_empty()) else { return Ok(None) };
                *piece = next;
                Ok(Some(piece))
            }
        }
    }
}

/// Writes everything; each part that the system took is movement.
async fn put(writer: &mut (impl AsyncWrite + Unpin), mut bytes: &[u8], pace: &Pace) -> io::Result<()> {
    while !bytes.is_empty() {
        let piece = if pace.drip.is_some() { &bytes[..1] } else { bytes };
        let written = writer.write(piece).await?;
        if written == 0 {
            return Err(io::ErrorKind::WriteZero.into());
        }
        bytes = &bytes[written..];
        pace.moved();
        if let Some(every) = pace.drip {
            writer.flush().await?;
            tokio::time::sleep(every).await;
        }
    }
    writer.flush().await
}

/// Peer to output, until the peer ends.
pub(super) async fn receive(
    reader: &mut (impl AsyncRead + Unpin),
    mut output: Box<dyn AsyncWrite + Send + Unpin>,
    mut buffer: Growing,
    pace: &Pace,
) -> Result<(), End> {
    let result = loop {
        let there = tokio::select! {
            biased;
            read = reader.read(&mut buffer.octets) => Some(read),
            () = std::future::ready(()) => None,
        };
        let read = match there {
            Some(read) => read,
            None => {
                // Nothing more is there: a person may be waiting for what was. While more is, it is read during the write.
                put_out(&mut output, &[], true, pace).await?;
                reader.read(&mut buffer.octets).await
            }
        };
        let read = match read {
            Ok(read) => read,
            // TLS: the connection ended without close_notify (RFC 8446 section 6.1). The tap beneath tells the FIN.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            Err(error) => break Err(End::ReceiveFailed(error)),
        };
        if read == 0 {
            break Ok(());
        }
        pace.moved();
        put_out(&mut output, &buffer.octets[..read], false, pace).await?;
        buffer.after(read);
    };
    // What waits for its reader there is no silence of the peer.
    pace.putting_out.set(true);
    let ended = output.shutdown().await;
    pace.putting_out.set(false);
    match ended {
        Ok(()) => result,
        Err(error) if result.is_ok() => Err(output_end(error)),
        Err(_) => result,
    }
}

/// Gives octets to the output; with `all`, waits until it has passed all of them on.
async fn put_out(
    output: &mut (impl AsyncWrite + Unpin),
    octets: &[u8],
    all: bool,
    pace: &Pace,
) -> Result<(), End> {
    pace.putting_out.set(true);
    let written = match output.write_all(octets).await {
        Ok(()) if all => output.flush().await,
        result => result,
    };
    pace.putting_out.set(false);
    if !octets.is_empty() {
        pace.moved();
    }
    written.map_err(output_end)
}

fn output_end(error: io::Error) -> End {
    if error.kind() == io::ErrorKind::BrokenPipe { End::OutputClosed } else { End::OutputFailed(error) }
}

/// Turns LF into CR LF across chunks.
#[derive(Default)]
pub(in crate::net) struct LineEnds {
    after_cr: bool,
}

impl LineEnds {
    /// The octets with their line ends doubled.
    pub(in crate::net) fn convert(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 16 + 1);
        for byte in bytes {
            if *byte == b'\n' && !self.after_cr {
                out.push(b'\r');
            }
            self.after_cr = *byte == b'\r';
            out.push(*byte);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_are_doubled_once_even_across_chunks() {
        let mut ends = LineEnds::default();
        assert_eq!(ends.convert(b"a\nb\r"), b"a\r\nb\r");
        assert_eq!(ends.convert(b"\n\n"), b"\n\r\n");
    }
}
