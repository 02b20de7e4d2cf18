//! Unix domain sockets: servers at a path, clients that connect to one. There is no port, no address and no loopback interface:
//! the name is a path in the file system, and bytes pass from one program to another inside the kernel.
//!
//! What is said over them is not decided here (that is [`super::server`] and [`super::tcp::converse`]). A file that is no
//! socket of ours is never removed. Systems without Unix sockets in this program are refused honestly.

#[cfg(unix)]
mod bind;
#[cfg(unix)]
mod dial;
#[cfg(unix)]
mod failure;
#[cfg(unix)]
mod name;
#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod peer;
#[cfg(unix)]
mod serve;
#[cfg(unix)]
mod silence;

#[cfg(unix)]
pub use dial::{Connection, Stream, connect};
#[cfg(unix)]
pub use failure::at;
#[cfg(not(unix))]
pub use other::{Connection, Silence, Stream, at, connect, run};
#[cfg(unix)]
pub use serve::run;
#[cfg(unix)]
pub use silence::Silence;

/// Longest path that an address holds, octets: `sun_path` of `<sys/un.h>` without its final NUL.
pub const LONGEST: usize = if cfg!(any(target_os = "linux", target_os = "android")) { 107 } else { 103 };
