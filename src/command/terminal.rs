//! What is known of the terminal that a stream leads to, decided once per stream.

use std::io::IsTerminal as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::guided::guided;
use super::{ColorChoice, Show, Stop};
use crate::explain::Explanation;
use crate::render::{Level, Style};

/// Columns where there is no terminal.
const WIDTH: usize = 80;

/// A standard stream that views are written to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    Stdout,
    Stderr,
}

impl Target {
    /// Whether a person looks at it: at a terminal, or in a lesson.
    pub fn is_terminal(self) -> bool {
        if guided().is_some() {
            return true;
        }
        match self {
            Target::Stdout => std::io::stdout().is_terminal(),
            Target::Stderr => std::io::stderr().is_terminal(),
        }
    }
}

/// The style for views on `target`.
pub fn style(show: &Show, target: Target) -> Style {
    let terminal = target.is_terminal();
    let (width, color, ascii) = match guided() {
        Some(lesson) => (lesson.width, lesson.color, lesson.ascii),
        None => (
            if terminal { columns(target) } else { WIDTH },
            terminal && !no_color() && !dumb(),
            terminal && (dumb() || !utf8()),
        ),
    };
    Style {
        width,
        color: match show.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => color,
        },
        ascii: show.ascii || ascii,
        level: show.level,
        // Who asks for every explanation gets it.
        facts: show.level < Level::Full && guided().is_some_and(|lesson| lesson.facts),
    }
}

/// Whether a person types what is read from stdin: at a terminal, or in a lesson, which passes each line on.
pub fn person_at_stdin() -> bool {
    guided().is_some() || std::io::stdin().is_terminal()
}

/// Whether a person sits at a terminal that can move its cursor. In a lesson the keys are the lesson's.
pub fn at_keyboard() -> bool {
    keys_are_ours() && !dumb()
}

/// Whether whoever sits at the terminal can press keys for this program alone: not in a lesson.
pub fn keys_are_ours() -> bool {
    guided().is_none() && std::io::stdin().is_terminal() && Target::Stdout.is_terminal()
}

/// Rows of the terminal that stdout leads to; as many as it takes where it does not say.
pub fn rows() -> usize {
    let size = terminal_size::terminal_size_of(std::io::stdout());
    size.map(|(_, height)| usize::from(height.0)).filter(|rows| *rows > 0).unwrap_or(usize::MAX)
}

/// Columns for what is said on stderr outside of any view; `None` where no terminal shows it.
fn columns_of_stderr() -> Option<usize> {
    match guided() {
        Some(lesson) => Some(lesson.width),
        None => Target::Stderr.is_terminal().then(|| columns(Target::Stderr)),
    }
}

/// Says a fault outside of any stream on stderr.
pub fn complain(words: &Explanation) {
    crate::render::complain(words, columns_of_stderr());
}

/// A line for stderr outside of any view, in lines that fit its terminal; all but the first begin with `indent` spaces.
pub fn folded(line: &str, indent: usize) -> String {
    crate::render::fold(line, indent, columns_of_stderr())
}

fn columns(target: Target) -> usize {
    let size = match target {
        Target::Stdout => terminal_size::terminal_size_of(std::io::stdout()),
        Target::Stderr => terminal_size::terminal_size_of(std::io::stderr()),
    };
    // A terminal that says 0 does not know its size.
    size.map(|(width, _)| usize::from(width.0)).filter(|width| *width > 0).unwrap_or(WIDTH)
}

/// <https://no-color.org>: present and not empty.
fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

fn dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Whether text may be UTF-8. POSIX: `LC_ALL` over `LC_CTYPE` over `LANG`; other systems write UTF-8 whatever these say.
pub fn utf8() -> bool {
    if !cfg!(unix) {
        return true;
    }
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(|name| std::env::var(name).ok())
        .find(|value| !value.is_empty())
        .unwrap_or_default()
        .to_ascii_lowercase();
    locale.contains("utf-8") || locale.contains("utf8")
}

/// How long a run that was told to end waits for whoever no longer takes what it says: longer than a server needs for its
/// clients.
const UNTAKEN: Duration = Duration::from_secs(3);

/// Ends once a signal told this run to end and it cannot: it waits for a file that the learner named, or, for three seconds without a break,
/// nothing of what it says was taken: its last words have no reader, and whatever writes them waits for ever.
pub async fn stuck(stop: &Stop) {
    const LOOK: Duration = Duration::from_millis(100);
    stop.token.cancelled().await;
    let (mut waited, mut before) = (Duration::ZERO, stop.said());
    while waited < UNTAKEN && !stop.ends_at_once() {
        tokio::time::sleep(LOOK).await;
        // A reader that is slow leaves no room most of the time, and takes something now and then.
        let stuck = stop.is_signalled() && !takes_text() && stop.said() == before;
        waited = if stuck { waited + LOOK } else { Duration::ZERO };
        before = stop.said();
    }
}

