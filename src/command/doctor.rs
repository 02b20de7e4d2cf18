//! `netlearn doctor`: what works on this machine.

use super::lesson::facts;
use super::terminal::{Target, style, utf8};
use super::watch::{Run, watch};
use super::{Context, Outcome};
use crate::event::machine::{Check, Checked, State};
use crate::event::{Layer, Side};
use crate::lesson::{Fact, Lesson, load};
use crate::net::machine;
use crate::render::Voice;

/// Tries and reads everything. Done where all that netlearn needs is there; not met where something is missing.
pub async fn run(context: &Context) -> Outcome {
    let run =
        Run { side: Side::Observer, voice: Voice::Client, target: Target::Stdout, view: context.show.view };
    watch(context, run, async |recorder| {
        let missing = machine::check(&recorder).await;
        let style = style(&context.show, Target::Stdout);
        let check = Check::Terminal {
            terminal: Target::Stdout.is_terminal(),
            columns: style.width,
            utf8: utf8(),
            color: style.color,
        };
        let state = if style.width >= 80 { State::Works } else { State::Limited };
        recorder.on(Side::Observer, Layer::Kernel).emit(Checked { state, check });
        for check in lessons() {
            let whole = matches!(&check, Check::Lessons { lacks: None, .. });
            let state = if whole { State::Works } else { State::Limited };
            recorder.on(Side::Observer, Layer::Kernel).emit(Checked { state, check });
        }
        Ok(if missing { Outcome::NOT_MET } else { Outcome::DONE })
    })
    .await
}

/// The program that the lessons' own programs are written for.
const NODE: &str = "node";

/// What the lessons in the binary lack here: a check for each thing, or one that says that they lack nothing.
fn lessons() -> Vec<Check> {
    let lessons = load::embedded("en").unwrap_or_default();
    let all = lessons.len() as u64;
    let told = |lacks: &str, touches: &dyn Fn(&Lesson) -> bool| {
        let named = |lesson: &Lesson| match lesson.number {
            Some(number) => format!("{number} ({})", lesson.id),
            None => lesson.id.clone(),
        };
        let touched: Vec<String> = lessons.iter().filter(|lesson| touches(lesson)).map(named).collect();
        (!touched.is_empty()).then(|| Check::Lessons { all, lacks: Some(lacks.to_owned()), touched })
    };
    let available = facts::available(&[]);
    let reads =
        |fact: Fact| move |lesson: &Lesson| lesson.steps.iter().any(|step| step.needs.contains(&fact));
    let lacking = Fact::NAMED.iter().filter(|(_, fact)| !available.contains(fact));
    let mut checks: Vec<Check> = lacking.filter_map(|(name, fact)| told(name, &reads(*fact))).collect();
    if machine::program_path(NODE).is_none() {
        let written = |lesson: &Lesson| lesson.programs.iter().any(|program| program.name.ends_with(".js"));
        checks.extend(told(NODE, &written));
    }
    if checks.is_empty() {
        checks.push(Check::Lessons { all, lacks: None, touched: Vec::new() });
    }
    checks
}
