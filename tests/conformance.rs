//! `netlearn serve` held to RFC 9110 and RFC 9112: a table of requests and of the answers that are allowed, whole and in
//! pieces; beside it what nginx and Node's http do with the same octets.

mod support;

#[path = "conformance/asking.rs"]
mod asking;
#[path = "conformance/peers.rs"]
mod peers;
#[path = "conformance/row.rs"]
mod row;
#[path = "conformance/stored.rs"]
mod stored;
#[path = "conformance/table.rs"]
mod table;

use std::time::Duration;

use asking::{Asking, Seen, ask};
use netlearn::net::http::serve::framing::{Framing, Refusal};
use row::{BODY, HEAD, Row, Site, told};
use support::Serving;
use table::table;
use tempfile::TempDir;

/// How long an answer may take before it counts as none.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder with what the rows ask for, and a secret beside it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let root = folder.path().join("root");
    std::fs::create_dir_all(root.join("sub")).expect("a folder");
    std::fs::write(root.join("index.html"), "Hello, World!\n").expect("a file");
    std::fs::write(root.join("a.txt"), "0123456789").expect("a file");
    std::fs::write(root.join("sub/index.html"), "index").expect("a file");
    std::fs::write(folder.path().join("secret"), "secret").expect("a file");
    std::os::unix::fs::symlink(folder.path().join("secret"), root.join("link")).expect("a link");
    folder
}

/// The servers that the rows are for.
struct Ours {
    hello: Serving,
    files: Serving,
    hasty: Serving,
    _folder: TempDir,
}

impl Ours {
    fn start() -> Ours {
        let folder = folder();
        let root = folder.path().join("root");
        let (head, body) = (HEAD.to_string(), BODY.to_string());
        let limits = ["--port", "0", "--max-head", &head, "--max-body", &body];
        let start = |more: &[&str]| Serving::start(&[&limits, more].concat());
        Ours {
            hello: start(&[]),
            files: start(&["--files", root.to_str().expect("UTF-8")]),
            hasty: start(&["--idle", "2s"]),
            _folder: folder,
        }
    }

    fn ask(&self, row: &Row) -> Seen {
        let serving = match row.site {
            Site::Hello => &self.hello,
            Site::Files => &self.files,
            Site::Hasty => &self.hasty,
        };
        ask(serving.port, row, PATIENCE)
    }
}

#[test]
fn every_row_gets_an_answer_that_is_allowed() {
    let table = table();
    assert!(table.len() >= 80, "{} rows", table.len());
    let ours = Ours::start();
    let mut wrong = Vec::new();
    for row in &table {
        let seen = ours.ask(row);
        let faults = row.faults(&seen);
        // A limit that is known has to be there: what was mended is no limit any more.
        if faults.is_empty() == row.known.is_some() {
            wrong.push(format!("{}: {} (allowed: {}): {faults:?}", row.name, told(&seen), row.rule()));
        }
    }
    assert!(wrong.is_empty(), "{} rows of {}:\n{}", wrong.len(), table.len(), wrong.join("\n"));
}

/// Octets of one connection that the server has read, as its own events tell.
fn read_by(serving: &mut Serving, flow: &serde_json::Value, len: usize) {
    let mut read = 0;
    while read < len as u64 {
        let event = serving.wait_for("bytes");
        if event["flow"] == *flow && event["direction"] == "received" {
            read += event["len"].as_u64().expect("a length");
        }
    }
    assert_eq!(read, len as u64, "no more than was sent");
}

/// Sends a row in pieces, each only when the server has read the one before.
fn in_pieces(serving: &mut Serving, row: &Row, pieces: &[&[u8]]) -> Seen {
    let mut asking = Asking::at(serving.port, PATIENCE);
    let flow = serving.wait_for("accepted")["flow"].clone();
    for (index, piece) in pieces.iter().enumerate() {
        asking.send(piece);
        if index + 1 < pieces.len() {
            read_by(serving, &flow, piece.len());
        }
    }
    asking.answers(row)
}

