//! A real publisher's file: each of its 21 products is taken, or refused with its reasons.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use catalogue_sync::feed::{Context, Extent, Feed, Format};
use catalogue_sync::vocabularies::Vocabularies;

/// The file belongs to others: it lies beside the project, not in it.
const FILE: &str = "shared/real/onix/onix3-multiple.xml";

#[test]
fn each_product_of_a_real_file_is_taken_or_refused_with_its_reasons() {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(2);
    let Some(bytes) = above.map(|it| it.join(FILE)).find_map(|it| std::fs::read(it).ok()) else {
        println!("skipped: no {FILE} beside the project");
        return;
    };
    let today = "2026-09-01".parse().unwrap();
    let feed = Feed::of(
        Format::Onix,
        &bytes,
        &Context { today, extent: Extent::Full, vocabularies: &Vocabularies::built_in() },
    )
    .unwrap();

    assert_eq!(feed.offers.len() + feed.refused.len(), 21, "each of them");
    assert!(feed.refused.iter().all(|it| it.reference.is_some() && it.title.is_some()));
    assert!(feed.refused.iter().all(|it| !it.reasons.is_empty()));
    let named: BTreeSet<_> = feed.refused.iter().filter_map(|it| it.reference.as_ref()).collect();
    assert_eq!(named.len(), 20, "one record stands twice");

    let mut counts: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for reason in feed.refused.iter().flat_map(|it| &it.reasons) {
        // A duplicate's message names the record, which is its publisher's own.
        let message = if reason.rule.slug() == "duplicate" { "" } else { &*reason.message };
        *counts.entry((reason.rule.slug(), message)).or_default() += 1;
    }
    let mut table = format!("taken {:>2}\nrefused {:>2}\n", feed.offers.len(), feed.refused.len());
    for ((rule, message), count) in counts {
        writeln!(table, "{}", format!("{count:>2} {rule:<19} {message}").trim_end()).unwrap();
    }
    assert_eq!(table, include_str!("onix/publisher_file.txt"));
}
