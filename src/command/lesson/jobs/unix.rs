//! Signals for a child and its process group; starting a shell; and who ends the groups when the lesson cannot.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{ChildStdin, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use rustix::process::{Pid, Signal, kill_process, kill_process_group, test_kill_process_group};
use tokio::process::Command;

use crate::command::keeper;

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

/// The process group that a process is in, by its leader; none where it is gone or the system does not tell.
pub(super) fn group_of(pid: u32) -> Option<u32> {
    let pid = Pid::from_raw(i32::try_from(pid).ok()?)?;
    let group = rustix::process::getpgid(Some(pid)).ok()?;
    u32::try_from(group.as_raw_nonzero().get()).ok()
}

/// The process that ends what the lesson leaves behind.
#[derive(Clone, Debug)]
pub(super) struct Keeper(Arc<Mutex<ChildStdin>>);

impl Keeper {
    /// Starts it; it ends with the last clone of this.
    ///
    /// # Errors
    /// What the system says.
    pub(super) fn start(netlearn: &Path) -> io::Result<Keeper> {
        let mut command = std::process::Command::new(netlearn);
        // A group of its own: the terminal's Ctrl-C and its end are not for it.
        command.arg("keeper").env(keeper::VARIABLE, "1").process_group(0);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
        let pipe = child.stdin.take().ok_or(io::ErrorKind::BrokenPipe)?;
        // Waited for by nobody: where its lesson ends it is nobody's child.
        Ok(Keeper(Arc::new(Mutex::new(pipe))))
    }

    fn tell(&self, group: Pid, there: bool) {
        let mut pipe = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is gone can be told nothing.
        let _ = pipe.write_all(keeper::line(group, there).as_bytes());
    }
}

/// The processes that a job's signals go to. What is left of them is killed when this is dropped.
#[derive(Debug)]
pub(super) struct Group {
    /// Its leader's id, which is the group's; `None` once nobody is there: the number may be another's then.
    leader: Option<Pid>,
    /// Signals go to all of the group: a shell's line has started others.
    all: bool,
    /// Who was told of it, and its number.
    kept: Option<(Keeper, Pid)>,
}

impl Group {
    pub(super) fn new(pid: u32, all: bool, keeper: Option<Keeper>) -> Group {
        let leader = i32::try_from(pid).ok().and_then(Pid::from_raw);
        let kept = keeper.zip(leader);
        if let Some((keeper, group)) = &kept {
            keeper.tell(*group, true);
        }
        Group { leader, all, kept }
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
        if let Some((keeper, group)) = &self.kept {
            keeper.tell(*group, false);
        }
    }
}
