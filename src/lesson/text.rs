//! Values of a run, and texts that name them: `{p}`, `{try.back}`.

pub(super) mod parts;
mod sentences;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use parts::{Part, line_parts, parts};

/// A value for prose, patterns and commands.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// A number that names something (a port, a pid, a status): shown as it is.
    Number(i64),
    /// How many of something: shown with thousands separators.
    Amount(u64),
    /// Shown with its unit.
    Time(Duration),
    Text(String),
}

/// Everything that is known by name: `p` (set up or captured), `try.back` (measured in step `try`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Values(BTreeMap<String, Value>);

/// Names in a text that have no value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no value for {}", .0.join(", "))]
pub struct Unknown(pub Vec<String>);

impl Values {
    /// Sets a value; the latest wins.
    pub fn set(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// The value of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// Everything, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Prose with its values, as they are shown to a person. Markdown may be given: within fences other than `type` nothing is
    /// filled in; `{{` and `}}` elsewhere are literal braces. Within code a value is written as a program reads it.
    ///
    /// # Errors
    /// Names without a value.
    pub fn fill(&self, text: &str) -> Result<String, Unknown> {
        let (filled, unknown) = self.filled(&parts(text));
        if unknown.is_empty() { Ok(filled) } else { Err(Unknown(unknown)) }
    }

    /// As [`Values::fill`], with `...` where there is no value.
    pub fn fill_or_blank(&self, text: &str) -> String {
        self.filled(&parts(text)).0
    }

    /// A command or a path with its values, as a program reads them: no thousands separators, times in seconds.
    ///
    /// # Errors
    /// Names without a value.
    pub fn command(&self, text: &str) -> Result<String, Unknown> {
        let (filled, unknown) = self.filled(&line_parts(text, 0, true));
        if unknown.is_empty() { Ok(filled) } else { Err(Unknown(unknown)) }
    }

    fn filled(&self, parts: &[Part<'_>]) -> (String, Vec<String>) {
        let mut filled = String::new();
        let mut unknown = Vec::new();
        for part in parts {
            match part {
                Part::Plain(text) | Part::Stray { text, .. } => filled.push_str(text),
                Part::Name { name, code, .. } => match self.get(name) {
                    Some(value) if *code => filled.push_str(&value.plain()),
                    Some(value) => filled.push_str(&value.to_string()),
                    None => {
                        filled.push_str("...");
                        unknown.push((*name).to_owned());
                    }
                },
            }
        }
        (filled, unknown)
    }
}

impl Value {
    /// The value of an event's field. What a number means is told by the field's name: a port is no amount.
    pub fn measured(field: &str, json: &Json) -> Value {
        const NAMING: [&str; 24] = [
            "attempt",
            "client",
            "code",
            "cookie",
            "datagram",
            "errno",
            "exchange",
            "exit",
            "file_inode",
            "first_unprivileged",
            "flags",
            "flow",
            "frame_type",
            "gid",
            "id",
            "inode",
            "job",
            "number",
            "pid",
            "seq",
            "status",
            "stream",
            "type",
            "uid",
        ];
        let name = field.rsplit('.').next().unwrap_or(field);
        let naming = name.ends_with("port") || NAMING.contains(&name);
        match json {
            Json::String(text) => Value::Text(text.clone()),
            Json::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(amount), _, _) if !naming => Value::Amount(amount),
                (_, Some(number), _) => Value::Number(number),
                (Some(amount), _, _) => Value::Text(amount.to_string()),
                // Numbers that are no whole ones are seconds everywhere in the contract.
                (_, _, Some(seconds)) => Duration::try_from_secs_f64(seconds)
                    .map_or_else(|_| Value::Text(number.to_string()), Value::Time),
                (None, None, None) => Value::Text(number.to_string()),
            },
            Json::Null | Json::Bool(_) | Json::Array(_) | Json::Object(_) => Value::Text(json.to_string()),
        }
    }

