//! What is told of a lesson that was written with a fault: the place, what is wrong, and the nearest that would be right.

use super::*;

/// The one fault after a change to lesson.toml; the line is counted from the change.
fn toml_fault(old: &str, new: &str) -> String {
    assert_eq!(TOML.matches(old).count(), 1, "{old:?} stands once");
    one_fault(faults(&TOML.replace(old, new), PROSE))
}

fn prose_fault(old: &str, new: &str) -> String {
    assert_eq!(PROSE.matches(old).count(), 1, "{old:?} stands once");
    one_fault(faults(TOML, &PROSE.replace(old, new)))
}

#[test]
fn names_are_checked_and_the_nearest_told() {
    let at = |part: &str| line_of(TOML, part);
    let cases = [
        ("minutes = 12", "minuets = 12", None),
        (
            "kind = \"say\"",
            "kind = \"saying\"",
            Some("there is no kind of step `saying`; did you mean `say`?"),
        ),
        (
            "event = \"accepted\", side",
            "event = \"acepted\", side",
            Some("there is no event `acepted`; did you mean `accepted`?"),
        ),
        (
            "field = \"local_port\", of",
            "field = \"local_prot\", of",
            Some("has no field `local_prot`; did you mean `local_port`?"),
        ),
        (
            "needs = [\"connections\"]",
            "needs = [\"conections\"]",
            Some("there is no fact `conections`; did you mean `connections`?"),
        ),
        (
            "kind = \"listener\"",
            "kind = \"listner\"",
            Some("there is no table `listner`; did you mean `listener`?"),
        ),
        (
            "verdict = \"not-yet\"",
            "verdict = \"not yet\"",
            Some("there is no verdict `not yet`; did you mean `not-yet`?"),
        ),
        (
            "direction = \"received\", for",
            "direction = \"recieved\", for",
            Some("`direction` is never `recieved`; did you mean `received`?"),
        ),
        ("solution = [\"serve tcp {p} --silent\", ", "solutions = [\"serve tcp {p} --silent\", ", None),
        (
            "program = \"log-server.js\"\nexpect",
            "program = \"log-sever.js\"\nexpect",
            Some("there is no programs/log-sever.js; did you mean `log-server.js`?"),
        ),
        ("line = 3", "line = 9", Some("`log-server.js` has lines 1 to 4, there is no line 9")),
        ("for = \"5s\"", "for = \"5 hours\"", Some("`5 hours` is no time of up to ten minutes")),
        (
            "of = [\"guess\"]",
            "of = [\"guss\"]",
            Some("`of` names `guss`, and no prediction before this step has that id; did you mean `guess`?"),
        ),
        (
            "answer = \"nothing\"",
            "answer = \"nothng\"",
            Some("the answer `nothng` is none of the choices; did you mean `nothing`?"),
        ),
        ("same = \"a\", max", "same = \"b\", max", Some("`same = \"b\"` is no flow of `expect` or `any`")),
        ("format_version = 1", "format_version = 2", Some("format_version 2 is not known here")),
        (
            "\"connect localhost:{p}\", \"hello\"",
            "\"connect localhost:{q}\", \"hello\"",
            Some("nothing gives a value to `{q}`"),
        ),
        (
            "\"connect localhost:{p}\", \"hello\"",
            "\"connect localhost:{p}\", \":wait 300ms\"",
            Some("there is no `:wait`"),
        ),
    ];
    for (old, new, expected) in cases {
        let told = if let Some(expected) = expected {
            let told = toml_fault(old, new);
            assert!(told.contains(expected), "{told}");
            told
        } else {
            // Two sides of one slip: what is missing, and what stands there.
            let all = faults(&TOML.replace(old, new), PROSE);
            assert!(all.iter().any(|told| told.contains("did you mean")), "{all:?}");
            all.into_iter().find(|told| told.contains("did you mean")).unwrap_or_default()
        };
        assert!(told.starts_with("lesson.toml:"), "{told}");
    }
    let told = toml_fault("event = \"accepted\", side", "event = \"acepted\", side");
    let line = at("{ event = \"accepted\", side");
    assert!(told.starts_with(&format!("lesson.toml:{line}: step try: ")), "{told}");
}

