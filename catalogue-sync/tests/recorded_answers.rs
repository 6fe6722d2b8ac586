//! Partners' answers, good, odd and hostile, as recorded in `fixtures/feeds`: what is read of each.

use std::fmt::Write as _;
use std::path::Path;

use catalogue_sync::feed::{Context, Extent, Feed, Format};
use catalogue_sync::vocabularies::Vocabularies;

#[test]
fn each_recorded_answer_is_read_or_refused_in_clear_words() {
    let feeds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/feeds");
    let mut table = String::new();
    for (folder, format) in [("csv", Format::Csv), ("json", Format::Json), ("onix", Format::Onix)] {
        let entries = std::fs::read_dir(feeds.join(folder)).unwrap();
        let mut files: Vec<_> = entries.map(|it| it.unwrap().path()).collect();
        files.sort();
        for file in files {
            let name = file.file_name().unwrap().to_str().unwrap();
            let bytes = std::fs::read(&file).unwrap();
            write!(table, "{folder}/{name}: ").unwrap();
            let vocabularies = Vocabularies::built_in();
            let today = "2026-09-01".parse().unwrap();
            let context = Context { today, extent: Extent::Full, vocabularies: &vocabularies };
            match Feed::of(format, &bytes, &context) {
                Err(error) => writeln!(table, "refused whole: {error}").unwrap(),
                Ok(feed) => {
                    let (offers, gone) = (feed.offers.len(), feed.withdrawn.len());
                    writeln!(table, "{:?}, {offers} taken, {gone} withdrawn", feed.extent).unwrap();
                    for refused in &feed.refused {
                        let reference = refused.reference.as_deref().unwrap_or("(none)");
                        for reason in &refused.reasons {
                            let (rule, message) = (reason.rule, &reason.message);
                            writeln!(table, "  {reference} {rule}: {message}").unwrap();
                        }
                    }
                    for remark in &feed.remarks {
                        writeln!(table, "  ({}: {})", remark.place, remark.message).unwrap();
                    }
                }
            }
        }
    }
    assert_eq!(table, include_str!("recorded_answers.txt"), "{table}");
}
