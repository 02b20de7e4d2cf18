//! What a plain TCP server says: echo, or what it was told to. It knows no protocol in the bytes.

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use super::attend::{Ears, End};
use super::chunk::Chunk;
use super::{Behaviour, Hall};
use crate::event::tcp::CloseReason;

/// Talks until the client's FIN, a fault, the idle limit or the stop; returns why this side ended it, if it did.
pub async fn converse<S>(stream: &mut S, hall: &Hall, ears: &Ears) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    if let Behaviour::Greet { greeting, .. } = &hall.options.behaviour
        && let Some(end) = say(stream, greeting, hall).await
    {
        return end;
    }
    let mut chunk = Chunk::default();
    loop {
        let read = tokio::select! {
            biased;
            result = chunk.read(stream) => result,
            () = hall.stop.cancelled() => return End::because(CloseReason::Stopping),
            () = hall.idle() => return End::because(CloseReason::Idle),
        };
        let Ok(len @ 1..) = read else { return End::default() };
        ears.one_more_read(hall);
        let answer = match &hall.options.behaviour {
            Behaviour::Usual | Behaviour::Echo => chunk.first(len),
            Behaviour::Reply(reply) | Behaviour::Greet { reply, .. } => reply,
            Behaviour::Silent | Behaviour::Files(_) | Behaviour::Sites(_) | Behaviour::Fault(_) => &[],
        };
        if let Some(end) = say(stream, answer, hall).await {
            return end;
        }
    }
}

/// Writes everything; `Some` where that could not be done.
async fn say<S>(stream: &mut S, mut octets: &[u8], hall: &Hall) -> Option<End>
where
    S: AsyncWrite + Unpin,
{
    while !octets.is_empty() {
        let written = tokio::select! {
            biased;
            result = stream.write(octets) => result,
            () = hall.stopped() => return Some(End::because(CloseReason::Stopping).by_reset()),
            () = hall.idle() => return Some(End::because(CloseReason::NeverReads).by_reset()),
        };
        match written {
            Ok(len @ 1..) => octets = &octets[len..],
            Ok(_) | Err(_) => return Some(End::default()),
        }
    }
    stream.flush().await.is_err().then(End::default)
}
