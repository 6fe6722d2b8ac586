//! What becomes of an address that is told what happens.

use ledger_core::webhook::{PauseReason, WebhookEvent};

use super::Told;
use crate::format;

/// Tells an event of a webhook endpoint.
pub(super) fn told(event: &WebhookEvent) -> Told {
    match event {
        WebhookEvent::Created(it) => {
            Told::new("neutral", "Déclaration", "Adresse de notification déclarée")
                .with("Adresse", it.url.as_str())
                .with("Événements", of(&it.events))
        }
        WebhookEvent::Changed(it) => {
            Told::new("neutral", "Changement", "Adresse de notification changée")
                .with("Adresse", it.url.as_str())
                .with("Événements", of(&it.events))
        }
        WebhookEvent::SecretRotated(it) => {
            Told::new("info", "Secret", "Secret de signature renouvelé")
                .with("L’ancien signe jusqu’au", format::long_moment(it.until))
        }
        WebhookEvent::Paused(it) => {
            let why = match it.because {
                PauseReason::Owner => "À la demande de son destinataire",
                PauseReason::Failing => "Elle ne répond pas",
                PauseReason::Gone => "Elle n’existe plus",
            };
            Told::new("warning", "Suspension", "Notifications suspendues").with("Motif", why)
        }
        WebhookEvent::Resumed(_) => Told::new("success", "Reprise", "Notifications reprises"),
        WebhookEvent::Deleted(_) => {
            Told::new("warning", "Suppression", "Adresse de notification supprimée")
        }
        WebhookEvent::Claimed(it) => {
            Told::new("neutral", "Prise en charge", "Un serveur de la plateforme notifie")
                .with("Jusqu’au", format::long_moment(it.until))
        }
        WebhookEvent::Progressed(it) => Told::new("neutral", "Avancement", "Notifiée")
            .with("Jusqu’à la position", it.up_to.to_string())
            .with("En attente", it.pending.len().to_string()),
        WebhookEvent::Replayed(it) => Told::new("info", "Renvoi", "Notifications à renvoyer")
            .with("Depuis la position", (it.after + 1).to_string())
            .with("Une seule", if it.only { "Oui" } else { "Non" }),
    }
}

fn of(events: &[compact_str::CompactString]) -> String {
    if events.is_empty() { "Tous".to_owned() } else { events.join(", ") }
}
