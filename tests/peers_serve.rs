//! `netlearn serve` asked by programs that others wrote. Each test needs its program and fails without it.

#[path = "support/browser.rs"]
mod browser;
mod support;

use std::process::{Command, Output, Stdio};

use support::{Serving, Started, netlearn_with};

fn run(program: &str, arguments: &[&str]) -> Output {
    Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|error| panic!("{program} is needed and does not start: {error}"))
}

#[test]
#[ignore = "needs curl"]
fn curl_gets_the_page_at_both_addresses_over_one_connection() {
    let serving = Serving::start(&["--port", "0"]);
    for host in ["127.0.0.1", "[::1]"] {
        let url = format!("http://{host}:{}/", serving.port);
        let output = run("curl", &["-sS", "--noproxy", "*", &url, &url]);
        assert_eq!(output.stdout, b"Hello, World!\nHello, World!\n", "{output:?}");
    }
    assert_eq!(serving.stop().event("served")["clients"], 2);
}

/// A server over TLS whose authority is in this file: it listens before that is there.
fn secure(path: &str) -> Serving {
    let mut serving = Serving::start(&["--port", "0", "--tls", "--ca-out", path]);
    serving.wait_for("authority_written");
    serving
}

#[test]
#[ignore = "needs curl"]
fn curl_trusts_the_authority_that_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    let path = path.to_str().expect("UTF-8");
    let serving = secure(path);
    let url = format!("https://localhost:{}/", serving.port);
    let output = run("curl", &["-sS", "--noproxy", "*", "--cacert", path, &url]);
    assert_eq!(output.stdout, b"Hello, World!\n", "{output:?}");
}

#[test]
#[ignore = "needs curl"]
fn curl_has_its_own_number_for_each_fault() {
    for (fault, code) in [("reset", 56), ("empty", 52), ("truncate", 18), ("bad-chunk", 56), ("not-http", 1)]
    {
        let serving = Serving::start(&["--port", "0", "--fault", fault]);
        let url = format!("http://127.0.0.1:{}/", serving.port);
        let output = run("curl", &["-sS", "--noproxy", "*", &url]);
        assert_eq!(output.status.code(), Some(code), "{fault}: {output:?}");
    }
    let serving = Serving::start(&["--port", "0", "--fault", "redirect-loop"]);
    let url = format!("http://127.0.0.1:{}/", serving.port);
    let output = run("curl", &["-sSL", "--max-redirs", "5", "--noproxy", "*", &url]);
    assert_eq!(output.status.code(), Some(47), "{output:?}");
}

#[test]
#[ignore = "needs node"]
fn node_gets_the_page() {
    let serving = Serving::start(&["--port", "0"]);
    let script = format!(
        "fetch('http://localhost:{}/').then(r => r.text()).then(t => process.stdout.write(t))",
        serving.port
    );
    let output = run("node", &["-e", &script]);
    assert_eq!(output.stdout, b"Hello, World!\n", "{output:?}");
}

#[test]
#[ignore = "needs openssl"]
fn openssl_verifies_the_chain() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    let path = path.to_str().expect("UTF-8");
    let serving = secure(path);
    let peer = format!("127.0.0.1:{}", serving.port);
    let output = run(
        "openssl",
        &["s_client", "-connect", &peer, "-CAfile", path, "-verify_return_error", "-verify_ip", "127.0.0.1"],
    );
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(said.contains("Verify return code: 0 (ok)"), "{output:?}");
}

#[test]
#[ignore = "needs wrk"]
fn wrk_meets_no_error_and_its_requests_are_counted() {
    let serving = Serving::start(&["--port", "0"]);
    let url = format!("http://127.0.0.1:{}/", serving.port);
    let output = run("wrk", &["-t1", "-c16", "-d1s", &url]);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(!said.contains("Socket errors") && !said.contains("Non-2xx"), "{said}");
    let completed: u64 = said
        .lines()
        .find_map(|line| line.trim().split_once(" requests in "))
        .and_then(|(number, _)| number.parse().ok())
        .unwrap_or_else(|| panic!("no count in {said}"));
    let served = serving.stop().event("served")["requests"].as_u64().expect("a count");
    // wrk leaves without waiting for the answers on the way: at most one a connection.
    assert!((completed..=completed + 16).contains(&served), "wrk {completed}, netlearn {served}");
}

/// A Node client that says a line, prints what comes back, and ends when something did.
fn node_client(port: u16) -> Command {
    let script = format!(
        "const net = require('net');\n\
         const client = net.createConnection({{ port: {port}, host: 'localhost' }}, () => client.write('Hello, server!'));\n\
         client.on('data', (data) => {{ process.stdout.write(data.toString()); client.end(); }});"
    );
    let mut command = Command::new("node");
    command.args(["-e", &script]);
    command
}

