//! Words for HTTP messages.

/// Words for [`crate::event::http::Request`].
pub fn request(
    _event: &crate::event::Event,
    _facts: &crate::event::http::Request,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::http::Response`].
pub fn response(
    _event: &crate::event::Event,
    _facts: &crate::event::http::Response,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::http::BodyEnded`].
pub fn body_ended(
    _event: &crate::event::Event,
    _facts: &crate::event::http::BodyEnded,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::http::Malformed`].
pub fn malformed(_facts: &crate::event::http::Malformed) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::http::LeftOver`].
pub fn left_over(_facts: &crate::event::http::LeftOver) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::http::ProtocolRecognised`].
pub fn protocol_recognised(
    _event: &crate::event::Event,
    _facts: &crate::event::http::ProtocolRecognised,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::http::Redirected`].
pub fn redirected(_facts: &crate::event::http::Redirected) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::http::Reused`].
pub fn reused(_facts: &crate::event::http::Reused) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::http::Answered`].
pub fn answered(
    _event: &crate::event::Event,
    _facts: &crate::event::http::Answered,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::http::ProxyIgnored`].
pub fn proxy_ignored(_facts: &crate::event::http::ProxyIgnored) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}
