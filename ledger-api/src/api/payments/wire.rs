//! Payments as the API writes them.

use std::collections::BTreeMap;

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use compact_str::CompactString;
use ledger_core::account::PurchaseStatus;
use ledger_core::ids::{BuyerId, OfferId, PaymentId, PurchaseId};
use ledger_core::money::Balance;
use ledger_core::payment::{PaymentLine, PaymentStep};
use ledger_core::process::payments::{Paid, PaidLine};
use projections::reports::payments::PaymentStands;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::new::CaptureWhen;
use crate::api::fields;
use crate::app::App;
use crate::format;

/// A payment that you asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct Payment {
    /// Its id.
    #[schema(schema_with = fields::payment_id)]
    id: PaymentId,
    /// Your own reference.
    #[schema(value_type = String)]
    reference: CompactString,
    /// What the teacher reads above the lines; often empty.
    #[schema(value_type = String)]
    description: CompactString,
    /// Where it stands.
    state: PaymentState,
    /// Where to send the teacher, who signs in there and confirms or declines.
    #[schema(example = "https://compte.example/paiement/pay_0199f3a2c4e57d0ab1c2d3e4f5061728")]
    #[serde(rename = "payment_url")]
    page: String,
    /// Where the teacher goes back to.
    #[schema(value_type = String)]
    return_url: CompactString,
    /// What all its lines come to; ceilings count whole.
    #[schema(schema_with = fields::balance_cents)]
    amount_cents: u64,
    /// Always euros.
    currency: &'static str,
    /// What is still held for you.
    #[schema(schema_with = fields::balance_cents)]
    held_cents: u64,
    /// What was captured, refunds not taken off.
    #[schema(schema_with = fields::balance_cents)]
    captured_cents: u64,
    /// What was refunded.
    #[schema(schema_with = fields::balance_cents)]
    refunded_cents: u64,
    /// When it is captured.
    capture: CaptureWhen,
    /// Its lines, in order.
    lines: Vec<Line>,
    /// What you call whoever confirmed it: the same for each of your payments, another one for
    /// other partners; left out before.
    #[schema(schema_with = fields::buyer_id, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    buyer: Option<BuyerId>,
    /// What was used of it; left out unless it is billed by use.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    usage: Option<Usage>,
    /// What you want to find again.
    #[schema(schema_with = fields::metadata)]
    metadata: BTreeMap<CompactString, CompactString>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    created_at: String,
    /// Until when it may be confirmed.
    #[schema(value_type = String, format = DateTime)]
    expires_at: String,
    /// Until when its money is held; left out before it is confirmed.
    #[schema(value_type = Option<String>, format = DateTime, nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until: Option<String>,
}

/// Where a payment stands.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentState {
    /// Where it stands.
    status: PaymentStatus,
    /// Whether no more money will be held or captured; refunds may still come.
    finished: bool,
    /// Why it ended without payment; left out while it goes on, or when it was paid.
    #[schema(nullable = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// The same in French, for the teacher.
    message: &'static str,
    /// Whether asking for another payment of the same makes sense.
    can_retry: bool,
}

/// Where a payment stands, in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// A teacher may confirm it.
    Created,
    /// Money of a team is held, until its head of school agrees: do not deliver yet.
    AwaitingApproval,
    /// Money is held: deliver, then capture.
    Authorised,
    /// What was delivered is paid.
    Captured,
    /// The teacher said no.
    Declined,
    /// Given up before anything was delivered.
    Cancelled,
    /// Its term passed before it was confirmed, or before anything was delivered.
    Expired,
}

impl PaymentStatus {
    /// As the read models call it.
    pub const fn stands(self) -> PaymentStands {
        match self {
            Self::Created => PaymentStands::Created,
            Self::AwaitingApproval => PaymentStands::AwaitingApproval,
            Self::Authorised => PaymentStands::Authorised,
            Self::Captured => PaymentStands::Captured,
            Self::Declined => PaymentStands::Declined,
            Self::Cancelled => PaymentStands::Cancelled,
            Self::Expired => PaymentStands::Expired,
        }
    }
}

/// One line of a payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct Line {
    /// The purchase that it is, or will be, in the teacher's account.
    #[schema(schema_with = fields::purchase_id)]
    purchase: PurchaseId,
    /// The offer; left out on a free line.
    #[schema(schema_with = fields::offer_id, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<OfferId>,
    /// Your own reference for it.
    #[schema(value_type = String)]
    reference: CompactString,
    /// What it is.
    title: String,
    /// How many.
    quantity: u16,
    /// What it costs in all, or its ceiling.
    #[schema(schema_with = fields::amount_cents)]
    amount_cents: u64,
    /// What is still held for it.
    #[schema(schema_with = fields::balance_cents)]
    held_cents: u64,
    /// What was captured of it, refunds not taken off.
    #[schema(schema_with = fields::balance_cents)]
    captured_cents: u64,
    /// What was refunded of it.
    #[schema(schema_with = fields::balance_cents)]
    refunded_cents: u64,
}

/// What was used of a payment billed by use.
#[derive(Debug, Serialize, ToSchema)]
pub struct Usage {
    /// How many units were counted in all.
    units: u64,
    /// How many of them were billed.
    billed_units: u64,
    /// How many units the ceiling pays for.
    units_max: u64,
    /// What one unit costs.
    #[schema(schema_with = fields::amount_cents)]
    unit_cents: u64,
    /// The share of the ceiling that was told last: 0, 50, 80 or 100 %.
    alerted_percent: u8,
    /// Whether nothing more will be billed.
    closed: bool,
}

