//! How a client reaches its server, on the command line: what `get` and `connect` have in common.

use std::path::PathBuf;

use clap::Args;

use super::parse;
use crate::command::connect::Family;
use crate::command::{Route, Trust, World};

#[derive(Debug, Args)]
pub(super) struct ReachArgs {
    /// IPv4 only
    #[arg(short = '4', conflicts_with = "v6")]
    pub(super) v4: bool,
    /// IPv6 only
    #[arg(short = '6')]
    pub(super) v6: bool,
    /// Look names up in the pocket internet: a running netlearn lab, or one for this command alone
    #[arg(long)]
    pub(super) lab: bool,
    /// Use these addresses for HOST at PORT, ask nobody
    #[arg(long, value_name = "HOST:PORT:ADDR[,ADDR]", value_parser = parse::route)]
    pub(super) resolve: Vec<Route>,
    /// Trust only the certificates in FILE (PEM): those of authorities, or the server's own
    #[arg(long, value_name = "FILE", value_parser = parse::certificates)]
    pub(super) cacert: Option<PathBuf>,
    /// Go on although the certificate is not trusted; what is wrong with it is shown
    #[arg(short = 'k', long, conflicts_with = "cacert")]
    pub(super) insecure: bool,
}

impl ReachArgs {
    pub(super) fn family(&self) -> Family {
        match (self.v4, self.v6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            (false, false) => Family::Any,
        }
    }

    pub(super) fn world(self) -> World {
        let trust = match self.cacert {
            Some(file) => Trust::File(file),
            None if self.insecure => Trust::Nobody,
            None => Trust::System,
        };
        World { routes: self.resolve, trust, ..World::default() }
    }
}
