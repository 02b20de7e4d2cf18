//! Several recordings: those of one boot of one machine have one clock and become one story; others are shown one after the
//! other, each with its own times, because nothing says how their clocks stand to each other.

use std::io::BufReader;
use std::path::{Path, PathBuf};

use super::{Fault, Replay};
use crate::command::named::Named;
use crate::command::terminal::{Target, style};
use crate::command::{Outcome, Stop};
use crate::event::Header;
use crate::event::recording::Reader;
use crate::event::recording::merge::{Merge, Source};
use crate::event::recording::sketch::Sketch;

type Recording = Reader<BufReader<Named>>;

/// One recording that was looked through.
struct Known {
    path: PathBuf,
    name: String,
    sketch: Sketch,
}

/// Opens a recording.
pub(super) fn open(path: &Path, stop: &Stop) -> Result<Recording, Fault> {
    let name = path.display().to_string();
    let file = Named::open(path, stop).map_err(|error| Fault::Open(name.clone(), error))?;
    Reader::open(BufReader::new(file)).map_err(|error| Fault::Recording(name, error))
}

/// Shows several recordings.
pub(super) async fn show(paths: &[PathBuf], show: &mut Replay<'_>) -> Result<Outcome, Fault> {
    let mut files: Vec<Known> = Vec::new();
    for path in paths {
        let file = sketch(path, &show.context.stop)?;
        if let Some(other) =
            files.iter().find(|other| one_recording(&other.sketch.header, &file.sketch.header))
        {
            return Err(Fault::Twice(other.name.clone(), file.name));
        }
        files.push(file);
    }
    let unfinished: Vec<String> =
        files.iter().filter(|file| !file.sketch.finished).map(|file| file.name.clone()).collect();
    let groups = groups(files);
    if groups.len() > 1 && show.context.show.json {
        return Err(Fault::SeveralClocks(reason(&groups)));
    }
    let mut fault = None;
    let apart = groups.len() > 1;
    if apart {
        say(show, &reason(&groups))?;
    }
    for group in groups {
        if apart {
            title(show, &group)?;
        }
        match one_clock(group, show).await {
            Ok(None) => {}
            Ok(Some(outcome)) => return Ok(outcome),
            // A damaged recording does not hide the others.
            Err(Fault::Recording(name, error)) => fault = fault.or(Some(Fault::Recording(name, error))),
            Err(other) => return Err(other),
        }
    }
    if let Some(fault) = fault {
        return Err(fault);
    }
    for name in &unfinished {
        super::breaks_off(name);
    }
    Ok(Outcome::DONE)
}

/// Looks through one recording.
fn sketch(path: &Path, stop: &Stop) -> Result<Known, Fault> {
    let name = path.display().to_string();
    let regular = std::fs::metadata(path).map(|found| found.is_file());
    if !regular.map_err(|error| Fault::Open(name.clone(), error))? {
        return Err(Fault::NoFile(name));
    }
    let reader = open(path, stop)?;
    let header = reader.header.clone();
    Ok(Known { path: path.to_owned(), name, sketch: Sketch::of(header, reader) })
}

/// One run that was kept in two files, as by `--record` and `--json`, is one recording.
fn one_recording(one: &Header, other: &Header) -> bool {
    one == other
}

/// Those of one boot together, in the order of their first ones.
fn groups(files: Vec<Known>) -> Vec<Vec<Known>> {
    let mut groups: Vec<Vec<Known>> = Vec::new();
    for file in files {
        let boot = &file.sketch.header.boot;
        let of_boot = |group: &&mut Vec<Known>| {
            boot.is_some() && group.iter().any(|other| &other.sketch.header.boot == boot)
        };
        match groups.iter_mut().find(of_boot) {
            Some(group) => group.push(file),
            None => groups.push(vec![file]),
        }
    }
    groups
}

/// Why they are not put on one clock.
fn reason(groups: &[Vec<Known>]) -> String {
    let unknown = groups.iter().flatten().find(|file| file.sketch.header.boot.is_none());
    match unknown {
        Some(file) => format!(
            "{} does not say of which machine\'s start it is, so nothing tells how its clock stands to the others\'.",
            file.name
        ),
        None => "These recordings are of several machines, or of several starts of one: nothing tells how their clocks stand to \
                 each other."
            .to_owned(),
    }
}

/// Shows the recordings of one clock as one stream.
async fn one_clock(group: Vec<Known>, show: &mut Replay<'_>) -> Result<Option<Outcome>, Fault> {
    let names: Vec<String> = group.iter().map(|file| file.name.clone()).collect();
    let by_name = |index: usize| names.get(index).cloned().unwrap_or_default();
    let mut sources = Vec::new();
    for file in group {
        let events = open(&file.path, &show.context.stop)?;
        sources.push(Source { name: file.name, sketch: file.sketch, events });
    }
    if let [_] = sources.as_slice()
        && let Some(Source { name, events, .. }) = sources.pop()
    {
        let header = events.header.clone();
        return show
            .stream(&header, events.map(|event| event.map_err(|error| Fault::Recording(name.clone(), error))))
            .await;
    }
    let line = ["netlearn", "replay"].into_iter().map(str::to_owned).chain(names.iter().cloned()).collect();
    let mut merge = Merge::new(line, sources);
    let header = merge.header.clone();
    let outcome = show.stream(&header, merge.by_ref().map(Ok)).await?;
    match merge.faults().into_iter().next() {
        Some((index, error)) => Err(Fault::Recording(by_name(index), error)),
        None => Ok(outcome),
    }
}

/// A rule with the names of the recordings that follow.
fn title(show: &Replay<'_>, group: &[Known]) -> Result<(), Fault> {
    let names: Vec<&str> = group.iter().map(|file| file.name.as_str()).collect();
    let wall = group.first().map(|file| file.sketch.header.wall.as_str()).unwrap_or_default();
    let style = style(&show.context.show, Target::Stdout);
    Ok(crate::render::title(&names.join(" and "), wall, &style)?)
}

fn say(show: &Replay<'_>, text: &str) -> Result<(), Fault> {
    let text = format!("{text} They are shown one after the other, each with its own times.");
    Ok(crate::render::remark(&text, &style(&show.context.show, Target::Stdout))?)
}
