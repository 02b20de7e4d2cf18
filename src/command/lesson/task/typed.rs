//! What a learner types in a task: commands, lines to a client, keys.

use super::{Attempt, PATIENCE, SETTLING, typed};
use crate::command::lesson::desk::Heard;
use crate::command::lesson::guide::{Guide, Turn};
use crate::command::lesson::jobs::Program;
use crate::command::lesson::line::{self, Key, Manners, Spoken, Typed};
use crate::command::terminal::folded;
use crate::explain::failure::quoted;
use crate::lesson::Task;
use crate::lesson::progress::Change;
use crate::net::machine;
use crate::render::lesson::verdict;
use crate::render::style::{Role, escape_payload};

impl Guide {
    /// What the learner typed.
    pub(super) async fn hear(&mut self, attempt: &mut Attempt<'_>, heard: Heard) -> Option<Turn> {
        self.client_left(attempt);
        if attempt.spoiled.is_some() {
            self.again(attempt);
        }
        match (heard, attempt.client) {
            (Heard::Line(text), Some(letter)) => self.speak(attempt, letter, &text).await,
            (Heard::Line(text), None) => self.command(attempt, &text).await,
            (Heard::Interrupted, Some(letter)) => {
                let number = self.session.client(letter).map(|member| member.number);
                if let Some(number) = number {
                    self.session.interrupt(number);
                }
                attempt.settles = Some(self.session.now() + SETTLING);
                self.away(attempt);
                None
            }
            (Heard::End, Some(letter)) => {
                attempt.did(":eof");
                let number = self.session.client(letter).map(|member| member.number);
                if let Some(number) = number {
                    self.session.end_input(number);
                    self.session
                        .say(&format!("Client {letter} sends no more: its input has ended. It still reads."));
                }
                attempt.client = None;
                attempt.settles = Some(self.session.now() + SETTLING);
                None
            }
            (Heard::Interrupted | Heard::End, None) => Some(Turn::Leave),
        }
    }

    /// A line at a client's prompt.
    pub(super) async fn speak(
        &mut self,
        attempt: &mut Attempt<'_>,
        letter: char,
        text: &str,
    ) -> Option<Turn> {
        if attempt.passed && text.trim().is_empty() {
            return Some(Turn::Next);
        }
        match line::spoken(text) {
            Spoken::Key(Key::Lesson) => {
                attempt.did(":lesson");
                attempt.client = None;
                self.session.say(&format!("Client {letter} stays open. Type {letter} to go back to it."));
            }
            Spoken::Key(Key::Close) => {
                let number = self.session.client(letter).map(|member| member.number);
                if let Some(number) = number {
                    self.session.end(number).await;
                }
                attempt.client = None;
            }
            Spoken::Key(key) => return self.key(attempt, key),
            Spoken::Unclear(text) => self.session.say(&text),
            Spoken::Text(text) => {
                attempt.did(&text);
                let number = self.session.client(letter).map(|member| member.number);
                let sent = number.map(|number| self.session.type_in(number, format!("{text}\n").as_bytes()));
                if let Some(Err(error)) = sent {
                    self.session.say(&format!("Client {letter} took nothing: {error}"));
                }
                attempt.settles = Some(self.session.now() + SETTLING);
                attempt.quiet_told = false;
                attempt.asked = Some(self.answers(attempt));
            }
        }
        None
    }

    /// A line at the lesson's prompt.
    pub(super) async fn command(&mut self, attempt: &mut Attempt<'_>, line: &str) -> Option<Turn> {
        match line::command(line) {
            Typed::Nothing if attempt.passed => return Some(Turn::Next),
            Typed::Nothing => self.open_verdict(attempt).await,
            Typed::Key(key) => return self.key(attempt, key),
            Typed::Unclear(text) => {
                self.fails(line, &text);
                self.session.say(&text);
            }
            Typed::Client(letter) => match self.session.client(letter) {
                Some(_) => attempt.client = Some(letter),
                None => {
                    let text = format!("No client {letter} is open.");
                    self.fails(line, &text);
                    self.session.say(&text);
                }
            },
            Typed::Stop(name) => self.stop(name.as_deref()).await,
            Typed::Shell(line) => {
                attempt.did(&typed(true, &line));
                let started = self.session.start(Program::Shell(&line), &line, Manners::Foreground);
                match started {
                    Ok(_) => attempt.parts = Some(self.session.now() + PATIENCE),
                    Err(error) => self.session.say(&format!("The shell could not be started: {error}")),
                }
            }
            Typed::Netlearn(words) => self.netlearn(attempt, &words),
        }
        None
    }

    /// Lines of the shortest way through a task.
    pub(super) fn solution(&self, task: &Task) -> Vec<String> {
        let filled = |line: &String| self.session.values.command(line).unwrap_or_else(|_| line.clone());
        // Words as they are compared with what is typed: without quotes.
        let words = |line: String| shlex::split(&line).map_or(line, |words| words.join(" "));
        task.solution.iter().map(filled).map(words).collect()
    }

    pub(super) fn netlearn(&mut self, attempt: &mut Attempt<'_>, words: &[String]) {
        let command = match (self.parser.0)(words) {
            Ok(command) => command,
            Err(text) => {
                let quoted = words.iter().map(|word| quoted(word)).collect::<Vec<_>>();
                return self.unread(&quoted.join(" "), &text);
            }
        };
        let manners = line::manners(&command);
        if manners == Manners::Elsewhere {
            self.session.say("That command wants the terminal for itself: q saves and leaves the lesson, then it can have it.");
            return;
        }
        let text = words.join(" ");
        attempt.did(&text);
        if let Err(error) = self.session.start(Program::Netlearn(words), &text, manners) {
            self.session.say(&format!("netlearn {text} could not be started: {error}"));
        }
    }

