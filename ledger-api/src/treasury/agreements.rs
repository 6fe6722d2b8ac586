//! `/comptable/licences-liberatoires`: agreements with partners, how far each is, and what each
//! counted, down to the event.

pub(super) mod one;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use ledger_core::agreement::{
    Agreement, AgreementAct, AgreementCommand, AgreementSigned, Ceiling, Credit, Standing,
};
use ledger_core::ids::{AgreementId, OfferId};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::Role;
use ledger_core::offer::Offer;
use projections::reports::agreements::AgreementRow;
use projections::table::{Cell, Table};
use serde::Deserialize;

use super::words::wrong;
use crate::app::App;
use crate::audit::agreement_ceiling;
use crate::audit::export;
use crate::audit::filters;
use crate::audit::names::Names;
use crate::extract::Form;
use crate::format::{grouped, short_date};
use crate::page::Frame;
use crate::problem::Problem;
use crate::reading;
use crate::security::RequestId;
use crate::session::{Reader, Session};
use crate::sheet::{Block, Field, Kind, Progress, Sheet, SheetForm, SheetTable};

/// Where they are.
const PATH: &str = "/comptable/licences-liberatoires";

/// Shows them.
pub(super) async fn show(
    State(app): State<App>,
    Reader(session): Reader,
    frame: Frame,
) -> Result<Response, Problem> {
    Ok(sheet(&app, frame, &session).await?.answer())
}

/// All of them as open data: no buyer is told.
pub(super) async fn open_data(State(app): State<App>) -> Result<Response, Problem> {
    let reader = reading::latest(&app).await?;
    let all = reader.agreements().map_err(reading::failed)?;
    let names = Names::read(&reader).map_err(reading::failed)?;
    drop(reader);
    export::table("licences-liberatoires.csv", &table(&app, &all, &names))
}

/// Badge and words of where an agreement stands.
fn standing(app: &App, row: &AgreementRow) -> (&'static str, String) {
    match row.standing(app.clock.today()) {
        Standing::None => ("neutral", String::new()),
        Standing::ToCome => ("neutral", format!("à partir du {}", short_date(row.terms.first_day))),
        Standing::Counting => ("info", "en cours".to_owned()),
        Standing::Free(since) => ("success", format!("gratuite depuis le {}", short_date(since))),
        Standing::Over => ("neutral", "terminée".to_owned()),
    }
}

/// « 9 840,00 € sur 12 000,00 € », « 12 acheteurs sur 500 acheteurs ».
fn progress(row: &AgreementRow) -> String {
    let done = match row.terms.ceiling {
        Ceiling::Spending(_) => row.counted.total.to_string(),
        Ceiling::Buyers(_) => grouped(row.counted.buyers.into()),
    };
    format!("{done} sur {}, soit {}\u{a0}%", agreement_ceiling(row.terms.ceiling), row.percent())
}

async fn sheet(app: &App, frame: Frame, session: &Session) -> Result<Sheet, Problem> {
    let reader = reading::latest(app).await?;
    let all = reader.agreements().map_err(reading::failed)?;
    let (names, position) = (Names::read(&reader).map_err(reading::failed)?, reader.position());
    drop(reader);
    let lead = "L’État convient avec un partenaire d’un plafond pour une offre. Une fois le plafond atteint, l’offre est obtenue à 0 € jusqu’au terme, et les acheteurs récents reçoivent un avoir.";
    let mut sheet = Sheet::new(frame, "Licences libératoires", lead);
    let bars = all.iter().map(|it| Progress {
        label: it.title.clone(),
        told: progress(it),
        percent: it.percent().min(100),
    });
    sheet.push(Block::Progress(bars.collect()));
    let table = table(app, &all, &names);
    let mut shown = SheetTable::new("licences", "Licences libératoires", table);
    shown.links =
        all.iter().map(|it| vec![(0, format!("{PATH}/{}", AgreementId::of(it.offer)))]).collect();
    shown.empty = "Aucune licence libératoire n’est signée.";
    sheet.push(Block::Table(shown));
    if session.role == Role::AuthorisingOfficer {
        sheet.heading("signature", "Signature");
        sheet.push(Block::Form(signing(app)));
    }
    sheet.position = Some(position);
    Ok(sheet)
}

