//! The whole catalogue as open data: one offer a line, in JSON or in a table.
//!
//! Source: code des relations entre le public et l'administration, art. L312-1-1; published under
//! the Licence Ouverte 2.0.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use ledger_core::money::Balance;
use projections::reports::catalogue::OfferRow;
use tokio::sync::mpsc;

use super::wire::Offer;
use crate::app::App;
use crate::problem::Problem;

/// How many bytes are sent at once.
const CHUNK: usize = 64 << 10;

/// `GET /catalogue/donnees-ouvertes.jsonl`: every offer on sale, as the API shows one.
pub async fn json_lines(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let line = |row: &OfferRow, today: NaiveDate, to: &mut Vec<u8>| {
        if serde_json::to_writer(&mut *to, &Offer::of_row(row, today)).is_ok() {
            to.push(b'\n');
        }
    };
    let names = ("application/jsonl", "catalogue.jsonl");
    streamed(&app, &headers, names, Vec::new(), line)
}

/// `GET /catalogue/donnees-ouvertes.csv`: the same, for a spreadsheet.
pub async fn table(State(app): State<App>, headers: HeaderMap) -> Result<Response, Problem> {
    let head = [
        "id",
        "partenaire",
        "reference",
        "titre",
        "type",
        "matieres",
        "niveaux",
        "prix_ttc",
        "facturation",
        "licence",
        "licence_jours",
        "accessibilite",
        "gar",
        "identifiant",
        "adresse",
    ];
    let names = ("text/csv; charset=utf-8", "catalogue.csv");
    streamed(&app, &headers, names, written(&head.map(ToOwned::to_owned)), |row, today, to| {
        to.extend(written(&cells(row, today)));
    })
}

fn cells(row: &OfferRow, today: NaiveDate) -> [String; 15] {
    let it = &row.listing;
    let word = |it: &serde_json::Result<serde_json::Value>| {
        it.as_ref().ok().and_then(|it| it.as_str()).unwrap_or_default().to_owned()
    };
    let conformance = it.details.conformance.map(ledger_core::offer::Conformance::label);
    [
        row.id.to_string(),
        row.partner_name.clone(),
        it.reference.to_string(),
        it.title.clone(),
        it.kind.name().to_owned(),
        it.subjects.join("|"),
        it.levels.join("|"),
        euros(it.price_on(today).amount),
        word(&serde_json::to_value(it.billing)),
        word(&serde_json::to_value(it.licence.scope)),
        it.licence.days.map(|it| it.to_string()).unwrap_or_default(),
        conformance.unwrap_or_default().to_owned(),
        if it.details.gar { "oui" } else { "non" }.to_owned(),
        it.identifier.as_deref().unwrap_or_default().to_owned(),
        it.url.clone().unwrap_or_default(),
    ]
}

/// `12,50`: what a French spreadsheet takes for a number.
fn euros(sum: Balance) -> String {
    format!("{},{:02}", sum.cents() / 100, sum.cents() % 100)
}

/// One line; what a spreadsheet would take for a formula is told to be text.
fn written(cells: &[String]) -> Vec<u8> {
    let mut line = csv::WriterBuilder::new().delimiter(b';').from_writer(Vec::new());
    let plain = cells.iter().map(|it| match it.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r') => format!("'{it}"),
        Some(_) | None => it.clone(),
    });
    // Writing to memory cannot fail.
    drop(line.write_record(plain));
    line.into_inner().unwrap_or_default()
}

/// Sends each offer on sale as `line` writes it, a chunk in memory at a time.
fn streamed(
    app: &App,
    headers: &HeaderMap,
    (kind, name): (&'static str, &'static str),
    mut chunk: Vec<u8>,
    line: impl Fn(&OfferRow, NaiveDate, &mut Vec<u8>) + Send + 'static,
) -> Result<Response, Problem> {
    let models = app.models.now().map_err(Problem::unavailable)?;
    let today = app.clock.today();
    // Prices have days: the same position may tell another one tomorrow.
    let tag = format!("\"{}-{today}\"", models.position());
    let known = headers.get(IF_NONE_MATCH).and_then(|it| it.to_str().ok());
    if known.is_some_and(|it| it.split(',').any(|it| it.trim().trim_start_matches("W/") == tag)) {
        return Ok((axum::http::StatusCode::NOT_MODIFIED, [(ETAG, tag)]).into_response());
    }
    let (sender, mut receiver) = mpsc::channel::<Result<Bytes, std::io::Error>>(4);
    tokio::task::spawn_blocking(move || {
        let sent = models.each_offer(|row| {
            line(row, today, &mut chunk);
            if chunk.len() < CHUNK {
                return true;
            }
            sender.blocking_send(Ok(Bytes::from(std::mem::take(&mut chunk)))).is_ok()
        });
        let last = match sent {
            Ok(()) => Ok(Bytes::from(chunk)),
            Err(error) => Err(std::io::Error::other(error.to_string())),
        };
        // Nobody may be there any more to take it.
        drop(sender.blocking_send(last));
    });
    let body = Body::from_stream(futures_util::stream::poll_fn(move |context| {
        receiver.poll_recv(context)
    }));
    let disposition = format!("attachment; filename=\"{name}\"");
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, disposition),
        (ETAG, tag),
        (CACHE_CONTROL, "public, max-age=300".to_owned()),
    ];
    Ok((headers, body).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_table_is_a_formula() {
        let line = written(&["=1+1".to_owned(), "a;b".to_owned(), "-2".to_owned(), "é".to_owned()]);
        assert_eq!(String::from_utf8(line).unwrap(), "'=1+1;\"a;b\";'-2;é\n");
    }

    #[test]
    fn a_price_is_written_as_in_a_french_spreadsheet() {
        assert_eq!(euros(Balance::from_cents(12_05)), "12,05");
        assert_eq!(euros(Balance::from_cents(7)), "0,07");
    }
}
