//! The byte counters of the network interfaces, from `/proc/net/dev`; nothing about their addresses or routes.

use std::io;

use crate::net::kernel::Counter;

/// `ARPHRD_LOOPBACK` (`include/uapi/linux/if_arp.h`).
const LOOPBACK: &str = "772";

pub(in crate::net::kernel) fn counters() -> io::Result<Vec<Counter>> {
    let table = std::fs::read_to_string("/proc/net/dev")?;
    Ok(rows(&table)
        .map(|(name, received, sent)| {
            let kind = std::fs::read_to_string(format!("/sys/class/net/{name}/type"));
            let loopback = kind.map_or(name == "lo", |kind| kind.trim() == LOOPBACK);
            Counter { name: name.to_owned(), loopback, received, sent }
        })
        .collect())
}

/// Name, octets received, octets sent: the first and the ninth number behind the colon (proc_pid_net(5)).
pub fn rows(table: &str) -> impl Iterator<Item = (&str, u64, u64)> {
    table.lines().skip(2).filter_map(|line| {
        let (name, numbers) = line.rsplit_once(':')?;
        let mut numbers = numbers.split_whitespace();
        let received = numbers.next()?.parse().ok()?;
        let sent = numbers.nth(7)?.parse().ok()?;
        Some((name.trim(), received, sent))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn octets_received_and_sent_are_the_first_and_the_ninth_number() {
        let table = "Inter-|   Receive\n face |bytes\n    lo: 12 2 0 0 0 0 0 0 34 5 0 0 0 0 0 0\neth0:1:56 2 0 0 0 0 0 0 78 1 0 0 0 0 0 0\n";
        let all: Vec<_> = rows(table).collect();
        assert_eq!(all, [("lo", 12, 34), ("eth0:1", 56, 78)]);
    }

    #[test]
    fn loopback_is_among_them() {
        assert!(counters().unwrap().iter().any(|counter| counter.loopback && counter.name == "lo"));
    }
}
