//! Files of one folder, as answers: types, conditions, single ranges, lists of folders.
//!
//! Nothing outside of that folder is ever opened: a path is resolved by the system first, links and all, and what it
//! resolves to must lie in the folder. It never writes.

use std::io::SeekFrom;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use bytes::Bytes;
use hyper::header::{ACCEPT_RANGES, ALLOW, CONTENT_RANGE, CONTENT_TYPE, HeaderValue, LOCATION, RANGE};
use hyper::http::request::Parts;
use hyper::{Method, Response, StatusCode};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use tokio::fs::{self, File};
use tokio::io::AsyncSeekExt as _;

use super::answer::{Answer, Content, failure};
use super::condition::{self, Validators, Verdict};

/// Methods that a file takes.
const METHODS: &str = "GET, HEAD, OPTIONS";
/// What stands for a folder.
const INDEX: &str = "index.html";
/// Most entries of a folder that are listed.
const LISTED: usize = 10_000;
/// What stays as it is in a link: unreserved octets (RFC 3986 section 2.3).
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Answers with what the request's path names in `root`.
pub async fn answer(root: &Path, request: &Parts, now: SystemTime) -> Answer {
    if !matches!(request.method, Method::GET | Method::HEAD) {
        let mut answer = failure(405);
        if request.method == Method::OPTIONS {
            answer = Response::new(Content::text(Bytes::new()));
            *answer.status_mut() = StatusCode::NO_CONTENT;
        }
        answer.headers_mut().insert(ALLOW, HeaderValue::from_static(METHODS));
        return answer;
    }
    let path = request.uri.path();
    let Some(found) = resolve(root, path).await else { return failure(404) };
    let Ok(facts) = fs::metadata(&found).await else { return failure(404) };
    match (facts.is_dir(), path.ends_with('/')) {
        (false, false) => return file(&found, request, now).await,
        // Only a folder has something below it.
        (false, true) => return failure(404),
        (true, false) => return elsewhere(path, request.uri.query()),
        (true, true) => {}
    }
    // The index may be a link too, and must lie in the folder like anything else.
    match resolve(root, &format!("{path}{INDEX}")).await {
        Some(index) => file(&index, request, now).await,
        None => match condition::judge(&request.headers, None) {
            Verdict::Go | Verdict::Whole => list(&found, path).await,
            Verdict::NotModified => not_modified(Content::text(Bytes::new())),
            Verdict::Failed => failure(412),
        },
    }
}

/// The file or folder that a path names, if it is there and lies in `root`.
async fn resolve(root: &Path, path: &str) -> Option<PathBuf> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let mut wanted = root.to_owned();
    for part in decoded.split('/').filter(|part| !part.is_empty() && *part != ".") {
        // A separator or drive of another system in a name, a way up, or a NUL: no name of a file here.
        if part == ".." || part.contains(['\\', '\0']) || (cfg!(windows) && part.contains(':')) {
            return None;
        }
        wanted.push(part);
    }
    let root = fs::canonicalize(root).await.ok()?;
    let found = fs::canonicalize(&wanted).await.ok()?;
    found.starts_with(&root).then_some(found)
}

/// A good answer, or a part of one, or that the client has it already.
async fn file(path: &Path, request: &Parts, now: SystemTime) -> Answer {
    let Ok(file) = open(path).await else { return failure(404) };
    let facts = match file.metadata().await {
        Ok(facts) if facts.is_file() => facts,
        Ok(_) | Err(_) => return failure(404),
    };
    let validators = Validators::of(&facts, now);
    let verdict = condition::judge(&request.headers, validators.as_ref());
    let mut answer = match verdict {
        Verdict::Failed => return failure(412),
        // The length is the one of the content that a plain GET would have got (RFC 9110 section 8.6).
        Verdict::NotModified => not_modified(Content::file(file, facts.len())),
        Verdict::Go | Verdict::Whole => {
            content(file, facts.len(), path, request, verdict == Verdict::Go).await
        }
    };
    if let Some(validators) = validators.filter(|_| answer.status() != StatusCode::RANGE_NOT_SATISFIABLE) {
        validators.mark(&mut answer);
    }
    answer
}

fn not_modified(content: Content) -> Answer {
    let mut answer = Response::new(content);
    *answer.status_mut() = StatusCode::NOT_MODIFIED;
    answer
}

/// The file, or the range of it that is asked for where ranges count.
async fn content(mut file: File, len: u64, path: &Path, request: &Parts, ranges: bool) -> Answer {
    let kind = mime_guess::from_path(path).first_or_octet_stream();
    let kind = match kind.type_() == mime_guess::mime::TEXT && kind.get_param("charset").is_none() {
        true => format!("{kind}; charset=utf-8"),
        false => kind.to_string(),
    };
    // Ranges are for GET alone (RFC 9110 section 14.2).
    let asked = request.headers.get(RANGE).filter(|_| ranges && request.method == Method::GET);
    let mut answer = match asked.and_then(|range| wanted(range.as_bytes(), len)) {
        None => Response::new(Content::file(file, len)),
        Some(Err(())) => return unsatisfiable(len),
        Some(Ok((first, last))) => {
            if file.seek(SeekFrom::Start(first)).await.is_err() {
                return failure(500);
            }
            let mut answer = Response::new(Content::file(file, last - first + 1));
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            put(&mut answer, CONTENT_RANGE, &format!("bytes {first}-{last}/{len}"));
            answer
        }
    };
    put(&mut answer, CONTENT_TYPE, &kind);
    answer.headers_mut().insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    answer
}

