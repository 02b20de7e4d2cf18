//! A task taken from recorded runs: their commands are its solution, what passed is what it expects.

use std::path::{Path, PathBuf};

use super::lines::{PATHS, PORTS, Places, doubled, in_lab, kept, masked, own_port, quoted, toml};
use super::run::{Expected, Run, Talk, Term, Unread};
use crate::command::lesson::Parser;
use crate::command::lesson::line::{Manners, manners};
use crate::event::tcp::Protocol;
use crate::event::{Flow, Side};
use crate::explain::Explanation;

/// The pieces of a lesson's files that a recording gives.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawn {
    /// Comment lines: the commands of the recordings.
    pub(super) commands: String,
    pub(super) setup: String,
    pub(super) expect: Vec<String>,
    pub(super) measures: String,
    pub(super) solution: String,
    pub(super) wrong: String,
    /// What the prose says is to be typed.
    pub(super) typed: Vec<String>,
    /// A sentence for the prose that names the measures.
    pub(super) measured: String,
    /// What the prose says after the commands.
    pub(super) then: String,
}

/// Reads recordings and draws a task from them.
///
/// # Errors
/// A recording that no lesson can be made of, and what to record instead.
pub(super) fn draw(files: &[PathBuf], parser: Parser) -> Result<Drawn, Box<Explanation>> {
    let mut runs = Vec::new();
    for file in files {
        let run = Run::read(file).map_err(|unread| Box::new(unreadable(file, &unread)))?;
        if let Some(words) = useless(file, &run) {
            return Err(Box::new(words));
        }
        runs.push(run);
    }
    // A server is there before its clients.
    runs.sort_by(|one, other| other.serves().cmp(&one.serves()).then(one.began.total_cmp(&other.began)));
    let mut task = Recorded { places: Places::default(), lines: Vec::new(), run: Vec::new(), cut: false };
    runs.iter().for_each(|run| task.places.learn(run));
    if let Some(words) = task.places.unnamed(&runs) {
        return Err(Box::new(words));
    }
    for run in &runs {
        task.command(run, parser);
    }
    let served = runs.iter().any(Run::serves);
    let called = runs.iter().any(|run| !run.serves());
    match runs.first() {
        Some(server) if served && !called => task.clients(server),
        Some(client) if !served => task.servers(client),
        Some(_) | None => {}
    }
    Ok(task.drawn(&runs, served))
}

fn unreadable(file: &Path, unread: &Unread) -> Explanation {
    let name = file.display();
    let what = match unread {
        Unread::Open(error) => format!("{name} cannot be read: {error}"),
        Unread::Damaged(error) => format!("{name}, {error}"),
    };
    Explanation::step("recording", what)
        .then("netlearn connect localhost 3000 --record run.jsonl", "writes a recording")
}

/// Why no lesson can be made of a run.
fn useless(file: &Path, run: &Run) -> Option<Explanation> {
    let name = file.display();
    let say = |what: String| Explanation::step("recording", what);
    if let Some(peer) = &run.elsewhere {
        let what = format!("the run in {name} had a peer at {peer}; lessons run on this machine alone");
        return Some(
            say(what).then("netlearn get localhost:3000 --record run.jsonl", "records a run on this machine"),
        );
    }
    if run.tls {
        let what = format!("the run in {name} used TLS: its certificates were for that run alone");
        return Some(
            say(what).then("netlearn get localhost:3000 --record run.jsonl", "the same without TLS"),
        );
    }
    let known = ["serve", "connect", "get", "resolve"];
    if !run.command.first().is_some_and(|word| known.contains(&word.as_str())) {
        let command = run.command.first().map_or("no command", String::as_str);
        let what = format!("the run in {name} is of {command}: a task is taken from {}", known.join(", "));
        return Some(
            say(what).then("netlearn connect localhost 3000 --record run.jsonl", "records such a run"),
        );
    }
    if run.expected.is_empty() {
        let what = format!("in {name} nothing of a protocol passed that a task could ask for");
        return Some(say(what).then(format!("netlearn replay {name}"), "what is in it"));
    }
    None
}

