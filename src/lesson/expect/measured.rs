//! Values for prose, and answers that the run decides.

use std::collections::BTreeMap;

use super::rest::total;
use super::search::Search;
use super::window::{Order, Window};
use crate::lesson::log::Seen;
use crate::lesson::pattern::{Pattern, values_at};
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
        Measure::Sum { of, field } => {
            let hits = hits(of)?;
            Some(Value::Amount(total(hits.iter().map(|index| &window.seen[*index]), field)))
        }
        Measure::Count { of } => Some(Value::Amount(hits(of)?.len() as u64)),
        Measure::Field { of, field, last } => {
            let mut hits = window.in_time(hits(of)?);
            hits.retain(|index| !values_at(&window.seen[*index].fields, field).is_empty());
            let chosen = if *last { hits.last() } else { hits.first() };
            let found = values_at(&window.seen[*chosen?].fields, field);
            found.first().map(|json| Value::measured(field, json))
        }
        Measure::Between { from, to } => {
            let from = *window.in_time(hits(from)?).first()?;
            let order = Order::default().and(window, from);
            let later = window.in_time(hits(to)?).into_iter().find(|index| order.allows(window, *index))?;
            Some(Value::Time(window.done[later].saturating_sub(window.done[from])))
        }
    }
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
