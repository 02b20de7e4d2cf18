//! DNS messages as facts: what a reply says, record by record, and what it means for its question.

use hickory_proto::op::Message;

use crate::event::dns::{Meaning, Record};

/// What `reply` means for the question that stands in it.
pub fn meaning(_reply: &Message) -> Meaning {
    Meaning::Lame
}

/// One record in presentation format.
pub fn record(record: &hickory_proto::rr::Record) -> Record {
    Record {
        name: record.name.to_ascii(),
        record_type: record.record_type().to_string(),
        class: record.dns_class.to_string(),
        ttl: record.ttl,
        data: record.data.to_string(),
    }
}
