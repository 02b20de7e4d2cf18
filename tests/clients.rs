//! `connect --clients N`: every connection is really there at the same time, and every one is counted.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod support;

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::thread::JoinHandle;

use serde_json::Value;
use support::{GUARD, Run, Started, accept_within, command, netlearn, netlearn_with, refusing};

/// A server of the test's own that is given all of its clients at once.
fn server<T: Send + 'static>(
    clients: usize,
    serve: impl FnOnce(Vec<TcpStream>) -> T + Send + 'static,
) -> (String, JoinHandle<T>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port().to_string();
    let thread = std::thread::spawn(move || {
        let all = (0..clients).map(|_| accept_within(&listener, GUARD)).collect();
        serve(all)
    });
    (port, thread)
}

/// `netlearn serve tcp`, and its port.
fn own_server(flags: &[&str]) -> (Started, String) {
    let mut serve = Started::new(command(&[&["serve", "tcp", "0", "--host", "127.0.0.1"], flags].concat()));
    let port = if flags.contains(&"--json") {
        let listening = serve.wait_for("listening");
        listening["local"].as_str().unwrap().rsplit_once(':').unwrap().1.to_owned()
    } else {
        String::new()
    };
    (serve, port)
}

fn connect(port: &str, arguments: &[&str]) -> Run {
    netlearn(&[&["connect", "127.0.0.1", port], arguments].concat())
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// netlearn under `ulimit` as it is given.
fn limited(ulimit: &str, arguments: &[&str]) -> Run {
    let mut shell = Command::new("sh");
    let line = format!("ulimit {ulimit} && exec \"$@\"");
    shell.args(["-c", &line, "sh", env!("CARGO_BIN_EXE_netlearn")]).args(arguments);
    Started::new(shell).finish()
}

#[test]
fn five_hundred_connections_have_five_hundred_ports_and_the_server_has_one() {
    let (serve, port) = own_server(&["--json"]);
    let run = connect(&port, &["--clients", "500", "--send", "hello", "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let ended = run.event("clients_ended");
    for (field, value) in [
        ("clients", 500),
        ("connected", 500),
        ("most_open", 500),
        ("own_ports", 500),
        ("sent", 2500),
        ("received", 2500),
        ("writes", 500),
        ("reset", 0),
    ] {
        assert_eq!(ended[field], value, "{field}: {ended}");
    }
    assert_eq!(ended["server"], format!("127.0.0.1:{port}"));
    assert!(ended.get("failures").is_none(), "{ended}");
    let times = &ended["connect_times"];
    let time = |name: &str| times[name].as_f64().unwrap();
    assert!(0.0 < time("lowest") && time("lowest") <= time("median") && time("median") <= time("highest"));
    // The events are all there, and say the same one by one.
    let connected = run.events_of("connected");
    let own: HashSet<String> = connected.iter().map(|one| one["local"].to_string()).collect();
    assert_eq!((connected.len(), own.len(), run.events_of("closed").len()), (500, 500, 500));
    let bytes = |direction: &str| -> u64 {
        let all = run.events_of("bytes");
        all.iter().filter(|one| one["direction"] == direction).map(|one| one["len"].as_u64().unwrap()).sum()
    };
    assert_eq!((bytes("sent"), bytes("received")), (2500, 2500));
    serve.terminate();
    let served = serve.finish();
    let counted = served.event("served");
    assert_eq!((&counted["clients"], &counted["received"]), (&500.into(), &2500.into()), "{counted}");
}

#[test]
fn the_story_is_short_and_the_same_from_a_recording() {
    let (serve, port) = own_server(&["--json"]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("run.jsonl");
    let file = file.to_str().unwrap();
    let run = connect(&port, &["--clients", "300", "--record", file]);
    serve.terminate();
    serve.finish();
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.is_empty());
    let said = flat(&run.stderr);
    let summary = format!("300 connections, 300 ports of ours, one port of the server: {port}");
    assert!(said.contains(&summary), "{}", run.stderr);
    assert!(said.contains("300 connections are open at the same time"), "{}", run.stderr);
    // Each second tells how far it has come.
    let lines = run.stderr.lines().filter(|line| !line.contains("so far"));
    assert!(lines.count() <= 24, "{}", run.stderr);
    for view in ["narration", "ladder"] {
        let again = netlearn(&["replay", file, "--view", view]);
        assert_eq!(again.code, 0, "{}", again.stderr);
        assert!(again.text().lines().count() < 50, "{view}: {}", again.text());
    }
    let again = netlearn(&["replay", file]);
    assert!(flat(&again.text()).contains(&summary), "{}", again.text());
    let kept = std::fs::read_to_string(file).unwrap();
    assert_eq!(kept.matches("\"event\":\"connected\"").count(), 300);
}

#[test]
fn a_server_that_narrates_folds_them_and_counts_every_one() {
    let mut serve = own_server(&[]).0;
    let mut lines = BufReader::new(serve.take_stderr()).lines();
    let mut told = Vec::new();
    let port = loop {
        let line = lines.next().expect("it says where it listens").unwrap();
        told.push(line);
        let said = flat(&told.join(" "));
        let after = said.split("127.0.0.1 port ").nth(1).or_else(|| said.split("127.0.0.1:").nth(1));
        let digits: String = after.unwrap_or_default().chars().take_while(char::is_ascii_digit).collect();
        if !digits.is_empty() {
            break digits;
        }
    };
    let reader = std::thread::spawn(move || lines.map(Result::unwrap).collect::<Vec<_>>());
    let run = connect(&port, &["--clients", "600", "--send", "abc", "-q"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    serve.terminate();
    assert_eq!(serve.finish().code, 0);
    let rest = reader.join().unwrap();
    let said = flat(&rest.join(" "));
    assert!(said.contains("600 connections, 1,800 bytes in, 1,800 bytes out"), "{said}");
    assert!(rest.len() < 160, "{} lines", rest.len());
}

#[test]
fn all_are_open_at_the_same_time() {
    let (port, server) = server(40, |mut all| {
        // None is answered before each was heard, and none leaves before it is answered.
        for stream in &mut all {
            stream.read_exact(&mut [0]).unwrap();
        }
        for mut stream in all {
            stream.write_all(b"y").unwrap();
            assert_eq!(stream.read(&mut [0; 9]).unwrap(), 0, "a FIN");
        }
    });
    let run = connect(&port, &["--clients", "40", "--send", "x", "--json"]);
    server.join().unwrap();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let counted = run.events_of("clients_counted");
    let all = counted.iter().find(|one| one["all_tried"] == true).unwrap();
    assert_eq!((&all["open"], &all["failed"]), (&40.into(), &0.into()), "{all}");
    let ended = run.event("clients_ended");
    assert_eq!((&ended["closed_by_client"], &ended["closed_by_server"]), (&40.into(), &0.into()));
}

#[test]
fn where_the_first_is_refused_the_others_are_not_tried() {
    let (_held, port) = refusing();
    let port = port.to_string();
    let run = connect(&port, &["--clients", "50", "--json"]);
    assert_eq!(run.code, 7, "{}", run.stderr);
    let ended = run.event("clients_ended");
    assert_eq!((&ended["connected"], &ended["not_tried"]), (&0.into(), &49.into()), "{ended}");
    assert_eq!(ended["failures"], serde_json::json!([{"reason": "refused", "count": 1}]));
    assert_eq!(run.event("failed")["kind"], "refused");
    let told = connect(&port, &["--clients", "50"]);
    assert!(flat(&told.stderr).contains("none of 50 connections was opened"), "{}", told.stderr);
}

#[test]
fn failures_are_counted_by_reason_and_the_first_is_explained() {
    let (port, server) = server(20, |all| {
        for (index, mut stream) in all.into_iter().enumerate() {
            stream.read_exact(&mut [0; 5]).unwrap();
            if index.is_multiple_of(2) {
                socket2::SockRef::from(&stream).set_linger(Some(std::time::Duration::ZERO)).unwrap();
            } else {
                stream.write_all(b"yes").unwrap();
                assert_eq!(stream.read(&mut [0; 9]).unwrap(), 0);
            }
        }
    });
    let run = connect(&port, &["--clients", "20", "--send", "hello", "--json"]);
    server.join().unwrap();
    assert_eq!(run.code, 56, "{}", run.stderr);
    let ended = run.event("clients_ended");
    assert_eq!(ended["failures"], serde_json::json!([{"reason": "reset", "count": 10}]), "{ended}");
    assert_eq!(
        (&ended["connected"], &ended["received"], &ended["reset"]),
        (&20.into(), &30.into(), &10.into())
    );
    let failed = run.event("failed");
    assert_eq!(failed["kind"], "reset");
    let of_many = |fact: &&Value| fact["fact"] == "of_many";
    let many = failed["evidence"].as_array().unwrap().iter().find(of_many).expect("how many");
    assert_eq!((&many["failed"], &many["clients"]), (&10.into(), &20.into()));
}

#[test]
fn a_server_that_says_nothing_fails_them_all_in_time() {
    let (port, server) = server(5, |all| {
        for mut stream in all {
            while matches!(stream.read(&mut [0; 9]), Ok(1..)) {}
        }
    });
    let (held, other) = (TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap(), server);
    let silent = held.local_addr().unwrap().port().to_string();
    let run = connect(&silent, &["--clients", "5", "--send", "hello", "-w", "300ms", "--json"]);
    assert_eq!(run.code, 28, "{}", run.stderr);
    let ended = run.event("clients_ended");
    assert_eq!(ended["failures"], serde_json::json!([{"reason": "silent", "count": 5}]), "{ended}");
    // The near miss: a server that reads to the end and hangs up without a word is no failure.
    let run = connect(&port, &["--clients", "5", "--send", "hello", "-w", "5s", "--json"]);
    other.join().unwrap();
    assert_eq!((run.code, &run.event("clients_ended")["received"]), (0, &0.into()), "{}", run.stderr);
}

#[test]
fn one_that_is_told_to_end_counts_what_it_had() {
    let held = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = held.local_addr().unwrap().port().to_string();
    let mut run = Started::new(command(&[
        "connect",
        "127.0.0.1",
        &port,
        "--clients",
        "7",
        "--send",
        "x",
        "-w",
        "25s",
        "--json",
    ]));
    // On a slow machine there are counts before all were tried.
    while run.wait_for("clients_counted")["all_tried"] != true {}
    run.terminate();
    let ended = run.wait_for("clients_ended");
    assert_eq!((&ended["connected"], &ended["own_ports"]), (&7.into(), &7.into()), "{ended}");
    assert_eq!(run.finish().code, 143);
}

#[test]
fn a_low_limit_is_raised_where_that_is_possible_and_said_where_it_is_not() {
    let (serve, port) = own_server(&["--json"]);
    let place = ["connect", "127.0.0.1", port.as_str()];
    let raised = limited("-S -n 100", &[&place[..], &["--clients", "300", "--json"]].concat());
    assert_eq!(raised.code, 0, "{}", raised.stderr);
    let announced = raised.event("clients_announced");
    assert_eq!(announced["raised_from"], 100, "{announced}");
    assert!(announced["descriptors"].as_u64().unwrap() >= 300, "{announced}");
    assert_eq!(raised.event("clients_ended")["connected"], 300);

    let refused = limited("-n 100", &[&place[..], &["--clients", "300", "--json"]].concat());
    assert_eq!(refused.code, 2, "{}", refused.stderr);
    assert!(refused.events_of("connected").is_empty(), "nothing is begun");
    let failed = refused.event("failed");
    assert_eq!(failed["kind"], "too_many_clients");
    let fact = &failed["evidence"][0];
    assert_eq!((&fact["limit"], &fact["wanted"]), (&100.into(), &300.into()), "{fact}");
    let fit = fact["fit"].as_u64().unwrap().to_string();
    let told = limited("-n 100", &[&place[..], &["--clients", "300"]].concat());
    let right = format!("netlearn connect --clients {fit} 127.0.0.1:{port}");
    assert!(flat(&told.stderr).contains(&right), "{}", told.stderr);
    // And the command works.
    let works = limited("-n 100", &["connect", "--clients", &fit, &format!("127.0.0.1:{port}"), "--json"]);
    assert_eq!(works.code, 0, "{}", works.stderr);
    assert_eq!(works.event("clients_ended")["connected"].to_string(), fit);
    serve.terminate();
    serve.finish();
}

#[test]
fn more_than_there_are_ports_is_said_before() {
    let run = connect("9", &["--clients", "70000", "--json"]);
    assert_eq!(run.code, 2, "{}", run.stderr);
    let failed = run.event("failed");
    let range = std::fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").unwrap();
    let range: Vec<u64> = range.split_whitespace().map(|number| number.parse().unwrap()).collect();
    let lent = &failed["evidence"][0]["lent"];
    assert_eq!((&lent["first"], &lent["last"]), (&range[0].into(), &range[1].into()), "{failed}");
}

#[test]
fn what_does_not_go_with_many_clients_is_named_with_what_works() {
    for (arguments, named) in [
        (&["--clients", "0"][..], "from 1 up"),
        (&["--clients", "x"], "from 1 up"),
        (&["--clients", "-5"], "from 1 up"),
        (&["--clients", "5", "-u"], "--clients and -u"),
        (&["--clients", "5", "--tls"], "--clients and --tls"),
        (&["--clients", "5", "--source-port", "4000"], "--clients and --source-port"),
        (&["--clients", "5", "-o", "/nowhere/x"], "--clients and -o"),
        (&["--clients", "5", "--reset"], "--clients and --reset"),
        (&["--clients", "5", "--no-read"], "--clients and --no-read"),
        (&["--clients", "5", "--drip"], "--clients and --drip"),
    ] {
        let run = connect("9", arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        let said = flat(&run.stderr);
        assert!(said.contains(named) && said.contains("netlearn connect"), "{arguments:?}: {}", run.stderr);
    }
    let run = netlearn(&["connect", "-U", "/nowhere.sock", "--clients", "5"]);
    assert!(run.code == 2 && run.stderr.contains("--clients and -U"), "{}", run.stderr);
}

#[test]
fn input_on_stdin_is_not_lost_in_silence() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("input");
    std::fs::write(&file, "hello").unwrap();
    let output = command(&["connect", "127.0.0.1", "9", "--clients", "5"])
        .stdin(std::fs::File::open(&file).unwrap())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && said.contains("stdin"), "{said}");
    // Without any it is no matter that stdin is a pipe.
    let (port, server) = server(1, drop);
    let run = netlearn_with(&["connect", "127.0.0.1", &port, "--clients", "1"], b"");
    assert_eq!(run.code, 0, "{}", run.stderr);
    server.join().unwrap();
}

#[test]
#[ignore = "needs node"]
fn five_hundred_at_a_node_server() {
    let script = "const server = require('node:net').createServer(socket => socket.pipe(socket));\
        server.listen(0, () => console.log(server.address().port));";
    let mut node = Command::new("node").args(["-e", script]).stdout(Stdio::piped()).spawn().unwrap();
    let mut port = String::new();
    BufReader::new(node.stdout.take().unwrap()).read_line(&mut port).unwrap();
    let port = port.trim();
    let run = netlearn(&["connect", "localhost", port, "--clients", "500"]);
    node.kill().unwrap();
    node.wait().unwrap();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let summary = format!("500 connections, 500 ports of ours, one port of the server: {port}");
    assert!(flat(&run.stderr).contains(&summary), "{}", run.stderr);
}
