//! Who is told what: an event of the log becomes a message for one party, or none.

use chrono::{DateTime, Utc};
use ledger_core::account::team::TeamEvent;
use ledger_core::account::{Account, AccountEvent};
use ledger_core::batch::{Batch, BatchEvent};
use ledger_core::client::Party;
use ledger_core::codec;
use ledger_core::envelope::Envelope;
use ledger_core::event::Event;
use ledger_core::event_log::{Position, Recorded};
use ledger_core::harvest::HarvestEvent;
use ledger_core::ids::{
    AccountId, BatchId, BuyerId, HarvestId, PartnerId, PaymentId, PurchaseId, SettlementId,
};
use ledger_core::payment::{Payment, PaymentEvent};
use ledger_core::settlement::{Settlement, SettlementEvent};
use ledger_core::stream::Category;
use serde_json::{Value, json};

use crate::api::payments::events::{of_account, of_payment};
use crate::app::App;
use crate::format;
use crate::problem::Problem;

/// What a party is told.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Where what it tells stands in the log.
    pub position: Position,
    /// Whom it concerns.
    pub party: Party,
    /// What happened: `payment.captured`.
    pub kind: &'static str,
    /// When.
    pub at: DateTime<Utc>,
    /// What it says.
    pub data: Value,
}

/// Everything that is ever told, with what it means; `docs/webhooks.md` lists it.
pub const KINDS: [(&str, &str); 33] = [
    ("payment.authorised", "a teacher confirmed the payment: money is held"),
    ("payment.awaiting_approval", "a team's money is held, until its head of school agrees"),
    ("payment.declined", "the teacher, or the head of school, said no"),
    ("payment.cancelled", "the payment, or one of its lines, was given up"),
    ("payment.expired", "nobody confirmed the payment in time"),
    ("payment.captured", "a line was captured, whole or in part"),
    ("payment.released", "what was held for a line and not captured was given back"),
    ("payment.hold_expired", "the hold of a line ended before all of it was captured"),
    ("payment.refunded", "a line was refunded, whole or in part"),
    ("payment.contested", "the teacher contests a line: its settlement waits"),
    ("payment.contest_ended", "a contest is over"),
    ("payment.usage_recorded", "a count of usage was taken"),
    ("payment.ceiling_neared", "usage reached 50, 80 or 100 % of the ceiling"),
    ("payment.usage_closed", "usage was billed"),
    ("purchase.authorised", "an offer was bought on the storefront: money is held"),
    ("purchase.awaiting_approval", "it waits for the head of school: do not deliver yet"),
    ("purchase.approved", "the head of school agreed"),
    ("purchase.captured", "a purchase of the storefront was captured"),
    ("purchase.acquired", "an offer that an agreement freed was obtained at 0"),
    ("purchase.cancelled", "a purchase of the storefront was given up"),
    ("purchase.released", "what was held for it and not captured was given back"),
    ("purchase.hold_expired", "its hold ended before all of it was captured"),
    ("purchase.refunded", "a purchase of the storefront was refunded"),
    ("purchase.contested", "its buyer contests it: its settlement waits"),
    ("purchase.contest_ended", "a contest is over"),
    ("settlement.prepared", "what is due for a period was drawn up"),
    ("settlement.ordered", "its payment was ordered"),
    ("settlement.suspended", "the accountant suspends it, with a reason"),
    ("settlement.sent", "its transfer was sent to the bank"),
    ("settlement.paid", "the bank debited its transfer"),
    ("settlement.rejected", "the bank refused its transfer, or it came back"),
    ("feed.held", "a feed shrank so much that it waits for a human"),
    ("batch.completed", "a file of credits is done (for funders)"),
];

/// What a test message is called.
pub const PING: &str = "ping";

impl Message {
    /// The message's id: the same for every try, by any node.
    pub fn id(&self) -> String {
        id_of(self.position)
    }

    /// Its body, as it is signed and sent.
    pub fn body(&self) -> Vec<u8> {
        let body =
            json!({ "type": self.kind, "timestamp": format::iso(self.at), "data": self.data });
        body.to_string().into_bytes()
    }
}

/// The id of the message that tells what stands at `position`.
pub fn id_of(position: Position) -> String {
    format!("msg_{position:016}")
}

/// Where what a message tells stands; `None` when it is not an id of ours.
pub fn position_of(id: &str) -> Option<Position> {
    let digits = id.strip_prefix("msg_").filter(|it| it.len() == 16)?;
    digits.parse().ok()
}

/// Whether an event of that stream may be told at all: looked at before its body is read.
const fn may_be_told(category: Category) -> bool {
    matches!(
        category,
        Category::Account
            | Category::Payment
            | Category::Settlement
            | Category::Harvest
            | Category::Batch
    )
}

