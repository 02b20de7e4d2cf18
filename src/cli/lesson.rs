//! `netlearn lesson`: its arguments, and the reader of command lines that a lesson is given.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{End, parse};
use crate::command::Command;
use crate::command::lesson::{Act, Fact, Guided, Options, Parser};

/// Learn by doing: predict, try it for real, see what happened and why
#[derive(Debug, Args)]
#[command(
    before_help = "  netlearn lesson\n  netlearn lesson list",
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true
)]
pub(super) struct LessonArgs {
    /// A lesson by its id or number, or the folder of one; without it, where you left off
    #[arg(value_name = "ID|DIR")]
    which: Option<String>,
    /// Begin at this step, by its id or number
    #[arg(long, value_name = "STEP")]
    from: Option<String>,
    /// Its questions and its challenge only: all right, and it counts as done
    #[arg(long, conflicts_with_all = ["from", "answers"])]
    test_out: bool,
    /// Answer from FILE instead of the keyboard
    #[arg(long, value_name = "FILE")]
    answers: Option<PathBuf>,
    /// As if this system did not tell these: tcp-info, counters, connections, lan, ipv6, unix
    #[arg(long, value_name = "FACT,...", value_delimiter = ',', value_parser = fact)]
    without: Vec<Fact>,
    /// Lines and numbers only, for terminals without a line editor
    #[arg(long)]
    plain: bool,
    #[command(flatten)]
    place: PlaceArgs,
    #[command(subcommand)]
    sub: Option<LessonSub>,
}

#[derive(Clone, Debug, Args)]
struct PlaceArgs {
    /// Lessons from DIR instead of netlearn's own
    #[arg(long, value_name = "DIR", global = true, value_parser = parse::folder)]
    lessons: Option<PathBuf>,
    /// Keep progress in FILE, where several people share an account
    #[arg(long, value_name = "FILE", global = true)]
    progress: Option<PathBuf>,
    /// The language of the lessons' text, by the name of its file
    #[arg(long, value_name = "LANG", global = true, default_value = "en")]
    language: String,
}

#[derive(Debug, Subcommand)]
enum LessonSub {
    /// The lessons, and how far you are
    #[command(before_help = "  netlearn lesson list\n  netlearn lesson list --lessons ./lessons")]
    List,
    /// Lint lessons and run them: solutions pass, untouched tasks and wrong attempts do not
    #[command(before_help = "  netlearn lesson check\n  netlearn lesson check ./my-lesson")]
    Check {
        /// A lesson's folder, or a folder of lessons; without it, netlearn's own
        #[arg(value_parser = parse::folder)]
        dir: Option<PathBuf>,
        /// Run the lines for the shell that a foreign lesson has
        #[arg(long)]
        allow_shell: bool,
    },
    /// Forget what you did in a lesson, or in all of them
    #[command(before_help = "  netlearn lesson reset one-server\n  netlearn lesson reset --all")]
    Reset {
        /// The lesson's id
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        id: Option<String>,
        /// All lessons
        #[arg(long)]
        all: bool,
    },
}

fn fact(text: &str) -> Result<Fact, String> {
    let names: Vec<&str> = Fact::NAMED.iter().map(|(name, _)| *name).collect();
    let found = Fact::NAMED.iter().find(|(name, _)| *name == text).map(|(_, fact)| *fact);
    found.ok_or_else(|| format!("a fact is one of {}; not {text:?}", names.join(", ")))
}

pub(super) fn options(args: LessonArgs) -> Options {
    let LessonArgs { which, from, test_out, answers, without, plain, place, sub } = args;
    let act = match sub {
        None => Act::Guide(Guided { which, from, answers, without, plain, test_out }),
        Some(LessonSub::List) => Act::List,
        Some(LessonSub::Check { dir, allow_shell }) => Act::Check { folder: dir, allow_shell },
        Some(LessonSub::Reset { id, .. }) => Act::Reset(id),
    };
    let PlaceArgs { lessons, progress, language } = place;
    Options { act, lessons, progress, language, parser: Parser(read) }
}

/// Reads a netlearn command as it is typed in a lesson; what is wrong with it in words.
fn read(words: &[String]) -> Result<Command, String> {
    let line = std::iter::once("netlearn").chain(words.iter().map(String::as_str)).map(OsString::from);
    super::parse_for_another(line).map_err(|End(error)| error.render().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_left_for_the_process_that_sends_it() {
        let read = |line: &str| read(&line.split(' ').map(str::to_owned).collect::<Vec<_>>());
        // From stdin it would take the learner's keys, from a file that is none it would fail here.
        for data in ["-d @-", "-d @/no/such/file", "--data=@-", "-d@/no/such/file"] {
            assert!(matches!(read(&format!("get :3000/ {data}")), Ok(Command::Get(_))), "{data}");
        }
    }
}
