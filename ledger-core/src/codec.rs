//! What is on disk: every (name, version) a log may hold, and the type it is read as.
//!
//! An event's body is JSON. Its name and version stand beside it, never inside it, and come from
//! the tables below and from nowhere else: renaming a Rust type can never rename a stored event.
//!
//! To change the shape of an event, in three steps:
//!
//! 1. copy the body's struct to [`history`] under its old version, with a `From` to the new one;
//! 2. give the table a line for the old version that reads through it, and raise the written one;
//! 3. keep the golden file of the old version in `fixtures/events` and add one for the new.

pub mod follow;
pub mod history;

use crate::account::AccountEvent;
use crate::account::team::TeamEvent;
use crate::agreement::AgreementEvent;
use crate::bank::BankEvent;
use crate::batch::BatchEvent;
use crate::calendar::CalendarEvent;
use crate::client::ClientEvent;
use crate::control::ControlEvent;
use crate::convention::ConventionEvent;
use crate::correction::CorrectionEvent;
use crate::envelope::EnvelopeEvent;
use crate::event::Event;
use crate::event_log::{NewEvent, Position, Recorded};
use crate::harvest::HarvestEvent;
use crate::list::ListEvent;
use crate::offer::OfferEvent;
use crate::partner::PartnerEvent;
use crate::payment::PaymentEvent;
use crate::person::PersonEvent;
use crate::remittance::RemittanceEvent;
use crate::settlement::SettlementEvent;
use crate::stream::Category;
use crate::webhook::WebhookEvent;

pub use follow::Follower;

/// Why a stored event cannot be read: the log is newer than the program, or damaged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Not in the table.
    #[error("unknown event {name} version {schema} in a stream of category {category}")]
    Unknown {
        /// Its name.
        name: String,
        /// Its version.
        schema: u16,
        /// Its stream's category.
        category: &'static str,
    },
    /// In the table, but the JSON does not fit.
    #[error("event {name} version {schema} at position {position}: {why}")]
    Body {
        /// Its name.
        name: String,
        /// Its version.
        schema: u16,
        /// Where it stands.
        position: Position,
        /// What does not fit.
        why: String,
    },
}

/// An event that can be written to the log, and read back in any version ever written.
pub trait Stored: Sized {
    /// The streams it belongs to.
    const CATEGORY: Category;

    /// Every (name, version) that can be read, the written one last for each name.
    const TABLE: &'static [(&'static str, u16)];

    /// As it is written today.
    fn encode(&self) -> NewEvent;

    /// Reads any version ever written, as today's; `None` when the table has no such line.
    fn decode(name: &str, schema: u16, body: &[u8]) -> Option<serde_json::Result<Self>>;

    /// Reads what stands in the log.
    fn read(recorded: &Recorded) -> Result<Self, DecodeError> {
        let (name, schema) = (recorded.name.as_str(), recorded.schema);
        match Self::decode(name, schema, &recorded.body) {
            Some(Ok(event)) => Ok(event),
            Some(Err(why)) => Err(DecodeError::Body {
                name: name.into(),
                schema,
                position: recorded.position,
                why: why.to_string(),
            }),
            None => {
                let category = Self::CATEGORY.name();
                Err(DecodeError::Unknown { name: name.into(), schema, category })
            }
        }
    }
}

