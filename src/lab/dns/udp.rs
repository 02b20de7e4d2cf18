//! Questions in datagrams.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::net::UdpSocket;
use tokio::task::JoinSet;

use super::tell::Told;
use super::{Desk, finished};
use crate::event::Ends;
use crate::event::dns::Transport;

/// Octets of a question that are read; the rest of a longer one is lost, and it is answered FORMERR.
const LONGEST: usize = 4096;
/// Questions taken in one go before the others of this process get their turn.
const TURN: usize = 32;
/// Replies that are kept for the next question with the same octets.
const KEPT: usize = 8192;
/// How long nothing is read after a read failed: what was missing has to come free first.
const PAUSE: Duration = Duration::from_millis(10);

/// Answers until told to stop.
pub(super) async fn serve(desk: Arc<Desk>, socket: UdpSocket) {
    let socket = Arc::new(socket);
    let mut tasks = JoinSet::new();
    let mut kept = Kept::default();
    let mut buffer = vec![0; LONGEST];
    loop {
        tokio::select! {
            () = desk.stop.cancelled() => break,
            _ = socket.readable() => {}
            Some(done) = tasks.join_next(), if !tasks.is_empty() => {
                finished(done);
                continue;
            }
        }
        for _ in 0..TURN {
            match socket.try_recv_from(&mut buffer) {
                Ok((len, peer)) if desk.at_once() => {
                    answer_at_once(&desk, &socket, &buffer[..len], peer, &mut kept).await;
                }
                Ok((len, peer)) if tasks.len() < desk.server.limits.questions => {
                    let octets = buffer[..len].to_vec();
                    tasks.spawn(answer(Arc::clone(&desk), Arc::clone(&socket), octets, peer));
                }
                // More than it can work on: counted, and like a datagram that was lost on the way.
                Ok(_) => drop(desk.server.counts.queries.fetch_add(1, Ordering::Relaxed)),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                // Some systems report here that an earlier answer could not be delivered.
                Err(_) => {
                    tokio::time::sleep(PAUSE).await;
                    break;
                }
            }
        }
        tokio::task::yield_now().await;
    }
    // Nobody is kept waiting for a handler: what it looks up is not worth the wait.
    tasks.shutdown().await;
}

async fn answer_at_once(desk: &Desk, socket: &UdpSocket, octets: &[u8], peer: SocketAddr, kept: &mut Kept) {
    let told = Told::query(desk, octets, Transport::Udp, || ends(socket, peer), None);
    let mut reply = kept.reply(octets);
    if reply.is_some() {
        desk.server.counts.queries.fetch_add(1, Ordering::Relaxed);
    } else {
        let replied = desk.reply(octets, Transport::Udp).await;
        if replied.constant {
            kept.keep(octets, replied.octets.as_deref());
        }
        reply = replied.octets;
    }
    send(desk, socket, reply, peer, told, None).await;
}

async fn answer(desk: Arc<Desk>, socket: Arc<UdpSocket>, octets: Vec<u8>, peer: SocketAddr) {
    let told = Told::query(&desk, &octets, Transport::Udp, || ends(&socket, peer), None);
    let replied = desk.reply(&octets, Transport::Udp).await;
    send(&desk, &socket, replied.octets, peer, told, replied.from_cache).await;
}

async fn send(
    desk: &Desk,
    socket: &UdpSocket,
    reply: Option<Vec<u8>>,
    peer: SocketAddr,
    told: Option<Told>,
    from_cache: Option<bool>,
) {
    let Some(reply) = reply else { return };
    let sent = match socket.try_send_to(&reply, peer) {
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => tokio::select! {
            sent = socket.send_to(&reply, peer) => sent,
            () = desk.stop.cancelled() => return,
        },
        sent => sent,
    };
    // A reply that could not be sent is one that was lost on the way: the asker asks again.
    if sent.is_ok() {
        Told::reply(told, desk, &reply, from_cache);
    }
}

fn ends(socket: &UdpSocket, peer: SocketAddr) -> Ends {
    Ends { local: socket.local_addr().ok().map(Into::into), peer: Some(peer.into()) }
}

/// Replies by the octets of their question without its id: zones do not change while they are served.
#[derive(Default)]
struct Kept {
    replies: HashMap<Box<[u8]>, Box<[u8]>>,
}

impl Kept {
    fn reply(&self, octets: &[u8]) -> Option<Vec<u8>> {
        let (id, rest) = octets.split_at_checked(2)?;
        let mut reply = self.replies.get(rest)?.to_vec();
        reply.get_mut(..2)?.copy_from_slice(id);
        Some(reply)
    }

    /// Full, it forgets everything: the questions that come often come again.
    fn keep(&mut self, octets: &[u8], reply: Option<&[u8]>) {
        let (Some((_, rest)), Some(reply)) = (octets.split_at_checked(2), reply) else { return };
        if self.replies.len() >= KEPT {
            self.replies.clear();
        }
        self.replies.insert(rest.into(), reply.into());
    }
}
