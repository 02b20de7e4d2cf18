//! What each change does to a lesson's progress. A replay erases nothing.

use jiff::Timestamp;

use super::{Change, Judged, LessonProgress, Prediction, Recall, StepProgress};
use crate::lesson::{Kind, Lesson, Step};

impl LessonProgress {
    /// Whether its end was reached, or it was tested out of.
    pub fn is_done(&self) -> bool {
        self.finished.is_some() || self.tested_out.is_some()
    }

    /// Steps of the lesson's own run that were skipped; its challenges may be left out.
    pub fn skipped(&self, lesson: &Lesson) -> usize {
        let asked = |step: &&Step| match &step.kind {
            Kind::Do(task) => !task.challenge,
            Kind::Say | Kind::Predict(_) | Kind::Observe(_) | Kind::Explain { .. } => true,
            Kind::Recall(_) => false,
        };
        let skipped = |step: &&Step| self.steps.get(&step.id).is_some_and(|did| did.skipped.is_some());
        lesson.steps.iter().filter(asked).filter(skipped).count()
    }

    fn over(&mut self) {
        self.reached = None;
        (self.connections, self.bytes) = (0, 0);
    }

    pub(super) fn change(&mut self, change: &Change, now: Timestamp) {
        match change {
            Change::Began => {
                self.began.get_or_insert(now);
                self.runs = self.runs.saturating_add(1);
                (self.connections, self.bytes) = (0, 0);
            }
            Change::Reached { step, connections, bytes } => {
                self.reached = Some(step.clone());
                (self.connections, self.bytes) = (*connections, *bytes);
            }
            Change::Finished => {
                self.finished.get_or_insert(now);
                self.over();
            }
            Change::TestedOut => {
                self.tested_out.get_or_insert(now);
                self.over();
            }
            Change::Predicted { step, choice, right } => self.step(step).predict(choice, *right, now),
            Change::Judged { step, verdict } => self.step(step).judge(*verdict),
            Change::Hinted { step, n } => {
                let step = self.step(step);
                step.hints = step.hints.max(*n);
            }
            Change::Skipped { step } => {
                let before = self.finished.is_some();
                let step = self.step(step);
                if !before && !step.is_done() {
                    step.skipped.get_or_insert(now);
                }
            }
            Change::Read { step } => self.step(step).skipped = None,
            Change::Passed { step, values } => {
                let step = self.step(step);
                step.passed.get_or_insert(now);
                step.skipped = None;
                step.values = values.clone();
            }
            Change::Recalled { step, right } => self.step(step).recalled(*right, now),
        }
    }

    fn step(&mut self, id: &str) -> &mut StepProgress {
        self.steps.entry(id.to_owned()).or_default()
    }
}

impl StepProgress {
    /// A task passed, a prediction made, an observation that agreed.
    fn is_done(&self) -> bool {
        self.passed.is_some() || self.predicted.is_some() || self.attempts > self.not_yet
    }

    fn predict(&mut self, choice: &str, right: Option<bool>, at: Timestamp) {
        self.skipped = None;
        let made = Prediction { choice: choice.to_owned(), right, at };
        let latest = self.predicted_again.as_mut().or(self.predicted.as_mut());
        match latest {
            // The run has decided the one that was made.
            Some(latest) if latest.choice == choice && latest.right.is_none() => latest.right = right,
            Some(_) => self.predicted_again = Some(made),
            None => self.predicted = Some(made),
        }
    }

    fn judge(&mut self, verdict: Judged) {
        let count = match verdict {
            Judged::Environment => {
                self.environment = self.environment.saturating_add(1);
                return;
            }
            Judged::NotYet => 1,
            Judged::Pass => {
                self.skipped = None;
                0
            }
        };
        self.attempts = self.attempts.saturating_add(1);
        self.not_yet = self.not_yet.saturating_add(count);
    }

    fn recalled(&mut self, was_right: bool, now: Timestamp) {
        let recall = self.recall.get_or_insert(Recall { last: now, streak: 0, right: 0, wrong: 0 });
        recall.last = now;
        if was_right {
            recall.streak = recall.streak.saturating_add(1);
            recall.right = recall.right.saturating_add(1);
        } else {
            recall.streak = 0;
            recall.wrong = recall.wrong.saturating_add(1);
        }
    }
}