/// The table of one category: the name, the version that is written, and the case it is; then the
/// versions that are only read, each through a shape of [`history`]. What a case of an enum of its
/// own tells comes `within` it.
macro_rules! table {
    ($events:ident, $category:ident, {
        $($name:literal $version:literal => $case:ident $(, read $old:literal as $shape:ty)*;)+
    } $(within $outer:ident as $inner:ident {
        $($inner_name:literal $inner_version:literal => $inner_case:ident;)+
    })?) => {
        impl Stored for $events {
            const CATEGORY: Category = Category::$category;

            const TABLE: &'static [(&'static str, u16)] = &[
                $($(($name, $old),)* ($name, $version),)+
                $($(($inner_name, $inner_version),)+)?
            ];

            fn encode(&self) -> NewEvent {
                match self {
                    $(Self::$case(body) => NewEvent {
                        name: $name,
                        schema: $version,
                        body: json(body),
                    },)+
                    $(Self::$outer(within) => match within {
                        $($inner::$inner_case(body) => NewEvent {
                            name: $inner_name,
                            schema: $inner_version,
                            body: json(body),
                        },)+
                    },)?
                }
            }

            fn decode(name: &str, schema: u16, body: &[u8]) -> Option<serde_json::Result<Self>> {
                match (name, schema) {
                    $(
                        ($name, $version) => Some(serde_json::from_slice(body).map(Self::$case)),
                        $(($name, $old) => Some(
                            serde_json::from_slice::<$shape>(body).map(|it| Self::$case(it.into())),
                        ),)*
                    )+
                    $($(($inner_name, $inner_version) => Some(
                        serde_json::from_slice(body)
                            .map(|it| Self::$outer($inner::$inner_case(it))),
                    ),)+)?
                    _ => None,
                }
            }
        }
    };
}

table!(AccountEvent, Account, {
    "account_opened" 1 => Opened;
    "credits_granted" 1 => Granted;
    "purchase_authorised" 1 => Authorised;
    "purchase_captured" 1 => Captured;
    "purchase_cancelled" 1 => Cancelled;
    "hold_expired" 1 => HoldExpired;
    "purchase_refunded" 1 => Refunded;
    "credits_returned" 1 => Returned;
    "account_suspended" 1 => Suspended;
    "account_resumed" 1 => Resumed;
    "account_closed" 1 => Closed;
    "purchase_contested" 1 => Contested;
    "contest_ended" 1 => ContestEnded;
    "specimen_taken" 1 => SpecimenTaken;
    "licence_acquired" 1 => LicenceAcquired;
    "renewal_proposed" 1 => RenewalProposed;
    "renewal_declined" 1 => RenewalDeclined;
} within Team as TeamEvent {
    "team_named" 1 => Named;
    "team_member_added" 1 => MemberAdded;
    "team_member_removed" 1 => MemberRemoved;
    "team_rules_set" 1 => RulesSet;
    "approval_delegated" 1 => Delegated;
    "delegation_ended" 1 => DelegationEnded;
    "approval_requested" 1 => Requested;
    "approval_reminded" 1 => Reminded;
    "approval_given" 1 => Approved;
    "approval_refused" 1 => Refused;
});

table!(EnvelopeEvent, Envelope, {
    "envelope_opened" 2 => Opened, read 1 as crate::envelope::EnvelopeOpened;
    "budget_confirmed" 1 => BudgetConfirmed;
    "budget_raised" 1 => BudgetRaised;
    "funds_received" 2 => FundsReceived, read 1 as crate::envelope::FundsReceived;
    "credits_allocated" 1 => Allocated;
    "allocation_released" 1 => Released;
    "returns_noted" 1 => ReturnsNoted;
    "envelope_frozen" 1 => Frozen;
    "envelope_unfrozen" 1 => Unfrozen;
    "envelope_closed" 1 => Closed;
});

table!(BatchEvent, Batch, {
    "batch_opened" 1 => Opened;
    "chunk_added" 1 => ChunkAdded;
    "batch_submitted" 1 => Submitted;
    "batch_refused" 2 => Refused, read 1 as history::BatchRefusedV1;
    "chunk_credited" 1 => ChunkCredited;
    "batch_completed" 1 => Completed;
});

table!(PartnerEvent, Partner, {
    "partner_registered" 1 => Registered;
    "feed_declared" 2 => FeedDeclared, read 1 as crate::partner::FeedDeclared;
    "feed_removed" 1 => FeedRemoved;
    "bank_details_proposed" 1 => BankDetailsProposed;
    "bank_details_approved" 1 => BankDetailsApproved;
    "bank_details_rejected" 1 => BankDetailsRejected;
    "fee_agreed" 1 => FeeAgreed;
    "partner_suspended" 1 => Suspended;
    "partner_resumed" 1 => Resumed;
    "sites_declared" 1 => SitesDeclared;
});

