//! Facts about a request that an everyday HTTP library made, beside what passed on the wire.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A library was given a request to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LibraryStarted {
    /// As `reqwest`, and its version.
    pub library: String,
    pub version: String,
    /// Proxy variables that it would have obeyed here. They were switched off.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proxies: Vec<String>,
}

/// What the library was asked for, what it did by itself, and what passed. Counts of requests, fields and bodies are of what
/// passed in the clear; under TLS (`encrypted`) only connections and octets can be counted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LibraryCompared {
    pub library: String,
    /// Requests asked for, and requests that passed.
    pub asked: u64,
    pub requests: u64,
    /// Names of header fields that were asked for, and those of the last request that nobody asked for, as they passed.
    pub asked_fields: Vec<String>,
    pub added_fields: Vec<String>,
    /// Proxy variables that it would have obeyed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub proxies: Vec<String>,
    /// Where redirects led that it followed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub followed: Vec<String>,
    /// Content-Encoding of the last response as it passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub coding: Option<String>,
    /// Octets of the last body as it passed, and as the library gave it.
    pub body_passed: u64,
    pub body_given: u64,
    /// Connections that it opened.
    pub connections: u64,
    /// Octets that passed, both ways.
    pub sent: u64,
    pub received: u64,
    /// Some of it passed under TLS.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub encrypted: bool,
}
