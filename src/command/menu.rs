//! A bare `netlearn` at a terminal: a list of commands, each as it is typed. It asks for what a command needs, runs the line
//! in a process of its own, as a shell would, and comes back. It knows no flags and decides nothing about a command.

mod keys;

use std::borrow::Cow;
use std::ffi::OsString;
use std::io;
use std::process::Child;
use std::sync::{Arc, Mutex, PoisonError};

use super::terminal::{KeysTerminal, Target, complain, rows, style};
use super::{Context, Outcome, Stop, lesson};
use crate::explain::Explanation;
use crate::render::Style;
use crate::render::menu::Choice;
use keys::{Keyboard, Typed};

/// What each command is given.
#[derive(Clone, Debug)]
pub struct Options {
    /// Flags that were typed behind `netlearn`.
    pub flags: Vec<OsString>,
}

/// What a command is asked for: the words before the answer, what is used where nothing is typed.
type Question = (&'static str, &'static str);

/// One line of the menu: the words of its command, `?` where the answer stands.
struct Entry {
    choice: Choice,
    words: &'static [&'static str],
    question: Option<Question>,
}

const fn entry(
    command: &'static str,
    does: &'static str,
    words: &'static [&'static str],
    question: Option<Question>,
) -> Entry {
    Entry { choice: Choice { command, does: Cow::Borrowed(does) }, words, question }
}

const ENTRIES: &[Entry] = &[
    entry("netlearn lesson", "guided lessons: predict, try, see why", &["lesson"], None),
    entry("netlearn tour", "what happens when you open a page", &["tour"], None),
    entry("netlearn serve --port PORT", "be a web server", &["serve", "--port", "?"], Some(("Port", "3000"))),
    entry(
        "netlearn get URL",
        "ask for a page, see every line",
        &["get", "?"],
        Some(("URL", "http://localhost:3000/")),
    ),
    entry(
        "netlearn connect WHERE",
        "talk to any server",
        &["connect", "?"],
        Some(("Where", "localhost:3000")),
    ),
    entry(
        "netlearn resolve NAME --trace --lab",
        "from a name to its address",
        &["resolve", "?", "--trace", "--lab"],
        Some(("Name", "www.shop.test")),
    ),
    entry("netlearn ports", "who listens on this machine", &["ports"], None),
    entry("netlearn lab", "a pocket internet to play in", &["lab"], None),
    entry("netlearn explain WORD", "what a word means", &["explain", "?"], Some(("Word", "port"))),
    entry("netlearn doctor", "what works on this machine", &["doctor"], None),
    entry("netlearn --help", "all commands", &["--help"], None),
];

/// Offers the commands until the reader leaves.
pub async fn run(options: Options, context: &Context) -> Outcome {
    let style = style(&context.show, Target::Stdout);
    let running = Running::default();
    let terminal = KeysTerminal::now();
    let (done, ended) = tokio::sync::oneshot::channel();
    let offer = Offer {
        flags: options.flags,
        style,
        stop: context.stop.clone(),
        running: running.clone(),
        terminal: terminal.clone(),
    };
    // A key that is never pressed must not hold a run that is told to end: the reading has a thread of its own.
    std::thread::spawn(move || done.send(offer.until_left()));
    let left = tokio::select! {
        biased;
        left = ended => left.unwrap_or(Ok(Outcome::DONE)),
        () = context.stop.token.cancelled() => Ok(context.stop.outcome()),
    };
    running.end();
    terminal.leave();
    match left {
        Ok(outcome) => outcome,
        Err(error) => {
            complain(
                &Explanation::step("menu", format!("the menu cannot be shown: {error}"))
                    .then("netlearn --help", "all commands"),
            );
            Outcome(23)
        }
    }
}

/// The command that runs now.
#[derive(Clone, Debug, Default)]
struct Running {
    child: Arc<Mutex<Option<u32>>>,
}

impl Running {
    fn set(&self, id: Option<u32>) {
        *self.child.lock().unwrap_or_else(PoisonError::into_inner) = id;
    }

    /// Tells it to end: it has no menu to come back to.
    fn end(&self) {
        #[cfg(unix)]
        if let Some(id) = *self.child.lock().unwrap_or_else(PoisonError::into_inner)
            && let Some(id) = i32::try_from(id).ok().and_then(rustix::process::Pid::from_raw)
        {
            // One that has ended meanwhile needs no word.
            let _ = rustix::process::kill_process(id, rustix::process::Signal::TERM);
        }
    }
}

/// The menu as it is offered.
struct Offer {
    flags: Vec<OsString>,
    style: Style,
    stop: Stop,
    running: Running,
    terminal: KeysTerminal,
}

impl Offer {
    fn until_left(self) -> io::Result<Outcome> {
        let mut keyboard = Keyboard::new(self.terminal.clone(), self.style);
        let mut choices: Vec<Choice> = ENTRIES.iter().map(|entry| entry.choice.clone()).collect();
        let mut chosen = 0;
        loop {
            if let (Some(first), Some(left_off)) = (choices.first_mut(), lesson::left_off()) {
                first.does = Cow::Owned(left_off);
            }
            chosen = match keyboard.choose(&choices, chosen, rows())? {
                Typed::Chosen(index) => index,
                Typed::Left => return Ok(Outcome::DONE),
                Typed::Interrupted => return Ok(Outcome::INTERRUPTED),
            };
            let Some(entry) = ENTRIES.get(chosen) else { continue };
            let answer = match entry.question {
                None => String::new(),
                Some((what, usual)) => match keyboard.ask(what, usual)? {
                    Typed::Chosen(answer) => answer,
                    Typed::Left => continue,
                    Typed::Interrupted => return Ok(Outcome::INTERRUPTED),
                },
            };
            let words = words(entry, &answer);
            keyboard.say(&format!("$ netlearn {}", words.join(" ")))?;
            self.stop.lend(true);
            self.command(&words)?;
            let typed = keyboard.pause("Enter: menu   q: leave ")?;
            // Not before: a Ctrl-C that the command ended by may reach this program later than that end. Here it is a key; a SIGINT
            // that somebody sends meanwhile is not obeyed, and SIGTERM is.
            self.stop.lend(false);
            match typed {
                Typed::Chosen(()) => {}
                Typed::Left => return Ok(Outcome::DONE),
                Typed::Interrupted => return Ok(Outcome::INTERRUPTED),
            }
        }
    }

    /// Runs one line as a shell would, and waits for its end.
    fn command(&self, words: &[String]) -> io::Result<()> {
        let ran = self.child(words).and_then(|mut child| child.wait());
        self.running.set(None);
        // It has told itself how it went.
        ran.map(drop)
    }

    fn child(&self, words: &[String]) -> io::Result<Child> {
        let program = std::env::current_exe()?;
        let child = std::process::Command::new(program).args(&self.flags).args(words).spawn()?;
        self.running.set(Some(child.id()));
        Ok(child)
    }
}

/// The line as typed: an answer may be several words.
fn words(entry: &Entry, answer: &str) -> Vec<String> {
    let mut words = Vec::new();
    for word in entry.words {
        match *word {
            "?" => words.extend(answer.split_whitespace().map(str::to_owned)),
            word => words.push(word.to_owned()),
        }
    }
    words
}
