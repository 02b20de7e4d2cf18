//! What each change does to a lesson's progress. A replay erases nothing.

use jiff::Timestamp;

use super::{Change, Judged, LessonProgress, Prediction, Recall, StepProgress};

impl LessonProgress {
    /// Whether it was finished, or tested out of.
    pub fn is_done(&self) -> bool {
        self.finished.is_some() || self.tested_out.is_some()
    }

    pub(super) fn change(&mut self, change: &Change, now: Timestamp) {
        match change {
            Change::Began => {
                self.began.get_or_insert(now);
                self.runs = self.runs.saturating_add(1);
            }
            Change::Reached { step } => self.reached = Some(step.clone()),
            Change::Finished => {
                self.finished.get_or_insert(now);
                self.reached = None;
            }
            Change::TestedOut => {
                self.tested_out.get_or_insert(now);
                self.reached = None;
            }
            Change::Predicted { step, choice, right } => self.step(step).predict(choice, *right, now),
            Change::Judged { step, verdict } => self.step(step).judge(*verdict),
            Change::Hinted { step, n } => {
                let step = self.step(step);
                step.hints = step.hints.max(*n);
            }
            Change::Skipped { step } => {
                let step = self.step(step);
                if step.passed.is_none() {
                    step.skipped.get_or_insert(now);
                }
            }
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
    fn predict(&mut self, choice: &str, right: Option<bool>, at: Timestamp) {
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
            Judged::Pass => 0,
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
