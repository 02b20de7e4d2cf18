//! `get` on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::reach::ReachArgs;
use super::{End, parse};
use crate::command::get;

#[derive(Debug, Args)]
#[command(before_help = "  netlearn get http://localhost:3000/\n  netlearn get :3000/ > page.html")]
pub(super) struct GetArgs {
    /// http:// or https://; no scheme means http, :3000/ means this machine
    #[arg(required = true, value_name = "URL", value_parser = parse::url)]
    pub(super) urls: Vec<url::Url>,
    /// The method (GET; POST with -d; HEAD with -I)
    #[arg(short = 'X', long, value_name = "METHOD", value_parser = parse::method)]
    pub(super) request: Option<String>,
    /// A header field, "Name: value"
    #[arg(short = 'H', long, value_name = "FIELD", value_parser = parse::field)]
    pub(super) header: Vec<(String, String)>,
    /// Send TEXT as the body (@FILE reads a file, @- reads stdin)
    #[arg(short = 'd', long, value_name = "TEXT", conflicts_with = "head")]
    pub(super) data: Option<String>,
    /// Ask for the head only
    #[arg(short = 'I', long)]
    pub(super) head: bool,
    /// Write the response's head to the output too
    #[arg(short, long)]
    pub(super) include: bool,
    /// Follow redirects
    #[arg(short = 'L', long)]
    pub(super) location: bool,
    /// An error status (400 and above) is a failure: exit 22, no body
    #[arg(short, long)]
    pub(super) fail: bool,
    /// Write the body to FILE
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    #[command(flatten)]
    pub(super) reach: ReachArgs,
    /// Speak HTTP/1.1 (so it is without --http2)
    #[arg(long = "http1.1", conflicts_with = "http2")]
    pub(super) http11: bool,
    /// Speak HTTP/2: https:// where the server chooses it (ALPN), http:// from the first byte
    #[arg(long, conflicts_with = "close")]
    pub(super) http2: bool,
    /// Let reqwest make the request: what a library does by itself, beside what passed
    #[arg(long, conflicts_with_all = ["http2", "curl", "close", "location"])]
    pub(super) library: bool,
    /// Ask the server to close after each answer
    #[arg(long)]
    pub(super) close: bool,
    /// Print the same request as a curl command, and make none
    #[arg(long)]
    pub(super) curl: bool,
    /// Longest wait for a name, each address, the TLS handshake, the response's head, and silence within a body
    #[arg(long, value_name = "SECONDS", default_value = "5", allow_hyphen_values = true, value_parser = parse::duration)]
    pub(super) timeout: Duration,
    /// Longest time for everything together
    #[arg(short = 'm', long, value_name = "SECONDS", allow_hyphen_values = true, value_parser = parse::duration)]
    pub(super) max_time: Option<Duration>,
}

pub(super) fn options(args: GetArgs) -> Result<get::Options, End> {
    if args.http2 {
        no_connection_fields(&args.header)?;
    }
    let data = args.data.as_deref().map(parse::data).transpose().map_err(End)?;
    Ok(get::Options {
        urls: args.urls,
        method: args.request,
        headers: args.header,
        data,
        head: args.head,
        include: args.include,
        follow: args.location,
        fail: args.fail,
        output: args.output,
        family: args.reach.family(),
        lab: args.reach.lab,
        world: args.reach.world(),
        close: args.close,
        http2: args.http2,
        library: args.library,
        curl: args.curl,
        timeout: args.timeout,
        total: args.max_time,
    })
}

/// HTTP/2 has no place for fields about one connection (RFC 9113 section 8.2.2).
fn no_connection_fields(fields: &[(String, String)]) -> Result<(), End> {
    let of_connection = |(name, _): &&(String, String)| {
        get::OF_ONE_CONNECTION.iter().any(|other| name.eq_ignore_ascii_case(other))
    };
    match fields.iter().find(of_connection) {
        None => Ok(()),
        Some((name, _)) => Err(End(parse::wrong(format!(
            "--http2 with -H '{name}': HTTP/2 has no such field; take one of the two away"
        )))),
    }
}
