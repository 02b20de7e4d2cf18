//! Events of every kind whose texts, octets and numbers are as bad as a peer can make them.

use netlearn::event::Event;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

/// Texts that would act on a terminal, break columns or fill the screen.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        vec(any::<char>(), 0..300).prop_map(String::from_iter),
        "[\u{0}-\u{1f}\u{7f}-\u{9f}\u{200b}-\u{202e}\u{2066}-\u{2069} a]{0,80}",
        Just("\u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\u{202e}\u{1b}P1$r\u{1b}\\".to_owned()),
        Just("日本".repeat(60)),
        Just(String::new()),
    ]
}

fn numbers() -> impl Strategy<Value = u64> {
    prop_oneof![0u64..300, any::<u64>(), Just(u64::MAX), Just(u64::from(u32::MAX)), Just(u64::from(u16::MAX))]
}

/// Up to twelve events of any kinds, some of their leaves replaced.
pub(crate) fn events() -> impl Strategy<Value = Vec<Event>> {
    altered(sources())
}

/// The same of what a walk from the root consists of, which chance would hardly ever put together.
pub(crate) fn walks() -> impl Strategy<Value = Vec<Event>> {
    const PARTS: [&str; 9] = [
        "query",
        "reply",
        "reply_ignored",
        "query_failed",
        "referral_received",
        "alias_followed",
        "server_skipped",
        "walked",
        "failed",
    ];
    let mut templates = sources();
    templates.retain(|event| PARTS.iter().any(|part| event["event"] == *part));
    for part in PARTS {
        assert!(templates.iter().any(|event| event["event"] == part), "no template of `{part}`");
    }
    altered(templates)
}

fn altered(templates: Vec<Value>) -> impl Strategy<Value = Vec<Event>> {
    let one =
        (0..templates.len(), vec((any::<prop::sample::Index>(), texts(), numbers()), 0..8), any::<bool>());
    vec(one, 1..12).prop_map(move |choices| {
        choices
            .into_iter()
            .map(|(which, changes, server)| {
                let mut value = templates[which].clone();
                if server {
                    value["side"] = json!("server");
                }
                for (place, text, number) in changes {
                    change(&mut value, place, &text, number);
                }
                serde_json::from_value(value).expect("checked when it was changed")
            })
            .collect()
    })
}

/// Replaces one leaf where the event stays one of its kind.
fn change(value: &mut Value, place: prop::sample::Index, text: &str, number: u64) {
    let mut leaves = Vec::new();
    collect(value, &mut String::new(), &mut leaves);
    let path = place.get(&leaves);
    let mut changed = value.clone();
    let Some(leaf) = changed.pointer_mut(path) else { return };
    match leaf {
        Value::String(_) => *leaf = json!(text),
        Value::Number(old) if old.is_u64() => *leaf = json!(number),
        Value::Bool(old) => *leaf = json!(!*old),
        Value::Number(_) | Value::Null | Value::Array(_) | Value::Object(_) => return,
    }
    let kind = |event: Event| event.kind.name().to_owned();
    let known = serde_json::from_value::<Event>(changed.clone()).map(kind);
    if known.is_ok_and(|name| value["event"] == json!(name)) {
        *value = changed;
    }
}

fn collect(value: &Value, path: &mut String, leaves: &mut Vec<String>) {
    let mut inside = |key: String, value: &Value| {
        let length = path.len();
        path.push('/');
        path.push_str(&key);
        collect(value, path, leaves);
        path.truncate(length);
    };
    match value {
        Value::Object(map) => map.iter().for_each(|(key, value)| inside(key.clone(), value)),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, value)| inside(index.to_string(), value));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => leaves.push(path.clone()),
    }
}

/// One event of every kind, as it is read.
pub(crate) fn templates() -> Vec<Event> {
    let read = |value: Value| {
        let shown = value.to_string();
        let event: Event = serde_json::from_value(value).unwrap_or_else(|error| panic!("{shown}: {error}"));
        event
    };
    sources().into_iter().map(read).collect()
}

fn sources() -> Vec<Value> {
    let mut all = Vec::new();
    for (index, facts) in facts().into_iter().enumerate() {
        let mut event = json!({"seq": 1, "at": 0.001 * index as f64, "took": 0.0001, "flow": 1, "layer": "tcp", "side": "client"});
        for (name, value) in facts.as_object().expect("facts are an object") {
            event[name] = value.clone();
        }
        all.push(event);
    }
    all
}

