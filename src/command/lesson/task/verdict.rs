//! What the events say of an attempt, and how that is told; and the end of a run at whose keyboard nobody sits.

use std::time::Duration;

use super::{Attempt, SPOILED, WORDS, settles_at};
use crate::command::lesson::desk::Heard;
use crate::command::lesson::guide::{Guide, Turn};
use crate::command::lesson::session::Member;
use crate::command::lesson::{setup, table};
use crate::event::EventKind;
use crate::event::lesson as told;
use crate::lesson::Step;
use crate::lesson::expect::{Missing, Verdict, judge, measure};
use crate::lesson::log::Seen;
use crate::lesson::progress::{Change, Judged};
use crate::lesson::text::Values;
use crate::net::server::bind::{LOOPBACK, is_free};
use crate::render::lesson::{caret, verdict};
use crate::render::style::Role;

impl Guide {
    /// Says what the step still waits for, once what has ended had time to be told by all sides. `waits`: only time is missing.
    pub(super) async fn look(&mut self, attempt: &mut Attempt<'_>, waits: bool) {
        let now = self.session.now();
        if attempt.looks.is_none_or(|due| now < due) {
            return;
        }
        // What was typed since may decide it.
        attempt.looks = if self.settled(attempt, now) { None } else { settles_at(attempt, now) };
        if attempt.looks.is_some() || self.session.desk.scripted() {
            return;
        }
        if !waits && !attempt.passed && self.session.front().is_none() && !self.session.desk.has_lines() {
            self.open_verdict(attempt).await;
        }
    }

    /// Says what the step still waits for.
    pub(super) async fn open_verdict(&mut self, attempt: &mut Attempt<'_>) {
        if !attempt.passed
            && attempt.passes.is_none()
            && attempt.spoiled.is_none()
            && let Verdict::Open(missing) = self.verdict(attempt).await
        {
            self.not_yet(attempt, &missing);
        }
    }

    /// A port that another program has: not the learner's fault, and the lesson goes on with another.
    pub(super) fn moved(&mut self, attempt: &mut Attempt<'_>, member: &Member) -> bool {
        let taken =
            self.session.events(member).find_map(|seen| match seen.event.as_ref().map(|event| &event.kind) {
                Some(EventKind::ListenFailed(facts))
                    if facts.reason == crate::event::tcp::ListenFailure::AddressInUse =>
                {
                    facts.ends.local.as_ref().and_then(|address| address.port())
                }
                Some(_) | None => None,
            });
        let mut ports = self.ports(attempt);
        match taken {
            Some(taken) => ports.retain(|(_, port)| *port == taken),
            // What another program could not bind stands in its line, or within the program.
            None if member.in_use => {
                let words =
                    |line: &str| line.split(|c: char| !c.is_ascii_digit()).map(str::to_owned).collect();
                let words: Vec<String> = words(&member.line);
                ports.retain(|(_, port)| !is_free(&LOOPBACK, *port));
                ports.sort_by_key(|(_, port)| !words.contains(&port.to_string()));
            }
            None => return false,
        }
        let others = ports.iter().find(|(_, port)| !setup::ours(&self.session, *port)).cloned();
        let Some((name, port)) = others else {
            let own =
                ports.iter().find_map(|(_, port)| Some((*port, setup::listener(&self.session, *port)?)));
            if let Some((port, holder)) = own.filter(|(_, holder)| holder.shell) {
                let name = self.session.name(holder);
                self.session.say(&format!("Port {port} is held by {name} here: stop {name} frees it."));
            }
            return false;
        };
        self.move_on(attempt, &name, port);
        true
    }

    /// The ports of a task by name.
    fn ports(&self, attempt: &Attempt<'_>) -> Vec<(String, u16)> {
        let names = attempt.task.setup.free_ports.iter();
        names.filter_map(|name| Some((name.clone(), setup::port_of(&self.session, name)?))).collect()
    }

