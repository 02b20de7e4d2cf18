//! Of many connections that were opened at once a view shows the first, and how the second was opened: nobody can read
//! the others. They are counted by events of their own, and a recording keeps every one.

use std::collections::{HashMap, HashSet};
use std::io;

use super::Render;
use crate::event::{Event, EventKind, Flow, Header, Side};

/// A view that is given a few of many.
pub(super) struct Few {
    view: Box<dyn Render>,
    many: Option<Many>,
    /// In merged recordings: the client's flow for each of the server's.
    matched: HashMap<Flow, Flow>,
}

/// What is known of the client's flows since they were announced.
#[derive(Default)]
struct Many {
    /// Flows up to the first that was opened.
    first: HashSet<Flow>,
    opened: bool,
    second: Option<Flow>,
    others: HashSet<Flow>,
    /// What follows is no longer one of them.
    over: bool,
}

impl Many {
    fn shows(&mut self, flow: Flow, kind: &EventKind) -> bool {
        if self.others.contains(&flow) {
            return false;
        }
        if self.first.contains(&flow) || self.over {
            return true;
        }
        if !self.opened {
            self.opened = matches!(kind, EventKind::FlowOpened(_));
            return self.first.insert(flow);
        }
        if *self.second.get_or_insert(flow) == flow {
            return matches!(
                kind,
                EventKind::FlowOpened(_) | EventKind::Connected(_) | EventKind::ConnectFailed(_)
            );
        }
        self.others.insert(flow);
        false
    }
}

impl Few {
    pub(super) fn new(view: Box<dyn Render>) -> Few {
        Few { view, many: None, matched: HashMap::new() }
    }

    fn shows(&mut self, event: &Event) -> bool {
        if let EventKind::ClientsAnnounced(_) = &event.kind {
            self.many = Some(Many::default());
        }
        if let (EventKind::ClientsEnded(_), Some(many)) = (&event.kind, &mut self.many) {
            many.over = true;
        }
        if let EventKind::FlowsMatched(facts) = &event.kind {
            self.matched.insert(facts.server, facts.client);
        }
        let (Some(many), Some(flow)) = (&mut self.many, event.flow) else { return true };
        match event.side {
            Side::Client => many.shows(flow, &event.kind),
            // The other end of one that is not shown.
            Side::Server => self
                .matched
                .get(&flow)
                .is_none_or(|client| !many.others.contains(client) && many.second.as_ref() != Some(client)),
            Side::Resolver | Side::Observer => true,
        }
    }
}

impl Render for Few {
    fn begin(&mut self, header: &Header) -> io::Result<()> {
        self.view.begin(header)
    }

    fn event(&mut self, event: &Event) -> io::Result<()> {
        if self.shows(event) { self.view.event(event) } else { Ok(()) }
    }

    fn take(&mut self, event: Event) -> io::Result<()> {
        if self.shows(&event) { self.view.take(event) } else { Ok(()) }
    }

    fn flush(&mut self) -> io::Result<()> {
        self.view.flush()
    }

    fn finish(&mut self) -> io::Result<()> {
        self.view.finish()
    }
}