fn socket(event: &str) -> Value {
    json!({"event": event, "protocol": "tcp", "local": "127.0.0.1:3000", "state": "LISTEN", "recv_q": 0, "send_q": 0, "inode": 7,
        "uid": 1000, "user": "u", "owners": [{"pid": 4711, "command": "node server.js"}], "reach": "this_machine",
        "service": "s", "dual_stack": true, "was": "LISTEN"})
}

fn certificate() -> Value {
    json!({"subject": "CN=a", "issuer": "CN=b", "names": ["a.test"], "names_left_out": 40, "not_before": "2026-01-01T00:00:00Z",
        "not_after": "2026-12-01T00:00:00Z", "self_issued": false, "sha256": "00"})
}

fn malformed() -> Value {
    json!({"event": "malformed", "by": "server", "broken": "chunk", "offset": 9, "expected": "a number", "found": "ZZ",
        "head": "line ZZ", "head_encoding": "utf8", "caret": 5, "width": 2, "values": ["1", "2"], "limit": 10})
}

fn facts() -> Vec<Value> {
    let ends = json!({"local": "127.0.0.1:51514", "peer": "127.0.0.1:3000"});
    let with_ends = |mut value: Value| {
        value["local"] = ends["local"].clone();
        value["peer"] = ends["peer"].clone();
        value
    };
    let field = json!({"name": "Host", "value": "a", "offset": 16, "len": 9});
    let mut all = vec![
        json!({"event": "name_looked_up", "name": "localhost", "addresses": ["::1"], "source": "system", "hosts_file": ["::1"]}),
        json!({"event": "name_failed", "name": "nowhere", "reason": "not_found", "error": "no"}),
        with_ends(
            json!({"event": "listening", "protocol": "http", "backlog": 128, "reach": "this_machine", "reachable_at": ["10.0.0.1"]}),
        ),
        with_ends(
            json!({"event": "listen_failed", "reason": "address_in_use", "errno": 98, "goes_on": false}),
        ),
        with_ends(json!({"event": "flow_opened", "protocol": "http", "socket": {"cookie": 1}})),
        with_ends(json!({"event": "flow_opened", "protocol": "https"})),
        with_ends(json!({"event": "connected", "attempt": 1, "of": 2})),
        with_ends(
            json!({"event": "connect_failed", "reason": "refused", "errno": 111, "attempt": 1, "of": 2, "syn_resent": 1,
            "icmp": {"origin": "127.0.0.1", "type": 3, "code": 3}}),
        ),
        with_ends(json!({"event": "accepted", "client": 1, "peer_owner": {"pid": 4711, "command": "curl"}})),
        json!({"event": "bytes", "direction": "sent", "offset": 0, "len": 34, "head": "GET / HTTP/1.1\r\nHost: a\r\n\r\n", "head_encoding": "utf8"}),
        json!({"event": "bytes", "direction": "received", "offset": 0, "len": 9, "head": "FgMBAAMBGwebMW3/", "head_encoding": "base64"}),
        json!({"event": "bytes", "direction": "received", "offset": 40, "len": 9, "head": "5\r\nhello\r\n0\r\n", "head_encoding": "utf8"}),
        json!({"event": "half_closed", "by": "client", "after": 34}),
        json!({"event": "closed", "by": "client", "how": "fin", "sent": 34, "received": 9, "requests": 1, "unread": 3, "why": "idle"}),
        json!({"event": "closed", "by": "server", "how": "rst", "sent": 34, "received": 9}),
        json!({"event": "tcp_info", "state": "ESTABLISHED", "rtt": 0.001, "acked": 9, "received": 9, "retransmits": 1, "unacked": 1}),
        json!({"event": "unread", "of": "server", "len": 9, "owner": {"pid": 4711, "command": "node"}, "accepted": true}),
        json!({"event": "http_agreed", "how": "alpn", "version": "HTTP/2", "offered": ["h2", "x"], "chosen": "h2"}),
        json!({"event": "http2_preface", "by": "client", "offset": 0, "len": 24}),
        json!({"event": "http2_frame", "by": "server", "offset": 9, "len": 18, "frames": 1, "frame_type": 4,
            "name": "SETTINGS", "flags": 0, "flag_names": ["ACK"], "stream": 3,
            "settings": [{"id": 3, "name": "MAX", "value": 100}], "increment": 5, "error": 11, "error_name": "CALM",
            "last_stream": 1, "debug": "too much"}),
        json!({"event": "http2_frame", "by": "server", "offset": 9, "len": 18, "frames": 2, "frame_type": 7,
            "name": "GOAWAY", "flags": 0, "stream": 0, "error": 11, "error_name": "CALM", "last_stream": 1,
            "debug": "too much", "fault": {"rule": "too_large", "expected": "less", "found": "more",
            "header": "00 00 12", "caret": 0, "width": 3}}),
        json!({"event": "request", "by": "client", "exchange": 1, "method": "GET", "target": "/", "version": "HTTP/2",
            "headers": [{"name": ":path", "value": "/", "offset": 0, "len": 0}], "offset": 33, "len": 20, "stream": 1,
            "decoded": true}),
        json!({"event": "response", "by": "server", "exchange": 1, "status": 200, "reason": "x", "version": "HTTP/2",
            "headers": [{"name": "etag", "value": "x", "offset": 0, "len": 0}], "offset": 9, "len": 20, "stream": 1,
            "decoded": true}),
        json!({"event": "library_started", "library": "reqwest", "version": "0.13", "proxies": ["http_proxy"]}),
        json!({"event": "library_compared", "library": "reqwest", "asked": 1, "requests": 2,
            "asked_fields": ["accept"], "added_fields": ["host"], "proxies": ["http_proxy"], "followed": ["http://a/"],
            "coding": "gzip", "body_passed": 30, "body_given": 300, "connections": 1, "sent": 1, "received": 2,
            "encrypted": false}),
        json!({"event": "families_differ", "port": 3000, "name": "localhost", "reached": "::1",
            "holders": [{"address": "::1", "listens": true, "owner": {"pid": 1, "command": "c"}}]}),
        json!({"event": "tls_established", "version": "TLS 1.3", "cipher": "c", "alpn": "h2", "server_name": "a.test",
            "certificates": [certificate()], "certificates_left_out": 3, "verified": true}),
        json!({"event": "tls_failed", "reason": "wrong_name", "by": "client", "error": "e", "certificates": [certificate()], "certificates_left_out": 3,
            "expected_name": "b.test", "alert": "a", "checked_at": "2026-11-23T10:00:00Z"}),
        json!({"event": "authority_written", "path": "/tmp/ca.pem", "subject": "CN=a", "names": ["a"], "not_after": "2026-12-01T00:00:00Z"}),
        json!({"event": "request", "by": "client", "exchange": 1, "method": "GET", "target": "/", "version": "HTTP/1.1", "headers": [field], "offset": 0, "len": 27}),
        json!({"event": "response", "by": "server", "exchange": 1, "status": 200, "reason": "OK", "version": "HTTP/1.1",
            "headers": [{"name": "Transfer-Encoding", "value": "chunked", "offset": 17, "len": 23}], "offset": 0, "len": 40}),
        json!({"event": "body_ended", "by": "server", "exchange": 1, "rule": "length", "len": 9, "declared": 14, "complete": false, "chunks": 2}),
        malformed(),
        json!({"event": "left_over", "by": "server", "offset": 9, "len": 4, "head": "rest", "head_encoding": "utf8", "declared": 5}),
        json!({"event": "protocol_recognised", "by": "server", "expected": "HTTP", "protocol": "ssh", "head": "SSH-2.0", "head_encoding": "utf8"}),
        json!({"event": "redirected", "status": 301, "from": "http://a/", "to": "http://b/", "method": "GET", "count": 1}),
        json!({"event": "reused", "after": 1, "local_port": 51514}),
        json!({"event": "requests_compared", "peer": "127.0.0.1:3000", "earlier": "http://a/", "later": "http://b/", "earlier_host": "a",
            "later_host": "b", "differed": ["host"], "answers_differ": true}),
        json!({"event": "timed", "exchange": 1, "name": 0.0001, "connect": 0.0002, "wait": 0.0, "receive": 0.1, "total": 0.2}),
        json!({"event": "answered", "exchange": 1, "method": "GET", "target": "/", "version": "HTTP/1.1", "request_len": 34, "status": 200, "reason": "OK", "body_len": 14}),
        json!({"event": "misanswered", "exchange": 1, "method": "GET", "target": "/", "version": "HTTP/1.1", "request_len": 34, "fault": "not-http"}),
        json!({"event": "proxy_ignored", "variables": ["http_proxy"]}),
        json!({"event": "checked", "state": "limited", "check": "program", "name": "node", "path": "/bin/node"}),
        json!({"event": "checked", "state": "missing", "check": "table", "sees_all": false, "error": "denied", "missing": ["UDP"]}),
        json!({"event": "bind_tried", "protocol": "tcp", "local": "127.0.0.1:3000", "plain": "address_in_use", "reusing": "address_in_use", "errno": 98, "first_unprivileged": 1024, "holders": [{"protocol": "tcp", "local": "127.0.0.1:3000", "state": "LISTEN", "recv_q": 0, "send_q": 0, "owners": [{"pid": 1, "command": "x"}]}]}),
        json!({"event": "probe_announced", "port": 3000, "addresses": ["127.0.0.1:3000"], "udp": true}),
        json!({"event": "port_probed", "local": "127.0.0.1:40000", "peer": "127.0.0.1:3000", "outcome": "open", "accepted": true, "len": 3, "head": "220", "head_encoding": "utf8", "ended": true, "waited": 0.3}),
        json!({"event": "address_offered", "url": "http://192.0.2.2:3000/", "others": ["http://192.0.2.3:3000/"]}),
        json!({"event": "sockets_counted", "shown": 1, "hidden": 0, "port": 3000, "listeners": 1, "sees_all": true, "missing": ["UDP"]}),
        json!({"event": "socket_file_made", "path": "/tmp/a.sock", "found": "socket", "mode": "0755", "uid": 1000, "user": "u", "ours": true}),
        json!({"event": "socket_file_removed", "path": "/tmp/a.sock", "removed": false, "error": "e"}),
        json!({"event": "stale_socket_file", "path": "/tmp/a.sock", "found": "socket", "mode": "0755", "uid": 1000, "user": "u", "removed": true}),
        json!({"event": "peer_identified", "of": "client", "pid": 7, "uid": 1000, "gid": 1000, "user": "u", "owner": {"pid": 7, "command": "node"}}),
        json!({"event": "socket_found", "protocol": "unix", "local": "/tmp/a.sock", "state": "LISTEN", "recv_q": 0, "send_q": 0, "owners": [],
            "reach": "this_machine", "unix": {"type": "stream", "file": {"path": "/tmp/a.sock", "found": "socket", "mode": "0755", "user": "u"}}}),
        json!({"event": "failed", "phase": "connect", "kind": "socket_refused", "target": "/tmp/a.sock", "seen_by": "client", "evidence": [
            {"fact": "path", "path": "/tmp/a.sock", "found": "socket", "mode": "0755", "uid": 1000, "user": "u"},
            {"fact": "path_table", "path": "/tmp/a.sock", "sockets": []},
            {"fact": "path_limit", "len": 120, "limit": 107},
            {"fact": "of_many", "failed": 9, "clients": 500},
            {"fact": "descriptors", "limit": 100, "open": 9, "fit": 59, "wanted": 500},
            {"fact": "lent_ports_too_few", "lent": {"first": 32768, "last": 60999}, "wanted": 70000},
            {"fact": "listener_found", "owner": {"pid": 7, "command": "node"}, "user": "u"}]}),
        json!({"event": "experiment_announced", "experiment": "drip", "time": 0.01}),
        json!({"event": "backlogged", "unread": 9, "window": 0, "waiting": 7, "owner": {"pid": 7, "command": "node"}}),
        json!({"event": "counters_moved", "interfaces": [{"name": "lo", "loopback": true, "received": 9, "sent": 9}], "error": "e", "unix": true}),
        json!({"event": "clients_announced", "clients": 500, "at_once": 64, "descriptors": 600, "raised_from": 100, "lent": {"first": 32768, "last": 60999}}),
        json!({"event": "clients_counted", "clients": 500, "connected": 490, "open": 490, "failed": 10, "all_tried": true}),
        json!({"event": "clients_ended", "clients": 500, "connected": 490, "not_tried": 1, "most_open": 490, "own_ports": 490, "server": "127.0.0.1:3000",
            "connect_times": {"lowest": 0.0001, "median": 0.0002, "highest": 0.01}, "sent": 5, "received": 6, "writes": 1, "reads": 1,
            "closed_by_client": 489, "closed_by_server": 1, "reset": 1, "failures": [{"reason": "reset", "count": 9}]}),
        json!({"event": "folded", "events": 9, "requests": 3, "clients": 2, "open": 1, "received": 5, "sent": 6}),
        json!({"event": "events_lost", "count": 4}),
        json!({"event": "served", "protocol": "http", "port": 3000, "clients": 1, "requests": 1, "received": 34, "sent": 116,
            "closed_by_client": 1, "closed_by_server": 0, "reset": 0, "open_at_stop": 0, "turned_away": 1, "accept_errors": 1}),
        json!({"event": "conversed", "sent": 34, "received": 9, "writes": 1, "reads": 2}),
        json!({"event": "recordings_merged", "files": [{"file": "a.jsonl", "command": ["netlearn", "serve"], "sides": ["server"]}], "matched": 1, "met": 0.02}),
        json!({"event": "flows_matched", "client": 1, "server": 2}),
        json!({"event": "told_by", "of": "client", "file": "a.jsonl"}),
        json!({"event": "lesson_started", "lesson": "one-server", "title": "One server", "steps": 9, "step": "hello"}),
        json!({"event": "step_started", "lesson": "one-server", "step": "try", "kind": "do", "values": {"p": "3000"}}),
        json!({"event": "chosen", "lesson": "one-server", "step": "guess", "choice": "echo", "right": false}),
        json!({"event": "judged", "lesson": "one-server", "step": "try", "verdict": "not-yet", "expected": "a request", "saw": "none"}),
        json!({"event": "step_ended", "lesson": "one-server", "step": "try", "skipped": false}),
        json!({"event": "lesson_ended", "lesson": "one-server", "finished": true, "connections": 3, "bytes": 27}),
        json!({"event": "chapter", "number": 1, "of": 5, "id": "serve", "command": "netlearn serve"}),
        json!({"event": "failed", "phase": "wait", "kind": "never_answers", "target": "localhost port 3000", "address": "127.0.0.1:3000",
            "errno": 111, "seen_by": "client", "evidence": evidence(), "next": ["netlearn ports 3000"]}),
        json!({"event": "failed", "phase": "receive", "kind": "broken_chunk", "target": "http://a/", "seen_by": "client", "evidence": evidence()}),
        json!({"event": "finished", "exit": 0}),
        json!({"event": "from_the_future", "text": "x"}),
    ];
    all.extend(read(NAMES));
    all.extend(read(DATAGRAMS));
    for kind in ["refused", "rejected", "unreachable", "datagram_too_long", "send_failed"] {
        all.push(json!({"event": "failed", "phase": "send", "kind": kind, "target": "localhost port 4009",
            "address": "127.0.0.1:4009", "seen_by": "client", "layer": "udp", "evidence": read(UNDELIVERED)}));
    }
    all.push(json!({"event": "failed", "phase": "name", "kind": "no_such_name", "target": "www.shop.test. A", "address": "127.53.0.3:5300",
        "seen_by": "client", "evidence": read(EVIDENCE)}));
    all.extend(["socket_found", "socket_appeared", "socket_changed", "socket_vanished"].map(socket));
    all
}

