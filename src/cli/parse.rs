//! Values of arguments: each reader takes the text as typed and says what a right one looks like.

use std::ffi::OsStr;
use std::net::{IpAddr, Ipv6Addr};
use std::path::PathBuf;
use std::time::Duration;

use clap::CommandFactory as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::error::ErrorKind;
use url::Url;

mod numbers;
mod secrets;

pub(super) use numbers::{buffer, count, octets, positive};
pub(super) use secrets::masked;

use super::Cli;
use super::arguments::Text;
use crate::command::serve::{Fault, Protocol};
use crate::command::{Route, Trust, lab, ports, trust_readable};

/// The port of `serve` where none is given.
pub(super) const USUAL_PORT: u16 = 3000;

/// A usage error with our own words.
pub(super) fn wrong(words: impl std::fmt::Display) -> clap::Error {
    Cli::command().error(ErrorKind::ValueValidation, words)
}

/// A port number: 0 to 65535 (RFC 9293 section 3.1: 16 bits).
pub(super) fn port(text: &str) -> Result<u16, String> {
    text.parse().map_err(|_| no_port(text))
}

fn no_port(text: &str) -> String {
    let also = if text.parse::<IpAddr>().is_ok() { ", which is an address" } else { "" };
    format!("a port is a number from 0 to 65535, as 3000; not {text:?}{also}")
}

/// The same for a word that need not be text.
pub(super) fn port_word(word: &OsStr) -> Result<u16, clap::Error> {
    port(&word.to_string_lossy()).map_err(wrong)
}

/// One port; 0 stands for any.
pub(super) fn one_port(text: &str) -> Result<u16, String> {
    match text.parse() {
        Ok(number) if number > 0 => Ok(number),
        Ok(_) => Err("port 0 is nobody's: a server that asks for it is given any free port".to_owned()),
        Err(_) => Err(no_port(text)),
    }
}

/// `tcp:127.0.0.1:3000`, `udp:[::1]:53`.
pub(super) fn place(text: &str) -> Result<ports::Place, String> {
    let say = || format!("an address to bind looks like tcp:127.0.0.1:3000 or udp:[::1]:53; not {text:?}");
    let (name, address) = text.split_once(':').ok_or_else(say)?;
    let protocol = match name {
        "tcp" => ports::Transport::Tcp,
        "udp" => ports::Transport::Udp,
        _ => return Err(say()),
    };
    Ok(ports::Place { protocol, address: address.parse().map_err(|_| say())? })
}

/// An IP address to listen at, not a name.
pub(super) fn own_address(text: &str) -> Result<IpAddr, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let linked = |ip: &IpAddr| matches!(ip, IpAddr::V6(v6) if v6.is_unicast_link_local());
    let found = address(bare.split('%').next().unwrap_or(bare));
    if found.as_ref().is_ok_and(linked) {
        return Err(format!(
            "{text} is a link-local address, which counts on one link alone and needs its zone, as fe80::1%eth0 (RFC 4007 section 11); a server takes it with every other address: --host ::"
        ));
    }
    address(text).map_err(|_| {
        format!("an address of this machine, as 127.0.0.1, ::1 or 0.0.0.0 (every address); {text:?} is none")
    })
}

/// An IPv6 address with the zone that it is in, as `fe80::1%eth0` (RFC 4007 section 11).
fn is_zoned(text: &str) -> bool {
    text.split_once('%')
        .is_some_and(|(address, zone)| address.parse::<Ipv6Addr>().is_ok() && !zone.is_empty())
}

/// An IP address, not a name.
pub(super) fn address(text: &str) -> Result<IpAddr, String> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().map_err(|_| format!("an address looks like 127.0.0.1 or ::1; {text:?} is none"))
}

/// `500ms`, `2s`, `1m`; a number alone is seconds.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let say = || {
        format!(
            "a time of more than nothing and at most a day, as 500ms, 2s, 1m or 5 (seconds); not {text:?}"
        )
    };
    let (number, unit) = text.split_at(text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len()));
    let number: f64 = number.parse().map_err(|_| say())?;
    let scale = match unit {
        "" | "s" => 1.0,
        "ms" => 1e-3,
        "us" => 1e-6,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        _ => return Err(say()),
    };
    // A day is longer than anybody waits, and keeps sums of times far from overflow.
    match Duration::try_from_secs_f64(number * scale) {
        Ok(time) if time <= Duration::from_secs(86_400) && !time.is_zero() => Ok(time),
        Ok(_) | Err(_) => Err(say()),
    }
}

