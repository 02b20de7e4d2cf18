//! Web origins of a lab: sites told apart by `Host`, over HTTP and HTTPS; faulty where the plan says so.
//!
//! It binds nothing: its listeners are bound by whoever decides the ports. The server is [`crate::net::server`]'s.

use std::net::IpAddr;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::certificates::Certificates;
use super::plan::Plan;
use crate::event::lab::LabServer;
use crate::event::recorder::Recorder;
use crate::net::NetError;

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
}

/// Running web servers.
pub struct Web {}

/// Every socket that `plan` needs, each once, in the order of its sites: HTTP at each address, HTTPS where a site is secure.
pub fn places(_plan: &Plan) -> Vec<Place> {
    Vec::new()
}

/// The web servers of `plan` for its map: one for each address.
pub fn servers(_plan: &Plan) -> Vec<LabServer> {
    Vec::new()
}

/// Serves the sites of `plan` at listeners that are bound already, one for each of [`places`], until `stop`.
///
/// # Errors
/// Phase `listen`: a queue could not be filled (*never accepts*); phase `output`: a certificate could not be used.
pub async fn start(
    _plan: &Plan,
    _bound: Vec<(Place, TcpListener)>,
    _certificates: &Certificates,
    _recorder: &Recorder,
    _stop: CancellationToken,
) -> Result<Web, NetError> {
    Ok(Web {})
}

impl Web {
    /// What each address counted so far, in the order of the plan.
    pub fn counts(&self) -> Vec<Count> {
        Vec::new()
    }

    /// Waits for every server and client task; they end once the token of [`start`] is cancelled.
    pub async fn ended(self) {}
}
