//! What of a command line may be kept: secrets become asterisks.

use std::ffi::OsString;

use crate::command::SECRET_FIELDS;

/// The command line for the recording's header: without the way to the program, and values of secret fields are asterisks.
pub(in crate::cli) fn masked(arguments: &[OsString]) -> Vec<String> {
    let rest = arguments.iter().skip(1).map(|argument| mask(&argument.to_string_lossy()));
    std::iter::once("netlearn".to_owned()).chain(rest).collect()
}

/// The argument with what is secret in it as asterisks: the value of a field, the name and password of a URL.
fn mask(argument: &str) -> String {
    let argument = &mask_credentials(argument);
    let start = argument.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
    let Some((name, value)) = argument.split_once(':') else { return argument.to_owned() };
    let bare = name.get(start..).unwrap_or(name).trim();
    let bare = bare.as_bytes();
    let secret = SECRET_FIELDS.iter().map(|field| field.as_bytes()).any(|field| {
        // `-HCookie: x` and `--header=Cookie: x` carry the option in front.
        bare.len() >= field.len() && bare[bare.len() - field.len()..].eq_ignore_ascii_case(field)
    });
    if secret { format!("{name}:{}", "*".repeat(value.chars().count())) } else { argument.to_owned() }
}

/// What stands before the `@` of an authority (RFC 3986 section 3.2.1): a name and password, or a token alone.
fn mask_credentials(argument: &str) -> String {
    let scheme = argument.find("://").map(|at| at + 3);
    let start = scheme.unwrap_or(0);
    let rest = &argument[start..];
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    match authority.rfind('@') {
        Some(at) if at > 0 && !authority[..at].contains(char::is_whitespace) => {
            let stars = "*".repeat(authority[..at].chars().count());
            format!("{}{stars}{}", &argument[..start], &rest[at..])
        }
        Some(_) | None => argument.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_on_the_command_line_are_masked() {
        assert_eq!(mask("Authorization: Bearer x"), "Authorization:*********");
        assert_eq!(mask("-HCookie: a"), "-HCookie:**");
        assert_eq!(mask("--header=Cookie: a"), "--header=Cookie:**");
        assert_eq!(mask("http://localhost:3000/"), "http://localhost:3000/");
        assert_eq!(mask("token@localhost/"), "*****@localhost/");
        assert_eq!(mask("Müllers: x"), "Müllers: x");
        assert_eq!(mask("@body.json"), "@body.json");
        assert_eq!(mask("http://me:pw@localhost/a@b"), "http://*****@localhost/a@b");
        assert_eq!(mask("me:pw@localhost"), "*****@localhost");
        assert_eq!(mask("http://localhost/a@b"), "http://localhost/a@b");
        assert_eq!(mask("@file"), "@file");
    }
}
