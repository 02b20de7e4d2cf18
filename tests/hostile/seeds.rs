//! What mutation begins with: for each reader, octets as they really come, and a few that came badly.

use std::fs;
use std::path::{Path, PathBuf};

use netlearn::event::recording::Reader;
use netlearn::event::tcp::Direction;
use netlearn::event::{Event, EventKind};

/// The seeds of the reader of that name; `root` is the package's folder.
pub fn of(name: &str, root: &Path) -> Vec<Vec<u8>> {
    let found = match name {
        "http1" => sides(
            root,
            &["get.jsonl", "get-bad-chunk.jsonl", "get-twice.jsonl", "get-hostile.jsonl", "serve.jsonl"],
            false,
        ),
        "http2" => {
            sides(root, &["get-http2.jsonl", "get-http2-goaway.jsonl", "get-http2-too-large.jsonl"], true)
        }
        "http_server" => requests(),
        "redirect" => words(&[
            "/next",
            "//other/x",
            "http://localhost:81/",
            "?q",
            "https://[::1]:9/\u{e9}",
            "data:,x",
            "http://h:0/",
        ]),
        "foreign" => words(&[
            "SSH-2.0-x\r\n",
            "220 mail ESMTP\r\n",
            "* OK imap\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
            "\u{16}\u{3}\u{1}\u{0}\u{5}\u{1}\u{0}\u{0}\u{1}\u{3}",
            "-ERR no\r\n",
            "\u{0}\u{0}\u{6}\u{4}\u{0}\u{0}",
        ]),
        "certificate" => certificates(),
        "dns" => messages(root),
        "recording" => recordings(root, "tests/recordings"),
        "merge" => vec![
            [
                read(&root.join("tests/recordings/both/client.jsonl")),
                read(&root.join("tests/recordings/both/server.jsonl")),
            ]
            .join(&0xff),
        ],
        "lesson" => lessons(root),
        "progress" => words(&[
            r#"{"version":1,"lessons":{"one-server":{"began":"2026-11-23T10:00:00Z","runs":1,"reached":"try","steps":{"try":{"attempts":2,"hints":1,"values":{"p":{"number":3000}}}}}}}"#,
            "{}",
            "{\"version\":2}",
        ]),
        "answers" => words(&[
            "[guess]\nanswer = \"same\"\n[try]\ninput = [\"serve tcp 3000\", \"!true\"]\n",
            "[a]\nanswer=1",
        ]),
        "lesson_log" => recordings(root, "tests/recordings"),
        "prompt" => words(&[
            "get :3000/",
            "$ netlearn get ':3000/'",
            "!node server.js",
            "stop server",
            "client A",
            ":lesson",
            "::x",
            "serve http --reply 'a\\nb'",
        ]),
        "command_line" => commands(),
        "escape" | "job_lines" => words(&[
            "plain\r\n\u{1b}[2J\u{1b}]0;t\u{7}\u{202e}\u{9b}1m",
            "10%\r20%\r\n\u{1b}[1;31mred\u{1b}[0m\ttab",
            "e\u{301}\u{200d}\u{1f468}",
        ]),
        "prose" => lessons(root)
            .into_iter()
            .filter_map(|files| files.split(|octet| *octet == 0xff).nth(1).map(<[u8]>::to_vec))
            .collect(),
        "tables" => tables(),
        "system_files" => words(&[
            "node\0server.js\0",
            "42 (a) b) T 1 2",
            "http 80/tcp www # web\ndomain 53/udp\n",
            "root:x:0:0:root:/root:/bin/bash\n",
            "127.0.0.1 localhost # x\n::1%lo localhost\n",
        ]),
        other => panic!("no seeds for {other}"),
    };
    assert!(!found.is_empty(), "no seeds for {name}");
    found
}

fn words(words: &[&str]) -> Vec<Vec<u8>> {
    words.iter().map(|word| word.as_bytes().to_vec()).collect()
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    found.sort();
    found
}

fn recordings(root: &Path, folder: &str) -> Vec<Vec<u8>> {
    let all = files(&root.join(folder));
    all.iter()
        .filter(|path| path.extension().is_some_and(|end| end == "jsonl"))
        .map(|path| read(path))
        .collect()
}

/// The lessons that are brought along: both files of each.
fn lessons(root: &Path) -> Vec<Vec<u8>> {
    let folders = files(&root.join("lessons")).into_iter().filter(|path| path.is_dir());
    folders.map(|path| [read(&path.join("lesson.toml")), read(&path.join("en.md"))].join(&0xff)).collect()
}

fn events(path: &Path) -> Vec<Event> {
    let octets = read(path);
    let reader =
        Reader::open(octets.as_slice()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    reader.map(|event| event.unwrap_or_else(|error| panic!("{}: {error}", path.display()))).collect()
}

/// The octets that recordings captured of each side.
fn sides(root: &Path, names: &[&str], frames: bool) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    for name in names {
        let mut sides = [Vec::new(), Vec::new()];
        for event in events(&root.join("tests/recordings").join(name)) {
            let EventKind::Bytes(facts) = &event.kind else { continue };
            if frames != (event.layer == Some(netlearn::event::Layer::Tls)) {
                continue;
            }
            sides[usize::from(facts.direction == Direction::Received)].extend_from_slice(&facts.head.0);
        }
        let [said, heard] = sides;
        let server = u8::from(name.starts_with("serve"));
        if frames {
            found.push([&[1, 255], heard.as_slice()].concat());
        }
        found.push([&[server, 255], said.as_slice(), &[0xff], &heard].concat());
    }
    for answer in [
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nA: b\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\nSet-Cookie: a\r\n\r\nHTTP/1.1 304 x\r\n\r\n",
    ] {
        found.push(
            [b"\x02\x07GET / HTTP/1.1\r\nHost: a\r\nCookie: c\r\n\r\n\xff", answer.as_bytes()].concat(),
        );
    }
    // SETTINGS, HEADERS with a literal field, DATA, PING, RST_STREAM, GOAWAY.
    found.push(b"\x01\xff\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0d\0\0\x09\x01\x04\0\0\0\x01\x88\x40\x01a\x03b c\0\0\x02\0\x01\0\0\0\x01hi\0\0\x08\x06\0\0\0\0\x0012345678\0\0\x04\x03\0\0\0\0\x01\0\0\0\x08\0\0\x0a\x07\0\0\0\0\0\0\0\0\x01\0\0\0\x0bno".to_vec());
    found
}

