//! What happened, in one French sentence for each event.

mod accounting;
mod agreements;
mod payment;
mod person;
mod teachers;
mod team;
mod webhook;

use ledger_core::account::{AccountEvent, ContestOutcome, Holder, ReturnCause, Share};
use ledger_core::batch::BatchEvent;
use ledger_core::client::ClientEvent;
use ledger_core::envelope::EnvelopeEvent;
use ledger_core::event::Event;
use ledger_core::harvest::HarvestEvent;
use ledger_core::offer::OfferEvent;
use ledger_core::partner::PartnerEvent;

/// What happened, in French: one sentence, without its full stop.
pub fn describe(event: &Event) -> String {
    match event {
        Event::Account(it) => account(it),
        Event::Envelope(it) => envelope(it),
        Event::Batch(it) => batch(it),
        Event::Partner(it) => partner(it),
        Event::Offer(it) => offer(it),
        Event::Client(it) => client(it),
        Event::Calendar(it) => accounting::calendar(it),
        Event::Settlement(it) => accounting::settlement(it),
        Event::Remittance(it) => accounting::remittance(it),
        Event::Bank(it) => accounting::bank(it),
        Event::Convention(it) => accounting::convention(it),
        Event::Control(it) => accounting::control(it),
        Event::Correction(it) => accounting::correction(it),
        Event::Harvest(it) => harvest(it),
        Event::List(it) => teachers::list(it),
        Event::Payment(it) => payment::payment(it),
        Event::Webhook(it) => webhook::webhook(it),
        Event::Person(it) => person::person(it),
        Event::Agreement(it) => agreements::told(it),
    }
}

fn account(event: &AccountEvent) -> String {
    match event {
        AccountEvent::Opened(it) => {
            let holder = match it.holder {
                Holder::Teacher => "un enseignant",
                Holder::Team => "une équipe",
            };
            format!("Compte ouvert pour {holder}, établissement {}", it.school.uai)
        }
        AccountEvent::Granted(it) => format!(
            "Crédit de {} ouvert par {}, valable jusqu’au {}",
            it.amount,
            it.funder,
            it.valid_until.format("%d/%m/%Y")
        ),
        AccountEvent::Authorised(it) => format!(
            "Achat de « {} » autorisé pour {} ({}), réservé jusqu’au {}",
            it.terms.title,
            it.amount,
            shares(&it.split),
            ledger_core::meta::accounting_day(it.hold_until).format("%d/%m/%Y")
        ),
        AccountEvent::Captured(it) => {
            let rest = if it.last { "" } else { ", le reste suivra" };
            let freed = match &it.freed[..] {
                [] => String::new(),
                freed => format!(", réservation libérée ({})", shares(freed)),
            };
            format!("Livraison constatée pour {} ({}){freed}{rest}", it.amount, shares(&it.split))
        }
        AccountEvent::Cancelled(it) => {
            format!("Achat annulé : {} ; réservation libérée ({})", it.reason, shares(&it.freed))
        }
        AccountEvent::HoldExpired(it) => {
            let why =
                if it.released { "libérée par le partenaire" } else { "échue et libérée" };
            format!("Réservation {why} ({})", shares(&it.freed))
        }
        AccountEvent::Refunded(it) => {
            let parts = [("de nouveau disponible", &it.reopened), ("à restituer", &it.returned)];
            let parts: Vec<String> = parts
                .into_iter()
                .filter(|(_, part)| !part.is_empty())
                .map(|(what, part)| format!("{what} : {}", shares(part)))
                .collect();
            format!("Remboursement de {} ({})", it.amount, parts.join(" ; "))
        }
        AccountEvent::Returned(it) => {
            let because = match it.because {
                ReturnCause::Expired => "crédit échu",
                ReturnCause::AccountClosed => "compte clos",
            };
            format!("{} à restituer à {} : {because}", it.amount, it.funder)
        }
        AccountEvent::Suspended(it) => format!("Compte suspendu : {}", it.reason),
        AccountEvent::Resumed(_) => "Compte rétabli".to_owned(),
        AccountEvent::Closed(_) => "Compte clos".to_owned(),
        AccountEvent::Contested(it) => format!("Achat contesté ({}) : {}", it.amount, it.reason),
        AccountEvent::SpecimenTaken(it) => teachers::specimen(it),
        AccountEvent::LicenceAcquired(it) => agreements::acquired(it),
        AccountEvent::RenewalProposed(it) => agreements::proposed(it),
        AccountEvent::RenewalDeclined(_) => "Renouvellement décliné".to_owned(),
        AccountEvent::Team(it) => team::team(it),
        AccountEvent::ContestEnded(it) => match it.outcome {
            ContestOutcome::Withdrawn => "Contestation retirée".to_owned(),
            ContestOutcome::Dismissed => format!("Contestation écartée : {}", it.reason),
        },
    }
}

