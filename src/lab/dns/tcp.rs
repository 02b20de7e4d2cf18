//! Questions over TCP: a length, then the message (RFC 1035 section 4.2.2); several on one connection (RFC 7766 section 6.2.1),
//! answered in the order in which they came.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::tell::Told;
use super::{Desk, finished};
use crate::event::dns::Transport;
use crate::event::{Ends, Flow};

/// How long no client is accepted after an accept failed: what was missing has to come free first.
const PAUSE: Duration = Duration::from_millis(100);
/// How long the client may take to end its side after it was told that nothing more comes.
const LINGER: Duration = Duration::from_millis(500);

/// Accepts until told to stop; a client over the limit is hung up on.
pub(super) async fn serve(desk: Arc<Desk>, listener: TcpListener) {
    let mut tasks = JoinSet::new();
    loop {
        tokio::select! {
            () = desk.stop.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    desk.server.counts.connections.fetch_add(1, Ordering::Relaxed);
                    if tasks.len() < desk.server.limits.connections {
                        tasks.spawn(attend(Arc::clone(&desk), stream));
                    }
                }
                Err(_) => tokio::time::sleep(PAUSE).await,
            },
            Some(done) = tasks.join_next(), if !tasks.is_empty() => finished(done),
        }
    }
    drop(listener);
    while let Some(done) = tasks.join_next().await {
        finished(done);
    }
}

/// One connection from its first octet to its end.
async fn attend(desk: Arc<Desk>, stream: TcpStream) {
    // A reply must not wait for the acknowledgement of the one before.
    let _ = stream.set_nodelay(true);
    let ends = Ends {
        local: stream.local_addr().ok().map(Into::into),
        peer: stream.peer_addr().ok().map(Into::into),
    };
    let flow = desk.recorder.flow();
    let mut stream = BufReader::new(stream);
    tokio::select! {
        () = desk.stop.cancelled() => {}
        () = converse(&desk, &mut stream, &ends, flow) => {}
    }
}

/// Question and answer until the client has no more, breaks off or is silent for too long. A client that has ended its side
/// still gets what it asked for.
async fn converse(desk: &Desk, stream: &mut BufReader<TcpStream>, ends: &Ends, flow: Flow) {
    let idle = desk.server.limits.idle;
    // The whole of a question has one limit: octet by octet is no way to hold a connection.
    while let Ok(Ok(octets)) = tokio::time::timeout(idle, question(stream)).await {
        let told = Told::query(desk, &octets, Transport::Tcp, || ends.clone(), Some(flow));
        let replied = desk.reply(&octets, Transport::Tcp).await;
        let Some(reply) = replied.octets else { continue };
        let Ok(len) = u16::try_from(reply.len()) else { return };
        // In one write, so that it leaves in one segment (RFC 7766 section 8).
        let framed = [&len.to_be_bytes(), reply.as_slice()].concat();
        match tokio::time::timeout(idle, stream.get_mut().write_all(&framed)).await {
            Ok(Ok(())) => Told::reply(told, desk, &reply, replied.from_cache),
            Ok(Err(_)) | Err(_) => return,
        }
    }
    let _ = stream.get_mut().shutdown().await;
    // Unread octets would make a RST of the end, which can overtake the last reply.
    let mut rest = [0; 1024];
    let drained = async { while stream.read(&mut rest).await.is_ok_and(|len| len > 0) {} };
    let _ = tokio::time::timeout(LINGER, drained).await;
}

async fn question(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let len = stream.read_u16().await?;
    let mut octets = vec![0; usize::from(len)];
    stream.read_exact(&mut octets).await?;
    Ok(octets)
}
