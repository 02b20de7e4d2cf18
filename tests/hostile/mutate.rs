//! Mutations that need no guidance: small changes, pieces of other seeds, and what is known to be trouble.

use std::hash::{BuildHasher as _, RandomState};

/// Inputs are not longer than this; octets.
pub const LONGEST: usize = 64 * 1024;

/// Pieces that readers and terminals take badly, raw and as JSON and TOML write them.
const TROUBLE: [&[u8]; 40] = [
    b"\x1b[2J",
    b"\x1b]0;t\x07",
    b"\x1bP1$r\x1b\\",
    b"\xc2\x9b31m",
    b"\xe2\x80\xae",
    b"\xe2\x81\xa6",
    b"\\u001b[2J",
    b"\\u009b",
    b"\\u202e",
    b"\\n",
    b"\\u0000",
    b"\\ud800",
    b"\r",
    b"\n",
    b"\r\n\r\n",
    b"\t",
    b"\0",
    b"\xff",
    b"\xff\xff\xff\xff",
    b"\x80",
    b"\xf0\x9f\x98\x80",
    b"\xe6\x97\xa5\xe6\x9c\xac",
    b"e\xcc\x81\xcc\x81\xcc\x81",
    b"0",
    b"-1",
    b"1e308",
    b"18446744073709551615",
    b"18446744073709551616",
    b"4294967296",
    b"999999999999999999999",
    b"null",
    b"[]",
    b"{}",
    b"\"",
    b"'",
    b"`",
    b"{p}",
    b"\xc0\x0c",
    b": ",
    b"                                                                                                    ",
];

/// A number that was not used before.
pub fn fresh() -> u64 {
    RandomState::new().hash_one(0)
}

/// xorshift64*.
pub struct Chance(u64);

impl Chance {
    pub fn new(seed: u64) -> Self {
        Chance(seed | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// One of the seeds with one to eight changes.
    pub fn mutated(&mut self, seeds: &[Vec<u8>]) -> Vec<u8> {
        let mut octets = seeds[self.below(seeds.len())].clone();
        for _ in 0..=self.below(8) {
            self.change(&mut octets, seeds);
        }
        octets.truncate(LONGEST);
        octets
    }

    fn change(&mut self, octets: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(octets.len() + 1);
        let end = (at + self.below(40)).min(octets.len());
        match self.below(10) {
            0 if at < octets.len() => octets[at] ^= 1 << self.below(8),
            1 if at < octets.len() => octets[at] = self.next() as u8,
            2 => octets.insert(at, self.next() as u8),
            3 => drop(octets.drain(at..end)),
            4 if self.below(8) == 0 => octets.truncate(at),
            5 => {
                let piece = octets[at..end].to_vec();
                let times = if self.below(20) == 0 { 200 } else { 1 };
                octets.splice(at..at, piece.repeat(times));
            }
            6 => {
                let other = &seeds[self.below(seeds.len())];
                let from = self.below(other.len() + 1);
                let piece = &other[from..(from + self.below(400)).min(other.len())];
                octets.splice(at..end, piece.iter().copied());
            }
            7 => self.number(octets, at),
            _ => {
                let trouble = TROUBLE[self.below(TROUBLE.len())];
                octets.splice(at..at, trouble.iter().copied());
            }
        }
    }

    /// Changes the decimal number that begins at or after `at`.
    fn number(&mut self, octets: &mut Vec<u8>, at: usize) {
        let Some(from) = octets[at..].iter().position(u8::is_ascii_digit).map(|found| at + found) else {
            return;
        };
        let len = octets[from..].iter().take_while(|octet| octet.is_ascii_digit()).count();
        let new = match self.below(4) {
            0 => self.next().to_string(),
            1 => self.below(70_000).to_string(),
            2 => u64::MAX.to_string(),
            _ => "0".to_owned(),
        };
        octets.splice(from..from + len, new.into_bytes());
    }
}
