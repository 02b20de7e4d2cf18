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

const EVENTS: &[&str] = &[
    r#"{"event":"name_looked_up","name":"localhost","addresses":["::1","127.0.0.1"],"source":"system","hosts_file":["::1","127.0.0.1"]}"#,
    r#"{"event":"name_failed","name":"nosuch.test","reason":"not_found"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"asked","attempt":1,"recursion_desired":true,"edns_payload":1232,"server":"shop.test.","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"retry","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":"shop.test.","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"next_server","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":"shop.test.","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"tcp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"truncated","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":"shop.test.","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"without_edns","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":"shop.test.","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"root","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":".","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"referral","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":"shop.test.","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"name_server_address","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":"shop.test.","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","reason":"alias","attempt":1,"recursion_desired":false,"edns_payload":1232,"server":"shop.test.","len":42,"head":"ijwBAAABAAAAAAABA3d3dwRzaG9wBHRlc3QAAAEAAQAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"query","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":1,"reason":"asked","attempt":1,"recursion_desired":false,"len":12,"head":"","head_encoding":"base64"}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":true,"tc":false,"rd":true,"ra":true,"ad":true,"cd":false,"meaning":"answer","answers":[{"name":"www.shop.test.","record_type":"CNAME","class":"IN","ttl":60,"data":"shop.test."},{"name":"shop.test.","record_type":"A","class":"IN","ttl":0,"data":"127.53.1.80"}],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64","additional":[{"name":"ns.shop.test.","record_type":"A","class":"IN","ttl":86400,"data":"127.53.0.3"}],"authority":[{"name":"shop.test.","record_type":"NS","class":"IN","ttl":3600,"data":"ns.shop.test."}],"edns":{"version":0,"payload":1232,"dnssec_ok":true,"options":[[10,24]]},"server":"shop.test."}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":false,"tc":false,"rd":true,"ra":true,"ad":false,"cd":false,"meaning":"answer","answers":[{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.0"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.1"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.2"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.3"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.4"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.5"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.6"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.7"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.8"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.9"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.10"},{"name":"www.shop.test.","record_type":"A","class":"IN","ttl":86399,"data":"127.53.1.11"}],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64","from_cache":true}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":false,"tc":false,"rd":true,"ra":false,"ad":false,"cd":false,"meaning":"alias","answers":[{"name":"www.shop.test.","record_type":"CNAME","class":"IN","ttl":60,"data":"shop.example."}],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":false,"tc":false,"rd":true,"ra":false,"ad":false,"cd":false,"meaning":"referral","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64","authority":[{"name":"test.","record_type":"NS","class":"IN","ttl":3600,"data":"ns.test."},{"name":"test.","record_type":"NS","class":"IN","ttl":3600,"data":"ns.other.example."}],"additional":[{"name":"ns.test.","record_type":"A","class":"IN","ttl":3600,"data":"127.53.0.2"}]}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":true,"tc":false,"rd":true,"ra":true,"ad":false,"cd":false,"meaning":"no_data","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64","authority":[{"name":"shop.test.","record_type":"SOA","class":"IN","ttl":300,"data":"ns.shop.test. admin.shop.test. 7 3600 600 86400 30"}],"negative_ttl":30}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NXDOMAIN","aa":false,"tc":false,"rd":true,"ra":true,"ad":false,"cd":false,"meaning":"no_such_name","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64","authority":[{"name":"shop.test.","record_type":"SOA","class":"IN","ttl":300,"data":"ns.shop.test. admin.shop.test. 7 3600 600 86400 30"}],"negative_ttl":30}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NXDOMAIN","aa":false,"tc":false,"rd":true,"ra":true,"ad":false,"cd":false,"meaning":"no_such_name","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":false,"tc":true,"rd":true,"ra":true,"ad":false,"cd":false,"meaning":"truncated","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"SERVFAIL","aa":false,"tc":false,"rd":true,"ra":true,"ad":false,"cd":false,"meaning":"server_failure","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"REFUSED","aa":false,"tc":false,"rd":true,"ra":false,"ad":false,"cd":false,"meaning":"refused","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"FORMERR","aa":false,"tc":false,"rd":true,"ra":true,"ad":false,"cd":false,"meaning":"other_error","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOTIMP","aa":false,"tc":false,"rd":true,"ra":true,"ad":false,"cd":false,"meaning":"other_error","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"BADVERS","aa":false,"tc":false,"rd":true,"ra":true,"ad":false,"cd":false,"meaning":"other_error","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"RCODE23","aa":false,"tc":false,"rd":true,"ra":true,"ad":false,"cd":false,"meaning":"other_error","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","id":35388,"name":"www.shop.test.","record_type":"A","class":"IN","rcode":"NOERROR","aa":false,"tc":false,"rd":true,"ra":false,"ad":false,"cd":false,"meaning":"lame","answers":[],"len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply_ignored","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","reason":"wrong_id","expected":"35388","found":"35389","len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply_ignored","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","reason":"wrong_source","expected":"127.53.0.3:5300","found":"127.0.0.9:5300","len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply_ignored","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","reason":"wrong_question","expected":"A of www.shop.test.","found":"A of bank.test.","len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply_ignored","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","reason":"not_a_reply","expected":"an answer","found":"a question","len":72,"head":"ijyFAAABAAIAAAABA3d3dwRzaG9wBHRlc3QAAAEAAcAMAAUAAQAAADwAAsAQwBAAAQABAAAAPAAEfzUBUAAAKQTQAAAAAAAA","head_encoding":"base64"}"#,
    r#"{"event":"reply_ignored","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","reason":"malformed","expected":"a DNS message","found":"3 bytes","len":72,"head":"YWJj","head_encoding":"base64"}"#,
    r#"{"event":"query_failed","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"silence","attempt":3,"ignored":2,"server":"test."}"#,
    r#"{"event":"query_failed","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"only_unbelievable","attempt":3,"ignored":2,"server":"test."}"#,
    r#"{"event":"query_failed","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"port_closed","attempt":3,"ignored":2,"server":"test.","errno":111,"icmp":{"origin":"127.53.0.3","type":3,"code":3}}"#,
    r#"{"event":"query_failed","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"unreachable","attempt":3,"ignored":2,"server":"test.","errno":111,"icmp":{"origin":"127.53.0.3","type":3,"code":1}}"#,
    r#"{"event":"query_failed","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"tcp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"cut_off","attempt":3,"ignored":2,"server":"test."}"#,
    r#"{"event":"query_failed","local":"127.0.0.1:44321","peer":"127.53.0.3:5300","transport":"udp","name":"www.shop.test.","record_type":"A","class":"IN","reason":"other","attempt":3,"ignored":2,"server":"test.","errno":1}"#,
    r#"{"event":"referral_received","from":"127.53.0.1:5300","from_zone":".","zone":"test.","servers":[{"name":"ns.test.","glue":["127.53.0.2"]},{"name":"ns.other.example.","glue":[]}],"name":"www.shop.test."}"#,
    r#"{"event":"alias_followed","name":"www.shop.test.","target":"shop.example.","other_zone":true}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"lame","another":true}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"refers_upwards","another":false}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"silent","another":false}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"port_closed","another":false}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"unreachable","another":false}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"server_failure","another":false}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"refused","another":false}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"other_error","another":false}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"unbelievable","another":false}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"no_address","another":false}"#,
    r#"{"event":"server_skipped","server":"ns.shop.test.","address":"127.53.0.3:5300","zone":"shop.test.","reason":"glue_missing","another":false}"#,
    r#"{"event":"walked","question":{"name":"www.shop.test.","record_type":"A","class":"IN"},"path":[{"zone":".","address":"127.53.0.1:5300","server":"a.root.","asked":{"name":"www.shop.test.","record_type":"A","class":"IN"},"meaning":"referral"},{"zone":"shop.test.","address":"127.53.0.3:5300","asked":{"name":"www.shop.test.","record_type":"A","class":"IN"},"meaning":"answer"}],"aliases":[{"name":"www.shop.test.","target":"shop.test."}],"answers":[{"name":"shop.test.","record_type":"A","class":"IN","ttl":60,"data":"127.53.1.80"}],"meaning":"answer","ttl":60,"questions":3}"#,
    r#"{"event":"paths_compared","name":"shop.test","programs":["127.53.1.80"],"dns":[],"dns_meaning":"no_such_name","hosts_file":["127.53.1.80"],"agree":false}"#,
    r#"{"event":"paths_compared","name":"shop.test","programs":["127.53.1.80"],"dns":["127.53.1.80"],"dns_meaning":"answer","agree":true}"#,
    r#"{"event":"name_encoded","name":"bücher.test","asked":"xn--bcher-kva.test.","why":"idna"}"#,
    r#"{"event":"name_encoded","name":"127.0.0.1","asked":"1.0.0.127.in-addr.arpa.","why":"reverse"}"#,
    r#"{"event":"resolver_configured","servers":["127.0.0.53:53"],"source":"/etc/resolv.conf","search":["corp.test"]}"#,
    r#"{"event":"resolver_configured","servers":[],"source":"/etc/resolv.conf","error":"No such file or directory"}"#,
    r#"{"event":"lab_started","ports":{"dns":5301,"http":8081,"https":8444},"planned":{"dns":5300,"http":8080,"https":8443},"servers":[{"name":"a.root-servers.lab.","role":"root","address":"127.53.0.1","serves":["."]},{"name":"ns.test.","role":"top_level","address":"127.53.0.2","serves":["test."]},{"name":"ns.shop.test.","role":"authority","address":"127.53.0.3","serves":["shop.test."],"fault":"servfail"},{"name":"resolver","role":"resolver","address":"127.53.0.53","serves":[]},{"name":"shop","role":"web","address":"127.53.1.80","serves":["shop.test","shop.localhost"]},{"name":"bank","role":"web","address":"127.53.1.81","serves":["bank.test"]}],"names":[{"name":"shop.test","shows":"a shop","command":"get http://shop.test:8081/"},{"name":"blog.test","shows":"same address, other page"}],"authority":"/tmp/ca.pem","doors":[{"planned":"127.53.0.53:5301","real":"127.0.0.1:40000"}],"faults":["servfail@shop.test."]}"#,
    r#"{"event":"lab_joined","ports":{"dns":5300,"http":8080,"https":8443},"pid":4711}"#,
    r#"{"event":"lab_counted","counts":[{"name":"resolver","address":"127.53.0.53","queries":3,"connections":1,"from_cache":2},{"name":"a.root","address":"127.53.0.1","queries":0,"connections":0}]}"#,
    r#"{"event":"cache_listed","entries":[{"name":"shop.test.","record_type":"A","meaning":"answer","ttl":57,"data":["127.53.1.80","127.53.1.81"]},{"name":"nope.test.","record_type":"A","meaning":"no_such_name","ttl":30,"data":[]}]}"#,
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
    r#"{"event":"response","by":"server","exchange":1,"status":302,"reason":"Found","version":"HTTP/1.1","headers":[{"name":"Content-Length","value":"14","offset":16,"len":22},{"name":"Transfer-Encoding","value":"gzip, chunked","offset":38,"len":22}],"offset":0,"len":40}"#,
    r#"{"event":"response","by":"server","exchange":1,"status":101,"reason":"Go","version":"HTTP/1.1","headers":[{"name":"Upgrade","value":"x","offset":16,"len":22},{"name":"Connection","value":"upgrade","offset":38,"len":22}],"offset":0,"len":40}"#,
    r#"{"event":"http_agreed","how":"alpn","version":"HTTP/2","offered":["h2","http/1.1"],"chosen":"h2"}"#,
    r#"{"event":"http_agreed","how":"alpn","version":"HTTP/1.1","offered":["h2","http/1.1"],"chosen":"http/1.1"}"#,
    r#"{"event":"http_agreed","how":"alpn","version":"HTTP/1.1","offered":["h2","http/1.1"]}"#,
    r#"{"event":"http_agreed","how":"prior_knowledge","version":"HTTP/2"}"#,
    r#"{"event":"http2_preface","by":"client","offset":0,"len":24}"#,
    r#"{"event":"request","by":"client","exchange":1,"method":"GET","target":"/","version":"HTTP/2","headers":[{"name":":method","value":"GET","offset":0,"len":0},{"name":"accept","value":"*/*","offset":0,"len":0}],"offset":45,"len":50,"stream":1,"decoded":true}"#,
    r#"{"event":"response","by":"server","exchange":1,"status":404,"reason":"","version":"HTTP/2","headers":[{"name":"content-length","value":"14","offset":0,"len":0}],"offset":9,"len":40,"request_method":"GET","stream":1,"decoded":true}"#,
    r#"{"event":"body_ended","by":"server","exchange":1,"rule":"end_stream","len":14,"complete":true}"#,
    r#"{"event":"body_ended","by":"server","exchange":1,"rule":"end_stream","len":14,"declared":15,"complete":false}"#,
    r#"{"event":"library_started","library":"reqwest","version":"0.13","proxies":["http_proxy"]}"#,
    r#"{"event":"library_compared","library":"reqwest","asked":1,"requests":2,"asked_fields":["accept"],"added_fields":["accept-encoding","host"],"proxies":["http_proxy"],"followed":["http://localhost:3000/b"],"coding":"gzip","body_passed":30,"body_given":300,"connections":1,"sent":200,"received":500}"#,
    r#"{"event":"library_compared","library":"reqwest","asked":2,"requests":0,"asked_fields":[],"added_fields":[],"body_passed":0,"body_given":300,"connections":2,"sent":200,"received":500,"encrypted":true}"#,
    r#"{"event":"families_differ","port":3000,"name":"localhost","reached":"127.0.0.1","holders":[{"address":"127.0.0.1","listens":true},{"address":"::1","listens":true}],"unsure":true}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":18,"frames":1,"frame_type":4,"name":"SETTINGS","flags":0,"stream":0,"settings":[{"id":2,"name":"ENABLE_PUSH","value":0},{"id":3,"name":"MAX_CONCURRENT_STREAMS","value":100},{"id":77,"name":"unknown","value":1}]}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":0,"frames":1,"frame_type":4,"name":"SETTINGS","flags":1,"stream":0,"flag_names":["ACK"]}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":0,"frames":1,"frame_type":4,"name":"SETTINGS","flags":0,"stream":0}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":14,"frames":1,"frame_type":0,"name":"DATA","flags":1,"stream":1,"flag_names":["END_STREAM"]}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":140000,"frames":12,"frame_type":0,"name":"DATA","flags":0,"stream":1}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":40,"frames":1,"frame_type":1,"name":"HEADERS","flags":4,"stream":1,"flag_names":["END_HEADERS"]}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":40,"frames":1,"frame_type":9,"name":"CONTINUATION","flags":0,"stream":1}"#,
    r#"{"event":"http2_frame","by":"client","offset":9,"len":4,"frames":1,"frame_type":8,"name":"WINDOW_UPDATE","flags":0,"stream":0,"increment":65535}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":400,"frames":100,"frame_type":8,"name":"WINDOW_UPDATE","flags":0,"stream":1,"increment":65535}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":8,"frames":1,"frame_type":6,"name":"PING","flags":0,"stream":0}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":8,"frames":1,"frame_type":6,"name":"PING","flags":1,"stream":0,"flag_names":["ACK"]}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":5,"frames":1,"frame_type":2,"name":"PRIORITY","flags":0,"stream":1}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":5,"frames":1,"frame_type":5,"name":"PUSH_PROMISE","flags":0,"stream":1}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":3,"name":"RST_STREAM","flags":0,"stream":1,"error":7,"error_name":"REFUSED_STREAM"}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":3,"name":"RST_STREAM","flags":0,"stream":1,"error":77,"error_name":"unknown"}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":8,"frames":1,"frame_type":7,"name":"GOAWAY","flags":0,"stream":0,"error":0,"error_name":"NO_ERROR","last_stream":1}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":16,"frames":1,"frame_type":7,"name":"GOAWAY","flags":0,"stream":0,"error":11,"error_name":"ENHANCE_YOUR_CALM","last_stream":0,"debug":"too much"}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":8,"frames":1,"frame_type":10,"name":"ALTSVC","flags":0,"stream":0}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":8,"frames":1,"frame_type":12,"name":"ORIGIN","flags":0,"stream":0}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":8,"frames":1,"frame_type":16,"name":"PRIORITY_UPDATE","flags":0,"stream":0}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":8,"frames":1,"frame_type":77,"name":"unknown","flags":0,"stream":3}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":0,"name":"DATA","flags":0,"stream":1,"fault":{"rule":"settings_first","expected":"something","found":"else","header":"00 00 00","caret":0,"width":3}}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":0,"name":"DATA","flags":0,"stream":1,"fault":{"rule":"too_large","expected":"something","found":"else","header":"00 00 00","caret":0,"width":3}}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":0,"name":"DATA","flags":0,"stream":1,"fault":{"rule":"length","expected":"something","found":"else","header":"00 00 00","caret":0,"width":3}}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":0,"name":"DATA","flags":0,"stream":1,"fault":{"rule":"stream","expected":"something","found":"else","header":"00 00 00","caret":0,"width":3}}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":0,"name":"DATA","flags":0,"stream":1,"fault":{"rule":"continuation","expected":"something","found":"else","header":"00 00 00","caret":0,"width":3}}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":0,"name":"DATA","flags":0,"stream":1,"fault":{"rule":"push","expected":"something","found":"else","header":"00 00 00","caret":0,"width":3}}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":0,"name":"DATA","flags":0,"stream":1,"fault":{"rule":"increment","expected":"something","found":"else","header":"00 00 00","caret":0,"width":3}}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":0,"name":"DATA","flags":0,"stream":1,"fault":{"rule":"padding","expected":"something","found":"else","header":"00 00 00","caret":0,"width":3}}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":0,"name":"DATA","flags":0,"stream":1,"fault":{"rule":"head_too_large","expected":"something","found":"else","header":"00 00 00","caret":0,"width":3}}"#,
    r#"{"event":"http2_frame","by":"server","offset":9,"len":4,"frames":1,"frame_type":0,"name":"DATA","flags":0,"stream":1,"fault":{"rule":"cut_off","expected":"something","found":"else","header":"00 00 00","caret":0,"width":3}}"#,
    r#"{"event":"body_ended","by":"server","exchange":1,"rule":"length","len":14,"declared":14,"complete":true}"#,
    r#"{"event":"body_ended","by":"server","exchange":1,"rule":"chunked","len":14,"complete":true,"chunks":1,"coded":["gzip"],"trailers":[{"name":"X","value":"y","offset":60,"len":6}]}"#,
    r#"{"event":"malformed","by":"server","broken":"chunk","offset":40,"expected":"hexadecimal digits","found":"ZZ","head":"ZZ","head_encoding":"utf8","caret":0,"width":2}"#,
    r#"{"event":"malformed","by":"client","broken":"target","offset":40,"expected":"another","found":"this","head":"ZZ","head_encoding":"utf8","caret":0,"width":2}"#,
    r#"{"event":"malformed","by":"server","broken":"chunk_lines","offset":40,"expected":"another","found":"this","head":"ZZ","head_encoding":"utf8","caret":0,"width":2,"limit":16383}"#,
    r#"{"event":"malformed","by":"server","broken":"not_read","offset":40,"expected":"another","found":"this","head":"ZZ","head_encoding":"utf8","caret":0,"width":2}"#,
    r#"{"event":"malformed","by":"server","broken":"unasked_switch","offset":40,"expected":"another","found":"this","head":"ZZ","head_encoding":"utf8","caret":0,"width":2}"#,
    r#"{"event":"malformed","by":"server","broken":"field_line","offset":40,"expected":"another","found":"this","head":"ZZ","head_encoding":"utf8","caret":0,"width":2,"trailer":true}"#,
    r#"{"event":"malformed","by":"server","broken":"field_value","offset":40,"expected":"another","found":"this","head":"ZZ","head_encoding":"utf8","caret":0,"width":2,"trailer":true}"#,
    r#"{"event":"left_over","by":"server","offset":40,"len":5,"head":"hello","head_encoding":"utf8","declared":5}"#,
    r#"{"event":"protocol_recognised","by":"server","expected":"HTTP","protocol":"ssh","head":"SSH-2.0","head_encoding":"utf8"}"#,
    r#"{"event":"redirected","status":301,"from":"http://a.test/","to":"http://b.test/","method":"GET","count":1}"#,
    r#"{"event":"reused","after":1,"local_port":51514}"#,
    r#"{"event":"reused","after":1,"local_port":51514,"http2":true}"#,
    r#"{"event":"requests_compared","peer":"127.53.1.80:8080","earlier":"http://shop.test:8080/","later":"http://blog.test:8080/","earlier_host":"shop.test:8080","later_host":"blog.test:8080","differed":["host"],"answers_differ":true}"#,
    r#"{"event":"requests_compared","peer":"127.53.1.80:8443","tls":true,"earlier":"https://a.test/","later":"https://b.test/x","earlier_host":"a.test","later_host":"b.test","differed":["target","host"],"answers_differ":false}"#,
    r#"{"event":"timed","exchange":1,"total":0.01}"#,
    r#"{"event":"answered","exchange":1,"method":"GET","target":"/","version":"HTTP/1.1","request_len":79,"status":200,"reason":"OK","body_len":14}"#,
    r#"{"event":"answered","exchange":1,"method":"","target":"","version":"","status":413,"reason":"","body_len":0,"refused":{"because":"content","limit":10}}"#,
    r#"{"event":"answered","exchange":1,"method":"POST","target":"","version":"","status":413,"reason":"","body_len":0,"refused":{"because":"content","limit":10,"declared":20}}"#,
    r#"{"event":"answered","exchange":1,"method":"","target":"","version":"","status":431,"reason":"","body_len":0,"refused":{"because":"fields","limit":100}}"#,
    r#"{"event":"answered","exchange":1,"method":"","target":"","version":"","status":501,"reason":"","body_len":0,"refused":{"because":"coding"}}"#,
    r#"{"event":"answered","exchange":1,"method":"","target":"","version":"","status":400,"reason":"","body_len":0,"refused":{"because":"library","words":"invalid URI"}}"#,
    r#"{"event":"misanswered","exchange":1,"method":"GET","target":"/","version":"HTTP/1.1","request_len":79}"#,
    r#"{"event":"misanswered","exchange":1,"method":"","target":"","version":"","fault":"truncate"}"#,
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
    r#"{"event":"checked","state":"works","check":"lessons","all":6}"#,
    r#"{"event":"checked","state":"limited","check":"lessons","all":6,"lacks":"lan","touched":["4 (localhost)"]}"#,
    r#"{"event":"checked","state":"limited","check":"lessons","all":6,"lacks":"tcp-info","touched":["3 (http)"]}"#,
    r#"{"event":"checked","state":"limited","check":"lessons","all":6,"lacks":"node","touched":["1 (one-server)","2 (ports)"]}"#,
    r#"{"event":"bind_tried","protocol":"tcp","local":"127.0.0.1:80","plain":"permission_denied","reusing":"permission_denied","errno":13,"first_unprivileged":1024}"#,
    r#"{"event":"probe_announced","port":3000,"addresses":["127.0.0.1:3000"],"udp":true}"#,
    r#"{"event":"port_probed","local":"127.0.0.1:40000","peer":"127.0.0.1:3000","outcome":"open","accepted":false,"len":0,"head":"","head_encoding":"utf8","waited":0.3}"#,
    r#"{"event":"address_offered","url":"https://192.0.2.2:3000/","others":["https://192.0.2.3:3000/"],"unknown_authority":true}"#,
    r#"{"event":"sockets_counted","shown":1,"hidden":1,"port":3000,"listeners":1,"sees_all":false}"#,
    r#"{"event":"sockets_counted","shown":1,"hidden":1,"port":3000,"listeners":1,"sees_all":false,"by_root":true}"#,
    r#"{"event":"socket_found","protocol":"unix","local":"/tmp/a.sock","state":"LISTEN","recv_q":0,"send_q":0,"owners":[{"pid":7,"command":"node"}],"reach":"this_machine","unix":{"type":"stream","file":{"path":"/tmp/a.sock","found":"socket","mode":"0755","uid":1000,"user":"anna"}}}"#,
    r#"{"event":"socket_file_made","path":"/tmp/a.sock","found":"socket","mode":"0755","uid":1000,"user":"anna","ours":true}"#,
    r#"{"event":"socket_file_removed","path":"/tmp/a.sock","removed":true}"#,
    r#"{"event":"socket_file_removed","path":"/tmp/a.sock","removed":false,"error":"Permission denied"}"#,
    r#"{"event":"stale_socket_file","path":"/tmp/a.sock","found":"socket","mode":"0755","uid":1000,"user":"anna","ours":true,"removed":true}"#,
    r#"{"event":"peer_identified","of":"client","pid":7,"uid":1000,"gid":1000,"user":"anna","owner":{"pid":7,"command":"node"}}"#,
    r#"{"event":"clients_announced","clients":500,"at_once":64,"descriptors":1546,"raised_from":1024,"lent":{"first":32768,"last":60999}}"#,
    r#"{"event":"clients_announced","clients":1,"at_once":1}"#,
    r#"{"event":"clients_counted","clients":500,"connected":100,"open":100,"failed":3}"#,
    r#"{"event":"clients_counted","clients":500,"connected":500,"open":500,"failed":0,"all_tried":true}"#,
    r#"{"event":"clients_counted","clients":4,"connected":4,"open":4,"ended_by_server":2,"failed":0,"all_tried":true}"#,
    r#"{"event":"clients_ended","clients":500,"connected":490,"not_tried":1,"most_open":490,"own_ports":490,"server":"127.0.0.1:3000","connect_times":{"lowest":0.0001,"median":0.0002,"highest":0.01},"sent":10,"received":10,"writes":2,"reads":2,"closed_by_client":489,"closed_by_server":1,"reset":1,"failures":[{"reason":"refused","count":9}]}"#,
    r#"{"event":"clients_ended","clients":5,"connected":0,"not_tried":4,"most_open":0,"own_ports":0,"sent":0,"received":0,"writes":0,"reads":0,"closed_by_client":0,"closed_by_server":0,"reset":0,"failures":[{"reason":"refused","count":1}]}"#,
    r#"{"event":"experiment_announced","experiment":"half_close"}"#,
    r#"{"event":"experiment_announced","experiment":"reset"}"#,
    r#"{"event":"experiment_announced","experiment":"no_read","time":5.0}"#,
    r#"{"event":"experiment_announced","experiment":"drip","time":0.01}"#,
    r#"{"event":"backlogged","unread":0}"#,
    r#"{"event":"backlogged","unread":65536,"window":0,"waiting":2000000,"owner":{"pid":7,"command":"node"}}"#,
    r#"{"event":"backlogged","unread":1,"window":1,"waiting":0}"#,
    r#"{"event":"counters_moved","interfaces":[{"name":"lo","loopback":true,"received":10,"sent":10},{"name":"eth0","loopback":false,"received":0,"sent":0}]}"#,
    r#"{"event":"counters_moved","interfaces":[],"unix":true}"#,
    r#"{"event":"counters_moved","interfaces":[],"error":"unsupported"}"#,
    r#"{"event":"folded","events":10,"requests":5,"clients":1,"open":1,"received":10,"sent":10}"#,
    r#"{"event":"flow_opened","protocol":"udp","local":"127.0.0.1:50000","peer":"127.0.0.1:4009"}"#,
    r#"{"event":"udp_connected","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","attempt":1,"of":2,"untried":["127.0.0.2"]}"#,
    r#"{"event":"bytes","direction":"sent","offset":0,"len":5,"head":"hello","head_encoding":"utf8","datagram":1}"#,
    r#"{"event":"bytes","direction":"sent","offset":5,"len":0,"head":"","head_encoding":"utf8","datagram":2}"#,
    r#"{"event":"bytes","direction":"sent","offset":5,"len":9000,"head":"a","head_encoding":"utf8","datagram":3}"#,
    r#"{"event":"bytes","direction":"received","offset":0,"len":4,"head":"hell","head_encoding":"utf8","datagram":1,"truncated":true,"lost":1}"#,
    r#"{"event":"bytes","direction":"received","offset":4,"len":4,"head":"hell","head_encoding":"utf8","datagram":2,"truncated":true}"#,
    r#"{"event":"peer_seen","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":1}"#,
    r#"{"event":"peer_seen","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":2,"untold":7}"#,
    r#"{"event":"peer_forgotten","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":1,"why":"idle","silent":60.0,"datagrams_sent":1,"datagrams_received":1,"sent":5,"received":5}"#,
    r#"{"event":"peer_forgotten","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","client":1,"why":"room","silent":0.5,"datagrams_sent":1,"datagrams_received":1,"sent":5,"received":5}"#,
    r#"{"event":"delivery_failed","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","during":"sent","errno":111,"icmp":{"origin":"127.0.0.1","type":3,"code":3},"sent":1,"ends_it":true}"#,
    r#"{"event":"delivery_failed","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","during":"received","icmp":{"origin":"10.0.0.1","type":3,"code":1},"sent":1,"ends_it":false}"#,
    r#"{"event":"delivery_failed","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","during":"received","errno":111,"sent":1,"ends_it":true}"#,
    r#"{"event":"send_refused","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","len":65508,"reason":"too_long","errno":90,"longest":65507}"#,
    r#"{"event":"send_refused","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","len":5,"reason":"not_permitted","errno":1,"longest":65507}"#,
    r#"{"event":"send_refused","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","len":5,"reason":"no_way","errno":101,"longest":65507}"#,
    r#"{"event":"send_refused","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","len":5,"reason":"other","errno":22,"longest":65507}"#,
    r#"{"event":"input_ended","sent":0,"wait":5.0}"#,
    r#"{"event":"input_ended","sent":2,"wait":5.0}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":1,"received":0}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":0,"received":0,"input_open":true}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":1,"received":2}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":1,"received":0,"holder":{"address":"127.0.0.1","listens":true,"owner":{"pid":7,"command":"node"}}}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":1,"received":0,"unread":true,"holder":{"address":"127.0.0.1","listens":true}}"#,
    r#"{"event":"fell_silent","local":"127.0.0.1:50000","peer":"127.0.0.1:4009","waited":5.0,"sent":1,"received":0,"holder":{"address":"127.0.0.1","listens":false}}"#,
    r#"{"event":"served","protocol":"udp","port":4009,"clients":2,"requests":3,"received":9,"sent":6,"replies":2,"truncated":1,"send_refused":1,"closed_by_client":0,"closed_by_server":0,"reset":0,"open_at_stop":0,"turned_away":0,"accept_errors":1}"#,
    r#"{"event":"events_lost","count":3}"#,
    r#"{"event":"served","protocol":"http","port":3000,"clients":1,"requests":1,"received":79,"sent":116,"closed_by_client":1,"closed_by_server":0,"reset":0,"open_at_stop":0,"turned_away":0,"accept_errors":0}"#,
    r#"{"event":"conversed","sent":14,"received":14,"writes":1,"reads":1}"#,
    r#"{"event":"recordings_merged","files":[{"file":"server.jsonl","command":["netlearn","serve"],"sides":["server"]},{"file":"client.jsonl","command":["netlearn","get",":3000/"],"sides":["client"]}],"matched":1,"met":0.02}"#,
    r#"{"event":"flows_matched","client":1,"server":2}"#,
    r#"{"event":"told_by","of":"client","file":"client.jsonl"}"#,
    r#"{"event":"lesson_started","lesson":"one-server","title":"One server, one client","steps":9,"step":"hello"}"#,
    r#"{"event":"step_started","lesson":"one-server","step":"try","kind":"do","values":{"p":"3000"}}"#,
    r#"{"event":"chosen","lesson":"one-server","step":"guess","choice":"echo"}"#,
    r#"{"event":"judged","lesson":"one-server","step":"try","verdict":"not-yet","expected":"a request to port 3001","saw":"a request to port 3000"}"#,
    r#"{"event":"step_ended","lesson":"one-server","step":"try","skipped":false}"#,
    r#"{"event":"lesson_ended","lesson":"one-server","finished":true,"connections":3,"bytes":27}"#,
    r#"{"event":"chapter","number":1,"of":5,"id":"serve","command":"netlearn serve"}"#,
    r#"{"event":"finished","exit":0}"#,
    r#"{"event":"from_the_future","x":1}"#,
];

/// One event of every kind at least, as client and server saw it; failures of every kind among them.
pub(super) fn events() -> Vec<Event> {
    let mut events = Vec::new();
    for side in ["client", "server"] {
        for layer in ["tcp", "udp", "unix", "tls", "http"] {
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
