//! Sends a row's octets over one connection, reads the answers, and finds out whether the connection is still one.

use std::io::{ErrorKind, Read as _, Write as _};
use std::net::{Ipv4Addr, Shutdown, TcpStream};
use std::time::Duration;

use super::row::{NONE, Row};

/// What shows that a connection is still served.
const PROBE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

/// One answer that is no interim one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) content: Vec<u8>,
    /// How many interim answers (1xx) came before it.
    pub(crate) interim: usize,
}

impl Answer {
    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let fields = self.head.lines().filter_map(|line| line.split_once(':'));
        fields.filter(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim()).next()
    }
}

/// What became of the connection after the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum After {
    Closed,
    Stays,
    /// Nothing came for as long as we wait.
    Silent,
    /// More answers came than there were requests.
    Extra,
}

#[derive(Clone, Debug)]
pub(crate) struct Seen {
    pub(crate) answers: Vec<Answer>,
    pub(crate) after: After,
}

impl Seen {
    pub(crate) fn statuses(&self) -> Vec<u16> {
        match self.answers.is_empty() {
            true => vec![NONE],
            false => self.answers.iter().map(|answer| answer.status).collect(),
        }
    }

    /// What has to be the same however the octets arrive: all but the date.
    pub(crate) fn essence(&self) -> (Vec<(u16, Vec<u8>, usize)>, After) {
        let answers = self.answers.iter().map(|one| (one.status, one.content.clone(), one.interim));
        (answers.collect(), self.after)
    }
}

/// A connection and what was read from it and not yet taken.
pub(crate) struct Asking {
    stream: TcpStream,
    came: Vec<u8>,
    patience: Duration,
}

/// Why no answer could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Missing {
    Ended,
    Silent,
}

impl Asking {
    pub(crate) fn at(port: u16, patience: Duration) -> Asking {
        let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("it listens there");
        stream.set_read_timeout(Some(patience)).expect("a timeout can be set");
        stream.set_nodelay(true).expect("an option");
        Asking { stream, came: Vec::new(), patience }
    }

    /// Sends; a server that has refused may have closed already.
    pub(crate) fn send(&mut self, octets: &[u8]) {
        let _ = self.stream.write_all(octets);
    }

    /// Reads the answers of a row whose octets were sent.
    pub(crate) fn answers(mut self, row: &Row) -> Seen {
        if row.half {
            let _ = self.stream.shutdown(Shutdown::Write);
        }
        let mut answers = Vec::new();
        let mut missing = None;
        while answers.len() < row.answers && missing.is_none() {
            match self.answer(row.bare) {
                Ok(answer) => answers.push(answer),
                Err(why) => missing = Some(why),
            }
        }
        let after = match missing {
            Some(Missing::Ended) => After::Closed,
            Some(Missing::Silent) => After::Silent,
            None => self.after(row.half),
        };
        Seen { answers, after }
    }

    fn after(&mut self, half: bool) -> After {
        if !half {
            self.send(PROBE);
        }
        let mut more = 0;
        loop {
            match self.answer(false) {
                Ok(_) => more += 1,
                Err(Missing::Silent) => return After::Silent,
                Err(Missing::Ended) => break,
            }
        }
        match (more, half) {
            (0, _) => After::Closed,
            (1, false) => After::Stays,
            (_, _) => After::Extra,
        }
    }

    fn more(&mut self) -> Result<(), Missing> {
        let mut chunk = [0; 4096];
        match self.stream.read(&mut chunk) {
            Ok(0) => Err(Missing::Ended),
            Ok(len) => {
                self.came.extend_from_slice(&chunk[..len]);
                Ok(())
            }
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                assert!(self.patience > Duration::ZERO);
                Err(Missing::Silent)
            }
            // A RST is an end too: what was asked after a last answer may meet one.
            Err(_) => Err(Missing::Ended),
        }
    }

    /// The next answer that is no interim one.
    fn answer(&mut self, bare: bool) -> Result<Answer, Missing> {
        let mut interim = 0;
        loop {
            let head = self.head()?;
            let status = head.get(9..12).and_then(|status| status.parse().ok()).unwrap_or(9);
            if (100..200).contains(&status) && status != 101 {
                interim += 1;
                continue;
            }
            let mut answer = Answer { status, head, content: Vec::new(), interim };
            if !bare && status != 304 && status != 204 {
                answer.content = self.content(&answer)?;
            }
            return Ok(answer);
        }
    }

    fn head(&mut self) -> Result<String, Missing> {
        loop {
            if let Some(end) = self.came.windows(4).position(|four| four == b"\r\n\r\n") {
                let head: Vec<u8> = self.came.drain(..end + 4).collect();
                return Ok(String::from_utf8_lossy(&head).into_owned());
            }
            self.more()?;
        }
    }

    fn content(&mut self, answer: &Answer) -> Result<Vec<u8>, Missing> {
        if answer.field("transfer-encoding").is_some() {
            while !self.came.windows(5).any(|five| five == b"0\r\n\r\n") {
                self.more()?;
            }
            return Ok(std::mem::take(&mut self.came));
        }
        let Some(len) = answer.field("content-length").and_then(|len| len.parse().ok()) else {
            // Until the end of the connection (RFC 9112 section 6.3 item 8).
            while self.more().is_ok() {}
            return Ok(std::mem::take(&mut self.came));
        };
        while self.came.len() < len {
            self.more()?;
        }
        Ok(self.came.drain(..len).collect())
    }
}

/// Sends a row whole and reads what comes.
pub(crate) fn ask(port: u16, row: &Row, patience: Duration) -> Seen {
    let mut asking = Asking::at(port, patience);
    asking.send(&row.octets);
    asking.answers(row)
}
