//! What is typed: at a lesson's prompts, and on the command line.

use std::ffi::OsString;

use netlearn::cli;
use netlearn::command::Stop;
use netlearn::command::lesson::line::{self, Spoken, Typed};

use super::terminal;

/// A line at each of a lesson's prompts; what cannot be run is said in words that print.
pub fn prompt(octets: &[u8]) {
    let text = String::from_utf8_lossy(octets);
    let _ = line::key(&text);
    match line::command(&text) {
        Typed::Netlearn(words) => {
            assert!(!words.is_empty());
            parsed(words.into_iter().map(OsString::from).collect());
        }
        Typed::Unclear(why) => terminal::verdict(&why, None, octets.len()),
        Typed::Nothing | Typed::Key(_) | Typed::Shell(_) | Typed::Client(_) | Typed::Stop(_) => {}
    }
    match line::spoken(&text) {
        Spoken::Unclear(why) => terminal::verdict(&why, None, octets.len()),
        Spoken::Text(said) => assert!(text.ends_with(&said)),
        Spoken::Key(_) => {}
    }
}

/// Arguments, each ended by NUL.
pub fn command_line(octets: &[u8]) {
    #[cfg(unix)]
    let words = {
        use std::os::unix::ffi::OsStringExt as _;
        octets.split(|octet| *octet == 0).map(|word| OsString::from_vec(word.to_vec())).collect()
    };
    #[cfg(not(unix))]
    let words = String::from_utf8_lossy(octets).split('\0').map(OsString::from).collect();
    parsed(words);
}

fn parsed(words: Vec<OsString>) {
    // `-d @FILE` reads that file, which may be a terminal.
    let reads = |word: &OsString| word.to_string_lossy().contains('@');
    if words.iter().any(reads) {
        return;
    }
    let line: Vec<OsString> = std::iter::once("netlearn".into()).chain(words).collect();
    if let Err(end) = cli::parse(line, Stop::default()) {
        drop(format!("{end:?}"));
    }
}
