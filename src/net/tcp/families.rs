//! Whether one name and port lead to one server in both address families, read from this machine's socket table.
//!
//! It connects to nothing, and claims a difference only where the table or an attempt of this run shows it.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Attempt, Dial, Family, Target};
use crate::event::ports::Socket;
use crate::event::recorder::Recorder;
use crate::event::tcp::{ConnectFailure, FamiliesDiffer, Holder, Protocol};
use crate::event::{Layer, Side};
use crate::net::kernel::{self, Filter};

/// One name and port as a run met them: what there is to compare, and nothing borrowed, so that it can be compared when
/// nobody waits any more.
#[derive(Clone, Debug)]
pub struct Families {
    name: String,
    port: u16,
    /// What the name stood for, in the order tried.
    named: Vec<IpAddr>,
    reached: Option<IpAddr>,
    /// Where this run was refused.
    refused: Vec<IpAddr>,
}

impl Families {
    /// `None` where an address, or a family, was chosen by hand: that leaves nothing to confuse.
    pub(super) fn met(
        target: &Target,
        dial: &Dial,
        addresses: &[SocketAddr],
        reached: Option<IpAddr>,
        attempts: &[Attempt],
    ) -> Option<Families> {
        if dial.family != Family::Any || target.host.parse::<IpAddr>().is_ok() {
            return None;
        }
        let refused = attempts.iter().filter(|attempt| attempt.facts.reason == ConnectFailure::Refused);
        Some(Families {
            name: target.host.clone(),
            port: target.port,
            named: addresses.iter().map(SocketAddr::ip).collect(),
            reached,
            refused: refused.map(|attempt| attempt.peer.ip()).collect(),
        })
    }

    /// Emits [`FamiliesDiffer`] where the addresses of the name are not one server now. Reads the socket table, and may
    /// walk every process: that takes milliseconds, so call it where nothing is being timed.
    pub fn tell(&self, recorder: &Recorder) {
        let places = places(&self.name, &self.named);
        if places.len() < 2 {
            return;
        }
        let mut filter =
            Filter { protocols: vec![Protocol::Tcp], port: Some(self.port), listeners: true, owners: false };
        let Ok(table) = kernel::sockets(&filter) else { return };
        let held = holders(&places, &table.sockets, &self.refused);
        // Owners are looked up only where they decide or are shown: that walks every process.
        if !silent_where_it_matters(&places, &held, &self.named, self.reached) && one_socket(&held) {
            return;
        }
        filter.owners = true;
        let Ok(table) = kernel::sockets(&filter) else { return };
        let held = holders(&places, &table.sockets, &self.refused);
        if !differ(&places, &held, &self.named, self.reached) {
            return;
        }
        let holders = places
            .iter()
            .zip(&held)
            .map(|(address, socket)| Holder {
                address: *address,
                listens: socket.is_some() || self.reached == Some(*address),
                owner: socket.and_then(|socket| socket.owners.first().cloned()),
            })
            .collect();
        let facts = FamiliesDiffer {
            port: self.port,
            name: self.name.clone(),
            reached: self.reached,
            named: Vec::new(),
            holders,
            unsure: unsure(&held),
        };
        recorder.on(Side::Client, Layer::Kernel).emit(facts);
    }
}

/// The servers that the name localhost may lead to at one port of this table, where they are seen not to be one or may be two.
/// `named` is what the name stands for.
pub(in crate::net) fn at_localhost(
    port: u16,
    sockets: &[Socket],
    named: Vec<IpAddr>,
) -> Option<FamiliesDiffer> {
    let tcp: Vec<Socket> =
        sockets.iter().filter(|socket| socket.protocol == Protocol::Tcp).cloned().collect();
    let name = "localhost";
    let places = places(name, &named);
    let held = holders(&places, &tcp, &[]);
    let listening: Vec<&Socket> = held.iter().copied().flatten().collect();
    let [first, rest @ ..] = listening.as_slice() else { return None };
    if rest.iter().all(|socket| same_owner(first, socket)) {
        return None;
    }
    let holder = |(address, socket): (&IpAddr, &Option<&Socket>)| Holder {
        address: *address,
        listens: socket.is_some(),
        owner: socket.and_then(|socket| socket.owners.first().cloned()),
    };
    Some(FamiliesDiffer {
        port,
        name: name.to_owned(),
        reached: None,
        named,
        holders: places.iter().zip(&held).map(holder).collect(),
        unsure: unsure(&held),
    })
}

