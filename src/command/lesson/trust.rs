//! Which lines of a foreign lesson are not run unread: those that do more than open sockets and show what passes.

use super::line::{self, Typed};
use crate::lesson::{Kind, Lesson, Step, Task};

/// Options that write a file, or read one of the machine's to serve or to send it.
const FILES: [&str; 7] = ["--output", "--record", "--ca-out", "--export", "--dir", "--files", "--data=@"];

/// Commands that write files by themselves.
const WRITING: [&str; 2] = ["lesson", "man"];

/// A line, and what it does beyond.
#[derive(Clone, Copy, Debug)]
pub(super) struct Beyond<'a> {
    pub(super) step: &'a Step,
    pub(super) line: &'a str,
    pub(super) what: &'static str,
}

/// The first such line among all that a check would run.
pub(super) fn checked(lesson: &Lesson) -> Option<Beyond<'_>> {
    first(lesson, |task| {
        let wrong = task.wrong.iter().flat_map(|wrong| &wrong.input);
        task.setup.run.iter().chain(&task.solution).chain(wrong).collect()
    })
}

/// The first such line among those that the lesson starts by itself.
pub(super) fn started(lesson: &Lesson) -> Option<Beyond<'_>> {
    first(lesson, |task| task.setup.run.iter().collect())
}

fn first<'a>(lesson: &'a Lesson, lines: impl Fn(&'a Task) -> Vec<&'a String>) -> Option<Beyond<'a>> {
    lesson.steps.iter().find_map(|step| {
        let Kind::Do(task) = &step.kind else { return None };
        let tasks = std::iter::once(task.as_ref()).chain(task.without.as_deref());
        tasks.flat_map(&lines).find_map(|line| Some(Beyond { step, line, what: beyond(line)? }))
    })
}

/// What a line does that nobody expects of a lesson. A line that is only sent to a server may look like one that is run; it is
/// read then for nothing.
fn beyond(text: &str) -> Option<&'static str> {
    let words = match line::command(text) {
        Typed::Shell(_) => return Some("a line for the shell"),
        Typed::Netlearn(words) => words,
        Typed::Nothing | Typed::Key(_) | Typed::Client(_) | Typed::Stop(_) | Typed::Unclear(_) => {
            return None;
        }
    };
    let command = words.iter().find(|word| !word.starts_with('-'))?;
    if WRITING.contains(&command.as_str()) {
        return Some("a command that writes files");
    }
    let known = ["serve", "connect", "get", "resolve", "ports", "lab", "explain", "replay", "doctor", "tour"];
    if !known.contains(&command.as_str()) {
        return None;
    }
    let file = words.iter().zip(words.iter().skip(1).map(Some).chain([None])).any(|(word, next)| {
        let short = word.starts_with('-') && !word.starts_with("--");
        let data = matches!(word.as_str(), "-d" | "--data") && next.is_some_and(|next| next.starts_with('@'));
        FILES.iter().any(|option| word.starts_with(option))
            || data
            || short && (word.contains('o') || word.starts_with("-d@"))
    });
    file.then_some("a command that writes or reads a file")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_writes_files_or_runs_programs_is_told_from_what_opens_sockets() {
        for line in [
            "serve tcp {p} --silent",
            "connect -C localhost:{p}",
            "get localhost:{p} --timeout 1",
            "get -I localhost:{p}",
            "connect -U {sock} --size 10M --counters",
            "lab --ports {dns},{http},{https}",
            "hello -o world",
            ":eof",
            "",
            "GET / HTTP/1.1",
        ] {
            assert_eq!(beyond(line), None, "{line}");
        }
        for line in [
            "!rm x",
            " ! rm x",
            "$ !rm x",
            "get localhost:{p} -o x",
            "get localhost:{p} -ox",
            "get -io x localhost:{p}",
            "get localhost:{p} --output=x",
            "-q get localhost:{p} -o x",
            "netlearn get localhost:{p} --output x",
            "serve --record x",
            "serve --tls --ca-out x",
            "serve --files /",
            "get localhost:{p} -d @/etc/hosts",
            "get localhost:{p} -d@/etc/hosts",
            "get localhost:{p} --data @x",
            "lab --export x",
            "man --dir x",
            "lesson new x",
        ] {
            assert!(beyond(line).is_some(), "{line}");
        }
    }
}
