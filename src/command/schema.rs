//! `netlearn schema`: the JSON schema of the event stream, generated from the types.

use super::Outcome;

/// Prints the schema.
pub fn run() -> Outcome {
    let schema = format!("{:#}\n", crate::event::schema().as_value());
    match crate::render::write_stdout(schema.as_bytes()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => super::cannot_write("stdout", &error),
        Ok(()) | Err(_) => Outcome::DONE,
    }
}
