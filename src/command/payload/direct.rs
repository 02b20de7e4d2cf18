//! stdin and stdout, read and written at once where that does not block (Linux: `RWF_NOWAIT`, preadv2(2)), and only
//! otherwise by a thread that may wait: a pipe costs no change of threads for each piece.

use std::io::{self, IoSlice, IoSliceMut};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::io::{Errno, ReadWriteFlags, preadv2, pwritev2};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf, Stdin, Stdout};

/// Where the file stands, instead of an offset.
const HERE: u64 = u64::MAX;

/// What a call that must not wait came to.
enum AtOnce {
    Done(usize),
    /// It would have to wait.
    Blocks,
    /// This kind of file, or this kernel, has no such calls.
    Unsupported,
}

fn at_once(result: rustix::io::Result<usize>) -> io::Result<AtOnce> {
    match result {
        Ok(len) => Ok(AtOnce::Done(len)),
        Err(Errno::AGAIN | Errno::INTR) => Ok(AtOnce::Blocks),
        Err(Errno::OPNOTSUPP | Errno::NOSYS | Errno::INVAL | Errno::SPIPE) => Ok(AtOnce::Unsupported),
        Err(error) => Err(error.into()),
    }
}

/// What to send, from stdin.
pub struct Input {
    slow: Stdin,
    /// A read of `slow` is under way: what it takes comes first.
    waiting: bool,
    quick: bool,
}

/// stdin.
pub fn input() -> Input {
    Input { slow: tokio::io::stdin(), waiting: false, quick: true }
}

impl AsyncRead for Input {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let input = self.get_mut();
        if input.quick && !input.waiting && buf.remaining() > 0 {
            let room = buf.initialize_unfilled();
            let read = preadv2(std::io::stdin(), &mut [IoSliceMut::new(room)], HERE, ReadWriteFlags::NOWAIT);
            match at_once(read)? {
                AtOnce::Done(len) => {
                    buf.advance(len);
                    return Poll::Ready(Ok(()));
                }
                AtOnce::Blocks => {}
                AtOnce::Unsupported => input.quick = false,
            }
        }
        input.waiting = true;
        ready!(Pin::new(&mut input.slow).poll_read(cx, buf))?;
        input.waiting = false;
        Poll::Ready(Ok(()))
    }
}

/// Payload to stdout.
pub(super) struct Output {
    slow: Stdout,
    /// `slow` may hold octets that come first.
    behind: bool,
    quick: bool,
}

/// stdout.
pub(super) fn output() -> Output {
    Output { slow: tokio::io::stdout(), behind: false, quick: true }
}

impl AsyncWrite for Output {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let output = self.get_mut();
        if output.quick && !buf.is_empty() {
            if output.behind {
                ready!(Pin::new(&mut output.slow).poll_flush(cx))?;
                output.behind = false;
            }
            let written = pwritev2(std::io::stdout(), &[IoSlice::new(buf)], HERE, ReadWriteFlags::NOWAIT);
            match at_once(written)? {
                AtOnce::Done(len) => return Poll::Ready(Ok(len)),
                AtOnce::Blocks => {}
                AtOnce::Unsupported => output.quick = false,
            }
        }
        output.behind = true;
        Pin::new(&mut output.slow).poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let output = self.get_mut();
        ready!(Pin::new(&mut output.slow).poll_flush(cx))?;
        output.behind = false;
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().slow).poll_shutdown(cx)
    }
}
