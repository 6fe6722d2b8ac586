//! An offer as it is sold now, and what it costs one teacher: what the offer and payment pages share.

use chrono::{DateTime, Utc};
use compact_str::CompactString;
use ledger_core::account::state::Standing;
use ledger_core::account::{Account, AccountRefusal};
use ledger_core::checkout::{self, Payer};
use ledger_core::digest::Digest;
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::ledger::ExecuteError;
use ledger_core::money::{Amount, Balance};
use ledger_core::offer::{Billing, Listing, Offer};
use ledger_core::partner::Partner;

use super::free::{self, Freedom};
use super::funding::{self, Line, Names, Part};
use super::refusals::{self, Told};
use super::{failed, words};
use crate::app::App;
use crate::problem::Problem;

/// An offer, and who sells it.
#[derive(Clone, Debug)]
pub struct Sale {
    /// Which offer.
    pub id: OfferId,
    /// What it says, at today's price.
    pub listing: Box<Listing>,
    /// The fingerprint of what is seen today: what is sold is what was seen.
    pub digest: Digest,
    /// Whose.
    pub partner_id: PartnerId,
    /// The partner's trade name.
    pub partner: CompactString,
    /// Whether it can be bought: on sale, and its partner not suspended.
    pub open: bool,
    /// What an agreement makes of it.
    pub freedom: Freedom,
}

/// The offer `id` as it is sold; not found when it was never published.
pub async fn of(app: &App, id: OfferId) -> Result<Sale, Problem> {
    let look = |it: &Offer| it.current.clone().map(|current| (current, it.on_sale));
    let found = app.ledger.inspect::<Offer, _>(id, look).await.map_err(failed)?;
    let Some((current, on_sale)) = found else {
        return Err(Problem::not_found("no such offer").told(
            "Cette offre n’existe pas, ou son adresse est incomplète. Cherchez-la dans le catalogue.",
        ));
    };
    let (partner, suspended) = seller(app, current.partner).await?;
    let today = app.clock.today();
    let (partner_id, digest) = (current.partner, current.digest_on(today));
    let mut listing = current.listing;
    listing.price = listing.price_on(today).clone();
    let freedom = free::of(app, id).await?;
    Ok(Sale { id, listing, digest, partner_id, partner, open: on_sale && !suspended, freedom })
}

/// The trade name of a partner.
pub async fn partner_name(app: &App, partner: PartnerId) -> Result<CompactString, Problem> {
    seller(app, partner).await.map(|(name, _)| name)
}

async fn seller(app: &App, partner: PartnerId) -> Result<(CompactString, bool), Problem> {
    let look = |it: &Partner| {
        let name = it.registered.as_ref().map(|it| it.name.clone());
        (name.unwrap_or_default(), it.suspended.is_some())
    };
    app.ledger.inspect::<Partner, _>(partner, look).await.map_err(failed)
}

impl Sale {
    /// Whether it is billed as it is used, within a ceiling.
    pub fn by_use(&self) -> bool {
        self.listing.billing == Billing::ByUse
    }

    /// Whether there is nothing to pay.
    pub fn is_free(&self) -> bool {
        self.listing.price.amount.is_zero() && !self.by_use()
    }

    /// « 12,00 € », « Gratuit ».
    pub fn price(&self) -> String {
        if self.freedom.is_free() {
            return Balance::ZERO.to_string();
        }
        if self.is_free() { "Gratuit".to_owned() } else { self.listing.price.amount.to_string() }
    }

    /// What stands beside the price: « TTC, dont 0,16 € de TVA à 5,5 % ».
    pub fn price_note(&self) -> String {
        if self.freedom.is_free() {
            return format!("au lieu de {}", self.listing.price.amount);
        }
        let per = if self.by_use() { "par usage, " } else { "" };
        match words::vat(&self.listing.price) {
            vat if vat.is_empty() => String::new(),
            vat => format!("{per}TTC, {vat}"),
        }
    }

    /// The description's paragraphs.
    pub fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.listing.description.lines().map(str::trim).filter(|it| !it.is_empty())
    }
}

/// What buying would cost one teacher.
#[derive(Clone, Debug)]
pub enum Cost {
    /// Who would pay what.
    Split(Split),
    /// Why it would be refused.
    Refused(Told),
}

/// Who would pay what, and what would be left.
#[derive(Clone, Debug)]
pub struct Split {
    /// How much in all.
    pub amount: Amount,
    /// Each funder's part.
    pub bar: Vec<Part>,
    /// Each lot's part, and what would be left of it.
    pub lines: Vec<Line>,
    /// What the account could spend afterwards.
    pub left: Balance,
    /// Until when the head of school may agree; `None` when it needs no agreement.
    pub approval: Option<DateTime<Utc>>,
}

/// What buying `offer` would cost the account of `payer`, today.
pub async fn cost(
    app: &App,
    payer: Payer,
    offer: OfferId,
    ceiling: Option<Amount>,
) -> Result<Cost, Problem> {
    let account = payer.account;
    if let Some(refusal) = app.ledger.inspect(account, not_buying).await.map_err(failed)? {
        return Ok(Cost::Refused(refusals::of_account(&refusal)));
    }
    let quote = checkout::quote(&app.ledger, payer, offer, ceiling, app.clock.today()).await;
    let quote = match quote {
        Ok(quote) => quote,
        Err(ExecuteError::Refused(refusal)) => {
            return Ok(Cost::Refused(refusals::of_checkout(&refusal)));
        }
        Err(error) => return Err(failed(error)),
    };
    let shares = match quote.split {
        Ok(shares) => shares,
        Err(refusal) => return Ok(Cost::Refused(refusals::of_account(&refusal))),
    };
    let names = Names::of(app, shares.iter().map(|it| it.envelope).collect()).await?;
    let lines = |it: &Account| funding::lines(&shares, it, &names);
    let lines = app.ledger.inspect::<Account, _>(account, lines).await.map_err(failed)?;
    Ok(Cost::Split(Split {
        amount: quote.amount,
        bar: funding::by_funder(&shares, &names),
        lines,
        left: quote.available.less(quote.amount),
        approval: quote.approval,
    }))
}

/// Why the account would buy nothing at all; `None` when it would.
fn not_buying(account: &Account) -> Option<AccountRefusal> {
    match (&account.holder, &account.standing) {
        (None, _) => Some(AccountRefusal::NotOpen),
        (Some(_), Standing::Closed) => Some(AccountRefusal::Closed),
        (Some(_), Standing::Suspended(reason)) => {
            Some(AccountRefusal::Suspended { reason: (**reason).clone() })
        }
        (Some(_), Standing::Active) => None,
    }
}
