//! An answers file: what a script types and chooses in place of a person.

use std::collections::BTreeMap;

use super::LessonError;
use super::load::reader::{Fields, Reader};

/// Answers by step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answers(BTreeMap<String, Given>);

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Given {
    answer: Option<String>,
    input: Option<Vec<String>>,
}

impl Answers {
    /// Reads TOML: a table a step, with `answer = "choice"` or `input = ["line", ...]`.
    ///
    /// # Errors
    /// The first fault.
    pub fn read(text: &str, file: &str) -> Result<Answers, LessonError> {
        let mut reader = Reader::new(text, file.to_owned());
        let mut answers = BTreeMap::new();
        if let Some(document) = reader.parse() {
            for entry in Fields::of(document.get_ref(), 0).rest() {
                reader.step = Some(entry.key.to_owned());
                let Some(mut fields) = reader.table(entry) else { continue };
                let (answer, input) = (fields.take("answer"), fields.take("input"));
                if answer.is_some() == input.is_some() {
                    reader.fault(entry.at, "an answer has either `answer` or `input`".to_owned());
                }
                let given = Given {
                    answer: answer.and_then(|entry| reader.text(entry)),
                    input: input.map(|entry| reader.one_or_more(entry)),
                };
                reader.unknown(fields, "an answer");
                answers.insert(entry.key.to_owned(), given);
            }
        }
        reader.faults.sort_by_key(|fault| fault.line);
        reader.faults.into_iter().next().map_or(Ok(Answers(answers)), Err)
    }

    /// The choice for that step.
    pub fn answer(&self, step: &str) -> Option<&str> {
        self.0.get(step)?.answer.as_deref()
    }

    /// The lines to type in that step.
    pub fn input(&self, step: &str) -> Option<&[String]> {
        self.0.get(step)?.input.as_deref()
    }

    /// Sets the choice for a step.
    pub fn set_answer(&mut self, step: &str, choice: String) {
        self.0.insert(step.to_owned(), Given { answer: Some(choice), input: None });
    }

    /// Sets the lines to type in a step.
    pub fn set_input(&mut self, step: &str, lines: Vec<String>) {
        self.0.insert(step.to_owned(), Given { answer: None, input: Some(lines) });
    }

    /// The steps that it has answers for.
    pub fn steps(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn answers_are_read_by_step() {
        let answers = Answers::read(
            "[guess]\nanswer = \"nothing\"\n[try]\ninput = [\"serve tcp {p}\", \":eof\"]\n[\"one-line\"]\ninput = \"x\"\n",
            "a.toml",
        )
        .expect("no faults");
        assert_eq!(answers.answer("guess"), Some("nothing"));
        assert_eq!(answers.input("guess"), None);
        assert_eq!(answers.input("try").map(<[String]>::len), Some(2));
        assert_eq!(answers.input("one-line"), Some(&["x".to_owned()][..]));
        assert_eq!(answers.answer("other"), None);
        assert_eq!(answers.steps().collect::<Vec<_>>(), ["guess", "one-line", "try"]);
    }

    #[test]
    fn faults_name_file_line_and_step() {
        let told = |text: &str| Answers::read(text, "a.toml").expect_err("a fault").to_string();
        assert_eq!(
            told("\n[guess]\nanser = \"x\""),
            "a.toml:2: step guess: an answer has either `answer` or `input`"
        );
        assert_eq!(
            told("[guess]\nanswer = \"x\"\nanser = 1"),
            "a.toml:3: step guess: an answer has no `anser`; did you mean `answer`?"
        );
        assert_eq!(
            told("[guess]\nanswer = 1"),
            "a.toml:2: step guess: `answer` is a text, not of the type integer"
        );
        assert!(told("guess = 1").contains("`guess` is a table"));
        assert!(told("[guess").starts_with("a.toml:1: "));
        assert_eq!(Answers::read("", "a.toml"), Ok(Answers::default()));
    }

    proptest! {
        #[test]
        fn no_text_panics(text: String, near in "[\\[\\]a-z=\"',{}\\n ]{0,40}") {
            let _ = Answers::read(&text, "a.toml");
            let _ = Answers::read(&near, "a.toml");
        }
    }
}
