//! What to ask of DNS: names and record types as people write them.
//!
//! It asks nobody. Case is kept, and no domain is appended to a short name.

use std::net::IpAddr;

use hickory_proto::rr::{Name, RecordType};
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};

use super::presentation;
use crate::event::dns::{self, Encoding, NameEncoded};

/// Octets of a label at most (RFC 1035 section 2.3.4).
const LONGEST_LABEL: usize = 63;
/// Octets of a name at most, each label with its length octet and the final empty one (RFC 1035 section 2.3.4).
const LONGEST_NAME: usize = 255;

/// Mnemonics that the library knows and that can be asked for.
const LIBRARY_TYPES: [RecordType; 31] = [
    RecordType::A,
    RecordType::AAAA,
    RecordType::ANY,
    RecordType::CAA,
    RecordType::CDNSKEY,
    RecordType::CDS,
    RecordType::CERT,
    RecordType::CNAME,
    RecordType::CSYNC,
    RecordType::DNAME,
    RecordType::DNSKEY,
    RecordType::DS,
    RecordType::HINFO,
    RecordType::HTTPS,
    RecordType::KEY,
    RecordType::MX,
    RecordType::NAPTR,
    RecordType::NS,
    RecordType::NSEC,
    RecordType::NSEC3,
    RecordType::NSEC3PARAM,
    RecordType::OPENPGPKEY,
    RecordType::PTR,
    RecordType::RRSIG,
    RecordType::SMIMEA,
    RecordType::SOA,
    RecordType::SRV,
    RecordType::SSHFP,
    RecordType::SVCB,
    RecordType::TLSA,
    RecordType::TXT,
];

/// A question that can be put on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Absolute.
    pub name: Name,
    pub record_type: RecordType,
    /// Where another name is asked for than was typed.
    pub encoded: Option<NameEncoded>,
}

impl Question {
    /// `name` as typed; letters beyond ASCII become A-labels (IDNA), `\.` and `\DDD` stand for octets as in a master file
    /// (RFC 1035 section 5.1).
    ///
    /// # Errors
    /// Which label is empty or over-long (63 octets, the whole 255: RFC 1035 section 2.3.4) or no label at all.
    pub fn new(name: &str, record_type: RecordType) -> Result<Question, String> {
        if name.is_ascii() {
            return Ok(Question { name: parse(name)?, record_type, encoded: None });
        }
        let asked = parse(&a_labels(name)?)?;
        let encoded =
            NameEncoded { name: name.to_owned(), asked: presentation::name(&asked), why: Encoding::Idna };
        Ok(Question { name: asked, record_type, encoded: Some(encoded) })
    }

    /// The reverse name of an address (RFC 1035 section 3.5, RFC 3596 section 2.5), asked for PTR.
    pub fn reverse(address: IpAddr) -> Question {
        let mut name = Name::from(address);
        name.set_fqdn(true);
        let encoded = NameEncoded {
            name: address.to_string(),
            asked: presentation::name(&name),
            why: Encoding::Reverse,
        };
        Question { name, record_type: RecordType::PTR, encoded: Some(encoded) }
    }

    /// The same name, another type.
    #[must_use]
    pub fn with_type(&self, record_type: RecordType) -> Question {
        Question { record_type, ..self.clone() }
    }

    /// The facts for events.
    pub fn facts(&self) -> dns::Question {
        dns::Question {
            name: presentation::name(&self.name),
            record_type: presentation::record_type(self.record_type),
            class: "IN".to_owned(),
        }
    }
}

/// `A`, `aaaa`, `TYPE65`, ...
///
/// # Errors
/// What is no type, and the nearest that are.
pub fn record_type(text: &str) -> Result<RecordType, String> {
    let upper = text.to_ascii_uppercase();
    let digits = upper.strip_prefix("TYPE").filter(|rest| rest.bytes().all(|octet| octet.is_ascii_digit()));
    if let Some(Ok(number)) = digits.map(str::parse::<u16>) {
        return askable(text, RecordType::from(number));
    }
    if matches!(upper.as_str(), "AXFR" | "IXFR" | "OPT" | "TSIG" | "TKEY") {
        return Err(not_askable(text));
    }
    match mnemonics().find(|(_, mnemonic)| *mnemonic == upper) {
        Some((found, _)) => Ok(found),
        None => Err(unknown(text, &upper)),
    }
}

/// Every mnemonic that can be asked for.
fn mnemonics() -> impl Iterator<Item = (RecordType, String)> {
    let more = presentation::MORE_TYPES.iter().map(|(number, _)| RecordType::from(*number));
    LIBRARY_TYPES.into_iter().chain(more).map(|found| (found, presentation::record_type(found)))
}

