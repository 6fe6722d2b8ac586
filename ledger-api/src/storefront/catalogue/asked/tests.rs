//! What addresses of the catalogue mean, and how they are written.

use super::*;

fn chosen(asked: &Asked, kind: FacetKind) -> Vec<&str> {
    asked.filters.get(&kind).into_iter().flatten().map(CompactString::as_str).collect()
}

fn value(value: &str, parent: Option<&str>) -> FacetValue {
    let (label, parent) = (value.into(), parent.map(Into::into));
    FacetValue { value: value.into(), label, parent, depth: 0, count: 1, chosen: true }
}

#[test]
fn every_facet_has_a_parameter_of_its_own() {
    for (place, kind) in FacetKind::ALL.iter().enumerate() {
        let mut before = FacetKind::ALL[..place].iter().map(|it| parameter(*it));
        assert!(before.all(|it| it != parameter(*kind)), "{kind:?}");
        for taken in ["q", "deja", "tri", "suite"] {
            assert_ne!(parameter(*kind), taken);
        }
    }
}

#[test]
fn a_search_is_in_its_address() {
    let query = "q=%C5%93uvre+%26+l%E2%80%99%C3%A9t%C3%A9&niveau=6e&niveau=cm2\
        &type=textbook&licence=classe&prix=10&specimen=oui&deja=sans&tri=prix&suite=48";
    let asked = Asked::read(query);
    assert_eq!(asked.text, "œuvre & l’été");
    assert_eq!(chosen(&asked, FacetKind::Level), ["6e", "cm2"]);
    assert_eq!(chosen(&asked, FacetKind::Licence), ["class"]);
    assert_eq!((asked.mine, asked.sort), (Mine::Without, Sort::PriceUp));
    assert_eq!(Asked::read(asked.address().split_once('?').unwrap().1), asked);
    assert!(asked.address().ends_with("&suite=48"), "{}", asked.address());
    assert!(!asked.with(|_| ()).contains("suite"), "changing a filter begins again");
    assert_eq!(Asked::default().address(), "/catalogue");
}

#[test]
fn a_form_without_script_sends_empty_fields_that_say_nothing() {
    let asked = Asked::read("q=&prix=&deja=&tri=&niveau=&specimen=&suite=");
    assert_eq!(asked, Asked::default());
    assert_eq!(Asked::read("niveau=6e&niveau=6e&q=+a++b+").address(), "/catalogue?q=a+b&niveau=6e");
}

#[test]
fn old_links_mean_what_they_meant() {
    let partner = PartnerId(uuid::Uuid::from_u128(20));
    let asked = Asked::read(&format!("editeur={partner}&prix=7&specimen=x&matiere=svt"));
    assert_eq!(chosen(&asked, FacetKind::Partner), [partner.to_string()]);
    assert_eq!(chosen(&asked, FacetKind::Specimen), ["yes"]);
    assert_eq!(
        asked.request(&[], 0, "2026-11-12".parse().unwrap()).price_max,
        Some(Balance::from_cents(7_00))
    );
    assert_eq!(chosen(&Asked::read("editeur=Nathan"), FacetKind::Publisher), ["Nathan"]);
    assert_eq!(chosen(&Asked::read("prix=10"), FacetKind::Price), ["10"]);
    assert_eq!(chosen(&Asked::read("prix=gratuit&prix=-1"), FacetKind::Price), ["0"]);
}

#[test]
fn values_that_mean_nothing_are_left_out() {
    let query = "type=x&prix=-1&licence=x&paiement=x&usage=x&partenaire=1&tri=x&deja=x&suite=x&x=y";
    assert_eq!(Asked::read(query), Asked::default());
}

#[test]
fn what_is_sent_is_bounded() {
    let long = Asked::read(&format!("q={}&matiere={}", "é".repeat(10_000), "a".repeat(10_000)));
    assert_eq!(long.text.chars().count(), TEXT_MAX);
    assert!(long.filters.is_empty());
    let many: Vec<String> = (0..5_000).map(|it| format!("matiere=m{it}")).collect();
    assert_eq!(chosen(&Asked::read(&many.join("&")), FacetKind::Subject).len(), VALUES_MAX);
    assert_eq!(Asked::read("q=a%00%0D%0Ab%1Bc").text, "a b c");
}

#[test]
fn who_chooses_what_a_value_holds_narrows_it() {
    let asked = Asked::read("matiere=mathematiques&matiere=fractions&matiere=nowhere&cecrl=z");
    let kind = FacetKind::Subject;
    let values = vec![
        value("mathematiques", None),
        value("nombres", Some("mathematiques")),
        value("fractions", Some("nombres")),
    ];
    let refined = asked.refined(&[FacetCounts { kind, values }]).unwrap();
    assert_eq!(chosen(&refined, kind), ["fractions"]);
    assert!(!refined.filters.contains_key(&FacetKind::Term(Facet::Language)));
    let kept = Asked::read("matiere=mathematiques&niveau=tps");
    assert_eq!(kept.refined(&[]), None, "words of the school mean something without any offer");
}
