//! What is answered where several sites share an address and a port: the page of the one that was asked for, or that it is
//! none of them. Only the site that misbehaves does so; its neighbours are served as ever.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::StatusCode;
use hyper::header::{HOST, HeaderValue};
use hyper::http::request::Parts;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _, ReadBuf};

use super::answer::{Answer, said};
use super::raw;
use crate::event::tcp::CloseReason;
use crate::event::{Layer, Side};
use crate::net::http::fault;
use crate::net::server::attend::{Ears, End};
use crate::net::server::site::{Misdeed, Site, asked};
use crate::net::server::{GRACE, Hall};

/// The page of the site that the request is for. The authority of an absolute target counts more than the Host field
/// (RFC 9112 section 3.2.2). For a name that is not here: 421 (RFC 9110 sections 7.4 and 15.5.20).
pub fn answer(sites: &[Site], parts: &Parts) -> Answer {
    let field =
        || parts.headers.get(HOST).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let host = parts.uri.authority().map(ToString::to_string).or_else(field);
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    match asked(sites, host.as_deref()) {
        Some(site) => said(page(site, host.as_deref()).into(), html),
        None => {
            let mut answer = said(nobody(sites, host.as_deref().unwrap_or_default()).into(), html);
            *answer.status_mut() = StatusCode::MISDIRECTED_REQUEST;
            answer
        }
    }
}

/// The site's page, with a line that says what it was asked by.
fn page(site: &Site, host: Option<&str>) -> String {
    let line = match host {
        Some(host) => format!("<p>Your request said <code>Host: {}</code>.</p>\n", escaped(host)),
        None => "<p>Your request named no Host: this is the first site at this address.</p>\n".to_owned(),
    };
    let end = site.page.rfind("</body>").or_else(|| site.page.rfind("</html>"));
    let (before, after) = site.page.split_at(end.unwrap_or(site.page.len()));
    format!("{before}{line}{after}")
}

fn nobody(sites: &[Site], host: &str) -> String {
    let names: Vec<&str> = sites.iter().flat_map(|site| &site.names).map(String::as_str).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>No such site here</title>\n\
         <h1>No such site here</h1>\n<p>Your request said <code>Host: {}</code>. The sites at this address and port are: {}.</p>\n</html>\n",
        escaped(host),
        escaped(&names.join(", ")),
    )
}

/// Text as HTML shows it.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Serves a connection where a site misbehaves: which one it is for is known once the head of its first request is there.
pub async fn converse<S>(sites: &[Site], mut stream: S, hall: &Arc<Hall>, ears: &Ears) -> (S, End)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let head = match fault::request(&mut stream, hall).await {
        Ok(head) => head,
        Err(end) => {
            let plain = sites.iter().any(|site| site.fault == Some(Misdeed::PlainHttp));
            if plain && end.why == Some(CloseReason::WrongProtocol) {
                refuse(&mut stream, hall, ears).await;
            }
            return (stream, end);
        }
    };
    let end = match asked(sites, head.host().as_deref()).and_then(|site| site.fault) {
        Some(Misdeed::Wrongly(fault)) => fault::misanswer(fault, &head, &mut stream, hall, ears).await,
        Some(Misdeed::NeverAnswers) => fault::say_nothing(&head, &mut stream, hall, ears).await,
        Some(Misdeed::PlainHttp) | None => {
            let (stream, end) =
                super::converse(Begun { head: head.0, taken: 0, inner: stream }, hall, ears).await;
            return (stream.inner, end);
        }
    };
    (stream, end)
}

/// Answers what was no request of HTTP.
async fn refuse<S: AsyncWrite + Unpin>(stream: &mut S, hall: &Hall, ears: &Ears) {
    let octets = raw::refusal(400, &hall.recorder);
    let written = tokio::time::timeout(GRACE, async {
        stream.write_all(&octets).await?;
        stream.flush().await
    });
    if matches!(written.await, Ok(Ok(()))) && ears.detailed() {
        let answered = raw::answered(400, 1);
        hall.recorder.on(Side::Server, Layer::Http).flow(ears.flow).emit(answered);
    }
}

/// A stream whose first octets were read already.
struct Begun<S> {
    head: Vec<u8>,
    taken: usize,
    inner: S,
}

impl<S: AsyncRead + Unpin> AsyncRead for Begun<S> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let begun = self.get_mut();
        let left = begun.head.get(begun.taken..).unwrap_or_default();
        if left.is_empty() {
            return Pin::new(&mut begun.inner).poll_read(cx, buf);
        }
        let len = left.len().min(buf.remaining());
        buf.put_slice(&left[..len]);
        begun.taken += len;
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Begun<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}
