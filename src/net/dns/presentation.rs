//! Names, types and record data as text: the presentation format of master files (RFC 1035 section 5.1, RFC 3597 section 5).
//!
//! What a peer sent is escaped here as that format asks; how it is laid out for people is decided elsewhere.

use std::fmt::Write as _;

use hickory_proto::op::ResponseCode;
use hickory_proto::rr::rdata::svcb::{SVCB, SvcParamKey, SvcParamValue};
use hickory_proto::rr::rdata::{CAA, NAPTR, SOA};
use hickory_proto::rr::{DNSClass, Name, RData, RecordType};
use hickory_proto::serialize::binary::{BinDecodable as _, BinDecoder};

/// Types with a registered mnemonic that the library does not name (IANA, Resource Record TYPEs).
pub(super) const MORE_TYPES: [(u16, &str); 27] = [
    (14, "MINFO"),
    (17, "RP"),
    (18, "AFSDB"),
    (19, "X25"),
    (20, "ISDN"),
    (21, "RT"),
    (26, "PX"),
    (27, "GPOS"),
    (29, "LOC"),
    (36, "KX"),
    (42, "APL"),
    (45, "IPSECKEY"),
    (49, "DHCID"),
    (55, "HIP"),
    (56, "NINFO"),
    (57, "RKEY"),
    (58, "TALINK"),
    (63, "ZONEMD"),
    (99, "SPF"),
    (104, "NID"),
    (105, "L32"),
    (106, "L64"),
    (107, "LP"),
    (108, "EUI48"),
    (109, "EUI64"),
    (256, "URI"),
    (258, "AVC"),
];

/// A name with its final dot; octets that mean something to the format are escaped with a backslash, those outside printable
/// ASCII as `\DDD`, three decimal digits (RFC 1035 section 5.1).
pub fn name(name: &Name) -> String {
    let mut text = String::with_capacity(name.len() + 1);
    for label in name.iter() {
        for octet in label {
            match octet {
                b'"' | b'$' | b'(' | b')' | b'.' | b';' | b'@' | b'\\' => {
                    text.push('\\');
                    text.push(char::from(*octet));
                }
                0x21..=0x7e => text.push(char::from(*octet)),
                _ => text.push_str(&format!("\\{octet:03}")),
            }
        }
        text.push('.');
    }
    if text.is_empty() {
        text.push('.');
    }
    text
}

/// A type's mnemonic, or `TYPEnnn` (RFC 3597 section 5).
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of types, which grows")]
pub fn record_type(record_type: RecordType) -> String {
    let number = u16::from(record_type);
    if let Some((_, mnemonic)) = MORE_TYPES.iter().find(|(code, _)| *code == number) {
        return (*mnemonic).to_owned();
    }
    match record_type {
        // The library's number for ANAME is not assigned.
        RecordType::Unknown(_) | RecordType::ZERO | RecordType::ANAME => format!("TYPE{number}"),
        known => known.to_string(),
    }
}

/// A class's mnemonic, or `CLASSnnn` (RFC 3597 section 5).
#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of classes, which grows")]
pub fn class(class: DNSClass) -> String {
    match class {
        DNSClass::OPT(number) | DNSClass::Unknown(number) => format!("CLASS{number}"),
        known => known.to_string(),
    }
}

/// A response code's mnemonic (RFC 6895 section 2.3), or `RCODEnnn`.
pub fn rcode(code: ResponseCode) -> String {
    let mnemonic = match u16::from(code) {
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
        16 => "BADVERS",
        17 => "BADKEY",
        18 => "BADTIME",
        19 => "BADMODE",
        20 => "BADNAME",
        21 => "BADALG",
        22 => "BADTRUNC",
        23 => "BADCOOKIE",
        other => return format!("RCODE{other}"),
    };
    mnemonic.to_owned()
}

/// The data of a record.
pub fn data(data: &RData) -> String {
    #[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of types, which grows")]
    match data {
        RData::CNAME(target) => name(target),
        RData::NS(target) => name(target),
        RData::PTR(target) => name(target),
        RData::ANAME(target) => name(target),
        RData::MX(mx) => format!("{} {}", mx.preference, name(&mx.exchange)),
        RData::SRV(srv) => format!("{} {} {} {}", srv.priority, srv.weight, srv.port, name(&srv.target)),
        RData::SOA(data) => soa(data),
        RData::TXT(txt) => quoted_all(&txt.txt_data),
        RData::HINFO(hinfo) => quoted_all(&[hinfo.cpu.clone(), hinfo.os.clone()]),
        RData::CAA(data) => caa(data),
        RData::NAPTR(data) => naptr(data),
        RData::SVCB(data) => svcb(data),
        RData::HTTPS(data) => svcb(&data.0),
        RData::NULL(null) => unknown(&null.anything),
        RData::Unknown { code: RecordType::DNAME, rdata } => dname(&rdata.anything),
        RData::Unknown { rdata, .. } => unknown(&rdata.anything),
        // Neither is data of an answer: the library keeps both out of the sections.
        RData::OPT(_) | RData::Update0(_) => unknown(&[]),
        other => other.to_string(),
    }
}

fn soa(soa: &SOA) -> String {
    let SOA { serial, refresh, retry, expire, minimum, .. } = soa;
    // The intervals are unsigned on the wire.
    let [refresh, retry, expire] = [refresh, retry, expire].map(|value| value.cast_unsigned());
    format!("{} {} {serial} {refresh} {retry} {expire} {minimum}", name(&soa.mname), name(&soa.rname))
}

