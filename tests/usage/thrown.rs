//! Whatever a shell can throw at the command line: a long table of wrong lines, paths that lead elsewhere, words that are no text.

use std::ffi::OsString;

use super::refused;
use super::support::{Run, Started, command, netlearn};

/// Every wrong line: nothing on stdout, exit 2, what was wrong, and a command to run; never a panic.
#[test]
fn whatever_a_shell_can_throw() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    std::fs::write(at("binary"), [0, 1, 2, 0xff, 0xfe, b'\n', 0x80]).expect("written");
    let (here, binary, missing) = (at(""), at("binary"), at("nope/x"));
    let (here, binary, missing) = (here.as_str(), binary.as_str(), missing.as_str());
    let url = "http://localhost/";
    let lines: &[(&[&str], &str, &str)] = &[
        // Commands.
        (&[""], "''", "netlearn --help"),
        (&["xyzzy"], "xyzzy", "netlearn tour"),
        (&["gte"], "gte", "netlearn get --help"),
        (&["servee"], "servee", "netlearn serve --help"),
        (&["help", "nosuch"], "nosuch", "netlearn --help"),
        (&["tour", "extra"], "extra", "netlearn tour"),
        (&["doctor", "extra"], "extra", "netlearn doctor"),
        (&["lab", "extra"], "extra", "netlearn lab"),
        (&["schema", "--bogus"], "--bogus", "try       netlearn schema --help"),
        (&["completions", ""], "SHELL", "bash"),
        // Ports.
        (&["serve", "--port", "65536"], "65536", "0 to 65535"),
        (&["serve", "--port", "-1"], "-1", "0 to 65535"),
        (&["serve", "--port", "abc"], "abc", "0 to 65535"),
        (&["serve", "--port", ""], "\"\"", "0 to 65535"),
        (&["serve", "3000", "4000"], "two ports", "netlearn serve --port 3000"),
        (&["serve", "htpp", "3000"], "htpp", "netlearn serve tcp 3000"),
        (&["serve", "udp", "65536"], "65536", "0 to 65535"),
        (&["ports", "65536"], "65536", "0 to 65535"),
        (&["ports", "-1"], "-1", "0 to 65535"),
        (&["ports", "0"], "port 0", "any free port"),
        (&["ports", ""], "\"\"", "0 to 65535"),
        (&["ports", "80", "90"], "90", "netlearn ports"),
        (&["ports", "--try", ","], "--try", "tcp:127.0.0.1:3000"),
        (&["connect", "localhost", "65536"], "65536", "0 to 65535"),
        (&["connect", "localhost", "-1"], "-1", "0 to 65535"),
        (&["connect", "localhost", "0"], "port 0", "localhost:3000"),
        (&["connect", "[::1", "80"], "closing ]", "[::1]:3000"),
        (&["connect", "localhost", "9", "--source-port", "70000"], "70000", "0 to 65535"),
        (&["get", "http://localhost:-1/"], "port", "http://localhost:3000/"),
        (&["get", "http://localhost:0/"], "port 0", "http://localhost:3000/"),
        (&["lab", "--ports", "70000,1,2"], "70000,1,2", "5300,8080,8443"),
        (&["resolve", "a.test", "@127.0.0.1:0"], "127.0.0.1:0", "@127.0.0.1:5300"),
        // Empty words, as of a variable that is not set.
        (&["connect", "", "80"], "empty", "localhost:3000"),
        (&["connect", ""], "empty", "localhost:3000"),
        (&["connect", "-U", ""], "--unix", "netlearn connect --help"),
        (&["get", ""], "empty host", "http://localhost:3000/"),
        (&["get", url, "-o", ""], "--output", "netlearn get --help"),
        (&["get", url, "-X", ""], "method", "GET or POST"),
        (&["get", url, "-H", ""], "\"\"", "Accept: text/html"),
        (&["get", url, "--resolve", ""], "\"\"", "example.com:80:127.0.0.1"),
        (&["resolve", ""], "empty", "netlearn resolve localhost"),
        (&["resolve", "-x", ""], "\"\" is none", "127.0.0.1 or ::1"),
        (&["resolve", "localhost", "-t", ""], "\"\" is no record type", "AAAA"),
        (&["resolve", "a.test", "@"], "@", "@127.0.0.1"),
        (&["replay", ""], "FILE", "netlearn tour --record run.jsonl"),
        (&["explain", ""], "\"\"", "netlearn explain"),
        (&["serve", "unix", ""], "empty", "netlearn serve unix /tmp/app.sock"),
        (&["serve", "unix", "3000"], "looks like a port", "netlearn serve unix ./3000"),
        (&["connect", "localhost", "9", "-k"], "-k is about the certificate", "add --tls"),
        (&["serve", "--host", ""], "\"\"", "127.0.0.1"),
        // Times, sizes, numbers.
        (&["connect", "localhost", "9", "--size", "10Q"], "10Q", "10M"),
        (&["connect", "localhost", "9", "--size", "-5"], "-5", "10M"),
        (&["connect", "localhost", "9", "--size", "99999999999999999999G"], "99999999999999999999G", "10M"),
        (&["connect", "localhost", "9", "-w", "-5ms"], "-5", "500ms"),
        (&["connect", "localhost", "9", "-w", "99999999999999999999"], "at most a day", "500ms"),
        (&["get", url, "-m", "-1"], "-1", "500ms"),
        (&["resolve", "a.test", "-w", "0"], "a time of more than nothing and at most a day", "500ms"),
        (&["serve", "--pause-read", "-1"], "-1", "500ms"),
        (&["serve", "--count", "-1"], "-1", "netlearn serve"),
        (&["serve", "--count", "abc"], "abc", "from 1 up"),
        (&["serve", "--max-body", "much"], "much", "1000000"),
        // Words that do not go together.
        (&["get", url, "-4", "-6"], "-4 and -6 do not go together, one", "netlearn get http://localhost/ -4"),
        (
            &["get", url, "--http1.1", "--http2"],
            "--http1.1 and --http2",
            "netlearn get http://localhost/ --http1.1",
        ),
        (&["get", url, "-I", "-d", "x"], "-I and -d", "netlearn get http://localhost/ -I"),
        (&["ports", "-q", "-v"], "-q and -v", "netlearn ports -q"),
        (&["ports", "80", "--unix"], "--unix and port 80", "netlearn ports 80"),
        (&["connect", "-u", "-U", "x"], "-u and -U", "netlearn connect -u localhost 4009"),
        (
            &["connect", "localhost", "9", "--half-close", "--reset"],
            "--half-close and --reset",
            "netlearn connect",
        ),
        (&["replay", binary, "--record", missing], "--record and replay", "netlearn tour --record run.jsonl"),
        (
            &["explain", "RST", "--record", missing],
            "--record and explain",
            "netlearn tour --record run.jsonl",
        ),
        // Files and folders.
        (&["tour", "--record", here], "that is a folder", "netlearn tour --record"),
        (&["get", url, "--record", missing], "there is no folder", "mkdir -p "),
        (&["get", url, "-d", &format!("@{missing}")], "cannot be read", "-d 'a=1'"),
        (&["get", "https://localhost/", "--cacert", here], "is a folder", "netlearn get --help"),
        (&["get", "https://localhost/", "--cacert", missing], "cannot be read", "netlearn get --help"),
        (&["get", "https://localhost/", "--cacert", binary], "no certificate (PEM)", "netlearn get --help"),
        (&["replay", here], "line 1", "--record run.jsonl"),
        (&["replay", binary], "line 1", "--record run.jsonl"),
        (&["replay", missing], "cannot be read", "--record run.jsonl"),
        (&["man", "--dir", binary], "no directory", "netlearn man"),
        // What would move a terminal's cursor.
        (&["serve", "\u{1b}[2Jx"], "\\u{1b}", "netlearn serve"),
        (&["\u{1b}[2Jx"], "'x'", "netlearn tour"),
    ];
    for (line, named, right) in lines {
        refused(line, named, right);
        let said = netlearn(line).stderr;
        assert!(!said.contains('\u{1b}') && !said.contains("panicked"), "{line:?}: {said}");
        assert!(
            ["netlearn ", "mkdir ", "source <(netlearn "]
                .iter()
                .any(|command| said.contains(&format!("   try       {command}"))),
            "{line:?}: {said}"
        );
    }
    assert!(!folder.path().join("nope").exists(), "nothing was made");
}