fn table(app: &App, all: &[AgreementRow], names: &Names) -> Table {
    let row = |it: &AgreementRow| {
        vec![
            Cell::text(&it.title),
            Cell::text(names.partner(it.partner)),
            Cell::text(standing(app, it).1),
            Cell::text(agreement_ceiling(it.terms.ceiling)),
            Cell::Sum(it.counted.total),
            Cell::Number(it.counted.buyers.into()),
            Cell::Number(it.percent()),
            Cell::Sum(it.credited),
            Cell::Day(it.terms.last_day),
        ]
    };
    Table {
        headings: vec![
            "offre",
            "partenaire",
            "état",
            "plafond",
            "dépensé",
            "acheteurs",
            "pour_cent",
            "avoirs",
            "fin_du_décompte",
        ],
        rows: all.iter().map(row).collect(),
        totals: vec![],
    }
}

fn signing(app: &App) -> SheetForm {
    let choice = |all: &[(&str, &str)]| {
        Kind::Choice(all.iter().map(|it| (it.0.to_owned(), it.1.to_owned())).collect())
    };
    let today = app.clock.today().to_string();
    SheetForm {
        id: "signer",
        action: PATH.to_owned(),
        heading: "Signer une licence libératoire",
        hint: "Compte ce qui est livré à partir de la signature.".to_owned(),
        fields: vec![
            Field::new("offre", "Offre", Kind::Text)
                .hint("Son numéro, off_…, comme dans l’adresse de sa page."),
            Field::new("reference", "Référence de l’accord", Kind::Text),
            Field::new(
                "nature",
                "Le plafond est",
                choice(&[
                    ("euros", "une dépense, en euros"),
                    ("acheteurs", "un nombre d’acheteurs"),
                ]),
            ),
            Field::new("plafond", "Plafond", Kind::Text)
                .hint("Une somme comme 12 000,00, ou un nombre entier d’acheteurs."),
            Field::new("du", "Premier jour", Kind::Day).value(today),
            Field::new("au", "Dernier jour du décompte", Kind::Day),
            Field::new("gratuite", "Gratuite jusqu’au", Kind::Day),
            Field::new("jours", "Jours avant, pour l’avoir des acheteurs récents", Kind::Text)
                .value("30"),
            Field::new(
                "avoir",
                "L’avoir est",
                choice(&[
                    ("taux", "une part du prix payé, en pour cent"),
                    ("somme", "une somme, en euros"),
                ]),
            ),
            Field::new("montant", "Avoir", Kind::Text)
                .value("50,00")
                .hint("50,00 pour la moitié du prix, ou une somme en euros."),
        ],
        button: "Signer",
        file: false,
    }
}

/// An agreement, as written.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Signed {
    offre: String,
    reference: String,
    nature: String,
    plafond: String,
    du: String,
    au: String,
    gratuite: String,
    jours: String,
    avoir: String,
    montant: String,
}

impl Signed {
    async fn read(&self, app: &App) -> Result<AgreementSigned, Problem> {
        let told = "Copiez le numéro d’une offre, off_ et 32 chiffres.";
        let offer: OfferId = self.offre.trim().parse().map_err(|_| wrong("offre", told))?;
        let look = |it: &Offer| it.current.as_ref().map(|it| it.partner);
        let partner = app
            .ledger
            .inspect::<Offer, _>(offer, look)
            .await
            .map_err(|error| Problem::unavailable(error.to_string()))?;
        let partner = partner.ok_or_else(|| wrong("offre", "Cette offre n’existe pas."))?;
        let day = |field: &str, text: &str| {
            filters::day(field, Some(text))?.ok_or_else(|| wrong(field, "Donnez une date."))
        };
        let told = "Écrivez un nombre de jours, de 0 à 366.";
        Ok(AgreementSigned {
            offer,
            partner,
            ceiling: self.ceiling()?,
            first_day: day("du", &self.du)?,
            last_day: day("au", &self.au)?,
            free_until: day("gratuite", &self.gratuite)?,
            credit_days: self.jours.trim().parse().map_err(|_| wrong("jours", told))?,
            credit: self.credit()?,
            reference: self.reference.trim().into(),
        })
    }

