//! The same request as a command for curl: what `--curl` prints. It makes no request.

use std::time::Duration;

use url::Position;

use super::Options;
use crate::explain::failure::quoted;
use crate::net::http::client::USER_AGENT;
use crate::net::tcp::Family;
use crate::net::world::Trust;

/// One line that a POSIX shell takes.
pub(super) fn command(options: &Options) -> String {
    let piped = options.data.as_deref().filter(|data| argument(data).is_none());
    let line = words(options).iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    match piped {
        None => line,
        Some(data) => format!("printf '{}' | {line}", octal(data)),
    }
}

fn words(options: &Options) -> Vec<String> {
    let mut words = vec!["curl".to_owned(), version(options).to_owned()];
    let mut flag = |name: &str, value: Option<String>| {
        words.push(name.to_owned());
        words.extend(value);
    };
    let named = |name: &str| options.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if !named("user-agent") {
        flag("-A", Some(USER_AGENT.to_owned()));
    }
    match &options.method {
        Some(method) if method == "HEAD" => flag("-I", None),
        Some(method) => flag("-X", Some(method.clone())),
        None if options.head => flag("-I", None),
        None => {}
    }
    for (name, value) in &options.headers {
        // Without a value curl takes the field away, as we do.
        flag("-H", Some(if value.is_empty() { format!("{name}:") } else { format!("{name}: {value}") }));
    }
    if options.close && !named("connection") {
        flag("-H", Some("Connection: close".to_owned()));
    }
    if let Some(data) = &options.data {
        match argument(data) {
            Some(text) => flag("--data-raw", Some(text.to_owned())),
            None => flag("--data-binary", Some("@-".to_owned())),
        }
    }
    let switches = [
        (options.include && !options.head, "-i"),
        (options.follow, "-L"),
        (options.fail, "-f"),
        (options.family == Family::V4, "-4"),
        (options.family == Family::V6, "-6"),
        (options.urls.iter().any(is_pattern), "-g"),
    ];
    for (_, name) in switches.into_iter().filter(|(wanted, _)| *wanted) {
        flag(name, None);
    }
    match &options.world.trust {
        Trust::System | Trust::Pem(_) => {}
        Trust::File(path) => flag("--cacert", Some(path.display().to_string())),
        Trust::Nobody => flag("-k", None),
    }
    for route in &options.world.routes {
        let addresses: Vec<String> = route.addresses.iter().map(ToString::to_string).collect();
        flag("--resolve", Some(format!("{}:{}:{}", route.host, route.port, addresses.join(","))));
    }
    flag("--connect-timeout", Some(seconds(options.timeout)));
    if let Some(total) = options.total {
        flag("-m", Some(seconds(total)));
    }
    for url in &options.urls {
        if let Some(path) = &options.output {
            flag("-o", Some(path.display().to_string()));
        }
        flag(url.as_str(), None);
    }
    words
}

/// Which HTTP: curl's `--http2` asks by ALPN under TLS, and without TLS it asks for an upgrade, which we do not.
fn version(options: &Options) -> &'static str {
    let secure = options.urls.iter().all(|url| url.scheme() == "https");
    match (options.http2, secure) {
        (false, _) => "--http1.1",
        (true, true) => "--http2",
        (true, false) => "--http2-prior-knowledge",
    }
}

/// The data as an argument can carry it: text without NUL.
fn argument(data: &[u8]) -> Option<&str> {
    std::str::from_utf8(data).ok().filter(|text| !text.contains('\0'))
}

/// Every octet as printf of any POSIX shell takes it; `\x` is not among what all of them know.
fn octal(data: &[u8]) -> String {
    data.iter().map(|octet| format!("\\{octet:03o}")).collect()
}

/// curl makes several URLs of one with brackets or braces, unless told not to.
fn is_pattern(url: &url::Url) -> bool {
    url[Position::BeforePath..].contains(['[', ']', '{', '}'])
}

fn seconds(duration: Duration) -> String {
    duration.as_secs_f64().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_brackets_after_the_host_are_a_pattern() -> Result<(), url::ParseError> {
        for (url, pattern) in [
            ("http://[::1]:1/a", false),
            ("http://localhost/?ids[]=1", true),
            ("http://localhost/[a]", true),
            ("http://localhost/?{a}", true),
        ] {
            assert_eq!(is_pattern(&url::Url::parse(url)?), pattern, "{url}");
        }
        Ok(())
    }

    #[test]
    fn what_no_argument_can_carry_is_told_apart() {
        assert_eq!(argument("ü".as_bytes()), Some("ü"));
        assert_eq!(argument(b"a\0b"), None);
        assert_eq!(argument(b"\xff"), None);
        assert_eq!(octal(b"a%\0\xff"), r"\141\045\000\377");
    }

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted("http://localhost:3000/"), "http://localhost:3000/");
        assert_eq!(quoted("a=1&b=2"), "'a=1&b=2'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("$(reboot)"), "'$(reboot)'");
    }
}
