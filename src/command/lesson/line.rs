//! What a learner types at a prompt of a lesson, understood as kindly as it can be. Nothing is run here.

use crate::command::Command;
use crate::net::tcp::experiment::Manner;

/// How a command line is read; given by the caller, because commands do not know the command line.
#[derive(Clone, Copy)]
pub struct Parser(pub fn(&[String]) -> Result<Command, String>);

impl std::fmt::Debug for Parser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Parser")
    }
}

/// A key of the lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Hint,
    Back,
    Skip,
    Menu,
    Quit,
    Keys,
    /// From a client's prompt to the lesson's.
    Lesson,
    /// End the client.
    Close,
}

/// Letters and words of the keys.
const KEYS: [(&str, &str, Key); 6] = [
    ("h", "hint", Key::Hint),
    ("b", "back", Key::Back),
    ("s", "skip", Key::Skip),
    ("m", "menu", Key::Menu),
    ("q", "quit", Key::Quit),
    ("?", "help", Key::Keys),
];

/// What a line at the lesson's own prompt is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Typed {
    Nothing,
    Key(Key),
    /// Words of a netlearn command, without `netlearn`.
    Netlearn(Vec<String>),
    /// A line for the shell.
    Shell(String),
    /// Back to an open client.
    Client(char),
    /// End a program in the background, by its name where there are several.
    Stop(Option<String>),
    /// Nothing that can be run, and why.
    Unclear(String),
}

/// A key, at a prompt that takes nothing else.
pub fn key(text: &str) -> Option<Key> {
    let text = text.trim().trim_start_matches(':');
    KEYS.iter()
        .find(|(letter, word, _)| text == *letter || text.eq_ignore_ascii_case(word))
        .map(|(_, _, key)| *key)
}

/// A line at the prompt for commands.
pub fn command(text: &str) -> Typed {
    let text = text.trim();
    if text.contains('\n') {
        let lines = text.lines().filter(|line| !line.trim().is_empty()).count();
        return Typed::Unclear(format!(
            "These are {lines} lines at once. One command at a time: each shows something."
        ));
    }
    let text = unprompted(text);
    if text.is_empty() {
        return Typed::Nothing;
    }
    if let Some(key) = key(text) {
        return Typed::Key(key);
    }
    if let Some(line) = text.strip_prefix('!') {
        let line = line.trim();
        return if line.is_empty() { Typed::Nothing } else { Typed::Shell(line.to_owned()) };
    }
    if let Some(name) = text.strip_prefix("stop").filter(|name| name.is_empty() || name.starts_with(' ')) {
        let name = name.trim();
        return Typed::Stop((!name.is_empty()).then(|| name.to_owned()));
    }
    if let Some(letter) = client(text) {
        return Typed::Client(letter);
    }
    match shlex::split(text) {
        None => Typed::Unclear("A quote is open: it begins and does not end.".to_owned()),
        Some(words) => {
            let words = match words.first() {
                Some(first) if is_netlearn(first) => words[1..].to_vec(),
                _ => words,
            };
            let words: Vec<String> = words.into_iter().map(undashed).collect();
            if words.is_empty() { Typed::Nothing } else { Typed::Netlearn(words) }
        }
    }
}

/// `netlearn`, by whatever way it is called: `./netlearn`.
fn is_netlearn(word: &str) -> bool {
    let name = word.rsplit(['/', '\\']).next().unwrap_or(word);
    matches!(name, "netlearn" | "netlearn.exe")
}

/// Two hyphens in place of the dash that word processors and phones make of them.
fn undashed(word: String) -> String {
    let rest = word.strip_prefix(['\u{2014}', '\u{2013}']);
    match rest.filter(|rest| rest.starts_with(|c: char| c.is_ascii_alphabetic())) {
        // A single letter had one.
        Some(letter) if letter.len() == 1 => format!("-{letter}"),
        Some(rest) => format!("--{rest}"),
        None => word,
    }
}

/// The text without a prompt that was copied with it: `$ `, `% `, `netlearn> `.
fn unprompted(text: &str) -> &str {
    let prompts = ["$ ", "% ", "# ", "> ", "netlearn> "];
    prompts.iter().find_map(|prompt| text.strip_prefix(prompt)).unwrap_or(text).trim()
}

/// `A`, `client A`.
fn client(text: &str) -> Option<char> {
    let letter = text.strip_prefix("client ").unwrap_or(text).trim();
    let mut letters = letter.chars();
    match (letters.next(), letters.next()) {
        (Some(letter), None) if letter.is_ascii_uppercase() => Some(letter),
        _ => None,
    }
}

/// A line at a client's prompt: a key behind a colon, or text to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Spoken {
    Key(Key),
    /// As it goes out, without its end.
    Text(String),
    Unclear(String),
}

