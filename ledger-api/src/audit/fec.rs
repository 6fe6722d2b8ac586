//! `GET /comptable/exports/fec`: the accounting file of a year, as the tax administration reads it.

use std::str::FromStr;

use axum::extract::State;
use axum::response::Response;
use ledger_core::identifiers::Siren;
use projections::fec::{Encoding, Fec, FecOf, file_name};
use serde::Deserialize;

use super::{export, filters};
use crate::app::App;
use crate::extract::Query;
use crate::problem::{Problem, kinds};
use crate::reading;
use crate::session::Reader;

/// How much is sent at once, in bytes, or a bit more.
const SENT: usize = 256 << 10;

/// What follows the `?`.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Asked {
    exercice: Option<String>,
    siren: Option<String>,
    texte: Option<String>,
}

/// An accounting year, as it is typed.
struct Year(i32);

impl FromStr for Year {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, &'static str> {
        let year = text.parse().ok().filter(|it| (2000..=2999).contains(it));
        year.map(Self).ok_or("expected a year, 2000 to 2999")
    }
}

impl Asked {
    /// This year's file, in ISO 8859-15 and under the SIREN of the settings, unless told otherwise.
    fn wanted(&self, app: &App) -> Result<(FecOf, Siren), Problem> {
        let expected = "écrivez une année, comme 2026";
        let year: Option<Year> = filters::parsed("exercice", self.exercice.as_deref(), expected)?;
        let year = year.map_or_else(|| chrono::Datelike::year(&app.clock.today()), |it| it.0);
        let texts = [("iso-8859-15", Encoding::Latin9), ("utf-8", Encoding::Utf8)];
        let encoding = filters::one_of("texte", self.texte.as_deref(), &texts)?;
        let expected = "écrivez les neuf chiffres d’un SIREN";
        let siren = filters::parsed("siren", self.siren.as_deref(), expected)?;
        let siren = siren.or(app.config.siren).ok_or_else(|| {
            Problem::field(&kinds::INVALID_FIELD, "siren", "the SIREN of who keeps the books")
                .told("Écrivez le SIREN de l’organisme qui tient les comptes.".to_owned())
        })?;
        Ok((FecOf { year, encoding: encoding.unwrap_or_default() }, siren))
    }
}

/// Sends the file as it is read from the log.
pub(super) async fn save(
    State(app): State<App>,
    _: Reader,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let (of, siren) = asked.wanted(&app)?;
    let content_type = match of.encoding {
        Encoding::Latin9 => "text/plain; charset=iso-8859-15",
        Encoding::Utf8 => "text/plain; charset=utf-8",
    };
    export::streamed(content_type, &file_name(siren, of.year), move |file: Option<Fec>| {
        let app = app.clone();
        async move {
            let mut text = Vec::new();
            let mut file = if let Some(it) = file {
                it
            } else {
                let reader = reading::latest(&app).await?;
                Fec::begin(&reader, of, &mut text).map_err(reading::failed)?
            };
            let mut more = true;
            while more && text.len() < SENT {
                more = file.next(app.ledger.log(), &mut text).await.map_err(reading::failed)?;
            }
            Ok((text, Some(file).filter(|_| more)))
        }
    })
    .await
}
