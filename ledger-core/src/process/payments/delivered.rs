//! After a payment is confirmed: what its partner delivers is captured, what it gives up is freed,
//! what it gives back is refunded; each in the account's stream, line by line.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use smallvec::SmallVec;

use super::confirmed::free;
use super::{PaymentsRefusal, Refused, from_account, from_payment, known, refuse, taken};
use crate::account::{Account, AccountCommand, Cancel, Capture, Purchase, PurchaseStatus, Refund};
use crate::envelope::Envelope;
use crate::ids::{AccountId, CaptureId, EnvelopeId, PartnerId, PaymentId, RefundId};
use crate::ledger::{ExecuteError, Ledger};
use crate::meta::Meta;
use crate::money::{Amount, Balance};
use crate::payment::{Payment, PaymentCommand, PaymentCreated, PaymentRefusal, PaymentStep};

/// A payment and what became of its money.
#[derive(Clone, Debug)]
pub struct Paid {
    /// As its stream tells.
    pub state: Payment,
    /// What was asked.
    pub created: Arc<PaymentCreated>,
    /// Each line's purchase, in order; empty before an account took it.
    pub lines: Vec<PaidLine>,
}

/// What became of the money of one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidLine {
    /// Where its purchase stands.
    pub status: PurchaseStatus,
    /// What is still held.
    pub held: Balance,
    /// What was captured, refunds not taken off.
    pub captured: Balance,
    /// What was refunded.
    pub refunded: Balance,
    /// Until when money is held.
    pub hold_until: DateTime<Utc>,
    /// Its captures, in order.
    pub captures: SmallVec<[(CaptureId, Amount); 1]>,
    /// Its refunds, in order.
    pub refunds: Vec<(RefundId, Amount)>,
}

impl PaidLine {
    fn of(it: &Purchase) -> Self {
        Self {
            status: it.status,
            held: it.held(),
            captured: it.captured(),
            refunded: it.refunded(),
            hold_until: it.hold_until,
            captures: it.captures.clone(),
            refunds: it.refunds.clone(),
        }
    }

    /// What may still be refunded.
    pub fn refundable(&self) -> Balance {
        self.captured.beyond(self.refunded)
    }
}

/// What a partner wants to capture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaptureAsked {
    /// What names it; makes it idempotent.
    pub key: CaptureId,
    /// How much of the whole, taken from the lines in order; `None` is all that is held.
    pub amount: Option<Amount>,
    /// Only these lines, from 0, each with how much; empty is the whole.
    pub lines: Vec<(usize, Option<Amount>)>,
    /// Whether nothing more will be captured: the rest is freed.
    pub last: bool,
}

/// What a partner wants to give back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefundAsked {
    /// What names it; makes it idempotent.
    pub key: RefundId,
    /// How much of the whole, taken from the lines in reverse order; `None` is all of it.
    pub amount: Option<Amount>,
    /// Only these lines, from 0, each with how much; empty is the whole.
    pub lines: Vec<(usize, Option<Amount>)>,
    /// Today in Europe/Paris.
    pub on: NaiveDate,
}

/// A payment and what became of its money; `partner` sees only its own.
pub async fn paid(
    ledger: &Ledger,
    payment: PaymentId,
    partner: Option<PartnerId>,
) -> Result<Paid, Refused> {
    let (state, created) = known(ledger, payment, partner).await?;
    let lines = match state.taken() {
        Some((account, _)) => lines(ledger, &created, account).await?,
        None => vec![],
    };
    Ok(Paid { state, created, lines })
}

async fn lines(
    ledger: &Ledger,
    created: &PaymentCreated,
    account: AccountId,
) -> Result<Vec<PaidLine>, Refused> {
    let look = |it: &Account| {
        let line = |of: &crate::payment::PaymentLine| it.purchase(of.purchase).map(PaidLine::of);
        created.lines.iter().filter_map(line).collect()
    };
    ledger.inspect(account, look).await.map_err(from_account)
}

/// What is asked of each line: none where nothing is, in the order in which it is taken.
struct Spread(Vec<(usize, Amount)>);

