//! A UDP server: sockets that are bound and not connected, and whoever sends to them.
//!
//! A client is here an address and port that a datagram came from. Nobody connects and nobody hangs up: how long a client is
//! remembered is the server's own rule. It leaves the error queue off, so that it learns of ICMP messages no more than an
//! ordinary program does: not at all.

mod table;

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::io::Interest;
use tokio::net::UdpSocket;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::{Passed, handle, send_refused};
use crate::event::recorder::{At, Note, Recorder};
use crate::event::run::{Folded, Served};
use crate::event::tcp::{Direction, FlowOpened, Protocol, SocketId};
use crate::event::udp::{Forgotten, PeerForgotten, PeerSeen};
use crate::event::{Ends, Flow, Layer, Side};
use crate::net::kernel::{self, Taken};
use crate::net::server::bind;
use crate::net::{NetError, kernel::receive};
use table::{Key, Peer, Table};

/// Octets that fit the usual buffer: no datagram is longer (RFC 768: the length field has 16 bits).
pub const WHOLE: usize = 65_535;

/// How long nothing is read after a read failed.
const READ_PAUSE: Duration = Duration::from_millis(100);

/// How it behaves to its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Behaviour {
    /// Sends each datagram back, as far as it was read.
    Echo,
    /// Sends these octets for each datagram that came.
    Reply(Vec<u8>),
    /// Reads, and never sends.
    Silent,
}

/// What to serve, where, and within which limits.
#[derive(Clone, Debug)]
pub struct Options {
    pub port: u16,
    /// Addresses to bind; empty for both loopback addresses.
    pub hosts: Vec<IpAddr>,
    pub behaviour: Behaviour,
    /// Wait this long between the first datagram's arrival and the first read: datagrams wait in the receive queue.
    pub pause_read: Option<Duration>,
    /// Octets of the buffer that a datagram is read into.
    pub buffer: usize,
    /// Stop after so many datagrams received: clients do not end, so they cannot be counted off.
    pub count: Option<u64>,
    /// Clients that are remembered at one time.
    pub peers: usize,
    /// How long a client is remembered that sends nothing.
    pub idle: Duration,
}

/// Binds, tells where it takes datagrams, and serves until told to stop.
///
/// # Errors
/// Phase `listen`.
pub async fn run(options: Options, recorder: &Recorder, stop: CancellationToken) -> Result<Served, NetError> {
    let bound = bind::bind_datagrams(&options.hosts, options.port, recorder)?;
    let ids = bound.sockets.iter().map(|socket| kernel::socket_id(handle(socket))).collect();
    let locals = bound.sockets.iter().map(|socket| socket.local_addr().ok()).collect();
    let served = Served { protocol: Some(Protocol::Udp), port: bound.port, ..Served::default() };
    let sockets = bound.sockets;
    let table = Table::default();
    let mut desk =
        Desk { options, recorder, sockets, ids, locals, table, served, folded: Folded::default(), next: 0 };
    desk.serve(&stop).await;
    drop(desk.sockets);
    recorder.on(Side::Server, Layer::Udp).emit(desk.served.clone());
    Ok(desk.served)
}

/// The server at work.
struct Desk<'a> {
    options: Options,
    recorder: &'a Recorder,
    sockets: Vec<UdpSocket>,
    ids: Vec<Option<SocketId>>,
    locals: Vec<Option<SocketAddr>>,
    table: Table,
    served: Served,
    folded: Folded,
    /// The socket asked first next time, so that a busy one does not keep the others waiting.
    next: usize,
}