fn envelope(event: &EnvelopeEvent) -> String {
    match event {
        EnvelopeEvent::Opened(it) => format!(
            "Enveloppe « {} » ouverte par {} ({}), budget {}, {}",
            it.title, it.funder_name, it.funder, it.budget, it.legal_reference
        ),
        EnvelopeEvent::BudgetConfirmed(it) => {
            format!("Budget provisoire confirmé, {}", it.legal_reference)
        }
        EnvelopeEvent::BudgetRaised(it) => {
            format!("Budget augmenté de {}, {}", it.amount, it.legal_reference)
        }
        EnvelopeEvent::FundsReceived(it) => {
            format!("Fonds reçus de {} : {}, {}", it.funder, it.amount, it.reference)
        }
        EnvelopeEvent::Allocated(it) => match it.allocation.to {
            Some(account) => format!("{} affectés au compte {account}", it.allocation.amount),
            None => {
                format!("{} affectés à {} comptes", it.allocation.amount, it.allocation.lines)
            }
        },
        EnvelopeEvent::Released(it) => format!("{} affectés à tort, libérés", it.amount),
        EnvelopeEvent::ReturnsNoted(it) => format!(
            "Retours constatés : {} de crédits échus, {} de remboursements, jusqu’à la position {}",
            it.expired, it.refunded, it.up_to
        ),
        EnvelopeEvent::Frozen(it) => {
            format!("Enveloppe gelée à compter du {} : {}", it.on.format("%d/%m/%Y"), it.reason)
        }
        EnvelopeEvent::Unfrozen(_) => "Enveloppe dégelée".to_owned(),
        EnvelopeEvent::Closed(_) => "Enveloppe close".to_owned(),
    }
}

fn batch(event: &BatchEvent) -> String {
    match event {
        BatchEvent::Opened(it) => format!("Fichier de crédits « {} » ouvert", it.reference),
        BatchEvent::ChunkAdded(it) => format!(
            "Tranche {} reçue : {} lignes, {} refusées",
            it.number + 1,
            it.lines.len(),
            it.refused.len()
        ),
        BatchEvent::Submitted(it) => {
            format!("Fichier complet : {} lignes, {}", it.lines, it.amount)
        }
        BatchEvent::Refused(it) => format!("Fichier refusé : {}", it.reason),
        BatchEvent::ChunkCredited(it) => format!(
            "Tranche {} créditée : {} comptes, {}, {} refusés",
            it.number + 1,
            it.credited,
            it.amount,
            it.refused.len()
        ),
        BatchEvent::Completed(it) => format!(
            "Fichier traité : {} comptes crédités, {}, {} lignes refusées",
            it.credited, it.amount, it.refused
        ),
    }
}

fn partner(event: &PartnerEvent) -> String {
    match event {
        PartnerEvent::Registered(it) => {
            format!("Partenaire « {} » inscrit, SIRET {}, {}", it.name, it.siret, it.agreement)
        }
        PartnerEvent::FeedDeclared(it) => format!("Flux d’offres déclaré : {}", it.url),
        PartnerEvent::FeedRemoved(it) => format!("Flux {} retiré", it.format.name()),
        PartnerEvent::BankDetailsProposed(it) => {
            format!("Coordonnées bancaires proposées par {}", it.by)
        }
        PartnerEvent::BankDetailsApproved(it) => {
            format!(
                "Coordonnées bancaires proposées par {}, approuvées par {}",
                it.proposed_by, it.by
            )
        }
        PartnerEvent::BankDetailsRejected(it) => {
            format!("Coordonnées bancaires refusées par {} : {}", it.by, it.reason)
        }
        PartnerEvent::FeeAgreed(it) => format!(
            "Commission convenue : {} ‰ à compter du {}, {}",
            it.rate,
            it.from.format("%d/%m/%Y"),
            it.agreement
        ),
        PartnerEvent::Suspended(it) => format!("Partenaire suspendu : {}", it.reason),
        PartnerEvent::Resumed(_) => "Partenaire rétabli".to_owned(),
        PartnerEvent::SitesDeclared(it) => format!("Vend sur {}", it.sites.join(", ")),
    }
}

fn harvest(event: &HarvestEvent) -> String {
    match event {
        HarvestEvent::Read(it) => format!(
            "Flux {} lu : {} offres publiées, {} modifiées, {} retirées, {} refusées",
            it.format.name(),
            it.published,
            it.revised,
            it.withdrawn,
            it.refused
        ),
        HarvestEvent::Failed(it) => format!("Flux {} illisible : {}", it.format.name(), it.reason),
        HarvestEvent::Held(it) => format!(
            "Flux {} retenu : il ne nomme plus que {} des {} offres en vente",
            it.format.name(),
            it.named,
            it.known
        ),
        HarvestEvent::Lifted(it) => {
            format!("Flux {} appliqué sur décision de {} : {}", it.format.name(), it.by, it.reason)
        }
    }
}

fn offer(event: &OfferEvent) -> String {
    match event {
        OfferEvent::Published(it) => {
            format!("Offre « {} » publiée à {}", it.listing.title, it.listing.price.amount)
        }
        OfferEvent::Revised(it) => {
            format!("Offre révisée : « {} » à {}", it.listing.title, it.listing.price.amount)
        }
        OfferEvent::Withdrawn(it) => format!("Offre retirée : {}", it.reason),
    }
}

fn client(event: &ClientEvent) -> String {
    match event {
        ClientEvent::Registered(it) => format!("Client « {} » inscrit", it.name),
        ClientEvent::SecretAdded(_) => "Secret ajouté".to_owned(),
        ClientEvent::SecretRemoved(_) => "Secret retiré".to_owned(),
        ClientEvent::CertificateAdded(_) => "Certificat ajouté".to_owned(),
        ClientEvent::CertificateRemoved(_) => "Certificat retiré".to_owned(),
        ClientEvent::Revoked(it) => format!("Client révoqué : {}", it.reason),
    }
}

/// « siren:217500016 10,00 € + state:0214 2,00 € ».
fn shares(shares: &[Share]) -> String {
    let parts: Vec<String> =
        shares.iter().map(|it| format!("{} {}", it.funder, it.amount)).collect();
    parts.join(" + ")
}
