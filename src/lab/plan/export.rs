//! A plan's zones as files that other name servers run with.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

use super::{NameServer, Plan, Zone};

/// The file with the configuration.
const CONFIGURATION: &str = "named.conf";

/// [`Plan::export`].
pub(super) fn export(plan: &Plan, folder: &Path) -> io::Result<Vec<PathBuf>> {
    std::fs::create_dir_all(folder)?;
    let mut written = Vec::new();
    let mut write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text)?;
        written.push(path);
        io::Result::Ok(())
    };
    for zone in &plan.zones {
        write(&file(&zone.origin), &zone.text)?;
    }
    write(CONFIGURATION, &configuration(plan, folder))?;
    Ok(written)
}

/// `root.zone`, `shop.test.zone`; what has a meaning in paths is replaced, so that no origin leads out of the folder.
fn file(origin: &str) -> String {
    let bare = origin.strip_suffix('.').unwrap_or(origin).to_ascii_lowercase();
    let safe = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '_' };
    match bare.as_str() {
        "" => "root.zone".to_owned(),
        bare => format!("{}.zone", bare.chars().map(safe).collect::<String>()),
    }
}

fn configuration(plan: &Plan, folder: &Path) -> String {
    let mut text = format!(
        "// The zones of a netlearn lab for BIND. One named answers for all of them at the address of each server:\n\
         //   named -g -c {CONFIGURATION}        (from within this folder)\n\
         // It has what a server of the lab has, and no fault. To see the walk from the root that the lab shows, a named for\n\
         // each server is needed: a view for each address does it, as below.\n\
         options {{\n\
         \x20   directory \"{}\";\n\
         \x20   pid-file none;\n\
         \x20   recursion no;\n\
         \x20   // As the lab's servers: no NS records beside an answer that nobody asked for.\n\
         \x20   minimal-responses no-auth;\n\
         \x20   allow-transfer {{ none; }};\n\
         \x20   notify no;\n",
        quoted(&folder.display().to_string()),
    );
    let served = || plan.servers.iter().filter(|server| !server.zones.is_empty());
    let (v4, v6): (Vec<_>, Vec<_>) =
        served().map(|server| server.address).partition(std::net::IpAddr::is_ipv4);
    for (option, addresses) in [("listen-on", v4), ("listen-on-v6", v6)] {
        let list: String = addresses.iter().map(|address| format!(" {address};")).collect();
        let list = if list.is_empty() { " none;".to_owned() } else { list };
        let _ = writeln!(text, "    {option} port {} {{{list} }};", plan.ports.dns);
    }
    text.push_str("};\n");
    for server in served() {
        view(&mut text, plan, server);
    }
    text
}

/// One server: what it answers for at its address.
fn view(text: &mut String, plan: &Plan, server: &NameServer) {
    let NameServer { name, address, .. } = server;
    let _ = writeln!(text, "view \"{}\" {{\n    match-destinations {{ {address}; }};", quoted(name));
    let zones = plan.zones.iter();
    for Zone { origin, .. } in
        zones.filter(|zone| server.zones.iter().any(|own| super::check::same_name(own, &zone.origin)))
    {
        let (origin, file) = (quoted(origin), file(origin));
        let _ = writeln!(text, "    zone \"{origin}\" {{ type primary; file \"{file}\"; }};");
    }
    text.push_str("};\n");
}

/// Within quotes of a configuration.
fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
