//! Refusals of an API client.

use ledger_core::client::ClientRefusal;

use crate::problem::{Problem, kinds};

impl From<ClientRefusal> for Problem {
    fn from(refusal: ClientRefusal) -> Self {
        let kind = match &refusal {
            ClientRefusal::NotRegistered => &kinds::NOT_FOUND,
            ClientRefusal::ReferenceReused => &kinds::REFERENCE_REUSED,
            ClientRefusal::Revoked => &kinds::CLIENT_REVOKED,
            ClientRefusal::Invalid { field, expected } => {
                return Self::field(&kinds::INVALID_FIELD, field, expected);
            }
            ClientRefusal::TooManySecrets => &kinds::SECRETS_FULL,
            ClientRefusal::TooManyCertificates => &kinds::CERTIFICATES_FULL,
            ClientRefusal::LastSecret => &kinds::LAST_SECRET,
        };
        Self::new(kind, refusal)
    }
}
