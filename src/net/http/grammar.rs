//! Rules of a request that a server refuses it by and that the reader beside it shows the octet of: held here once, so that the
//! two agree. It knows single words, no messages.

use std::net::Ipv6Addr;

/// `tchar` (RFC 9110 section 5.6.2).
pub(super) fn is_tchar(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// `token` (RFC 9110 section 5.6.2).
pub(super) fn is_token(text: &[u8]) -> bool {
    !text.is_empty() && text.iter().copied().all(is_tchar)
}

/// Where a target has no form that goes with its method (RFC 9112 section 3.2): the first octet that does not fit, and what
/// would. A path, a whole URL, or `*` for OPTIONS alone. The authority alone is CONNECT's, which has its answer elsewhere.
pub(super) fn target_fault(method: &[u8], target: &[u8]) -> Option<(usize, &'static str)> {
    match target {
        b"*" if method == b"OPTIONS" => None,
        b"*" => Some((0, "a path or a whole URL: \"*\" goes with OPTIONS alone")),
        _ if method == b"CONNECT" || target.starts_with(b"/") => None,
        _ => url_fault(target),
    }
}

/// `scheme "://" authority` and what follows it, of which nothing is looked at.
fn url_fault(target: &[u8]) -> Option<(usize, &'static str)> {
    const PATH: &str = "a path that begins with \"/\", or a whole URL";
    let Some(colon) = target.windows(3).position(|three| three == b"://") else {
        return Some((0, PATH));
    };
    let (scheme, rest) = (&target[..colon], &target[colon + 3..]);
    let fits = |octet: &u8| octet.is_ascii_alphanumeric() || b"+-.".contains(octet);
    if scheme.is_empty() || !scheme.iter().all(fits) {
        return Some((0, PATH));
    }
    let end = rest.iter().position(|octet| b"/?#".contains(octet)).unwrap_or(rest.len());
    let from = rest[..end].iter().rposition(|octet| *octet == b'@').map_or(0, |at| at + 1);
    let web = scheme.eq_ignore_ascii_case(b"http") || scheme.eq_ignore_ascii_case(b"https");
    if web && matches!(rest.get(from..end), Some([] | [b':', ..])) {
        // RFC 9110 section 4.2.1: an empty host must be rejected.
        return Some((colon + 3 + from, "a host after http://"));
    }
    let at = host_fault(&rest[from..end])?;
    Some((colon + 3 + from + at, "a host name or address, and a port in digits"))
}

/// Where a value is no `uri-host [ ":" port ]` (RFC 9110 section 7.2 with RFC 3986 sections 3.2.2 and 3.2.3): the first octet
/// that does not fit. It may be empty.
pub(super) fn host_fault(value: &[u8]) -> Option<usize> {
    let (host, colon) = match value.strip_prefix(b"[") {
        Some(rest) => {
            let Some(end) = rest.iter().position(|octet| *octet == b']') else { return Some(0) };
            if !is_literal(&rest[..end]) {
                return Some(1);
            }
            (&[][..], end + 2)
        }
        None => {
            let colon = value.iter().position(|octet| *octet == b':').unwrap_or(value.len());
            (&value[..colon], colon)
        }
    };
    name_fault(host).or_else(|| match value.get(colon..) {
        None | Some([]) => None,
        Some([b':', port @ ..]) => {
            port.iter().position(|octet| !octet.is_ascii_digit()).map(|at| colon + 1 + at)
        }
        Some(_) => Some(colon),
    })
}

/// `reg-name`: unreserved characters, sub-delims, and `%` with two hexadecimal digits.
fn name_fault(host: &[u8]) -> Option<usize> {
    let fits = |at: usize| match host[at] {
        b'%' => host.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
        octet => is_plain(octet),
    };
    (0..host.len()).find(|at| !fits(*at))
}

/// `unreserved` and `sub-delims` of RFC 3986 section 2.
fn is_plain(octet: u8) -> bool {
    octet.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&octet)
}

/// What stands in brackets: an IPv6 address, with a zone (RFC 6874) or without, or `IPvFuture`.
fn is_literal(inner: &[u8]) -> bool {
    let text = String::from_utf8_lossy(inner);
    let (address, zone) = text.split_once("%25").unwrap_or((&text, "0"));
    if address.parse::<Ipv6Addr>().is_ok() {
        return !zone.is_empty() && name_fault(zone.as_bytes()).is_none();
    }
    let Some((version, rest)) = text.strip_prefix(['v', 'V']).and_then(|text| text.split_once('.')) else {
        return false;
    };
    let hexadecimal = !version.is_empty() && version.bytes().all(|octet| octet.is_ascii_hexdigit());
    hexadecimal && !rest.is_empty() && rest.bytes().all(|octet| is_plain(octet) || octet == b':')
}

/// The first octet of a target that no URI has (RFC 3986 section 2 and appendix A), and its name; for a target that a library
/// took for no URI.
pub(super) fn uri_fault(target: &[u8]) -> Option<usize> {
    let fits = |at: usize| match target[at] {
        b'%' => target.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit)),
        octet => is_plain(octet) || b":/?#[]@".contains(&octet),
    };
    (0..target.len()).find(|at| !fits(*at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_found_at_fault_at_their_first_wrong_octet() {
        for host in
            ["", "a", "a:80", "a:", "[::1]", "[::1]:80", "[fe80::1%25eth0]", "[v1.a:b]", "a%2Db", "1.2.3.4"]
        {
            assert_eq!(host_fault(host.as_bytes()), None, "{host}");
        }
        for (host, at) in [
            ("a%zz", 1),
            ("a%2", 1),
            ("a:x", 2),
            ("u@a", 1),
            ("a b", 1),
            ("[::1", 0),
            ("[zz]", 1),
            ("[::1]x", 5),
            ("::1", 1),
            ("[v.a]", 1),
            ("[fe80::1%25]", 1),
        ] {
            assert_eq!(host_fault(host.as_bytes()), Some(at), "{host}");
        }
    }

    #[test]
    fn targets_have_the_form_of_their_method() {
        for (method, target) in [
            ("GET", "/"),
            ("GET", "//x"),
            ("OPTIONS", "*"),
            ("CONNECT", "a:80"),
            ("GET", "http://a"),
            ("GET", "http://u:p@a:80/x"),
            ("GET", "https://[::1]?x"),
            ("GET", "ftp://a/"),
        ] {
            assert_eq!(target_fault(method.as_bytes(), target.as_bytes()), None, "{method} {target}");
        }
        for (target, at) in
            [("*", 0), ("?a", 0), ("\\", 0), ("a:80", 0), ("http:///x", 7), ("http://[::1/x", 7), ("://a", 0)]
        {
            let found = target_fault(b"GET", target.as_bytes()).map(|(at, _)| at);
            assert_eq!(found, Some(at), "{target}");
        }
    }

    #[test]
    fn what_no_uri_has_is_found() {
        assert_eq!(uri_fault(b"/a?b=%20#c"), None);
        assert_eq!(uri_fault(b"/sub?x=\""), Some(7));
        assert_eq!(uri_fault(b"/<>"), Some(1));
        assert_eq!(uri_fault(b"/%zz"), Some(1));
        assert_eq!(uri_fault(b"/\xff"), Some(1));
    }
}
