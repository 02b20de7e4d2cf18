//! Web origins of a lab: sites told apart by `Host`, over HTTP and HTTPS; faulty where the plan says so.
//!
//! It binds nothing: its listeners are bound by whoever decides the ports. The server is [`crate::net::server`]'s.

mod queue;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::certificates::Certificates;
use super::fault::WebFault;
use super::plan::{Plan, Site};
use crate::event::Side;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::event::lab::{LabRole, LabServer};
use crate::event::recorder::Recorder;
use crate::net::NetError;
use crate::net::server::totals::Totals;
use crate::net::server::{Behaviour, Hall, Limits, Options, Protocol, Telling, attend, bind, serve, site};

/// A socket that the sites of a plan need.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// As planned; where it really is, the binder decides.
    pub address: IpAddr,
    /// HTTPS; otherwise HTTP.
    pub secure: bool,
}

/// What one address counted, over HTTP and HTTPS together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// The first name of its first site.
    pub name: String,
    pub address: IpAddr,
    /// Connections accepted; those that this lab made itself to keep a queue full are none of them.
    pub connections: u64,
    pub requests: u64,
    /// Connections of the lab's own that keep a queue full.
    pub held: u64,
}

/// Running web servers.
pub struct Web {
    tasks: JoinSet<()>,
    /// Their counts, by planned address, in the order of the plan.
    desks: Desks,
    _full: Vec<queue::Full>,
}

/// What web servers count, read while they run.
#[derive(Clone, Debug)]
pub struct Desks(Arc<Vec<Desk>>);

#[derive(Debug)]
struct Desk {
    name: String,
    address: IpAddr,
    totals: Vec<Arc<Totals>>,
    held: u64,
}

/// Every socket that `plan` needs, each once, in the order of its sites: HTTP at each address, HTTPS where a site is secure.
pub fn places(plan: &Plan) -> Vec<Place> {
    let mut places = Vec::new();
    for site in &plan.sites {
        for secure in [false, true] {
            let place = Place { address: site.address, secure };
            if (site.secure || !secure) && !places.contains(&place) {
                places.push(place);
            }
        }
    }
    places
}

/// The web servers of `plan` for its map: one for each address.
pub fn servers(plan: &Plan) -> Vec<LabServer> {
    let at = |address| plan.sites.iter().filter(move |site| site.address == address);
    let server = |address| LabServer {
        name: name(plan, address),
        role: LabRole::Web,
        address,
        serves: at(address).flat_map(|site| site.names.clone()).collect(),
        fault: at(address).find_map(|site| site.fault).map(|fault| fault.name().to_owned()),
    };
    addresses(plan).into_iter().map(server).collect()
}

fn addresses(plan: &Plan) -> Vec<IpAddr> {
    places(plan).into_iter().filter(|place| !place.secure).map(|place| place.address).collect()
}

/// The first name of the first site there.
fn name(plan: &Plan, address: IpAddr) -> String {
    let first = plan.sites.iter().find(|site| site.address == address);
    first.and_then(|site| site.names.first()).cloned().unwrap_or_default()
}

