//! Every reader of octets that somebody else chose, each behind one function that takes any octets.
//!
//! The harness of `tests/hostile.rs` and the targets of cargo-fuzz (`fuzz/`) call the same functions. Each fails by a panic:
//! where the reader itself panics, and where what it made of the octets breaks a promise that is written beside it.

pub mod dns;
pub mod files;
pub mod http;
pub mod stream;
pub mod system;
pub mod terminal;
pub mod typed;
pub mod views;

#[path = "../../render/screen.rs"]
pub mod screen;

/// A reader: its name, as the fuzz target has it, and what drives it.
pub type Reader = (&'static str, fn(&[u8]));

/// All of them.
pub const READERS: [Reader; 20] = [
    ("http1", http::one),
    ("http2", http::two),
    ("http_server", http::server),
    ("redirect", http::redirect),
    ("foreign", http::foreign),
    ("certificate", http::certificate),
    ("dns", dns::message),
    ("recording", files::recording),
    ("merge", files::merged),
    ("lesson", files::lesson),
    ("progress", files::progress),
    ("answers", files::answers),
    ("lesson_log", files::log),
    ("prompt", typed::prompt),
    ("command_line", typed::command_line),
    ("escape", terminal::escaped),
    ("prose", terminal::prose),
    ("job_lines", terminal::job_lines),
    ("tables", system::tables),
    ("system_files", system::files),
];
