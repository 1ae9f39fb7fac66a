//! `NO_PROXY`: the servers that are reached without the proxy of the environment, by the rules of Go's programs, which
//! kubectl is one of.

use std::env;
use std::net::IpAddr;

use kube::Config;

/// Whether the server is to be reached directly.
pub(super) fn is_direct(config: &Config) -> bool {
    let Some(host) = config.cluster_url.host() else { return false };
    let port =
        config.cluster_url.port_u16().unwrap_or(if config.cluster_url.scheme_str() == Some("http") { 80 } else { 443 });
    let named = ["NO_PROXY", "no_proxy"].iter().find_map(|name| env::var(name).ok()).unwrap_or_default();
    is_excluded(host.trim_matches(['[', ']']), port, &named)
}

fn is_excluded(host: &str, port: u16, named: &str) -> bool {
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let address = host.parse::<IpAddr>().ok();
    // This machine itself, whatever the list says.
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    named.split(',').map(|entry| entry.trim().to_ascii_lowercase()).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let (Some((network, bits)), Some(address)) = (entry.split_once('/'), address) {
            let network = network.parse().ok().zip(bits.parse().ok());
            return network.is_some_and(|(network, bits)| is_within(address, network, bits));
        }
        if let (Ok(known), Some(address)) = (entry.trim_matches(['[', ']']).parse::<IpAddr>(), address) {
            return known == address;
        }
        let (entry, own_port) = match entry.rsplit_once(':') {
            Some((name, number)) => match number.parse::<u16>() {
                Ok(number) => (name.trim_matches(['[', ']']).to_owned(), Some(number)),
                Err(_) => (entry, None),
            },
            None => (entry, None),
        };
        if own_port.is_some_and(|own| own != port) {
            return false;
        }
        if let (Ok(known), Some(address)) = (entry.parse::<IpAddr>(), address) {
            return known == address;
        }
        let entry = entry.strip_prefix('*').unwrap_or(&entry);
        match entry.strip_prefix('.') {
            // `.example.com` is for what is below it only.
            Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.')),
            None => host == entry || host.strip_suffix(entry).is_some_and(|rest| rest.ends_with('.')),
        }
    })
}

fn is_within(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let (address, network, length) = match (address, network) {
        (IpAddr::V4(address), IpAddr::V4(network)) => {
            (u128::from(u32::from(address)), u128::from(u32::from(network)), 32)
        }
        (IpAddr::V6(address), IpAddr::V6(network)) => (u128::from(address), u128::from(network), 128),
        _ => return false,
    };
    match length - bits.min(length) {
        128 => true,
        shift => bits <= length && address >> shift == network >> shift,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_are_those_of_go() {
        for (host, named, expected) in [
            ("api.example.com", "example.com", true),
            ("example.com", "example.com", true),
            ("example.com", ".example.com", false),
            ("api.example.com", ".example.com", true),
            ("api.example.com", "*.example.com", true),
            ("badexample.com", "example.com", false),
            ("api.example.com", "a.b, EXAMPLE.com:6443", true),
            ("api.example.com", "example.com:443", false),
            ("api.example.com", "*", true),
            ("10.1.2.3", "10.0.0.0/8", true),
            ("11.1.2.3", "10.0.0.0/8", false),
            ("10.1.2.3", "10.1.2.3", true),
            ("10.1.2.3", "10.1.2.3:6443", true),
            ("10.1.2.3", "10.1.2.4", false),
            ("fd00::1", "fd00::/8", true),
            ("fd00::1", "::/0", true),
            ("10.1.2.3", "10.0.0.0/99", false),
            ("api.example.com", "", false),
            ("localhost", "", true),
            ("127.0.0.9", "", true),
            ("::1", "", true),
        ] {
            assert_eq!(is_excluded(host, 6443, named), expected, "{host} {named}");
        }
    }
}
