//! What was typed, without the words that say where: a command for the same thing elsewhere keeps all the others.

use clap::{Arg, ArgAction, Command};

/// What is served, as the first word behind `serve` names it.
const KINDS: [&str; 4] = ["http", "tcp", "udp", "unix"];

/// The words behind `netlearn` that a second command keeps: of `serve` all but address, port and path, of the clients that
/// write a file all but that file's name. Flags that say how it is shown are left out, and for other commands there is
/// nothing to keep.
pub(super) fn words(cli: &Command, line: &[String]) -> Vec<String> {
    let mut cli = cli.clone();
    // Only then the commands know the flags that all of them take.
    cli.build();
    let Some((at, command)) = command_of(&cli, line) else { return Vec::new() };
    let left: &[&str] = match command.get_name() {
        "serve" => &["port", "host"],
        "get" | "connect" => &["output"],
        _ => return Vec::new(),
    };
    let mut kept = vec![command.get_name().to_owned()];
    for piece in pieces(command, &line[at + 1..]) {
        let keep = match piece.flag {
            Some(flag) => !flag.is_global_set() && !left.contains(&flag.get_id().as_str()),
            None if command.get_name() == "serve" => KINDS.contains(&piece.words[0].as_str()),
            None => true,
        };
        match piece.flag {
            _ if !keep => {}
            // The kind of server stands first, wherever it was typed.
            None if command.get_name() == "serve" => drop(kept.splice(1..1, piece.words)),
            Some(_) | None => kept.extend(piece.words),
        }
    }
    kept
}

/// The command of a line, and the place of its name; of `cli` as it is once it was built.
pub(in crate::cli) fn command_of<'c>(cli: &'c Command, line: &[String]) -> Option<(usize, &'c Command)> {
    // The value of a flag that all commands take is no command.
    let valued = |word: &str| {
        let flags = || cli.get_arguments();
        let flag = match word.strip_prefix("--") {
            Some(long) => flags().find(|flag| flag.get_long() == Some(long)),
            None => word.strip_prefix('-').and_then(|short| {
                flags().find(|flag| flag.get_short().is_some_and(|known| short.ends_with(known)))
            }),
        };
        flag.is_some_and(takes_next)
    };
    (1..line.len())
        .filter(|at| *at == 1 || !valued(&line[at - 1]))
        .find_map(|at| Some((at, cli.find_subcommand(&line[at])?)))
}

/// A flag with its value, or a word of its own.
pub(in crate::cli) struct Piece<'a> {
    pub(in crate::cli) flag: Option<&'a Arg>,
    pub(in crate::cli) words: Vec<String>,
}

/// The words behind a command's name, each flag with its value.
pub(in crate::cli) fn pieces<'a>(command: &'a Command, line: &[String]) -> Vec<Piece<'a>> {
    let mut rest = line.iter();
    let mut pieces = Vec::new();
    while let Some(word) = rest.next() {
        if word == "--" {
            pieces.push(Piece { flag: None, words: vec![word.clone()] });
            pieces.extend(rest.by_ref().map(|word| Piece { flag: None, words: vec![word.clone()] }));
        } else if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            let flag = command.get_arguments().find(|flag| flag.get_long() == Some(name));
            let mut words = vec![word.clone()];
            if value.is_none() && flag.is_some_and(takes_next) {
                words.extend(rest.next().cloned());
            }
            pieces.push(Piece { flag, words });
        } else if word.starts_with('-') && word.len() > 1 {
            for (at, letter) in word.char_indices().skip(1) {
                let flag = command.get_arguments().find(|flag| flag.get_short() == Some(letter));
                let mut words = vec![format!("-{letter}")];
                let valued = flag.is_some_and(takes_next);
                if valued {
                    // The rest of the word is its value, or else the next one.
                    let value = &word[at + letter.len_utf8()..];
                    let value = value.strip_prefix('=').unwrap_or(value);
                    let joined = (!value.is_empty()).then(|| value.to_owned());
                    words.extend(joined.or_else(|| rest.next().cloned()));
                }
                pieces.push(Piece { flag, words });
                if valued {
                    break;
                }
            }
        } else {
            pieces.push(Piece { flag: None, words: vec![word.clone()] });
        }
    }
    pieces
}

/// Whether the value of a flag is the next word, where none is joined to it.
fn takes_next(flag: &Arg) -> bool {
    matches!(flag.get_action(), ArgAction::Set | ArgAction::Append) && !flag.is_require_equals_set()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    fn kept(line: &str) -> String {
        let line: Vec<String> = line.split(' ').map(str::to_owned).collect();
        words(&crate::cli::Cli::command(), &line).join(" ")
    }

    #[test]
    fn a_server_keeps_its_kind_and_its_flags() {
        for (line, same) in [
            ("netlearn serve", "serve"),
            ("netlearn serve 3000", "serve"),
            ("netlearn serve tcp 3000 --reply Hi", "serve tcp --reply Hi"),
            ("netlearn -v serve http --port 3000 --files . --json", "serve http --files ."),
            ("netlearn serve -p 3000 --host 127.0.0.1 --host=::1 --drip", "serve --drip"),
            ("netlearn serve -qp3000 --tls --ca-out ca.pem", "serve --tls --ca-out ca.pem"),
            ("netlearn serve --silent unix app.sock", "serve unix --silent"),
            ("netlearn --record get serve tcp 3000 --reply Hi", "serve tcp --reply Hi"),
            ("netlearn serve udp --reply 3000 3000 --idle=2s", "serve udp --reply 3000 --idle=2s"),
            ("netlearn serve unix app.sock --silent --record run.jsonl", "serve unix --silent"),
            ("netlearn serve tcp --reply http -- 3000", "serve tcp --reply http"),
        ] {
            assert_eq!(kept(line), same, "{line}");
        }
    }

    #[test]
    fn a_client_keeps_all_but_its_file() {
        for (line, same) in [
            ("netlearn connect localhost 3000 -o out --send x", "connect localhost 3000 --send x"),
            ("netlearn connect -uo out localhost 4009 --drip=5ms", "connect -u localhost 4009 --drip=5ms"),
            ("netlearn get --output=x -L :3000/ -v", "get -L :3000/"),
            ("netlearn ports 3000", ""),
        ] {
            assert_eq!(kept(line), same, "{line}");
        }
    }
}