/// Paths that are not what they would have to be: said with their own exit code, and left as they are.
#[test]
fn paths_that_lead_elsewhere() {
    let folder = tempfile::tempdir().expect("a folder");
    let at = |name: &str| folder.path().join(name).to_str().expect("UTF-8").to_owned();
    std::fs::write(at("file"), "kept").expect("written");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let server = std::thread::spawn(move || {
        use std::io::{Read as _, Write as _};
        for _ in 0..2 {
            let (mut client, _) = listener.accept().expect("a client");
            assert!(client.read(&mut [0; 4096]).expect("a request") > 0);
            client.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi").expect("an answer");
        }
    });
    let url = format!("http://127.0.0.1:{port}/");
    for (line, code, words) in [
        (vec!["get".to_owned(), url.clone(), "-o".to_owned(), at("")], 23, "that is a folder, not a file"),
        (vec!["get".to_owned(), url, "-o".to_owned(), at("nope/x")], 23, "the folder does not exist"),
        (vec!["lab".to_owned(), "--export".to_owned(), at("file")], 23, "a file is there, where a folder"),
        (vec!["serve".to_owned(), "unix".to_owned(), at("")], 4, "a folder is there"),
        (vec!["serve".to_owned(), "unix".to_owned(), at("file")], 4, "an ordinary file is there"),
        (vec!["serve".to_owned(), "unix".to_owned(), at("nope/x.sock")], 4, "there is no folder"),
        (vec!["connect".to_owned(), "-U".to_owned(), at("")], 7, "a folder is there"),
        (vec!["connect".to_owned(), "-U".to_owned(), at("file")], 7, "an ordinary file is there"),
        (vec!["connect".to_owned(), "-U".to_owned(), at("nope.sock")], 7, "Nothing is at"),
    ] {
        let line: Vec<&str> = line.iter().map(String::as_str).collect();
        let run = netlearn(&line);
        let said = run.stderr.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(run.code, code, "{line:?}: {said}");
        assert!(said.contains(words), "{line:?}: {said}");
        assert!(said.contains(" try "), "{line:?}: {said}");
    }
    server.join().expect("the server ends");
    assert_eq!(std::fs::read_to_string(at("file")).expect("still there"), "kept");
}

