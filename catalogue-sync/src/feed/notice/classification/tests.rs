//! Taxons against a small vocabulary that was read whole.

use ledger_core::offer::Facet;

use super::super::read_alone;
use crate::feed::{Notice, Record};
use crate::vocabularies::Vocabularies;

/// `college` > `quatrieme`, `lycee`, and the group `version` that holds the first and the last.
fn vocabulary() -> Vocabularies {
    let folder = tempfile::tempdir().unwrap();
    let concept = |id: &str, label: &str, more: &str| {
        format!(
            "<rdf:Description rdf:about=\"http://x/{id}\"><skos:prefLabel xml:lang=\"fr\">{label}\
             </skos:prefLabel><skos:inScheme rdf:resource=\"http://x/scolomfr-voc-022\"/>{more}\
             </rdf:Description>"
        )
    };
    let text = [
        "<rdf:RDF xmlns:rdf=\"r\" xmlns:skos=\"s\"><rdf:Description \
         rdf:about=\"http://x/scolomfr-voc-022\"><skos:hasTopConcept rdf:resource=\"http://x/college\"/>\
         </rdf:Description>"
            .to_owned(),
        concept("college", "collège", "<skos:narrower rdf:resource=\"http://x/quatrieme\"/>"),
        concept("quatrieme", "4e", ""),
        concept("lycee", "lycée", ""),
        concept(
            "version",
            "Niveaux (2015-)",
            "<rdf:type rdf:resource=\"http://s#Collection\"/><skos:member \
             rdf:resource=\"http://x/college\"/><skos:member rdf:resource=\"http://x/lycee\"/>",
        ),
        "</rdf:RDF>".to_owned(),
    ];
    std::fs::write(folder.path().join("22.rdf"), text.concat()).unwrap();
    Vocabularies::from_folder(folder.path()).unwrap()
}

/// The notice, the reasons why it is refused, and the remarks.
fn read(source: &str, taxons: &[&str]) -> (Option<Notice>, Vec<String>, Vec<String>) {
    let taxon = |id: &&str| {
        let label = id.rsplit('/').next().unwrap();
        format!("<taxon><id>{id}\n</id><entry><string>{label} ?</string></entry></taxon>")
    };
    let taxons: Vec<String> = taxons.iter().map(taxon).collect();
    let text = format!(
        "<lom><general><identifier><entry>a</entry></identifier><title>Titre</title></general>\
         <classification><purpose><value>educational_level</value></purpose><taxonPath><source>\
         <string>{source}</string></source>{}</taxonPath></classification></lom>",
        taxons.concat()
    );
    let (mut notice, mut reasons, mut remarks) = (None, Vec::new(), Vec::new());
    let take = &mut |record: Record| match record {
        Record::Notice(it) => notice = Some(*it),
        Record::Refused(it) => reasons.extend(it.reasons.into_iter().map(|it| it.message)),
        Record::Remark(it) => remarks.push(format!("{}: {}", it.place, it.message)),
        Record::Offer(_) | Record::Access(_) | Record::Gone(_) => panic!("{record:?}"),
    };
    read_alone(&mut text.as_bytes(), "n-1", &vocabulary(), take).unwrap();
    (notice, reasons, remarks)
}

fn labels(notice: Option<Notice>) -> Vec<String> {
    let notice = notice.unwrap();
    let term = notice.details.of(Facet::Level).next().unwrap();
    term.path.iter().map(|it| it.label.to_string()).collect()
}

const DECLARED: &str = "SCOLOMFRv3.1 ; scolomfr-voc-022 ; Niveau éducatif détaillé";

#[test]
fn a_path_is_whole_and_in_the_vocabularys_own_words() {
    for taxons in [
        &["http://x/version", "http://x/college", "http://x/quatrieme"][..],
        &["http://x/college", "http://x/quatrieme"],
        &["http://x/quatrieme"],
    ] {
        let (notice, reasons, remarks) = read(DECLARED, taxons);
        assert_eq!((reasons, remarks), (vec![], vec![]));
        assert_eq!(notice.as_ref().unwrap().levels, ["4e"]);
        assert_eq!(labels(notice), ["collège", "4e"]);
    }
}

#[test]
fn a_taxon_outside_the_vocabulary_it_declares_is_refused() {
    let (notice, reasons, _) = read(DECLARED, &["http://x/college", "http://my-own/5e"]);
    assert_eq!(notice, None);
    assert_eq!(
        reasons,
        [
            "/lom/classification/taxonPath/taxon[2], line 2: `http://my-own/5e` is not in vocabulary \
          022, which its taxonPath declares: expected one of its concepts, or another source"
        ]
    );
    let (notice, _, remarks) = read("Niveau éducatif détaillé", &["http://my-own/5e"]);
    assert!(notice.is_some() && remarks.len() == 1, "declared by a name only: {remarks:?}");
    let (notice, _, remarks) = read("mes_programmes", &["my-1", "my-1.2"]);
    assert!(notice.is_some() && remarks.is_empty(), "a classification of its own: {remarks:?}");
}

#[test]
fn a_vocabulary_is_deduced_from_its_taxons() {
    let taxons = ["http://x/college", "http://x/quatrieme"];
    let (notice, _, remarks) = read("scolomfr-voc-015", &taxons);
    assert_eq!(labels(notice), ["collège", "4e"]);
    assert_eq!(
        remarks,
        ["/lom/classification/taxonPath/source, line 1: the source declares vocabulary 015, all \
          taxons are of 022"]
    );
}

#[test]
fn taxons_that_do_not_follow_are_remarked_and_the_vocabularys_path_is_kept() {
    let (notice, reasons, remarks) = read(DECLARED, &["http://x/lycee", "http://x/quatrieme"]);
    assert_eq!(labels(notice), ["collège", "4e"]);
    assert_eq!((reasons.len(), remarks.len()), (0, 1));
    assert!(remarks[0].contains("`quatrieme` is not directly below `lycee`"), "{remarks:?}");
}