/// The addresses of this machine that the name stands for; for `localhost` both loopback addresses (RFC 6761 section
/// 6.3), whatever this system's hosts file says, because other programs may use either.
fn places(name: &str, named: &[IpAddr]) -> Vec<IpAddr> {
    let own = kernel::own_addresses().unwrap_or_default();
    let here = |address: &IpAddr| address.is_loopback() || own.contains(address);
    let mut places: Vec<IpAddr> = named.iter().copied().filter(here).collect();
    if name.trim_end_matches('.').eq_ignore_ascii_case("localhost") {
        for address in [IpAddr::V6(Ipv6Addr::LOCALHOST), IpAddr::V4(Ipv4Addr::LOCALHOST)] {
            if !places.contains(&address) && own.contains(&address) {
                places.push(address);
            }
        }
    }
    places
}

/// Who listens at each place. An IPv6 socket that may and may not take IPv4 clients is believed to take none where this run was
/// refused; another listener's clients may be refused by a firewall too.
fn holders<'a>(places: &[IpAddr], sockets: &'a [Socket], refused: &[IpAddr]) -> Vec<Option<&'a Socket>> {
    let sure = |place: &IpAddr, socket: &Socket| {
        let same_family = socket.local().is_none_or(|local| local.is_ipv6() == place.is_ipv6());
        same_family || socket.dual_stack == Some(true) || !refused.contains(place)
    };
    places.iter().map(|place| listener_for(*place, sockets).filter(|socket| sure(place, socket))).collect()
}

/// Whether there is at most one socket among those that listen.
fn one_socket(held: &[Option<&Socket>]) -> bool {
    let mut listening = held.iter().copied().flatten();
    let Some(first) = listening.next() else { return true };
    listening.all(|socket| std::ptr::eq(first, socket))
}

