//! Choices: a prediction that is locked in, an observation that the events check, a question from an earlier day.

use super::desk::Heard;
use super::guide::{Guide, Turn};
use super::line::{self, Key};
use super::session::Happening;
use crate::event::lesson::Chosen;
use crate::lesson::expect::answer;
use crate::lesson::progress::{Change, Judged};
use crate::lesson::{Answer, Kind, Lesson, Question, Step};
use crate::render::lesson::{choices, verdict};
use crate::render::style::Role;

/// What a learner may always choose.
const NO_IDEA: &str = "no idea yet";

/// What came of a question.
enum Reply {
    /// An index into the choices; none: no idea yet.
    Choice(Option<usize>),
    Turn(Turn),
}

impl Guide {
    /// A choice that is locked in before anything runs; what happened answers it later.
    pub(super) async fn predict(&mut self, lesson: &Lesson, step: &Step, question: &Question) -> Turn {
        self.offer(question, true);
        let choice = match self.choice(lesson, step, question, true).await {
            Reply::Choice(choice) => choice,
            Reply::Turn(turn) => return turn,
        };
        let chosen = choice.and_then(|index| question.choices.get(index)).map(|choice| choice.id.clone());
        let right = match &question.answer {
            Answer::Fixed(right) => Some(chosen.as_ref() == Some(right)),
            Answer::When(_) => None,
        };
        let named = chosen.clone().unwrap_or_default();
        self.save(lesson, Change::Predicted { step: step.id.clone(), choice: named, right });
        self.session.tell(Chosen {
            lesson: lesson.id.clone(),
            step: step.id.clone(),
            choice: chosen.clone(),
            right: None,
        });
        self.predicted.insert(step.id.clone(), chosen);
        self.session.say("Locked in. Now find out.");
        Turn::Next
    }

    /// What happened answers the predictions.
    pub(super) fn answer_predictions(&mut self, lesson: &Lesson, of: &[String]) {
        for id in of {
            let Some(step) = lesson.step(id).filter(|step| !self.misses(step)) else { continue };
            let Kind::Predict(question) = &step.kind else { continue };
            let right = match &question.answer {
                Answer::Fixed(right) => Some(right.clone()),
                Answer::When(_) => self.right(question),
            };
            let predicted = self.predicted.get(id).cloned();
            if let (Answer::When(_), Some(Some(choice)), Some(right)) = (&question.answer, &predicted, &right)
            {
                let agrees = Some(choice == right);
                self.save(
                    lesson,
                    Change::Predicted { step: id.clone(), choice: choice.clone(), right: agrees },
                );
            }
            self.answer_prediction(lesson, question, predicted, right.as_deref());
        }
    }

    fn answer_prediction(
        &mut self,
        lesson: &Lesson,
        question: &Question,
        predicted: Option<Option<String>>,
        right: Option<&str>,
    ) {
        let choice = |id: &str| question.choices.iter().find(|choice| choice.id == id);
        let text = |id: &str| choice(id).map(|choice| self.filled(&choice.text)).unwrap_or_default();
        // What the run gave stands in the words under the choices: where it is not there, nothing was shown.
        let feedback = question.choices.iter().filter_map(|choice| choice.feedback.as_deref());
        let ran = feedback.map(|feedback| self.known(feedback)).fold(true, |all, known| all & known);
        let unseen = "Nothing has run here that shows it.";
        let line = match (&predicted, right) {
            (Some(Some(chosen)), Some(right)) if chosen == right && ran => {
                format!("You predicted: {}. So it was.", text(chosen))
            }
            (Some(Some(chosen)), Some(right)) if chosen == right => {
                format!("You predicted: {}. That is right. {unseen}", text(chosen))
            }
            (Some(Some(chosen)), Some(_)) if ran => format!("You predicted: {}.", text(chosen)),
            (Some(Some(chosen)), Some(right)) => {
                format!("You predicted: {}. It is: {}. {unseen}", text(chosen), text(right))
            }
            (Some(Some(chosen)), None) => {
                format!("You predicted: {}. Nothing has run that could show it.", text(chosen))
            }
            (Some(None), Some(right)) => format!("You had no idea yet. It is: {}.", text(right)),
            (None, Some(right)) => format!("You made no prediction. It is: {}.", text(right)),
            (_, None) => return,
        };
        self.session.say(&line.replace("..", "."));
        let feedback = predicted.flatten().and_then(|id| choice(&id)?.feedback.clone());
        if let Some(feedback) = feedback.filter(|_| right.is_some() && ran) {
            self.session.desk.line("");
            self.prose(lesson, &feedback);
        }
        self.session.desk.line("");
    }

