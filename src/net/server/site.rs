//! Web sites that share an address and a port: which one a request is for (RFC 9110 section 7.2). Plain data; what is
//! answered is [`crate::net::http::serve::sites`]'s.

use super::Fault;

/// One site.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// `Host` values that lead to it, without a port.
    pub names: Vec<String>,
    /// Its page, as HTML.
    pub page: String,
    pub fault: Option<Misdeed>,
}

/// How one of several sites misbehaves; the others at its address do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Misdeed {
    /// Reads the request and never answers.
    NeverAnswers,
    Wrongly(Fault),
    /// Speaks plain HTTP where TLS is expected: to the beginning of a handshake it answers 400, in the clear, as most servers
    /// do that were set up so.
    PlainHttp,
}

/// The site that a request for `host` (with or without a port) is for. Without one, as HTTP/1.0 allows, it is the first;
/// `None`: none of these.
pub fn asked<'a>(sites: &'a [Site], host: Option<&str>) -> Option<&'a Site> {
    let Some(host) = host else { return sites.first() };
    let name = name(host);
    sites.iter().find(|site| site.names.iter().any(|known| known.eq_ignore_ascii_case(name)))
}

/// The name in a `Host` value: no port (RFC 9110 section 7.2), and no dot at its end, which makes no other name of it.
fn name(host: &str) -> &str {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.bytes().all(|octet| octet.is_ascii_digit()) => name,
        Some(_) | None => host,
    };
    name.strip_suffix('.').unwrap_or(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_names_the_site() {
        let site = |name: &str| Site { names: vec![name.to_owned()], page: String::new(), fault: None };
        let sites = [site("shop.test"), site("blog.test"), site("[::1]")];
        for (host, index) in [
            (None, Some(0)),
            (Some("shop.test"), Some(0)),
            (Some("BLOG.Test:8080"), Some(1)),
            (Some("blog.test:"), Some(1)),
            (Some("blog.test.:1"), Some(1)),
            (Some("[::1]"), Some(2)),
            (Some("[::1]:80"), Some(2)),
            (Some("www.blog.test"), None),
            (Some(""), None),
        ] {
            assert_eq!(asked(&sites, host), index.map(|index: usize| &sites[index]), "{host:?}");
        }
    }
}
