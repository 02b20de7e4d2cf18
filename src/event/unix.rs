//! Facts about Unix domain sockets: their files, and who is at the other end.
//!
//! What they share with TCP (opened, bytes, ends) is told by the events in [`super::tcp`], on the layer `unix`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Side;
use super::ports::Owner;

/// What a socket of the Unix domain carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SocketType {
    Stream,
    Datagram,
    /// Connected, and with boundaries between messages.
    Seqpacket,
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PathKind {
    Socket,
    File,
    Folder,
    /// A symbolic link; it was not followed.
    Link,
    Pipe,
    Device,
    Nothing,
    /// This user may not look there, or the system did not say.
    Unseen,
}

/// What the system says of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct PathFacts {
    pub path: String,
    pub found: PathKind,
    /// Permissions in octal, as `0755`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mode: Option<String>,
    /// Its owner.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// True where its owner is the user of this process.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub ours: bool,
}

impl PathFacts {
    /// The permissions as a number.
    pub fn bits(&self) -> Option<u32> {
        self.mode.as_deref().and_then(|mode| u32::from_str_radix(mode, 8).ok())
    }
}

/// What a Unix socket has and others have not.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct UnixSocket {
    #[serde(rename = "type")]
    pub kind: SocketType,
    /// True for a name in the abstract namespace of Linux, which is no file; it is shown behind an `@`.
    #[serde(default, rename = "abstract", skip_serializing_if = "std::ops::Not::not")]
    pub is_abstract: bool,
    /// Its file, where its path leads to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<PathFacts>,
    /// Inode of the file that it was bound to, where the system tells: a relative path alone does not say which file that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file_inode: Option<u64>,
    /// True where its file was removed, or another one is at its path: nobody can connect to it any more by that name.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub unlinked: bool,
}

/// A server made its socket file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SocketFileMade {
    #[serde(flatten)]
    pub file: PathFacts,
}

/// A server took its socket file away.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct SocketFileRemoved {
    pub path: String,
    /// False where it was not removed.
    pub removed: bool,
    /// The system's words where it could not be; absent where the file was gone or another's by then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A socket file was found that its server left behind: nobody listens at it, no socket of this machine's table has it, and
/// it belongs to this user.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct StaleSocketFile {
    #[serde(flatten)]
    pub file: PathFacts,
    /// True where it was removed to make place for ours.
    pub removed: bool,
}

/// The system says who is at the other end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PeerIdentified {
    /// Who that is.
    pub of: Side,
    /// The process that called `connect` (of a client) or `listen` (of a server) then; absent where the system does not
    /// tell, or where that process cannot be seen from here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<u32>,
    pub uid: u32,
    pub gid: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// That process, where it may be looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<Owner>,
}
