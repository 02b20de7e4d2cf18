//! DNS messages: decoded, made facts of, taken apart octet by octet.

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use hickory_proto::op::Message;
use netlearn::event::Ends;
use netlearn::event::dns::Transport;
use netlearn::explain::dns::anatomy::dissect;
use netlearn::net::dns::facts::{Carried, reply};

fn main() {
    divan::main();
}

const REPLY: &[u8] = b"\x12\x34\x84\0\0\x01\0\x02\0\0\0\x01\x03www\x04shop\x04test\0\0\x01\0\x01\
    \xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x10\xc0\x10\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\x35\x01\x50\
    \0\0\x29\x04\xd0\0\0\0\0\0\0";

/// An answer of so many address records.
fn many(records: u16) -> Vec<u8> {
    let mut octets = b"\x12\x34\x84\0\0\x01\0\0\0\0\0\0\x03www\x04shop\x04test\0\0\x01\0\x01".to_vec();
    octets[6..8].copy_from_slice(&records.to_be_bytes());
    for record in 0..records {
        octets.extend_from_slice(b"\xc0\x0c\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\x35");
        octets.extend_from_slice(&record.to_be_bytes());
    }
    octets
}

fn messages() -> [Vec<u8>; 2] {
    [REPLY.to_vec(), many(4000)]
}

#[divan::bench(args = [0, 1])]
fn decoded_and_made_facts_of(bencher: Bencher<'_, '_>, which: usize) {
    let octets = &messages()[which];
    bencher.counter(ItemsCount::new(1_usize)).counter(BytesCount::of_slice(octets)).bench_local(|| {
        let message = Message::from_vec(divan::black_box(octets)).expect("a message");
        let carried = Carried { ends: Ends::default(), transport: Transport::Udp, server: None };
        reply(&message, octets, carried)
    });
}

#[divan::bench(args = [0, 1])]
fn taken_apart(bencher: Bencher<'_, '_>, which: usize) {
    let octets = &messages()[which];
    bencher
        .counter(ItemsCount::new(1_usize))
        .counter(BytesCount::of_slice(octets))
        .bench_local(|| dissect(divan::black_box(octets), octets.len() as u64));
}
