//! `get` on the command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::reach::ReachArgs;
use super::{End, parse};
use crate::command::get;

/// Ask a web server for a page and see every line that passes
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
    /// Speak HTTP/1.1 (always so today)
    #[arg(long = "http1.1")]
    pub(super) http11: bool,
    /// Ask the server to close after each answer
    #[arg(long)]
    pub(super) close: bool,
    /// Print the same request as a curl command, and make none
    #[arg(long)]
    pub(super) curl: bool,
    /// Longest wait for a name, each address, the TLS handshake, the response's head, and silence within a body
    #[arg(long, value_name = "SECONDS", default_value = "5", value_parser = parse::duration)]
    pub(super) timeout: Duration,
    /// Longest time for everything together
    #[arg(short = 'm', long, value_name = "SECONDS", value_parser = parse::duration)]
    pub(super) max_time: Option<Duration>,
}

pub(super) fn options(args: GetArgs) -> Result<get::Options, End> {
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
        curl: args.curl,
        timeout: args.timeout,
        total: args.max_time,
    })
}
