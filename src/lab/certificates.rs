//! The lab's own certificate authority and the certificates of its sites, right and wrong ones.
//!
//! No private key leaves the process, and nothing is added to the machine's trust store.

use std::io;
use std::net::IpAddr;

use rcgen::KeyPair;

use super::fault::WebFault;
use super::plan::{Plan, Site};
use crate::event::recorder::Recorder;
use crate::net::NetError;
use crate::net::tls::authority::issue::{Authority, Validity};
use crate::net::tls::authority::{Chain, Identity, failed};

/// Name of the lab's authority in its certificate.
pub const SUBJECT: &str = "netlearn lab authority";

/// Name of the authority that nobody is told to trust.
pub const STRANGER: &str = "an authority nobody trusts";

/// The name in a certificate that is for another site.
pub const ELSEWHERE: &str = "elsewhere.test";

/// The authority of one lab and what it signed; `Trust::Pem` of [`Certificates::authority`] trusts it and nothing else.
pub struct Certificates {
    authority: String,
    not_after: String,
    /// One key for every site: what is taught is in the certificates.
    key: KeyPair,
    /// The address of each secure site, and what it shows.
    chains: Vec<(IpAddr, Chain)>,
}

impl Certificates {
    /// Makes an authority and a certificate for every secure site of `plan`, wrong ones where it says so.
    ///
    /// # Errors
    /// Phase `output`: a certificate could not be made.
    pub fn make(plan: &Plan, recorder: &Recorder) -> Result<Certificates, NetError> {
        made(plan, recorder).map_err(|error| failed(SUBJECT, io::Error::other(error)))
    }

    /// The authority's certificate, as PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// The day after which nothing here is valid, as RFC 3339 has it.
    pub fn not_after(&self) -> &str {
        &self.not_after
    }

    /// What the sites at `address` show to who asks for them over TLS: the first, to who asks for none of them.
    ///
    /// # Errors
    /// Phase `output`: no site there is secure, or the TLS library does not take the certificates.
    pub fn identity(&self, address: IpAddr) -> Result<Identity, NetError> {
        let here = self.chains.iter().filter(|(at, _)| *at == address).map(|(_, chain)| chain.clone());
        let identity = Identity::new(here.collect(), &self.key, &[b"http/1.1"]);
        identity.map_err(|error| failed(SUBJECT, io::Error::other(error)))
    }
}

fn made(plan: &Plan, recorder: &Recorder) -> Result<Certificates, rcgen::Error> {
    let authority = Authority::new(SUBJECT, recorder)?;
    let key = KeyPair::generate()?;
    let mut stranger = None;
    let mut chains = Vec::new();
    for site in plan.sites.iter().filter(|site| site.secure) {
        let issuer = if site.fault == Some(WebFault::UnknownAuthority) {
            match &mut stranger {
                Some(stranger) => stranger,
                none => none.insert(Authority::new(STRANGER, recorder)?),
            }
        } else {
            &authority
        };
        let (names, validity) = shown(site);
        let subject = names.first().cloned().unwrap_or_default();
        let chain = issuer.chain(&names, &subject, validity, &key, recorder)?;
        chains.push((site.address, Chain { names: site.names.clone(), chain }));
    }
    Ok(Certificates {
        authority: authority.pem(),
        not_after: Validity::USUAL.not_after(recorder),
        key,
        chains,
    })
}

/// The names and dates in a site's certificate.
fn shown(site: &Site) -> (Vec<String>, Validity) {
    match site.fault {
        Some(WebFault::Expired) => (site.names.clone(), Validity::PAST),
        Some(WebFault::WrongName) => (vec![ELSEWHERE.to_owned()], Validity::USUAL),
        Some(
            WebFault::NeverAccepts
            | WebFault::Reset
            | WebFault::NeverAnswers
            | WebFault::ShortBody
            | WebFault::BadChunk
            | WebFault::RedirectLoop
            | WebFault::UnknownAuthority
            | WebFault::PlainHttp,
        )
        | None => (site.names.clone(), Validity::USUAL),
    }
}
