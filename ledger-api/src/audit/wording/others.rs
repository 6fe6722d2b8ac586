//! What happens to top-up files, partners, offers and API clients.

use ledger_core::batch::BatchEvent;
use ledger_core::client::{ClientEvent, Party};
use ledger_core::harvest::HarvestEvent;
use ledger_core::offer::{OfferEvent, OfferPublished};
use ledger_core::partner::{FeedFormat, PartnerEvent};

use super::{Names, Told, actor};
use crate::format::{self, count};

/// Tells an event of a top-up file.
pub(super) fn batch(event: &BatchEvent, names: &Names) -> Told {
    match event {
        BatchEvent::Opened(it) => {
            Told::new("neutral", "Ouverture", format!("Fichier « {} » commencé", it.reference))
                .envelope(it.envelope, names)
        }
        BatchEvent::ChunkAdded(it) => {
            let what = format!("{} reçues", count(it.lines.len(), "ligne", "lignes"));
            Told::new("neutral", "Réception", what)
                .with("Tranche", (it.number + 1).to_string())
                .with("Lignes refusées", it.refused.len().to_string())
        }
        BatchEvent::Submitted(it) => {
            let lines = count(it.lines as usize, "ligne", "lignes");
            Told::new("info", "Transmission", format!("Fichier complet : {lines}, {}", it.amount))
                .envelope(it.envelope, names)
                .with("Lignes refusées", it.refused.to_string())
        }
        BatchEvent::Refused(it) => {
            Told::new("error", "Refus", "Fichier refusé par l’enveloppe : rien n’est crédité")
                .with("Motif", it.reason.as_str())
        }
        BatchEvent::ChunkCredited(it) => {
            let credited = count(it.credited as usize, "compte crédité", "comptes crédités");
            Told::new("success", "Crédits", format!("{credited} : {}", it.amount))
                .with("Tranche", (it.number + 1).to_string())
                .with("Lignes refusées", it.refused.len().to_string())
        }
        BatchEvent::Completed(it) => {
            let credited = count(it.credited as usize, "compte crédité", "comptes crédités");
            Told::new("success", "Fin", format!("Fichier terminé : {credited}, {}", it.amount))
                .with("Lignes refusées", it.refused.to_string())
        }
    }
}

/// Tells an event of a partner.
pub(super) fn partner(event: &PartnerEvent) -> Told {
    match event {
        PartnerEvent::Registered(it) => {
            Told::new("info", "Inscription", format!("Partenaire « {} » inscrit", it.name))
                .with("SIRET", it.siret.as_str())
                .with("Convention", it.agreement.as_str())
        }
        PartnerEvent::FeedDeclared(it) => {
            let format = match it.format {
                FeedFormat::Json => "JSON",
                FeedFormat::Onix => "ONIX 3",
                FeedFormat::Csv => "CSV",
                FeedFormat::Oai => "OAI-PMH",
                FeedFormat::Gar => "GAR",
            };
            Told::new("neutral", "Flux", "Flux d’offres déclaré")
                .with("Adresse", it.url.as_str())
                .with("Format", format)
        }
        PartnerEvent::SitesDeclared(it) => Told::new("neutral", "Sites", "Sites de vente déclarés")
            .with("Sites", it.sites.join(", ")),
        PartnerEvent::FeedRemoved(it) => {
            Told::new("neutral", "Flux retiré", format!("Flux {} retiré", it.format.name()))
        }
        PartnerEvent::BankDetailsProposed(it) => {
            Told::new("neutral", "Coordonnées", "Coordonnées bancaires proposées")
                .with("IBAN", format::iban(it.iban.as_str()))
                .with("Proposées par", actor(it.by))
        }
        PartnerEvent::BankDetailsApproved(it) => {
            Told::new("info", "Coordonnées", "Coordonnées bancaires approuvées")
                .with("IBAN", format::iban(it.iban.as_str()))
                .with("Proposées par", actor(it.proposed_by))
                .with("Approuvées par", actor(it.by))
        }
        PartnerEvent::BankDetailsRejected(it) => {
            Told::new("warning", "Coordonnées", "Coordonnées bancaires refusées")
                .with("IBAN", format::iban(it.iban.as_str()))
                .with("Proposées par", actor(it.proposed_by))
                .with("Refusées par", actor(it.by))
                .with("Motif", it.reason.as_str())
        }
        PartnerEvent::FeeAgreed(it) => {
            Told::new("info", "Commission", format!("Commission de {}", format::rate(it.rate * 10)))
                .with("TVA", format::rate(it.vat))
                .day("Périodes closes à compter du", it.from)
                .with("Convention", it.agreement.as_str())
                .with("Par", actor(it.by))
        }
        PartnerEvent::Suspended(it) => Told::new(
            "warning",
            "Suspension",
            "Partenaire suspendu : ses offres ne se vendent plus",
        )
        .with("Motif", it.reason.as_str()),
        PartnerEvent::Resumed(_) => Told::new("info", "Reprise", "Partenaire rétabli"),
    }
}

