//! A tapped connection in memory: what each side says comes in pieces, and the events of it are kept.

use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use netlearn::event::recorder::{Delivery, Recorder};
use netlearn::event::tcp::{Direction, FlowOpened, Protocol};
use netlearn::event::{Ends, Event, Flow, Header, Layer, Side};
use netlearn::net::tap::{Tap, Watch};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The peer: what it says, piece by piece, then its end.
struct Peer<'b> {
    rest: &'b [u8],
}

impl AsyncRead for Peer<'_> {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let peer = self.get_mut();
        let (now, later) = peer.rest.split_at(peer.rest.len().min(buf.remaining()));
        buf.put_slice(now);
        peer.rest = later;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Peer<'_> {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// Who says what in it.
pub struct Talk<'b> {
    pub protocol: Protocol,
    pub side: Side,
    /// Our side of it.
    pub said: &'b [u8],
    /// The peer's side of it.
    pub heard: &'b [u8],
    /// Octets in one call, at most; 0 stands for 1.
    pub piece: usize,
    /// The peer speaks first.
    pub peer_first: bool,
}

/// The events of that connection; `watch` builds the annotator.
pub fn events(
    talk: &Talk<'_>,
    watch: impl FnOnce(&Recorder, Flow) -> Option<Box<dyn Watch>>,
) -> (Header, Vec<Event>) {
    let (recorder, mut stream) = Recorder::start(vec!["netlearn".to_owned()], Delivery::Lossless);
    let flow = recorder.flow();
    let opened = FlowOpened { protocol: talk.protocol, ends: Ends::default(), socket: None };
    recorder.on(talk.side, Layer::Tcp).flow(flow).emit(opened);
    let peer = Peer { rest: talk.heard };
    let watch = watch(&recorder, flow);
    let (tap, listener) = Tap::new(peer, &recorder, flow, talk.side, Layer::Tcp, watch);
    let mut tap = pin!(tap);
    let mut context = Context::from_waker(Waker::noop());
    let piece = talk.piece.max(1);
    let mut passed = 0;
    for turn in 0..2 {
        if (turn == 0) == talk.peer_first {
            let mut room = vec![0; piece];
            loop {
                let mut buf = ReadBuf::new(&mut room);
                match tap.as_mut().poll_read(&mut context, &mut buf) {
                    Poll::Ready(Ok(())) if !buf.filled().is_empty() => passed += buf.filled().len(),
                    Poll::Ready(_) => break,
                    Poll::Pending => unreachable!("memory is always ready"),
                }
            }
        } else {
            for octets in talk.said.chunks(piece) {
                let written = tap.as_mut().poll_write(&mut context, octets);
                assert!(matches!(written, Poll::Ready(Ok(len)) if len == octets.len()));
            }
        }
    }
    let ended = tap.as_mut().poll_shutdown(&mut context);
    assert!(matches!(ended, Poll::Ready(Ok(()))));
    let counts = listener.counts();
    assert_eq!(counts.sent, talk.said.len() as u64);
    assert!(passed <= talk.heard.len() && counts.received <= talk.heard.len() as u64);
    assert!(counts.stopped || passed == talk.heard.len(), "the tap kept octets back");
    let header = stream.header.clone();
    let events: Vec<Event> = std::iter::from_fn(|| stream.ready()).collect();
    believable(&events, talk);
    (header, events)
}

/// Captured octets are those that passed, masked ones apart; each event survives its way through JSON.
fn believable(events: &[Event], talk: &Talk<'_>) {
    for event in events {
        let line = serde_json::to_string(event).expect("an event is JSON");
        let again: Event = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(serde_json::to_string(&again).expect("an event is JSON"), line);
        let netlearn::event::EventKind::Bytes(facts) = &event.kind else { continue };
        let whole = match facts.direction {
            Direction::Sent => talk.said,
            Direction::Received => talk.heard,
        };
        let from = usize::try_from(facts.offset).expect("an offset in memory");
        let passed = &whole[from..from + usize::try_from(facts.len).expect("a length in memory")];
        assert!(facts.head.0.len() <= passed.len());
        let same = |(shown, octet): (&u8, &u8)| shown == octet || *shown == b'*';
        assert!(facts.head.0.iter().zip(passed).all(same), "octets that did not pass: {line}");
    }
}
