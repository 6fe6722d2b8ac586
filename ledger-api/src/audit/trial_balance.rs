//! `GET /comptable/balance`: what each ledger account has moved, and its balance, as at any day.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use ledger_core::event_log::Position;
use projections::reports::trial_balance::{Totals, TrialBalance, TrialBalanceLine, TrialBalanceOf};
use serde::Deserialize;

use super::names::Names;
use super::{export, filters};
use crate::app::App;
use crate::extract::Query;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Reader;
use crate::{format, reading};

/// What follows the `?`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    du: Option<String>,
    au: Option<String>,
    connu: Option<String>,
    auxiliaires: Option<String>,
}

/// Which days, and how detailed.
#[derive(Clone, Copy, Debug)]
struct Period {
    from: NaiveDate,
    to: NaiveDate,
    known: Option<NaiveDate>,
    by_auxiliary: bool,
}

impl Asked {
    /// Up to today, from the first day of that accounting year (exercice), unless told otherwise.
    fn period(&self, today: NaiveDate) -> Result<Period, Problem> {
        let to = filters::day("au", self.au.as_deref())?.unwrap_or(today);
        let from = filters::day("du", self.du.as_deref())?;
        let from = from.or_else(|| NaiveDate::from_ymd_opt(to.year(), 1, 1)).unwrap_or(to);
        filters::in_order(from, to)?;
        let known = filters::day("connu", self.connu.as_deref())?;
        let detailed = [("oui", true), ("non", false)];
        let by_auxiliary = filters::one_of("auxiliaires", self.auxiliaires.as_deref(), &detailed)?;
        Ok(Period { from, to, known, by_auxiliary: by_auxiliary.unwrap_or(false) })
    }
}

impl Period {
    fn wanted(self) -> TrialBalanceOf {
        let (from, to) = (Some(self.from), Some(self.to));
        TrialBalanceOf { from, to, known: self.known, by_auxiliary: self.by_auxiliary }
    }

    /// The same, as it stands in an address.
    fn query(self) -> String {
        let by = if self.by_auxiliary { "&auxiliaires=oui" } else { "" };
        format!("du={}&au={}{}{by}", self.from, self.to, self.known_query())
    }

    fn known_query(self) -> String {
        self.known.map(|it| format!("&connu={it}")).unwrap_or_default()
    }

    /// As the field for it holds it.
    fn known(self) -> String {
        self.known.map(|it| it.to_string()).unwrap_or_default()
    }
}

/// `templates/audit/trial_balance.html`.
#[derive(Template)]
#[template(path = "audit/trial_balance.html")]
struct BalancePage {
    frame: Frame,
    period: Period,
    balance: TrialBalance,
    names: Names,
    position: Position,
}

/// Some of the lines, under the title of their sum.
struct Part<'a> {
    title: &'static str,
    lines: Vec<&'a TrialBalanceLine>,
    totals: Totals,
}

impl BalancePage {
    /// Debts and cash, then what is off-balance.
    fn parts(&self) -> [Part<'_>; 2] {
        let of = |off_balance: bool| {
            let lines = self.balance.lines.iter();
            lines.filter(|it| it.account.is_off_balance() == off_balance).collect()
        };
        let general = self.balance.general_totals();
        let off = self.balance.off_balance_totals();
        [
            Part {
                title: "Classes 4 et 5, tiers et trésorerie",
                lines: of(false),
                totals: general,
            },
            Part { title: "Classe 8, hors bilan", lines: of(true), totals: off },
        ]
    }

    /// Whether anything was posted before the first day.
    fn has_opening(&self) -> bool {
        self.balance.lines.iter().any(|it| !it.opening.is_zero())
    }

    /// Whether each part balances on its own.
    fn balances(&self) -> bool {
        self.parts().iter().all(|it| it.totals.balance())
    }

    /// The general ledger behind a line's figures.
    fn ledger(&self, line: &TrialBalanceLine) -> String {
        let Period { from, to, .. } = self.period;
        let known = self.period.known_query();
        let code = line.auxiliary.map(|it| it.code().to_owned()).unwrap_or_default();
        let by = if code.is_empty() { code } else { format!("&auxiliaire={code}") };
        format!("/comptable/grand-livre/{}?du={from}&au={to}{known}{by}", line.account)
    }

    /// The code of a line's auxiliary, and whose it is.
    fn auxiliary(&self, line: &TrialBalanceLine) -> (String, &str) {
        let Some(auxiliary) = &line.auxiliary else { return (String::new(), "") };
        (auxiliary.code().to_owned(), self.names.auxiliary(auxiliary))
    }
}

/// Shows the trial balance.
pub(super) async fn show(
    State(app): State<App>,
    _: Reader,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let period = asked.period(app.clock.today())?;
    let reader = reading::latest(&app).await?;
    let balance = reader.trial_balance(period.wanted()).map_err(reading::failed)?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    let position = reader.position();
    Ok(Page(BalancePage { frame, period, balance, names, position }).into_response())
}

/// The same, for a spreadsheet.
pub(super) async fn csv(
    State(app): State<App>,
    _: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let period = asked.period(app.clock.today())?;
    let reader = reading::latest(&app).await?;
    let balance = reader.trial_balance(period.wanted()).map_err(reading::failed)?;
    export::table(&format!("balance-{}.csv", period.to), &balance.table())
}
