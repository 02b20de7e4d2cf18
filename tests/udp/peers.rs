//! Who is remembered, and that neither many peers nor many datagrams are too many.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::UdpSocket;

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

/// A flood is counted and not told one by one: the narration stays short, and told and counted come to the whole.
///
/// Datagrams are taken in the order in which they came, so the last answer of a round says that all of it were taken:
/// none is dropped at a full queue, and none is left in it when the server is told to end.
#[test]
fn told_and_counted_datagrams_come_to_the_whole() {
    let mut server = Started::new(command(&["serve", "udp", "--port", "0", "--max-connections", "50"]));
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
        let last = clients.last().unwrap();
        assert_eq!(take(last).0, [round; 8]);
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
    assert_eq!(whole, 5_000, "{flat}");
    assert_eq!(flat.matches("a datagram came,").count() as u64 + counted, whole, "{text}");
}
