//! What a partner asks for, on the terms of its offers as they are sold now.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;

use super::{PaymentsRefusal, Refused, from_payment, refuse};
use crate::account::Terms;
use crate::checkout;
use crate::digest::Digest;
use crate::ids::{OfferId, PartnerId, PaymentId};
use crate::ledger::{Done, Ledger};
use crate::meta::Meta;
use crate::money::Amount;
use crate::offer::{Billing, Kind, Licence, Price, Scope};
use crate::partner::Partner;
use crate::payment::{
    CaptureMode, Payment, PaymentCommand, PaymentCreated, PaymentEvent, PaymentLine,
    PaymentRefusal, purchase_of,
};
use crate::repeated::Repeated;

/// What a partner asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// What it will be called.
    pub payment: PaymentId,
    /// Who asks, and is paid.
    pub partner: PartnerId,
    /// What for.
    pub lines: Vec<AskedLine>,
    /// The partner's reference.
    pub reference: CompactString,
    /// What the teacher reads above the lines.
    pub description: CompactString,
    /// Where the teacher goes back to.
    pub return_url: CompactString,
    /// What the partner wants to find again.
    pub metadata: BTreeMap<CompactString, CompactString>,
    /// When its money is captured.
    pub capture: CaptureMode,
    /// For how many days money is held once it is confirmed.
    pub hold_days: u16,
    /// Until when a teacher may confirm it.
    pub expires_at: DateTime<Utc>,
    /// Fingerprint of the request.
    pub request: Digest,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
}

/// One line that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AskedLine {
    /// An offer of the catalogue, at its price of today.
    Offer {
        /// Which one.
        offer: OfferId,
        /// How many.
        quantity: u16,
        /// The most to spend, when it is billed by use.
        ceiling: Option<Amount>,
    },
    /// Anything else, as the partner describes it.
    Free(Box<FreeLine>),
}

/// A line that is no offer of the catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeLine {
    /// The partner's own reference for it.
    pub reference: CompactString,
    /// What it is.
    pub title: String,
    /// What kind of resource: what earmarked money may buy.
    pub kind: Kind,
    /// Its subjects: the same.
    pub subjects: Vec<CompactString>,
    /// What one costs, tax included.
    pub price: Price,
    /// How many.
    pub quantity: u16,
    /// The most to spend: it is billed by use, at `price` a unit.
    pub ceiling: Option<Amount>,
}

/// Asks for a payment; asked again, it is the same one, whatever became of its offers since.
pub async fn create(
    ledger: &Ledger,
    asked: Asked,
    meta: Meta,
) -> Result<Done<PaymentEvent>, Refused> {
    let id = asked.payment;
    let known = ledger.inspect::<Payment, _>(id, |it| it.created.clone()).await;
    let created = match known.map_err(from_payment)? {
        // Its offers are not looked at again: the rule tells whether it is the same request.
        Some(known) => {
            let PaymentCreated { partner, request, .. } = &*known;
            if (*partner, *request) != (asked.partner, asked.request) {
                return refuse(PaymentRefusal::ReferenceReused);
            }
            (*known).clone()
        }
        None => priced(ledger, asked, meta.at).await?,
    };
    let create = PaymentCommand::Create(Box::new(created));
    ledger.execute::<Payment>(id, &create, meta).await.map_err(from_payment)
}

async fn priced(
    ledger: &Ledger,
    asked: Asked,
    at: DateTime<Utc>,
) -> Result<PaymentCreated, Refused> {
    let mut lines = Vec::with_capacity(asked.lines.len());
    for (number, line) in asked.lines.into_iter().enumerate() {
        let (terms, amount, quantity, catalogue) = match line {
            AskedLine::Offer { offer, quantity, ceiling } => {
                let told = |refusal| PaymentsRefusal::Line { line: number, refusal };
                let sold = checkout::terms(ledger, offer, None, ceiling, asked.on).await;
                let (terms, amount) = sold.map_err(|it| it.map(told))?;
                let (terms, amount) = times(terms, amount, quantity)?;
                (terms, amount, quantity, true)
            }
            AskedLine::Free(it) => {
                let quantity = it.quantity;
                let (terms, amount) = free(ledger, asked.partner, *it).await?;
                (terms, amount, quantity, false)
            }
        };
        let purchase = purchase_of(asked.payment, number, at);
        lines.push(PaymentLine { purchase, terms, amount, quantity, catalogue });
    }
    Ok(PaymentCreated {
        partner: asked.partner,
        lines,
        reference: asked.reference,
        description: asked.description,
        return_url: asked.return_url,
        metadata: asked.metadata,
        capture: asked.capture,
        hold_days: asked.hold_days,
        created_at: at,
        expires_at: asked.expires_at,
        request: asked.request,
    })
}

