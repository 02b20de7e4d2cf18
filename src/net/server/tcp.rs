//! What a plain TCP server says: echo, or what it was told to. It knows no protocol in the bytes.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use super::attend::{Ears, End};
use super::{Behaviour, GRACE, Hall};
use crate::event::tcp::CloseReason;

/// Octets asked for in one read.
const CHUNK: usize = 16 * 1024;

/// Talks until the client's FIN, a fault, the idle limit or the stop; returns why this side ended it, if it did.
pub async fn converse<S>(stream: &mut S, hall: &Hall, ears: &Ears) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let patience = hall.options.patience();
    if let Behaviour::Greet(text) = &hall.options.behaviour
        && let Some(end) = say(stream, text, hall, patience).await
    {
        return end;
    }
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = tokio::select! {
            biased;
            result = stream.read(&mut chunk) => result,
            () = hall.stop.cancelled() => return End::because(CloseReason::Stopping),
            () = waited(patience) => return End::because(CloseReason::Idle),
        };
        let Ok(len @ 1..) = read else { return End::default() };
        if ears.one_more(hall) && !ears.detailed() {
            hall.totals.folded_requests.fetch_add(1, Ordering::Relaxed);
        }
        let answer = match &hall.options.behaviour {
            Behaviour::Usual | Behaviour::Echo => &chunk[..len],
            Behaviour::Reply(text) => text,
            Behaviour::Greet(_) | Behaviour::Silent | Behaviour::Files(_) | Behaviour::Fault(_) => &[],
        };
        if let Some(end) = say(stream, answer, hall, patience).await {
            return end;
        }
    }
}

/// The end of the patience; never, where there is no limit.
async fn waited(patience: Option<Duration>) {
    match patience {
        Some(patience) => tokio::time::sleep(patience).await,
        None => std::future::pending().await,
    }
}

/// Writes everything; `Some` where that could not be done.
async fn say<S>(stream: &mut S, mut octets: &[u8], hall: &Hall, patience: Option<Duration>) -> Option<End>
where
    S: AsyncWrite + Unpin,
{
    while !octets.is_empty() {
        let written = tokio::select! {
            biased;
            result = stream.write(octets) => result,
            () = stopped(hall) => return Some(End::because(CloseReason::Stopping).by_reset()),
            () = waited(patience) => return Some(End::because(CloseReason::NeverReads).by_reset()),
        };
        match written {
            Ok(len @ 1..) => octets = &octets[len..],
            Ok(_) | Err(_) => return Some(End::default()),
        }
    }
    stream.flush().await.is_err().then(End::default)
}

/// A while after the stop: an answer that is being given may be finished.
async fn stopped(hall: &Hall) {
    hall.stop.cancelled().await;
    tokio::time::sleep(GRACE).await;
}
