//! Whether an output says the same as the one in a document: times, dates, lent ports and process numbers are each run's own.

use std::sync::LazyLock;

use regex::Regex;

use crate::document::{Block, Marked};

/// What differs from run to run, and what stands for it. They apply to words with one space between, in this order.
static OWN: LazyLock<Vec<(Regex, &'static str)>> = LazyLock::new(|| {
    [
        (r"(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "DATE"),
        (r#""(at|took)":[0-9.e-]+"#, r#""$1":T"#),
        // A table cuts a long command, by the width of the process number behind it.
        (r"(\S+ \S{1,6})[^()]*… \(pid \d+\)", "$1… (pid N)"),
        (r"\(pid \d+\)", "(pid N)"),
        (r"/netlearn-\d+/lab-\d+\.pem", "/netlearn-N/lab-N.pem"),
        // The ports that Linux lends (ip_local_port_range).
        (r"\b(3[2-9]|[45]\d|60)\d{3}\b", "PORT"),
        (r"-?\b\d[\d,.]* (ns|µs|ms|s|min)\b", "T"),
        // The waterfall: a bar is as long as its phase, and time between phases is shown where there was some.
        (r"[█▉▊▋▌▍▎▏]+", "BAR"),
        (r" \b[ncswrtq.]{20,}( |$)", " BAR$1"),
        (r",? (\. )?between T\b", ""),
        // The ladder: times stand at both edges, and arrows fill what is left.
        (r"─+", "─"),
        (r"-?\b\d[\d,.]* │", "T │"),
        (r"│ -?\d[\d,.]*( accepted)?( |$)", "│ T$1$2"),
        // A line that holds nothing but the edges of the ladder, or that was wrapped there.
        (r"│ │", "│"),
    ]
    .map(|(pattern, with)| (Regex::new(pattern).unwrap(), with))
    .into()
});

/// A lesson's client has its name before its lines from when it is one: the first lines may come before that.
static TAGS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"(?m)^[A-Z] \|").unwrap());

fn plain(text: &str) -> String {
    let mut plain = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for (pattern, with) in OWN.iter() {
        plain = pattern.replace_all(&plain, *with).into_owned();
    }
    plain
}

/// Compares what a document shows with what came out.
pub(crate) fn same(block: &Block, output: &str) -> Result<(), String> {
    let Some(Marked::Example(example)) = &block.marked else { return Ok(()) };
    let varies = |what: &str| example.varies.iter().any(|value| value == what);
    if !block.is_compared() {
        return Ok(());
    }
    let words = |text: &str| {
        let text = if varies("lines") { TAGS.replace_all(text, "") } else { text.into() };
        let mut words: Vec<String> = plain(&text).split(' ').map(str::to_owned).collect();
        if varies("numbers") {
            words.retain(|word| !word.contains(|c: char| c.is_ascii_digit()));
        }
        if varies("lines") {
            // Their numbers go with their places.
            words.retain(|word| word.parse::<u32>().is_err());
            words.sort_unstable();
        }
        words
    };
    let (shown, came) = (words(&block.text), words(output));
    if shown == came {
        return Ok(());
    }
    let at = shown.iter().zip(&came).take_while(|(one, other)| one == other).count();
    let near =
        |words: &[String]| words[at.saturating_sub(6).min(words.len())..(at + 8).min(words.len())].join(" ");
    Err(format!("the document has `{}`, and the program says `{}`", near(&shown), near(&came)))
}

#[test]
fn what_is_each_runs_own_makes_no_difference_and_the_rest_does() {
    let block = |text: &str| {
        let document = format!("<!-- example -->\n```text\n$ netlearn\n{text}\n```\n");
        crate::document::blocks(&document).remove(0)
    };
    let like = |one: &str, other: &str| same(&block(one), &format!("$ netlearn\n{other}\n")).is_ok();
    assert!(like("open, from our port 59246   0.1 ms", "open, from our port 43158  12 ms"));
    assert!(like("our port 32768 x", "our port 60999 x"));
    assert!(like("Date: Mon, 23 Nov 2026 07:11:33 GMT", "Date: Tue, 24 Nov 2026 17:11:33 GMT"));
    assert!(like("netlearn serve --p… (pid 19908) x", "netlearn serve --port… (pid 17) x"));
    assert!(like(" 0.23 │ localhost ──▶ │", "10.2 │ localhost ─▶ │"));
    assert!(like("\"at\":0.003538,", "\"at\":1.5e-5,"));
    assert!(!like("port 3000: open", "port 3001: open"));
    assert!(!like("79 bytes", "80 bytes"));
    assert!(!like("one two", "one"));
    let lines = |one: &str, other: &str| {
        let document = format!("<!-- example; varies: lines -->\n```text\n$ netlearn\n{one}\n```\n");
        same(&crate::document::blocks(&document).remove(0), &format!("$ netlearn\n{other}\n")).is_ok()
    };
    assert!(lines("A |  1 name   x\n 2 send   y", " 1 name   x\nA |  2 send   y"));
    assert!(!lines("A |  1 name   x", "A |  1 name   y"));
    assert!(!like("Content-Length: 14", "Content-Length: 15"));
}
