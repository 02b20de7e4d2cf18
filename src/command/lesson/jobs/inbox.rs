//! The way from the jobs to the lesson: unbounded as a queue, bounded by permits that come back when news is taken.
//!
//! A job that is told to end waits for no permits: whoever ends it may be the one who takes the news.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

use super::News;

/// What may wait to be taken; a permit is a KiB.
const WAITING: u32 = 4096;
/// What each stream of a job that is told to end may add without waiting; KiB.
const HURRIED: u32 = 4096;

/// What the jobs say, in the order in which it was read.
#[derive(Debug)]
pub struct Inbox {
    news: mpsc::UnboundedReceiver<Letter>,
    permits: Arc<Semaphore>,
}

/// News with the permits that it holds.
#[derive(Debug)]
struct Letter {
    news: News,
    permits: u32,
}

pub(super) fn new() -> (Post, Inbox) {
    let (sender, news) = mpsc::unbounded_channel();
    let permits = Arc::new(Semaphore::new(WAITING as usize));
    let post = Post { job: 0, sender, permits: Arc::clone(&permits), hurry: CancellationToken::new() };
    (post, Inbox { news, permits })
}

impl Inbox {
    /// The next news; `None` when the jobs are dropped and all is told. Cancel safe.
    pub async fn next(&mut self) -> Option<News> {
        let letter = self.news.recv().await?;
        Some(self.open(letter))
    }

    /// The next news if it is there already.
    pub fn ready(&mut self) -> Option<News> {
        let letter = self.news.try_recv().ok()?;
        Some(self.open(letter))
    }

    fn open(&self, letter: Letter) -> News {
        self.permits.add_permits(letter.permits as usize);
        letter.news
    }
}

impl Drop for Inbox {
    fn drop(&mut self) {
        // Nobody must wait for a reader that is gone.
        self.permits.close();
    }
}

/// The sending end, for one job.
#[derive(Clone, Debug)]
pub(super) struct Post {
    pub(super) job: u32,
    sender: mpsc::UnboundedSender<Letter>,
    permits: Arc<Semaphore>,
    hurry: CancellationToken,
}

/// One stream of a job with what it has sent in a hurry.
#[derive(Debug)]
pub(super) struct Outlet {
    post: Post,
    hurried: u32,
}

impl Post {
    /// The same for another job; `hurry` says that it waits no more.
    pub(super) fn of(&self, job: u32, hurry: CancellationToken) -> Post {
        Post { job, hurry, ..self.clone() }
    }

    pub(super) fn outlet(&self) -> Outlet {
        Outlet { post: self.clone(), hurried: 0 }
    }

    /// Sends what must arrive at any cost and takes next to no room.
    pub(super) fn at_once(&self, news: News) {
        // A lesson that is over has nobody to tell.
        let _ = self.sender.send(Letter { news, permits: 0 });
    }
}

impl Outlet {
    pub(super) fn job(&self) -> u32 {
        self.post.job
    }

    /// Sends when there is room; in a hurry at once, and not at all past the limit.
    pub(super) async fn send(&mut self, news: News, octets: usize) {
        let cost = u32::try_from(octets / 1024).unwrap_or(u32::MAX).saturating_add(1).min(WAITING);
        let permits = tokio::select! {
            biased;
            () = self.post.hurry.cancelled() => 0,
            permit = self.post.permits.acquire_many(cost) => match permit {
                Ok(permit) => {
                    permit.forget();
                    cost
                }
                Err(_closed) => return,
            },
        };
        if permits == 0 {
            self.hurried = self.hurried.saturating_add(cost);
            if self.hurried > HURRIED {
                return;
            }
        }
        // As in `at_once`.
        let _ = self.post.sender.send(Letter { news, permits });
    }
}
