//! `netlearn connect` against real listeners on loopback, made here.

mod support;

#[test]
fn help_begins_with_an_example() {
    let run = support::netlearn(&["connect", "--help"]);
    assert_eq!(run.code, 0);
    assert!(run.text().contains("netlearn connect localhost 3000"));
}
