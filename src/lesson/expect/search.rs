//! Finds events for patterns that come one after the other: an event that fits the first may belong to a bystander, so each is
//! tried until all of them fit.

use std::collections::{BTreeMap, HashMap, HashSet};

use super::window::{Order, Window};
use crate::lesson::log::Job;
use crate::lesson::pattern::Pattern;
use crate::lesson::text::{Value, Values};

/// Events tried in one search. A check that needs more is not decided by what was seen.
const MOST_TRIES: usize = 50_000;

/// Events found for the first patterns.
#[derive(Clone, Debug, Default)]
pub(super) struct Path {
    pub(super) matches: Vec<usize>,
    /// The flow of each group.
    pub(super) flows: BTreeMap<String, Flow>,
    pub(super) values: Values,
    pub(super) captured: Vec<(String, Value)>,
    pub(super) order: Order,
}

/// A pattern, and what its place in the search asks of it.
struct Step<'a> {
    pattern: &'a Pattern,
    /// Begins an order of its own.
    begins: bool,
    /// What it captures is read further on.
    matters: bool,
}

/// A conversation of a process.
type Flow = (Job, u64);

/// What makes two paths the same for all that comes after them.
type Key = (usize, Vec<(Job, usize)>, Vec<(String, Flow)>, String);

/// Events that match one step.
struct Hits {
    /// In order of arrival.
    all: Vec<usize>,
    /// The same by their flow, for a step whose flow is known: so a path looks at its own conversation alone.
    of_flow: HashMap<Flow, Vec<usize>>,
}

impl Hits {
    fn new(window: &Window<'_>, filled: &Pattern) -> Hits {
        let all = window.hits(filled);
        let mut of_flow: HashMap<Flow, Vec<usize>> = HashMap::new();
        if filled.same.is_some() {
            for index in &all {
                if let Some(flow) = window.seen[*index].flow() {
                    of_flow.entry(flow).or_default().push(*index);
                }
            }
        }
        Hits { all, of_flow }
    }
}

/// One search.
pub(super) struct Search<'a, 'w> {
    window: &'w Window<'a>,
    steps: Vec<Step<'a>>,
    tries: usize,
    /// Paths from which nothing leads to the end.
    dead: HashSet<Key>,
    /// Events that match, by step and by the values that it reads.
    hits: HashMap<(usize, String), Hits>,
    /// The longest path that leads no further; of several the last.
    pub(super) deepest: Path,
}

impl<'a, 'w> Search<'a, 'w> {
    /// `sequences`: each in an order of its own, and all with the same groups and values. `reads`: names that are read after the search.
    pub(super) fn new(window: &'w Window<'a>, sequences: &[&'a [Pattern]], reads: &[&str]) -> Self {
        let mut steps: Vec<Step<'a>> = Vec::new();
        for sequence in sequences {
            for (index, pattern) in sequence.iter().enumerate() {
                steps.push(Step { pattern, begins: index == 0, matters: false });
            }
        }
        for index in 0..steps.len() {
            let read = |name: &str| {
                let later = steps[index + 1..].iter().flat_map(|step| step.pattern.names());
                later.chain(reads.iter().copied()).any(|other| other == name)
            };
            steps[index].matters = steps[index].pattern.capture.iter().any(|(name, _)| read(name));
        }
        let deepest = Path::default();
        Search { window, steps, tries: 0, dead: HashSet::new(), hits: HashMap::new(), deepest }
    }

    /// The pattern for which the deepest path found no event.
    pub(super) fn missing(&self) -> Option<&'a Pattern> {
        self.steps.get(self.deepest.matches.len()).map(|step| step.pattern)
    }

    /// Whether that pattern begins an order of its own.
    pub(super) fn missing_begins(&self) -> bool {
        self.steps.get(self.deepest.matches.len()).is_some_and(|step| step.begins)
    }

    /// Gives every whole path to `found` until that is content; tells whether there was one.
    pub(super) fn run(&mut self, values: &Values, found: &mut dyn FnMut(&Path) -> bool) -> bool {
        self.deepest = Path { values: values.clone(), ..Path::default() };
        let mut any = false;
        self.extend(&Path { values: values.clone(), ..Path::default() }, &mut any, found);
        any
    }

