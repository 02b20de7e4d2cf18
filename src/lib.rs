//! netlearn teaches networking by doing the real thing on the learner's own machine and explaining what was measured.
//!
//! ```text
//! cli -> command -> net operation (really does it) -> Event stream -> explain (Event -> words) -> render (Event + words -> view)
//!                         |                               |
//!                         +-> payload: stdin, stdout, -o  +-> record / replay (JSON Lines)
//! ```
pub mod cli;
pub mod command;
pub mod event;
pub mod explain;
pub mod lab;
pub mod lesson;
pub mod net;
pub mod render;
