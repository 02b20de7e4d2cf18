//! The lab's own certificate authority and the certificates of its sites, right and wrong ones.
//!
//! No private key leaves the process, and nothing is added to the machine's trust store.

use super::plan::Plan;
use crate::event::recorder::Recorder;
use crate::net::NetError;

/// The authority of one lab and what it signed; `Trust::Pem` of [`Certificates::authority`] trusts it and nothing else.
pub struct Certificates {
    authority: String,
}

impl Certificates {
    /// Makes an authority and a certificate for every secure site of `plan`, wrong ones where it says so.
    ///
    /// # Errors
    /// Phase `output`: a certificate could not be made.
    pub fn make(_plan: &Plan, _recorder: &Recorder) -> Result<Certificates, NetError> {
        Ok(Certificates { authority: String::new() })
    }

    /// The authority's certificate, as PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}
