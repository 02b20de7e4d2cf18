//! `get --curl`: a line for the shell that asks for the same, and expands nothing.

use super::server::{HELLO, Server};
use super::support::netlearn;

#[test]
fn the_curl_command_asks_for_the_same() {
    let server = Server::answering(HELLO);
    let url = server.url("/a?b='c'");
    let arguments = ["-X", "PUT", "-d", "it's & $HOME", "-H", "X-A: b c", "-i"];
    let run = netlearn(&[&["get", &url, "--curl"], &arguments[..]].concat());
    assert_eq!(run.code, 0);
    assert!(server.heads().is_empty(), "it makes no request");
    let line = run.text();
    assert!(line.starts_with("curl ") && line.ends_with('\n') && line.lines().count() == 1, "{line}");
    // A shell reads back the words that were meant.
    let words = std::process::Command::new("sh")
        .arg("-c")
        .arg(line.replacen("curl", "printf '%s\\n'", 1))
        .output()
        .unwrap();
    let words = String::from_utf8(words.stdout).unwrap();
    for word in ["PUT", "it's & $HOME", "X-A: b c", "-i", "-A", "netlearn/0.1"] {
        assert!(words.lines().any(|line| line == word), "{word} in {words}");
    }
}

#[test]
fn the_curl_command_expands_nothing() {
    let line = netlearn(&["get", "http://localhost:1/?ids[]=1", "--curl"]).text();
    assert!(line.contains(" -g "), "{line}");
    let line = netlearn(&["get", "http://[::1]:1/?ids=1", "--curl"]).text();
    assert!(!line.contains(" -g "), "{line}");
}

#[test]
fn the_curl_command_keeps_octets_that_are_no_text() {
    let folder = tempfile::tempdir().unwrap();
    let octets: Vec<u8> = (0..=255).collect();
    std::fs::write(folder.path().join("body"), &octets).unwrap();
    let data = format!("@{}", folder.path().join("body").display());
    let line = netlearn(&["get", "http://localhost:1/", "--curl", "-d", &data]).text();
    assert!(line.contains("| curl ") && line.contains(" --data-binary @- "), "{line}");
    // In place of curl, a program that gives back what it is given.
    let (printf, _) = line.split_once("| curl ").unwrap();
    let piped = std::process::Command::new("sh").arg("-c").arg(format!("{printf}| cat")).output().unwrap();
    assert_eq!(piped.stdout, octets);
}
