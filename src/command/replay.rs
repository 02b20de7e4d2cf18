//! `netlearn replay`: recordings, shown again in any view.
//!
//! It needs no network and no other file; what it shows is what the recordings say, nothing is measured anew.

mod several;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::enter::{Reader as Keyboard, Wish};
use super::terminal::{Target, complain, style};
use super::{Context, Outcome, View};
use crate::event::recording::RecordingError;
use crate::event::{Event, Header};
use crate::explain::Explanation;
use crate::render::json::Json;
use crate::render::{Render, Voice, choose};

/// What to show again.
#[derive(Clone, Debug)]
pub struct Options {
    /// At least one.
    pub files: Vec<PathBuf>,
    /// One event per Enter.
    pub step: bool,
}

/// Why a replay ended before its recordings did.
enum Fault {
    /// What is wrong with a recording, by its name.
    Recording(String, RecordingError),
    Open(String, io::Error),
    /// The view could not be written.
    View(io::Error),
    NoTerminal,
    /// Two names, one recording.
    Twice(String, String),
    /// It cannot be read twice.
    NoFile(String),
    /// Recordings of several clocks are no single recording.
    SeveralClocks(String),
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::View(error)
    }
}

/// Shows recordings. A damaged one is shown up to the damage; then 2.
pub async fn run(options: Options, context: &Context) -> Outcome {
    let fault = match show(&options, context).await {
        Ok(outcome) => return outcome,
        Err(fault) => fault,
    };
    if let Fault::View(error) = &fault {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Outcome::DONE;
        }
        return super::cannot_write("stdout", error);
    }
    complain(&words(&fault, &options));
    Outcome::USAGE
}

fn words(fault: &Fault, options: &Options) -> Explanation {
    let say = |what: String| Explanation::step("replay", what);
    let first = options.files.first().map(|file| file.display().to_string()).unwrap_or_default();
    match fault {
        Fault::View(error) => say(error.to_string()),
        Fault::Open(name, error) => {
            recorded_first(say(format!("{name} cannot be read: {error}; --record writes a recording")))
        }
        Fault::Recording(name, error) => recorded_first(say(format!("{name}, {error}"))),
        Fault::NoTerminal => say("--step waits for Enter: it needs a terminal".to_owned())
            .then(format!("netlearn replay {first}"), "all of it at once"),
        Fault::Twice(one, other) if one == other => {
            say(format!("{one} is named twice")).then(format!("netlearn replay {one}"), "shows it")
        }
        Fault::Twice(one, other) => say(format!("{one} and {other} are one recording"))
            .then(format!("netlearn replay {one}"), "shows it"),
        Fault::NoFile(name) => say(format!("{name} is no file: of several recordings each is read twice"))
            .then(format!("netlearn replay {name}"), "one alone is read once"),
        Fault::SeveralClocks(why) => say(format!("{why} Together they are no recording for --json."))
            .then(format!("netlearn replay {first} --json"), "one of them"),
    }
}

fn recorded_first(words: Explanation) -> Explanation {
    words.then("netlearn get :3000/ --record run.jsonl", "makes a recording")
}

async fn show(options: &Options, context: &Context) -> Result<Outcome, Fault> {
    let keyboard = match options.step {
        true => Some(Keyboard::at_terminal().ok_or(Fault::NoTerminal)?),
        false => None,
    };
    let mut show = Replay { context, keyboard };
    let [file] = options.files.as_slice() else { return several::show(&options.files, &mut show).await };
    let mut reader = several::open(file, &context.stop)?;
    let header = reader.header.clone();
    let name = file.display().to_string();
    let events = reader.by_ref().map(|event| event.map_err(|error| Fault::Recording(name.clone(), error)));
    if let Some(outcome) = show.stream(&header, events).await? {
        return Ok(outcome);
    }
    if !reader.finished {
        breaks_off(&name);
    }
    Ok(Outcome::DONE)
}

/// What is there is sound and was shown; that more is missing, nothing else would tell.
fn breaks_off(name: &str) {
    complain(&Explanation::step(
        "replay",
        format!(
            "{name} breaks off without its end (`finished`): the run had not ended, could not write on, or the file was cut"
        ),
    ));
}

/// Shows streams of events, one after the other.
struct Replay<'c> {
    context: &'c Context,
    keyboard: Option<Keyboard>,
}

impl Replay<'_> {
    /// Shows one stream to its end. An outcome: the reader left, or the run was told to stop.
    async fn stream(
        &mut self,
        header: &Header,
        events: impl Iterator<Item = Result<Event, Fault>>,
    ) -> Result<Option<Outcome>, Fault> {
        let (out, written) = Counted::stdout();
        let stop = &self.context.stop;
        let mut view = view(self.context, header, out);
        view.begin(header)?;
        for event in events {
            if stop.token.is_cancelled() {
                return Ok(Some(stop.outcome()));
            }
            let before = written.load(Ordering::Relaxed);
            let event = match event {
                Ok(event) => event,
                Err(error) => {
                    view.flush()?;
                    return Err(error);
                }
            };
            view.event(&event)?;
            if let Some(keyboard) = &mut self.keyboard {
                view.flush()?;
                let shown = written.load(Ordering::Relaxed) > before;
                if shown && keyboard.wish("   Enter: next   q: leave  ", stop).await == Wish::Leave {
                    return Ok(Some(stop.outcome()));
                }
            }
        }
        view.finish()?;
        Ok(None)
    }
}

fn view(context: &Context, header: &Header, out: Counted) -> Box<dyn Render> {
    if context.show.json {
        return Box::new(Json::new(Box::new(out)));
    }
    let (voice, usual) = recorded(header);
    let wanted = if context.show.view == View::Narration { usual } else { context.show.view };
    choose(wanted, voice, style(&context.show, Target::Stdout), Box::new(out))
}

/// The voice and the usual view of the command that was recorded.
fn recorded(header: &Header) -> (Voice, View) {
    let said = |word: &str| header.command.iter().skip(1).any(|argument| argument == word);
    if said("tour") || said("replay") {
        (Voice::Both, View::Narration)
    } else if said("serve") {
        (Voice::Server, View::Narration)
    } else if said("ports") {
        (Voice::Client, View::Table)
    } else {
        (Voice::Client, View::Narration)
    }
}

/// stdout, with a count of what went there: whether an event was worth a line.
struct Counted {
    out: io::Stdout,
    written: Arc<AtomicU64>,
}

impl Counted {
    fn stdout() -> (Counted, Arc<AtomicU64>) {
        let written = Arc::new(AtomicU64::new(0));
        (Counted { out: io::stdout(), written: Arc::clone(&written) }, written)
    }
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = self.out.write(bytes)?;
        self.written.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
