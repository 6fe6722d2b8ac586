//! Signatures and the secrets that make them: a secret follows from the service's own key, the
//! endpoint and a generation, so that none is stored.

use base64::Engine;
use base64::prelude::BASE64_STANDARD as BASE64;
use chrono::{DateTime, Utc};
use hmac::{Hmac, KeyInit, Mac};
use ledger_core::ids::WebhookId;
use ledger_core::webhook;
use sha2::Sha256;

/// The secret of `endpoint` in that generation, as its owner is shown it: `whsec_…`.
pub fn secret(key: &[u8; 32], endpoint: WebhookId, generation: u32) -> String {
    let mut block = [0; 64];
    block[..32].copy_from_slice(key);
    let mac = Hmac::<Sha256>::new(&block.into());
    let mac = mac.chain_update(endpoint.0.as_bytes()).chain_update(generation.to_be_bytes());
    format!("whsec_{}", BASE64.encode(mac.finalize().into_bytes()))
}

/// The secrets that sign at `at`: the current one, and the one before while it is still valid.
pub fn secrets(
    key: &[u8; 32],
    endpoint: WebhookId,
    state: &webhook::Webhook,
    at: DateTime<Utc>,
) -> Vec<String> {
    let both = state.generation > 0 && state.previous_until.is_some_and(|it| at < it);
    let from = if both { state.generation - 1 } else { state.generation };
    (from..=state.generation).rev().map(|it| secret(key, endpoint, it)).collect()
}

/// `webhook-signature` of `body`: one signature for each secret, between spaces.
///
/// Source: Standard Webhooks, « Signature scheme »: HMAC-SHA256 over `id.timestamp.body`.
pub fn signature(secrets: &[String], id: &str, timestamp: i64, body: &[u8]) -> String {
    let sign = |secret: &String| {
        let webhook = standardwebhooks::Webhook::new(secret).ok()?;
        webhook.sign(id, timestamp, body).ok()
    };
    secrets.iter().filter_map(sign).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_own_example_is_signed_alike() {
        let secret = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD".to_owned();
        let body = br#"{"email":"test@example.com","username":"test_user"}"#;
        let signed = signature(&[secret], "msg_27UH4WbU6Z5A5EzD8u03UvzRbpk", 1_649_367_553, body);
        assert_eq!(signed, "v1,tZ1I4/hDygAJgO5TYxiSd6Sd0kDW6hPenDe+bTa3Kkw=");
    }

    #[test]
    fn two_secrets_sign_while_one_follows_the_other() {
        let id = WebhookId(uuid::Uuid::from_u128(1));
        let at: DateTime<Utc> = "2026-11-12T11:00:00Z".parse().unwrap();
        let state = webhook::Webhook {
            generation: 3,
            previous_until: Some(at),
            ..webhook::Webhook::default()
        };
        let key = [7; 32];
        let before = at - chrono::TimeDelta::seconds(1);
        assert_eq!(secrets(&key, id, &state, before), [secret(&key, id, 3), secret(&key, id, 2)]);
        assert_eq!(secrets(&key, id, &state, at), [secret(&key, id, 3)]);
        let two = signature(&secrets(&key, id, &state, before), "msg_1", 1, b"{}");
        assert_eq!(two.split(' ').filter(|it| it.starts_with("v1,")).count(), 2);
    }
}
