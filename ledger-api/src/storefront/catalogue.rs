//! `GET /catalogue`: searching what can be bought; open to everybody, filters in the address.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use compact_str::CompactString;
use ledger_core::account::Account;
use ledger_core::ids::{AccountId, PartnerId};
use ledger_core::meta::Role;
use ledger_core::money::Balance;
use ledger_core::offer::{Billing, Kind};
use ledger_core::vocabulary::{LEVELS, SUBJECTS};
use projections::reports::catalogue::OfferRow;
use projections::search::{FacetKind, SearchPage, SearchRequest};
use serde::Deserialize;

use super::{failed, words};
use crate::app::App;
use crate::extract::Query;
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::Problem;

/// How many offers stand on one page.
const PAGE: usize = 24;

/// How many subjects are proposed when nothing was found.
const PROPOSED: usize = 12;

/// Highest prices that can be chosen, in euros.
const PRICES: [u32; 5] = [0, 5, 10, 20, 50];

/// What may follow the `?`. A value that means nothing is left out, so that old links still work.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    /// The words looked for.
    q: String,
    /// A kind's name, as `textbook`.
    #[serde(rename = "type")]
    kind: String,
    /// A school level, as `6e`.
    niveau: String,
    /// A subject, as `mathematiques`.
    matiere: String,
    /// The highest price, in whole euros; 0 is free of charge.
    prix: String,
    /// A partner's id.
    editeur: String,
    /// Anything but nothing: only with a free sample.
    specimen: String,
    /// Where the page begins, as the page before said.
    suite: String,
}

/// `templates/storefront/catalogue.html`.
#[derive(Template)]
#[template(path = "storefront/catalogue.html")]
struct CataloguePage {
    frame: Frame,
    asked: Asked,
    found: SearchPage,
    kinds: Vec<Choice>,
    levels: Vec<Choice>,
    subjects: Vec<Choice>,
    prices: Vec<Choice>,
    /// What the teacher who is signed in may spend.
    available: Option<Balance>,
}

/// One value that a filter may take.
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

/// A filter that is on: what it says, and the address without it.
struct Filter {
    label: String,
    without: String,
}

/// Shows what was found.
pub async fn show(
    State(app): State<App>,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let available = match frame.session.as_ref().filter(|it| it.role == Role::Teacher) {
        None => None,
        Some(session) => {
            let today = app.clock.today();
            let look = move |it: &Account| it.available_on(today);
            let account = AccountId(session.id);
            Some(app.ledger.inspect::<Account, _>(account, look).await.map_err(failed)?)
        }
    };
    let models = app.models.now().map_err(Problem::unavailable)?;
    let request = SearchRequest { on: Some(app.clock.today()), ..asked.search() };
    let found = models.search(&request).map_err(Problem::unavailable)?;
    drop(models);
    let (kinds, levels) = (kinds(&asked.kind), level_choices(&asked.niveau));
    let subjects = subject_choices(&asked.matiere);
    let prices = prices(&asked.prix);
    let page = CataloguePage { frame, asked, found, kinds, levels, subjects, prices, available };
    Ok(Page(page).into_response())
}

impl Asked {
    fn kind(&self) -> Option<Kind> {
        Kind::ALL.into_iter().find(|it| it.name() == self.kind)
    }

    fn price_max(&self) -> Option<Balance> {
        let euros: u32 = self.prix.parse().ok()?;
        Some(Balance::from_cents(u64::from(euros) * 100))
    }

    fn partner(&self) -> Option<PartnerId> {
        self.editeur.parse().ok()
    }

    fn search(&self) -> SearchRequest {
        let word = |it: &str| Some(CompactString::from(it)).filter(|it| !it.is_empty());
        let specimen = (!self.specimen.is_empty()).then(|| CompactString::from("yes"));
        let chosen = [
            (FacetKind::Kind, self.kind().map(|it| it.name().into())),
            (FacetKind::Subject, word(&self.matiere)),
            (FacetKind::Level, word(&self.niveau)),
            (FacetKind::Partner, self.partner().map(|it| it.to_string().into())),
            (FacetKind::Specimen, specimen),
        ];
        let chosen = chosen.into_iter().filter_map(|(kind, value)| Some((kind, vec![value?])));
        SearchRequest {
            text: self.q.clone(),
            filters: chosen.collect(),
            price_max: self.price_max(),
            after: self.suite.parse().ok(),
            limit: PAGE,
            ..SearchRequest::default()
        }
    }

    /// The address of the same search, with what `change` changes in it.
    fn address(&self, change: impl FnOnce(&mut Self)) -> String {
        let mut changed = self.clone();
        changed.suite.clear();
        change(&mut changed);
        let pairs = [
            ("q", changed.q),
            ("type", changed.kind),
            ("niveau", changed.niveau),
            ("matiere", changed.matiere),
            ("prix", changed.prix),
            ("editeur", changed.editeur),
            ("specimen", changed.specimen),
            ("suite", changed.suite),
        ];
        let pairs = pairs.iter().filter(|(_, value)| !value.is_empty());
        let query =
            url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        if query.is_empty() { "/catalogue".to_owned() } else { format!("/catalogue?{query}") }
    }
}

