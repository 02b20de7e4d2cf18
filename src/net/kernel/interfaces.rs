//! The addresses of this machine's interfaces, as `getifaddrs` lists them; nothing about their links or routes.
#![expect(unsafe_code, reason = "getifaddrs hands out a linked list of C structs")]

use std::ffi::CStr;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::ptr;

/// Every IPv4 and IPv6 address, in the system's order, each once.
///
/// # Errors
/// The system's.
pub(super) fn addresses() -> io::Result<Vec<IpAddr>> {
    let mut found = Vec::new();
    for (_, address) in listed()? {
        if !found.contains(&address) {
            found.push(address);
        }
    }
    Ok(found)
}

/// The interfaces that have an address of their link alone (IPv6, `fe80::/10`), by name, each once.
///
/// # Errors
/// The system's.
pub(super) fn zones() -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for (name, address) in listed()? {
        let link_local = matches!(address, IpAddr::V6(v6) if v6.is_unicast_link_local());
        if link_local && !found.contains(&name) {
            found.push(name);
        }
    }
    Ok(found)
}

/// Every address with the name of its interface.
fn listed() -> io::Result<Vec<(String, IpAddr)>> {
    let mut first: *mut libc::ifaddrs = ptr::null_mut();
    // SAFETY: `first` is a place for one pointer; the call fills it or fails.
    if unsafe { libc::getifaddrs(&raw mut first) } != 0 {
        return Err(io::Error::last_os_error());
    }
    let mut found = Vec::new();
    let mut next = first;
    while !next.is_null() {
        // SAFETY: a pointer of the list that getifaddrs made and that is freed only below.
        let entry = unsafe { &*next };
        // SAFETY: the address is null or a whole socket address of its family, alive as long as the list.
        if let Some(address) = unsafe { address(entry.ifa_addr) } {
            // SAFETY: the name is a string with its end, alive as long as the list.
            let name = unsafe { CStr::from_ptr(entry.ifa_name) };
            found.push((name.to_string_lossy().into_owned(), address));
        }
        next = entry.ifa_next;
    }
    // SAFETY: the list came from getifaddrs and no reference into it is left.
    unsafe { libc::freeifaddrs(first) };
    Ok(found)
}

/// The IP address in a socket address; `None` for other families and for null.
///
/// # Safety
/// `address` is null or points to a socket address that is as long as its family says.
pub(super) unsafe fn address(address: *const libc::sockaddr) -> Option<IpAddr> {
    if address.is_null() {
        return None;
    }
    // SAFETY: not null, and every socket address begins with its family; it need not be aligned in a control message.
    let family = i32::from(unsafe { (&raw const (*address).sa_family).read_unaligned() });
    match family {
        libc::AF_INET => {
            // SAFETY: an address of this family is a whole sockaddr_in.
            let v4 = unsafe { address.cast::<libc::sockaddr_in>().read_unaligned() };
            Some(IpAddr::V4(Ipv4Addr::from(v4.sin_addr.s_addr.to_ne_bytes())))
        }
        libc::AF_INET6 => {
            // SAFETY: an address of this family is a whole sockaddr_in6.
            let v6 = unsafe { address.cast::<libc::sockaddr_in6>().read_unaligned() };
            Some(IpAddr::V6(Ipv6Addr::from(v6.sin6_addr.s6_addr)))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_address_is_among_them() {
        let own = addresses().unwrap();
        assert!(own.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)), "{own:?}");
    }
}
