//! Values for prose, and answers that the run decides.

use std::collections::BTreeMap;

use super::rest::total;
use super::search::Search;
use super::window::{Order, Window};
use crate::lesson::log::Seen;
use crate::lesson::pattern::Pattern;
use crate::lesson::text::{Value, Values};
use crate::lesson::{Answer, Measure, Question};

/// The values of a step, those that could be measured.
pub fn measure(measures: &BTreeMap<String, Measure>, seen: &[Seen], values: &Values) -> Vec<(String, Value)> {
    let window = Window::new(seen);
    let one = |(name, measure): (&String, &Measure)| Some((name.clone(), value(measure, &window, values)?));
    measures.iter().filter_map(one).collect()
}

fn value(measure: &Measure, window: &Window<'_>, values: &Values) -> Option<Value> {
    let hits = |of: &Pattern| of.filled(values).ok().map(|filled| window.hits(&filled));
    match measure {
        Measure::Sum { of, field, last } => {
            let hits = of_last(window, hits(of)?, *last);
            Some(Value::Amount(total(of, hits.iter().map(|index| &window.seen[*index]), field)))
        }
        Measure::Count { of, last } => Some(Value::Amount(of_last(window, hits(of)?, *last).len() as u64)),
        Measure::Field { of, field, last } => {
            let mut hits = window.in_time(hits(of)?);
            hits.retain(|index| !of.values(&window.seen[*index].fields, field).is_empty());
            let chosen = if *last { hits.last() } else { hits.first() };
            let found = of.values(&window.seen[*chosen?].fields, field);
            found.first().map(|json| Value::measured(field, json))
        }
        Measure::Between { from, to } => {
            let (from, to) = (window.in_time(hits(from)?), window.in_time(hits(to)?));
            let (from, to) = nearest(window, &from, &to)?;
            Some(Value::Time(window.done[to].saturating_sub(window.done[from])))
        }
        Measure::FirstOf(several) => {
            let told = several.iter().filter(|measure| told(measure, window, values));
            told.chain(several.last()).find_map(|measure| value(measure, window, values))
        }
    }
}

/// Whether an event tells of it: a sum of none is nothing that was measured, unless nobody else has measured it either.
fn told(measure: &Measure, window: &Window<'_>, values: &Values) -> bool {
    match measure {
        Measure::Sum { of, .. } | Measure::Count { of, .. } => {
            of.filled(values).is_ok_and(|filled| !window.hits(&filled).is_empty())
        }
        Measure::Field { .. } | Measure::Between { .. } | Measure::FirstOf(_) => true,
    }
}

/// Those of the command that told the last of them, where that is asked for: an attempt before it was another.
fn of_last(window: &Window<'_>, hits: Vec<usize>, last: bool) -> Vec<usize> {
    let mut hits = if last { window.in_time(hits) } else { return hits };
    let job = hits.last().map(|index| window.seen[*index].job);
    hits.retain(|index| Some(window.seen[*index].job) == job);
    hits
}

/// The first pair that belongs together; both are in time.
fn nearest(window: &Window<'_>, from: &[usize], to: &[usize]) -> Option<(usize, usize)> {
    type Together = fn(&Seen, &Seen) -> bool;
    const CLOSEST: [Together; 3] = [
        |one, other| one.flow().is_some() && one.flow() == other.flow(),
        |one, other| one.job == other.job,
        |_, _| true,
    ];
    let later = |from: usize, together: &Together| {
        let order = Order::default().and(window, from);
        let fits =
            |to: &&usize| together(&window.seen[from], &window.seen[**to]) && order.allows(window, **to);
        Some((from, *to.iter().find(fits)?))
    };
    CLOSEST.iter().find_map(|together| from.iter().find_map(|from| later(*from, together)))
}

/// The id of the right choice; none where the run has not decided.
pub fn answer(question: &Question, seen: &[Seen], values: &Values) -> Option<String> {
    let choices = match &question.answer {
        Answer::Fixed(choice) => return Some(choice.clone()),
        Answer::When(choices) => choices,
    };
    let window = Window::new(seen);
    let met = |patterns: &Vec<Pattern>| Search::new(&window, &[patterns], &[]).run(values, &mut |_| true);
    choices.iter().find(|(_, patterns)| met(patterns)).map(|(choice, _)| choice.clone())
}
