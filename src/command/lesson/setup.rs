//! What a task needs before the learner begins: ports, paths, and programs that the lesson itself starts.

use std::net::{Ipv4Addr, TcpListener};

use super::jobs::Program;
use super::line::{self, Manners, Parser};
use super::session::{Happening, Member, Session};
use crate::event::EventKind;
use crate::event::ports::Socket;
use crate::event::tcp::Protocol;
use crate::explain;
use crate::lesson::text::Value;
use crate::lesson::{Kind, Lesson, Setup};
use crate::net::kernel::{self, Filter};
use crate::net::server::bind::{LOOPBACK, is_free};
use crate::render::lesson::verdict;
use crate::render::style::Role;

/// What kept a setup from being made.
#[derive(Debug)]
pub(super) enum Hindered {
    /// The run was told to end, or the learner pressed Ctrl-C.
    Told,
    /// In words.
    By(String),
}

/// Makes everything that `setup` asks for. `usual`: the port that is tried first.
///
/// # Errors
/// A program of the setup could not be started.
pub(super) async fn prepare(
    session: &mut Session,
    setup: &Setup,
    parser: Parser,
    usual: Option<u16>,
) -> Result<(), Hindered> {
    if setup.fresh {
        session.end_quietly().await;
    }
    for name in &setup.free_ports {
        let port = free_port(session, name, usual);
        session.values.set(name, Value::Number(i64::from(port)));
    }
    for name in &setup.closed_ports {
        let port = system_port();
        session.values.set(name, Value::Number(i64::from(port)));
    }
    for name in &setup.paths {
        let path = session.private.path().join(format!("{name}.sock"));
        session.values.set(name, Value::Text(path.display().to_string()));
    }
    for command in &setup.run {
        run(session, command, parser).await?;
    }
    Ok(())
}

/// Chooses the ports of a whole lesson: predictions name them before a task needs them.
pub(super) fn ports(session: &mut Session, lesson: &Lesson, usual: Option<u16>) {
    for step in &lesson.steps {
        let Kind::Do(task) = &step.kind else { continue };
        for name in &task.setup.free_ports {
            if session.values.get(name).is_none() {
                let port = free_port(session, name, usual);
                session.values.set(name, Value::Number(i64::from(port)));
            }
        }
        for name in &task.setup.closed_ports {
            session.values.set(name, Value::Number(i64::from(system_port())));
        }
    }
}

/// The number that a value holds.
pub(super) fn port_of(session: &Session, name: &str) -> Option<u16> {
    match session.values.get(name) {
        Some(Value::Number(number)) => u16::try_from(*number).ok(),
        Some(_) | None => None,
    }
}

/// A port that is free, or that a program of this lesson has: the one from before where that is so.
fn free_port(session: &mut Session, name: &str, usual: Option<u16>) -> u16 {
    let known = port_of(session, name);
    if let Some(port) = known
        && (is_free(&LOOPBACK, port) || ours(session, port))
    {
        return port;
    }
    let Some(usual) = usual else { return system_port() };
    let wanted = known.unwrap_or(usual);
    let named = named_ports(session);
    if !named.contains(&wanted) && is_free(&LOOPBACK, wanted) {
        return wanted;
    }
    let port = another(session, wanted);
    // A port that another name of this lesson has is no news, and nor is one whose owner was named before.
    if (known.is_some() || !named.contains(&wanted)) && session.taken.insert(wanted) {
        let held = held_by(wanted);
        not_yours(session, wanted, port, &held);
    }
    port
}

/// Numbers that the lesson's prose uses already.
fn named_ports(session: &Session) -> Vec<u16> {
    let number =
        |value: &Value| if let Value::Number(number) = value { u16::try_from(*number).ok() } else { None };
    session.values.iter().filter_map(|(_, value)| number(value)).collect()
}

/// A free port near one that cannot be had.
pub(super) fn another(session: &Session, taken: u16) -> u16 {
    let named = named_ports(session);
    let near = taken.saturating_add(1)..=taken.saturating_add(500);
    near.into_iter()
        .find(|port| !named.contains(port) && is_free(&LOOPBACK, *port))
        .unwrap_or_else(system_port)
}

/// Whether a program that this lesson started, or the learner in it, listens at that port.
pub(super) fn ours(session: &Session, port: u16) -> bool {
    let told = session.running().any(|member| {
        session.events(member).any(|seen| match seen.event.as_ref().map(|event| &event.kind) {
            Some(EventKind::Listening(facts)) => {
                facts.ends.local.as_ref().and_then(|address| address.port()) == Some(port)
            }
            Some(EventKind::LabStarted(facts)) => {
                [facts.ports.dns, facts.ports.http, facts.ports.https].contains(&port)
            }
            Some(_) | None => false,
        })
    });
    told || listener(session, port).is_some()
}

/// The program of this lesson that listens there, by the system's table.
pub(super) fn listener(session: &Session, port: u16) -> Option<&Member> {
    let listeners = listeners(port);
    let mut owners = listeners.iter().flat_map(|socket| socket.owners.iter());
    owners.find_map(|owner| session.of_process(owner.pid))
}