impl Spread {
    /// `amount` over `possible` in the order given; all of it when `None`.
    fn whole(
        possible: impl Iterator<Item = (usize, Balance)>,
        amount: Option<Amount>,
    ) -> Result<Self, PaymentsRefusal> {
        let (mut left, mut spread, mut most) = (amount, vec![], Balance::ZERO);
        for (line, of) in possible {
            most = most.and(of);
            let taken = match amount {
                None => Amount::from_cents(of.cents()),
                Some(_) => left.and_then(|it| it.at_most(of)),
            };
            if let Some(taken) = taken {
                left = left.and_then(|it| it.less(taken));
                spread.push((line, taken));
            }
        }
        if amount.is_some() && left.is_some() || spread.is_empty() {
            return Err(PaymentsRefusal::TooMuch { possible: most });
        }
        Ok(Self(spread))
    }

    /// So much of each line.
    fn by_line(
        possible: impl Fn(usize) -> Option<Balance>,
        lines: &[(usize, Option<Amount>)],
    ) -> Result<Self, PaymentsRefusal> {
        let mut spread: Vec<(usize, Amount)> = vec![];
        for &(line, amount) in lines {
            let of = possible(line).ok_or(PaymentsRefusal::NoSuchLine { line })?;
            let taken = amount.or_else(|| Amount::from_cents(of.cents()));
            let known = spread.iter().any(|it| it.0 == line);
            match taken {
                Some(taken) if of.missing(taken).is_none() && !known => spread.push((line, taken)),
                Some(_) | None => return Err(PaymentsRefusal::TooMuch { possible: of }),
            }
        }
        Ok(Self(spread))
    }
}

fn capture_of(key: CaptureId, line: usize) -> CaptureId {
    CaptureId::derived(key.0, &line.to_be_bytes())
}

fn refund_of(key: RefundId, line: usize) -> RefundId {
    RefundId::derived(key.0, &line.to_be_bytes())
}

/// Whether what was done under a name is what is asked under it again.
fn again(
    done: &[(usize, Amount)],
    amount: Option<Amount>,
    lines: &[(usize, Option<Amount>)],
) -> Result<(), PaymentsRefusal> {
    let sum: u64 = done.iter().map(|it| it.1.cents()).sum();
    let as_asked = |(line, amount): &(usize, Option<Amount>)| {
        done.iter().any(|it| it.0 == *line && amount.is_none_or(|amount| amount == it.1))
    };
    let same = amount.is_none_or(|it| it.cents() == sum)
        && lines.iter().all(as_asked)
        && (lines.is_empty() || lines.len() == done.len());
    if same { Ok(()) } else { Err(PaymentRefusal::ReferenceReused.into()) }
}

/// Captures what was delivered of a payment of `partner`.
pub async fn capture(
    ledger: &Ledger,
    payment: PaymentId,
    partner: PartnerId,
    asked: &CaptureAsked,
    meta: Meta,
) -> Result<Paid, Refused> {
    let (state, created, account, _) = taken(ledger, payment, Some(partner)).await?;
    let now = lines(ledger, &created, account).await?;
    let ids = |(line, it): (usize, &PaidLine)| {
        let known = it.captures.iter().find(|it| it.0 == capture_of(asked.key, line));
        known.map(|it| (line, it.1))
    };
    let done: Vec<_> = now.iter().enumerate().filter_map(ids).collect();
    if !done.is_empty() {
        again(&done, asked.amount, &asked.lines).map_err(ExecuteError::Refused)?;
        return Ok(Paid { state, created, lines: now });
    }
    if state.usage.is_some() {
        return refuse(PaymentsRefusal::CountedByUse);
    }
    let spread = if asked.lines.is_empty() {
        Spread::whole(now.iter().map(|it| it.held).enumerate(), asked.amount)
    } else {
        Spread::by_line(|line| now.get(line).map(|it| it.held), &asked.lines)
    };
    let Spread(spread) = spread.map_err(ExecuteError::Refused)?;
    let mut commands = Vec::with_capacity(spread.len());
    for &(line, amount) in &spread {
        commands.push(AccountCommand::Capture(Capture {
            purchase: created.lines[line].purchase,
            capture: capture_of(asked.key, line),
            amount: Some(amount),
            last: asked.last,
        }));
    }
    // What is held on lines that nothing is captured of goes back, when nothing more follows.
    if asked.last && asked.lines.is_empty() {
        let untouched = |line: usize| spread.iter().all(|it| it.0 != line);
        for (line, it) in now.iter().enumerate().filter(|it| untouched(it.0)) {
            if !it.held.is_zero() {
                let purchase = created.lines[line].purchase;
                commands.push(AccountCommand::Release { purchase });
            }
        }
    }
    run(ledger, account, commands, meta).await?;
    let lines = lines(ledger, &created, account).await?;
    Ok(Paid { state, created, lines })
}

