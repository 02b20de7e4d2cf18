//! Command lines of recorded runs as lines of a lesson: ports and paths by name, and nothing of how a run was shown.

use super::run::{Run, Term};
use crate::command::SECRET_FIELDS;
use crate::event::Address;
use crate::explain::Explanation;

/// Names of ports, in the order in which the recordings name them.
pub(super) const PORTS: [&str; 8] = ["p", "q", "r", "s", "t", "u", "v", "w"];

/// Names of paths.
pub(super) const PATHS: [&str; 2] = ["sock", "sock2"];

/// Options that say how a run is shown or kept; those with a value of their own come with true.
const SHOWN: [(&str, bool); 11] = [
    ("--record", true),
    ("--explain", true),
    ("--view", true),
    ("--color", true),
    ("--json", false),
    ("--secrets", false),
    ("--ascii", false),
    ("--quiet", false),
    ("--verbose", false),
    ("-q", false),
    ("-v", false),
];

/// Ports and paths of services, and the names that they get.
#[derive(Debug, Default)]
pub(super) struct Places {
    pub(super) ports: Vec<u16>,
    pub(super) paths: Vec<String>,
}

impl Places {
    pub(super) fn learn(&mut self, run: &Run) {
        if in_lab(run) {
            return;
        }
        let terms = run.expected.iter().flat_map(|expected| &expected.terms);
        for (_, term) in terms {
            match term {
                Term::Place(Address::Inet(address)) if !self.ports.contains(&address.port()) => {
                    self.ports.push(address.port());
                }
                Term::Place(Address::Path(path)) if !self.paths.contains(path) => {
                    self.paths.push(path.clone())
                }
                Term::Place(_) | Term::Text(_) | Term::Number(_) => {}
            }
        }
    }

    /// More services than there are names, or a client whose command leaves the port out.
    pub(super) fn unnamed(&self, runs: &[Run]) -> Option<Explanation> {
        if self.ports.len() > PORTS.len() || self.paths.len() > PATHS.len() {
            let what = format!(
                "{} ports and {} paths are more than one task can name",
                self.ports.len(),
                self.paths.len()
            );
            return Some(
                Explanation::step("recording", what)
                    .then("netlearn replay run.jsonl", "what is in a recording"),
            );
        }
        let silent = |run: &&Run| !run.serves() && !in_lab(run) && !self.ports.is_empty() && !self.named(run);
        let run = runs.iter().find(silent)?;
        let command = run.command.join(" ");
        let what = format!("`{command}` leaves its port out, and a lesson has to give it another");
        Some(
            Explanation::step("recording", what)
                .then("netlearn get localhost:3000/ --record run.jsonl", "names the port"),
        )
    }

    pub(super) fn named(&self, run: &Run) -> bool {
        let words = &run.command;
        self.ports.iter().any(|port| words.iter().any(|word| in_word(word, *port).is_some()))
    }

    pub(super) fn name(&self, address: &Address) -> Option<&'static str> {
        match address {
            Address::Inet(address) => {
                PORTS.get(self.ports.iter().position(|port| *port == address.port())?).copied()
            }
            Address::Path(path) => PATHS.get(self.paths.iter().position(|known| known == path)?).copied(),
        }
    }

    /// A word of a command with names in place of ports and paths, and its own braces doubled.
    pub(super) fn filled(&self, word: &str) -> String {
        if let Some(index) = self.paths.iter().position(|path| path == word) {
            return format!("{{{}}}", PATHS.get(index).copied().unwrap_or_default());
        }
        for (port, name) in self.ports.iter().zip(PORTS) {
            if let Some((before, after)) = in_word(word, *port) {
                return format!("{}{{{name}}}{}", doubled(before), doubled(after));
            }
        }
        doubled(word)
    }
}

/// The commands that use a pocket internet have its ports.
pub(super) fn in_lab(run: &Run) -> bool {
    run.command.iter().any(|word| word == "--lab" || word.starts_with("--lab="))
}

pub(super) fn doubled(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}")
}

/// What stands before and after a port in a word: all of it, or what follows a `:` or `=`.
pub(super) fn in_word(word: &str, port: u16) -> Option<(&str, &str)> {
    let digits = port.to_string();
    if word == digits {
        return Some(("", ""));
    }
    let fits = |at: usize| {
        let (before, after) = (&word[..at], &word[at + digits.len()..]);
        let begins = before.ends_with([':', '=']) || before == "-p";
        (begins && !after.starts_with(|c: char| c.is_ascii_digit())).then_some((before, after))
    };
    word.match_indices(&digits).find_map(|(at, _)| fits(at))
}