/// Whether stdout and stderr take text at this moment without a wait; a stream that is closed refuses it at once.
#[cfg(unix)]
fn takes_text() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let (stdout, stderr) = (std::io::stdout(), std::io::stderr());
    let mut streams = [PollFd::new(&stdout, PollFlags::OUT), PollFd::new(&stderr, PollFlags::OUT)];
    let asked = poll(&mut streams, Some(&Timespec::default()));
    asked.is_err() || streams.iter().all(|stream| !stream.revents().is_empty())
}

/// It cannot be asked here.
#[cfg(not(unix))]
fn takes_text() -> bool {
    true
}

/// How the terminal was set when a conversation at the keyboard began: reading a key sets it otherwise for as long as it waits.
pub struct Saved {
    #[cfg(unix)]
    settings: Option<rustix::termios::Termios>,
}

impl Saved {
    pub fn now() -> Saved {
        Saved {
            #[cfg(unix)]
            settings: rustix::termios::tcgetattr(std::io::stdin()).ok(),
        }
    }

    pub fn restore(&self) {
        #[cfg(unix)]
        if let Some(settings) = &self.settings {
            // A terminal that is gone needs nothing.
            let _ =
                rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, settings);
        }
    }
}

/// A terminal that gives each key as it is pressed while a prompt stands, until it is left: whoever reads keys may outlive that.
#[derive(Clone)]
pub struct KeysTerminal(Arc<Shared>);

struct Shared {
    before: Saved,
    state: Mutex<State>,
    /// A key was read.
    read: Condvar,
}

#[derive(Default)]
struct State {
    left: bool,
    /// A key is being read, which sets the terminal otherwise and back again.
    reading: bool,
}

/// How long the rest of a character is waited for that a terminal began to send, or a terminal that takes no text.
const HALF_A_KEY: Duration = Duration::from_millis(100);

impl KeysTerminal {
    pub fn now() -> KeysTerminal {
        let shared = Shared { before: Saved::now(), state: Mutex::default(), read: Condvar::new() };
        KeysTerminal(Arc::new(shared))
    }

    /// As long as it lives each key reaches the program as it is pressed. In the terminal's own mode a Ctrl-D that is pressed
    /// before a read began is taken as the end of a line and never seen: a prompt is drawn under this.
    pub fn keys(&self) -> Keys<'_> {
        self.set();
        Keys(self)
    }

    fn set(&self) {
        #[cfg(unix)]
        if let (false, Some(settings)) = (self.state().left, &self.0.before.settings) {
            let mut raw = settings.clone();
            raw.make_raw();
            // What is written still begins each line at the left.
            raw.output_modes = settings.output_modes;
            // A terminal that is gone is noticed where it is read.
            let _ = rustix::termios::tcsetattr(std::io::stdin(), rustix::termios::OptionalActions::Now, &raw);
        }
    }

    /// Reads a key once one was pressed; `None` where the terminal was left.
    pub fn read<T>(&self, read: impl FnOnce() -> T) -> Option<T> {
        // A shell that had the terminal meanwhile (fg) has set it to its own mode: the key that is waited for then needs Enter, the
        // next does not.
        self.set();
        pressed();
        let mut state = self.state();
        if state.left {
            return None;
        }
        state.reading = true;
        drop(state);
        let key = read();
        let mut state = self.state();
        state.reading = false;
        if state.left {
            self.0.before.restore();
        }
        self.0.read.notify_all();
        Some(key)
    }

    /// The terminal as it was, for good.
    pub fn leave(&self) {
        let mut state = self.state();
        state.left = true;
        let waited = self.0.read.wait_timeout_while(state, HALF_A_KEY, |state| state.reading);
        self.0.before.restore();
        drop(waited);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Waits until a key was pressed, or the terminal is gone: the read tells which. Elsewhere the read itself waits (a terminal of macOS
/// cannot be polled).
fn pressed() {
    #[cfg(all(unix, not(target_os = "macos")))]
    {
        use rustix::event::{PollFd, PollFlags, poll};
        let stdin = std::io::stdin();
        while matches!(poll(&mut [PollFd::new(&stdin, PollFlags::IN)], None), Err(rustix::io::Errno::INTR)) {}
    }
}

/// Ends with the terminal as it was.
pub struct Keys<'t>(&'t KeysTerminal);

impl Drop for Keys<'_> {
    fn drop(&mut self) {
        let _state = self.0.state();
        self.0.0.before.restore();
    }
}
