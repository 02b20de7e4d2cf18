//! The Date of an answer (RFC 9110 section 6.6.1), in the format of its section 5.6.7.

use std::cell::RefCell;

use hyper::header::HeaderValue;

use crate::event::recorder::Recorder;

thread_local! {
    /// The value that was made last, and its second since 1970.
    static MADE: RefCell<Option<(i64, HeaderValue)>> = const { RefCell::new(None) };
}

/// The date now.
pub(super) fn now(recorder: &Recorder) -> String {
    httpdate::fmt_http_date(recorder.wall().into())
}

/// The field's value, made once in a second. hyper would write one too, but keeps it until the clock has come past its second:
/// after a clock was set back that may be a month.
pub(super) fn value(recorder: &Recorder) -> Option<HeaderValue> {
    let second = recorder.wall().as_second();
    MADE.with_borrow_mut(|made| {
        if made.as_ref().is_none_or(|(at, _)| *at != second) {
            *made = HeaderValue::try_from(now(recorder)).ok().map(|value| (second, value));
        }
        made.as_ref().map(|(_, value)| value.clone())
    })
}
