//! How far a learner is: one file per user, which two lessons at once may write to.
//!
//! Every update reads the file again under a lock, adds what happened, and puts the new file in the place of the old one: two
//! writers lose nothing of each other's, and whoever is stopped at whatever moment leaves a whole file.

mod change;
mod file;

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::regular::Irregular;
use super::text::Values;

use file::{Locked, Read};

/// The version of the file's form that is written.
const VERSION: u64 = 1;

/// What a learner did, in all lessons.
#[derive(Debug)]
pub struct Progress {
    /// None: in memory only.
    path: Option<PathBuf>,
    /// As it was when the file was last read or written.
    saved: Stored,
    /// The same with what is not saved.
    stored: Stored,
    /// What the file does not have yet.
    unsaved: Vec<(String, Change, Timestamp)>,
    set_aside: Vec<SetAside>,
}

/// The file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Stored {
    version: u64,
    #[serde(default)]
    lessons: BTreeMap<String, LessonProgress>,
    /// What a later version wrote here.
    #[serde(flatten)]
    other: Map<String, Json>,
}

impl Default for Stored {
    fn default() -> Self {
        Stored { version: VERSION, lessons: BTreeMap::new(), other: Map::new() }
    }
}

/// A damaged progress file that was moved out of the way; nothing in it is lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SetAside {
    pub file: PathBuf,
    pub now_at: PathBuf,
    /// What is wrong with it.
    pub because: String,
}

/// Something that a learner did in a lesson.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    /// The lesson was begun, for the first time or again.
    Began,
    /// The learner stands at this step, after so many connections and octets of payload since the lesson was begun.
    Reached {
        step: String,
        connections: u64,
        bytes: u64,
    },
    /// `right` is none where the run decides later; the same again with it fills it in.
    Predicted {
        step: String,
        choice: String,
        right: Option<bool>,
    },
    /// An attempt at a task, or a choice of an observation, was judged.
    Judged {
        step: String,
        verdict: Judged,
    },
    /// Hint `n` (from 1) was shown.
    Hinted {
        step: String,
        n: u32,
    },
    /// Passed over, unless it was done before or the lesson was finished before.
    Skipped {
        step: String,
    },
    /// Gone through to its end, where nothing else tells: it is not skipped any more.
    Read {
        step: String,
    },
    /// With the values captured and measured, for a later day.
    Passed {
        step: String,
        values: Values,
    },
    Finished,
    TestedOut,
    Recalled {
        step: String,
        right: bool,
    },
}

/// What an attempt was told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    Pass,
    NotYet,
    /// Not the learner's fault, and never counted as an error.
    Environment,
}

/// What a learner did in one lesson.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LessonProgress {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub began: Option<Timestamp>,
    /// When its end was first reached, whether steps were skipped or not; a replay does not change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tested_out: Option<Timestamp>,
    /// How often it was begun.
    #[serde(default)]
    pub runs: u32,
    /// Where the learner stands: the step to go on with; none before the first and after the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reached: Option<String>,
    /// Connections, and octets of payload in them, since it was begun; none before the first step and after the last.
    #[serde(default)]
    pub connections: u64,
    #[serde(default)]
    pub bytes: u64,
    #[serde(default)]
    pub steps: BTreeMap<String, StepProgress>,
    /// What a later version wrote here.
    #[serde(flatten)]
    pub other: Map<String, Json>,
}

/// What a learner did in one step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StepProgress {
    /// The first prediction, which says what the learner thought before the lesson.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted: Option<Prediction>,
    /// The latest, where it was made again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub predicted_again: Option<Prediction>,
    /// Attempts that were judged, those stopped by the environment not counted.
    #[serde(default)]
    pub attempts: u32,
    /// Those of them that were told "not yet".
    #[serde(default)]
    pub not_yet: u32,
    /// Attempts that the environment stopped.
    #[serde(default)]
    pub environment: u32,
    /// The highest hint that was shown.
    #[serde(default)]
    pub hints: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<Timestamp>,
    /// When it was first passed; a replay does not change it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passed: Option<Timestamp>,
    /// Of the latest pass.
    #[serde(default)]
    pub values: Values,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recall: Option<Recall>,
    #[serde(flatten)]
    pub other: Map<String, Json>,
}

/// A choice that was locked in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prediction {
    pub choice: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub right: Option<bool>,
    pub at: Timestamp,
}

/// How a question for another day went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recall {
    pub last: Timestamp,
    /// Right answers since the last wrong one.
    pub streak: u32,
    pub right: u32,
    pub wrong: u32,
}

