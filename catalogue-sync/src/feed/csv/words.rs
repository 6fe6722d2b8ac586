//! Words of the table for what the model lists, French ones first; all folded.

use ledger_core::offer::{Billing, Conformance, Feature, Kind, Scope};

/// What a list's value is called: the names that a table may use, the documented one first.
pub(super) type Words<T> = (&'static [&'static str], T);

/// Kinds of resources.
pub(super) const KINDS: [Words<Kind>; 8] = [
    (&["manuel", "manuel numerique", "textbook"], Kind::Textbook),
    (&["activite", "sequence", "seance", "ressource granulaire", "activity"], Kind::Activity),
    (&["exercices", "exerciseur", "banque d exercices", "exercises"], Kind::Exercises),
    (&["media", "video", "audio", "film", "podcast", "images"], Kind::Media),
    (&["livre", "livre numerique", "ebook", "book"], Kind::Book),
    (&["presse", "journal", "magazine", "press"], Kind::Press),
    (
        &["ouvrage de reference", "dictionnaire", "encyclopedie", "atlas", "reference"],
        Kind::Reference,
    ),
    (&["outil", "outil pedagogique", "application", "logiciel", "tool"], Kind::Tool),
];

/// Who a licence is for.
pub(super) const SCOPES: [Words<Scope>; 3] = [
    (&["enseignant", "professeur", "individuelle", "teacher"], Scope::Teacher),
    (&["classe", "class"], Scope::Class),
    (&["etablissement", "ecole", "college", "lycee", "school"], Scope::School),
];

/// How it is paid for.
pub(super) const BILLINGS: [Words<Billing>; 3] = [
    (&["achat", "une fois", "unique", "once"], Billing::Once),
    (&["abonnement", "subscription"], Billing::Subscription),
    (&["usage", "a l usage", "by use"], Billing::ByUse),
];

/// How accessible it is declared to be.
pub(super) const CONFORMANCES: [Words<Conformance>; 3] = [
    (&["totale", "totalement conforme", "total", "full", "aa"], Conformance::Full),
    (&["partielle", "partiellement conforme", "partial", "a"], Conformance::Partial),
    (&["non", "non conforme", "aucune", "none"], Conformance::None),
];

/// Ways of use.
pub(super) const FEATURES: [Words<Feature>; 7] = [
    (&["exercices", "avec exercices", "exercises"], Feature::Exercises),
    (
        &["suivi", "suivi des resultats", "suivi des resultats des eleves", "results"],
        Feature::Results,
    ),
    (&["personnalisable", "personnalisation", "personalisation"], Feature::Personalisation),
    (&["adaptatif", "parcours adaptatif", "adaptive"], Feature::Adaptive),
    (&["hors connexion", "hors ligne", "offline"], Feature::Offline),
    (&["collaboratif", "travail a plusieurs", "collaborative"], Feature::Collaborative),
    (&["imprimable", "printable"], Feature::Printable),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feed::csv::compared;

    fn whole<T: Copy + PartialEq>(known: &[Words<T>], all: &[(T, &str, &str)]) {
        let of = |text: &str| {
            let plain = compared(text);
            known.iter().find(|it| it.0.contains(&plain.as_str())).map(|it| it.1)
        };
        for (value, name, label) in all {
            assert!(of(name) == Some(*value) && of(label) == Some(*value), "{name}, {label}");
        }
        let names: Vec<&str> = known.iter().flat_map(|it| it.0).copied().collect();
        assert!(names.iter().all(|it| compared(it) == **it), "names are folded");
    }

    #[test]
    fn every_value_is_known_by_its_name_and_its_label() {
        whole(&KINDS, &Kind::ALL.map(|it| (it, it.name(), it.label())));
        whole(&CONFORMANCES, &Conformance::ALL.map(|it| (it, it.name(), it.label())));
        whole(&FEATURES, &Feature::ALL.map(|it| (it, it.name(), it.label())));
        whole(&SCOPES, &[(Scope::School, "school", "Établissement")]);
        whole(&BILLINGS, &[(Billing::ByUse, "by_use", "À l’usage")]);
    }
}
