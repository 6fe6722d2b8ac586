//! `GET /comptable/grand-livre/{compte}`: the lines of one account, with its running balance.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::event_log::Position;
use projections::net::Net;
use projections::reports::general_ledger::{
    GeneralLedger, LedgerCursor, LedgerLine, LedgerOf, general_ledger,
};
use projections::reports::trial_balance::{TrialBalance, TrialBalanceLine, TrialBalanceOf};
use serde::Deserialize;

use super::names::Names;
use super::{export, filters};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Reader;
use crate::{format, reading};

/// How many lines a page shows.
const PAGE: usize = 100;

/// How many lines of an export are read at once.
const PAGE_EXPORTED: usize = 2_000;

/// What follows the `?`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    auxiliaire: Option<String>,
    du: Option<String>,
    au: Option<String>,
    connu: Option<String>,
    apres: Option<String>,
}

impl Asked {
    /// The account of the address, up to today from the first day of that accounting year
    /// (exercice), unless told otherwise.
    fn wanted(&self, number: &str, today: NaiveDate) -> Result<LedgerOf, Problem> {
        let account = filters::account(number)?;
        let auxiliary = filters::auxiliary("auxiliaire", account, self.auxiliaire.as_deref())?;
        let to = filters::day("au", self.au.as_deref())?.unwrap_or(today);
        let from = filters::day("du", self.du.as_deref())?;
        let from = from.or_else(|| NaiveDate::from_ymd_opt(to.year(), 1, 1)).unwrap_or(to);
        filters::in_order(from, to)?;
        let known = filters::day("connu", self.connu.as_deref())?;
        Ok(LedgerOf { account, auxiliary, from: Some(from), to: Some(to), known })
    }

    fn after(&self) -> Result<Option<LedgerCursor>, Problem> {
        filters::parsed("apres", self.apres.as_deref(), "suivez le lien « Page suivante »")
    }
}

/// What stands in an address, without a cursor.
fn query(of: &LedgerOf) -> String {
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(of.auxiliary.map(|it| ("auxiliaire", it.code().to_owned())));
    query.extend_pairs(of.from.map(|it| ("du", it.to_string())));
    query.extend_pairs(of.to.map(|it| ("au", it.to_string())));
    query.extend_pairs(of.known.map(|it| ("connu", it.to_string())));
    query.finish()
}

/// `templates/audit/general_ledger.html`.
#[derive(Template)]
#[template(path = "audit/general_ledger.html")]
struct LedgerPage {
    frame: Frame,
    ledger: GeneralLedger,
    auxiliaries: Vec<Auxiliary>,
    names: Names,
    query: String,
    carried: bool,
    first: String,
    after: String,
    position: Position,
}

impl LedgerPage {
    fn from(&self) -> NaiveDate {
        self.ledger.of.from.unwrap_or_default()
    }

    fn to(&self) -> NaiveDate {
        self.ledger.of.to.unwrap_or_default()
    }

    /// As the field for it holds it.
    fn known(&self) -> String {
        self.ledger.of.known.map(|it| it.to_string()).unwrap_or_default()
    }

    /// The balance before the first line of this page.
    fn before(&self) -> Net {
        self.ledger
            .lines
            .first()
            .map_or(self.ledger.opening, |it| it.balance.and(Net::of(it.credit, it.debit)))
    }

    /// Auxiliaries to choose from: code, whose it is, whether it is chosen.
    fn choices(&self) -> impl Iterator<Item = (&str, &str, bool)> {
        let chosen = self.ledger.of.auxiliary;
        self.auxiliaries
            .iter()
            .map(move |it| (it.code(), self.names.auxiliary(it), chosen == Some(*it)))
    }

    /// The ledger of the other side of a line.
    fn counterpart(&self, line: &LedgerLine) -> String {
        let mut of = self.ledger.of;
        let auxiliary = line.counterpart.auxiliary;
        of.auxiliary = Some(auxiliary).filter(|it| *it != Auxiliary::None);
        format!("/comptable/grand-livre/{}?{}", line.counterpart.account, query(&of))
    }
}

/// Shows one account's lines.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let of = asked.wanted(&number, app.clock.today())?;
    let after = asked.after()?;
    let reader = reading::latest(&app).await?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    let accounts = reader.ledger_accounts().map_err(reading::failed)?;
    let own = accounts.into_iter().filter(|it| it.account == of.account).map(|it| it.auxiliary);
    let auxiliaries = own.filter(|it| *it != Auxiliary::None).collect();
    let position = reader.position();
    let ledger = general_ledger(reader, app.ledger.log(), of, after, PAGE).await;
    let ledger = ledger.map_err(reading::failed)?;
    let (query, carried) = (query(&of), after.is_some());
    let own = format!("/comptable/grand-livre/{}?{query}", of.account);
    let after = ledger.next.map(|it| format!("{own}&apres={it}")).unwrap_or_default();
    let first = if carried { own } else { String::new() };
    let page =
        LedgerPage { frame, ledger, auxiliaries, names, query, carried, first, after, position };
    Ok(Page(page).into_response())
}

/// The same, all of its lines, for a spreadsheet.
pub(super) async fn csv(
    State(app): State<App>,
    _: Reader,
    Path(number): Path<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let of = asked.wanted(&number, app.clock.today())?;
    let name = format!("grand-livre-{}.csv", of.account);
    export::streamed(export::CSV, &name, move |after: Option<LedgerCursor>| {
        let app = app.clone();
        async move {
            let reader = reading::latest(&app).await?;
            let ledger = general_ledger(reader, app.ledger.log(), of, after, PAGE_EXPORTED).await;
            let ledger = ledger.map_err(reading::failed)?;
            let text = export::rows(&ledger.table(), after.is_none())?;
            Ok((text, ledger.next))
        }
    })
    .await
}

/// `templates/audit/accounts.html`.
#[derive(Template)]
#[template(path = "audit/accounts.html")]
struct AccountsPage {
    frame: Frame,
    balance: TrialBalance,
    names: Names,
    position: Position,
}

impl AccountsPage {
    /// Each general account that was moved, with its parts.
    fn accounts(&self) -> Vec<(LedgerAccount, Net, Vec<&TrialBalanceLine>)> {
        let parts = self.balance.lines.chunk_by(|one, other| one.account == other.account);
        let account = |parts: &[TrialBalanceLine]| parts.first().map(|it| it.account);
        parts
            .filter_map(|it| {
                let net = it.iter().map(TrialBalanceLine::closing).sum();
                Some((account(it)?, net, it.iter().collect()))
            })
            .collect()
    }

    /// The code of a line's auxiliary and whose it is; empty for an account without.
    fn auxiliary(&self, line: &TrialBalanceLine) -> (String, &str) {
        let Some(it) = &line.auxiliary else { return (String::new(), "") };
        (it.code().to_owned(), self.names.auxiliary(it))
    }
}

/// `GET /comptable/grand-livre`: which accounts there are, and what they hold today.
pub(super) async fn accounts(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    let of = TrialBalanceOf {
        to: Some(app.clock.today()),
        by_auxiliary: true,
        ..TrialBalanceOf::default()
    };
    let reader = reading::latest(&app).await?;
    let balance = reader.trial_balance(of).map_err(reading::failed)?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    let position = reader.position();
    Ok(Page(AccountsPage { frame, balance, names, position }).into_response())
}
