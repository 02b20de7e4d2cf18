//! The lab's answers beside BIND's for the same zones, query by query.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;
use std::time::Duration;

use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{DNSClass, Name, Record, RecordType};
use netlearn::lab::Plan;

use crate::bind::{self, Bind};
use crate::servers::{SILENCE, Serving, over_tcp, over_udp};

/// As the lab's servers, and with as little as that of what the standards leave open: no NS records beside an answer that
/// nobody asked for (the lab never sends them), no cookies (the lab has none), no transfer.
const OPTIONS: &str =
    "minimal-responses no-auth; answer-cookie no; zero-no-soa-ttl no; allow-transfer { none; };";

/// One question to both.
#[derive(Clone, Debug)]
struct Case {
    /// What kind of question it is, for the list of differences.
    kind: &'static str,
    octets: Vec<u8>,
    tcp: bool,
    said: String,
}

/// What one of them answered, in an order that says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Answered {
    header: String,
    asked: Option<(Name, RecordType)>,
    question: Vec<String>,
    answers: BTreeSet<String>,
    authority: BTreeSet<String>,
    additional: BTreeSet<String>,
    edns: Option<String>,
}

fn answered(octets: Option<Vec<u8>>) -> Option<Answered> {
    let octets = octets?;
    let message = Message::from_vec(&octets).unwrap_or_else(|error| panic!("{error}: {octets:02x?}"));
    let flags = u16::from_be_bytes([octets[2], octets[3]]);
    let records = |section: &[Record]| -> BTreeSet<String> {
        let set: BTreeSet<String> = section.iter().map(|record| record.to_string().to_lowercase()).collect();
        assert_eq!(set.len(), section.len(), "a record twice in {message}");
        set
    };
    Some(Answered {
        header: format!("id {} flags {flags:04x} {:?}", message.id, message.response_code),
        asked: message.queries.first().map(|query| (query.name().clone(), query.query_type())),
        question: message.queries.iter().map(ToString::to_string).collect(),
        answers: records(&message.answers),
        authority: records(&message.authorities),
        additional: records(&message.additionals),
        edns: message
            .edns
            .as_ref()
            .map(|edns| format!("{} {} {}", edns.version(), edns.max_payload(), edns.flags().dnssec_ok)),
    })
}

fn query(name: &str, record_type: RecordType) -> Message {
    let mut message = Message::query();
    message.metadata.id = 4711;
    message.metadata.recursion_desired = false;
    message.add_query(Query::query(Name::from_ascii(name).expect("a name"), record_type));
    message
}

fn plain(kind: &'static str, message: &Message, tcp: bool) -> Case {
    let said = message.queries.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    Case { kind, octets: message.to_vec().expect("it can be encoded"), tcp, said }
}

const TYPES: [RecordType; 14] = [
    RecordType::A,
    RecordType::AAAA,
    RecordType::NS,
    RecordType::MX,
    RecordType::TXT,
    RecordType::CNAME,
    RecordType::SOA,
    RecordType::ANY,
    RecordType::HTTPS,
    RecordType::SRV,
    RecordType::CAA,
    RecordType::PTR,
    RecordType::DS,
    RecordType::Unknown(65280),
];

/// Every name that stands in a server's zones, and beside, below and above each.
fn names(zones: &[(&str, &str)]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (origin, text) in zones {
        let origin_name = Name::from_ascii(origin).expect("an origin");
        let parser = hickory_proto::serialize::txt::Parser::new(*text, None, Some(origin_name));
        let (_, sets) = parser.parse().expect("a zone");
        for set in sets.values() {
            let name = set.name();
            names.insert(name.to_ascii());
            names.insert(name.base_name().to_ascii());
            for label in ["nope", "*", "a.b", "NoPe", "ns"] {
                let below = Name::from_ascii(label).expect("labels").append_domain(name);
                names.extend(below.map(|name| name.to_ascii()));
            }
            names.insert(name.to_ascii().to_uppercase());
        }
    }
    names.extend(["elsewhere.invalid.".to_owned(), ".".to_owned()]);
    names
}