/// Gives money back after a capture.
pub async fn refund(
    ledger: &Ledger,
    payment: PaymentId,
    partner: PartnerId,
    asked: &RefundAsked,
    meta: Meta,
) -> Result<Paid, Refused> {
    let (state, created, account, _) = taken(ledger, payment, Some(partner)).await?;
    let now = lines(ledger, &created, account).await?;
    let ids = |(line, it): (usize, &PaidLine)| {
        let known = it.refunds.iter().find(|it| it.0 == refund_of(asked.key, line));
        known.map(|it| (line, it.1))
    };
    let done: Vec<_> = now.iter().enumerate().filter_map(ids).collect();
    if !done.is_empty() {
        again(&done, asked.amount, &asked.lines).map_err(ExecuteError::Refused)?;
        return Ok(Paid { state, created, lines: now });
    }
    let spread = if asked.lines.is_empty() {
        let possible = now.iter().map(PaidLine::refundable).enumerate().collect::<Vec<_>>();
        Spread::whole(possible.into_iter().rev(), asked.amount)
    } else {
        Spread::by_line(|line| now.get(line).map(PaidLine::refundable), &asked.lines)
    };
    let closed = closed(ledger, account).await?;
    let give_back = |(line, amount): (usize, Amount)| {
        AccountCommand::Refund(Refund {
            purchase: created.lines[line].purchase,
            refund: refund_of(asked.key, line),
            amount: Some(amount),
            on: asked.on,
            closed: closed.clone(),
            agreement: None,
        })
    };
    let Spread(spread) = spread.map_err(ExecuteError::Refused)?;
    run(ledger, account, spread.into_iter().map(give_back).collect(), meta).await?;
    let lines = lines(ledger, &created, account).await?;
    Ok(Paid { state, created, lines })
}

/// Gives a payment up before anything of it was captured: nobody may confirm it any more, or what
/// is held for it is freed.
pub async fn cancel(
    ledger: &Ledger,
    payment: PaymentId,
    partner: PartnerId,
    reason: CompactString,
    meta: Meta,
) -> Result<Paid, Refused> {
    let (state, created) = known(ledger, payment, Some(partner)).await?;
    let cancel = PaymentCommand::Cancel { reason: reason.clone() };
    match ledger.execute::<Payment>(payment, &cancel, meta).await {
        Ok(_) => {
            if let PaymentStep::Awaiting { account, .. } = state.step {
                free(ledger, &created, account, &PaymentRefusal::NotAuthorised, meta).await?;
            }
        }
        Err(ExecuteError::Refused(PaymentRefusal::Authorised)) => {
            let (_, created, account, _) = taken(ledger, payment, Some(partner)).await?;
            let reason =
                if reason.is_empty() { "annulé par le partenaire".into() } else { reason };
            let cancel = |it: &crate::payment::PaymentLine| {
                AccountCommand::Cancel(Cancel { purchase: it.purchase, reason: reason.clone() })
            };
            run(ledger, account, created.lines.iter().map(cancel).collect(), meta).await?;
        }
        Err(error) => return Err(from_payment(error)),
    }
    paid(ledger, payment, Some(partner)).await
}

async fn run(
    ledger: &Ledger,
    account: AccountId,
    mut commands: Vec<AccountCommand>,
    meta: Meta,
) -> Result<(), Refused> {
    let command = match commands.pop() {
        Some(only) if commands.is_empty() => only,
        Some(last) => {
            commands.push(last);
            AccountCommand::Together(commands)
        }
        None => return Ok(()),
    };
    ledger.execute::<Account>(account, &command, meta).await.map(|_| ()).map_err(from_account)
}

/// Envelopes of the account's money that are closed: what came from them goes back to its funder.
async fn closed(ledger: &Ledger, account: AccountId) -> Result<Arc<[EnvelopeId]>, Refused> {
    let envelopes = |it: &Account| {
        let mut envelopes: Vec<_> = it.lots.iter().map(|it| it.envelope).collect();
        envelopes.sort_unstable();
        envelopes.dedup();
        envelopes
    };
    let envelopes = ledger.inspect(account, envelopes).await.map_err(from_account)?;
    let mut closed = vec![];
    for envelope in envelopes {
        let over = ledger.inspect::<Envelope, _>(envelope, |it| it.closed).await;
        let no_envelope = |it: ExecuteError<_>| it.map(|_| PaymentRefusal::NoSuchPayment.into());
        if over.map_err(no_envelope)? {
            closed.push(envelope);
        }
    }
    Ok(closed.into())
}