/// Refuses what is never data of a name: EDNS and signatures of messages, and the transfer of a zone.
fn askable(text: &str, found: RecordType) -> Result<RecordType, String> {
    match u16::from(found) {
        0 | 41 | 249..=252 => Err(not_askable(text)),
        _ => Ok(found),
    }
}

fn not_askable(text: &str) -> String {
    format!("{text} is no type of record that can be asked for here")
}

fn unknown(text: &str, upper: &str) -> String {
    let text = if text.is_empty() { "\"\"" } else { text };
    let mut near: Vec<(usize, String)> = mnemonics()
        .map(|(_, mnemonic)| (strsim::damerau_levenshtein(upper, &mnemonic), mnemonic))
        .filter(|(distance, mnemonic)| *distance <= 2 && *distance < mnemonic.len().min(upper.len()))
        .collect();
    near.sort();
    near.truncate(3);
    let near: Vec<String> = near.into_iter().map(|(_, mnemonic)| mnemonic).collect();
    if near.is_empty() {
        format!("{text} is no record type (A, AAAA, CNAME, MX, NS, SOA, TXT and others are)")
    } else {
        format!("{text} is no record type; near it: {}", near.join(", "))
    }
}

/// The name with each label beyond ASCII in its ASCII form (RFC 5890 section 2.3.2.1, by the rules of UTS 46).
fn a_labels(name: &str) -> Result<String, String> {
    let ascii = |text: &str| {
        Uts46::new()
            .to_ascii(text.as_bytes(), AsciiDenyList::EMPTY, Hyphens::Allow, DnsLength::Ignore)
            .map(std::borrow::Cow::into_owned)
    };
    ascii(name).map_err(|_| {
        let labels = name.split(['.', '\u{3002}', '\u{ff0e}', '\u{ff61}']);
        let label = labels.into_iter().find(|label| ascii(label).is_err()).unwrap_or(name);
        format!("the label \"{label}\" cannot be written in ASCII for DNS (IDNA)")
    })
}

/// An absolute name from its presentation format.
fn parse(text: &str) -> Result<Name, String> {
    if text.is_empty() {
        return Err("the name is empty (the root's name is .)".to_owned());
    }
    if text == "." {
        return Ok(Name::root());
    }
    let mut labels = labels(text)?;
    if labels.last().is_some_and(Vec::is_empty) {
        labels.pop();
    }
    if let Some(place) = labels.iter().position(Vec::is_empty) {
        return Err(format!("label {} of \"{text}\" is empty: a dot stands where a label should", place + 1));
    }
    if let Some(label) = labels.iter().find(|label| label.len() > LONGEST_LABEL) {
        let (len, shown) = (label.len(), String::from_utf8_lossy(label));
        return Err(format!("the label \"{shown}\" has {len} octets; a label has at most {LONGEST_LABEL}"));
    }
    let len = labels.iter().map(|label| label.len() + 1).sum::<usize>() + 1;
    if len > LONGEST_NAME {
        return Err(format!(
            "the name has {len} octets as DNS counts them (a length octet for each label); it has at most {LONGEST_NAME}"
        ));
    }
    // What can fail was checked above.
    let labels = labels.iter().map(Vec::as_slice);
    let mut name = Name::from_labels(labels).map_err(|error| format!("\"{text}\" is no name: {error}"))?;
    name.set_fqdn(true);
    Ok(name)
}

/// The octets between the dots.
fn labels(text: &str) -> Result<Vec<Vec<u8>>, String> {
    let mut labels = vec![Vec::new()];
    let mut octets = text.bytes();
    while let Some(octet) = octets.next() {
        if octet == b'.' {
            labels.push(Vec::new());
            continue;
        }
        let octet = if octet == b'\\' {
            escaped(&mut octets).ok_or_else(|| {
                format!("\"{text}\" has a backslash before neither a character nor three digits up to 255")
            })?
        } else {
            octet
        };
        if let Some(label) = labels.last_mut() {
            label.push(octet);
        }
    }
    Ok(labels)
}

