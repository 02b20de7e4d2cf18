//! The requests: valid, odd, malformed, smuggled; each with what RFC 9110 and RFC 9112 let a server answer.

use super::row::{BODY, HEAD, NONE, Row, Site, row};

/// A GET with these lines after its Host.
fn get(fields: &str) -> String {
    format!("GET / HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

/// A POST with these lines after its Host, and what follows its head.
fn post(fields: &str, rest: &str) -> String {
    format!("POST / HTTP/1.1\r\nHost: a\r\n{fields}\r\n{rest}")
}

fn target(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nHost: a\r\n\r\n")
}

fn chunked(rest: &str) -> String {
    post("Transfer-Encoding: chunked\r\n", rest)
}

/// What would be answered if it were taken for a request.
const SMUGGLED: &str = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
const REFUSED: &[u16] = &[400];
const TAKEN_OR_NOT: &[u16] = &[200, 400];

pub(crate) fn table() -> Vec<Row> {
    [
        methods(),
        targets(),
        versions(),
        lines(),
        hosts(),
        lengths(),
        chunks(),
        codings(),
        connections(),
        limits(),
    ]
    .into_iter()
    .chain([super::stored::ranges(), super::stored::conditions(), super::stored::paths()])
    .flatten()
    .collect()
}

fn methods() -> Vec<Row> {
    let with = |method: &str| format!("{method} / HTTP/1.1\r\nHost: a\r\n\r\n");
    vec![
        row("GET", "9110 9.3.1", get("")).content(b"Hello, World!\n"),
        row("HEAD", "9110 9.3.2", with("HEAD")).bare().with("content-length", "14"),
        row("POST without a body", "9110 9.3.3", post("Content-Length: 0\r\n", "")),
        row("POST with a body", "9112 6.2", post("Content-Length: 5\r\n", "Hello")),
        row(
            "GET with a body that looks like a request",
            "9110 9.3.1",
            format!("GET / HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n{SMUGGLED}", SMUGGLED.len()),
        ),
        row("OPTIONS", "9110 9.3.7", with("OPTIONS"))
            .gives(&[200, 204, 405, 501])
            .stays()
            .with("allow", "GET"),
        row("OPTIONS *", "9112 3.2.4", "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n")
            .gives(&[200, 204, 405, 501])
            .stays(),
        row("TRACE", "9110 9.3.8", with("TRACE")).gives(&[405, 501]),
        row("CONNECT", "9110 9.3.6", "CONNECT a:80 HTTP/1.1\r\nHost: a:80\r\n\r\n").gives(&[400, 405, 501]),
        row("CONNECT with a path", "9112 3.2.3", with("CONNECT")).gives(&[400, 405, 501]),
        row("a method that nobody knows", "9110 9.1", with("FOO")).gives(&[400, 405, 501]),
        row("a method of odd characters", "9110 9.1", with("!#$%&'*+-.^_`|~")).gives(&[400, 405, 501]),
        row("a method in small letters", "9110 9.1", with("get")).gives(&[400, 405, 501]),
        row("a method that is no token", "9110 5.6.2", with("G(T")).gives(&[400, 501]).closes(),
        row("no method", "9112 3", " / HTTP/1.1\r\nHost: a\r\n\r\n").gives(REFUSED).closes(),
    ]
}

fn targets() -> Vec<Row> {
    vec![
        row("a query", "9112 3.2.1", target("/?a=b&c=%20")),
        row("absolute-form", "9112 3.2.2", target("http://a/")),
        row("absolute-form of another authority than Host", "9112 3.2.2", target("http://b:80/x")),
        row("absolute-form without a path", "9112 3.2.2", target("http://a")),
        row("absolute-form of https without TLS", "9110 7.4", target("https://a/"))
            .gives(&[400, 403, 404, 421])
            .strict("RFC 9110 section 7.4 says MUST: what https names is given over TLS only."),
        row("absolute-form with user and password", "9110 4.2.4", target("http://u:p@a/"))
            .gives(TAKEN_OR_NOT),
        row("authority-form with GET", "9112 3.2.3", target("a:80")).gives(REFUSED),
        row("asterisk-form with GET", "9112 3.2.4", target("*")).gives(REFUSED),
        row("a target without its slash", "9112 3.2", target("index.html")).gives(REFUSED),
        row("a fragment", "9112 3.2.1", target("/#part")).gives(TAKEN_OR_NOT),
        row("a space in the target", "9112 3.2", target("/a b")).gives(REFUSED).closes(),
        row("NUL in the target", "9112 3.2", target("/a\0b")).gives(REFUSED).closes(),
        row("ESC in the target", "9112 3.2", target("/\x1b[2J")).gives(REFUSED).closes(),
        row("DEL in the target", "9112 3.2", target("/\x7f")).gives(REFUSED).closes(),
        row("a tab in the target", "9112 3.2", target("/a\tb")).gives(REFUSED).closes(),
        row("UTF-8 in the target", "9112 3.2", target("/\u{e9}")).gives(&[200, 400, 404]),
        row("octets past ASCII in the target", "9112 3.2", b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n")
            .gives(&[200, 400, 404]),
        row("a quotation mark in the target", "9112 3.2", target("/sub?x=\"")).gives(TAKEN_OR_NOT)
            .strict("no URI has such a character; RFC 9112 section 3.2 advises 400 rather than a guess at what was meant."),
        row("angle brackets in the target", "9112 3.2", target("/<>")).gives(TAKEN_OR_NOT)
            .strict("no URI has such a character; RFC 9112 section 3.2 advises 400 rather than a guess at what was meant."),
        row("a query without a path", "9112 3.2", target("?a")).gives(REFUSED),
        row("a backslash for a target", "9112 3.2", target("\\")).gives(REFUSED),
        row("absolute-form without a host", "9110 4.2.1", target("http:///x")).gives(REFUSED),
        row("absolute-form with half a bracket", "9112 3.2.2", target("http://[::1/x")).gives(REFUSED),
        row("no target", "9112 3", "GET HTTP/1.1\r\nHost: a\r\n\r\n").gives(REFUSED).closes(),
    ]
}

fn versions() -> Vec<Row> {
    let line = |line: &str| format!("{line}\r\nHost: a\r\n\r\n");
    vec![
        row("HTTP/1.0", "9112 9.3", "GET / HTTP/1.0\r\n\r\n").closes(),
        row("HTTP/1.0 with keep-alive", "9112 C.2.2", "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").gives(&[200]),
        row("HTTP/1.0 with two Hosts", "9112 3.2", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n").gives(REFUSED).closes(),
        row("HTTP/1.0 in chunks", "9112 6.1", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").gives(&[200, 400, 501]).closes(),
        row("HTTP/1.0 that expects 100-continue", "9110 10.1.1", "POST / HTTP/1.0\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\nhi").closes(),
        row("HTTP/0.9", "9112 3", "GET /\r\n").gives(&[400, 505, NONE]).closes(),
        row("preface of HTTP/2", "9113 3.4", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").gives(&[400, 501, 505, NONE]).closes(),
        row("HTTP/1.2", "9110 2.5", line("GET / HTTP/1.2")).gives(&[200]).known("it is answered 505; RFC 9110 section 2.5 would have it read as 1.1. No such version was ever defined, and the HTTP library beneath reads 1.0 and 1.1 alone."),
        row("HTTP/3.7", "9110 15.6.6", line("GET / HTTP/3.7")).gives(&[400, 505]),
        row("http/1.1 in small letters", "9112 2.3", line("GET / http/1.1")).gives(&[400, 505]),
        row("HTTP/1.10", "9112 2.3", line("GET / HTTP/1.10")).gives(&[400, 505]),
        row("HTTP/1,1", "9112 2.3", line("GET / HTTP/1,1")).gives(&[400, 505]),
        row("a space after the version", "9112 3", line("GET / HTTP/1.1 ")).gives(TAKEN_OR_NOT),
        row("two spaces in the request line", "9112 3", line("GET  / HTTP/1.1")).gives(TAKEN_OR_NOT).strict("RFC 9112 section 3 lets a server take it, and warns that readers which differ can be made to smuggle requests."),
        row("tabs in the request line", "9112 3", line("GET\t/\tHTTP/1.1")).gives(TAKEN_OR_NOT),
    ]
}

fn lines() -> Vec<Row> {
    vec![
        row("one empty line before", "9112 2.2", format!("\r\n{}", get(""))),
        row("three empty lines before", "9112 2.2", format!("\r\n\r\n\r\n{}", get(""))).gives(TAKEN_OR_NOT),
        row("LF alone at every line", "9112 2.2", "GET / HTTP/1.1\nHost: a\n\n").gives(TAKEN_OR_NOT),
        row("LF alone after one field", "9112 2.2", "GET / HTTP/1.1\r\nHost: a\nX: b\r\n\r\n")
            .gives(TAKEN_OR_NOT),
        row("CR alone in a value", "9112 2.2", get("X: a\rb\r\n")).gives(TAKEN_OR_NOT),
        row("CR alone before a name", "9112 2.2", get("\rX: a\r\n")).gives(REFUSED).closes(),
        row("a line that is folded", "9112 5.2", get("X: a\r\n b\r\n")).gives(TAKEN_OR_NOT),
        row("white space before the first field", "9112 2.2", "GET / HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n")
            .gives(TAKEN_OR_NOT),
        row("a space before the colon", "9112 5.1", get("X : a\r\n")).gives(REFUSED),
        row("a tab before the colon", "9112 5.1", get("X\t: a\r\n")).gives(REFUSED),
        row("no colon", "9112 5", get("nonsense\r\n")).gives(REFUSED),
        row("no name", "9112 5", get(": a\r\n")).gives(REFUSED),
        row("a name that is no token", "9110 5.1", get("X(y): a\r\n")).gives(REFUSED),
        row("NUL in a value", "9110 5.5", get("X: a\0b\r\n")).gives(TAKEN_OR_NOT),
        row("NUL in a name", "9110 5.1", get("X\0y: a\r\n")).gives(REFUSED),
        row("ESC in a value", "9110 5.5", get("X: \x1b[2J\r\n")).gives(TAKEN_OR_NOT),
        row("octets past ASCII in a value", "9110 5.5", get("X: \u{e9}\u{e8}\r\n")),
        row("an empty value", "9110 5.5", get("X:\r\n")),
        row("white space around a value", "9112 5", get("X: \t a \t \r\n")),
        row("the same field many times", "9110 5.3", get("X: a\r\nX: b\r\nX: c\r\n")),
    ]
}

fn hosts() -> Vec<Row> {
    let host = |lines: &str| format!("GET / HTTP/1.1\r\n{lines}\r\n");
    vec![
        row("no Host", "9112 3.2", host("")).gives(REFUSED),
        row("two Hosts that differ", "9112 3.2", host("Host: a\r\nHost: b\r\n")).gives(REFUSED),
        row("two Hosts that are the same", "9112 3.2", host("Host: a\r\nHost: a\r\n")).gives(REFUSED),
        row("no Host beside absolute-form", "9112 3.2", "GET http://a/ HTTP/1.1\r\n\r\n").gives(REFUSED),
        row("an empty Host", "9112 3.2", host("Host:\r\n")).gives(TAKEN_OR_NOT),
        row("a Host with a port", "9110 7.2", host("Host: a:8080\r\n")),
        row("a Host with an empty port", "9110 7.2", host("Host: a:\r\n")),
        row("a Host that is an IPv6 address", "9110 7.2", host("Host: [::1]:80\r\n")),
        row("a Host with a space in it", "9112 3.2", host("Host: a b\r\n")).gives(REFUSED),
        row("a Host with a slash in it", "9112 3.2", host("Host: a/b\r\n")).gives(REFUSED),
        row("a Host with a user in it", "9112 3.2", host("Host: u@a\r\n"))
            .gives(REFUSED)
            .strict("RFC 9112 section 3.2 says MUST for a value that is no Host."),
        row("a Host whose port is no number", "9112 3.2", host("Host: a:x\r\n"))
            .gives(REFUSED)
            .strict("RFC 9112 section 3.2 says MUST for a value that is no Host."),
        row("a Host in percent-encoding", "9110 7.2", host("Host: a%2Db\r\n")),
        row("a Host whose percent-encoding is none", "9112 3.2", host("Host: a%zz\r\n"))
            .gives(REFUSED)
            .strict("RFC 9112 section 3.2 says MUST for a value that is no Host."),
        row("a Host in brackets that is no address", "9112 3.2", host("Host: [a]\r\n"))
            .gives(REFUSED)
            .strict("RFC 9112 section 3.2 says MUST for a value that is no Host."),
        row("a Host with half a bracket", "9112 3.2", host("Host: [::1\r\n"))
            .gives(REFUSED)
            .strict("RFC 9112 section 3.2 says MUST for a value that is no Host."),
    ]
}

fn lengths() -> Vec<Row> {
    let length = |value: &str| post(&format!("Content-Length: {value}\r\n"), "Hello");
    vec![
        row("Content-Length: 05", "9110 8.6", length("05")),
        row("Content-Length: +5", "9110 8.6", length("+5")).gives(REFUSED).closes(),
        row("Content-Length: -5", "9110 8.6", length("-5")).gives(REFUSED).closes(),
        row("Content-Length: 5.0", "9110 8.6", length("5.0")).gives(REFUSED).closes(),
        row("Content-Length: 0x5", "9110 8.6", length("0x5")).gives(REFUSED).closes(),
        row("Content-Length: 5 5", "9110 8.6", length("5 5")).gives(REFUSED).closes(),
        row("Content-Length: 5;6", "9110 8.6", length("5;6")).gives(REFUSED).closes(),
        row("Content-Length without a value", "9110 8.6", length("")).gives(REFUSED).closes(),
        row("Content-Length: 5, 5", "9112 6.3 item 5", length("5, 5")).gives(TAKEN_OR_NOT),
        row("Content-Length: 5, 6", "9112 6.3 item 5", length("5, 6")).gives(REFUSED).closes(),
        row(
            "two lengths that are the same",
            "9112 6.3 item 5",
            post("Content-Length: 5\r\nContent-Length: 5\r\n", "Hello"),
        )
        .gives(TAKEN_OR_NOT),
        row(
            "two lengths that differ",
            "9112 6.3 item 5",
            post("Content-Length: 5\r\nContent-Length: 6\r\n", "Hello!"),
        )
        .gives(REFUSED)
        .closes(),
        row("a length past all counting", "9110 8.6", length("99999999999999999999"))
            .gives(&[400, 413])
            .closes(),
        row("a length of 2^64", "9110 15.5.14", length("18446744073709551616")).gives(&[400, 413]).closes(),
        row("a length of 2^64 - 1", "9110 15.5.14", length("18446744073709551615"))
            .gives(&[400, 413])
            .closes(),
        row("a length of 2^64 - 2", "9110 15.5.14", length("18446744073709551614"))
            .gives(&[400, 413])
            .closes(),
        row("a length of 2^64 - 3", "9110 15.5.14", length("18446744073709551613"))
            .gives(&[400, 413])
            .closes(),
        row("a length of 2^63", "9110 15.5.14", length("9223372036854775808")).gives(&[400, 413]).closes(),
        row("a body that ends early", "9112 6.3 item 6", post("Content-Length: 9\r\n", "Hello"))
            .gives(&[400, 408, NONE])
            .half(),
        row(
            "a length beside chunks",
            "9112 6.1",
            post("Content-Length: 6\r\nTransfer-Encoding: chunked\r\n", &format!("0\r\n\r\n{SMUGGLED}")),
        )
        .gives(TAKEN_OR_NOT)
        .closes(),
        row(
            "chunks beside a length",
            "9112 6.1",
            post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", &format!("0\r\n\r\n{SMUGGLED}")),
        )
        .gives(TAKEN_OR_NOT)
        .closes(),
    ]
}

fn chunks() -> Vec<Row> {
    vec![
        row("chunks", "9112 7.1", chunked("5\r\nHello\r\n0\r\n\r\n")),
        row("a size with zeros before it", "9112 7.1", chunked("0005\r\nHello\r\n000\r\n\r\n")),
        row("a size in hexadecimal", "9112 7.1", chunked("a\r\n0123456789\r\nA\r\n0123456789\r\n0\r\n\r\n")),
        row("an extension", "9112 7.1.1", chunked("5;a=b;c\r\nHello\r\n0;d\r\n\r\n")),
        row("an extension in quotes", "9112 7.1.1", chunked("5;a=\"b;\\\"c\"\r\nHello\r\n0\r\n\r\n")),
        row("trailer fields", "9112 7.1.2", chunked("5\r\nHello\r\n0\r\nX: y\r\nZ: w\r\n\r\n")),
        row(
            "chunks and the next request",
            "9112 9.3.2",
            chunked(&format!("5\r\nHello\r\n0\r\n\r\n{SMUGGLED}")),
        )
        .times(2),
        row("a length in the trailer", "9110 6.5.1", chunked("0\r\nContent-Length: 50\r\n\r\n"))
            .gives(TAKEN_OR_NOT),
        row("a trailer line without a colon", "9112 7.1.2", chunked("0\r\nnonsense\r\n\r\n"))
            .gives(REFUSED)
            .closes(),
        row("a line of the trailer that is folded", "9112 5.2", chunked("0\r\nX: a\r\n b\r\n\r\n"))
            .gives(TAKEN_OR_NOT),
        row("a size that is no number", "9112 7.1", chunked("ZZ\r\nHello\r\n0\r\n\r\n"))
            .gives(REFUSED)
            .closes(),
        row("a size with a sign", "9112 7.1", chunked("+5\r\nHello\r\n0\r\n\r\n")).gives(REFUSED).closes(),
        row("a size below zero", "9112 7.1", chunked("-5\r\nHello\r\n0\r\n\r\n")).gives(REFUSED).closes(),
        row("a size that begins with 0x", "9112 7.1", chunked("0x5\r\nHello\r\n0\r\n\r\n"))
            .gives(REFUSED)
            .closes(),
        row("no size", "9112 7.1", chunked("\r\nHello\r\n0\r\n\r\n")).gives(REFUSED).closes(),
        row("a space before a size", "9112 7.1", chunked(" 5\r\nHello\r\n0\r\n\r\n")).gives(REFUSED).closes(),
        row("a space after a size", "9112 7.1.1", chunked("5 \r\nHello\r\n0\r\n\r\n")).gives(TAKEN_OR_NOT),
        row("a size past all counting", "9112 7.1", chunked("FFFFFFFFFFFFFFFF0\r\nHello\r\n0\r\n\r\n"))
            .gives(&[400, 413])
            .closes(),
        row(
            "a size as large as can be counted",
            "9112 7.1",
            chunked("FFFFFFFFFFFFFFFE\r\nHello\r\n0\r\n\r\n"),
        )
        .gives(&[400, 413])
        .closes(),
        row("LF alone after a size", "9112 7.1", chunked("5\nHello\r\n0\r\n\r\n")).gives(REFUSED).closes(),
        row("LF alone in an extension", "9112 7.1.1", chunked("5;a\nb\r\nHello\r\n0\r\n\r\n"))
            .gives(REFUSED)
            .closes(),
        row("CR alone in an extension", "9112 2.2", chunked("5;a\rb\r\nHello\r\n0\r\n\r\n"))
            .gives(TAKEN_OR_NOT),
        row("a chunk longer than its size", "9112 7.1", chunked("3\r\nHello\r\n0\r\n\r\n"))
            .gives(REFUSED)
            .closes(),
        row("a chunk without its line end", "9112 7.1", chunked("5\r\nHello0\r\n\r\n"))
            .gives(REFUSED)
            .closes(),
        row("no last chunk", "9112 8", chunked("5\r\nHello\r\n")).gives(&[400, 408, NONE]).half(),
        row("no end of the trailer", "9112 8", chunked("5\r\nHello\r\n0\r\n"))
            .gives(&[400, 408, NONE])
            .half(),
    ]
}

fn codings() -> Vec<Row> {
    let coding = |lines: &str| post(lines, &format!("0\r\n\r\n{SMUGGLED}"));
    vec![
        row("Transfer-Encoding: CHUNKED", "9112 7", post("Transfer-Encoding: CHUNKED\r\n", "0\r\n\r\n")),
        row("a tab before the coding", "9112 5", post("Transfer-Encoding:\tchunked\r\n", "0\r\n\r\n")),
        row("gzip, then chunked", "9112 6.1", coding("Transfer-Encoding: gzip, chunked\r\n"))
            .gives(&[400, 501])
            .closes(),
        row(
            "gzip, then chunked, in two lines",
            "9110 5.3",
            coding("Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n"),
        )
        .gives(&[400, 501])
        .closes(),
        row("gzip alone", "9112 6.3 item 4", coding("Transfer-Encoding: gzip\r\n")).gives(REFUSED).closes(),
        row("chunked, then gzip", "9112 6.3 item 4", coding("Transfer-Encoding: chunked, gzip\r\n"))
            .gives(REFUSED)
            .closes(),
        row("identity", "9112 6.3 item 4", coding("Transfer-Encoding: identity\r\n")).gives(REFUSED).closes(),
        row("xchunked", "9112 6.3 item 4", coding("Transfer-Encoding: xchunked\r\n")).gives(REFUSED).closes(),
        row("chunked twice", "9112 6.1", coding("Transfer-Encoding: chunked, chunked\r\n"))
            .gives(REFUSED)
            .closes(),
        row(
            "chunked in two lines",
            "9112 6.1",
            coding("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"),
        )
        .gives(REFUSED)
        .closes(),
        row("chunked with a parameter", "9112 7", coding("Transfer-Encoding: chunked;q=1\r\n"))
            .gives(&[400, 501])
            .closes(),
        row(
            "an empty element before the coding",
            "9110 5.6.1.2",
            post("Transfer-Encoding: , chunked\r\n", "0\r\n\r\n"),
        ),
        row(
            "empty elements after the coding",
            "9110 5.6.1.2",
            post("Transfer-Encoding: chunked, ,\r\n", "0\r\n\r\n"),
        ),
        row(
            "a coding behind chunked and an empty element",
            "9112 6.3 item 4",
            coding("Transfer-Encoding: chunked,, gzip\r\n"),
        )
        .gives(REFUSED)
        .closes(),
        row("no coding", "9112 6.1", coding("Transfer-Encoding:\r\n")).gives(REFUSED).closes(),
        row("a vertical tab before the coding", "9112 6.1", coding("Transfer-Encoding: \x0bchunked\r\n"))
            .gives(REFUSED)
            .closes(),
        row("a space before the colon of the coding", "9112 5.1", coding("Transfer-Encoding : chunked\r\n"))
            .gives(REFUSED)
            .closes(),
        row("a coding behind LF alone", "9112 2.2", coding("X: y\nTransfer-Encoding: chunked\r\n"))
            .gives(REFUSED)
            .closes(),
        row("a coding on a folded line", "9112 5.2", coding("Transfer-Encoding:\r\n chunked\r\n"))
            .gives(&[400])
            .closes(),
    ]
}

fn connections() -> Vec<Row> {
    let bye = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    vec![
        row("Connection: close", "9112 9.6", bye).closes().with("connection", "close"),
        row("close among others, in capitals", "9112 9.6", get("Connection: x, CLOSE\r\n")).closes(),
        row("close in a second field", "9110 7.6.1", get("Connection: x\r\nConnection: close\r\n")).closes(),
        row("Connection: keep-alive", "9112 9.3", get("Connection: keep-alive\r\n")),
        row("Connection of unknown options", "9110 7.6.1", get("Connection: x, y\r\n")),
        row("what follows Connection: close", "9112 9.6", format!("{bye}{SMUGGLED}")).closes(),
        row("a hundred requests at once", "9112 9.3.2", get("").repeat(100)).times(100),
        row(
            "GET, POST and chunks at once",
            "9112 9.3.2",
            format!(
                "{}{}{}",
                get(""),
                post("Content-Length: 5\r\n", "Hello"),
                chunked("2\r\nhi\r\n0\r\n\r\n")
            ),
        )
        .times(3),
        row("a client that half-closes", "9112 9.6", get("")).half(),
        row("a head that ends early", "9112 8", "GET / HTTP/1.1\r\nHos").gives(&[400, 408, NONE]).half(),
        row(
            "Expect: 100-continue, and the body with it",
            "9110 10.1.1",
            post("Content-Length: 2\r\nExpect: 100-continue\r\n", "hi"),
        ),
        row("an expectation that nobody knows", "9110 10.1.1", get("Expect: a-miracle\r\n"))
            .gives(&[200, 417]),
        row("Upgrade: websocket", "9110 7.8", get("Connection: upgrade\r\nUpgrade: websocket\r\n")),
        row(
            "Upgrade: h2c",
            "9110 7.8",
            get("Connection: upgrade, http2-settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"),
        ),
        row("Range where there are no ranges", "9110 14.2", get("Range: bytes=0-1\r\n"))
            .gives(&[200, 206])
            .stays(),
        row("a head that stops coming", "9110 15.5.9", "GET / HTTP/1.1\r\nHos")
            .of(Site::Hasty)
            .gives(&[408, NONE])
            .closes(),
        row("a body that stops coming", "9110 15.5.9", post("Content-Length: 9\r\n", "abc"))
            .of(Site::Hasty)
            .gives(&[408, NONE])
            .closes(),
        row("CR alone at every line", "9112 2.2", "GET / HTTP/1.1\rHost: a\r\r")
            .of(Site::Hasty)
            .gives(&[400, 408, NONE])
            .closes(),
        row("a connection that says nothing", "9112 9.5", "").of(Site::Hasty).gives(&[408, NONE]).closes(),
    ]
}

fn limits() -> Vec<Row> {
    let long = "a".repeat(HEAD);
    let body = "a".repeat(BODY + 1);
    vec![
        row(
            "a body as long as is taken",
            "9110 15.5.14",
            post(&format!("Content-Length: {BODY}\r\n"), &"a".repeat(BODY)),
        ),
        row(
            "a body past the limit",
            "9110 15.5.14",
            post(&format!("Content-Length: {}\r\n", body.len()), &body),
        )
        .gives(&[413]),
        row(
            "chunks past the limit",
            "9110 15.5.14",
            chunked(&format!("{:x}\r\n{body}\r\n0\r\n\r\n", body.len())),
        )
        .gives(&[413])
        .strict("--max-body holds whichever way a body is sent."),
        row(
            "a body past the limit that is not sent yet",
            "9110 10.1.1",
            post("Content-Length: 9999\r\nExpect: 100-continue\r\n", ""),
        )
        .gives(&[413, 417]),
        row("a target past the limit", "9110 15.5.15", target(&format!("/{long}"))).gives(&[414]),
        row("a method past the limit", "9112 3", format!("{long} / HTTP/1.1\r\nHost: a\r\n\r\n"))
            .gives(&[400, 405, 414, 501]),
        row("a field past the limit", "6585 5", get(&format!("X: {long}\r\n"))).gives(&[400, 431]),
        row("a name past the limit", "6585 5", get(&format!("{long}: x\r\n"))).gives(&[400, 431]),
        row("a hundred and fifty fields", "6585 5", get(&"X: y\r\n".repeat(150)))
            .gives(&[200, 400, 431])
            .strict("the HTTP library beneath takes 100 fields (docs/limits.md)."),
        row("too many fields for the limit", "6585 5", get(&"X: y\r\n".repeat(HEAD / 4))).gives(&[400, 431]),
        row("trailer fields past the limit", "6585 5", chunked(&format!("0\r\nX: {long}\r\n\r\n")))
            .gives(&[200, 400, 431]),
        row("an extension past the limit", "9112 7.1.1", chunked(&format!("1;{long}\r\na\r\n0\r\n\r\n")))
            .gives(&[200, 400, 413, 431])
            .strict("extensions carry nothing that anybody reads; --max-head holds for their lines."),
    ]
}
