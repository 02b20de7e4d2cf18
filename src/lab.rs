//! The pocket internet: name servers, a caching resolver, web origins and machines that misbehave on purpose, all real, in
//! one process, on loopback addresses.
//!
//! It changes nothing on the machine: no resolver, no hosts file, no trust store.

pub mod about;
pub mod authority;
pub mod certificates;
pub mod dns;
pub mod fault;
pub mod given;
pub mod plan;
mod ports;
pub mod resolver;
pub mod running;
mod tally;
pub mod web;
pub mod zone;

use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::{TcpListener, UdpSocket};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::event::Side;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::lab::{CacheListed, LabCounted, LabName, LabPorts, LabRole, LabServer, LabStarted};
use crate::event::recorder::Recorder;
use crate::net::NetError;
use crate::net::tls::authority::save;
use crate::net::world::{Door, World};
use authority::Authority;
use certificates::Certificates;
use dns::{Folding, Handler, Limits, Server};
use resolver::Resolver;
use running::Left;
use tally::Tally;
use web::Web;

pub use plan::Plan;

/// How a lab is started.
#[derive(Clone, Debug, Default)]
pub struct Options {
    pub ports: Ports,
    /// Faults by name, at a server's or site's name where one is given.
    pub faults: Vec<fault::Asked>,
    /// Where the authority's certificate goes; `None`: a file of the run's own, removed at the end (none where it is not
    /// findable).
    pub authority: Option<PathBuf>,
    /// Be found by other commands (`--lab`).
    pub findable: bool,
    /// Every machine at 127.0.0.1 with a port of its own, as is done by itself where 127.53.x.y cannot be used.
    pub one_address: bool,
}

/// Which ports a lab uses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ports {
    /// The plan's, or the next where all three are free.
    #[default]
    Planned,
    /// 53, 80 and 443.
    Real,
    /// These and no others; 0: the system chooses.
    Given(LabPorts),
}

/// A running lab. Dropped without [`Lab::shutdown`] its servers are stopped where they are, and nobody finds it any more.
pub struct Lab {
    started: LabStarted,
    /// The certificate of its authority, as PEM.
    authority: String,
    doors: Vec<Door>,
    tally: Arc<Tally>,
    resolver: Arc<Resolver>,
    web: Web,
    tasks: JoinSet<()>,
    stop: CancellationToken,
    left: Option<Left>,
}

impl Lab {
    /// Binds every address of `plan`, makes its certificates, and serves until [`Lab::shutdown`]; tells its map.
    ///
    /// # Errors
    /// Phase `listen`: no ports could be had, or the plan has a mistake; phase `output`: the authority's certificate or the
    /// run file could not be written.
    pub async fn start(mut plan: Plan, options: Options, recorder: &Recorder) -> Result<Lab, NetError> {
        let began = recorder.now();
        let faults = given::give(&mut plan, &options.faults)
            .map_err(|wrong| mistake(format!("nobody in the plan is {}", wrong.place)))?;
        plan.check().map_err(|wrong| mistake(wrong.to_string()))?;
        let authorities = authorities(&plan)?;
        let bound = ports::bind(&plan, options.ports, options.one_address, recorder)?;
        let certificates = Certificates::make(&plan, recorder)?;
        let authority = certificates.authority().to_owned();
        let left = if options.findable { Some(Left::begin().map_err(unwritten)?) } else { None };
        let path = written(options.authority.as_deref(), left.as_ref(), &authority).map_err(unwritten)?;
        let started = LabStarted {
            authority: path.map(|path| path.display().to_string()),
            faults,
            ..map(&plan, &bound)
        };
        let stop = CancellationToken::new();
        let tally = Arc::new(Tally::new(&plan));
        let world = running::world(&started, &authority, bound.doors.clone());
        let resolver = Arc::new(Resolver::new(&plan, world, Arc::clone(&tally), recorder));
        let tasks = serve(&plan, authorities, bound.dns, &tally, &resolver, recorder, &stop);
        let web = web::start(&plan, bound.web, &certificates, recorder, stop.clone()).await?;
        tally.opened(web.desks());
        if let Some(left) = &left {
            left.write(&started, &authority, &bound.doors).map_err(unwritten)?;
        }
        recorder.run(Side::Server).since(began).emit(started.clone());
        Ok(Lab { started, authority, doors: bound.doors, tally, resolver, web, tasks, stop, left })
    }

    /// The map.
    pub fn started(&self) -> &LabStarted {
        &self.started
    }

    /// How to live in it: its resolver, its root, its doors, its trust.
    pub fn world(&self) -> World {
        running::world(&self.started, &self.authority, self.doors.clone())
    }

    /// What every server counted so far.
    pub fn counted(&self) -> LabCounted {
        self.tally.counted()
    }

    /// What its caching resolver remembers.
    pub fn cache(&self) -> CacheListed {
        self.resolver.listed()
    }

