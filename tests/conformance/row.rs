//! One row of the table: octets that are sent, and the answers that the specifications allow.
//!
//! It sends nothing and judges what came.

use super::asking::{After, Seen};

/// Status of a connection that ended without an answer.
pub(crate) const NONE: u16 = 0;

/// The server that a row is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Site {
    /// Says `Hello, World!`; heads of at most [`HEAD`] octets, bodies of at most [`BODY`].
    Hello,
    /// Serves a folder.
    Files,
    /// As `Hello`, and waits for two seconds only: enough to read what was sent on a busy machine.
    Hasty,
}

/// Octets of a head that the servers take.
pub(crate) const HEAD: usize = 4000;
/// Octets of a body that the servers take.
pub(crate) const BODY: usize = 100;

/// What may become of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It must end, and nothing after the request may be answered.
    Closes,
    /// A next request must be answered.
    Stays,
    Either,
}

#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) name: &'static str,
    /// Where the rule is written.
    pub(crate) section: &'static str,
    pub(crate) octets: Vec<u8>,
    pub(crate) site: Site,
    /// Statuses that each answer may have.
    pub(crate) allowed: &'static [u16],
    /// How many requests are to be answered.
    pub(crate) answers: usize,
    pub(crate) end: End,
    /// The client ends its own direction after the octets.
    pub(crate) half: bool,
    /// Answers have no content (HEAD).
    pub(crate) bare: bool,
    /// A field that the first answer must have, and a part of its value.
    pub(crate) field: Option<(&'static str, &'static str)>,
    /// Content of the first answer.
    pub(crate) content: Option<&'static [u8]>,
    /// What the specification asks for is not done, for this reason.
    pub(crate) known: Option<&'static str>,
    /// We refuse what nginx and Node take, for this reason.
    pub(crate) strict: Option<&'static str>,
}

pub(crate) fn row(name: &'static str, section: &'static str, octets: impl AsRef<[u8]>) -> Row {
    Row {
        name,
        section,
        octets: octets.as_ref().to_vec(),
        site: Site::Hello,
        allowed: &[200],
        answers: 1,
        end: End::Stays,
        half: false,
        bare: false,
        field: None,
        content: None,
        known: None,
        strict: None,
    }
}

impl Row {
    pub(crate) fn gives(self, allowed: &'static [u16]) -> Row {
        Row { allowed, end: End::Either, ..self }
    }
    pub(crate) fn closes(self) -> Row {
        Row { end: End::Closes, ..self }
    }
    pub(crate) fn stays(self) -> Row {
        Row { end: End::Stays, ..self }
    }
    pub(crate) fn times(self, answers: usize) -> Row {
        Row { answers, ..self }
    }
    pub(crate) fn of(self, site: Site) -> Row {
        Row { site, ..self }
    }
    pub(crate) fn half(self) -> Row {
        Row { half: true, end: End::Either, ..self }
    }
    pub(crate) fn bare(self) -> Row {
        Row { bare: true, ..self }
    }
    pub(crate) fn with(self, name: &'static str, value: &'static str) -> Row {
        Row { field: Some((name, value)), ..self }
    }
    pub(crate) fn content(self, content: &'static [u8]) -> Row {
        Row { content: Some(content), ..self }
    }
    pub(crate) fn known(self, why: &'static str) -> Row {
        Row { known: Some(why), ..self }
    }
    pub(crate) fn strict(self, why: &'static str) -> Row {
        Row { strict: Some(why), ..self }
    }

    /// Whether this is a request that every server has to take.
    pub(crate) fn is_valid(&self) -> bool {
        self.allowed.iter().all(|status| (200..400).contains(status)) && self.known.is_none()
    }

    /// What is allowed, as the document says it.
    pub(crate) fn rule(&self) -> String {
        let statuses: Vec<String> = self.allowed.iter().map(|status| shown(*status)).collect();
        let end = match self.end {
            End::Closes => ", closes",
            End::Stays => ", stays open",
            End::Either => "",
        };
        format!("{}{end}", statuses.join(" or "))
    }

    /// What in these answers breaks the rule; empty where nothing does.
    pub(crate) fn faults(&self, seen: &Seen) -> Vec<String> {
        let mut faults = Vec::new();
        let mut check = |holds: bool, what: String| {
            if !holds {
                faults.push(what);
            }
        };
        let statuses = seen.statuses();
        check(statuses.iter().all(|status| self.allowed.contains(status)), format!("gave {statuses:?}"));
        let alone = statuses == [NONE];
        check(alone || statuses.len() == self.answers, format!("{} answers", statuses.len()));
        match (self.end, seen.after) {
            (End::Closes, After::Stays) => check(false, "stays open".to_owned()),
            (End::Stays, After::Closed) => check(false, "closes".to_owned()),
            (_, After::Silent) => check(false, "neither answers nor closes".to_owned()),
            (_, After::Extra) => check(false, "answers what was no request".to_owned()),
            (End::Either | End::Closes, After::Closed) | (End::Either | End::Stays, After::Stays) => {}
        }
        for answer in &seen.answers {
            // An origin server with a clock (RFC 9110 section 6.6.1).
            check(answer.field("date").is_some(), format!("{} has no Date", answer.status));
            let refused = answer.status == 405;
            check(
                !refused || answer.field("allow").is_some(),
                "405 without Allow (RFC 9110 section 15.5.6)".to_owned(),
            );
            check(!self.bare || answer.content.is_empty(), "content in answer to HEAD".to_owned());
        }
        if let (Some((name, part)), Some(first)) = (self.field, seen.answers.first()) {
            let value = first.field(name).unwrap_or_default();
            check(!value.is_empty() && value.contains(part), format!("{name}: {value:?}, not {part:?}"));
        }
        if let (Some(content), Some(first)) = (self.content, seen.answers.first()) {
            check(first.content == content, format!("content {:?}", String::from_utf8_lossy(&first.content)));
        }
        let leaked = seen.answers.iter().any(|answer| answer.content.windows(6).any(|six| six == b"secret"));
        check(!leaked, "gives away what lies beside the folder".to_owned());
        faults
    }
}

fn shown(status: u16) -> String {
    if status == NONE { "no answer".to_owned() } else { status.to_string() }
}

/// What was seen, as the document says it.
pub(crate) fn told(seen: &Seen) -> String {
    let mut statuses = seen.statuses();
    let count = statuses.len();
    statuses.dedup();
    let mut text = statuses.iter().map(|status| shown(*status)).collect::<Vec<_>>().join(", ");
    if statuses.len() == 1 && count > 1 {
        text = format!("{count} times {text}");
    }
    let end = match seen.after {
        After::Closed => ", closes",
        After::Stays => ", stays open",
        After::Silent => ", waits",
        After::Extra => ", answers more",
    };
    format!("{text}{end}")
}
