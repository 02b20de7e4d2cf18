//! The examples of the documents: each is run, and its output compared with what the document shows.
//!
//! They run in a network of their own, where ports 3000, 4009 and 5300 are free and the hosts file is known, so that each line is
//! typed as it stands in the document. `NETLEARN_BLESS=1` writes what came out into the documents. CONTRIBUTING.md has the form.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has to stop")]

#[path = "examples/document.rs"]
mod document;
#[path = "examples/likeness.rs"]
mod likeness;
#[path = "examples/servers.rs"]
mod servers;
#[path = "examples/stage.rs"]
mod stage;
mod support;
#[path = "examples/terms.rs"]
mod terms;

use std::fmt::Write as _;

use document::{Block, DOCUMENTS, Marked};
use netlearn::explain::glossary;
use stage::Stage;

#[test]
fn every_fenced_block_is_run_or_says_why_not() {
    let mut run = 0;
    for name in DOCUMENTS {
        let text = document::text(name);
        for block in document::blocks(&text) {
            match &block.marked {
                Some(Marked::Example(example)) => {
                    assert!(!block.commands.is_empty(), "{name}:{}: no line begins with `$ `", block.line);
                    assert_eq!(example.mistake, None, "{name}:{}", block.line);
                    run += 1;
                }
                Some(Marked::NotRun(why)) => {
                    assert!(why.split_whitespace().count() >= 3, "{name}:{}: why is it not run?", block.line);
                }
                None => panic!(
                    "{name}:{}: a block needs `<!-- example -->` or `<!-- not run: why -->` before it",
                    block.line
                ),
            }
        }
    }
    assert!(run > 30, "only {run} examples");
}

#[test]
#[ignore = "needs unshare, mount, ip and bash"]
fn the_documents_show_what_the_program_does() {
    if !stage::inside() {
        return stage::in_a_network_of_its_own("the_documents_show_what_the_program_does");
    }
    let bless = std::env::var("NETLEARN_BLESS").ok();
    let mut wrong = String::new();
    for name in DOCUMENTS {
        let text = document::text(name);
        let mut blessed = text.clone();
        let stage = Stage::new();
        // From the last to the first the places stay right; but they run in the order of the document.
        let shown: Vec<(Block, Option<String>)> = document::blocks(&text)
            .into_iter()
            .map(|block| {
                let output = stage.perform(name, &block);
                (block, output)
            })
            .collect();
        for (block, output) in shown.iter().rev() {
            let Some(output) = output else { continue };
            let difference = likeness::same(block, output).err();
            if let Some(difference) = &difference {
                let _ = writeln!(wrong, "\n{name}:{}: {difference}\n--- it printed\n{output}", block.line);
            }
            // Columns may have moved though every word is the same: `all` takes these too.
            if difference.is_some() || (bless.as_deref() == Some("all") && block.is_compared()) {
                blessed.replace_range(block.content.clone(), output);
            }
        }
        if bless.is_some() && blessed != text {
            document::write(name, &blessed);
        }
    }
    assert!(bless.is_some() || wrong.is_empty(), "NETLEARN_BLESS=1 writes what came out:{wrong}");
}

#[test]
#[ignore = "needs unshare, mount, ip, bash and man"]
fn the_examples_of_every_help_work_as_typed() {
    if !stage::inside() {
        return stage::in_a_network_of_its_own("the_examples_of_every_help_work_as_typed");
    }
    let help = support::netlearn(&["--help"]).text();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let commands: Vec<&str> = listed
        .take_while(|line| !line.is_empty())
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .filter(|command| *command != "help")
        .collect();
    assert!(commands.len() >= 12, "{commands:?}");
    for command in commands {
        let help = support::netlearn(&[command, "--help"]).text();
        let lines: Vec<&str> =
            help.lines().take_while(|line| line.starts_with("  ")).map(str::trim).collect();
        assert!(lines.len() >= 2, "{command} --help begins with {lines:?}");
        let stage = Stage::new();
        for line in lines {
            stage.works_as_typed(command, line);
        }
    }
}

#[test]
#[ignore = "needs unshare, mount, ip, setpriv, bash, node and curl"]
fn the_command_of_every_term_shows_it() {
    if !stage::inside() {
        return stage::in_a_network_of_its_own("the_command_of_every_term_shows_it");
    }
    // The system gives an unanswered SYN up after three seconds instead of two minutes, and remembers closed connections.
    std::fs::write("/proc/sys/net/ipv4/tcp_syn_retries", "1").unwrap();
    std::fs::write("/proc/sys/net/ipv4/tcp_max_tw_buckets", "1000").unwrap();
    let stage = Stage::new();
    let mut wrong = String::new();
    for entry in glossary::entries() {
        let evidence = terms::EVIDENCE.iter().find(|(term, ..)| *term == entry.term);
        match (entry.shown.command(), evidence) {
            (Some(_), Some(evidence)) => {
                if let Err(why) = stage.shows(entry, *evidence) {
                    let _ = writeln!(wrong, "\n{why}");
                }
            }
            (None, None) => {}
            (Some(_), None) => panic!("{}: what does its command show?", entry.term),
            (None, Some(_)) => panic!("{}: nothing shows it", entry.term),
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
