//! What happened in public accounting, in one French sentence for each event.

use ledger_core::calendar::CalendarEvent;

pub(super) fn calendar(event: &CalendarEvent) -> String {
    match event {
        CalendarEvent::YearOpened(it) => format!("Exercice {} ouvert", it.year),
        CalendarEvent::MonthClosed(it) => format!("Mois {} clos", it.month),
        CalendarEvent::YearClosed(it) => format!(
            "Exercice {} clos : {} au débit et au crédit, balance {}",
            it.year, it.debit, it.digest
        ),
        CalendarEvent::CutOff(it) => format!(
            "Arrêté des règlements au {}, jusqu’à la position {}",
            it.on.format("%d/%m/%Y"),
            it.up_to
        ),
    }
}
