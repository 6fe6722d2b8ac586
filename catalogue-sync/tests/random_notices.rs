//! Whatever a repository or the GAR sends, it is read or refused: never a panic, never a notice that
//! the ledger would not take, never personal data.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod real;

use catalogue_sync::feed::oai::identify;
use catalogue_sync::feed::{Context, Extent, FeedError, Format, Record, notice, personal, read};
use catalogue_sync::vocabularies::Vocabularies;
use proptest::prelude::*;

/// A page as repositories send it, with something of everything.
const PAGE: &str = include_str!("notices/page.xml");
/// A list as the GAR sends it.
const LIST: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><listeRessourcesDiffusables \
    xmlns=\"http://gar.education.fr/schemas/init/0/1/\"><dateGeneration>2026-04-17T02:15:13Z\
    </dateGeneration><ressourceDiffusable><idRessource>ark:/49591/EX/1</idRessource><nomRessource>\
    Énergie &amp; nous</nomRessource><diffusable>true</diffusable></ressourceDiffusable>\
    <ressourceDiffusable><idRessource>EX-2</idRessource><nomRessource>Deux</nomRessource>\
    <diffusable>false</diffusable></ressourceDiffusable></listeRessourcesDiffusables>";

/// Reads a body; all that comes of it is sound.
fn sound(format: Format, bytes: &[u8]) -> Result<Vec<Record>, FeedError> {
    let vocabularies = Vocabularies::built_in();
    let today = "2026-09-01".parse().unwrap();
    let context = Context { today, extent: Extent::Full, vocabularies: &vocabularies };
    let mut records = Vec::new();
    let mut body = std::io::BufReader::with_capacity(97, bytes);
    let page = read(format, &mut body, &context, &mut |it| records.push(it));
    for record in &records {
        match record {
            Record::Notice(it) => {
                assert_eq!(it.details.check(), Ok(()));
                assert!((1..=300).contains(&it.title.chars().count()));
                assert!(it.levels.len() <= 20 && it.subjects.len() <= 20);
                let told = [&it.title, &it.description];
                assert!(told.iter().all(|it| !personal::found_in(it)));
            }
            Record::Refused(it) => assert!(!it.reasons.is_empty()),
            Record::Access(it) => assert!(!it.reference.is_empty() && !it.title.is_empty()),
            Record::Gone(_) | Record::Remark(_) => {}
            Record::Offer(it) => panic!("no offer: {it:?}"),
        }
    }
    if let Err(error) = &page {
        assert!(!error.to_string().is_empty());
    }
    page.map(|_| records)
}

/// `text` with a few pieces of it cut, doubled or replaced.
fn spoilt(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
    let places =
        proptest::collection::vec((any::<prop::sample::Index>(), 0..5_u8, any::<u8>()), 0..6);
    places.prop_map(move |changes| {
        let mut bytes = text.as_bytes().to_vec();
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

proptest! {
    #[test]
    fn a_spoilt_page_is_read_or_refused(bytes in spoilt(PAGE)) {
        let _ = sound(Format::Oai, &bytes);
    }

    #[test]
    fn a_spoilt_list_is_read_or_refused(bytes in spoilt(LIST)) {
        let _ = sound(Format::Gar, &bytes);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = sound(Format::Oai, &bytes);
        let _ = sound(Format::Gar, &bytes);
        let _ = identify(&mut &*bytes);
    }

    #[test]
    fn any_text_is_kept_out_of_the_way_in_any_place(text in "\\PC{0,60}", place in any::<prop::sample::Index>()) {
        // In place of any text between two tags.
        let starts: Vec<usize> = PAGE.match_indices('>').map(|it| it.0 + 1).collect();
        let start = starts[place.index(starts.len())];
        let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
        let page = format!("{}{escaped}{}", &PAGE[..start], &PAGE[start..]);
        let _ = sound(Format::Oai, page.as_bytes());
    }
}

#[test]
fn the_page_itself_is_read() {
    let records = sound(Format::Oai, PAGE.as_bytes()).unwrap();
    let count = |is: fn(&Record) -> bool| records.iter().filter(|it| is(it)).count();
    assert_eq!(count(|it| matches!(it, Record::Notice(_))), 2);
    assert_eq!(count(|it| matches!(it, Record::Gone(_))), 1);
    assert_eq!(count(|it| matches!(it, Record::Refused(_))), 1);
}

#[test]
fn a_page_cut_anywhere_is_refused() {
    for end in (0..PAGE.trim_end().len()).step_by(97) {
        let mut end = end;
        while !PAGE.is_char_boundary(end) {
            end += 1;
        }
        let cut = &PAGE.as_bytes()[..end];
        assert!(sound(Format::Oai, cut).is_err(), "cut at byte {end}");
    }
    for end in (0..LIST.len()).step_by(97) {
        assert!(sound(Format::Gar, &LIST.as_bytes()[..end]).is_err(), "cut at byte {end}");
    }
}

#[test]
fn real_notices_cut_anywhere_are_refused() {
    let Some(files) = real::files("scolomfr/notices") else { return };
    let vocabularies = Vocabularies::built_in();
    for (name, text) in files {
        let text = text.trim_end().as_bytes();
        for end in (0..text.len()).step_by(97) {
            let mut records = Vec::new();
            let mut body = &text[..end];
            let read =
                notice::read_alone(&mut body, "n", &vocabularies, &mut |it| records.push(it));
            assert!(read.is_err() && records.is_empty(), "{name} cut at byte {end}");
        }
    }
}

#[test]
fn a_page_in_another_encoding_is_read_as_its_declaration_says() {
    let latin: Vec<u8> = PAGE
        .replace("encoding=\"UTF-8\"", "encoding=\"ISO-8859-1\"")
        .chars()
        .map(|it| u8::try_from(u32::from(it)).unwrap_or(b'?'))
        .collect();
    let said = |records: &[Record]| format!("{records:?}").contains("Énergie");
    assert!(said(&sound(Format::Oai, &latin).unwrap()));
    let wide: Vec<u8> = format!("\u{feff}{}", PAGE.replace("UTF-8", "UTF-16"))
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    assert!(said(&sound(Format::Oai, &wide).unwrap()));
    let belied: Vec<u8> =
        PAGE.chars().map(|it| u8::try_from(u32::from(it)).unwrap_or(b'?')).collect();
    assert!(matches!(sound(Format::Oai, &belied), Err(FeedError::NotText(_))));
}
