//! The walls of the house: which layer may use which, where `unsafe` may stand, and how files are named.

use std::path::{Path, PathBuf};

/// Layer, and the layers it may use besides itself.
const ALLOWED: &[(&str, &[&str])] = &[
    ("event", &[]),
    ("net", &["event"]),
    ("explain", &["event"]),
    ("render", &["explain", "event"]),
    ("lesson", &["event"]),
    ("lab", &["net", "event"]),
    ("command", &["event", "net", "explain", "render", "lesson", "lab"]),
    ("cli", &["command"]),
    ("main", &["cli", "command"]),
    ("lib", &["event", "net", "explain", "render", "lesson", "lab", "command", "cli"]),
];

/// One source file: its path under `src/`, and its text.
struct Source {
    path: PathBuf,
    text: String,
}

impl Source {
    fn layer(&self) -> String {
        let first = self.path.components().next().expect("a path has a component");
        Path::new(first.as_os_str()).with_extension("").display().to_string()
    }

    /// How many modules deep the file's own module is: `event.rs` 1, `event/tcp.rs` 2.
    fn depth(&self) -> usize {
        self.path.components().count()
    }

    /// Lines of code with their numbers, without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().filter_map(|(index, line)| {
            let code = line.trim_start();
            (!code.starts_with("//")).then(|| (index + 1, line.split(" // ").next().unwrap_or(line)))
        })
    }
}