/// Events of names and labs, as they stand in recordings.
const NAMES: &[&str] = &[
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"asked","attempt":1,"recursion_desired":true,"edns_payload":1232,"server":"shop.test.","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"retry","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":"shop.test.","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"next_server","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":"shop.test.","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":true,"tc":false,"rd":true,"ra":true,"ad":true,"cd":false,"meaning":"answer","answers":[{"name":"www.shop.test.","record_type":"CNAME","class":"IN","ttl":60,"data":"shop.test."},{"name":"shop.test.","record_type":"A","class":"IN","ttl":0,"data":"127.53.1.80"}],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64","additional":[{"name":"ns.shop.test.","record_type":"A","class":"IN","ttl":86400,"data":"127.53.0.3"}],"authority":[{"name":"shop.test.","record_type":"NS","class":"IN","ttl":3600,"data":"ns.shop.test."}],"edns":{"version":0,"payload":1232,"dnssec_ok":true,"options":[[10,24]]},"server":"shop.test."}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":false,"tc":false,"rd":true,"ra":true,"ad":false,"cd":false,"meaning":"answer","answers":[{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.0"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.1"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.2"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.3"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.4"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.5"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.6"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.7"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.8"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.9"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.10"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.11"}],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64","from_cache":true}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":false,"tc":false,"rd":true,"ra":false,"ad":false,"cd":false,"meaning":"alias","answers":[{"name":"www.shop.test.","record_type":"CNAME","class":"IN","ttl":60,"data":"shop.example."}],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply_ignored","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","reason":"wrong_id","expected":"35388","found":"35389","len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply_ignored","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","reason":"wrong_source","expected":"127.53.0.3:5300","found":"127.0.0.9:5300","len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply_ignored","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","reason":"wrong_question","expected":"A of www.shop.test.","found":"A of bank.test.","len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query_failed","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"silence","attempt":3,"ignored":2,"server":"test."}"#,
    r#"{"event":"query_failed","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"only_unbelievable","attempt":3,"ignored":2,"server":"test."}"#,
    r#"{"event":"query_failed","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"port_closed","attempt":3,"ignored":2,"server":"test.","errno":111,"icmp":{"origin":"127.53.0.3","type":3,"code":3}}"#,
    r#"{"event":"referral_received","from":"127.53.0.1:5300","from_zone":".","zone":"test.","servers":[{"name":"ns.test.","glue":["127.53.0.2"]},{"name":"ns.other.example.","glue":[]}],"name":"www.shop.test."}"#,
    r#"{"event":"alias_followed","name":"www.shop.test.","target":"shop.example.","other_zone":true}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"lame","another":true}"#,
    r#"{"event":"walked","question":{"name":"www.shop.test.","record_type":"A","class":"IN"},"path":[{"zone":".","address":"127.53.0.1:5300","server":"a.root.","asked":{"name":"www.shop.test.","record_type":"A","class":"IN"},"meaning":"referral"},{"zone":"shop.test.","address":"127.53.0.3:5300","asked":{"name":"www.shop.test.","record_type":"A","class":"IN"},"meaning":"answer"}],"aliases":[{"name":"www.shop.test.","target":"shop.test."}],"answers":[{"name":"shop.test.","record_type":"A","class":"IN","ttl":60,"data":"127.53.1.80"}],"meaning":"answer","ttl":60,"questions":3}"#,
    r#"{"event":"paths_compared","name":"shop.test","programs":["127.53.1.80"],"dns":[],"dns_meaning":"no_such_name","hosts_file":["127.53.1.80"],"agree":false}"#,
    r#"{"event":"paths_compared","name":"shop.test","programs":["127.53.1.80"],"dns":["127.53.1.80"],"dns_meaning":"answer","agree":true}"#,
    r#"{"event":"name_encoded","name":"bücher.test","asked":"xn--bcher-kva.test.","why":"idna"}"#,
    r#"{"event":"resolver_configured","servers":["127.0.0.53:53"],"source":"/etc/resolv.conf","search":["corp.test"]}"#,
    r#"{"event":"lab_started","ports":{"dns":5301,"http":8081,"https":8444},"planned":{"dns":5300,"http":8080,"https":8443},"servers":[{"name":"a.root-servers.lab.","role":"root","address":"127.53.0.1","serves":["."]},{"name":"ns.test.","role":"top_level","address":"127.53.0.2","serves":["test."]},{"name":"ns.shop.test.","role":"authority","address":"127.53.0.3","serves":["shop.test."],"fault":"servfail"},{"name":"resolver","role":"resolver","address":"127.53.0.53","serves":[]},{"name":"shop","role":"web","address":"127.53.1.80","serves":["shop.test","shop.localhost"]},{"name":"bank","role":"web","address":"127.53.1.81","serves":["bank.test"]}],"names":[{"name":"shop.test","shows":"a shop","command":"get http://shop.test:8081/"},{"name":"blog.test","shows":"same address, other page"}],"authority":"/tmp/ca.pem","doors":[{"planned":"127.53.0.53:5301","real":"127.0.0.1:40000"}],"faults":["servfail@shop.test."]}"#,
    r#"{"event":"lab_joined","ports":{"dns":5300,"http":8080,"https":8443},"pid":4711}"#,
    r#"{"event":"lab_counted","counts":[{"name":"resolver","address":"127.53.0.53","queries":3,"connections":1,"from_cache":2},{"name":"a.root","address":"127.53.0.1","queries":0,"connections":0}]}"#,
    r#"{"event":"cache_listed","entries":[{"name":"shop.test.","record_type":"A","meaning":"answer","ttl":57,"data":["127.53.1.80","127.53.1.81"]},{"name":"nope.test.","record_type":"A","meaning":"no_such_name","ttl":30,"data":[]}]}"#,
];

