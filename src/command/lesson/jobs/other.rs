//! Where there are no signals: a child is ended by its handle, and what it started in turn is not known. Never run by us.

use std::io;
use std::path::Path;

use tokio::process::Command;

/// `cmd /C LINE`.
pub(super) fn shell(line: &str) -> Command {
    let mut command = Command::new("cmd");
    command.arg("/C").arg(line);
    command
}

/// The child gets no Ctrl-C of the lesson's console: `CREATE_NEW_PROCESS_GROUP`.
pub(super) fn group_of_its_own(command: &mut Command) {
    #[cfg(windows)]
    command.creation_flags(0x0000_0200);
    #[cfg(not(windows))]
    let _ = command;
}

/// Groups are not known.
pub(super) fn group_of(_pid: u32) -> Option<u32> {
    None
}

/// Nobody ends what a killed lesson leaves behind.
#[derive(Clone, Debug)]
pub(super) struct Keeper;

impl Keeper {
    pub(super) fn start(_netlearn: &Path) -> io::Result<Keeper> {
        Err(io::ErrorKind::Unsupported.into())
    }
}

/// The processes that a job's signals go to: none.
#[derive(Debug)]
pub(super) struct Group;

impl Group {
    pub(super) fn new(_pid: u32, _all: bool, _keeper: Option<Keeper>) -> Group {
        Group
    }

    pub(super) fn leader_ended(&mut self) {}

    pub(super) fn others_live(&mut self) -> bool {
        false
    }

    pub(super) fn interrupt(&self) {}

    pub(super) fn terminate(&self) {}

    pub(super) fn kill(&self) {}
}
