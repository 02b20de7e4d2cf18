//! `connect -u`: what goes out and what comes back, datagram by datagram.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::support::{Serving, Started, alone, command, netlearn, netlearn_with};
use super::{connect, datagrams, flat, kinds, socket, take};

#[test]
fn each_send_is_one_datagram_and_an_empty_one_is_one_too() {
    let server = Serving::start(&["udp", "--port", "0", "--count", "3"]);
    let out = tempfile::NamedTempFile::new().unwrap();
    let path = out.path().display().to_string();
    let run = connect(
        server.port,
        &["--send", "one", "--send", "", "--send", "two", "-w", "3", "--json", "-o", &path],
    );
    assert_eq!(run.code, 0, "{}", run.text());
    let sent = [("one".to_owned(), 3), (String::new(), 0), ("two".to_owned(), 3)];
    let events = run.events();
    assert_eq!(datagrams(&events, "sent"), sent);
    assert_eq!(datagrams(&events, "received"), sent);
    let numbers: Vec<u64> =
        run.events_of("bytes").iter().map(|event| event["datagram"].as_u64().unwrap()).collect();
    assert_eq!(numbers.iter().sum::<u64>(), 12, "{numbers:?}");
    assert_eq!(std::fs::read(out.path()).unwrap(), b"onetwo");
    let total = run.event("conversed");
    assert_eq!((&total["writes"], &total["reads"], &total["sent"]), (&3.into(), &3.into(), &6.into()));
    assert_eq!(run.event("udp_connected")["layer"], "udp");
    assert!(run.events_of("connected").is_empty() && run.events_of("closed").is_empty());
    let served = server.finish();
    assert_eq!(served.code, 0);
    let text = served.text();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(datagrams(&events, "received"), sent);
    let served = events.iter().find(|event| event["event"] == "served").unwrap();
    assert_eq!(
        (&served["requests"], &served["replies"], &served["clients"]),
        (&3.into(), &3.into(), &1.into())
    );
}

#[test]
fn a_read_of_stdin_is_one_datagram_and_stdout_gets_the_payload_alone() {
    let (server, address) = socket();
    let port = address.port().to_string();
    let mut client = Started::new(command(&["connect", "-u", "127.0.0.1", &port, "-w", "3"]));
    let mut stdin = client.stdin.take().unwrap();
    stdin.write_all(b"first\n").unwrap();
    let (one, from) = take(&server);
    stdin.write_all(b"second\n").unwrap();
    let (two, _) = take(&server);
    drop(stdin);
    assert_eq!((one.as_slice(), two.as_slice()), (&b"first\n"[..], &b"second\n"[..]));
    server.send_to(b"re", from).unwrap();
    server.send_to(b"ply", from).unwrap();
    let run = client.finish();
    assert_eq!((run.code, run.text().as_str()), (0, "reply"), "{}", run.stderr);
    assert!(flat(&run).contains("2 datagrams sent, 13 bytes; 2 received, 5 bytes"), "{}", run.stderr);
}

#[test]
fn line_ends_and_the_port_are_as_asked() {
    let (server, address) = socket();
    let (held, own) = socket();
    alone(|| drop(held));
    let port = address.port().to_string();
    let own = own.port();
    let run = netlearn_with(
        &["connect", "-u", "127.0.0.1", &port, "-C", "--source-port", &own.to_string(), "-w", "3", "-q"],
        b"a\nb\n",
    );
    assert_eq!(run.code, 0, "{}", run.stderr);
    let (datagram, from) = take(&server);
    assert_eq!((datagram.as_slice(), from.port()), (&b"a\r\nb\r\n"[..], own));
}

#[test]
#[cfg(target_os = "linux")]
fn a_buffer_that_is_too_small_loses_the_rest_as_the_system_says() {
    let server = Serving::start(&["udp", "--port", "0", "--reply", "0123456789"]);
    let run = connect(server.port, &["--send", "x", "--buffer", "4", "-w", "3", "--json"]);
    let received = run.events_of("bytes").into_iter().find(|event| event["direction"] == "received").unwrap();
    assert_eq!(
        (&received["head"], &received["len"], &received["truncated"], &received["lost"]),
        (&"0123".into(), &4.into(), &true.into(), &6.into())
    );
    let run = connect(server.port, &["--send", "x", "--buffer", "4", "-w", "3"]);
    assert_eq!((run.code, run.text().as_str()), (0, "0123"));
    assert!(flat(&run).contains("4 of 10 bytes; 6 lost"), "{}", run.stderr);
    assert!(flat(&run).contains("the next read begins with the next datagram"), "{}", run.stderr);
    server.stop();
}

