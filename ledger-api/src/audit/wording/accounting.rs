//! What happens in public accounting.

use ledger_core::calendar::CalendarEvent;

use super::{Told, actor};

/// Tells an event of the calendar.
pub(super) fn calendar(event: &CalendarEvent) -> Told {
    match event {
        CalendarEvent::YearOpened(it) => {
            Told::new("info", "Ouverture", format!("Exercice {} ouvert", it.year))
                .with("Par", actor(it.by))
        }
        CalendarEvent::MonthClosed(it) => {
            Told::new("info", "Clôture", format!("Mois {} clos", it.month))
                .with("Par", actor(it.by))
        }
        CalendarEvent::YearClosed(it) => {
            Told::new("success", "Clôture", format!("Exercice {} clos", it.year))
                .with("Comptes", it.accounts.to_string())
                .with("Débit", it.debit.to_string())
                .with("Crédit", it.credit.to_string())
                .with("Empreinte de la balance", it.digest.to_string())
                .with("Par", actor(it.by))
        }
        CalendarEvent::CutOff(it) => Told::new("neutral", "Arrêté", "Période de règlement arrêtée")
            .day("Dernier jour", it.on)
            .with("Jusqu’à la position", it.up_to.to_string()),
    }
}
