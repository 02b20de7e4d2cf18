//! `netlearn lesson`: its arguments, and the reader of command lines that a lesson is given.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{End, parse};
use crate::command::Command;
use crate::command::lesson::{Act, Fact, Guided, Options, Parser, new, report};

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
    /// The port that the lesson tries first; 3000 where you do not say
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    port: Option<u16>,
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
#[command(defer = true)]
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
    /// Write the skeleton of a lesson of your own
    #[command(
        before_help = "  netlearn lesson new my-lesson\n  netlearn lesson new my-lesson --from run.jsonl"
    )]
    New {
        /// Its id: small letters, digits and -, a letter first
        id: String,
        /// The folder to make; without it, one of that name here
        dir: Option<PathBuf>,
        /// Take its task from what happened in a run (FILE is what --record wrote); more than once for server and client
        #[arg(long, value_name = "FILE")]
        from: Vec<PathBuf>,
    },
    /// A worksheet for paper, in Markdown
    #[command(
        before_help = "  netlearn lesson print 1\n  netlearn lesson print one-server --answers > answers.md"
    )]
    Print {
        /// A lesson by its id or number, or the folder of one
        #[arg(value_name = "ID|DIR")]
        which: String,
        /// With the right choices, what is said to the others, hints and solutions
        #[arg(long)]
        answers: bool,
    },
    /// Copy the programs of a lesson to where you can change them
    #[command(before_help = "  netlearn lesson files 1\n  netlearn lesson files one-server ./mine")]
    Files {
        /// A lesson by its id or number, or the folder of one
        #[arg(value_name = "ID|DIR")]
        which: String,
        /// The folder for them; without it, netlearn-ID here
        #[arg(value_name = "TO")]
        to: Option<PathBuf>,
    },
    /// What you did, for your teacher; or a table of what a class did
    #[command(
        before_help = "  netlearn lesson report --name Ada\n  netlearn lesson report --name Ada --json -o ada.json\n  netlearn lesson report --merge ./reports"
    )]
    Report {
        /// The name to hand it in under
        #[arg(long, required_unless_present = "merge", conflicts_with = "merge")]
        name: Option<String>,
        /// Count the reports in DIR, which --json wrote
        #[arg(long, value_name = "DIR", value_parser = parse::folder)]
        merge: Option<PathBuf>,
        /// Write it to FILE
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
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

impl LessonArgs {
    pub(super) fn is_report(&self) -> bool {
        matches!(self.sub, Some(LessonSub::Report { .. }))
    }

    /// Its name where it makes no events.
    pub(super) fn without_events(&self) -> Option<&'static str> {
        Some(match self.sub.as_ref()? {
            LessonSub::List => "lesson list",
            LessonSub::Check { .. } => "lesson check",
            LessonSub::New { .. } => "lesson new",
            LessonSub::Print { .. } => "lesson print",
            LessonSub::Files { .. } => "lesson files",
            LessonSub::Report { .. } => "lesson report",
            LessonSub::Reset { .. } => "lesson reset",
        })
    }
}

fn fact(text: &str) -> Result<Fact, String> {
    let names: Vec<&str> = Fact::NAMED.iter().map(|(name, _)| *name).collect();
    let found = Fact::NAMED.iter().find(|(name, _)| *name == text).map(|(_, fact)| *fact);
    found.ok_or_else(|| format!("a fact is one of {}; not {text:?}", names.join(", ")))
}

pub(super) fn options(args: LessonArgs) -> Options {
    let LessonArgs { which, from, test_out, answers, without, plain, port, place, sub } = args;
    let act = match sub {
        None => Act::Guide(Guided { which, from, answers, without, plain, test_out, port }),
        Some(LessonSub::List) => Act::List,
        Some(LessonSub::Check { dir, allow_shell }) => Act::Check { folder: dir, allow_shell },
        Some(LessonSub::Reset { id, .. }) => Act::Reset(id),
        Some(LessonSub::New { id, dir, from }) => Act::New(new::Wanted { id, folder: dir, recordings: from }),
        Some(LessonSub::Print { which, answers }) => Act::Print { which, answers },
        Some(LessonSub::Files { which, to }) => Act::Files { which, folder: to },
        Some(LessonSub::Report { name, merge, output }) => Act::Report(reported(name, merge, output)),
    };
    let PlaceArgs { lessons, progress, language } = place;
    Options { act, lessons, progress, language, parser: Parser(read) }
}

fn reported(name: Option<String>, merge: Option<PathBuf>, output: Option<PathBuf>) -> report::Wanted {
    let of = merge.map_or_else(|| report::Of::One(name.unwrap_or_default()), report::Of::All);
    report::Wanted { of, output }
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
