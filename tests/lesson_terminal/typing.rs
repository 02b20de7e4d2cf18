//! What a learner's fingers, clipboard and window do: other alphabets, pasted paragraphs, a terminal resized in the middle.

use crate::learner::{Learner, Look, USUAL};
use crate::screen;
use expectrl::{Expect as _, Regex};

/// Words of several alphabets, some two columns wide, one from right to left, one of two code points.
const WORDS: [&str; 5] =
    ["привет мир", "你好,世界", "مرحبا بالعالم", "שלום", "e\u{301}t\u{e9} 🦊 👩\u{200d}🔬"];

/// About a screenful as it comes from a web page.
fn paragraph() -> String {
    let mut text = String::new();
    while text.chars().count() < 800 {
        text.push_str("A paragraph that somebody pasted. Это вставленный абзац. 这是一段粘贴的文字。 ");
    }
    text.chars().take(800).collect()
}

/// A lesson at a task that no echo decides; its server echoes, and a client is connected.
fn connected(home: &std::path::Path, look: Look) -> Learner {
    let mut learner = Learner::begin(home, look, &["1", "--from", "reply"]);
    learner.step();
    learner.write("serve tcp {p}");
    learner.write("connect localhost:{p}");
    let prompt = learner.prompt();
    assert!(prompt.contains("client A>"), "{prompt}: {}", learner.everything());
    learner
}

/// What a client says of an answer of so many octets; colours stand between the words.
fn received(octets: &str) -> Regex<String> {
    Regex(format!("receive[^\\n]*[^0-9,]{octets}[^0-9,][^\\n]*bytes"))
}

/// Looks of a line editor and of plain lines.
const LOOKS: [Look; 2] = [USUAL, Look { flags: &["--plain"], ..USUAL }];

#[test]
fn other_alphabets_at_the_lessons_prompt_are_answered() {
    for look in LOOKS {
        let home = tempfile::tempdir().unwrap();
        let mut learner = Learner::begin(home.path(), look, &["1"]);
        learner.step();
        for word in WORDS {
            learner.say(word);
            learner.expect("Type a number from 1 to 5");
        }
        learner.say("3");
        learner.expect("Locked in.");
        learner.step();
        for word in WORDS {
            learner.say(word);
            learner.expect("Text to be sent is typed at a client's prompt");
            learner.expect("? lists what can be typed here.");
        }
        // And what belongs to a shell is no other language.
        let line = learner.filled("$ netlearn serve tcp {p} --silent");
        learner.say(&line);
        learner.expect("listening");
        learner.say("q");
        learner.ends(0);
        learner.fits();
    }
}

#[test]
fn a_client_sends_every_alphabet_as_it_is() {
    for look in LOOKS {
        let home = tempfile::tempdir().unwrap();
        let mut learner = connected(home.path(), look);
        for word in WORDS {
            learner.type_line(word);
            // With its line feed. A character that joins others is shown by its number: the count is what was sent.
            learner.expect(received(&(word.len() + 1).to_string()));
        }
        learner.type_line(":q");
        learner.ends(0);
        assert!(learner.shown().contains("привет мир"), "{}", learner.everything());
    }
}

#[test]
fn a_pasted_paragraph_is_one_line_at_the_lesson_and_sent_by_a_client() {
    let text = paragraph();
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1", "--from", "silent"]);
    learner.step();
    learner.prompt();
    learner.paste(&text);
    learner.expect("unrecognized subcommand");
    learner.expect("? lists what can be typed here.");
    // Several lines at once are not run: each would show something.
    learner.prompt();
    learner.paste("serve tcp 1\r\nconnect localhost:1\r\n\r\nhello");
    learner.expect("These are 3 lines at once.");
    learner.say("q");
    learner.ends(0);
    let home = tempfile::tempdir().unwrap();
    let mut learner = connected(home.path(), USUAL);
    learner.paste(&text);
    let octets = text.len() + 1;
    learner.expect(received(&format!("{},{:03}", octets / 1000, octets % 1000)));
    learner.paste("one\ntwo");
    learner.expect(received("8"));
    learner.type_line(":lesson");
    learner.expect("Client A stays open.");
    learner.say("q");
    learner.ends(0);
}

/// A key of a terminal in another encoding: what was typed of the line is gone, and the prompt is there again.
#[test]
fn bytes_that_are_no_text_end_nothing() {
    for look in LOOKS {
        let home = tempfile::tempdir().unwrap();
        let mut learner = Learner::begin(home.path(), look, &["1"]);
        learner.step();
        learner.prompt();
        learner.session.send(b"caf\xe9 \r").expect("typed");
        if look.flags.is_empty() {
            learner.prompt();
            learner.session.send(b"\r").expect("typed");
        }
        learner.expect("Type a number from 1 to 5");
        learner.say("3");
        learner.expect("Locked in.");
        learner.say("q");
        learner.ends(0);
    }
}

#[test]
fn a_window_that_is_made_narrower_in_the_middle_loses_no_line_and_what_comes_fits() {
    let home = tempfile::tempdir().unwrap();
    let mut learner = Learner::begin(home.path(), USUAL, &["1"]);
    learner.step();
    // At a question, within a command and within a line for a client.
    learner.prompt();
    learner.resize(72);
    learner.type_line("3");
    learner.expect("Locked in.");
    learner.step();
    let line = learner.filled("serve tcp {p} --silent");
    let (first, rest) = line.split_at(9);
    learner.prompt();
    learner.session.send(first).expect("typed");
    learner.expect(first);
    learner.resize(60);
    learner.type_line(rest);
    learner.expect("listening");
    learner.write("connect localhost:{p}");
    learner.prompt();
    learner.session.send("hel").expect("typed");
    learner.expect("hel");
    learner.resize(50);
    learner.type_line("lo");
    assert_eq!(learner.event("judged")["verdict"], "pass", "{}", learner.everything());
    learner.expect("Why it worked:");
    let before = learner.raw.len();
    assert_eq!(learner.step()["step"], "waiting");
    learner.say("3");
    learner.expect("Yes.");
    assert_eq!(learner.step()["step"], "silence");
    // And wider again.
    learner.prompt();
    let narrow = screen::rows(&learner.raw[before..]);
    learner.resize(100);
    learner.type_line("");
    assert_eq!(learner.step()["step"], "guess-exit");
    learner.prompt();
    learner.type_line("q");
    learner.ends(0);
    let width = |rows: &[String]| {
        let widths = rows.iter().map(|row| unicode_width::UnicodeWidthStr::width(row.as_str()));
        widths.max().unwrap_or_default()
    };
    assert!(narrow.len() > 10 && width(&narrow) <= 50, "{}", narrow.join("\n"));
    assert!(width(&narrow) > 40, "{}", narrow.join("\n"));
    let shown = learner.shown();
    let rule = shown.lines().rev().find(|row| row.contains("Step 5 of 10")).expect("a heading");
    assert_eq!(unicode_width::UnicodeWidthStr::width(rule), 100, "{rule}");
}
