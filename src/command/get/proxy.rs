//! Which proxy variables of the environment other tools would obey here. `get` obeys none, and says so.

use url::Url;

/// The names of the variables that are set and concern one of `urls`.
pub(super) fn variables(urls: &[Url], read: impl Fn(&str) -> Option<String>) -> Vec<String> {
    let set = |name: &str| read(name).is_some_and(|value| !value.trim().is_empty());
    let exempt = ["no_proxy", "NO_PROXY"].iter().find_map(|name| read(name)).unwrap_or_default();
    let mut found: Vec<String> = Vec::new();
    for url in urls.iter().filter(|url| !is_exempt(url, &exempt)) {
        let own = format!("{}_proxy", url.scheme());
        for name in [own.clone(), own.to_uppercase(), "all_proxy".to_owned(), "ALL_PROXY".to_owned()] {
            if set(&name) && !found.contains(&name) {
                found.push(name);
            }
        }
    }
    found
}

/// `no_proxy`: `*`, or names that end the host's at a dot.
fn is_exempt(url: &Url, list: &str) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_ascii_lowercase();
    list.split(',').map(|entry| entry.trim().trim_start_matches('.').to_ascii_lowercase()).any(|entry| {
        entry == "*" || (!entry.is_empty() && (host == entry || host.ends_with(&format!(".{entry}"))))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(url: &str, environment: &[(&str, &str)]) -> Vec<String> {
        let read = |name: &str| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        variables(&Url::parse(url).into_iter().collect::<Vec<_>>(), read)
    }

    #[test]
    fn only_variables_that_would_apply_are_named() {
        let proxies = [("http_proxy", "http://p:1"), ("ALL_PROXY", "http://p:1"), ("HTTPS_PROXY", " ")];
        assert_eq!(found("http://a.b/", &proxies), ["http_proxy", "ALL_PROXY"]);
        assert_eq!(found("https://a.b/", &proxies), ["ALL_PROXY"]);
        assert!(found("http://a.b/", &[]).is_empty());
    }

    #[test]
    fn exempt_hosts_have_none() {
        for (list, url, exempt) in [
            ("*", "http://a.b/", true),
            ("b", "http://a.b/", true),
            (".b", "http://a.b/", true),
            ("x, a.b", "http://a.b/", true),
            ("::1", "http://[::1]/", true),
            ("b", "http://ab/", false),
            ("", "http://a.b/", false),
        ] {
            let proxies = [("http_proxy", "http://p:1"), ("no_proxy", list)];
            assert_eq!(found(url, &proxies).is_empty(), exempt, "{list} {url}");
        }
    }
}