impl CataloguePage {
    /// Filters that are on, the words looked for left out.
    fn filters(&self) -> Vec<Filter> {
        let asked = &self.asked;
        let mut filters = vec![];
        let mut on = |label: Option<String>, off: fn(&mut Asked)| {
            filters.extend(label.map(|label| Filter { label, without: asked.address(off) }));
        };
        let word = |it: &str| !it.is_empty();
        on(asked.kind().map(|it| words::kind(it).to_owned()), |it| it.kind.clear());
        let level = Some(&asked.niveau).filter(|it| word(it));
        on(level.map(|it| words::level(it).into_owned()), |it| it.niveau.clear());
        let subject = Some(&asked.matiere).filter(|it| word(it));
        on(subject.map(|it| words::subject(it).into_owned()), |it| it.matiere.clear());
        on(asked.price_max().map(price_label), |it| it.prix.clear());
        on(asked.partner().map(|_| self.partner_name()), |it| it.editeur.clear());
        let specimen = word(&asked.specimen).then(|| "Avec spécimen".to_owned());
        on(specimen, |it| it.specimen.clear());
        filters
    }

    fn partner_name(&self) -> String {
        let first = self.found.offers.first();
        first.map_or_else(|| "Un éditeur".to_owned(), |it| it.offer.partner_name.clone())
    }

    fn offers(&self) -> impl Iterator<Item = &OfferRow> {
        self.found.offers.iter().map(|it| &it.offer)
    }

    /// « 12,00 € », « 0,08 € par usage », « Gratuit ».
    #[expect(clippy::unused_self, reason = "templates call methods")]
    fn price(&self, offer: &OfferRow) -> (String, &'static str) {
        let listing = &offer.listing;
        match listing.billing {
            Billing::ByUse => (listing.price.amount.to_string(), "par usage"),
            Billing::Once | Billing::Subscription if listing.price.amount.is_zero() => {
                ("Gratuit".to_owned(), "")
            }
            Billing::Once | Billing::Subscription => (listing.price.amount.to_string(), "TTC"),
        }
    }

    /// « 12 ressources ».
    fn count(&self) -> String {
        format::count(self.found.count as usize, "ressource", "ressources")
    }

    fn without_filters(&self) -> String {
        Asked { q: self.asked.q.clone(), ..Asked::default() }.address(|_| ())
    }

    /// Where the next page is; empty on the last one.
    fn after(&self) -> String {
        let next = self.found.next.map(|it| it.to_string());
        next.map_or_else(String::new, |next| self.asked.address(|it| it.suite = next))
    }

    /// Where the first page is; empty on it.
    fn first(&self) -> String {
        if self.asked.suite.is_empty() { String::new() } else { self.asked.address(|_| ()) }
    }

    /// Subjects to try when nothing was found.
    fn proposed(&self) -> impl Iterator<Item = &Choice> {
        self.subjects.iter().filter(|it| !it.value.is_empty()).take(PROPOSED)
    }
}

fn all(label: &str, chosen: bool) -> Choice {
    Choice { value: String::new(), label: label.to_owned(), chosen }
}

fn kinds(asked: &str) -> Vec<Choice> {
    let each = Kind::ALL.into_iter().map(|it| Choice {
        value: it.name().to_owned(),
        label: words::kind(it).to_owned(),
        chosen: it.name() == asked,
    });
    std::iter::once(all("Tous", asked.is_empty())).chain(each).collect()
}

fn level_choices(asked: &str) -> Vec<Choice> {
    let mut words: Vec<&str> = LEVELS.iter().map(|it| it.word).collect();
    if !asked.is_empty() && !words.contains(&asked) {
        words.push(asked);
    }
    let each = words.into_iter().map(|it| Choice {
        label: words::level(it).into_owned(),
        chosen: it == asked,
        value: it.to_owned(),
    });
    std::iter::once(all("Tous", asked.is_empty())).chain(each).collect()
}

/// Subjects in the order of their labels.
fn subject_choices(asked: &str) -> Vec<Choice> {
    let mut words: Vec<&str> = SUBJECTS.iter().map(|it| it.word).collect();
    if !asked.is_empty() && !words.contains(&asked) {
        words.push(asked);
    }
    let each = words.into_iter().map(|it| Choice {
        label: words::subject(it).into_owned(),
        chosen: it == asked,
        value: it.to_owned(),
    });
    let mut each: Vec<Choice> = each.collect();
    each.sort_by_key(|it| words::sorting(&it.label));
    std::iter::once(all("Toutes", asked.is_empty())).chain(each).collect()
}

fn prices(asked: &str) -> Vec<Choice> {
    let each = PRICES.into_iter().map(|euros| Choice {
        value: euros.to_string(),
        label: price_label(Balance::from_cents(u64::from(euros) * 100)),
        chosen: euros.to_string() == asked,
    });
    std::iter::once(all("Tous", asked.is_empty())).chain(each).collect()
}

fn price_label(max: Balance) -> String {
    if max.is_zero() {
        return "Gratuit".to_owned();
    }
    format!("{}\u{a0}€ au plus", format::grouped(max.cents() / 100))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_in_its_address() {
        let asked = Asked {
            q: "œuvre & l’été".into(),
            kind: "textbook".into(),
            prix: "10".into(),
            suite: "48".into(),
            ..Asked::default()
        };
        let whole = "/catalogue?q=%C5%93uvre+%26+l%E2%80%99%C3%A9t%C3%A9&type=textbook&prix=10";
        assert_eq!(asked.address(|_| ()), whole, "changing a filter begins again");
        assert_eq!(asked.address(|it| it.suite = "72".into()), format!("{whole}&suite=72"));
        assert_eq!(Asked::default().address(|_| ()), "/catalogue");
        assert_eq!(asked.search().price_max, Some(Balance::from_cents(10_00)));
    }

    #[test]
    fn values_that_mean_nothing_are_left_out() {
        let asked = Asked { kind: "x".into(), prix: "-1".into(), ..Asked::default() };
        assert_eq!(asked.search(), SearchRequest { limit: PAGE, ..SearchRequest::default() });
    }
}