/// A text in which `\n \r \t \\ \0 \xNN` stand for octets.
pub(super) fn text(text: &str) -> Result<Text, String> {
    let mut octets = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        octets.extend_from_slice(&rest.as_bytes()[..at]);
        let escape = &rest[at + 1..];
        let (octet, length) = match escape.as_bytes().first() {
            Some(b'n') => (b'\n', 1),
            Some(b'r') => (b'\r', 1),
            Some(b't') => (b'\t', 1),
            Some(b'0') => (0, 1),
            Some(b'\\') => (b'\\', 1),
            Some(b'x') => {
                let digits = escape.get(1..3).ok_or("\\x takes two hexadecimal digits, as \\x0a")?;
                let octet = u8::from_str_radix(digits, 16);
                (
                    octet
                        .map_err(|_| format!("\\x takes two hexadecimal digits, as \\x0a; not {digits:?}"))?,
                    3,
                )
            }
            _ => return Err("after a backslash: n, r, t, 0, xNN or another backslash".to_owned()),
        };
        octets.push(octet);
        rest = &escape[length..];
    }
    octets.extend_from_slice(rest.as_bytes());
    Ok(Text(octets))
}

/// The name of a fault.
pub(super) fn fault() -> impl TypedValueParser<Value = Fault> {
    PossibleValuesParser::new(Fault::NAMED.map(|(name, _)| name)).try_map(|wanted| {
        let known = Fault::NAMED.into_iter().find(|(name, _)| *name == wanted);
        known.map(|(_, fault)| fault).ok_or("no such fault")
    })
}

/// A folder that is there.
pub(super) fn folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match path.metadata() {
        Ok(facts) if facts.is_dir() => Ok(path),
        Ok(_) => Err(format!("{text:?} is no directory")),
        Err(error) => Err(format!("{text:?}: {error}")),
    }
}

/// A folder whose files are served.
pub(super) fn served(text: &str) -> Result<PathBuf, String> {
    folder(text).map_err(|what| format!("{what}; try --files ."))
}

/// A file of certificates that can be read.
pub(super) fn certificates(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    // Not opened: a FIFO would wait for its writer, and whoever writes into a pipe is to find its reader once.
    if path.metadata().map_err(|error| format!("{text:?} cannot be read: {error}"))?.is_dir() {
        return Err(format!("{text:?} is a folder, not a file"));
    }
    trust_readable(&Trust::File(path.clone())).map_err(|error| format!("{text:?}: {error}"))?;
    Ok(path)
}

/// `HOST:PORT:ADDR[,ADDR...]`, addresses of IPv6 with or without brackets, as curl takes it.
pub(super) fn route(text: &str) -> Result<Route, String> {
    let say = || format!("HOST:PORT:ADDRESS, as example.com:80:127.0.0.1; not {text:?}");
    let mut parts = text.splitn(3, ':');
    let (Some(host), Some(number), Some(list)) = (parts.next(), parts.next(), parts.next()) else {
        return Err(say());
    };
    let addresses: Result<Vec<IpAddr>, String> = list.split(',').map(|one| address(one.trim())).collect();
    if host.is_empty() {
        return Err(say());
    }
    Ok(Route { host: host.to_owned(), port: port(number)?, addresses: addresses? })
}

/// `NAME[@WHERE]`: a fault of the lab, and the zone or site that gets it.
pub(super) fn lab_fault(text: &str) -> Result<lab::Asked, String> {
    let (wanted, at) = text.split_once('@').map_or((text, None), |(name, at)| (name, Some(at.to_owned())));
    let known = lab::Fault::NAMED.into_iter().find(|(name, _)| *name == wanted);
    let Some((_, fault)) = known else {
        let names: Vec<&str> = lab::Fault::NAMED.iter().map(|(name, _)| *name).collect();
        return Err(format!("{wanted:?} is no fault of the lab; there are {}", names.join(", ")));
    };
    Ok(lab::Asked { fault, at })
}

