//! Signals for a child and its process group; starting a shell.

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
use tokio::process::Command;

/// `sh -c LINE`.
pub(super) fn shell(line: &str) -> Command {
    let mut command = Command::new("sh");
    command.arg("-c").arg(line);
    command
}

/// The child leads a new process group.
pub(super) fn group_of_its_own(command: &mut Command) {
    command.process_group(0);
}

/// The processes that a job's signals go to. What is left of them is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Group {
    /// Its leader's id, which is the group's; `None` once nobody is there: the number may be another's then.
    leader: Option<Pid>,
    /// Signals go to all of the group: a shell's line has started others.
    all: bool,
}

impl Group {
    pub(super) fn new(pid: u32, all: bool) -> Group {
        Group { leader: i32::try_from(pid).ok().and_then(Pid::from_raw), all }
    }

    /// The leader has ended and was waited for. While others are in the group, no new process gets its number.
    pub(super) fn leader_ended(&mut self) {
        if !self.all {
            self.leader = None;
        }
        self.others_live();
    }

    /// Once the leader has ended: whether others are there.
    pub(super) fn others_live(&mut self) -> bool {
        self.leader = self.leader.filter(|leader| test_kill_process_group(*leader).is_ok());
        self.leader.is_some()
    }

    pub(super) fn interrupt(&self) {
        self.send(Signal::INT);
    }

    /// Asks for an end; those who were stopped go on, so that they hear it.
    pub(super) fn terminate(&self) {
        self.send(Signal::TERM);
        self.send(Signal::CONT);
    }

    pub(super) fn kill(&self) {
        self.send(Signal::KILL);
    }

    fn send(&self, signal: Signal) {
        if let Some(leader) = self.leader {
            // Who has ended meanwhile needs no signal.
            let _ = if self.all { kill_process_group(leader, signal) } else { kill_process(leader, signal) };
        }
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        self.kill();
    }
}
