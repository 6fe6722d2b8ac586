//! How pages call what the domain names: subjects, levels, licences, billing, VAT, earmarks.

use std::borrow::Cow;

use compact_str::CompactString;
use ledger_core::account::{Earmark, PurchaseStatus};
use ledger_core::identifiers::Funder;
use ledger_core::money::Balance;
use ledger_core::offer::{Billing, Kind, Licence, Price, Scope};

use crate::format::rate;

/// Subjects as feeds write them, and as teachers read them.
const SUBJECTS: [(&str, &str); 46] = [
    ("allemand", "Allemand"),
    ("anglais", "Anglais"),
    ("arabe", "Arabe"),
    ("arts", "Arts"),
    ("arts-plastiques", "Arts plastiques"),
    ("biologie", "Biologie"),
    ("chimie", "Chimie"),
    ("chinois", "Chinois"),
    ("economie", "Économie"),
    ("economie-gestion", "Économie-gestion"),
    ("education-au-developpement-durable", "Éducation au développement durable"),
    ("education-aux-medias-et-a-l-information", "Éducation aux médias et à l’information"),
    ("education-civique", "Éducation civique"),
    ("education-musicale", "Éducation musicale"),
    ("education-physique-et-sportive", "Éducation physique et sportive"),
    ("emc", "Enseignement moral et civique"),
    ("enseignement-moral-et-civique", "Enseignement moral et civique"),
    ("eps", "Éducation physique et sportive"),
    ("espagnol", "Espagnol"),
    ("francais", "Français"),
    ("geographie", "Géographie"),
    ("grec", "Grec"),
    ("histoire", "Histoire"),
    ("histoire-des-arts", "Histoire des arts"),
    ("histoire-geographie", "Histoire-géographie"),
    ("informatique", "Informatique"),
    ("italien", "Italien"),
    ("langues", "Langues vivantes"),
    ("langues-vivantes", "Langues vivantes"),
    ("latin", "Latin"),
    ("lettres", "Lettres"),
    ("litterature", "Littérature"),
    ("mathematiques", "Mathématiques"),
    ("nsi", "Numérique et sciences informatiques"),
    ("numerique-et-sciences-informatiques", "Numérique et sciences informatiques"),
    ("philosophie", "Philosophie"),
    ("physique", "Physique"),
    ("physique-chimie", "Physique-chimie"),
    ("portugais", "Portugais"),
    ("questionner-le-monde", "Questionner le monde"),
    ("sciences", "Sciences"),
    ("sciences-de-la-vie-et-de-la-terre", "Sciences de la vie et de la Terre"),
    ("sciences-economiques-et-sociales", "Sciences économiques et sociales"),
    ("sciences-et-technologie", "Sciences et technologie"),
    ("svt", "Sciences de la vie et de la Terre"),
    ("technologie", "Technologie"),
];

/// School levels in their order, as feeds write them and as teachers read them.
const LEVELS: [(&str, &str); 18] = [
    ("ps", "Petite section"),
    ("ms", "Moyenne section"),
    ("gs", "Grande section"),
    ("cp", "CP"),
    ("ce1", "CE1"),
    ("ce2", "CE2"),
    ("cm1", "CM1"),
    ("cm2", "CM2"),
    ("6e", "6e"),
    ("5e", "5e"),
    ("4e", "4e"),
    ("3e", "3e"),
    ("2de", "2de"),
    ("1re", "1re"),
    ("terminale", "Terminale"),
    ("cap", "CAP"),
    ("bts", "BTS"),
    ("cpge", "CPGE"),
];

/// Levels that have one name when all of them are there.
const SCHOOLS: [(&str, &[&str]); 4] = [
    ("Maternelle", &["ps", "ms", "gs"]),
    ("École élémentaire", &["cp", "ce1", "ce2", "cm1", "cm2"]),
    ("Collège", &["6e", "5e", "4e", "3e"]),
    ("Lycée", &["2de", "1re", "terminale"]),
];

/// `mathematiques` → « Mathématiques »; a word that is not known keeps its letters.
pub fn subject(word: &str) -> Cow<'static, str> {
    let known = SUBJECTS.iter().find(|(it, _)| *it == word);
    known.map_or_else(|| Cow::Owned(capitalised(word)), |(_, label)| Cow::Borrowed(*label))
}