    /// True where `found` is content.
    fn extend(&mut self, path: &Path, any: &mut bool, found: &mut dyn FnMut(&Path) -> bool) -> bool {
        let depth = path.matches.len();
        if depth == self.steps.len() {
            *any = true;
            return found(path);
        }
        let key = self.key(path);
        if self.dead.contains(&key) || self.tries > MOST_TRIES {
            return false;
        }
        let before = std::mem::take(any);
        let candidates = self.candidates(path);
        if candidates.is_empty() && depth >= self.deepest.matches.len() {
            self.deepest = path.clone();
        }
        for index in candidates {
            self.tries += 1;
            if self.extend(&self.with(path, index), any, found) {
                return true;
            }
        }
        if !*any {
            self.dead.insert(key);
        }
        *any |= before;
        false
    }

    fn key(&self, path: &Path) -> Key {
        let flows = path.flows.iter().map(|(name, flow)| (name.clone(), *flow)).collect();
        (path.matches.len(), path.order.places(), flows, self.mattering(path))
    }

    /// The captured values that are read further on.
    fn mattering(&self, path: &Path) -> String {
        let steps = self.steps.iter().take(path.matches.len()).filter(|step| step.matters);
        let names: HashSet<&str> =
            steps.flat_map(|step| step.pattern.capture.iter().map(|(name, _)| name.as_str())).collect();
        let mut text = String::new();
        for (name, value) in path.captured.iter().filter(|(name, _)| names.contains(name.as_str())) {
            text.push_str(&format!("{name}={value:?};"));
        }
        text
    }

    /// Events for the next pattern, the earliest first; of those that make no difference to what comes after, only the first.
    fn candidates(&mut self, path: &Path) -> Vec<usize> {
        let depth = path.matches.len();
        let (pattern, begins, matters) = {
            let step = &self.steps[depth];
            (step.pattern, step.begins, step.matters)
        };
        let Ok(filled) = pattern.filled(&path.values) else { return Vec::new() };
        let read = if pattern.names().is_empty() { String::new() } else { format!("{:?}", filled.fields) };
        let window = self.window;
        let hits = self.hits.entry((depth, read)).or_insert_with(|| Hits::new(window, &filled));
        let bound = pattern.same.as_ref().and_then(|group| path.flows.get(group));
        let hits = match bound {
            Some(flow) => hits.of_flow.get(flow).map(Vec::as_slice).unwrap_or_default(),
            None => &hits.all,
        };
        let mut distinct: HashSet<(Job, Option<Flow>, String)> = HashSet::new();
        let mut candidates = Vec::new();
        for index in hits.iter().copied() {
            let seen = &window.seen[index];
            if !(begins || path.order.allows(window, index)) || !fits_group(pattern, path, seen.flow()) {
                continue;
            }
            let opens = pattern.same.is_some() && bound.is_none();
            let captured =
                if matters { format!("{:?}", filled.captured(&seen.fields)) } else { String::new() };
            if distinct.insert((seen.job, seen.flow().filter(|_| opens), captured)) {
                candidates.push(index);
            }
        }
        candidates.sort_by_key(|index| window.done[*index]);
        candidates
    }

    fn with(&self, path: &Path, index: usize) -> Path {
        let step = &self.steps[path.matches.len()];
        let seen = &self.window.seen[index];
        let mut longer = path.clone();
        longer.matches.push(index);
        let order = if step.begins { Order::default() } else { path.order.clone() };
        longer.order = order.and(self.window, index);
        if let (Some(group), Some(flow)) = (&step.pattern.same, seen.flow()) {
            longer.flows.insert(group.clone(), flow);
        }
        for (name, value) in step.pattern.captured(&seen.fields) {
            longer.values.set(&name, value.clone());
            longer.captured.push((name, value));
        }
        longer
    }
}

/// Patterns of one group are on one flow, those of different groups on different flows.
pub(super) fn fits_group(pattern: &Pattern, path: &Path, flow: Option<Flow>) -> bool {
    let Some(group) = &pattern.same else { return true };
    let Some(flow) = flow else { return false };
    match path.flows.get(group) {
        Some(bound) => *bound == flow,
        None => !path.flows.values().any(|other| *other == flow),
    }
}
