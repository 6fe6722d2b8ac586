//! Events as an accountant reads them: what happened, in one sentence, and the facts.

mod account;
mod accounting;
mod agreements;
mod envelope;
mod lists;
mod others;
mod payment;
mod payments;
mod person;
pub(crate) mod team;
mod webhook;

use chrono::NaiveDate;
use ledger_core::account::Share;
use ledger_core::event::Event;
use ledger_core::ids::{AccountId, BatchId, EnvelopeId, OfferId, PartnerId, PurchaseId};
use ledger_core::meta::{Actor, Role};
use ledger_core::stream::{Category, StreamId};

use super::names::Names;
use crate::format;
use crate::page::role_name;

/// An event, told in French.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// What happened.
    pub what: String,
    /// Its badge: `neutral`, `success`, `info`, `warning` or `error`.
    pub tone: &'static str,
    /// What its badge says: what kind of event.
    pub kind: &'static str,
    /// What it says besides.
    pub facts: Vec<Fact>,
}

/// One thing that an event says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// What about.
    pub label: &'static str,
    /// As it reads.
    pub value: String,
    /// Where to read more of it; empty when there is nowhere.
    pub href: String,
}

impl Told {
    fn new(tone: &'static str, kind: &'static str, what: impl Into<String>) -> Self {
        Self { what: what.into(), tone, kind, facts: vec![] }
    }

    /// Adds a fact.
    fn with(mut self, label: &'static str, value: impl Into<String>) -> Self {
        self.facts.push(Fact { label, value: value.into(), href: String::new() });
        self
    }

    /// Adds a fact that leads somewhere.
    fn leading(mut self, label: &'static str, value: impl Into<String>, href: String) -> Self {
        self.facts.push(Fact { label, value: value.into(), href });
        self
    }

    fn account(self, id: AccountId) -> Self {
        self.leading("Compte", id.to_string(), format!("/comptable/comptes/{id}"))
    }

    fn envelope(self, id: EnvelopeId, names: &Names) -> Self {
        self.leading("Enveloppe", names.envelope(id), trail(id))
    }

    fn batch(self, id: BatchId) -> Self {
        self.leading("Fichier", id.to_string(), trail(id))
    }

    fn partner(self, id: PartnerId, names: &Names) -> Self {
        self.leading("Partenaire", names.partner(id), trail(id))
    }

    fn offer(self, id: OfferId, title: &str) -> Self {
        self.leading("Offre", title, trail(id))
    }

    fn purchase(self, id: PurchaseId) -> Self {
        self.leading("Achat", id.to_string(), format!("/comptable/achats/{id}"))
    }

    /// Adds who pays what, one fact a share.
    fn shares(mut self, label: &'static str, shares: &[Share], names: &Names) -> Self {
        for it in shares {
            let value = format!("{} : {}", names.envelope(it.envelope), it.amount);
            self = self.leading(label, value, trail(it.envelope));
        }
        self
    }

    fn day(self, label: &'static str, day: NaiveDate) -> Self {
        self.with(label, format::long_date(day))
    }
}

pub(crate) use account::level;
pub(crate) use agreements::{ceiling as agreement_ceiling, credit as agreement_credit};

/// Where the trail of `stream` is shown.
pub(super) fn trail(stream: impl Into<StreamId>) -> String {
    format!("/comptable/flux/{}", stream.into())
}

/// Tells `event`.
pub(super) fn told(event: &Event, names: &Names) -> Told {
    match event {
        Event::Account(it) => account::told(it, names),
        Event::Envelope(it) => envelope::told(it),
        Event::Batch(it) => others::batch(it, names),
        Event::Partner(it) => others::partner(it),
        Event::Offer(it) => others::offer(it, names),
        Event::Client(it) => others::client(it, names),
        Event::Calendar(it) => accounting::calendar(it),
        Event::Settlement(it) => payments::settlement(it, names),
        Event::Remittance(it) => payments::remittance(it, names),
        Event::Bank(it) => payments::bank(it, names),
        Event::Convention(it) => accounting::convention(it, names),
        Event::Control(it) => accounting::control(it, names),
        Event::Correction(it) => accounting::correction(it, names),
        Event::Harvest(it) => others::harvest(it),
        Event::List(it) => lists::told(it),
        Event::Payment(it) => payment::told(it, names),
        Event::Webhook(it) => webhook::told(it),
        Event::Person(it) => person::told(it),
        Event::Agreement(it) => agreements::told(it, names),
    }
}

/// Who asked: a quality and an opaque id; never a name.
pub(super) fn actor(by: Actor) -> String {
    match by.role {
        Role::Process => role_name(by.role).to_owned(),
        Role::Teacher
        | Role::Funder
        | Role::AuthorisingOfficer
        | Role::Accountant
        | Role::Client
        | Role::Operator
        | Role::HeadOfSchool
        | Role::PartnerAgent
        | Role::Auditor
        | Role::Support
        | Role::Administrator => format!("{}, {}", role_name(by.role), by.id.simple()),
    }
}

/// What kind of object a stream is about.
pub(super) fn category(of: Category) -> &'static str {
    match of {
        Category::Account => "Compte",
        Category::Envelope => "Enveloppe",
        Category::Batch => "Fichier de crédits",
        Category::Partner => "Partenaire",
        Category::Offer => "Offre",
        Category::Client => "Client de l’API",
        Category::Calendar => "Calendrier comptable",
        Category::Settlement => "Règlement",
        Category::Remittance => "Remise de virements",
        Category::Bank => "Compte bancaire",
        Category::Convention => "Convention",
        Category::Control => "Plan de contrôle",
        Category::Correction => "Correction",
        Category::Harvest => "Flux d’un partenaire",
        Category::List => "Liste d’offres",
        Category::Payment => "Paiement d’un partenaire",
        Category::Person => "Personne",
        Category::Webhook => "Adresse de notification",
        Category::Agreement => "Licence libératoire",
    }
}
