//! What a partner may rely on, offer by offer.

use serde_json::json;

use super::*;
use crate::feed::{Context, Feed, Format};

fn read(bytes: &[u8]) -> Result<Feed, FeedError> {
    let today = "2026-09-01".parse().unwrap();
    Feed::of(
        Format::Json,
        bytes,
        &Context {
            today,
            extent: Extent::Full,
            vocabularies: &crate::vocabularies::Vocabularies::built_in(),
        },
    )
}

fn offer(reference: &str) -> Value {
    json!({
        "reference": reference,
        "title": "Fractions en 12 activités",
        "description": "Des activités courtes.\r\nPour la classe.",
        "kind": "activity",
        "subjects": ["mathematiques"],
        "levels": ["6e"],
        "price": {
            "amount_cents": 1055,
            "vat": [{"rate": 550, "base_cents": 1000, "tax_cents": 55}]
        },
        "billing": "once",
        "licence": {"scope": "class", "days": 365},
        "url": "https://partenaire.example/fractions"
    })
}

fn page(offers: &[Value]) -> Vec<u8> {
    let page = json!({"format": FORMAT, "extent": "full", "offers": offers});
    page.to_string().into_bytes()
}

/// The reasons of the only offer of a page, `offer` with `change` made to it.
fn reasons(change: impl FnOnce(&mut Value)) -> Vec<(Rule, String)> {
    let mut changed = offer("A");
    change(&mut changed);
    let feed = read(&page(&[changed, offer("B")])).unwrap();
    assert_eq!(feed.offers.len(), 1, "the other one is taken");
    let [refused] = &feed.refused[..] else { panic!("{:?}", feed.refused) };
    refused.reasons.iter().map(|it| (it.rule, it.message.clone())).collect()
}

#[test]
fn a_page_is_read() {
    let feed = read(
        json!({
            "format": "offers/1", "extent": "changes", "as_of": "2026-09-01T06:00:00Z",
            "next": "page-2", "offers": [offer("A")],
            "withdrawn": [{"reference": "B", "reason": "épuisé"}, {"reference": "C"}]
        })
        .to_string()
        .as_bytes(),
    )
    .unwrap();
    assert_eq!((feed.extent, feed.next.as_deref()), (Extent::Changes, Some("page-2")));
    assert_eq!(feed.as_of.unwrap().to_rfc3339(), "2026-09-01T06:00:00+00:00");
    assert_eq!(feed.refused, []);
    assert_eq!(feed.remarks, []);
    let listing = &feed.offers[0];
    assert_eq!(listing.reference, "A");
    assert_eq!(listing.description, "Des activités courtes.\nPour la classe.");
    assert_eq!(listing.price.amount.cents(), 10_55);
    assert_eq!(listing.licence.days, Some(365));
    let withdrawn: Vec<_> = feed.withdrawn.iter().map(|it| (&*it.reference, &*it.reason)).collect();
    assert_eq!(withdrawn, [("B", "épuisé"), ("C", "withdrawn by its partner")]);
}

#[test]
fn a_bad_offer_is_refused_with_every_reason_and_its_path() {
    let found = reasons(|it| {
        it["price"]["amount_cents"] = json!(10.55);
        it["price"]["vat"][0]["rate"] = json!("5.5");
        it["kind"] = json!("jeu");
        it["licence"] = json!("classe");
        it["title"] = json!("");
    });
    assert_eq!(
        found,
        [
            (Rule::FieldMissing, "offers[0].title: missing, expected a string"),
            (
                Rule::UnknownValue,
                "offers[0].kind: `jeu` is not one of textbook, activity, exercises, media, book, \
                 press, reference, tool"
            ),
            (
                Rule::WrongType,
                "offers[0].price.amount_cents: found 10.55, expected a whole number of cents, 0 or \
                 more, as in 1250 for 12,50 €"
            ),
            (
                Rule::WrongType,
                "offers[0].price.vat[0].rate: found \"5.5\", expected hundredths of a percent, as \
                 in 550 for 5,5 %"
            ),
            (Rule::WrongType, "offers[0].licence: found \"classe\", expected an object"),
        ]
        .map(|(rule, message)| (rule, message.to_owned()))
    );
}

