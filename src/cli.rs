//! The command line: the only file that knows clap. Flags become a [`Command`]; nothing is done here.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser as _;

use arguments::{
    Cli, ColorArg, ConnectArgs, GetArgs, LabArgs, LevelArg, ReachArgs, ResolveArgs, ServeArgs, ShowArgs, Sub,
    Text, ViewArg,
};

use crate::command::connect::Family;
use crate::command::generated::Generated;
use crate::command::serve::{Behaviour, Limits};
use crate::command::{
    ColorChoice, Command, Context, Level, Show, Stop, Trust, View, World, connect, explain, get, lab, ports,
    replay, resolve, serve, tour,
};

mod arguments;
mod generate;
mod mistake;
mod parse;
mod question;
mod unix;

/// Why there is nothing to run: help, the version, or a wrong command line.
#[derive(Debug)]
pub struct End(clap::Error);

impl End {
    /// Prints it where it belongs and gives the exit code: 0 for help and version, 2 for a mistake.
    pub fn show(&self) -> u8 {
        // A closed pipe is a normal end.
        let _ = self.0.print();
        u8::try_from(self.0.exit_code()).unwrap_or(2)
    }
}

/// Turns the arguments into a command and its context.
///
/// # Errors
/// [`End`], which says the argument and shows a right one.
pub fn parse(arguments: impl IntoIterator<Item = OsString>, stop: Stop) -> Result<(Command, Context), End> {
    let arguments: Vec<OsString> = arguments.into_iter().collect();
    parsed(&arguments, stop).map_err(|End(error)| End(mistake::guided(error, &arguments)))
}

fn parsed(arguments: &[OsString], stop: Stop) -> Result<(Command, Context), End> {
    let cli = Cli::try_parse_from(arguments).map_err(End)?;
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
    let command = command(cli.command)?;
    Ok((command, Context { line, show, stop }))
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
            let path = unix::serve_path(&args).map_err(End)?;
            Command::ServeUnix(path, serve_options(*args, serve::Protocol::Unix, 0)?)
        }
        Sub::Serve(args) => {
            let place = args.place.as_deref().map(parse::port_word).transpose().map_err(End)?;
            let (protocol, port) =
                parse::serve_place(args.what.as_deref(), place.or(args.port)).map_err(End)?;
            Command::Serve(serve_options(*args, protocol, port)?)
        }
        Sub::Connect(args) => Command::Connect(connect_options(*args)?),
        Sub::Get(args) => Command::Get(get_options(*args)?),
        Sub::Resolve(args) => Command::Resolve(resolve_options(*args)?),
        Sub::Lab(args) => Command::Lab(lab_options(*args)),
        Sub::Ports(args) => {
            unix::ports(&args).map_err(End)?;
            Command::Ports(ports::Options {
                port: args.port,
                all: args.all,
                unix: args.unix,
                watch: args.watch.then_some(args.interval),
                attempt: args.attempt,
            })
        }
        Sub::Tour(args) => Command::Tour(tour::Options { all: args.all }),
        Sub::Explain(args) => {
            Command::Explain(explain::Options { term: (!args.term.is_empty()).then(|| args.term.join(" ")) })
        }
        Sub::Replay(args) => Command::Replay(replay::Options { file: args.file, step: args.step }),
        Sub::Doctor(_) => Command::Doctor,
        Sub::Completions(args) => Command::Generated(generate::completions(args.shell)),
        Sub::Man(args) => Command::Generated(man(args.dir)?),
        Sub::Schema => Command::Schema,
    })
}

fn serve_options(args: ServeArgs, protocol: serve::Protocol, port: u16) -> Result<serve::Options, End> {
    let behaviour = if let Some(text) = args.reply {
        Behaviour::Reply(text.0)
    } else if let Some(text) = args.greet {
        Behaviour::Greet(text.0)
    } else if args.echo {
        Behaviour::Echo
    } else if args.silent {
        Behaviour::Silent
    } else if let Some(folder) = args.files {
        Behaviour::Files(folder)
    } else if let Some(fault) = args.fault {
        Behaviour::Fault(fault)
    } else {
        Behaviour::Usual
    };
    let http_only = matches!(behaviour, Behaviour::Files(_) | Behaviour::Fault(_));
    if http_only && protocol != serve::Protocol::Http {
        return Err(End(parse::wrong("--files and --fault are for http: netlearn serve http --files .")));
    }
    Ok(serve::Options {
        protocol,
        port,
        hosts: args.host,
        behaviour,
        pause_read: args.pause_read,
        drip: args.drip,
        tls: args.tls,
        authority: args.ca_out,
        count: args.count,
        limits: Limits {
            connections: args.max_connections,
            head: args.max_head,
            body: args.max_body,
            idle: args.idle,
        },
    })
}

