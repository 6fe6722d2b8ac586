//! `/etablissement/demandes/{account}/{purchase}`: what a decision needs to know, and the decision.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::account::team::RefusedBecause;
use ledger_core::account::{
    Account, AccountCommand, Authority, Request, RequestStatus, TeamCommand,
};
use ledger_core::ids::{AccountId, BuyerId, OfferId, PaymentId, PurchaseId};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Meta, accounting_day};
use ledger_core::money::Balance;
use ledger_core::payment::Payment;
use ledger_core::process::payments::finish;
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::{Sees, authority, no_such_team, seen, who};
use crate::api::lists;
use crate::app::App;
use crate::audit::wording::team::because;
use crate::extract::{Form, Path};
use crate::format;
use crate::page::Frame;
use crate::problem::Problem;
use crate::security::RequestId;
use crate::session::Session;
use crate::sheet::{Block, Fact, Field, Kind, Sheet, SheetForm, SheetTable};
use crate::storefront::funding::Names;
use crate::storefront::history::{self, Bought};
use crate::storefront::offer::already::Already;
use crate::storefront::{sale, words};
use crate::treasury::words::wrong;

/// Shows it.
pub async fn show(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    Path((account, purchase)): Path<(AccountId, PurchaseId)>,
) -> Result<Response, Problem> {
    Ok(page(&app, authority(&session)?, frame, account, purchase).await?.answer())
}

async fn page(
    app: &App,
    by: Authority,
    frame: Frame,
    account: AccountId,
    purchase: PurchaseId,
) -> Result<Sheet, Problem> {
    let (state, sees) = seen(app, account, by).await?;
    let bought = history::read(app, account).await?.purchase(purchase).ok_or_else(no_such_team)?;
    let team = state.team().cloned().unwrap_or_default();
    let request = team.request(purchase).copied().ok_or_else(no_such_team)?;
    let terms = bought.terms().clone();
    let lead = "Ce qui est demandé, ce que l’établissement a déjà, et qui paie.";
    let mut sheet = Sheet::new(frame, format::spaced(&terms.title), lead);
    sheet.above.push(match sees {
        Sees::Head => ("/etablissement", "Établissement"),
        Sees::Manager | Sees::Member | Sees::Delegate => ("/equipes", "Mes équipes"),
    });
    let partner = sale::partner_name(app, terms.partner).await?;
    let asked = team.asked_by(purchase).map(|it| who(it.member, by.account()));
    let (tone, standing) = standing(&request);
    sheet.push(Block::Facts(vec![
        Fact::new("Décision", standing).badge(tone),
        Fact::new("Ressource", format::spaced(&terms.title))
            .leading(format!("/catalogue/{}", terms.offer)),
        Fact::new("Nature", words::kind(terms.kind)),
        Fact::new("Éditeur", partner),
        Fact::new("Licence", words::licence(&terms.licence)),
        Fact::new("Prix, ou plafond à l’usage", bought.authorised.amount),
        Fact::new("Équipe", &team.name).leading(format!("/equipes/{account}")),
        Fact::new("Demandé par", asked.unwrap_or_default()),
        Fact::new("Demandé le", format::long_moment(bought.at)),
        Fact::new("À décider avant le", format::long_moment(request.until)),
        Fact::new("Restera à l’équipe", state.available_on(app.clock.today())),
    ]));
    owned(app, &mut sheet, account, terms.offer, purchase).await?;
    sheet.heading("financement", "Qui paierait");
    sheet.push(Block::Table(payers(app, &bought).await?));
    let lines = together(app, purchase).await?.1;
    if lines.len() > 1 {
        let told = "Cet achat est une ligne d’un panier, sur le site d’un partenaire : la décision \
                    vaut pour toutes ses lignes.";
        sheet.notice("info", told);
    }
    if request.status == RequestStatus::Open && matches!(sees, Sees::Head | Sees::Delegate) {
        for form in forms(account, purchase, bought.authorised.amount.into()) {
            sheet.push(Block::Form(form));
        }
    }
    Ok(sheet)
}

/// What the school has of it already, this purchase left aside.
async fn owned(
    app: &App,
    sheet: &mut Sheet,
    account: AccountId,
    offer: OfferId,
    purchase: PurchaseId,
) -> Result<(), Problem> {
    let holdings = lists::models(app).await?.holdings(account, offer, app.clock.today());
    let mut holdings = holdings.map_err(Problem::unavailable)?;
    let before = holdings.own.take().filter(|it| it.purchase != purchase);
    let already = Already::of(&holdings, false);
    for sentence in &already.sentences {
        sheet.notice(if already.strong { "warning" } else { "info" }, sentence);
    }
    if let Some(own) = before {
        let day = format::long_date(accounting_day(own.at));
        sheet.notice("warning", format!("L’équipe l’a déjà achetée le {day}."));
    }
    Ok(())
}

fn standing(request: &Request) -> (&'static str, &'static str) {
    match request.status {
        RequestStatus::Open => ("warning", "En attente : l’argent est réservé"),
        RequestStatus::Approved => ("success", "Accord donné"),
        RequestStatus::Refused => ("error", "Refus : l’argent est rendu à l’équipe"),
        RequestStatus::Over => ("neutral", "Close sans décision : l’argent est rendu à l’équipe"),
    }
}

