//! A URL as a QR code for the camera of a phone (ISO/IEC 18004).
//!
//! Where colour may be used its own black and white are set, so that it is right on any background, quiet zone included. Without
//! colour it is drawn for the background that is named under it. It never cuts a code off: one that does not fit is not drawn.

use std::io::{self, Write};

use qrcode::{Color, EcLevel, QrCode};

use super::Style;
use super::style::wrap;

/// Light modules around the code (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// Black on white by number, whatever the terminal's theme calls black and white.
const PAPER: &str = "\x1b[38;5;16;48;5;231m";
const RESET: &str = "\x1b[0m";

/// The modules, quiet zone included: true for a dark one.
fn modules(url: &str) -> Option<Vec<Vec<bool>>> {
    // A screen is read without damage: the lowest correction keeps the code small enough for 24 lines.
    let code = QrCode::with_error_correction_level(url, EcLevel::L).ok()?;
    let inner = code.width();
    let dark = code.to_colors();
    let side = inner + 2 * QUIET;
    let at = |row: usize, column: usize| {
        let (row, column) = (row.checked_sub(QUIET)?, column.checked_sub(QUIET)?);
        (row < inner && column < inner).then(|| dark.get(row * inner + column) == Some(&Color::Dark))
    };
    Some((0..side).map(|row| (0..side).map(|column| at(row, column).unwrap_or(false)).collect()).collect())
}

/// Draws the code of `url`, or says what it would need.
///
/// # Errors
/// What the writer says.
pub(super) fn write(style: &Style, url: &str, out: &mut dyn Write) -> io::Result<()> {
    let Some(modules) = modules(url) else {
        return told(style, "This address is too long for a code.", out);
    };
    let side = modules.len();
    let need = if style.ascii { 2 * side } else { side };
    if style.width < need {
        return told(
            style,
            &format!("The code needs {need} columns, and this terminal has {}.", style.width),
            out,
        );
    }
    let lines = if style.ascii { whole(style, &modules) } else { halves(style, &modules) };
    for line in lines {
        if style.color { writeln!(out, "{PAPER}{line}{RESET}")? } else { writeln!(out, "{line}")? }
    }
    match (style.color, style.ascii) {
        (true, _) => Ok(()),
        (false, true) => told(style, "Drawn for a light background.", out),
        (false, false) => told(style, "Drawn for a dark background; --color always suits every one.", out),
    }
}

/// A line in the place of the code or beneath it, within the terminal.
fn told(style: &Style, text: &str, out: &mut dyn Write) -> io::Result<()> {
    const INDENT: usize = 3;
    wrap(style, text, style.columns() - INDENT)
        .iter()
        .try_for_each(|line| writeln!(out, "{:INDENT$}{line}", ""))
}

/// Two characters a module: ink for the dark ones, or the paper's blanks with ink between.
fn whole(style: &Style, modules: &[Vec<bool>]) -> Vec<String> {
    let invert = |dark: bool| if dark { "\x1b[7m  \x1b[27m" } else { "  " };
    let ink = |dark: bool| if dark { "##" } else { "  " };
    modules
        .iter()
        .map(|row| row.iter().map(|dark| if style.color { invert(*dark) } else { ink(*dark) }).collect())
        .collect()
}

/// Two rows of modules a line. Without colour what is written shines on a dark background, so that light modules are written.
fn halves(style: &Style, modules: &[Vec<bool>]) -> Vec<String> {
    // Beneath an odd last row there is more of the quiet zone.
    let written = |module: Option<&bool>| module.copied().unwrap_or(false) == style.color;
    modules
        .chunks(2)
        .map(|pair| {
            let below = pair.get(1);
            (0..pair[0].len())
                .map(|column| {
                    match (written(pair[0].get(column)), written(below.and_then(|row| row.get(column)))) {
                        (true, true) => '█',
                        (true, false) => '▀',
                        (false, true) => '▄',
                        (false, false) => ' ',
                    }
                })
                .collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a camera sees: a pixel for each half of a cell, true for dark. Decoded by a reader that shares no code with the writer.
    fn seen(text: &str, style: &Style) -> Vec<Vec<bool>> {
        let mut rows = Vec::new();
        for line in text.lines().take_while(|line| !line.starts_with("   Drawn")) {
            let line = line.replace(PAPER, "").replace(RESET, "");
            if style.ascii {
                let line = line.replace("\x1b[7m  \x1b[27m", "##");
                let cells: Vec<char> = line.chars().collect();
                rows.push(cells.chunks(2).map(|cell| cell[0] == '#').collect());
                continue;
            }
            let ink = style.color;
            let half = |upper: bool| -> Vec<bool> {
                line.chars().map(|c| (c == '█' || c == if upper { '▀' } else { '▄' }) == ink).collect()
            };
            let (upper, lower) = (half(true), half(false));
            rows.extend([upper, lower]);
        }
        rows
    }

    fn decoded(rows: &[Vec<bool>]) -> String {
        const SCALE: usize = 4;
        let side = rows[0].len() * SCALE;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, rows.len() * SCALE, |x, y| {
            if rows[y / SCALE][x / SCALE] { 0 } else { 255 }
        });
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1, "one code is seen");
        grids[0].decode().unwrap().1
    }

    fn drawn(style: &Style, url: &str) -> String {
        let mut out = Vec::new();
        write(style, url, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn what_is_drawn_is_read_back_in_every_style() {
        for url in ["http://192.168.1.7:3000/", "https://[2001:db8:1:2:3:4:5:6]:65535/"] {
            for (color, ascii) in [(true, false), (false, false), (true, true), (false, true)] {
                let style = Style { width: 100, color, ascii, ..Style::default() };
                let text = drawn(&style, url);
                let rows = seen(&text, &style);
                assert_eq!(decoded(&rows), url, "{style:?}\n{text}");
                assert!(rows[..QUIET].iter().all(|row| row.iter().all(|dark| !dark)), "{text}");
                assert!(rows.iter().all(|row| row[..QUIET].iter().all(|dark| !dark)), "{text}");
                assert_eq!(text.contains('\x1b'), color);
                assert!(!ascii || text.is_ascii());
            }
        }
    }

    #[test]
    fn an_address_of_a_home_network_fits_80_by_24_and_a_narrow_terminal_is_told() {
        let text = drawn(&Style::default(), "http://192.168.100.100:65535/");
        assert!(text.lines().count() <= 20 && text.lines().all(|line| line.chars().count() <= 80), "{text}");
        let narrow = Style { width: 30, ..Style::default() };
        assert_eq!(
            drawn(&narrow, "http://192.168.1.7:3000/"),
            "   The code needs 33 columns, and this\n   terminal has 30.\n"
        );
    }
}
