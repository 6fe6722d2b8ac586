//! What a partner sends to ask for a payment.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use compact_str::CompactString;
use ledger_core::ids::{OfferId, PartnerId, PaymentId};
use ledger_core::meta::accounting_day;
use ledger_core::money::{Amount, Balance};
use ledger_core::offer::{Kind, Price, RATES, Vat};
use ledger_core::partner::Partner;
use ledger_core::payment::CaptureMode;
use ledger_core::process::payments::{Asked, AskedLine, FreeLine};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::fields::{self, Cents, Text};
use crate::app::App;
use crate::problem::{Problem, kinds};

/// The longest term to confirm a payment, in seconds: 90 days.
const TERM_MAX: u32 = 90 * 86_400;

/// A payment to be asked for.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// Your own reference, such as an order's number; it is found again by it.
    #[schema(schema_with = fields::text_255)]
    reference: Text<255>,
    /// What the teacher reads above the lines.
    #[serde(default, deserialize_with = "fields::given", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = fields::text_255, required = false)]
    description: Option<Text<255>>,
    /// What is bought; a single line when it is billed by use.
    #[schema(min_items = 1, max_items = 20)]
    lines: Vec<NewLine>,
    /// Where the teacher goes back to: on a site that the partner declared.
    #[schema(value_type = String, min_length = 8, max_length = 2000, pattern = "^https?://[!-~]+$",
        example = "https://boutique.example/merci?panier=1789")]
    return_url: CompactString,
    /// `manual`: when you say that you have delivered; `automatic`: as soon as it is confirmed.
    #[serde(default)]
    #[schema(value_type = CaptureWhen)]
    capture: CaptureWhen,
    /// For how many days money is held once it is confirmed.
    #[serde(default = "two_months")]
    #[schema(minimum = 1, maximum = 400, default = 60)]
    hold_days: u16,
    /// For how many seconds a teacher may confirm it.
    #[serde(default = "one_day")]
    #[schema(minimum = 60, maximum = 7_776_000, default = 86_400)]
    expires_in: u32,
    /// What you want to find again; `ledger_code` is your own account code. No personal data.
    #[serde(default)]
    #[schema(schema_with = fields::metadata)]
    metadata: BTreeMap<CompactString, CompactString>,
}

const fn two_months() -> u16 {
    60
}

const fn one_day() -> u32 {
    86_400
}

const fn one() -> u16 {
    1
}

/// When the money of a confirmed payment is captured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CaptureWhen {
    /// When the partner says that it has delivered.
    #[default]
    Manual,
    /// As soon as it is confirmed.
    Automatic,
}

impl From<CaptureWhen> for CaptureMode {
    fn from(it: CaptureWhen) -> Self {
        match it {
            CaptureWhen::Manual => Self::Manual,
            CaptureWhen::Automatic => Self::Automatic,
        }
    }
}

impl From<CaptureMode> for CaptureWhen {
    fn from(it: CaptureMode) -> Self {
        match it {
            CaptureMode::Manual => Self::Manual,
            CaptureMode::Automatic => Self::Automatic,
        }
    }
}

/// One line.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum NewLine {
    /// An offer of the catalogue, at its price of today.
    Offer(NewOfferLine),
    /// Anything else that teaches.
    Free(NewFreeLine),
}

/// An offer of the catalogue.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOfferLine {
    /// Your own reference for it, as in your feed.
    #[schema(schema_with = fields::text_100)]
    reference: Text<100>,
    /// How many; one for what is billed by use.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 10_000, default = 1)]
    quantity: u16,
    /// The most to spend: for what is billed by use, and only for that.
    #[serde(default, deserialize_with = "fields::given", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = fields::amount_cents, required = false)]
    ceiling_cents: Option<Cents<{ Amount::MAX.cents() }>>,
}

