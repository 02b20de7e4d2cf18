//! Where a redirect leads (RFC 9110 section 15.4), and when it leads in a circle.

use url::Url;

use crate::event::Side;
use crate::event::failure::{Evidence, Failed, FailureKind, Phase};
use crate::net::NetError;

use super::exchange::Answer;
use super::message::Message;
use super::shown;

/// Redirects followed for one URL.
pub(super) const MOST: u32 = 50;

/// The requests made for one URL so far.
#[derive(Debug)]
pub(super) struct Trail {
    visited: Vec<(String, String)>,
}

impl Trail {
    /// Begins with the first request.
    pub(super) fn new(first: &Message) -> Self {
        Trail { visited: vec![step(&first.method, &first.url)] }
    }

    /// How many redirects were followed.
    pub(super) fn followed(&self) -> u32 {
        u32::try_from(self.visited.len() - 1).unwrap_or(u32::MAX)
    }

    /// The request that `location` asks for.
    pub(super) fn follow(
        &mut self,
        message: Message,
        answer: &Answer,
        location: &[u8],
    ) -> Result<Message, NetError> {
        let url = resolve(&message.url, location).map_err(|why| bad(&message, answer, location, why))?;
        let method = next_method(answer.status, &message.method);
        let next = step(&method, &url);
        let closes = self.visited.contains(&next);
        self.visited.push(next);
        if closes {
            return Err(self.refused(FailureKind::RedirectLoop, answer));
        }
        if self.followed() > MOST {
            return Err(self.refused(FailureKind::TooManyRedirects, answer));
        }
        Ok(message.redirected(url, method))
    }

    fn refused(&self, kind: FailureKind, answer: &Answer) -> NetError {
        let urls: Vec<String> = self.visited.iter().map(|(_, url)| url.clone()).collect();
        let target = urls.first().cloned().unwrap_or_default();
        let mut evidence = vec![status(answer)];
        evidence.push(match kind == FailureKind::RedirectLoop {
            true => Evidence::Cycle { urls },
            false => Evidence::Limit { name: "redirects".to_owned(), limit: u64::from(MOST) },
        });
        failed(kind, target, evidence)
    }
}

fn step(method: &str, url: &Url) -> (String, String) {
    (method.to_owned(), shown(url))
}

/// The absolute form of a reference (RFC 3986 section 5.2), where it is one that can be asked for.
pub fn resolve(base: &Url, location: &[u8]) -> Result<Url, String> {
    let location = String::from_utf8_lossy(location);
    let url = base.join(&location).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("{} is not http or https", url.scheme()));
    }
    if url.port() == Some(0) {
        return Err("nothing can be asked of port 0".to_owned());
    }
    Ok(url)
}

/// RFC 9110 sections 15.4.2 to 15.4.9: 303 asks for a GET; 301 and 302 turn POST into GET by custom; 307 and 308 keep all.
fn next_method(status: u16, method: &str) -> String {
    match (status, method) {
        (303, "HEAD") => "HEAD",
        (303, _) | (301 | 302, "POST") => "GET",
        (_, method) => method,
    }
    .to_owned()
}

fn bad(message: &Message, answer: &Answer, location: &[u8], why: String) -> NetError {
    let location = String::from_utf8_lossy(location);
    let evidence =
        vec![status(answer), Evidence::SystemError { error: format!("Location: {location}: {why}") }];
    failed(FailureKind::BadRedirect, shown(&message.url), evidence)
}

fn status(answer: &Answer) -> Evidence {
    Evidence::Status { status: answer.status, reason: answer.reason.clone() }
}

fn failed(kind: FailureKind, target: String, evidence: Vec<Evidence>) -> NetError {
    let failed = Failed {
        phase: Phase::Wait,
        kind,
        target,
        address: None,
        errno: None,
        seen_by: Side::Client,
        evidence,
        next: Vec::new(),
    };
    NetError::new(failed, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods_change_as_rfc_9110_says() {
        for (status, method, next) in [
            (301, "POST", "GET"),
            (302, "POST", "GET"),
            (303, "POST", "GET"),
            (303, "PUT", "GET"),
            (303, "HEAD", "HEAD"),
            (301, "PUT", "PUT"),
            (307, "POST", "POST"),
            (308, "POST", "POST"),
            (302, "HEAD", "HEAD"),
        ] {
            assert_eq!(next_method(status, method), next, "{status} {method}");
        }
    }

    #[test]
    fn references_resolve_against_the_url_they_came_from() -> Result<(), url::ParseError> {
        let base = Url::parse("http://a:81/b/c?d")?;
        for (location, url) in [
            ("e", "http://a:81/b/e"),
            ("/e", "http://a:81/e"),
            ("?e", "http://a:81/b/c?e"),
            ("../e", "http://a:81/e"),
            ("//f/e", "http://f/e"),
            ("https://f:1/", "https://f:1/"),
        ] {
            assert_eq!(resolve(&base, location.as_bytes()).map(String::from), Ok(url.to_owned()));
        }
        for location in ["ftp://a/", "javascript:alert(1)", "http://", "http://a:0/", "http://[::g]/"] {
            assert!(resolve(&base, location.as_bytes()).is_err(), "{location}");
        }
        Ok(())
    }
}
