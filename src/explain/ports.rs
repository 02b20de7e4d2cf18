//! Words for the socket tables of this machine.

/// Words for [`crate::event::ports::SocketFound`].
pub fn found(_socket: &crate::event::ports::Socket) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::ports::SocketAppeared`].
pub fn appeared(_socket: &crate::event::ports::Socket) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::ports::SocketChanged`].
pub fn changed(_facts: &crate::event::ports::SocketChanged) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::ports::SocketVanished`].
pub fn vanished(_socket: &crate::event::ports::Socket) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::ports::SocketsCounted`].
pub fn counted(_facts: &crate::event::ports::SocketsCounted) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}
