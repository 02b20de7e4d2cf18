//! Words for failures: what failed, the evidence (first what is fine, then what is broken), the cause, the next command.
//!
//! They conclude from the evidence of the event alone. Where the evidence leaves two causes, both are named.

mod case;
mod connect;
mod dns;
mod evidence;
mod frames;
mod http;
mod listen;
mod many;
#[cfg(test)]
mod samples;
mod tls;
mod udp;
mod unix;
mod wait;

use super::{Explanation, Try};
use crate::event::failure::{Failed, FailureKind as Kind, Phase};
use case::Case;
pub(crate) use case::quoted;

/// Ids of the sentences of evidence: each is said once in a run.
const IDS: [&str; 16] = [
    "evidence.1",
    "evidence.2",
    "evidence.3",
    "evidence.4",
    "evidence.5",
    "evidence.6",
    "evidence.7",
    "evidence.8",
    "evidence.9",
    "evidence.10",
    "evidence.11",
    "evidence.12",
    "evidence.13",
    "evidence.14",
    "evidence.15",
    "evidence.16",
];

/// Words for [`Failed`].
pub fn failed(facts: &Failed) -> Explanation {
    let case = Case::new(facts);
    let verdict = verdict(&case);
    let mut words = Explanation {
        label: label(facts.phase).to_owned(),
        what: format!("{}: {}", case.subject(), verdict.what),
        cause: Some(verdict.cause),
        sources: verdict.sources.to_vec(),
        words: verdict.words.to_vec(),
        ..Explanation::default()
    };
    let told = evidence::told(&case);
    words.lines = told.lines;
    for (index, text) in told.fine.into_iter().chain(told.broken).enumerate() {
        words = words.why(IDS[index.min(IDS.len() - 1)], text);
    }
    words.more = told.more;
    if let Some(errno) = facts.errno {
        words = words.more(format!("errno {errno}"));
    }
    let given = facts.next.iter().map(|command| {
        let known = verdict.next.iter().find(|offer| covers(command, &offer.command));
        let same = listen::on_the_same_port(&case, command);
        let shows = known
            .map_or_else(|| same.unwrap_or_else(|| shows(command).to_owned()), |offer| offer.shows.clone());
        Try { command: command.clone(), shows }
    });
    for offer in given.chain(verdict.next.iter().cloned()) {
        if words.next.iter().all(|known| !covers(&known.command, &offer.command)) {
            words.next.push(offer);
        }
    }
    if case.in_lab() {
        for offer in &mut words.next {
            offer.command = in_lab(&offer.command);
        }
    }
    words
}

/// The same command in the pocket internet: without it a name of the lab leads nowhere.
fn in_lab(command: &str) -> String {
    for begins in ["netlearn get ", "netlearn connect ", "netlearn resolve "] {
        if let Some(rest) = command.strip_prefix(begins)
            && !rest.split(' ').any(|word| word == "--lab")
        {
            return format!("{begins}--lab {rest}");
        }
    }
    command.to_owned()
}

/// Whether a command is the other one, or starts the same server with more of its flags.
fn covers(command: &str, other: &str) -> bool {
    let servers = [command, other].iter().all(|command| command.starts_with("netlearn serve"));
    let more = |word| command.split(' ').any(|own| own == word);
    command == other || (servers && other.split(' ').all(more))
}

/// What a kind of failure comes to in one case.
struct Verdict {
    /// Goes behind the target.
    what: String,
    cause: String,
    next: Vec<Try>,
    words: &'static [&'static str],
    sources: &'static [&'static str],
}

impl Verdict {
    fn new(what: impl Into<String>, cause: impl Into<String>) -> Self {
        Verdict { what: what.into(), cause: cause.into(), next: Vec::new(), words: &[], sources: &[] }
    }

    fn then(mut self, command: impl Into<String>, shows: impl Into<String>) -> Self {
        self.next.push(Try { command: command.into(), shows: shows.into() });
        self
    }

    fn words(mut self, words: &'static [&'static str]) -> Self {
        self.words = words;
        self
    }

    fn sources(mut self, sources: &'static [&'static str]) -> Self {
        self.sources = sources;
        self
    }
}

fn label(phase: Phase) -> &'static str {
    match phase {
        Phase::Name => "name",
        Phase::Listen => "listen",
        Phase::Connect => "connect",
        Phase::Handshake => "tls",
        Phase::Send => "send",
        Phase::Wait => "wait",
        Phase::Receive => "receive",
        Phase::Output => "output",
        Phase::Table => "table",
    }
}