/// Something that is no offer of the catalogue.
#[derive(Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFreeLine {
    /// What it is, as the teacher reads it.
    #[schema(schema_with = fields::text_200)]
    title: Text<200>,
    /// Your own reference for it.
    #[schema(schema_with = fields::text_100)]
    reference: Text<100>,
    /// What kind of resource it is: some money only buys some kinds.
    #[schema(schema_with = fields::kind)]
    kind: Kind,
    /// Its subjects: some money only buys some subjects.
    #[serde(default)]
    #[schema(schema_with = fields::subjects)]
    subjects: Vec<Text<100>>,
    /// What one costs, tax included.
    #[schema(schema_with = fields::amount_cents)]
    amount_cents: Cents<{ Amount::MAX.cents() }>,
    /// The rate of its VAT, in hundredths of a percent: 550 is 5,5 %.
    #[schema(schema_with = fields::vat_rate)]
    vat_rate: u16,
    /// How many; one for what is billed by use.
    #[serde(default = "one")]
    #[schema(minimum = 1, maximum = 10_000, default = 1)]
    quantity: u16,
    /// The most to spend: it is billed by use, `amount_cents` a unit.
    #[serde(default, deserialize_with = "fields::given", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = fields::amount_cents, required = false)]
    ceiling_cents: Option<Cents<{ Amount::MAX.cents() }>>,
}

impl NewPayment {
    /// Refused when the return address is on no site of `partner`.
    pub async fn checked(&self, app: &App, partner: PartnerId) -> Result<(), Problem> {
        let address = self.return_url.as_str();
        let plain = address.bytes().all(|it| it.is_ascii_graphic()) && address.len() <= 2_000;
        if !plain || url::Url::parse(address).is_err() {
            let expected = "expected an https:// address of at most 2000 characters";
            return Err(Problem::field(&kinds::INVALID_FIELD, "return_url", expected));
        }
        let declared = |it: &Partner| it.site_of(address).is_some();
        if app.ledger.inspect::<Partner, _>(partner, declared).await? {
            return Ok(());
        }
        let detail = "return_url: expected an address on a site that you declared to the operator \
                      (`ledger-api partner sites`)";
        Err(Problem::new(&kinds::SITE_NOT_DECLARED, detail))
    }

    /// What it asks for.
    pub fn asked(
        self,
        payment: PaymentId,
        partner: PartnerId,
        at: DateTime<Utc>,
    ) -> Result<Asked, Problem> {
        let request = super::fingerprint(&self);
        if !(60..=TERM_MAX).contains(&self.expires_in) {
            let expected = "expected 60 to 7776000 seconds";
            return Err(Problem::field(&kinds::INVALID_FIELD, "expires_in", expected));
        }
        let lines = self.lines.into_iter().enumerate();
        Ok(Asked {
            payment,
            partner,
            lines: lines.map(|(at, it)| it.asked(at, partner)).collect::<Result<_, _>>()?,
            reference: self.reference.0,
            description: self.description.map(|it| it.0).unwrap_or_default(),
            return_url: self.return_url,
            metadata: self.metadata,
            capture: self.capture.into(),
            hold_days: self.hold_days,
            expires_at: at + TimeDelta::seconds(i64::from(self.expires_in)),
            request,
            on: accounting_day(at),
        })
    }
}

impl NewLine {
    fn asked(self, at: usize, partner: PartnerId) -> Result<AskedLine, Problem> {
        match self {
            Self::Offer(NewOfferLine { reference, quantity, ceiling_cents }) => {
                let offer = OfferId::of(partner, &reference.0);
                let ceiling = ceiling_cents.map(|it| it.0);
                Ok(AskedLine::Offer { offer, quantity, ceiling })
            }
            Self::Free(it) => {
                if !RATES.contains(&it.vat_rate) {
                    let field = format!("lines[{at}].vat_rate");
                    let expected = format!("expected one of {RATES:?}, hundredths of a percent");
                    return Err(Problem::field(&kinds::INVALID_FIELD, &field, expected));
                }
                let cents = it.amount_cents.0.cents();
                let vat = vec![Vat::within(cents, it.vat_rate)];
                Ok(AskedLine::Free(Box::new(FreeLine {
                    reference: it.reference.0,
                    title: it.title.0.into(),
                    kind: it.kind,
                    subjects: it.subjects.into_iter().map(|it| it.0).collect(),
                    price: Price { amount: Balance::from_cents(cents), vat },
                    quantity: it.quantity,
                    ceiling: it.ceiling_cents.map(|it| it.0),
                })))
            }
        }
    }
}