#[test]
fn the_longest_datagram_passes_whole_and_one_octet_more_is_refused() {
    let server = Serving::start(&["udp", "--port", "0"]);
    let port = server.port.to_string();
    for (host, longest) in [("127.0.0.1", 65_507), ("::1", 65_527)] {
        let ask = |len: usize, more: &[&str]| {
            netlearn_with(&[&["connect", "-u", host, &port, "-w", "3"], more].concat(), &vec![b'a'; len])
        };
        let run = ask(longest, &["-q"]);
        assert_eq!((run.code, run.stdout.len()), (0, longest), "{host}: {}", run.stderr);
        let run = ask(longest + 1, &["--json"]);
        assert_eq!(run.code, 55, "{host}: {}", run.text());
        let refused = run.event("send_refused");
        assert_eq!(
            (&refused["len"], &refused["reason"], &refused["longest"]),
            (&(longest + 1).into(), &"too_long".into(), &longest.into())
        );
        let failed = run.event("failed");
        assert_eq!((&failed["kind"], &failed["layer"]), (&"datagram_too_long".into(), &"udp".into()));
        let words = ask(longest + 1, &[]);
        assert!(flat(&words).contains("nothing is cut in two unasked"), "{}", words.stderr);
        assert!(words.stderr.contains("netlearn explain EMSGSIZE"), "{}", words.stderr);
    }
    let served = server.stop();
    assert_eq!(served.event("served")["requests"], 2);
}

#[test]
fn silence_proves_nothing_and_is_no_failure() {
    let (_server, address) = socket();
    let run = connect(address.port(), &["--send", "hello", "-w", "200ms", "--json"]);
    assert_eq!(run.code, 0, "{}", run.text());
    let silent = run.event("fell_silent");
    assert_eq!((&silent["sent"], &silent["received"]), (&1.into(), &0.into()));
    assert!(run.events_of("failed").is_empty());
    if cfg!(target_os = "linux") {
        // This test has not read it: the table says so.
        assert_eq!(
            (&silent["unread"], &silent["holder"]["owner"]["pid"]),
            (&true.into(), &std::process::id().into())
        );
    }
    let server = Serving::start(&["udp", "--port", "0", "--silent"]);
    // By then the server has to have read it.
    let run = connect(server.port, &["--send", "hello", "-w", "3"]);
    assert_eq!(run.code, 0);
    let said = flat(&run);
    assert!(said.contains("which proves nothing Ours or the reply was dropped, or"), "{said}");
    assert!(said.contains("has read it and does not answer"), "{said}");
    server.stop();
}

#[test]
fn input_that_does_not_end_is_waited_for_no_longer_than_replies() {
    let (_server, address) = socket();
    let port = address.port().to_string();
    let mut client = Started::new(command(&["connect", "-u", "127.0.0.1", &port, "-w", "200ms", "--json"]));
    let stdin = client.stdin.take();
    let silent = client.wait_for("fell_silent");
    assert_eq!((&silent["input_open"], &silent["sent"]), (&true.into(), &0.into()));
    drop(stdin);
    assert_eq!(client.finish().code, 1);
}

#[test]
fn z_asks_with_one_empty_datagram() {
    let server = Serving::start(&["udp", "--port", "0"]);
    let run = connect(server.port, &["-z", "--json"]);
    assert_eq!((run.code, datagrams(&run.events(), "received")), (0, vec![(String::new(), 0)]));
    server.stop();
    let (silent, address) = socket();
    let run = connect(address.port(), &["-z", "-w", "200ms", "--json"]);
    assert_eq!((run.code, run.events_of("failed").len()), (1, 0), "{}", run.text());
    assert_eq!(take(&silent).0, b"");
}

#[test]
#[cfg(unix)]
fn a_client_that_is_told_to_end_tells_what_passed() {
    let (server, address) = socket();
    let port = address.port().to_string();
    let mut client = Started::new(command(&["connect", "-u", "127.0.0.1", &port, "-w", "20", "--json"]));
    client.stdin.as_mut().unwrap().write_all(b"hi").unwrap();
    client.wait_for("bytes");
    assert_eq!(take(&server).0, b"hi");
    let held = client.stdin.take();
    client.terminate();
    let run = client.finish();
    drop(held);
    assert_eq!(run.code, 143);
    let text = run.text();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(kinds(&events).ends_with(&["conversed", "finished"]), "{text}");
}

