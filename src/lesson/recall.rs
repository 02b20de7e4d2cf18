//! Which questions of earlier lessons are due.

use jiff::{SignedDuration, Timestamp};

use super::progress::{LessonProgress, Progress};
use super::{Kind, Lesson};

/// Days from the lesson's end, and then from each right answer.
const SPACING: [i64; 4] = [1, 3, 7, 21];

/// How many are asked at once.
const MOST: usize = 3;

/// The questions to ask now, the longest due first, as lesson id and step id: at most 3. A lesson's questions are due a day after it
/// was finished (or tested out of), then 3, 7 and 21 days after each right answer, and then no more; a wrong answer begins again at
/// one day. A day is 24 hours.
pub fn due(lessons: &[Lesson], progress: &Progress, now: Timestamp) -> Vec<(String, String)> {
    let mut found: Vec<(Timestamp, &str, &str)> = Vec::new();
    for lesson in lessons {
        let Some(done) = progress.lesson(&lesson.id) else { continue };
        let questions = lesson.steps.iter().filter(|step| matches!(step.kind, Kind::Recall(_)));
        let due = questions
            .filter_map(|step| Some((due_at(done, &step.id)?, lesson.id.as_str(), step.id.as_str())));
        found.extend(due.filter(|(at, ..)| *at <= now));
    }
    // Those of one moment in the order of the lessons.
    found.sort_by_key(|(at, ..)| *at);
    found.truncate(MOST);
    found.into_iter().map(|(_, lesson, step)| (lesson.to_owned(), step.to_owned())).collect()
}

/// When a question is due; never before its lesson is learned, nor after the last spacing.
fn due_at(done: &LessonProgress, step: &str) -> Option<Timestamp> {
    let learned = [done.finished, done.tested_out].into_iter().flatten().min()?;
    let recall = done.steps.get(step).and_then(|step| step.recall);
    let (since, streak) = recall.map_or((learned, 0), |recall| (recall.last, recall.streak));
    let days = SPACING.get(usize::try_from(streak).ok()?)?;
    since.checked_add(SignedDuration::from_hours(24 * days)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::progress::Change;
    use crate::lesson::{Answer, Question, Step};

    fn lesson(id: &str, questions: &[&str]) -> Lesson {
        let question =
            || Kind::Recall(Question { choices: Vec::new(), answer: Answer::Fixed(String::new()) });
        let step = |id: &str, kind| Step {
            id: id.to_owned(),
            kind,
            body: String::new(),
            without: None,
            needs: Vec::new(),
            line: 1,
            heading: 1,
        };
        let mut steps = vec![step("say", Kind::Say)];
        steps.extend(questions.iter().map(|id| step(id, question())));
        Lesson {
            id: id.to_owned(),
            number: None,
            title: String::new(),
            minutes: 1,
            minutes_line: 1,
            requires: Vec::new(),
            intro: String::new(),
            steps,
            summary: String::new(),
            question: String::new(),
            beside: Vec::new(),
            programs: Vec::new(),
            place: String::new(),
            language: "en".to_owned(),
            another_language: false,
        }
    }

    fn day(days: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * days)
    }

    fn due_on(lessons: &[Lesson], progress: &Progress, days: i64) -> Vec<String> {
        due(lessons, progress, day(days))
            .into_iter()
            .map(|(lesson, step)| format!("{lesson}/{step}"))
            .collect()
    }

    #[test]
    fn questions_come_back_after_1_3_7_and_21_days_and_then_no_more() {
        let lessons = [lesson("a", &["q"])];
        let mut progress = Progress::in_memory();
        let tell = |progress: &mut Progress, change| progress.update("a", change, day(0)).expect("kept");
        let right = || Change::Recalled { step: "q".to_owned(), right: true };
        tell(&mut progress, Change::Began);
        tell(&mut progress, Change::Finished);
        for (told, first) in [(1, 1), (4, 3), (11, 7), (32, 21)] {
            assert_eq!(
                due_on(&lessons, &progress, told - 1),
                Vec::<String>::new(),
                "before {told} ({first})"
            );
            assert_eq!(due_on(&lessons, &progress, told), ["a/q"], "on {told}");
            progress.update("a", right(), day(told)).expect("kept");
        }
        assert_eq!(due_on(&lessons, &progress, 9_999), Vec::<String>::new());
    }

    #[test]
    fn a_wrong_answer_begins_again() {
        let lessons = [lesson("a", &["q"])];
        let mut progress = Progress::in_memory();
        progress.update("a", Change::TestedOut, day(0)).expect("kept");
        for (at, right) in [(1, true), (4, false)] {
            progress.update("a", Change::Recalled { step: "q".to_owned(), right }, day(at)).expect("kept");
        }
        assert_eq!(due_on(&lessons, &progress, 4), Vec::<String>::new());
        assert_eq!(due_on(&lessons, &progress, 5), ["a/q"]);
    }

    #[test]
    fn at_most_three_the_longest_due_first_and_only_of_what_was_learned() {
        let lessons = [lesson("a", &["q1", "q2"]), lesson("b", &["q1", "q2"]), lesson("c", &["q"])];
        let mut progress = Progress::in_memory();
        progress.update("a", Change::Finished, day(5)).expect("kept");
        progress.update("b", Change::Finished, day(0)).expect("kept");
        progress.update("c", Change::Began, day(0)).expect("kept");
        assert_eq!(due_on(&lessons, &progress, 9), ["b/q1", "b/q2", "a/q1"]);
        assert_eq!(due_on(&lessons, &progress, -9), Vec::<String>::new(), "a clock that was set back");
    }
}
