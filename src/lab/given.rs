//! Faults asked for by name, given to the servers and sites of a plan.

use super::fault::{Asked, DnsFault, Fault, WebFault};
use super::plan::Plan;

/// Where a fault goes whose place was not named; those of certificates and TLS need a site with HTTPS.
const USUAL: &str = "shop.test";
const USUAL_SECURE: &str = "bank.test";

/// A fault was asked for at a place that the plan does not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchPlace {
    /// As asked, or the usual place.
    pub place: String,
    /// The fault's name.
    pub fault: &'static str,
    /// Places that can have it.
    pub candidates: Vec<String>,
}

/// Gives each fault to whoever answers for its zone, or shows its site; says who has it, as `servfail@shop.test`.
///
/// # Errors
/// A place that is not in the plan, or (for a fault of TLS) is not served over HTTPS.
pub fn give(plan: &mut Plan, faults: &[Asked]) -> Result<Vec<String>, NoSuchPlace> {
    faults.iter().map(|asked| give_one(plan, asked)).collect()
}

fn give_one(plan: &mut Plan, asked: &Asked) -> Result<String, NoSuchPlace> {
    let usual = if needs_tls(asked.fault) { USUAL_SECURE } else { USUAL };
    let place = asked.at.as_deref().unwrap_or(usual);
    let given = match asked.fault {
        Fault::Dns(fault) => to_servers(plan, place, fault),
        Fault::Web(fault) => to_sites(plan, place, fault),
    };
    if given {
        return Ok(format!("{}@{place}", name(asked.fault)));
    }
    Err(NoSuchPlace {
        place: place.to_owned(),
        fault: name(asked.fault),
        candidates: candidates(plan, asked.fault),
    })
}

/// The name that a fault is asked for by.
pub fn name(fault: Fault) -> &'static str {
    Fault::NAMED.iter().find(|(_, known)| *known == fault).map_or("", |(name, _)| name)
}

/// Whether a fault shows only where TLS is expected.
fn needs_tls(fault: Fault) -> bool {
    match fault {
        Fault::Web(
            WebFault::Expired | WebFault::WrongName | WebFault::UnknownAuthority | WebFault::PlainHttp,
        ) => true,
        Fault::Web(
            WebFault::NeverAccepts
            | WebFault::Reset
            | WebFault::NeverAnswers
            | WebFault::ShortBody
            | WebFault::BadChunk
            | WebFault::RedirectLoop,
        )
        | Fault::Dns(_) => false,
    }
}

/// Names are compared without their final dot and regardless of case (RFC 4343).
fn same(one: &str, other: &str) -> bool {
    let bare = |name: &str| name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
    bare(one) == bare(other)
}

/// To every server of the zone, or the one with that name.
fn to_servers(plan: &mut Plan, place: &str, fault: DnsFault) -> bool {
    let mut given = false;
    for server in &mut plan.servers {
        if same(&server.name, place) || server.zones.iter().any(|zone| same(zone, place)) {
            server.fault = Some(fault);
            given = true;
        }
    }
    given
}

/// To every site with that name.
fn to_sites(plan: &mut Plan, place: &str, fault: WebFault) -> bool {
    let secure_only = needs_tls(Fault::Web(fault));
    let mut given = false;
    for site in plan.sites.iter_mut().filter(|site| site.secure || !secure_only) {
        if site.names.iter().any(|name| same(name, place)) {
            site.fault = Some(fault);
            given = true;
        }
    }
    given
}

fn candidates(plan: &Plan, fault: Fault) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |name: &str| {
        let name = if name == "." { name } else { name.strip_suffix('.').unwrap_or(name) };
        if !found.iter().any(|known| known == name) {
            found.push(name.to_owned());
        }
    };
    match fault {
        Fault::Dns(_) => plan.servers.iter().flat_map(|server| &server.zones).for_each(|zone| add(zone)),
        Fault::Web(_) => {
            let sites = plan.sites.iter().filter(|site| site.secure || !needs_tls(fault));
            sites.filter_map(|site| site.names.first()).for_each(|name| add(name));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(fault: Fault, at: Option<&str>) -> Asked {
        Asked { fault, at: at.map(str::to_owned) }
    }

    #[test]
    fn faults_go_where_they_are_asked_for_or_to_the_usual_place() {
        let mut plan = Plan::standard();
        let faults = [
            asked(Fault::Dns(DnsFault::Servfail), None),
            asked(Fault::Dns(DnsFault::Slow), Some("EXAMPLE.com.")),
            asked(Fault::Web(WebFault::Reset), Some("many.test")),
            asked(Fault::Web(WebFault::Expired), None),
        ];
        let said = give(&mut plan, &faults).unwrap();
        assert_eq!(said, ["servfail@shop.test", "slow@EXAMPLE.com.", "reset@many.test", "expired@bank.test"]);
        let of = |zone: &str| {
            plan.servers.iter().find(|server| server.zones.iter().any(|known| known == zone)).unwrap().fault
        };
        assert_eq!(of("shop.test."), Some(DnsFault::Servfail));
        assert_eq!(of("example.com."), Some(DnsFault::Slow));
        assert_eq!(of("test."), None);
        let sites = |name: &str| -> Vec<_> {
            let of = plan.sites.iter().filter(|site| site.names.iter().any(|known| known == name));
            of.map(|site| site.fault).collect()
        };
        assert_eq!(sites("many.test"), [Some(WebFault::Reset); 3]);
        assert_eq!(sites("bank.test"), [Some(WebFault::Expired)]);
    }

    #[test]
    fn a_place_that_is_not_there_names_those_that_are() {
        let mut plan = Plan::standard();
        let wrong = give(&mut plan, &[asked(Fault::Dns(DnsFault::Lame), Some("nope.test"))]).unwrap_err();
        assert!(wrong.candidates.contains(&"shop.test".to_owned()), "{wrong:?}");
        assert!(wrong.candidates.contains(&".".to_owned()), "{wrong:?}");
        // A site without HTTPS has no certificate to be wrong.
        let wrong = give(&mut plan, &[asked(Fault::Web(WebFault::Expired), Some("shop.test"))]).unwrap_err();
        assert!(wrong.candidates.contains(&"bank.test".to_owned()), "{wrong:?}");
        assert!(!wrong.candidates.contains(&"shop.test".to_owned()), "{wrong:?}");
    }
}