/// `6e` → « 6e », `gs` → « Grande section »; a word that is not known keeps its letters.
pub fn level(word: &str) -> Cow<'static, str> {
    let known = LEVELS.iter().find(|(it, _)| *it == word);
    known.map_or_else(|| Cow::Owned(capitalised(word)), |(_, label)| Cow::Borrowed(*label))
}

/// « Mathématiques, Sciences ».
pub fn subjects(words: &[CompactString]) -> String {
    words.iter().map(|it| subject(it)).collect::<Vec<_>>().join(", ")
}

/// Levels in their order, whole schools by their name: « CM2, Collège »; « Tous niveaux » for none.
pub fn levels(words: &[CompactString]) -> String {
    if words.is_empty() {
        return "Tous niveaux".to_owned();
    }
    let holds = |level: &str| words.iter().any(|it| it == level);
    let whole = |level: &str| {
        SCHOOLS.iter().find(|(_, of)| of.contains(&level) && of.iter().all(|it| holds(it)))
    };
    let mut labels: Vec<Cow<'static, str>> = vec![];
    for (word, label) in LEVELS.iter().filter(|(it, _)| holds(it)) {
        let label = whole(word).map_or(*label, |(school, _)| *school);
        if labels.last().is_none_or(|it| it != label) {
            labels.push(label.into());
        }
    }
    let other = words.iter().filter(|word| !LEVELS.iter().any(|(it, _)| it == word));
    labels.extend(other.map(|it| level(it)));
    labels.join(", ")
}

/// A word of a feed that no table knows, fit to be read.
fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|it| it.to_ascii_uppercase());
    first.into_iter().chain(letters.map(|it| if it == '-' { ' ' } else { it })).collect()
}

/// In one or two words, for badges; `None` for what is paid once, as one expects.
pub const fn billing(billing: Billing) -> Option<&'static str> {
    match billing {
        Billing::Once => None,
        Billing::Subscription => Some("Abonnement"),
        Billing::ByUse => Some("À l’usage"),
    }
}

/// In a sentence: when is what paid?
pub const fn billing_sentence(billing: Billing) -> &'static str {
    match billing {
        Billing::Once => "Payé en une fois, disponible tout de suite.",
        Billing::Subscription => {
            "Abonnement payé en une fois, sans renouvellement automatique : à l’échéance, rien n’est prélevé."
        }
        Billing::ByUse => {
            "Facturé à l’usage : vous fixez un plafond, seul ce qui est utilisé est payé, et le reste vous revient."
        }
    }
}

/// « Pour vous et une classe, pendant un an ».
pub fn licence(licence: &Licence) -> String {
    let who = match licence.scope {
        Scope::Teacher => "Pour vous seul",
        Scope::Class => "Pour vous et une classe",
        Scope::School => "Pour tout l’établissement",
    };
    match licence.days {
        None => format!("{who}, sans limite de durée"),
        Some(days) => format!("{who}, pendant {}", duration(days)),
    }
}

fn duration(days: u16) -> String {
    match days {
        1 => "un jour".to_owned(),
        365 | 366 => "un an".to_owned(),
        730 | 731 => "deux ans".to_owned(),
        1095 | 1096 => "trois ans".to_owned(),
        _ => format!("{days}\u{a0}jours"),
    }
}

/// « dont 0,16 € de TVA à 5,5 % »; « Exonéré de TVA » when there is none.
pub fn vat(price: &Price) -> String {
    let taxed: Vec<String> = price
        .vat
        .iter()
        .filter(|it| it.tax > 0)
        .map(|it| format!("{} de TVA à {}", Balance::from_cents(it.tax), rate(it.rate)))
        .collect();
    match (price.amount.is_zero(), taxed.is_empty()) {
        (true, _) => String::new(),
        (false, true) => "sans TVA".to_owned(),
        (false, false) => format!("dont {}", taxed.join(" et ")),
    }
}

