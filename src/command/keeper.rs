//! A process that outlives a lesson by a moment, and ends what the lesson's lines for the shell left running: a server that was
//! started with `!node server.js` would keep its port after the terminal was closed or the lesson was killed.
//!
//! The lesson tells on a pipe which process groups it has; the end of the pipe is the lesson's end, however that came.

use std::collections::BTreeSet;
use std::io::BufRead;
use std::process::ExitCode;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group, test_kill_process_group};

/// The environment variable by which a lesson says to its own child what that is for.
pub const VARIABLE: &str = "NETLEARN_KEEPER";

/// How often it is looked whether they are gone: they are no children of ours, and nothing tells.
const LOOK: Duration = Duration::from_millis(20);
/// Looks from SIGTERM to SIGKILL: 2 s.
const LOOKS: u32 = 100;

/// A line of the pipe: this process group is there now, or it is no more.
pub fn line(group: Pid, there: bool) -> String {
    format!("{}{}\n", if there { '+' } else { '-' }, group.as_raw_nonzero())
}

/// Does what this process is for, where it is such a one; `None` everywhere else.
pub fn keep() -> Option<ExitCode> {
    std::env::var_os(VARIABLE)?;
    end_all(&left(std::io::stdin().lock()));
    Some(ExitCode::SUCCESS)
}

/// The groups that are there when the lines end.
fn left(lines: impl BufRead) -> BTreeSet<i32> {
    let mut groups = BTreeSet::new();
    for line in lines.lines().map_while(Result::ok) {
        // Never the group of number 0 or 1: those would be our own, and everybody's.
        let number = |text: &str| text.parse::<i32>().ok().filter(|number| *number > 1);
        if let Some(group) = line.strip_prefix('+').and_then(number) {
            groups.insert(group);
        } else if let Some(group) = line.strip_prefix('-').and_then(number) {
            groups.remove(&group);
        }
    }
    groups
}

/// Asks each for its end, and no longer than [`LOOKS`].
fn end_all(groups: &BTreeSet<i32>) {
    let groups: Vec<Pid> = groups.iter().filter_map(|group| Pid::from_raw(*group)).collect();
    let all = |signal| {
        for group in &groups {
            // Who is gone meanwhile needs no signal.
            let _ = kill_process_group(*group, signal);
        }
    };
    all(Signal::TERM);
    all(Signal::CONT);
    for _ in 0..LOOKS {
        if groups.iter().all(|group| test_kill_process_group(*group).is_err()) {
            return;
        }
        std::thread::sleep(LOOK);
    }
    all(Signal::KILL);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_of_and_not_taken_back_is_left() {
        let group = |number| Pid::from_raw(number).unwrap();
        let told = [line(group(70), true), line(group(71), true), line(group(70), false)].concat();
        assert_eq!(left(told.as_bytes()), BTreeSet::from([71]));
        assert_eq!(left("+0\n+1\n+-5\nx\n+9x\n\n-3\n+\u{661}".as_bytes()), BTreeSet::new());
    }
}
