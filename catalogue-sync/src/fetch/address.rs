//! Which machines are asked: those of the public network, by name, over TLS.
//!
//! A partner that declares its feed could have the ledger ask machines that only the ledger sees.
//! The name is resolved here, and addresses that are not public are left out before any connection:
//! what was checked is what is asked.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::FetchError;

/// Whether `url` may be asked at all: `https://` and a name, or this machine when `local`.
pub fn check(url: &Url, local: bool) -> Result<(), FetchError> {
    let refused = |reason| FetchError::Address { url: url.to_string(), reason };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refused("holds a password: expected none"));
    }
    let private = match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => !is_public(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => !is_public(IpAddr::V6(address)),
        None => return Err(refused("has no host: expected https:// and a name")),
    };
    match (url.scheme(), url.host()) {
        ("http" | "https", _) if private && local => Ok(()),
        ("https", Some(Host::Domain(_))) if !private => Ok(()),
        ("https", _) => Err(refused("is on a private network or in numbers: expected a name")),
        (_, _) => Err(refused("is not secured: expected https://")),
    }
}

/// Resolves names as the system does, without the addresses that are not public.
#[derive(Clone, Copy, Debug)]
pub struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let found: Vec<SocketAddr> = found.collect();
            let public: Vec<SocketAddr> =
                found.iter().copied().filter(|it| is_public(it.ip())).collect();
            match (public.is_empty(), found.first()) {
                (true, Some(private)) => {
                    let ip = private.ip();
                    let why = format!("{} is {ip}, on a private network", name.as_str());
                    Err(io::Error::new(io::ErrorKind::PermissionDenied, why).into())
                }
                (true, None) => Err(io::Error::from(io::ErrorKind::NotFound).into()),
                (false, _) => Ok(Box::new(public.into_iter()) as Addrs),
            }
        })
    }
}

/// Whether anybody on the internet may be at `address`.
///
/// Source: IANA special-purpose address registries (RFC 6890 and its updates).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => is_public_v4(it),
        IpAddr::V6(it) => is_public_v6(it),
    }
}

fn is_public_v4(it: Ipv4Addr) -> bool {
    let [a, b, c, _] = it.octets();
    let special = it.is_private()
        || it.is_loopback()
        || it.is_link_local()
        || it.is_documentation()
        || it.is_multicast()
        || a == 0
        // Carriers' own network, protocol assignments, benchmarks, reserved and broadcast.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19))
        || a >= 240;
    !special
}

fn is_public_v6(it: Ipv6Addr) -> bool {
    // Written in the older form, or reached through a translator: the older one decides.
    let segments = it.segments();
    let older = it.to_ipv4_mapped().or_else(|| match segments {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => Some(ipv4(high, low)),
        _ => None,
    });
    if let Some(older) = older {
        return is_public_v4(older);
    }
    // Only 2000::/3 is given out; of it, not what is for protocols or documentation.
    let global = segments[0] & 0xe000 == 0x2000;
    let special = segments[0] == 0x2001 && (segments[1] < 0x200 || segments[1] == 0xdb8)
        || segments[0] == 0x3fff && segments[1] < 0x1000;
    global && !special
}

fn ipv4(high: u16, low: u16) -> Ipv4Addr {
    let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
    Ipv4Addr::new(a, b, c, d)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_asked() {
        for public in ["9.9.9.9", "193.51.224.1", "2a01:e0a::1", "::ffff:9.9.9.9", "2002:909:909::"]
        {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "192.0.0.8",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fd00::1",
            "ff02::1",
            "::ffff:127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "::127.0.0.1",
            "3fff::1",
        ] {
            assert!(!is_public(private.parse().unwrap()), "{private}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_not_resolved() {
        let error = PublicOnly.resolve("localhost".parse().unwrap()).await.err().unwrap();
        assert!(error.to_string().contains("on a private network"), "{error}");
    }
}
