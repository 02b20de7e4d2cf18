//! Where another machine finds a server that is bound. It sends nothing: whether a firewall stands in the way is not seen.

use std::net::{IpAddr, SocketAddr};

use super::bind::{Bound, own_addresses};
use crate::event::recorder::Recorder;
use crate::event::tcp::AddressOffered;
use crate::event::{Layer, Side};

/// Tells the URL that a phone can open: of the addresses that are bound the one that a home network most likely knows, and the
/// others beside it.
pub fn offer(bound: &Bound, tls: bool, recorder: &Recorder) {
    let local = bound.listeners.iter().filter_map(|listener| listener.local_addr().ok());
    let mut urls = urls(local.flat_map(reachable).collect(), tls).into_iter();
    recorder.on(Side::Server, Layer::Http).emit(AddressOffered {
        url: urls.next(),
        others: urls.collect(),
        unknown_authority: tls,
    });
}

/// The addresses that a bound one stands for, without those that lead back to whoever asks.
fn reachable(local: SocketAddr) -> Vec<SocketAddr> {
    let at = if local.ip().is_unspecified() { own_addresses(local.is_ipv6()) } else { vec![local.ip()] };
    at.into_iter().filter(|ip| !ip.is_loopback()).map(|ip| SocketAddr::new(ip, local.port())).collect()
}

/// Private IPv4 addresses first (RFC 1918), then other IPv4 ones, then IPv6.
fn urls(mut addresses: Vec<SocketAddr>, tls: bool) -> Vec<String> {
    addresses.sort_by_key(|address| match address.ip() {
        IpAddr::V4(ip) => u8::from(!ip.is_private()),
        IpAddr::V6(_) => 2,
    });
    addresses.dedup();
    let scheme = if tls { "https" } else { "http" };
    addresses.iter().map(|address| format!("{scheme}://{address}/")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_a_home_network_comes_first_and_loopback_never() {
        let addresses = ["[2001:db8::1]:3000", "203.0.113.5:3000", "192.168.1.7:3000", "127.0.0.1:3000"];
        let bound = addresses.iter().flat_map(|address| reachable(address.parse().unwrap())).collect();
        assert_eq!(
            urls(bound, true),
            ["https://192.168.1.7:3000/", "https://203.0.113.5:3000/", "https://[2001:db8::1]:3000/"]
        );
        assert!(reachable("[::1]:3000".parse().unwrap()).is_empty());
    }
}
