use super::*;

fn referral_to(glue: &[&str], not_believed: &[&str]) -> ReferralReceived {
    let addresses = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
    ReferralReceived {
        from: "127.53.0.1:5300".parse().unwrap(),
        from_zone: ".".to_owned(),
        zone: "test.".to_owned(),
        servers: vec![Delegated {
            name: "ns.test.".to_owned(),
            glue: addresses(glue),
            not_believed: addresses(not_believed),
        }],
        name: "www.shop.test.".to_owned(),
    }
}

#[test]
fn a_referral_says_who_knows() {
    let words = referral(&referral_to(&["127.53.0.2"], &[]));
    assert_eq!(words.what, "127.53.0.1 sends us on to test.: ns.test. at 127.53.0.2");
    assert!(words.why.iter().any(|why| why.id == "walk.glue"));
    let words = referral(&referral_to(&[], &[]));
    assert!(words.why[1].text.starts_with("No address came along for ns.test.:"), "{:?}", words.why);
    let words = referral(&referral_to(&[], &["127.9.9.9"]));
    assert!(words.why[1].text.contains("does not lie in the root"), "{:?}", words.why);
}

#[test]
fn further_servers_are_counted() {
    let mut facts = referral_to(&["127.53.0.2"], &[]);
    let one = facts.servers[0].clone();
    facts.servers = vec![one.clone(), one.clone(), one.clone()];
    assert_eq!(servers(&facts), "ns.test. at 127.53.0.2, ns.test. at 127.53.0.2 and ns.test. at 127.53.0.2");
    facts.servers.push(one);
    assert_eq!(servers(&facts), "ns.test. at 127.53.0.2, ns.test. at 127.53.0.2 and 2 more");
}

#[test]
fn a_walk_says_how_long_its_answer_holds() {
    let mut facts: Walked = serde_json::from_str(
        r#"{"question":{"name":"a.test.","record_type":"A","class":"IN"},"path":[
            {"zone":".","address":"127.53.0.1:53","asked":{"name":"a.test.","record_type":"A","class":"IN"},"meaning":"referral"},
            {"zone":"test.","address":"127.53.0.2:53","asked":{"name":"a.test.","record_type":"A","class":"IN"},"meaning":"answer"}],
            "aliases":[],"answers":[],"meaning":"answer","ttl":60,"questions":2}"#,
    )
    .unwrap();
    assert_eq!(walked(&facts).what, "a.test. A: answered by way of the root and test., with 2 questions");
    assert_eq!(walked(&facts).why[1].text, "You may keep this answer for 60 s (its TTL).");
    facts.meaning = Meaning::NoSuchName;
    facts.ttl = Some(1);
    assert!(walked(&facts).why[1].text.starts_with("This no may be remembered for 1 s"));
    facts.ttl = None;
    assert_eq!(walked(&facts).why.len(), 1);
}

#[test]
fn whoever_is_passed_over_is_named_with_the_reason() {
    let mut facts = ServerSkipped {
        server: Some("ns.test.".to_owned()),
        address: Some("127.53.0.2:53".parse().unwrap()),
        zone: "test.".to_owned(),
        reason: SkipReason::Silent,
        another: true,
    };
    assert_eq!(
        skipped(&facts).what,
        "ns.test. at 127.53.0.2:53 is passed over: it gave no answer in the time allowed; the next server is asked"
    );
    facts.another = false;
    assert!(skipped(&facts).what.ends_with("; no other is left"));
}
