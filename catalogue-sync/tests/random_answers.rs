//! Whatever a partner sends, it is read or refused: never a panic, never an offer that the ledger
//! would not take.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use catalogue_sync::feed::{Context, Extent, Feed, Format};
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
    fn a_spoilt_file_in_another_encoding_is_read_or_refused(bytes in spoilt("onix/utf16.xml")) {
        taken_offers_are_sound(Format::Onix, &bytes)?;
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        taken_offers_are_sound(Format::Onix, &bytes)?;
        taken_offers_are_sound(Format::Json, &bytes)?;
    }
}