#[test]
#[cfg(unix)]
fn words_that_are_no_text_and_words_without_end() {
    use std::os::unix::ffi::OsStringExt as _;
    let run = |arguments: &[&[u8]]| {
        let mut line = command(&[]);
        line.args(arguments.iter().map(|octets| OsString::from_vec(octets.to_vec())));
        Started::new(line).finish()
    };
    let odd: &[u8] = b"caf\xe9";
    for line in [
        &[odd][..],
        &[b"get", odd],
        &[b"connect", odd, b"80"],
        &[b"resolve", odd],
        &[b"ports", odd],
        &[b"explain", odd],
        &[b"serve", odd],
    ] {
        let Run { code, stderr, .. } = run(line);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains("caf\u{fffd}") && stderr.contains("try       netlearn"), "{stderr}");
    }
    // A file may have such a name.
    assert!(run(&[b"replay", odd]).stderr.contains("cannot be read"));
    let long = "a".repeat(100_000);
    for line in [
        &[long.as_str()][..],
        &["get", "http://localhost/", "-X", &format!("{long} ")],
        &["ports", &long],
        &["resolve", &long, "@127.0.0.1:9"],
        &["explain", &long],
        &["serve", &long],
        &["connect", "localhost", &long],
    ] {
        let Run { code, stderr, .. } = netlearn(line);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.len() < 2000, "{} bytes for {:?}", stderr.len(), line.first());
    }
}
