//! The partner's fee on what a settlement pays (commission): a title of its own (titre de recette),
//! made once the partner's statement is matched, and paid by the partner on the bank account. It is
//! never taken off what the partner is paid.

use chrono::{Days, NaiveDate};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::rules::Decision;
use super::{Prepared, Settlement, SettlementEvent, SettlementRefusal};
use crate::identifiers::Siren;
use crate::money::{Balance, Budget};
use crate::partner::FeeOn;

/// In how many days a partner is to pay a title.
pub const FEE_TERM_DAYS: u64 = 30;

/// The partner owes its fee on what is settled (titre de recette).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeeTitled {
    /// Who owes it.
    pub siren: Siren,
    /// Its number, which the partner quotes when it pays.
    pub reference: CompactString,
    /// The agreement that says so.
    pub agreement: CompactString,
    /// What the fee is on: what is due for the period less the credit notes set off then.
    pub base: Balance,
    /// The fee, in thousandths of the base.
    pub rate: u16,
    /// The VAT, in hundredths of a percent.
    pub vat_rate: u16,
    /// The fee, tax excluded.
    pub net: Budget,
    /// The tax on it.
    pub vat: Balance,
    /// Both: what is to be paid.
    pub total: Budget,
    /// The day on which the settlement became a debt, in Europe/Paris.
    pub on: NaiveDate,
    /// To be paid by this day.
    pub due: NaiveDate,
}

/// The partner paid its fee: the sum stands on the bank statement (camt.053).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeePaid {
    /// Who paid.
    pub siren: Siren,
    /// The title's number.
    pub reference: CompactString,
    /// How much: all of it.
    pub amount: Budget,
    /// The bank's booking date; `None` when an accountant said later what the line is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub booked: Option<NaiveDate>,
    /// Which line of which statement.
    pub line: CompactString,
}

/// A line of the bank statement that pays a title.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeePayment {
    /// How much; must be the title's total.
    pub amount: Budget,
    /// The bank's booking date; `None` when the line was parked before.
    pub booked: Option<NaiveDate>,
    /// Which line of which statement.
    pub line: CompactString,
}

impl Prepared {
    /// The number of the title of its fee: its period, the partner's SIREN, and what tells two
    /// establishments of one company from each other.
    pub fn title_reference(&self) -> CompactString {
        let partner = self.partner.0.as_u128() & 0xffff;
        compact_str::format_compact!("TR-{}-{}-{partner:04X}", self.on.format("%Y%m%d"), self.siren)
    }

    /// The title of the fee when `due` becomes a debt `on` that day; `None` when the partner owes
    /// no fee, or it rounds to nothing.
    pub(super) fn title(&self, due: Balance, on: NaiveDate) -> Option<FeeTitled> {
        let terms = self.fee.as_ref()?;
        let base = due.beyond(self.to_set_off());
        let FeeOn { net, vat, total } = terms.on(base)?;
        Some(FeeTitled {
            siren: self.siren,
            reference: self.title_reference(),
            agreement: terms.agreement.clone(),
            base,
            rate: terms.rate,
            vat_rate: terms.vat,
            net,
            vat,
            total,
            on,
            due: on.checked_add_days(Days::new(FEE_TERM_DAYS)).unwrap_or(on),
        })
    }
}

impl Settlement {
    /// The title of its fee that is not paid; `None` when there is none, or it is paid.
    pub fn unpaid_fee(&self) -> Option<&FeeTitled> {
        self.fee.as_ref().filter(|_| self.fee_paid.is_none())
    }

    pub(super) fn pay_fee(&self, it: &FeePayment) -> Decision {
        let Some(title) = &self.fee else { return Err(SettlementRefusal::NoFee) };
        if let Some(paid) = &self.fee_paid {
            return Err(SettlementRefusal::FeePaidBefore { line: paid.line.clone() });
        }
        if it.amount != title.total {
            let (expected, found) = (title.total, it.amount);
            return Err(SettlementRefusal::OtherFee { expected, found });
        }
        let FeePayment { amount, booked, line } = it.clone();
        let (siren, reference) = (title.siren, title.reference.clone());
        Ok(vec![SettlementEvent::FeePaid(FeePaid { siren, reference, amount, booked, line })])
    }
}
