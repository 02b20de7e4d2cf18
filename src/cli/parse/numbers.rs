//! Numbers of arguments: each reader says which ones it takes.

use crate::command::serve::WHOLE_DATAGRAM;

/// Octets of a receive buffer for datagrams: no datagram is longer (RFC 768: the length field has 16 bits).
pub(in crate::cli) fn buffer(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if (1..=WHOLE_DATAGRAM).contains(&number) => Ok(number),
        Ok(_) | Err(_) => Err(format!("a number of bytes from 1 to {WHOLE_DATAGRAM}, as 512; not {text:?}")),
    }
}

/// At least 1.
pub(in crate::cli) fn positive(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) | Err(_) => Err(format!("a number from 1 up, as 100; not {text:?}")),
    }
}

/// At least 1, as large as a counter.
pub(in crate::cli) fn count(text: &str) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) | Err(_) => Err(format!("a number from 1 up, as 3; not {text:?}")),
    }
}

/// A number of octets, 0 too.
pub(in crate::cli) fn octets(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("a number of bytes from 0 up, as 1000000; not {text:?}"))
}
