//! The views through the public API: what they show of recordings of real runs, and that nothing a peer sends acts on a terminal.

#[path = "render/hostile.rs"]
mod hostile;
#[path = "render/screen.rs"]
mod screen;

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use netlearn::event::recording::Reader;
use netlearn::event::{Event, Header};
use netlearn::render::{Level, Style, View, Voice};
use proptest::prelude::*;

use screen::{Screen, shown};

const VIEWS: [View; 5] = [View::Narration, View::Ladder, View::Hex, View::Table, View::Waterfall];

fn recordings() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings");
    let mut found: Vec<PathBuf> = std::fs::read_dir(&folder)
        .expect("the folder of recordings")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "jsonl"))
        .collect();
    found.sort();
    assert!(!found.is_empty(), "no recordings in {}", folder.display());
    found
}

fn read(path: &Path) -> (Header, Vec<Event>) {
    let file = BufReader::new(File::open(path).expect("the recording"));
    let reader = Reader::open(file).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let header = reader.header.clone();
    let events =
        reader.map(|event| event.unwrap_or_else(|error| panic!("{}: {error}", path.display()))).collect();
    (header, events)
}

/// The voice of the command that made the recording.
fn voice(header: &Header) -> Voice {
    match header.command.get(1).map(String::as_str) {
        Some("serve") => Voice::Server,
        Some("tour") => Voice::Both,
        _ => Voice::Client,
    }
}

#[test]
fn recordings_look_as_they_did() {
    for path in recordings() {
        let (header, events) = read(&path);
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let mut screens = String::new();
        for view in VIEWS {
            for width in [60, 80, 120] {
                for color in [false, true] {
                    let style = Style { width, color, ..Style::default() };
                    let tint = if color { "colour" } else { "plain" };
                    let title = format!("==== {view:?}, {width} columns, {tint}\n").to_lowercase();
                    screens.push_str(&title);
                    screens.push_str(&shown(view, voice(&header), style, Some(&header), &events));
                }
            }
        }
        insta::with_settings!({ prepend_module_to_snapshot => false, omit_expression => true }, {
            insta::assert_snapshot!(name, screens);
        });
    }
}

#[test]
fn colour_and_ascii_change_no_word() {
    for path in recordings() {
        let (header, events) = read(&path);
        for view in VIEWS {
            for level in [Level::None, Level::Brief, Level::Full] {
                let style = Style { level, ..Style::default() };
                let plain = shown(view, voice(&header), style, Some(&header), &events);
                let colored =
                    shown(view, voice(&header), Style { color: true, ..style }, Some(&header), &events);
                let place = format!("{} {view:?} {level:?}", path.display());
                assert_eq!(Screen::of(&colored).text, plain, "{place}");
                let ascii =
                    shown(view, voice(&header), Style { ascii: true, ..style }, Some(&header), &events);
                assert!(ascii.is_ascii(), "{place}");
            }
        }
    }
}

#[test]
fn the_hostile_events_are_of_every_kind() {
    let known: Vec<String> = hostile::templates().iter().map(|event| event.kind.name().to_owned()).collect();
    for name in netlearn::event::EventKind::NAMES {
        assert!(known.iter().any(|known| known == name), "no template for `{name}`");
    }
}

fn styles() -> impl Strategy<Value = Style> {
    let levels = prop_oneof![Just(Level::None), Just(Level::Brief), Just(Level::Full)];
    (0usize..220, any::<bool>(), any::<bool>(), levels, any::<bool>())
        .prop_map(|(width, color, ascii, level, facts)| Style { width, color, ascii, level, facts })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    /// Bytes and strings of a peer, anywhere in any event, in any view: nothing but text, line feeds and colour comes out,
    /// and no line is wider than the terminal.
    #[test]
    fn nothing_of_a_peer_acts_on_the_terminal(
        events in prop_oneof![4 => hostile::events(), 1 => hostile::walks()],
        style in styles(),
        voice in prop_oneof![Just(Voice::Client), Just(Voice::Server), Just(Voice::Both)],
    ) {
        for view in VIEWS.into_iter().chain([View::Path]) {
            let text = shown(view, voice, style, None, &events);
            let screen = Screen::of(&text);
            prop_assert!(screen.faults.is_empty(), "{:?} {:?}: {:?} in {:?}", view, style, screen.faults, text);
            prop_assert!(style.color || !text.contains('\x1b'));
            let widest = screen.text.lines().map(screen::columns).max().unwrap_or(0);
            prop_assert!(widest <= style.width.max(40), "{:?} {:?}: {} columns in\n{}", view, style, widest, screen.text);
            prop_assert!(!style.ascii || text.is_ascii(), "{:?}: {}", view, text);
        }
    }
}