fn requests() -> Vec<Vec<u8>> {
    let requests = [
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhelloGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;x\r\nhello\r\n0\r\nT: x\r\n\r\nGET / HTTP/1.0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "\u{16}\u{3}\u{1}",
        "GET / HTTP/1.1\nHost: a\n\n",
    ];
    requests.iter().map(|text| [b"\0\x05", text.as_bytes()].concat()).collect()
}

fn certificates() -> Vec<Vec<u8>> {
    let names = ["shop.test".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()];
    let mut parameters = rcgen::CertificateParams::new(names).expect("names");
    parameters.distinguished_name.push(rcgen::DnType::CommonName, "a \u{1b}[2J b");
    let key = rcgen::KeyPair::generate().expect("a key");
    let own = parameters.self_signed(&key).expect("a certificate").der().to_vec();
    let plain = rcgen::generate_simple_self_signed(vec!["a.test".to_owned()]).expect("a certificate");
    vec![own, plain.cert.der().to_vec()]
}

/// Messages of a walk, and one of each kind of record that has names within its data.
fn messages(root: &Path) -> Vec<Vec<u8>> {
    let mut found = vec![
        b"\x12\x34\x01\0\0\x01\0\0\0\0\0\x01\x03www\x04shop\x04test\0\0\x01\0\x01\0\0\x29\x04\xd0\0\0\0\0\0\0".to_vec(),
        b"\x12\x34\x84\0\0\x01\0\x02\0\0\0\0\x03www\x04shop\x04test\0\0\x01\0\x01\xc0\x0c\0\x05\0\x01\0\0\0\x3c\0\x02\xc0\x10\xc0\x10\0\x01\0\x01\0\0\0\x3c\0\x04\x7f\x35\x01\x50".to_vec(),
        b"\x12\x34\x80\x03\0\x01\0\0\0\x01\0\0\x01a\0\0\x1c\0\x01\0\0\x06\0\x01\0\0\0\x1e\0\x18\x01a\0\x01b\0\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\x04\0\0\0\x05".to_vec(),
        b"\x12\x34\x84\0\0\0\0\x03\0\0\0\0\0\0\x0f\0\x01\0\0\0\x01\0\x05\0\x0a\x01m\0\0\0\x10\0\x01\0\0\0\x01\0\x04\x03\x1b[m\0\0\x21\0\x01\0\0\0\x01\0\x09\0\x01\0\x02\0\x50\x01s\0".to_vec(),
    ];
    for path in files(&root.join("tests/recordings")).iter().filter(|path| path.is_file()) {
        for event in events(path) {
            if let EventKind::Reply(facts) = &event.kind {
                found.push(facts.head.0.clone());
            }
        }
    }
    found
}

fn commands() -> Vec<Vec<u8>> {
    let lines = [
        "get :3000/ -H A:b -d x --timeout 2s -L",
        "serve http 3000 --reply a\\nb",
        "connect localhost 3000 --send x --half-close",
        "resolve shop.test AAAA --trace --lab",
        "ports --watch 1s 3000",
        "replay a.jsonl b.jsonl --view ladder",
        "lesson 1 --from try",
        "lab --fault servfail@shop.test",
        "explain RST",
        "connect udp localhost:53",
        "serve unix /tmp/a.sock",
        "connect --clients 9 :3000",
    ];
    lines.iter().map(|line| line.replace(' ', "\0").into_bytes()).collect()
}

fn tables() -> Vec<Vec<u8>> {
    let tcp = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 12345 1 0000000000000000 100 0 0 10 0\n   1: 0100007F:0BB8 0100007F:D431 01 00000002:00000001 02:000004D2 00000000  1000        0 12346 1\n";
    let tcp6 = "  sl  local_address remote_address\n   0: 00000000000000000000000001000000:0BB8 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 7 1\n";
    let unix = "Num       RefCount Protocol Flags    Type St Inode Path\n0000000000000000: 00000002 00000000 00010000 0001 01 17 /tmp/a.sock\n0000000000000000: 00000003 00000000 00000000 0001 03 18 @abstract\n";
    let dev = "Inter-|   Receive\n face |bytes\n    lo: 12 2 0 0 0 0 0 0 34 5 0 0 0 0 0 0\n";
    let mut found = words(&[tcp, tcp6, unix, dev]);
    // A netlink answer: head, unix_diag_msg, a name, a peer.
    let mut answer = vec![0; 16];
    answer[0] = 52;
    answer[4] = 20;
    answer.extend_from_slice(&[1, 1, 1, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    answer.extend_from_slice(b"\x0c\0\0\0/tmp/a\0\0\x08\0\x02\0\x09\0\0\0");
    found.push(answer[16..].to_vec());
    found.push(answer);
    found
}
