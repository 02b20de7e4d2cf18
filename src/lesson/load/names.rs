//! Names that lesson files may use of events, from the types themselves; and the nearest where one is misspelt.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde_json::Value;

use crate::event::{self, EventKind};
use crate::lesson::TableKind;

/// What the log adds to events, and what it tells of their flow.
const ADDED: [&str; 8] =
    ["program", "job", "command", "local", "local_port", "peer", "peer_port", "protocol"];

/// Those of them that are texts.
const ADDED_TEXTS: [&str; 5] = ["program", "command", "local", "peer", "protocol"];

static SCHEMA: LazyLock<Value> = LazyLock::new(|| event::schema().as_value().clone());

/// Whose fields are named.
#[derive(Clone, Copy, Debug)]
pub(super) enum Of<'a> {
    Event(&'a str),
    Row(TableKind),
}

/// The known name that is nearest to another, if any is near.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let begins =
        |known: &str| known.len().min(name.len()) > 2 && (known.starts_with(name) || name.starts_with(known));
    known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(name, known), known))
        .filter(|(distance, known)| {
            let longest = known.len().max(name.len());
            (*distance <= 1 + longest / 4 && *distance < longest) || begins(known)
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, known)| known)
}

/// `; did you mean ...?`, or nothing.
pub(super) fn hint<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    nearest(name, known).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

/// What is wrong with the name of an event.
pub(super) fn event_fault(name: &str) -> Option<String> {
    let known = EventKind::NAMES;
    (!known.contains(&name))
        .then(|| format!("there is no event `{name}`{}", hint(name, known.iter().copied())))
}

/// What is wrong with the dotted name of a field.
pub(super) fn field_fault(of: Of<'_>, path: &str) -> Option<String> {
    node(of, path).err()
}

/// What is wrong with a field that is summed: a text is no number.
pub(super) fn sum_fault(of: Of<'_>, path: &str) -> Option<String> {
    let fault = || Some(format!("`{path}` is no number: there is no sum of it"));
    match node(of, path).ok()? {
        Some(node) if !may_be(node, &["integer", "number"]) => fault(),
        None if ADDED_TEXTS.contains(&path) => fault(),
        Some(_) | None => None,
    }
}

/// What is wrong with true or false as the value of a field: one that is neither.
pub(super) fn flag_fault(of: Of<'_>, path: &str) -> Option<String> {
    let fault = || Some(format!("`{path}` is never true or false"));
    match node(of, path).ok()? {
        Some(node) if !may_be(node, &["boolean"]) => fault(),
        None if ADDED.contains(&path) => fault(),
        Some(_) | None => None,
    }
}

/// Whether a value of a node may be of one of these types, where the schema tells.
fn may_be(node: &'static Value, types: &[&str]) -> bool {
    let named = |value: &Value| value.as_str().is_some_and(|name| types.contains(&name));
    let own = match &node["type"] {
        Value::Array(several) => Some(several.iter().any(named)),
        Value::String(_) => Some(named(&node["type"])),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => None,
    };
    let mut within = alternatives(node).peekable();
    let closed =
        own.is_some() || within.peek().is_some() || node.get("const").is_some() || node.get("enum").is_some();
    !closed || own == Some(true) || within.any(|inner| may_be(inner, types))
}

/// What is wrong with a text that a field is to equal: one that it can never be.
pub(super) fn value_fault(of: Of<'_>, path: &str, text: &str) -> Option<String> {
    let node = node(of, path).ok()??;
    let mut possible = BTreeSet::new();
    let closed = texts(node, &mut possible);
    (closed && !possible.is_empty() && !possible.contains(text)).then(|| {
        let all = possible.iter().map(|one| format!("`{one}`")).collect::<Vec<_>>().join(", ");
        format!("`{path}` is never `{text}`{}; it is one of {all}", hint(text, possible.iter().copied()))
    })
}

