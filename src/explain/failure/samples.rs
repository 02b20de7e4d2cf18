//! One failure of every kind, and one fact of every kind that may speak for it: what the tests of the words for failures run over.

use serde_json::Value;

use crate::event::failure::{Evidence, FailureKind};

/// Every failure that netlearn tells apart, read from the schema so that none is forgotten.
pub(super) fn kinds() -> Vec<FailureKind> {
    let schema = schemars::schema_for!(FailureKind);
    let mut names = Vec::new();
    collect(schema.as_value(), &mut names);
    let kinds: Vec<FailureKind> =
        names.iter().map(|name| serde_json::from_value(Value::String(name.clone())).unwrap()).collect();
    assert!(kinds.len() > 40, "{names:?}");
    kinds
}

fn collect(schema: &Value, names: &mut Vec<String>) {
    match schema {
        Value::Object(map) => {
            for (key, value) in map {
                match (key.as_str(), value) {
                    ("const", Value::String(name)) => names.push(name.clone()),
                    ("enum", Value::Array(list)) => {
                        names.extend(list.iter().filter_map(Value::as_str).map(str::to_owned));
                    }
                    (_, _) => collect(value, names),
                }
            }
        }
        Value::Array(list) => list.iter().for_each(|value| collect(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

const EVIDENCE: &[&str] = &[
    r#"{"fact":"attempt","peer":"[::1]:3000","reason":"refused","attempt":1,"of":2,"error_queue_empty":true,"after":0.0001}"#,
    r#"{"fact":"attempt","peer":"127.0.0.1:3000","reason":"timeout","attempt":2,"of":2,"syn_resent":2,"after":5.0}"#,
    r#"{"fact":"attempt","peer":"10.0.0.1:3000","reason":"rejected","attempt":2,"of":2,"icmp":{"origin":"10.0.0.1","type":3,"code":13},"after":0.01}"#,
    r#"{"fact":"attempt","peer":"10.0.0.1:3000","reason":"unreachable","errno":101,"attempt":2,"of":2}"#,
    r#"{"fact":"attempt","peer":"10.0.0.1:3000","reason":"other","errno":5,"attempt":2,"of":2}"#,
    r#"{"fact":"table","port":3000,"sockets":[{"protocol":"tcp","local":"127.0.0.1:3000","state":"LISTEN","recv_q":0,"send_q":0,"owners":[{"pid":4711,"command":"node server.js"}],"reach":"this_machine"},{"protocol":"tcp","local":"127.0.0.1:3000","peer":"127.0.0.1:50000","state":"TIME_WAIT","recv_q":0,"send_q":0,"owners":[],"timer":12.0}]}"#,
    r#"{"fact":"table_unread","error":"permission denied"}"#,
    r#"{"fact":"in_lab"}"#,
    r#"{"fact":"handshake_done","took":0.0001}"#,
    r#"{"fact":"acknowledged","sent":79,"acked":79}"#,
    r#"{"fact":"received","len":10}"#,
    r#"{"fact":"waited","time":5.0}"#,
    r#"{"fact":"peer_socket","unread":18,"owner":{"pid":4711,"command":"node server.js","stopped":true},"accepted":true,"state":"ESTABLISHED"}"#,
    r#"{"fact":"accept_queue","len":3,"limit":2,"owner":{"pid":4711,"command":"node server.js"}}"#,
    r#"{"fact":"boundary","first_unprivileged":1024}"#,
    r#"{"fact":"free_port","port":3001}"#,
    r#"{"fact":"lent_ports","first":32768,"last":60999}"#,
    r#"{"fact":"own_addresses","addresses":["192.168.1.5","::1"]}"#,
    r#"{"fact":"tls","reason":"expired","by":"client","error":"certificate expired","expected_name":"shop.test","checked_at":"2026-11-23T10:00:00Z","alert":"certificate_expired","certificates":[{"subject":"CN=shop","issuer":"CN=lab","names":["shop.test"],"not_before":"2025-01-01T00:00:00Z","not_after":"2026-01-01T00:00:00Z","self_issued":false}]}"#,
    r#"{"fact":"first_bytes","protocol":"ssh","head":"SSH-2.0-OpenSSH_9.2\r\n","head_encoding":"utf8"}"#,
    r#"{"fact":"tls_probe","speaks_tls":true}"#,
    r#"{"fact":"malformed","by":"server","broken":"two_lengths","offset":40,"expected":"one value","found":"7","head":"Content-Length: 7","head_encoding":"utf8","caret":16,"width":1,"values":["5","7"],"limit":65536}"#,
    r#"{"fact":"frame","by":"server","offset":9,"len":65536,"frames":1,"frame_type":0,"name":"DATA","flags":0,"stream":1,"fault":{"rule":"too_large","expected":"at most 16384 octets in a frame","found":"65536 octets","header":"01 00 00 00 00 00 00 00 01","caret":0,"width":3}}"#,
    r#"{"fact":"frame","by":"server","offset":9,"len":16,"frames":1,"frame_type":7,"name":"GOAWAY","flags":0,"stream":0,"error":11,"error_name":"ENHANCE_YOUR_CALM","last_stream":0,"debug":"too much"}"#,
    r#"{"fact":"length","declared":100,"received":10}"#,
    r#"{"fact":"reset_after","sent":79,"received":0,"during":"received"}"#,
    r#"{"fact":"cycle","urls":["http://a.test/","http://b.test/","http://a.test/"]}"#,
    r#"{"fact":"status","status":404,"reason":"Not Found"}"#,
    r#"{"fact":"limit","name":"redirects","limit":20}"#,
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
    r#"{"fact":"system_error","error":"Too many open files"}"#,
    r#"{"fact":"of_many","failed":3,"clients":500}"#,
    r#"{"fact":"descriptors","limit":1024,"open":9,"fit":983,"wanted":5000}"#,
    r#"{"fact":"lent_ports_too_few","lent":{"first":32768,"last":60999},"wanted":50000}"#,
];

/// What speaks for the failures of Unix sockets, which are told in words of their own.
const PATHS: &[&str] = &[
    r#"{"fact":"attempt","peer":"/tmp/a.sock","reason":"refused","errno":111,"attempt":1,"of":1}"#,
    r#"{"fact":"path","path":"/tmp/a.sock","found":"socket","mode":"0755","uid":1000,"user":"anna","ours":true}"#,
    r#"{"fact":"path","path":"/tmp/a-2.sock","found":"nothing"}"#,
    r#"{"fact":"path_limit","len":120,"limit":107}"#,
    r#"{"fact":"path_table","path":"/tmp/a.sock","sockets":[{"protocol":"unix","local":"/tmp/a.sock","state":"BOUND","recv_q":0,"send_q":0,"owners":[{"pid":7,"command":"node"}],"unix":{"type":"stream"}}]}"#,
    r#"{"fact":"listener_found","owner":{"pid":7,"command":"node"},"user":"anna"}"#,
];

/// Facts about datagrams.
const DATAGRAMS: &[&str] = &[
    r#"{"fact":"datagrams","sent":2,"received":1,"unsent":1}"#,
    r#"{"fact":"undelivered","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","during":"sent","errno":111,"icmp":{"origin":"127.0.0.1","type":3,"code":3},"sent":1,"ends_it":true,"after":0.0001}"#,
    r#"{"fact":"not_taken","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","len":65508,"reason":"too_long","errno":90,"longest":65507}"#,
    r#"{"fact":"table","port":4009,"sockets":[{"protocol":"udp","local":"127.0.0.2:4009","state":"UNCONNECTED","recv_q":0,"send_q":0,"owners":[{"pid":7,"command":"node"}],"reach":"this_machine"}]}"#,
];

/// One fact of every kind but `not_this_machine`, which contradicts the table.
pub(super) fn evidence() -> Vec<Evidence> {
    EVIDENCE
        .iter()
        .map(|json| serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}")))
        .collect()
}

/// One fact of every kind about datagrams.
pub(super) fn evidence_of_datagrams() -> Vec<Evidence> {
    DATAGRAMS.iter().filter_map(|json| serde_json::from_str(json).ok()).collect()
}

/// One fact of every kind about a Unix socket, and of those that it shares with TCP.
pub(super) fn evidence_at_paths() -> Vec<Evidence> {
    let both = evidence().into_iter().filter(|fact| {
        matches!(
            fact,
            Evidence::PeerSocket { .. } | Evidence::AcceptQueue { .. } | Evidence::ResetAfter { .. }
        )
    });
    PATHS.iter().filter_map(|json| serde_json::from_str(json).ok()).chain(both).collect()
}
