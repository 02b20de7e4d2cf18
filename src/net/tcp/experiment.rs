//! Conversations that break habits on purpose: one that resets, one that never reads, and octets made for the purpose.
//!
//! They announce nothing and choose no words; the reset itself is [`super::closing::Closing::reset`].

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::converse::{End, Growing, Pace, Source, Talk, receive, send};

/// How often the kernel is asked while nobody reads.
const GLANCE: Duration = Duration::from_millis(100);

/// What a conversation does beside sending and reading.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Manner {
    /// As nc does.
    #[default]
    Usual,
    /// Leaves without a FIN once all is sent: whoever owns the connection resets it then.
    Reset,
    /// Never reads.
    NoRead,
}

/// Sends everything, reading what comes meanwhile, and leaves without a FIN.
pub async fn send_and_leave<S>(stream: S, talk: Talk) -> End
where
    S: AsyncRead + AsyncWrite,
{
    let (mut reader, mut writer) = tokio::io::split(stream);
    let Talk { input, crlf, output, idle, drip, chunk } = talk;
    let pace = Pace::new(idle, drip);
    let sending = send(Source::new(input, chunk), crlf, &mut writer, false, &pace);
    let receiving = async {
        let result = receive(&mut reader, output, Growing::new(chunk), &pace).await;
        match result {
            // The other end may have ended its direction; ours is not sent yet.
            Ok(()) => std::future::pending().await,
            Err(end) => end,
        }
    };
    tokio::select! {
        biased;
        result = sending => result.err().unwrap_or(End::Done),
        end = receiving => end,
        end = pace.silence() => end,
    }
}

/// What a look at a connection that nobody reads has found.
#[derive(Debug)]
pub enum Glance {
    Goes,
    /// It is over: a RST met it.
    Over(io::Error),
}

/// Sends everything and reads nothing, until `idle` is over (from the beginning; where a person types, from the end of
/// their input). `look` is called from time to time, with true for the last time.
pub async fn never_read<S>(stream: S, talk: Talk, mut look: impl FnMut(bool) -> Glance) -> End
where
    S: AsyncRead + AsyncWrite,
{
    let (_reader, mut writer) = tokio::io::split(stream);
    let Talk { input, crlf, idle, drip, chunk, .. } = talk;
    let pace = Pace::new(None, drip);
    let looking = async {
        loop {
            tokio::time::sleep(GLANCE).await;
            if let Glance::Over(error) = look(false) {
                return End::ReceiveFailed(error);
            }
        }
    };
    let sending = async {
        let result = send(Source::new(input, chunk), crlf, &mut writer, false, &pace).await;
        match result {
            Ok(()) if idle.is_some() => std::future::pending().await,
            Ok(()) => tokio::time::sleep(AFTER_TYPING).await,
            Err(end) => return end,
        }
        End::Done
    };
    let limit = async {
        match idle {
            Some(idle) => tokio::time::sleep(idle).await,
            None => std::future::pending().await,
        }
    };
    let end = tokio::select! {
        biased;
        end = sending => end,
        end = looking => end,
        () = limit => End::Done,
    };
    if matches!(end, End::Done) {
        look(true);
    }
    end
}

/// How long a person's connection is watched after their input has ended.
const AFTER_TYPING: Duration = Duration::from_secs(5);

/// Octets made for the purpose: lines of 64, so that they can be read too.
#[derive(Debug)]
pub struct Generated {
    /// How many are still to come.
    left: u64,
    at: usize,
}

/// 63 letters and figures, and a line end.
const LINE: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.\n";

impl Generated {
    /// This many octets.
    pub fn new(size: u64) -> Generated {
        Generated { left: size, at: 0 }
    }
}

impl AsyncRead for Generated {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.left > 0 && buf.remaining() > 0 {
            let piece = &LINE[self.at..];
            let len = piece.len().min(buf.remaining()).min(usize::try_from(self.left).unwrap_or(usize::MAX));
            buf.put_slice(&piece[..len]);
            self.left -= len as u64;
            self.at = (self.at + len) % LINE.len();
        }
        Poll::Ready(Ok(()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncReadExt as _;

    #[tokio::test]
    async fn exactly_as_many_octets_are_made_as_were_asked_for() {
        let mut all = Vec::new();
        Generated::new(1000).read_to_end(&mut all).await.unwrap();
        assert_eq!(all.len(), 1000);
        assert!(all.chunks(64).all(|line| LINE.starts_with(line)));
        assert_eq!(Generated::new(0).read(&mut [0; 9]).await.unwrap(), 0);
    }
}
