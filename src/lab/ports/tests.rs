use std::net::UdpSocket as Datagrams;

use super::*;
use crate::event::lab::LabRole;
use crate::event::recorder::Delivery;
use crate::lab::plan::{NameServer, Site, Zone};

/// A plan of one server, one resolver and one site at addresses that no other test uses.
fn plan(third: u8, ports: LabPorts) -> Plan {
    let at = |fourth: u8| IpAddr::V4(Ipv4Addr::new(127, 200, third, fourth));
    Plan {
        ports,
        servers: vec![NameServer {
            name: "a.root-servers.lab.".to_owned(),
            role: LabRole::Root,
            address: at(1),
            zones: vec![".".to_owned()],
            fault: None,
        }],
        zones: vec![Zone { origin: ".".to_owned(), text: String::new() }],
        resolver: at(53),
        sites: vec![Site {
            names: vec!["shop.test".to_owned()],
            address: at(80),
            secure: true,
            page: String::new(),
            fault: None,
        }],
        names: Vec::new(),
    }
}

const PORTS: LabPorts = LabPorts { dns: 5300, http: 8080, https: 8443 };
const ANY: LabPorts = LabPorts { dns: 0, http: 0, https: 0 };

async fn bound(plan: &Plan, ports: Ports, one_address: bool) -> Result<Bound, NetError> {
    let (recorder, _stream) = Recorder::start(Vec::new(), Delivery::Lossless);
    bind(plan, ports, one_address, &recorder)
}

fn place(address: &str) -> SocketAddr {
    address.parse().unwrap()
}

#[tokio::test]
async fn every_seat_is_bound_at_its_planned_address_and_port() {
    let bound = bound(&plan(1, PORTS), Ports::Planned, false).await.unwrap();
    assert_eq!((bound.ports, bound.moved_from), (PORTS, None));
    let dns: Vec<_> = bound.dns.iter().map(|(_, udp, tcp)| (udp.local_addr(), tcp.local_addr())).collect();
    for ((udp, tcp), at) in dns.into_iter().zip(["127.200.1.1:5300", "127.200.1.53:5300"]) {
        assert_eq!((udp.unwrap(), tcp.unwrap()), (place(at), place(at)));
    }
    let web: Vec<_> = bound.web.iter().map(|(_, tcp)| tcp.local_addr().unwrap()).collect();
    assert_eq!(web, [place("127.200.1.80:8080"), place("127.200.1.80:8443")]);
    assert!(bound.doors.is_empty() && bound.one_address.is_empty());
}

#[tokio::test]
async fn one_taken_port_moves_all_three_and_the_planned_ones_lead_there() {
    // A datagram socket alone is in the way as well.
    let _taken = Datagrams::bind("127.200.2.53:5300").unwrap();
    let _next = std::net::TcpListener::bind("127.200.2.80:8444").unwrap();
    let bound = bound(&plan(2, PORTS), Ports::Planned, false).await.unwrap();
    assert_eq!(bound.ports, LabPorts { dns: 5302, http: 8082, https: 8445 });
    assert_eq!(bound.moved_from, Some(PORTS));
    let leads =
        |planned: &str| bound.doors.iter().find(|door| door.planned == place(planned)).map(|door| door.real);
    assert_eq!(leads("127.200.2.80:8080"), Some(place("127.200.2.80:8082")));
    assert_eq!(leads("127.200.2.1:5300"), Some(place("127.200.2.1:5302")));
    // What is really there needs no door.
    assert_eq!(leads("127.200.2.80:8082"), None);
    assert!(bound.one_address.is_empty());
}

#[tokio::test]
async fn the_system_chooses_one_port_for_each_service() {
    let bound = bound(&plan(3, PORTS), Ports::Given(ANY), false).await.unwrap();
    assert_eq!(bound.moved_from, None, "nothing was taken");
    let ports: Vec<u16> = bound.dns.iter().map(|(_, udp, _)| udp.local_addr().unwrap().port()).collect();
    assert_eq!(ports, [bound.ports.dns, bound.ports.dns]);
    assert!(bound.ports.http != 0 && bound.ports.https != 0 && bound.ports.http != bound.ports.https);
    assert!(bound.doors.iter().any(|door| door.planned == place("127.200.3.80:8080")));
}

#[tokio::test]
async fn a_given_port_that_is_taken_is_refused_with_its_owner() {
    let taken = std::net::TcpListener::bind("127.200.4.80:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let given = LabPorts { http: port, ..ANY };
    let Err(error) = bound(&plan(4, PORTS), Ports::Given(given), false).await else { panic!("it is taken") };
    let failed = error.failed();
    assert_eq!(failed.address, Some(taken.local_addr().unwrap()));
    assert_eq!(failed.next, ["netlearn lab"]);
    assert_eq!(failed.kind, crate::event::failure::FailureKind::AddressInUse);
    let own = std::process::id();
    let owned = failed.evidence.iter().any(|fact| {
        let crate::event::failure::Evidence::Table { sockets, .. } = fact else { return false };
        sockets.iter().flat_map(|socket| socket.owners.iter()).any(|owner| owner.pid == own)
    });
    assert!(owned || cfg!(not(target_os = "linux")), "{failed:?}");
}

#[tokio::test]
async fn at_one_address_each_seat_has_a_port_of_its_own_and_a_door() {
    let bound = bound(&plan(5, PORTS), Ports::Planned, true).await.unwrap();
    assert_eq!((bound.ports, bound.moved_from), (PORTS, None));
    let planned: Vec<_> = bound.one_address.iter().map(|door| door.planned).collect();
    let all = ["127.200.5.1:5300", "127.200.5.53:5300", "127.200.5.80:8080", "127.200.5.80:8443"];
    assert_eq!(planned, all.map(place));
    let mut real: Vec<_> = bound.one_address.iter().map(|door| door.real).collect();
    assert!(real.iter().all(|real| real.ip() == IpAddr::V4(Ipv4Addr::LOCALHOST)), "{real:?}");
    real.sort_unstable();
    real.dedup();
    assert_eq!(real.len(), all.len());
    let (_, udp, tcp) = &bound.dns[0];
    assert_eq!(udp.local_addr().unwrap(), tcp.local_addr().unwrap());
}

#[test]
fn ports_do_not_move_past_the_last() {
    let high = LabPorts { dns: 65_535, http: 1, https: 2 };
    assert_eq!(moved(high, 0), Some(high));
    assert_eq!(moved(high, 1), None);
}
