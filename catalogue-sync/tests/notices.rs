//! Real notices, the official example and others': each is taken or refused as its file's name says.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod real;

use std::fmt::Write as _;

use catalogue_sync::feed::{Access, Context, Extent, Format, Notice, Page, Record, notice, read};
use catalogue_sync::vocabularies::Vocabularies;
use ledger_core::offer::{Facet, Kind};

/// Notices, what was refused and what was remarked, each in order.
#[derive(Default)]
struct Taken {
    notices: Vec<Notice>,
    refused: Vec<String>,
    remarks: Vec<String>,
    accesses: Vec<Access>,
    gone: Vec<String>,
}

impl Taken {
    fn take(&mut self, record: Record) {
        match record {
            Record::Notice(it) => self.notices.push(*it),
            Record::Access(it) => self.accesses.push(*it),
            Record::Gone(it) => self.gone.push(it.reference.into()),
            Record::Refused(it) => {
                assert!(!it.reasons.is_empty());
                let reasons = it.reasons.iter().map(|it| format!("{}: {}", it.rule, it.message));
                self.refused.push(reasons.collect::<Vec<_>>().join("\n  "));
            }
            Record::Remark(it) => self.remarks.push(format!("{}: {}", it.place, it.message)),
            Record::Offer(_) => panic!("no notice is an offer by itself"),
        }
    }
}

fn alone(text: &str, vocabularies: &Vocabularies) -> Taken {
    let mut taken = Taken::default();
    notice::read_alone(&mut text.as_bytes(), "n-1", vocabularies, &mut |it| taken.take(it))
        .unwrap();
    taken
}

fn page(format: Format, text: &str, vocabularies: &Vocabularies) -> (Page, Taken) {
    let mut taken = Taken::default();
    let today = "2026-09-01".parse().unwrap();
    let context = Context { today, extent: Extent::Changes, vocabularies };
    let page = read(format, &mut text.as_bytes(), &context, &mut |it| taken.take(it)).unwrap();
    (page, taken)
}

#[test]
fn each_real_notice_is_taken_or_refused_as_its_name_says() {
    let (Some(files), Some(folder)) =
        (real::files("scolomfr/notices"), real::path("scolomfr/skos-3.2.0"))
    else {
        return;
    };
    let whole = Vocabularies::from_folder(&folder).unwrap();
    for (vocabularies, known) in [(&whole, true), (&Vocabularies::built_in(), false)] {
        let mut table = String::new();
        for (name, text) in &files {
            let taken = alone(text, vocabularies);
            let words = taken.remarks.iter().filter(|it| !it.contains("personal data taken out"));
            writeln!(table, "{name}: {} taken", taken.notices.len()).unwrap();
            taken.refused.iter().for_each(|it| writeln!(table, "  {it}").unwrap());
            taken.remarks.iter().for_each(|it| writeln!(table, "  ({it})").unwrap());
            // Without the vocabularies nobody can tell that a taxon is not in one.
            let refused = name.starts_with("invalid-") && (known || !name.contains("taxon"));
            assert_eq!(taken.refused.len(), usize::from(refused), "{name}: {:?}", taken.refused);
            assert_eq!(taken.notices.len(), usize::from(!refused), "{name}");
            if name.starts_with("warning-") {
                assert_eq!(words.count(), 1, "{name}: {:?}", taken.remarks);
            }
            let said = format!("{:?} {:?} {:?}", taken.notices, taken.refused, taken.remarks);
            for personal in ["@", "Nadine", "BOUETTE", "Martini", "Martinu"] {
                assert!(!said.contains(personal), "{name} keeps {personal}");
            }
        }
        let expected = if known {
            include_str!("notices/with_vocabularies.txt")
        } else {
            include_str!("notices/without_vocabularies.txt")
        };
        assert_eq!(table, expected, "{table}");
    }
}

