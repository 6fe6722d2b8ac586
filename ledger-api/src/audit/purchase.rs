//! `GET /comptable/achats/{purchase}`: all that an auditor needs of one purchase, on one page.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use ledger_core::account::{AccountEvent, PurchaseAuthorised, Share, Terms};
use ledger_core::codec::Stored;
use ledger_core::event_log::{EventLog, Position, Recorded};
use ledger_core::ids::PurchaseId;
use ledger_core::money::Balance;
use ledger_core::offer::{Billing, Scope};
use ledger_core::repeated::Repeated;
use projections::reports::purchases::PurchaseRow;

use super::export;
use super::names::Names;
use super::trail::{self, Step};
use crate::app::App;
use crate::extract::Path;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Reader;
use crate::{format, reading};

/// `templates/audit/purchase.html`.
#[derive(Template)]
#[template(path = "audit/purchase.html")]
struct PurchasePage {
    frame: Frame,
    purchase: PurchaseRow,
    terms: Repeated<Terms>,
    funding: Vec<Funding>,
    steps: Vec<Step>,
    names: Names,
    position: Position,
}

/// What one lot has paid of a purchase.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Funding {
    share: Share,
    sums: Sums,
}

/// What became of a sum that was authorised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Sums {
    authorised: Balance,
    /// What partners were owed, refunds not taken off.
    captured: Balance,
    /// What was held and is free again.
    freed: Balance,
    /// What was refunded, to the account or to the funder.
    refunded: Balance,
}

impl Sums {
    /// What is still held.
    fn held(&self) -> Balance {
        self.authorised.beyond(self.captured).beyond(self.freed)
    }

    /// What it has paid in the end.
    fn paid(&self) -> Balance {
        self.captured.beyond(self.refunded)
    }
}

impl PurchasePage {
    /// What became of the whole purchase.
    fn total(&self) -> Sums {
        self.funding.iter().fold(Sums::default(), |sum, Funding { sums: it, .. }| Sums {
            authorised: sum.authorised.and(it.authorised),
            captured: sum.captured.and(it.captured),
            freed: sum.freed.and(it.freed),
            refunded: sum.refunded.and(it.refunded),
        })
    }

    fn billing(&self) -> &'static str {
        match self.terms.billing {
            Billing::Once => "En une fois, livré tout de suite",
            Billing::Subscription => "Abonnement, sans reconduction",
            Billing::ByUse => "À l’usage, dans la limite d’un plafond",
        }
    }

    fn licence(&self) -> String {
        let who = match self.terms.licence.scope {
            Scope::Teacher => "L’enseignant seul",
            Scope::Class => "L’enseignant et une classe",
            Scope::School => "Tout l’établissement",
        };
        match self.terms.licence.days {
            Some(days) => {
                format!("{who}, pendant {}", format::count(days.into(), "jour", "jours"))
            }
            None => format!("{who}, sans limite de durée"),
        }
    }

    /// Each declared rate: in percent, base, tax.
    fn vat(&self) -> Vec<(String, Balance, Balance)> {
        let lines = self.terms.price.vat.iter();
        let (cents, whole) = (Balance::from_cents, |rate: u16| (rate / 100, rate % 100));
        let line = |it: &ledger_core::offer::Vat| {
            let (percent, hundredths) = whole(it.rate);
            (format!("{percent},{hundredths:02}\u{a0}%"), cents(it.base), cents(it.tax))
        };
        lines.map(line).collect()
    }
}

/// Shows one purchase.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let (purchase, own) = history(&app, &name).await?;
    let terms = own.iter().find_map(|(_, it)| sold(it)).ok_or_else(|| unknown(&name))?.clone();
    let authorised = own.iter().find_map(|(_, it)| authorised(it));
    let of = |it| funding(it, own.iter().map(|(_, it)| it));
    let funding = authorised.map(of).unwrap_or_default();
    let reader = reading::latest(&app).await?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    let steps = trail::steps(own.into_iter().map(|(it, _)| it), &names);
    let steps = steps.map_err(Problem::internal)?;
    let position = reader.position();
    let page = PurchasePage { frame, purchase, terms, funding, steps, names, position };
    Ok(Page(page).into_response())
}

