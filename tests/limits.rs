//! Limits that no other test meets on its way; all of them stand in docs/limits.md.

#[path = "support/authority.rs"]
mod authority;
mod support;

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use authority::Authority;
use support::{GUARD, Run, Serving, Started, accept_within, command, netlearn};

fn connect(port: u16) -> TcpStream {
    let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens");
    stream.set_read_timeout(Some(GUARD)).expect("a timeout");
    stream
}

fn ask(port: u16, octets: &[u8]) -> String {
    let mut stream = connect(port);
    stream.write_all(octets).expect("it reads");
    let mut came = Vec::new();
    stream.read_to_end(&mut came).expect("it ends");
    String::from_utf8_lossy(&came).into_owned()
}

/// What netlearn makes of a server that serves one client, which it does not leave before that is done; `PORT` in the
/// arguments is its port.
fn against(arguments: &[&str], serve: impl FnOnce(&mut TcpStream) + Send) -> Run {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let port = listener.local_addr().expect("an address").port().to_string();
    let arguments: Vec<String> = arguments.iter().map(|argument| argument.replace("PORT", &port)).collect();
    std::thread::scope(|scope| {
        let serving = scope.spawn(|| {
            let mut stream = accept_within(&listener, GUARD);
            stream.set_read_timeout(Some(GUARD)).expect("a timeout");
            serve(&mut stream);
            stream
        });
        let run = netlearn(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        drop(serving.join().expect("it serves"));
        run
    })
}

#[test]
fn a_request_may_have_a_hundred_fields() {
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1"]);
    // With Host and Connection there are two more.
    for (fields, status) in [(98, "200"), (99, "431")] {
        let octets =
            format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{}\r\n", "X: y\r\n".repeat(fields));
        let answer = ask(serving.port, octets.as_bytes());
        assert_eq!(answer.get(9..12), Some(status), "{fields} fields: {answer}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn the_accept_queue_is_as_long_as_is_told() {
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1"]);
    let told = serving.begun.last().expect("listening")["backlog"].clone();
    assert_eq!(told, 1024);
    let system = std::fs::read_to_string("/proc/sys/net/core/somaxconn").expect("the system's limit");
    let system: u64 = system.trim().parse().expect("a number");
    let run = netlearn(&["ports", &serving.port.to_string(), "--json"]);
    assert_eq!(run.event("socket_found")["queue_limit"], system.min(1024), "the kernel's own word");
}

#[test]
fn a_folder_is_listed_up_to_ten_thousand_names() {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..10_010 {
        std::fs::File::create(folder.path().join(number.to_string())).expect("a file");
    }
    let path = folder.path().to_str().expect("UTF-8");
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1", "--files", path]);
    let answer = ask(serving.port, b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    assert_eq!(answer.matches("<li>").count(), 10_000);
}

#[test]
fn an_event_keeps_four_kilobytes_of_what_passed() {
    let serving = Serving::start(&["tcp", "--port", "0", "--host", "127.0.0.1"]);
    let port = serving.port.to_string();
    let input = vec![b'x'; 10_000];
    let run = support::netlearn_with(&["connect", "127.0.0.1", &port, "--json"], &input);
    assert_eq!(run.code, 0, "{}", run.stderr);
    for direction in ["sent", "received"] {
        let events = run.events_of("bytes");
        let events: Vec<_> = events.iter().filter(|event| event["direction"] == direction).collect();
        let len: u64 = events.iter().map(|event| event["len"].as_u64().expect("a length")).sum();
        let kept: usize = events.iter().filter_map(|event| event["head"].as_str()).map(str::len).sum();
        assert_eq!((len, kept), (10_000, 4096), "{direction}: {events:?}");
    }
}

#[test]
fn lines_of_chunks_and_trailers_are_limited() {
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1"]);
    let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    // The library's limits: 16 KiB for what follows the sizes of all chunks, and for the trailer.
    let extension = |len: usize| format!("1;{}\r\na\r\n0\r\n\r\n", "x".repeat(len));
    let many = |each: usize| format!("{}0\r\n\r\n", format!("1;{}\r\na\r\n", "x".repeat(each)).repeat(20));
    let trailer = |len: usize| format!("1\r\na\r\n0\r\nX: {}\r\n\r\n", "x".repeat(len));
    for (body, fits) in [
        (extension(16_000), true),
        (extension(17_000), false),
        (many(800), true),
        (many(900), false),
        (trailer(16_000), true),
        (trailer(17_000), false),
        // Past the limit of a head too.
        (extension(70_000), false),
        (trailer(70_000), false),
    ] {
        let answer = ask(serving.port, format!("{head}{body}").as_bytes());
        let status = answer.get(9..12).unwrap_or_default();
        let expected: &[&str] = if fits { &["200"] } else { &["400", "431"] };
        assert!(expected.contains(&status), "{} octets: {answer}", body.len());
    }
    assert_eq!(serving.stop().code, 0);
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it is a time that is limited")]
fn an_answer_that_is_being_given_has_a_second_when_it_is_told_to_stop() {
    // An octet each hundredth of a second.
    let text = "x".repeat(20_000);
    let serving = Serving::start(&["--port", "0", "--host", "127.0.0.1", "--drip", "--reply", &text]);
    let mut stream = connect(serving.port);
    stream.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").expect("it reads");
    stream.read_exact(&mut [0]).expect("an answer has begun");
    let began = Instant::now();
    let (run, rest) = std::thread::scope(|scope| {
        let reading = scope.spawn(|| {
            let mut rest = Vec::new();
            let ended = stream.read_to_end(&mut rest);
            (ended, rest.len(), Instant::now().duration_since(began))
        });
        (serving.stop(), reading.join().expect("it ends"))
    });
    let (ended, len, waited) = rest;
    assert!(ended.is_err() && len < text.len(), "{len} octets, {ended:?}");
    assert!(waited >= Duration::from_secs(1), "cut after {waited:?}");
    let closed = run.event("closed");
    assert_eq!(
        (run.code, &closed["why"], &closed["how"]),
        (0, &"stopping".into(), &"rst".into()),
        "{closed}"
    );
    assert_eq!(run.event("served")["open_at_stop"], 1);
}

#[test]
fn a_client_that_says_nothing_is_let_go_by_servers_of_tcp_and_tls_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    let tls = ["--tls", "--ca-out", ca.to_str().expect("UTF-8")];
    // A handshake that has begun is as late as a head that has.
    for (arguments, octets, why) in [
        (&["tcp"][..], &b""[..], "idle"),
        (&["tcp"], b"Hello", "idle"),
        (&tls, b"", "idle"),
        (&tls, b"\x16\x03\x01", "slow_head"),
    ] {
        // What it said has to be read before the limit, however busy the machine is.
        let idle = if why == "slow_head" { "2s" } else { "300ms" };
        let usual = ["--port", "0", "--host", "127.0.0.1", "--idle", idle];
        let mut serving = Serving::start(&[arguments, &usual].concat());
        let mut stream = connect(serving.port);
        stream.write_all(octets).expect("it reads");
        let closed = serving.wait_for("closed");
        assert_eq!(
            (&closed["why"], &closed["by"]),
            (&why.into(), &"server".into()),
            "{arguments:?}: {closed}"
        );
        assert_eq!(serving.stop().code, 0);
    }
}

#[test]
#[cfg(unix)]
fn a_client_that_says_nothing_is_let_go_at_a_unix_socket_too() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("socket");
    for octets in [&b""[..], b"Hello"] {
        let mut started = Started::new(command(&[
            "serve",
            "unix",
            path.to_str().expect("UTF-8"),
            "--idle",
            "300ms",
            "--json",
        ]));
        started.wait_for("listening");
        let mut stream = std::os::unix::net::UnixStream::connect(&path).expect("it listens");
        stream.write_all(octets).expect("it reads");
        let closed = started.wait_for("closed");
        assert_eq!((&closed["why"], &closed["by"]), (&"idle".into(), &"server".into()), "{closed}");
        started.terminate();
        assert_eq!(started.finish().code, 0);
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "it is a time that is limited")]
fn a_handshake_has_ten_seconds_however_long_a_silence_may_be() {
    let folder = tempfile::tempdir().expect("a folder");
    let ca = folder.path().join("ca.pem");
    let ca = ca.to_str().expect("UTF-8");
    let mut serving =
        Serving::start(&["--tls", "--ca-out", ca, "--port", "0", "--host", "127.0.0.1", "--idle", "25"]);
    let mut stream = connect(serving.port);
    let began = Instant::now();
    stream.write_all(b"\x16\x03\x01").expect("it reads");
    let closed = serving.wait_for("closed");
    let took = began.elapsed().as_secs_f64();
    assert_eq!((&closed["why"], &closed["by"]), (&"slow_head".into(), &"server".into()), "{closed}");
    // Nearer to ten seconds than to the silence that is allowed.
    assert!((9.9..17.0).contains(&took), "{took}");
    assert_eq!(serving.stop().code, 0);
}

#[test]
fn fields_of_an_answer_are_limited_by_the_octets_of_its_head_alone() {
    let line = "HTTP/1.1 204 No Content\r\n";
    let room = 65_536 - line.len() - 2;
    for (field, more, code) in [("a:\r\n", 0, 0), ("a:\r\n", 1, 8), ("a:\n", 0, 0), ("a:\n", 1, 8)] {
        let head = format!("{line}{}\r\n", field.repeat(room / field.len() + more));
        let run = against(&["get", "http://127.0.0.1:PORT/", "--json"], |stream| {
            stream.read_exact(&mut [0; 16]).expect("a request");
            stream.write_all(head.as_bytes()).expect("it reads");
        });
        assert_eq!(run.code, code, "{}", run.text().lines().last().unwrap_or_default());
        if code > 0 {
            assert_eq!(run.event("failed")["kind"], "head_too_large");
        }
    }
}

#[test]
fn a_message_of_a_handshake_is_limited_by_the_library() {
    let authority = Authority::new();
    let (certificate, key) = authority.certify(&["127.0.0.1"], |_| {});
    // Each has 5 octets around it (RFC 8446 section 4.4.2); what else the library keeps in its buffer is less than 1000.
    let most = 64_500 / (certificate.len() + 5);
    for (len, code) in [(most, 0), (most + 2_000 / certificate.len(), 35)] {
        let config =
            rustls::ServerConfig::builder_with_provider(rustls::crypto::ring::default_provider().into())
                .with_safe_default_protocol_versions()
                .expect("versions")
                .with_no_client_auth()
                .with_single_cert(vec![certificate.clone(); len], key.clone_key())
                .expect("a configuration");
        let arguments = ["connect", "127.0.0.1", "PORT", "--tls", "--cacert", authority.path(), "--json"];
        let run = against(&arguments, |stream| {
            let mut server = rustls::ServerConnection::new(config.into()).expect("a server");
            while server.is_handshaking() && server.complete_io(stream).is_ok() {}
            server.send_close_notify();
            let _ = server.complete_io(stream);
        });
        assert_eq!(run.code, code, "{len} certificates: {}", run.text());
        if code == 0 {
            let told = run.event("tls_established");
            assert_eq!(told["certificates"].as_array().map(Vec::len), Some(10), "{told}");
            assert_eq!(told["certificates_left_out"], len - 10);
        }
    }
}

#[test]
fn a_file_of_certificates_is_no_longer_than_sixteen_mebibytes() {
    let authority = Authority::new();
    let mut text = std::fs::read(&authority.file).expect("a certificate");
    text.resize(16 * 1024 * 1024, b'\n');
    for (more, code) in [(&b""[..], 0), (b"\n", 2)] {
        text.extend_from_slice(more);
        std::fs::write(&authority.file, &text).expect("a file");
        let run = netlearn(&["get", "--curl", "https://127.0.0.1:1/", "--cacert", authority.path()]);
        assert_eq!(run.code, code, "{}", run.stderr);
        assert_eq!(run.stderr.contains("more than 16777216 bytes"), code == 2, "{}", run.stderr);
    }
}

#[test]
fn files_of_lessons_and_progress_have_limits() {
    let folder = tempfile::tempdir().expect("a folder");
    let (lesson, progress) = (folder.path().join("lesson"), folder.path().join("progress.json"));
    std::fs::create_dir(&lesson).expect("a folder");
    let mut text = include_bytes!("../lessons/01-one-server/lesson.toml").to_vec();
    for (len, said) in [(1 << 20, false), ((1 << 20) + 1, true)] {
        text.resize(len, b'\n');
        std::fs::write(lesson.join("lesson.toml"), &text).expect("a file");
        let run = netlearn(&["lesson", "check", lesson.to_str().expect("UTF-8")]);
        assert_ne!(run.code, 0, "it has no text in any language");
        let seen = format!("{}{}", run.text(), run.stderr).contains("it is longer than 1048576 bytes");
        assert_eq!(seen, said, "{}{}", run.text(), run.stderr);
    }
    for (len, said) in [(1 << 20, false), ((1 << 20) + 1, true)] {
        let answers = folder.path().join("answers");
        std::fs::write(&answers, vec![b'\n'; len]).expect("a file");
        let progress = folder.path().join("none.json");
        let run = netlearn(&[
            "lesson",
            "one-server",
            "--answers",
            answers.to_str().expect("UTF-8"),
            "--progress",
            progress.to_str().expect("UTF-8"),
        ]);
        // Without an answer to its first question the lesson does not get far.
        assert_eq!((run.code == 2, run.code == 0), (said, false), "{}", run.stderr);
        assert_eq!(run.stderr.contains("it is longer than 1048576 bytes"), said, "{}", run.stderr);
    }
    for (len, said) in [(64 << 20, false), ((64 << 20) + 1, true)] {
        std::fs::File::create(&progress).and_then(|file| file.set_len(len)).expect("a sparse file");
        let run = netlearn(&["lesson", "list", "--progress", progress.to_str().expect("UTF-8")]);
        // Zeros are no progress either: in both cases nothing of it is lost.
        assert!(run.code == 0 && run.stderr.contains("It is kept as"), "{}", run.stderr);
        assert_eq!(run.stderr.contains("it is longer than 67108864 bytes"), said, "{}", run.stderr);
    }
}

#[test]
fn a_wait_lasts_five_seconds_unless_told_otherwise() {
    let udp = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let server = format!("@{}", udp.local_addr().expect("an address"));
    let silent = |arguments: &[&str]| {
        against(arguments, |stream| {
            // Whatever comes is read, to the client's end.
            let _ = std::io::copy(stream, &mut std::io::sink());
        })
    };
    let waited = |run: &Run, code: i32| {
        assert_eq!(run.code, code, "{}", run.text());
        let failed = run.event("failed");
        let facts = failed["evidence"].as_array().expect("evidence");
        // A resolver's silence is told with the server that was silent.
        let waits = facts.iter().filter_map(|fact| fact["time"].as_f64().or(fact["waited"].as_f64()));
        let longest = waits.fold(0.0, f64::max);
        // Not much longer than it had to be, on a machine that has other things to do.
        assert!((5.0..7.5).contains(&longest), "{longest}: {failed}");
    };
    std::thread::scope(|scope| {
        scope.spawn(|| waited(&silent(&["get", "http://127.0.0.1:PORT/", "--json"]), 28));
        scope.spawn(|| waited(&silent(&["connect", "127.0.0.1", "PORT", "--send", "a", "--json"]), 28));
        scope.spawn(|| waited(&netlearn(&["resolve", "a.test", &server, "--json"]), 9));
    });
}
