//! What an HTTP or TLS peer sends.

use netlearn::event::recorder::{Delivery, Recorder};
use netlearn::event::tcp::Protocol;
use netlearn::event::tls::TlsEstablished;
use netlearn::event::{Layer, Side};
use netlearn::net::http::annotator::{self, Settings, foreign as known};
use netlearn::net::http::client::redirect;
use netlearn::net::http::serve::framing::Framing;
use netlearn::net::http2;
use netlearn::net::tls::{authority, certificate as x509, failure};
use rustls::pki_types::CertificateDer;
use url::Url;

use super::stream::{Talk, events};
use super::views;

/// Octets of two sides: the first octet chooses, the second is the size of a piece, 0xff divides the sides.
fn sides(octets: &[u8]) -> (u8, usize, &[u8], &[u8]) {
    let (choice, piece, rest) = match octets {
        [choice, piece, rest @ ..] => (*choice, usize::from(*piece), rest),
        _ => (0, 255, octets),
    };
    let piece = if piece > 200 { 64 * 1024 } else { piece };
    let divide = rest.iter().position(|octet| *octet == 0xff).unwrap_or(rest.len());
    (choice, piece, &rest[..divide], rest.get(divide + 1..).unwrap_or_default())
}

/// An annotated connection of HTTP/1: ours says what stands before 0xff, the peer what stands behind it.
pub fn one(octets: &[u8]) {
    let (choice, piece, said, heard) = sides(octets);
    let side = if choice & 1 == 0 { Side::Client } else { Side::Server };
    let settings = Settings {
        head_limit: if choice & 2 == 0 { 64 * 1024 } else { 256 },
        secrets: choice & 4 == 4,
        ..Settings::default()
    };
    let talk = Talk { protocol: Protocol::Http, side, said, heard, piece, peer_first: side == Side::Server };
    let (header, events) =
        events(&talk, |recorder, flow| Some(annotator::annotator(recorder, flow, side, settings).0));
    views::harmless(Some(&header), &events, choice.wrapping_mul(7));
}

/// An annotated connection of HTTP/2, seen by its client.
pub fn two(octets: &[u8]) {
    let (choice, piece, said, heard) = sides(octets);
    let said = [b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(), said].concat();
    // Frames hold 0xff as any other octet: with this bit what the peer says is everything.
    let heard = if choice & 1 == 1 { octets.get(2..).unwrap_or_default() } else { heard };
    let settings = Settings { secrets: choice & 2 == 2, ..Settings::default() };
    let talk =
        Talk { protocol: Protocol::Https, side: Side::Client, said: &said, heard, piece, peer_first: false };
    let (header, mut events) =
        events(&talk, |recorder, flow| Some(http2::annotator::annotator(recorder, flow, settings).0));
    let agreed = r#"{"seq":1,"at":0.0,"flow":1,"layer":"tls","side":"client","event":"http_agreed","how":"alpn","version":"HTTP/2","offered":["h2"],"chosen":"h2"}"#;
    events.insert(1, serde_json::from_str(agreed).expect("an event"));
    for event in &mut events[2..] {
        event.layer = event.layer.map(|_| Layer::Tls);
    }
    views::harmless(Some(&header), &events, choice.wrapping_mul(5));
}

/// Requests that come to our server: judged the same however they are cut.
pub fn server(octets: &[u8]) {
    let (choice, piece, _, _) = sides(octets);
    let requests = octets.get(2..).unwrap_or_default();
    let limit = if choice & 1 == 0 { 8192 } else { 64 };
    let follow = |piece: usize| {
        let mut framing = Framing::new(limit);
        let (mut heads, mut passed) = (Vec::new(), 0);
        for piece in requests.chunks(piece.max(1)) {
            match framing.feed(piece, |len| heads.push(len), |_| ()) {
                Ok(()) => passed += piece.len(),
                Err((pass, refusal)) => {
                    assert!(pass <= piece.len());
                    return (heads, Some(refusal), passed + pass);
                }
            }
        }
        (heads, None, passed)
    };
    let (heads, refusal, passed) = follow(piece);
    assert!(heads.iter().sum::<u64>() <= passed as u64, "{heads:?} of {passed}");
    let (whole_heads, whole_refusal, _) = follow(usize::MAX);
    assert_eq!((heads, refusal), (whole_heads, whole_refusal), "in pieces of {piece}, and whole");
}

/// Where a redirect leads: only to what can be asked for.
pub fn redirect(octets: &[u8]) {
    for base in ["http://localhost:3000/a/b?c", "https://[::1]/", "http://user@127.0.0.1:81"] {
        let base = Url::parse(base).expect("a URL");
        if let Ok(url) = redirect::resolve(&base, octets) {
            assert!(matches!(url.scheme(), "http" | "https") && url.port() != Some(0), "{url}");
            assert!(url.host_str().is_some_and(|host| !host.is_empty()), "{url}");
            assert!(!url.as_str().chars().any(char::is_control), "{url:?}");
        }
    }
}

/// First octets by which other protocols are known: once they are known, more octets change nothing.
pub fn foreign(octets: &[u8]) {
    for guess in [known::response, known::request, known::instead_of_tls] {
        let mut decided = None;
        for len in 0..=octets.len().min(known::MOST) {
            let guess = guess(&octets[..len]);
            if let Some(decided) = decided {
                assert_eq!(guess, decided, "after {len} octets");
            } else if guess != known::Guess::More {
                decided = Some(guess);
            }
        }
    }
    let _ = (authority::recognised(octets), failure::protocol(octets));
    // A conversation of no protocol that we know, and the outside of one in TLS.
    for (protocol, choice) in [(Protocol::Tcp, 0), (Protocol::Tls, 1)] {
        let talk = Talk {
            protocol,
            side: Side::Client,
            said: octets,
            heard: octets,
            piece: 1000,
            peer_first: false,
        };
        let (header, events) = events(&talk, |_, _| None);
        views::harmless(Some(&header), &events, octets.first().copied().unwrap_or(0) ^ choice);
    }
}

/// A certificate that is shown.
pub fn certificate(octets: &[u8]) {
    let certificates = x509::describe(&[CertificateDer::from(octets)]);
    assert_eq!(certificates.len(), 1);
    let (recorder, mut stream) = Recorder::start(vec![], Delivery::Lossless);
    recorder.on(Side::Client, Layer::Tls).emit(TlsEstablished {
        version: "TLS 1.3".to_owned(),
        cipher: "TLS_AES_128_GCM_SHA256".to_owned(),
        alpn: None,
        server_name: None,
        certificates,
        certificates_left_out: None,
        verified: true,
        unverified_because: None,
    });
    let events: Vec<_> = stream.ready().into_iter().collect();
    views::harmless(None, &events, octets.last().copied().unwrap_or(0));
}