/// Questions for dnsperf, and the same as messages: every name of the zones and around them, with the commoner types.
pub(crate) fn questions(zones: &[(&str, &str)]) -> (String, Vec<Vec<u8>>) {
    let mut list = String::new();
    let mut messages = Vec::new();
    for name in names(zones) {
        for record_type in [RecordType::A, RecordType::AAAA, RecordType::MX, RecordType::NS] {
            list.push_str(&format!("{name} {record_type}\n"));
            messages.push(query(&name, record_type).to_vec().expect("it can be encoded"));
        }
    }
    (list, messages)
}

fn cases(zones: &[(&str, &str)]) -> Vec<Case> {
    let mut cases = Vec::new();
    for name in names(zones) {
        for record_type in TYPES {
            cases.push(plain("plain", &query(&name, record_type), false));
        }
        for (payload, record_type) in
            [(512, RecordType::A), (1232, RecordType::TXT), (4096, RecordType::NS), (0, RecordType::ANY)]
        {
            let mut message = query(&name, record_type);
            edns(&mut message, payload, false);
            cases.push(plain("edns", &message, false));
        }
        let mut message = query(&name, RecordType::A);
        message.metadata.recursion_desired = true;
        cases.push(plain("rd", &message, false));
        cases.push(plain("tcp", &query(&name, RecordType::ANY), true));
    }
    cases.extend(odd(zones[0].0));
    cases
}

fn edns(message: &mut Message, payload: u16, dnssec_ok: bool) {
    let mut edns = hickory_proto::op::Edns::new();
    edns.set_max_payload(payload).set_dnssec_ok(dnssec_ok).set_version(0);
    message.edns = Some(edns);
}

/// What a server is asked that is no everyday question.
fn odd(origin: &str) -> Vec<Case> {
    let mut cases = Vec::new();
    let soa = query(origin, RecordType::SOA);
    let raw = |kind, octets: Vec<u8>, said: String| Case { kind, octets, tcp: false, said };
    for opcode in 1..16_u8 {
        let mut octets = soa.to_vec().expect("encoded");
        octets[2] |= opcode << 3;
        let kind = match opcode {
            4 => "notify",
            5 => "update",
            _ => "opcode",
        };
        cases.push(raw(kind, octets, format!("opcode {opcode}")));
    }
    for record_type in [0, 41, 249, 250, 251, 252, 253, 254] {
        cases.push(plain("meta type", &query(origin, RecordType::from(record_type)), false));
        cases.push(plain("meta type", &query(origin, RecordType::from(record_type)), true));
    }
    for class in [DNSClass::CH, DNSClass::HS, DNSClass::NONE, DNSClass::ANY, DNSClass::Unknown(4000)] {
        let mut message = query(origin, RecordType::TXT);
        message.queries[0].set_query_class(class);
        cases.push(plain("class", &message, false));
    }
    let mut flags = soa.clone();
    flags.metadata.checking_disabled = true;
    flags.metadata.authentic_data = true;
    flags.metadata.recursion_available = true;
    flags.metadata.authoritative = true;
    flags.metadata.truncation = true;
    cases.push(plain("flags", &flags, false));
    let mut dnssec_ok = soa.clone();
    edns(&mut dnssec_ok, 1232, true);
    cases.push(plain("dnssec ok", &dnssec_ok, false));
    let mut version = soa.clone();
    edns(&mut version, 1232, false);
    version.edns.as_mut().expect("edns").set_version(1);
    cases.push(plain("edns version", &version, false));
    cases.extend(broken(&soa));
    cases
}

