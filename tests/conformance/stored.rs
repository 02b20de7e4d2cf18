//! Requests for files: ranges, conditions, and paths that lead elsewhere. The folder holds `a.txt` of ten digits.

use super::row::{NONE, Row, Site, row};

fn file(fields: &str) -> String {
    format!("GET /a.txt HTTP/1.1\r\nHost: a\r\n{fields}\r\n")
}

fn range(name: &'static str, section: &'static str, value: &str) -> Row {
    row(name, section, file(&format!("Range: {value}\r\n"))).of(Site::Files)
}

pub(crate) fn ranges() -> Vec<Row> {
    let head = "HEAD /a.txt HTTP/1.1\r\nHost: a\r\nRange: bytes=0-1\r\n\r\n";
    vec![
        row("a file", "9110 9.3.1", file(""))
            .of(Site::Files)
            .content(b"0123456789")
            .with("last-modified", "GMT"),
        row("HEAD of a file", "9110 9.3.2", "HEAD /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            .of(Site::Files)
            .bare()
            .with("content-length", "10"),
        range("a range", "9110 14.1.2", "bytes=2-4")
            .gives(&[206])
            .stays()
            .content(b"234")
            .with("content-range", "bytes 2-4/10"),
        range("a range without an end", "9110 14.1.2", "bytes=7-").gives(&[206]).stays().content(b"789"),
        range("the last octets", "9110 14.1.2", "bytes=-2").gives(&[206]).stays().content(b"89"),
        range("more last octets than there are", "9110 14.1.2", "bytes=-20")
            .gives(&[200, 206])
            .stays()
            .content(b"0123456789"),
        range("a range past the end", "9110 14.1.2", "bytes=8-99").gives(&[206]).stays().content(b"89"),
        range("several ranges", "9110 14.2", "bytes=0-1,4-5").gives(&[200, 206]).stays(),
        range("a range that begins past the end", "9110 15.5.17", "bytes=10-")
            .gives(&[416])
            .stays()
            .with("content-range", "bytes */10"),
        range("no last octets", "9110 14.1.2", "bytes=-0").gives(&[416]),
        range("a range that ends before it begins", "9110 14.1.1", "bytes=5-4").gives(&[200, 400, 416]),
        range("a range of another unit", "9110 14.2", "lines=1-2").stays(),
        row("a range of HEAD", "9110 14.2", head).of(Site::Files).bare().with("content-length", "10"),
        row(
            "a range if a tag still holds that never did",
            "9110 13.1.5",
            file("Range: bytes=0-1\r\nIf-Range: \"never\"\r\n"),
        )
        .of(Site::Files)
        .content(b"0123456789"),
        row(
            "a range if unchanged since long ago",
            "9110 13.1.5",
            file("Range: bytes=0-1\r\nIf-Range: Sun, 06 Nov 1994 08:49:37 GMT\r\n"),
        )
        .of(Site::Files)
        .content(b"0123456789"),
    ]
}

pub(crate) fn conditions() -> Vec<Row> {
    let when = |name, section, fields: &str| row(name, section, file(fields)).of(Site::Files);
    let future = "Tue, 31 Dec 2199 23:59:59 GMT";
    let past = "Sun, 06 Nov 1994 08:49:37 GMT";
    vec![
        when("If-None-Match: *", "9110 13.1.2", "If-None-Match: *\r\n").gives(&[304]).stays(),
        when("If-None-Match of another tag", "9110 13.1.2", "If-None-Match: \"never\", W/\"nor this\"\r\n")
            .content(b"0123456789"),
        when("If-Match: *", "9110 13.1.1", "If-Match: *\r\n").content(b"0123456789"),
        when("If-Match of another tag", "9110 13.1.1", "If-Match: \"never\"\r\n").gives(&[412]).stays(),
        when("If-Modified-Since long ago", "9110 13.1.3", &format!("If-Modified-Since: {past}\r\n"))
            .content(b"0123456789"),
        when("If-Modified-Since after now", "9110 13.1.3", &format!("If-Modified-Since: {future}\r\n"))
            .gives(&[200, 304])
            .stays(),
        when("If-Modified-Since of nonsense", "9110 13.1.3", "If-Modified-Since: yesterday\r\n")
            .content(b"0123456789"),
        when(
            "If-Modified-Since beside If-None-Match",
            "9110 13.2.2",
            &format!("If-None-Match: \"never\"\r\nIf-Modified-Since: {future}\r\n"),
        )
        .content(b"0123456789"),
        when("If-Unmodified-Since long ago", "9110 13.1.4", &format!("If-Unmodified-Since: {past}\r\n"))
            .gives(&[412])
            .stays(),
        when("If-Unmodified-Since after now", "9110 13.1.4", &format!("If-Unmodified-Since: {future}\r\n"))
            .content(b"0123456789"),
    ]
}

pub(crate) fn paths() -> Vec<Row> {
    let path = |name, path: &str| {
        row(name, "9110 17.3", format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).of(Site::Files)
    };
    let nowhere: &[u16] = &[301, 400, 403, 404, NONE];
    let wrong = |name, method: &str| {
        row(
            name,
            "9110 15.5.6",
            format!("{method} /a.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi"),
        )
        .of(Site::Files)
    };
    vec![
        path("a path in percent-encoding", "/%61.tx%74").content(b"0123456789"),
        path("a path that is not there", "/none").gives(&[404]).stays(),
        path("a way up", "/../secret").gives(nowhere),
        path("a way up in percent-encoding", "/%2e%2e/secret").gives(nowhere),
        path("a way up whose slash is encoded", "/..%2fsecret").gives(nowhere),
        path("a way up behind a folder", "/sub/../../secret").gives(nowhere),
        path("a way up with a backslash", "/..%5csecret").gives(nowhere),
        path("a way up encoded twice", "/%252e%252e/secret").gives(nowhere),
        path("a way up in absolute-form", "http://a/../secret").gives(nowhere),
        path("an absolute path", "//etc/passwd").gives(nowhere),
        path("NUL in a path", "/a.txt%00.html").gives(nowhere),
        path("percent-encoding that is none", "/%zz").gives(&[400, 404]),
        path("octets that are no UTF-8", "/%ff%fe").gives(&[400, 404]),
        path("a slash behind a file", "/a.txt/").gives(&[400, 404]),
        path("a link that leads out", "/link")
            .gives(&[403, 404])
            .strict("who serves a folder does not mean to serve what a link in it points to."),
        wrong("POST to a file", "POST").gives(&[405]),
        wrong("PUT of a file", "PUT").gives(&[403, 405, 501]),
        wrong("DELETE of a file", "DELETE").gives(&[403, 405, 501]),
        row("OPTIONS of a file", "9110 9.3.7", "OPTIONS /a.txt HTTP/1.1\r\nHost: a\r\n\r\n")
            .of(Site::Files)
            .gives(&[200, 204, 405])
            .stays()
            .with("allow", "GET"),
    ]
}
