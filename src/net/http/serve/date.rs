//! The Date of an answer (RFC 9110 section 6.6.1), where the HTTP library's would be wrong.

use std::sync::atomic::{AtomicI64, Ordering};

use hyper::header::HeaderValue;

use crate::event::recorder::Recorder;

/// The second at which the library may have looked at the clock last; since 1970.
static LAST: AtomicI64 = AtomicI64::new(i64::MIN);
/// The latest of them.
static LATEST: AtomicI64 = AtomicI64::new(i64::MIN);

/// The date now, in the format of RFC 9110 section 5.6.7.
pub(super) fn now(recorder: &Recorder) -> String {
    httpdate::fmt_http_date(recorder.wall().into())
}

/// Now the library may look at the clock, and answer.
pub(super) fn looks(recorder: &Recorder) {
    let second = recorder.wall_second();
    LAST.store(second, Ordering::Relaxed);
    LATEST.fetch_max(second, Ordering::Relaxed);
}

/// The date, where the clock was set back: hyper keeps the one that it made last until the clock has come past it, and that may be
/// a month. Else it is hyper's to write.
pub(super) fn set_back(recorder: &Recorder) -> Option<HeaderValue> {
    if LAST.load(Ordering::Relaxed) >= LATEST.load(Ordering::Relaxed) {
        return None;
    }
    HeaderValue::try_from(now(recorder)).ok()
}