table!(OfferEvent, Offer, {
    "offer_published" 2 => Published, read 1 as crate::offer::OfferPublished;
    "offer_revised" 2 => Revised, read 1 as crate::offer::OfferPublished;
    "offer_withdrawn" 1 => Withdrawn;
});

table!(ClientEvent, Client, {
    "client_registered" 1 => Registered;
    "secret_added" 1 => SecretAdded;
    "secret_removed" 1 => SecretRemoved;
    "certificate_added" 1 => CertificateAdded;
    "certificate_removed" 1 => CertificateRemoved;
    "client_revoked" 1 => Revoked;
});

table!(CalendarEvent, Calendar, {
    "year_opened" 1 => YearOpened;
    "month_closed" 1 => MonthClosed;
    "year_closed" 1 => YearClosed;
    "cut_off" 1 => CutOff;
    "period_settled" 1 => PeriodSettled;
});

table!(SettlementEvent, Settlement, {
    "settlement_prepared" 2 => Prepared, read 1 as Box<crate::settlement::Prepared>;
    "service_certified" 1 => Certified;
    "statement_received" 1 => StatementReceived;
    "statement_matched" 1 => Matched;
    "statement_differs" 1 => Differs;
    "fee_titled" 1 => FeeTitled;
    "fee_paid" 1 => FeePaid;
    "line_checked" 1 => LineChecked;
    "payment_ordered" 1 => Ordered;
    "visa_granted" 1 => VisaGranted;
    "payment_suspended" 1 => Suspended;
    "suspension_answered" 1 => Answered;
    "payment_requisitioned" 1 => Requisitioned;
    "set_off_whole" 1 => SetOff;
    "payment_sent" 1 => Sent;
    "payment_accepted" 1 => Accepted;
    "payment_rejected" 1 => Rejected;
    "payment_debited" 1 => Debited;
    "payment_returned" 1 => Returned;
    "voucher_attached" 1 => VoucherAttached;
});

table!(RemittanceEvent, Remittance, {
    "remittance_drawn_up" 1 => DrawnUp;
    "remittance_delivered" 1 => Delivered;
    "remittance_answered" 1 => Answered;
});

table!(BankEvent, Bank, {
    "bank_account_opened" 1 => Opened;
    "statement_imported" 1 => Imported;
    "line_matched" 1 => Matched;
    "charge_booked" 1 => ChargeBooked;
    "line_parked" 1 => Parked;
    "line_identified" 1 => Identified;
});

table!(ConventionEvent, Convention, {
    "convention_signed" 1 => Signed;
    "convention_amended" 1 => Amended;
    "convention_drawn" 1 => Drawn;
    "funds_called" 1 => Called;
    "convention_funds_received" 1 => Received;
    "return_ordered" 1 => ReturnOrdered;
    "return_sent" 1 => ReturnSent;
    "return_debited" 1 => ReturnDebited;
    "return_rejected" 1 => ReturnRejected;
    "return_came_back" 1 => ReturnCameBack;
});

table!(ControlEvent, Control, {
    "control_plan_adopted" 1 => Adopted;
});

table!(CorrectionEvent, Correction, {
    "correction_proposed" 1 => Proposed;
    "correction_approved" 1 => Approved;
    "correction_rejected" 1 => Rejected;
});

table!(HarvestEvent, Harvest, {
    "feed_read" 1 => Read;
    "feed_failed" 1 => Failed;
    "feed_held" 1 => Held;
    "hold_lifted" 1 => Lifted;
});

table!(ListEvent, List, {
    "list_created" 1 => Created;
    "offer_listed" 1 => Listed;
    "offer_unlisted" 1 => Unlisted;
    "list_renamed" 1 => Renamed;
    "list_shared" 1 => Shared;
    "list_unshared" 1 => Unshared;
    "list_deleted" 1 => Deleted;
});

table!(PaymentEvent, Payment, {
    "payment_created" 1 => Created;
    "payment_authorised" 1 => Authorised;
    "payment_approval_awaited" 1 => ApprovalAwaited;
    "payment_declined" 1 => Declined;
    "payment_cancelled" 1 => Cancelled;
    "payment_expired" 1 => Expired;
    "usage_recorded" 1 => UsageRecorded;
    "ceiling_neared" 1 => CeilingNeared;
    "usage_closed" 1 => UsageClosed;
});

