//! Why a webhook endpoint does not do what was asked.

use ledger_core::webhook::WebhookRefusal as Refusal;

use crate::problem::{Problem, kinds};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match refusal {
            Refusal::NoSuchWebhook => &kinds::NO_SUCH_WEBHOOK,
            Refusal::ReferenceReused => &kinds::REFERENCE_REUSED,
            Refusal::Claimed { .. } | Refusal::Replayed => &kinds::CONFLICT,
            Refusal::Invalid { field, expected } => {
                return Self::field(&kinds::INVALID_FIELD, field, expected);
            }
        };
        Self::new(kind, refusal)
    }
}
