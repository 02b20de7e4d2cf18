//! Words for DNS questions and answers.

use crate::event::Event;
use crate::event::dns::{Query, QueryFailed, Reply, ReplyIgnored};
use crate::explain::Explanation;

/// Words for [`Query`].
pub fn query(_event: &Event, _facts: &Query) -> Explanation {
    Explanation::step("ask", "a question")
}

/// Words for [`Reply`].
pub fn reply(_event: &Event, _facts: &Reply) -> Explanation {
    Explanation::step("answer", "an answer")
}

/// Words for [`ReplyIgnored`].
pub fn ignored(_event: &Event, _facts: &ReplyIgnored) -> Explanation {
    Explanation::step("ignored", "a message")
}

/// Words for [`QueryFailed`].
pub fn query_failed(_event: &Event, _facts: &QueryFailed) -> Explanation {
    Explanation::step("ask", "no answer")
}