    /// The task's port belongs to another: its owner is named, and the task is told again with another port.
    fn move_on(&mut self, attempt: &mut Attempt<'_>, name: &str, port: u16) {
        self.hang_up(attempt);
        let before = setup::held_by(port);
        let instead = setup::another(&self.session, port);
        self.session.values.set(name, crate::lesson::text::Value::Number(i64::from(instead)));
        setup::not_yours(&mut self.session, port, instead, &before);
        self.save(
            attempt.lesson,
            Change::Judged { step: attempt.step.id.clone(), verdict: Judged::Environment },
        );
        self.tell_verdict(attempt, told::Verdict::Environment, None);
        self.again(attempt);
        attempt.task_lines = self.solution(attempt.task);
        attempt.todo = attempt.task_lines.clone();
        self.tell_step(attempt.lesson, attempt.step);
        self.task_prose(attempt.lesson, attempt.body, attempt.task);
    }

    /// The client whose prompt is there talks to the other program: what is typed next is not for that one.
    fn hang_up(&mut self, attempt: &mut Attempt<'_>) {
        let Some(number) = attempt.client.and_then(|letter| self.session.client(letter)).map(|it| it.number)
        else {
            return;
        };
        self.session.interrupt(number);
        if let Some(member) = self.session.member_mut(number) {
            // Its end is no attempt's.
            (member.left, member.mute) = (true, true);
        }
        self.away(attempt);
    }

    /// Judges the attempt as it is now; gives the moment to judge again where only time is missing.
    pub(super) async fn judge(&mut self, attempt: &mut Attempt<'_>) -> Option<Duration> {
        let now = self.session.now();
        if attempt.passed {
            return None;
        }
        if let Some(due) = attempt.passes {
            if now >= due && self.session.front().is_none() {
                self.pass(attempt);
            }
            return None;
        }
        if attempt.spoiled.is_some_and(|until| now >= until) {
            self.again(attempt);
        }
        if attempt.spoiled.is_some() {
            return None;
        }
        match self.verdict(attempt).await {
            Verdict::Pass { captured } => {
                for (name, value) in captured {
                    self.session.values.set(&name, value);
                }
                attempt.passes = Some(now + WORDS);
                None
            }
            Verdict::Wait { until } => Some(until),
            Verdict::Open(_) => None,
            Verdict::Broken(missing) => {
                self.not_yet(attempt, &missing);
                attempt.spoiled = Some(now + SPOILED);
                None
            }
        }
    }

    pub(super) async fn verdict(&self, attempt: &Attempt<'_>) -> Verdict {
        let check = &attempt.task.check;
        let tables: Vec<Seen> = if check.table.is_empty() {
            Vec::new()
        } else {
            table::rows(check, &attempt.counters, &self.session).await
        };
        let window = self.session.log.since(attempt.began);
        judge(check, window, &tables, &self.session.values, self.session.now())
    }

    /// Another attempt begins.
    pub(super) fn again(&mut self, attempt: &mut Attempt<'_>) {
        attempt.began = self.session.log.mark();
        attempt.counters = table::counters();
        attempt.quiet_told = false;
        attempt.spoiled = None;
        attempt.todo = attempt.task_lines.clone();
    }

    pub(super) fn pass(&mut self, attempt: &mut Attempt<'_>) {
        attempt.passed = true;
        attempt.passes = None;
        attempt.looks = None;
        let id = &attempt.step.id;
        let window = self.session.log.since(attempt.began);
        let mut kept = Values::default();
        for (name, value) in measure(&attempt.task.measure, window, &self.session.values) {
            kept.set(&format!("{id}.{name}"), value.clone());
            self.session.values.set(&format!("{id}.{name}"), value);
        }
        self.tell_verdict(attempt, told::Verdict::Pass, None);
        let style = *self.session.desk.style();
        self.session.desk.line("");
        self.session.desk.lines(verdict(
            "PASS",
            "",
            "The events show it. Why it worked:",
            Role::What,
            &style,
        ));
        self.prose(attempt.lesson, &attempt.task.why);
        if attempt.task.challenge {
            self.elsewhere(attempt.lesson, attempt.task);
        }
        if self.session.desk.asking() && !self.session.desk.scripted() {
            attempt.lingers = true;
            self.session.say("Enter goes on; you may go on trying first.");
        }
        // A disk may be slow: the learner reads meanwhile.
        self.save(attempt.lesson, Change::Judged { step: id.clone(), verdict: Judged::Pass });
        self.save(attempt.lesson, Change::Passed { step: id.clone(), values: kept });
    }

