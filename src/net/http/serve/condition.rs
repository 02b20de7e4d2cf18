//! Conditions on a request for a file (RFC 9110 section 13): what the client has already, and whether a part is still part
//! of the same.

use std::fs::Metadata;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hyper::header::{
    ETAG, HeaderMap, HeaderName, HeaderValue, IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE,
    IF_UNMODIFIED_SINCE, LAST_MODIFIED,
};

use super::answer::Answer;

/// A file that was changed less than this before now may change again without a new time: its validators are weak
/// (RFC 9110 section 8.8.2.2).
const SETTLED: Duration = Duration::from_secs(1);

/// What tells one state of a file from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Validators {
    tag: String,
    /// To the second, and never later than now (RFC 9110 section 8.8.2.1).
    modified: SystemTime,
    strong: bool,
}

/// What follows from the conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The request is done, and `Range` counts.
    Go,
    /// The request is done, and `Range` is passed over: it is for another state of the file.
    Whole,
    /// The client has it: 304.
    NotModified,
    /// 412.
    Failed,
}

impl Validators {
    /// Of an open file; `None` where the system does not know when it was changed.
    pub(super) fn of(facts: &Metadata, now: SystemTime) -> Option<Validators> {
        let changed = facts.modified().ok()?;
        let since = changed.duration_since(UNIX_EPOCH).ok()?;
        let strong = now.duration_since(changed).is_ok_and(|age| age > SETTLED);
        let weak = if strong { "" } else { "W/" };
        let tag = format!("{weak}\"{:x}-{:x}\"", since.as_nanos(), facts.len());
        let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let modified = UNIX_EPOCH + Duration::from_secs(seconds(changed.min(now)));
        Some(Validators { tag, modified, strong })
    }

    /// Puts them on an answer.
    pub(super) fn mark(&self, answer: &mut Answer) {
        let fields = [(ETAG, self.tag.clone()), (LAST_MODIFIED, httpdate::fmt_http_date(self.modified))];
        for (name, value) in fields {
            if let Ok(value) = HeaderValue::from_str(&value) {
                answer.headers_mut().insert(name, value);
            }
        }
    }

    /// Both tags are strong and the same (RFC 9110 section 8.8.3.2).
    fn is_strongly(&self, tag: &str) -> bool {
        self.strong && self.tag == tag
    }

    /// The tags are the same but for their strength.
    fn is_weakly(&self, tag: &str) -> bool {
        let bare = |tag: &str| tag.strip_prefix("W/").unwrap_or(tag).to_owned();
        bare(&self.tag) == bare(tag)
    }
}

/// Judges the conditions of a GET or HEAD, in the order of RFC 9110 section 13.2.2.
pub(super) fn judge(fields: &HeaderMap, is: Option<&Validators>) -> Verdict {
    if let Some(tags) = list(fields, IF_MATCH) {
        if !tags.matches(|tag| is.is_some_and(|is| is.is_strongly(tag))) {
            return Verdict::Failed;
        }
    } else if let (Some(date), Some(is)) = (date(fields, IF_UNMODIFIED_SINCE), is)
        && is.modified > date
    {
        return Verdict::Failed;
    }
    if let Some(tags) = list(fields, IF_NONE_MATCH) {
        if tags.matches(|tag| is.is_some_and(|is| is.is_weakly(tag))) {
            return Verdict::NotModified;
        }
    } else if let (Some(date), Some(is)) = (date(fields, IF_MODIFIED_SINCE), is)
        && is.modified <= date
    {
        return Verdict::NotModified;
    }
    let Some(range) = fields.get(IF_RANGE) else { return Verdict::Go };
    let text = range.to_str().unwrap_or_default();
    let same = is.is_some_and(|is| match httpdate::parse_http_date(text) {
        Ok(date) => is.strong && is.modified == date,
        Err(_) => is.is_strongly(text.trim()),
    });
    if same { Verdict::Go } else { Verdict::Whole }
}

/// The tags of a field.
enum Tags {
    /// `*`: any state at all.
    Any,
    These(Vec<String>),
}

impl Tags {
    fn matches(&self, same: impl Fn(&str) -> bool) -> bool {
        match self {
            Tags::Any => true,
            Tags::These(tags) => tags.iter().any(|tag| same(tag)),
        }
    }
}