/// The schema of a field; none where it is not told what is there.
fn node(of: Of<'_>, path: &str) -> Result<Option<&'static Value>, String> {
    let mut segments = path.split('.');
    let first = segments.next().unwrap_or_default();
    let mut known = fields_of(of);
    let Some(found) = known.iter().find(|(name, _)| *name == first) else {
        let names = known.iter().map(|(name, _)| *name);
        return Err(format!("{} has no field `{first}`{}", whose(of), hint(first, names)));
    };
    let mut node = found.1;
    let mut prefix = first.to_owned();
    for segment in segments {
        known.clear();
        let Some(inner) = node else { return Ok(None) };
        properties(inner, &mut known);
        if known.is_empty() {
            return Err(format!("`{prefix}` has no parts: there is no `{path}`"));
        }
        let Some(found) = known.iter().find(|(name, _)| *name == segment) else {
            let names = known.iter().map(|(name, _)| *name);
            return Err(format!("`{prefix}` has no `{segment}`{}", hint(segment, names)));
        };
        node = found.1;
        prefix = format!("{prefix}.{segment}");
    }
    Ok(node)
}

fn whose(of: Of<'_>) -> String {
    match of {
        Of::Event(name) => format!("the event `{name}`"),
        Of::Row(TableKind::Listener) => "a listener's row".to_owned(),
        Of::Row(TableKind::Connection) => "a connection's row".to_owned(),
        Of::Row(TableKind::Counter) => "a counter's row".to_owned(),
    }
}

type Fields = Vec<(&'static str, Option<&'static Value>)>;

fn fields_of(of: Of<'_>) -> Fields {
    let mut found: Fields = Vec::new();
    let kind = match of {
        Of::Event(name) => name,
        Of::Row(TableKind::Listener | TableKind::Connection) => "socket_found",
        Of::Row(TableKind::Counter) => {
            properties_of("InterfaceMoved", &mut found);
            "counters_moved"
        }
    };
    let named = |variant: &&Value| variant["properties"]["event"]["const"] == *kind;
    if let Some(variant) = SCHEMA["anyOf"].as_array().into_iter().flatten().find(named) {
        properties(variant, &mut found);
    }
    if let Some(own) = SCHEMA["properties"].as_object() {
        found.extend(own.iter().map(|(name, node)| (name.as_str(), Some(node))));
    }
    for name in ADDED {
        if !found.iter().any(|(known, _)| *known == name) {
            found.push((name, None));
        }
    }
    found
}

fn definition(name: &str) -> Option<&'static Value> {
    SCHEMA["$defs"].get(name)
}

fn properties_of(name: &str, found: &mut Fields) {
    if let Some(node) = definition(name) {
        properties(node, found);
    }
}

fn referred(node: &Value) -> Option<&'static Value> {
    node["$ref"].as_str().and_then(|path| path.strip_prefix("#/$defs/")).and_then(definition)
}