    /// Ends every server and waits for them, and says what they counted; nobody finds it any more.
    pub async fn shutdown(mut self) -> LabCounted {
        drop(self.left.take());
        self.stop.cancel();
        while let Some(done) = self.tasks.join_next().await {
            if let Err(error) = done
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
        self.web.ended().await;
        self.tally.counted()
    }
}

/// What each name server of the plan answers from, in its order.
fn authorities(plan: &Plan) -> Result<Vec<Arc<Authority>>, NetError> {
    let read = |server| plan.zones_of(server).map(|zones| Arc::new(Authority::new(zones)));
    plan.servers.iter().map(read).collect::<Result<_, _>>().map_err(|wrong| mistake(wrong.to_string()))
}

/// The tasks of every name server and of the resolver.
fn serve(
    plan: &Plan,
    authorities: Vec<Arc<Authority>>,
    sockets: Vec<(IpAddr, UdpSocket, TcpListener)>,
    tally: &Tally,
    resolver: &Arc<Resolver>,
    recorder: &Recorder,
    stop: &CancellationToken,
) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let folding = Arc::new(Folding::default());
    for (address, udp, tcp) in sockets {
        let number = plan.servers.iter().position(|server| server.address == address);
        let known = number.and_then(|number| Some((plan.servers.get(number)?, authorities.get(number)?)));
        let (name, handler, fault) = match known {
            Some((server, authority)) => {
                (server.name.as_str(), Handler::Authority(Arc::clone(authority)), server.fault)
            }
            None => (tally::RESOLVER, Handler::Other(Arc::clone(resolver) as Arc<dyn dns::Answers>), None),
        };
        let server = Server {
            name: name.to_owned(),
            handler,
            fault,
            counts: tally.counts(number.unwrap_or(usize::MAX)),
            folding: Arc::clone(&folding),
            limits: Limits::default(),
        };
        tasks.spawn(dns::serve(server, dns::Bound { udp, tcp }, recorder.clone(), stop.clone()));
    }
    let (recorder, stop) = (recorder.clone(), stop.clone());
    tasks.spawn(async move { folding.run(&recorder, stop).await });
    tasks
}

/// The map of a lab: who is where, and what is worth trying.
fn map(plan: &Plan, bound: &ports::Bound) -> LabStarted {
    let named = plan.servers.iter().map(|server| LabServer {
        name: server.name.clone(),
        role: server.role,
        address: server.address,
        serves: server.zones.clone(),
        fault: server.fault.map(|fault| given::name(fault::Fault::Dns(fault)).to_owned()),
    });
    let resolver = LabServer {
        name: tally::RESOLVER.to_owned(),
        role: LabRole::Resolver,
        address: plan.resolver,
        serves: Vec::new(),
        fault: None,
    };
    // Without IPv6 there is nobody at ::1.
    let web = web::servers(plan).into_iter();
    let web = web.filter(|server| bound.web.iter().any(|(place, _)| place.address == server.address));
    let ports = bound.ports;
    let filled = |text: &String| {
        let text = text.replace("{dns}", &ports.dns.to_string());
        text.replace("{https}", &ports.https.to_string()).replace("{http}", &ports.http.to_string())
    };
    LabStarted {
        ports,
        planned: bound.moved_from,
        servers: named.chain([resolver]).chain(web).collect(),
        names: plan
            .names
            .iter()
            .map(|worth| LabName {
                name: worth.name.clone(),
                shows: worth.shows.clone(),
                command: worth.command.as_ref().map(filled),
            })
            .collect(),
        authority: None,
        doors: bound.one_address.clone(),
        faults: Vec::new(),
    }
}

/// Writes the authority's certificate where it is wanted: at `path`, or beside the run file.
fn written(
    path: Option<&Path>,
    left: Option<&Left>,
    pem: &str,
) -> Result<Option<PathBuf>, (PathBuf, io::Error)> {
    match (path, left) {
        (Some(path), _) => match save(path, pem) {
            Ok(()) => Ok(Some(path.to_owned())),
            Err(error) => Err((path.to_owned(), error)),
        },
        (None, Some(left)) => left.authority(pem).map(Some),
        (None, None) => Ok(None),
    }
}

fn unwritten((path, error): (PathBuf, io::Error)) -> NetError {
    let failed = Failed {
        phase: Phase::Output,
        kind: FailureKind::OutputFailed,
        target: path.display().to_string(),
        address: None,
        errno: error.raw_os_error(),
        seen_by: Side::Server,
        evidence: vec![Evidence::SystemError { error: error.to_string() }],
        next: Vec::new(),
    };
    NetError::new(failed, Some(error))
}

/// A plan that cannot be served.
fn mistake(what: String) -> NetError {
    let failed = Failed {
        phase: Phase::Listen,
        kind: FailureKind::ListenOther,
        target: "the plan of the lab".to_owned(),
        address: None,
        errno: None,
        seen_by: Side::Server,
        evidence: vec![Evidence::SystemError { error: what }],
        next: Vec::new(),
    };
    NetError::new(failed, None)
}