/// All fields of this name as one list; a tag may have commas in it (RFC 9110 section 8.8.3).
fn list(fields: &HeaderMap, name: HeaderName) -> Option<Tags> {
    let values: Vec<&str> =
        fields.get_all(name).iter().map(|value| value.to_str().unwrap_or_default()).collect();
    let text = (!values.is_empty()).then(|| values.join(","))?;
    if text.trim() == "*" {
        return Some(Tags::Any);
    }
    let mut tags = vec![String::new()];
    let mut quoted = false;
    for letter in text.chars() {
        quoted ^= letter == '"';
        match letter {
            ',' if !quoted => tags.push(String::new()),
            other => tags.last_mut()?.push(other),
        }
    }
    Some(Tags::These(tags.iter().map(|tag| tag.trim().to_owned()).collect()))
}

/// A date in any of the three formats (RFC 9110 section 5.6.7); what is none, or is there twice, counts for nothing.
fn date(fields: &HeaderMap, name: HeaderName) -> Option<SystemTime> {
    let mut values = fields.get_all(name).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    httpdate::parse_http_date(value.to_str().ok()?.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHEN: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn file(strong: bool) -> Validators {
        let tag = if strong { "\"a,b\"" } else { "W/\"a,b\"" };
        Validators { tag: tag.to_owned(), modified: httpdate::parse_http_date(WHEN).unwrap(), strong }
    }

    fn verdict(strong: bool, fields: &[(HeaderName, &str)]) -> Verdict {
        let fields = fields.iter().map(|(name, value)| (name.clone(), HeaderValue::from_str(value).unwrap()));
        judge(&fields.collect(), Some(&file(strong)))
    }

    #[test]
    fn each_condition_has_its_verdict() {
        for (name, value, strong, weak) in [
            (IF_MATCH, "*", Verdict::Go, Verdict::Go),
            (IF_MATCH, "\"x\", \"a,b\"", Verdict::Go, Verdict::Failed),
            (IF_MATCH, "W/\"a,b\"", Verdict::Failed, Verdict::Failed),
            (IF_MATCH, "\"a\"", Verdict::Failed, Verdict::Failed),
            (IF_NONE_MATCH, "*", Verdict::NotModified, Verdict::NotModified),
            (IF_NONE_MATCH, "\"x\",W/\"a,b\"", Verdict::NotModified, Verdict::NotModified),
            (IF_NONE_MATCH, "\"b\"", Verdict::Go, Verdict::Go),
            (IF_MODIFIED_SINCE, WHEN, Verdict::NotModified, Verdict::NotModified),
            (IF_MODIFIED_SINCE, "Sunday, 06-Nov-94 08:49:37 GMT", Verdict::NotModified, Verdict::NotModified),
            (IF_MODIFIED_SINCE, "Sun Nov  6 08:49:36 1994", Verdict::Go, Verdict::Go),
            (IF_MODIFIED_SINCE, "yesterday", Verdict::Go, Verdict::Go),
            (IF_UNMODIFIED_SINCE, WHEN, Verdict::Go, Verdict::Go),
            (IF_UNMODIFIED_SINCE, "Sun, 06 Nov 1994 08:49:36 GMT", Verdict::Failed, Verdict::Failed),
            (IF_RANGE, "\"a,b\"", Verdict::Go, Verdict::Whole),
            (IF_RANGE, "W/\"a,b\"", Verdict::Whole, Verdict::Whole),
            (IF_RANGE, WHEN, Verdict::Go, Verdict::Whole),
            (IF_RANGE, "Sun, 06 Nov 1994 08:49:38 GMT", Verdict::Whole, Verdict::Whole),
        ] {
            let fields = [(name.clone(), value)];
            let judged = [verdict(true, &fields), verdict(false, &fields)];
            assert_eq!(judged, [strong, weak], "{name}: {value}");
        }
    }

    #[test]
    fn the_tag_counts_before_the_date_and_a_page_without_validators_has_no_date() {
        let both = [(IF_NONE_MATCH, "\"x\""), (IF_MODIFIED_SINCE, WHEN)];
        assert_eq!(verdict(true, &both), Verdict::Go);
        let both = [(IF_MATCH, "\"a,b\""), (IF_UNMODIFIED_SINCE, "Sun, 06 Nov 1994 08:49:36 GMT")];
        assert_eq!(verdict(true, &both), Verdict::Go);
        let fields = [(IF_UNMODIFIED_SINCE, HeaderValue::from_static(WHEN))];
        assert_eq!(judge(&fields.into_iter().collect(), None), Verdict::Go);
    }
}