/// The events of a row's connection, from its beginning to its end.
fn told_of(serving: &mut Serving) -> Vec<serde_json::Value> {
    let flow = serving.wait_for("accepted")["flow"].clone();
    let mut events = Vec::new();
    loop {
        let event = serving.next().expect("it still runs");
        if event["flow"] == flow {
            let over = event["event"] == "closed";
            events.push(event);
            if over {
                return events;
            }
        }
    }
}

#[test]
fn what_passed_is_what_is_told_and_a_refusal_has_its_reason() {
    let mut ours = Ours::start();
    let mut wrong = Vec::new();
    for row in table() {
        let seen = ours.ask(&row);
        let serving = match row.site {
            Site::Hello => &mut ours.hello,
            Site::Files => &mut ours.files,
            Site::Hasty => &mut ours.hasty,
        };
        let events = told_of(serving);
        let statuses = |kind: &str| -> Vec<u64> {
            let of_kind = events.iter().filter(|event| event["event"] == kind);
            of_kind.filter_map(|event| event["status"].as_u64()).filter(|status| *status >= 200).collect()
        };
        let mut passed: Vec<u64> = seen.answers.iter().map(|answer| u64::from(answer.status)).collect();
        if seen.after == asking::After::Stays {
            // What shows that it stays open.
            passed.push(200);
        }
        let answered = statuses("answered");
        // A client that leaves may do so before the last answer is known to have gone.
        if answered != passed {
            wrong.push(format!("{}: {passed:?} passed, {answered:?} told", row.name));
        }
        let refused = answered.iter().find(|status| matches!(status, 400 | 413 | 414 | 431 | 501 | 505));
        let kinds = ["malformed", "protocol_recognised"];
        let shown = |event: &serde_json::Value| kinds.iter().any(|kind| event["event"] == *kind);
        let reason = events.iter().any(|event| shown(event) || event["refused"].is_object());
        // A body that never came is told to have ended, and a method that is not served is named in the answer's line.
        let ended = events.iter().any(|event| event["event"] == "body_ended" && event["complete"] == false);
        let named = refused == Some(&501) && events.iter().any(|event| event["event"] == "request");
        if refused.is_some() && !(reason || ended || named) {
            wrong.push(format!("{}: {refused:?} without a reason", row.name));
        }
    }
    assert!(wrong.is_empty(), "{} rows:\n{}", wrong.len(), wrong.join("\n"));
}

/// Rows of which one server gets every piece before its guard ends it, also where others run beside it.
const AT_ONCE: usize = 15;

#[test]
fn a_request_that_is_refused_is_so_whatever_pieces_it_comes_in() {
    // One that ends early is answered when it ends; where it is cut makes no difference to that.
    let short =
        |row: &Row| !row.is_valid() && row.octets.len() <= 160 && row.site == Site::Hello && !row.half;
    let rows: Vec<Row> = table().into_iter().filter(short).collect();
    assert!(rows.len() > 80, "{} rows", rows.len());
    for rows in rows.chunks(AT_ONCE) {
        let mut ours = Ours::start();
        for row in rows {
            // Of a line whose end has not come the library may have read enough to refuse it, with a status of its own.
            let essence = |seen: Seen| {
                let faults = row.faults(&seen);
                assert!(faults.is_empty() || row.known.is_some(), "{}: {faults:?}", row.name);
                let refused = seen.statuses().iter().map(|status| *status >= 400).collect::<Vec<_>>();
                (refused, seen.after)
            };
            let whole = essence(in_pieces(&mut ours.hello, row, &[&row.octets]));
            for at in 1..row.octets.len() {
                let (before, after) = row.octets.split_at(at);
                let seen = in_pieces(&mut ours.hello, row, &[before, after]);
                assert_eq!(essence(seen), whole, "{} in two pieces, the first of {at}", row.name);
            }
        }
    }
}

