//! One event of every kind, one failure of every kind, one of every fact: what the tests of all words run over.

use serde_json::Value;

use crate::event::failure::{Evidence, FailureKind};
use crate::event::{Event, EventKind};

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
    r#"{"fact":"handshake_done","took":0.0001}"#,
    r#"{"fact":"acknowledged","sent":79,"acked":79}"#,
    r#"{"fact":"received","len":10}"#,
    r#"{"fact":"waited","time":5.0}"#,
    r#"{"fact":"peer_socket","unread":18,"owner":{"pid":4711,"command":"node server.js","stopped":true},"accepted":true,"state":"ESTABLISHED"}"#,
    r#"{"fact":"accept_queue","len":3,"limit":2,"owner":{"pid":4711,"command":"node server.js"}}"#,
    r#"{"fact":"boundary","first_unprivileged":1024}"#,
    r#"{"fact":"free_port","port":3001}"#,
    r#"{"fact":"own_addresses","addresses":["192.168.1.5","::1"]}"#,
    r#"{"fact":"tls","reason":"expired","by":"client","error":"certificate expired","expected_name":"shop.test","checked_at":"2026-11-23T10:00:00Z","alert":"certificate_expired","certificates":[{"subject":"CN=shop","issuer":"CN=lab","names":["shop.test"],"not_before":"2025-01-01T00:00:00Z","not_after":"2026-01-01T00:00:00Z","self_issued":false}]}"#,
    r#"{"fact":"first_bytes","protocol":"ssh","head":"SSH-2.0-OpenSSH_9.2\r\n","head_encoding":"utf8"}"#,
    r#"{"fact":"tls_probe","speaks_tls":true}"#,
    r#"{"fact":"malformed","by":"server","broken":"two_lengths","offset":40,"expected":"one value","found":"7","head":"Content-Length: 7","head_encoding":"utf8","caret":16,"width":1,"values":["5","7"],"limit":65536}"#,
    r#"{"fact":"length","declared":100,"received":10}"#,
    r#"{"fact":"reset_after","sent":79,"received":0,"during":"received"}"#,
    r#"{"fact":"cycle","urls":["http://a.test/","http://b.test/","http://a.test/"]}"#,
    r#"{"fact":"status","status":404,"reason":"Not Found"}"#,
    r#"{"fact":"limit","name":"redirects","limit":20}"#,
    r#"{"fact":"system_error","error":"Too many open files"}"#,
];

/// One fact of every kind but `not_this_machine`, which contradicts the table.
pub(super) fn evidence() -> Vec<Evidence> {
    EVIDENCE
        .iter()
        .map(|json| serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}")))
        .collect()
}

