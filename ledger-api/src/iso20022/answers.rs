//! What the bank says of payments: pain.002.

use ledger_core::process::remittances::Answer;
use sepa::pain002::{PaymentStatus, ReasonCode, parse_pain002_with_limits};

use super::{FileError, encoding, limits, unreadable};

const EXPECTED: &str = "un compte rendu de paiement pain.002 (CstmrPmtStsRpt)";

/// A report of the bank.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The file it is about (`OrgnlMsgId`).
    pub about: String,
    /// What it says, payment by payment; for the whole file when no payment is named.
    pub answers: Vec<Answer>,
}

/// Reads a report.
pub fn read(bytes: &[u8]) -> Result<Report, FileError> {
    let text = encoding::text(bytes)?;
    let document = parse_pain002_with_limits(&text, limits());
    let document = document.map_err(|error| unreadable(&error, EXPECTED))?;
    let mut answers = Vec::new();
    for part in &document.payment_info_statuses {
        for it in &part.transactions {
            let status = it.status.as_ref().or(part.status.as_ref());
            answers.push(Answer {
                end_to_end: it.original_end_to_end_id.as_deref().map(Into::into),
                accepted: status.or(document.group_status.as_ref()).and_then(accepted),
                reason: reason(&it.reason_codes),
            });
        }
        if part.transactions.is_empty()
            && let Some(status) = &part.status
        {
            let reason = reason(&part.reason_codes);
            answers.push(Answer { end_to_end: None, accepted: accepted(status), reason });
        }
    }
    if let Some(odd) =
        answers.iter().position(|it| it.end_to_end.is_none()).filter(|_| answers.len() > 1)
    {
        return Err(FileError::new(
            format!("la réponse n° {} ne dit pas de quel virement elle parle", odd + 1),
            "un OrgnlEndToEndId pour chaque virement",
        ));
    }
    if let Some(status) =
        document.group_status.as_ref().filter(|it| !matches!(it, PaymentStatus::Part))
    {
        // What is said of the whole file holds for what is not named.
        if !answers.iter().any(|it| it.end_to_end.is_none()) {
            let reason = reason(&document.group_reason_codes);
            answers.push(Answer { end_to_end: None, accepted: accepted(status), reason });
        }
    }
    if answers.is_empty() {
        return Err(FileError::new("le compte rendu ne dit rien d’aucun virement", EXPECTED));
    }
    Ok(Report { about: document.original_msg_id, answers })
}

/// Whether the bank takes it; `None` when it will say later.
fn accepted(status: &PaymentStatus) -> Option<bool> {
    match status {
        PaymentStatus::Rjct => Some(false),
        // Only looked at so far: what is not carried out may still be refused.
        PaymentStatus::Actc | PaymentStatus::Pdng | PaymentStatus::Part => None,
        it if it.is_accepted() => Some(true),
        _ => None,
    }
}

fn reason(codes: &[ReasonCode]) -> compact_str::CompactString {
    codes.first().map_or("", |it| it.as_code()).into()
}