impl Desk<'_> {
    async fn serve(&mut self, stop: &CancellationToken) {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut buffer = vec![0; self.options.buffer];
        tokio::select! {
            () = stop.cancelled() => return,
            () = self.pause() => {}
        }
        loop {
            if self.options.count.is_some_and(|count| self.served.requests >= count) {
                break;
            }
            tokio::select! {
                () = stop.cancelled() => break,
                (which, began, result) = arrival(&self.sockets, self.next, self.recorder, &mut buffer) => {
                    self.next = which + 1;
                    match result {
                        Ok(taken) => self.take(which, began, taken, &buffer, stop).await,
                        Err(_) => {
                            self.served.accept_errors += 1;
                            tokio::time::sleep(READ_PAUSE).await;
                        }
                    }
                }
                _ = tick.tick() => self.tick(),
            }
        }
        self.fold(0);
    }

    /// `--pause-read`: the first datagram and those after it wait in the receive queue.
    async fn pause(&self) {
        let Some(pause) = self.options.pause_read else { return };
        std::future::poll_fn(|cx| {
            let ready = self.sockets.iter().any(|socket| socket.poll_recv_ready(cx).is_ready());
            if ready { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        })
        .await;
        tokio::time::sleep(pause).await;
    }

    /// Counts and tells one datagram, and answers it.
    async fn take(&mut self, which: usize, began: At, taken: Taken, buffer: &[u8], stop: &CancellationToken) {
        let octets = &buffer[..taken.len];
        self.served.requests += 1;
        self.served.received += taken.len as u64;
        self.served.truncated += u64::from(taken.truncated);
        // Without its sender's address (Windows, where it was cut) it belongs to nobody and cannot be answered.
        let Some(from) = taken.from else { return };
        let key = (which, from);
        let told = self.recorder.admit();
        let new = self.know(key, began);
        if told {
            self.introduce(key, began);
        }
        let recorder = self.recorder;
        let Some(peer) = self.table.peers.get_mut(&key) else { return };
        let flow = peer.flow;
        if told {
            let facts = peer.received.one(Direction::Received, octets, taken.truncated, taken.lost);
            note(recorder, flow).since(began).emit(facts);
        } else {
            peer.received.count(taken.len);
            self.folded.events += 1 + 2 * u64::from(new);
            self.folded.requests += 1;
            self.folded.clients += u64::from(new);
            self.folded.received += taken.len as u64;
        }
        let answer = match &self.options.behaviour {
            Behaviour::Echo => octets.to_vec(),
            Behaviour::Reply(text) => text.clone(),
            Behaviour::Silent => return,
        };
        self.answer(key, &answer, told, stop).await;
    }

    async fn answer(&mut self, key: Key, answer: &[u8], told: bool, stop: &CancellationToken) {
        let (which, to) = key;
        let began = self.recorder.about_now();
        let result = tokio::select! {
            biased;
            result = self.sockets[which].send_to(answer, to) => result,
            () = stop.cancelled() => return,
        };
        let recorder = self.recorder;
        let ends = self.ends(key);
        let Some(peer) = self.table.peers.get_mut(&key) else { return };
        let flow = peer.flow;
        match result {
            Ok(_) if told => {
                let facts = peer.sent.one(Direction::Sent, answer, false, None);
                note(recorder, flow).since(began).emit(facts);
            }
            Ok(_) => {
                peer.sent.count(answer.len());
                self.folded.events += 1;
                self.folded.sent += answer.len() as u64;
            }
            Err(error) => {
                self.served.send_refused += 1;
                if told {
                    note(recorder, flow).since(began).emit(send_refused(ends, to, answer.len(), &error));
                } else {
                    self.folded.events += 1;
                }
                return;
            }
        }
        self.served.replies += 1;
        self.served.sent += answer.len() as u64;
    }

    /// Finds the client in the table or makes room and puts it there; true where it is new.
    fn know(&mut self, key: Key, now: At) -> bool {
        if self.table.heard(key, now).is_some() {
            return false;
        }
        while self.table.peers.len() >= self.options.peers
            && let Some((_, oldest)) = self.table.oldest()
        {
            self.forget(oldest, now, Forgotten::Room);
        }
        self.served.clients += 1;
        let client = self.served.clients;
        let flow = self.recorder.flow();
        let peer = Peer {
            client,
            flow,
            heard: now,
            told: false,
            sent: Passed::default(),
            received: Passed::default(),
        };
        self.table.insert(key, peer);
        true
    }

    /// Tells a client that was not told of yet.
    fn introduce(&mut self, key: Key, began: At) {
        let (ends, socket) = (self.ends(key), self.ids[key.0]);
        let Some(peer) = self.table.peers.get_mut(&key).filter(|peer| !peer.told) else { return };
        peer.told = true;
        let opened = FlowOpened { protocol: Protocol::Udp, ends: ends.clone(), socket };
        note(self.recorder, peer.flow).at(began).emit(opened);
        let seen = PeerSeen { ends, client: peer.client, untold: peer.received.datagrams };
        note(self.recorder, peer.flow).at(began).emit(seen);
    }

    fn forget(&mut self, key: Key, now: At, why: Forgotten) {
        let ends = self.ends(key);
        let Some(peer) = self.table.remove(key) else { return };
        if !peer.told || !self.recorder.admit() {
            self.folded.events += u64::from(peer.told);
            return;
        }
        note(self.recorder, peer.flow).emit(PeerForgotten {
            ends,
            client: peer.client,
            why,
            silent: now.since(peer.heard),
            datagrams_sent: peer.sent.datagrams,
            datagrams_received: peer.received.datagrams,
            sent: peer.sent.octets,
            received: peer.received.octets,
        });
    }

    fn ends(&self, (which, peer): Key) -> Ends {
        Ends { local: self.locals[which].map(Into::into), peer: Some(peer.into()) }
    }

    /// Once a second: forgets who said nothing for too long, and tells what was counted.
    fn tick(&mut self) {
        let now = self.recorder.now();
        let waits = self.options.behaviour == Behaviour::Silent || self.options.pause_read.is_some();
        while let Some((heard, key)) = self.table.oldest().filter(|_| !waits)
            && now.since(heard) >= self.options.idle
        {
            self.forget(key, now, Forgotten::Idle);
        }
        self.fold(self.table.peers.len());
    }

    fn fold(&mut self, open: usize) {
        let folded = Folded { open: open as u64, ..std::mem::take(&mut self.folded) };
        if folded.events > 0 {
            self.recorder.on(Side::Server, Layer::Udp).emit(folded);
        }
    }
}

fn note(recorder: &Recorder, flow: Flow) -> Note<'_> {
    recorder.on(Side::Server, Layer::Udp).flow(flow)
}

/// The next datagram of any socket, beginning with the one at `first`; when its read began.
async fn arrival(
    sockets: &[UdpSocket],
    first: usize,
    recorder: &Recorder,
    buffer: &mut [u8],
) -> (usize, At, io::Result<Taken>) {
    use std::task::Poll;
    std::future::poll_fn(|cx| {
        for step in 0..sockets.len() {
            let which = (first + step) % sockets.len();
            let socket = &sockets[which];
            while let Poll::Ready(ready) = socket.poll_recv_ready(cx) {
                let began = recorder.about_now();
                if let Err(error) = ready {
                    return Poll::Ready((which, began, Err(error)));
                }
                match socket.try_io(Interest::READABLE, || receive(handle(socket), buffer)) {
                    // The readiness is forgotten: asked again, it wakes us when there is one.
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    result => return Poll::Ready((which, began, result)),
                }
            }
        }
        Poll::Pending
    })
    .await
}