/// `quantity` times what is sold; what is billed by use is counted as it is used instead.
fn times(
    terms: Repeated<Terms>,
    amount: Amount,
    quantity: u16,
) -> Result<(Repeated<Terms>, Amount), Refused> {
    let wrong = |expected| refuse(PaymentRefusal::Invalid { field: "quantity", expected });
    match (terms.billing, quantity) {
        (_, 0) => wrong("expected 1 to 10000"),
        (_, 1) => Ok((terms, amount)),
        (Billing::ByUse, _) => wrong("expected 1: what is billed by use is counted as it is used"),
        (Billing::Once | Billing::Subscription, _) => {
            let price = terms.price.times(quantity);
            match Amount::from_cents(price.amount.cents()) {
                Some(amount) if quantity <= 10_000 => {
                    let terms = Terms { price, ..(*terms).clone() };
                    Ok((Repeated::new(terms), amount))
                }
                Some(_) | None => wrong("expected a line of at most 1 000 000,00 €"),
            }
        }
    }
}

async fn free(
    ledger: &Ledger,
    partner: PartnerId,
    it: FreeLine,
) -> Result<(Repeated<Terms>, Amount), Refused> {
    let invalid = |field, expected| refuse(PaymentRefusal::Invalid { field, expected });
    let look = |it: &Partner| {
        let siren = it.registered.as_ref().and_then(|it| it.siret.siren());
        (siren, it.suspended.clone())
    };
    let seller = ledger.inspect::<Partner, _>(partner, look).await;
    let (siren, suspended) =
        seller.map_err(|it| it.map(|_| PaymentsRefusal::Payment(PaymentRefusal::NoSuchPayment)))?;
    if let Some(reason) = suspended {
        return refuse(PaymentsRefusal::PartnerSuspended { reason: reason.into() });
    }
    let Some(siren) = siren else {
        return invalid("partner", "expected a registered partner with a SIRET");
    };
    if !(1..=300).contains(&it.title.chars().count()) || it.title.contains(char::is_control) {
        return invalid("title", "expected 1 to 300 characters on one line");
    }
    if !(1..=100).contains(&it.reference.chars().count()) {
        return invalid("reference", "expected 1 to 100 characters");
    }
    if it.price.check().is_err() {
        return invalid("vat", "expected bases and taxes that add up to the amount");
    }
    let billing = if it.ceiling.is_some() { Billing::ByUse } else { Billing::Once };
    let Some(price) = Amount::from_cents(it.price.amount.cents()) else {
        return invalid("amount_cents", "expected 1 to 100000000 cents");
    };
    let terms = Repeated::new(Terms {
        offer: OfferId::derived(partner.0, format!("free line\u{0}{}", it.reference).as_bytes()),
        partner,
        siren,
        digest: digest(&it),
        reference: it.reference,
        title: it.title,
        kind: it.kind,
        subjects: it.subjects,
        price: it.price,
        billing,
        licence: Licence { scope: Scope::Teacher, days: None },
    });
    times(terms, it.ceiling.unwrap_or(price), it.quantity)
}

/// Fingerprint of what the teacher will see of it.
fn digest(it: &FreeLine) -> Digest {
    let seen = serde_json::json!([it.reference, it.title, it.kind, it.subjects, it.price]);
    Digest::of(seen.to_string().as_bytes())
}
