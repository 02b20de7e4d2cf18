//! A name to its records, by the paths a machine has: what programs get, what DNS says, or a walk from the root.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use hickory_proto::rr::RecordType;

use super::question::Question;
use super::stub::{Findings, Stub, Verdict};
use super::{system, walk};
use crate::event::dns::{Meaning, PathsCompared, Record, ResolverConfigured, Walked};
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::recorder::Recorder;
use crate::event::{Layer, Side};
use crate::net::NetError;
use crate::net::tcp::{Family, Limits, Target};
use crate::net::world::{Names, World};

/// What to ask, and whom.
#[derive(Clone, Debug)]
pub struct Options {
    pub question: Question,
    /// As typed: what programs would be given.
    pub typed: String,
    /// No type was asked for: A and AAAA, and both paths.
    pub addresses: bool,
    /// `@SERVER`, a name or an address.
    pub server: Option<Target>,
    /// From the root.
    pub trace: bool,
    pub tcp: bool,
    pub recursion_desired: bool,
    /// For each server.
    pub limit: Duration,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Resolved {
    /// What DNS answered, aliases before what they lead to.
    pub records: Vec<Record>,
    /// What programs get, where that decides (no server named, no type that is no address); then `records` is no payload.
    pub programs: Option<Vec<IpAddr>>,
}

/// The types asked for where none was named.
pub const ADDRESS_TYPES: [RecordType; 2] = [RecordType::A, RecordType::AAAA];

/// Looks `options.question` up.
///
/// # Errors
/// Phase `name`: one of the DNS kinds of failure; where programs get nothing and DNS has an answer, or the name of `@SERVER`
/// leads nowhere, a failure of that lookup.
pub async fn resolve(options: &Options, world: &World, recorder: &Recorder) -> Result<Resolved, NetError> {
    if let Some(encoded) = &options.question.encoded {
        recorder.on(Side::Client, Layer::Name).emit(encoded.clone());
    }
    if options.addresses && options.typed.parse::<IpAddr>().is_ok() {
        return programs(options, world, recorder).await.map(|addresses| only(addresses, Vec::new()));
    }
    if options.trace {
        return trace(options, world, recorder).await;
    }
    if let Some(server) = &options.server {
        let limits = Limits::all(options.limit);
        let servers = super::lookup(server, Family::Any, &limits, world, recorder).await?;
        return dns_alone(options, &servers, world, recorder).await;
    }
    let asks_addresses = ADDRESS_TYPES.contains(&options.question.record_type);
    if is_localhost(&options.question) {
        // RFC 6761 section 6.3: no server is asked, and there is nothing but the loopback addresses.
        return localhost(options, asks_addresses, world, recorder).await;
    }
    match &world.names {
        Names::Servers(servers) => dns_alone(options, servers, world, recorder).await,
        Names::System if asks_addresses => both_paths(options, world, recorder).await,
        Names::System => {
            let configured = configured(recorder);
            let result = dns_alone(options, &configured.servers, world, recorder).await;
            result.map_err(|error| error.map(|failed| with_resolvers(failed, &configured)))
        }
    }
}

/// A localhost name: what programs get for it, and of any other type nothing.
async fn localhost(
    options: &Options,
    asks_addresses: bool,
    world: &World,
    recorder: &Recorder,
) -> Result<Resolved, NetError> {
    let none = || {
        let evidence = vec![Evidence::Asked { question: options.question.facts() }];
        failure(options, Verdict { kind: FailureKind::NoSuchRecord, server: None, errno: None }, evidence)
    };
    if !asks_addresses {
        return Err(none());
    }
    match programs(options, world, recorder).await {
        Ok(addresses) => Ok(only(addresses, Vec::new())),
        Err(error) if error.failed().kind == FailureKind::NameFamily => Err(none()),
        Err(error) => Err(error),
    }
}

/// `localhost` and the names below it.
pub(super) fn is_localhost(question: &Question) -> bool {
    question.name.iter().next_back().is_some_and(|label| label.eq_ignore_ascii_case(b"localhost"))
}

fn only(addresses: Vec<IpAddr>, records: Vec<Record>) -> Resolved {
    Resolved { records, programs: Some(addresses) }
}

/// The types that are asked for.
fn types(options: &Options) -> Vec<RecordType> {
    if options.addresses { ADDRESS_TYPES.to_vec() } else { vec![options.question.record_type] }
}

/// What programs get, told as any lookup is.
async fn programs(options: &Options, world: &World, recorder: &Recorder) -> Result<Vec<IpAddr>, NetError> {
    let family = if options.addresses {
        Family::Any
    } else if options.question.record_type == RecordType::AAAA {
        Family::V6
    } else {
        Family::V4
    };
    // Programs that take such names ask for what we ask for.
    let host = if options.typed.is_ascii() {
        options.typed.clone()
    } else {
        let asked = options.question.facts().name;
        asked.strip_suffix('.').unwrap_or(&asked).to_owned()
    };
    let target = Target { host, port: 0 };
    let found = super::lookup(&target, family, &Limits::all(options.limit), world, recorder).await;
    // No port was asked for, so none is named.
    let found =
        found.map_err(|error| error.map(|failed| Failed { target: options.typed.clone(), ..failed }))?;
    Ok(found.iter().map(SocketAddr::ip).collect())
}

async fn findings(options: &Options, servers: &[SocketAddr], world: &World, recorder: &Recorder) -> Findings {
    let stub = Stub {
        servers,
        tcp: options.tcp,
        recursion_desired: options.recursion_desired,
        limit: options.limit,
    };
    stub.ask(&options.question, &types(options), world, recorder).await
}

/// What these servers say, and nothing else.
async fn dns_alone(
    options: &Options,
    servers: &[SocketAddr],
    world: &World,
    recorder: &Recorder,
) -> Result<Resolved, NetError> {
    let findings = findings(options, servers, world, recorder).await;
    match verdict(&findings, servers) {
        None => Ok(Resolved { records: findings.records(), programs: None }),
        Some(verdict) => Err(failure(options, verdict, findings.evidence(&options.question))),
    }
}

/// What programs get and what DNS says, laid side by side; the programs' path decides.
async fn both_paths(options: &Options, world: &World, recorder: &Recorder) -> Result<Resolved, NetError> {
    let got = programs(options, world, recorder).await;
    let configured = configured(recorder);
    let findings = findings(options, &configured.servers, world, recorder).await;
    let addresses = got.as_ref().map_or_else(|_| Vec::new(), Clone::clone);
    let dns = findings.addresses();
    let same = |one: &[IpAddr], other: &[IpAddr]| one.iter().all(|address| other.contains(address));
    recorder.on(Side::Client, Layer::Name).emit(PathsCompared {
        name: options.question.facts().name,
        agree: same(&addresses, &dns) && same(&dns, &addresses),
        hosts_file: super::hosts_file(&options.typed),
        dns_meaning: findings.meaning(),
        programs: addresses,
        dns,
    });
    let error = match got {
        Ok(addresses) => return Ok(only(addresses, findings.records())),
        Err(error) => error,
    };
    let mut evidence = findings.evidence(&options.question);
    evidence.push(Evidence::Programs { addresses: Vec::new() });
    let error = match verdict(&findings, &configured.servers) {
        Some(verdict) => failure(options, verdict, evidence),
        // DNS has it, and programs do not get it.
        None => error.map(|mut failed| {
            failed.evidence.extend(evidence);
            failed
        }),
    };
    Err(error.map(|failed| with_resolvers(failed, &configured)))
}

/// Reads the system's configuration, and tells it.
fn configured(recorder: &Recorder) -> ResolverConfigured {
    let began = recorder.now();
    let configured = system::configured();
    recorder.on(Side::Client, Layer::Name).since(began).emit(configured.clone());
    configured
}

fn with_resolvers(mut failed: Failed, configured: &ResolverConfigured) -> Failed {
    failed
        .evidence
        .push(Evidence::Resolvers { servers: configured.servers.clone(), source: configured.source.clone() });
    let error = configured.error.iter().map(|error| Evidence::SystemError { error: error.clone() });
    failed.evidence.extend(error);
    failed
}

fn verdict(findings: &Findings, servers: &[SocketAddr]) -> Option<Verdict> {
    if servers.is_empty() {
        return Some(Verdict { kind: FailureKind::NoResolver, server: None, errno: None });
    }
    findings.verdict()
}

fn failure(options: &Options, verdict: Verdict, evidence: Vec<Evidence>) -> NetError {
    let failed = Failed {
        phase: Phase::Name,
        kind: verdict.kind,
        target: options.typed.clone(),
        address: verdict.server,
        errno: verdict.errno,
        seen_by: Side::Client,
        evidence,
        next: Vec::new(),
    };
    NetError::new(failed, None)
}

/// From the root; for addresses AAAA where there is no A, so that one walk is drawn where one does.
async fn trace(options: &Options, world: &World, recorder: &Recorder) -> Result<Resolved, NetError> {
    let mut last = None;
    for record_type in types(options) {
        let question = options.question.with_type(record_type);
        let budget = walk::Budget::usual(options.limit);
        let walked = walk::walk(&question, &budget, options.tcp, Side::Client, world, recorder).await?;
        if walked.meaning != Meaning::NoData {
            last = Some(walked);
            break;
        }
        last = Some(walked);
    }
    let Some(walked) = last else { return Ok(Resolved { records: Vec::new(), programs: None }) };
    let kind = match walked.meaning {
        Meaning::NoSuchName => FailureKind::NoSuchName,
        Meaning::NoData => FailureKind::NoSuchRecord,
        Meaning::Answer
        | Meaning::Alias
        | Meaning::AliasLoop
        | Meaning::Referral
        | Meaning::Truncated
        | Meaning::ServerFailure
        | Meaning::Refused
        | Meaning::OtherError
        | Meaning::Lame => return Ok(Resolved { records: walked.answers, programs: None }),
    };
    let server = walked.path.last().map(|step| step.address);
    let verdict = Verdict { kind, server, errno: None };
    Err(failure(options, verdict, walked_evidence(walked)))
}

/// What the walk's last server said.
fn walked_evidence(walked: Walked) -> Vec<Evidence> {
    let rcode = if walked.meaning == Meaning::NoSuchName { "NXDOMAIN" } else { "NOERROR" };
    let answered = walked.path.last().map(|step| Evidence::Answered {
        server: step.address,
        rcode: rcode.to_owned(),
        // A walk takes a no only from a server of the zone.
        aa: true,
        unasked: 0,
        cut_off: false,
        soa: None,
        negative_ttl: walked.ttl,
        alias_of: walked.aliases.last().map(|alias| alias.target.clone()),
    });
    let mut evidence = vec![Evidence::Asked { question: walked.question }];
    evidence.extend(answered);
    evidence
}
