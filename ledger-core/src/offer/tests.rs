//! The rules of an offer, one test each.

use super::*;
use crate::decider::given;
use crate::money::Balance;

const PARTNER: PartnerId = PartnerId(uuid::Uuid::from_u128(1));
const OTHER: PartnerId = PartnerId(uuid::Uuid::from_u128(2));

#[test]
fn an_offer_is_published_then_revised_then_withdrawn_then_published_again() {
    given::<Offer>([])
        .when(list(PARTNER, 3_00))
        .then([OfferEvent::Published(published(3_00))])
        .when(list(PARTNER, 4_00))
        .then([OfferEvent::Revised(published(4_00))])
        .when(withdraw())
        .then([OfferEvent::Withdrawn(OfferWithdrawn { reason: "gone".into() })])
        .when(list(PARTNER, 4_00))
        .then([OfferEvent::Published(published(4_00))]);
}

#[test]
fn an_offer_that_says_the_same_changes_nothing() {
    given::<Offer>([OfferEvent::Published(published(3_00))]).when(list(PARTNER, 3_00)).then([]);
}

#[test]
fn a_partner_cannot_revise_another_ones_offer() {
    given::<Offer>([OfferEvent::Published(published(3_00))])
        .when(list(OTHER, 3_00))
        .then_refused(OfferRefusal::NotYours);
}

#[test]
fn an_offer_that_was_never_published_cannot_be_withdrawn() {
    given::<Offer>([]).when(withdraw()).then_refused(OfferRefusal::Unknown);
}

#[test]
fn a_listing_is_refused_with_the_field_that_is_wrong() {
    let wrong: [(Spoil, &str); 9] = [
        (|it| it.reference = "".into(), "reference: 0 characters"),
        (|it| it.title = "   ".into(), "title: 3 characters"),
        (|it| it.title = "a\u{0}b".into(), "title: holds the control character U+0000"),
        (|it| it.description = "x".repeat(20_001), "description: 20001 characters"),
        (|it| it.subjects = vec!["Maths".into()], "subjects: `Maths`"),
        (|it| it.levels = vec!["6e".into(); 21], "levels: 21 values"),
        (|it| it.url = Some("javascript:alert(1)".into()), "url: `javascript:alert(1)`"),
        (|it| it.licence.days = Some(0), "licence.days: 0 days"),
        (|it| it.price.vat.clear(), "price: no VAT line"),
    ];
    for (spoil, expected) in wrong {
        let mut listing = listing(3_00);
        spoil(&mut listing);
        let refused = listing.check().expect_err(expected).to_string();
        assert!(refused.starts_with(expected), "{refused}");
    }
}

/// Makes one field wrong.
type Spoil = fn(&mut Listing);

fn listing(cents: u64) -> Listing {
    Listing {
        reference: "ref-1".into(),
        title: "Fractions en 6e".into(),
        description: String::new(),
        kind: Kind::Activity,
        subjects: vec!["mathematiques".into()],
        levels: vec!["6e".into()],
        price: Price { amount: Balance::from_cents(cents), vat: vec![Vat::within(cents, 550)] },
        billing: Billing::Once,
        licence: Licence { scope: Scope::Class, days: None },
        url: None,
        specimen_url: None,
        video_url: None,
        accessibility: None,
        identifier: None,
        prices: vec![],
        details: Details::default(),
    }
}

fn published(cents: u64) -> OfferPublished {
    let listing = listing(cents);
    OfferPublished { partner: PARTNER, digest: listing.digest(), listing: Box::new(listing) }
}

fn list(partner: PartnerId, cents: u64) -> OfferCommand {
    OfferCommand::List { partner, listing: Box::new(listing(cents)) }
}

fn withdraw() -> OfferCommand {
    OfferCommand::Withdraw { reason: "gone".into() }
}