/// Opens without waiting: a named pipe would hold a plain open until somebody writes into it.
async fn open(path: &Path) -> std::io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.read(true);
    #[cfg(unix)]
    options.custom_flags(libc::O_NONBLOCK);
    options.open(path).await
}

/// One range of octets, first and last (RFC 9110 section 14.1.2). `None`: not understood or several, which a server may
/// ignore (section 14.2). `Err`: beyond the end.
fn wanted(range: &[u8], len: u64) -> Option<Result<(u64, u64), ()>> {
    let text = std::str::from_utf8(range).ok()?;
    let (unit, range) = text.split_once('=')?;
    if !unit.eq_ignore_ascii_case("bytes") {
        return None;
    }
    let (first, last) = range.trim().split_once('-')?;
    let number = |text: &str| text.bytes().all(|octet| octet.is_ascii_digit()).then(|| text.parse().ok())?;
    match (first, last) {
        ("", suffix) => {
            let suffix: u64 = number(suffix)?;
            Some(if suffix == 0 || len == 0 { Err(()) } else { Ok((len.saturating_sub(suffix), len - 1)) })
        }
        (first, last) => {
            let first: u64 = number(first)?;
            let last: u64 = if last.is_empty() { u64::MAX } else { number(last)? };
            if last < first {
                return None;
            }
            Some(if first >= len { Err(()) } else { Ok((first, last.min(len - 1))) })
        }
    }
}

fn unsatisfiable(len: u64) -> Answer {
    let mut answer = failure(416);
    put(&mut answer, CONTENT_RANGE, &format!("bytes */{len}"));
    answer
}

/// A folder without its final slash: links in its page would lead beside it.
fn elsewhere(path: &str, query: Option<&str>) -> Answer {
    let mut answer = failure(301);
    // More than one slash at the front would be read as the name of another server (RFC 3986 section 4.2).
    let path = path.trim_start_matches('/');
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    put(&mut answer, LOCATION, &format!("/{path}/{query}"));
    answer
}

fn put(answer: &mut Answer, name: hyper::header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        answer.headers_mut().insert(name, value);
    }
}

/// A page with the names in a folder.
async fn list(folder: &Path, path: &str) -> Answer {
    let Ok(mut entries) = fs::read_dir(folder).await else { return failure(404) };
    let mut names = Vec::new();
    while let Ok(Some(entry)) = entries.next_entry().await {
        let slash = entry.file_type().await.is_ok_and(|kind| kind.is_dir());
        names.push(format!("{}{}", entry.file_name().to_string_lossy(), if slash { "/" } else { "" }));
        if names.len() == LISTED {
            break;
        }
    }
    names.sort();
    let title = escaped(&percent_decode_str(path).decode_utf8_lossy());
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<h1>{title}</h1>\n<ul>\n"
    );
    for name in names {
        let bare = name.trim_end_matches('/');
        let slash = &name[bare.len()..];
        let link = utf8_percent_encode(bare, KEPT);
        page.push_str(&format!("<li><a href=\"./{link}{slash}\">{}</a></li>\n", escaped(&name)));
    }
    page.push_str("</ul>\n</html>\n");
    let mut answer = Response::new(Content::text(Bytes::from(page)));
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    answer
}

/// Text that is no markup.
fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_of_ten_octets() {
        for (asked, expected) in [
            ("bytes=0-0", Some(Ok((0, 0)))),
            ("bytes=0-99", Some(Ok((0, 9)))),
            ("bytes=4-", Some(Ok((4, 9)))),
            ("bytes=-3", Some(Ok((7, 9)))),
            ("bytes=-30", Some(Ok((0, 9)))),
            ("bytes=10-", Some(Err(()))),
            ("bytes=-0", Some(Err(()))),
            ("bytes=5-4", None),
            ("bytes=0-1,3-4", None),
            ("bytes=+1-2", None),
            ("lines=0-1", None),
            ("bytes=", None),
            ("bytes=-", None),
            ("bytes=99999999999999999999-", None),
        ] {
            assert_eq!(wanted(asked.as_bytes(), 10), expected, "{asked}");
        }
        assert_eq!(wanted(b"bytes=0-", 0), Some(Err(())));
        assert_eq!(wanted(b"bytes=-1", 0), Some(Err(())));
    }

    #[test]
    fn a_list_cannot_carry_markup() {
        assert_eq!(escaped("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }
}
