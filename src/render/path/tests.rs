use super::*;
use crate::render::style::width;
use crate::render::testing::{Paper, from_json};

/// Events of a walk, one after the other, a tenth of a millisecond apart.
struct Story {
    lines: Vec<String>,
    kind: &'static str,
}

impl Story {
    fn of(kind: &'static str) -> Story {
        Story { lines: Vec::new(), kind }
    }

    fn event(mut self, took: &str, rest: &str) -> Story {
        let (seq, at) = (self.lines.len() + 1, self.lines.len() as f64 / 1e4);
        self.lines.push(format!(r#"{{"seq":{seq},"at":{at},{took}"layer":"dns","side":"client",{rest}}}"#));
        self
    }

    fn query(self, server: &str, at: &str, name: &str, reason: &str) -> Story {
        let kind = self.kind;
        self.event("", &format!(
            r#""event":"query","peer":"{at}:5300","transport":"udp","id":7,"name":"{name}","record_type":"{kind}","class":"IN","reason":"{reason}","attempt":1,"recursion_desired":false,"server":"{server}","len":40,"head":"","head_encoding":"utf8""#
        ))
    }

    fn reply(
        self,
        server: &str,
        at: &str,
        name: &str,
        meaning: &str,
        answers: &[(&str, &str, &str)],
    ) -> Story {
        let kind = self.kind;
        let records: Vec<String> = answers
            .iter()
            .map(|(name, kind, data)| {
                format!(r#"{{"name":"{name}","record_type":"{kind}","class":"IN","ttl":60,"data":"{data}"}}"#)
            })
            .collect();
        let aa = meaning != "referral";
        let rcode = if meaning == "no_such_name" { "NXDOMAIN" } else { "NOERROR" };
        self.event(r#""took":0.0002,"#, &format!(
            r#""event":"reply","peer":"{at}:5300","transport":"udp","id":7,"name":"{name}","record_type":"{kind}","class":"IN","rcode":"{rcode}","aa":{aa},"tc":false,"rd":false,"ra":false,"ad":false,"cd":false,"meaning":"{meaning}","answers":[{}],"server":"{server}","len":90,"head":"","head_encoding":"utf8""#,
            records.join(",")
        ))
    }

    fn referral(
        self,
        from: &str,
        from_zone: &str,
        zone: &str,
        servers: &[(&str, &str)],
        name: &str,
    ) -> Story {
        let servers: Vec<String> = servers
            .iter()
            .map(|(name, glue)| {
                let glue = if glue.is_empty() { String::new() } else { format!("\"{glue}\"") };
                format!(r#"{{"name":"{name}","glue":[{glue}]}}"#)
            })
            .collect();
        self.event("", &format!(
            r#""event":"referral_received","from":"{from}:5300","from_zone":"{from_zone}","zone":"{zone}","servers":[{}],"name":"{name}""#,
            servers.join(",")
        ))
    }

    /// Asked, and sent on.
    fn sent_on(self, step: (&str, &str, &str), zone: &str, servers: &[(&str, &str)], name: &str) -> Story {
        let (server, at, reason) = step;
        self.query(server, at, name, reason)
            .reply(server, at, name, "referral", &[])
            .referral(at, server, zone, servers, name)
    }

    fn alias(self, name: &str, target: &str, other_zone: bool) -> Story {
        self.event(
            "",
            &format!(
                r#""event":"alias_followed","name":"{name}","target":"{target}","other_zone":{other_zone}"#
            ),
        )
    }

    fn skipped(self, server: &str, at: Option<&str>, zone: &str, reason: &str, another: bool) -> Story {
        let address = at.map(|at| format!(r#""address":"{at}:5300","#)).unwrap_or_default();
        self.event("", &format!(
            r#""event":"server_skipped","server":"{server}",{address}"zone":"{zone}","reason":"{reason}","another":{another}"#
        ))
    }

    fn silent(self, server: &str, at: &str, name: &str) -> Story {
        let kind = self.kind;
        self.event(r#""took":0.5,"#, &format!(
            r#""event":"query_failed","peer":"{at}:5300","transport":"udp","name":"{name}","record_type":"{kind}","class":"IN","reason":"silence","attempt":1,"ignored":0,"server":"{server}""#
        ))
    }

    fn walked(self, name: &str, meaning: &str, steps: usize, questions: u32) -> Story {
        let kind = self.kind;
        let asked = format!(r#"{{"name":"{name}","record_type":"{kind}","class":"IN"}}"#);
        let step =
            format!(r#"{{"zone":".","address":"127.53.0.1:5300","asked":{asked},"meaning":"referral"}}"#);
        let path = vec![step; steps].join(",");
        self.event(r#""took":0.004,"#, &format!(
            r#""event":"walked","question":{asked},"path":[{path}],"aliases":[],"answers":[],"meaning":"{meaning}","ttl":60,"questions":{questions}"#
        ))
    }

    fn failed(self, kind: &str, target: &str, evidence: &str) -> Story {
        self.event("", &format!(
            r#""event":"failed","phase":"name","kind":"{kind}","target":"{target}","seen_by":"client","evidence":[{evidence}]"#
        ))
    }

    fn drawn(&self, style: Style) -> String {
        let paper = Paper::default();
        let mut path = Path::new(style, paper.out());
        for line in &self.lines {
            path.event(&from_json(line)).unwrap();
            path.flush().unwrap();
        }
        path.finish().unwrap();
        paper.text()
    }
}

fn shop() -> Story {
    let name = "www.shop.test.";
    Story::of("A")
        .sent_on((".", "127.53.0.1", "root"), "test.", &[("ns.nic.test.", "127.53.0.2")], name)
        .sent_on(("test.", "127.53.0.2", "referral"), "shop.test.", &[("ns1.shop.test.", "127.53.0.3")], name)
        .query("shop.test.", "127.53.0.3", name, "referral")
        .reply(
            "shop.test.",
            "127.53.0.3",
            name,
            "answer",
            &[(name, "CNAME", "shop.test."), ("shop.test.", "A", "127.53.1.80")],
        )
        .alias(name, "shop.test.", false)
        .walked(name, "answer", 3, 3)
}

/// A server that is known by name only, and one that is silent beside it.
fn detours() -> Story {
    let (name, host) = ("www.far.test.", "ns.example.com.");
    Story::of("A")
        .sent_on((".", "127.53.0.1", "root"), "test.", &[("ns.nic.test.", "127.53.0.2")], name)
        .sent_on(
            ("test.", "127.53.0.2", "referral"),
            "far.test.",
            &[("ns1.far.test.", "127.53.0.9"), (host, "")],
            name,
        )
        .query("far.test.", "127.53.0.9", name, "referral")
        .silent("far.test.", "127.53.0.9", name)
        .query("far.test.", "127.53.0.9", name, "retry")
        .silent("far.test.", "127.53.0.9", name)
        .skipped("ns1.far.test.", Some("127.53.0.9"), "far.test.", "silent", true)
        .sent_on((".", "127.53.0.1", "name_server_address"), "com.", &[("ns.nic.com.", "127.53.0.5")], host)
        .query("com.", "127.53.0.5", host, "referral")
        .reply("com.", "127.53.0.5", host, "answer", &[(host, "A", "127.53.0.7")])
        .query("far.test.", "127.53.0.7", name, "next_server")
        .reply("far.test.", "127.53.0.7", name, "answer", &[(name, "A", "127.53.1.90")])
        .walked(name, "answer", 3, 7)
}

fn circle() -> Story {
    let (name, back) = ("a.test.", "b.test.");
    Story::of("A")
        .sent_on((".", "127.53.0.1", "root"), "test.", &[("ns.nic.test.", "127.53.0.2")], name)
        .query("test.", "127.53.0.2", name, "referral")
        .reply("test.", "127.53.0.2", name, "alias", &[(name, "CNAME", back), (back, "CNAME", name)])
        .alias(name, back, false)
        .failed(
            "alias_loop",
            "a.test. A",
            r#"{"fact":"aliases","chain":[{"name":"a.test.","target":"b.test."},{"name":"b.test.","target":"a.test."}]}"#,
        )
}

fn lost() -> Story {
    let name = "www.self.test.";
    Story::of("A")
        .sent_on((".", "127.53.0.1", "root"), "test.", &[("ns.nic.test.", "127.53.0.2")], name)
        .sent_on(("test.", "127.53.0.2", "referral"), "self.test.", &[("ns.self.test.", "")], name)
        .skipped("ns.self.test.", None, "self.test.", "glue_missing", false)
        .failed(
            "walk_lost",
            "www.self.test. A",
            r#"{"fact":"skipped","server":"ns.self.test.","zone":"self.test.","reason":"glue_missing","another":false}"#,
        )
}

fn at(columns: usize, ascii: bool, level: Level) -> Style {
    Style { width: columns, ascii, level, ..Style::default() }
}

#[test]
fn the_way_is_a_tree_of_zones() {
    insta::assert_snapshot!("shop_80", shop().drawn(Style::default()));
    insta::assert_snapshot!("shop_60", shop().drawn(at(60, false, Level::Brief)));
    insta::assert_snapshot!("shop_120_full", shop().drawn(at(120, false, Level::Full)));
    insta::assert_snapshot!("shop_80_ascii", shop().drawn(at(80, true, Level::Brief)));
}

#[test]
fn detours_stand_aside() {
    insta::assert_snapshot!("detours_80", detours().drawn(Style::default()));
    insta::assert_snapshot!("detours_60_ascii", detours().drawn(at(60, true, Level::Brief)));
}

#[test]
fn a_loop_and_a_dead_end_are_drawn_to_where_they_end() {
    insta::assert_snapshot!("circle_80", circle().drawn(Style::default()));
    insta::assert_snapshot!("lost_80", lost().drawn(Style::default()));
}

#[test]
fn no_line_is_wider_than_the_terminal_and_ascii_is_ascii() {
    for story in [shop(), detours(), circle(), lost()] {
        for columns in [40, 41, 60, 71, 72, 80, 99, 100, 120, 200] {
            for ascii in [false, true] {
                for level in [Level::None, Level::Brief, Level::Full] {
                    let text = story.drawn(at(columns, ascii, level));
                    for line in text.lines() {
                        assert!(width(line) <= columns, "{columns} {level:?}: {line}");
                        assert!(!ascii || line.is_ascii(), "{line}");
                    }
                }
            }
        }
    }
}

#[test]
fn quiet_says_failures_alone() {
    assert_eq!(shop().drawn(at(80, false, Level::None)), "");
    assert!(circle().drawn(at(80, false, Level::None)).starts_with("netlearn: "));
}

#[test]
fn a_name_of_a_peer_cannot_drive_the_terminal() {
    let evil = "\\u001b[2Jevil\\u202e.test.";
    let text = Story::of("TXT")
        .sent_on((".", "127.53.0.1", "root"), evil, &[(evil, "127.53.0.2")], evil)
        .query(evil, "127.53.0.2", evil, "referral")
        .reply(evil, "127.53.0.2", evil, "answer", &[(evil, "TXT", evil)])
        .alias(evil, evil, true)
        .skipped(evil, None, evil, "lame", false)
        .drawn(Style::default());
    assert!(text.contains("evil"), "{text}");
    assert!(!text.contains(['\x1b', '\u{202e}']), "{text}");
}

#[test]
fn a_second_walk_has_a_heading_of_its_own() {
    let mut story = shop();
    let again = shop().lines;
    story.lines.extend(again);
    let text = story.drawn(Style::default());
    assert_eq!(text.matches("Who knows the IPv4 address of www.shop.test.?").count(), 2, "{text}");
    assert_eq!(text.matches("A name server has the records").count(), 1, "{text}");
    assert_eq!(text.matches("You may keep this answer").count(), 2, "{text}");
}

#[test]
fn many_records_are_counted() {
    let records: Vec<(String, String)> = (0..60)
        .map(|index| ("big.test.".to_owned(), format!("record {index:02} {}", "x".repeat(80))))
        .collect();
    let answers: Vec<(&str, &str, &str)> =
        records.iter().map(|(name, data)| (name.as_str(), "TXT", data.as_str())).collect();
    let text = Story::of("TXT")
        .query(".", "127.53.0.1", "big.test.", "root")
        .reply(".", "127.53.0.1", "big.test.", "answer", &answers)
        .walked("big.test.", "answer", 1, 1)
        .drawn(Style::default());
    assert!(text.contains("and 54 more records"), "{text}");
    assert!(text.lines().count() < 14, "{text}");
}
