//! Words for bytes that passed in one call. They say that our system took or gave them, not that the other program read them.

use crate::event::tcp::{Bytes, Direction};
use crate::event::{Event, Layer, Side};
use crate::explain::{Explanation, bytes as octets, number, udp};

/// Words for [`Bytes`]: a step where nothing else tells what they mean.
pub fn bytes(event: &Event, facts: &Bytes) -> Explanation {
    let label = match facts.direction {
        Direction::Sent => "send",
        Direction::Received => "receive",
    };
    if event.layer == Some(Layer::Udp) && !facts.annotated {
        return preview(udp::datagram(event, facts, label), facts);
    }
    if facts.annotated {
        return Explanation::detail(
            label,
            format!("{} in one call, from offset {}", octets(facts.len), number(facts.offset)),
        );
    }
    // A server's narration names the client where a client's names the step: the phrase stands alone there.
    let what = match (event.side, facts.direction) {
        (Side::Server, Direction::Sent) => format!("{} sent", octets(facts.len)),
        (Side::Server, Direction::Received) => format!("{} received", octets(facts.len)),
        (Side::Client | Side::Resolver | Side::Observer, _) => octets(facts.len),
    };
    let words = preview(Explanation::step(label, what), facts)
        .more(format!("In one call, from offset {} of this direction.", number(facts.offset)));
    match facts.direction {
        Direction::Sent => words.why("bytes.sent", {
            let they = if facts.len == 1 { "it" } else { "them" };
            let reader = reader(event.side);
            format!("Our system has taken {they}. That {reader} has read {they} is not known yet.")
        }),
        Direction::Received => words
            .why(
                "bytes.stream",
                "TCP keeps bytes in order. It does not keep them in the pieces in which they were sent.",
            )
            .source("RFC 9293 section 2.2")
            .words(&["byte stream"]),
    }
}

fn reader(side: Side) -> &'static str {
    match side {
        Side::Client => "the server",
        Side::Server => "the client",
        Side::Resolver | Side::Observer => "the other program",
    }
}

/// How many lines of a text, and octets of anything else, a preview shows.
const PREVIEW_LINES: usize = 4;
const PREVIEW_OCTETS: usize = 16;

/// Columns of a line that every usual terminal shows whole beside its step.
const WHOLE_LINE: usize = 44;

/// Whether [`bytes()`] shows such a piece to its last octet, on a usual terminal.
pub fn shown_whole(piece: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(piece) else { return false };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    lines.len() <= PREVIEW_LINES && lines.iter().all(|line| line.len() <= WHOLE_LINE)
}

/// Shows the first of the bytes: lines where they are text, else hexadecimal octets.
fn preview(mut words: Explanation, facts: &Bytes) -> Explanation {
    let head = &facts.head.0;
    if head.is_empty() {
        return words;
    }
    let text = match std::str::from_utf8(head) {
        Ok(text) => Some(text),
        // Cut within a character by the capture limit: the text before it is still text.
        Err(error) if error.error_len().is_none() && error.valid_up_to() > 0 => {
            std::str::from_utf8(&head[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    let Some(text) = text else {
        let shown = &head[..head.len().min(PREVIEW_OCTETS)];
        let hex: Vec<String> = shown.iter().map(|octet| format!("{octet:02x}")).collect();
        let note =
            if shown.len() as u64 == facts.len { "no text: octets" } else { "no text: the first octets" };
        return words.line(hex.join(" "), note);
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let shown = lines.len().min(PREVIEW_LINES);
    // The CR cannot be seen in the line itself.
    let ended: Vec<&&str> = lines.iter().take(shown).filter(|line| line.ends_with('\n')).collect();
    let crlf = match ended.iter().filter(|line| line.ends_with("\r\n")).count() {
        0 => "",
        1 if ended.len() == 1 => "ends with CR LF",
        all if all == ended.len() => "each line ends with CR LF",
        _ => "not all lines end with CR LF",
    };
    for (index, line) in lines.iter().take(shown).enumerate() {
        let bare = line.strip_suffix('\n').unwrap_or(line);
        let bare = bare.strip_suffix('\r').unwrap_or(bare);
        let more = index + 1 == shown && (lines.len() > shown || (head.len() as u64) < facts.len);
        let note = match (more, index, crlf) {
            (true, 0, "ends with CR LF") => "ends with CR LF; and more",
            (true, _, _) => "and more",
            (false, 0, crlf) => crlf,
            (false, _, _) => "",
        };
        words = words.line(bare, note);
    }
    words
}