/// What `party` is told of `recorded`; `None` when it is nothing.
pub async fn of(app: &App, recorded: &Recorded, party: Party) -> Result<Option<Message>, Problem> {
    if !may_be_told(recorded.stream.category) {
        return Ok(None);
    }
    let event = codec::read(recorded).map_err(Problem::internal)?;
    let said = match (event, party) {
        (Event::Payment(it), Party::Partner(partner)) => {
            payment(app, PaymentId(recorded.stream.id), &it, partner).await?
        }
        (Event::Account(it), Party::Partner(partner)) => {
            account(app, AccountId(recorded.stream.id), &it, partner).await?
        }
        (Event::Settlement(it), Party::Partner(partner)) => {
            settlement(app, SettlementId(recorded.stream.id), &it, partner).await?
        }
        (Event::Harvest(HarvestEvent::Held(it)), Party::Partner(partner)) => {
            let own = HarvestId(recorded.stream.id).partner() == partner;
            let data = json!({ "format": it.format.name(), "offers": it.known, "named": it.named });
            own.then_some(("feed.held", data))
        }
        (Event::Batch(BatchEvent::Completed(it)), Party::Funder(funder)) => {
            let id = BatchId(recorded.stream.id);
            let envelope = |it: &Batch| it.opened.as_ref().map(|it| it.envelope);
            let envelope = app.ledger.inspect::<Batch, _>(id, envelope).await?;
            let Some(envelope) = envelope else { return Ok(None) };
            let owner = |it: &Envelope| it.opened.as_ref().map(|it| it.funder);
            let own = app.ledger.inspect::<Envelope, _>(envelope, owner).await? == Some(funder);
            let data = json!({ "batch": id, "envelope": envelope, "credited": it.credited,
                "amount_cents": it.amount.cents(), "refused": it.refused });
            own.then_some(("batch.completed", data))
        }
        _ => None,
    };
    let (position, at) = (recorded.position, recorded.meta.at);
    Ok(said.map(|(kind, data)| Message { position, party, kind, at, data }))
}

