//! Why a payment that a partner asks for goes no further.

use ledger_core::payment::PaymentRefusal as Refusal;
use ledger_core::process::payments::PaymentsRefusal;

use crate::format;
use crate::problem::{Problem, kinds};

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let kind = match &refusal {
            Refusal::NoSuchPayment => &kinds::NO_SUCH_PAYMENT,
            Refusal::ReferenceReused => &kinds::REFERENCE_REUSED,
            Refusal::Over { .. } => &kinds::PAYMENT_OVER,
            Refusal::TooLate { .. } => &kinds::PAYMENT_TOO_LATE,
            Refusal::NotOver { .. } => &kinds::CONFLICT,
            Refusal::TakenByAnother => &kinds::PAYMENT_TAKEN,
            Refusal::Authorised => &kinds::PAYMENT_CONFIRMED,
            Refusal::NotAuthorised => &kinds::PAYMENT_NOT_CONFIRMED,
            Refusal::NotByUse => &kinds::NOT_BY_USE,
            Refusal::UsageWentBack { .. } => &kinds::USAGE_WENT_BACK,
            Refusal::OverCeiling { .. } => &kinds::OVER_CEILING,
            Refusal::UsageClosed => &kinds::USAGE_CLOSED,
            Refusal::Invalid { field, expected } => {
                return Self::field(&kinds::INVALID_FIELD, field, expected);
            }
        };
        let problem = Self::new(kind, &refusal);
        match refusal {
            Refusal::Over { step } => problem.with("payment_status", step.to_string()),
            Refusal::TooLate { until } | Refusal::NotOver { until } => problem
                .with("until", format::iso(until))
                .told(format!("Il pouvait être confirmé jusqu’au {}.", format::long_moment(until))),
            Refusal::UsageWentBack { recorded } => problem.with("recorded_units", recorded),
            Refusal::OverCeiling { ceiling, units } => {
                problem.with("ceiling_cents", ceiling.cents()).with("units_max", units)
            }
            Refusal::NoSuchPayment
            | Refusal::ReferenceReused
            | Refusal::TakenByAnother
            | Refusal::Authorised
            | Refusal::NotAuthorised
            | Refusal::NotByUse
            | Refusal::UsageClosed
            | Refusal::Invalid { .. } => problem,
        }
    }
}

impl From<PaymentsRefusal> for Problem {
    fn from(refusal: PaymentsRefusal) -> Self {
        let detail = refusal.to_string();
        match refusal {
            PaymentsRefusal::Payment(it) => it.into(),
            PaymentsRefusal::Account(it) => it.into(),
            PaymentsRefusal::Line { line, refusal } => {
                let mut problem = Self::from(refusal).with("line", line);
                problem.detail = detail;
                problem
            }
            PaymentsRefusal::PartnerSuspended { .. } => {
                Self::new(&kinds::PARTNER_SUSPENDED, detail)
            }
            PaymentsRefusal::NoSuchLine { line } => {
                let expected = "expected the number of a line of this payment, from 0";
                Self::field(&kinds::INVALID_FIELD, &format!("lines[{line}]"), expected)
            }
            PaymentsRefusal::TooMuch { possible } => {
                Self::new(&kinds::AMOUNT_TOO_LARGE, detail).with("possible_cents", possible.cents())
            }
            PaymentsRefusal::CountedByUse => Self::new(&kinds::USAGE_COUNTED, detail),
            PaymentsRefusal::CapturedDirectly => Self::new(&kinds::CAPTURED_DIRECTLY, detail),
        }
    }
}
