//! The readers that `tests/hostile.rs` drives, for cargo-fuzz.

#[path = "../../tests/hostile/readers/mod.rs"]
pub mod readers;
#[path = "../../tests/hostile/seeds.rs"]
pub mod seeds;

/// Drives the reader of that name.
pub fn drive(name: &str, octets: &[u8]) {
    let (_, drive) = readers::READERS.iter().find(|(known, _)| *known == name).expect("a reader's name");
    drive(octets);
}