/// The task in the making.
struct Recorded {
    places: Places,
    /// Lines of the solution.
    lines: Vec<String>,
    /// Commands that the lesson itself starts.
    run: Vec<String>,
    /// Something was said that nobody types.
    cut: bool,
}

impl Recorded {
    /// The command of a run, and what was typed to it.
    fn command(&mut self, run: &Run, parser: Parser) {
        let mut words = kept(&run.command);
        if run.serves() {
            own_port(&mut words, &self.places);
        }
        let line: Vec<String> = words.iter().map(|word| quoted(&self.places.filled(word))).collect();
        self.lines.push(line.join(" "));
        let typed = (parser.0)(&words).is_ok_and(|command| manners(&command) == Manners::Client);
        if let Some(talk) = run.talks.first().filter(|_| typed && !run.serves()) {
            self.typed(talk);
        }
    }

    /// What a client typed.
    fn typed(&mut self, talk: &Talk) {
        let text = String::from_utf8(talk.asked.octets.clone());
        let lines: Option<Vec<&str>> = text.as_ref().ok().map(|text| {
            let lines = text.strip_suffix('\n').unwrap_or(text).split('\n').filter(|_| !text.is_empty());
            lines.map(|line| line.strip_suffix('\r').unwrap_or(line)).collect()
        });
        let plain = |line: &&str| !line.chars().any(|c| c.is_control() && c != '\t');
        match lines {
            Some(lines) if !talk.asked.cut && lines.iter().all(plain) => {
                self.lines.extend(lines.into_iter().map(|line| {
                    let line = doubled(&masked(line));
                    if line.starts_with(':') { format!(":{line}") } else { line }
                }));
            }
            Some(_) | None => self.cut = true,
        }
        self.lines.push(if talk.ended_by_client { ":eof" } else { ":lesson" }.to_owned());
    }

    /// The clients that a recorded server had, as commands of netlearn.
    fn clients(&mut self, server: &Run) {
        for talk in &server.talks {
            let Some(service) = &talk.service else { continue };
            let Some(name) = self.places.name(service) else { continue };
            match talk.protocol {
                Some(Protocol::Http) => {
                    // What one connection carried is one command's, as far as a command has one method.
                    for asked in talk.requests.chunk_by(|(one, _), (other, _)| one == other) {
                        let method = asked.first().map_or("GET", |(method, _)| method);
                        let url = |(_, target): &(_, String)| {
                            format!(" localhost:{{{name}}}{}", quoted(&doubled(target)))
                        };
                        let urls: String = asked.iter().map(url).collect();
                        let method = match method {
                            "GET" => String::new(),
                            other => format!(" -X {}", quoted(&doubled(other))),
                        };
                        self.lines.push(format!("get{urls}{method}"));
                    }
                }
                Some(Protocol::Udp) => {
                    self.lines.push(format!("connect -u localhost:{{{name}}}"));
                    self.typed(talk);
                }
                Some(Protocol::Unix) => {
                    self.lines.push(format!("connect -U {{{name}}}"));
                    self.typed(talk);
                }
                Some(Protocol::Tcp) => {
                    self.lines.push(format!("connect localhost:{{{name}}}"));
                    self.typed(talk);
                }
                Some(Protocol::Tls | Protocol::Https) | None => {}
            }
        }
    }

    /// Servers that do as the recorded client's did; the lesson itself starts them.
    fn servers(&mut self, client: &Run) {
        // Where the system said that nobody listens, nobody shall.
        for talk in client.talks.iter().filter(|talk| talk.answered.any || !talk.refused) {
            let Some(name) = talk.service.as_ref().and_then(|service| self.places.name(service)) else {
                continue;
            };
            let command = match talk.protocol {
                Some(Protocol::Http) => format!("serve http {{{name}}}"),
                Some(Protocol::Udp) => format!("serve udp {{{name}}}{}", answers(talk)),
                Some(Protocol::Unix) => format!("serve unix {{{name}}}{}", answers(talk)),
                Some(Protocol::Tcp) => format!("serve tcp {{{name}}}{}", answers(talk)),
                Some(Protocol::Tls | Protocol::Https) | None => continue,
            };
            if !self.run.contains(&command) {
                self.run.push(command);
            }
        }
    }

