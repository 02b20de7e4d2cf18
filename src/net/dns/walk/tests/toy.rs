//! A toy world of name servers: each with its address on one common port, its zones, or a way to misbehave.

use std::net::{IpAddr, SocketAddr};

use hickory_proto::op::{Message, MessageType, ResponseCode};
use hickory_proto::rr::rdata::{A, AAAA, CNAME, NS, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;

/// What a server does with a question.
#[derive(Clone, Copy, Debug)]
pub(super) enum Does {
    /// Answers for these zones: origin, then lines of `name TYPE data`; an NS record below the origin is a delegation.
    Serves(&'static [(&'static str, &'static str)]),
    Silence,
    /// The whole answer is this, under the id asked with; AA where the flag says so.
    Says(ResponseCode, bool),
    /// Refers to the root.
    RefersUp,
    WrongId,
}

/// The servers, until dropped.
pub(super) struct World {
    pub(super) port: u16,
    _servers: JoinSet<()>,
}

/// Starts a server at each address (`127.0.0.x` by its last number), all on one port.
pub(super) async fn start(plan: &[(u8, Does)]) -> World {
    loop {
        if let Some(world) = try_start(plan).await {
            return world;
        }
    }
}

pub(super) fn ip(last: u8) -> IpAddr {
    IpAddr::from([127, 77, 0, last])
}

async fn try_start(plan: &[(u8, Does)]) -> Option<World> {
    let mut port = 0;
    let mut sockets = Vec::new();
    for (last, does) in plan {
        // Another process may have the port at one of the addresses: then all begin again.
        let socket = UdpSocket::bind((ip(*last), port)).await.ok()?;
        port = socket.local_addr().unwrap().port();
        sockets.push((socket, *does));
    }
    let mut servers = JoinSet::new();
    for (socket, does) in sockets {
        servers.spawn(serve(socket, does));
    }
    Some(World { port, _servers: servers })
}

async fn serve(socket: UdpSocket, does: Does) {
    let mut buffer = [0; 4096];
    loop {
        let (len, from): (usize, SocketAddr) = socket.recv_from(&mut buffer).await.unwrap();
        let asked = Message::from_vec(&buffer[..len]).unwrap();
        assert!(!asked.metadata.recursion_desired, "a walk asks nobody to walk for it");
        if let Some(answer) = answer(&asked, does) {
            socket.send_to(&answer.to_vec().unwrap(), from).await.unwrap();
        }
    }
}

fn answer(asked: &Message, does: Does) -> Option<Message> {
    let mut reply = Message::response(asked.metadata.id, asked.metadata.op_code);
    reply.metadata.message_type = MessageType::Response;
    reply.add_queries(asked.queries.clone());
    match does {
        Does::Serves(zones) => serve_zones(&mut reply, zones),
        Does::Silence => return None,
        Does::Says(code, aa) => {
            reply.metadata.response_code = code;
            reply.metadata.authoritative = aa;
        }
        Does::RefersUp => {
            reply.add_authority(record(".", RData::NS(NS(name("a.root.")))));
        }
        Does::WrongId => reply.metadata.id = asked.metadata.id.wrapping_add(1),
    }
    Some(reply)
}

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn record(owner: &str, data: RData) -> Record {
    Record::from_rdata(name(owner), 60, data)
}

fn parse(line: &str) -> Record {
    let mut words = line.split_whitespace();
    let (owner, kind, data) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
    let data = match kind {
        "A" => RData::A(A(data.parse().unwrap())),
        "AAAA" => RData::AAAA(AAAA(data.parse().unwrap())),
        "NS" => RData::NS(NS(name(data))),
        "CNAME" => RData::CNAME(CNAME(name(data))),
        other => panic!("{other}"),
    };
    record(owner, data)
}

fn serve_zones(reply: &mut Message, zones: &[(&str, &str)]) {
    let query = reply.queries[0].clone();
    let (wanted, kind) = (query.name().clone(), query.query_type());
    let Some((origin, lines)) = zones
        .iter()
        .filter(|(origin, _)| name(origin).zone_of(&wanted))
        .max_by_key(|(origin, _)| name(origin).num_labels())
    else {
        reply.metadata.response_code = ResponseCode::Refused;
        return;
    };
    let origin = name(origin);
    let records: Vec<Record> =
        lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(parse).collect();
    let mut target = wanted;
    loop {
        let delegation = records.iter().find(|record| {
            record.record_type() == RecordType::NS && record.name != origin && record.name.zone_of(&target)
        });
        if let Some(cut) = delegation {
            refer(reply, &records, &cut.name.clone());
            return;
        }
        reply.metadata.authoritative = true;
        let here = || records.iter().filter(|record| record.name == target);
        let found: Vec<Record> = here().filter(|record| record.record_type() == kind).cloned().collect();
        if !found.is_empty() {
            reply.add_answers(found);
            return;
        }
        let alias = here().find_map(|record| match &record.data {
            RData::CNAME(to) => Some((record.clone(), to.0.clone())),
            _ => None,
        });
        match alias {
            Some((record, to)) if reply.answers.len() < 4 => {
                reply.add_answer(record);
                target = to;
                if !origin.zone_of(&target) {
                    return;
                }
            }
            Some(_) => return,
            None => break,
        }
    }
    if !records.iter().any(|record| target.zone_of(&record.name)) {
        reply.metadata.response_code = ResponseCode::NXDomain;
    }
    let soa = SOA::new(name("ns."), name("me."), 1, 3600, 600, 86400, 30);
    reply.add_authority(Record::from_rdata(origin, 300, RData::SOA(soa)));
}

fn refer(reply: &mut Message, records: &[Record], cut: &Name) {
    for server in
        records.iter().filter(|record| record.record_type() == RecordType::NS && record.name == *cut)
    {
        reply.add_authority(server.clone());
        let RData::NS(host) = &server.data else { continue };
        let glue = records.iter().filter(|glue| {
            glue.name == host.0 && matches!(glue.record_type(), RecordType::A | RecordType::AAAA)
        });
        reply.add_additionals(glue.cloned().collect::<Vec<_>>());
    }
}