/// Its trail, each line of each entry, for a spreadsheet.
pub(super) async fn csv(
    State(app): State<App>,
    _: Reader,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let (purchase, own) = history(&app, &name).await?;
    let names = Names::read(&reading::latest(&app).await?).map_err(reading::failed)?;
    let steps = trail::steps(own.into_iter().map(|(it, _)| it), &names);
    let table = trail::table(&steps.map_err(Problem::internal)?);
    export::table(&format!("{}.csv", purchase.id), &table)
}

fn unknown(name: &str) -> Problem {
    Problem::not_found(format_args!("no purchase `{name}`"))
        .told(format!("Le journal ne connaît pas d’achat « {name} »."))
}

/// The purchase called `name`, and every event about it.
async fn history(
    app: &App,
    name: &str,
) -> Result<(PurchaseRow, Vec<(Recorded, AccountEvent)>), Problem> {
    let id: PurchaseId = name.parse().map_err(|_| unknown(name))?;
    let purchase = reading::latest(app).await?.purchase(id).map_err(reading::failed)?;
    let purchase = purchase.ok_or_else(|| unknown(name))?;
    let events = app.ledger.log().read_stream(purchase.account.into(), 0).await;
    let mut own = vec![];
    for it in events.map_err(Problem::unavailable)? {
        let event = AccountEvent::read(&it).map_err(Problem::internal)?;
        if event.purchase() == Some(id) {
            own.push((it, event));
        }
    }
    Ok((purchase, own))
}

/// The terms as sold, or as taken for nothing.
fn sold(event: &AccountEvent) -> Option<&Repeated<Terms>> {
    if let AccountEvent::LicenceAcquired(it) = event {
        return Some(&it.terms);
    }
    authorised(event).map(|it| &it.terms)
}

fn authorised(event: &AccountEvent) -> Option<&PurchaseAuthorised> {
    if let AccountEvent::Authorised(it) = event { Some(it) } else { None }
}

/// What became of each share of a purchase.
fn funding<'a>(
    authorised: &PurchaseAuthorised,
    events: impl Iterator<Item = &'a AccountEvent>,
) -> Vec<Funding> {
    let begun = |it: &Share| {
        let sums = Sums { authorised: it.amount.into(), ..Sums::default() };
        Funding { share: *it, sums }
    };
    let mut funding: Vec<Funding> = authorised.split.iter().map(begun).collect();
    let mut add = |shares: &[Share], to: fn(&mut Sums) -> &mut Balance| {
        for share in shares {
            if let Some(known) = funding.iter_mut().find(|it| it.share.lot == share.lot) {
                let sum = to(&mut known.sums);
                *sum = sum.plus(share.amount);
            }
        }
    };
    for event in events {
        match event {
            AccountEvent::Captured(it) => {
                add(&it.split, |it| &mut it.captured);
                add(&it.freed, |it| &mut it.freed);
            }
            AccountEvent::Cancelled(it) => add(&it.freed, |it| &mut it.freed),
            AccountEvent::HoldExpired(it) => add(&it.freed, |it| &mut it.freed),
            AccountEvent::Refunded(it) => {
                add(&it.reopened, |it| &mut it.refunded);
                add(&it.returned, |it| &mut it.refunded);
            }
            AccountEvent::Authorised(_)
            | AccountEvent::Opened(_)
            | AccountEvent::Granted(_)
            | AccountEvent::Returned(_)
            | AccountEvent::Suspended(_)
            | AccountEvent::Resumed(_)
            | AccountEvent::Closed(_)
            | AccountEvent::Contested(_)
            | AccountEvent::ContestEnded(_)
            | AccountEvent::SpecimenTaken(_)
            | AccountEvent::LicenceAcquired(_)
            | AccountEvent::RenewalProposed(_)
            | AccountEvent::RenewalDeclined(_)
            | AccountEvent::Team(_) => (),
        }
    }
    funding
}