const EVENTS: &[&str] = &[
    r#"{"event":"name_looked_up","name":"localhost","addresses":["::1","127.0.0.1"],"source":"system","hosts_file":["::1","127.0.0.1"]}"#,
    r#"{"event":"name_failed","name":"nosuch.test","reason":"not_found"}"#,
    r#"{"event":"listening","protocol":"http","local":"0.0.0.0:3000","backlog":1024,"reach":"every_address","reachable_at":["192.168.1.5"]}"#,
    r#"{"event":"listening","protocol":"tcp","local":"127.0.0.1:3000","backlog":1024,"reach":"this_machine"}"#,
    r#"{"event":"listen_failed","local":"[::1]:3000","reason":"family_not_supported","goes_on":true}"#,
    r#"{"event":"flow_opened","protocol":"tcp","local":"127.0.0.1:51514","peer":"127.0.0.1:3000"}"#,
    r#"{"event":"connected","local":"127.0.0.1:51514","peer":"127.0.0.1:3000","attempt":2,"of":2}"#,
    r#"{"event":"connected","local":"127.0.0.1:3000","peer":"127.0.0.1:3000","attempt":1,"of":1,"to_itself":true}"#,
    r#"{"event":"connect_failed","peer":"[::1]:3000","reason":"refused","attempt":1,"of":2}"#,
    r#"{"event":"accepted","local":"127.0.0.1:3000","peer":"127.0.0.1:51514","client":1,"peer_owner":{"pid":7,"command":"curl"}}"#,
    r#"{"event":"bytes","direction":"received","offset":0,"len":14,"head":"Hello, World!\n","head_encoding":"utf8"}"#,
    r#"{"event":"half_closed","by":"server","after":14}"#,
    r#"{"event":"closed","by":"client","how":"rst","sent":14,"received":0,"unread":3,"why":"idle"}"#,
    r#"{"event":"tcp_info","state":"ESTABLISHED","rtt":0.00004,"rtt_var":0.00001,"send_mss":65483,"acked":14,"received":14,"retransmits":0,"unacked":0,"congestion_window":10,"receive_window":65483}"#,
    r#"{"event":"unread","of":"server","len":18,"owner":{"pid":7,"command":"node","stopped":true},"accepted":true}"#,
    r#"{"event":"families_differ","port":3000,"name":"localhost","reached":"127.0.0.1","holders":[{"address":"127.0.0.1","listens":true},{"address":"::1","listens":true}]}"#,
    r#"{"event":"tls_established","version":"TLS 1.3","cipher":"TLS_AES_128_GCM_SHA256","alpn":"http/1.1","server_name":"localhost","certificates":[],"verified":true}"#,
    r#"{"event":"tls_failed","reason":"expired","by":"client","error":"expired"}"#,
    r#"{"event":"authority_written","path":"ca.pem","subject":"CN=lab","names":["localhost"],"not_after":"2027-01-01T00:00:00Z"}"#,
    r#"{"event":"request","by":"client","exchange":1,"method":"GET","target":"/","version":"HTTP/1.1","headers":[{"name":"Host","value":"localhost:3000","offset":16,"len":22}],"offset":0,"len":40}"#,
    r#"{"event":"response","by":"server","exchange":1,"status":301,"reason":"Moved","version":"HTTP/1.1","headers":[{"name":"Content-Length","value":"14","offset":16,"len":22},{"name":"Location","value":"/","offset":16,"len":22}],"offset":0,"len":40}"#,
    r#"{"event":"response","by":"server","exchange":1,"status":200,"reason":"OK","version":"HTTP/1.1","headers":[{"name":"Transfer-Encoding","value":"chunked","offset":16,"len":22}],"offset":0,"len":40}"#,
    r#"{"event":"body_ended","by":"server","exchange":1,"rule":"length","len":14,"declared":14,"complete":true}"#,
    r#"{"event":"malformed","by":"server","broken":"chunk","offset":40,"expected":"hexadecimal digits","found":"ZZ","head":"ZZ","head_encoding":"utf8","caret":0,"width":2}"#,
    r#"{"event":"left_over","by":"server","offset":40,"len":5,"head":"hello","head_encoding":"utf8","declared":5}"#,
    r#"{"event":"protocol_recognised","by":"server","expected":"HTTP","protocol":"ssh","head":"SSH-2.0","head_encoding":"utf8"}"#,
    r#"{"event":"redirected","status":301,"from":"http://a.test/","to":"http://b.test/","method":"GET","count":1}"#,
    r#"{"event":"reused","after":1,"local_port":51514}"#,
    r#"{"event":"timed","exchange":1,"total":0.01}"#,
    r#"{"event":"answered","exchange":1,"method":"GET","target":"/","version":"HTTP/1.1","request_len":79,"status":200,"reason":"OK","body_len":14}"#,
    r#"{"event":"proxy_ignored","variables":["http_proxy"]}"#,
    r#"{"event":"socket_found","protocol":"tcp","local":"127.0.0.1:3000","state":"LISTEN","recv_q":0,"send_q":0,"owners":[{"pid":7,"command":"node"}],"reach":"this_machine"}"#,
    r#"{"event":"socket_found","protocol":"tcp","local":"0.0.0.0:3000","state":"LISTEN","recv_q":0,"send_q":0,"owners":[],"owner_hidden":true,"reach":"every_address"}"#,
    r#"{"event":"socket_found","protocol":"udp","local":"0.0.0.0:53","state":"UNCONNECTED","recv_q":0,"send_q":0,"owners":[],"reach":"every_address"}"#,
    r#"{"event":"socket_found","protocol":"tcp","local":"127.0.0.1:3000","peer":"127.0.0.1:50000","state":"CLOSE_WAIT","recv_q":0,"send_q":0,"inode":5,"owners":[{"pid":7,"command":"node"}]}"#,
    r#"{"event":"socket_found","protocol":"tcp","local":"127.0.0.1:3000","peer":"127.0.0.1:50000","state":"ESTABLISHED","recv_q":0,"send_q":0,"owners":[]}"#,
    r#"{"event":"socket_appeared","protocol":"tcp","local":"127.0.0.1:3000","state":"LISTEN","recv_q":0,"send_q":0,"owners":[]}"#,
    r#"{"event":"socket_changed","protocol":"tcp","local":"127.0.0.1:3000","peer":"127.0.0.1:50000","state":"TIME_WAIT","recv_q":0,"send_q":0,"owners":[],"was":"ESTABLISHED"}"#,
    r#"{"event":"socket_vanished","protocol":"tcp","local":"127.0.0.1:3000","state":"LISTEN","recv_q":0,"send_q":0,"owners":[]}"#,
    r#"{"event":"checked","state":"works","check":"loopback","address":"127.0.0.1"}"#,
    r#"{"event":"checked","state":"limited","check":"loopback","address":"127.53.0.1","error":"no such address"}"#,
    r#"{"event":"checked","state":"limited","check":"loopback","address":"::1","error":"no such address"}"#,
    r#"{"event":"checked","state":"missing","check":"loopback","address":"127.0.0.1","error":"no such address"}"#,
    r#"{"event":"checked","state":"limited","check":"localhost","addresses":[]}"#,
    r#"{"event":"checked","state":"limited","check":"port","port":3000}"#,
    r#"{"event":"checked","state":"works","check":"boundary","first_unprivileged":1024}"#,
    r#"{"event":"checked","state":"limited","check":"reachable","addresses":[]}"#,
    r#"{"event":"checked","state":"limited","check":"descriptors","soft":256,"hard":1024}"#,
    r#"{"event":"checked","state":"limited","check":"name_servers","servers":[]}"#,
    r#"{"event":"checked","state":"missing","check":"table","sees_all":false,"error":"denied"}"#,
    r#"{"event":"checked","state":"limited","check":"kernel","tcp_info":true,"acknowledged":false,"icmp_origin":false}"#,
    r#"{"event":"checked","state":"limited","check":"terminal","terminal":true,"columns":60,"utf8":false,"color":false}"#,
    r#"{"event":"checked","state":"limited","check":"program","name":"node"}"#,
    r#"{"event":"checked","state":"limited","check":"firewall"}"#,
    r#"{"event":"bind_tried","protocol":"tcp","local":"127.0.0.1:80","plain":"permission_denied","reusing":"permission_denied","errno":13,"first_unprivileged":1024}"#,
    r#"{"event":"sockets_counted","shown":1,"hidden":1,"port":3000,"listeners":1,"sees_all":false}"#,
    r#"{"event":"folded","events":10,"requests":5,"clients":1,"open":1,"received":10,"sent":10}"#,
    r#"{"event":"events_lost","count":3}"#,
    r#"{"event":"served","protocol":"http","port":3000,"clients":1,"requests":1,"received":79,"sent":116,"closed_by_client":1,"closed_by_server":0,"reset":0,"open_at_stop":0,"turned_away":0,"accept_errors":0}"#,
    r#"{"event":"conversed","sent":14,"received":14,"writes":1,"reads":1}"#,
    r#"{"event":"chapter","number":1,"of":5,"id":"serve","command":"netlearn serve"}"#,
    r#"{"event":"finished","exit":0}"#,
    r#"{"event":"from_the_future","x":1}"#,
];

/// One event of every kind at least, as client and server saw it; failures of every kind among them.
pub(super) fn events() -> Vec<Event> {
    let mut events = Vec::new();
    for side in ["client", "server"] {
        for layer in ["tcp", "tls", "http"] {
            for json in EVENTS {
                let envelope =
                    format!(r#"{{"seq":1,"at":0.5,"took":0.1,"flow":1,"layer":"{layer}","side":"{side}","#);
                let json = json.replacen('{', &envelope, 1);
                events.push(serde_json::from_str(&json).unwrap_or_else(|error| panic!("{json}: {error}")));
            }
        }
    }
    let names: Vec<String> = events.iter().map(|event: &Event| event.kind.name().to_owned()).collect();
    for name in EventKind::NAMES.iter().filter(|name| **name != "failed") {
        assert!(names.iter().any(|known| known == name), "no sample of {name}");
    }
    events
}

#[cfg(test)]
mod tests {
    use super::events;
    use crate::explain::{explain, glossary};

    #[test]
    fn every_word_of_every_event_stands_in_the_glossary() {
        for event in events() {
            for word in explain(&event).words {
                assert!(glossary::find(word).is_some(), "{}: {word}", event.kind.name());
            }
        }
    }
}
