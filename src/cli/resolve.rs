//! `resolve` on the command line.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use clap::Args;

use super::{End, parse, question};
use crate::command::resolve;

#[derive(Debug, Args)]
#[command(
    before_help = "  netlearn resolve localhost\n  netlearn resolve www.shop.test --trace --lab",
    after_help = "A name that looks like a type or an option: end it with a dot (MX.)."
)]
pub(super) struct ResolveArgs {
    /// NAME..., then a TYPE (A AAAA CNAME NS SOA MX TXT SRV CAA PTR HTTPS ANY, TYPEnnn), and @SERVER[:PORT]; in any order
    #[arg(required_unless_present = "reverse", value_name = "NAME|TYPE|@SERVER")]
    pub(super) words: Vec<String>,
    /// The type, as MX (may be given more than once)
    #[arg(short = 't', long = "type", value_name = "TYPE")]
    pub(super) types: Vec<String>,
    /// Look up the name of an address
    #[arg(short = 'x', long, value_name = "ADDR", value_parser = parse::address)]
    pub(super) reverse: Vec<IpAddr>,
    /// Only the values, one a line, for scripts
    #[arg(long)]
    pub(super) short: bool,
    /// Ask over TCP from the start
    #[arg(long)]
    pub(super) tcp: bool,
    /// Walk from the root, server by server
    #[arg(long, conflicts_with = "no_recurse")]
    pub(super) trace: bool,
    /// Begin the walk at this root server; its port is kept for the whole walk
    #[arg(long, value_name = "ADDR[:PORT]", value_parser = question::root, requires = "trace", conflicts_with = "lab")]
    pub(super) root: Option<SocketAddr>,
    /// Ask the server for what it knows itself (RD 0)
    #[arg(long)]
    pub(super) no_recurse: bool,
    /// Ask in the pocket internet: a running netlearn lab, or one for this command alone
    #[arg(long)]
    pub(super) lab: bool,
    /// Longest wait for each server
    #[arg(long, short = 'w', value_name = "SECONDS", default_value = "5", allow_hyphen_values = true, value_parser = parse::duration)]
    pub(super) timeout: Duration,
}

pub(super) fn options(args: ResolveArgs) -> Result<resolve::Options, End> {
    let asked = question::questions(&args.words, &args.types, &args.reverse).map_err(End)?;
    if args.lab && asked.server.is_some() {
        return Err(End(parse::wrong(
            "--lab and @SERVER are two worlds: netlearn resolve shop.test --lab, or netlearn resolve shop.test @127.53.0.53:5300",
        )));
    }
    if args.trace && asked.server.is_some() {
        return Err(End(parse::wrong(
            "--trace asks every server itself, from the root: leave @SERVER out, or begin elsewhere with --root ADDR",
        )));
    }
    Ok(resolve::Options {
        questions: asked.questions,
        server: asked.server,
        trace: args.trace,
        root: args.root,
        tcp: args.tcp,
        recursion_desired: !args.no_recurse,
        short: args.short,
        lab: args.lab,
        timeout: args.timeout,
    })
}