/// What UDP brings.
const DATAGRAMS: &[&str] = &[
    r#"{"event":"flow_opened","protocol":"udp","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","layer":"udp"}"#,
    r#"{"event":"udp_connected","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","attempt":1,"of":2,"untried":["127.0.0.2"],"layer":"udp"}"#,
    r#"{"event":"bytes","direction":"sent","offset":0,"len":5,"head":"hello","head_encoding":"utf8","datagram":1,"layer":"udp"}"#,
    r#"{"event":"bytes","direction":"sent","offset":5,"len":0,"head":"","head_encoding":"utf8","datagram":2,"layer":"udp"}"#,
    r#"{"event":"bytes","direction":"sent","offset":5,"len":9000,"head":"a","head_encoding":"utf8","datagram":3,"layer":"udp"}"#,
    r#"{"event":"bytes","direction":"received","offset":0,"len":4,"head":"hell","head_encoding":"utf8","datagram":1,"truncated":true,"lost":1,"layer":"udp"}"#,
    r#"{"event":"bytes","direction":"received","offset":4,"len":4,"head":"hell","head_encoding":"utf8","datagram":2,"truncated":true,"layer":"udp"}"#,
    r#"{"event":"peer_seen","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":1,"layer":"udp"}"#,
    r#"{"event":"peer_seen","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":2,"untold":7,"layer":"udp"}"#,
    r#"{"event":"peer_forgotten","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":1,"why":"idle","silent":60.0,"datagrams_sent":1,"datagrams_received":1,"sent":5,"received":5,"layer":"udp"}"#,
    r#"{"event":"peer_forgotten","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":1,"why":"room","silent":0.5,"datagrams_sent":1,"datagrams_received":1,"sent":5,"received":5,"layer":"udp"}"#,
    r#"{"event":"delivery_failed","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","during":"sent","errno":111,"icmp":{"origin":"127.0.0.1","type":3,"code":3},"sent":1,"ends_it":true,"layer":"udp"}"#,
    r#"{"event":"delivery_failed","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","during":"received","icmp":{"origin":"10.0.0.1","type":3,"code":1},"sent":1,"ends_it":false,"layer":"udp"}"#,
    r#"{"event":"delivery_failed","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","during":"received","errno":111,"sent":1,"ends_it":true,"layer":"udp"}"#,
    r#"{"event":"send_refused","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","len":65508,"reason":"too_long","errno":90,"longest":65507,"layer":"udp"}"#,
    r#"{"event":"send_refused","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","len":5,"reason":"not_permitted","errno":1,"longest":65507,"layer":"udp"}"#,
    r#"{"event":"send_refused","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","len":5,"reason":"no_way","errno":101,"longest":65507,"layer":"udp"}"#,
    r#"{"event":"send_refused","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","len":5,"reason":"other","errno":22,"longest":65507,"layer":"udp"}"#,
    r#"{"event":"input_ended","sent":0,"wait":5.0,"layer":"udp"}"#,
    r#"{"event":"input_ended","sent":2,"wait":5.0,"layer":"udp"}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":1,"received":0,"layer":"udp"}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":0,"received":0,"input_open":true,"layer":"udp"}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":1,"received":2,"layer":"udp"}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":1,"received":0,"holder":{"address":"127.0.0.1","listens":true,"owner":{"pid":7,"command":"node"}},"layer":"udp"}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":1,"received":0,"unread":true,"holder":{"address":"127.0.0.1","listens":true},"layer":"udp"}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":1,"received":0,"holder":{"address":"127.0.0.1","listens":false},"layer":"udp"}"#,
    r#"{"event":"served","protocol":"udp","port":4009,"clients":2,"requests":3,"received":9,"sent":6,"replies":2,"truncated":1,"send_refused":1,"closed_by_client":0,"closed_by_server":0,"reset":0,"open_at_stop":0,"turned_away":0,"accept_errors":1,"layer":"udp","side":"server"}"#,
    r#"{"event":"bytes","direction":"sent","offset":0,"len":5,"head":"hello","head_encoding":"utf8","datagram":1,"layer":"udp","side":"server"}"#,
    r#"{"event":"bytes","direction":"sent","offset":5,"len":0,"head":"","head_encoding":"utf8","datagram":2,"layer":"udp","side":"server"}"#,
    r#"{"event":"bytes","direction":"sent","offset":5,"len":9000,"head":"a","head_encoding":"utf8","datagram":3,"layer":"udp","side":"server"}"#,
    r#"{"event":"bytes","direction":"received","offset":0,"len":4,"head":"hell","head_encoding":"utf8","datagram":1,"truncated":true,"lost":1,"layer":"udp","side":"server"}"#,
    r#"{"event":"bytes","direction":"received","offset":4,"len":4,"head":"hell","head_encoding":"utf8","datagram":2,"truncated":true,"layer":"udp","side":"server"}"#,
    r#"{"event":"peer_seen","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":1,"layer":"udp","side":"server"}"#,
    r#"{"event":"peer_seen","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":2,"untold":7,"layer":"udp","side":"server"}"#,
    r#"{"event":"peer_forgotten","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":1,"why":"idle","silent":60.0,"datagrams_sent":1,"datagrams_received":1,"sent":5,"received":5,"layer":"udp","side":"server"}"#,
    r#"{"event":"peer_forgotten","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":1,"why":"room","silent":0.5,"datagrams_sent":1,"datagrams_received":1,"sent":5,"received":5,"layer":"udp","side":"server"}"#,
];

