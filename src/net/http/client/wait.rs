//! Bounded waits: each has a limit of its own, and all share the limit of the whole operation.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use tokio::time::timeout;

use crate::event::recorder::{At, Recorder};

/// When the whole operation has to be over.
pub(super) struct Deadline<'a> {
    recorder: &'a Recorder,
    began: At,
    total: Option<Duration>,
}

/// Why a wait ended without what it waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Late {
    /// Nothing moved for this long.
    Silent(Duration),
    /// The time of the whole operation is over.
    OutOfTime(Duration),
}

impl<'a> Deadline<'a> {
    /// Begins now.
    pub(super) fn new(recorder: &'a Recorder, total: Option<Duration>) -> Self {
        Deadline { recorder, began: recorder.now(), total }
    }

    fn left(&self) -> Duration {
        let gone = self.recorder.now().since(self.began);
        self.total.map_or(Duration::MAX, |total| total.saturating_sub(gone))
    }

    /// Waits within the limit of the whole operation only.
    pub(super) async fn whole<T>(&self, wait: impl Future<Output = T>) -> Result<T, Late> {
        match self.total {
            None => Ok(wait.await),
            Some(total) => timeout(self.left(), wait).await.map_err(|_| Late::OutOfTime(total)),
        }
    }

    /// Waits until nothing has moved for `limit`; `moved` tells when something last did.
    pub(super) async fn silence<T>(
        &self,
        limit: Duration,
        moved: impl Fn() -> Option<At>,
        wait: impl Future<Output = T>,
    ) -> Result<T, Late> {
        let began = self.recorder.now();
        let mut wait = pin!(wait);
        let mut next = limit;
        loop {
            let left = self.left();
            if let Ok(done) = timeout(next.min(left), &mut wait).await {
                return Ok(done);
            }
            if let (true, Some(total)) = (left <= next, self.total) {
                return Err(Late::OutOfTime(total));
            }
            let now = self.recorder.now();
            let last = moved().filter(|at| *at > began).unwrap_or(began);
            next = limit.saturating_sub(now.since(last));
            if next.is_zero() {
                return Err(Late::Silent(now.since(last)));
            }
        }
    }
}
