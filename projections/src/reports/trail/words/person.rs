//! Who was given which role.

use ledger_core::person::{PersonEvent, Quality};

/// What happened to a person's roles.
pub(super) fn person(event: &PersonEvent) -> String {
    match event {
        PersonEvent::Granted(it) => {
            let until = it
                .until
                .map_or_else(String::new, |it| format!(", jusqu’au {}", it.format("%d/%m/%Y")));
            format!("Qualité {} accordée par {}{until}", quality(&it.quality), it.by)
        }
        PersonEvent::Revoked(it) => {
            format!("Qualité {} retirée par {}", quality(&it.quality), it.by)
        }
        PersonEvent::SignedOut(_) => "Toutes les sessions sont closes".to_owned(),
    }
}

fn quality(it: &Quality) -> String {
    let name = it.role.name();
    it.acts_for.as_ref().map_or_else(|| name.to_owned(), |of| format!("{name} ({of})"))
}
