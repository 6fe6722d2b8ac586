//! Why an offer was found, in French: « “fractions” dans le titre, “cm2” comme niveau ».

use ledger_core::offer::Facet;
use ledger_core::vocabulary::folded;
use projections::search::{By, FacetKind, Place, Reason};

/// A sentence without its first capital and its full stop; empty when no word was typed.
pub(super) fn why(reasons: &[Reason]) -> String {
    reasons.iter().map(reason).collect::<Vec<_>>().join(", ")
}

fn reason(reason: &Reason) -> String {
    let Reason { word, place, by } = reason;
    let read = match by {
        By::Word => format!("“{word}”"),
        By::Beginning(whole) if folded(whole) == folded(word) => format!("“{word}”"),
        By::Beginning(whole) => format!("“{word}” (début de “{whole}”)"),
        By::Synonym(same) => format!("“{word}” (synonyme de “{same}”)"),
        By::Typo(meant) => format!("“{word}” (lu “{meant}”)"),
    };
    format!("{read} {}", at(word, place))
}

fn at(word: &str, place: &Place) -> String {
    match place {
        Place::Title => "dans le titre".to_owned(),
        Place::Description => "dans la description".to_owned(),
        Place::Reference => "comme référence".to_owned(),
        Place::Keyword(it) if folded(it) == folded(word) => "parmi les mots-clés".to_owned(),
        Place::Keyword(it) => format!("parmi les mots-clés ({it})"),
        Place::Filed(kind, label) if folded(label) == folded(word) => {
            format!("comme {}", noun(*kind))
        }
        Place::Filed(kind, label) => format!("comme {} ({label})", noun(*kind)),
    }
}

/// A facet as one of its values is.
const fn noun(kind: FacetKind) -> &'static str {
    match kind {
        FacetKind::Level | FacetKind::Term(Facet::Level) => "niveau",
        FacetKind::Subject | FacetKind::Term(Facet::Subject) => "matière",
        FacetKind::Kind => "type de ressource",
        FacetKind::Partner => "partenaire",
        FacetKind::Publisher => "éditeur",
        FacetKind::Licence => "licence",
        FacetKind::Billing => "facturation",
        FacetKind::Price => "prix",
        FacetKind::Conformance => "accessibilité",
        FacetKind::Feature => "usage",
        FacetKind::Specimen => "spécimen",
        FacetKind::Video => "vidéo",
        FacetKind::Gar => "accès",
        FacetKind::Spoken => "langue",
        FacetKind::Term(Facet::Competency) => "compétence",
        FacetKind::Term(Facet::Content) => "type de contenu",
        FacetKind::Term(Facet::Learning) => "type pédagogique",
        FacetKind::Term(Facet::Activity) => "activité",
        FacetKind::Term(Facet::Language) => "niveau de langue",
        FacetKind::Term(Facet::Place) => "lieu",
        FacetKind::Term(Facet::Method) => "modalité",
        FacetKind::Term(Facet::Audience) => "public",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(word: &str, place: Place, by: By) -> String {
        why(&[Reason { word: word.into(), place, by }])
    }

    #[test]
    fn each_word_is_told_with_its_place() {
        let level = Place::Filed(FacetKind::Level, "CM2".into());
        let reasons = [
            Reason { word: "fractions".into(), place: Place::Title, by: By::Word },
            Reason { word: "cm2".into(), place: level, by: By::Word },
        ];
        assert_eq!(why(&reasons), "“fractions” dans le titre, “cm2” comme niveau");
        assert_eq!(why(&[]), "");
    }

    #[test]
    fn a_word_that_was_taken_for_another_says_so() {
        let maths = Place::Filed(FacetKind::Subject, "Mathématiques".into());
        assert_eq!(
            told("maths", maths, By::Synonym("mathématiques".into())),
            "“maths” (synonyme de “mathématiques”) comme matière (Mathématiques)"
        );
        assert_eq!(
            told("fractoins", Place::Description, By::Typo("fractions".into())),
            "“fractoins” (lu “fractions”) dans la description"
        );
        assert_eq!(
            told("frac", Place::Keyword("fractions".into()), By::Beginning("fractions".into())),
            "“frac” (début de “fractions”) parmi les mots-clés (fractions)"
        );
    }
}
