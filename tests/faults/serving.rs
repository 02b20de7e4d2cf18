//! `serve` behind the proxy: whatever becomes of one client's octets, its connection ends and the next is served.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpStream};
use std::time::Duration;

use super::proxy::{Act, Plan, Proxy, Way};
use super::support::Serving;
use super::{GUARD, for_each, held};

const ASKED: &[u8] = b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nConnection: close\r\n\r\nHello";

fn ask(port: u16) -> Vec<u8> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    stream.set_read_timeout(Some(GUARD)).expect("a timeout");
    let mut came = Vec::new();
    // What was cut may be a reset for the writer or the reader.
    if stream.write_all(ASKED).is_ok() {
        let mut chunk = [0; 4096];
        loop {
            match stream.read(&mut chunk) {
                Ok(0) => break,
                Ok(len) => came.extend_from_slice(&chunk[..len]),
                Err(error) => {
                    let kind = error.kind();
                    assert!(kind == std::io::ErrorKind::ConnectionReset, "not ended in time: {error}");
                    break;
                }
            }
        }
    }
    came
}

#[test]
fn a_client_cut_at_every_octet_costs_the_server_nothing() {
    for act in [Act::Delay(Duration::from_millis(3)), Act::Hold, Act::Fin, Act::Rst] {
        cut(Way::ToServer, act);
    }
    // What is held on the way back is held from the client for ever: nobody but it could end that.
    for act in [Act::Delay(Duration::from_millis(3)), Act::Fin, Act::Rst] {
        cut(Way::ToClient, act);
    }
}

/// One way and one act at every octet; with a server of its own, which has half a minute.
fn cut(way: Way, act: Act) {
    // Only what is held is to be ended for its idleness.
    let idle = if act == Act::Hold { "1s" } else { "20s" };
    let mut serving = Serving::start(&["--port", "0", "--host", "127.0.0.1", "--idle", idle]);
    let whole = ask(serving.port);
    assert!(whole.starts_with(b"HTTP/1.1 200 OK\r\n"), "{}", String::from_utf8_lossy(&whole));
    let len = if way == Way::ToServer { ASKED.len() } else { whole.len() } as u64;
    let plans: Vec<Plan> = (0..len).map(|at| Plan { way, at, act }).collect();
    for_each(&plans, |plan| {
        let proxy = Proxy::before(serving.port, Some(*plan));
        let came = ask(proxy.port);
        let expected: &[u8] = match (plan.way, plan.act) {
            (_, Act::Delay(_)) => b"HTTP/1.1 200 OK\r\n",
            // Nothing came of a request, so there is nothing to answer; of the rest 408 (RFC 9110 section 15.5.9).
            (Way::ToServer, Act::Hold) if plan.at == 0 => b"",
            (Way::ToServer, Act::Hold) => b"HTTP/1.1 408 Request Timeout\r\n",
            (Way::ToServer, _) => b"",
            (Way::ToClient, _) => &whole[..usize::try_from(plan.at).expect("small").min(17)],
        };
        let kept = plan.way == Way::ToClient
            && plan.act == Act::Rst
            && whole.starts_with(&came[..came.len().min(17)]);
        let seen = String::from_utf8_lossy(&came).into_owned();
        held((plan, seen), came.starts_with(expected) || kept, true)
    });
    assert!(ask(serving.port).starts_with(b"HTTP/1.1 200 OK\r\n"), "the next client is served");
    for _ in 0..plans.len() + 2 {
        serving.wait_for("closed");
    }
    let run = serving.stop();
    let served = run.event("served");
    assert_eq!((run.code, &served["open_at_stop"]), (0, &0.into()), "{served}");
    let count = |name: &str| served[name].as_u64().expect("a number");
    assert_eq!(count("clients"), plans.len() as u64 + 2);
    assert_eq!(
        count("closed_by_client") + count("closed_by_server"),
        count("clients"),
        "each has ended: {served}"
    );
    let cut = plans.iter().filter(|plan| plan.way == Way::ToServer && plan.act == Act::Rst).count() as u64;
    assert!(count("reset") >= cut, "{cut} were reset: {served}");
}
