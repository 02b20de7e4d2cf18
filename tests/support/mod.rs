//! Runs the real binary for tests: with a guard that ends it after [`GUARD`], and its events read back.
//!
//! It decides nothing about what is right: it has no assertions but for a program that does not start or does not end.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part of it")]

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::Value;

/// Past this a program that still runs is killed and the test fails.
pub const GUARD: Duration = Duration::from_secs(30);

/// Held while a program is started: from fork to exec a child has every file and socket of this process open too.
static STARTING: Mutex<()> = Mutex::new(());

/// Does something while this process starts nothing: what is closed is then closed, and what was written can be run.
pub fn alone<T>(act: impl FnOnce() -> T) -> T {
    let _starting = STARTING.lock().unwrap_or_else(PoisonError::into_inner);
    act()
}

/// What one run of netlearn did.
#[derive(Debug)]
pub struct Run {
    pub code: i32,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

impl Run {
    /// The events of a `--json` run, header first.
    pub fn events(&self) -> Vec<Value> {
        let text = std::str::from_utf8(&self.stdout).expect("events are UTF-8");
        text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
    }

    /// The events of one kind.
    pub fn events_of(&self, kind: &str) -> Vec<Value> {
        self.events().into_iter().filter(|event| event["event"] == kind).collect()
    }

    /// The only event of its kind.
    pub fn event(&self, kind: &str) -> Value {
        let mut found = self.events_of(kind);
        assert_eq!(found.len(), 1, "one `{kind}` expected in:\n{}", String::from_utf8_lossy(&self.stdout));
        found.remove(0)
    }

    /// stdout as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }
}

/// A port that is free at this address at this moment, that the system lends to nobody, and that no other test of this user gets from
/// here before this process ends. Whoever asks for this very number without that may have it: it is let go, so that it is free.
pub fn unlent_port(address: impl Into<std::net::IpAddr>) -> u16 {
    let address = address.into();
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let lent = lent_ports();
    // Past 10080, which browsers refuse (Fetch Standard, bad port).
    let all: Vec<u16> = (10_100..=u16::MAX).filter(|port| !lent.contains(port)).collect();
    assert!(!all.is_empty(), "the system lends every port ({lent:?})");
    // Processes begin at places of their own, so that they seldom meet.
    let begin = std::process::id().wrapping_mul(37);
    let next = || all[begin.wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed)) as usize % all.len()];
    let free = |port: &u16| claim(*port) && alone(|| std::net::TcpListener::bind((address, *port)).is_ok());
    std::iter::repeat_with(next).take(all.len()).find(free).expect("a free port")
}

/// The same where the next port is free too, and no other test's: netlearn offers that in place of a taken one.
pub fn unlent_port_and_next(address: impl Into<std::net::IpAddr>) -> u16 {
    let address = address.into();
    let lent = lent_ports();
    let free = |port: u16| {
        !lent.contains(&port) && claim(port) && std::net::TcpListener::bind((address, port)).is_ok()
    };
    let mut ports = std::iter::repeat_with(|| unlent_port(address)).take(1000);
    ports.find(|port| port.checked_add(1).is_some_and(free)).expect("two free ports")
}

/// The ports that this system lends to sockets that ask for none (RFC 6335 section 6 where it does not say).
pub fn lent_ports() -> std::ops::RangeInclusive<u16> {
    let said = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap_or_default();
    let mut numbers = said.split_ascii_whitespace().map(str::parse);
    match (numbers.next(), numbers.next()) {
        (Some(Ok(first)), Some(Ok(last))) => first..=last,
        _ => 49_152..=u16::MAX,
    }
}

/// Takes a port for this process alone, among those that ask here: by a lock that ends with the process. False where it is taken.
pub fn claim(port: u16) -> bool {
    static CLAIMED: Mutex<Vec<std::fs::File>> = Mutex::new(Vec::new());
    let user = rustix::process::geteuid().as_raw();
    let folder = std::env::temp_dir().join(format!("netlearn-tests-{user}"));
    std::fs::create_dir_all(&folder).expect("a folder for locks");
    let mut options = std::fs::File::options();
    let file = options.create(true).truncate(false).write(true).open(folder.join(port.to_string()));
    let file = file.expect("a file to lock");
    let taken = file.try_lock().is_ok();
    if taken {
        CLAIMED.lock().unwrap_or_else(PoisonError::into_inner).push(file);
    }
    taken
}

