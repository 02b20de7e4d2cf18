//! What the words of `resolve` ask: names, types and the server, in any order.

use std::net::{IpAddr, SocketAddr};

use super::parse::{address, port, wrong};
use crate::command::resolve;

/// What the words of `resolve` ask.
pub(super) struct Questions {
    pub(super) questions: Vec<resolve::Asked>,
    pub(super) server: Option<resolve::Target>,
}

/// `NAME... [TYPE] [@SERVER[:PORT]]` in any order: a dotless upper-case word after a name is a type, a final dot makes a name.
pub(super) fn questions(
    words: &[String],
    types: &[String],
    reverse: &[IpAddr],
) -> Result<Questions, clap::Error> {
    let mut names = Vec::new();
    let mut wanted = Vec::new();
    let mut server = None;
    for word in words {
        if let Some(place) = word.strip_prefix('@') {
            if server.replace(name_server(place)?).is_some() {
                return Err(wrong(
                    "two servers are given; one is asked at a time: netlearn resolve shop.test @127.0.0.1",
                ));
            }
        } else if is_type_word(word) && !(names.is_empty() && reverse.is_empty()) {
            wanted.push(word.as_str());
        } else {
            names.push(word.as_str());
        }
    }
    // `resolve MX example.com` is as clear as the other way round.
    if names.len() > 1 && is_type_word(names[0]) && resolve::record_type(names[0]).is_ok() {
        wanted.push(names.remove(0));
    }
    wanted.extend(types.iter().map(String::as_str));
    let mut asked = Vec::new();
    for name in &names {
        asked.extend(asked_of(name, &wanted)?);
    }
    for address in reverse {
        if !wanted.is_empty() {
            return Err(wrong("-x asks for PTR, and takes no type: netlearn resolve -x 127.0.0.1"));
        }
        let question = resolve::Question::reverse(*address);
        asked.push(resolve::Asked { name: address.to_string(), question, addresses: false });
    }
    if asked.is_empty() {
        return Err(wrong("there is no name to look up: netlearn resolve localhost"));
    }
    Ok(Questions { questions: asked, server })
}

/// Whether a word is written as types are: upper case and digits, no dot.
fn is_type_word(word: &str) -> bool {
    word.starts_with(|c: char| c.is_ascii_uppercase())
        && word.bytes().all(|octet| octet.is_ascii_uppercase() || octet.is_ascii_digit())
}

fn asked_of(name: &str, types: &[&str]) -> Result<Vec<resolve::Asked>, clap::Error> {
    let question = |text: Option<&str>| {
        let record_type = resolve::record_type(text.unwrap_or("A")).map_err(wrong)?;
        let question = resolve::Question::new(name, record_type).map_err(wrong)?;
        Ok(resolve::Asked { name: name.to_owned(), question, addresses: text.is_none() })
    };
    if types.is_empty() {
        return Ok(vec![question(None)?]);
    }
    types.iter().map(|text| question(Some(text))).collect()
}

/// `ADDR`, `ADDR:PORT`, `[ADDR]:PORT`, `NAME`, `NAME:PORT`; the port is 53 where none is given.
fn name_server(text: &str) -> Result<resolve::Target, clap::Error> {
    let say = || {
        wrong(format!("a name server looks like @127.0.0.1 or @127.0.0.1:5300 or @[::1]:5300; not @{text}"))
    };
    if let Ok(SocketAddr::V6(whole)) = text.parse() {
        return Ok(resolve::Target { host: whole.ip().to_string(), port: whole.port() });
    }
    if let Ok(bare) = address(text) {
        return Ok(resolve::Target { host: bare.to_string(), port: 53 });
    }
    let (host, number) = match text.rsplit_once(':') {
        Some((host, number)) => (host, port(number).map_err(|_| say())?),
        None => (text, 53),
    };
    if host.is_empty() || host.contains([':', '[', ']']) || number == 0 {
        return Err(say());
    }
    Ok(resolve::Target { host: host.to_owned(), port: number })
}

/// A root server: its address, and 53 where no port is given.
pub(super) fn root(text: &str) -> Result<SocketAddr, String> {
    if let Ok(whole) = text.parse() {
        return Ok(whole);
    }
    match address(text) {
        Ok(bare) => Ok(SocketAddr::new(bare, 53)),
        Err(_) => Err(format!("an address, as 127.0.0.1 or 127.0.0.1:5300 or [::1]:5300; {text:?} is none")),
    }
}