type Said = Option<(&'static str, Value)>;

async fn payment(
    app: &App,
    id: PaymentId,
    event: &PaymentEvent,
    partner: PartnerId,
) -> Result<Said, Problem> {
    // Whoever asked knows that it asked.
    if let PaymentEvent::Created(_) = event {
        return Ok(None);
    }
    let asked = |it: &Payment| {
        let created = it.created.as_ref().filter(|it| it.partner == partner);
        created.map(|it| it.reference.clone())
    };
    let reference = app.ledger.inspect::<Payment, _>(id, asked).await?;
    let Some(reference) = reference else { return Ok(None) };
    let (kind, data) = of_payment(event);
    Ok(Some((kind, with(data, json!({ "payment": id, "reference": reference })))))
}

async fn account(
    app: &App,
    account: AccountId,
    event: &AccountEvent,
    partner: PartnerId,
) -> Result<Said, Problem> {
    if let AccountEvent::LicenceAcquired(it) = event {
        let buyer = BuyerId::of(&app.pseudonyms, partner, account);
        let said = json!({ "purchase": it.purchase, "buyer": buyer, "offer": it.terms.offer,
            "reference": it.terms.reference, "agreement": it.agreement, "amount_cents": 0 });
        return Ok((it.terms.partner == partner).then_some(("purchase.acquired", said)));
    }
    let Some(purchase) = purchase_of(event) else { return Ok(None) };
    let seller = |it: &Account| it.purchase(purchase).map(|it| it.partner);
    if app.ledger.inspect::<Account, _>(account, seller).await? != Some(partner) {
        return Ok(None);
    }
    let line = app.models.now().map_err(Problem::unavailable)?.payment_of(purchase);
    if let Some((id, _)) = line.map_err(Problem::unavailable)? {
        let created = |it: &Payment| it.created.clone();
        let created = app.ledger.inspect::<Payment, _>(id, created).await?;
        let Some(created) = created else { return Ok(None) };
        let said = of_account(event, &created);
        let more = json!({ "payment": id, "reference": created.reference, "purchase": purchase });
        return Ok(said.map(|(kind, data)| (kind, with(data, more))));
    }
    let buyer = BuyerId::of(&app.pseudonyms, partner, account);
    let more = json!({ "purchase": purchase, "buyer": buyer });
    Ok(storefront(event).map(|(kind, data)| (kind, with(data, more))))
}

/// What a purchase of the storefront is told as.
fn storefront(event: &AccountEvent) -> Said {
    match event {
        AccountEvent::Authorised(it) => Some((
            "purchase.authorised",
            json!({ "offer": it.terms.offer, "reference": it.terms.reference,
                "amount_cents": it.amount.cents(), "held_until": format::iso(it.hold_until) }),
        )),
        AccountEvent::Captured(it) => {
            let said = json!({ "amount_cents": it.amount.cents(), "last": it.last });
            Some(("purchase.captured", said))
        }
        AccountEvent::Cancelled(it) => Some(("purchase.cancelled", json!({ "reason": it.reason }))),
        AccountEvent::HoldExpired(it) => Some((
            if it.released { "purchase.released" } else { "purchase.hold_expired" },
            json!({}),
        )),
        AccountEvent::Refunded(it) => {
            Some(("purchase.refunded", json!({ "amount_cents": it.amount.cents() })))
        }
        AccountEvent::Contested(it) => Some(("purchase.contested", json!({ "reason": it.reason }))),
        AccountEvent::ContestEnded(it) => {
            Some(("purchase.contest_ended", json!({ "outcome": it.outcome })))
        }
        AccountEvent::Team(TeamEvent::Requested(it)) => {
            Some(("purchase.awaiting_approval", json!({ "until": format::iso(it.until) })))
        }
        AccountEvent::Team(TeamEvent::Approved(_)) => Some(("purchase.approved", json!({}))),
        AccountEvent::Team(_)
        | AccountEvent::Opened(_)
        | AccountEvent::Granted(_)
        | AccountEvent::Returned(_)
        | AccountEvent::Suspended(_)
        | AccountEvent::Resumed(_)
        | AccountEvent::Closed(_)
        | AccountEvent::SpecimenTaken(_)
        | AccountEvent::LicenceAcquired(_)
        | AccountEvent::RenewalProposed(_)
        | AccountEvent::RenewalDeclined(_) => None,
    }
}

/// The purchase that `event` is about; `None` when it is about none.
const fn purchase_of(event: &AccountEvent) -> Option<PurchaseId> {
    match event {
        AccountEvent::Authorised(it) => Some(it.purchase),
        AccountEvent::Captured(it) => Some(it.purchase),
        AccountEvent::Cancelled(it) => Some(it.purchase),
        AccountEvent::HoldExpired(it) => Some(it.purchase),
        AccountEvent::Refunded(it) => Some(it.purchase),
        AccountEvent::Contested(it) => Some(it.purchase),
        AccountEvent::ContestEnded(it) => Some(it.purchase),
        AccountEvent::Team(it) => it.purchase(),
        AccountEvent::Opened(_)
        | AccountEvent::Granted(_)
        | AccountEvent::Returned(_)
        | AccountEvent::Suspended(_)
        | AccountEvent::Resumed(_)
        | AccountEvent::Closed(_)
        | AccountEvent::SpecimenTaken(_)
        | AccountEvent::LicenceAcquired(_)
        | AccountEvent::RenewalProposed(_)
        | AccountEvent::RenewalDeclined(_) => None,
    }
}

async fn settlement(
    app: &App,
    id: SettlementId,
    event: &SettlementEvent,
    partner: PartnerId,
) -> Result<Said, Problem> {
    let (kind, data) = match event {
        SettlementEvent::Prepared(it) => {
            let captured = it.captured.cents();
            (
                "settlement.prepared",
                json!({ "lines": it.lines, "captured_cents": captured,
                "refunded_cents": it.refunded.cents() }),
            )
        }
        SettlementEvent::Ordered(it) => {
            let said = json!({ "payable_cents": it.payable.cents(), "due": it.due });
            ("settlement.ordered", said)
        }
        SettlementEvent::Suspended(it) => ("settlement.suspended", json!({ "reason": it.reason })),
        SettlementEvent::Sent(it) => {
            let said = json!({ "amount_cents": it.amount.cents(), "end_to_end": it.end_to_end });
            ("settlement.sent", said)
        }
        SettlementEvent::Debited(it) => {
            let said = json!({ "amount_cents": it.amount.cents(), "end_to_end": it.end_to_end,
                "booked": it.booked });
            ("settlement.paid", said)
        }
        SettlementEvent::Rejected(it) => {
            let said = json!({ "amount_cents": it.amount.cents(), "reason": it.reason });
            ("settlement.rejected", said)
        }
        SettlementEvent::Returned(it) => {
            ("settlement.rejected", json!({ "amount_cents": it.amount.cents() }))
        }
        SettlementEvent::Certified(_)
        | SettlementEvent::StatementReceived(_)
        | SettlementEvent::Matched(_)
        | SettlementEvent::Differs(_)
        | SettlementEvent::FeeTitled(_)
        | SettlementEvent::FeePaid(_)
        | SettlementEvent::LineChecked(_)
        | SettlementEvent::VisaGranted(_)
        | SettlementEvent::Answered(_)
        | SettlementEvent::Requisitioned(_)
        | SettlementEvent::SetOff(_)
        | SettlementEvent::Accepted(_)
        | SettlementEvent::VoucherAttached(_) => return Ok(None),
    };
    let look = |it: &Settlement| it.prepared.as_ref().map(|it| (it.partner, it.on));
    match app.ledger.inspect::<Settlement, _>(id, look).await? {
        Some((of, period)) if of == partner => {
            Ok(Some((kind, with(data, json!({ "settlement": id, "period": period })))))
        }
        Some(_) | None => Ok(None),
    }
}

/// `data` and `more`, in one object.
fn with(data: Value, more: Value) -> Value {
    match (data, more) {
        (Value::Object(data), Value::Object(mut more)) => {
            more.extend(data);
            Value::Object(more)
        }
        (data, _) => data,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_found_again_by_its_id() {
        assert_eq!(id_of(42), "msg_0000000000000042");
        assert_eq!(position_of("msg_0000000000000042"), Some(42));
        for wrong in ["msg_42", "0000000000000042", "msg_000000000000004x", ""] {
            assert_eq!(position_of(wrong), None, "{wrong}");
        }
    }
}
