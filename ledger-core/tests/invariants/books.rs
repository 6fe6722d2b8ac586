//! The general ledger that postings add up to, checked at every position.

use std::collections::BTreeMap;

use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::event::Event;
use ledger_core::identifiers::Funder;
use ledger_core::journal::postings;

use crate::model::Model;

/// Debit less credit of every account, in cents.
#[derive(Debug, Default)]
pub struct Books(BTreeMap<(LedgerAccount, Auxiliary), i64>);

impl Books {
    /// Writes the entries that `event` is.
    pub fn post(&mut self, event: &Event) {
        for it in postings(event) {
            let (debit, credit) = (it.debit, it.credit);
            let off_balance = (debit.account.is_off_balance(), credit.account.is_off_balance());
            assert_eq!(off_balance.0, off_balance.1, "class 8 against another class: {it:?}");
            let amount = i64::try_from(it.amount.cents()).expect("a small sum");
            *self.0.entry((debit.account, debit.auxiliary)).or_default() += amount;
            *self.0.entry((credit.account, credit.auxiliary)).or_default() -= amount;
        }
    }

    fn of(&self, account: LedgerAccount, auxiliary: Auxiliary) -> i64 {
        self.0.get(&(account, auxiliary)).copied().unwrap_or_default()
    }

    fn total(&self, of: impl Fn(LedgerAccount) -> bool) -> i64 {
        self.0.iter().filter(|it| of(it.0.0)).map(|it| it.1).sum()
    }

    /// Everything that accounting promises, against what `model` recomputed.
    pub fn check(&self, model: &Model) {
        assert_eq!(self.total(|_| true), 0, "the trial balance does not balance");
        assert_eq!(self.total(LedgerAccount::is_off_balance), 0, "class 8 does not net to zero");
        let owed = self.total(|it| {
            matches!(
                it,
                LedgerAccount::Partners
                    | LedgerAccount::PartnersNotInvoiced
                    | LedgerAccount::PartnersCredits
                    | LedgerAccount::ReturnedTransfers
            )
        });
        let unpaid = model.owed - model.settling.paid;
        assert_eq!(-owed, unpaid, "401, 408, 409 and 466 are not what partners are owed");
        let fees = self.total(|it| it == LedgerAccount::PartnersFees);
        let unpaid: i64 = model.settling.fees.values().sum();
        assert_eq!(fees, unpaid, "411800 is not the titles that are not paid");
        let income = [LedgerAccount::Services, LedgerAccount::VatCollected];
        let titled = self.total(|it| income.contains(&it));
        assert_eq!(-titled, model.settling.titled, "706000 and 445710 are not what was titled");
        if model.settling.waiting.is_empty() {
            let treasury = self.total(|it| it == LedgerAccount::Treasury);
            let known = model.settling.bank + model.settling.by_hand;
            assert_eq!(treasury, known, "515100 is not the bank's statement");
        }
        for (funder, (voted, received)) in model.funders() {
            self.check_funder(funder, voted, received, model);
        }
    }

    fn check_funder(&self, funder: Funder, voted: i64, received: i64, model: &Model) {
        let of = |account| self.of(account, Auxiliary::Funder(funder));
        let (available, held) = model.rights_and_holds(funder);
        let rights = of(LedgerAccount::rights_of(funder));
        assert_eq!(rights, available, "8011xx is not what accounts may spend: {funder}");
        assert_eq!(of(LedgerAccount::Holds), held, "8012 is not what is held: {funder}");
        let commitments = of(LedgerAccount::Commitments);
        assert_eq!(commitments, 0, "a commitment outlives its service done: {funder}");
        let funds = -of(LedgerAccount::funds_of(funder));
        assert!(rights + held + commitments <= funds, "rights beyond the funds: {funder}");
        if funder.is_state() {
            assert_eq!(funds, received - model.spent(funder), "443110: {funder}");
        } else {
            let called = of(LedgerAccount::CollectivityCalls) + received;
            assert!(called <= voted, "called {called} of {voted} voted: {funder}");
            let (_, _, returned) = model.settling.of(funder);
            assert_eq!(funds, called - model.spent(funder) - returned, "443220: {funder}");
        }
        let off_balance: i64 = LedgerAccount::ALL
            .into_iter()
            .filter(|it| it.is_off_balance())
            .map(|it| self.of(it, Auxiliary::Funder(funder)))
            .sum();
        assert_eq!(off_balance, 0, "class 8 does not net to zero: {funder}");
    }
}
