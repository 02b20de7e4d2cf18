//! One row of the failures: the same situation met twice, once for the events and once in words, and what both must say.
//!
//! It makes no situation; the tests do.

use std::process::Command;

use serde_json::Value;

use super::support::{Run, Started, netlearn_with};

/// A failure as it was told.
pub(crate) struct Seen {
    pub(crate) failed: Value,
    pub(crate) code: i32,
    events: Run,
    narration: String,
}

/// What one row promises.
pub(crate) struct Row<'a> {
    pub(crate) code: i32,
    pub(crate) kind: &'a str,
    /// A part of the sentence behind `cause`.
    pub(crate) cause: &'a str,
    /// A part of the evidence in words.
    pub(crate) says: &'a str,
    /// A command among those to try next.
    pub(crate) next: &'a str,
}

/// Runs netlearn twice with these arguments and nothing on stdin.
pub(crate) fn seen(arguments: &[&str]) -> Seen {
    seen_with(arguments, b"")
}

/// Runs netlearn twice with these arguments and this input.
pub(crate) fn seen_with(arguments: &[&str], input: &[u8]) -> Seen {
    let events = netlearn_with(&[arguments, &["--json"]].concat(), input);
    let told = netlearn_with(arguments, input);
    assert_eq!(events.code, told.code, "the view changes nothing:\n{}\n{}", events.text(), told.stderr);
    Seen::new(events, told.stderr)
}

/// Words that a recorded run is told in.
pub(crate) fn narration_of(lines: &[u8]) -> String {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("run.jsonl");
    std::fs::write(&path, lines).expect("a file");
    let run = netlearn_with(&["replay", path.to_str().expect("UTF-8")], b"");
    assert_eq!(run.code, 0, "{}", run.stderr);
    words(&run.text())
}

/// Text without the places of its line ends.
pub(crate) fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Seen {
    /// A run whose events and narration were made by the test.
    pub(crate) fn new(events: Run, narration: String) -> Seen {
        let failed = events.events_of("failed").pop().unwrap_or(Value::Null);
        Seen { failed, code: events.code, events, narration }
    }

    /// Asserts what the row promises, and that each command to try is one that the programs take.
    pub(crate) fn is(&self, row: &Row<'_>) -> &Seen {
        let context = format!("{:#}\n{}", self.failed, self.narration);
        assert_eq!((self.code, self.kind()), (row.code, row.kind), "{context}");
        assert_eq!(self.events.event("finished")["exit"], row.code, "{context}");
        assert!(self.cause().contains(row.cause), "the cause lacks `{}`:\n{context}", row.cause);
        assert!(self.words().contains(row.says), "the words lack `{}`:\n{context}", row.says);
        let next = self.next();
        assert!(next.iter().any(|command| command == row.next), "no `{}` in {next:?}:\n{context}", row.next);
        for command in next {
            accepted(&command);
        }
        self
    }

    /// Asserts that the number of seconds behind these words is one of them: a timer may be late.
    pub(crate) fn tells_seconds(&self, before: &str, allowed: std::ops::Range<f64>) {
        let words = self.words();
        let told = words.split_once(before).and_then(|(_, rest)| rest.split_once(" s"));
        let seconds = told.and_then(|(number, _)| number.trim().parse().ok());
        assert!(seconds.is_some_and(|seconds| allowed.contains(&seconds)), "{before} {allowed:?}: {words}");
    }

    /// Asserts that this near-miss reads differently: another kind, or another cause.
    pub(crate) fn differs_from(&self, other: &Seen) {
        let told = |seen: &Seen| (seen.kind().to_owned(), seen.cause());
        assert_ne!(told(self), told(other), "{}\n{}", self.narration, other.narration);
    }

    pub(crate) fn kind(&self) -> &str {
        self.failed["kind"].as_str().unwrap_or("none")
    }

    /// A fact of the evidence.
    pub(crate) fn fact(&self, name: &str) -> Value {
        let found = self.facts(name);
        found.into_iter().next().unwrap_or_else(|| panic!("no {name} in {:#}", self.failed))
    }

    /// All facts of this name.
    pub(crate) fn facts(&self, name: &str) -> Vec<Value> {
        let evidence = self.failed["evidence"].as_array().expect("evidence is a list");
        evidence.iter().filter(|fact| fact["fact"] == name).cloned().collect()
    }

    /// The events of one kind.
    pub(crate) fn events_of(&self, kind: &str) -> Vec<Value> {
        self.events.events_of(kind)
    }

    /// The narration as one line.
    pub(crate) fn words(&self) -> String {
        words(&self.narration)
    }

    /// The sentence behind `cause`.
    pub(crate) fn cause(&self) -> String {
        words(&self.part("cause").join(" "))
    }

    /// The commands to try next.
    fn next(&self) -> Vec<String> {
        let first = |line: String| line.split("  ").next().unwrap_or_default().trim().to_owned();
        let runs =
            |line: &String| ["netlearn ", "openssl ", "curl "].iter().any(|name| line.starts_with(name));
        let lines = self.part("try").into_iter().map(first);
        // A line that ends in a backslash goes on in the next.
        let mut commands: Vec<String> = Vec::new();
        for line in lines {
            match commands.last_mut() {
                Some(before) if before.ends_with('\\') => {
                    before.pop();
                    before.push_str(&line);
                }
                Some(_) | None => commands.push(line),
            }
        }
        commands.into_iter().filter(runs).collect()
    }

    /// The lines of the last block with this label, without it.
    fn part(&self, label: &str) -> Vec<String> {
        let lines: Vec<&str> = self.narration.lines().collect();
        let start = lines.iter().rposition(|line| line.trim_start().starts_with(&format!("{label} ")));
        let Some(start) = start else { return Vec::new() };
        let first = lines[start].trim_start().trim_start_matches(label).trim().to_owned();
        let rest = lines[start + 1..].iter().take_while(|line| line.starts_with("             "));
        std::iter::once(first).chain(rest.map(|line| line.trim().to_owned())).collect()
    }
}

/// A shell and the program take the command: with `--help` behind it each argument is read and nothing is done.
fn accepted(command: &str) {
    if !command.starts_with("netlearn ") {
        return;
    }
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_netlearn"));
    let folder = binary.parent().expect("a folder").display();
    let path = format!("{folder}:{}", std::env::var("PATH").expect("a PATH"));
    // Looking words and tables up disturbs nobody: those run as they stand. A free port is exit 1.
    let harmless = command.starts_with("netlearn explain ") || command.starts_with("netlearn ports");
    let line = if harmless { command.to_owned() } else { format!("{command} --help") };
    // What stands for a file of the learner's is one here, with a certificate as --cacert wants it.
    let files = tempfile::tempdir().expect("a folder");
    let certificate = super::authority::Authority::new().issuer.pem();
    std::fs::write(files.path().join("FILE"), certificate).expect("a file");
    let mut shell = Command::new("sh");
    shell.args(["-c", &line]).env("PATH", path).current_dir(&files);
    let run = Started::new(shell).finish();
    let fine = run.code == 0 || (harmless && run.code == 1 && command.starts_with("netlearn ports "));
    assert!(fine, "`{command}`: {} {}", run.code, run.stderr);
}