/// The listener that takes clients of `address`: the one bound to it, else to every address of its family, else an IPv6 one for
/// every address, unless it is known to keep to its own family.
pub(in crate::net) fn listener_for(address: IpAddr, sockets: &[Socket]) -> Option<&Socket> {
    let at = |wanted: IpAddr| {
        sockets
            .iter()
            .find(|socket| socket.listens() && socket.local().is_some_and(|local| local.ip() == wanted))
    };
    let every = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    if address.is_ipv6() {
        return at(address).or_else(|| at(every));
    }
    at(address)
        .or_else(|| at(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
        .or_else(|| at(every).filter(|socket| socket.dual_stack != Some(false)))
}

fn differ(places: &[IpAddr], held: &[Option<&Socket>], named: &[IpAddr], reached: Option<IpAddr>) -> bool {
    let mut listening = held.iter().copied().flatten();
    let Some(first) = listening.next() else { return false };
    listening.any(|socket| !same_owner(first, socket))
        || silent_where_it_matters(places, held, named, reached)
}

/// Whether somebody listens at some of the places and nobody at one where the name leads.
fn silent_where_it_matters(
    places: &[IpAddr],
    held: &[Option<&Socket>],
    named: &[IpAddr],
    reached: Option<IpAddr>,
) -> bool {
    let matters = |(place, socket): (&IpAddr, &Option<&Socket>)| {
        socket.is_none() && reached != Some(*place) && named.contains(place)
    };
    held.iter().any(Option::is_some) && places.iter().zip(held).any(matters)
}

/// Whether the listeners may be one program's and may be two: they are one user's, and no process of theirs can be seen.
fn unsure(held: &[Option<&Socket>]) -> bool {
    let mut listening = held.iter().copied().flatten();
    let Some(first) = listening.next() else { return false };
    let hidden = |socket: &Socket| socket.owners.is_empty() && socket.uid == first.uid;
    hidden(first) && listening.all(hidden) && !one_socket(held)
}

/// Whether two listeners are seen to belong to one program; what cannot be seen is told, and not taken for one.
fn same_owner(one: &Socket, other: &Socket) -> bool {
    if std::ptr::eq(one, other) {
        return true;
    }
    one.owners.iter().any(|owner| other.owners.iter().any(|also| also.pid == owner.pid))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Ends;
    use crate::event::ports::Owner;

    const V4: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
    const V6: IpAddr = IpAddr::V6(Ipv6Addr::LOCALHOST);

    fn listener(local: &str, pid: u32) -> Socket {
        Socket {
            protocol: Protocol::Tcp,
            ends: Ends::at(local.parse::<SocketAddr>().unwrap()),
            state: "LISTEN".into(),
            dual_stack: None,
            recv_q: 0,
            send_q: 0,
            queue_limit: None,
            inode: Some(pid.into()),
            uid: Some(0),
            user: None,
            owners: [Owner { pid, command: "server".to_owned(), stopped: false }].into(),
            owner_hidden: false,
            reach: None,
            service: None,
            timer: None,
            unix: None,
        }
    }

    fn verdict(sockets: &[Socket], named: &[IpAddr], reached: Option<IpAddr>) -> bool {
        let places = [V6, V4];
        let held: Vec<_> = places.iter().map(|place| listener_for(*place, sockets)).collect();
        differ(&places, &held, named, reached)
    }

    #[test]
    fn two_programs_on_one_port_differ_and_one_program_on_both_does_not() {
        let two = [listener("127.0.0.1:3000", 1), listener("[::1]:3000", 2)];
        assert!(verdict(&two, &[V4], Some(V4)));
        let one = [listener("127.0.0.1:3000", 1), listener("[::1]:3000", 1)];
        assert!(!verdict(&one, &[V6, V4], Some(V6)));
    }

    #[test]
    fn owners_that_cannot_be_seen_are_not_taken_for_one() {
        let hidden = |local, uid| Socket { owners: [].into(), uid: Some(uid), ..listener(local, 1) };
        let sockets = [hidden("127.0.0.1:3000", 7), hidden("[::1]:3000", 7)];
        assert!(verdict(&sockets, &[V4], Some(V4)));
        assert!(unsure(&holders(&[V6, V4], &sockets, &[])));
        let of_two_users = [hidden("127.0.0.1:3000", 7), hidden("[::1]:3000", 8)];
        assert!(!unsure(&holders(&[V6, V4], &of_two_users, &[])), "two users are two programs");
        let dual = [hidden("[::]:3000", 7)];
        assert!(!unsure(&holders(&[V6, V4], &dual, &[])), "one socket is one program");
    }

    #[test]
    fn two_servers_that_localhost_may_lead_to_are_told_and_one_is_not() {
        let two = [listener("127.0.0.1:3000", 1), listener("[::1]:3000", 2)];
        let told = at_localhost(3000, &two, vec![V4]).expect("they are two");
        assert_eq!((told.reached, told.named), (None, vec![V4]));
        let owners = told.holders.iter().map(|holder| holder.owner.as_ref().map(|owner| owner.pid));
        assert_eq!(owners.collect::<Vec<_>>(), [Some(1), Some(2)]);
        let one = [listener("127.0.0.1:3000", 1), listener("[::1]:3000", 1)];
        assert_eq!(at_localhost(3000, &one, vec![V4]), None);
        assert_eq!(at_localhost(3000, &two[..1], vec![V6, V4]), None, "one listener is no pair");
        let datagrams = Socket { protocol: Protocol::Udp, ..listener("[::1]:3000", 2) };
        assert_eq!(at_localhost(3000, &[listener("127.0.0.1:3000", 1), datagrams], vec![V4]), None);
    }

    #[test]
    fn one_family_without_a_listener_matters_where_the_name_leads_there() {
        let v4_only = [listener("127.0.0.1:3000", 1)];
        assert!(verdict(&v4_only, &[V6, V4], Some(V4)));
        assert!(!verdict(&v4_only, &[V4], Some(V4)), "the name never leads to ::1 here");
        let v6_only = [listener("[::1]:3000", 1)];
        assert!(verdict(&v6_only, &[V4], None), "refused at the only address, and somebody is next door");
        assert!(!verdict(&[], &[V6, V4], None));
        assert!(
            !verdict(&v4_only, &[V4], None),
            "it was tried where somebody listens, and ::1 would help nobody"
        );
    }

    #[test]
    fn a_refusal_where_somebody_listens_is_not_called_nobody() {
        let both = [listener("127.0.0.1:3000", 1), listener("[::1]:3000", 1)];
        assert!(
            holders(&[V6, V4], &both, &[V4]).iter().all(Option::is_some),
            "a firewall may refuse as well"
        );
        let maybe = [listener("[::]:3000", 1)];
        assert!(holders(&[V6, V4], &maybe, &[V4])[1].is_none(), "it may keep to its own family");
        let takes_both = [Socket { dual_stack: Some(true), ..listener("[::]:3000", 1) }];
        assert!(holders(&[V6, V4], &takes_both, &[V4])[1].is_some());
    }

    #[test]
    fn a_wildcard_listener_of_ipv6_is_taken_to_serve_both() {
        let node = [listener("[::]:3000", 1)];
        assert!(one_socket(&holders(&[V6, V4], &node, &[])));
        assert!(!verdict(&node, &[V6, V4], Some(V6)));
        let mut keeps_to_itself = listener("[::]:3000", 1);
        keeps_to_itself.dual_stack = Some(false);
        assert_eq!(listener_for(V4, &[keeps_to_itself]), None);
    }
}
