//! Wrong command lines: exit 2, the argument named, a right one shown, nothing on stdout.

mod support;

use std::ffi::OsString;
use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};

use support::{Run, Started, command, netlearn};

/// Every wrong line ends with 2, names what was wrong, and shows a right form.
fn refused(arguments: &[&str], named: &str, right: &str) {
    let run = netlearn(arguments);
    let said = &run.stderr;
    assert_eq!(run.code, 2, "{arguments:?}: {said}");
    assert!(run.stdout.is_empty(), "{arguments:?} wrote to stdout");
    assert!(said.contains(named), "{arguments:?} does not name {named:?}:\n{said}");
    assert!(said.contains(right), "{arguments:?} does not show {right:?}:\n{said}");
}

#[test]
fn an_unknown_flag_is_named() {
    refused(&["get", "--colour", "http://localhost/"], "--colour", "--color");
    refused(&["ports", "--bogus"], "--bogus", "--help");
}

#[test]
fn every_mistake_ends_with_commands_that_work() {
    refused(&["prots"], "'ports'", "netlearn ports --help");
    refused(&["connect", "localhost"], "no port", "netlearn connect localhost 3000");
    refused(&["ports", "abc"], "abc", "netlearn ports --help");
    refused(&["get"], "URL", "netlearn get http://localhost:3000/");
    refused(&["-q", "serve", "abc"], "abc", "netlearn serve tcp 3000");
}

#[test]
fn a_bad_url_shows_a_right_one() {
    refused(&["get", "ftp://localhost/"], "ftp", "http://localhost:3000/");
    refused(&["get", "http://"], "http://", "http://localhost:3000/");
    refused(&["get", "http://localhost:70000/"], "70000", "http://localhost:3000/");
    refused(&["get"], "URL", "--help");
}

#[test]
fn a_port_is_a_number_that_fits_sixteen_bits() {
    refused(&["serve", "--port", "70000"], "70000", "0 to 65535");
    refused(&["serve", "tcp", "70000"], "70000", "0 to 65535");
    refused(&["serve", "70000"], "70000", "0 to 65535");
    refused(&["ports", "http"], "http", "0 to 65535");
    refused(&["serve", "udp", "127.0.0.1"], "127.0.0.1", "an address behind --host");
    refused(&["ports", "::1"], "::1", "which is an address");
    refused(&["connect", "localhost", "70000"], "70000", "0 to 65535");
    refused(&["connect", "localhost"], "localhost", "localhost:3000");
    refused(&["serve", "3000", "--port", "3001"], "two ports", "netlearn serve --port 3000");
}

#[test]
fn a_name_is_no_address() {
    refused(&["serve", "--host", "localhost"], "localhost", "127.0.0.1");
    refused(&["get", "--resolve", "a:80:b", "http://a/"], "b", "127.0.0.1");
}

#[test]
fn what_makes_no_events_gives_none_as_json() {
    for line in
        ["explain port", "completions bash", "man", "lesson list", "lesson print 1", "lesson new mine"]
    {
        let words: Vec<&str> = line.split(' ').chain(["--json"]).collect();
        let name = line.trim_end_matches(" port").trim_end_matches(" bash").trim_end_matches(" 1");
        let name = name.trim_end_matches(" mine");
        refused(&words, &format!("--json and {name} do not go together"), "netlearn doctor --json");
    }
    let kept = ["lesson", "list", "--record", "run.jsonl"];
    refused(&kept, "lesson list makes no events", "netlearn tour --record run.jsonl");
    // The schema is JSON as it is.
    assert_eq!(netlearn(&["schema", "--json"]).code, 0);
}

#[test]
fn a_folder_must_be_there() {
    refused(&["serve", "--files", "/no/such/folder"], "/no/such/folder", "--files .");
    refused(&["serve", "--files", "/etc/hosts"], "/etc/hosts", "--files .");
    refused(&["serve", "tcp", "--files", "."], "--files is for http", "netlearn serve http 3000 --files .");
}

#[test]
fn times_and_texts_are_read_strictly() {
    refused(&["get", "--timeout", "-1", "http://localhost/"], "-1", "--help");
    refused(&["connect", "localhost", "9", "-w", "-1"], "500ms", "not \"-1\"");
    refused(&["serve", "tcp", "0", "--pause-read", "-1s"], "500ms", "not \"-1s\"");
    refused(&["get", "--timeout", "soon", "http://localhost/"], "soon", "500ms");
    refused(&["serve", "tcp", "--reply", "\\q"], "backslash", "xNN");
    refused(&["serve", "--count", "0"], "0", "--count");
    refused(&["serve", "--fault", "banana"], "banana", "two-lengths");
    refused(&["serve", "--silent", "--reply", "x"], "--silent", "--reply");
    refused(&["get", "-H", "no colon", "http://localhost/"], "no colon", "Accept: text/html");
}