#[test]
fn the_official_example_is_read_in_full() {
    let (Some(files), Some(folder)) =
        (real::files("scolomfr/notices"), real::path("scolomfr/skos-3.2.0"))
    else {
        return;
    };
    let (_, text) = files.iter().find(|it| it.0.starts_with("ExempleManuel")).unwrap();
    let taken = alone(text, &Vocabularies::from_folder(&folder).unwrap());
    let it = &taken.notices[0];
    assert_eq!(it.title, "La bataille de Verdun");
    assert!(it.description.starts_with("À partir d'un extrait du film"));
    assert_eq!(it.kind, Some(Kind::Media));
    assert_eq!((&it.levels[..], &it.subjects[..]), (&["3e".into()][..], &["histoire".into()][..]));
    assert!(it.free && it.details.gar);
    assert!(it.url.as_ref().unwrap().ends_with("verdun_recit_fiche_presentation.pdf"));
    assert_eq!(it.details.minutes, Some(120));
    assert_eq!(it.details.languages, ["fr"]);
    assert_eq!(it.details.keywords, ["Première Guerre mondiale", "Verdun"]);
    assert!(it.details.data_protection.as_ref().unwrap().starts_with("personnalisation moyenne"));
    let path = |facet| {
        let term = it.details.of(facet).next().unwrap();
        term.path.iter().map(|it| it.label.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(path(Facet::Level), ["collège", "3e"]);
    assert_eq!(
        path(Facet::Subject).last().unwrap(),
        "civils et militaires dans la Première Guerre mondiale (histoire 3e)"
    );
    assert_eq!(path(Facet::Activity), ["comprendre"]);
    assert_eq!(path(Facet::Place), ["en salle de classe"]);
    assert_eq!(it.details.check(), Ok(()));
}

#[test]
fn a_notice_of_another_profile_is_read_alike() {
    let Some(files) = real::files("scolomfr/notices") else { return };
    let (_, text) = files.iter().find(|it| it.0.starts_with("any-valid")).unwrap();
    let it = &alone(text, &Vocabularies::built_in()).notices[0];
    assert_eq!(it.title, "Harry Potter");
    assert_eq!(it.details.identifiers, ["ark:/19153/b2nk3c28", "9782070643097"]);
    assert_eq!(it.details.languages, ["fr", "en"]);
    assert_eq!(it.details.keywords, ["infographie", "image"]);
    assert_eq!(it.details.minutes, Some(60));
    assert_eq!(it.details.publisher, None, "a vCard that names only a person or a zone");
    assert_eq!(it.details.of(Facet::Language).count(), 2);
}

#[test]
fn pages_of_real_notices_are_read_one_record_at_a_time() {
    let Some(files) = real::files("scolomfr/notices") else { return };
    let mut records = String::new();
    for (index, (_, text)) in files.iter().enumerate() {
        let from = text.find("?>").unwrap() + 2;
        write!(
            records,
            "<record><header><identifier>oai:x.example:{index}</identifier><datestamp>\
             2026-01-{:02}</datestamp><setSpec></setSpec></header><metadata>{}</metadata></record>",
            index + 1,
            &text[from..]
        )
        .unwrap();
    }
    let text = format!(
        "<?xml version=\"1.0\"?><OAI-PMH xmlns=\"http://www.openarchives.org/OAI/2.0/\">\
         <responseDate>2026-04-12T02:55:49.738854772Z</responseDate><request verb=\"ListRecords\"/>\
         <ListRecords>{records}<record><header status=\"deleted\"><identifier>oai:x.example:gone\
         </identifier><datestamp>2026-02-01T10:00:00Z</datestamp></header></record>\
         <resumptionToken cursor=\"0\">next page</resumptionToken></ListRecords></OAI-PMH>"
    );
    let (page, taken) = page(Format::Oai, &text, &Vocabularies::built_in());
    assert_eq!((taken.notices.len(), taken.refused.len()), (files.len() - 1, 1));
    assert_eq!(taken.gone, ["oai:x.example:gone"]);
    assert_eq!(page.next.as_deref(), Some("next page"));
    assert_eq!(page.as_of.unwrap().timestamp_subsec_nanos(), 738_854_772);
}

#[test]
fn the_list_of_the_gar_is_read() {
    let Some(files) = real::files("gar") else { return };
    let (page, taken) = page(Format::Gar, &files[0].1, &Vocabularies::built_in());
    assert_eq!((taken.accesses.len(), taken.refused.len()), (107, 0));
    assert_eq!(taken.remarks.len(), 26, "those that are addresses");
    assert_eq!(page.as_of, Some("2019-04-17T02:15:13Z".parse().unwrap()));
    let first = &taken.accesses[0];
    assert_eq!(first.reference, "ark:/49591/MOA/1/CAS/Agronomie_2pro");
    assert_eq!((first.available, &first.identifiers[0]), (true, &first.reference));
    assert!(taken.accesses.iter().all(|it| it.reference.starts_with("ark:/")));
}

#[test]
fn real_vocabularies_are_read_whole() {
    let Some(folder) = real::path("scolomfr/skos-3.2.0") else { return };
    let it = Vocabularies::from_folder(&folder).unwrap();
    for number in ["005", "010", "015", "016", "019", "022", "042", "045"] {
        assert!(it.knows(number), "{number}");
    }
    assert!(!it.knows("017"), "there is no file of it");
    assert!(it.len() > 5_000);
    let path = it.path("http://data.education.fr/voc/scolomfr/concept/scolomfr-voc-022-num-021");
    assert_eq!(path.iter().map(|it| it.label.as_str()).collect::<Vec<_>>(), ["collège", "4e"]);
    assert!(it.is_child("scolomfr-voc-022-num-626", "scolomfr-voc-022-num-016"), "its group");
    assert!(it.concept("onto#VersionScoLOMFR_3.1.0").is_none(), "a version is no concept");
}