/// `DNS,HTTP,HTTPS`.
pub(super) fn lab_ports(text: &str) -> Result<lab::LabPorts, String> {
    let say = || format!("three ports, as 5300,8080,8443; not {text:?}");
    let numbers: Vec<u16> =
        text.split(',').map(|one| port(one.trim())).collect::<Result<_, _>>().map_err(|_| say())?;
    let [dns, http, https] = numbers[..] else { return Err(say()) };
    Ok(lab::LabPorts { dns, http, https })
}

/// A URL of http or https; without a scheme http, without a host this machine.
pub(super) fn url(text: &str) -> Result<Url, String> {
    let say = |why: &str| format!("{why}; a URL looks like http://localhost:3000/ or :3000/");
    // As an address it would be one that nobody means: 3000 is 0.0.11.184.
    if !text.is_empty() && text.bytes().all(|octet| octet.is_ascii_digit()) {
        return Err(say(&format!("{text:?} is a number and no URL")));
    }
    let whole = if text.starts_with(':') {
        format!("http://localhost{text}")
    } else if text.contains("://") {
        text.to_owned()
    } else {
        format!("http://{text}")
    };
    let url = Url::parse(&whole).map_err(|error| say(&format!("{text:?}: {error}")))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(say(&format!("{:?} is not http or https", url.scheme())));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(say(&format!("{text:?} names no host")));
    }
    if url.port() == Some(0) {
        return Err(say("nothing can be asked of port 0"));
    }
    Ok(url)
}

/// A method: a token (RFC 9110 section 9.1).
pub(super) fn method(text: &str) -> Result<String, String> {
    if !text.is_empty() && text.bytes().all(is_token) {
        return Ok(text.to_owned());
    }
    Err(format!("a method is one word, as GET or POST; not {text:?}"))
}

/// A field, `Name: value` (RFC 9110 section 5).
pub(super) fn field(text: &str) -> Result<(String, String), String> {
    let say = || format!("a field looks like 'Accept: text/html'; not {text:?}");
    let (name, value) = text.split_once(':').ok_or_else(say)?;
    let clean = value.bytes().all(|octet| octet == b'\t' || (octet >= b' ' && octet != 0x7f));
    if name.is_empty() || !name.bytes().all(is_token) || !clean {
        return Err(say());
    }
    Ok((name.to_owned(), value.trim().to_owned()))
}

fn is_token(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&octet)
}

/// The body: the text, `@FILE`, or `@-` for stdin.
pub(super) fn data(text: &str) -> Result<Vec<u8>, clap::Error> {
    use std::io::Read as _;
    let Some(name) = text.strip_prefix('@') else { return Ok(text.as_bytes().to_vec()) };
    let mut octets = Vec::new();
    let read = if name == "-" {
        std::io::stdin().read_to_end(&mut octets).map(|_| ())
    } else {
        std::fs::read(name).map(|content| octets = content)
    };
    match read {
        Ok(()) => Ok(octets),
        Err(error) => Err(wrong(format!(
            "-d @{name} sends the content of a file, and {name:?} cannot be read: {error}; a text is sent as -d 'a=1'"
        ))),
    }
}

/// `serve`'s first two words: a protocol, a port, or both.
pub(super) fn serve_place(what: Option<&str>, number: Option<u16>) -> Result<(Protocol, u16), clap::Error> {
    let (protocol, first) = match what {
        None => (Protocol::Http, None),
        Some("http") => (Protocol::Http, None),
        Some("tcp") => (Protocol::Tcp, None),
        Some(text) if text.bytes().all(|octet| octet.is_ascii_digit()) => {
            (Protocol::Http, Some(port(text).map_err(wrong)?))
        }
        Some(text) => {
            return Err(wrong(format!(
                "serve takes http, tcp, udp or unix, not {text:?}: netlearn serve tcp 3000"
            )));
        }
    };
    match (first, number) {
        (Some(first), Some(_)) => {
            Err(wrong(format!("two ports are given; one is enough: netlearn serve --port {first}")))
        }
        (Some(port), None) | (None, Some(port)) => Ok((protocol, port)),
        (None, None) => Ok((protocol, USUAL_PORT)),
    }
}