fn alternatives(node: &'static Value) -> impl Iterator<Item = &'static Value> {
    let within = ["anyOf", "oneOf", "allOf"].into_iter().filter_map(|name| node[name].as_array()).flatten();
    within.chain(node.get("items")).chain(referred(node))
}

/// The properties of a node: its own, those it refers to, those of a list's elements.
fn properties(node: &'static Value, found: &mut Fields) {
    if let Some(own) = node["properties"].as_object() {
        found.extend(own.iter().map(|(name, node)| (name.as_str(), Some(node))));
    }
    for inner in alternatives(node) {
        properties(inner, found);
    }
}

/// The texts that a node may be; false where it may be any.
fn texts(node: &'static Value, possible: &mut BTreeSet<&'static str>) -> bool {
    if let Some(text) = node["const"].as_str() {
        possible.insert(text);
        return true;
    }
    if let Some(all) = node["enum"].as_array() {
        possible.extend(all.iter().filter_map(Value::as_str));
        return true;
    }
    let mut inner = alternatives(node).peekable();
    if inner.peek().is_none() {
        return node["type"] == "null";
    }
    inner.all(|node| texts(node, possible))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misspelt_names_are_told_with_the_nearest() {
        assert_eq!(event_fault("accepted"), None);
        assert_eq!(
            event_fault("acepted").as_deref(),
            Some("there is no event `acepted`; did you mean `accepted`?")
        );
        assert_eq!(event_fault("zzz").as_deref(), Some("there is no event `zzz`"));
        let of = Of::Event("accepted");
        for known in
            ["local_port", "at", "side", "flow", "program", "job", "command", "peer_owner.pid", "client"]
        {
            assert_eq!(field_fault(of, known), None, "{known}");
        }
        assert_eq!(
            field_fault(of, "local_prot").as_deref(),
            Some("the event `accepted` has no field `local_prot`; did you mean `local_port`?")
        );
        assert_eq!(
            field_fault(of, "peer_owner.pdi").as_deref(),
            Some("`peer_owner` has no `pdi`; did you mean `pid`?")
        );
        assert_eq!(
            field_fault(of, "client.x").as_deref(),
            Some("`client` has no parts: there is no `client.x`")
        );
        assert_eq!(field_fault(Of::Event("request"), "headers.name"), None);
        assert_eq!(field_fault(Of::Event("request"), "local_port"), None, "the log tells it of the flow");
        assert_eq!(field_fault(Of::Row(TableKind::Listener), "owners.pid"), None);
        assert_eq!(field_fault(Of::Row(TableKind::Counter), "loopback"), None);
        assert!(field_fault(Of::Row(TableKind::Counter), "owners").is_some());
    }

    #[test]
    fn texts_that_a_field_can_never_be_are_told() {
        let fault = |event, path, text| value_fault(Of::Event(event), path, text);
        assert_eq!(fault("bytes", "direction", "sent"), None);
        let told = fault("bytes", "direction", "receivd").expect("misspelt");
        assert_eq!(
            told,
            "`direction` is never `receivd`; did you mean `received`?; it is one of `received`, `sent`"
        );
        assert!(fault("bytes", "side", "servr").is_some());
        assert!(fault("bytes", "layer", "tpc").is_some());
        assert!(fault("connect_failed", "reason", "refused").is_none());
        assert!(fault("connect_failed", "reason", "refuse").is_some());
        assert!(fault("closed", "how", "fin").is_none());
        // Free texts may be anything.
        for (event, path) in [
            ("request", "method"),
            ("accepted", "peer"),
            ("bytes", "head"),
            ("reply", "rcode"),
            ("bytes", "program"),
        ] {
            assert_eq!(fault(event, path, "anything"), None, "{event} {path}");
        }
    }

    #[test]
    fn fields_that_are_no_numbers_and_no_flags_are_told() {
        let sum = |event, path| sum_fault(Of::Event(event), path);
        for (event, path) in [
            ("bytes", "len"),
            ("connected", "took"),
            ("closed", "sent"),
            ("counters_moved", "interfaces.sent"),
        ] {
            assert_eq!(sum(event, path), None, "{event} {path}");
        }
        for (event, path) in [
            ("bytes", "peer"),
            ("bytes", "direction"),
            ("bytes", "head"),
            ("request", "method"),
            ("accepted", "command"),
        ] {
            assert!(sum(event, path).is_some_and(|what| what.contains("is no number")), "{event} {path}");
        }
        let flag = |event, path| flag_fault(Of::Event(event), path);
        assert_eq!(flag("counters_moved", "interfaces.loopback"), None);
        assert_eq!(flag("listening", "another"), None);
        for (event, path) in
            [("accepted", "local_port"), ("closed", "how"), ("bytes", "len"), ("bytes", "side")]
        {
            assert!(flag(event, path).is_some(), "{event} {path}");
        }
    }

    /// Every event has its fields, so that a pattern over it can be checked.
    #[test]
    fn every_event_is_in_the_schema() {
        for name in EventKind::NAMES {
            let named = |variant: &&Value| variant["properties"]["event"]["const"] == **name;
            assert!(
                SCHEMA["anyOf"].as_array().into_iter().flatten().any(|variant| named(&variant)),
                "{name}"
            );
        }
    }
}
