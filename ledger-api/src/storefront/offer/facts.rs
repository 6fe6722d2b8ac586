//! What is said of an offer, in plain French: one line for each thing that its partner says.

use std::borrow::Cow;

use chrono::NaiveDate;
use compact_str::CompactString;
use ledger_core::offer::{DatedPrice, Details, Facet, Listing, Term};
use ledger_core::vocabulary::level_by_word;

use crate::format;
use crate::storefront::sale::Sale;
use crate::storefront::words;

/// Facts that belong together, under their heading.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// As it reads.
    pub heading: &'static str,
    /// Never empty.
    pub facts: Vec<Fact>,
}

/// One thing that is said of an offer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What about.
    pub label: &'static str,
    /// As it reads: one or more lines.
    pub lines: Vec<String>,
}

/// Names of languages; others keep their code.
const LANGUAGES: [(&str, &str); 24] = [
    ("fr", "Français"),
    ("en", "Anglais"),
    ("de", "Allemand"),
    ("es", "Espagnol"),
    ("it", "Italien"),
    ("pt", "Portugais"),
    ("ar", "Arabe"),
    ("zh", "Chinois"),
    ("ja", "Japonais"),
    ("ru", "Russe"),
    ("nl", "Néerlandais"),
    ("pl", "Polonais"),
    ("he", "Hébreu"),
    ("tr", "Turc"),
    ("el", "Grec moderne"),
    ("grc", "Grec ancien"),
    ("la", "Latin"),
    ("br", "Breton"),
    ("oc", "Occitan"),
    ("eu", "Basque"),
    ("co", "Corse"),
    ("ca", "Catalan"),
    ("gsw", "Alsacien"),
    ("fsl", "Langue des signes française"),
];

/// All that is said of `sale`, for whoever reads it on the day `today`; what is not said is left out.
pub fn of(sale: &Sale, today: NaiveDate) -> Vec<Group> {
    let groups = [
        ("Pour qui", audience(&sale.listing)),
        ("Ce que c’est", content(&sale.listing)),
        ("Accessibilité et données", access(&sale.listing)),
        ("Conditions", terms(sale, today)),
    ];
    let groups = groups.into_iter().filter(|(_, facts)| !facts.is_empty());
    groups.map(|(heading, facts)| Group { heading, facts }).collect()
}

/// Facts in order, without those of which nothing is said.
#[derive(Default)]
struct Facts(Vec<Fact>);

impl Facts {
    fn say(&mut self, label: &'static str, lines: Vec<String>) {
        if !lines.is_empty() {
            self.0.push(Fact { label, lines });
        }
    }

    fn say_one(&mut self, label: &'static str, line: Option<impl Into<String>>) {
        self.say(label, line.map(Into::into).into_iter().collect());
    }

    fn terms(&mut self, facet: Facet, details: &Details) {
        self.say(facet.label(), details.of(facet).map(path).collect());
    }
}

/// « Mathématiques › Nombres et calculs ».
fn path(term: &Term) -> String {
    term.path.iter().map(|it| it.label.as_str()).collect::<Vec<_>>().join(" › ")
}

/// Lines of a text of the partner's.
fn written(text: Option<&str>) -> Vec<String> {
    let lines = text.into_iter().flat_map(str::lines).map(str::trim);
    lines.filter(|it| !it.is_empty()).map(ToOwned::to_owned).collect()
}

fn audience(listing: &Listing) -> Vec<Fact> {
    let details = &listing.details;
    let mut facts = Facts::default();
    let mut cycles: Vec<&str> = vec![];
    for level in listing.levels.iter().filter_map(|it| level_by_word(it)) {
        if !cycles.contains(&level.cycle.label()) {
            cycles.push(level.cycle.label());
        }
    }
    let mut levels = vec![words::levels(&listing.levels)];
    levels.extend(cycles.into_iter().map(ToOwned::to_owned));
    facts.say("Niveaux", levels);
    let detailed = details.of(Facet::Level).filter(|it| it.path.len() > 1).map(path).collect();
    facts.say("Niveau détaillé", detailed);
    facts.terms(Facet::Audience, details);
    facts.say("Langues", details.languages.iter().map(|it| language(it).into_owned()).collect());
    facts.say("Niveau de langue (CECRL)", details.of(Facet::Language).map(path).collect());
    facts.say("Prérequis", written(details.prerequisites.as_deref()));
    facts.0
}

