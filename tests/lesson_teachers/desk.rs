//! A folder of the test's own, in which netlearn runs as a teacher runs it.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::support::{GUARD, Run, Started, command};

/// A folder of the test's own, in which netlearn runs.
pub(super) struct Desk(pub(super) TempDir);

impl Desk {
    pub(super) fn new() -> Desk {
        Desk(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(super) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(super) fn command(&self, line: &[&str]) -> Command {
        let mut command = command(line);
        command.current_dir(self.0.path()).env("HOME", self.0.path()).env_remove("XDG_DATA_HOME");
        command
    }

    pub(super) fn run(&self, line: &[&str]) -> Run {
        // A check runs a lesson many times; on a busy machine that takes its time.
        Started::within(self.command(line), 4 * GUARD).finish()
    }

    pub(super) fn done(&self, line: &[&str]) -> String {
        let run = self.run(line);
        assert_eq!(run.code, 0, "{line:?}: {}{}", run.text(), run.stderr);
        run.text()
    }

    /// The skeleton of a lesson with one text in one of its files in place of another.
    pub(super) fn broken(&self, id: &str, file: &str, from: &str, to: &str) {
        self.done(&["lesson", "new", id]);
        let name = format!("{id}/{file}");
        let text = self.read(&name);
        assert!(text.contains(from), "{from:?} is not in {file}");
        fs::write(self.path(&name), text.replacen(from, to, 1)).unwrap();
    }
}