/// Whether a program listens at that port that is neither of this lesson nor anything that the lesson tells the learner to run in
/// another terminal: a netlearn, or a program of the lesson's.
pub(super) fn held_by_another(session: &Session, lesson: &Lesson, port: u16) -> bool {
    let told = |command: &str| {
        let program = command.split(' ').next().unwrap_or_default();
        let netlearn = program.rsplit(['/', '\\']).next().is_some_and(|name| name.starts_with("netlearn"));
        netlearn || lesson.programs.iter().any(|program| command.contains(&program.name))
    };
    let listeners = listeners(port);
    let learners = listeners.iter().flat_map(|socket| socket.owners.iter()).any(|owner| told(&owner.command));
    !listeners.is_empty() && !learners && !ours(session, port)
}

/// Sockets of TCP that listen there, as far as the system tells.
fn listeners(port: u16) -> Vec<Socket> {
    let filter = Filter { protocols: vec![Protocol::Tcp], port: Some(port), listeners: true, owners: true };
    let sockets = kernel::sockets(&filter).map(|table| table.sockets).unwrap_or_default();
    sockets.into_iter().filter(Socket::listens).collect()
}

/// Says who has a port, and which one the lesson uses instead.
pub(super) fn not_yours(session: &mut Session, taken: u16, instead: u16, held: &str) {
    let style = *session.desk.style();
    let text = format!("port {taken} {held}. This lesson now uses {instead}.");
    session.desk.lines(verdict("NOT YOU", "", &text, Role::What, &style));
}

/// `belongs to postgres (pid 812)`, as far as the system tells.
pub(super) fn held_by(port: u16) -> String {
    let filter = Filter { protocols: vec![Protocol::Tcp], port: Some(port), listeners: false, owners: true };
    let Ok(table) = kernel::sockets(&filter) else { return "is taken".to_owned() };
    let holder = table.sockets.iter().find(|socket| socket.listens()).or(table.sockets.first());
    match holder {
        Some(socket) => format!("belongs to {}", explain::ports::cells::holder(socket).whole()),
        None => "is taken".to_owned(),
    }
}

/// One that the system gives: bound, and let go again.
fn system_port() -> u16 {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
        .and_then(|listener| listener.local_addr())
        .map_or(0, |address| address.port())
}

/// Starts a program of the setup and waits until it is ready; the learner's own of the same words serves as well.
async fn run(session: &mut Session, command: &str, parser: Parser) -> Result<(), Hindered> {
    let written = command;
    let by = |what: String| Hindered::By(format!("`run` has `{written}`: {what}"));
    let command = session.values.command(command).map_err(|error| by(error.to_string()))?;
    if session.running().any(|member| member.line == command) {
        return Ok(());
    }
    let Some(words) = shlex::split(&command) else { return Err(by("a quote is open".to_owned())) };
    let unread =
        |text: String| text.lines().next().unwrap_or_default().trim_start_matches("error: ").to_owned();
    let parsed = (parser.0)(&words).map_err(|text| by(unread(text)))?;
    session.say(&format!("The lesson starts this for you:  netlearn {command}"));
    let manners = line::manners(&parsed);
    let number =
        session.start(Program::Netlearn(&words), &command, manners).map_err(|error| by(error.to_string()))?;
    if let Some(member) = session.member_mut(number) {
        member.given = true;
        // A lab's map and all that its servers are asked would fill the screen of whoever did not start it.
        member.mute = command.starts_with("lab");
    }
    match until_ready(session, number).await {
        Readiness::Ready | Readiness::Ended => {}
        Readiness::Told => return Err(Hindered::Told),
    }
    let ended = session.member(number).is_none_or(|member| member.ended);
    if let Some(member) = session.member_mut(number) {
        member.front = false;
    }
    if ended && manners == Manners::Background {
        return Err(by("it has ended".to_owned()));
    }
    Ok(())
}

/// How the waiting for a program's readiness ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Readiness {
    Ready,
    Ended,
    Told,
}

/// Waits until a program listens, is connected, or has ended. Ctrl-C interrupts the program.
pub(super) async fn until_ready(session: &mut Session, number: u32) -> Readiness {
    loop {
        match session.member(number) {
            None => return Readiness::Ended,
            Some(member) if member.ended => return Readiness::Ended,
            Some(member) if ready(session, member) => return Readiness::Ready,
            Some(_) => {}
        }
        match session.next(None).await {
            Happening::Told => return Readiness::Told,
            Happening::Interrupted => session.interrupt(number),
            Happening::Heard(_) | Happening::Changed | Happening::Due => {}
        }
    }
}

/// Whether a program has come as far as it can be used.
pub(super) fn ready(session: &Session, member: &Member) -> bool {
    let manners = member.manners;
    session.events(member).any(|seen| match seen.event.as_ref().map(|event| &event.kind) {
        Some(EventKind::Listening(facts)) => manners == Manners::Background && !facts.another,
        Some(EventKind::LabStarted(_) | EventKind::SocketsCounted(_)) => manners == Manners::Background,
        Some(EventKind::Connected(_) | EventKind::UdpConnected(_)) => manners == Manners::Client,
        Some(_) | None => false,
    })
}
