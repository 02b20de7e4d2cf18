//! Octets that nobody meant, at every reader of what others send: mutations of what really comes, for a bounded time.
//!
//! Each test prints its seed. What fails prints its octets too; put into `tests/hostile/found/READER/` they are a test of their
//! own from then on. More time: `HOSTILE_SECONDS=600 cargo test --release --test hostile`; the same run again:
//! `HOSTILE_SEED=...`. Guided by coverage, the same readers run under cargo-fuzz (`fuzz/README.md`).
#![allow(
    unreachable_pub,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "shared with the fuzz targets; the time is bounded by a clock; the seed of a run is told"
)]

#[path = "hostile/mutate.rs"]
mod mutate;
#[path = "hostile/readers/mod.rs"]
mod readers;
#[path = "hostile/seeds.rs"]
mod seeds;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mutate::Chance;
use readers::READERS;

/// Longest that one input of at most [`mutate::LONGEST`] octets may take, also without optimisation and on a busy machine.
const SLOW: Duration = Duration::from_secs(20);

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn set<T: std::str::FromStr>(name: &str) -> Option<T> {
    let text = std::env::var(name).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{name}={text} is no number")))
}

fn one(name: &str, drive: fn(&[u8]), octets: &[u8]) {
    let began = Instant::now();
    let ended = catch_unwind(AssertUnwindSafe(|| drive(octets)));
    let took = began.elapsed();
    assert!(ended.is_ok() && took < SLOW, "{name}, {took:?}, at these octets:\n{}\n", octets.escape_ascii());
}

/// Mutates for the time allowed; every seed is read as it is first.
fn attack(name: &str) {
    let (_, drive) = *READERS.iter().find(|(known, _)| *known == name).expect("a reader");
    let seeds = seeds::of(name, root());
    for seed in &seeds {
        one(name, drive, seed);
    }
    let seconds = set("HOSTILE_SECONDS").unwrap_or(1.0);
    let number = set("HOSTILE_SEED").unwrap_or_else(mutate::fresh);
    println!("{name}: HOSTILE_SEED={number}");
    let mut chance = Chance::new(number);
    let (began, mut times) = (Instant::now(), 0_u64);
    while began.elapsed() < Duration::from_secs_f64(seconds) || times == 0 {
        one(name, drive, &chance.mutated(&seeds));
        times += 1;
    }
    println!("{name}: {times} inputs");
}

macro_rules! readers {
    ($($name:ident),+) => {
        $(#[test]
        fn $name() {
            attack(stringify!($name));
        })+

        #[test]
        fn every_reader_has_a_test_and_a_fuzz_target() {
            let tested = [$(stringify!($name)),+];
            assert_eq!(READERS.map(|(name, _)| name), tested);
            let manifest = std::fs::read_to_string(root().join("fuzz/Cargo.toml")).expect("the fuzz package");
            for name in tested {
                let target = root().join(format!("fuzz/fuzz_targets/{name}.rs"));
                let source = std::fs::read_to_string(&target).expect("a fuzz target");
                assert!(source.contains(&format!("drive(\"{name}\"")), "{}", target.display());
                assert!(manifest.contains(&format!("name = \"{name}\"")), "{name} is no target of fuzz/Cargo.toml");
            }
        }
    };
}

readers!(
    http1,
    http2,
    http_server,
    redirect,
    foreign,
    certificate,
    dns,
    recording,
    merge,
    lesson,
    progress,
    answers,
    lesson_log,
    prompt,
    command_line,
    escape,
    prose,
    job_lines,
    tables,
    system_files
);

/// What once broke a reader.
#[test]
fn what_was_found_stays_mended() {
    let mut files: Vec<(String, PathBuf)> = Vec::new();
    for folder in std::fs::read_dir(root().join("tests/hostile/found")).expect("what was found") {
        let folder = folder.expect("an entry").path();
        let name = folder.file_name().expect("a name").to_string_lossy().into_owned();
        let inside = std::fs::read_dir(&folder).expect("a folder");
        files.extend(inside.map(|file| (name.clone(), file.expect("an entry").path())));
    }
    assert!(!files.is_empty());
    for (name, path) in files {
        let (_, drive) =
            *READERS.iter().find(|(known, _)| *known == name).expect("a folder has a reader's name");
        one(&name, drive, &std::fs::read(&path).expect("a file"));
    }
}
