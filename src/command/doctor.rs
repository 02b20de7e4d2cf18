//! `netlearn doctor`: what works on this machine.

use super::terminal::{Target, style, utf8};
use super::watch::{Run, watch};
use super::{Context, Outcome};
use crate::event::machine::{Check, Checked, State};
use crate::event::{Layer, Side};
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
        Ok(if missing { Outcome::NOT_MET } else { Outcome::DONE })
    })
    .await
}
