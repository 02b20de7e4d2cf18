//! The published schema of the event stream is the one that the types generate.

use std::process::Command;

/// Write it anew with `cargo run -- schema > docs/events.schema.json`.
#[test]
fn the_published_schema_is_current() {
    let published = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/events.schema.json"))
        .expect("docs/events.schema.json is there");
    let printed = Command::new(env!("CARGO_BIN_EXE_netlearn")).arg("schema").output().expect("netlearn runs");
    assert!(printed.status.success());
    let printed = String::from_utf8(printed.stdout).expect("the schema is UTF-8");
    assert!(printed == published, "run: cargo run -- schema > docs/events.schema.json");
}

#[test]
fn every_kind_of_event_is_in_the_schema() {
    let schema = netlearn::event::schema().as_value().to_string();
    for name in netlearn::event::EventKind::NAMES {
        assert!(schema.contains(&format!("\"const\":\"{name}\"")), "{name}");
    }
}
