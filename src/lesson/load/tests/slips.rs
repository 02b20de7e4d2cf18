//! Whatever bytes a lesson has, they are read or told.

use proptest::prelude::*;

use super::*;

/// Nesting is the reader's stack.
#[test]
fn deep_nesting_is_told() {
    for open in ["x = [", "x = {a=", "[a.", "x = \"\"\""] {
        let deep = format!("x = 1\n{}", open.repeat(100_000));
        assert!(!faults(&deep, PROSE).is_empty(), "{open}");
    }
    let lists = format!("{TOML}\nx = {}", "[".repeat(100_000));
    assert!(!faults(&lists, PROSE).is_empty());
    let keys = format!("{TOML}\n[step.without.{}b]", "a.".repeat(100_000));
    assert!(!faults(&keys, PROSE).is_empty());
    for open in [">", "- ", "1. ", "[", "*", "`", "~~~\n", "{"] {
        let _ = faults(TOML, &format!("{PROSE}\n{}", open.repeat(20_000)));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_bytes_panic(toml in any::<Vec<u8>>(), prose in any::<Vec<u8>>()) {
        let folder = folder(TOML, PROSE);
        fs::write(folder.path().join("en.md"), prose).expect("written");
        let _ = load(folder.path(), "en");
        fs::write(folder.path().join("lesson.toml"), toml).expect("written");
        let _ = load(folder.path(), "en");
    }

    /// Near misses reach deeper than noise does.
    #[test]
    fn no_slip_panics(at in 0.0..1.0_f64, len in 0..40_usize, new in "[\\[\\]{}\"'=,.#>~` \\n\\r\\ta-z0-9\u{e9}\u{1f600}]{0,12}", in_prose: bool) {
        let slip = |text: &str| {
            let chars: Vec<char> = text.chars().collect();
            let start = (at * chars.len() as f64) as usize;
            let end = (start + len).min(chars.len());
            chars[..start].iter().collect::<String>() + &new + &chars[end..].iter().collect::<String>()
        };
        if in_prose { faults(TOML, &slip(PROSE)) } else { faults(&slip(TOML), PROSE) };
    }
}
