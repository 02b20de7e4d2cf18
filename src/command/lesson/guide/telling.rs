//! What a learner reads: prose with the values of this run, and the keys.

use super::Guide;
use crate::command::lesson::home;
use crate::lesson::Lesson;
use crate::render::prose;

impl Guide {
    /// Lists the keys.
    pub(in super::super) fn keys(&mut self) {
        let folder = self.session.work.display().to_string();
        let lines = [
            "h hint, b back, s skip, m menu, q save and quit, ? this list.".to_owned(),
            "In a task: netlearn commands, with or without the word netlearn; !command runs anything else; stop ends a server."
                .to_owned(),
            "At a client's prompt each line is sent; keys take a colon there (:h, :q), :lesson leaves it open, :close ends it.".to_owned(),
            format!("Commands run in {folder}: the lesson's programs are there."),
        ];
        lines.iter().for_each(|line| self.session.say(line));
    }

    /// Text with its values.
    pub(in super::super) fn filled(&self, text: &str) -> String {
        self.known(text);
        self.session.values.fill_or_blank(text)
    }

    /// Whether all that a text names has a value; what has none is noted.
    pub(in super::super) fn known(&self, text: &str) -> bool {
        let Err(unknown) = self.session.values.fill(text) else { return true };
        let named = unknown.0.into_iter().map(|name| (self.at.clone(), name));
        self.blanks.borrow_mut().extend(named);
        false
    }

    /// Shows prose with its values. A sentence about what was not measured is left out: nothing has shown it.
    pub(in super::super) fn prose(&mut self, lesson: &Lesson, markdown: &str) {
        self.known(markdown);
        let text = self.filled(&self.session.values.without_blanks(markdown));
        let listing = |about: &str| home::listing(lesson, about);
        let lines = prose::lines(&text, self.session.desk.style(), &listing);
        self.session.desk.lines(lines);
    }
}