/// What is no question, or only nearly one.
fn broken(soa: &Message) -> Vec<Case> {
    let raw = |kind, octets: Vec<u8>, said: String| Case { kind, octets, tcp: false, said };
    let whole = soa.to_vec().expect("encoded");
    let mut cases = Vec::new();
    for len in 0..whole.len() {
        cases.push(raw("cut short", whole[..len].to_vec(), format!("the first {len} octets")));
    }
    let mut trailing = whole.clone();
    trailing.push(0);
    cases.push(raw("trailing", trailing, "an octet too much".into()));
    let mut reply = whole.clone();
    reply[2] |= 0x80;
    cases.push(raw("reply", reply, "QR set".into()));
    let mut none = whole[..12].to_vec();
    none[5] = 0;
    cases.push(raw("no question", none, "no question".into()));
    let mut two = soa.clone();
    two.add_query(soa.queries[0].clone());
    cases.push(plain("two questions", &two, false));
    let mut label = whole.clone();
    label[12] = 0xff;
    cases.push(raw("bad name", label, "a pointer forward".into()));
    cases
}

/// A difference that may be, and why.
struct Allowed {
    reason: &'static str,
    /// Given both answers, and BIND itself for a further question.
    fits: fn(&Case, &Answered, &Answered, &Bind) -> bool,
}

const ALLOWED: [Allowed; 6] = [
    Allowed {
        reason: "opcode NOTIFY: BIND takes it for a zone it serves; the lab has no other copies of zones, and says NOTIMP",
        fits: |case, ours, theirs, _| case.kind == "notify" && codes(ours, theirs, "NotImp", "NoError"),
    },
    Allowed {
        reason: "opcode UPDATE: BIND knows it and refuses it; the lab does not implement it, and says NOTIMP",
        fits: |case, ours, theirs, _| case.kind == "update" && codes(ours, theirs, "NotImp", "Refused"),
    },
    Allowed {
        reason: "TC: what else stands in a message that is cut off says nothing (RFC 2181 section 9); BIND puts in as many records \
                 of a set as fit, the lab whole sets only",
        fits: |_, ours, theirs, _| {
            ours.header.contains("flags 86")
                && *ours == Answered { answers: ours.answers.clone(), ..theirs.clone() }
        },
    },
    Allowed {
        reason: "NS of the root: BIND never adds the servers' addresses, whatever minimal-responses says; the lab does (RFC 1034 \
                 section 4.3.2, step 6), and a resolver that begins needs them (RFC 8109 section 4.2)",
        fits: |case, ours, theirs, _| {
            let with = Answered { additional: ours.additional.clone(), ..theirs.clone() };
            case.said.starts_with(". ") && theirs.additional.is_empty() && *ours == with
        },
    },
    Allowed {
        reason: "an address from another zone of the same server: BIND adds only what the zone of the question has; the lab looks \
                 in all its zones (RFC 1034 section 4.3.2, step 6)",
        fits: |_, ours, theirs, bind| {
            let more: Vec<&String> = ours.additional.difference(&theirs.additional).collect();
            let with = Answered { additional: ours.additional.clone(), ..theirs.clone() };
            !more.is_empty() && *ours == with && more.into_iter().all(|record| says(bind, record))
        },
    },
    Allowed {
        reason: "an alias into another zone of the same server: BIND stops at the edge of the zone; the lab goes back to step 1 \
                 with all its zones (RFC 1034 section 4.3.2, step 3a)",
        fits: |_, ours, theirs, bind| {
            let Some((target, record_type)) = unfollowed(theirs) else { return false };
            let Some(rest) = answered(over_udp(
                bind.address,
                &plain("", &query(&target, record_type), false).octets,
                SILENCE,
            )) else {
                return false;
            };
            let code = |a: &Answered| a.header.rsplit(' ').next().map(str::to_owned);
            code(ours) == code(&rest)
                && ours.answers == &theirs.answers | &rest.answers
                && ours.authority == rest.authority
                && ours.question == theirs.question
                && ours.edns == theirs.edns
        },
    },
];

fn codes(ours: &Answered, theirs: &Answered, our: &str, their: &str) -> bool {
    ours.header.ends_with(our)
        && theirs.header.ends_with(their)
        && ours.answers.is_empty()
        && theirs.answers.is_empty()
}

