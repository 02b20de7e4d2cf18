//! `get --http2` against programs of others: Node and nginx answer, and curl decodes the same fields.

use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use super::support::{netlearn, unlent_port};

/// A program that says its port in its first line, killed at the end.
struct Peer {
    child: Child,
    port: String,
}

impl Peer {
    fn node(script: &str, arguments: &[&str]) -> Peer {
        let mut child = Command::new("node")
            .args([&["-e", script, "--"], arguments].concat())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut port = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut port).unwrap();
        Peer { child, port: port.trim().to_owned() }
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const NODE: &str = "const h=require('http2'),fs=require('fs');const [key,cert]=process.argv.slice(1);\
 const s=key?h.createSecureServer({key:fs.readFileSync(key),cert:fs.readFileSync(cert),allowHTTP1:false}):h.createServer();\
 s.on('sessionError',()=>{});s.on('stream',(t,f)=>{t.on('error',()=>{});let n=0;t.on('data',d=>n+=d.length);t.on('end',()=>{\
 t.respond({':status':200,'content-type':'text/plain','x-got':n+' '+f[':method']+' '+(f['x-mine']||'')});\
 t.end(f[':path']==='/big'?'x'.repeat(300000):'hello\\n')})});\
 s.listen(0,'127.0.0.1',()=>console.log(s.address().port));";

#[test]
#[ignore = "needs node"]
fn node_is_spoken_to_in_the_clear() {
    let peer = Peer::node(NODE, &[]);
    let url = format!("http://127.0.0.1:{}", peer.port);
    let (one, two) = (format!("{url}/"), format!("{url}/big"));
    let run = netlearn(&["get", "--http2", &one, &two, "-d", "abc", "-H", "X-Mine: 7", "-i"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let text = run.text();
    assert!(text.starts_with("HTTP/2 200\r\n") && text.contains("x-got: 3 POST 7\r\n"), "{text:.300}");
    assert_eq!(
        text.matches('x').count() - text.matches("x-got").count() - text.matches("text/").count(),
        300_000
    );
    let run = netlearn(&["get", "--http2", &one, &two, "--json", "-o", "/dev/null"]);
    assert_eq!(run.events_of("connected").len(), 1, "one connection for both");
    let streams: Vec<Value> = run.events_of("request").iter().map(|event| event["stream"].clone()).collect();
    assert_eq!(streams, [1, 3]);
    let granted = run.events_of("http2_frame").iter().any(|frame| frame["name"] == "WINDOW_UPDATE");
    assert!(granted, "300,000 octets do not fit a window of 65,535");
    assert_eq!(run.event("closed")["how"], "fin");
}

#[test]
#[ignore = "needs node curl"]
fn curl_decodes_the_same_fields() {
    let peer = Peer::node(NODE, &[]);
    let url = format!("http://127.0.0.1:{}/", peer.port);
    let curl = Command::new("curl").args(["-si", "--http2-prior-knowledge", &url]).output().unwrap();
    let theirs = String::from_utf8(curl.stdout).unwrap();
    let ours = netlearn(&["get", "--http2", "-i", "-q", &url]).text();
    let fields = |text: &str| -> Vec<String> {
        let head = text.split("\r\n\r\n").next().unwrap();
        let mut lines: Vec<String> = head
            .lines()
            .map(|line| line.trim().to_owned())
            .filter(|line| !line.starts_with("date:"))
            .collect();
        lines.sort();
        lines
    };
    assert_eq!(fields(&ours), fields(&theirs));
}

/// A key and a certificate for 127.0.0.1 made by openssl, in this folder.
fn certificate(folder: &std::path::Path) -> (String, String) {
    let (key, cert) = (folder.join("key.pem"), folder.join("cert.pem"));
    let (key, cert) = (key.display().to_string(), cert.display().to_string());
    let made = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:P-256",
            "-nodes",
            "-days",
            "2",
        ])
        .args(["-subj", "/CN=here", "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost"])
        .args(["-keyout", &key, "-out", &cert])
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (key, cert)
}

#[test]
#[ignore = "needs node openssl"]
fn node_chooses_h2_in_the_handshake() {
    let folder = tempfile::tempdir().unwrap();
    let (key, cert) = certificate(folder.path());
    let peer = Peer::node(NODE, &[&key, &cert]);
    let url = format!("https://127.0.0.1:{}/", peer.port);
    let run = netlearn(&["get", "--http2", &url, "--cacert", &cert, "--json"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert_eq!(run.event("tls_established")["alpn"], "h2");
    let agreed = run.event("http_agreed");
    assert_eq!((&agreed["version"], &agreed["chosen"]), (&"HTTP/2".into(), &"h2".into()));
    assert_eq!(run.event("response")["version"], "HTTP/2");
    // Without --http2 it is not offered, and a server of HTTP/2 alone has nothing to choose.
    let run = netlearn(&["get", &url, "--cacert", &cert, "--json"]);
    assert!(run.code != 0 && run.events_of("http_agreed").is_empty());
}

#[test]
#[ignore = "needs nginx openssl"]
fn nginx_answers_in_frames() {
    let folder = tempfile::tempdir().unwrap();
    let (key, cert) = certificate(folder.path());
    let port = unlent_port([127, 0, 0, 1]);
    let at = folder.path().display();
    let config = format!(
        "daemon off; master_process off; pid {at}/pid; error_log {at}/log;\nevents {{}}\nhttp {{ access_log off;\n\
         client_body_temp_path {at}/b; proxy_temp_path {at}/p; fastcgi_temp_path {at}/f; uwsgi_temp_path {at}/u;\n\
         scgi_temp_path {at}/s;\nserver {{ listen 127.0.0.1:{port} ssl http2; ssl_certificate {cert};\n\
         ssl_certificate_key {key}; location / {{ return 200 'from nginx'; }} }} }}\n"
    );
    let file = folder.path().join("nginx.conf");
    std::fs::write(&file, config).unwrap();
    let child = Command::new("nginx").arg("-c").arg(&file).stderr(Stdio::null()).spawn().unwrap();
    let mut peer = Peer { child, port: port.to_string() };
    // It says nothing when it is ready: it is when it takes a connection.
    while TcpStream::connect(("127.0.0.1", port)).is_err() {
        let ended = peer.child.try_wait().unwrap();
        assert!(ended.is_none(), "nginx did not start: {ended:?}");
        std::thread::yield_now();
    }
    let run =
        netlearn(&["get", "--http2", &format!("https://127.0.0.1:{port}/"), "--cacert", &cert, "--json"]);
    drop(peer);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let first = &run.events_of("http2_frame")[0];
    assert!(first["name"] == "SETTINGS", "{first}");
    assert_eq!(run.event("response")["status"], 200);
    assert_eq!(run.event("body_ended")["len"], 10);
}
