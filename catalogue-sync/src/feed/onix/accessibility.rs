//! What a product declares of its accessibility (list 196), in French as its readers need it.

use super::element::Element;
use crate::feed::text::{plain, shortened};

/// The most that a listing may hold, in characters.
const ACCESSIBILITY_MAX: usize = 2_000;

/// List 196, the codes that a reader can act upon, conformance first.
const CODES: [(&str, &str); 41] = [
    ("01", "certifié LIA"),
    ("02", "conforme à EPUB Accessibility 1.0, niveau A"),
    ("03", "conforme à EPUB Accessibility 1.0, niveau AA"),
    ("04", "conforme à EPUB Accessibility 1.1"),
    ("05", "conforme à PDF/UA-1"),
    ("06", "conforme à PDF/UA-2"),
    ("80", "WCAG 2.0"),
    ("81", "WCAG 2.1"),
    ("82", "WCAG 2.2"),
    ("84", "niveau A"),
    ("85", "niveau AA"),
    ("86", "niveau AAA"),
    ("08", "accessibilité non évaluée"),
    ("09", "accessibilité limitée"),
    ("52", "lisible entièrement au lecteur d’écran"),
    ("51", "lisible entièrement à l’oreille (enregistrement)"),
    ("10", "aucune option d’accessibilité désactivée"),
    ("36", "affichage du texte modifiable"),
    ("11", "table des matières navigable"),
    ("12", "index navigable"),
    ("13", "ordre de lecture logique"),
    ("14", "descriptions courtes des images"),
    ("15", "descriptions complètes des images"),
    ("16", "données des graphiques en texte"),
    ("17", "mathématiques en MathML"),
    ("35", "mathématiques en LaTeX"),
    ("18", "chimie en ChemML"),
    ("34", "chimie en MathML"),
    ("19", "pagination de l’imprimé"),
    ("20", "texte et audio synchronisés"),
    ("21", "prononciation guidée pour la synthèse vocale"),
    ("22", "langues balisées"),
    ("24", "lisibilité adaptée à la dyslexie"),
    ("25", "la couleur n’est pas seule à informer"),
    ("26", "contrastes élevés"),
    ("37", "contrastes très élevés"),
    ("28", "audiodescription complète"),
    ("29", "navigation par titres"),
    ("30", "rôles ARIA"),
    ("31", "commandes accessibles"),
    ("40", "intitulés de liens explicites"),
];

/// List 196: 00 is the publisher's own summary, 92 completes it.
const SUMMARY: &str = "00";
const ADDENDUM: &str = "92";
/// List 196: pages that tell more.
const PAGES: [&str; 4] = ["96", "94", "95", "93"];

/// What a product says of its accessibility, in one paragraph; `None` when it says nothing.
pub(super) fn of(root: &Element) -> Option<String> {
    let features = root.reach(&["DescriptiveDetail", "ProductFormFeature"]);
    // List 79: 09 is e-publication accessibility.
    let features: Vec<(String, Option<String>)> = features
        .into_iter()
        .filter(|it| it.says("ProductFormFeatureType", "09"))
        .filter_map(|it| {
            let code = it.value("ProductFormFeatureValue")?;
            Some((code, it.value("ProductFormFeatureDescription")))
        })
        .collect();
    let description =
        |code: &str| features.iter().find(|it| it.0 == code).and_then(|it| it.1.as_deref());
    let declared: Vec<&str> = CODES
        .iter()
        .filter(|known| features.iter().any(|it| it.0 == known.0))
        .map(|known| known.1)
        .collect();
    let mut sentences: Vec<String> = Vec::new();
    sentences.extend(description(SUMMARY).map(|it| it.trim_end_matches('.').to_owned()));
    if !declared.is_empty() {
        let list = declared.join(", ");
        let mut letters = list.chars();
        let capital: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        sentences.push(capital + letters.as_str());
    }
    sentences.extend(description(ADDENDUM).map(|it| it.trim_end_matches('.').to_owned()));
    sentences.extend(PAGES.iter().find_map(|it| description(it)).map(|it| format!("Voir {it}")));
    if sentences.is_empty() {
        return None;
    }
    Some(shortened(&plain(&format!("{}.", sentences.join(". "))), ACCESSIBILITY_MAX - 1))
}
