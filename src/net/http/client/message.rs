//! The request: which fields it carries and in which order they are written.

use base64::Engine as _;
use bytes::Bytes;
use http_body_util::Full;
use hyper::Request;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;
use url::{Host, Position, Url};

use crate::event::http::SECRET_FIELDS;
use crate::net::tcp::Target;

use super::Options;

/// Who we are, on the wire (RFC 9110 section 10.1.5).
pub const USER_AGENT: &str =
    concat!("netlearn/", env!("CARGO_PKG_VERSION_MAJOR"), ".", env!("CARGO_PKG_VERSION_MINOR"));

/// Fields about one connection, which HTTP/2 has no place for (RFC 9113 section 8.2.2).
pub const OF_ONE_CONNECTION: [&str; 5] =
    ["connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade"];

/// A request that can be sent, changed by redirects, and printed.
#[derive(Clone, Debug)]
pub(super) struct Message {
    pub url: Url,
    pub method: String,
    /// The user's own fields.
    headers: Vec<(String, String)>,
    data: Option<Bytes>,
    /// `Basic ...` from the name and password in the URL (RFC 7617).
    credentials: Option<String>,
    close: bool,
}

impl Message {
    /// The request for `url` as the options ask for it.
    pub(super) fn new(options: &Options, url: &Url) -> Self {
        Message {
            credentials: credentials(url),
            url: url.clone(),
            method: options.method.clone(),
            headers: options.headers.clone(),
            data: options.data.clone(),
            close: options.close,
        }
    }

