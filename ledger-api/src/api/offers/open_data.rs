//! `GET /catalogue/donnees-ouvertes`: what the catalogue's open data are, and where.

use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::format::count;
use crate::page::Frame;
use crate::problem::Problem;
use crate::sheet::{Block, Fact, Sheet};

/// Shows it.
pub async fn show(State(app): State<App>, frame: Frame) -> Result<Response, Problem> {
    let models = app.models.now().map_err(Problem::unavailable)?;
    let offers = models.offer_count().map_err(Problem::unavailable)?;
    let position = models.position();
    drop(models);
    let lead = "Le catalogue entier, tel que les partenaires le décrivent : à réutiliser librement, en citant sa source.";
    let mut sheet = Sheet::new(frame, "Données ouvertes du catalogue", lead);
    sheet.above.push(("/catalogue", "Catalogue"));
    let csv = "/catalogue/donnees-ouvertes.csv";
    let lines = "/catalogue/donnees-ouvertes.jsonl";
    sheet.files.push(("Tableau (CSV)", csv.to_owned()));
    sheet.files.push(("Une offre par ligne (JSON)", lines.to_owned()));
    let agreements = "/catalogue/licences-liberatoires.csv";
    sheet.files.push(("Licences libératoires (CSV)", agreements.to_owned()));
    let number = count(offers as usize, "offre en vente", "offres en vente");
    sheet.push(Block::Facts(vec![
        Fact::new("Contenu", number),
        Fact::new("Mise à jour", "À chaque événement ; l’ETag dit si quelque chose a changé."),
        Fact::new("Licence", "Licence Ouverte 2.0 (Etalab)"),
        Fact::new("Tableau", csv).leading(csv),
        Fact::new("JSON Lines", lines).leading(lines),
        Fact::new("Licences libératoires", agreements).leading(agreements),
        Fact::new("Interroger le catalogue", "/api/v1/offers").leading("/documentation"),
    ]));
    sheet.push(Block::Text(
        "Le tableau est en UTF-8, ses colonnes séparées par des points-virgules ; les matières et les niveaux d’une offre y sont séparés par des barres verticales. Les prix sont ceux du jour, toutes taxes comprises. Aucune donnée personnelle n’y figure.".to_owned(),
    ));
    sheet.position = Some(position);
    Ok(sheet.answer())
}
