//! The Date of an answer where the library's would be wrong.

use std::sync::atomic::{AtomicI64, Ordering};

use hyper::header::HeaderValue;

use crate::event::recorder::Recorder;

/// The latest second at which this process has answered; since 1970.
static LATEST: AtomicI64 = AtomicI64::new(i64::MIN);

/// The date of an answer (RFC 9110 section 6.6.1), in the format of its section 5.6.7.
pub(super) fn now(recorder: &Recorder) -> String {
    httpdate::fmt_http_date(recorder.wall().into())
}

/// The date, where the clock was set back: hyper keeps the one it wrote last until the clock has come past it again. Else it
/// is hyper's to write.
pub(super) fn set_back(recorder: &Recorder) -> Option<HeaderValue> {
    let second = recorder.wall().as_second();
    if LATEST.load(Ordering::Relaxed) <= second {
        LATEST.store(second, Ordering::Relaxed);
        return None;
    }
    HeaderValue::from_str(&now(recorder)).ok()
}
