//! Words for TCP connections and listeners.

/// Words for [`crate::event::tcp::Listening`].
pub fn listening(_facts: &crate::event::tcp::Listening) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::ListenFailed`].
pub fn listen_failed(_facts: &crate::event::tcp::ListenFailed) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::Connected`].
pub fn connected(_facts: &crate::event::tcp::Connected) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::ConnectFailed`].
pub fn connect_failed(
    _event: &crate::event::Event,
    _facts: &crate::event::tcp::ConnectFailed,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::Accepted`].
pub fn accepted(_facts: &crate::event::tcp::Accepted) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::Bytes`].
pub fn bytes(_event: &crate::event::Event, _facts: &crate::event::tcp::Bytes) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::HalfClosed`].
pub fn half_closed(
    _event: &crate::event::Event,
    _facts: &crate::event::tcp::HalfClosed,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::Closed`].
pub fn closed(
    _event: &crate::event::Event,
    _facts: &crate::event::tcp::Closed,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::TcpInfo`].
pub fn info(_facts: &crate::event::tcp::TcpInfo) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::Unread`].
pub fn unread(
    _event: &crate::event::Event,
    _facts: &crate::event::tcp::Unread,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tcp::FamiliesDiffer`].
pub fn families_differ(_facts: &crate::event::tcp::FamiliesDiffer) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}
