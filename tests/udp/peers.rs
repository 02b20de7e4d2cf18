//! Who is remembered, and that neither many peers nor many datagrams are too many.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::UdpSocket;

use serde_json::Value;

use super::support::{Serving, Started, command};
use super::{socket, take};

#[test]
fn the_table_of_peers_is_bounded_and_the_longest_silent_goes() {
    let mut server = Serving::start(&["udp", "--port", "0", "--max-connections", "3"]);
    let clients: Vec<UdpSocket> = (0..8).map(|_| socket().0).collect();
    for client in &clients {
        client.connect(("127.0.0.1", server.port)).unwrap();
        client.send(b"x").unwrap();
        assert_eq!(take(client).0, b"x");
    }
    // Forgotten, and back again: served all the same, as another client.
    clients[0].send(b"y").unwrap();
    assert_eq!(take(&clients[0]).0, b"y");
    let mut gone = Vec::new();
    for _ in 0..6 {
        let forgotten = server.wait_for("peer_forgotten");
        assert_eq!((&forgotten["why"], &forgotten["datagrams_received"]), (&"room".into(), &1.into()));
        gone.push(forgotten["client"].as_u64().unwrap());
    }
    assert_eq!(gone, [1, 2, 3, 4, 5, 6]);
    let served = server.stop().event("served");
    assert_eq!((&served["clients"], &served["requests"]), (&9.into(), &9.into()));
}

#[test]
fn one_that_is_silent_for_too_long_is_forgotten() {
    let mut server = Serving::start(&["udp", "--port", "0", "--idle", "100ms"]);
    let (client, _) = socket();
    client.connect(("127.0.0.1", server.port)).unwrap();
    client.send(b"x").unwrap();
    let forgotten = server.wait_for("peer_forgotten");
    assert_eq!((&forgotten["why"], &forgotten["client"]), (&"idle".into(), &1.into()));
    assert!(forgotten["silent"].as_f64().unwrap() >= 0.1, "{forgotten}");
    server.stop();
}

/// Thousands of datagrams of hundreds of peers: the narration stays short, and no count is lost.
#[test]
fn a_flood_is_counted_and_not_told_one_by_one() {
    let mut line = command(&["serve", "udp", "--port", "0", "--max-connections", "50", "--silent"]);
    let (folder, record) = {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("run.jsonl");
        (folder, path)
    };
    // Its port is learnt from a recording, which is written as it goes; the narration is what is judged.
    line.arg("--record").arg(&record);
    let server = Started::new(line);
    let port = loop {
        let text = std::fs::read_to_string(&record).unwrap_or_default();
        let listening = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .find(|event| event["event"] == "listening");
        if let Some(event) = listening {
            break event["local_port"].as_u64().unwrap() as u16;
        }
        std::thread::yield_now();
    };
    let clients: Vec<UdpSocket> = (0..200).map(|_| socket().0).collect();
    for round in 0..50 {
        for client in &clients {
            client.send_to(&[round; 8], ("127.0.0.1", port)).unwrap();
        }
    }
    server.terminate();
    let run = server.finish();
    assert_eq!(run.code, 0, "{}", run.stderr);
    let lines = run.stderr.lines().count();
    assert!(lines < 1_000, "{lines} lines");
    let text = std::fs::read_to_string(&record).unwrap();
    let events: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let served = events.iter().find(|event| event["event"] == "served").unwrap();
    let requests = served["requests"].as_u64().unwrap();
    assert!(requests > 100, "{served}");
    assert_eq!(served["received"].as_u64().unwrap(), requests * 8);
    let sum = |kind: &str, field: &str| -> u64 {
        let of_kind = events.iter().filter(|event| event["event"] == kind);
        of_kind.map(|event| event[field].as_u64().unwrap_or(1)).sum()
    };
    if sum("events_lost", "count") == 0 {
        assert_eq!(sum("bytes", "datagrams") + sum("folded", "requests"), requests, "{served}");
    }
    drop(folder);
}

/// The same without a recording, where the server itself folds: what is told and what is counted come to the whole.
#[test]
fn told_and_counted_datagrams_come_to_the_whole() {
    let mut server =
        Started::new(command(&["serve", "udp", "--port", "0", "--max-connections", "50", "--silent"]));
    let mut said = BufReader::new(server.take_stderr());
    let mut text = String::new();
    said.read_line(&mut text).unwrap();
    let port: u16 = {
        let (_, after) = text.split_once("127.0.0.1:").expect("the first line has the address");
        after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
    };
    let clients: Vec<UdpSocket> = (0..100).map(|_| socket().0).collect();
    for round in 0..50 {
        for client in &clients {
            client.send_to(&[round; 8], ("127.0.0.1", port)).unwrap();
        }
    }
    server.terminate();
    said.read_to_string(&mut text).unwrap();
    assert_eq!(server.finish().code, 0, "{text}");
    assert!(text.lines().count() < 500, "{text}");
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let number = |words: &str| -> Option<u64> { words.rsplit(' ').next()?.replace(',', "").parse().ok() };
    let counted: u64 = [" more datagrams", " more datagram "]
        .iter()
        .flat_map(|what| flat.match_indices(what))
        .map(|(at, _)| number(&flat[..at]).expect("a number stands before it"))
        .sum();
    let (before, _) = flat.split_once(" datagrams in (").expect("the summary");
    let whole = number(before).unwrap();
    assert!(whole > 100, "{flat}");
    assert_eq!(flat.matches("a datagram came,").count() as u64 + counted, whole, "{text}");
}
