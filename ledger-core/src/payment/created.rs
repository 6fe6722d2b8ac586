//! What may be asked for: the fields of a payment, each with its bounds.

use chrono::TimeDelta;

use super::{PaymentCreated, PaymentRefusal};
use crate::money::{Amount, Balance};

/// The most lines of one payment.
pub const LINES_MAX: usize = 20;
/// The longest description and reference, in characters.
pub const DESCRIPTION_MAX: usize = 255;
/// The most entries of its metadata.
pub const METADATA_MAX: usize = 20;
/// The longest hold, in days.
pub const HOLD_DAYS_MAX: u16 = 400;
/// The longest term to confirm it.
const TERM_MAX: TimeDelta = TimeDelta::days(90);

impl PaymentCreated {
    /// Checks every field; the first that is wrong, and what would be right.
    pub(super) fn check(&self) -> Result<(), PaymentRefusal> {
        let wrong = |field, expected| Err(PaymentRefusal::Invalid { field, expected });
        if !(1..=LINES_MAX).contains(&self.lines.len()) {
            return wrong("lines", "expected 1 to 20 lines");
        }
        if self.by_use() && self.lines.len() > 1 {
            return wrong("lines", "expected a single line for what is billed by use");
        }
        if self.lines.iter().any(|it| it.terms.partner != self.partner) {
            return wrong("lines", "expected offers of the partner that is paid");
        }
        if self.lines.iter().any(|it| it.terms.price.check().is_err()) {
            return wrong("lines", "expected bases and taxes that add up to the amount");
        }
        if self.total().cents() > Amount::MAX.cents() || self.total() == Balance::ZERO {
            return wrong("lines", "expected lines of at most 1 000 000,00 € in all");
        }
        if !written(&self.reference, 1, DESCRIPTION_MAX) {
            return wrong("reference", "expected 1 to 255 characters on one line");
        }
        if !written(&self.description, 0, DESCRIPTION_MAX) {
            return wrong("description", "expected up to 255 characters on one line");
        }
        let key = |it: &str| {
            let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
            (1..=40).contains(&it.len()) && it.chars().all(plain)
        };
        let named = self.metadata.iter().all(|it| key(it.0) && written(it.1, 0, 200));
        if self.metadata.len() > METADATA_MAX || !named {
            return wrong(
                "metadata",
                "expected up to 20 names of letters, digits, _ - . (40 at most), each with a text \
                 of up to 200 characters",
            );
        }
        if !(1..=HOLD_DAYS_MAX).contains(&self.hold_days) {
            return wrong("hold_days", "expected 1 to 400 days");
        }
        let term = self.expires_at - self.created_at;
        if term < TimeDelta::zero() || term > TERM_MAX {
            return wrong("expires_in", "expected a term of at most 90 days");
        }
        Ok(())
    }
}

/// Whether `text` has `min` to `max` characters, on one line.
pub(super) fn written(text: &str, min: usize, max: usize) -> bool {
    let length = text.chars().count();
    let filled = min == 0 || !text.trim().is_empty();
    (min..=max).contains(&length) && filled && !text.contains(char::is_control)
}
