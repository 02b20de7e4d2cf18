//! `netlearn replay`: a recording, shown again in any view.
//!
//! It needs no network and no other file; what it shows is what the recording says, nothing is measured anew.

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::enter::{Reader as Keyboard, Wish};
use super::terminal::{Target, style};
use super::{Context, Outcome, View};
use crate::event::Header;
use crate::event::recording::{Reader, RecordingError};
use crate::explain::Explanation;
use crate::render::json::Json;
use crate::render::{Render, Voice, choose, complain};

/// What to show again.
#[derive(Clone, Debug)]
pub struct Options {
    pub file: PathBuf,
    /// One event per Enter.
    pub step: bool,
}

/// Why a replay ended before its recording did.
enum Fault {
    Recording(RecordingError),
    /// The view could not be written.
    View(io::Error),
    Open(io::Error),
    NoTerminal,
}

impl From<RecordingError> for Fault {
    fn from(error: RecordingError) -> Self {
        Fault::Recording(error)
    }
}

impl From<io::Error> for Fault {
    fn from(error: io::Error) -> Self {
        Fault::View(error)
    }
}

/// Shows a recording. A damaged one is shown up to the damage; then 2.
pub async fn run(options: Options, context: &Context) -> Outcome {
    let fault = match show(&options, context).await {
        Ok(outcome) => return outcome,
        Err(fault) => fault,
    };
    let name = options.file.display();
    let what = match fault {
        Fault::View(error) if error.kind() == io::ErrorKind::BrokenPipe => return Outcome::DONE,
        Fault::View(error) => {
            complain(&Explanation::step("replay", format!("the view could not be written: {error}")));
            return Outcome(23);
        }
        Fault::Open(error) => format!("{name} cannot be read: {error}; --record writes a recording"),
        Fault::Recording(error) => format!("{name}, {error}"),
        Fault::NoTerminal => "--step waits for Enter: it needs a terminal".to_owned(),
    };
    let words = Explanation::step("replay", what);
    complain(&match options.step {
        true => words.then(format!("netlearn replay {name}"), "all of it at once"),
        false => words.then("netlearn get :3000/ --record run.jsonl", "makes a recording"),
    });
    Outcome::USAGE
}

async fn show(options: &Options, context: &Context) -> Result<Outcome, Fault> {
    let mut keyboard = match options.step {
        true => Some(Keyboard::at_terminal().ok_or(Fault::NoTerminal)?),
        false => None,
    };
    let file = File::open(&options.file).map_err(Fault::Open)?;
    let mut reader = Reader::open(BufReader::new(file))?;
    let (out, written) = Counted::stdout();
    let mut view = view(context, &reader.header, out);
    view.begin(&reader.header)?;
    for event in &mut reader {
        if context.stop.token.is_cancelled() {
            return Ok(context.stop.outcome());
        }
        let before = written.load(Ordering::Relaxed);
        let event = match event {
            Ok(event) => event,
            Err(error) => {
                view.flush()?;
                return Err(error.into());
            }
        };
        view.event(&event)?;
        if let Some(keyboard) = &mut keyboard {
            view.flush()?;
            let shown = written.load(Ordering::Relaxed) > before;
            if shown && keyboard.wish("   Enter: next   q: leave  ", &context.stop).await == Wish::Leave {
                return Ok(context.stop.outcome());
            }
        }
    }
    view.finish()?;
    Ok(Outcome::DONE)
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
    if said("serve") {
        (Voice::Server, View::Narration)
    } else if said("tour") {
        (Voice::Both, View::Narration)
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