    fn drawn(mut self, runs: &[Run], served: bool) -> Drawn {
        while self.lines.last().is_some_and(|line| line == ":lesson") {
            self.lines.pop();
        }
        let mut drawn = Drawn { setup: self.setup(runs), ..Drawn::default() };
        let commands = runs.iter().map(|run| {
            let words: Vec<String> = kept(&run.command).iter().map(|word| quoted(word)).collect();
            format!("#   netlearn {}", words.join(" ").replace(char::is_control, " "))
        });
        drawn.commands = commands.collect::<Vec<_>>().join("\n");
        // A server sees every client, whichever program it is.
        let Some(run) = runs.iter().find(|run| run.serves()).or_else(|| runs.first()) else { return drawn };
        drawn.expect = self.patterns(run);
        let said = runs.iter().flat_map(|run| &run.talks).any(|talk| talk.asked.any);
        let side = if served { Side::Server } else { Side::Client };
        if !said {
            drawn.measures = "# Values of this run for the words in en.md, as `{try.took}`:\n# measure.took = { field = \"took\", of = { event = \"connected\" } }".to_owned();
        } else {
            let sum = |name: &str, asked: bool| {
                let way = if (side == Side::Client) == asked { "sent" } else { "received" };
                let side = if served { "server" } else { "client" };
                format!(
                    "measure.{name} = {{ sum = \"len\", of = {{ event = \"bytes\", side = \"{side}\", direction = \"{way}\" }} }}"
                )
            };
            let about = "# Values of this run for the words in en.md: `{try.sent}`, `{try.back}`.";
            drawn.measures = format!("{about}\n{}\n{}", sum("sent", true), sum("back", false));
            drawn.measured = " {try.sent} bytes went, {try.back} came back.".to_owned();
        }
        drawn.solution =
            self.lines.iter().map(|line| format!("  {},", toml(line))).collect::<Vec<_>>().join("\n");
        drawn.wrong = self.wrong(said);
        drawn.typed = self.lines.iter().filter(|line| *line != ":eof").cloned().collect();
        if self.lines.iter().any(|line| line == ":eof") {
            drawn.then = "\nWhere the lines of a client end, press Ctrl-D.\n".to_owned();
        }
        drawn
    }

    fn setup(&self, runs: &[Run]) -> String {
        let refused = runs.iter().any(|run| run.refused) && !runs.iter().any(Run::serves);
        let list = |names: Vec<&str>| match names.as_slice() {
            [one] => toml(one),
            several => format!("[{}]", several.iter().map(|name| toml(name)).collect::<Vec<_>>().join(", ")),
        };
        let taken = |name: &&str| self.run.iter().any(|command| command.contains(&format!("{{{name}}}")));
        let ports = || PORTS.into_iter().take(self.places.ports.len());
        let (free, closed): (Vec<&str>, Vec<&str>) = ports().partition(|name| !refused || taken(name));
        let paths: Vec<&str> = PATHS.into_iter().take(self.places.paths.len()).collect();
        let mut parts = Vec::new();
        for (key, names) in [("free_port", free), ("closed_port", closed), ("path", paths)] {
            if !names.is_empty() {
                parts.push(format!("{key} = {}", list(names)));
            }
        }
        if !self.run.is_empty() {
            parts.push(format!(
                "run = [{}]",
                self.run.iter().map(|line| toml(line)).collect::<Vec<_>>().join(", ")
            ));
        }
        if parts.is_empty() {
            return "# It needs nothing to be there.".to_owned();
        }
        let mut text =
            "# Ports that are free, or that nobody listens on, by a name each: never a number of your own."
                .to_owned();
        if !self.run.is_empty() {
            text.push_str("\n# The recording does not tell the server's command. This one does the same, as far as was seen.");
        }
        format!("{text}\nsetup = {{ {} }}", parts.join(", "))
    }

