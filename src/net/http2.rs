//! HTTP/2 (RFC 9113) on the wire: the annotator that reads frames as they pass. The library h2 speaks; nothing here does.

pub mod annotator;
mod frame;
mod hpack;
