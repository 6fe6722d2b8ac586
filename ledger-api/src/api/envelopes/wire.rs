//! Envelopes as the API writes them.

use chrono::NaiveDate;
use compact_str::CompactString;
use ledger_core::account::{self, SchoolLevel};
use ledger_core::envelope::{self as core, EnvelopeOpened, EnvelopeRefusal};
use ledger_core::identifiers::{Funder, Uai};
use ledger_core::ids::{ConventionId, EnvelopeId};
use ledger_core::ledger::ExecuteError;
use ledger_core::money::{Balance, Budget};
use ledger_core::offer::Kind;
use ledger_core::process::envelopes::OpenError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::fields::{self, Cents, Day, Text};
use crate::problem::{Problem, kinds};

/// An envelope to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEnvelope {
    /// What it is called.
    #[schema(schema_with = fields::text_200)]
    title: Text<200>,
    /// The funder's name, as on its letterhead.
    #[schema(schema_with = fields::text_200)]
    funder_name: Text<200>,
    /// The arrêté, deliberation or convention that allows it.
    #[schema(schema_with = fields::text_200)]
    legal_reference: Text<200>,
    /// How much, in euro cents.
    #[schema(schema_with = fields::budget_cents)]
    budget_cents: Cents<{ Budget::MAX.cents() }>,
    /// How much of it may be allocated before it is confirmed, in thousandths: 800 is four fifths,
    /// 1000 is all of it.
    #[serde(default = "whole")]
    #[schema(minimum = 1, maximum = 1000, default = 1000)]
    ratio_permille: u16,
    /// The first day on which it credits accounts.
    #[schema(schema_with = fields::day)]
    valid_from: Day,
    /// The last day on which its credits may be spent; not before `valid_from`.
    #[schema(schema_with = fields::day)]
    valid_until: Day,
    /// Which funder pays first: 1 before 9.
    #[serde(default = "middle")]
    #[schema(minimum = 1, maximum = 9, default = 5)]
    priority: u8,
    /// Whom it credits; everybody when it is left out.
    #[serde(default)]
    recipients: Recipients,
    /// What its credits may buy; everything when it is left out.
    #[serde(default)]
    earmark: Earmark,
    /// The funder's convention that it draws on, which calls for its money: its whole budget is
    /// set aside there. Without one, the money is called for when the envelope is opened.
    #[serde(default, deserialize_with = "fields::given")]
    #[schema(schema_with = fields::convention_id, required = false)]
    convention: Option<ConventionId>,
}

const fn whole() -> u16 {
    1000
}

const fn middle() -> u8 {
    5
}

/// Whom an envelope credits: a list that is empty or left out excludes nobody.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Recipients {
    /// Only holders in schools of these levels.
    #[schema(schema_with = fields::levels)]
    levels: Vec<SchoolLevel>,
    /// Only holders in these académies, by the ministry's numbers.
    #[schema(schema_with = fields::academies)]
    academies: Vec<u8>,
    /// Only holders in these schools (UAI).
    #[schema(schema_with = fields::schools)]
    schools: Vec<Uai>,
}

/// What credits may buy: a list that is empty or left out excludes nothing.
#[derive(Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Earmark {
    /// Only resources of these kinds.
    #[schema(schema_with = fields::kinds)]
    kinds: Vec<Kind>,
    /// Only resources of one of these subjects.
    #[schema(schema_with = fields::subjects)]
    subjects: Vec<Text<100>>,
}

impl NewEnvelope {
    /// The envelope it opens for `funder`.
    pub fn opened(self, funder: Funder) -> Result<EnvelopeOpened, Problem> {
        if let Some(at) = self.recipients.academies.iter().position(|it| !(1..=99).contains(it)) {
            let field = format!("recipients.academies[{at}]");
            return Err(Problem::field(&kinds::INVALID_FIELD, &field, "expected 1 to 99"));
        }
        let opened = EnvelopeOpened {
            funder,
            funder_name: self.funder_name.0,
            title: self.title.0,
            legal_reference: self.legal_reference.0,
            budget: self.budget_cents.0,
            ratio: self.ratio_permille,
            valid_from: self.valid_from.0,
            valid_until: self.valid_until.0,
            priority: self.priority,
            recipients: self.recipients.into(),
            earmark: self.earmark.into(),
            convention: self.convention,
        };
        opened.check().map_err(|it| told(ExecuteError::Refused(it)))?;
        Ok(opened)
    }
}

/// Why an envelope is not opened, with the field as the API calls it.
pub fn not_opened(error: OpenError) -> Problem {
    match error {
        OpenError::Envelope(ExecuteError::Refused(EnvelopeRefusal::ReferenceReused { .. })) => {
            let detail = "this Idempotency-Key opened another envelope: use a new one";
            Problem::new(&kinds::IDEMPOTENCY_KEY_REUSED, detail)
        }
        OpenError::Envelope(error) => told(error),
        OpenError::Convention(error) => error.into(),
        // Another funder's convention does not exist for the caller.
        OpenError::NotTheFunders => {
            let expected = "expected a convention of this funder";
            Problem::field(&kinds::INVALID_FIELD, "convention", expected)
        }
    }
}

