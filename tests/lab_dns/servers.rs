//! Name servers of a plan, run within the test on ports of 127.0.0.1 that the system chooses, and how they are asked.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use netlearn::event::recorder::{Delivery, Recorder};
use netlearn::lab::Plan;
use netlearn::lab::authority::Authority;
use netlearn::lab::dns::{Bound, Counts, Folding, Handler, Limits, Server, serve};
use netlearn::lab::plan::NameServer;
use tokio_util::sync::CancellationToken;

/// Past this an answer that did not come has not been sent.
pub(crate) const SILENCE: Duration = Duration::from_secs(5);

/// One server of a plan, on a thread of its own.
pub(crate) struct Serving {
    pub(crate) address: SocketAddr,
    #[allow(dead_code, reason = "each test file uses a part of it")]
    pub(crate) counts: Arc<Counts>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Serving {
    pub(crate) fn start(plan: &Plan, server: &NameServer) -> Serving {
        Serving::start_with(plan, server, Limits::default(), (Ipv4Addr::LOCALHOST, 0).into())
    }

    pub(crate) fn start_with(plan: &Plan, server: &NameServer, limits: Limits, at: SocketAddr) -> Serving {
        let authority = Authority::new(plan.zones_of(server).expect("the plan is sound"));
        let counts = Arc::new(Counts::default());
        let stop = CancellationToken::new();
        let served = Server {
            name: server.name.clone(),
            handler: Handler::Authority(Arc::new(authority)),
            fault: server.fault,
            counts: Arc::clone(&counts),
            folding: Arc::new(Folding::default()),
            limits,
        };
        let (udp, tcp) = bound(at);
        let address = udp.local_addr().expect("its address");
        let token = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let bound = Bound {
                    udp: tokio::net::UdpSocket::from_std(udp).expect("a socket"),
                    tcp: tokio::net::TcpListener::from_std(tcp).expect("a listener"),
                };
                let (recorder, stream) = Recorder::start(Vec::new(), Delivery::Folding);
                serve(served, bound, recorder, token).await;
                drop(stream);
            });
        });
        Serving { address, counts, stop, thread: Some(thread) }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.stop.cancel();
        self.thread.take().map(JoinHandle::join).transpose().expect("the server ends well");
    }
}

/// UDP and TCP on one port.
fn bound(at: SocketAddr) -> (UdpSocket, std::net::TcpListener) {
    for _ in 0..100 {
        let udp = UdpSocket::bind(at).expect("a port");
        let Ok(tcp) = std::net::TcpListener::bind(udp.local_addr().expect("its address")) else { continue };
        udp.set_nonblocking(true).expect("non-blocking");
        tcp.set_nonblocking(true).expect("non-blocking");
        return (udp, tcp);
    }
    panic!("no port was free for UDP and TCP");
}

/// The first datagram that comes back within `patience`.
pub(crate) fn over_udp(server: SocketAddr, query: &[u8], patience: Duration) -> Option<Vec<u8>> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    socket.connect(server).expect("a peer");
    socket.set_read_timeout(Some(patience)).expect("a limit");
    socket.send(query).expect("sent");
    let mut buffer = vec![0; 65_535];
    let len = socket.recv(&mut buffer).ok()?;
    buffer.truncate(len);
    Some(buffer)
}

/// A connection on which nothing takes for ever.
pub(crate) fn connect(server: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(server).expect("it listens");
    stream.set_read_timeout(Some(SILENCE)).expect("a limit");
    stream
}

/// A message with its length before it.
pub(crate) fn framed(message: &[u8]) -> Vec<u8> {
    let len = u16::try_from(message.len()).expect("a message of DNS");
    [&len.to_be_bytes(), message].concat()
}

/// The next message of a connection; `None` at its end.
pub(crate) fn next(stream: &mut TcpStream) -> Option<Vec<u8>> {
    let mut len = [0; 2];
    stream.read_exact(&mut len).ok()?;
    let mut message = vec![0; usize::from(u16::from_be_bytes(len))];
    stream.read_exact(&mut message).ok()?;
    Some(message)
}

pub(crate) fn over_tcp(server: SocketAddr, query: &[u8]) -> Option<Vec<u8>> {
    let mut stream = connect(server);
    stream.write_all(&framed(query)).expect("written");
    next(&mut stream)
}
