//! Names that the system's files give to numbers: services to ports, users to user ids.
//!
//! The files are read as they are; no directory service is asked.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use crate::event::tcp::Protocol;

#[cfg(unix)]
const SERVICES: &str = "/etc/services";
#[cfg(not(unix))]
const SERVICES: &str = r"C:\Windows\System32\drivers\etc\services";

/// The registered name of a port; TCP stands for everything that rides on it.
pub(super) fn service(port: u16, protocol: Protocol) -> Option<String> {
    static NAMES: OnceLock<HashMap<(u16, bool), String>> = OnceLock::new();
    let udp = matches!(protocol, Protocol::Udp);
    let names = NAMES.get_or_init(|| services(&read(SERVICES)));
    names.get(&(port, udp)).cloned()
}

/// User names by user id; an id that no line names is missing.
#[cfg(unix)]
pub(super) fn users() -> HashMap<u32, Arc<str>> {
    passwd(&read("/etc/passwd"))
}

fn read(path: &str) -> String {
    // A system without the file has no names; the numbers stand.
    std::fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
}

/// Lines as `http  80/tcp  www  # WorldWideWeb`; the first name of a port wins.
pub fn services(text: &str) -> HashMap<(u16, bool), String> {
    let mut names = HashMap::new();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut words = line.split_whitespace();
        let (Some(name), Some(place)) = (words.next(), words.next()) else { continue };
        let Some((port, protocol)) = place.split_once('/') else { continue };
        let Ok(port) = port.parse::<u16>() else { continue };
        let udp = match protocol {
            "tcp" => false,
            "udp" => true,
            _ => continue,
        };
        names.entry((port, udp)).or_insert_with(|| name.to_owned());
    }
    names
}

/// Lines as `node:x:1000:1000::/home/node:/bin/sh`.
#[cfg(unix)]
pub fn passwd(text: &str) -> HashMap<u32, Arc<str>> {
    let mut names = HashMap::new();
    for line in text.lines() {
        let mut fields = line.split(':');
        let (Some(name), Some(uid)) = (fields.next(), fields.nth(1)) else { continue };
        if let Ok(uid) = uid.parse() {
            names.entry(uid).or_insert_with(|| name.into());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_services_file_is_read_past_comments_and_other_protocols() {
        let text = "# file\nhttp\t80/tcp www # web\nhttp-alt 80/tcp\ndomain 53/udp\nz3950 210/sctp\nbroken\nbig 99999/tcp\n";
        let names = services(text);
        assert_eq!(names.get(&(80, false)).map(String::as_str), Some("http"));
        assert_eq!(names.get(&(53, true)).map(String::as_str), Some("domain"));
        assert_eq!(names.len(), 2);
    }

    #[cfg(unix)]
    #[test]
    fn a_passwd_file_gives_names_to_ids() {
        let names =
            passwd("root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534::/:/bin/false\n+::::::\nbad\n");
        assert_eq!(names.get(&0).map(AsRef::as_ref), Some("root"));
        assert_eq!(names.get(&65534).map(AsRef::as_ref), Some("nobody"));
        assert_eq!(names.len(), 2);
    }
}