    /// As a program reads it: no thousands separators, times in seconds.
    pub fn plain(&self) -> String {
        match self {
            Value::Number(number) => number.to_string(),
            Value::Amount(amount) => amount.to_string(),
            Value::Time(time) => time.as_secs_f64().to_string(),
            Value::Text(text) => text.clone(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Number(number) => write!(f, "{number}"),
            Value::Amount(amount) => f.write_str(&grouped(*amount)),
            Value::Time(time) => f.write_str(&shown(*time)),
            Value::Text(text) => f.write_str(text),
        }
    }
}

/// Digits in groups of three: `48,211`.
fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A time in the unit a person reads it best in, with no more digits than were measured.
pub(super) fn shown(time: Duration) -> String {
    let micros = time.as_micros();
    match micros {
        0..=99 => format!("{:.2} ms", micros as f64 / 1e3),
        100..=9_999 => format!("{:.1} ms", micros as f64 / 1e3),
        10_000..=999_999 => format!("{:.0} ms", micros as f64 / 1e3),
        _ if micros.is_multiple_of(1_000_000) => format!("{} s", micros / 1_000_000),
        1_000_000..=99_999_999 => format!("{:.1} s", micros as f64 / 1e6),
        _ => format!("{:.0} s", micros as f64 / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::parts::names;
    use super::*;

    fn values() -> Values {
        let mut values = Values::default();
        values.set("p", Value::Number(3000));
        values.set("try.back", Value::Amount(48_211));
        values.set("try.wait", Value::Time(Duration::from_millis(5)));
        values.set("path", Value::Text("/tmp/{p}".to_owned()));
        values
    }

    #[test]
    fn values_are_shown_as_a_person_reads_them_and_typed_as_a_program_does() {
        let text = "{p}: {try.back} bytes in {try.wait}, {{p}} `{try.back}`";
        assert_eq!(values().fill(text).expect("known"), "3000: 48,211 bytes in 5.0 ms, {p} `48211`");
        assert_eq!(
            values().command("get :{p} {try.back} {try.wait}").expect("known"),
            "get :3000 48211 0.005"
        );
        // What a value holds is not filled in again.
        assert_eq!(values().command("{path}").expect("known"), "/tmp/{p}");
    }

    #[test]
    fn names_without_a_value_are_told_or_left_blank() {
        assert_eq!(values().fill("{p} {q} {r.s}"), Err(Unknown(vec!["q".to_owned(), "r.s".to_owned()])));
        assert_eq!(values().fill_or_blank("{p} {q}."), "3000 ....");
        assert_eq!(Unknown(vec!["q".to_owned()]).to_string(), "no value for q");
    }

    #[test]
    fn sentences_without_a_value_are_left_out() {
        let text = "- First. {r.s} bytes came\n  back. Third {p}.\n- Silence: {q} bytes.\n- Last, `a.b`.\n\nOne {x}. Two?\n\n{y} all.\n";
        let kept = "- First. Third {p}.\n- Last, `a.b`.\n\nTwo?";
        assert_eq!(values().without_blanks(text), kept);
        assert_eq!(values().without_blanks("{q}"), "");
        let whole = "- {p} and\n  {try.back}.\n\n~~~type\nconnect :{p}\n\nx\n~~~\nEnd.";
        assert_eq!(values().without_blanks(whole), whole);
    }

    #[test]
    fn fences_are_left_as_they_are_but_what_is_to_be_typed() {
        let text = "{p}\n~~~js\nf = {p} => {{ }}\n~~~\n~~~type\nconnect :{p} {try.back}\n~~~\n{p}";
        let filled = "3000\n~~~js\nf = {p} => {{ }}\n~~~\n~~~type\nconnect :3000 48211\n~~~\n3000";
        assert_eq!(values().fill(text).expect("known"), filled);
        assert_eq!(names(text), ["p", "p", "try.back", "p"]);
        // A fence is closed by its own sign, at least as long.
        assert_eq!(names("~~~~\n{a}\n~~~\n{b}\n~~~~~\n{c}"), ["c"]);
        assert_eq!(names("``` not a fence ``` {a}"), ["a"]);
    }

    #[test]
    fn stray_braces_stay_and_are_told() {
        assert_eq!(values().fill("{ \"a\": {p} } {p").expect("no names"), "{ \"a\": 3000 } {p");
        let strays: Vec<usize> = parts("{ {p} }\n}")
            .iter()
            .filter_map(|part| if let Part::Stray { at, .. } = part { Some(*at) } else { None })
            .collect();
        assert_eq!(strays, [0, 6, 8]);
    }

    #[test]
    fn a_number_is_shown_by_what_it_means() {
        let shown = |field: &str, json: Json| Value::measured(field, &json).to_string();
        assert_eq!(shown("owner.pid", Json::from(48_211)), "48211");
        assert_eq!(shown("peer_port", Json::from(52_345)), "52345");
        assert_eq!(shown("len", Json::from(48_211)), "48,211");
        assert_eq!(shown("took", Json::from(5.0)), "5 s");
        assert_eq!(shown("name", Json::from("a")), "a");
        assert_eq!(shown("cookie", Json::from(u64::MAX)), u64::MAX.to_string());
    }

    #[test]
    fn times_have_a_unit_and_no_digits_that_nobody_measured() {
        let cases =
            [(42, "0.04 ms"), (1_250, "1.2 ms"), (48_000, "48 ms"), (2_410_000, "2.4 s"), (5_000_000, "5 s")];
        for (micros, expected) in cases {
            assert_eq!(shown(Duration::from_micros(micros)), expected);
        }
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(999), "999");
    }
}
