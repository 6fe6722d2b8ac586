//! `GET /catalogue/suggestions?q=`: what somebody who types may mean; for the script of the page.

use axum::extract::State;
use axum::http::header::CACHE_CONTROL;
use axum::response::{IntoResponse, Response};
use projections::search::Suggestion;
use serde::{Deserialize, Serialize};

use super::asked::{cleaned, parameter, written};
use crate::app::App;
use crate::extract::{Json, Query};
use crate::format;
use crate::problem::Problem;

/// How many are proposed.
const PROPOSED: usize = 8;

/// The same for everybody, and true for a while.
const CACHE: &str = "public, max-age=120";

/// What may follow the `?`.
#[derive(Debug, Deserialize)]
pub struct Typed {
    #[serde(default)]
    q: String,
}

/// One proposal: what the page's form sends when it is chosen.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Line {
    /// What it says.
    text: String,
    /// What it is, and how much it finds.
    note: String,
    /// The words to search; none for a filter, which says all that was typed.
    q: String,
    /// The filter to add, if it is one.
    #[serde(flatten)]
    filter: Option<Filter>,
}

/// A filter, as the page's form writes it.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Filter {
    name: &'static str,
    value: String,
}

/// Proposes.
pub async fn show(State(app): State<App>, Query(typed): Query<Typed>) -> Result<Response, Problem> {
    let text = cleaned(&typed.q);
    let found = if text.is_empty() {
        vec![]
    } else {
        let models = app.models.now().map_err(Problem::unavailable)?;
        models.suggest(&text, PROPOSED).map_err(Problem::unavailable)?
    };
    let lines: Vec<Line> = found.into_iter().map(line).collect();
    Ok(([(CACHE_CONTROL, CACHE)], Json(lines)).into_response())
}

fn line(suggestion: Suggestion) -> Line {
    let Suggestion { text, filter, count } = suggestion;
    let count = format::count(count as usize, "ressource", "ressources");
    match filter {
        None => Line { q: text.clone(), text, note: count, filter: None },
        Some((kind, value)) => Line {
            q: String::new(),
            text,
            note: format!("{}, {count}", kind.label()),
            filter: Some(Filter { name: parameter(kind), value: written(kind, &value).to_owned() }),
        },
    }
}

#[cfg(test)]
mod tests {
    use projections::search::FacetKind;

    use super::*;

    #[test]
    fn a_filter_takes_the_place_of_the_words_that_named_it() {
        let filter = Some((FacetKind::Licence, "class".into()));
        let level = line(Suggestion { text: "Une classe".into(), filter, count: 1 });
        let told = serde_json::json!({
            "text": "Une classe", "note": "Licence pour, 1\u{a0}ressource",
            "q": "", "name": "licence", "value": "classe",
        });
        assert_eq!(serde_json::to_value(level).unwrap(), told);
        let words = Suggestion { text: "fractions décimales".into(), filter: None, count: 2 };
        assert_eq!(line(words).q, "fractions décimales");
    }
}
