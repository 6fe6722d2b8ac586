//! Settlements follow from the log: periods are cut off, what is due to each partner is drawn up,
//! and service done is presumed once nobody can contest any more.
//!
//! All of it is read from the log between two cut-offs; a step done twice changes nothing.

mod gather;

use std::collections::BTreeMap;

use chrono::{Days, NaiveDate};

use self::gather::{Gathered, Purchase};
use crate::account::{Account, AccountRefusal};
use crate::calendar::{Calendar, CalendarCommand, CalendarRefusal, CutOff, Rhythm, rhythm};
use crate::codec::DecodeError;
use crate::control::{Control, ControlRefusal};
use crate::event_log::{EventLog, LogError, Position};
use crate::identifiers::Funder;
use crate::ids::{
    AccountId, CalendarId, ControlId, EnvelopeId, PartnerId, PurchaseId, SettlementId,
};
use crate::ledger::{CatchUpError, ExecuteError, Ledger};
use crate::meta::{Actor, Meta};
use crate::money::{Amount, Balance, Budget};
use crate::offer::Kind;
use crate::partner::{Partner, PartnerRefusal};
use crate::settlement::sampling::Candidate;
use crate::settlement::{
    CONTEST_DAYS, Charged, Contested, Funding, Prepared, Sample, ServiceCertified, Settlement,
    SettlementCommand, SettlementRefusal,
};

pub use gather::{LINE_HEADING, line};