async fn payers(app: &App, bought: &Bought) -> Result<SheetTable, Problem> {
    let split = &bought.authorised.split;
    let names = Names::of(app, split.iter().map(|it| it.envelope).collect()).await?;
    let row = |it: &ledger_core::account::Share| {
        vec![
            Cell::text(names.funder(it.envelope, &it.funder)),
            Cell::text(names.title(it.envelope)),
            Cell::Sum(it.amount.into()),
        ]
    };
    let headings = vec!["financeur", "enveloppe", "part"];
    let table = Table { headings, rows: split.iter().map(row).collect(), totals: vec![] };
    Ok(SheetTable::new("payeurs", "Part de chaque financeur", table))
}

fn forms(account: AccountId, purchase: PurchaseId, amount: Balance) -> Vec<SheetForm> {
    let path = format!("/etablissement/demandes/{account}/{purchase}");
    let reasons = RefusedBecause::ALL.map(|it| (it.name().to_owned(), because(it).to_owned()));
    vec![
        SheetForm {
            id: "accord",
            action: format!("{path}/accord"),
            heading: "Donner son accord",
            hint: format!("{amount} sont déjà réservés : l’achat suit son cours aussitôt."),
            fields: vec![],
            button: "Donner son accord",
            file: false,
        },
        SheetForm {
            id: "refus",
            action: format!("{path}/refus"),
            heading: "Refuser",
            hint: "L’argent revient à l’équipe, qui lira le motif.".to_owned(),
            fields: vec![
                Field::new("motif", "Motif", Kind::Choice(reasons.to_vec())),
                Field::new("precision", "Précision", Kind::Text).hint(
                    "300 signes au plus, sans nom de personne ; nécessaire pour un autre motif.",
                ),
            ],
            button: "Refuser",
            file: false,
        },
    ]
}

/// Agrees.
pub async fn approve(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    request: RequestId,
    Path((account, purchase)): Path<(AccountId, PurchaseId)>,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    let on = meta.day();
    let approve = |purchase, by| TeamCommand::Approve { purchase, by, on };
    decide(&app, &session, frame, account, purchase, meta, Ok(approve)).await
}

/// Why it is refused, as the form says it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Why {
    motif: String,
    precision: String,
}

/// Refuses.
pub async fn refuse(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    request: RequestId,
    Path((account, purchase)): Path<(AccountId, PurchaseId)>,
    Form(why): Form<Why>,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    let on = meta.day();
    let because = RefusedBecause::ALL.into_iter().find(|it| it.name() == why.motif);
    let refuse = match because {
        None => Err(wrong("motif", "Choisissez un motif.")),
        Some(RefusedBecause::Other) if why.precision.trim().is_empty() => {
            Err(wrong("precision", "Précisez le motif en quelques mots."))
        }
        Some(_) if why.precision.trim().chars().count() > 300 => {
            Err(wrong("precision", "300 signes au plus."))
        }
        Some(because) => {
            let words = why.precision.as_str().into();
            Ok(move |purchase, by| {
                let words = compact_str::CompactString::clone(&words);
                TeamCommand::Refuse { purchase, because, words, by, on }
            })
        }
    };
    decide(&app, &session, frame, account, purchase, meta, refuse).await
}

/// The payment that `purchase` is a line of, and all the purchases that are decided with it.
async fn together(
    app: &App,
    purchase: PurchaseId,
) -> Result<(Option<PaymentId>, Vec<PurchaseId>), Problem> {
    let line = lists::models(app).await?.payment_of(purchase).map_err(Problem::unavailable)?;
    let Some((payment, _)) = line else { return Ok((None, vec![purchase])) };
    let lines = |it: &Payment| {
        let created = it.created.as_ref();
        created.map(|it| it.lines.iter().map(|it| it.purchase).collect::<Vec<_>>())
    };
    let lines = app.ledger.inspect::<Payment, _>(payment, lines).await?;
    Ok((Some(payment), lines.unwrap_or_else(|| vec![purchase])))
}

/// Decides on a purchase, and on all that is paid with it; then a payment goes on, or ends.
async fn decide(
    app: &App,
    session: &Session,
    frame: Frame,
    account: AccountId,
    purchase: PurchaseId,
    meta: Meta,
    command: Result<impl Fn(PurchaseId, Authority) -> TeamCommand, Problem>,
) -> Result<Response, Problem> {
    let by = authority(session)?;
    seen(app, account, by).await?;
    let (payment, lines) = together(app, purchase).await?;
    let done = match command {
        Ok(command) => {
            let commands = lines.iter().map(|it| AccountCommand::Team(command(*it, by)));
            let command = AccountCommand::Together(commands.collect());
            let done = app.ledger.execute::<Account>(account, &command, meta).await;
            done.map(drop).map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    if let Err(problem) = done {
        return Ok(page(app, by, frame, account, purchase).await?.refused(&problem));
    }
    if let Some(payment) = payment {
        go_on(app, payment, account, meta).await?;
    }
    let home = match by {
        Authority::Head { .. } => "/etablissement",
        Authority::Teacher(_) => "/equipes",
    };
    Ok(Redirect::to(home).into_response())
}

/// What a stop keeps from being done here, the worker of payments does.
async fn go_on(
    app: &App,
    payment: PaymentId,
    account: AccountId,
    meta: Meta,
) -> Result<(), Problem> {
    let partner = |it: &Payment| it.created.as_ref().map(|it| it.partner);
    let partner = app.ledger.inspect::<Payment, _>(payment, partner).await?;
    let Some(partner) = partner else { return Ok(()) };
    let buyer = BuyerId::of(&app.pseudonyms, partner, account);
    match finish(&app.ledger, payment, account, buyer, meta).await {
        Ok(()) | Err(ExecuteError::Refused(_)) => Ok(()),
        Err(error) => Err(Problem::unavailable(error)),
    }
}
