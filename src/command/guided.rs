//! A netlearn that runs inside a lesson: its streams are pipes, but it behaves as at the lesson's terminal.
//!
//! The lesson says so in [`VARIABLE`], to its own children alone: what those start in turn is not guided.

use std::fs::{File, OpenOptions};
use std::io;
use std::path::PathBuf;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use super::Stop;

/// The environment variable that a lesson gives its children: a [`Guided`] as JSON.
pub const VARIABLE: &str = "NETLEARN_GUIDED";

/// Widest terminal that is believed; columns.
const WIDEST: usize = 1000;

/// How a lesson wants its children to behave.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guided {
    /// Columns of the lesson's terminal that are the child's.
    pub width: usize,
    pub color: bool,
    pub ascii: bool,
    /// Narrations tell what happened and not why: the lesson asks first.
    pub facts: bool,
    /// Where the events go as JSON Lines: a FIFO, on systems without FIFOs a file.
    pub events: PathBuf,
    /// The lesson's process.
    pub parent: u32,
}

/// What the lesson said that this process runs in; `None` outside of one, or where it is damaged. Read once.
pub fn guided() -> Option<&'static Guided> {
    static GUIDED: OnceLock<Option<Guided>> = OnceLock::new();
    GUIDED.get_or_init(|| read(&std::env::var(VARIABLE).ok()?)).as_ref()
}

fn read(text: &str) -> Option<Guided> {
    let guided: Guided = serde_json::from_str(text).ok()?;
    Some(Guided { width: guided.width.min(WIDEST), ..guided })
}

impl Guided {
    /// Opens the place for the events. It waits for no reader: one that is not there is an error.
    ///
    /// # Errors
    /// What the system says.
    #[cfg(unix)]
    pub fn open_events(&self) -> io::Result<File> {
        use std::os::unix::fs::OpenOptionsExt as _;

        use rustix::fs::{OFlags, fcntl_setfl};

        let mut options = OpenOptions::new();
        // To open a FIFO for writing waits for its reader, unless it is told not to.
        let file =
            options.append(true).custom_flags(OFlags::NONBLOCK.bits().cast_signed()).open(&self.events)?;
        // A reader that is slow is waited for.
        fcntl_setfl(&file, OFlags::APPEND)?;
        Ok(file)
    }

    /// Opens the place for the events.
    ///
    /// # Errors
    /// What the system says.
    #[cfg(not(unix))]
    pub fn open_events(&self) -> io::Result<File> {
        OpenOptions::new().append(true).open(&self.events)
    }
}

/// Ends this process when the lesson that it belongs to is gone, however that went. Linux says so with a signal; on other Unix
/// systems the lesson's keeper does it, and on Windows a child whose lesson was killed runs on until somebody ends it.
pub fn follow_parent(stop: &Stop) {
    let Some(guided) = guided() else { return };
    #[cfg(target_os = "linux")]
    {
        use rustix::process::{Signal, getppid, set_parent_process_death_signal};

        // Without it the process is what it is on other systems.
        let _ = set_parent_process_death_signal(Some(Signal::TERM));
        // It may have gone before that.
        let parent = getppid().map_or(0, |parent| parent.as_raw_nonzero().get().cast_unsigned());
        if parent != guided.parent {
            stop.by_signal(15);
        }
    }
    #[cfg(not(target_os = "linux"))]
    let _ = (guided, stop);
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str =
        r#"{"width":71,"color":true,"ascii":false,"facts":true,"events":"/tmp/f","parent":7,"later":1}"#;

    #[test]
    fn what_a_lesson_says_is_read_and_damage_is_ignored() {
        let guided = read(SAID).unwrap();
        assert_eq!((guided.width, guided.color, guided.facts, guided.parent), (71, true, true, 7));
        assert_eq!(guided.events, PathBuf::from("/tmp/f"));
        for damaged in ["", "{}", "1", &SAID[1..], &SAID.replace("71", "\"wide\"")] {
            assert_eq!(read(damaged), None, "{damaged}");
        }
        let wide = read(&SAID.replace("71", "9000000000")).unwrap();
        assert_eq!(wide.width, WIDEST);
    }
}