#[test]
fn prose_and_structure_must_fit() {
    let at = |part: &str| line_of(PROSE, part);
    let told = prose_fault("## welcome", "## summary-too\nx\n## welcome");
    assert!(
        told.starts_with(&format!("en.md:{}: `## summary-too` is the id of no step", at("## welcome"))),
        "{told}"
    );
    let told = faults(TOML, &PROSE.replace("## saw", "## sawn"));
    assert!(told[0].ends_with("step saw: there is no `## saw`"), "{told:?}");
    assert!(told[1].ends_with("`## sawn` is the id of no step; did you mean `saw`?"), "{told:?}");
    let told = prose_fault("### hint 2\nThe server first.\n", "");
    assert_eq!(
        told,
        format!("en.md:{}: step try: there is no `### hint 2` (a nudge, more, the command)", at("## try"))
    );
    assert!(
        prose_fault("### why\nIts code", "### wy\n\n### why\nIts code")
            .ends_with("`### wy` has no meaning here; did you mean `why`?")
    );
    assert!(
        prose_fault("### why\nIts code only logs.", "").ends_with("there is no `### why` (why it worked)")
    );
    assert!(
        prose_fault("### without\nWatch it only.", "")
            .ends_with("`### without` is what is read where that is missing")
    );
    assert!(
        prose_fault("> The bytes came, and were logged.", "")
            .contains("the choice `bytes` can be wrong and says nothing then")
    );
    let all = faults(TOML, &PROSE.replace("### choice echo\n", "### choice ecco\n"));
    assert!(
        all.iter()
            .any(|told| told.ends_with("`### choice ecco` has no meaning here; did you mean `choice echo`?")),
        "{all:?}"
    );
    assert!(prose_fault("3-4", "3-99").contains("`log-server.js` has 4 lines, there is no line 99"));
    assert!(
        prose_fault("~~~program log-server.js", "~~~program log-sever.js")
            .contains("did you mean `log-server.js`?")
    );
    let told = prose_fault("{try.back} bytes", "{try.bakc} bytes");
    assert_eq!(
        told,
        format!(
            "en.md:{}: step guess: nothing gives a value to `{{try.bakc}}`; did you mean `try.back`?",
            at("{try.back} bytes")
        )
    );
    assert!(
        prose_fault("Its code only logs.", "Its code logs }")
            .ends_with("write `{{` or `}}` for the brace itself")
    );
    assert!(prose_fault("# One server, one client", "One server").contains("the prose begins with `# `"));
    assert!(prose_fault("## because", "#### because\n## because").contains("stands where none may"));
    assert!(
        prose_fault("## because", "## welcome\nAgain.\n## because").contains("stands here again, after line")
    );
}