fn caa(caa: &CAA) -> String {
    format!("{} {} {}", caa.flags(), caa.tag, quoted(&caa.value))
}

fn naptr(naptr: &NAPTR) -> String {
    format!(
        "{} {} {} {} {} {}",
        naptr.order,
        naptr.preference,
        quoted(&naptr.flags),
        quoted(&naptr.services),
        quoted(&naptr.regexp),
        name(&naptr.replacement)
    )
}

/// RFC 9460 section 2.1.
fn svcb(svcb: &SVCB) -> String {
    let mut text = format!("{} {}", svcb.svc_priority, name(&svcb.target_name));
    for (key, value) in &svcb.svc_params {
        text.push(' ');
        text.push_str(&param_key(*key));
        if let Some(value) = param_value(value) {
            text.push('=');
            text.push_str(&value);
        }
    }
    text
}

#[expect(clippy::wildcard_enum_match_arm, reason = "the library's list of keys, which grows")]
fn param_key(key: SvcParamKey) -> String {
    match key {
        SvcParamKey::Key(number) | SvcParamKey::Unknown(number) => format!("key{number}"),
        known => known.to_string(),
    }
}

fn param_value(value: &SvcParamValue) -> Option<String> {
    Some(match value {
        SvcParamValue::Mandatory(keys) => joined(keys.0.iter().map(|key| param_key(*key))),
        SvcParamValue::Alpn(ids) => quoted(joined(ids.0.iter().cloned()).as_bytes()),
        SvcParamValue::NoDefaultAlpn => return None,
        SvcParamValue::Port(port) => port.to_string(),
        SvcParamValue::Ipv4Hint(hints) => joined(hints.0.iter().map(ToString::to_string)),
        SvcParamValue::Ipv6Hint(hints) => joined(hints.0.iter().map(ToString::to_string)),
        SvcParamValue::EchConfigList(list) => {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.encode(&list.0)
        }
        SvcParamValue::Unknown(octets) => quoted(&octets.0),
    })
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(",")
}

fn quoted_all(strings: &[Box<[u8]>]) -> String {
    strings.iter().map(|string| quoted(string)).collect::<Vec<_>>().join(" ")
}

/// A character-string in quotes.
fn quoted(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() + 2);
    text.push('"');
    for octet in octets {
        match octet {
            b'"' | b'\\' => {
                text.push('\\');
                text.push(char::from(*octet));
            }
            0x20..=0x7e => text.push(char::from(*octet)),
            _ => text.push_str(&format!("\\{octet:03}")),
        }
    }
    text.push('"');
    text
}

/// A name that is never compressed (RFC 6672 section 2.5).
fn dname(octets: &[u8]) -> String {
    dname_target(octets).map_or_else(|| unknown(octets), |target| name(&target))
}

/// Where a DNAME record leads, where its data is one name and nothing else.
pub(super) fn dname_target(octets: &[u8]) -> Option<Name> {
    let mut decoder = BinDecoder::new(octets);
    let target = Name::read(&mut decoder).ok()?;
    decoder.is_empty().then_some(target)
}

/// Any data at all (RFC 3597 section 5).
fn unknown(octets: &[u8]) -> String {
    let mut text = format!("\\# {}", octets.len());
    if !octets.is_empty() {
        text.push(' ');
    }
    for octet in octets {
        // Writing to a String cannot fail.
        let _ = write!(text, "{octet:02X}");
    }
    text
}

#[cfg(test)]
mod tests {
    use hickory_proto::rr::rdata::{NULL, TXT};

    use super::*;

    #[test]
    fn names_are_escaped_in_decimal() {
        let labels: [&[u8]; 2] = [b"a.b\x00\xff\\", b"Test"];
        let odd = Name::from_labels(labels).unwrap();
        assert_eq!(name(&odd), r"a\.b\000\255\\.Test.");
        assert_eq!(name(&Name::root()), ".");
    }

    #[test]
    fn types_and_classes_without_a_mnemonic_are_numbers() {
        assert_eq!(record_type(RecordType::from(65280)), "TYPE65280");
        assert_eq!(record_type(RecordType::from(29)), "LOC");
        assert_eq!(record_type(RecordType::AAAA), "AAAA");
        assert_eq!(class(DNSClass::IN), "IN");
        assert_eq!(class(DNSClass::from(4711)), "CLASS4711");
        assert_eq!(rcode(ResponseCode::from(1, 0)), "BADVERS");
        assert_eq!(rcode(ResponseCode::from(6, 4)), "RCODE100");
    }

    #[test]
    fn text_is_quoted_string_by_string() {
        let txt = TXT::from_bytes(vec![b"a \"b\"", b"", b"\x1b[2J\\"]);
        assert_eq!(data(&RData::TXT(txt)), r#""a \"b\"" "" "\027[2J\\""#);
    }

    #[test]
    fn unknown_data_is_hexadecimal_and_a_dname_is_a_name() {
        let raw = |code: u16, octets: &[u8]| RData::Unknown {
            code: RecordType::from(code),
            rdata: NULL::with(octets.to_vec()),
        };
        assert_eq!(data(&raw(65280, &[10, 0, 0xab])), r"\# 3 0A00AB");
        assert_eq!(data(&raw(39, b"\x04test\x00")), "test.");
        assert_eq!(data(&raw(39, b"\x04test")), r"\# 5 0474657374");
    }
}
