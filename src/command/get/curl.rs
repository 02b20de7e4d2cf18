//! The same request as a command for curl: what `--curl` prints. It makes no request.

use std::time::Duration;

use super::Options;
use crate::net::tcp::Family;
use crate::net::world::Trust;

/// One line that a POSIX shell takes.
pub(super) fn command(options: &Options) -> String {
    let mut words = vec!["curl".to_owned(), "--http1.1".to_owned()];
    let mut flag = |name: &str, value: Option<String>| {
        words.push(name.to_owned());
        words.extend(value);
    };
    let named = |name: &str| options.headers.iter().any(|(known, _)| known.eq_ignore_ascii_case(name));
    if !named("user-agent") {
        flag("-A", Some(concat!("netlearn/", "0.1").to_owned()));
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
        flag("--data-raw", Some(String::from_utf8_lossy(data).into_owned()));
    }
    let switches = [
        (options.include && !options.head, "-i"),
        (options.follow, "-L"),
        (options.fail, "-f"),
        (options.family == Family::V4, "-4"),
        (options.family == Family::V6, "-6"),
    ];
    for (_, name) in switches.into_iter().filter(|(wanted, _)| *wanted) {
        flag(name, None);
    }
    match &options.world.trust {
        Trust::System => {}
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
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

fn seconds(duration: Duration) -> String {
    duration.as_secs_f64().to_string()
}

/// A word as a POSIX shell reads it back: in single quotes where it holds anything that a shell might act on.
fn quoted(word: &str) -> String {
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"-_./:=@%+,".contains(&octet);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_survive_the_shell() {
        assert_eq!(quoted("http://localhost:3000/"), "http://localhost:3000/");
        assert_eq!(quoted("a=1&b=2"), "'a=1&b=2'");
        assert_eq!(quoted("it's"), r"'it'\''s'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("$(reboot)"), "'$(reboot)'");
    }
}
