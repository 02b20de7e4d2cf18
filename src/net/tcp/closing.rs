//! The end of a connection, told exactly once: what the kernel counted, who ended it and how.
//!
//! It closes nothing itself: whoever owns the stream does, right after.

use std::sync::Arc;

use socket2::SockRef;

use super::watched::Watched;
use crate::event::recorder::Recorder;
use crate::event::tcp::{CloseHow, CloseReason, Closed, TcpInfo};
use crate::event::{Flow, Layer, Side};
use crate::net::kernel;
use crate::net::tap::{Counts, Listener};

/// Watches one connection to its end. Dropped (a Ctrl-C drops a whole run), it tells the end as it is then.
///
/// It holds the socket too, so that the kernel can be asked until the last: the connection is not closed before this is dropped.
pub struct Closing {
    socket: Option<Arc<Watched>>,
    listener: Listener,
    recorder: Recorder,
    flow: Flow,
    side: Side,
    /// Requests it carried, for HTTP.
    pub requests: Option<u64>,
    /// Why this side ends it, where there is a rule for it.
    pub why: Option<CloseReason>,
    informed: bool,
    /// The peer ended before we did, though no read met its FIN: the kernel had it, or TLS told it.
    peer_first: bool,
    told: bool,
    /// Who reset it, where no read or write of the stream met that.
    reset_by: Option<Side>,
}

impl Closing {
    /// Begins to watch `stream`, which `listener` counts, and tells what the kernel counts so far ([`TcpInfo`]).
    pub fn new<'s, S>(
        stream: &'s S,
        listener: &Listener,
        recorder: &Recorder,
        flow: Flow,
        side: Side,
    ) -> Closing
    where
        SockRef<'s>: From<&'s S>,
    {
        let mut closing = Closing::late(stream, listener, recorder, flow, side);
        closing.tell_info();
        closing
    }

    /// Begins at the very end: nothing of the kernel's counters is told before. For whom many sockets are open, since a
    /// second handle of each would be a second descriptor.
    pub fn late<'s, S>(
        stream: &'s S,
        listener: &Listener,
        recorder: &Recorder,
        flow: Flow,
        side: Side,
    ) -> Closing
    where
        SockRef<'s>: From<&'s S>,
    {
        Closing {
            // Without a second handle the counters of the kernel are not told; the end is.
            socket: Watched::new(SockRef::from(stream)).map(Arc::new),
            listener: listener.clone(),
            recorder: recorder.clone(),
            flow,
            side,
            requests: None,
            why: None,
            informed: false,
            peer_first: false,
            told: false,
            reset_by: None,
        }
    }

    /// From now on the kernel is asked after each FIN as well; what it tells then, the end does not repeat.
    pub fn follow(&self) {
        if let Some(socket) = &self.socket {
            // Not held: whoever counts after the end holds no connection open.
            let socket = Arc::downgrade(socket);
            self.listener.ask_at_each_end(Box::new(move || socket.upgrade()?.news()));
        }
    }

    /// What the kernel counts about the connection now, where the system tells.
    pub fn info(&self) -> Option<TcpInfo> {
        self.watched()?.info()
    }

    /// Its socket, where it is one of TCP.
    fn watched(&self) -> Option<&Arc<Watched>> {
        self.socket.as_ref().filter(|_| self.listener.layer() == Layer::Tcp)
    }

    /// Octets that have arrived here and are not read, where the system tells.
    pub fn unread(&self) -> Option<u64> {
        kernel::unread(self.socket.as_ref()?.handle()).ok()
    }

    /// Makes the close a RST (`SO_LINGER` with the time 0): what is not delivered is thrown away (ABORT, RFC 9293 section
    /// 3.10.5). Drop the stream, then end this right after.
    ///
    /// Of a connection that the peer has broken off already, that is kept.
    pub fn reset(&mut self) {
        if !self.resets() {
            self.met_reset();
            return;
        }
        let asked =
            self.socket.as_ref().map(|watched| watched.socket.set_linger(Some(std::time::Duration::ZERO)));
        if matches!(asked, Some(Ok(()))) {
            self.reset_by = Some(self.side);
            self.why = Some(CloseReason::Fault);
        }
    }

    /// The RST that met a connection which nobody reads, so that no call has told it.
    pub fn met_reset(&mut self) -> Option<std::io::Error> {
        let error = self.socket.as_ref()?.socket.take_error().ok().flatten()?;
        self.reset_by = Some(self.side.other());
        Some(error)
    }

    /// Tells what the kernel counts now ([`TcpInfo`]), before an end that would hide it; the end does not ask again.
    pub fn inform(&mut self) {
        self.informed = true;
        self.tell_info();
    }

    /// The peer ended within TLS (close_notify, RFC 8446 section 6.1) before we did: its FIN may still be on its way.
    pub fn peer_ended_first(&mut self) {
        self.peer_first = true;
    }

    /// Tells the end: [`TcpInfo`], where it is not what was told last, then [`Closed`], which it returns. Drop or shut the stream right after.
    pub fn end(mut self) -> Option<Closed> {
        self.tell()
    }

    /// Once; the second time `None`.
    fn tell(&mut self) -> Option<Closed> {
        if std::mem::replace(&mut self.told, true) {
            return None;
        }
        if !self.informed {
            self.tell_info();
        }
        let counts = self.listener.counts();
        let unread = self.unread().filter(|unread| *unread > 0);
        if unread.is_some() && counts.reset.is_none() && self.resets() {
            self.reset_by.get_or_insert(self.side);
        }
        let closed = Closed {
            by: match self.reset_by {
                Some(side) => side,
                // Whoever sent a FIN before: what ended it is the RST that met us.
                None if counts.reset.is_some() => self.side.other(),
                None if self.peer_first => self.side.other(),
                None => ended_by(&counts, self.side),
            },
            how: if self.reset_by.is_some() || counts.reset.is_some() {
                CloseHow::Rst
            } else {
                CloseHow::Fin
            },
            sent: counts.sent,
            received: counts.received,
            application: None,
            requests: self.requests,
            unread,
            why: self.why,
        };
        self.recorder.on(self.side, self.listener.layer()).flow(self.flow).emit(closed.clone());
        Some(closed)
    }

    /// Whether the kernel answers a close over unread octets with a RST; where it does not tell, it may.
    fn resets(&self) -> bool {
        self.socket.as_ref().is_none_or(|watched| resets(watched.handle()))
    }

    fn tell_info(&mut self) {
        let Some(watched) = self.watched() else { return };
        let news = watched.news();
        self.peer_first |= watched.peer_first();
        if let Some(info) = news {
            self.recorder.on(self.side, Layer::Kernel).flow(self.flow).emit(info);
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.tell();
    }
}

