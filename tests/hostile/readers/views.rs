//! Events in every view, and what a terminal makes of that.

use netlearn::event::{Event, Header};
use netlearn::render::json::Json;
use netlearn::render::{Level, Style, View, Voice};

use super::screen::{Screen, columns, shown, written};

const VIEWS: [View; 6] = [View::Narration, View::Ladder, View::Hex, View::Table, View::Path, View::Waterfall];
const WIDTHS: [usize; 5] = [80, 40, 120, 1, 203];

/// A style of its own for each number.
pub fn style(choice: u8) -> Style {
    let choice = usize::from(choice);
    Style {
        width: WIDTHS[choice % 5],
        color: choice & 1 == 1,
        ascii: choice & 2 == 2,
        level: [Level::Brief, Level::Full, Level::None][choice / 5 % 3],
        facts: choice & 4 == 4,
    }
}

/// No view lets these events act on a terminal: text, line feeds and colours come out, and no line wider than the screen.
pub fn harmless(header: Option<&Header>, events: &[Event], choice: u8) {
    let voice = [Voice::Client, Voice::Server, Voice::Both][usize::from(choice) / 15 % 3];
    for view in VIEWS {
        let style = style(choice);
        let text = shown(view, voice, style, header, events);
        text_is_harmless(&text, &style, &format!("{view:?} {voice:?}"));
        assert!(!style.ascii || text.is_ascii(), "{view:?}: {text}");
    }
    let lines = written(|out| Box::new(Json::new(out)), header, events);
    let screen = Screen::of(&lines);
    assert!(screen.faults.is_empty() && !lines.contains('\x1b'), "JSON: {:?} in {lines:?}", screen.faults);
}

/// The same for text that is made already.
pub fn text_is_harmless(text: &str, style: &Style, what: &str) {
    let screen = Screen::of(text);
    assert!(screen.faults.is_empty(), "{what} {style:?}: {:?} in {text:?}", screen.faults);
    assert!(style.color || !text.contains('\x1b'), "{what} {style:?}: coloured: {text:?}");
    let widest = screen.text.lines().map(columns).max().unwrap_or(0);
    assert!(widest <= style.width.max(40), "{what} {style:?}: {widest} columns in\n{}", screen.text);
}
