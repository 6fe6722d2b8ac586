//! Who pays what, for pages: a bar and its legend, and the names of funders and envelopes.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use compact_str::CompactString;
use ledger_core::account::{Account, Share};
use ledger_core::envelope::Envelope;
use ledger_core::identifiers::Funder;
use ledger_core::ids::EnvelopeId;
use ledger_core::money::{Amount, Balance};

use super::{failed, words};
use crate::app::App;
use crate::problem::Problem;

/// How many colours the theme has for the parts of a bar.
const COLOURS: usize = 5;

/// What envelopes and their funders are called.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<EnvelopeId, (CompactString, CompactString)>);

impl Names {
    /// The names of `envelopes`, each asked once.
    pub async fn of(app: &App, envelopes: Vec<EnvelopeId>) -> Result<Self, Problem> {
        let mut names = BTreeMap::new();
        for id in envelopes {
            if names.contains_key(&id) {
                continue;
            }
            let look = |it: &Envelope| {
                let opened = it.opened.as_ref()?;
                Some((opened.funder_name.clone(), opened.title.clone()))
            };
            let found = app.ledger.inspect::<Envelope, _>(id, look).await;
            if let Some(found) = found.map_err(failed)? {
                names.insert(id, found);
            }
        }
        Ok(Self(names))
    }

    /// The names of all the envelopes that ever credited `account`.
    pub async fn of_account(app: &App, account: &Account) -> Result<Self, Problem> {
        Self::of(app, account.lots.iter().map(|it| it.envelope).collect()).await
    }

    /// As on the funder's letterhead.
    pub fn funder(&self, envelope: EnvelopeId, funder: &Funder) -> String {
        self.0.get(&envelope).map_or_else(|| words::funder(funder), |(name, _)| name.to_string())
    }

    /// What the envelope is called; empty when it is not known.
    pub fn title(&self, envelope: EnvelopeId) -> &str {
        self.0.get(&envelope).map_or("", |(_, title)| title.as_str())
    }
}

/// One part of a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Its class in the theme: `part-1` to `part-5`.
    pub class: String,
    /// Who pays it, or what it is.
    pub name: String,
    /// How much.
    pub amount: Balance,
    /// Where it begins, in percent of the whole, as SVG writes it.
    pub x: String,
    /// How wide it is, likewise.
    pub width: String,
}

/// A bar of parts that make a whole.
pub fn bar(parts: impl IntoIterator<Item = (String, Balance)>) -> Vec<Part> {
    let parts: Vec<_> = parts.into_iter().collect();
    let whole: Balance = parts.iter().map(|it| it.1).sum();
    let mut before = Balance::ZERO;
    let mut bar = Vec::with_capacity(parts.len());
    for (at, (name, amount)) in parts.into_iter().enumerate() {
        let class = format!("part-{}", at % COLOURS + 1);
        let (x, width) = (percent(before, whole), percent(amount, whole));
        before = before.and(amount);
        bar.push(Part { class, name, amount, x, width });
    }
    bar
}

/// What each funder pays of `shares`, in the order in which they are used.
pub fn by_funder(shares: &[Share], names: &Names) -> Vec<Part> {
    let mut sums: Vec<(String, Balance)> = vec![];
    for share in shares {
        let name = names.funder(share.envelope, &share.funder);
        match sums.iter_mut().find(|it| it.0 == name) {
            Some((_, sum)) => *sum = sum.plus(share.amount),
            None => sums.push((name, share.amount.into())),
        }
    }
    bar(sums)
}

/// « Région Occitanie 12,00 € · État 3,20 € »; only its name when one funder pays it all.
pub fn in_words(shares: &[Share], names: &Names) -> String {
    let parts = by_funder(shares, names);
    if let [only] = &parts[..] {
        return only.name.clone();
    }
    let each: Vec<_> = parts.iter().map(|it| format!("{} {}", it.name, it.amount)).collect();
    each.join(" · ")
}

/// What one lot pays of a purchase, and what is left of it then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Who pays.
    pub funder: String,
    /// From which envelope.
    pub envelope: String,
    /// How much.
    pub amount: Amount,
    /// What is left of the lot afterwards.
    pub left: Balance,
    /// Until when that may be spent.
    pub valid_until: NaiveDate,
}

/// What each lot would pay of `shares`, and what would be left of it in `account`.
pub fn lines(shares: &[Share], account: &Account, names: &Names) -> Vec<Line> {
    let line = |share: &Share| {
        let lot = account.lot(share.lot)?;
        Some(Line {
            funder: names.funder(share.envelope, &share.funder),
            envelope: names.title(share.envelope).to_owned(),
            amount: share.amount,
            left: lot.available.less(share.amount),
            valid_until: lot.valid_until,
        })
    };
    shares.iter().filter_map(line).collect()
}

/// `62.50`: how much of `whole` `part` is, in percent with two decimals, as SVG writes it.
pub fn percent(part: Balance, whole: Balance) -> String {
    let (part, whole) = (u128::from(part.cents()), u128::from(whole.cents()));
    let hundredths = (part * 10_000).checked_div(whole).unwrap_or_default().min(10_000);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_of_a_bar_stand_side_by_side() {
        let euros = Balance::from_cents;
        let bar = bar([("Région".to_owned(), euros(12_00)), ("État".to_owned(), euros(3_20))]);
        assert_eq!((bar[0].x.as_str(), bar[0].width.as_str()), ("0.00", "78.94"));
        assert_eq!((bar[1].x.as_str(), bar[1].width.as_str()), ("78.94", "21.05"));
        assert_eq!((bar[0].class.as_str(), bar[1].class.as_str()), ("part-1", "part-2"));
        assert_eq!(percent(euros(1), Balance::ZERO), "0.00");
    }
}