    /// The words of the command line itself, with their own line ends. What it would try next is not what the step needs.
    pub(super) fn unread(&mut self, typed: &str, text: &str) {
        self.fails(typed, text);
        // Its own words would be about a command of netlearn's.
        if text.contains("unrecognized subcommand") && other_program(typed) {
            let line = format!("That is another program, and a ! goes before it here. Type: !{typed}");
            return self.session.say(&line);
        }
        let words = text.lines().take_while(|line| !line.starts_with("   try "));
        // They repeat what was typed or pasted.
        let words = escape_payload(words.collect::<Vec<_>>().join("\n").as_bytes());
        for line in words.trim_end().lines() {
            self.session.desk.lines(folded(line, "error: ".len()).lines());
        }
        if !text.starts_with("error") {
            return;
        }
        self.session.desk.line("");
        let number = text.contains("unrecognized subcommand") && typed.trim().parse::<u32>().is_ok();
        if number {
            self.session.say("Nothing is to be chosen here: a command is waited for.");
        } else if text.contains("unrecognized subcommand") {
            let open = self.session.running().find_map(|member| member.letter);
            let client = match open {
                Some(letter) => format!("To send it, go back to your client first: type {letter}."),
                None => "Text to be sent is typed at a client's prompt: connect first.".to_owned(),
            };
            self.session.say(&format!("{client} Programs that are not netlearn begin with !, as !curl."));
        }
        self.session.say("h shows a hint, ? lists what can be typed here.");
    }

    /// Ends a program in the background: the one that is named, the only one, or the only one that was begun in this step.
    pub(super) async fn stop(&mut self, name: Option<&str>) {
        let running: Vec<(u32, String)> =
            self.session.running().map(|member| (member.number, self.session.name(member))).collect();
        let own = |client| {
            let begun =
                self.session.running().filter(|member| member.number > self.own_after && !member.given);
            let kind = begun.filter(|member| member.letter.is_some() == client);
            kind.map(|member| (member.number, self.session.name(member))).collect::<Vec<_>>()
        };
        // A client has a prompt of its own to end it at.
        let own = Some(own(false)).filter(|own| !own.is_empty()).unwrap_or_else(|| own(true));
        let named =
            running.iter().find(|(_, known)| name.is_some_and(|name| known.eq_ignore_ascii_case(name)));
        let found = match (name, running.as_slice(), own.as_slice()) {
            (None, [only], _) | (None, _, [only]) => Some(only),
            (None, _, _) => None,
            (Some(_), _, _) => named,
        };
        match found {
            Some((number, name)) => {
                self.session.end(*number).await;
                self.session.say(&format!("{name} is stopped."));
            }
            None if running.is_empty() => self.session.say("Nothing runs in the background."),
            None => {
                let names: Vec<&str> = running.iter().map(|(_, name)| name.as_str()).collect();
                // What was begun last is what one most likely has enough of.
                let newest = own.last().or(running.last()).map_or("", |(_, name)| name.as_str());
                self.session.say(&format!("Stop which? These run: {}. As: stop {newest}", names.join(", ")));
            }
        }
    }

    pub(super) fn key(&mut self, attempt: &mut Attempt<'_>, key: Key) -> Option<Turn> {
        match key {
            Key::Hint => {
                self.hint(attempt);
                None
            }
            Key::Keys => {
                self.keys();
                self.list_running();
                None
            }
            Key::Back => Some(Turn::Back),
            Key::Skip if attempt.passed => Some(Turn::Next),
            Key::Skip => Some(Turn::Skip),
            Key::Menu => Some(Turn::Menu),
            Key::Quit => Some(Turn::Leave),
            Key::Lesson | Key::Close => {
                self.session.say("You are at the lesson's prompt already.");
                None
            }
        }
    }

    pub(super) fn hint(&mut self, attempt: &Attempt<'_>) {
        let hints = &attempt.task.hints;
        let at = (self.hints as usize).min(hints.len().saturating_sub(1));
        let Some(text) = hints.get(at).cloned() else {
            self.session.say("This step has no hints.");
            return;
        };
        self.hints = self.hints.max(at as u32 + 1);
        let change = Change::Hinted { step: attempt.step.id.clone(), n: at as u32 + 1 };
        self.save(attempt.lesson, change);
        let style = *self.session.desk.style();
        self.session.desk.lines(verdict(
            "HINT",
            "",
            &format!("{} of {}", at + 1, hints.len()),
            Role::What,
            &style,
        ));
        self.prose(attempt.lesson, &text);
    }

    /// What runs in the background, where anything does.
    pub(super) fn list_running(&mut self) {
        let running: Vec<String> = self
            .session
            .running()
            .map(|member| {
                let program = if member.shell { "" } else { "netlearn " };
                format!("{}: {program}{}", self.session.name(member), member.line)
            })
            .collect();
        if !running.is_empty() {
            self.session.say(&format!("Running: {}", running.join("; ")));
        }
    }
}

/// Whether a line begins with the name of a program that this machine has. `GET` at the wrong prompt is a request.
fn other_program(line: &str) -> bool {
    let name = line.split_whitespace().next().unwrap_or_default();
    let plain = name.chars().any(|c| c.is_ascii_lowercase()) && !name.contains(['/', '\\']);
    plain && machine::program_path(name).is_some()
}