    /// The host and port to reach.
    pub(super) fn target(&self) -> Target {
        let host = match self.url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => String::new(),
        };
        Target { host, port: self.url.port_or_known_default().unwrap_or(80) }
    }

    /// Scheme, host and port: what requests must share to share a connection (RFC 9110 section 4.3.1).
    pub(super) fn origin(&self) -> (String, Target) {
        (self.url.scheme().to_owned(), self.target())
    }

    pub(super) fn is_https(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Asking twice has the effect of asking once (RFC 9110 section 9.2.2).
    pub(super) fn is_idempotent(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "HEAD" | "PUT" | "DELETE" | "OPTIONS" | "TRACE")
    }

    /// The next request of a redirect: elsewhere, perhaps by another method, and without what is meant for the
    /// server before (RFC 9110 section 15.4).
    pub(super) fn redirected(mut self, url: Url, method: String) -> Self {
        let same_origin = self.url.origin() == url.origin();
        if !same_origin {
            self.credentials = None;
            self.headers.retain(|(name, _)| !is_one_of(name, &["authorization", "cookie", "host"]));
        }
        if method != self.method && self.data.is_some() {
            self.data = None;
            let about_body = ["content-type", "content-length", "content-encoding", "transfer-encoding"];
            self.headers.retain(|(name, _)| !is_one_of(name, &about_body));
        }
        self.credentials = credentials(&url).or(self.credentials);
        self.url = url;
        self.method = method;
        self
    }

    /// The request as hyper takes it. Fields are written in the order they are put in here.
    pub(super) fn request(&self) -> Result<Request<Full<Bytes>>, String> {
        let mut request = Request::new(Full::new(self.data.clone().unwrap_or_default()));
        *request.method_mut() = self.method.parse().map_err(|error| format!("{}: {error}", self.method))?;
        let target = &self.url[Position::BeforePath..Position::AfterQuery];
        *request.uri_mut() = target.parse().map_err(|error| format!("{target}: {error}"))?;
        let fields = request.headers_mut();
        for (name, value) in self.fields() {
            put(fields, &name, &value)?;
        }
        Ok(request)
    }

    /// The request as h2 takes it: what was the request line and Host are fields of their own there (RFC 9113 section 8.3.1).
    pub(super) fn request_of_frames(&self) -> Result<Request<()>, String> {
        let mut request = Request::new(());
        *request.method_mut() = self.method.parse().map_err(|error| format!("{}: {error}", self.method))?;
        let target = format!("{}://{}{}", self.url.scheme(), self.authority(), self.path());
        *request.uri_mut() = target.parse().map_err(|error| format!("{target}: {error}"))?;
        *request.version_mut() = hyper::Version::HTTP_2;
        for (name, value) in self.fields_of_frames().iter().filter(|(name, _)| !name.starts_with(':')) {
            put(request.headers_mut(), name, value)?;
        }
        for (name, value) in request.headers_mut() {
            // Never kept in a compression table, here or further on (RFC 7541 section 7.1.3).
            value.set_sensitive(is_one_of(name.as_str(), &SECRET_FIELDS));
        }
        Ok(request)
    }

    /// Name and value of each field of HTTP/2, names in small letters; fields about one connection are not sent
    /// (RFC 9113 sections 8.2 and 8.2.2).
    pub(super) fn fields_of_frames(&self) -> Vec<(String, String)> {
        let mut fields: Vec<(String, String)> = [
            (":method", self.method.clone()),
            (":scheme", self.url.scheme().to_owned()),
            (":authority", self.authority()),
            (":path", self.path()),
        ]
        .map(|(name, value)| (name.to_owned(), value))
        .to_vec();
        let own = self.fields().into_iter().map(|(name, value)| (name.to_ascii_lowercase(), value));
        fields.extend(own.filter(|(name, _)| name != "host" && !is_one_of(name, &OF_ONE_CONNECTION)));
        fields
    }

    /// The content of the request; empty for none.
    pub(super) fn content(&self) -> Bytes {
        self.data.clone().unwrap_or_default()
    }

    /// Path and query, as the request line of HTTP/1.1 has them.
    pub(super) fn path(&self) -> String {
        self.url[Position::BeforePath..Position::AfterQuery].to_owned()
    }

    /// What HTTP/1.1 says in Host.
    fn authority(&self) -> String {
        self.hosts().into_iter().next().unwrap_or_else(|| self.host())
    }

    /// Name and value of each field, in the order they are sent; those of the user replace ours.
    fn fields(&self) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        let ours = [
            ("Host", Some(self.host())),
            ("Authorization", self.credentials.clone()),
            ("User-Agent", Some(USER_AGENT.to_owned())),
            ("Accept", Some("*/*".to_owned())),
        ];
        let about_body = [
            ("Content-Length", self.length()),
            ("Content-Type", self.data.as_ref().map(|_| "application/x-www-form-urlencoded".to_owned())),
            ("Connection", self.close.then(|| "close".to_owned())),
        ];
        for (name, value) in &ours {
            self.take(&mut fields, name, value.as_deref());
        }
        let known =
            |name: &str| ours.iter().chain(&about_body).any(|(own, _)| own.eq_ignore_ascii_case(name));
        fields.extend(self.headers.iter().filter(|(name, value)| !known(name) && !value.is_empty()).cloned());
        for (name, value) in &about_body {
            self.take(&mut fields, name, value.as_deref());
        }
        fields
    }

    /// The Host values that are sent: one, unless the user asked for others.
    pub(super) fn hosts(&self) -> Vec<String> {
        values(&self.fields(), "host")
    }

    /// What differs in the octets of the two requests: `method`, `target`, names of fields in small letters, `content`.
    pub(super) fn differences(&self, other: &Message) -> Vec<String> {
        let target = |message: &Message| message.url[Position::BeforePath..Position::AfterQuery].to_owned();
        let mut differences = Vec::new();
        let mut note = |differs: bool, what: &str| {
            if differs {
                differences.push(what.to_owned());
            }
        };
        note(self.method != other.method, "method");
        note(target(self) != target(other), "target");
        let (ours, theirs) = (self.fields(), other.fields());
        let names = ours.iter().chain(&theirs).map(|(name, _)| name.to_ascii_lowercase());
        for name in names.collect::<std::collections::BTreeSet<_>>() {
            note(values(&ours, &name) != values(&theirs, &name), &name);
        }
        note(self.data != other.data, "content");
        differences
    }

    /// Octets of content that its Content-Length declares.
    pub(super) fn body_len(&self) -> u64 {
        self.length().and_then(|len| len.parse().ok()).unwrap_or(0)
    }

    /// The user's fields of that name, or ours where there is none.
    fn take(&self, fields: &mut Vec<(String, String)>, name: &str, own: Option<&str>) {
        let mut theirs =
            self.headers.iter().filter(|(theirs, _)| theirs.eq_ignore_ascii_case(name)).peekable();
        if theirs.peek().is_some() {
            fields.extend(theirs.filter(|(_, value)| !value.is_empty()).cloned());
        } else if let Some(value) = own {
            fields.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Host and, where it is not the scheme's own, port (RFC 9110 section 7.2).
    fn host(&self) -> String {
        self.url[Position::BeforeHost..Position::AfterPort].to_owned()
    }

    fn length(&self) -> Option<String> {
        let chunked = self.headers.iter().any(|(name, _)| is_one_of(name, &["transfer-encoding"]));
        self.data.as_ref().filter(|_| !chunked).map(|data| data.len().to_string())
    }
}

fn values(fields: &[(String, String)], name: &str) -> Vec<String> {
    let of_name = fields.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    of_name.map(|(_, value)| value.clone()).collect()
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|other| name.eq_ignore_ascii_case(other))
}

fn put(fields: &mut HeaderMap, name: &str, value: &str) -> Result<(), String> {
    let name = HeaderName::try_from(name).map_err(|error| format!("{name}: {error}"))?;
    let value = HeaderValue::try_from(value).map_err(|error| format!("{name}: {error}"))?;
    fields.append(name, value);
    Ok(())
}

/// Name and password of the URL as Basic credentials.
fn credentials(url: &Url) -> Option<String> {
    if url.username().is_empty() && url.password().is_none() {
        return None;
    }
    let mut pair: Vec<u8> = percent_decode_str(url.username()).collect();
    pair.push(b':');
    pair.extend(percent_decode_str(url.password().unwrap_or_default()));
    Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
}
