//! The command line: the only file that knows clap. Flags become a [`Command`]; nothing is done here.

use std::ffi::OsString;

use clap::{CommandFactory as _, FromArgMatches as _};

use arguments::{Cli, ColorArg, LevelArg, ManArgs, ShowArgs, Sub, ViewArg};

use crate::command::generated::Generated;
use crate::command::serve::Protocol;
use crate::command::{ColorChoice, Command, Context, Level, Show, Stop, View, explain, ports, replay, tour};

mod arguments;
mod connect;
mod experiment;
mod generate;
mod get;
mod lab;
mod lesson;
mod menu;
mod mistake;
mod own;
mod parse;
mod question;
mod reach;
mod resolve;
mod serve;
mod udp;
mod unix;

/// Why there is nothing to run: help, the version, or a wrong command line.
#[derive(Debug)]
pub struct End(clap::Error);

impl End {
    /// Prints it where it belongs and gives the exit code: 0 for help and version, 2 for a mistake.
    pub fn show(&self) -> u8 {
        use std::io::Write as _;
        let written = self.0.print().and_then(|()| std::io::stdout().flush());
        match written {
            // A closed pipe is a normal end. Where a mistake cannot be told, its code still can.
            Err(error) if mistake::shows(&self.0) && error.kind() != std::io::ErrorKind::BrokenPipe => {
                crate::command::cannot_write("stdout", &error).0
            }
            Ok(()) | Err(_) => u8::try_from(self.0.exit_code()).unwrap_or(2),
        }
    }
}

/// Turns the arguments into a command and its context.
///
/// # Errors
/// [`End`], which says the argument and shows a right one.
pub fn parse(arguments: impl IntoIterator<Item = OsString>, stop: Stop) -> Result<(Command, Context), End> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    parsed(&arguments, stop, Bodies::Read)
        .map_err(|End(error)| End(mistake::guided(error, &arguments, mistake::within_terminal)))
}

/// The same for a line that another process will run: the file or the stdin that its `-d @` names is left for that one.
fn parse_for_another(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, End> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    let parsed = parsed(&arguments, Stop::default(), Bodies::Unread);
    parsed
        .map(|(command, _)| command)
        .map_err(|End(error)| End(mistake::guided(error, &arguments, str::to_owned)))
}

/// What becomes of `-d @FILE`.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Bodies {
    Read,
    Unread,
}

fn parsed(arguments: &[OsString], stop: Stop, bodies: Bodies) -> Result<(Command, Context), End> {
    let mut reader = Cli::command();
    let read = reader.try_get_matches_from_mut(arguments).and_then(|mut matches| {
        Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut reader))
    });
    let mut cli = match read {
        Ok(cli) => cli,
        Err(error) if menu::wanted(&error) => return menu::menu(error, arguments, stop),
        Err(error) => return Err(End(error)),
    };
    if let (Sub::Get(args), Bodies::Unread) = (&mut cli.command, bodies) {
        args.data = args.data.take().map(|text| text.trim_start_matches('@').to_owned());
    }
    let show = show(&cli.show, &cli.command)?;
    let line = parse::masked(arguments);
    let output = match &cli.command {
        Sub::Get(args) => args.output.as_ref(),
        Sub::Connect(args) => args.output.as_ref(),
        Sub::Resolve(_)
        | Sub::Lab(_)
        | Sub::Serve(_)
        | Sub::Ports(_)
        | Sub::Tour(_)
        | Sub::Lesson(_)
        | Sub::Explain(_)
        | Sub::Replay(_)
        | Sub::Completions(_)
        | Sub::Doctor(_)
        | Sub::Man(_)
        | Sub::Schema => None,
    };
    if output.is_some() && output == show.record.as_ref() {
        return Err(End(parse::wrong(
            "--record and -o name one file: netlearn get :3000/ -o page.html --record run.jsonl",
        )));
    }
    if show.record.is_some()
        && let Some(name) = without_events(&cli.command)
    {
        return Err(End(parse::wrong(format!(
            "--record and {name} do not go together, {name} makes no events: netlearn tour --record run.jsonl",
        ))));
    }
    if show.json
        && let Some(name) = without_events(&cli.command)
        && !is_json(&cli.command)
    {
        return Err(End(parse::wrong(format!(
            "--json and {name} do not go together, {name} makes no events: netlearn doctor --json",
        ))));
    }
    let command = command(cli.command)?;
    let own = own::words(&reader, &line);
    Ok((command, Context { line, own, show, stop }))
}

/// The name of a command that makes no events, so that nothing can be kept of it.
fn without_events(command: &Sub) -> Option<&'static str> {
    match command {
        Sub::Replay(_) => Some("replay"),
        Sub::Explain(_) => Some("explain"),
        Sub::Completions(_) => Some("completions"),
        Sub::Man(_) => Some("man"),
        Sub::Schema => Some("schema"),
        Sub::Lesson(args) => args.without_events(),
        Sub::Get(_)
        | Sub::Connect(_)
        | Sub::Resolve(_)
        | Sub::Lab(_)
        | Sub::Serve(_)
        | Sub::Ports(_)
        | Sub::Tour(_)
        | Sub::Doctor(_) => None,
    }
}