/// A refusal, with the field as the API calls it.
pub fn told(error: ExecuteError<EnvelopeRefusal>) -> Problem {
    if let ExecuteError::Refused(EnvelopeRefusal::Invalid { field, expected }) = error {
        let field = match field {
            "ratio" => "ratio_permille",
            "recipients" => "recipients.schools",
            "earmark" => "earmark.subjects",
            same => same,
        };
        return Problem::field(&kinds::INVALID_FIELD, field, expected);
    }
    error.into()
}

impl From<Recipients> for account::Recipients {
    fn from(it: Recipients) -> Self {
        Self { levels: it.levels, academies: it.academies, schools: it.schools }
    }
}

impl From<account::Recipients> for Recipients {
    fn from(it: account::Recipients) -> Self {
        Self { levels: it.levels, academies: it.academies, schools: it.schools }
    }
}

impl From<Earmark> for account::Earmark {
    fn from(it: Earmark) -> Self {
        Self { kinds: it.kinds, subjects: it.subjects.into_iter().map(|it| it.0).collect() }
    }
}

impl From<account::Earmark> for Earmark {
    fn from(it: account::Earmark) -> Self {
        Self { kinds: it.kinds, subjects: it.subjects.into_iter().map(Text).collect() }
    }
}

/// Whether an envelope takes part in anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EnvelopeStatus {
    /// It credits accounts.
    Open,
    /// It refuses new credits and purchases for now.
    Frozen,
    /// It is over.
    Closed,
}

/// One funder's pot (enveloppe).
#[derive(Debug, Serialize, ToSchema)]
pub struct Envelope {
    /// Its id.
    #[schema(schema_with = fields::envelope_id)]
    id: EnvelopeId,
    /// Whose money.
    #[schema(schema_with = fields::funder)]
    funder: Funder,
    /// The funder's name, as on its letterhead.
    #[schema(value_type = String)]
    funder_name: CompactString,
    /// What it is called.
    #[schema(value_type = String)]
    title: CompactString,
    /// The arrêté, deliberation or convention that allows it.
    #[schema(value_type = String)]
    legal_reference: CompactString,
    /// Whether it takes part in anything.
    status: EnvelopeStatus,
    /// Why it is frozen.
    #[schema(value_type = Option<String>)]
    #[serde(skip_serializing_if = "Option::is_none")]
    frozen_reason: Option<CompactString>,
    /// All that was voted.
    #[schema(schema_with = fields::balance_cents)]
    budget_cents: u64,
    /// How much of it may be allocated, in thousandths.
    ratio_permille: u16,
    /// What may still be allocated today.
    #[schema(schema_with = fields::balance_cents)]
    available_cents: u64,
    /// What arrived at the bank.
    #[schema(schema_with = fields::balance_cents)]
    received_cents: u64,
    /// What accounts were or will be credited.
    #[schema(schema_with = fields::balance_cents)]
    allocated_cents: u64,
    /// What goes back to the funder: expired credits and late refunds.
    #[schema(schema_with = fields::balance_cents)]
    returned_cents: u64,
    /// The first day on which it credits accounts.
    #[schema(value_type = String, format = Date)]
    valid_from: NaiveDate,
    /// The last day on which its credits may be spent.
    #[schema(value_type = String, format = Date)]
    valid_until: NaiveDate,
    /// Which funder pays first: 1 before 9.
    priority: u8,
    /// Whom it credits.
    recipients: Recipients,
    /// What its credits may buy.
    earmark: Earmark,
    /// The convention that it draws on.
    #[schema(schema_with = fields::convention_id, required = false)]
    #[serde(skip_serializing_if = "Option::is_none")]
    convention: Option<ConventionId>,
}

impl Envelope {
    /// The envelope `id` as it is; `None` before it was opened.
    pub fn of(id: EnvelopeId, it: &core::Envelope) -> Option<Self> {
        let opened = it.opened.as_ref()?;
        let status = match (it.closed, &it.frozen) {
            (true, _) => EnvelopeStatus::Closed,
            (false, Some(_)) => EnvelopeStatus::Frozen,
            (false, None) => EnvelopeStatus::Open,
        };
        Some(Self {
            id,
            funder: opened.funder,
            funder_name: opened.funder_name.clone(),
            title: opened.title.clone(),
            legal_reference: opened.legal_reference.clone(),
            status,
            frozen_reason: it.frozen.clone().filter(|_| status == EnvelopeStatus::Frozen),
            budget_cents: it.budget.cents(),
            ratio_permille: it.ratio,
            available_cents: available(it, status).cents(),
            received_cents: it.received.cents(),
            allocated_cents: it.allocated.cents(),
            returned_cents: it.returned.cents(),
            valid_from: opened.valid_from,
            valid_until: opened.valid_until,
            priority: opened.priority,
            recipients: opened.recipients.clone().into(),
            earmark: opened.earmark.clone().into(),
            convention: opened.convention,
        })
    }

    /// Whether it takes part in anything.
    pub fn status(&self) -> EnvelopeStatus {
        self.status
    }
}

fn available(it: &core::Envelope, status: EnvelopeStatus) -> Balance {
    match status {
        EnvelopeStatus::Open => it.left(),
        EnvelopeStatus::Frozen | EnvelopeStatus::Closed => Balance::ZERO,
    }
}