/// Facts about datagrams.
const UNDELIVERED: &[&str] = &[
    r#"{"fact":"datagrams","sent":2,"received":1,"unsent":1}"#,
    r#"{"fact":"undelivered","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","during":"sent","errno":111,"icmp":{"origin":"127.0.0.1","type":3,"code":3},"sent":1,"ends_it":true,"after":0.0001}"#,
    r#"{"fact":"not_taken","peer":"127.0.0.1:4009","len":65508,"reason":"too_long","errno":90,"longest":65507}"#,
    r#"{"fact":"table","port":4009,"sockets":[{"protocol":"udp","local":"127.0.0.2:4009","state":"UNCONNECTED","recv_q":0,"send_q":0,"owners":[{"pid":7,"command":"node"}],"reach":"this_machine"}]}"#,
];

/// Facts about names.
const EVIDENCE: &[&str] = &[
    r#"{"fact":"asked","name":"www.shop.test.","record_type":"A","class":"IN"}"#,
    r#"{"fact":"answered","server":"127.53.0.3:5300","rcode":"NXDOMAIN","aa":true,"soa":"shop.test.","negative_ttl":30}"#,
    r#"{"fact":"unanswered","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"silence","attempt":3,"ignored":1,"waited":5.0}"#,
    r#"{"fact":"unanswered","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"port_closed","attempt":3,"ignored":1,"icmp":{"origin":"127.53.0.3","type":3,"code":3},"waited":0.001}"#,
    r#"{"fact":"unanswered","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"tcp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"cut_off","attempt":3,"ignored":1,"waited":0.1}"#,
    r#"{"fact":"not_believed","from":"127.53.0.3:5300","reason":"wrong_id","expected":"35388","found":"35389"}"#,
    r#"{"fact":"resolvers","servers":["127.0.0.53:53"],"source":"/etc/resolv.conf"}"#,
    r#"{"fact":"aliases","chain":[{"name":"a.test.","target":"b.test."},{"name":"b.test.","target":"a.test."}]}"#,
    r#"{"fact":"skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"lame","another":false}"#,
    r#"{"fact":"programs","addresses":["127.53.1.80"]}"#,
];

fn read(texts: &[&str]) -> Vec<Value> {
    texts.iter().map(|text| serde_json::from_str(text).expect("a template is JSON")).collect()
}

fn evidence() -> Value {
    let mut broken = malformed();
    broken["fact"] = json!("malformed");
    json!([
        {"fact": "attempt", "peer": "127.0.0.1:3000", "reason": "timeout", "attempt": 1, "of": 1, "after": 5.0},
        {"fact": "handshake_done", "took": 0.0001},
        {"fact": "acknowledged", "sent": 79, "acked": 79},
        {"fact": "waited", "time": 5.0},
        {"fact": "peer_socket", "unread": 0, "owner": {"pid": 4711, "command": "node"}, "accepted": true, "state": "ESTABLISHED"},
        {"fact": "first_bytes", "protocol": "ssh", "head": "SSH-2.0", "head_encoding": "utf8"},
        {"fact": "length", "declared": 100, "received": 10},
        {"fact": "cycle", "urls": ["http://a/", "http://a/"]},
        {"fact": "system_error", "error": "no"},
        broken,
    ])
}
