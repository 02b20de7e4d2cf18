//! Commands that ask again, built from what was asked and of whom. Each works as it is printed.

use std::net::{IpAddr, SocketAddr};

use crate::event::dns::Question;
use crate::event::failure::Evidence;
use crate::explain::failure::case::{Case, quoted};

/// Who was asked, as a command names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whom {
    /// A server of the lab: `--lab` finds or starts one.
    Lab,
    /// A server that the system is configured with.
    Configured,
    /// A server named on the command line.
    Given(SocketAddr),
    /// Not told.
    Nobody,
}

/// What was asked, and how to ask it again.
pub(super) struct Again<'f> {
    questions: Vec<&'f Question>,
    server: Option<SocketAddr>,
    whom: Whom,
    walked: bool,
}

impl<'f> Again<'f> {
    pub(super) fn of(case: &Case<'f>) -> Self {
        let mut questions = Vec::new();
        let mut server = None;
        let mut configured = false;
        let mut walked = false;
        let mut lab = false;
        for fact in &case.failed.evidence {
            if let Evidence::Asked { question } = fact {
                questions.push(question);
            } else if let Evidence::Answered { server: answered, .. } = fact {
                server = server.or(Some(*answered));
            } else if let Evidence::Unanswered { failed, .. } = fact {
                server = server.or(failed.ends.peer.as_ref().and_then(crate::event::Address::inet));
            } else if let Evidence::Resolvers { servers, .. } = fact {
                configured |= !servers.is_empty();
            } else if let Evidence::Skipped { skipped } = fact {
                server = server.or(skipped.address);
                walked = true;
            } else if matches!(fact, Evidence::InLab) {
                lab = true;
            }
        }
        let server = server.or(case.failed.address);
        let whom = match server {
            _ if lab => Whom::Lab,
            Some(server) if in_lab(server.ip()) => Whom::Lab,
            _ if configured => Whom::Configured,
            Some(server) => Whom::Given(server),
            None => Whom::Nobody,
        };
        Again { questions, server, whom, walked }
    }

    /// The name that was asked for first.
    pub(super) fn name(&self) -> Option<&'f str> {
        self.questions.first().map(|question| question.name.as_str())
    }

    /// The types that were asked for this name.
    pub(super) fn types(&self) -> Vec<&'f str> {
        let mut types: Vec<&str> = Vec::new();
        for question in self.questions.iter().filter(|question| Some(question.name.as_str()) == self.name()) {
            if !types.contains(&question.record_type.as_str()) {
                types.push(&question.record_type);
            }
        }
        types
    }

    pub(super) fn server(&self) -> Option<SocketAddr> {
        self.server
    }

    pub(super) fn in_lab(&self) -> bool {
        self.whom == Whom::Lab
    }

    fn base(&self) -> Option<String> {
        let name = typed(self.name()?);
        // Without a type both A and AAAA are asked for.
        let kind = match self.types().as_slice() {
            [one] => format!(" {}", quoted(one)),
            _ => String::new(),
        };
        Some(format!("netlearn resolve {name}{kind}"))
    }

    fn at(&self) -> String {
        match self.whom {
            Whom::Lab => " --lab".to_owned(),
            Whom::Configured | Whom::Nobody => String::new(),
            Whom::Given(server) => format!(" {}", at(server)),
        }
    }

    /// The same of the same server, with flags (a space before each).
    pub(super) fn with(&self, flags: &str) -> String {
        match self.base() {
            Some(base) => format!("{base}{}{flags}", self.at()),
            None => "netlearn explain resolver".to_owned(),
        }
    }

    /// Another name or type of the same server.
    pub(super) fn of_type(&self, name: &str, kind: &str) -> String {
        format!("netlearn resolve {} {kind}{}", typed(name), self.at())
    }

    /// A walk to the same answer, where one may lead there: a server given by hand may know what the root does not lead to.
    pub(super) fn trace(&self) -> Option<String> {
        match self.whom {
            Whom::Lab => Some(format!("{} --trace --lab", self.base()?)),
            Whom::Configured => Some(format!("{} --trace", self.base()?)),
            Whom::Given(_) if self.walked => Some(format!("{} --trace", self.base()?)),
            Whom::Given(_) | Whom::Nobody => None,
        }
    }

    /// A walk from the internet's root.
    pub(super) fn walk_from_root(&self) -> Option<String> {
        Some(format!("{} --trace", self.base()?))
    }

    /// The same of somebody else.
    pub(super) fn elsewhere(&self) -> String {
        let other = match self.whom {
            Whom::Lab | Whom::Configured => self.trace(),
            // Without @SERVER the configured resolver is asked.
            Whom::Given(_) | Whom::Nobody => self.base(),
        };
        other.unwrap_or_else(|| "netlearn explain resolver".to_owned())
    }
}

/// The addresses that a lab's servers have.
fn in_lab(ip: IpAddr) -> bool {
    matches!(ip, IpAddr::V4(v4) if v4.octets()[..2] == [127, 53])
}

/// A name as it is typed: without its final dot where another dot shows that it is a name.
fn typed(name: &str) -> String {
    let bare = name.strip_suffix('.').filter(|bare| bare.contains('.') && !bare.ends_with('\\'));
    quoted(bare.unwrap_or(name))
}

/// `@127.0.0.1:5300`.
fn at(server: SocketAddr) -> String {
    match server {
        _ if server.port() == 53 => format!("@{}", server.ip()),
        SocketAddr::V4(v4) => format!("@{v4}"),
        SocketAddr::V6(v6) => quoted(&format!("@[{}]:{}", v6.ip(), v6.port())),
    }
}
