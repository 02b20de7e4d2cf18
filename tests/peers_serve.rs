//! `netlearn serve` asked by programs that others wrote. Each test needs its program and fails without it.

mod support;

use std::process::{Command, Output};

use support::Serving;

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

#[test]
#[ignore = "needs curl"]
fn curl_trusts_the_authority_that_was_written() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ca.pem");
    let path = path.to_str().expect("UTF-8");
    let serving = Serving::start(&["--port", "0", "--tls", "--ca-out", path]);
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
    let serving = Serving::start(&["--port", "0", "--tls", "--ca-out", path]);
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
