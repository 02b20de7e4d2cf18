//! The words of questions and answers, event by event.

use super::span;
use crate::event::Event;
use crate::explain::{Explanation, Weight, explain};

fn words(side: &str, json: &str) -> Explanation {
    let envelope = format!(r#"{{"seq":1,"at":0.5,"took":5.0,"layer":"dns","side":"{side}","#);
    let event: Event = serde_json::from_str(&json.replacen('{', &envelope, 1)).unwrap();
    explain(&event)
}

fn whys(words: &Explanation) -> String {
    words.why.iter().map(|why| why.text.as_str()).collect::<Vec<_>>().join(" ")
}

const ASKED: &str = r#""name":"shop.test.","record_type":"A","class":"IN""#;

fn query(reason: &str, more: &str) -> String {
    format!(
        r#"{{"event":"query","local":"127.0.0.1:4432","peer":"127.53.0.2:5300","transport":"udp","id":35388,{ASKED},"reason":"{reason}","attempt":1,"edns_payload":1232,"len":38,"head":"","head_encoding":"utf8"{more}}}"#
    )
}

/// A reply with some of its fields said.
fn reply(meaning: &str, rcode: &str, flags: &[&str], more: &str) -> String {
    let flags: String = ["aa", "tc", "rd", "ra", "ad", "cd"]
        .iter()
        .map(|flag| format!(r#""{flag}":{},"#, flags.contains(flag)))
        .collect();
    let answers = if more.contains("\"answers\"") { "" } else { r#","answers":[]"# };
    format!(
        r#"{{"event":"reply","local":"127.0.0.1:4432","peer":"127.53.0.2:5300","transport":"udp","id":35388,{ASKED},"rcode":"{rcode}",{flags}"meaning":"{meaning}","len":75,"head":"","head_encoding":"utf8"{answers}{more}}}"#
    )
}

fn record(name: &str, kind: &str, ttl: u32, data: &str) -> String {
    format!(r#"{{"name":"{name}","record_type":"{kind}","class":"IN","ttl":{ttl},"data":"{data}"}}"#)
}

#[test]
fn a_question_says_whom_what_over_what_and_why() {
    let asked = words("client", &query("asked", r#","recursion_desired":true"#));
    assert_eq!(
        (asked.label.as_str(), asked.what.as_str()),
        ("ask", "127.53.0.2 port 5300 for A of shop.test., over UDP")
    );
    assert!(whys(&asked).starts_with("We ask it to find the answer for us (RD)"));
    assert!(asked.more[0].contains("id 35388, try 1, RD; EDNS: answers of up to 1,232 bytes"), "{asked:?}");
    let root = words("client", &query("root", r#","recursion_desired":false,"server":".""#));
    assert_eq!(root.what, "127.53.0.2 port 5300 (a root server) for A of shop.test., over UDP");
    assert!(whys(&root).contains("root server knows which servers answer for each top-level domain"));
    assert!(whys(&root).contains("no RD"));
    let mut seen = Vec::new();
    for reason in [
        "retry",
        "next_server",
        "truncated",
        "without_edns",
        "root",
        "referral",
        "name_server_address",
        "alias",
    ] {
        let words = words("client", &query(reason, r#","recursion_desired":false"#));
        assert!(!seen.contains(&words.why[0].text), "{reason}");
        seen.push(words.why[0].text.clone());
    }
}

#[test]
fn an_answer_has_its_records_with_their_time() {
    let records = format!(r#","answers":[{}]"#, record("shop.test.", "A", 60, "127.53.1.80"));
    let own = words("client", &reply("answer", "NOERROR", &["aa"], &records));
    assert_eq!(own.what, "1 record, authoritative");
    assert_eq!(own.lines[0].text, "shop.test.  A  127.53.1.80");
    assert_eq!(own.lines[0].note, "may be kept for 60 s");
    assert!(whys(&own).contains("the server holds this zone itself"));
    let told = words("client", &reply("answer", "NOERROR", &["ra"], &records));
    assert_eq!(told.what, "1 record, from its memory or by asking others");
    let cached =
        words("client", &reply("answer", "NOERROR", &["ra"], &format!(r#"{records},"from_cache":true"#)));
    assert_eq!(cached.what, "1 record, from its cache");
    let checked = words("client", &reply("answer", "NOERROR", &["ra", "ad"], &records));
    assert!(checked.more.iter().any(|text| text.starts_with("AD:")));
}

#[test]
fn a_referral_names_servers_and_their_glue() {
    let sections = format!(
        r#","authority":[{},{}],"additional":[{}]"#,
        record("test.", "NS", 3600, "ns.test."),
        record("test.", "NS", 3600, "ns.far.example."),
        record("NS.test.", "A", 3600, "127.53.0.2")
    );
    let words = words("client", &reply("referral", "NOERROR", &[], &sections));
    assert_eq!(words.what, "a referral: ask the servers of test.");
    assert_eq!(words.lines[0].note, "at 127.53.0.2 (glue)");
    assert_eq!(words.lines[1].note, "no address came along");
    assert!(words.more.iter().any(|text| text == "authority: test. 3600 IN NS ns.test."), "{words:?}");
}

#[test]
fn no_and_no_are_two_things() {
    let soa = format!(
        r#","authority":[{}],"negative_ttl":30"#,
        record("test.", "SOA", 300, "ns.test. admin.test. 1 3600 600 86400 30")
    );
    let name = words("client", &reply("no_such_name", "NXDOMAIN", &["aa"], &soa));
    assert_eq!(name.what, "there is no shop.test. (NXDOMAIN)");
    assert_eq!(name.lines[0].text, "test.  SOA");
    assert_eq!(name.lines[0].note, "this zone says no, for 30 s at most");
    let record = words("client", &reply("no_data", "NOERROR", &["aa"], &soa));
    assert_eq!(record.what, "the name exists, and has no A record (NODATA)");
    assert_ne!(name.why[0], record.why[0]);
}

#[test]
fn every_meaning_has_its_own_words() {
    let mut seen = Vec::new();
    for (meaning, rcode) in [
        ("alias", "NOERROR"),
        ("truncated", "NOERROR"),
        ("server_failure", "SERVFAIL"),
        ("refused", "REFUSED"),
        ("other_error", "FORMERR"),
        ("other_error", "NOTIMP"),
        ("lame", "NOERROR"),
    ] {
        let words = words("client", &reply(meaning, rcode, &[], ""));
        assert!(!seen.contains(&words.what), "{meaning}");
        assert!(!words.why.is_empty() && !words.sources.is_empty(), "{meaning}");
        seen.push(words.what);
    }
}

#[test]
fn a_server_of_ours_tells_one_line() {
    let asked = words("server", &query("asked", r#","recursion_desired":true,"server":"test.""#));
    assert_eq!(asked.weight, Weight::Detail);
    let by = |json: String| {
        words(
            "server",
            &json
                .replace("127.53.0.2:5300", "127.0.0.1:4432")
                .replace("127.0.0.1:4432\",\"peer", "127.53.0.2:5300\",\"peer"),
        )
    };
    let authority = format!(r#","authority":[{}],"server":".""#, record("test.", "NS", 60, "ns.test."));
    let referred = by(reply("referral", "NOERROR", &[], &authority));
    assert_eq!(referred.label, "root");
    assert_eq!(referred.what, "asked A of shop.test. by 127.0.0.1:4432 -> refers to test.");
    assert!(referred.why.is_empty() && referred.lines.is_empty());
    let records =
        format!(r#","answers":[{}],"from_cache":true"#, record("shop.test.", "A", 60, "127.53.1.80"));
    let answered = by(reply("answer", "NOERROR", &[], &records));
    assert_eq!(answered.what, "asked A of shop.test. by 127.0.0.1:4432 -> 127.53.1.80, from its cache");
    assert_eq!(answered.label, "dns");
    let no = by(reply("no_such_name", "NXDOMAIN", &["aa"], ""));
    assert!(no.what.ends_with("-> no such name (NXDOMAIN)"), "{no:?}");
}

#[test]
fn what_is_not_believed_says_both_sides() {
    let ignored = |reason: &str, expected: &str, found: &str| {
        words(
            "client",
            &format!(
                r#"{{"event":"reply_ignored","peer":"127.53.0.2:5300","transport":"udp","reason":"{reason}","expected":"{expected}","found":"{found}","len":40,"head":"","head_encoding":"utf8"}}"#
            ),
        )
    };
    let id = ignored("wrong_id", "35388", "35389");
    assert_eq!(id.what, "an answer with the id 35389: we asked with 35388");
    assert!(whys(&id).contains("guess the id") && whys(&id).ends_with("We go on waiting for the right one."));
    assert_eq!(id.sources, ["RFC 5452 section 9.1"]);
    let source = ignored("wrong_source", "127.53.0.2:5300", "127.0.0.9:5300");
    assert_eq!(source.what, "a message from 127.0.0.9:5300: we asked 127.53.0.2:5300");
}

#[test]
fn silence_and_a_closed_port_differ() {
    let failed = |reason: &str, more: &str| {
        words(
            "client",
            &format!(
                r#"{{"event":"query_failed","peer":"127.53.0.2:5300","transport":"udp",{ASKED},"reason":"{reason}","attempt":2,"ignored":1{more}}}"#
            ),
        )
    };
    let silence = failed("silence", "");
    assert_eq!(silence.what, "none from 127.53.0.2 port 5300 in 5.0 s");
    assert!(whys(&silence).contains("they look the same"));
    assert!(silence.more.iter().any(|text| text.contains("1 message came in that time")), "{silence:?}");
    let closed = failed("port_closed", r#","icmp":{"origin":"127.53.0.2","type":3,"code":3}"#);
    assert_eq!(closed.what, "none: nothing listens at 127.53.0.2 port 5300");
    assert!(whys(&closed).contains("ICMP message from 127.53.0.2 says: that port cannot be reached"));
    assert!(whys(&failed("cut_off", "")).contains("length stands in front"));
}

#[test]
fn times_to_live_read_as_people_say_them() {
    let told: Vec<String> =
        [0, 60, 119, 120, 300, 3600, 3601, 7200, 86_400, 172_800].into_iter().map(span).collect();
    assert_eq!(
        told,
        [
            "0 s",
            "60 s",
            "119 s",
            "2 minutes",
            "5 minutes",
            "1 hour",
            "3,601 seconds",
            "2 hours",
            "1 day",
            "2 days"
        ]
    );
}
