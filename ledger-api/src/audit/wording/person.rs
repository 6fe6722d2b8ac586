//! Who is given which role.

use ledger_core::person::{PersonEvent, Quality};

use super::{Told, actor};
use crate::page::role_name;

/// Tells an event of a person's roles.
pub(super) fn told(event: &PersonEvent) -> Told {
    match event {
        PersonEvent::Granted(it) => {
            let told = of("success", "Qualité accordée", &it.quality).with("Par", actor(it.by));
            match it.until {
                Some(until) => told.day("Jusqu’au", until),
                None => told,
            }
        }
        PersonEvent::Revoked(it) => {
            of("warning", "Qualité retirée", &it.quality).with("Par", actor(it.by))
        }
        PersonEvent::SignedOut(_) => {
            Told::new("neutral", "Sessions closes", "Toutes les sessions sont closes")
        }
    }
}

fn of(tone: &'static str, kind: &'static str, quality: &Quality) -> Told {
    let told = Told::new(tone, kind, role_name(quality.role));
    match &quality.acts_for {
        Some(of) => told.with("Au titre de", of.as_str()),
        None => told,
    }
}
