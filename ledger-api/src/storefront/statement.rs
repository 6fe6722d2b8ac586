//! `GET /compte/releve`: every movement of an account between two days, with the balance after each.
//!
//! The balance is what could be spent: credits come in, purchases and holds go out, and what a hold
//! frees comes back. It is the fold of the account's stream, taken before and after each event.

mod csv;
mod movement;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use ledger_core::ids::AccountId;
use ledger_core::money::Balance;
use serde::Deserialize;

pub use movement::{Movement, movements};

use super::funding::Names;
use super::history;
use crate::app::App;
use crate::extract::Query;
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::{Problem, kinds};
use crate::session::Teacher;

/// `templates/storefront/statement.html`.
#[derive(Template)]
#[template(path = "storefront/statement.html")]
struct StatementPage {
    frame: Frame,
    id: AccountId,
    period: Period,
    statement: Statement,
}

/// The movements of a period.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What could be spent before the first day.
    pub opening: Balance,
    /// What moved, oldest first.
    pub movements: Vec<Movement>,
    /// All that came in.
    pub credits: Balance,
    /// All that went out.
    pub debits: Balance,
    /// What could be spent at the end of the last day.
    pub closing: Balance,
}

/// What may follow the `?`: the first and last day, as `2026-09-01`.
#[derive(Debug, Deserialize)]
pub struct Asked {
    de: Option<String>,
    a: Option<String>,
}

/// The days that a statement covers, both included.
struct Period {
    from: NaiveDate,
    to: NaiveDate,
    /// What is wrong with what was asked, which is then not followed.
    errors: Vec<Error>,
}

/// What is wrong with a field.
struct Error {
    field: &'static str,
    told: &'static str,
}

/// Shows the statement.
pub async fn show(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let id = AccountId(session.id);
    let period = Period::read(&asked, app.clock.today());
    let statement = Statement::of(&app, id, &period).await?;
    let status =
        if period.errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok((status, Page(StatementPage { frame, id, period, statement })).into_response())
}

/// The same, for a spreadsheet.
pub async fn csv(
    State(app): State<App>,
    Teacher(session): Teacher,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let period = Period::read(&asked, app.clock.today());
    if let Some(error) = period.errors.first() {
        let problem = Problem::field(&kinds::INVALID_FIELD, error.field, "expected 2026-09-01");
        return Err(problem.told(error.told));
    }
    let statement = Statement::of(&app, AccountId(session.id), &period).await?;
    let text = csv::write(&statement, period.from, period.to).map_err(Problem::internal)?;
    let file = format!("attachment; filename=\"releve-{}-{}.csv\"", period.from, period.to);
    let headers = [(CONTENT_TYPE, "text/csv; charset=utf-8"), (CONTENT_DISPOSITION, &file)];
    Ok((headers, text).into_response())
}

impl Statement {
    async fn of(app: &App, account: AccountId, period: &Period) -> Result<Self, Problem> {
        let history = history::read(app, account).await?;
        let names = Names::of_account(app, &history.account).await?;
        Ok(Self::between(movements(&history, &names), period.from, period.to))
    }

    /// Those of `all` between two days, both included.
    fn between(all: Vec<Movement>, from: NaiveDate, to: NaiveDate) -> Self {
        let before = all.iter().take_while(|it| it.day() < from).last();
        let opening = before.map_or(Balance::ZERO, |it| it.balance);
        let within = all.into_iter().filter(|it| (from..=to).contains(&it.day()));
        let movements: Vec<Movement> = within.collect();
        let closing = movements.last().map_or(opening, |it| it.balance);
        let credits = movements.iter().map(|it| it.credit).sum();
        let debits = movements.iter().map(|it| it.debit).sum();
        Self { opening, movements, credits, debits, closing }
    }
}

impl Period {
    /// The days asked for; the school year so far when none is.
    fn read(asked: &Asked, today: NaiveDate) -> Self {
        let mut errors = vec![];
        let mut day = |field, text: &Option<String>| {
            let text = text.as_deref().filter(|it| !it.is_empty())?;
            let read = text.parse().ok().filter(|it: &NaiveDate| (2000..2200).contains(&it.year()));
            if read.is_none() {
                errors.push(Error { field, told: "Écrivez une date, comme 2026-09-01." });
            }
            read
        };
        let (from, to) = (day("de", &asked.de), day("a", &asked.a));
        let to = to.unwrap_or(today);
        let from = from.unwrap_or_else(|| school_year(to.min(today)));
        if from > to && errors.is_empty() {
            errors.push(Error { field: "a", told: "La fin doit venir après le début." });
        }
        if errors.is_empty() {
            return Self { from, to, errors };
        }
        Self { from: school_year(today), to: today, errors }
    }

    /// What is wrong with a field; `None` when nothing is.
    fn error(&self, field: &str) -> Option<&'static str> {
        self.errors.iter().find(|it| it.field == field).map(|it| it.told)
    }
}

/// The first day of the school year that `day` belongs to: the first of September.
fn school_year(day: NaiveDate) -> NaiveDate {
    let year = if day.month() >= 9 { day.year() } else { day.year() - 1 };
    NaiveDate::from_ymd_opt(year, 9, 1).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn read(de: &str, a: &str) -> Period {
        let asked = Asked { de: Some(de.into()), a: Some(a.into()) };
        Period::read(&asked, day("2026-11-12"))
    }

    #[test]
    fn a_statement_covers_the_school_year_unless_asked_otherwise() {
        let period = read("", "");
        assert_eq!((period.from, period.to), (day("2026-09-01"), day("2026-11-12")));
        let period = read("", "2026-08-31");
        assert_eq!((period.from, period.to), (day("2025-09-01"), day("2026-08-31")));
        assert_eq!(school_year(day("2027-01-15")), day("2026-09-01"));
    }

    #[test]
    fn days_that_cannot_be_are_told_at_their_field() {
        assert_eq!(read("hier", "").error("de"), Some("Écrivez une date, comme 2026-09-01."));
        assert_eq!(read("", "2026-02-30").error("a"), Some("Écrivez une date, comme 2026-09-01."));
        let turned = read("2026-10-02", "2026-10-01");
        assert_eq!(turned.error("a"), Some("La fin doit venir après le début."));
        assert_eq!(turned.from, day("2026-09-01"), "what was asked is not followed");
    }
}
