//! No octet of a datagram reaches the terminal as anything but text.

use std::net::UdpSocket;

use netlearn::event::Event;
use netlearn::render::style::Style;
use netlearn::render::{Level, View, Voice, choose};
use proptest::prelude::*;
use serde_json::json;

use super::support::{Started, command};
use super::{socket, take};

/// What acts on a terminal: controls other than the line feed, and marks that turn the direction of text.
fn acts(text: &str) -> Option<char> {
    let turns = |c: char| matches!(c, '\u{061c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    text.chars().find(|c| (c.is_control() && *c != '\n') || turns(*c))
}

#[derive(Clone, Default)]
struct Paper(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Paper {
    fn write(&mut self, octets: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn shown(view: View, voice: Voice, style: Style, events: &[Event]) -> String {
    let paper = Paper::default();
    let mut render = choose(view, voice, style, Box::new(paper.clone()));
    for event in events {
        render.event(event).unwrap();
        render.flush().unwrap();
    }
    render.finish().unwrap();
    drop(render);
    let text = paper.0.lock().unwrap().clone();
    String::from_utf8(text).unwrap()
}

fn event(number: usize, side: &str, direction: &str, octets: &[u8], truncated: bool) -> Event {
    use base64::Engine as _;
    let head = base64::engine::general_purpose::STANDARD.encode(octets);
    serde_json::from_value(json!({
        "seq": number, "at": 0.001, "flow": 1, "layer": "udp", "side": side, "event": "bytes", "direction": direction,
        "offset": 0, "len": octets.len(), "head": head, "head_encoding": "base64", "datagram": number, "truncated": truncated,
    }))
    .unwrap()
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    let text =
        "(\u{1b}\\[[0-9;]{0,5}[A-Za-z]|\u{1b}\\][^\u{7}]{0,9}\u{7}|\u{9b}31m|\u{202e}|\r|\n|[a-z]){0,12}";
    prop_oneof![proptest::collection::vec(any::<u8>(), 0..200), text.prop_map(String::into_bytes)]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_view_lets_an_octet_of_a_datagram_act(
        datagrams in proptest::collection::vec((content(), any::<bool>(), any::<bool>()), 1..6),
        width in 0_usize..120,
        ascii in any::<bool>(),
        full in any::<bool>(),
    ) {
        let style = Style { width, ascii, level: if full { Level::Full } else { Level::Brief }, ..Style::default() };
        for (side, voice) in [("client", Voice::Client), ("server", Voice::Server)] {
            let events: Vec<Event> = datagrams
                .iter()
                .enumerate()
                .map(|(index, (octets, sent, cut))| {
                    event(index + 1, side, if *sent { "sent" } else { "received" }, octets, *cut)
                })
                .collect();
            for view in [View::Narration, View::Ladder, View::Hex] {
                let text = shown(view, voice, style, &events);
                prop_assert_eq!(acts(&text), None, "{:?}: {:?}", view, text);
            }
        }
    }
}

/// The same of the whole program: every octet there is, in each view.
#[test]
fn every_octet_is_safe_on_the_way_through_the_program() {
    let every: Vec<u8> = (0..=255).collect();
    let evil = "\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{202e}\r\x08";
    for view in ["narration", "ladder", "hex"] {
        let (server, address) = socket();
        let port = address.port().to_string();
        let client = Started::new(command(&[
            "connect",
            "-u",
            "127.0.0.1",
            &port,
            "--send",
            "x",
            "-w",
            "3",
            "--view",
            view,
            "-v",
        ]));
        let (_, from) = take(&server);
        answer(&server, &every, from);
        answer(&server, evil.as_bytes(), from);
        let run = client.finish();
        assert_eq!(run.code, 0, "{}", run.stderr);
        assert_eq!(acts(&run.stderr), None, "{view}: {:?}", run.stderr);
        // Into a pipe the payload goes raw.
        assert_eq!(run.stdout, [&every[..], evil.as_bytes()].concat());
    }
}

fn answer(server: &UdpSocket, octets: &[u8], to: std::net::SocketAddr) {
    assert_eq!(server.send_to(octets, to).unwrap(), octets.len());
}