/// Whose FIN came first; where there was none, we end it now.
fn ended_by(counts: &Counts, side: Side) -> Side {
    counts.ended_first(side).unwrap_or(side)
}

/// Whether a close that leaves octets unread sends a RST (RFC 9293 section 3.6.1 with RFC 2525 section 2.17).
///
/// Found out by `OutRsts` of /proc/net/snmp, alone in a network namespace: Linux sends one from ESTABLISHED, from CLOSE_WAIT
/// (the peer's FIN is in, behind what is unread) and from FIN_WAIT_2 (we had ended our direction, and no FIN of theirs came);
/// it sends none once both FINs are in and ours is acknowledged, whichever was first: the socket reads CLOSED then.
pub fn resets(socket: kernel::Handle<'_>) -> bool {
    kernel::tcp_info(socket).map_or(true, |info| info.state != "CLOSED")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::EventKind;
    use crate::event::recorder::{Delivery, Stream};
    use crate::net::tap::Tap;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpStream;

    async fn pair() -> (TcpStream, TcpStream) {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let stream = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        (stream, listener.accept().await.unwrap().0)
    }

    /// A client's stream as it is watched, and the events of it; they end once both are gone.
    fn watch(stream: TcpStream) -> (Tap<TcpStream>, Closing, Stream) {
        let (recorder, events) = Recorder::start(vec![], Delivery::Lossless);
        let flow = recorder.flow();
        let (tap, heard) = Tap::new(stream, &recorder, flow, Side::Client, Layer::Tcp, None);
        let closing = Closing::new(tap.inner(), &heard, &recorder, flow, Side::Client);
        (tap, closing, events)
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn whose_fin_was_first_is_told_to_be_in_time_wait() {
        let (stream, mut peer) = pair().await;
        let (mut tap, closing, events) = watch(stream);
        tap.shutdown().await.unwrap();
        assert_eq!(peer.read(&mut [0; 1]).await.unwrap(), 0);
        drop(peer);
        assert_eq!(tap.read(&mut [0; 1]).await.unwrap(), 0);
        closing.end();
        drop(tap);
        let states: Vec<String> = events
            .filter_map(
                |event| if let EventKind::TcpInfo(facts) = event.kind { Some(facts.state) } else { None },
            )
            .collect();
        assert_eq!(states, ["ESTABLISHED", "TIME_WAIT"]);
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn who_follows_is_told_the_state_after_each_fin() {
        // A FIN of ours may be told before its acknowledgement is in, and after.
        for (ours_first, told) in [
            (true, [&["FIN_WAIT_1", "FIN_WAIT_2"][..], &["TIME_WAIT"]]),
            (false, [&["CLOSE_WAIT"][..], &["LAST_ACK", "CLOSED"]]),
        ] {
            let (stream, mut peer) = pair().await;
            let (mut tap, closing, events) = watch(stream);
            closing.follow();
            if ours_first {
                tap.shutdown().await.unwrap();
                assert_eq!(peer.read(&mut [0; 1]).await.unwrap(), 0);
                peer.shutdown().await.unwrap();
                assert_eq!(tap.read(&mut [0; 1]).await.unwrap(), 0);
            } else {
                peer.shutdown().await.unwrap();
                assert_eq!(tap.read(&mut [0; 1]).await.unwrap(), 0);
                tap.shutdown().await.unwrap();
                assert_eq!(peer.read(&mut [0; 1]).await.unwrap(), 0);
            }
            let closed = closing.end().unwrap();
            assert_eq!(closed.by, if ours_first { Side::Client } else { Side::Server });
            drop(tap);
            let mut kinds = events.filter_map(|event| {
                if let EventKind::TcpInfo(facts) = &event.kind {
                    return Some(facts.state.clone());
                }
                matches!(event.kind, EventKind::HalfClosed(_)).then(|| "FIN".to_owned())
            });
            assert_eq!(kinds.next().as_deref(), Some("ESTABLISHED"));
            for states in told {
                assert_eq!(kinds.next().as_deref(), Some("FIN"));
                let state = kinds.next().unwrap();
                assert!(states.contains(&state.as_str()), "{state}: {states:?}");
            }
            // At the end again where it is another by then.
            let rest: Vec<String> = kinds.collect();
            assert!(rest.is_empty() || rest == ["CLOSED"], "{rest:?}");
        }
    }

    #[tokio::test]
    async fn a_rst_that_comes_after_our_fin_is_the_peers() {
        let (stream, mut peer) = pair().await;
        let (mut tap, closing, _events) = watch(stream);
        tap.shutdown().await.unwrap();
        assert_eq!(peer.read(&mut [0; 1]).await.unwrap(), 0);
        SockRef::from(&peer).set_linger(Some(std::time::Duration::ZERO)).unwrap();
        drop(peer);
        tap.read(&mut [0; 1]).await.unwrap_err();
        let closed = closing.end().unwrap();
        assert_eq!((closed.by, closed.how), (Side::Server, CloseHow::Rst));
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_rst_is_told_where_the_peer_meets_one_and_only_there() {
        // What the peer and we do before the close, and whether a RST ends it.
        for (steps, rst) in [
            (&[][..], true),
            (&["we"], true),
            (&["peer"], true),
            (&["peer", "we"], false),
            (&["we", "peer"], false),
        ] {
            let (stream, mut peer) = pair().await;
            let (mut tap, mut closing, _events) = watch(stream);
            peer.write_all(b"unread").await.unwrap();
            tap.inner().readable().await.unwrap();
            for step in steps {
                match *step {
                    "we" => {
                        closing.inform();
                        tap.shutdown().await.unwrap();
                        assert_eq!(peer.read(&mut [0; 1]).await.unwrap(), 0);
                    }
                    _ => {
                        peer.shutdown().await.unwrap();
                        tap.inner().ready(tokio::io::Interest::READABLE).await.unwrap();
                        while !closing.info().unwrap().state.starts_with("CLOSE")
                            && closing.info().unwrap().state != "TIME_WAIT"
                        {
                            tokio::task::yield_now().await;
                        }
                    }
                }
            }
            let closed = closing.end().unwrap();
            drop(tap);
            let met = peer.read(&mut [0; 1]).await;
            let error = socket2::SockRef::from(&peer).take_error().unwrap();
            assert_eq!(met.is_err() || error.is_some(), rst, "{steps:?}: {met:?}, {error:?}");
            assert_eq!((closed.how == CloseHow::Rst, closed.unread), (rst, Some(6)), "{steps:?}");
            let by = if rst || steps == ["we", "peer"] { Side::Client } else { Side::Server };
            assert_eq!(closed.by, by, "{steps:?}");
        }
    }

    #[tokio::test]
    async fn the_end_is_told_once_even_where_the_run_is_dropped() {
        for by_hand in [true, false] {
            let (stream, mut peer) = pair().await;
            let (mut tap, closing, events) = watch(stream);
            tap.write_all(b"hello").await.unwrap();
            peer.read_exact(&mut [0; 5]).await.unwrap();
            drop(peer);
            assert_eq!(tap.read(&mut [0; 9]).await.unwrap(), 0);
            if by_hand {
                closing.end();
            } else {
                drop(closing);
            }
            drop(tap);
            let closed: Vec<Closed> = events
                .filter_map(
                    |event| if let EventKind::Closed(facts) = event.kind { Some(facts) } else { None },
                )
                .collect();
            assert_eq!(closed.len(), 1);
            assert_eq!((closed[0].by, closed[0].how), (Side::Server, CloseHow::Fin));
            assert_eq!((closed[0].sent, closed[0].received, closed[0].unread), (5, 0, None));
        }
    }
}
