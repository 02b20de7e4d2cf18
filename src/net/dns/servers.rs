//! The addresses of a name from name servers that a world names, where no program's way is taken: a lab's resolver.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use hickory_proto::rr::RecordType;

use super::Blame;
use super::question::Question;
use super::resolve::{ADDRESS_TYPES, is_localhost};
use super::stub::{Findings, Stub};
use crate::event::dns::{NameFailure, NameSource};
use crate::event::failure::FailureKind;
use crate::event::recorder::Recorder;
use crate::net::tcp::{Family, Target};
use crate::net::world::World;

/// The addresses of `target`, A before AAAA, and who said so.
pub(super) async fn lookup(
    target: &Target,
    family: Family,
    servers: &[SocketAddr],
    limit: Duration,
    world: &World,
    recorder: &Recorder,
) -> Result<(Vec<SocketAddr>, Option<NameSource>), Blame> {
    let at = |ip: IpAddr| SocketAddr::new(ip, target.port);
    let question = Question::new(&target.host, RecordType::A)
        .map_err(|error| Blame::system(NameFailure::NotFound, Some(io::Error::other(error))))?;
    if is_localhost(&question) {
        // RFC 6761 section 6.3: the loopback addresses, and nobody is asked.
        let own: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        return Ok((own.into_iter().map(at).collect(), None));
    }
    let types: &[RecordType] = match family {
        Family::Any => &ADDRESS_TYPES,
        Family::V4 => &ADDRESS_TYPES[..1],
        Family::V6 => &ADDRESS_TYPES[1..],
    };
    let share = limit / u32::try_from(servers.len().max(1)).unwrap_or(u32::MAX);
    let stub = Stub { servers, tcp: false, recursion_desired: true, limit: share };
    let findings = stub.ask(&question, types, world, recorder).await;
    let addresses = findings.addresses();
    if addresses.is_empty() {
        return Err(blame(&findings, &question, family));
    }
    Ok((addresses.into_iter().map(at).collect(), Some(NameSource::Dns)))
}

fn blame(findings: &Findings, question: &Question, family: Family) -> Blame {
    let kind = findings.verdict().map(|verdict| verdict.kind);
    let reason = match kind {
        Some(FailureKind::NobodyAnswered | FailureKind::OnlyUnbelievable) => NameFailure::Timeout,
        // The name is there; whether it has an address of the other family was not asked.
        Some(FailureKind::NoSuchRecord) if family != Family::Any => NameFailure::NoSuchFamily,
        Some(FailureKind::NoSuchName | FailureKind::NoSuchRecord) | None => NameFailure::NotFound,
        Some(_) => NameFailure::LookupFailed,
    };
    Blame { reason, source: None, evidence: findings.evidence(question) }
}
