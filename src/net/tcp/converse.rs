//! A conversation as nc holds it: input goes to the peer, what the peer sends goes to the output, each at its own pace.
//!
//! It looks into nothing that passes and keeps at most one buffer each way; a slow reader on either side slows the other.

use std::cell::Cell;
use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::Notify;

/// Octets that one call reads or writes at most.
const CHUNK: usize = 64 * 1024;

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
    let Talk { input, crlf, output, idle, drip } = talk;
    let pace = Pace::new(idle, drip);
    let end = {
        let sending = send(input, crlf, &mut writer, true, &pace);
        let receiving = receive(&mut reader, output, &pace);
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
        let mut buffer = vec![0; CHUNK];
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
    input: Input,
    crlf: bool,
    writer: &mut (impl AsyncWrite + Unpin),
    fin: bool,
    pace: &Pace,
) -> Result<(), End> {
    let mut source = Source::new(input);
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
enum Source {
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

    /// What to send next; `None` at the end.
    async fn next(&mut self) -> io::Result<Option<&[u8]>> {
        match self {
            Source::Stream(stream, buffer) => {
                let read = stream.read(buffer).await?;
                Ok((read > 0).then(|| &buffer[..read]))
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
    pace: &Pace,
) -> Result<(), End> {
    let mut buffer = vec![0; CHUNK];
    let result = loop {
        let read = match reader.read(&mut buffer).await {
            Ok(read) => read,
            // TLS: the connection ended without close_notify (RFC 8446 section 6.1). The tap beneath tells the FIN.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => 0,
            Err(error) => break Err(End::ReceiveFailed(error)),
        };
        if read == 0 {
            break Ok(());
        }
        pace.moved();
        pace.putting_out.set(true);
        // Shown at once: a person may be waiting for it.
        let written = match output.write_all(&buffer[..read]).await {
            Ok(()) => output.flush().await,
            Err(error) => Err(error),
        };
        pace.putting_out.set(false);
        pace.moved();
        if let Err(error) = written {
            return Err(output_end(error));
        }
    };
    match output.shutdown().await {
        Ok(()) => result,
        Err(error) if result.is_ok() => Err(output_end(error)),
        Err(_) => result,
    }
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
