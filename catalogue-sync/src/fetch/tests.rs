//! Which addresses are asked, and which redirections followed; the rest is tried on a real server
//! in `tests/sync.rs`.

use super::*;

fn asked(address: &str, local: bool) -> Result<(), String> {
    address::check(&address.parse().unwrap(), local).map_err(|error| error.to_string())
}

#[test]
fn only_secured_addresses_with_a_name_are_asked() {
    assert_eq!(asked("https://partenaire.example/flux", false), Ok(()));
    for (address, said) in [
        ("http://partenaire.example/flux", "is not secured: expected https://"),
        ("ftp://partenaire.example/flux", "is not secured"),
        ("https://10.0.0.1/flux", "in numbers: expected a name"),
        ("https://[::1]/flux", "in numbers: expected a name"),
        ("https://[::ffff:127.0.0.1]/flux", "in numbers: expected a name"),
        ("https://9.9.9.9/flux", "in numbers: expected a name"),
        ("https://2130706433/flux", "in numbers: expected a name"),
        ("https://0x7f.1/flux", "in numbers: expected a name"),
        ("https://flux.localhost/", "is on a private network"),
        ("https://localhost/flux", "is on a private network"),
        ("http://127.0.0.1:8091/flux", "is not secured"),
        ("https://moi:secret@partenaire.example/", "holds a password"),
        ("data:text/plain,x", "has no host"),
    ] {
        let error = asked(address, false).unwrap_err();
        assert!(error.contains(said), "{error}");
    }
    for address in ["http://127.0.0.1:8091/flux", "http://localhost/", "http://[::1]:8091/"] {
        assert_eq!(asked(address, true), Ok(()), "the demo's own site");
    }
    assert!(asked("http://9.9.9.9/flux", true).is_err(), "the rest stays as it is");
}

#[test]
fn only_redirections_within_the_host_are_followed() {
    let stays = |from: &str, to: &str| stays(&from.parse().unwrap(), &to.parse().unwrap());
    assert!(stays("https://a.example/1", "https://a.example/2"));
    assert!(stays("http://a.example/1", "https://a.example/1"));
    assert!(!stays("https://a.example/1", "http://a.example/1"));
    assert!(!stays("https://a.example/1", "https://b.example/1"));
    assert!(!stays("https://a.example/1", "https://a.example:8443/1"));
    assert!(!stays("https://a.example/1", "https://127.0.0.1/1"));
    assert!(!stays("https://a.example/1", "https://[::ffff:127.0.0.1]/1"));
    assert!(!stays("http://127.0.0.1:8091/1", "http://127.0.0.1:8092/1"));
    assert!(!stays("https://a.example/1", "file:///etc/passwd"));
    assert!(!stays("https://a.example/1", "https://a.example.evil.example/1"));
}

#[tokio::test]
async fn a_name_on_a_private_network_is_not_asked() {
    // Names of this machine that the system resolves, whatever they look like.
    let fetcher = Fetcher::new(Limits { attempts_max: 1, ..Limits::default() }).unwrap();
    let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default();
    let url: Url = format!("https://{}/flux", host.trim()).parse().unwrap();
    let private = tokio::net::lookup_host((host.trim(), 443)).await;
    let private = private.map(|it| it.map(|it| it.ip()).all(|it| !address::is_public(it)));
    if private.unwrap_or(false) {
        let error = fetcher.get(&url, Format::Oai, None).await.unwrap_err().to_string();
        assert!(error.contains("on a private network"), "{error}");
    }
}
