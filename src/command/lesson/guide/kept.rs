//! What is kept of a learner's way, and what is taken up from an earlier day.

use super::Guide;
use crate::command::lesson::home;
use crate::lesson::progress::Change;
use crate::lesson::text::Values;
use crate::lesson::{Lesson, Step};

impl Guide {
    /// What was counted before the lesson was left at this step or before it; a beginning counts anew.
    pub(in super::super) fn counted(&self, lesson: &Lesson, at: usize) -> (u64, u64) {
        let did = self.progress.lesson(&lesson.id).filter(|_| at > 0);
        did.map_or((0, 0), |did| (did.connections, did.bytes))
    }

    /// Who begins further on than they were has skipped what lies between.
    pub(in super::super) fn jumped(&mut self, lesson: &Lesson, steps: &[&Step], at: usize) {
        let did = self.progress.lesson(&lesson.id);
        let reached = did.and_then(|did| did.reached.as_ref());
        let been = reached.and_then(|id| steps.iter().position(|step| step.id == *id)).unwrap_or(0);
        for step in steps.iter().take(at).skip(been) {
            self.save(lesson, Change::Skipped { step: step.id.clone() });
        }
    }

    pub(in super::super) fn was_skipped(&self, lesson: &Lesson, step: &Step) -> bool {
        let did = self.progress.lesson(&lesson.id).and_then(|did| did.steps.get(&step.id));
        did.is_some_and(|did| did.skipped.is_some())
    }

    /// What an earlier run of a lesson measured is what its words name.
    pub(in super::super) fn remember(&mut self, lesson: &Lesson) {
        self.session.values = Values::default();
        let before = self.progress.lesson(&lesson.id).into_iter().flat_map(|before| before.steps.values());
        let measured = before.flat_map(|step| step.values.iter()).filter(|(name, _)| name.contains('.'));
        for (name, value) in measured {
            self.session.values.set(name, value.clone());
        }
    }

    /// Keeps what happened; a file that cannot be written is said once, and the lesson goes on.
    pub(in super::super) fn save(&mut self, lesson: &Lesson, change: Change) {
        let now = self.session.recorder.wall();
        if let Err(error) = self.progress.update(&lesson.id, change, now)
            && !std::mem::replace(&mut self.unsaved, true)
        {
            self.session
                .say(&format!("Your progress could not be saved: {error}. The lesson goes on without."));
        }
        if let Some(damaged) = self.progress.set_aside() {
            self.session.say(&home::set_aside(&damaged));
        }
    }
}
