//! The method of a request, small enough to keep thousands of them waiting for their responses.

/// The method of a request, as far as it matters for the response (RFC 9112 section 6.3 items 1 and 2) or is common:
/// one octet each, so that a queue of them stays small.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Get,
    Head,
    Post,
    Put,
    Delete,
    Connect,
    Options,
    Trace,
    Patch,
    Other,
}

impl Asked {
    const NAMED: [(Asked, &'static str); 9] = [
        (Asked::Get, "GET"),
        (Asked::Head, "HEAD"),
        (Asked::Post, "POST"),
        (Asked::Put, "PUT"),
        (Asked::Delete, "DELETE"),
        (Asked::Connect, "CONNECT"),
        (Asked::Options, "OPTIONS"),
        (Asked::Trace, "TRACE"),
        (Asked::Patch, "PATCH"),
    ];

    /// The method of that name.
    pub(super) fn of(method: &str) -> Asked {
        Self::NAMED.iter().find(|(_, name)| *name == method).map_or(Asked::Other, |(asked, _)| *asked)
    }

    /// As the request wrote it; `None` for a rare one.
    pub(super) fn name(self) -> Option<String> {
        Self::NAMED.iter().find(|(asked, _)| *asked == self).map(|(_, name)| (*name).to_owned())
    }
}
