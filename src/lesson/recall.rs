//! Which questions of earlier lessons are due.

use jiff::Timestamp;

use super::Lesson;
use super::progress::Progress;

/// The questions to ask now, the longest due first, as lesson id and step id: at most 3. A lesson's questions are due a day after it
/// was finished, then 3, 7 and 21 days after each right answer, and then no more; a wrong answer begins again at one day.
pub fn due(lessons: &[Lesson], progress: &Progress, now: Timestamp) -> Vec<(String, String)> {
    unimplemented!("{lessons:?} {progress:?} {now}")
}
