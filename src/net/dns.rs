//! Names to addresses, as programs on this machine get them (`getaddrinfo`).

use std::net::{IpAddr, SocketAddr};

use crate::event::dns::{NameFailed, NameFailure, NameLookedUp, NameSource};
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::recorder::Recorder;
use crate::event::{Layer, Side};
use crate::net::NetError;
use crate::net::tcp::{Family, Limits, Target};
use crate::net::world::World;

/// The addresses of `target`, in the order to try them; at least one.
///
/// # Errors
/// Phase `name`: not found, no address of the family, or no answer within the limit.
pub async fn lookup(
    target: &Target,
    family: Family,
    limits: &Limits,
    world: &World,
    recorder: &Recorder,
) -> Result<Vec<SocketAddr>, NetError> {
    let began = recorder.now();
    let (found, source) = if let Ok(address) = target.host.parse::<IpAddr>() {
        (vec![address], NameSource::Literal)
    } else if let Some(route) = world.route(&target.host, target.port) {
        (route.to_vec(), NameSource::CommandLine)
    } else {
        match tokio::time::timeout(limits.name, tokio::net::lookup_host((target.host.as_str(), target.port)))
            .await
        {
            Ok(Ok(addresses)) => (distinct(addresses), NameSource::System),
            Ok(Err(error)) => {
                return Err(failed(target, recorder, NameFailure::NotFound, Some(error)));
            }
            Err(_) => return Err(failed(target, recorder, NameFailure::Timeout, None)),
        }
    };
    let addresses: Vec<IpAddr> = found.into_iter().filter(|address| family.takes(*address)).collect();
    if addresses.is_empty() {
        return Err(failed(target, recorder, NameFailure::NoSuchFamily, None));
    }
    recorder.on(Side::Client, Layer::Name).since(began).emit(NameLookedUp {
        name: target.host.clone(),
        addresses: addresses.clone(),
        source: Some(source),
        hosts_file: Vec::new(),
    });
    Ok(addresses.into_iter().map(|address| SocketAddr::new(address, target.port)).collect())
}

fn distinct(addresses: impl Iterator<Item = SocketAddr>) -> Vec<IpAddr> {
    let mut found: Vec<IpAddr> = Vec::new();
    for address in addresses {
        if !found.contains(&address.ip()) {
            found.push(address.ip());
        }
    }
    found
}

fn failed(
    target: &Target,
    recorder: &Recorder,
    reason: NameFailure,
    source: Option<std::io::Error>,
) -> NetError {
    let error = source.as_ref().map(ToString::to_string);
    recorder.on(Side::Client, Layer::Name).emit(NameFailed {
        name: target.host.clone(),
        reason,
        error: error.clone(),
    });
    let kind = match reason {
        NameFailure::NotFound | NameFailure::LookupFailed => FailureKind::NameNotFound,
        NameFailure::Timeout => FailureKind::NameTimeout,
        NameFailure::NoSuchFamily => FailureKind::NameFamily,
    };
    let failed = Failed {
        phase: Phase::Name,
        kind,
        target: target.host.clone(),
        address: None,
        errno: source.as_ref().and_then(std::io::Error::raw_os_error),
        seen_by: Side::Client,
        evidence: error.map(|error| Evidence::SystemError { error }).into_iter().collect(),
        next: Vec::new(),
    };
    NetError::new(failed, source)
}