table!(PersonEvent, Person, {
    "role_granted" 1 => Granted;
    "role_revoked" 1 => Revoked;
    "signed_out_everywhere" 1 => SignedOut;
});

table!(WebhookEvent, Webhook, {
    "webhook_created" 1 => Created;
    "webhook_changed" 1 => Changed;
    "webhook_secret_rotated" 1 => SecretRotated;
    "webhook_paused" 1 => Paused;
    "webhook_resumed" 1 => Resumed;
    "webhook_deleted" 1 => Deleted;
    "webhook_claimed" 1 => Claimed;
    "webhook_progressed" 1 => Progressed;
    "webhook_replayed" 1 => Replayed;
});

table!(AgreementEvent, Agreement, {
    "agreement_signed" 1 => Signed;
    "spending_counted" 1 => Counted;
    "spending_taken_off" 1 => TakenOff;
    "ceiling_reached" 1 => Reached;
    "buyer_credited" 1 => Credited;
    "agreement_ended" 1 => Ended;
});

/// Reads an event of any stream.
pub fn read(recorded: &Recorded) -> Result<Event, DecodeError> {
    Ok(match recorded.stream.category {
        Category::Account => Event::Account(Stored::read(recorded)?),
        Category::Envelope => Event::Envelope(Stored::read(recorded)?),
        Category::Batch => Event::Batch(Stored::read(recorded)?),
        Category::Partner => Event::Partner(Stored::read(recorded)?),
        Category::Offer => Event::Offer(Stored::read(recorded)?),
        Category::Client => Event::Client(Stored::read(recorded)?),
        Category::Calendar => Event::Calendar(Stored::read(recorded)?),
        Category::Settlement => Event::Settlement(Stored::read(recorded)?),
        Category::Remittance => Event::Remittance(Stored::read(recorded)?),
        Category::Bank => Event::Bank(Stored::read(recorded)?),
        Category::Convention => Event::Convention(Stored::read(recorded)?),
        Category::Control => Event::Control(Stored::read(recorded)?),
        Category::Correction => Event::Correction(Stored::read(recorded)?),
        Category::Harvest => Event::Harvest(Stored::read(recorded)?),
        Category::List => Event::List(Stored::read(recorded)?),
        Category::Payment => Event::Payment(Stored::read(recorded)?),
        Category::Person => Event::Person(Stored::read(recorded)?),
        Category::Webhook => Event::Webhook(Stored::read(recorded)?),
        Category::Agreement => Event::Agreement(Stored::read(recorded)?),
    })
}

/// Every (category, name, version) a log may hold, in the order of the tables.
pub fn table() -> Vec<(Category, &'static str, u16)> {
    fn of<E: Stored>() -> impl Iterator<Item = (Category, &'static str, u16)> {
        E::TABLE.iter().map(|&(name, schema)| (E::CATEGORY, name, schema))
    }
    of::<AccountEvent>()
        .chain(of::<EnvelopeEvent>())
        .chain(of::<BatchEvent>())
        .chain(of::<PartnerEvent>())
        .chain(of::<OfferEvent>())
        .chain(of::<ClientEvent>())
        .chain(of::<CalendarEvent>())
        .chain(of::<SettlementEvent>())
        .chain(of::<RemittanceEvent>())
        .chain(of::<BankEvent>())
        .chain(of::<ConventionEvent>())
        .chain(of::<ControlEvent>())
        .chain(of::<CorrectionEvent>())
        .chain(of::<HarvestEvent>())
        .chain(of::<ListEvent>())
        .chain(of::<PaymentEvent>())
        .chain(of::<PersonEvent>())
        .chain(of::<WebhookEvent>())
        .chain(of::<AgreementEvent>())
        .collect()
}

/// The body's JSON; empty only if a body could not be written, which none of the tables' can be.
fn json(body: &impl serde::Serialize) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(768);
    if serde_json::to_writer(&mut bytes, body).is_err() {
        bytes.clear();
    }
    bytes
}
