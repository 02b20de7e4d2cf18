//! TLS over a tapped connection: the handshake as a client, with what it agreed on or failed at.
//!
//! Certificates are judged by the library's own verifier; what is kept here is what it saw and said.

pub mod authority;
pub mod certificate;
pub mod client;
pub mod failure;
mod verify;

pub use verify::FILE_LIMIT;