    fn patterns(&self, run: &Run) -> Vec<String> {
        let lab = in_lab(run);
        // A connection with requests of several methods takes several commands: they are on connections of their own.
        let one = |talk: &&Talk| !run.serves() || talk.requests.windows(2).all(|two| two[0].0 == two[1].0);
        let flows: Vec<Flow> = run.talks.iter().filter(one).map(|talk| talk.flow).collect();
        let mut patterns: Vec<String> = Vec::new();
        for expected in &run.expected {
            let pattern = self.pattern(expected, &flows, lab);
            if !patterns.contains(&pattern) {
                patterns.push(pattern);
            }
        }
        if run.left_out > 0 {
            patterns.push(format!("  # {} more in the recording are too many for one task.", run.left_out));
        }
        patterns
    }

    fn pattern(&self, expected: &Expected, flows: &[Flow], lab: bool) -> String {
        let side = match expected.side {
            Side::Client => "client",
            Side::Server => "server",
            Side::Resolver => "resolver",
            Side::Observer => "observer",
        };
        let mut parts = vec![format!("event = {}", toml(&expected.event)), format!("side = \"{side}\"")];
        for (name, term) in &expected.terms {
            match term {
                Term::Text(text) => parts.push(format!("{name} = {}", toml(&doubled(text)))),
                Term::Number(number) => parts.push(format!("{name} = {number}")),
                Term::Place(address) => {
                    let field =
                        if address.port().is_some() { format!("{name}_port") } else { (*name).to_owned() };
                    let place = self.places.name(address).filter(|_| !lab);
                    parts.extend(place.map(|place| format!("{field} = \"{{{place}}}\"")));
                }
            }
        }
        let flow = expected.flow.and_then(|flow| flows.iter().position(|known| *known == flow));
        let letter = flow.and_then(|index| u8::try_from(index).ok()).map(|index| char::from(b'a' + index));
        parts.extend(letter.map(|letter| format!("same = \"{letter}\"")));
        format!("  {{ {} }},", parts.join(", "))
    }

    /// The solution without its last line, where something has to be said in it.
    fn wrong(&self, said: bool) -> String {
        let mut parts = Vec::new();
        if self.cut {
            parts.push("# What the client sent is not all text that one types: write its lines into the solution yourself.".to_owned());
        }
        let first = self.lines.first().filter(|_| said && self.lines.len() > 1);
        match first {
            Some(first) => {
                parts.push("# And this has to fail, or the check asks for too little. Add what your learners will do wrong.".to_owned());
                parts.push(format!("wrong = [{{ input = [{}], verdict = \"not-yet\" }}]", toml(first)));
            }
            None => {
                parts.push("# And this has to fail, or the check asks for too little: put in what your learners will do wrong.".to_owned());
                parts.push("wrong = [{ input = [\"ports\"], verdict = \"not-yet\" }]".to_owned());
            }
        }
        parts.join("\n")
    }
}

/// How netlearn's own server is to answer as the recorded one did.
fn answers(talk: &Talk) -> String {
    let answer = &talk.answered.octets;
    if !talk.answered.any {
        return " --silent".to_owned();
    }
    if talk.echoes() {
        return String::new();
    }
    let printable =
        |octet: u8| octet.is_ascii_graphic() && !matches!(octet, b'\\' | b'\'' | b'"') || octet == b' ';
    let text: String = answer
        .iter()
        .take(200)
        .map(|octet| match octet {
            b'\n' => "\\n".to_owned(),
            b'\r' => "\\r".to_owned(),
            octet if printable(*octet) => char::from(*octet).to_string(),
            octet => format!("\\x{octet:02x}"),
        })
        .collect();
    // A server that spoke before it was asked greets.
    let option = if talk.asked.any { "--reply" } else { "--greet" };
    format!(" {option} {}", quoted(&doubled(&text)))
}