#[test]
fn a_valid_request_in_pieces_gets_the_answer_of_the_whole() {
    let short = |row: &&Row| row.is_valid() && row.octets.len() <= 160 && row.site != Site::Hasty;
    let table = table();
    let rows: Vec<&Row> = table.iter().filter(short).collect();
    assert!(rows.len() > 40, "{} rows", rows.len());
    for rows in rows.chunks(AT_ONCE) {
        let mut ours = Ours::start();
        for row in rows {
            let serving = if row.site == Site::Files { &mut ours.files } else { &mut ours.hello };
            let whole = in_pieces(serving, row, &[&row.octets]);
            for at in 1..row.octets.len() {
                let (before, after) = row.octets.split_at(at);
                let seen = in_pieces(serving, row, &[before, after]);
                assert_eq!(seen.essence(), whole.essence(), "{} in two pieces, the first of {at}", row.name);
            }
            let octets: Vec<&[u8]> = row.octets.chunks(1).collect();
            assert_eq!(
                in_pieces(serving, row, &octets).essence(),
                whole.essence(),
                "{} octet by octet",
                row.name
            );
        }
    }
}

/// The lengths of the heads that ended, and why no more was taken.
fn judged(pieces: &[&[u8]]) -> (Vec<u64>, Option<Refusal>) {
    let mut framing = Framing::new(HEAD);
    let mut heads = Vec::new();
    for piece in pieces {
        if let Err((_, refusal)) = framing.feed(piece, |len| heads.push(len), |_| ()) {
            return (heads, Some(refusal));
        }
    }
    (heads, None)
}

#[test]
fn where_a_request_ends_does_not_hang_on_the_pieces_it_comes_in() {
    for row in table() {
        let whole = judged(&[&row.octets]);
        for at in 1..row.octets.len() {
            let (before, after) = row.octets.split_at(at);
            assert_eq!(judged(&[before, after]), whole, "{} in two pieces, the first of {at}", row.name);
        }
        let octets: Vec<&[u8]> = row.octets.chunks(1).collect();
        assert_eq!(judged(&octets), whole, "{} octet by octet", row.name);
    }
}

#[test]
fn validators_hold_as_long_as_the_file_does() {
    let folder = folder();
    let path = folder.path().join("root/a.txt");
    let long_ago = std::time::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let change = |content: &str, time| {
        std::fs::write(&path, content).expect("a file");
        let file = std::fs::OpenOptions::new().write(true).open(&path).expect("the file");
        file.set_modified(time).expect("a time");
    };
    change("0123456789", long_ago);
    let serving =
        Serving::start(&["--port", "0", "--files", folder.path().join("root").to_str().expect("UTF-8")]);
    let get = |fields: &str| {
        let octets = format!("GET /a.txt HTTP/1.1\r\nHost: a\r\n{fields}\r\n");
        let seen = ask(serving.port, &row::row("a file", "9110 13", octets), PATIENCE);
        let [answer] = &seen.answers[..] else { panic!("{seen:?}") };
        answer.clone()
    };
    let whole = get("");
    let tag = whole.field("etag").expect("a tag").to_owned();
    let date = whole.field("last-modified").expect("a date").to_owned();
    assert_eq!(date, "Sun, 09 Sep 2001 01:46:40 GMT");
    assert!(tag.starts_with('"'), "what is old is told apart by it: {tag}");
    let known = [format!("If-None-Match: {tag}\r\n"), format!("If-Modified-Since: {date}\r\n")];
    for fields in &known {
        let answer = get(fields);
        assert_eq!((answer.status, answer.field("etag")), (304, Some(tag.as_str())), "{fields}");
        // RFC 9110 section 8.6: the length of what was not sent, or none.
        assert!(answer.field("content-length").is_none_or(|len| len == "10"), "{}", answer.head);
    }
    for value in [&tag, &date] {
        let answer = get(&format!("Range: bytes=2-4\r\nIf-Range: {value}\r\n"));
        assert_eq!((answer.status, answer.content.as_slice()), (206, &b"234"[..]), "{value}");
    }
    change("9876543210", long_ago + Duration::from_secs(1));
    for fields in known {
        assert_eq!(get(&fields).content, b"9876543210", "{fields}");
    }
    for value in [&tag, &date] {
        let answer = get(&format!("Range: bytes=2-4\r\nIf-Range: {value}\r\n"));
        assert_eq!((answer.status, answer.content.as_slice()), (200, &b"9876543210"[..]), "{value}");
    }
    change("0000000000", std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(7_000_000_000));
    let fresh = get("");
    assert!(
        fresh.field("etag").is_some_and(|tag| tag.starts_with("W/")),
        "it may change again: {}",
        fresh.head
    );
    let date = |name| httpdate::parse_http_date(fresh.field(name).expect("a date")).expect("a date of HTTP");
    assert!(date("last-modified") <= date("date"), "{}", fresh.head);
}

const DOCUMENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/conformance.md");

/// A row's first cells, which need no other program.
fn cells(row: &Row, seen: &Seen) -> String {
    let known = if row.known.is_some() { " (a known limit)" } else { "" };
    format!("| {} | {} | {} | {}{known} |", row.name.replace('|', "\\|"), row.section, row.rule(), told(seen))
}

#[test]
fn the_document_says_what_is_answered() {
    let text = std::fs::read_to_string(DOCUMENT).expect("docs/conformance.md");
    let lines: Vec<&str> = text.lines().filter(|line| line.starts_with("| ")).skip(1).collect();
    let ours = Ours::start();
    let table = table();
    assert_eq!(lines.len(), table.len(), "rows of docs/conformance.md");
    for (row, line) in table.iter().zip(lines) {
        let cells = cells(row, &ours.ask(row));
        assert!(line.starts_with(&cells), "docs/conformance.md has\n{line}\nand it is\n{cells}");
    }
    for why in table.iter().filter_map(|row| row.known.or(row.strict)) {
        assert!(text.contains(why), "docs/conformance.md does not say: {why}");
    }
}

const PREAMBLE: &str = "# HTTP/1.1, request by request

What `netlearn serve` answers to the requests of `tests/conformance/`, whole and in pieces cut at every octet; what RFC 9110,
RFC 9112 and others allow; and, for comparison, what two other servers did with the same octets on the day this was recorded
(`NETLEARN_RECORD=1 cargo test --test conformance -- --include-ignored` writes it anew). A server is free where several
answers are allowed; theirs are no verdict on them: what the table allows is our reading. Times of waiting and limits were
set alike where they can be set.
";

fn is_good(seen: &Seen) -> bool {
    seen.statuses().iter().all(|status| (200..400).contains(status))
}

#[test]
#[ignore = "needs nginx and node"]
fn others_get_the_same_octets() {
    let folder = folder();
    let others = [peers::nginx(folder.path()), peers::node()];
    // Ours first: the others' silence takes longer than one of ours may run.
    let ours = Ours::start();
    let asked: Vec<(Row, Seen)> = table().into_iter().map(|row| (row.clone(), ours.ask(&row))).collect();
    drop(ours);
    let mut lines = Vec::new();
    let mut strict = Vec::new();
    let mut reasons = Vec::new();
    for (row, own) in asked {
        let theirs = others.each_ref().map(|other| other.ask(&row));
        if row.name == "GET" {
            // What is compared is a server that serves.
            assert!(theirs.iter().flatten().all(|seen| row.faults(seen).is_empty()), "{theirs:?}");
        }
        let all = theirs.iter().flatten().all(is_good) && !is_good(&own);
        let told = theirs.each_ref().map(|seen| seen.as_ref().map_or("-".to_owned(), told));
        if all != row.strict.is_some() && row.known.is_none() {
            strict.push(format!("{}: {told:?}", row.name));
        }
        reasons.extend(row.known.or(row.strict).map(|why| format!("- {}: {why}", row.name)));
        lines.push(format!("{} {} |", cells(&row, &own), told.join(" | ")));
    }
    let head = format!("| request | RFC | allowed | netlearn | {} | {} |", others[0].name, others[1].name);
    let text = format!(
        "{PREAMBLE}\n{head}\n|---|---|---|---|---|---|\n{}\n\n## Where netlearn refuses what both others take, and known limits\n\n{}\n",
        lines.join("\n"),
        reasons.join("\n")
    );
    std::fs::write(concat!(env!("CARGO_TARGET_TMPDIR"), "/conformance.md"), &text)
        .expect("the results can be written");
    if std::env::var_os("NETLEARN_RECORD").is_some() {
        std::fs::write(DOCUMENT, text).expect("the document can be written");
    }
    assert!(
        strict.is_empty(),
        "we are stricter than both, or no more, without saying why:\n{}",
        strict.join("\n")
    );
}