#[test]
fn the_recording_and_the_page_are_two_files() {
    refused(&["get", ":3000/", "-o", "x", "--record", "x"], "--record", "page.html");
}

#[test]
fn a_recording_must_be_readable() {
    refused(&["replay", "/no/such/recording.jsonl"], "/no/such/recording.jsonl", "--record");
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("damaged.jsonl");
    let text = path.to_str().expect("UTF-8");
    std::fs::write(&path, "{\"event\":\"recording_started\",\"schema\":1,\"version\":\"0.1.0\",\"command\":[],\"monotonic\":1.0,\"wall\":\"2026-11-23T10:00:00Z\"}\n{\"seq\":1,\n").expect("written");
    refused(&["replay", text], "line 2", "--record");
    std::fs::write(&path, "hello\n").expect("written");
    refused(&["replay", text], "line 1", "--record");
    std::fs::write(&path, "").expect("written");
    refused(&["replay", text], "empty", "--record");
    std::fs::write(&path, "{\"event\":\"recording_started\",\"schema\":1,\"version\":\"0.1.0\",\"command\":[],\"monotonic\":1.0,\"wall\":\"2026-11-23T10:00:00Z\"}\n{\"seq\":1,\"at\":0.1,\"side\":\"client\",\"event\":\"connected\"}\n").expect("written");
    refused(&["replay", text], "line 2", "--record");
}

#[test]
fn help_begins_with_two_examples() {
    for command in ["serve", "connect", "get", "ports", "tour", "explain", "replay"] {
        let run = netlearn(&[command, "--help"]);
        let text = run.text();
        assert_eq!(run.code, 0, "{command}");
        let examples: Vec<&str> = text.lines().take(2).collect();
        assert!(examples.iter().all(|line| line.contains("netlearn ")), "{command}: {examples:?}");
    }
}

#[test]
fn a_name_that_cannot_be_asked_for_says_which_label() {
    refused(&["resolve", "shop..test", "--lab"], "empty", "shop");
    let long = format!("{}.test", "a".repeat(64));
    refused(&["resolve", &long, "--lab"], "63", "aaaa");
    let whole = ["a".repeat(60), "b".repeat(60), "c".repeat(60), "d".repeat(60), "e".repeat(20)].join(".");
    refused(&["resolve", &whole, "--lab"], "255", "netlearn resolve");
}

#[test]
fn an_unknown_type_is_no_second_name() {
    refused(&["resolve", "shop.test", "FOO", "--lab"], "FOO", "no record type");
    refused(&["resolve", "shop.test", "-t", "AAAAA", "--lab"], "AAAAA", "AAAA");
    refused(&["resolve", "shop.test", "TYPE99999", "--lab"], "TYPE99999", "no record type");
}

#[test]
fn one_server_at_a_time_and_it_looks_like_one() {
    refused(&["resolve", "a.test", "@127.0.0.1", "@127.0.0.2"], "two servers", "@127.0.0.1");
    refused(&["resolve", "a.test", "@127.0.0.1:99999"], "99999", "@127.0.0.1:5300");
    refused(&["resolve", "a.test", "@"], "@", "@127.0.0.1");
    refused(&["resolve", "a.test", "@127.0.0.1", "--lab"], "--lab", "@127.53.0.53:5300");
    refused(&["resolve", "a.test", "@127.0.0.1", "--trace"], "--trace", "--root");
    refused(&["resolve", "a.test", "--trace", "--root", "localhost"], "localhost", "127.0.0.1:5300");
    refused(&["resolve", "a.test", "--root", "127.0.0.1"], "--trace", "--help");
    refused(&["resolve", "@127.0.0.1"], "no name", "netlearn resolve localhost");
    refused(&["resolve", "-x", "127.0.0.1", "A", "@127.0.0.1"], "-x", "netlearn resolve -x 127.0.0.1");
    refused(&["resolve", "-x", "shop.test"], "shop.test", "127.0.0.1");
    refused(&["resolve"], "NAME", "netlearn resolve localhost");
}

#[test]
fn a_lab_says_which_faults_and_ports_there_are() {
    refused(&["lab", "--fault", "sleepy"], "sleepy", "never-answers");
    refused(&["lab", "--fault", "servfail@nowhere.test"], "nowhere.test", "shop.test");
    refused(&["lab", "--ports", "5300,8080"], "5300,8080", "5300,8080,8443");
    refused(&["lab", "--ports", "5300,8080,8443", "--real-ports"], "--real-ports", "--ports");
    refused(&["lab", "--export", "out", "--counts"], "--counts", "--export");
}