#[test]
fn a_task_must_ask_for_something_and_can_be_solved() {
    let minimal = |step: &str| {
        let toml = format!(
            "format_version = 1\nid = \"x\"\nminutes = 1\n[[step]]\nid = \"a\"\nkind = \"do\"\n{step}"
        );
        faults(&toml, "# T\n## a\nDo.\n### hint 1\nx\n### hint 2\nx\n### hint 3\nx\n### why\nx\n")
    };
    assert_eq!(minimal("expect = [{ event = \"accepted\" }]\nsolution = [\"x\"]"), Vec::<String>::new());
    assert_eq!(
        one_fault(minimal("expect = [{ event = \"accepted\" }]")),
        "lesson.toml:4: step a: a `do` step needs `solution`"
    );
    assert!(one_fault(minimal("solution = [\"x\"]")).contains("it would pass untouched"));
    assert!(
        one_fault(minimal("forbid = [{ event = \"bytes\" }]\nsolution = [\"x\"]"))
            .contains("it would pass untouched")
    );
    let quiet = "count = { event = \"bytes\", min = 1 }\nquiet = { event = \"bytes\", for = \"5s\" }\nsolution = [\"x\"]";
    assert!(one_fault(minimal(quiet)).contains("`quiet` begins after what is expected"));
    let count = "count = { event = \"bytes\" }\nexpect = [{ event = \"bytes\" }]\nsolution = [\"x\"]";
    assert!(one_fault(minimal(count)).contains("a count needs `min` or `max`"));
    let late = "setup = { run = [\"serve tcp {q}\"] }\nexpect = [{ event = \"bytes\" }]\nsolution = [\"x\"]";
    assert!(one_fault(minimal(late)).contains("nothing gives a value to `{q}`"));
    let captured = "expect = [{ event = \"bytes\" }]\ncount = { event = \"bytes\", min = 1, capture = { n = \"len\" } }\nsolution = [\"x\"]";
    assert!(one_fault(minimal(captured)).contains("only `expect`, `any` and `table` capture"));
}

#[test]
fn all_faults_are_told_at_once_in_order() {
    let toml = TOML
        .replace("minutes = 12", "minutes = 0")
        .replace("answer = \"nothing\"", "answer = \"x\"")
        .replace("for = \"5s\"", "for = \"x\"");
    let prose = PROSE.replace("{p}:", "{zz}:").replace("### why\nIts", "### wyh\nIts");
    let all = faults(&toml, &prose);
    let lines: Vec<(&str, usize)> = all
        .iter()
        .map(|told| {
            let mut parts = told.split(':');
            (parts.next().expect("a file"), parts.next().and_then(|line| line.parse().ok()).expect("a line"))
        })
        .collect();
    assert!(lines.len() >= 6, "{all:#?}");
    assert!(lines.is_sorted(), "{all:#?}");
    assert_eq!(one_fault(faults("id = [", PROSE)).split(':').next(), Some("lesson.toml"));
}

#[test]
fn what_can_never_be_measured_or_answered_is_told() {
    let told = toml_fault("of = [\"guess\"]", "of = []");
    assert!(told.contains("`of` is empty"), "{told}");
    let both = "answer = \"nothing\"\nanswer_when.echo = [{ event = \"bytes\" }]\nmisconception.echo";
    let told = toml_fault("answer = \"nothing\"\nmisconception.echo", both);
    assert!(told.contains("has `answer` and `answer_when`"), "{told}");
    let sum = "measure.x = { sum = \"peer\", of = { event = \"bytes\" } }\nmeasure.tries";
    let told = toml_fault("measure.tries", sum);
    assert!(told.contains("step try: `peer` is no number"), "{told}");
    let flag = "[{ event = \"closed\", local_port = true }]";
    let told = toml_fault(
        "[{ event = \"bytes\", side = \"client\", direction = \"received\" }]\ncount",
        &format!("{flag}\ncount"),
    );
    assert!(told.contains("`local_port` is never true or false"), "{told}");
}

#[test]
fn a_value_may_be_measured_on_several_sides() {
    let both = "measure.port = [\n  { field = \"local_port\", of = { event = \"connected\" }, last = true },\n  { field = \"peer_port\", of = { event = \"accepted\" } },\n]";
    let one = "measure.port = { field = \"local_port\", of = { event = \"connected\" }, last = true }";
    assert_eq!(faults(&TOML.replace(one, both), PROSE), [""; 0]);
    let told = toml_fault(one, &both.replace("peer_port", "peer_prot"));
    assert!(told.contains("no field `peer_prot`; did you mean `peer_port`?"), "{told}");
    let told = toml_fault(one, "measure.port = []");
    assert!(told.contains("`port` has nothing to measure"), "{told}");
}
