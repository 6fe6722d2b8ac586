//! What a team's members may spend: limits over one purchase and over a calendar month.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

use crate::ids::AccountId;
use crate::money::{Amount, Balance};

/// The limits a team set itself; for each, `None` is no limit and zero lets nothing through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TeamRules {
    /// The most one purchase may cost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_purchase: Option<Balance>,
    /// The most all members may authorise in a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_month: Option<Balance>,
    /// The most one member may authorise in a month.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub per_member_month: Option<Balance>,
    /// A purchase of more than this waits for the head of school.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub approval_above: Option<Balance>,
}

/// Which limit refuses a purchase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TeamLimit {
    /// [`TeamRules::per_purchase`].
    PerPurchase,
    /// [`TeamRules::per_month`].
    PerMonth,
    /// [`TeamRules::per_member_month`].
    PerMemberMonth,
}

/// A purchase is over a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("over the team's limit of {limit}, of which {left} is left")]
pub struct OverLimit {
    /// Which one.
    pub rule: TeamLimit,
    /// As the team set it.
    pub limit: Balance,
    /// What it still lets through.
    pub left: Balance,
}

/// What one member authorised on the team's account and still counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    /// Who asked.
    pub by: AccountId,
    /// On which day, in Europe/Paris.
    pub on: NaiveDate,
    /// Less what was cancelled, expired, freed or refunded.
    pub amount: Balance,
}

impl Used {
    /// Whether it counts in the calendar month of `day`.
    pub fn is_in_month_of(&self, day: NaiveDate) -> bool {
        (self.on.year(), self.on.month()) == (day.year(), day.month())
    }
}

impl TeamRules {
    /// Whether `amount`, bought within `total` and asked by `by` on `on`, is within the limits,
    /// `used` having been spent.
    ///
    /// # Errors
    /// The first limit it is over: of the purchase, of the member's month, of the team's month.
    pub fn allow(
        &self,
        by: AccountId,
        on: NaiveDate,
        (amount, total): (Amount, Amount),
        used: &[Used],
    ) -> Result<(), OverLimit> {
        let month = |it: &&Used| it.is_in_month_of(on);
        let whole = used.iter().filter(month).map(|it| it.amount).sum();
        let own = used.iter().filter(month).filter(|it| it.by == by);
        let own = own.map(|it| it.amount).sum();
        within(TeamLimit::PerPurchase, self.per_purchase, Balance::ZERO, total)?;
        within(TeamLimit::PerMemberMonth, self.per_member_month, own, amount)?;
        within(TeamLimit::PerMonth, self.per_month, whole, amount)
    }

    /// Whether a purchase of `amount` waits for the head of school.
    pub fn needs_approval(&self, amount: Amount) -> bool {
        self.approval_above.is_some_and(|it| it.missing(amount).is_some())
    }
}

fn within(
    rule: TeamLimit,
    limit: Option<Balance>,
    used: Balance,
    amount: Amount,
) -> Result<(), OverLimit> {
    let Some(limit) = limit else { return Ok(()) };
    let left = limit.beyond(used);
    if left.missing(amount).is_some() { Err(OverLimit { rule, limit, left }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn member(n: u128) -> AccountId {
        AccountId(Uuid::from_u128(n))
    }

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn cents(n: u64) -> Balance {
        Balance::from_cents(n)
    }

    fn used(by: u128, on: &str, amount: u64) -> Used {
        Used { by: member(by), on: day(on), amount: cents(amount) }
    }

    fn ask(rules: &TeamRules, amount: u64, used: &[Used]) -> Result<(), OverLimit> {
        let amount = Amount::from_cents(amount).unwrap();
        rules.allow(member(1), day("2026-10-31"), (amount, amount), used)
    }

    fn over(rule: TeamLimit, limit: u64, left: u64) -> Result<(), OverLimit> {
        let (limit, left) = (cents(limit), cents(left));
        Err(OverLimit { rule, limit, left })
    }

    #[test]
    fn without_a_rule_all_passes_and_nothing_waits() {
        let rules = TeamRules::default();
        assert_eq!(ask(&rules, 900_000_00, &[used(1, "2026-10-01", 1)]), Ok(()));
        assert!(!rules.needs_approval(Amount::from_cents(900_000_00).unwrap()));
    }

    #[test]
    fn what_is_bought_together_is_one_purchase() {
        let rules = TeamRules { per_purchase: Some(cents(50_00)), ..TeamRules::default() };
        let (line, total) =
            (Amount::from_cents(30_00).unwrap(), Amount::from_cents(60_00).unwrap());
        let asked = rules.allow(member(1), day("2026-10-31"), (line, total), &[]);
        assert_eq!(asked, over(TeamLimit::PerPurchase, 50_00, 50_00));
    }

    #[test]
    fn a_limit_of_zero_lets_nothing_through() {
        let rules = TeamRules { per_purchase: Some(cents(0)), ..TeamRules::default() };
        assert_eq!(ask(&rules, 1, &[]), over(TeamLimit::PerPurchase, 0, 0));
    }

    #[test]
    fn a_limit_is_reached_but_not_passed() {
        let rules = TeamRules { per_purchase: Some(cents(50_00)), ..TeamRules::default() };
        assert_eq!(ask(&rules, 50_00, &[]), Ok(()));
        assert_eq!(ask(&rules, 50_01, &[]), over(TeamLimit::PerPurchase, 50_00, 50_00));
    }

    #[test]
    fn a_members_month_counts_the_members_own_purchases_of_that_month() {
        let rules = TeamRules { per_member_month: Some(cents(10_00)), ..TeamRules::default() };
        let before =
            [used(1, "2026-10-01", 4_00), used(2, "2026-10-02", 9_00), used(1, "2026-09-30", 9_00)];
        assert_eq!(ask(&rules, 6_00, &before), Ok(()));
        assert_eq!(ask(&rules, 6_01, &before), over(TeamLimit::PerMemberMonth, 10_00, 6_00));
    }

    #[test]
    fn a_teams_month_counts_everybody_and_no_other_year() {
        let rules = TeamRules { per_month: Some(cents(20_00)), ..TeamRules::default() };
        let before = [used(1, "2026-10-01", 4_00), used(2, "2026-10-02", 9_00)];
        assert_eq!(ask(&rules, 7_01, &before), over(TeamLimit::PerMonth, 20_00, 7_00));
        assert_eq!(ask(&rules, 7_01, &[used(2, "2025-10-31", 20_00)]), Ok(()));
    }

    #[test]
    fn approval_is_needed_above_its_threshold_only() {
        let rules = TeamRules { approval_above: Some(cents(60_00)), ..TeamRules::default() };
        assert!(!rules.needs_approval(Amount::from_cents(60_00).unwrap()));
        assert!(rules.needs_approval(Amount::from_cents(60_01).unwrap()));
    }
}
