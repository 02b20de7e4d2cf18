//! Event to bytes: what each view costs for one HTTP exchange as a client and a server tell it.

use std::hint::black_box;

use divan::counter::ItemsCount;
use netlearn::event::Event;
use netlearn::render::json::Json;
use netlearn::render::{Level, Out, Render, Style, View, Voice, choose};

fn main() {
    divan::main();
}

/// Exchanges of one run.
const EXCHANGES: u64 = 100;

const EXCHANGE: [&str; 8] = [
    r#"{"seq":1,"at":0.0,"flow":FLOW,"layer":"tcp","side":"client","event":"flow_opened","protocol":"http","local":"127.0.0.1:51514","peer":"127.0.0.1:3000"}"#,
    r#"{"seq":2,"at":0.0,"took":0.0001,"flow":FLOW,"layer":"tcp","side":"client","event":"connected","local":"127.0.0.1:51514","peer":"127.0.0.1:3000","attempt":1,"of":1}"#,
    r#"{"seq":3,"at":0.0001,"took":0.00002,"flow":FLOW,"layer":"tcp","side":"client","event":"bytes","direction":"sent","offset":0,"len":79,"head":"GET / HTTP/1.1\r\nHost: localhost:3000\r\nUser-Agent: netlearn/0.1\r\nAccept: */*\r\n\r\n","head_encoding":"utf8","annotated":true}"#,
    r#"{"seq":4,"at":0.0001,"flow":FLOW,"layer":"http","side":"client","event":"request","by":"client","exchange":1,"method":"GET","target":"/","version":"HTTP/1.1","headers":[{"name":"Host","value":"localhost:3000","offset":16,"len":22},{"name":"User-Agent","value":"netlearn/0.1","offset":38,"len":26},{"name":"Accept","value":"*/*","offset":64,"len":13}],"offset":0,"len":79}"#,
    r#"{"seq":5,"at":0.0002,"took":0.0003,"flow":FLOW,"layer":"tcp","side":"client","event":"bytes","direction":"received","offset":0,"len":116,"head":"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nHello, World!\n","head_encoding":"utf8","annotated":true}"#,
    r#"{"seq":6,"at":0.0005,"flow":FLOW,"layer":"http","side":"client","event":"response","by":"server","exchange":1,"status":200,"reason":"OK","version":"HTTP/1.1","headers":[{"name":"Content-Type","value":"text/plain","offset":17,"len":26},{"name":"Content-Length","value":"14","offset":43,"len":20}],"offset":0,"len":65}"#,
    r#"{"seq":7,"at":0.0005,"flow":FLOW,"layer":"http","side":"client","event":"body_ended","by":"server","exchange":1,"rule":"length","len":14,"declared":14,"complete":true}"#,
    r#"{"seq":8,"at":0.0006,"flow":FLOW,"layer":"tcp","side":"client","event":"closed","by":"client","how":"fin","sent":79,"received":116,"requests":1}"#,
];

fn events() -> Vec<Event> {
    (1..=EXCHANGES)
        .flat_map(|flow| EXCHANGE.map(|line| line.replace("FLOW", &flow.to_string())))
        .map(|line| serde_json::from_str(&line).expect("an event"))
        .collect()
}

fn sink() -> Out {
    Box::new(std::io::sink())
}

fn measure(bencher: divan::Bencher<'_, '_>, render: impl Fn() -> Box<dyn Render>) {
    let events = events();
    bencher.counter(ItemsCount::new(events.len())).with_inputs(render).bench_local_values(|mut render| {
        for event in &events {
            render.event(black_box(event)).expect("a sink takes everything");
        }
        render.finish().expect("a sink takes everything");
    });
}

#[divan::bench]
fn narration(bencher: divan::Bencher<'_, '_>) {
    measure(bencher, || choose(View::Narration, Voice::Client, Style::default(), sink()));
}

#[divan::bench]
fn narration_in_colour(bencher: divan::Bencher<'_, '_>) {
    let style = Style { color: true, ..Style::default() };
    measure(bencher, || choose(View::Narration, Voice::Client, style, sink()));
}

#[divan::bench]
fn ladder(bencher: divan::Bencher<'_, '_>) {
    measure(bencher, || choose(View::Ladder, Voice::Client, Style::default(), sink()));
}

#[divan::bench]
fn hex(bencher: divan::Bencher<'_, '_>) {
    measure(bencher, || choose(View::Hex, Voice::Client, Style::default(), sink()));
}

#[divan::bench]
fn narration_in_full(bencher: divan::Bencher<'_, '_>) {
    let style = Style { level: Level::Full, ..Style::default() };
    measure(bencher, || choose(View::Narration, Voice::Client, style, sink()));
}

#[divan::bench(args = [View::Waterfall, View::Table, View::Path])]
fn of_other_runs(bencher: divan::Bencher<'_, '_>, view: View) {
    measure(bencher, || choose(view, Voice::Client, Style::default(), sink()));
}

#[divan::bench]
fn json(bencher: divan::Bencher<'_, '_>) {
    measure(bencher, || Box::new(Json::new(sink())));
}

/// What escaping costs for payload that needs none, and for payload that is all escapes.
#[divan::bench(args = [b'a', 0x1b])]
fn escape_64_kib(bencher: divan::Bencher<'_, '_>, octet: u8) {
    let body = vec![octet; 65_536];
    bencher
        .counter(divan::counter::BytesCount::of_slice(&body))
        .bench_local(|| netlearn::render::style::escape_payload(black_box(&body)));
}