/// A port of 127.0.0.1 that refuses for as long as this lives: no other test can get it, and nobody listens.
pub fn refusing() -> (socket2::Socket, u16) {
    let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).expect("a socket");
    let any = std::net::SocketAddr::from((std::net::Ipv4Addr::LOCALHOST, 0));
    socket.bind(&any.into()).expect("a port");
    let port = socket.local_addr().expect("an address").as_socket().expect("of the internet").port();
    (socket, port)
}

/// A listener's next client; fails where none comes in time, as where the program that was to be one has ended.
pub fn accept_within(listener: &std::net::TcpListener, limit: Duration) -> std::net::TcpStream {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let limit = Timespec::try_from(limit).expect("a short time");
    let ready =
        poll(&mut [PollFd::new(listener, PollFlags::IN)], Some(&limit)).expect("it can be waited for");
    assert!(ready > 0, "no client came");
    listener.accept().expect("a client").0
}

/// The binary under test with its arguments; without proxies and colours of the surroundings.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_netlearn"));
    command.args(arguments);
    for name in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"] {
        command.env_remove(name);
    }
    command
}

/// Runs netlearn with nothing on stdin.
pub fn netlearn(arguments: &[&str]) -> Run {
    netlearn_with(arguments, b"")
}

/// Runs netlearn with `input` on stdin, then its end.
pub fn netlearn_with(arguments: &[&str], input: &[u8]) -> Run {
    let mut started = Started::new(command(arguments));
    let stdin = started.stdin.take();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            // A program that ends early closes the pipe: what it did is judged by its output.
            stdin.map(|mut stdin| stdin.write_all(input))
        });
        started.finish()
    })
}

/// A program that runs, with pipes on all three standard streams, and is killed past [`GUARD`].
pub struct Started {
    pub stdin: Option<ChildStdin>,
    /// Take it to read line by line; what is left is read by [`Started::finish`].
    pub stdout: Option<BufReader<ChildStdout>>,
    stderr: Option<ChildStderr>,
    child: Child,
    guard: Guard,
}

impl Started {
    /// Starts `command`.
    pub fn new(command: Command) -> Started {
        Started::within(command, GUARD)
    }

    /// Starts what may take longer.
    pub fn within(mut command: Command, guard: Duration) -> Started {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = alone(|| command.spawn()).expect("the program starts");
        Started {
            stdin: child.stdin.take(),
            stdout: child.stdout.take().map(BufReader::new),
            stderr: child.stderr.take(),
            guard: Guard::over(child.id(), guard),
            child,
        }
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended; nothing is waited for.
    pub fn has_ended(&self) -> bool {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
        let pid = Pid::from_raw(self.child.id() as i32).expect("a process");
        waitid(WaitId::Pid(pid), options).expect("a child of ours").is_some()
    }

    /// Asks it to end: SIGTERM.
    pub fn terminate(&self) {
        self.signal(rustix::process::Signal::TERM);
    }

    /// Sends it this signal.
    pub fn signal(&self, which: rustix::process::Signal) {
        signal(self.child.id(), which);
    }

    /// The next line of stdout as an event; `None` at its end.
    pub fn next_event(&mut self) -> Option<Value> {
        let mut line = String::new();
        let read = self.stdout.as_mut()?.read_line(&mut line).expect("stdout can be read");
        (read > 0).then(|| serde_json::from_str(&line).expect("one JSON object a line"))
    }

    /// The next event of this kind; fails where the stream ends before.
    pub fn wait_for(&mut self, kind: &str) -> Value {
        loop {
            let event = self.next_event().unwrap_or_else(|| panic!("the stream ended before `{kind}`"));
            if event["event"] == kind {
                return event;
            }
        }
    }

    /// Its stderr, to read while it runs.
    pub fn take_stderr(&mut self) -> ChildStderr {
        self.stderr.take().expect("stderr is taken once")
    }

    /// Waits for its end and collects what it wrote (less what was taken before).
    pub fn finish(mut self) -> Run {
        drop(self.stdin.take());
        let stderr = drain(self.stderr.take());
        let stdout = drain(self.stdout.take()).join().expect("stdout is read");
        let stderr = stderr.join().expect("stderr is read");
        self.guard.wait();
        let status = self.child.wait().expect("the program ends");
        let code = status.code().unwrap_or_else(|| {
            let said = String::from_utf8_lossy(&stderr);
            panic!("ended by a signal ({status}); past its guard it is killed; stderr:\n{said}")
        });
        Run { code, stdout, stderr: String::from_utf8_lossy(&stderr).into_owned() }
    }
}

fn drain(from: Option<impl Read + Send + 'static>) -> JoinHandle<Vec<u8>> {
    std::thread::spawn(move || {
        let mut all = Vec::new();
        if let Some(mut from) = from {
            from.read_to_end(&mut all).expect("a pipe can be read");
        }
        all
    })
}

/// Kills one process that this test started, unless it ends in time.
struct Guard {
    pid: u32,
    ended: Sender<()>,
    thread: Option<JoinHandle<()>>,
}

impl Guard {
    fn over(pid: u32, guard: Duration) -> Guard {
        let (ended, wait) = channel();
        let thread = std::thread::spawn(move || {
            if wait.recv_timeout(guard) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                signal(pid, rustix::process::Signal::KILL);
            }
        });
        Guard { pid, ended, thread: Some(thread) }
    }

