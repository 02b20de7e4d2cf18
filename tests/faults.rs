//! Faults at every octet: through a proxy that delays, splits, cuts and resets an exchange, each operation ends, and says
//! what happened as the place of the fault decides. What a user's disk, terminal and neighbours do is here too.

mod support;

#[path = "support/authority.rs"]
mod authority;
#[path = "faults/clock.rs"]
mod clock;
#[path = "faults/frames.rs"]
mod frames;
#[path = "faults/frozen.rs"]
mod frozen;
#[path = "faults/names.rs"]
mod names;
#[path = "support/proxy.rs"]
mod proxy;
#[path = "faults/sealed.rs"]
mod sealed;
#[path = "faults/serving.rs"]
mod serving;
#[path = "faults/surroundings.rs"]
mod surroundings;
#[path = "faults/talking.rs"]
mod talking;
#[path = "faults/web.rs"]
mod web;

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use netlearn::command::Outcome;
use netlearn::event::failure::FailureKind;
use netlearn::event::recorder::{Delivery, Recorder};
use netlearn::net::NetError;

/// Past this an operation has not ended.
const GUARD: Duration = Duration::from_secs(20);
/// A wait that is meant to run out.
const SHORT: Duration = Duration::from_millis(400);
/// A wait that must not run out.
const LONG: Duration = Duration::from_secs(15);

/// How an operation ended: its failure, or none.
type Verdict = Option<FailureKind>;

/// The exit code of a verdict.
fn code(verdict: Verdict) -> u8 {
    verdict.map_or(Outcome::DONE, Outcome::of).0
}

/// Runs an operation of the library on a runtime of its own, which ends in time.
fn run<T>(operation: impl AsyncFnOnce(&Recorder) -> Result<T, NetError>) -> Result<T, FailureKind> {
    let (recorder, _stream) = Recorder::start(Vec::new(), Delivery::Lossless);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let result = runtime.block_on(async { tokio::time::timeout(GUARD, operation(&recorder)).await });
    result.expect("the operation ends").map_err(|error| error.failed().kind)
}

/// A server of this test's own at a port of 127.0.0.1; it has nothing to end and goes with the process.
fn served<F: Future + Send + 'static>(attend: impl Fn(tokio::net::TcpStream) -> F + Send + 'static) -> u16
where
    F::Output: Send,
{
    let listener = std::net::TcpListener::bind((std::net::Ipv4Addr::LOCALHOST, 0)).expect("a port");
    listener.set_nonblocking(true).expect("an option");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(async {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            let mut tasks = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a client");
                tasks.spawn(attend(stream));
            }
        });
    });
    port
}

/// Does `each` for every one of these, several at one time: most of them wait. All faults are told together.
fn for_each<T: Sync>(items: &[T], each: impl Fn(&T) -> Result<(), String> + Sync) {
    let next = AtomicU64::new(0);
    let faults = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(item) = items.get(next.fetch_add(1, Ordering::SeqCst) as usize) {
                    if let Err(fault) = each(item) {
                        faults.lock().expect("no panic").push(fault);
                    }
                }
            });
        }
    });
    let faults = faults.into_inner().expect("no panic");
    assert!(faults.is_empty(), "{} of {}:\n{}", faults.len(), items.len(), faults.join("\n"));
}

/// Does `each` for every plan, with the limit of its act. Of what is held the limit is what is tested, and one that a
/// slow machine exceeds before the fault is met tests nothing: such a plan has a second run with a longer limit, and
/// must hold in that one.
fn for_each_plan(plans: &[proxy::Plan], each: impl Fn(&proxy::Plan, Duration) -> Result<(), String> + Sync) {
    for_each(plans, |plan| match plan.act {
        proxy::Act::Hold => each(plan, SHORT).or_else(|_| each(plan, 10 * SHORT)),
        proxy::Act::Delay(_) | proxy::Act::Fin | proxy::Act::Rst => each(plan, LONG),
    });
}

/// `seen` as a fault unless it is `expected`.
fn held<T: PartialEq + std::fmt::Debug>(
    what: impl std::fmt::Debug,
    seen: T,
    expected: T,
) -> Result<(), String> {
    if seen == expected { Ok(()) } else { Err(format!("{what:?}: {seen:?}, expected {expected:?}")) }
}
