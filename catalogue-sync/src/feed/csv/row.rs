//! One row as an offer, a withdrawal, or what is wrong with it.

use compact_str::CompactString;
use ledger_core::money::Balance;
use ledger_core::offer::{Billing, DatedPrice, Details, Licence, Listing, Price, Vat};

use super::cells::Cells;
use super::columns::Header;
use super::{compared, values, words};
use crate::feed::concepts::Code;
use crate::feed::{Reason, Reference, Rule, identifier, naming};

/// One row, as far as it could be read.
#[derive(Default)]
pub(super) struct Read {
    pub(super) reference: Option<Reference>,
    pub(super) title: Option<String>,
    /// `None` when a cell that it cannot do without is empty or wrong, or it is withdrawn.
    pub(super) listing: Option<Listing>,
    /// Whether it says that the offer is no longer sold.
    pub(super) withdrawn: bool,
    pub(super) reasons: Vec<Reason>,
    pub(super) remarks: Vec<String>,
}

impl Read {
    /// A row of which nothing can be read.
    pub(super) fn refused(reason: Reason) -> Self {
        Self { reasons: vec![reason], ..Self::default() }
    }
}

/// Reads and checks one row.
pub(super) fn read(header: &Header, texts: Vec<String>) -> Read {
    let mut cells = Cells::of(header, texts);
    let reference = cells.needed("reference").map(CompactString::from);
    let withdrawn = cells.yes("supprime");
    let (title, listing) = if withdrawn {
        (cells.text("titre"), None)
    } else {
        let title = cells.needed("titre");
        let listing = listing(&mut cells, reference.as_ref(), title.as_ref());
        (title, listing)
    };
    let Cells { mut reasons, remarks, .. } = cells;
    if let (Some(Err(wrong)), true) = (listing.as_ref().map(Listing::check), reasons.is_empty()) {
        reasons.push(Reason::from(&wrong));
    }
    Read { reference, title, listing, withdrawn, reasons, remarks }
}

fn listing(
    cells: &mut Cells<'_>,
    reference: Option<&CompactString>,
    title: Option<&String>,
) -> Option<Listing> {
    // Everything is read before anything is given up, so that every reason is found.
    let kind = needed_word(cells, "type", &words::KINDS);
    let (price, prices) = prices(cells);
    let billing = cells.word("paiement", &words::BILLINGS);
    let billing = billing.or_else(|| cells.text("paiement").is_none().then_some(Billing::Once));
    let scope = needed_word(cells, "licence", &words::SCOPES);
    let days = days(cells);
    let mut details = details(cells);
    let identifier = identifier::joined(None, &mut details);
    Some(Listing {
        reference: reference?.clone(),
        title: title?.clone(),
        description: cells.text("description").unwrap_or_default(),
        kind: kind?,
        subjects: naming::subjects(cells.list("matieres").iter().map(String::as_str)),
        levels: naming::levels(cells.list("niveaux").iter().map(String::as_str)),
        price: price?,
        prices,
        billing: billing?,
        licence: Licence { scope: scope?, days },
        url: cells.text("url"),
        specimen_url: cells.text("specimen"),
        video_url: cells.text("video"),
        accessibility: cells.text("accessibilite"),
        identifier,
        details,
    })
}

fn needed_word<T: Copy>(cells: &mut Cells<'_>, name: &str, known: &[words::Words<T>]) -> Option<T> {
    if cells.text(name).is_none() {
        cells.missing(name);
    }
    cells.word(name, known)
}