    pub(super) fn not_yet(&mut self, attempt: &mut Attempt<'_>, missing: &Missing) {
        // Enter alone, before anything was done, asks what is wanted and is no attempt.
        let tried = !self.session.log.since(attempt.began).is_empty();
        // Who talks to another's server by that has made no mistake.
        let held = |(_, port): &(String, u16)| setup::held_by_another(&self.session, attempt.lesson, *port);
        if tried && let Some((name, port)) = self.ports(attempt).into_iter().find(held) {
            self.move_on(attempt, &name, port);
            return;
        }
        attempt.not_yet += u32::from(tried);
        self.tell_verdict(attempt, told::Verdict::NotYet, Some(missing));
        let style = *self.session.desk.style();
        self.session.desk.lines(verdict("NOT YET", "expected", &missing.expected.text, Role::Bad, &style));
        if let Some(saw) = &missing.saw {
            self.session.desk.lines(verdict("", "saw", &saw.text, Role::Plain, &style));
            if let Some(line) = missing.part.and_then(|part| caret(part, &saw.text, &style)) {
                self.session.desk.line(&line);
            }
        }
        let hint =
            if attempt.not_yet >= 2 && self.hints == 0 { "h shows a hint" } else { "again, or h for a hint" };
        self.session.desk.lines(verdict("", "try", hint, Role::Plain, &style));
        if tried {
            let id = attempt.step.id.clone();
            self.save(attempt.lesson, Change::Judged { step: id, verdict: Judged::NotYet });
        }
    }

    pub(super) fn tell_verdict(
        &mut self,
        attempt: &Attempt<'_>,
        verdict: told::Verdict,
        missing: Option<&Missing>,
    ) {
        self.judged = Some(verdict);
        self.session.tell(told::Judged {
            lesson: attempt.lesson.id.clone(),
            step: attempt.step.id.clone(),
            verdict,
            expected: missing.map(|missing| missing.expected.text.clone()),
            saw: missing.and_then(|missing| missing.saw.as_ref()).map(|saw| saw.text.clone()),
        });
    }

    /// Lines of the answers file, to be typed at the prompts of this step.
    pub(super) fn type_script(&mut self, step: &Step) {
        if !self.session.desk.scripted() {
            return;
        }
        let lines: Vec<String> = self.answers.input(&step.id).unwrap_or_default().to_vec();
        let heard = lines.into_iter().map(|line| match line.trim() {
            ":eof" => Heard::End,
            _ => Heard::Line(self.session.values.command(&line).unwrap_or(line)),
        });
        let heard: Vec<Heard> = heard.collect();
        self.session.desk.types(heard);
    }

    /// Without a person at the keyboard nothing more comes once the last line was typed: then there is an end.
    pub(super) async fn unpersoned(&mut self, attempt: &mut Attempt<'_>) -> Option<Turn> {
        if !self.session.desk.scripted() || self.session.front().is_some() {
            return None;
        }
        if attempt.passed {
            return Some(Turn::Next);
        }
        if self.session.desk.has_lines() {
            return None;
        }
        if self.answers.input(&attempt.step.id).is_none() {
            if attempt.task.challenge {
                return Some(Turn::Skip);
            }
            self.unanswered(attempt.lesson, attempt.step, "input = [\"...\"]");
            return Some(Turn::Leave);
        }
        let now = self.session.now();
        let last = *attempt.last.get_or_insert(now + self.patience);
        let waits = attempt.spoiled.is_none() && matches!(self.verdict(attempt).await, Verdict::Wait { .. });
        if now < last || waits || attempt.passes.is_some() {
            return None;
        }
        if self.judged.is_none() {
            self.open_verdict(attempt).await;
        }
        let verdict = self.judged.map_or("not decided", words);
        self.stuck = Some(format!("{}: step {}: {verdict}", attempt.lesson.place, attempt.step.id));
        Some(Turn::Leave)
    }
}

/// A verdict as lesson files name it.
fn words(verdict: told::Verdict) -> &'static str {
    match verdict {
        told::Verdict::Pass => "pass",
        told::Verdict::NotYet => "not-yet",
        told::Verdict::Environment => "environment",
    }
}
