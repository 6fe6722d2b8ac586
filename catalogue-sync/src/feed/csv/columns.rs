//! The columns of the table, and the names that tables give them.

use super::compared;
use crate::feed::text::{listed, shortened};

/// A column that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name, as documented.
    pub name: &'static str,
    /// Whether a table without it cannot be read.
    pub required: bool,
    /// What else it may be called, folded as by [`ledger_core::vocabulary::folded`].
    pub names: &'static [&'static str],
}

const fn needed(name: &'static str, names: &'static [&'static str]) -> Column {
    Column { name, required: true, names }
}

const fn column(name: &'static str, names: &'static [&'static str]) -> Column {
    Column { name, required: false, names }
}

/// All that are read, in the order of the documentation.
pub const COLUMNS: [Column; 34] = [
    needed("reference", &["ref", "id", "code"]),
    needed("titre", &["title", "nom"]),
    column("description", &["resume", "presentation"]),
    needed("type", &["kind", "nature", "type de ressource"]),
    column("matieres", &["matiere", "matiere s", "disciplines", "discipline", "subjects"]),
    column("niveaux", &["niveau", "niveau x", "classes", "levels"]),
    column("prix_ttc", &["prix", "prix ttc en euros", "price"]),
    column("prix_ttc_centimes", &["price cents", "amount cents"]),
    column("tva", &["taux de tva", "taux tva", "vat"]),
    column("prix_promo_ttc", &["promo price"]),
    column("promo_du", &["promo from"]),
    column("promo_au", &["promo until"]),
    needed("licence", &["license", "type de licence", "scope"]),
    column("duree_jours", &["duree", "duree de la licence", "days"]),
    column("paiement", &["facturation", "billing"]),
    column("url", &["lien", "adresse", "page"]),
    column("specimen", &["specimen url", "extrait"]),
    column("video", &["video url", "demonstration"]),
    column("vignette", &["couverture", "image", "thumbnail", "thumbnail url"]),
    column("accessibilite", &["accessibility"]),
    column("conformite", &["conformite rgaa", "conformance"]),
    column("isbn", &["ean", "gtin", "isbn 13"]),
    column("ark", &["identifiant ark"]),
    column("identifiants", &["identifiant", "doi", "identifiers"]),
    column("langues", &["langue", "languages", "language"]),
    column("mots_cles", &["mots clefs", "keywords"]),
    column("termes", &["scolomfr", "terms"]),
    column("usages", &["fonctions", "features"]),
    column("duree_minutes", &["minutes", "duree d une seance"]),
    column("prerequis", &["pre requis", "prerequisites"]),
    column("donnees_personnelles", &["rgpd", "data protection"]),
    column("gar", &["compatible gar"]),
    column("editeur", &["publisher"]),
    column("supprime", &["supprimee", "retire", "retiree", "withdrawn", "deleted"]),
];

/// Which cell of a row is which column.
pub(super) struct Header {
    places: Vec<(&'static str, usize)>,
    /// How many cells the first line has.
    pub(super) width: usize,
}

impl Header {
    /// Reads the first line; with what could be better about it. What it lacks, when it cannot do.
    pub(super) fn of(names: &[String]) -> Result<(Self, Vec<String>), String> {
        let (mut header, mut remarks) =
            (Self { places: Vec::new(), width: names.len() }, Vec::new());
        for (place, name) in names.iter().enumerate() {
            let plain = compared(name);
            let is_it =
                |it: &&Column| compared(it.name) == plain || it.names.contains(&plain.as_str());
            match COLUMNS.iter().find(is_it) {
                Some(it) if header.place(it.name).is_some() => {
                    remarks.push(format!("column {} stands twice: the first one is read", it.name));
                }
                Some(it) => header.places.push((it.name, place)),
                None if plain.is_empty() => {}
                None => {
                    let shown = shortened(name.trim(), 60);
                    remarks.push(format!("unknown column `{shown}`, not read"));
                }
            }
        }
        if header.places.is_empty() {
            let line = shortened(&names.join(" "), 60);
            return Err(format!("a first line that names no known column: `{line}`"));
        }
        let missing = COLUMNS.iter().filter(|it| it.required && header.place(it.name).is_none());
        let mut missing: Vec<&str> = missing.map(|it| it.name).collect();
        if header.place("prix_ttc").or(header.place("prix_ttc_centimes")).is_none() {
            missing.push("prix_ttc");
        }
        if missing.is_empty() {
            return Ok((header, remarks));
        }
        Err(format!("no column {}", listed(missing)))
    }

    /// Which cell is the column `name`; `None` when the table has none.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.places.iter().find(|it| it.0 == name).map(|it| it.1)
    }
}
