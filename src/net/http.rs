//! HTTP/1.1: the annotator that reads tapped bytes, and (in its files) client and server over tapped streams.

pub mod annotator;
pub mod client;
pub mod fault;
mod grammar;
pub mod library;
pub mod serve;