fn verdict(case: &Case<'_>) -> Verdict {
    if let Some(verdict) = udp::verdict(case) {
        return verdict;
    }
    if case.failed.is_unix()
        && let Some(verdict) = unix::instead(case)
    {
        return verdict;
    }
    match case.failed.kind {
        Kind::NameNotFound => connect::name_not_found(case),
        Kind::NameTimeout => connect::name_timeout(case),
        Kind::NameFamily => connect::name_family(case),
        Kind::Refused => connect::refused(case),
        Kind::Rejected => connect::rejected(case),
        Kind::BlackHole => connect::black_hole(case),
        Kind::NeverAccepts => connect::never_accepts(case),
        Kind::Unreachable => connect::unreachable(case),
        Kind::LocalAddress => connect::local_address(case),
        Kind::NeverAnswers => wait::never_answers(case),
        Kind::NeverReads => wait::never_reads(case),
        Kind::Stalled => wait::stalled(case),
        Kind::TooLong => wait::too_long(case),
        Kind::AddressInUse => listen::address_in_use(case),
        Kind::PermissionDenied => listen::permission_denied(case),
        Kind::AddressNotAvailable => listen::address_not_available(case),
        Kind::ListenOther => listen::other(case),
        Kind::CertificateExpired => tls::expired(case),
        Kind::CertificateNotYetValid => tls::not_yet_valid(case),
        Kind::CertificateWrongName => tls::wrong_name(case),
        Kind::CertificateUnknownIssuer => tls::unknown_issuer(case),
        Kind::CertificateOther => tls::other_certificate(case),
        Kind::TlsToPlain => tls::to_plain(case),
        Kind::PlainToTls => tls::plain_to_tls(case),
        Kind::TlsHandshake => tls::handshake(case),
        Kind::Reset => wait::reset(case),
        Kind::EmptyReply => wait::empty_reply(case),
        Kind::BodyShort => http::body_short(case),
        Kind::TwoLengths => http::two_lengths(case),
        Kind::BadLength => http::bad_length(case),
        Kind::BrokenChunk => http::broken_chunk(case),
        Kind::BadHead => http::bad_head(case),
        Kind::HeadTooLarge => http::head_too_large(case),
        Kind::NotHttp => http::not_http(case),
        Kind::NotHttp2 => frames::not_http2(case),
        Kind::FrameBroken => frames::broken(case),
        Kind::GoneAway => frames::gone_away(case),
        Kind::StreamReset => frames::reset(case),
        Kind::RedirectLoop => http::redirect_loop(case),
        Kind::TooManyRedirects => http::too_many_redirects(case),
        Kind::BadRedirect => http::bad_redirect(case),
        Kind::HttpError => http::error_status(case),
        // Without the evidence of its datagrams.
        Kind::DatagramTooLong | Kind::SendFailed => wait::send_failed(case),
        Kind::ReceiveFailed => wait::receive_failed(case),
        Kind::OutputFailed => listen::output_failed(case),
        Kind::RecordFailed => listen::record_failed(case),
        Kind::TableUnreadable => listen::table_unreadable(case),
        Kind::NoSuchName => dns::no_such_name(case),
        Kind::NoSuchRecord => dns::no_such_record(case),
        Kind::ServerFailed => dns::server_failed(case),
        Kind::ServerRefused => dns::server_refused(case),
        Kind::ServerLame => dns::server_lame(case),
        Kind::NobodyAnswered => dns::nobody_answered(case),
        Kind::NoNameServer => dns::no_name_server(case),
        Kind::OnlyUnbelievable => dns::only_unbelievable(case),
        Kind::NoResolver => dns::no_resolver(case),
        Kind::AliasLoop => dns::alias_loop(case),
        Kind::WalkLost => dns::walk_lost(case),
        Kind::WalkTooLong => dns::walk_too_long(case),
        Kind::SocketPathTaken => unix::taken(case),
        Kind::SocketPathStale => unix::stale(case),
        Kind::SocketPathOccupied => unix::occupied(case),
        Kind::SocketPathTooLong | Kind::SocketNameTooLong => unix::too_long(case),
        Kind::SocketPathNoFolder => unix::no_folder(case),
        Kind::SocketPathForbidden => unix::may_not_listen(case),
        Kind::NoSocketFile => unix::no_file(case),
        Kind::SocketRefused => unix::refused(case),
        Kind::NotASocket => unix::not_a_socket(case),
        Kind::SocketForbidden => unix::may_not_connect(case),
        Kind::OtherSocketType => unix::other_type(case),
        Kind::TooManyClients => many::too_many(case),
        Kind::Other => connect::other(case),
    }
}

/// What a command that the operation itself offers will show, by its first words.
fn shows(command: &str) -> &'static str {
    let mut parts = command.split_whitespace();
    match (parts.next(), parts.next()) {
        (Some("netlearn"), Some("serve")) => "starts a server",
        (Some("netlearn"), Some("ports")) => "who listens here",
        (Some("netlearn"), Some("get")) => "asks again",
        (Some("netlearn"), Some("connect")) => "connects, and shows each step",
        (Some("netlearn"), Some("explain")) => "what the word means",
        (Some("netlearn"), Some("lab")) => "writes into a folder of that name",
        _ => "",
    }
}

#[cfg(test)]
mod tests;