/// What money is set aside for: « Tout achat », « Manuel numérique, Activité ; en Mathématiques ».
pub fn earmark(earmark: &Earmark) -> String {
    let kinds = earmark.kinds.iter().map(|it| it.label()).collect::<Vec<_>>().join(", ");
    let subjects = subjects(&earmark.subjects);
    match (kinds.is_empty(), subjects.is_empty()) {
        (true, true) => "Tout achat".to_owned(),
        (false, true) => format!("Seulement : {kinds}"),
        (true, false) => format!("Seulement en : {subjects}"),
        (false, false) => format!("Seulement : {kinds} ; en : {subjects}"),
    }
}

/// A funder whose envelope does not tell its name.
pub fn funder(funder: &Funder) -> String {
    match funder {
        Funder::State(_) => format!("État, programme {}", funder.auxiliary()),
        Funder::Collectivity(siren) => format!("Collectivité {siren}"),
    }
}

/// A purchase's state: the tone of its badge, and what it says.
pub const fn status(status: PurchaseStatus) -> (&'static str, &'static str) {
    match status {
        PurchaseStatus::Authorised => ("info", "Réservé"),
        PurchaseStatus::Captured => ("success", "Payé"),
        PurchaseStatus::Cancelled => ("neutral", "Annulé"),
        PurchaseStatus::Expired => ("neutral", "Réservation échue"),
    }
}

/// What a card or a page says before the price of a kind: « Manuel numérique ».
pub const fn kind(kind: Kind) -> &'static str {
    kind.label()
}

#[cfg(test)]
mod tests {
    use ledger_core::offer::Vat;

    use super::*;

    fn words(list: &[&str]) -> Vec<CompactString> {
        list.iter().map(|it| CompactString::from(*it)).collect()
    }

    #[test]
    fn words_of_feeds_read_as_french() {
        assert_eq!(
            subjects(&words(&["mathematiques", "svt"])).as_str(),
            "Mathématiques, Sciences de la vie et de la Terre"
        );
        assert_eq!(subject("romans-grand-format"), "Romans grand format");
        assert_eq!(level("gs"), "Grande section");
    }

    #[test]
    fn levels_stand_in_their_order_and_whole_schools_by_their_name() {
        assert_eq!(levels(&words(&["3e", "cm2", "6e", "5e", "4e"])), "CM2, Collège");
        assert_eq!(levels(&words(&["2de", "6e"])), "6e, 2de");
        assert_eq!(levels(&[]), "Tous niveaux");
    }

    #[test]
    fn tables_are_sorted_or_hold_each_word_once() {
        assert!(SUBJECTS.windows(2).all(|it| it[0].0 < it[1].0));
        for (at, (word, _)) in LEVELS.iter().enumerate() {
            assert!(LEVELS[..at].iter().all(|(it, _)| it != word), "{word}");
        }
    }

    #[test]
    fn vat_is_told_as_it_was_declared() {
        let price = |amount, rate| Price {
            amount: Balance::from_cents(amount),
            vat: vec![Vat::within(amount, rate)],
        };
        assert_eq!(vat(&price(3_00, 550)), "dont 0,16\u{a0}€ de TVA à 5,5\u{a0}%");
        assert_eq!(vat(&price(12_00, 2000)), "dont 2,00\u{a0}€ de TVA à 20\u{a0}%");
        assert_eq!(vat(&price(10_00, 210)), "dont 0,21\u{a0}€ de TVA à 2,1\u{a0}%");
        assert_eq!(vat(&price(10_00, 0)), "sans TVA");
        assert_eq!(vat(&Price::free()), "");
    }

    #[test]
    fn licences_and_earmarks_are_sentences() {
        let given = |scope, days| licence(&Licence { scope, days });
        assert_eq!(given(Scope::Class, Some(365)), "Pour vous et une classe, pendant un an");
        assert_eq!(given(Scope::Teacher, None), "Pour vous seul, sans limite de durée");
        assert_eq!(
            given(Scope::School, Some(90)),
            "Pour tout l’établissement, pendant 90\u{a0}jours"
        );
        let kinds = vec![Kind::Textbook];
        let only = Earmark { kinds, subjects: words(&["mathematiques"]) };
        assert_eq!(earmark(&only), "Seulement : Manuel numérique ; en : Mathématiques");
        assert_eq!(earmark(&Earmark::default()), "Tout achat");
    }
}
