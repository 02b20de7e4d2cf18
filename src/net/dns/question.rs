//! What to ask of DNS: names and record types as people write them.

use std::net::IpAddr;

use hickory_proto::rr::{Name, RecordType};

use crate::event::dns::{self, NameEncoded};

/// A question that can be put on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Absolute.
    pub name: Name,
    pub record_type: RecordType,
    /// Where another name is asked for than was typed.
    pub encoded: Option<NameEncoded>,
}

impl Question {
    /// `name` as typed; letters beyond ASCII become A-labels (IDNA).
    ///
    /// # Errors
    /// Which label is empty or over-long (63 octets, the whole 255: RFC 1035 section 2.3.4) or no label at all.
    pub fn new(_name: &str, _record_type: RecordType) -> Result<Question, String> {
        Err("not written yet".to_owned())
    }

    /// The reverse name of an address (RFC 1035 section 3.5, RFC 3596 section 2.5), asked for PTR.
    pub fn reverse(_address: IpAddr) -> Question {
        Question { name: Name::root(), record_type: RecordType::PTR, encoded: None }
    }

    /// The facts for events.
    pub fn facts(&self) -> dns::Question {
        dns::Question {
            name: self.name.to_ascii(),
            record_type: self.record_type.to_string(),
            class: "IN".to_owned(),
        }
    }
}

/// `A`, `aaaa`, `TYPE65`, ...
///
/// # Errors
/// What is no type, and the nearest that are.
pub fn record_type(_text: &str) -> Result<RecordType, String> {
    Err("not written yet".to_owned())
}
