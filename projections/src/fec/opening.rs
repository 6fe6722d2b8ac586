//! The opening entry (à-nouveaux): the balances at the end of the year before.

use chrono::{Days, NaiveDate};

use super::FecOf;
use super::line::{Entry, Sides};
use crate::net::Net;
use crate::reports::trial_balance::TrialBalanceOf;
use crate::{ReadError, Reader};

/// Where charges and income (classes 6 and 7) of the years before are carried to.
const CARRIED: (&str, &str) = ("110000", "Report à nouveau");

/// What each line says.
const LABEL: &str = "À nouveau";

/// Writes a line for each account and auxiliary that has a balance; nothing in the first year.
pub(super) fn write(
    reader: &Reader,
    of: FecOf,
    sides: &mut Sides,
    to: &mut Vec<u8>,
) -> Result<(), ReadError> {
    let Some(first) = NaiveDate::from_ymd_opt(of.year, 1, 1) else { return Ok(()) };
    let Some(before) = first.checked_sub_days(Days::new(1)) else { return Ok(()) };
    let asked =
        TrialBalanceOf { to: Some(before), by_auxiliary: true, ..TrialBalanceOf::default() };
    let entry = Entry {
        code: "AN",
        title: "À nouveaux",
        number: format!("AN-{:04}-000001", of.year),
        day: first,
        piece: (format!("BALANCE-{before}"), before),
        valid: first,
    };
    let sums = |net: Net| (net.debtor().cents(), net.creditor().cents());
    let mut carried = Net::ZERO;
    for line in reader.trial_balance(asked)?.lines {
        let net = line.closing();
        let Some(auxiliary) = line.auxiliary.filter(|_| !net.is_zero()) else { continue };
        if matches!(line.account.number() / 100_000, 6 | 7) {
            carried = carried.and(net);
            continue;
        }
        let side = ledger_core::journal::Side { account: line.account, auxiliary };
        entry.line(side, LABEL, sums(net), sides, to);
    }
    if !carried.is_zero() {
        entry.other_line(CARRIED, LABEL, sums(carried), sides.encoding, to);
    }
    Ok(())
}
