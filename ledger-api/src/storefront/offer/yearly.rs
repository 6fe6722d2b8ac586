//! What an offer costs for each year of its licence, so that offers can be compared.
//!
//! How many pupils a licence covers is not said by offers: a cost per pupil is never made up.

use ledger_core::money::Balance;
use ledger_core::offer::{Billing, Listing};

/// Days of a year; a licence of 366 days is one too.
const YEAR: u64 = 365;

/// « soit 12,50 € par an », « pour un an », « par usage »; empty when it is free, or bought for ever.
pub fn told(listing: &Listing) -> String {
    if listing.billing == Billing::ByUse {
        return "par usage".to_owned();
    }
    match (a_year(listing), listing.licence.days) {
        (Some(_), Some(365 | 366)) => "pour un an".to_owned(),
        (Some(cost), _) => format!("soit {cost} par an"),
        (None, _) => String::new(),
    }
}

/// The price over the licence's days, for a year, rounded half up; `None` when it is free, billed by
/// use or bought for ever.
fn a_year(listing: &Listing) -> Option<Balance> {
    let (cents, days) = (listing.price.amount.cents(), u64::from(listing.licence.days?));
    if cents == 0 || days == 0 || listing.billing == Billing::ByUse {
        return None;
    }
    let twice = cents.saturating_mul(YEAR).saturating_mul(2).saturating_add(days);
    Some(Balance::from_cents(twice / days.saturating_mul(2)))
}

#[cfg(test)]
mod tests {
    use ledger_core::offer::{Details, Kind, Licence, Price, Scope};

    use super::*;

    fn listing(cents: u64, billing: Billing, days: Option<u16>) -> Listing {
        Listing {
            reference: "r".into(),
            title: "t".into(),
            description: String::new(),
            kind: Kind::Activity,
            subjects: vec![],
            levels: vec![],
            price: Price { amount: Balance::from_cents(cents), vat: vec![] },
            prices: vec![],
            billing,
            licence: Licence { scope: Scope::Class, days },
            url: None,
            specimen_url: None,
            video_url: None,
            accessibility: None,
            identifier: None,
            details: Details::default(),
        }
    }

    #[test]
    fn a_price_is_told_for_a_year_when_that_says_something() {
        let told = |cents, days| told(&listing(cents, Billing::Once, days));
        assert_eq!(told(25_00, Some(730)), "soit 12,50\u{a0}€ par an");
        assert_eq!(told(10, Some(1460)), "soit 0,03\u{a0}€ par an", "2,5 cents are rounded up");
        assert_eq!(told(1_00, Some(30)), "soit 12,17\u{a0}€ par an");
        assert_eq!(told(12_50, Some(366)), "pour un an");
        assert_eq!(told(12_50, None), "");
        assert_eq!(told(0, Some(30)), "");
        assert_eq!(super::told(&listing(20, Billing::ByUse, Some(30))), "par usage");
    }
}