/// The pair, why it is none in a clause, and the learner's own line without the slip.
#[test]
fn two_words_that_exclude_each_other_say_why_and_leave_a_line_that_works() {
    for (line, said, right) in [
        ("serve --echo --silent", "a server answers in one way", "netlearn serve --echo"),
        ("get --library -L :25001/", "the library follows redirects", "netlearn get --library :25001/"),
        ("get --library --http2 :25001/", "--library and --http2", "netlearn get --library :25001/"),
        ("ports --watch --probe 3000", "a probe is one connection", "netlearn ports --watch 3000"),
        ("connect localhost 24001 -z --send x", "-z sends nothing", "netlearn connect localhost 24001 -z"),
        ("connect localhost 24001 -z --size 9", "-z sends nothing", "netlearn connect localhost 24001 -z"),
        ("serve unix x.sock --port 3000", "a Unix socket has no port", "netlearn serve unix x.sock"),
        ("serve tcp 25001 --greet a --echo", "--greet and --echo", "netlearn serve tcp 25001 --greet a"),
        ("serve --greet a --reply b", "the client speaks first", "netlearn serve --port 3000 --reply b"),
        ("serve tcp 25001 --fault reset", "--fault is for http", "netlearn serve http 25001 --fault reset"),
        ("serve 25001 --port 25002", "two ports", "netlearn serve --port 25001"),
        ("serve udp 25001 --tls", "TLS needs a stream", "netlearn serve udp 25001"),
        ("serve --ca-out x", "--ca-out goes with --tls", "netlearn serve --ca-out x --tls"),
        ("ports --probe", "it connects to what listens there", "netlearn ports --probe 3000"),
        ("ports --interval 1s", "how often --watch looks", "netlearn ports --interval 1s --watch"),
        ("ports 3000 4000", "one port at a time", "netlearn ports 3000"),
        ("serve udp 127.0.0.1", "an address behind --host", "netlearn serve udp --host 127.0.0.1"),
        ("serve tcp ::1 25001", "an address behind --host", "netlearn serve tcp 25001 --host ::1"),
        ("serve [::1]:25001", "an address behind --host", "netlearn serve --port 25001 --host ::1"),
        ("serve tcp localhost:25001", "takes a port alone", "netlearn serve tcp --port 25001"),
        ("serve --port localhost:25001", "takes a port alone", "netlearn serve --port 25001"),
        ("serve --host 127.0.0.1:25001", "behind --host", "netlearn serve --port 25001 --host 127.0.0.1"),
        ("connect tcp localhost 24001", "it takes no word for it", "netlearn connect localhost 24001"),
        ("connect udp localhost:24001", "UDP with -u", "netlearn connect -u localhost:24001"),
        ("connect unix w.sock", "behind -U", "netlearn connect -U w.sock"),
        ("connect localhost 24001 --drip 1s", "behind an =", "netlearn connect localhost 24001 --drip=1s"),
        ("connect -u localhost 24001 --size 9", "no stream", "netlearn connect -u localhost 24001"),
        ("connect -U w.sock --reset", "no RST", "netlearn connect -U w.sock"),
        ("connect -U w.sock localhost 3000", "two targets", "netlearn connect -U w.sock"),
        (
            "connect localhost 5000 --clients 7 -o x",
            "mix in one file",
            "netlearn connect localhost 5000 --clients 7",
        ),
        (
            "connect localhost 24001 --no-read --half-close",
            "the other reads nothing",
            "netlearn connect localhost 24001 --no-read",
        ),
        ("man connekt", "no command \"connekt\"", "netlearn man"),
        ("resolve a.test --root 127.0.0.1", "--root goes with --trace", "--root 127.0.0.1 --trace"),
        ("tour extra", "'extra'", "netlearn tour"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        refused(&words, said, &format!("{right}\n"));
        let run = netlearn(&words);
        let tried = run.stderr.lines().find_map(|line| line.strip_prefix("   try       netlearn "));
        let tried = tried.unwrap_or_else(|| panic!("{line}: {}", run.stderr));
        let mended = ["netlearn"].into_iter().chain(tried.split(' ')).map(OsString::from);
        if let Err(end) = netlearn::cli::parse(mended, netlearn::command::Stop::default()) {
            panic!("{line}: {tried:?} is wrong too: {end:?}");
        }
    }
    // What is secret is not said again.
    let run = netlearn(&["get", ":1/", "-H", "Authorization: Bearer x", "-4", "-6"]);
    assert!(!run.stderr.contains("Bearer"), "{}", run.stderr);
}

/// `get` takes URLs; who comes from `connect` writes the port as a word of its own.
#[test]
fn a_port_behind_a_url_is_no_second_url() {
    for (line, right) in [
        ("get localhost 3000", "netlearn get localhost:3000"),
        ("get http://localhost/a 3000 -v", "netlearn get http://localhost:3000/a -v"),
        ("get -4 localhost 3000", "netlearn get -4 localhost:3000"),
        ("get [::1] 3000", "netlearn get '[::1]:3000'"),
        ("get 3000", "netlearn get :3000/"),
        ("get -v 3000", "netlearn get -v :3000/"),
        ("get localhost:3001 3000", "netlearn get localhost:3001 :3000/"),
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        refused(&words, "3000", &format!("try       {right}\n"));
    }
}

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

/// zsh is no slip of the fingers for tcsh.
#[test]
fn a_value_that_is_more_unlike_than_like_is_not_offered() {
    let run = netlearn(&["completions", "tcsh"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("zsh") && !run.stderr.contains("similar"), "{}", run.stderr);
    let near = netlearn(&["completions", "fsh"]);
    assert!(near.stderr.contains("a similar value exists: 'fish'"), "{}", near.stderr);
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

/// stdin that is closed, and a reader who has read one line and left: normal ends.
#[test]
#[cfg(unix)]
fn closed_streams_and_readers_that_leave() {
    let shell = |script: &str| {
        let mut shell = Command::new("sh");
        shell.args(["-c", script]).env("N", env!("CARGO_BIN_EXE_netlearn"));
        Started::new(shell).finish()
    };
    for (script, code) in [
        ("\"$N\" ports <&-", 0),
        ("\"$N\" explain RST >&-", 0),
        ("\"$N\" --help >&-", 0),
        ("\"$N\" ports --bogus 2>&-", 2),
        ("\"$N\" ports --bogus <&- >&- 2>&-", 2),
        ("\"$N\" replay /dev/null >&- 2>&-", 2),
    ] {
        let run = shell(script);
        assert_eq!(run.code, code, "{script}: {}", run.stderr);
        assert!(!run.stderr.contains("panicked"), "{script}: {}", run.stderr);
    }
    // The pipe's reader is gone before anything is written.
    for line in [
        &["--help"][..],
        &["ports", "--all"],
        &["explain"],
        &["man"],
        &["schema"],
        &["completions", "bash"],
        &["tour"],
        &["tour", "--json"],
        &["replay", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/get.jsonl")],
    ] {
        let (reader, writer) = std::io::pipe().expect("a pipe");
        drop(reader);
        let run = command(line).stdin(Stdio::null()).stdout(writer).output().expect("it runs");
        assert_eq!(run.status.code(), Some(0), "{line:?}: {}", String::from_utf8_lossy(&run.stderr));
        assert!(
            run.stderr.is_empty() || line[0] == "tour",
            "{line:?}: {}",
            String::from_utf8_lossy(&run.stderr)
        );
    }
}

/// Wherever in its story the tour is given up, also while its server has a client: it ends.
#[test]
fn a_reader_may_leave_the_tour_after_any_line() {
    let whole = netlearn(&["tour", "--json"]).stdout.iter().filter(|octet| **octet == b'\n').count();
    assert!(whole > 50, "{whole}");
    for lines in (1..whole).step_by(5) {
        let mut tour = command(&["tour", "--json"]);
        tour.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut tour = tour.spawn().expect("it runs");
        let mut reader = BufReader::new(tour.stdout.take().expect("its pipe"));
        let mut line = String::new();
        for _ in 0..lines {
            line.clear();
            reader.read_line(&mut line).expect("a line");
        }
        drop(reader);
        let status = tour.wait().expect("its end");
        assert_eq!(status.code(), Some(0), "given up after {lines} lines, at {line}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_stdout_is_23_and_says_so() {
    for line in [
        &["--help"][..],
        &["--version"],
        &["serve", "--help"],
        &["ports"],
        &["ports", "--json"],
        &["explain"],
        &["explain", "RST"],
        &["man"],
        &["schema"],
        &["completions", "bash"],
        &["doctor"],
        &["resolve", "127.0.0.1", "--json"],
        &["replay", concat!(env!("CARGO_MANIFEST_DIR"), "/tests/recordings/get.jsonl")],
    ] {
        let full = File::options().write(true).open("/dev/full").expect("/dev/full");
        let run = command(line).stdin(Stdio::null()).stdout(full).output().expect("it runs");
        let said = String::from_utf8_lossy(&run.stderr);
        assert_eq!(run.status.code(), Some(23), "{line:?}: {said}");
        assert!(said.contains("stdout could not be written: No space left on device"), "{line:?}: {said}");
        assert!(said.contains("try       df -h"), "{line:?}: {said}");
    }
}
