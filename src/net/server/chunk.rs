//! A buffer for reading that is there only while octets are: a client that says nothing costs none.

use std::cell::RefCell;
use std::io;
use std::pin::Pin;
use std::task::Poll;

use tokio::io::{AsyncRead, ReadBuf};

/// Octets asked for in one read. A client that takes nothing back may hold so many of ours.
const LEN: usize = 32 * 1024;

thread_local! {
    /// The buffer that was used last, for the next that reads: as a rule one is enough for all clients.
    static SPARE: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// What the last read brought, until the next.
#[derive(Default)]
pub(super) struct Chunk(Vec<u8>);

impl Chunk {
    /// Reads what is there, or waits without a buffer; 0 at the end.
    ///
    /// # Errors
    /// The stream's.
    pub(super) async fn read<S: AsyncRead + Unpin>(&mut self, stream: &mut S) -> io::Result<usize> {
        std::future::poll_fn(|cx| {
            if self.0.is_empty() {
                self.0 = SPARE.take();
                self.0.resize(LEN, 0);
            }
            let mut buffer = ReadBuf::new(&mut self.0);
            let result = Pin::new(&mut *stream).poll_read(cx, &mut buffer);
            let len = buffer.filled().len();
            match result {
                Poll::Ready(result) => Poll::Ready(result.map(|()| len)),
                Poll::Pending => {
                    SPARE.set(std::mem::take(&mut self.0));
                    Poll::Pending
                }
            }
        })
        .await
    }

    /// The first octets of it.
    pub(super) fn first(&self, len: usize) -> &[u8] {
        &self.0[..len]
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::AsyncWriteExt as _;

    use super::*;

    #[tokio::test]
    async fn who_waits_holds_no_buffer() {
        let (mut near, mut far) = tokio::io::duplex(64);
        let mut chunk = Chunk::default();
        {
            let waiting = chunk.read(&mut near);
            tokio::select! {
                biased;
                _ = waiting => panic!("nothing was sent"),
                () = std::future::ready(()) => {}
            }
        }
        assert_eq!(chunk.0.capacity(), 0);
        far.write_all(b"hello").await.unwrap();
        let len = chunk.read(&mut near).await.unwrap();
        assert_eq!(chunk.first(len), b"hello");
        drop(far);
        assert_eq!(chunk.read(&mut near).await.unwrap(), 0);
    }
}
