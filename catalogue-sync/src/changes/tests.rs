//! Properties of the difference between what is known and what is wanted.

use ledger_core::offer::{Billing, Details, Kind, Licence, Price, Scope};
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use super::*;
use crate::feed::{Extent, Feed, Reason, RefusedOffer, Rule, Withdrawn};

/// Few references and few prices on purpose, so that feeds meet on the same offers.
const REFERENCES: u8 = 12;

fn name(reference: u8) -> Reference {
    format!("R{reference:02}").into()
}

fn listing(reference: u8, title: u8) -> Listing {
    Listing {
        reference: name(reference),
        title: format!("Titre {title}"),
        description: String::new(),
        kind: Kind::Activity,
        subjects: vec![],
        levels: vec![],
        price: Price::free(),
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

fn refused(reference: u8) -> RefusedOffer {
    RefusedOffer {
        reference: Some(name(reference)),
        title: None,
        place: "offers[0]".into(),
        reasons: vec![Reason::new(Rule::NoPrice, "", "no price")],
    }
}

fn withdrawn(reference: u8) -> Withdrawn {
    Withdrawn { reference: name(reference), reason: "épuisé".into() }
}

/// The steps from what is `known` to what `feed` says.
fn changes(known: &Known, feed: &Feed) -> Vec<Change> {
    let mut steps: Vec<Change> =
        feed.offers.iter().filter_map(|it| change(known, it.clone())).collect();
    let told = Silence {
        named: feed.offers.iter().map(|it| it.reference.clone()).collect(),
        refused: feed.refused.iter().filter_map(|it| it.reference.clone()).collect(),
        gone: feed.withdrawn.clone(),
        whole: feed.extent == Extent::Full,
    };
    steps.extend(withdrawals(known, told));
    steps
}

fn known() -> impl Strategy<Value = Known> {
    btree_map(0..REFERENCES, 0..3_u8, 0..12).prop_map(|it| {
        it.into_iter().map(|(key, title)| (name(key), listing(key, title).digest())).collect()
    })
}

fn feed() -> impl Strategy<Value = Feed> {
    let extent = prop_oneof![Just(Extent::Full), Just(Extent::Changes)];
    let offers = btree_map(0..REFERENCES, 0..3_u8, 0..12);
    (extent, offers, vec(0..REFERENCES, 0..4), vec(0..REFERENCES, 0..4)).prop_map(
        |(extent, offers, gone, bad)| {
            let mut feed = Feed::empty(extent);
            feed.offers = offers.into_iter().map(|(key, title)| listing(key, title)).collect();
            feed.withdrawn = gone.into_iter().map(withdrawn).collect();
            feed.refused = bad.into_iter().map(refused).collect();
            feed
        },
    )
}

/// What is known once `steps` are done.
fn applied(mut known: Known, steps: &[Change]) -> Known {
    for step in steps {
        match step {
            Change::Publish(it) | Change::Revise(it) => {
                known.insert(it.reference.clone(), it.digest());
            }
            Change::Withdraw { reference, .. } => {
                known.remove(reference);
            }
        }
    }
    known
}

proptest! {
    #[test]
    fn applied_twice_a_feed_changes_nothing_more(known in known(), feed in feed()) {
        let after = applied(known.clone(), &changes(&known, &feed));
        prop_assert_eq!(changes(&after, &feed), vec![]);
    }

    #[test]
    fn all_that_is_offered_is_on_sale_afterwards(known in known(), feed in feed()) {
        let after = applied(known.clone(), &changes(&known, &feed));
        for offer in &feed.offers {
            prop_assert_eq!(after.get(&offer.reference), Some(&offer.digest()));
        }
    }

    #[test]
    fn each_offer_changes_at_most_once_and_for_a_reason(known in known(), feed in feed()) {
        let mut seen = BTreeSet::new();
        for step in changes(&known, &feed) {
            prop_assert!(seen.insert(step.reference().clone()), "twice: {:?}", step);
            match &step {
                Change::Publish(it) => prop_assert!(!known.contains_key(&it.reference)),
                Change::Revise(it) => prop_assert_ne!(known[&it.reference], it.digest()),
                Change::Withdraw { reference, .. } => prop_assert!(known.contains_key(reference)),
            }
        }
    }

    #[test]
    fn a_full_feed_leaves_what_it_names_and_nothing_else(known in known(), mut feed in feed()) {
        feed.extent = Extent::Full;
        let gone: BTreeSet<_> = feed.withdrawn.iter().map(|it| it.reference.clone()).collect();
        let offered: BTreeSet<_> = feed.offers.iter().map(|it| it.reference.clone()).collect();
        let kept = feed.refused.iter().filter_map(|it| it.reference.clone());
        let kept = kept.filter(|it| known.contains_key(it) && !gone.contains(it));
        let expected: BTreeSet<_> = offered.iter().cloned().chain(kept).collect();
        let after = applied(known.clone(), &changes(&known, &feed));
        prop_assert_eq!(after.into_keys().collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn a_feed_of_changes_touches_nothing_else(known in known(), mut feed in feed()) {
        feed.extent = Extent::Changes;
        let named: BTreeSet<_> = feed.offers.iter().map(|it| &it.reference)
            .chain(feed.withdrawn.iter().map(|it| &it.reference)).collect();
        for step in changes(&known, &feed) {
            prop_assert!(named.contains(step.reference()));
        }
    }
}

#[test]
fn an_empty_or_shrunken_feed_is_held() {
    for (known, named, held) in
        [(1, 0, true), (10, 1, true), (9, 1, false), (20, 2, true), (20, 3, false), (0, 0, false)]
    {
        let expected = if held { Err(Shrunk { known, named }) } else { Ok(()) };
        assert_eq!(guard(known, named), expected);
    }
}

#[test]
fn a_feed_whose_offers_are_all_refused_takes_nothing_off_sale() {
    let known: Known = (0..10).map(|it| (name(it), listing(it, 0).digest())).collect();
    let mut feed = Feed::empty(Extent::Full);
    feed.refused = (0..10).map(refused).collect();
    assert_eq!(changes(&known, &feed), vec![]);
}

#[test]
fn a_partner_that_leaves_withdraws_each_offer_by_name() {
    let known: Known = (0..10).map(|it| (name(it), listing(it, 0).digest())).collect();
    let mut feed = Feed::empty(Extent::Full);
    feed.withdrawn = (0..10).map(withdrawn).collect();
    assert_eq!(changes(&known, &feed).len(), 10);
}