/// A line at a client's prompt. `::` at the beginning sends a colon.
pub fn spoken(text: &str) -> Spoken {
    let Some(word) = text.strip_prefix(':') else { return Spoken::Text(text.to_owned()) };
    if word.starts_with(':') {
        return Spoken::Text(word.to_owned());
    }
    match word.trim() {
        "lesson" | "l" => Spoken::Key(Key::Lesson),
        "close" | "c" => Spoken::Key(Key::Close),
        word => key(word).map_or_else(
            || {
                Spoken::Unclear(format!(
                    ":{word} is no key here. To send text that begins with a colon, type two."
                ))
            },
            Spoken::Key,
        ),
    }
}

/// How a command behaves in a lesson.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// It runs to its end while the lesson waits.
    Foreground,
    /// It goes on in the background once it is ready.
    Background,
    /// Lines are typed to it once it is connected.
    Client,
    /// It needs the terminal for itself.
    Elsewhere,
}

/// How this command behaves.
pub fn manners(command: &Command) -> Manners {
    match command {
        Command::Serve(_) | Command::ServeDrawn(_) | Command::ServeUnix(..) | Command::ServeUdp(_) => {
            Manners::Background
        }
        Command::Lab(options) if options.act == crate::command::lab::Act::Run => Manners::Background,
        Command::Ports(options) if options.watch.is_some() => Manners::Background,
        Command::Connect(options) => {
            let wanted = &options.experiments;
            let typed = !options.only_connect && options.send.is_empty() && wanted.size.is_none();
            let usual = !wanted.half_close && wanted.manner == Manner::Usual;
            if typed && usual { Manners::Client } else { Manners::Foreground }
        }
        Command::Replay(options) if options.step => Manners::Elsewhere,
        Command::Lesson(_) | Command::Menu(_) | Command::Tour(_) => Manners::Elsewhere,
        Command::Lab(_)
        | Command::Ports(_)
        | Command::Get(_)
        | Command::Resolve(_)
        | Command::Replay(_)
        | Command::Explain(_)
        | Command::Doctor
        | Command::Generated(_)
        | Command::Schema => Manners::Foreground,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Typed {
        Typed::Netlearn(text.split(' ').map(str::to_owned).collect())
    }

    #[test]
    fn commands_are_understood_with_and_without_what_belongs_to_a_shell() {
        for text in [
            "get :3000/",
            "netlearn get :3000/",
            "$ netlearn get :3000/",
            "  $ get :3000/ ",
            "netlearn> get :3000/",
            "./netlearn get :3000/",
            "target/debug/netlearn get :3000/",
        ] {
            assert_eq!(command(text), words("get :3000/"), "{text}");
        }
        assert_eq!(
            command("connect h 1 --send 'a b'"),
            Typed::Netlearn(vec!["connect".into(), "h".into(), "1".into(), "--send".into(), "a b".into()])
        );
        assert_eq!(
            command("serve \u{2014}silent \u{2013}q \u{2013} x"),
            words("serve --silent -q \u{2013} x")
        );
        assert_eq!(command("!node x.js"), Typed::Shell("node x.js".to_owned()));
        assert_eq!(command("! "), Typed::Nothing);
        assert_eq!(command(" netlearn "), Typed::Nothing);
        assert_eq!(command(""), Typed::Nothing);
        assert_eq!(command("client A"), Typed::Client('A'));
        assert_eq!(command("B"), Typed::Client('B'));
        assert_eq!(command("stop"), Typed::Stop(None));
        assert_eq!(command("stop server 2"), Typed::Stop(Some("server 2".to_owned())));
        assert!(matches!(command("say 'x"), Typed::Unclear(_)));
        assert!(matches!(command("one\ntwo\n\nthree"), Typed::Unclear(text) if text.contains("3 lines")));
        assert_eq!(command("привет"), words("привет"));
    }

    #[test]
    fn keys_are_letters_and_words() {
        for (letter, word, meant) in KEYS {
            assert_eq!(command(letter), Typed::Key(meant));
            assert_eq!(command(&word.to_uppercase()), Typed::Key(meant));
            assert_eq!(spoken(&format!(":{letter}")), Spoken::Key(meant));
        }
        assert_eq!(key("x"), None);
    }

    #[test]
    fn a_client_sends_everything_but_keys_behind_a_colon() {
        assert_eq!(spoken("h"), Spoken::Text("h".to_owned()));
        assert_eq!(spoken(""), Spoken::Text(String::new()));
        assert_eq!(spoken("::q"), Spoken::Text(":q".to_owned()));
        assert_eq!(spoken(":close"), Spoken::Key(Key::Close));
        assert_eq!(spoken(":lesson"), Spoken::Key(Key::Lesson));
        assert!(matches!(spoken(":wq"), Spoken::Unclear(_)));
    }
}