/// Tells an event of an offer.
pub(super) fn offer(event: &OfferEvent, names: &Names) -> Told {
    let says = |kind, verb: &str, it: &OfferPublished| {
        let listing = &it.listing;
        let what = format!("« {} » {verb} à {}", listing.title, listing.price.amount);
        Told::new("info", kind, what)
            .partner(it.partner, names)
            .with("Référence", listing.reference.as_str())
            .with("Nature", listing.kind.label())
    };
    match event {
        OfferEvent::Published(it) => says("Publication", "mise en vente", it),
        OfferEvent::Revised(it) => says("Révision", "modifiée, en vente", it),
        OfferEvent::Withdrawn(it) => Told::new("neutral", "Retrait", "Offre retirée de la vente")
            .with("Motif", it.reason.as_str()),
    }
}

/// Tells an event of an API client; secrets are fingerprints already.
pub(super) fn client(event: &ClientEvent, names: &Names) -> Told {
    match event {
        ClientEvent::Registered(it) => {
            let told = Told::new("info", "Inscription", format!("Client « {} » inscrit", it.name));
            let told = match it.party {
                Party::Funder(funder) => told.with("Pour le financeur", funder.auxiliary()),
                Party::Partner(partner) => told.partner(partner, names),
            };
            let scopes: Vec<&str> = it.scopes.iter().map(|it| it.name()).collect();
            told.with("Droits", scopes.join(", "))
        }
        ClientEvent::SecretAdded(it) => {
            let told = Told::new("neutral", "Secret", "Secret ajouté");
            match it.expires_at {
                Some(until) => told.with("Valable jusqu’au", format::short_moment(until)),
                None => told,
            }
        }
        ClientEvent::SecretRemoved(_) => Told::new("neutral", "Secret", "Secret retiré"),
        ClientEvent::CertificateAdded(it) => {
            Told::new("info", "Certificat", "Jetons liés à un certificat")
                .with("Empreinte (SHA-256)", it.thumbprint.to_string())
                .with("Valable jusqu’au", format::short_moment(it.expires_at))
        }
        ClientEvent::CertificateRemoved(it) => {
            Told::new("warning", "Certificat", "Certificat retiré")
                .with("Empreinte (SHA-256)", it.thumbprint.to_string())
        }
        ClientEvent::Revoked(it) => {
            Told::new("warning", "Révocation", "Client révoqué").with("Motif", it.reason.as_str())
        }
    }
}

/// Tells an event of a partner's feeds.
pub(super) fn harvest(event: &HarvestEvent) -> Told {
    match event {
        HarvestEvent::Read(it) => {
            let tone = if it.refused == 0 { "success" } else { "warning" };
            Told::new(tone, "Lecture", format!("Flux {} lu et appliqué", it.format.name()))
                .with("Publiées", it.published.to_string())
                .with("Modifiées", it.revised.to_string())
                .with("Retirées", it.withdrawn.to_string())
                .with("Refusées", it.refused.to_string())
        }
        HarvestEvent::Failed(it) => {
            Told::new("error", "Échec", format!("Flux {} illisible", it.format.name()))
                .with("Motif", it.reason.as_str())
        }
        HarvestEvent::Held(it) => {
            Told::new("warning", "Retenue", format!("Flux {} retenu", it.format.name()))
                .with("Offres en vente", it.known.to_string())
                .with("Encore nommées", it.named.to_string())
        }
        HarvestEvent::Lifted(it) => {
            Told::new("info", "Décision", format!("Flux {} appliqué tel quel", it.format.name()))
                .with("Motif", it.reason.as_str())
                .with("Par", actor(it.by))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bank_details_read_as_on_a_statement() {
        assert_eq!(format::iban("FR7630006"), "FR76\u{a0}3000\u{a0}6");
    }
}