fn sources() -> Vec<Source> {
    fn walk(folder: &Path, root: &Path, found: &mut Vec<Source>) {
        for entry in std::fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                walk(&path, root, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).expect("a source file is readable");
                found.push(Source { path: path.strip_prefix(root).expect("under src").to_owned(), text });
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    walk(&root, &root, &mut found);
    assert!(found.len() > 20, "only {} files found", found.len());
    found
}

/// The top-level modules that a line of code names: `crate::net`, `netlearn::net`, `super::super::net`, also within braces.
fn named_layers(line: &str, depth: usize) -> Vec<String> {
    let mut found = Vec::new();
    for root in ["crate::", "netlearn::"] {
        let starts = line.match_indices(root).map(|(at, _)| at);
        let own = starts.filter(|at| !line[..*at].ends_with(|c: char| c.is_alphanumeric() || c == '_'));
        found.extend(own.flat_map(|at| heads(&line[at + root.len()..])));
    }
    let mut rest = line;
    while let Some(at) = rest.find("super::") {
        let climbs = rest[at..].split("super::").take_while(|part| part.is_empty()).count();
        let after = &rest[at + climbs * "super::".len()..];
        // An inline `mod tests` is one deeper than its file.
        if climbs == depth || climbs == depth + 1 {
            found.extend(heads(after));
        }
        rest = after;
    }
    found
}

/// The first names of a path or of a brace group: `net::tcp` gives net; `{net, event::tcp}` gives both.
fn heads(path: &str) -> Vec<String> {
    let name =
        |text: &str| text.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let Some(group) = path.strip_prefix('{') else { return vec![name(path)] };
    let mut depth = 0;
    let mut parts = vec![String::new()];
    for c in group.chars() {
        match c {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => parts.push(String::new()),
            other => parts.last_mut().expect("never empty").push(other),
        }
    }
    parts.iter().map(|part| name(part)).filter(|name| !name.is_empty()).collect()
}

fn violations(sources: &[Source]) -> Vec<String> {
    let layers: Vec<&str> = ALLOWED.iter().map(|(layer, _)| *layer).collect();
    let mut found = Vec::new();
    for source in sources {
        let own = source.layer();
        let Some((_, allowed)) = ALLOWED.iter().find(|(layer, _)| *layer == own) else {
            found.push(format!("{}: no layer of the house", source.path.display()));
            continue;
        };
        for (number, line) in source.code() {
            for named in named_layers(line, source.depth()) {
                if layers.contains(&named.as_str()) && named != own && !allowed.contains(&named.as_str()) {
                    found.push(format!("{}:{number}: {own} may not use {named}", source.path.display()));
                }
            }
            let kernel = source.path.starts_with("net/kernel") || source.path == Path::new("net/kernel.rs");
            if line.contains("unsafe ") && !kernel {
                found.push(format!("{}:{number}: unsafe outside net/kernel", source.path.display()));
            }
        }
        if source.path.file_name().is_some_and(|name| name == "mod.rs") {
            found.push(format!("{}: foo.rs beside foo/, no mod.rs", source.path.display()));
        }
        let tests = source.path.file_name().is_some_and(|name| name == "tests.rs");
        if !tests && !source.text.starts_with("//!") {
            found.push(format!("{}: does not open with //!", source.path.display()));
        }
    }
    found
}

#[test]
fn every_layer_uses_only_what_is_below_it() {
    let found = violations(&sources());
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn main_stays_thin() {
    let main = sources().into_iter().find(|source| source.path == Path::new("main.rs")).expect("main.rs");
    assert!(main.text.lines().count() < 80, "{} lines", main.text.lines().count());
}

#[test]
fn planted_violations_are_found() {
    let planted = |path: &str, line: &str| {
        violations(&[Source { path: PathBuf::from(path), text: format!("//! x\n{line}\n") }]).len()
    };
    for (path, line) in [
        ("event/tcp.rs", "use crate::net::tap;"),
        ("event/tcp.rs", "use super::super::net::tap;"),
        ("event.rs", "use super::render;"),
        ("explain/tcp.rs", "use crate::{event::Event, net::tcp};"),
        ("net/tcp.rs", "    let words = crate::explain::explain(&event);"),
        ("net/tcp.rs", "use crate::command::Outcome;"),
        ("render/table.rs", "use crate::net::{NetError, kernel};"),
        ("command/get.rs", "use crate::cli::parse;"),
        ("main.rs", "use netlearn::net::tcp;"),
        ("net/tcp.rs", "    unsafe { std::hint::unreachable_unchecked() }"),
        ("utils.rs", "pub fn x() {}"),
        ("net/tcp/mod.rs", "pub fn x() {}"),
    ] {
        assert_eq!(planted(path, line), 1, "{path}: {line}");
    }
    for (path, line) in [
        ("event/tcp.rs", "use super::{Ends, Head};"),
        ("net/tcp.rs", "use crate::event::Event;"),
        ("net/tcp.rs", "// use crate::render::Style;"),
        ("net/tcp.rs", "use hyper_util::net::x;"),
        ("command/get.rs", "use super::{Context, Outcome};"),
        ("net/kernel/linux.rs", "    let x = unsafe { libc::getpid() };"),
    ] {
        assert_eq!(planted(path, line), 0, "{path}: {line}");
    }
}

/// Files that ask for the time of day, and what for. None of them waits by it.
const ASK_THE_DATE: &[(&str, &str)] = &[
    ("command/lesson/guide/kept.rs", "the day on which a step was passed, in the learner's progress"),
    ("command/lesson/report.rs", "the day of a report"),
    ("command/lesson/teach.rs", "whether questions of an earlier day are due"),
    ("event/recorder.rs", "the header of a recording; it is where the clocks are read"),
    (
        "net/http/serve/answer.rs",
        "whether a file was changed a moment ago, and that no Last-Modified lies ahead",
    ),
    ("net/http/serve/date.rs", "an answer's Date"),
    ("net/tls/authority/issue.rs", "from when to when a certificate is valid"),
    ("net/tls/client.rs", "when a certificate was checked"),
];

/// What reads the time of day: the calls of libraries, and the recorder's own.
const DATES: &[&str] = &[
    "SystemTime::now",
    ".wall_second()",
    "Timestamp::now",
    "Zoned::now",
    "UtcDateTime::now",
    "Local::now",
    ".wall()",
];

/// Whether a line waits, or reckons how long a wait may still last.
fn waits(line: &str) -> bool {
    ["sleep(", "timeout(", "interval(", "patience", "deadline", "Duration", ".since("]
        .iter()
        .any(|word| line.contains(word))
}

#[test]
fn no_wait_goes_by_a_clock_that_can_be_set() {
    let sources = sources();
    let mut asking = Vec::new();
    for source in &sources {
        for (number, line) in source.code().filter(|(_, line)| DATES.iter().any(|date| line.contains(date))) {
            let place = format!("{}:{number}: {}", source.path.display(), line.trim());
            assert!(!waits(line), "a wait by the time of day: {place}");
            asking.push(source.path.display().to_string());
        }
    }
    asking.sort();
    asking.dedup();
    let known: Vec<&str> = ASK_THE_DATE.iter().map(|(path, _)| *path).collect();
    assert_eq!(asking, known, "who asks for the time of day stands in ASK_THE_DATE, with what for");
    // What reckons waits reads the monotonic clock, which nobody can set (clock_gettime(2)).
    let recorder =
        sources.iter().find(|source| source.path == Path::new("event/recorder.rs")).expect("it is there");
    assert!(recorder.text.contains("Instant::now") || recorder.text.contains("ClockId::Monotonic"));
    assert!(waits("tokio::time::sleep(until - recorder.wall())") && !waits("let date = recorder.wall();"));
}
