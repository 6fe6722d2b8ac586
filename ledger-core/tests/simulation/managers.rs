//! Process managers: on every node at once, each pass does all that the node's read side says is
//! left to do, as the service's workers do.

use chrono::NaiveDate;
use ledger_core::account::Account;
use ledger_core::calendar::Rhythm;
use ledger_core::ids::{AgreementId, SettlementId};
use ledger_core::ledger::ExecuteError;
use ledger_core::meta::{Meta, accounting_day};
use ledger_core::money::Balance;
use ledger_core::payment::{Payment, PaymentCommand};
use ledger_core::process::expiry::{Returns, expire_credits, expire_holds, note_returns};
use ledger_core::process::payments::{bill, close_usage, finish};
use ledger_core::process::remittances::{DrawUp, RemittancesError, draw_up};
use ledger_core::process::settlements::{cut_off, prepare};
use ledger_core::process::topups::{self, TopUpError};
use ledger_core::process::{agreements, batches};

use crate::clock::{MILLISECOND, SECOND};
use crate::cluster::Cluster;
use crate::command::OFFERS;
use crate::paying::buyer;
use crate::world::{Reply, World};

/// What one task of a node is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Job {
    /// Top-ups, batches, expiry, returns.
    Money,
    /// Agreements and payments.
    Sales,
    /// Settlements, files of payments, lines of statements.
    Settling,
}

/// For how long a file that is not finished is left to whoever may be at it.
const LEFT_ALONE: u64 = 60 * SECOND;

impl Cluster {
    /// One job of a node, for ever.
    pub async fn manage(&self, node: usize, job: Job) {
        loop {
            self.started(node).await;
            let pause = 20 * MILLISECOND + self.clock.below(200 * MILLISECOND);
            self.clock.sleep(pause).await;
            // A pass that fails or takes too long is left to the next one.
            self.serve(node, 30 * SECOND, self.pass(node, job)).await;
        }
    }

    async fn pass(&self, node: usize, job: Job) -> Reply<()> {
        let world = self.world(node, self.id());
        let done = match job {
            Job::Money => self.money(node, &world).await,
            Job::Sales => self.sales(node, &world).await,
            Job::Settling => self.settling(node, &world).await,
        };
        if let Err(failure) = &done {
            self.audit.borrow_mut().complained(&failure.0);
        }
        done
    }

    fn count(&self, commands: usize) {
        self.commands.set(self.commands.get() + commands as u64);
    }

