//! What stands on a terminal after some bytes: rows without end, so that a line wider than the terminal is seen as such.

use unicode_width::UnicodeWidthChar as _;

/// The rows of `bytes`.
pub(crate) fn rows(bytes: &[u8]) -> Vec<String> {
    let mut screen = Screen::default();
    vte::Parser::new().advance(&mut screen, bytes);
    screen.rows.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned()).collect()
}

/// All of it as words with one space between, without the marks of code and emphasis.
pub(crate) fn words(text: &str) -> String {
    let bare = text.replace(['`', '*'], "");
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[derive(Default)]
struct Screen {
    rows: Vec<Vec<char>>,
    row: usize,
    column: usize,
}

impl Screen {
    fn line(&mut self) -> &mut Vec<char> {
        if self.rows.len() <= self.row {
            self.rows.resize(self.row + 1, Vec::new());
        }
        &mut self.rows[self.row]
    }
}

impl vte::Perform for Screen {
    fn print(&mut self, c: char) {
        let column = self.column;
        let line = self.line();
        if line.len() <= column {
            line.resize(column + 1, ' ');
        }
        line[column] = c;
        self.column += c.width().unwrap_or(0).max(1);
    }

    fn execute(&mut self, byte: u8) {
        match byte {
            b'\n' => {
                self.line();
                self.row += 1;
            }
            b'\r' => self.column = 0,
            8 => self.column = self.column.saturating_sub(1),
            _ => {}
        }
    }

    fn csi_dispatch(&mut self, params: &vte::Params, intermediates: &[u8], _: bool, action: char) {
        if !intermediates.is_empty() {
            return;
        }
        let first = params.iter().next().and_then(|param| param.first().copied()).unwrap_or(0);
        let count = usize::from(first.max(1));
        match action {
            'A' => self.row = self.row.saturating_sub(count),
            'B' => self.row += count,
            'C' => self.column += count,
            'D' => self.column = self.column.saturating_sub(count),
            'K' | 'J' => {
                let column = self.column;
                self.line().truncate(column);
            }
            _ => {}
        }
    }
}
