//! What teachers do besides buying.

use ledger_core::account::SpecimenTaken;
use ledger_core::list::{ListEvent, Readers, Sharing};

/// A specimen was taken.
pub(super) fn specimen(it: &SpecimenTaken) -> String {
    format!("Spécimen de « {} » essayé, jusqu’au {}", it.title, it.until.format("%d/%m/%Y"))
}

/// What happened to a list of offers.
pub(super) fn list(event: &ListEvent) -> String {
    match event {
        ListEvent::Created(it) => format!("Liste « {} » créée", it.name),
        ListEvent::Listed(it) => match it.quantity {
            Some(quantity) => format!("Offre {} ajoutée à la liste, {quantity} fois", it.offer),
            None => format!("Offre {} ajoutée à la liste", it.offer),
        },
        ListEvent::Unlisted(it) => format!("Offre {} retirée de la liste", it.offer),
        ListEvent::Renamed(it) => format!("Liste renommée « {} »", it.name),
        ListEvent::Shared(it) => match it.with {
            Sharing::School(uai) => format!("Liste partagée avec l’établissement {uai}"),
            Sharing::Link(_) => "Liste partagée par un lien".to_owned(),
        },
        ListEvent::Unshared(it) => match it.from {
            Readers::School => "Liste retirée à l’établissement".to_owned(),
            Readers::Link => "Lien de la liste supprimé".to_owned(),
        },
        ListEvent::Deleted(_) => "Liste supprimée".to_owned(),
    }
}
