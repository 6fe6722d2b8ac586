//! A client's secrets: 256 random bits, shown once, stored as a fingerprint.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD as BASE64;
use ledger_core::digest::Digest;
use subtle::{Choice, ConstantTimeEq};

/// What a secret begins with, so that one that leaked is recognised.
const PREFIX: &str = "crs_";

/// A new secret: `crs_` and 43 characters; it is not kept anywhere.
pub fn new() -> std::io::Result<String> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes).map_err(|it| std::io::Error::other(it.to_string()))?;
    Ok(format!("{PREFIX}{}", BASE64.encode(bytes)))
}

/// What is stored of `secret`. It is random enough for a plain SHA-256 to hide it.
pub fn fingerprint(secret: &str) -> Digest {
    Digest::of(secret.as_bytes())
}

/// Whether `secret` is one of those `known`; takes as long whether it is or not.
pub fn is_one_of(secret: &str, known: impl IntoIterator<Item = Digest>) -> bool {
    let given = fingerprint(secret);
    let found = known.into_iter().map(|it| it.0.ct_eq(&given.0));
    found.fold(Choice::from(0), |any, same| any | same).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_known_by_its_fingerprint_only() {
        let (first, second) = (new().unwrap(), new().unwrap());
        assert_ne!(first, second);
        assert_eq!((first.len(), first.starts_with(PREFIX)), (47, true));
        let known = [fingerprint(&first), fingerprint("crs_other")];
        assert!(is_one_of(&first, known));
        assert!(!is_one_of(&second, known));
        assert!(!is_one_of(&first, []));
        assert!(!is_one_of(&first[..46], known));
    }
}
