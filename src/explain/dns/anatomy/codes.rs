//! The numbers of DNS and their names (IANA, Domain Name System (DNS) Parameters), as far as a learner meets them.

pub(super) const OPT: u16 = 41;

/// The mnemonic of a record type, or `TYPEnnn` (RFC 3597 section 5).
pub(super) fn record_type(code: u16) -> String {
    let name = match code {
        1 => "A",
        2 => "NS",
        5 => "CNAME",
        6 => "SOA",
        12 => "PTR",
        13 => "HINFO",
        15 => "MX",
        16 => "TXT",
        28 => "AAAA",
        29 => "LOC",
        33 => "SRV",
        35 => "NAPTR",
        39 => "DNAME",
        OPT => "OPT",
        43 => "DS",
        44 => "SSHFP",
        46 => "RRSIG",
        47 => "NSEC",
        48 => "DNSKEY",
        50 => "NSEC3",
        51 => "NSEC3PARAM",
        52 => "TLSA",
        64 => "SVCB",
        65 => "HTTPS",
        99 => "SPF",
        251 => "IXFR",
        252 => "AXFR",
        255 => "ANY",
        256 => "URI",
        257 => "CAA",
        _ => return format!("TYPE{code}"),
    };
    name.to_owned()
}

/// What a record of this type tells.
pub(super) fn type_means(code: u16) -> &'static str {
    match code {
        1 => "an IPv4 address",
        2 => "a name server of the zone",
        5 => "an alias: another name",
        6 => "where a zone begins, and its numbers",
        12 => "a name, as a rule of an address",
        15 => "where mail goes",
        16 => "text",
        28 => "an IPv6 address",
        33 => "host and port of a service",
        OPT => "EDNS: no record of a name",
        64 | 65 => "how to reach a service",
        255 => "whatever the server likes to give",
        257 => "who may issue certificates",
        _ => "",
    }
}

pub(super) fn class(code: u16) -> String {
    match code {
        1 => "IN".to_owned(),
        3 => "CH".to_owned(),
        4 => "HS".to_owned(),
        254 => "NONE".to_owned(),
        255 => "ANY".to_owned(),
        _ => format!("CLASS{code}"),
    }
}

pub(super) fn class_means(code: u16) -> &'static str {
    if code == 1 { "the internet" } else { "" }
}

pub(super) fn opcode(code: u16) -> &'static str {
    match code {
        0 => "QUERY",
        1 => "IQUERY",
        2 => "STATUS",
        4 => "NOTIFY",
        5 => "UPDATE",
        6 => "DSO",
        _ => "unassigned",
    }
}

/// The mnemonic of a response code, the upper bits of EDNS included.
pub(super) fn rcode(code: u16) -> &'static str {
    match code {
        0 => "NOERROR",
        1 => "FORMERR",
        2 => "SERVFAIL",
        3 => "NXDOMAIN",
        4 => "NOTIMP",
        5 => "REFUSED",
        6 => "YXDOMAIN",
        7 => "YXRRSET",
        8 => "NXRRSET",
        9 => "NOTAUTH",
        10 => "NOTZONE",
        11 => "DSOTYPENI",
        16 => "BADVERS",
        23 => "BADCOOKIE",
        _ => "unassigned",
    }
}

pub(super) fn rcode_means(code: u16) -> &'static str {
    match code {
        0 => "no error",
        1 => "the server cannot read the question",
        2 => "the server failed",
        3 => "there is no such name",
        4 => "the server does not do this",
        5 => "the server will not answer this",
        _ => "",
    }
}

/// An option of EDNS.
pub(super) fn option(code: u16) -> (&'static str, &'static str) {
    match code {
        3 => ("NSID", "the server's own name for itself"),
        8 => ("ECS", "a part of the asker's address"),
        9 => ("EXPIRE", "for copies of a zone"),
        10 => ("COOKIE", "makes forged answers harder"),
        11 => ("TCP keepalive", "how long the connection may idle"),
        12 => ("padding", "hides the length"),
        15 => ("EDE", "more about an error"),
        _ => ("", ""),
    }
}

/// A parameter of an SVCB or HTTPS record (RFC 9460 section 14.3.2).
pub(super) fn parameter(code: u16) -> &'static str {
    match code {
        0 => "mandatory",
        1 => "alpn",
        2 => "no-default-alpn",
        3 => "port",
        4 => "ipv4hint",
        5 => "ech",
        6 => "ipv6hint",
        _ => "",
    }
}
