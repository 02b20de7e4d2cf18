//! A TCP proxy for tests that delays, splits, cuts or resets an exchange at one octet of one direction.
//!
//! It runs on a thread of its own until it is dropped, looks into nothing that passes, and judges nothing.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

/// Which octets are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    ToServer,
    ToClient,
}

/// What happens once so many octets have passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// What follows goes on this much later.
    Delay(Duration),
    /// Nothing more passes that way; it is read, and nothing is closed.
    Hold,
    /// Both connections end, with a FIN.
    Fin,
    /// Both connections end, with a RST.
    Rst,
}

/// At which octet of which direction what happens. It happens when octet `at` is there, which itself does not pass; where no
/// such octet ever comes, when the sender has ended its direction, or never.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub way: Way,
    pub at: u64,
    pub act: Act,
}

/// Octets that passed on the first connection, by direction: a client that met an end may look a second time what is there.
#[derive(Debug, Default)]
pub struct Passed {
    to_server: Mutex<Vec<u8>>,
    to_client: Mutex<Vec<u8>>,
}

impl Passed {
    /// How many.
    pub fn way(&self, way: Way) -> u64 {
        self.octets(way).len() as u64
    }

    /// Which.
    pub fn octets(&self, way: Way) -> Vec<u8> {
        self.of(way).lock().expect("no panic").clone()
    }

    fn of(&self, way: Way) -> &Mutex<Vec<u8>> {
        if way == Way::ToServer { &self.to_server } else { &self.to_client }
    }
}

/// The proxy; it ends when it is dropped, and its connections with it.
pub struct Proxy {
    pub port: u16,
    pub passed: Arc<Passed>,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Passes connections on to `server`; without a plan, unchanged.
    pub fn before(server: u16, plan: Option<Plan>) -> Proxy {
        let server = SocketAddr::from((Ipv4Addr::LOCALHOST, server));
        let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("an option");
        let port = listener.local_addr().expect("an address").port();
        let (stop, passed) = (CancellationToken::new(), Arc::new(Passed::default()));
        let (ended, kept) = (stop.clone(), Arc::clone(&passed));
        let thread = std::thread::spawn(move || {
            let runtime =
                tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
            runtime.block_on(async {
                let listener = TcpListener::from_std(listener).expect("a listener");
                tokio::select! {
                    () = ended.cancelled() => {}
                    () = accept(listener, server, plan, kept) => {}
                }
            });
        });
        Proxy { port, passed, stop, thread: Some(thread) }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "the proxy failed");
        }
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, plan: Option<Plan>, passed: Arc<Passed>) {
    let mut tasks = tokio::task::JoinSet::new();
    loop {
        let (client, _) = listener.accept().await.expect("a client");
        let first = tasks.is_empty();
        tasks.spawn(relay(client, server, plan, if first { Arc::clone(&passed) } else { Arc::default() }));
    }
}

/// What became of one direction.
enum Over {
    Ended,
    Cut(Act),
}

async fn relay(mut client: TcpStream, server: SocketAddr, plan: Option<Plan>, passed: Arc<Passed>) {
    let mut server = TcpStream::connect(server).await.expect("the server listens");
    for stream in [&client, &server] {
        stream.set_nodelay(true).expect("an option");
    }
    let cut = {
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let of = |way| plan.filter(|plan| plan.way == way);
        let there = pass(&mut from_client, &mut to_server, of(Way::ToServer), &passed.to_server);
        let back = pass(&mut from_server, &mut to_client, of(Way::ToClient), &passed.to_client);
        let (mut there, mut back) = (std::pin::pin!(there), std::pin::pin!(back));
        let (mut there_over, mut back_over) = (false, false);
        loop {
            let over = tokio::select! {
                over = &mut there, if !there_over => { there_over = true; over }
                over = &mut back, if !back_over => { back_over = true; over }
                else => break None,
            };
            if let Over::Cut(act) = over {
                break Some(act);
            }
        }
    };
    if cut == Some(Act::Fin) {
        // What is still read keeps a close from becoming a RST.
        let (mut from_client, mut to_client) = client.split();
        let (mut from_server, mut to_server) = server.split();
        let _ = tokio::join!(to_client.shutdown(), to_server.shutdown());
        let mut nowhere = [tokio::io::sink(), tokio::io::sink()];
        let [one, other] = &mut nowhere;
        let _ =
            tokio::join!(tokio::io::copy(&mut from_client, one), tokio::io::copy(&mut from_server, other));
        return;
    }
    if cut == Some(Act::Rst) {
        for stream in [&client, &server] {
            socket2::SockRef::from(stream).set_linger(Some(Duration::ZERO)).expect("an option");
        }
    }
}

async fn pass(
    from: &mut (impl tokio::io::AsyncRead + Unpin),
    to: &mut (impl tokio::io::AsyncWrite + Unpin),
    plan: Option<Plan>,
    kept: &Mutex<Vec<u8>>,
) -> Over {
    let mut chunk = vec![0; 64 * 1024];
    let mut passed = 0_u64;
    let mut plan = plan;
    loop {
        let len = match from.read(&mut chunk).await {
            Ok(0) | Err(_) => {
                let _ = to.shutdown().await;
                return Over::Ended;
            }
            Ok(len) => len,
        };
        let mut octets = &chunk[..len];
        if let Some(Plan { at, act, .. }) = plan
            && passed + len as u64 > at
        {
            let (before, after) = octets.split_at(usize::try_from(at - passed).expect("within the chunk"));
            kept.lock().expect("no panic").extend_from_slice(before);
            let _ = to.write_all(before).await;
            match act {
                Act::Delay(time) => tokio::time::sleep(time).await,
                Act::Hold => {
                    let _ = tokio::io::copy(from, &mut tokio::io::sink()).await;
                    std::future::pending().await
                }
                Act::Fin | Act::Rst => return Over::Cut(act),
            }
            passed += before.len() as u64;
            octets = after;
            plan = None;
        }
        // Kept before they go: whoever has them may ask.
        kept.lock().expect("no panic").extend_from_slice(octets);
        if to.write_all(octets).await.is_err() {
            return Over::Ended;
        }
        passed += octets.len() as u64;
    }
}