/// Why a step was not done; done again later, it goes on from there.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SettlementsError {
    /// The calendar does not take it.
    #[error("{0}")]
    Calendar(#[from] ExecuteError<CalendarRefusal>),
    /// A settlement does not take it.
    #[error("{0}")]
    Settlement(#[from] ExecuteError<SettlementRefusal>),
    /// An account cannot be read.
    #[error("{0}")]
    Account(#[from] ExecuteError<AccountRefusal>),
    /// A partner cannot be read.
    #[error("{0}")]
    Partner(#[from] ExecuteError<PartnerRefusal>),
    /// The control plans cannot be read.
    #[error("{0}")]
    Control(#[from] ExecuteError<ControlRefusal>),
    /// The log failed.
    #[error(transparent)]
    Log(#[from] LogError),
    /// The log holds what this program cannot read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// What other nodes wrote cannot be read.
    #[error(transparent)]
    CatchUp(#[from] CatchUpError),
    /// The period was never cut off.
    #[error("the period that ends on {on} was not cut off")]
    NotCutOff {
        /// Its last day.
        on: NaiveDate,
    },
}

/// Cuts off every period that is over `on` that day; gives how many.
pub async fn cut_off(
    ledger: &Ledger,
    rhythm: Rhythm,
    on: NaiveDate,
    meta: Meta,
) -> Result<usize, SettlementsError> {
    let mut cut = 0;
    loop {
        let last = ledger.inspect::<Calendar, _>(CalendarId::THE, |it| it.cut_offs.last().copied());
        let end = match last.await? {
            Some(last) => rhythm.next(last.on),
            None => match ledger.log().read_all(0, 1).await?.first() {
                Some(first) => rhythm.period_end(first.meta.day()),
                None => return Ok(cut),
            },
        };
        if end >= on {
            return Ok(cut);
        }
        let up_to = last_before(ledger, end).await?;
        let command = CalendarCommand::CutOff(CutOff { on: end, up_to });
        ledger.execute::<Calendar>(CalendarId::THE, &command, meta).await?;
        cut += 1;
    }
}

/// The last position recorded before the period that ends on `on` was over.
async fn last_before(ledger: &Ledger, on: NaiveDate) -> Result<Position, LogError> {
    let over = rhythm::over_at(on);
    let (mut before, mut after) = (0, ledger.log().end().await? + 1);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        match ledger.log().read_all(middle - 1, 1).await?.first() {
            Some(it) if it.meta.at < over => before = middle,
            Some(_) | None => after = middle,
        }
    }
    Ok(before)
}

/// Draws up every settlement of the periods that are cut off; gives how many are new. Stops at a
/// period before which a settlement is not certified yet.
pub async fn prepare(ledger: &Ledger, meta: Meta) -> Result<usize, SettlementsError> {
    let mut drawn_up = 0;
    loop {
        let next = ledger.inspect::<Calendar, _>(CalendarId::THE, |it| {
            it.next_to_settle().map(|(after, cut)| {
                let before = it.settled.checked_sub(1).and_then(|it2| it.cut_offs.get(it2));
                (after, cut, before.map(|it| it.on))
            })
        });
        let Some((after, cut, before)) = next.await? else { return Ok(drawn_up) };
        // The period before is drawn up: its settlements must be seen.
        ledger.catch_up().await?;
        let gathered = gather::window(ledger.log(), after, cut.up_to).await?;
        let mut partners = gathered.partners;
        for partner in gathered.earlier {
            partners.entry(partner).or_default();
        }
        for (partner, gathered) in partners {
            let previous = before.map(|on| SettlementId::of(partner, on));
            match prepare_one(ledger, partner, gathered, after, cut, previous, meta).await? {
                Step::Done(new) => drawn_up += usize::from(new),
                Step::Wait => return Ok(drawn_up),
            }
        }
        let settle = CalendarCommand::Settle { on: cut.on };
        ledger.execute::<Calendar>(CalendarId::THE, &settle, meta).await?;
    }
}

enum Step {
    Done(bool),
    Wait,
}

async fn prepare_one(
    ledger: &Ledger,
    partner: PartnerId,
    mut gathered: Gathered,
    after: Position,
    cut: CutOff,
    previous: Option<SettlementId>,
    meta: Meta,
) -> Result<Step, SettlementsError> {
    let id = SettlementId::of(partner, cut.on);
    if ledger.inspect::<Settlement, _>(id, |it| it.prepared.is_some()).await? {
        return Ok(Step::Done(false));
    }
    let mut earlier = Earlier::default();
    let mut known = None;
    if let Some(previous) = previous {
        let state = ledger.state::<Settlement>(previous).await?;
        if let Some(prepared) = &state.prepared {
            let Some(carried) = state.carried_out() else { return Ok(Step::Wait) };
            earlier = Earlier { carried, waiting: state.waiting() };
            gathered.siren = gathered.siren.or(Some(prepared.siren));
            known = Some(previous);
        }
    }
    let Some(siren) = gathered.siren else { return Ok(Step::Done(false)) };
    let sums = gathered.sums(&earlier.waiting);
    let mut reinstated = sums.refunded_waiting;
    let mut waiting = Vec::new();
    for it in sums.waiting {
        let contested =
            ledger.inspect::<Account, _>(it.account, |account| account.is_contested(it.purchase));
        if contested.await? {
            waiting.push(it);
        } else {
            reinstated = reinstated.plus(it.amount);
        }
    }
    let nothing = gathered.lines == 0 && earlier.carried.is_zero();
    if nothing && waiting.is_empty() && reinstated.is_zero() {
        return Ok(Step::Done(false));
    }
    // As agreed for the last day of the period, and known now: a settlement keeps its terms.
    let fee = ledger.inspect::<Partner, _>(partner, |it| it.fee_on(cut.on)).await?;
    let prepared = Prepared {
        partner,
        siren,
        on: cut.on,
        after,
        up_to: cut.up_to,
        lines: gathered.lines,
        captured: sums.captured,
        refunded: sums.refunded,
        credits: sums.credits,
        carried: earlier.carried,
        reinstated,
        waiting,
        funding: gathered.funding(),
        digest: gathered.digest(),
        presumed_from: cut.on.checked_add_days(Days::new(CONTEST_DAYS + 1)).unwrap_or(cut.on),
        previous: known,
        fee,
    };
    let prepare = SettlementCommand::Prepare(Box::new(prepared));
    ledger.execute::<Settlement>(id, &prepare, meta).await?;
    Ok(Step::Done(true))
}

/// What a settlement leaves to the next one.
#[derive(Default)]
struct Earlier {
    carried: Balance,
    waiting: Vec<Contested>,
}

/// How service is certified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certification {
    /// Today in Europe/Paris.
    pub on: NaiveDate,
    /// Who certifies; the ledger itself when service done is presumed.
    pub by: Actor,
    /// Where the random draw of the sample begins; made at the edge, and recorded.
    pub seed: u64,
}

/// Certifies the service done of `settlements`, which all end on the same day, but for what is
/// contested, and draws their samples; `kind_of` says what kind of resource a purchase is of.
pub async fn certify(
    ledger: &Ledger,
    ends: NaiveDate,
    settlements: &[SettlementId],
    certification: Certification,
    kind_of: impl Fn(PurchaseId) -> Option<Kind>,
    meta: Meta,
) -> Result<usize, SettlementsError> {
    let period = ledger.inspect::<Calendar, _>(CalendarId::THE, |it| it.period(ends));
    let (after, cut) = period.await?.ok_or(SettlementsError::NotCutOff { on: ends })?;
    ledger.catch_up().await?;
    let gathered = gather::window(ledger.log(), after, cut.up_to).await?;
    let mut certified = 0;
    for &id in settlements {
        let state = ledger.state::<Settlement>(id).await?;
        let Some(prepared) = state.prepared.filter(|_| state.certified.is_none()) else { continue };
        let empty = Gathered::default();
        let lines = gathered.partners.get(&prepared.partner).unwrap_or(&empty);
        let command = certified_lines(ledger, &prepared, lines, certification, &kind_of).await?;
        let command = SettlementCommand::Certify(command);
        let done = ledger.execute::<Settlement>(id, &command, meta).await?;
        certified += usize::from(!done.events.is_empty());
    }
    Ok(certified)
}

async fn certified_lines(
    ledger: &Ledger,
    prepared: &Prepared,
    lines: &Gathered,
    certification: Certification,
    kind_of: impl Fn(PurchaseId) -> Option<Kind>,
) -> Result<ServiceCertified, SettlementsError> {
    let Certification { on, by, seed } = certification;
    let mut previous = Vec::new();
    if let Some(id) = prepared.previous {
        previous = ledger.inspect::<Settlement, _>(id, Settlement::waiting).await?;
    }
    let still = |id| prepared.waiting.iter().any(|it| it.purchase == id);
    let reinstated: Vec<Contested> =
        lines.sums(&previous).waiting.into_iter().filter(|it| !still(it.purchase)).collect();
    let mut charged: BTreeMap<(Funder, EnvelopeId), u64> = BTreeMap::new();
    let mut contested = Vec::new();
    let mut candidates = Vec::new();
    for purchase in lines.due() {
        let Purchase { account, id, amount, .. } = purchase;
        let is_contested =
            lines.contested.contains(&id) && contested_now(ledger, account, id).await?;
        if is_contested {
            contested.push(Contested { account, purchase: id, amount });
            continue;
        }
        for (funder, envelope, cents) in purchase.charged() {
            *charged.entry((funder, envelope)).or_default() += cents;
        }
        candidates.push((account, id, amount));
    }
    for it in &reinstated {
        let shares = ledger
            .inspect::<Account, _>(it.account, |account| account.paid_by(it.purchase, it.amount));
        for share in shares.await? {
            *charged.entry((share.funder, share.envelope)).or_default() += share.amount.cents();
        }
        candidates.push((it.account, it.purchase, it.amount));
    }
    let charged = charged.into_iter().filter_map(|((funder, envelope), cents)| {
        Some(Charged { envelope, funder, amount: Budget::from_cents(cents)? })
    });
    Ok(ServiceCertified {
        on,
        presumed: by == Actor::PROCESS,
        contested,
        charged: charged.collect(),
        sample: sample(ledger, prepared.partner, &candidates, seed, kind_of).await?,
        by,
    })
}

async fn contested_now(
    ledger: &Ledger,
    account: AccountId,
    purchase: PurchaseId,
) -> Result<bool, ExecuteError<AccountRefusal>> {
    ledger.inspect::<Account, _>(account, |it| it.is_contested(purchase)).await
}

/// The purchases to look at, after the plan in force; `None` when there is no plan.
async fn sample(
    ledger: &Ledger,
    partner: PartnerId,
    candidates: &[(AccountId, PurchaseId, Amount)],
    seed: u64,
    kind_of: impl Fn(PurchaseId) -> Option<Kind>,
) -> Result<Option<Sample>, ExecuteError<ControlRefusal>> {
    let plan = ledger.inspect::<Control, _>(ControlId::THE, |it| it.plans.last().cloned()).await?;
    let Some(plan) = plan else { return Ok(None) };
    let drawn = candidates.iter().filter_map(|&(account, purchase, amount)| {
        let kind = if plan.kinds.is_empty() { None } else { kind_of(purchase) };
        plan.draw(seed, &Candidate { account, purchase, partner, kind, amount })
    });
    let drawn = drawn.collect();
    let out_of = u32::try_from(candidates.len()).unwrap_or(u32::MAX);
    Ok(Some(Sample { plan: plan.number, seed, out_of, drawn }))
}

impl Gathered {
    fn funding(&self) -> Vec<Funding> {
        let funding = self.funding.iter().map(|(&(funder, envelope), sums)| Funding {
            envelope,
            funder,
            captured: Balance::from_cents(sums.0),
            refunded: Balance::from_cents(sums.1),
        });
        funding.collect()
    }
}
