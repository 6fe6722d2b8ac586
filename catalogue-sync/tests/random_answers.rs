//! Whatever a partner sends, it is read or refused: never a panic, never an offer that the ledger
//! would not take.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use catalogue_sync::feed::{Context, Extent, Feed, Format, read};
use catalogue_sync::vocabularies::Vocabularies;
use fixtures::misbehaving_site::recorded;
use proptest::prelude::*;

/// A recorded answer with a few pieces of it cut, doubled or replaced.
fn spoilt(file: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let places =
        proptest::collection::vec((any::<prop::sample::Index>(), 0..5_u8, any::<u8>()), 0..6);
    places.prop_map(move |changes| {
        let mut bytes = recorded(file);
        for (place, change, byte) in changes {
            let place = place.index(bytes.len().max(1)).min(bytes.len());
            let end = (place + usize::from(byte)).min(bytes.len());
            match change {
                0 => bytes.truncate(place),
                1 => drop(bytes.drain(place..end)),
                2 => {
                    let piece = bytes[place..end].to_vec();
                    bytes.splice(place..place, piece);
                }
                3 => bytes.insert(place, byte),
                _ => {
                    if let Some(it) = bytes.get_mut(place) {
                        *it = byte;
                    }
                }
            }
        }
        bytes
    })
}

fn taken_offers_are_sound(format: Format, bytes: &[u8]) -> Result<(), TestCaseError> {
    let today = "2026-09-01".parse().unwrap();
    let vocabularies = Vocabularies::built_in();
    let context = Context { today, extent: Extent::Full, vocabularies: &vocabularies };
    if let Ok(feed) = Feed::of(format, bytes, &context) {
        for offer in &feed.offers {
            prop_assert_eq!(offer.check(), Ok(()));
        }
        prop_assert!(feed.refused.iter().all(|it| !it.reasons.is_empty()));
        let mut references: Vec<_> = feed.offers.iter().map(|it| &it.reference).collect();
        references.sort_unstable();
        references.dedup();
        prop_assert_eq!(references.len(), feed.offers.len());
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_spoilt_json_page_is_read_or_refused(bytes in spoilt("json/good.json")) {
        taken_offers_are_sound(Format::Json, &bytes)?;
    }

    #[test]
    fn a_spoilt_onix_file_is_read_or_refused(bytes in spoilt("onix/good.xml")) {
        taken_offers_are_sound(Format::Onix, &bytes)?;
    }

    #[test]
    fn a_spoilt_onix_file_with_short_tags_is_read_or_refused(bytes in spoilt("onix/short-tags.xml")) {
        taken_offers_are_sound(Format::Onix, &bytes)?;
    }

    #[test]
    fn a_spoilt_onix_file_of_updates_is_read_or_refused(bytes in spoilt("onix/updates.xml")) {
        taken_offers_are_sound(Format::Onix, &bytes)?;
    }

    #[test]
    fn a_spoilt_table_is_read_or_refused(bytes in spoilt("csv/good.csv")) {
        taken_offers_are_sound(Format::Csv, &bytes)?;
    }

    #[test]
    fn a_spoilt_table_of_excel_is_read_or_refused(bytes in spoilt("csv/excel.csv")) {
        taken_offers_are_sound(Format::Csv, &bytes)?;
    }

    #[test]
    fn every_row_of_a_table_is_told_once(
        cells in proptest::collection::vec(proptest::collection::vec("[ -~éà€]{0,12}", 6), 0..12),
    ) {
        let quoted = |it: &String| format!("\"{}\"", it.replace('"', "\"\""));
        let rows: Vec<String> =
            cells.iter().map(|it| it.iter().map(quoted).collect::<Vec<_>>().join(";")).collect();
        let text = format!("reference;titre;type;prix_ttc;tva;licence\n{}\n", rows.join("\n"));
        let context = Context { today: "2026-09-01".parse().unwrap(), extent: Extent::Full, vocabularies: &Vocabularies::built_in() };
        let feed = Feed::of(Format::Csv, text.as_bytes(), &context).unwrap();
        let told = cells.iter().filter(|it| it.iter().any(|it| !it.trim().is_empty())).count();
        prop_assert_eq!(feed.offers.len() + feed.refused.len() + feed.withdrawn.len(), told);
    }

    #[test]
    fn a_spoilt_file_in_another_encoding_is_read_or_refused(bytes in spoilt("onix/utf16.xml")) {
        taken_offers_are_sound(Format::Onix, &bytes)?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        taken_offers_are_sound(Format::Onix, &bytes)?;
        taken_offers_are_sound(Format::Json, &bytes)?;
        taken_offers_are_sound(Format::Csv, &bytes)?;
    }

    #[test]
    fn bytes_come_in_any_pieces(bytes in spoilt("onix/utf16.xml"), size in 1..40_usize) {
        let context = Context { today: "2026-09-01".parse().unwrap(), extent: Extent::Full, vocabularies: &Vocabularies::built_in() };
        for format in [Format::Onix, Format::Csv] {
            let mut records = Vec::new();
            let mut body = std::io::BufReader::with_capacity(size, &bytes[..]);
            let pieces = read(format, &mut body, &context, &mut |it| records.push(it));
            let mut whole = Vec::new();
            let at_once = read(format, &mut &bytes[..], &context, &mut |it| whole.push(it));
            prop_assert_eq!((pieces, records), (at_once, whole));
        }
    }
}

/// A file cut at every place: what was whole before the cut is told, and the cut itself.
#[test]
fn a_file_cut_anywhere_is_refused_after_what_was_whole() {
    let context = Context {
        today: "2026-09-01".parse().unwrap(),
        extent: Extent::Full,
        vocabularies: &Vocabularies::built_in(),
    };
    for file in ["onix/good.xml", "onix/short-tags.xml", "onix/updates.xml"] {
        let bytes = recorded(file);
        let end = bytes.trim_ascii_end().len();
        for cut in 0..end {
            let mut told = 0;
            let read = read(Format::Onix, &mut &bytes[..cut], &context, &mut |_| told += 1);
            assert!(read.is_err() && told <= 6, "{file} cut at {cut}");
        }
    }
}