    async fn money(&self, node: usize, world: &World) -> Reply<()> {
        let (ledger, on, meta) = (&world.ledger, world.today(), world.meta());
        let pending: Vec<_> = self.nodes[node].todo.borrow().topups.values().cloned().collect();
        for (envelope, allocation) in pending {
            self.count(1);
            match topups::finish(ledger, envelope, &allocation, on, meta).await {
                Ok(_)
                | Err(
                    TopUpError::Account(ExecuteError::Refused(_))
                    | TopUpError::Envelope(ExecuteError::Refused(_)),
                ) => (),
                Err(failure) => return Err(failure.into()),
            }
        }
        let submitted = self.nodes[node].todo.borrow().batches.clone();
        for batch in submitted {
            self.count(1);
            batches::credit(ledger, batch, on, meta).await?;
        }
        self.expire(node, world).await?;
        let up_to = self.nodes[node].heard.get();
        let returns = self.nodes[node].todo.borrow().returns(up_to);
        for (envelope, after, up_to, expired, refunded) in returns {
            let (expired, refunded) = (Balance::from_cents(expired), Balance::from_cents(refunded));
            let it = Returns { envelope, after, up_to, expired, refunded };
            self.count(1);
            match note_returns(ledger, it, meta).await {
                Ok(()) | Err(ExecuteError::Refused(_)) => (),
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(())
    }

    async fn expire(&self, node: usize, world: &World) -> Reply<()> {
        let (ledger, on, meta) = (&world.ledger, world.today(), world.meta());
        let over: Vec<_> = {
            let todo = self.nodes[node].todo.borrow();
            let over = todo.holds.iter().filter(|it| it.1.until <= meta.at);
            over.map(|it| *it.0).collect()
        };
        self.count(over.len());
        expire_holds(ledger, &over, meta.at, meta).await?;
        let mut accounts = Vec::new();
        for id in world.accounts() {
            let expired = |it: &Account| {
                it.lots.iter().any(|it| it.valid_until < on && !it.available.is_zero())
            };
            if ledger.inspect(id, expired).await? {
                accounts.push(id);
            }
        }
        self.count(accounts.len());
        expire_credits(ledger, &accounts, on, meta).await?;
        Ok(())
    }

    async fn sales(&self, node: usize, world: &World) -> Reply<()> {
        let (ledger, on, meta) = (&world.ledger, world.today(), world.meta());
        loop {
            let next = {
                let todo = self.nodes[node].todo.borrow();
                todo.moves.moved.get(todo.counted).cloned()
            };
            let Some((agreement, movement)) = next else { break };
            self.count(1);
            agreements::count(ledger, agreement, movement, on, meta).await?;
            self.nodes[node].todo.borrow_mut().counted += 1;
        }
        for offer in 0..OFFERS {
            agreements::credit(ledger, AgreementId::of(world.offer(offer)), on, meta).await?;
        }
        self.payments(node, world, meta).await
    }

    async fn payments(&self, node: usize, world: &World, meta: Meta) -> Reply<()> {
        let ledger = &world.ledger;
        let (mut abandoned, mut metered) = (Vec::new(), Vec::new());
        let unfinished = {
            let todo = self.nodes[node].todo.borrow();
            for (id, it) in &todo.payments {
                match it.taken {
                    None if !it.over && it.expires_at <= meta.at => {
                        abandoned.push((*id, PaymentCommand::Expire { at: meta.at }));
                    }
                    Some(account) if it.by_use => {
                        let hold = todo.holds.get(&(account, it.purchases[0]));
                        metered.extend(hold.map(|it| (*id, it.until)));
                    }
                    Some(_) | None => (),
                }
            }
            todo.unfinished_payments()
        };
        self.count(abandoned.len() + metered.len() + unfinished.len());
        for answer in ledger.execute_many::<Payment>(&abandoned, meta).await {
            match answer {
                Ok(_) | Err(ExecuteError::Refused(_)) => (),
                Err(failure) => return Err(failure.into()),
            }
        }
        for (payment, until) in metered {
            let billed = if until <= meta.at {
                let until = accounting_day(until);
                close_usage(ledger, payment, None, until, true, meta).await
            } else {
                bill(ledger, payment, meta).await
            };
            match billed {
                Ok(()) | Err(ExecuteError::Refused(_)) => (),
                Err(failure) => return Err(failure.into()),
            }
        }
        for (payment, account) in unfinished {
            match finish(ledger, payment, account, buyer(account), meta).await {
                Ok(()) | Err(ExecuteError::Refused(_)) => (),
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(())
    }

    async fn settling(&self, node: usize, world: &World) -> Reply<()> {
        let (ledger, on, meta) = (&world.ledger, world.today(), world.meta());
        self.count(3);
        cut_off(ledger, Rhythm::TwiceMonthly, on, meta).await?;
        world.presume(on, 0).await?;
        prepare(ledger, meta).await?;
        self.files(node, world, on).await?;
        world.work_lines().await
    }

    /// Draws up the files that payments were claimed for when somebody stopped.
    async fn files(&self, node: usize, world: &World, on: NaiveDate) -> Reply<()> {
        let now = self.clock.now();
        let claims = self.nodes[node].todo.borrow().claims.clone();
        for (id, it) in claims.into_iter().filter(|it| it.1.seen + LEFT_ALONE <= now) {
            let settlements: Vec<SettlementId> = it.settlements;
            let draw = DrawUp { id, account: World::bank(), settlements, execution: on };
            let meta = Meta { by: it.sent.by, ..world.meta() };
            self.count(1);
            match draw_up(&world.ledger, &draw, meta).await {
                Ok(_) | Err(RemittancesError::Nothing { .. }) => (),
                Err(failure) => return Err(failure.into()),
            }
        }
        Ok(())
    }
}
