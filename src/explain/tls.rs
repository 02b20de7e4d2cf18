//! Words for TLS and certificates.

/// Words for [`crate::event::tls::TlsEstablished`].
pub fn established(
    _event: &crate::event::Event,
    _facts: &crate::event::tls::TlsEstablished,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tls::TlsFailed`].
pub fn failed(
    _event: &crate::event::Event,
    _facts: &crate::event::tls::TlsFailed,
) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}

/// Words for [`crate::event::tls::AuthorityWritten`].
pub fn authority_written(_facts: &crate::event::tls::AuthorityWritten) -> crate::explain::Explanation {
    crate::explain::Explanation::hidden()
}