    /// A choice of what was seen: asked again until it agrees with the events.
    pub(super) async fn observe(&mut self, lesson: &Lesson, step: &Step, question: &Question) -> Turn {
        let right = self.right(question);
        self.offer(question, false);
        loop {
            let index = match self.choice(lesson, step, question, false).await {
                Reply::Choice(choice) => choice.unwrap_or_default(),
                Reply::Turn(turn) => return turn,
            };
            let Some(choice) = question.choices.get(index) else { continue };
            let agrees = right.as_ref().is_none_or(|right| *right == choice.id);
            let judged = if agrees { Judged::Pass } else { Judged::NotYet };
            self.save(lesson, Change::Judged { step: step.id.clone(), verdict: judged });
            self.session.tell(Chosen {
                lesson: lesson.id.clone(),
                step: step.id.clone(),
                choice: Some(choice.id.clone()),
                right: right.as_ref().map(|_| agrees),
            });
            let word = match (&question.answer, &right, agrees) {
                (Answer::When(_), None, _) => "Nothing has run that could decide this.",
                (Answer::When(_), Some(_), true) => "The events say so too.",
                (Answer::When(_), Some(_), false) => "The events say something else.",
                (Answer::Fixed(_), _, true) => "Yes.",
                (Answer::Fixed(_), _, false) => "Not that.",
            };
            self.session.say(word);
            if let Some(feedback) = choice.feedback.clone().filter(|feedback| self.known(feedback)) {
                self.prose(lesson, &feedback);
            }
            if agrees {
                return Turn::Next;
            }
            if self.session.desk.scripted() {
                // A file answers once.
                self.stuck = Some(format!("{}: step {}: not-yet", lesson.place, step.id));
                return Turn::Leave;
            }
            self.session.say("Look again, and choose once more.");
        }
    }

    /// A question for another day; a right answer is shown in any case.
    pub(super) async fn recall(
        &mut self,
        lesson: &Lesson,
        step: &Step,
        question: &Question,
    ) -> (Turn, Option<bool>) {
        self.prose(lesson, &step.body);
        self.offer(question, true);
        let choice = match self.choice(lesson, step, question, true).await {
            Reply::Choice(choice) => choice,
            Reply::Turn(turn) => return (turn, None),
        };
        let Answer::Fixed(right) = &question.answer else { return (Turn::Next, None) };
        let chosen = choice.and_then(|index| question.choices.get(index));
        let agrees = chosen.is_some_and(|choice| choice.id == *right);
        self.session.tell(Chosen {
            lesson: lesson.id.clone(),
            step: step.id.clone(),
            choice: chosen.map(|choice| choice.id.clone()),
            right: Some(agrees),
        });
        self.save(lesson, Change::Recalled { step: step.id.clone(), right: agrees });
        // Who skipped the step has nothing to be reminded of.
        let feedback = chosen.and_then(|choice| choice.feedback.clone());
        if let Some(feedback) = feedback.filter(|feedback| self.known(feedback)) {
            self.prose(lesson, &feedback);
        }
        let text =
            question.choices.iter().find(|choice| choice.id == *right).map(|choice| choice.text.clone());
        let text = self.filled(&text.unwrap_or_default());
        let style = *self.session.desk.style();
        let word = if agrees { "RIGHT" } else { "IT IS" };
        self.session.desk.lines(verdict(word, "", &text, Role::What, &style));
        (Turn::Next, Some(agrees))
    }

    /// The right choice, where it is known by now.
    pub(super) fn right(&self, question: &Question) -> Option<String> {
        answer(question, self.session.log.since(self.task_began), &self.session.values)
    }