/// A replay shows the events of others, a report and the schema are JSON of their own.
fn is_json(command: &Sub) -> bool {
    matches!(command, Sub::Replay(_) | Sub::Schema)
        || matches!(command, Sub::Lesson(args) if args.is_report())
}

fn show(args: &ShowArgs, command: &Sub) -> Result<Show, End> {
    let level = match args.explain {
        LevelArg::None => Level::None,
        LevelArg::Brief => Level::Brief,
        LevelArg::Full => Level::Full,
    };
    let usual = match command {
        Sub::Ports(_) => View::Table,
        Sub::Resolve(args) if args.trace => View::Path,
        Sub::Lab(args) if args.counts || args.cache => View::Table,
        Sub::Resolve(_)
        | Sub::Lab(_)
        | Sub::Serve(_)
        | Sub::Connect(_)
        | Sub::Get(_)
        | Sub::Tour(_)
        | Sub::Lesson(_)
        | Sub::Explain(_)
        | Sub::Replay(_)
        | Sub::Completions(_)
        | Sub::Doctor(_)
        | Sub::Man(_)
        | Sub::Schema => View::Narration,
    };
    Ok(Show {
        level: if args.quiet {
            Level::None
        } else if args.verbose {
            Level::Full
        } else {
            level
        },
        view: match args.view {
            None => usual,
            Some(ViewArg::Narration) => View::Narration,
            Some(ViewArg::Ladder) => View::Ladder,
            Some(ViewArg::Hex) => View::Hex,
            Some(ViewArg::Waterfall) => View::Waterfall,
            Some(ViewArg::Table) => View::Table,
            Some(ViewArg::Path) => View::Path,
        },
        json: args.json,
        record: args.record.clone(),
        color: match args.color {
            ColorArg::Auto => ColorChoice::Auto,
            ColorArg::Always => ColorChoice::Always,
            ColorArg::Never => ColorChoice::Never,
        },
        ascii: args.ascii,
        secrets: args.secrets,
    })
}

fn command(sub: Sub) -> Result<Command, End> {
    Ok(match sub {
        Sub::Serve(args) if args.what.as_deref() == Some("unix") => {
            udp::serve_stream(&args)?;
            serve::drawn(&args, false, parse::USUAL_PORT)?;
            let path = unix::serve_path(&args).map_err(End)?;
            Command::ServeUnix(path, serve::options(*args, Protocol::Unix, 0)?)
        }
        Sub::Serve(args) if args.what.as_deref() == Some("udp") => {
            serve::drawn(&args, false, parse::USUAL_PORT)?;
            Command::ServeUdp(udp::serve(*args)?)
        }
        Sub::Serve(args) => {
            udp::serve_stream(&args)?;
            let place = args.place.as_deref().map(parse::port_word).transpose().map_err(End)?;
            let (protocol, port) =
                parse::serve_place(args.what.as_deref(), place.or(args.port)).map_err(End)?;
            let drawn = serve::drawn(&args, protocol == Protocol::Http, port)?;
            let options = serve::options(*args, protocol, port)?;
            if drawn { Command::ServeDrawn(options) } else { Command::Serve(options) }
        }
        Sub::Connect(args) => Command::Connect(connect::options(*args)?),
        Sub::Get(args) => Command::Get(get::options(*args)?),
        Sub::Resolve(args) => Command::Resolve(resolve::options(*args)?),
        Sub::Lab(args) => Command::Lab(lab::options(*args)),
        Sub::Ports(args) => {
            unix::ports(&args).map_err(End)?;
            Command::Ports(ports::Options {
                port: args.port,
                all: args.all,
                unix: args.unix,
                watch: args.watch.then_some(args.interval),
                attempt: args.attempt,
                probe: args.probe,
            })
        }
        Sub::Tour(args) => Command::Tour(tour::Options { all: args.all }),
        Sub::Lesson(args) => Command::Lesson(Box::new(lesson::options(*args))),
        Sub::Explain(args) => {
            Command::Explain(explain::Options { term: (!args.term.is_empty()).then(|| args.term.join(" ")) })
        }
        Sub::Replay(args) => Command::Replay(replay::Options { files: args.files, step: args.step }),
        Sub::Doctor(_) => Command::Doctor,
        Sub::Completions(args) => Command::Generated(generate::completions(args.shell)),
        Sub::Man(args) => Command::Generated(man(args)?),
        Sub::Schema => Command::Schema,
    })
}

fn man(args: ManArgs) -> Result<Generated, End> {
    let made = match (args.dir, args.command) {
        (Some(folder), _) => generate::pages().map(|pages| Generated::Written { folder, pages }),
        (None, None) => generate::page(),
        (None, Some(name)) => match generate::page_of(&name) {
            Some(page) => page,
            None => {
                return Err(End(parse::wrong(format!(
                    "there is no command {name:?} and so no page of it: netlearn man"
                ))));
            }
        },
    };
    made.map_err(|error| End(parse::wrong(format!("the page could not be made: {error}"))))
}
