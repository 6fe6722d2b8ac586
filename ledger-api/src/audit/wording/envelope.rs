//! What happens to a funder's envelope.

use ledger_core::envelope::EnvelopeEvent;

use super::Told;

/// Tells `event`.
pub(super) fn told(event: &EnvelopeEvent) -> Told {
    match event {
        EnvelopeEvent::Opened(it) => {
            let what = format!("Enveloppe « {} » ouverte : {}", it.title, it.budget);
            Told::new("info", "Ouverture", what)
                .with("Financeur", format!("{} ({})", it.funder_name, it.funder.auxiliary()))
                .with("Acte", it.legal_reference.as_str())
                .with("Part mobilisable", per_cent(it.ratio))
                .day("Premier jour", it.valid_from)
                .day("Dernier jour", it.valid_until)
        }
        EnvelopeEvent::BudgetConfirmed(it) => {
            let told = Told::new("info", "Budget", "Budget provisoire confirmé");
            let told = told.with("Acte", it.legal_reference.as_str());
            match it.rest {
                Some(rest) => told.with("Mobilisable en plus", rest.to_string()),
                None => told,
            }
        }
        EnvelopeEvent::BudgetRaised(it) => {
            Told::new("info", "Budget", format!("Budget augmenté de {}", it.amount))
                .with("Acte", it.legal_reference.as_str())
        }
        EnvelopeEvent::FundsReceived(it) => {
            Told::new("success", "Fonds reçus", format!("{} reçus du financeur", it.amount))
                .with("Référence bancaire", it.reference.as_str())
                .with("Versement", it.receipt.to_string())
        }
        EnvelopeEvent::Allocated(it) => {
            let allocation = &it.allocation;
            let told = if let Some(account) = allocation.to {
                let what = format!("{} affectés à un compte", allocation.amount);
                Told::new("info", "Affectation", what).account(account)
            } else {
                let (amount, lines) = (allocation.amount, allocation.lines);
                let what = format!("{amount} affectés à un fichier de {lines} lignes");
                Told::new("info", "Affectation", what)
                    .batch(ledger_core::ids::BatchId(allocation.id))
            };
            told.with("Affectation", allocation.id.simple().to_string())
        }
        EnvelopeEvent::Released(it) => {
            let what = format!("{} non crédités, de nouveau disponibles", it.amount);
            Told::new("neutral", "Affectation libérée", what)
                .with("Affectation", it.allocation.simple().to_string())
        }
        EnvelopeEvent::ReturnsNoted(it) => {
            let what = format!("{} à restituer au financeur", it.expired.and(it.refunded));
            Told::new("warning", "Restitution", what)
                .with("Crédits échus", it.expired.to_string())
                .with("Remboursements tardifs", it.refunded.to_string())
                .with("Constaté", format!("de la position {} à la position {}", it.after, it.up_to))
        }
        EnvelopeEvent::Frozen(it) => {
            Told::new("warning", "Gel", "Enveloppe gelée : plus de nouvel engagement")
                .with("Motif", it.reason.as_str())
                .day("À partir du", it.on)
        }
        EnvelopeEvent::Unfrozen(_) => Told::new("info", "Dégel", "Enveloppe dégelée"),
        EnvelopeEvent::Closed(_) => Told::new("neutral", "Clôture", "Enveloppe close"),
    }
}

/// `80 %`, `62,5 %`: thousandths, as people write shares.
pub(super) fn per_cent(permille: u16) -> String {
    match permille % 10 {
        0 => format!("{}\u{a0}%", permille / 10),
        tenth => format!("{},{tenth}\u{a0}%", permille / 10),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousandths_read_as_a_percentage() {
        assert_eq!(
            [per_cent(1000), per_cent(800), per_cent(625)],
            ["100\u{a0}%", "80\u{a0}%", "62,5\u{a0}%"]
        );
    }
}
