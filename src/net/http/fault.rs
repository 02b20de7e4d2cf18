//! Misbehaviours of an HTTP server, each one small unit: octets written on purpose, after the head of a request was read.
//!
//! None of these is a correct answer. They do nothing but what their name says, and end the connection.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

use crate::event::http::server::Misanswered;
use crate::event::tcp::CloseReason;
use crate::event::{Layer, Side};
use crate::net::server::attend::{Ears, End, listen_only};
use crate::net::server::drip::Drip;
use crate::net::server::{Fault, Hall};

/// Time between two octets of `slow-headers`.
pub const SLOW: Duration = Duration::from_millis(200);
/// Octets of one piece of `endless-header`, and the time between two: at most some 40 kB a second.
pub const PIECE: usize = 4096;
/// See [`PIECE`].
pub const PIECE_EVERY: Duration = Duration::from_millis(100);

/// Declares 100 octets of content and sends 10 (RFC 9112 section 8: an incomplete message).
pub const TRUNCATE: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 100\r\n\r\n0123456789";
/// Declares 5 octets of content and sends 12: what follows belongs to no message.
pub const LONG_BODY: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nHello, World";
/// A chunk whose size is no hexadecimal number (RFC 9112 section 7.1).
pub const BAD_CHUNK: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nHello\r\nZZ\r\nWorld\r\n0\r\n\r\n";
/// Two lengths that differ (RFC 9112 section 6.3 item 5).
pub const TWO_LENGTHS: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\nContent-Length: 7\r\n\r\nHello!!";
/// A length that is no length (RFC 9110 section 8.6).
pub const BAD_LENGTH: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: -5\r\n\r\nHello";
/// A status of four characters, one of them no digit (RFC 9112 section 4).
pub const BAD_STATUS: &[u8] =
    b"HTTP/1.1 999x Strange\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nHello";
/// A NUL within a field value (RFC 9110 section 5.5).
pub const NUL_HEADER: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nX-Odd: a\0b\r\nContent-Length: 5\r\n\r\nHello";
/// The greeting of another protocol (RFC 4253 section 4.2).
pub const NOT_HTTP: &[u8] = b"SSH-2.0-netlearn\r\n";
/// A correct answer, sent one octet at a time with [`SLOW`] between.
pub const SLOW_HEADERS: &[u8] =
    b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 14\r\n\r\nHello, World!\n";
/// How the head begins that never ends.
pub const ENDLESS_HEADER: &[u8] = b"HTTP/1.1 200 OK\r\nX-Endless: ";

/// Reads the head of a request and answers it wrongly, as `fault` says.
pub async fn misbehave<S>(fault: Fault, stream: &mut S, hall: &Hall, ears: &Ears) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match request(stream, hall).await {
        Ok(head) => misanswer(fault, &head, stream, hall, ears).await,
        Err(end) => end,
    }
}

/// `--silent`: reads everything and never answers. A head that comes whole within its limit is told.
pub async fn never_answer<S: AsyncRead + Unpin>(stream: &mut S, hall: &Hall, ears: &Ears) -> End {
    let mut coming = Some(Head::default());
    let end = listen_only(stream, hall, ears, |octets| {
        let Some(head) = &mut coming else { return };
        let room = hall.options.limits.head.saturating_sub(head.0.len());
        if head.take(&octets[..room.min(octets.len())]) {
            tell(head, None, hall, ears);
            coming = None;
        } else if octets.len() >= room || head.in_tls() {
            coming = None;
        }
    });
    End { requests: Some(0), ..end.await }
}

/// A request whose head was read gets no answer.
pub(super) async fn say_nothing<S: AsyncRead + Unpin>(
    head: &Head,
    stream: &mut S,
    hall: &Hall,
    ears: &Ears,
) -> End {
    tell(head, None, hall, ears);
    End { requests: Some(0), ..listen_only(stream, hall, ears, |_| {}).await }
}

/// Counts a request that gets no right answer, and tells it.
fn tell(head: &Head, fault: Option<Fault>, hall: &Hall, ears: &Ears) {
    if ears.one_more(hall) {
        hall.recorder.on(Side::Server, Layer::Http).flow(ears.flow).emit(head.misanswered(fault));
    }
}