/// The usual price, and the one of certain days.
fn prices(cells: &mut Cells<'_>) -> (Option<Price>, Vec<DatedPrice>) {
    const SUM: &str = "a sum in euros, as in 12,50";
    const DAY: &str = "a day, as in 01/09/2026";
    let euros = cells.value("prix_ttc", Rule::WrongType, SUM, values::cents);
    let cents = cells.value(
        "prix_ttc_centimes",
        Rule::WrongType,
        "a whole number of cents, as in 1250",
        values::whole,
    );
    if cells.text("prix_ttc").or(cells.text("prix_ttc_centimes")).is_none() {
        cells.missing("prix_ttc");
    }
    if let (Some(euros), Some(cents)) = (euros, cents)
        && euros != cents
    {
        let message =
            format!("prix_ttc is {euros} cents, prix_ttc_centimes {cents}: expected the same");
        cells.reasons.push(Reason::new(Rule::WrongType, &cents.to_string(), message));
    }
    let amount = euros.or(cents);
    let rate = cells.value("tva", Rule::VatRate, "a rate, as in 5,5", values::rate);
    let promo = cells.value("prix_promo_ttc", Rule::WrongType, SUM, values::cents);
    let from = cells.value("promo_du", Rule::WrongType, DAY, values::day);
    let until = cells.value("promo_au", Rule::WrongType, DAY, values::day);
    if promo.is_some() && from.is_none() && until.is_none() {
        cells.missing("promo_du");
    }
    if cells.text("tva").is_none() && amount.max(promo).is_some_and(|it| it > 0) {
        let message = "tva: missing, expected a rate, as in 5,5 (0 when exempt)";
        cells.reasons.push(Reason::new(Rule::VatMissing, "", message));
    }
    let price = |amount: u64| match rate {
        _ if amount == 0 => Some(Price::free()),
        Some(rate) => Some(Price {
            amount: Balance::from_cents(amount),
            vat: vec![Vat::within(amount, rate)],
        }),
        None => None,
    };
    let promo = promo.and_then(price).map(|price| DatedPrice { from, until, price });
    (amount.and_then(price), promo.into_iter().collect())
}

/// How long the licence lasts; `None` is for ever.
fn days(cells: &mut Cells<'_>) -> Option<u16> {
    let text = cells.text("duree_jours")?;
    if matches!(compared(&text).as_str(), "illimitee" | "illimite" | "perpetuelle" | "sans limite")
    {
        return None;
    }
    cells.value(
        "duree_jours",
        Rule::WrongType,
        "a number of days, 1 to 65535, or nothing for ever",
        values::count,
    )
}

fn details(cells: &mut Cells<'_>) -> Details {
    let mut details = Details {
        keywords: cells.list("mots_cles").into_iter().map(Into::into).collect(),
        languages: naming::languages(cells.list("langues").iter().map(String::as_str)),
        features: cells.words("usages", &words::FEATURES),
        minutes: cells.value(
            "duree_minutes",
            Rule::WrongType,
            "a number of minutes, 1 to 65535",
            values::count,
        ),
        prerequisites: cells.text("prerequis"),
        conformance: cells.word("conformite", &words::CONFORMANCES),
        data_protection: cells.text("donnees_personnelles"),
        gar: cells.yes("gar"),
        publisher: cells.text("editeur").map(Into::into),
        thumbnail_url: cells.text("vignette"),
        ..Details::default()
    };
    for text in cells.list("termes") {
        match Code::of(&text) {
            Some(code) => {
                if code.term().is_none() {
                    cells.remarks.push(format!("termes: no label is known for {}", code.id()));
                }
                details.terms.push(code.term_labelled(None));
            }
            None => cells.reasons.push(Reason::new(
                Rule::UnknownValue,
                &text,
                "termes: expected names of ScoLOMFR concepts, as in scolomfr-voc-022-num-018",
            )),
        }
    }
    for name in ["isbn", "ark", "identifiants"] {
        for text in cells.list(name) {
            match identifier::any(&text) {
                Some(known) if details.identifiers.contains(&known) => {}
                Some(known) => details.identifiers.push(known),
                None => {
                    cells.remarks.push(format!("{name}: {}: left out", identifier::unknown(&text)));
                }
            }
        }
    }
    details
}
