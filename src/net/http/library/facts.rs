//! What is gathered while the library works: from the taps, from its redirects, and from what it gave.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use url::Url;

use crate::event::failure::{Evidence, FailureKind};
use crate::event::library::LibraryCompared;
use crate::net::NetError;
use crate::net::http::annotator::Readings;
use crate::net::http::client::{Options, shown, spoken};
use crate::net::tap::Listener;

use super::LIBRARY;

/// One connection that the library opened.
struct Opened {
    listener: Listener,
    /// Absent under TLS.
    readings: Option<Arc<Mutex<Readings>>>,
}

#[derive(Default)]
struct Gathered {
    /// Where the request in progress leads.
    target: Option<Url>,
    followed: Vec<String>,
    opened: Vec<Opened>,
    given: u64,
    failure: Option<NetError>,
}

/// Shared by the requests, the redirects and the taps.
#[derive(Clone, Default)]
pub(super) struct Shared(Arc<Mutex<Gathered>>);

impl Shared {
    fn gathered(&self) -> MutexGuard<'_, Gathered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request to this URL begins.
    pub(super) fn asks(&self, url: &Url) {
        self.gathered().target = Some(url.clone());
    }

    /// The library follows a redirect to this URL.
    pub(super) fn followed(&self, url: &Url) {
        let mut gathered = self.gathered();
        gathered.followed.push(shown(url));
        gathered.target = Some(url.clone());
    }

    /// Where a connection that the library opens now has to lead: it asks for one thing at a time.
    pub(super) fn target(&self) -> Option<Url> {
        self.gathered().target.clone()
    }

    pub(super) fn opened(&self, listener: Listener, readings: Option<Arc<Mutex<Readings>>>) {
        self.gathered().opened.push(Opened { listener, readings });
    }

    /// Octets of the last body as the library gave it.
    pub(super) fn given(&self, octets: u64) {
        self.gathered().given = octets;
    }

    /// There is no connection for the library.
    pub(super) fn fail(&self, error: NetError) {
        self.gathered().failure.get_or_insert(error);
    }

    pub(super) fn take_failure(&self) -> Option<NetError> {
        self.gathered().failure.take()
    }

    /// What is wrong with the bytes that came last.
    pub(super) fn spoken(&self) -> Option<(FailureKind, Vec<Evidence>)> {
        let gathered = self.gathered();
        let readings = gathered.opened.last()?.readings.as_ref()?;
        let readings = readings.lock().unwrap_or_else(PoisonError::into_inner);
        spoken(&readings, false)
    }

    /// Octets that came on the last connection.
    pub(super) fn received(&self) -> u64 {
        self.gathered().opened.last().map_or(0, |opened| opened.listener.counts().received)
    }

    /// What was asked, done and seen.
    pub(super) fn facts(&self, options: &Options) -> LibraryCompared {
        let gathered = self.gathered();
        let asked_fields: Vec<String> = asked_fields(options).into_iter().map(|(name, _)| name).collect();
        let mut facts = LibraryCompared {
            library: LIBRARY.0.to_owned(),
            asked: options.urls.len() as u64,
            followed: gathered.followed.clone(),
            connections: gathered.opened.len() as u64,
            body_given: gathered.given,
            ..LibraryCompared::default()
        };
        for opened in &gathered.opened {
            let counts = opened.listener.counts();
            facts.sent += counts.sent;
            facts.received += counts.received;
            let Some(readings) = &opened.readings else {
                facts.encrypted = true;
                continue;
            };
            let readings = readings.lock().unwrap_or_else(PoisonError::into_inner);
            facts.requests += readings.requests;
            facts.body_passed = readings.body_len;
            if let Some(request) = &readings.last_request {
                let names = request.headers.iter().map(|field| field.name.clone());
                let asked = |name: &String| asked_fields.iter().any(|asked| asked.eq_ignore_ascii_case(name));
                facts.added_fields = names.filter(|name| !asked(name)).collect();
            }
            let coding = readings.last_response.as_ref().and_then(|response| {
                response.headers.iter().find(|field| field.name.eq_ignore_ascii_case("content-encoding"))
            });
            facts.coding = coding.map(|field| field.value.clone());
        }
        facts.asked_fields = asked_fields;
        facts
    }
}

/// The fields that the library is asked for: the user's own, and the type that goes with `-d`.
pub(super) fn asked_fields(options: &Options) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> =
        options.headers.iter().filter(|(_, value)| !value.is_empty()).cloned().collect();
    let typed = options.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    if options.data.is_some() && !typed {
        fields.push(("Content-Type".to_owned(), "application/x-www-form-urlencoded".to_owned()));
    }
    fields
}
