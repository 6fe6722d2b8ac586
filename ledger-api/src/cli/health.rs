//! `ledger-api health`.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use serde_json::Value;

use crate::config::Config;

/// How long the service may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// Asks the service with these settings, on this machine, whether it is ready (`/readyz`).
pub async fn run(config: &Config) -> Result<String, Box<dyn Error>> {
    let scheme = if config.tls.is_some() { "https" } else { "http" };
    let address = asked_at(config.listen);
    let client = reqwest::Client::builder()
        .no_proxy()
        .timeout(PATIENCE)
        // The certificate names the public address, and this is the machine itself.
        .tls_danger_accept_invalid_certs(true)
        .build()?;
    let answer = client.get(format!("{scheme}://{address}/readyz")).send().await;
    let answer =
        answer.map_err(|error| format!("no answer at {address}: {}", innermost(&error)))?;
    if answer.status().is_success() {
        return Ok("ready".to_owned());
    }
    let status = answer.status();
    let why = answer.json::<Value>().await.ok();
    let why = why.as_ref().and_then(|it| it["detail"].as_str()).unwrap_or("no reason is given");
    Err(format!("{status} at {address}: {why}").into())
}

/// Where a service that listens on `listen` is asked from its own machine.
fn asked_at(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(it) if it.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(it) if it.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        it @ (IpAddr::V4(_) | IpAddr::V6(_)) => it,
    };
    SocketAddr::new(ip, listen.port())
}

/// What the system said, without the layers around it.
fn innermost(error: &dyn Error) -> String {
    let mut error = error;
    while let Some(source) = error.source() {
        error = source;
    }
    error.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_that_listens_everywhere_is_asked_on_loopback() {
        for (listen, asked) in [
            ("0.0.0.0:8080", "127.0.0.1:8080"),
            ("[::]:443", "[::1]:443"),
            ("192.0.2.7:80", "192.0.2.7:80"),
        ] {
            assert_eq!(asked_at(listen.parse().unwrap()), asked.parse().unwrap(), "{listen}");
        }
    }
}
