//! `lab` on the command line.

use std::path::PathBuf;

use clap::Args;

use super::parse;
use crate::command::lab::{self, LabPorts};

#[derive(Debug, Args)]
#[command(before_help = "  netlearn lab\n  netlearn lab --fault servfail@shop.test")]
pub(super) struct LabArgs {
    /// Give a machine a misbehaviour (may be given more than once); without a name: shop.test, or bank.test
    #[arg(long, value_name = "NAME[@WHERE]", value_parser = parse::lab_fault)]
    pub(super) fault: Vec<lab::Asked>,
    /// Use ports 53, 80 and 443, where that is permitted
    #[arg(long, conflicts_with = "ports")]
    pub(super) real_ports: bool,
    /// Use these ports instead of 5300, 8080 and 8443 (0: the system chooses)
    #[arg(long, value_name = "DNS,HTTP,HTTPS", value_parser = parse::lab_ports)]
    pub(super) ports: Option<LabPorts>,
    /// Put every machine at 127.0.0.1 with a port of its own (done by itself where 127.53.x.y cannot be used)
    #[arg(long)]
    pub(super) one_address: bool,
    /// Write the certificate of its authority to FILE
    #[arg(long, value_name = "FILE")]
    pub(super) ca_out: Option<PathBuf>,
    /// Ask the running lab what its servers counted
    #[arg(long, group = "ask")]
    pub(super) counts: bool,
    /// Ask the running lab what its resolver remembers
    #[arg(long, group = "ask")]
    pub(super) cache: bool,
    /// Write its zones as master files into DIR, and start nothing
    #[arg(long, value_name = "DIR", group = "ask", conflicts_with_all = ["fault", "real_ports", "ports", "one_address", "ca_out"])]
    pub(super) export: Option<PathBuf>,
}

pub(super) fn options(args: LabArgs) -> lab::Options {
    let act = if args.counts {
        lab::Act::Counts
    } else if args.cache {
        lab::Act::Cache
    } else if let Some(folder) = args.export {
        lab::Act::Export(folder)
    } else {
        lab::Act::Run
    };
    let ports = match args.ports {
        Some(ports) => lab::Ports::Given(ports),
        None if args.real_ports => lab::Ports::Real,
        None => lab::Ports::Planned,
    };
    lab::Options { act, faults: args.fault, ports, authority: args.ca_out, one_address: args.one_address }
}
