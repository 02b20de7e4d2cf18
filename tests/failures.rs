//! Every failure of TCP, TLS and HTTP on real sockets: exit code, kind, a value measured by other means, the words and the
//! next command; and beside each its near-miss, which must read differently.

#[path = "support/authority.rs"]
mod authority;
#[path = "support/bind.rs"]
mod bind;
mod support;

#[path = "failures/answers.rs"]
mod answers;
#[path = "failures/connecting.rs"]
mod connecting;
#[path = "failures/ending.rs"]
mod ending;
#[path = "failures/firewall.rs"]
mod firewall;
#[path = "failures/held.rs"]
mod held;
#[path = "failures/listening.rs"]
mod listening;
#[path = "failures/peer.rs"]
mod peer;
#[path = "failures/row.rs"]
mod row;
#[path = "failures/secure.rs"]
mod secure;
#[path = "failures/serving.rs"]
mod serving;
#[path = "failures/waiting.rs"]
mod waiting;