fn language(code: &str) -> Cow<'static, str> {
    let main = code.split('-').next().unwrap_or_default();
    let named = |code| LANGUAGES.iter().find(|(it, _)| *it == code).map(|(_, label)| *label);
    match (named(code), named(main)) {
        (Some(label), _) => label.into(),
        (None, Some(label)) => format!("{label} ({code})").into(),
        (None, None) => code.to_owned().into(),
    }
}

fn content(listing: &Listing) -> Vec<Fact> {
    let details = &listing.details;
    let mut facts = Facts::default();
    facts.say_one("Nature", Some(words::kind(listing.kind)));
    for facet in [Facet::Subject, Facet::Competency, Facet::Content, Facet::Learning] {
        facts.terms(facet, details);
    }
    for facet in [Facet::Activity, Facet::Method, Facet::Place] {
        facts.terms(facet, details);
    }
    facts.say_one("Durée d’une séance", details.minutes.map(duration));
    let features = details.features.iter().map(|it| it.label().to_owned());
    facts.say("Fonctionnalités", features.collect());
    let words = details.keywords.iter().map(CompactString::as_str).collect::<Vec<_>>().join(", ");
    facts.say_one("Mots-clés", Some(words).filter(|it| !it.is_empty()));
    facts.0
}

/// « 50 minutes », « 1 h 30 ».
fn duration(minutes: u16) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format::count(minutes.into(), "minute", "minutes"),
        (hours, 0) => format::count(hours.into(), "heure", "heures"),
        (hours, minutes) => format!("{hours}\u{a0}h\u{a0}{minutes:02}"),
    }
}

fn access(listing: &Listing) -> Vec<Fact> {
    let details = &listing.details;
    let mut facts = Facts::default();
    let mut accessible: Vec<String> = details
        .conformance
        .iter()
        .map(|it| format!("{} (déclaré par l’éditeur)", it.label()))
        .collect();
    accessible.extend(written(listing.accessibility.as_deref()));
    if accessible.is_empty() {
        accessible.push("L’éditeur n’a rien déclaré.".to_owned());
    }
    facts.say("Accessibilité", accessible);
    let mut data = written(details.data_protection.as_deref());
    if data.is_empty() {
        data.push("L’éditeur n’a rien précisé.".to_owned());
    }
    facts.say("Protection des données", data);
    let gar = details.gar.then_some("Par le GAR, depuis l’ENT de l’établissement");
    facts.say_one("Accès", gar);
    facts.0
}

fn terms(sale: &Sale, today: NaiveDate) -> Vec<Fact> {
    let listing = &*sale.listing;
    let details = &listing.details;
    let mut facts = Facts::default();
    facts.say_one("Licence", Some(words::licence(&listing.licence)));
    facts.say_one("Paiement", Some(words::billing_sentence(listing.billing)));
    let prices = listing.prices.iter().filter(|it| it.until.is_none_or(|until| until >= today));
    facts.say("Prix datés", prices.map(|it| dated(it, today)).collect());
    facts.say_one("Publié par", details.publisher.clone());
    facts.say_one("Référence", Some(listing.reference.clone()));
    let mut known: Vec<String> = details.identifiers.iter().map(|it| identifier(it)).collect();
    if let Some(own) = &listing.identifier
        && !details.identifiers.contains(own)
    {
        known.insert(0, identifier(own));
    }
    facts.say("Identifiants", known);
    facts.0
}

/// « 12,00 € du 1er septembre 2027 au 31 août 2028 ».
fn dated(it: &DatedPrice, today: NaiveDate) -> String {
    let price = it.price.amount;
    let now = if it.holds_on(today) { " (en ce moment)" } else { "" };
    match (it.from.map(format::long_date), it.until.map(format::long_date)) {
        (Some(from), Some(until)) => format!("{price} du {from} au {until}{now}"),
        (Some(from), None) => format!("{price} à partir du {from}{now}"),
        (None, Some(until)) => format!("{price} jusqu’au {until}{now}"),
        (None, None) => format!("{price}{now}"),
    }
}

/// « ISBN 9782091729534 », or as it is.
fn identifier(it: &str) -> String {
    let isbn = it.len() == 13 && it.bytes().all(|it| it.is_ascii_digit());
    if isbn { format!("ISBN {it}") } else { it.to_owned() }
}