/// The words of a command without those that say how it is shown or kept.
pub(super) fn kept(command: &[String]) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = command.iter();
    while let Some(word) = rest.next() {
        let name = word.split_once('=').map_or(word.as_str(), |(name, _)| name);
        let secret = |value: &String| masked(value) != *value;
        if matches!(word.as_str(), "-H" | "--header") && rest.as_slice().first().is_some_and(secret) {
            rest.next();
            continue;
        }
        match SHOWN.iter().find(|(shown, _)| *shown == name) {
            Some((_, true)) if name == word => {
                rest.next();
            }
            Some(_) => {}
            None => words.push(word.clone()),
        }
    }
    words
}

/// A server whose port the system chose, or that took the usual one, is told its port.
pub(super) fn own_port(words: &mut Vec<String>, places: &Places) {
    let Some(port) = places.ports.first() else { return };
    if words.iter().any(|word| in_word(word, *port).is_some()) {
        return;
    }
    let mut before = String::new();
    for word in words.iter_mut() {
        let value = before.starts_with('-') && !matches!(before.as_str(), "--port" | "-p");
        before.clone_from(word);
        match word.as_str() {
            "0" if !value => *word = port.to_string(),
            "--port=0" | "-p0" => *word = format!("--port={port}"),
            _ => continue,
        }
        return;
    }
    words.extend(["--port".to_owned(), port.to_string()]);
}

/// A word as it is typed.
pub(super) fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:=@%+,{}[]".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    shlex::try_quote(word).map_or_else(|_| word.to_owned(), std::borrow::Cow::into_owned)
}

/// A line with the values of secret fields as asterisks, as recordings have them.
pub(super) fn masked(line: &str) -> String {
    let Some((name, value)) = line.split_once(':') else { return line.to_owned() };
    let secret = SECRET_FIELDS.iter().any(|field| name.trim().eq_ignore_ascii_case(field));
    // Asterisks as they are: a recording has them already.
    if secret { format!("{name}: {}", "*".repeat(value.trim().chars().count())) } else { line.to_owned() }
}

/// A text as TOML has it: JSON's escapes are a part of TOML's.
pub(super) fn toml(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn ports_in_words_get_their_names_and_nothing_else_does() {
        let places = Places { ports: vec![3000, 80], paths: vec!["/tmp/a.sock".to_owned()] };
        for (word, filled) in [
            ("3000", "{p}"),
            ("localhost:3000", "localhost:{p}"),
            ("http://localhost:3000/3000", "http://localhost:{p}/3000"),
            ("--port=3000", "--port={p}"),
            ("-p3000", "-p{p}"),
            ("a:3000:127.0.0.1", "a:{p}:127.0.0.1"),
            ("30001", "30001"),
            ("localhost:30001", "localhost:30001"),
            (":80", ":{q}"),
            ("x3000", "x3000"),
            ("{x}", "{{x}}"),
            ("/tmp/a.sock", "{sock}"),
        ] {
            assert_eq!(places.filled(word), filled, "{word}");
        }
    }

    #[test]
    fn what_says_how_a_run_is_shown_is_no_part_of_a_solution() {
        let line = "get :3000/ --record run.jsonl -q --json --view=ladder --explain full --color never -d x --secrets";
        assert_eq!(kept(&words(line)), words("get :3000/ -d x"));
        assert_eq!(kept(&words("get -H Accept:x -H Cookie:*** :3000/")), words("get -H Accept:x :3000/"));
    }

    #[test]
    fn a_server_is_told_its_port() {
        let places = Places { ports: vec![4711], paths: Vec::new() };
        for (line, told) in [
            ("serve", "serve --port 4711"),
            ("serve tcp 0", "serve tcp 4711"),
            ("serve --port 0 --silent", "serve --port 4711 --silent"),
            ("serve --port=0", "serve --port=4711"),
            ("serve tcp 4711", "serve tcp 4711"),
            ("serve tcp --max-body 0", "serve tcp --max-body 0 --port 4711"),
        ] {
            let mut own = words(line);
            own_port(&mut own, &places);
            assert_eq!(own, words(told), "{line}");
        }
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_part_them() {
        assert_eq!(quoted("localhost:{p}"), "localhost:{p}");
        assert_eq!(shlex::split(&quoted("two words")), Some(vec!["two words".to_owned()]));
        assert_eq!(shlex::split(&quoted("it's")), Some(vec!["it's".to_owned()]));
        assert_eq!(shlex::split(&quoted("")), Some(vec![String::new()]));
    }

    #[test]
    fn secrets_that_were_typed_are_asterisks() {
        assert_eq!(masked("Authorization: Bearer abc"), "Authorization: **********");
        assert_eq!(masked("cookie:a=b"), "cookie: ***");
        assert_eq!(masked("Host: a"), "Host: a");
        assert_eq!(masked("GET / HTTP/1.1"), "GET / HTTP/1.1");
    }
}
