//! Pages of a story: on a terminal one at a time, elsewhere straight through.

use crate::command::enter::{Reader, Wish};
use crate::command::watch::Shown;
use crate::command::{Context, Outcome};
use crate::event::Side;
use crate::event::recorder::Recorder;
use crate::event::run::Chapter;

/// The pages that are still to come.
pub(super) struct Pages<'s> {
    context: &'s Context,
    recorder: &'s Recorder,
    shown: Shown,
    reader: Option<Reader>,
    told: u32,
    of: u32,
}

impl<'s> Pages<'s> {
    /// A story of `of` chapters.
    pub(super) fn new(context: &'s Context, recorder: &'s Recorder, shown: Shown, of: u32) -> Self {
        let reader = if context.show.json { None } else { Reader::at_terminal() };
        Pages { context, recorder, shown, reader, told: 0, of }
    }

    /// Begins a chapter.
    pub(super) fn chapter(&mut self, id: &str, command: &str) {
        self.told += 1;
        self.recorder.run(Side::Observer).emit(Chapter {
            number: self.told,
            of: self.of,
            id: id.to_owned(),
            command: Some(command.to_owned()),
        });
    }

    /// Ends a page: once everything so far is on the screen, waits for Enter. False: the reader wants to leave.
    pub(super) async fn turn(&mut self) -> bool {
        let Some(reader) = &mut self.reader else { return true };
        let last = self.recorder.last_seq();
        if self.shown.wait_for(|seq| *seq >= last).await.is_err() {
            return false;
        }
        let prompt = "   Enter: next page   q: leave  ";
        reader.wish(prompt, &self.context.stop).await == Wish::On
    }

    /// The outcome of a story that was left before its end: leaving is no fault.
    pub(super) fn left(&self) -> Outcome {
        self.context.stop.outcome()
    }
}
