//! Wrong command lines: exit 2, the argument named, a right one shown, nothing on stdout.

#[path = "usage/streams.rs"]
mod streams;
mod support;
#[path = "usage/thrown.rs"]
mod thrown;

use std::ffi::OsString;

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
        ("serve tcp ::1 25001", "an address behind --host", "netlearn serve tcp --host ::1 25001"),
        ("serve [::1]:25001", "an address behind --host", "netlearn serve --port 25001 --host ::1"),
        ("serve tcp localhost:25001", "takes a port alone", "netlearn serve tcp --port 25001"),
        ("serve --port localhost:25001", "takes a port alone", "netlearn serve --port 25001"),
        ("serve --host 127.0.0.1:25001", "behind --host", "netlearn serve --port 25001 --host 127.0.0.1"),
        ("serve --host=127.0.0.1:25001", "behind --host", "netlearn serve --port 25001 --host 127.0.0.1"),
        ("serve -p127.0.0.1 --echo", "behind --host", "netlearn serve --host 127.0.0.1 --echo"),
        ("serve tcp ::1:25001", "behind --host", "netlearn serve tcp --port 25001 --host ::1"),
        ("-v serve [::1]", "behind --host", "netlearn -v serve --host ::1"),
        ("serve :25001", "takes a port alone", "netlearn serve --port 25001"),
        ("serve LOCALHOST:25001", "takes a port alone", "netlearn serve --port 25001"),
        ("connect -u udp localhost 24001", "UDP with -u", "netlearn connect -u localhost 24001"),
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

/// zsh is no slip of the fingers for tcsh.
#[test]
fn a_value_that_is_more_unlike_than_like_is_not_offered() {
    let run = netlearn(&["completions", "tcsh"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("zsh") && !run.stderr.contains("similar"), "{}", run.stderr);
    let near = netlearn(&["completions", "fsh"]);
    assert!(near.stderr.contains("a similar value exists: 'fish'"), "{}", near.stderr);
}
