use super::*;

fn line(style: &Style, build: impl FnOnce(Row<'_>) -> Row<'_>) -> String {
    let mut out = Vec::new();
    build(Row::new(style)).end(&mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_row_escapes_cuts_and_aligns() {
    let style = Style { width: 40, ..Style::default() };
    assert_eq!(line(&style, |row| row.put(Role::Plain, "a\x1b[2Jb")), "a\\x1b[2Jb\n");
    let long = "x".repeat(60);
    assert_eq!(line(&style, |row| row.put(Role::What, &long)).trim_end().chars().count(), 40);
    assert_eq!(
        line(&style, |row| row.put(Role::What, "left").right(Role::Plain, "0.1 ms")),
        format!("left{}0.1 ms\n", " ".repeat(30))
    );
    assert_eq!(line(&style, |row| row.put(Role::What, &long[..33]).right(Role::Plain, "0.1 ms")).len(), 34);
}

#[test]
fn colour_repeats_and_never_replaces() {
    let style = Style { color: true, ..Style::default() };
    assert_eq!(line(&style, |row| row.put(Role::Bad, "no").put(Role::Plain, "!")), "\x1b[1;31mno\x1b[0m!\n");
    assert_eq!(line(&style, |row| row.put(Role::What, "what")), "\x1b[1mwhat\x1b[0m\n");
    assert_eq!(line(&style, |row| row.put(Role::FromClient, "GET")), "\x1b[34mGET\x1b[0m\n");
}

#[test]
fn an_ascii_terminal_gets_ascii() {
    let style = Style { ascii: true, ..Style::default() };
    assert_eq!(line(&style, |row| row.put(Role::Plain, "grün")), "gr\\u{fc}n\n");
    assert!(line(&style, |row| row.draw(Role::Plain, style.glyphs().rule, 5)).is_ascii());
}

#[test]
fn words_wrap_and_long_tokens_break() {
    let style = Style::default();
    assert_eq!(wrap(&style, "one two three", 7), ["one two", "three"]);
    assert_eq!(wrap(&style, "ab abcdefghij k", 4), ["ab", "abcd", "efgh", "ij k"]);
    assert_eq!(wrap(&style, "日本語日本語", 5), ["日本", "語日", "本語"]);
    assert!(wrap(&style, "", 10).is_empty());
    assert_eq!(truncate("abcdef", 4, "…"), "abc…");
    assert_eq!(width("日本"), 4);
}

#[test]
fn units_stay_whole() {
    let units = ["one two,", "three", "-> a command"].map(str::to_owned);
    assert_eq!(pack(&Style::default(), &units, 14), ["one two, three", "-> a command"]);
    assert_eq!(pack(&Style::default(), &units, 7), ["one", "two,", "three", "-> a", "command"]);
}

#[test]
fn a_rule_fills_the_width() {
    let style = Style { width: 50, ..Style::default() };
    let mut out = Vec::new();
    rule(&style, "Lesson 1", "Step 3 of 9", &mut out).unwrap();
    rule(&style, "One", "", &mut out).unwrap();
    let text = String::from_utf8(out).unwrap();
    assert!(text.lines().all(|line| width(line) == 50), "{text}");
}
