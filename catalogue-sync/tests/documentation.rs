//! What partners are told is what is done: the schema and the guide against the reader.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::path::Path;

use catalogue_sync::feed::csv::COLUMNS;
use catalogue_sync::feed::{Context, Extent, Feed, Format, Rule};
use catalogue_sync::vocabularies::Vocabularies;
use ledger_core::offer::Feature;
use ledger_core::offer::price::tax_on;
use serde_json::{Value, json};

fn document(name: &str) -> String {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    std::fs::read_to_string(docs.join(name)).unwrap()
}

/// The object that the guide shows.
fn example() -> Value {
    let guide = document("partners.md");
    let (_, rest) = guide.split_once("```json").unwrap();
    serde_json::from_str(rest.split_once("```").unwrap().0).unwrap()
}

fn feed(page: &Value) -> Feed {
    let today = "2026-09-01".parse().unwrap();
    Feed::of(
        Format::Json,
        page.to_string().as_bytes(),
        &Context { today, extent: Extent::Full, vocabularies: &Vocabularies::built_in() },
    )
    .unwrap()
}

fn names(schema: &Value, definition: &str) -> BTreeSet<String> {
    let properties = &schema["$defs"][definition]["properties"];
    properties.as_object().unwrap().keys().cloned().collect()
}

fn members(value: &Value) -> BTreeSet<String> {
    value.as_object().unwrap().keys().cloned().collect()
}

#[test]
fn the_example_uses_every_member_of_the_schema_and_all_are_read() {
    let (schema, example) =
        (serde_json::from_str::<Value>(&document("offers-feed.schema.json")).unwrap(), example());
    let offer = &example["offers"][0];
    assert_eq!(members(&schema["properties"]), members(&example));
    assert_eq!(names(&schema, "offer"), members(offer));
    assert_eq!(names(&schema, "price"), members(&offer["price"]));
    assert_eq!(names(&schema, "vat"), members(&offer["price"]["vat"][0]));
    assert_eq!(names(&schema, "licence"), members(&offer["licence"]));
    assert_eq!(names(&schema, "withdrawn"), members(&example["withdrawn"][0]));
    assert_eq!(names(&schema, "dated_price"), members(&offer["prices"][0]));
    assert_eq!(names(&schema, "details"), members(&offer["details"]));
    let term = &offer["details"]["terms"][1];
    assert_eq!(names(&schema, "term"), members(term));
    assert_eq!(names(&schema, "concept"), members(&term["path"][0]));

    let feed = feed(&example);
    assert_eq!((feed.offers.len(), feed.withdrawn.len()), (1, 1), "{:?}", feed.refused);
    assert_eq!(feed.remarks, [], "a member of the schema is not read");
    let listing = &feed.offers[0];
    assert!(listing.identifier.is_some() && listing.accessibility.is_some());
    assert_eq!((listing.prices.len(), listing.details.terms.len()), (1, 2));
}

#[test]
fn the_other_examples_are_read_too() {
    let guide = document("partners.md");
    let context = Context {
        today: "2026-09-01".parse().unwrap(),
        extent: Extent::Full,
        vocabularies: &Vocabularies::built_in(),
    };
    let read = |format: Format, fence: &str| {
        let (_, rest) = guide.split_once(fence).unwrap();
        let text = rest.split_once("```").unwrap().0;
        Feed::of(format, text.as_bytes(), &context).unwrap()
    };
    let (onix, csv) = (read(Format::Onix, "```xml\n"), read(Format::Csv, "```csv\n"));
    for feed in [&onix, &csv] {
        assert_eq!((&feed.refused[..], &feed.remarks[..]), (&[][..], &[][..]));
    }
    assert_eq!((onix.offers.len(), csv.offers.len(), csv.withdrawn.len()), (1, 2, 1));
    assert_eq!(csv.offers[0].subjects, ["physique-chimie", "enseignement-moral-et-civique"]);
}

#[test]
fn the_guide_lists_every_column() {
    let guide = document("partners.md");
    let (_, table) = guide.split_once("| column | needed | holds |").unwrap();
    let rows = table.lines().skip(2).map_while(|it| it.strip_prefix("| `"));
    let told: Vec<(&str, bool)> = rows
        .map(|it| {
            let (name, rest) = it.split_once("` |").unwrap();
            (name, rest.starts_with(" yes |"))
        })
        .collect();
    assert_eq!(told, COLUMNS.map(|it| (it.name, it.required)));
}

#[test]
fn what_the_schema_requires_is_what_the_reader_misses() {
    let schema: Value = serde_json::from_str(&document("offers-feed.schema.json")).unwrap();
    for name in names(&schema, "offer") {
        let mut page = example();
        page["offers"][0].as_object_mut().unwrap().remove(&name);
        let feed = feed(&page);
        let missed = feed.refused.iter().flat_map(|it| &it.reasons);
        let missed: Vec<_> = missed.map(|it| (it.rule, it.message.as_str())).collect();
        let required = schema["$defs"]["offer"]["required"].as_array().unwrap();
        if required.contains(&json!(name)) {
            let path = format!("offers[0].{name}: missing");
            let told =
                missed.iter().any(|it| it.0 == Rule::FieldMissing && it.1.starts_with(&path));
            assert!(told, "{name}: {missed:?}");
        } else {
            assert_eq!(missed, [], "{name} is not required");
        }
    }
}

#[test]
fn every_value_of_the_schemas_lists_is_taken() {
    let schema: Value = serde_json::from_str(&document("offers-feed.schema.json")).unwrap();
    let values = |definition: &str, name: &str| {
        schema["$defs"][definition]["properties"][name]["enum"].as_array().unwrap().clone()
    };
    let taken = |change: &dyn Fn(&mut Value)| {
        let mut page = example();
        change(&mut page["offers"][0]);
        assert_eq!(feed(&page).refused, []);
    };
    for kind in values("offer", "kind") {
        taken(&|offer| offer["kind"] = kind.clone());
    }
    for billing in values("offer", "billing") {
        taken(&|offer| offer["billing"] = billing.clone());
    }
    for scope in values("licence", "scope") {
        taken(&|offer| offer["licence"]["scope"] = scope.clone());
    }
    for facet in values("term", "facet") {
        taken(&|offer| offer["details"]["terms"][1]["facet"] = facet.clone());
    }
    for conformance in values("details", "conformance") {
        taken(&|offer| offer["details"]["conformance"] = conformance.clone());
    }
    let features = &schema["$defs"]["details"]["properties"]["features"]["items"]["enum"];
    assert_eq!(features.as_array().unwrap().len(), Feature::ALL.len());
    taken(&|offer| offer["details"]["features"] = features.clone());
    for rate in values("vat", "rate") {
        taken(&|offer| {
            let tax = tax_on(500, rate.as_u64().unwrap().try_into().unwrap());
            let vat = json!([{"rate": rate, "base_cents": 500, "tax_cents": tax}]);
            offer["price"] = json!({"amount_cents": 500 + tax, "vat": vat});
        });
    }
}

#[test]
fn the_guide_lists_every_rule() {
    let guide = document("partners.md");
    let (_, table) = guide.split_once("## Reasons for a refusal").unwrap();
    let told: BTreeSet<&str> =
        table.lines().filter_map(|it| it.strip_prefix("| `")?.split('`').next()).collect();
    let rules: BTreeSet<&str> = Rule::ALL.iter().map(|it| it.slug()).collect();
    assert_eq!(told, rules);
}
