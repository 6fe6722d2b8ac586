//! What became of a payment that a partner asked for.

use ledger_core::payment::PaymentEvent;

/// What happened to a payment.
pub(super) fn payment(event: &PaymentEvent) -> String {
    match event {
        PaymentEvent::Created(it) => format!(
            "Paiement de {} demandé par le partenaire {}, sous la référence « {} »",
            it.total(),
            it.partner,
            it.reference
        ),
        PaymentEvent::Authorised(it) => {
            format!(
                "Paiement confirmé par le compte {}, que le partenaire connaît comme {}",
                it.account, it.buyer
            )
        }
        PaymentEvent::ApprovalAwaited(it) => {
            format!("Paiement soumis au chef d’établissement, par le compte {}", it.account)
        }
        PaymentEvent::Declined(_) => "Paiement refusé".to_owned(),
        PaymentEvent::Cancelled(it) if it.reason.is_empty() => {
            "Paiement annulé par le partenaire".to_owned()
        }
        PaymentEvent::Cancelled(it) => {
            format!("Paiement annulé par le partenaire : {}", it.reason)
        }
        PaymentEvent::Expired(_) => "Paiement abandonné : son terme est passé".to_owned(),
        PaymentEvent::UsageRecorded(it) => {
            format!("{} unités utilisées en tout au {}", it.units, it.on.format("%d/%m/%Y"))
        }
        PaymentEvent::CeilingNeared(it) => {
            format!("{} % du plafond atteints, avec {} unités", it.percent, it.units)
        }
        PaymentEvent::UsageClosed(it) => {
            let until = it.until.format("%d/%m/%Y");
            let last = if it.last { " ; dernier arrêté" } else { "" };
            match it.amount {
                Some(amount) => format!("Usage arrêté au {until} : {amount} à payer{last}"),
                None => format!("Usage arrêté au {until} : rien à payer{last}"),
            }
        }
    }
}
