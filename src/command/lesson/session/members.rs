//! The programs that a lesson started: which there are, and what each is called.

use std::process::ExitStatus;

use super::Session;
use crate::command::lesson::line::Manners;
use crate::lesson::log::{Job, Mark, Seen};

/// A program that the lesson started.
#[derive(Clone, Debug)]
pub(in super::super) struct Member {
    pub number: u32,
    /// As it was typed, without `netlearn`.
    pub line: String,
    pub manners: Manners,
    pub shell: bool,
    /// Where its events are in the log.
    pub log: Job,
    /// The letter of a client that lines are typed to.
    pub letter: Option<char>,
    /// It has ended.
    pub ended: bool,
    /// How, where it was not a netlearn and the system told.
    pub status: Option<ExitStatus>,
    /// What the log held when it began.
    pub began: Mark,
    /// A client's end was taken note of.
    pub left: bool,
    /// The lesson waits for it.
    pub front: bool,
    /// What it says is not shown.
    pub mute: bool,
    /// Octets that were typed to it.
    pub typed: u64,
    /// The lesson itself started it.
    pub given: bool,
    /// It said that an address is in use already.
    pub in_use: bool,
}

impl Session {
    /// What a program is called above the line being typed; nothing for one that the lesson waits for.
    pub(in super::super) fn name(&self, member: &Member) -> String {
        if let Some(letter) = member.letter {
            return letter.to_string();
        }
        if member.front && member.manners != Manners::Background {
            return String::new();
        }
        if member.shell {
            return format!("!{}", member.number);
        }
        let word = word(&member.line);
        // The first of them needs no number.
        let before = self.members.iter().filter(|other| {
            let alike = !other.shell && other.manners == member.manners && word == self::word(&other.line);
            other.number < member.number && !other.ended && alike
        });
        match before.count() {
            0 => word.to_owned(),
            count => format!("{word} {}", count + 1),
        }
    }

    /// The number of the latest program; 0 where there was none.
    pub(in super::super) fn latest(&self) -> u32 {
        self.members.last().map_or(0, |member| member.number)
    }

    /// The program of that number.
    pub(in super::super) fn member(&self, number: u32) -> Option<&Member> {
        self.members.iter().find(|member| member.number == number)
    }

    /// The same, to be changed.
    pub(in super::super) fn member_mut(&mut self, number: u32) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.number == number)
    }

    /// The program that is that process, or that started it.
    pub(in super::super) fn of_process(&self, pid: u32) -> Option<&Member> {
        self.jobs.of_process(pid).and_then(|number| self.member(number))
    }

    /// The program that the lesson waits for.
    pub(in super::super) fn front(&self) -> Option<&Member> {
        self.members.iter().find(|member| member.front)
    }

    /// Programs that run in the background.
    pub(in super::super) fn running(&self) -> impl Iterator<Item = &Member> {
        self.members.iter().filter(|member| !member.ended && !member.front)
    }

    /// The open client of that letter.
    pub(in super::super) fn client(&self, letter: char) -> Option<&Member> {
        self.running().find(|member| member.letter == Some(letter))
    }

    /// A client that has ended since the last time, by itself or by its server.
    pub(in super::super) fn client_left(&mut self) -> bool {
        let left =
            self.members.iter_mut().find(|member| member.letter.is_some() && member.ended && !member.left);
        left.map(|member| member.left = true).is_some()
    }

    /// The letter of the next client: the first that no open one has.
    pub(in super::super) fn next_letter(&self) -> char {
        let free = |letter: &char| self.client(*letter).is_none();
        ('A'..='Z').find(free).unwrap_or('Z')
    }

    /// Its events since it began.
    pub(in super::super) fn events(&self, member: &Member) -> impl Iterator<Item = &Seen> {
        let job = member.log;
        self.log.seen().iter().filter(move |seen| seen.job == job)
    }
}

/// What a netlearn in the background is called.
fn word(line: &str) -> &'static str {
    match line.split_whitespace().next() {
        Some("lab") => "lab",
        Some("ports") => "ports",
        Some(_) | None => "server",
    }
}