#[test]
#[ignore = "needs node"]
fn a_node_client_ends_when_its_answer_comes() {
    let mut serving = Serving::start(&["tcp", "--port", "0", "--reply", "Hello, client!"]);
    let run = Started::new(node_client(serving.port)).finish();
    assert_eq!((run.code, run.text().as_str()), (0, "Hello, client!"), "{}", run.stderr);
    // Told to stop before it has seen the client's end, the server would end it.
    assert_eq!(serving.wait_for("closed")["by"], "client");
    let served = serving.stop().event("served");
    assert_eq!(
        (&served["received"], &served["sent"], &served["closed_by_client"]),
        (&14.into(), &14.into(), &1.into())
    );
}

#[test]
#[ignore = "needs node"]
fn a_node_client_hangs_where_nothing_comes_back() {
    let mut serving = Serving::start(&["tcp", "--port", "0", "--silent"]);
    let mut client = node_client(serving.port).stdout(Stdio::piped()).spawn().expect("node is needed");
    let came = serving.wait_for("bytes");
    assert_eq!((&came["direction"], &came["len"]), (&"received".into(), &14.into()));
    // All it said has been read, and it still waits.
    let ended = client.try_wait().expect("its state can be read");
    client.kill().expect("it runs");
    let output = client.wait_with_output().expect("it ends");
    assert_eq!((ended, output.stdout.as_slice()), (None, &b""[..]));
    let closed = serving.wait_for("closed");
    assert_eq!((&closed["by"], &closed["sent"]), (&"client".into(), &0.into()));
    assert_eq!(serving.stop().code, 0);
}

#[test]
#[ignore = "needs node"]
fn nodes_http_client_reaches_localhost() {
    let serving = Serving::start(&["--port", "0"]);
    let script = format!(
        "require('http').get({{ hostname: 'localhost', port: {}, path: '/' }}, (answer) => answer.pipe(process.stdout))",
        serving.port
    );
    let output = run("node", &["-e", &script]);
    assert_eq!(
        (output.status.code(), output.stdout.as_slice()),
        (Some(0), &b"Hello, World!\n"[..]),
        "{output:?}"
    );
    assert_eq!(serving.stop().event("served")["requests"], 1);
}

#[test]
#[ignore = "needs node"]
fn what_is_piped_to_a_node_server_that_only_logs_ends_with_it() {
    // Without a host Node listens on every address of both families; it closes its side when the client has.
    let program = "const server = require('net').createServer((socket) => {\n\
        socket.on('data', (data) => console.log('data', data.toString()));\n\
        });\n\
        server.listen(0, () => console.log(server.address().port));\n";
    let mut node = Command::new("node");
    node.args(["-e", program]);
    let mut node = Started::new(node);
    let mut line = || {
        let mut line = String::new();
        let stdout = node.stdout.as_mut().expect("its output");
        std::io::BufRead::read_line(stdout, &mut line).expect("a line");
        line.trim().to_owned()
    };
    let port = line();
    let run = netlearn_with(&["connect", "localhost", &port], b"Hello, server!");
    assert_eq!((run.code, run.stdout.as_slice()), (0, &b""[..]), "{}", run.stderr);
    assert_eq!(line(), "data Hello, server!");
}

#[test]
#[ignore = "needs curl"]
fn curl_prints_fourteen_octets_at_each_address() {
    let serving = Serving::start(&["--port", "0"]);
    for host in ["127.0.0.1", "[::1]"] {
        let url = format!("http://{host}:{}/", serving.port);
        let output = run("curl", &["-s", "--noproxy", "*", &url]);
        assert_eq!((output.stdout.len(), output.stdout.as_slice()), (14, &b"Hello, World!\n"[..]));
    }
}

#[test]
#[ignore = "needs chromium, unshare and ip"]
fn a_browser_shows_the_page() {
    browser::alone("a_browser_shows_the_page", || {
        let serving = Serving::start(&["--port", "0"]);
        let page = browser::page(&format!("http://localhost:{}/", serving.port), &[]);
        assert!(page.contains("Hello, World!"), "{page}");
        let run = serving.stop();
        let answered = run.events_of("answered");
        let first = answered.first().expect("the page");
        assert_eq!((&first["target"], &first["status"]), (&"/".into(), &200.into()));
        // Its icon it may want or not; nothing else.
        assert!(answered.iter().skip(1).all(|one| one["target"] == "/favicon.ico"), "{answered:?}");
    });
}

#[test]
#[ignore = "needs chromium, unshare and ip"]
fn a_browser_refuses_an_authority_that_nobody_gave_it() {
    browser::alone("a_browser_refuses_an_authority_that_nobody_gave_it", || {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("ca.pem");
        let serving = secure(path.to_str().expect("UTF-8"));
        let url = format!("https://localhost:{}/", serving.port);
        assert!(!browser::page(&url, &[]).contains("Hello, World!"));
        assert!(browser::page(&url, &["--ignore-certificate-errors"]).contains("Hello, World!"));
        let run = serving.stop();
        let failed = run.events_of("tls_failed");
        let first = failed.first().expect("it did not trust us");
        assert_eq!(first["alert"], "certificate_unknown", "{first}");
    });
}
