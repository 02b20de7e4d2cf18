//! A real browser, alone in a network with its test: nothing of it leaves this machine.

use std::process::Command;

use crate::support::{GUARD, Started};

/// Set where the test runs in its own network.
const INSIDE: &str = "NETLEARN_BROWSER_INSIDE";

/// Runs `body` of the test of this name in a network of its own: the test begins once more there.
pub(crate) fn alone(test: &str, body: impl FnOnce()) {
    if std::env::var_os(INSIDE).is_some() {
        return body();
    }
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--net", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"]);
    command.arg(std::env::current_exe().expect("this program"));
    command.args(["--exact", test, "--include-ignored", "--nocapture"]).env(INSIDE, "1");
    let run = Started::within(command, 4 * GUARD).finish();
    assert!(run.code == 0 && run.text().contains("1 passed"), "{}{}", run.text(), run.stderr);
}

/// What Chromium makes of the page at `url`, as HTML.
pub(crate) fn page(url: &str, options: &[&str]) -> String {
    let profile = tempfile::tempdir().expect("a folder");
    let mut command = Command::new("chromium");
    // Without a sandbox of its own, which root has not, and without asking anybody but this page.
    command.args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]);
    command.args(["--disable-background-networking", "--disable-component-update", "--disable-sync"]);
    command.arg(format!("--user-data-dir={}", profile.path().display())).args(options);
    command.args(["--dump-dom", url]);
    let run = Started::within(command, 2 * GUARD).finish();
    assert_eq!(run.code, 0, "{}{}", run.text(), run.stderr);
    run.text()
}