/// Whether BIND, asked for exactly this record, has it.
fn says(bind: &Bind, record: &str) -> bool {
    let mut words = record.split(' ');
    let (Some(name), Some(record_type)) = (words.next(), words.nth(2)) else { return false };
    let record_type = record_type.to_uppercase().parse().expect("a type");
    let asked = plain("", &query(name, record_type), false);
    answered(over_udp(bind.address, &asked.octets, SILENCE)).is_some_and(|a| a.answers.contains(record))
}

/// The last alias of an answer, and the type that was asked for.
fn unfollowed(answered: &Answered) -> Option<(String, RecordType)> {
    let target = |record: &String| record.split_once(" in cname ").map(|(_, target)| target.to_owned());
    let owner = |record: &String| record.split(' ').next().map(str::to_owned);
    let owners: Vec<String> = answered.answers.iter().filter_map(owner).collect();
    let last = answered.answers.iter().filter_map(target).find(|target| !owners.contains(target))?;
    let (_, record_type) = answered.asked.as_ref()?;
    Some((last, *record_type))
}

#[test]
#[ignore = "needs named"]
fn the_labs_answers_are_binds() {
    let plan = Plan::standard();
    let folder = tempfile::tempdir().expect("a folder");
    plan.export(folder.path()).expect("exported");
    let mut compared = 0;
    let mut used = vec![0; ALLOWED.len()];
    let mut wrong = Vec::new();
    for server in plan.servers.iter().filter(|server| server.fault.is_none()) {
        let texts: Vec<(String, String)> =
            server.zones.iter().map(|origin| (origin.clone(), exported(folder.path(), origin))).collect();
        let zones: Vec<(&str, &str)> =
            texts.iter().map(|(origin, text)| (origin.as_str(), text.as_str())).collect();
        let theirs = Bind::start_all(&[bind::Plan {
            address: Ipv4Addr::LOCALHOST.into(),
            zones: &zones,
            options: OPTIONS,
        }]);
        let ours = Serving::start(&plan, server);
        for case in cases(&zones) {
            compared += 1;
            let ask = |at, patience| {
                answered(match case.tcp {
                    true => over_tcp(at, &case.octets),
                    false => over_udp(at, &case.octets, patience),
                })
            };
            let short = silent(&case);
            let patience = if short { Duration::from_millis(100) } else { SILENCE };
            let (mut our, mut their) = (ask(ours.address, patience), ask(theirs[0].address, patience));
            // Some of these are answered after all: where one of the two gave nothing, it may have been slow.
            match (&our, &their) {
                (None, Some(_)) if short => our = ask(ours.address, SILENCE),
                (Some(_), None) if short => their = ask(theirs[0].address, SILENCE),
                _ => {}
            }
            if our == their {
                continue;
            }
            let reason = our.as_ref().zip(their.as_ref()).and_then(|(our, their)| {
                ALLOWED.iter().position(|allowed| (allowed.fits)(&case, our, their, &theirs[0]))
            });
            match reason {
                Some(index) => used[index] += 1,
                None => {
                    wrong.push(format!("{case:?} at {}\n  ours   {our:?}\n  theirs {their:?}", server.name))
                }
            }
        }
    }
    assert!(compared > 2000, "only {compared} questions");
    let shown = wrong.iter().take(40).cloned().collect::<Vec<_>>().join("\n");
    assert!(wrong.is_empty(), "{} of {compared} differ without a reason:\n{shown}", wrong.len());
    for (allowed, count) in ALLOWED.iter().zip(used) {
        assert!(count > 0, "no longer a difference: {}", allowed.reason);
    }
}

/// To these nobody owes an answer.
fn silent(case: &Case) -> bool {
    matches!(case.kind, "cut short" | "reply")
}

pub(crate) fn exported(folder: &std::path::Path, origin: &str) -> String {
    let bare = origin.trim_end_matches('.');
    let name = if bare.is_empty() { "root" } else { bare };
    std::fs::read_to_string(folder.join(format!("{name}.zone"))).expect("an exported zone")
}
