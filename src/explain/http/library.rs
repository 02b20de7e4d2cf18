//! Words for a request that a library made: what was asked, what it did by itself, and what passed, side by side.

use crate::event::library::{LibraryCompared, LibraryStarted};
use crate::explain::{Explanation, bytes, dns, number, plural};

/// Columns of the first two of the three parts of a row.
const ASKED: usize = 11;
const DID: usize = 22;

/// Words for [`LibraryStarted`].
pub fn started(facts: &LibraryStarted) -> Explanation {
    let mut words = Explanation::step(
        "library",
        format!("{} {} makes this request", facts.library, facts.version),
    )
    .why(
        "library",
        "It writes into a local socket of ours. We connect for it, pass every byte on and read along.",
    )
    .more(
        "So it looks up no name and opens no connection itself: those steps are ours. The bytes are its own.",
    );
    if !facts.proxies.is_empty() {
        let names = dns::list(&facts.proxies);
        words = words
            .why(
                "library.proxy",
                format!("{names}: it would have asked the proxy named there. Switched off here, nothing goes to it."),
            )
            .words(&["proxy"]);
    }
    words
}

/// Words for [`LibraryCompared`].
pub fn compared(facts: &LibraryCompared) -> Explanation {
    let mut words = Explanation::step("beside", format!("what {} did by itself", facts.library));
    words = words.line(row("you asked", "the library", "passed"), "");
    for (asked, did, passed) in rows(facts) {
        words = words.line(row(&asked, &did, &passed), "");
    }
    for url in &facts.followed {
        words = words.more(format!("followed to {url}"));
    }
    if facts.encrypted {
        words = words.why(
            "library.tls",
            "Under TLS only the library has the keys: what passed can be counted here and not read.",
        );
    } else if !facts.added_fields.is_empty() {
        words = words.why("library.fields", format!("It added {}, unasked.", dns::list(&facts.added_fields)));
    }
    words = words.more("Unless it is told otherwise, it waits for an answer without a limit. The limits of this run are ours.");
    words.words(&["redirect", "keep-alive"])
}

fn row(asked: &str, did: &str, passed: &str) -> String {
    format!("{asked:<ASKED$} {did:<DID$} {passed}").trim_end().to_owned()
}

fn rows(facts: &LibraryCompared) -> Vec<(String, String, String)> {
    let mut rows = Vec::new();
    let mut row = |asked: &str, did: String, passed: String| rows.push((asked.to_owned(), did, passed));
    let asked = plural(facts.asked, "request");
    if facts.encrypted {
        row(&asked, followed(facts), "not readable".to_owned());
        row("no bytes", "encrypted them".to_owned(), format!("{} out", number(facts.sent)));
        row("", String::new(), format!("{} in", number(facts.received)));
    } else {
        row(&asked, followed(facts), plural(facts.requests, "request"));
        let added = facts.added_fields.len() as u64;
        let all = (facts.asked_fields.len() as u64).saturating_add(added);
        let asked = plural(facts.asked_fields.len() as u64, "field");
        row(&asked, format!("added {}", plural(added, "field")), plural(all, "field"));
        let body = if facts.requests > 1 { "last body" } else { "the body" };
        row(body, coding(facts), bytes(facts.body_passed));
    }
    if let Some(variable) = facts.proxies.first() {
        row("no proxy", format!("would use {variable}"), "left out".to_owned());
    }
    let kept = facts.connections < facts.requests.max(facts.asked);
    let reuse = if kept { "used one again" } else { "used none again" };
    row("", reuse.to_owned(), plural(facts.connections, "connection"));
    rows
}

fn followed(facts: &LibraryCompared) -> String {
    match facts.followed.len() as u64 {
        0 if facts.asked > 1 => "made them, followed none".to_owned(),
        0 => "made it, followed none".to_owned(),
        count => format!("followed {}", plural(count, "redirect")),
    }
}

fn coding(facts: &LibraryCompared) -> String {
    match &facts.coding {
        Some(coding) if facts.body_given != facts.body_passed => {
            format!("undid {coding}: {}", bytes(facts.body_given))
        }
        Some(coding) => format!("left {coding} as it is"),
        None => format!("gave {}", bytes(facts.body_given)),
    }
}
