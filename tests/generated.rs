//! Completions and manual pages, made from the command line's own definition.

mod support;

use std::process::Command;

use support::netlearn;

#[test]
fn every_shell_gets_completions_that_know_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let run = netlearn(&["completions", shell]);
        assert_eq!((run.code, run.stderr.as_str()), (0, ""), "{shell}");
        for word in ["serve", "resolve", "ladder"] {
            assert!(run.text().contains(word), "{shell}: {word}");
        }
    }
}

#[test]
fn an_unknown_shell_is_a_usage_error_that_lists_them() {
    let run = netlearn(&["completions", "tcsh"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("bash") && run.stderr.contains("fish"), "{}", run.stderr);
}

#[test]
#[ignore = "needs bash"]
fn bash_completes_a_command() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("netlearn.bash");
    std::fs::write(&file, netlearn(&["completions", "bash"]).stdout).expect("written");
    for (words, at, completed) in [
        ("netlearn res", 1, "resolve"),
        ("netlearn lesson pri", 2, "print"),
        // What `help` knows is made apart.
        ("netlearn help lesson pri", 3, "print"),
    ] {
        let last = words.rsplit(' ').next().expect("a word");
        let script = format!(
            "source {}; COMP_WORDS=({words}); COMP_CWORD={at}; _netlearn netlearn {last} netlearn; echo \"${{COMPREPLY[@]}}\"",
            file.display()
        );
        let run = Command::new("bash").args(["--norc", "-c", &script]).output().expect("bash runs");
        assert_eq!(String::from_utf8_lossy(&run.stdout).trim(), completed, "{words}: {run:?}");
    }
}

#[test]
fn each_command_has_a_manual_page_with_its_flags() {
    let folder = tempfile::tempdir().expect("a folder");
    let run = netlearn(&["man", "--dir", &folder.path().display().to_string()]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    let page = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("the page is there");
    assert!(page("netlearn.1").contains("netlearn\\-resolve(1)"), "{}", page("netlearn.1"));
    assert!(page("netlearn-serve.1").contains("max\\-connections"));
    assert!(page("netlearn-resolve.1").contains("\\-\\-trace"));
    assert!(!folder.path().join("netlearn-schema.1").exists(), "a hidden command has no page");
    assert_eq!(netlearn(&["man", "serve"]).text(), page("netlearn-serve.1"));
    assert_eq!(netlearn(&["man"]).text(), page("netlearn.1"));
}

/// The examples are those of the help, the exit codes those of the documents.
#[test]
fn a_manual_page_has_examples_and_the_exit_codes_of_its_command() {
    let plain = |text: String| text.replace("\\-", "-").replace("\\*(Aq", "'");
    for command in
        ["serve", "connect", "get", "resolve", "ports", "lab", "tour", "lesson", "explain", "replay"]
    {
        let page = plain(netlearn(&["man", command]).text());
        let (_, ours) = page.split_once(".SH EXAMPLES").expect(command);
        let (examples, codes) = ours.split_once(".SH \"EXIT STATUS\"").expect(command);
        let help = netlearn(&[command, "--help"]).text();
        for line in help.lines().take_while(|line| line.starts_with("  ")) {
            assert!(examples.contains(line.trim()), "{command}: {line} in {examples}");
        }
        assert!(
            codes.contains(".TP\n0\ndone") && codes.contains(".TP\n2\nthe command line was wrong"),
            "{codes}"
        );
        let own = |code: &str| codes.contains(&format!(".TP\n{code}\n"));
        assert_eq!(own("47"), command == "get", "{command}: {codes}");
        assert_eq!(own("60"), matches!(command, "get" | "connect"), "{command}: {codes}");
        assert_eq!(own("143"), !matches!(command, "serve" | "lab"), "{command}: {codes}");
        assert_eq!(own("9"), command == "resolve", "{command}: {codes}");
    }
    let page = plain(netlearn(&["man"]).text());
    assert!(page.contains("netlearn tour\n") && page.contains("(get, connect)"), "{page}");
}

#[test]
fn a_folder_that_is_not_there_is_a_usage_error() {
    let run = netlearn(&["man", "--dir", "/no/such/folder"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("/no/such/folder"), "{}", run.stderr);
}

#[test]
#[ignore = "needs a full device"]
fn a_full_disk_is_said() {
    let full = std::fs::File::options().write(true).open("/dev/full").expect("/dev/full");
    let run = Command::new(env!("CARGO_BIN_EXE_netlearn")).arg("man").stdout(full).output().expect("runs");
    assert_eq!(run.status.code(), Some(23));
    assert!(String::from_utf8_lossy(&run.stderr).contains("could not be written"));
}