/// What follows a backslash: `\DDD` in decimal, or the character itself.
fn escaped(octets: &mut std::str::Bytes<'_>) -> Option<u8> {
    let first = octets.next()?;
    if !first.is_ascii_digit() {
        return Some(first);
    }
    let mut number = u16::from(first - b'0');
    for _ in 0..2 {
        let digit = octets.next().filter(u8::is_ascii_digit)?;
        number = number * 10 + u16::from(digit - b'0');
    }
    u8::try_from(number).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(name: &str) -> Result<String, String> {
        Question::new(name, RecordType::A).map(|question| question.facts().name)
    }

    #[test]
    fn names_become_absolute_and_keep_their_case() {
        assert_eq!(asked("Shop.Test").unwrap(), "Shop.Test.");
        assert_eq!(asked("shop.test.").unwrap(), "shop.test.");
        assert_eq!(asked("_sip._tcp.example").unwrap(), "_sip._tcp.example.");
        assert_eq!(asked("*.shop.test").unwrap(), "*.shop.test.");
        assert_eq!(asked(".").unwrap(), ".");
        assert_eq!(asked(r"a\.b.c\000").unwrap(), r"a\.b.c\000.");
    }

    #[test]
    fn labels_that_cannot_be_are_named() {
        assert!(asked("").unwrap_err().contains("the name is empty"));
        assert!(asked("a..b").unwrap_err().contains("label 2 of \"a..b\" is empty"));
        assert!(asked(".a").unwrap_err().contains("label 1"));
        assert!(asked("..").unwrap_err().contains("label 1"));
        let long = "x".repeat(64);
        assert!(asked(&format!("a.{long}.b")).unwrap_err().contains(&format!("\"{long}\" has 64 octets")));
        assert!(asked(&"x".repeat(63)).is_ok());
        // 4 labels of 63 and their length octets are 256 with the final one.
        let label = "x".repeat(63);
        let whole = [label.as_str(); 4].join(".");
        assert!(asked(&whole).unwrap_err().contains("257 octets"), "{:?}", asked(&whole));
        let fits = format!("{}.{}", [label.as_str(); 3].join("."), "x".repeat(61));
        assert!(asked(&fits).is_ok());
        assert!(asked(r"a\2").unwrap_err().contains("backslash"));
        assert!(asked(r"a\256").is_err());
        assert!(asked(r"a\").is_err());
    }

    #[test]
    fn letters_beyond_ascii_are_asked_for_in_ascii() {
        let question = Question::new("Bücher.example", RecordType::A).unwrap();
        assert_eq!(question.facts().name, "xn--bcher-kva.example.");
        let encoded = question.encoded.unwrap();
        assert_eq!((encoded.name.as_str(), encoded.why), ("Bücher.example", Encoding::Idna));
        assert_eq!(asked("例え。テスト").unwrap(), "xn--r8jz45g.xn--zckzah.");
        assert_eq!(asked("_sip.bücher.example").unwrap(), "_sip.xn--bcher-kva.example.");
        assert!(asked("ok.\u{200b}a\u{202e}.example").unwrap_err().contains("IDNA"));
        // Too long once it is ASCII.
        assert!(asked(&"ü".repeat(64)).unwrap_err().contains("at most 63"));
    }

    #[test]
    fn addresses_are_looked_up_backwards() {
        let v4 = Question::reverse("192.0.2.1".parse().unwrap());
        assert_eq!(v4.facts().name, "1.2.0.192.in-addr.arpa.");
        let v6 = Question::reverse("2001:db8::567:89ab".parse().unwrap());
        let expected = "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.";
        assert_eq!((v6.facts().name.as_str(), v6.record_type), (expected, RecordType::PTR));
    }

    #[test]
    fn types_are_known_in_any_case_and_by_number() {
        for (text, number) in [
            ("a", 1),
            ("AAAA", 28),
            ("Https", 65),
            ("any", 255),
            ("TYPE65280", 65280),
            ("type1", 1),
            ("loc", 29),
        ] {
            assert_eq!(record_type(text).map(u16::from), Ok(number), "{text}");
        }
    }

    #[test]
    fn what_is_no_type_is_said_with_the_near_ones() {
        assert!(record_type("FOO").unwrap_err().starts_with("FOO is no record type"));
        assert!(record_type("AAA").unwrap_err().contains("AAAA"));
        assert!(record_type("CNAEM").unwrap_err().contains("near it: CNAME"));
        for text in ["TYPE65536", "TYPE", "TYPE-1", "", "TYPE1x"] {
            assert!(record_type(text).is_err(), "{text}");
        }
        for text in ["AXFR", "ixfr", "OPT", "TYPE41", "TYPE0"] {
            assert!(record_type(text).unwrap_err().contains("can be asked for"), "{text}");
        }
    }

    #[test]
    fn every_mnemonic_is_its_own_and_is_written_as_it_is_read() {
        for (found, mnemonic) in mnemonics() {
            assert_eq!(record_type(&mnemonic), Ok(found), "{mnemonic}");
        }
    }
}