    /// Waits until the process has ended and leaves it unreaped, so that its number cannot be another's.
    fn wait(&mut self) {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        if let (Some(thread), Some(pid)) = (self.thread.take(), Pid::from_raw(self.pid as i32)) {
            let _ = waitid(WaitId::Pid(pid), WaitIdOptions::EXITED | WaitIdOptions::NOWAIT);
            let _ = self.ended.send(());
            thread.join().expect("the guard ends");
        }
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if self.guard.thread.is_some() {
            signal(self.child.id(), rustix::process::Signal::KILL);
            self.guard.wait();
            let _ = self.child.wait();
        }
    }
}

fn signal(pid: u32, signal: rustix::process::Signal) {
    if let Some(pid) = rustix::process::Pid::from_raw(pid as i32) {
        let _ = rustix::process::kill_process(pid, signal);
    }
}

/// A `netlearn serve ... --json` that listens.
pub struct Serving {
    /// The port it listens on.
    pub port: u16,
    /// The events before and with `listening`.
    pub begun: Vec<Value>,
    started: Started,
}

impl Serving {
    /// Starts `netlearn serve ARGUMENTS --json` and waits for its first `listening`; let the arguments have
    /// `--port 0` so that the system chooses.
    pub fn start(arguments: &[&str]) -> Serving {
        let mut line = vec!["serve"];
        line.extend_from_slice(arguments);
        line.push("--json");
        let mut started = Started::new(command(&line));
        let mut begun = Vec::new();
        loop {
            let Some(event) = started.next_event() else {
                let run = started.finish();
                panic!("serve ended with {} before it listened; stderr:\n{}", run.code, run.stderr);
            };
            begun.push(event.clone());
            if event["event"] == "listening" {
                let port = event["local_port"].as_u64().and_then(|port| u16::try_from(port).ok());
                return Serving { port: port.expect("a port number"), begun, started };
            }
        }
    }

    /// The process's id.
    pub fn id(&self) -> u32 {
        self.started.id()
    }

    /// Waits for the next event of a kind.
    pub fn wait_for(&mut self, kind: &str) -> Value {
        self.started.wait_for(kind)
    }

    /// The next event, whichever it is.
    pub fn next(&mut self) -> Option<Value> {
        self.started.next_event()
    }

    /// SIGTERM, then everything it wrote after `listening` (less what was waited for).
    pub fn stop(self) -> Run {
        self.started.terminate();
        self.started.finish()
    }

    /// Waits for an end of its own (`--count`).
    pub fn finish(self) -> Run {
        self.started.finish()
    }
}