impl Payment {
    /// As the caller sees it.
    pub fn of(app: &App, headers: &HeaderMap, id: PaymentId, paid: &Paid) -> Self {
        let created = &paid.created;
        let sum = |of: fn(&PaidLine) -> Balance| paid.lines.iter().map(of).sum::<Balance>().cents();
        let lines = created.lines.iter().enumerate();
        let held_until = paid.lines.iter().map(|it| it.hold_until).max();
        Self {
            id,
            reference: created.reference.clone(),
            description: created.description.clone(),
            state: PaymentState::of(paid),
            page: payment_url(app, headers, id),
            return_url: created.return_url.clone(),
            amount_cents: created.total().cents(),
            currency: "EUR",
            held_cents: sum(|it| it.held),
            captured_cents: sum(|it| it.captured),
            refunded_cents: sum(|it| it.refunded),
            capture: created.capture.into(),
            lines: lines.map(|(at, it)| Line::of(it, paid.lines.get(at))).collect(),
            buyer: paid.state.taken().map(|it| it.1),
            usage: Usage::of(paid),
            metadata: created.metadata.clone(),
            created_at: format::iso(created.created_at),
            expires_at: format::iso(created.expires_at),
            held_until: held_until.map(format::iso),
        }
    }
}

/// Where the teacher confirms it, as whoever asks calls this service.
fn payment_url(app: &App, headers: &HeaderMap, id: PaymentId) -> String {
    let host = headers.get(HOST).and_then(|it| it.to_str().ok());
    let host = host.and_then(|it| it.parse::<Authority>().ok());
    let origin = app.config.origin_for(host.as_ref().map(Authority::as_str));
    format!("{origin}/paiement/{id}")
}

impl PaymentState {
    /// Where `paid` stands, and why.
    pub fn of(paid: &Paid) -> Self {
        let is = |it: PurchaseStatus| paid.lines.iter().any(|line| line.status == it);
        let (status, code, message, can_retry) = match paid.state.step {
            PaymentStep::Waiting => (
                PaymentStatus::Created,
                None,
                "En attente de la confirmation de l’enseignant.",
                false,
            ),
            PaymentStep::Awaiting { .. } => {
                let message =
                    "L’argent est réservé : le chef d’établissement doit donner son accord.";
                (PaymentStatus::AwaitingApproval, Some("awaiting-approval"), message, false)
            }
            PaymentStep::Declined => {
                let message = "L’enseignant, ou le chef d’établissement, a refusé ce paiement.";
                (PaymentStatus::Declined, Some("declined-by-teacher"), message, false)
            }
            PaymentStep::Cancelled => {
                let message = "Le paiement a été annulé avant d’être confirmé.";
                (PaymentStatus::Cancelled, Some("cancelled-by-partner"), message, true)
            }
            PaymentStep::Expired => {
                let message = "Le paiement n’a pas été confirmé à temps.";
                (PaymentStatus::Expired, Some("not-confirmed-in-time"), message, true)
            }
            PaymentStep::Authorised { .. } if is(PurchaseStatus::Authorised) => {
                let message = "Le paiement est confirmé : l’argent est réservé.";
                (PaymentStatus::Authorised, None, message, false)
            }
            PaymentStep::Authorised { .. }
                if paid.lines.iter().any(|it| !it.captured.is_zero()) =>
            {
                (PaymentStatus::Captured, None, "Le paiement est effectué.", false)
            }
            PaymentStep::Authorised { .. } if is(PurchaseStatus::Expired) => {
                let message = "Rien n’a été livré à temps : l’argent a été rendu.";
                (PaymentStatus::Expired, Some("not-delivered-in-time"), message, true)
            }
            PaymentStep::Authorised { .. } => {
                let message = "Le paiement a été annulé : l’argent a été rendu.";
                (PaymentStatus::Cancelled, Some("cancelled-before-delivery"), message, true)
            }
        };
        let finished = !matches!(
            status,
            PaymentStatus::Created | PaymentStatus::AwaitingApproval | PaymentStatus::Authorised
        );
        Self { status, finished, code, message, can_retry }
    }

    /// Where it stands, in one word.
    pub const fn status(&self) -> PaymentStatus {
        self.status
    }

    /// Where it stands, in French.
    pub const fn message(&self) -> &'static str {
        self.message
    }
}

impl Line {
    fn of(line: &PaymentLine, paid: Option<&PaidLine>) -> Self {
        let cents = |of: fn(&PaidLine) -> Balance| paid.map_or(0, |it| of(it).cents());
        Self {
            purchase: line.purchase,
            offer: line.catalogue.then_some(line.terms.offer),
            reference: line.terms.reference.clone(),
            title: line.terms.title.clone(),
            quantity: line.quantity,
            amount_cents: line.amount.cents(),
            held_cents: cents(|it| it.held),
            captured_cents: cents(|it| it.captured),
            refunded_cents: cents(|it| it.refunded),
        }
    }
}

impl Usage {
    fn of(paid: &Paid) -> Option<Self> {
        let (unit, ceiling) = paid.created.metered()?;
        let usage = paid.state.usage.as_deref().cloned().unwrap_or_default();
        Some(Self {
            units: usage.units,
            billed_units: usage.billed(),
            units_max: ceiling.cents() / unit.cents(),
            unit_cents: unit.cents(),
            alerted_percent: usage.alerted,
            closed: usage.is_over(),
        })
    }
}
