//! What is known of the vocabularies, with and without their files.

use super::*;

fn written(files: &[(&str, &str)]) -> Result<Vocabularies, VocabulariesError> {
    let folder = tempfile::tempdir().unwrap();
    for (name, blocks) in files {
        std::fs::write(folder.path().join(name), blocks).unwrap();
    }
    Vocabularies::from_folder(folder.path())
}

fn rdf(blocks: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<rdf:RDF xmlns:rdf=\"r#\" xmlns:skos=\"s#\">\n<rdf:Description \
         rdf:about=\"http://x/scolomfr-voc-022\"><skos:hasTopConcept rdf:resource=\"http://x/a\"/>\
         </rdf:Description>\n{blocks}\n</rdf:RDF>\n"
    )
}

fn block(id: &str, relations: &str) -> String {
    format!(
        "<rdf:Description rdf:about=\"http://x/{id}\"><skos:prefLabel xml:lang=\"en\">{id} in \
         English</skos:prefLabel><skos:prefLabel xml:lang=\"fr\">{id}\n en français \
         </skos:prefLabel><skos:inScheme rdf:resource=\"http://x/scolomfr-voc-022\"/>{relations}\
         </rdf:Description>"
    )
}

#[test]
fn a_relation_told_by_one_end_is_known_from_both() {
    let narrower = "<skos:narrower rdf:resource=\"http://x/b\"/>";
    let broader = "<skos:broader rdf:resource=\"http://x/b\"/>";
    let blocks = [block("a", ""), block("b", ""), block("c", broader)].concat();
    let apart = format!("<rdf:Description rdf:about=\"http://x/a\">{narrower}</rdf:Description>");
    let it = written(&[("22.rdf", &rdf(&(apart + &blocks)))]).unwrap();

    assert!(it.knows("022") && !it.knows("015"));
    assert!(it.is_child("a", "http://x/b") && it.is_child("b", "c") && !it.is_child("a", "c"));
    let path: Vec<_> = it.path("c").into_iter().map(|it| (it.id, it.label)).collect();
    assert_eq!(path[0], ("a".into(), "a en français".into()));
    assert_eq!(path.iter().map(|it| it.0.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(it.concept("b"), Some(("b en français", &["a".into()][..])));
    assert_eq!((it.concept("d"), it.path("d"), it.vocabulary_of("c")), (None, vec![], Some("022")));
}

#[test]
fn a_vocabulary_that_goes_round_in_circles_ends() {
    let broader = |id: &str| format!("<skos:broader rdf:resource=\"http://x/{id}\"/>");
    let blocks = [block("a", &broader("b")), block("b", &broader("a"))].concat();
    let it = written(&[("22.rdf", &rdf(&blocks))]).unwrap();
    assert_eq!(it.path("a").len(), 2);
}

#[test]
fn a_vocabulary_of_which_a_part_is_missing_is_not_whole() {
    let narrower = "<skos:narrower rdf:resource=\"http://x/gone\"/>";
    let it = written(&[("22.rdf", &rdf(&block("a", narrower)))]).unwrap();
    assert!(!it.knows("022"));
    assert!(!written(&[("22.rdf", &rdf(&block("b", "")))]).unwrap().knows("022"), "no top");
}

#[test]
fn a_bad_folder_is_told_with_its_file_and_line() {
    let said = |files: &[(&str, &str)]| written(files).unwrap_err().to_string();
    assert!(said(&[]).contains("no file ends in .rdf"));
    let told = said(&[("22.rdf", "<rdf:RDF>\n<rdf:Description>\n</rdf:Oops></rdf:RDF>")]);
    assert!(told.contains("22.rdf: line 3: "), "{told}");
    assert!(said(&[("22.rdf", "<html/>")]).contains("22.rdf: not this format: found <html>"));
    let told = said(&[("22.rdf", "<rdf:RDF>\n</rdf:RDF>")]);
    assert!(told.contains("22.rdf: line 2: no concept"), "{told}");
    let told = Vocabularies::from_folder(Path::new("/nowhere/at/all")).unwrap_err().to_string();
    assert!(told.starts_with("/nowhere/at/all: "), "{told}");
    let bomb = "<!DOCTYPE r [<!ENTITY a \"aa\">]><rdf:RDF/>";
    assert!(said(&[("22.rdf", bomb)]).contains("declares entities"));
}

#[test]
fn the_ledgers_own_words_are_built_in() {
    let it = Vocabularies::built_in();
    assert_eq!(it.concept("6e").unwrap().0, "6e");
    assert_eq!(it.path("mathematiques").len(), 2);
    assert!(it.is_child("cycle-3", "6e"));
    assert!(!it.knows("022") && !it.knows("015"), "it cannot refuse what it does not know");
}