/// Serves the sites of `plan` at listeners that are bound already, one for each of [`places`], until `stop`.
///
/// What happens at each is told as any server tells it; how much was served in the end is not, [`Web::counts`] knows.
///
/// # Errors
/// Phase `listen`: a queue could not be filled (*never accepts*); phase `output`: a certificate could not be used.
pub async fn start(
    plan: &Plan,
    bound: Vec<(Place, TcpListener)>,
    certificates: &Certificates,
    recorder: &Recorder,
    stop: CancellationToken,
) -> Result<Web, NetError> {
    let desk = |address| Desk { name: name(plan, address), address, totals: Vec::new(), held: 0 };
    let mut desks: Vec<Desk> = addresses(plan).into_iter().map(desk).collect();
    let mut tasks = JoinSet::new();
    let mut full = Vec::new();
    for (place, listener) in bound {
        let sites: Vec<&Site> = plan
            .sites
            .iter()
            .filter(|site| site.address == place.address && (site.secure || !place.secure))
            .collect();
        let Some(desk) = desks.iter_mut().find(|desk| desk.address == place.address) else { continue };
        if has(&sites, WebFault::NeverAccepts) {
            let at = listener.local_addr().map_or_else(|_| place.address.to_string(), |at| at.to_string());
            let queue = queue::fill(listener).await.map_err(|error| unfilled(at, error))?;
            desk.held += queue.held.len() as u64;
            full.push(queue);
            continue;
        }
        let port = listener.local_addr().map_or(0, |local| local.port());
        let hall = Arc::new(hall(place, &sites, port, certificates, recorder, &stop)?);
        desk.totals.push(Arc::clone(&hall.totals));
        let bound = bind::Bound { listeners: vec![listener], port };
        tasks.spawn(async move {
            serve(bound, hall, attend::attend).await;
        });
    }
    Ok(Web { tasks, desks: Desks(Arc::new(desks)), _full: full })
}

fn has(sites: &[&Site], fault: WebFault) -> bool {
    sites.iter().any(|site| site.fault == Some(fault))
}

/// What every connection at one socket shares.
fn hall(
    place: Place,
    sites: &[&Site],
    port: u16,
    certificates: &Certificates,
    recorder: &Recorder,
    stop: &CancellationToken,
) -> Result<Hall, NetError> {
    // A server that was set up for plain HTTP does so for all its sites: no name was asked for yet.
    let tls = place.secure && !has(sites, WebFault::PlainHttp);
    let shows = |site: &&Site| site::Site {
        names: site.names.clone(),
        page: site.page.clone(),
        fault: site.fault.and_then(WebFault::misdeed),
    };
    let options = Options {
        protocol: Protocol::Http,
        port,
        hosts: vec![place.address],
        behaviour: Behaviour::Sites(sites.iter().map(shows).collect()),
        pause_read: None,
        drip: false,
        tls,
        authority: None,
        count: None,
        limits: Limits::default(),
    };
    Ok(Hall {
        recorder: recorder.clone(),
        options,
        telling: Telling::default(),
        totals: Arc::default(),
        stop: stop.clone(),
        tls: if tls { Some(certificates.identity(place.address)?) } else { None },
    })
}

fn unfilled(at: String, error: std::io::Error) -> NetError {
    let failed = Failed {
        phase: Phase::Listen,
        kind: FailureKind::ListenOther,
        target: at,
        address: None,
        errno: error.raw_os_error(),
        seen_by: Side::Server,
        evidence: vec![Evidence::SystemError { error: error.to_string() }],
        next: Vec::new(),
    };
    NetError::new(failed, Some(error))
}

impl Web {
    /// What each address counted so far, in the order of the plan.
    pub fn counts(&self) -> Vec<Count> {
        self.desks.counts()
    }

    /// Where they count.
    pub fn desks(&self) -> Desks {
        self.desks.clone()
    }

    /// Waits for every server and client task; they end once the token of [`start`] is cancelled.
    pub async fn ended(mut self) {
        while let Some(done) = self.tasks.join_next().await {
            if let Err(error) = done
                && error.is_panic()
            {
                std::panic::resume_unwind(error.into_panic());
            }
        }
    }
}

impl Desks {
    /// What each address counted so far, in the order of the plan.
    pub fn counts(&self) -> Vec<Count> {
        self.0.iter().map(Desk::count).collect()
    }
}

impl Desk {
    fn count(&self) -> Count {
        let sum = |read: fn(&Totals) -> u64| self.totals.iter().map(|totals| read(totals)).sum();
        Count {
            name: self.name.clone(),
            address: self.address,
            connections: sum(|totals| totals.clients.load(Ordering::Relaxed)),
            requests: sum(|totals| totals.requests.load(Ordering::Relaxed)),
            held: self.held,
        }
    }
}