    fn ceiling(&self) -> Result<Ceiling, Problem> {
        if self.nature == "acheteurs" {
            let told = "Écrivez un nombre entier d’acheteurs.";
            let count = self.plafond.trim().parse().map_err(|_| wrong("plafond", told))?;
            return Ok(Ceiling::Buyers(count));
        }
        let told = "Écrivez une somme en euros, comme 12 000,00.";
        Ok(Ceiling::Spending(self.plafond.parse().map_err(|_| wrong("plafond", told))?))
    }

    fn credit(&self) -> Result<Credit, Problem> {
        if self.avoir == "somme" {
            let told = "Écrivez une somme en euros, comme 4,00.";
            let amount = self.montant.parse().map_err(|_| wrong("montant", told))?;
            return Ok(Credit::Fixed { amount });
        }
        let told = "Écrivez un pourcentage de 0 à 100, comme 50 ou 33,33.";
        let basis_points =
            basis_points(self.montant.trim()).ok_or_else(|| wrong("montant", told))?;
        Ok(Credit::Share { basis_points })
    }
}

/// « 33,33 » as 3333; `None` unless it is 0 to 100 with two decimals at most.
fn basis_points(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once([',', '.']).unwrap_or((text, ""));
    let digits = |it: &str| it.chars().all(|it| it.is_ascii_digit());
    if whole.is_empty()
        || whole.len() > 3
        || decimals.len() > 2
        || !digits(whole)
        || !digits(decimals)
    {
        return None;
    }
    let points: u16 = format!("{whole}{decimals:0<2}").parse().ok()?;
    (points <= 10_000).then_some(points)
}

/// Signs one.
pub(super) async fn sign(
    State(app): State<App>,
    Reader(session): Reader,
    request: RequestId,
    frame: Frame,
    Form(form): Form<Signed>,
) -> Result<Response, Problem> {
    let problem = match form.read(&app).await {
        Ok(signed) => {
            let id = AgreementId::of(signed.offer);
            match act(&app, &session, request, id, AgreementAct::Sign(signed)).await {
                Ok(answer) => return answer,
                Err(problem) => problem,
            }
        }
        Err(problem) => problem,
    };
    Ok(sheet(&app, frame, &session).await?.refused(&problem))
}

/// Carries an act out: where to go then, or why it was refused.
async fn act(
    app: &App,
    session: &Session,
    request: RequestId,
    id: AgreementId,
    act: AgreementAct,
) -> Result<Result<Response, Problem>, Problem> {
    let command = AgreementCommand { by: session.actor(), on: app.clock.today(), act };
    let meta = app.meta(session.actor(), request);
    match app.ledger.execute::<Agreement>(id, &command, meta).await {
        Ok(_) => Ok(Ok(Redirect::to(&format!("{PATH}/{id}")).into_response())),
        Err(ExecuteError::Refused(refusal)) => Err(refusal.into()),
        Err(error) => Ok(Err(error.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_in_hundredths() {
        assert_eq!(basis_points("50"), Some(5_000));
        assert_eq!(basis_points("33,3"), Some(3_330));
        assert_eq!(basis_points("100,00"), Some(10_000));
        for odd in ["", "100,01", "5,001", "-1", "x", ",5"] {
            assert_eq!(basis_points(odd), None, "{odd}");
        }
    }
}