/// Reads the head of a request; where none comes, how the connection is to end.
pub(super) async fn request<S>(stream: &mut S, hall: &Hall) -> Result<Head, End>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let over = tokio::select! {
        over = head(stream, hall) => Ok(over),
        () = hall.stop.cancelled() => Err(End::because(CloseReason::Stopping)),
        () = hall.idle() => Err(End::because(CloseReason::Idle)),
    };
    let end = match over {
        Ok(Asked::For(head)) => return Ok(head),
        Ok(Asked::InTls) => End::because(CloseReason::WrongProtocol),
        Ok(Asked::Left) => End::default(),
        Err(end) => end,
    };
    Err(End { requests: Some(0), ..end })
}

/// Answers a request whose head was read wrongly, as `fault` says.
pub(super) async fn misanswer<S>(fault: Fault, head: &Head, stream: &mut S, hall: &Hall, ears: &Ears) -> End
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    tell(head, Some(fault), hall, ears);
    let answered = u64::from(!matches!(fault, Fault::Reset | Fault::Empty));
    let end = End { requests: Some(answered), ..End::because(CloseReason::Fault) };
    match fault {
        Fault::Reset => return end.by_reset(),
        Fault::Empty => return end,
        Fault::Truncate
        | Fault::LongBody
        | Fault::BadChunk
        | Fault::TwoLengths
        | Fault::BadLength
        | Fault::RedirectLoop
        | Fault::SlowHeaders
        | Fault::EndlessHeader
        | Fault::BadStatus
        | Fault::NulHeader
        | Fault::NotHttp => {}
    }
    let target = head.target();
    // A client that leaves or does not read ends it as well as its own end does.
    tokio::select! {
        _ = answer(fault, &target, stream, hall) => end,
        () = hall.stopped() => End { requests: Some(1), ..End::because(CloseReason::Stopping) },
    }
}

async fn answer<S>(fault: Fault, target: &str, stream: &mut S, hall: &Hall) -> io::Result<()>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let octets = match fault {
        Fault::Truncate => TRUNCATE,
        Fault::LongBody => LONG_BODY,
        Fault::BadChunk => BAD_CHUNK,
        Fault::TwoLengths => TWO_LENGTHS,
        Fault::BadLength => BAD_LENGTH,
        Fault::BadStatus => BAD_STATUS,
        Fault::NulHeader => NUL_HEADER,
        Fault::NotHttp => NOT_HTTP,
        Fault::RedirectLoop => return write(stream, redirect(target).as_bytes(), hall).await,
        Fault::SlowHeaders => return slow_headers(stream, hall).await,
        Fault::EndlessHeader => return endless_header(stream, hall).await,
        Fault::Reset | Fault::Empty => return Ok(()),
    };
    write(stream, octets, hall).await
}

/// `/a` leads to `/b` and everything else to `/a`.
fn redirect(target: &str) -> String {
    let path = target.split(['?', '#']).next().unwrap_or_default();
    let to = if path == "/a" { "/b" } else { "/a" };
    format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
}

async fn slow_headers<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, hall: &Hall) -> io::Result<()> {
    for octet in SLOW_HEADERS {
        write(stream, &[*octet], hall).await?;
        rest(stream, SLOW).await?;
    }
    Ok(())
}

async fn endless_header<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S, hall: &Hall) -> io::Result<()> {
    write(stream, ENDLESS_HEADER, hall).await?;
    loop {
        write(stream, &[b'a'; PIECE], hall).await?;
        rest(stream, PIECE_EVERY).await?;
    }
}

/// Waits, and notices meanwhile a client that leaves by RST; one that only ended its own direction still reads.
async fn rest<S: AsyncRead + Unpin>(stream: &mut S, time: Duration) -> io::Result<()> {
    let pause = tokio::time::sleep(time);
    tokio::pin!(pause);
    let mut ignored = [0; 1024];
    loop {
        tokio::select! {
            () = &mut pause => return Ok(()),
            read = stream.read(&mut ignored) => if read? == 0 {
                pause.await;
                return Ok(());
            },
        }
    }
}

/// Writes everything, `--drip` one octet at a time; gives up where the client takes nothing for the idle limit.
async fn write<S: AsyncWrite + Unpin>(stream: &mut S, mut octets: &[u8], hall: &Hall) -> io::Result<()> {
    let mut stream = Drip::new(stream, hall.options.drip);
    while !octets.is_empty() {
        let written = tokio::time::timeout(hall.options.limits.idle, stream.write(octets)).await??;
        octets = &octets[written..];
    }
    stream.flush().await
}

/// What a client began with.
enum Asked {
    /// A request.
    For(Head),
    /// The first octet of a TLS handshake (RFC 8446 section 5.1), which no request begins with.
    InTls,
    /// The client ended before its head did.
    Left,
}