/// `host port`, `host:port`, `:port`, `[::1]:port`, `::1 port`.
pub(super) fn target(text: &str, given: Option<u16>) -> Result<(String, u16), clap::Error> {
    let say = |why: &str| wrong(format!("{why}; a target looks like localhost:3000, :3000 or [::1]:3000"));
    // As of a variable that is not set: nobody meant this machine by it.
    if text.is_empty() {
        return Err(say("the target is empty"));
    }
    let (host, inline) = if let Some(rest) = text.strip_prefix('[') {
        let (host, after) = rest.split_once(']').ok_or_else(|| say("the closing ] is missing"))?;
        (host, after.strip_prefix(':').or((!after.is_empty()).then_some(after)))
    } else if text.parse::<IpAddr>().is_ok() || is_zoned(text) {
        (text, None)
    } else {
        match text.rsplit_once(':') {
            Some((host, number)) => (host, Some(number)),
            None if given.is_none() && text.bytes().all(|octet| octet.is_ascii_digit()) => ("", Some(text)),
            None => (text, None),
        }
    };
    let inline = inline.map(port).transpose().map_err(wrong)?;
    let number = match (inline, given) {
        (Some(_), Some(_)) => return Err(say("two ports are given")),
        (Some(port), None) | (None, Some(port)) => port,
        (None, None) => return Err(say(&format!("{text:?} has no port"))),
    };
    if number == 0 {
        return Err(say("nobody can be reached at port 0"));
    }
    if host.contains(':') && host.parse::<IpAddr>().is_err() && !is_zoned(host) {
        return Err(say(&format!("{host:?} is no host")));
    }
    Ok((if host.is_empty() { "localhost" } else { host }.to_owned(), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_units_or_are_seconds() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2"), Ok(Duration::from_secs(2)));
        assert_eq!(duration("0.5"), Ok(Duration::from_millis(500)));
        for bad in ["", "-1", "ms", "5x", "nan", "inf", "0", "1e300", "99h"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn targets_come_in_every_usual_form() {
        let ok = |text, port| target(text, port).map_err(|error| error.to_string());
        assert_eq!(ok("localhost", Some(3000)), Ok(("localhost".to_owned(), 3000)));
        assert_eq!(ok("localhost:3000", None), Ok(("localhost".to_owned(), 3000)));
        assert_eq!(ok(":3000", None), Ok(("localhost".to_owned(), 3000)));
        assert_eq!(ok("3000", None), Ok(("localhost".to_owned(), 3000)));
        assert_eq!(ok("[::1]:3000", None), Ok(("::1".to_owned(), 3000)));
        assert_eq!(ok("[::1]", Some(3000)), Ok(("::1".to_owned(), 3000)));
        assert_eq!(ok("::1", Some(3000)), Ok(("::1".to_owned(), 3000)));
        for text in ["fe80::1%eth0", "[fe80::1%eth0]"] {
            assert_eq!(ok(text, Some(3000)), Ok(("fe80::1%eth0".to_owned(), 3000)), "{text}");
        }
        assert!(ok("fe80::1%", Some(3000)).is_err() && ok("a:b%eth0", Some(3000)).is_err());
        for (bad, port) in
            [("localhost", None), ("localhost:1", Some(2)), ("a:b", None), ("[::1", Some(1)), (":0", None)]
        {
            assert!(target(bad, port).is_err(), "{bad}");
        }
    }

    #[test]
    fn text_escapes_stand_for_octets() {
        assert_eq!(text(r"a\r\n\x00\\b").map(|text| text.0), Ok(b"a\r\n\x00\\b".to_vec()));
        assert!(text(r"\x1").is_err());
        assert!(text(r"\q").is_err());
        assert!(text(r"\xé").is_err());
    }

    #[test]
    fn urls_may_lack_scheme_and_host() {
        let shown = |text| url(text).map(|url| url.to_string());
        assert_eq!(shown(":3000/x"), Ok("http://localhost:3000/x".to_owned()));
        assert_eq!(shown("localhost:3000"), Ok("http://localhost:3000/".to_owned()));
        assert_eq!(shown("example.com"), Ok("http://example.com/".to_owned()));
        for bad in ["ftp://x/", "http://", "http://a b/", ":70000/", "http://h:0/"] {
            assert!(url(bad).is_err(), "{bad}");
        }
    }
}