#[test]
fn a_name_gives_one_address_and_the_others_are_named() {
    let (_server, address) = socket();
    let port = address.port();
    let route = format!("pair.test:{port}:127.0.0.1,127.0.0.2");
    let port = port.to_string();
    let line = ["connect", "-u", "pair.test", &port, "--resolve", &route, "--send", "x", "-w", "100ms"];
    let run = netlearn(&[&line[..], &["--json"]].concat());
    assert_eq!(run.code, 0, "{}", run.text());
    // At brief too: nothing else tells that there is another address.
    let said = flat(&netlearn(&line));
    assert!(said.contains("The name stands for 127.0.0.2 too. We stay with the first"), "{said}");
    let given = run.event("udp_connected");
    assert_eq!(
        (&given["peer"], &given["of"], &given["untried"]),
        (&address.to_string().into(), &2.into(), &serde_json::json!(["127.0.0.2"]))
    );
}

#[test]
fn flags_of_connections_do_not_go_with_datagrams() {
    for (arguments, said) in [
        (&["connect", "-u", "-U", "/tmp/app.sock"][..], "-u and -U do not go together"),
        (&["connect", "-u", "--tls", "localhost", "4009"], "-u and --tls do not go together"),
        (&["connect", "-u", "-k", "localhost", "4009"], "-u and -k do not go together"),
        (&["connect", "localhost", "4009", "--buffer", "4"], "--buffer goes with -u"),
        (&["connect", "-u", "localhost", "4009", "--buffer", "0"], "from 1 to 65535"),
        (&["connect", "-u", "localhost", "4009", "-z", "--send", "x"], "--send"),
        (&["serve", "udp", "--tls"], "udp and --tls do not go together"),
        (&["serve", "udp", "--files", "."], "udp and --files do not go together"),
        (&["serve", "udp", "--fault", "reset"], "udp and --fault do not go together"),
        (&["serve", "udp", "--greet", "hi"], "udp and --greet do not go together"),
        (&["serve", "udp", "--drip"], "udp and --drip do not go together"),
        (&["serve", "tcp", "--buffer", "4"], "--buffer is for udp"),
        (&["serve", "4009", "--buffer", "4"], "--buffer is for udp"),
        (&["serve", "udp", "here"], "a port is a number"),
        (&["serve", "sctp"], "http, tcp, udp or unix"),
    ] {
        let run = netlearn(arguments);
        assert_eq!(run.code, 2, "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
        assert!(run.stderr.contains("netlearn "), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
#[ignore = "needs ncat"]
fn ncat_answers_the_client() {
    let (held, address) = socket();
    alone(|| drop(held));
    let port = address.port().to_string();
    let mut line = Command::new("ncat");
    line.args(["-4", "-u", "-l", "-v", "-e", "/bin/cat", "127.0.0.1", &port]);
    let mut ncat = Started::new(line);
    let mut said = std::io::BufReader::new(ncat.take_stderr());
    let mut ready = String::new();
    while !ready.contains("Listening on") {
        assert!(std::io::BufRead::read_line(&mut said, &mut ready).unwrap() > 0, "{ready}");
    }
    let run = netlearn(&["connect", "-u", "127.0.0.1", &port, "--send", "hello", "-w", "3", "-q"]);
    assert_eq!((run.code, run.text().as_str()), (0, "hello"), "{}", run.stderr);
    drop(ncat);
}

#[test]
#[ignore = "needs socat"]
fn socat_answers_the_client() {
    let (held, address) = socket();
    alone(|| drop(held));
    let port = address.port().to_string();
    let mut line = Command::new("socat");
    line.args(["-d", "-d", &format!("UDP4-RECVFROM:{port},bind=127.0.0.1"), "EXEC:cat"]).stdin(Stdio::null());
    let mut socat = Started::new(line);
    let mut said = std::io::BufReader::new(socat.take_stderr());
    let mut ready = String::new();
    while !ready.contains("receiving on") {
        assert!(std::io::BufRead::read_line(&mut said, &mut ready).unwrap() > 0, "{ready}");
    }
    let run = netlearn(&["connect", "-u", "127.0.0.1", &port, "--send", "hello", "-w", "3", "-q"]);
    assert_eq!((run.code, run.text().as_str()), (0, "hello"), "{}", run.stderr);
    drop(socat);
}
