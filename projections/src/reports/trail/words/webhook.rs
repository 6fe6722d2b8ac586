//! What became of an address that is told what happens.

use ledger_core::webhook::{PauseReason, WebhookEvent};

/// What happened to a webhook endpoint.
pub(super) fn webhook(event: &WebhookEvent) -> String {
    match event {
        WebhookEvent::Created(it) => format!("Adresse de notification déclarée : {}", it.url),
        WebhookEvent::Changed(it) => format!("Adresse de notification changée : {}", it.url),
        WebhookEvent::SecretRotated(it) => format!(
            "Secret de signature renouvelé ; l’ancien signe encore jusqu’au {}",
            it.until.format("%d/%m/%Y")
        ),
        WebhookEvent::Paused(it) => match it.because {
            PauseReason::Owner => "Notifications suspendues par leur destinataire".to_owned(),
            PauseReason::Failing => "Notifications suspendues : l’adresse ne répond pas".to_owned(),
            PauseReason::Gone => "Notifications suspendues : l’adresse n’existe plus".to_owned(),
        },
        WebhookEvent::Resumed(_) => "Notifications reprises".to_owned(),
        WebhookEvent::Deleted(_) => "Adresse de notification supprimée".to_owned(),
        WebhookEvent::Claimed(_) => "Notifications prises en charge par un serveur".to_owned(),
        WebhookEvent::Progressed(it) => {
            let waiting = it.pending.len();
            format!("Notifiée jusqu’à la position {} ; {waiting} en attente", it.up_to)
        }
        WebhookEvent::Replayed(it) if it.only => {
            format!("Notification de la position {} à renvoyer", it.after + 1)
        }
        WebhookEvent::Replayed(it) => {
            format!("Notifications à renvoyer depuis la position {}", it.after + 1)
        }
    }
}