/// The octets of a request from its first to the empty line or the limit, and what came with them.
#[derive(Default)]
pub(super) struct Head(pub(super) Vec<u8>);

impl Head {
    /// Takes what came; whether the empty line at its end is there now. It lets empty lines before a request go (RFC 9112
    /// section 2.2).
    fn take(&mut self, octets: &[u8]) -> bool {
        let before = self.0.len();
        self.0.extend_from_slice(octets);
        if !octets.contains(&b'\n') {
            return false;
        }
        let blank = matches!(self.0.first(), Some(b'\r' | b'\n'));
        let before = before.saturating_sub(if blank { self.skip_empty_lines() } else { 0 });
        if self.in_tls() {
            return false;
        }
        let line = self.0[..before].iter().rposition(|octet| *octet == b'\n').map_or(0, |at| at + 1);
        self.0[line..].split_inclusive(|octet| *octet == b'\n').any(empty)
    }

    fn lines(&self) -> impl Iterator<Item = &[u8]> {
        self.0.split(|octet| *octet == b'\n').map(<[u8]>::trim_ascii_end)
    }

    /// How many octets went.
    fn skip_empty_lines(&mut self) -> usize {
        let blank = |octets: &[u8]| {
            octets
                .split_inclusive(|octet| *octet == b'\n')
                .take_while(|line| empty(line))
                .map(<[u8]>::len)
                .sum()
        };
        let len: usize = blank(&self.0);
        self.0.drain(..len);
        len
    }

    /// Whether it begins as a TLS handshake does (RFC 8446 section 5.1), and no request.
    fn in_tls(&self) -> bool {
        self.0.first() == Some(&0x16)
    }

    /// Method, target and version, where the first line has all three (RFC 9112 section 3).
    fn request_line(&self) -> Option<[String; 3]> {
        let line = String::from_utf8_lossy(self.lines().next()?);
        let mut parts = line.splitn(3, ' ').map(str::to_owned);
        let [method, target, version] = [parts.next()?, parts.next()?, parts.next()?];
        version.starts_with("HTTP/").then_some([method, target, version])
    }

    fn target(&self) -> String {
        self.request_line().map_or_else(|| "/".to_owned(), |[_, target, _]| target)
    }

    /// Octets to the end of its empty line, where that came.
    fn len(&self) -> Option<u64> {
        let mut len = 0;
        let mut lines = self.0.split_inclusive(|octet| *octet == b'\n').inspect(|line| len += line.len());
        lines.find(|line| empty(line))?;
        Some(len as u64)
    }

    fn misanswered(&self, fault: Option<Fault>) -> Misanswered {
        let request_len = self.request_line().and(self.len());
        let [method, target, version] =
            self.request_line().filter(|_| request_len.is_some()).unwrap_or_default();
        // No request after the first is read.
        Misanswered { exchange: 1, method, target, version, request_len, fault }
    }

    /// The authority it is for: that of its target, or else its Host (RFC 9112 section 3.2.2).
    pub(super) fn host(&self) -> Option<String> {
        let absolute = hyper::Uri::try_from(self.target()).ok();
        if let Some(authority) = absolute.as_ref().and_then(hyper::Uri::authority) {
            return Some(authority.to_string());
        }
        let fields = self.lines().skip(1).take_while(|line| !line.is_empty());
        let mut hosts = fields.filter_map(|line| {
            let colon = line.iter().position(|octet| *octet == b':')?;
            let (name, value) = (&line[..colon], &line[colon + 1..]);
            name.eq_ignore_ascii_case(b"host")
                .then(|| String::from_utf8_lossy(value.trim_ascii()).into_owned())
        });
        hosts.next()
    }
}

/// Reads a head, up to the limit.
async fn head<S: AsyncRead + Unpin>(stream: &mut S, hall: &Hall) -> Asked {
    let limit = hall.options.limits.head;
    let mut head = Head::default();
    let mut chunk = [0; 4096];
    let mut ended = false;
    while head.0.len() < limit && !ended {
        let room = chunk.len().min(limit - head.0.len());
        match stream.read(&mut chunk[..room]).await {
            Ok(0) | Err(_) => return Asked::Left,
            Ok(len) => ended = head.take(&chunk[..len]),
        }
        if head.in_tls() {
            return Asked::InTls;
        }
    }
    Asked::For(head)
}

/// Here LF alone will do: what is taught is the answer.
fn empty(line: &[u8]) -> bool {
    matches!(line, b"\r\n" | b"\n")
}
