//! What happens to teachers' lists of offers.

use ledger_core::list::{ListEvent, Readers, Sharing};

use super::Told;

/// Tells an event of a list.
pub(super) fn told(event: &ListEvent) -> Told {
    match event {
        ListEvent::Created(it) => {
            let kind = if it.favourites { "Favoris" } else { "Création" };
            Told::new("neutral", kind, format!("Liste « {} » créée", it.name))
        }
        ListEvent::Listed(it) => {
            let told = Told::new("neutral", "Ajout", format!("Offre {} ajoutée", it.offer));
            let told = match it.quantity {
                Some(quantity) => told.with("Quantité", quantity.to_string()),
                None => told,
            };
            if it.note.is_empty() { told } else { told.with("Note", it.note.as_str()) }
        }
        ListEvent::Unlisted(it) => {
            Told::new("neutral", "Retrait", format!("Offre {} retirée", it.offer))
        }
        ListEvent::Renamed(it) => {
            Told::new("neutral", "Nom", format!("Liste renommée « {} »", it.name))
        }
        ListEvent::Shared(it) => match it.with {
            Sharing::School(uai) => Told::new("info", "Partage", "Partagée avec l’établissement")
                .with("Établissement", uai.to_string()),
            Sharing::Link(_) => Told::new("info", "Partage", "Partagée par un lien"),
        },
        ListEvent::Unshared(it) => {
            let what = match it.from {
                Readers::School => "L’établissement ne la lit plus",
                Readers::Link => "Le lien est supprimé",
            };
            Told::new("info", "Fin de partage", what)
        }
        ListEvent::Deleted(_) => Told::new("warning", "Suppression", "Liste supprimée"),
    }
}
