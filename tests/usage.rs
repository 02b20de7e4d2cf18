//! Wrong command lines: exit 2, the argument named, a right one shown, nothing on stdout.

mod support;

use support::netlearn;

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
    refused(&["prots"], "'ports'", "netlearn --help");
    refused(&["connect", "localhost"], "no port", "netlearn connect localhost 3000");
    refused(&["ports", "abc"], "abc", "netlearn ports --help");
    refused(&["get"], "URL", "netlearn get http://localhost:3000/");
    refused(&["-q", "serve", "abc"], "abc", "netlearn serve --port 3000");
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
fn a_folder_must_be_there() {
    refused(&["serve", "--files", "/no/such/folder"], "/no/such/folder", "--files .");
    refused(&["serve", "--files", "/etc/hosts"], "/etc/hosts", "--files .");
    refused(&["serve", "tcp", "--files", "."], "--files", "netlearn serve http --files .");
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