    fn offer(&mut self, question: &Question, unsure: bool) {
        let texts = question.choices.iter().map(|choice| self.filled(&choice.text));
        let texts: Vec<String> = texts.chain(unsure.then(|| NO_IDEA.to_owned())).collect();
        let lines = choices(&texts, self.session.desk.style());
        self.session.desk.lines(lines);
    }

    /// Asks until a choice is made or another key is pressed. `unsure`: no idea yet is the last number.
    async fn choice(&mut self, lesson: &Lesson, step: &Step, question: &Question, unsure: bool) -> Reply {
        if self.session.desk.scripted() && !self.session.desk.has_lines() {
            return self.scripted_choice(lesson, step, question);
        }
        let count = question.choices.len() + usize::from(unsure);
        loop {
            self.session.desk.ask("> ", false);
            let text = match self.session.next(None).await {
                Happening::Heard(Heard::Line(text)) => text,
                Happening::Heard(Heard::Interrupted | Heard::End) | Happening::Told => {
                    return Reply::Turn(Turn::Leave);
                }
                Happening::Changed | Happening::Due | Happening::Interrupted => continue,
            };
            match line::key(&text) {
                Some(Key::Back) => return Reply::Turn(Turn::Back),
                Some(Key::Skip) => return Reply::Turn(Turn::Skip),
                Some(Key::Menu) => return Reply::Turn(Turn::Menu),
                Some(Key::Quit) => return Reply::Turn(Turn::Leave),
                Some(Key::Keys) => self.keys(),
                Some(Key::Hint) => {
                    let text = if matches!(step.kind, Kind::Observe(_)) {
                        "It has happened already: look at what is shown above, or b goes back to the task."
                    } else {
                        "A guess is enough here: what happens will answer it."
                    };
                    self.session.say(text);
                }
                Some(Key::Lesson | Key::Close) | None => match self.numbered(&text, question, unsure) {
                    Some(choice) => return Reply::Choice(choice),
                    None => self
                        .session
                        .say(&format!("Type a number from 1 to {count} and Enter. (? lists the keys)")),
                },
            }
        }
    }

    /// A number, or the words of a choice.
    fn numbered(&self, text: &str, question: &Question, unsure: bool) -> Option<Option<usize>> {
        let text = text.trim().trim_end_matches([')', '.']);
        let count = question.choices.len();
        if let Ok(number) = text.parse::<usize>() {
            return match number {
                0 => None,
                number if number <= count => Some(Some(number - 1)),
                number if unsure && number == count + 1 => Some(None),
                _ => None,
            };
        }
        let meant = |choice: &crate::lesson::Choice| {
            choice.id.eq_ignore_ascii_case(text) || self.filled(&choice.text).eq_ignore_ascii_case(text)
        };
        match question.choices.iter().position(meant) {
            Some(index) => Some(Some(index)),
            None => (unsure && text.eq_ignore_ascii_case(NO_IDEA)).then_some(None),
        }
    }

    /// The choice of an answers file. Without one nothing more can be asked.
    fn scripted_choice(&mut self, lesson: &Lesson, step: &Step, question: &Question) -> Reply {
        let given = self.answers.answer(&step.id).map(str::to_owned);
        let found = match given.as_deref() {
            None => {
                self.unanswered(lesson, step, "answer = \"...\"");
                return Reply::Turn(Turn::Leave);
            }
            // Whatever the run makes right.
            Some("") => {
                let right = self.right(question);
                Some(Some(
                    right
                        .and_then(|id| question.choices.iter().position(|choice| choice.id == id))
                        .unwrap_or(0),
                ))
            }
            Some(given) => self.numbered(given, question, true),
        };
        match found {
            Some(choice) => {
                let text = choice
                    .and_then(|index| question.choices.get(index))
                    .map_or(NO_IDEA, |choice| &choice.text);
                let text = format!("> {}", self.filled(text));
                self.session.say(&text);
                Reply::Choice(choice)
            }
            None => {
                let names: Vec<&str> = question.choices.iter().map(|choice| choice.id.as_str()).collect();
                self.unanswered(lesson, step, &format!("one of {}", names.join(", ")));
                Reply::Turn(Turn::Leave)
            }
        }
    }
}
