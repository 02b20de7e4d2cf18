//! The name servers that this system is configured to ask, read where programs read them.
//!
//! It asks nobody.

use std::net::SocketAddr;

use hickory_resolver::config::ResolverConfig;
use hickory_resolver::system_conf;

use super::presentation;
use crate::event::dns::ResolverConfigured;

/// Where Unix systems keep it; elsewhere the system is asked.
const SOURCE: Option<&str> =
    if cfg!(all(unix, not(target_vendor = "apple"))) { Some("/etc/resolv.conf") } else { None };

/// Reads the configuration; a fault in it is among the facts.
pub fn configured() -> ResolverConfigured {
    match system_conf::read_system_conf() {
        Ok((config, _)) => facts(&config),
        Err(error) => ResolverConfigured {
            servers: Vec::new(),
            source: SOURCE.map(str::to_owned),
            search: Vec::new(),
            error: Some(error.to_string()),
        },
    }
}

fn facts(config: &ResolverConfig) -> ResolverConfigured {
    let mut servers: Vec<SocketAddr> = Vec::new();
    for server in config.name_servers() {
        let port = server.connections.first().map_or(53, |connection| connection.port);
        let address = SocketAddr::new(server.ip, port);
        if !servers.contains(&address) {
            servers.push(address);
        }
    }
    ResolverConfigured {
        servers,
        source: SOURCE.map(str::to_owned),
        search: config.search().iter().map(presentation::name).collect(),
        error: None,
    }
}

#[cfg(all(test, unix, not(target_vendor = "apple"), not(target_os = "android")))]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<ResolverConfigured, String> {
        system_conf::parse_resolv_conf(text)
            .map(|(config, _)| facts(&config))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn each_server_stands_once_in_the_order_asked() {
        let text =
            "# here\nsearch lan home.test\nnameserver 127.0.0.53\nnameserver ::1\nnameserver 127.0.0.53\n";
        let found = read(text).unwrap();
        let expected: Vec<SocketAddr> = vec!["127.0.0.53:53".parse().unwrap(), "[::1]:53".parse().unwrap()];
        assert_eq!(found.servers, expected);
        assert_eq!(found.search, ["lan.", "home.test."]);
    }

    #[test]
    fn a_file_without_servers_is_said_to_have_none() {
        assert!(read("search lan\n").unwrap_err().contains("no nameservers"));
    }
}
