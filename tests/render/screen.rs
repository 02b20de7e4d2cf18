//! What a terminal makes of a view: its text, and whatever acts on it. It decides nothing about what is right.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use netlearn::event::{Event, Header};
use netlearn::render::{Out, Render, Style, View, Voice, choose};
use unicode_width::UnicodeWidthChar as _;

#[derive(Clone, Default)]
struct Paper(Arc<Mutex<Vec<u8>>>);

impl Write for Paper {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no panic while writing").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a view writes of a whole stream.
pub(crate) fn shown(
    view: View,
    voice: Voice,
    style: Style,
    header: Option<&Header>,
    events: &[Event],
) -> String {
    written(|out| choose(view, voice, style, out), header, events)
}

/// What a renderer writes of a whole stream.
pub(crate) fn written(
    render: impl FnOnce(Out) -> Box<dyn Render>,
    header: Option<&Header>,
    events: &[Event],
) -> String {
    let paper = Paper::default();
    let mut render = render(Box::new(paper.clone()));
    if let Some(header) = header {
        render.begin(header).expect("memory");
    }
    for event in events {
        render.event(event).expect("memory");
    }
    render.finish().expect("memory");
    let bytes = paper.0.lock().expect("no panic while writing").clone();
    String::from_utf8(bytes).expect("views write UTF-8")
}

/// Columns that a line takes, characters added up.
pub(crate) fn columns(line: &str) -> usize {
    line.chars().map(|c| c.width().unwrap_or(1)).sum()
}

/// What a terminal printed, and what else it was told to do.
#[derive(Debug, Default)]
pub(crate) struct Screen {
    pub(crate) text: String,
    pub(crate) faults: Vec<String>,
}

impl Screen {
    /// Feeds a terminal's own parser.
    pub(crate) fn of(output: &str) -> Screen {
        let mut screen = Screen::default();
        vte::Parser::new().advance(&mut screen, output.as_bytes());
        screen
    }
}

impl vte::Perform for Screen {
    fn print(&mut self, c: char) {
        let reorders = matches!(c, '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}');
        if c.is_control() || reorders {
            self.faults.push(format!("print {c:?}"));
        }
        self.text.push(c);
    }

    fn execute(&mut self, byte: u8) {
        if byte == b'\n' {
            self.text.push('\n');
        } else {
            self.faults.push(format!("execute {byte:#x}"));
        }
    }

    fn csi_dispatch(&mut self, params: &vte::Params, intermediates: &[u8], ignore: bool, action: char) {
        if action != 'm' || ignore || !intermediates.is_empty() {
            self.faults.push(format!("CSI {params:?} {action}"));
        }
    }

    fn esc_dispatch(&mut self, _: &[u8], _: bool, byte: u8) {
        self.faults.push(format!("ESC {byte:#x}"));
    }

    fn osc_dispatch(&mut self, params: &[&[u8]], _: bool) {
        self.faults.push(format!("OSC {params:?}"));
    }

    fn hook(&mut self, _: &vte::Params, _: &[u8], _: bool, action: char) {
        self.faults.push(format!("DCS {action}"));
    }
}
