//! Who may already use what, and what is tried: counts for a school, never who.

use ledger_core::account::{AccountCommand, SpecimenTaken, TakeSpecimen};
use ledger_core::digest::Digest;
use ledger_core::offer::{Kind, Licence, Scope};
use ledger_core::repeated::Repeated;
use projections::reports::licences::{Holdings, SchoolLicence};

use crate::story::*;

/// `authorise`, for a licence of its own.
fn pay(number: u128, cents: u64, scope: Scope, days: Option<u16>) -> AccountCommand {
    let mut it = authorise(number, "Atlas", cents);
    let mut terms = (*it.terms).clone();
    terms.licence = Licence { scope, days };
    it.terms = Repeated::new(terms);
    AccountCommand::Pay(it)
}

#[tokio::test]
async fn a_school_sees_how_many_have_it_and_up_to_when() {
    let mut story = Story::new();
    story.envelope(envelope(2), &envelope_opened(state(), "Ressources", 5_000_00)).await.unwrap();
    story.envelope(envelope(2), &received(2, 5_000_00)).await.unwrap();
    for number in 1..=4 {
        story.credited(number, 2, 50_00).await;
    }
    story.now = instant("2026-09-10T09:30:00Z");
    let models = story.read_models().await;
    let atlas = offer_of(1, "Atlas");
    for (number, scope, days) in [
        (1, Scope::Teacher, None),
        (2, Scope::Class, Some(30)),
        (3, Scope::School, Some(365)),
        (4, Scope::School, Some(10)),
    ] {
        story.account(account(number), &pay(number, 5_00, scope, days)).await.unwrap();
    }
    let reader = models.at_end().await;
    let on = |who, text| reader.holdings(account(who), atlas, day(text)).unwrap();
    let mine = on(1, "2026-09-12");
    let own = mine.own.unwrap();
    assert_eq!((own.purchase, own.until), (purchase(1), None));
    assert_eq!(mine.colleagues, 3);
    assert_eq!(mine.school, Some(SchoolLicence { until: Some(day("2027-09-10")) }));
    assert_eq!(on(1, "2026-10-11").colleagues, 1, "others are over");
    assert_eq!(on(3, "2026-09-12").school, Some(SchoolLicence { until: Some(day("2026-09-20")) }));
    assert_eq!(on(9, "2026-09-12"), Holdings::default(), "an account that was never opened");
    drop(reader);

    story.account(account(3), &refund(3, 1, None, "2026-09-13")).await.unwrap();
    let told = models.at_end().await.holdings(account(1), atlas, day("2026-09-12")).unwrap();
    assert_eq!(told.colleagues, 2, "what was refunded whole may not be used any more");
    assert_eq!(told.school, Some(SchoolLicence { until: Some(day("2026-09-20")) }));
}

#[tokio::test]
async fn a_specimen_says_which_purchase_it_led_to() {
    let mut story = september().await;
    let (atlas, fractions) = (offer_of(1, "Atlas"), offer_of(1, "Fractions"));
    for (offer, title) in [(atlas, "Atlas"), (fractions, "Fractions")] {
        let specimen = SpecimenTaken {
            offer,
            partner: partner(1),
            reference: title.into(),
            title: title.into(),
            kind: Kind::Activity,
            digest: Digest::of(b"listing"),
            url: "https://preau.example/specimen".into(),
            until: day("2026-11-07"),
        };
        let take = AccountCommand::TakeSpecimen(TakeSpecimen { specimen, on: day("2026-10-08") });
        story.account(account(2), &take).await.unwrap();
        story.now += chrono::TimeDelta::minutes(1);
    }
    story.account(account(2), &AccountCommand::Pay(authorise(9, "Fractions", 3_20))).await.unwrap();
    let models = story.read_models().await;
    let reader = models.at_end().await;
    let told: Vec<_> = reader
        .specimens_of(account(2))
        .unwrap()
        .into_iter()
        .map(|it| (it.title, it.until, it.converted))
        .collect();
    let until = day("2026-11-07");
    assert_eq!(
        told,
        [
            ("Fractions".to_owned(), until, Some(purchase(9))),
            // Bought in September, before it was tried.
            ("Atlas".to_owned(), until, None),
        ]
    );
    assert_eq!(reader.specimens_of(account(1)).unwrap(), []);
}