#[test]
fn what_the_ledger_would_refuse_is_refused_with_its_rule() {
    let rule = |change: fn(&mut Value)| reasons(change)[0].0;
    assert_eq!(rule(|it| it["price"]["vat"][0]["tax_cents"] = json!(99)), Rule::VatTax);
    assert_eq!(rule(|it| it["price"]["vat"][0]["rate"] = json!(700_000)), Rule::VatRate);
    assert_eq!(rule(|it| it["price"]["amount_cents"] = json!(1056)), Rule::VatSum);
    assert_eq!(rule(|it| it["price"]["vat"] = json!([])), Rule::VatMissing);
    assert_eq!(rule(|it| it["price"]["amount_cents"] = json!(u64::MAX)), Rule::PriceTooHigh);
    assert_eq!(rule(|it| it["url"] = json!("javascript:alert(1)")), Rule::Address);
    assert_eq!(rule(|it| it["subjects"] = json!(["Vie de classe"])), Rule::Word);
    assert_eq!(rule(|it| it["licence"]["days"] = json!(0)), Rule::LicenceDays);
    assert_eq!(rule(|it| it["title"] = json!("a\u{0}b")), Rule::ControlCharacter);
    assert_eq!(rule(|it| it["title"] = json!("a".repeat(301))), Rule::Length);
    assert_eq!(
        reasons(|it| it["price"]["vat"] = json!([]))[0].1,
        "offers[0].price: no VAT line: give at least one rate, its base and its tax (rate 0 when \
         exempt)"
    );
}

#[test]
fn a_reference_is_taken_once() {
    let feed = read(&page(&[offer("A"), offer("B"), offer("A")])).unwrap();
    assert_eq!(feed.offers.len(), 2);
    let [refused] = &feed.refused[..] else { panic!("{:?}", feed.refused) };
    assert_eq!(refused.place, "offers[2]");
    assert_eq!(refused.reasons[0].message, "reference A is also that of offers[0], which is kept");
}

#[test]
fn an_unknown_member_is_told_and_not_refused() {
    let mut odd = offer("A");
    odd["specimen"] = json!("https://partenaire.example/extrait");
    odd["price"]["currency"] = json!("EUR");
    let feed = read(&page(&[odd])).unwrap();
    assert_eq!(feed.offers.len(), 1);
    let places: Vec<&str> = feed.remarks.iter().map(|it| &*it.place).collect();
    assert_eq!(places, ["offers[0].price.currency", "offers[0].specimen"]);
    assert_eq!(feed.remarks[0].reference.as_deref(), Some("A"));
}

#[test]
fn offers_that_are_no_objects_are_refused_one_by_one() {
    let feed = read(&page(&[json!(null), json!([]), json!("A"), offer("B")])).unwrap();
    assert_eq!((feed.offers.len(), feed.refused.len()), (1, 3));
    assert_eq!(feed.refused[0].reasons.len(), 1);
    assert_eq!(feed.refused[2].reasons[0].message, "offers[2]: found \"A\", expected an object");
}

#[test]
fn an_answer_that_is_not_a_page_is_refused_whole() {
    let said = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
    let cut = page(&[offer("A")]);
    assert_eq!(
        said(&cut[..cut.len() - 40]),
        "line 1, column 370: cut off: EOF while parsing a string"
    );
    assert_eq!(said(b"[]"), format!("not this format: found no object, expected {EXPECTED}"));
    assert!(said(br#"{"format":"offers/2"}"#).contains("found format \"offers/2\""));
    assert!(said(br#"{"format":"offers/1","offers":[]}"#).contains("\"full\" or \"changes\""));
    assert!(said(b"{\"format\":\"caf\xe9\"}").contains("byte 14 is not UTF-8"));
    assert!(said("[".repeat(100_000).as_bytes()).contains("found no object"));
    assert!(said(format!("{{\"format\":{}", "[".repeat(100_000)).as_bytes()).contains("cut off"));
    assert!(
        read(b"\xef\xbb\xbf{\"format\":\"offers/1\",\"extent\":\"full\",\"offers\":[]}").is_ok()
    );
}
