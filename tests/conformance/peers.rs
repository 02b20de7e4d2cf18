//! nginx and Node's http, set up to serve the same, for comparison.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::asking::{Seen, ask};
use super::row::{BODY, HEAD, Row, Site};

/// How long another program's answer may take before it is said to wait.
const PATIENCE: Duration = Duration::from_secs(4);

/// A program of this test's own, ended with it.
struct Peer(Child);

impl Drop for Peer {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Another server, at a port for each kind of row.
pub(crate) struct Other {
    /// Its name and version.
    pub(crate) name: String,
    hello: u16,
    files: Option<u16>,
    hasty: u16,
    _peers: Vec<Peer>,
}

impl Other {
    /// What it does; `None` where it serves nothing of the kind.
    pub(crate) fn ask(&self, row: &Row) -> Option<Seen> {
        let port = match row.site {
            Site::Hello => Some(self.hello),
            Site::Files => self.files,
            Site::Hasty => Some(self.hasty),
        };
        Some(ask(port?, row, PATIENCE))
    }
}

fn version(program: &str, argument: &str) -> String {
    let output =
        Command::new(program).arg(argument).output().unwrap_or_else(|error| panic!("{program}: {error}"));
    let said = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&said).into_owned();
    let number = text.trim().trim_start_matches(|letter: char| !letter.is_ascii_digit());
    number.split_whitespace().next().unwrap_or_default().to_owned()
}

/// Numbers that are free now, for a program that cannot be asked to choose.
fn ports() -> [u16; 3] {
    let held = [(); 3].map(|()| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port"));
    held.map(|listener| listener.local_addr().expect("an address").port())
}

pub(crate) fn nginx(folder: &Path) -> Other {
    let place = folder.display();
    let [hello, files, hasty] = ports();
    let conf = format!(
        "daemon off; master_process off; pid {place}/pid; error_log stderr crit;
         events {{}}
         http {{ access_log off; client_body_temp_path {place}/b; proxy_temp_path {place}/p;
           fastcgi_temp_path {place}/f; uwsgi_temp_path {place}/u; scgi_temp_path {place}/s;
           client_max_body_size {BODY}; large_client_header_buffers 1 {HEAD};
           server {{ listen 127.0.0.1:{hello}; location / {{ return 200 'Hello, World!\\n'; }} }}
           server {{ listen 127.0.0.1:{files}; root {place}/root; }}
           server {{ listen 127.0.0.1:{hasty}; client_header_timeout 1s; client_body_timeout 1s;
             root {place}/root; }} }}"
    );
    let path = folder.join("nginx.conf");
    std::fs::write(&path, conf).expect("a file");
    let mut command = Command::new("nginx");
    command.arg("-p").arg(folder).arg("-c").arg(&path).stderr(Stdio::piped());
    let mut child = command.spawn().expect("nginx is needed");
    // It listens before it says anything, and says nothing: a connection that is taken is its readiness.
    while std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, hasty)).is_err() {
        let ended = child.try_wait().expect("its state");
        assert!(ended.is_none(), "nginx did not start: {ended:?}");
        std::thread::yield_now();
    }
    let name = format!("nginx {}", version("nginx", "-v"));
    Other { name, hello, files: Some(files), hasty, _peers: vec![Peer(child)] }
}

pub(crate) fn node() -> Other {
    let script = format!(
        "const http = require('http');\n\
         const answer = (req, res) => {{ req.on('error', () => {{}}); req.resume(); req.on('end', () => res.end('Hello, World!\\n')); }};\n\
         const hello = http.createServer({{ maxHeaderSize: {HEAD} }}, answer);\n\
         const hasty = http.createServer({{ headersTimeout: 500, requestTimeout: 500, connectionsCheckingInterval: 200 }}, answer);\n\
         hello.listen(0, '127.0.0.1', () => hasty.listen(0, '127.0.0.1', () => console.log(hello.address().port + ' ' + hasty.address().port)));"
    );
    let mut child =
        Command::new("node").args(["-e", &script]).stdout(Stdio::piped()).spawn().expect("node is needed");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("its output");
    BufReader::new(stdout).read_line(&mut line).expect("its ports");
    let ports: Vec<u16> = line.split_whitespace().map(|port| port.parse().expect("a port")).collect();
    let name = format!("Node {}", version("node", "--version"));
    Other { name, hello: ports[0], files: None, hasty: ports[1], _peers: vec![Peer(child)] }
}
