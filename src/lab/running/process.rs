//! Which process wrote a run file, and whether it is still that one.

use serde::{Deserialize, Serialize};

/// A process, told apart from a later one with its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Process {
    pub(super) pid: u32,
    /// When it began, in clock ticks since the machine did (Linux: `/proc/PID/stat`, field 22); absent elsewhere.
    #[serde(default)]
    pub(super) began: Option<u64>,
    /// Identity of this boot of the machine, where the system tells it: a file may outlive it.
    #[serde(default)]
    pub(super) boot: Option<String>,
    /// The namespaces of process numbers and of networks that it lives in, where the system has such.
    #[serde(default)]
    pub(super) spaces: Vec<String>,
}

/// What became of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    Runs,
    Gone,
    /// In another namespace: it cannot be seen or reached from here.
    Elsewhere,
}

impl Process {
    /// This one.
    pub(super) fn own() -> Process {
        let pid = std::process::id();
        Process { pid, began: system::began(pid), boot: system::boot(), spaces: system::spaces() }
    }

    /// Whether it still runs.
    pub(super) fn life(&self) -> Life {
        if self.boot != system::boot() {
            return Life::Gone;
        }
        if self.spaces != system::spaces() {
            return Life::Elsewhere;
        }
        system::life(self)
    }
}

/// Whether no process has this number.
pub(super) fn is_gone(pid: u32) -> bool {
    system::is_gone(pid)
}

#[cfg(target_os = "linux")]
mod system {
    use super::{Life, Process};

    /// State and start time of a process: what follows its name, which stands in brackets and may contain any.
    fn stat(pid: u32) -> Option<(String, u64)> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = text.rsplit_once(')')?.1.split_ascii_whitespace().collect();
        // The state is field 3 of proc_pid_stat(5), the start time field 22.
        Some(((*fields.first()?).to_owned(), fields.get(22 - 3)?.parse().ok()?))
    }

    pub(super) fn began(pid: u32) -> Option<u64> {
        stat(pid).map(|(_, began)| began)
    }

    pub(super) fn boot() -> Option<String> {
        let id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        Some(id.trim().to_owned())
    }

    pub(super) fn spaces() -> Vec<String> {
        let links = ["/proc/self/ns/pid", "/proc/self/ns/net"].into_iter();
        links.flat_map(std::fs::read_link).map(|link| link.display().to_string()).collect()
    }

    pub(super) fn is_gone(pid: u32) -> bool {
        // A killed process keeps its number until its parent asks for it (Z): it runs no more.
        !matches!(stat(pid), Some((state, _)) if state != "Z" && state != "X")
    }

    pub(super) fn life(process: &Process) -> Life {
        // Whose it is the file's owner says; `/proc` calls a program with capabilities (for port 53) root's.
        let same = began(process.pid) == process.began && process.began.is_some();
        if same && !is_gone(process.pid) { Life::Runs } else { Life::Gone }
    }
}

/// Without a start time a number that was given again cannot be told from the first: such a lab is found, and asking it fails.
#[cfg(all(unix, not(target_os = "linux")))]
mod system {
    use rustix::io::Errno;
    use rustix::process::{Pid, test_kill_process};

    use super::{Life, Process};

    pub(super) fn began(_pid: u32) -> Option<u64> {
        None
    }

    pub(super) fn boot() -> Option<String> {
        None
    }

    pub(super) fn spaces() -> Vec<String> {
        Vec::new()
    }

    pub(super) fn is_gone(pid: u32) -> bool {
        let pid = i32::try_from(pid).ok().and_then(Pid::from_raw);
        pid.is_none_or(|pid| test_kill_process(pid) == Err(Errno::SRCH))
    }

    pub(super) fn life(process: &Process) -> Life {
        // A process of another user answers EPERM: it is no lab of ours.
        let pid = i32::try_from(process.pid).ok().and_then(Pid::from_raw);
        let own = pid.is_some_and(|pid| test_kill_process(pid).is_ok());
        if own { Life::Runs } else { Life::Gone }
    }
}

/// This system's processes are not looked at: every file is believed, and asking a lab that is gone fails.
#[cfg(not(unix))]
mod system {
    use super::{Life, Process};

    pub(super) fn began(_pid: u32) -> Option<u64> {
        None
    }

    pub(super) fn boot() -> Option<String> {
        None
    }

    pub(super) fn spaces() -> Vec<String> {
        Vec::new()
    }

    pub(super) fn is_gone(_pid: u32) -> bool {
        false
    }

    pub(super) fn life(_process: &Process) -> Life {
        Life::Runs
    }
}
