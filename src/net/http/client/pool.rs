//! Open connections that wait for another request to their origin (RFC 9112 section 9.3).

use super::Options;
use super::message::Message;
use super::open::Open;

/// Connections that wait for another request.
#[derive(Default)]
pub(super) struct Pool {
    kept: Vec<Open>,
}

impl Pool {
    /// The connection kept for this origin, where the server has not ended it meanwhile.
    pub(super) async fn take(&mut self, message: &Message, options: &Options) -> Option<Open> {
        let origin = message.origin();
        let index = self.kept.iter().position(|open| open.origin == origin)?;
        let mut open = self.kept.swap_remove(index);
        // The peer's FIN may have come in the meantime.
        open.glance().await;
        if open.is_reusable() {
            return Some(open);
        }
        open.close(options).await;
        None
    }

    /// Keeps a connection for later.
    pub(super) fn keep(&mut self, open: Open) {
        self.kept.push(open);
    }

    /// Closes all of them.
    pub(super) async fn close(self, options: &Options) {
        for open in self.kept {
            open.close(options).await;
        }
    }
}