/// Progress that could not be saved; what is in memory goes on.
#[derive(Debug, thiserror::Error)]
pub enum ProgressError {
    #[error("{}: {doing}: {source}", path.display())]
    Io { path: PathBuf, doing: &'static str, source: io::Error },
    /// Nothing is read from it or done to it.
    #[error("{} cannot hold progress: {what}; it is left as it is", path.display())]
    Irregular { path: PathBuf, what: Irregular },
    /// A later netlearn wrote it: it is left as it is.
    #[error("{} was written by a later netlearn (version {version} of its form; this one knows {known}): it is left as it is", path.display())]
    Later { path: PathBuf, version: u64, known: u64 },
}

impl Progress {
    /// Reads the file; where there is none, nothing was done yet. A damaged one is moved out of the way, and told. What keeps a
    /// regular file from being read is told by the first update.
    ///
    /// # Errors
    /// What stands there is no regular file and no link to one.
    pub fn open(path: PathBuf) -> Result<(Progress, Option<SetAside>), ProgressError> {
        let mut progress = Progress { path: Some(path.clone()), ..Progress::in_memory() };
        match file::read(&path) {
            Ok(Read::Stored(stored)) => progress.take(stored),
            Ok(Read::Damaged(_)) => {
                // Under the lock once more: another lesson may have put a whole file there meanwhile.
                let locked = Locked::new(&path);
                if let Ok(base) = locked.and_then(|locked| progress.base(&locked)) {
                    progress.take(base);
                }
            }
            Err(error) => {
                if let Some(what) = Irregular::of(&error) {
                    return Err(ProgressError::Irregular { path, what });
                }
            }
            Ok(Read::Absent | Read::Later(_)) => {}
        }
        let set_aside = progress.set_aside();
        Ok((progress, set_aside))
    }

    /// Kept in memory only.
    pub fn in_memory() -> Progress {
        let (saved, stored) = (Stored::default(), Stored::default());
        Progress { path: None, saved, stored, unsaved: Vec::new(), set_aside: Vec::new() }
    }

    /// Where the progress of this user is: `netlearn/progress.json` in the data folder of the XDG rules (on Windows, of the
    /// roaming application data). None where the system tells no home folder.
    pub fn usual_path() -> Option<PathBuf> {
        use etcetera::BaseStrategy as _;
        let folders = etcetera::choose_base_strategy().ok()?;
        Some(folders.data_dir().join("netlearn").join("progress.json"))
    }

    /// The file; none where progress is kept in memory only.
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Adds what happened to the file as it is now, and takes over what another lesson wrote there meanwhile.
    ///
    /// # Errors
    /// It could not be saved. It is kept in memory all the same, and saved with the next update that works.
    pub fn update(&mut self, lesson: &str, change: Change, now: Timestamp) -> Result<(), ProgressError> {
        let Some(path) = self.path.clone() else {
            self.stored.lessons.entry(lesson.to_owned()).or_default().change(&change, now);
            return Ok(());
        };
        self.unsaved.push((lesson.to_owned(), change.clone(), now));
        let saved = self.save(&path);
        if saved.is_err() {
            self.stored.lessons.entry(lesson.to_owned()).or_default().change(&change, now);
        }
        saved
    }

    fn save(&mut self, path: &Path) -> Result<(), ProgressError> {
        let locked = Locked::new(path)?;
        let mut base = self.base(&locked)?;
        for (lesson, change, at) in &self.unsaved {
            base.lessons.entry(lesson.clone()).or_default().change(change, *at);
        }
        locked.write(&base)?;
        self.unsaved.clear();
        self.take(base);
        Ok(())
    }

    /// Forgets one lesson, or all of them (none); gives how many were forgotten.
    ///
    /// # Errors
    /// It could not be saved; then nothing is forgotten.
    pub fn reset(&mut self, lesson: Option<&str>) -> Result<usize, ProgressError> {
        let locked = self.path.as_deref().map(Locked::new).transpose()?;
        let mut base = match &locked {
            Some(locked) => self.base(locked)?,
            None => self.stored.clone(),
        };
        let before = base.lessons.len();
        base.lessons.retain(|id, _| lesson.is_some_and(|lesson| lesson != id));
        let forgotten = before - base.lessons.len();
        if let Some(locked) = locked.filter(|_| forgotten > 0) {
            locked.write(&base)?;
        }
        self.unsaved.retain(|(id, ..)| lesson.is_some_and(|lesson| lesson != id));
        self.take(base);
        Ok(forgotten)
    }

    /// What the file holds, with what is not saved yet.
    fn take(&mut self, stored: Stored) {
        self.saved = stored.clone();
        self.stored = stored;
        for (lesson, change, at) in &self.unsaved {
            self.stored.lessons.entry(lesson.clone()).or_default().change(change, *at);
        }
    }

    /// What the file holds now; where that is gone or damaged, what was read of it before.
    fn base(&mut self, locked: &Locked) -> Result<Stored, ProgressError> {
        match locked.read()? {
            Read::Stored(stored) => Ok(stored),
            Read::Later(version) => {
                Err(ProgressError::Later { path: locked.path().to_owned(), version, known: VERSION })
            }
            Read::Damaged(because) => {
                let set_aside = locked.set_aside(because)?;
                self.set_aside.push(set_aside);
                Ok(self.saved.clone())
            }
            Read::Absent => Ok(self.saved.clone()),
        }
    }

    /// What was done in that lesson.
    pub fn lesson(&self, id: &str) -> Option<&LessonProgress> {
        self.stored.lessons.get(id)
    }

    /// Every lesson that something was done in, by id.
    pub fn lessons(&self) -> impl Iterator<Item = (&str, &LessonProgress)> {
        self.stored.lessons.iter().map(|(id, lesson)| (id.as_str(), lesson))
    }

    /// A damaged file that was set aside, told once.
    pub fn set_aside(&mut self) -> Option<SetAside> {
        self.set_aside.pop()
    }
}

#[cfg(test)]
mod tests;
