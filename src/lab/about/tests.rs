use super::*;

fn name(text: &str) -> Name {
    Name::from_ascii(text).unwrap()
}

fn entry(number: usize, data: Vec<String>) -> CacheEntry {
    CacheEntry {
        name: format!("n{number}.test."),
        record_type: "TXT".to_owned(),
        meaning: Meaning::Answer,
        ttl: 299,
        data,
    }
}

/// Everything that is said of a cache, as its asker puts it together.
fn read(listed: &CacheListed) -> (CacheListed, usize) {
    let mut entries = Vec::new();
    let mut asked = 0;
    let mut next = Some("cache.lab.".to_owned());
    while let Some(page) = next.take() {
        asked += 1;
        let none = || LabCounted { counts: Vec::new() };
        let records = answer(&name(&page), none, || listed.clone()).unwrap();
        let mut message = Message::query();
        message.add_answers(records);
        let octets = message.to_vec().unwrap();
        assert!(octets.len() <= usize::from(u16::MAX), "{} octets", octets.len());
        for row in Message::from_vec(&octets).unwrap().answers.iter().filter_map(row_of) {
            match row.as_slice() {
                [more, page] if more == MORE => next = Some(page.clone()),
                _ => entries.push(entry_of(&row).unwrap()),
            }
        }
    }
    (CacheListed { entries }, asked)
}

#[test]
fn a_cache_is_read_as_it_was_told_however_large() {
    let long = "x".repeat(1000);
    let few = CacheListed {
        entries: vec![
            entry(1, vec!["127.53.1.80".to_owned(), "=+".to_owned(), String::new()]),
            entry(2, vec![long.clone(), "é".repeat(300)]),
            CacheEntry { meaning: Meaning::NoSuchName, data: Vec::new(), ..entry(3, Vec::new()) },
        ],
    };
    assert_eq!(read(&few), (few, 1));
    let many = CacheListed { entries: (0..500).map(|number| entry(number, vec![long.clone()])).collect() };
    let (found, asked) = read(&many);
    assert_eq!(found, many);
    assert!(asked > 10, "{asked} pages");
}

#[test]
fn counts_are_read_as_they_were_told() {
    let count = LabCount {
        name: "resolver.lab.".to_owned(),
        address: "127.53.0.53".parse().unwrap(),
        queries: 3,
        connections: 0,
        requests: None,
        from_cache: Some(1),
    };
    let web = LabCount { requests: Some(7), from_cache: None, ..count.clone() };
    for one in [count, web] {
        assert_eq!(count_of(&count_row(&one)), Some(one));
    }
}

#[test]
fn other_names_are_none_of_the_labs() {
    let none = || LabCounted { counts: Vec::new() };
    let nothing = || CacheListed { entries: Vec::new() };
    for other in ["version.bind.", "lab.", ".", "x.counts.lab.", "counts.lab.test."] {
        assert_eq!(answer(&name(other), none, nothing), None, "{other}");
    }
    assert_eq!(answer(&name("COUNTS.lab."), none, nothing), Some(Vec::new()));
    assert_eq!(answer(&name("9.cache.lab."), none, nothing), Some(Vec::new()));
}
