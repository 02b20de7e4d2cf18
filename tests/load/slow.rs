//! Slow clients: each says one octet a second, which is the cheapest way to keep a server busy (Slowloris).
//!
//! The seconds are the clients' own: each has its next octet a second after its last, whatever else happens.

use std::collections::VecDeque;
use std::io::{BufRead as _, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use netlearn::net::kernel::room;
use serde_json::Value;

use super::support::{self, GUARD, Run, Started};
use super::{connect, descriptors, until};

/// A head that is never said to its end.
const HEAD: &[u8] = b"GET / HTTP/1.1\r\nHost: localhost\r\nX: and so on\r\n";
const SECOND: Duration = Duration::from_secs(1);
/// Clients that connect before they are waited for: fewer than the accept queue holds.
const TOGETHER: usize = 500;
/// What the other tests of this process may have open at the same time.
const OTHERS: u64 = 4_500;

/// Ten thousand, or as many as the system lets one process have: a descriptor each, here and in the server.
fn clients() -> usize {
    static CLIENTS: OnceLock<u64> = OnceLock::new();
    let fit = *CLIENTS.get_or_init(|| match room::widen(10_000 + OTHERS) {
        Ok(_) => 10_000,
        Err(short) => {
            room::widen(short.fit).expect("as far as it goes");
            short.fit.saturating_sub(OTHERS)
        }
    });
    assert!(fit >= 2_000, "the hard limit on descriptors (ulimit -Hn) leaves room for {fit} clients");
    usize::try_from(fit).expect("a number")
}

#[expect(clippy::disallowed_methods, reason = "the clients' own seconds")]
fn now() -> Instant {
    Instant::now()
}

/// One of them.
struct Slow {
    stream: TcpStream,
    /// Right before its first octet went: the server's time for a head cannot have begun before.
    began: Instant,
    due: Instant,
    said: usize,
    heard: Vec<u8>,
}

impl Slow {
    fn new(port: u16) -> Slow {
        let stream = connect(port);
        stream.set_nonblocking(true).expect("an option");
        let began = now();
        let mut slow = Slow { stream, began, due: began, said: 0, heard: Vec::new() };
        slow.speak();
        slow
    }

    /// Says its next octet; the one after is due a second after this one was.
    fn speak(&mut self) {
        let octet = HEAD[self.said];
        // One octet fits any buffer: this never waits.
        self.stream.write_all(&[octet]).expect("the server has not ended it");
        self.said += 1;
        self.due = now() + SECOND;
    }

    /// Waits until so many octets in all have come for it.
    fn hear(&mut self, octets: usize) {
        self.stream.set_nonblocking(false).expect("an option");
        self.stream.set_read_timeout(Some(GUARD)).expect("a timeout");
        let mut came = vec![0; octets.saturating_sub(self.heard.len())];
        self.stream.read_exact(&mut came).expect("what it said comes back");
        self.heard.append(&mut came);
        self.stream.set_nonblocking(true).expect("an option");
    }

    /// Takes what has come for it; false: nothing, and it is open.
    fn listen(&mut self) -> bool {
        let mut came = [0; 1024];
        match self.stream.read(&mut came) {
            Ok(len) => {
                self.heard.extend_from_slice(&came[..len]);
                true
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => false,
            Err(error) => panic!("a slow client's connection failed: {error}"),
        }
    }
}

/// So many clients. `look` sees each of them a second after each of its octets, and says whether it goes on; after so many
/// octets it is silent anyhow. None is closed.
fn slow_ones(
    server: &Server,
    count: usize,
    octets: usize,
    mut look: impl FnMut(&mut Slow) -> bool,
) -> Vec<Slow> {
    let (mut talking, mut silent) = (VecDeque::with_capacity(count), Vec::with_capacity(count));
    let mut begun = 0;
    loop {
        // They began one after the other, so they come to their turn in this order too.
        let next = talking.front().map(|slow: &Slow| slow.due);
        if next.is_some_and(|due| due <= now()) {
            let mut slow = talking.pop_front().expect("it is there");
            if look(&mut slow) && slow.said < octets {
                slow.speak();
                talking.push_back(slow);
            } else {
                silent.push(slow);
            }
        } else if begun < count {
            talking.push_back(Slow::new(server.port));
            begun += 1;
            if begun % TOGETHER == 0 {
                // On a slow machine the first of them may have been ended already.
                until("they are accepted", || server.open() + server.let_go() >= begun);
            }
        } else if let Some(due) = next {
            std::thread::sleep(due.saturating_duration_since(now()));
        } else {
            return silent;
        }
    }
}

/// A server whose events are read as they come, as `--json` is meant to be.
struct Server {
    port: u16,
    started: Started,
    idle_descriptors: usize,
    /// Connections that it was the first to end, as its events tell.
    let_go: Arc<AtomicUsize>,
    last_words: JoinHandle<Vec<String>>,
}

impl Server {
    fn start(arguments: &[&str]) -> Server {
        let line = [&["serve"], arguments, &["--port", "0", "--host", "127.0.0.1", "--json"]].concat();
        let mut started = Started::within(support::command(&line), 2 * GUARD);
        let port = started.wait_for("listening")["local_port"].as_u64().expect("a number");
        let stdout = started.stdout.take().expect("its output");
        let let_go = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&let_go);
        let last_words = std::thread::spawn(move || {
            let ended = [r#""event":"closed""#, r#""by":"server""#];
            let lines = stdout.lines().map(|line| line.expect("a line")).inspect(|line| {
                let fits = ended.iter().all(|part| line.contains(part));
                counted.fetch_add(usize::from(fits), Ordering::Relaxed);
            });
            let wanted = ["served", "events_lost"].map(|name| format!("\"event\":\"{name}\""));
            lines.filter(|line| wanted.iter().any(|name| line.contains(name))).collect()
        });
        let port = u16::try_from(port).expect("a port");
        let idle_descriptors = descriptors(started.id());
        Server { port, started, idle_descriptors, let_go, last_words }
    }

    /// Connections that it holds.
    fn open(&self) -> usize {
        descriptors(self.started.id()).saturating_sub(self.idle_descriptors)
    }

    /// Connections that it has ended by itself.
    fn let_go(&self) -> usize {
        self.let_go.load(Ordering::Relaxed)
    }

    /// What it counted, once nobody is connected any more.
    fn served(self) -> Value {
        until("no connection stays open", || self.open() == 0);
        self.started.terminate();
        let run = self.started.finish();
        assert_eq!(run.code, 0, "{}", run.stderr);
        let told = self.last_words.join().expect("read to the end");
        let served = told.iter().find(|line| line.contains("\"served\"")).expect("served");
        serde_json::from_str(served).expect("an event")
    }
}

/// Runs an honest client again and again while `meanwhile` goes on, and three times more after it; what each counted of
/// what it sent and received, added up, and how many there were.
fn honest<T>(ask: impl Fn() -> Run + Sync, meanwhile: impl FnOnce() -> T) -> (T, [u64; 3]) {
    let (enough, told) = (AtomicBool::new(false), Mutex::new([0; 3]));
    let one = || {
        let run = ask();
        assert_eq!(run.code, 0, "an honest client was kept waiting: {}{}", run.text(), run.stderr);
        let closed = run.event("closed");
        let mut told = told.lock().expect("no panic");
        told[0] += 1;
        told[1] += closed["sent"].as_u64().expect("a number");
        told[2] += closed["received"].as_u64().expect("a number");
    };
    let kept = std::thread::scope(|scope| {
        scope.spawn(|| {
            while !enough.load(Ordering::Relaxed) {
                one();
            }
        });
        let kept = meanwhile();
        enough.store(true, Ordering::Relaxed);
        kept
    });
    (0..3).for_each(|_| one());
    (kept, told.into_inner().expect("no panic"))
}

fn counts(served: &Value) -> [u64; 7] {
    ["clients", "received", "sent", "closed_by_client", "closed_by_server", "reset", "turned_away"]
        .map(|name| served[name].as_u64().unwrap_or_else(|| panic!("{name}: {served}")))
}

#[test]
fn an_honest_client_is_answered_while_ten_thousand_say_an_octet_a_second() {
    // No head's time ends here, however slow this machine is: that is another test's.
    let server = Server::start(&["--max-connections", "10100", "--idle", "10m"]);
    let (count, octets) = (clients(), 5);
    let url = format!("http://127.0.0.1:{}/", server.port);
    let ask = || support::netlearn(&["get", &url, "--timeout", "30", "--json", "-o", "/dev/null"]);
    let unanswered = |slow: &mut Slow| {
        assert!(!slow.listen(), "it is still open, and has no answer");
        true
    };
    let all_open = |slow: Vec<Slow>| {
        until("all are connected", || server.open() >= count);
        slow
    };
    let (mut slow, [asked, sent, received]) =
        honest(ask, || all_open(slow_ones(&server, count, octets, unanswered)));
    slow.iter_mut().for_each(|slow| assert!(unanswered(slow)));
    drop(slow);
    let served = server.served();
    let (all, said) = (count as u64 + asked, (count * octets) as u64);
    assert_eq!(counts(&served), [all, said + sent, received, all, 0, 0, 0], "{asked} asked: {served}");
    assert_eq!(served["requests"], asked, "{served}");
}

#[test]
fn an_octet_a_second_does_not_stretch_the_time_for_a_head() {
    let idle = Duration::from_millis(3500);
    // In a second that is too full to tell, moments are taken a few milliseconds early (`Recorder::about_now`), and earlier
    // where the processor that keeps the time is away.
    let coarse = Duration::from_millis(500);
    let server = Server::start(&["--idle", "3500ms"]);
    // They would go on for ten seconds.
    let slow = slow_ones(&server, clients().min(1_000), 10, |slow| {
        let answered = slow.listen();
        let waited = now().duration_since(slow.began);
        assert!(!answered || waited + coarse >= idle, "an answer after {waited:?}");
        !answered
    });
    for slow in &slow {
        let heard = String::from_utf8_lossy(&slow.heard);
        assert!(heard.starts_with("HTTP/1.1 408 Request Timeout\r\n"), "after {} octets: {heard}", slow.said);
    }
    let (count, said) = (slow.len() as u64, slow.iter().map(|slow| slow.said as u64).sum());
    drop(slow);
    let served = server.served();
    let [clients, received, _, by_client, by_server, reset, turned_away] = counts(&served);
    assert_eq!([clients, received, by_client, by_server], [count, said, 0, count], "{served}");
    assert_eq!([reset, turned_away], [0, 0], "{served}");
}

#[test]
fn a_server_of_tcp_gives_every_octet_back_at_its_time() {
    let server = Server::start(&["tcp"]);
    let (count, octets) = (clients().min(2_000), 4);
    let port = server.port.to_string();
    let ask =
        || support::netlearn_with(&["connect", "127.0.0.1", &port, "--timeout", "30", "--json"], b"Hello");
    let given_back = |slow: &mut Slow| {
        slow.hear(slow.said);
        assert_eq!(slow.heard, HEAD[..slow.said], "to what it said a second ago");
        true
    };
    let (slow, [asked, sent, received]) = honest(ask, || slow_ones(&server, count, octets, given_back));
    drop(slow);
    let served = server.served();
    let (all, said) = (count as u64 + asked, (count * octets) as u64);
    assert_eq!(counts(&served), [all, said + sent, said + received, all, 0, 0, 0], "{asked} asked: {served}");
}