impl ReachArgs {
    fn family(&self) -> Family {
        match (self.v4, self.v6) {
            (true, _) => Family::V4,
            (_, true) => Family::V6,
            (false, false) => Family::Any,
        }
    }

    fn world(self) -> World {
        let trust = match self.cacert {
            Some(file) => Trust::File(file),
            None if self.insecure => Trust::Nobody,
            None => Trust::System,
        };
        World { routes: self.resolve, trust, ..World::default() }
    }
}

fn connect_options(args: ConnectArgs) -> Result<connect::Options, End> {
    unix::connect(&args).map_err(End)?;
    let (host, port) = match &args.target {
        Some(target) => parse::target(target, args.port).map_err(End)?,
        None => Default::default(),
    };
    Ok(connect::Options {
        unix: args.unix,
        host,
        port,
        family: args.reach.family(),
        tls: args.tls,
        lab: args.reach.lab,
        world: args.reach.world(),
        output: args.output,
        only_connect: args.only_connect,
        send: args.send.into_iter().map(|text| text.0).collect(),
        crlf: args.crlf,
        source_port: args.source_port,
        timeout: args.timeout,
    })
}

fn resolve_options(args: ResolveArgs) -> Result<resolve::Options, End> {
    let asked = question::questions(&args.words, &args.types, &args.reverse).map_err(End)?;
    if args.lab && asked.server.is_some() {
        return Err(End(parse::wrong(
            "--lab and @SERVER are two worlds: netlearn resolve shop.test --lab, or netlearn resolve shop.test @127.53.0.53:5300",
        )));
    }
    if args.trace && asked.server.is_some() {
        return Err(End(parse::wrong(
            "--trace asks every server itself, from the root: leave @SERVER out, or begin elsewhere with --root ADDR",
        )));
    }
    Ok(resolve::Options {
        questions: asked.questions,
        server: asked.server,
        trace: args.trace,
        root: args.root,
        tcp: args.tcp,
        recursion_desired: !args.no_recurse,
        short: args.short,
        lab: args.lab,
        timeout: args.timeout,
    })
}

fn man(folder: Option<PathBuf>) -> Result<Generated, End> {
    let made = match folder {
        None => generate::page(),
        Some(folder) => generate::pages().map(|pages| Generated::Written { folder, pages }),
    };
    made.map_err(|error| End(parse::wrong(format!("the page could not be made: {error}"))))
}

fn lab_options(args: LabArgs) -> lab::Options {
    let act = if args.counts {
        lab::Act::Counts
    } else if args.cache {
        lab::Act::Cache
    } else if let Some(folder) = args.export {
        lab::Act::Export(folder)
    } else {
        lab::Act::Run
    };
    let ports = match args.ports {
        Some(ports) => lab::Ports::Given(ports),
        None if args.real_ports => lab::Ports::Real,
        None => lab::Ports::Planned,
    };
    lab::Options { act, faults: args.fault, ports, authority: args.ca_out, one_address: args.one_address }
}

fn get_options(args: GetArgs) -> Result<get::Options, End> {
    let data = args.data.as_deref().map(parse::data).transpose().map_err(End)?;
    Ok(get::Options {
        urls: args.urls,
        method: args.request,
        headers: args.header,
        data,
        head: args.head,
        include: args.include,
        follow: args.location,
        fail: args.fail,
        output: args.output,
        family: args.reach.family(),
        lab: args.reach.lab,
        world: args.reach.world(),
        close: args.close,
        curl: args.curl,
        timeout: args.timeout,
        total: args.max_time,
    })
}
