//! What may be asked of the small ledger: few ids on purpose, so that commands meet.

use proptest::prelude::*;

use crate::paying::{Act, acts};

/// How many accounts, envelopes, offers, purchases … there are at most.
pub const ACCOUNTS: u8 = 4;
pub const ENVELOPES: u8 = 4;
pub const OFFERS: u8 = 5;
pub const PARTNERS: u8 = 2;
const REFERENCES: u8 = 8;
pub const PURCHASES: u8 = 60;

/// One thing to ask; ids are small numbers, sums are cents.
#[derive(Clone, Debug)]
pub enum Command {
    Wait {
        days: u8,
    },
    TopUp {
        envelope: u8,
        reference: u8,
        account: u8,
        cents: u64,
    },
    Batch {
        envelope: u8,
        number: u8,
        lines: Vec<(u8, u64)>,
    },
    Buy {
        account: u8,
        offer: u8,
        purchase: u8,
        ceiling: u64,
    },
    Hold {
        account: u8,
        offer: u8,
        purchase: u8,
        days: u8,
    },
    Capture {
        account: u8,
        purchase: u8,
        capture: u8,
        cents: Option<u64>,
        last: bool,
    },
    Cancel {
        account: u8,
        purchase: u8,
    },
    ExpireHold {
        account: u8,
        purchase: u8,
    },
    Refund {
        account: u8,
        purchase: u8,
        refund: u8,
        cents: Option<u64>,
    },
    ExpireCredits {
        account: u8,
    },
    SuspendAccount {
        account: u8,
    },
    ResumeAccount {
        account: u8,
    },
    CloseAccount {
        account: u8,
    },
    ConfirmBudget {
        envelope: u8,
    },
    RaiseBudget {
        envelope: u8,
        reference: u8,
        cents: u64,
    },
    ReceiveFunds {
        envelope: u8,
        receipt: u8,
        cents: u64,
    },
    Freeze {
        envelope: u8,
    },
    Unfreeze {
        envelope: u8,
    },
    CloseEnvelope {
        envelope: u8,
    },
    NoteReturns {
        envelope: u8,
    },
    Reprice {
        offer: u8,
        cents: u64,
    },
    Withdraw {
        offer: u8,
    },
    SuspendPartner {
        partner: u8,
    },
    ResumePartner {
        partner: u8,
    },
    Contest {
        account: u8,
        purchase: u8,
    },
    EndContest {
        account: u8,
        purchase: u8,
        dismissed: bool,
    },
    Try {
        account: u8,
        offer: u8,
    },
    Agree {
        offer: u8,
        cents: u64,
    },
    EndAgreement {
        offer: u8,
    },
    /// The ledger counts what agreements have to count, and credits recent buyers.
    Follow,
    Renew {
        account: u8,
        purchase: u8,
        declined: bool,
    },
    /// Something in the team that shares the last account.
    Team {
        act: u8,
        teacher: u8,
        purchase: u8,
    },
    /// Something is asked of a payment on a partner's site.
    Pay {
        payment: u8,
        act: Act,
    },
    /// Partners are settled: one round of all that people and the bank do.
    Settle {
        roll: u8,
    },
}

/// A history of 300 commands or nearly; one that fails is cut down to what makes it fail.
pub fn history() -> impl Strategy<Value = Vec<Command>> {
    let commands = prop::collection::vec(prop::option::weighted(0.97, command()), 300);
    commands.prop_map(|it| it.into_iter().flatten().collect())
}

fn command() -> impl Strategy<Value = Command> {
    prop_oneof![
        2 => (1..30_u8).prop_map(|days| Command::Wait { days }),
        3 => any::<u8>().prop_map(|roll| Command::Settle { roll }),
        5 => agreeing(),
        10 => teaming(),
        14 => acts().prop_map(|(payment, act)| Command::Pay { payment, act }),
        40 => spending(),
        15 => funding(),
        5 => standing(),
    ]
}

fn agreeing() -> impl Strategy<Value = Command> {
    prop_oneof![
        8 => (0..OFFERS, 1..30_00_u64).prop_map(|(offer, cents)| Command::Agree { offer, cents }),
        1 => (0..OFFERS).prop_map(|offer| Command::EndAgreement { offer }),
        12 => Just(Command::Follow),
        4 => (purchase(), any::<bool>()).prop_map(|((purchase, account), declined)| {
            Command::Renew { account, purchase, declined }
        }),
    ]
}

fn teaming() -> impl Strategy<Value = Command> {
    (any::<u8>(), 0..ACCOUNTS, 0..PURCHASES / ACCOUNTS).prop_map(|(act, teacher, nth)| {
        let purchase = nth * ACCOUNTS + ACCOUNTS - 1;
        Command::Team { act, teacher, purchase }
    })
}

fn account() -> impl Strategy<Value = u8> {
    0..ACCOUNTS
}

fn envelope() -> impl Strategy<Value = u8> {
    0..ENVELOPES
}

/// A purchase and the account it is mostly looked for in.
fn purchase() -> impl Strategy<Value = (u8, u8)> {
    (0..PURCHASES, 0..20_u8, account()).prop_map(|(purchase, odd, other)| {
        (purchase, if odd == 0 { other } else { purchase % ACCOUNTS })
    })
}

fn part() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![3 => (1..15_00_u64).prop_map(Some), 1 => Just(None)]
}

fn spending() -> impl Strategy<Value = Command> {
    prop_oneof![
        10 => (purchase(), 0..OFFERS, 1..60_00_u64).prop_map(|((purchase, account), offer, ceiling)| {
            Command::Buy { account, offer, purchase, ceiling }
        }),
        8 => (purchase(), 0..OFFERS, 0..40_u8).prop_map(|((purchase, account), offer, days)| {
            Command::Hold { account, offer, purchase, days }
        }),
        8 => (purchase(), 0..4_u8, part(), any::<bool>()).prop_map(
            |((purchase, account), capture, cents, last)| {
                Command::Capture { account, purchase, capture, cents, last }
            }
        ),
        2 => purchase().prop_map(|(purchase, account)| Command::Cancel { account, purchase }),
        2 => purchase().prop_map(|(purchase, account)| Command::ExpireHold { account, purchase }),
        5 => (purchase(), 0..3_u8, part()).prop_map(|((purchase, account), refund, cents)| {
            Command::Refund { account, purchase, refund, cents }
        }),
        1 => (account(), 0..OFFERS).prop_map(|(account, offer)| Command::Try { account, offer }),
        1 => account().prop_map(|account| Command::ExpireCredits { account }),
        4 => purchase().prop_map(|(purchase, account)| Command::Contest { account, purchase }),
        2 => (purchase(), any::<bool>()).prop_map(|((purchase, account), dismissed)| {
            Command::EndContest { account, purchase, dismissed }
        }),
    ]
}

fn funding() -> impl Strategy<Value = Command> {
    let reference = || 0..REFERENCES;
    let lines = prop::collection::vec((account(), 1..40_00_u64), 1..5);
    prop_oneof![
        8 => (envelope(), 0..60_u8, account(), 1..80_00_u64).prop_map(
            |(envelope, reference, account, cents)| {
                Command::TopUp { envelope, reference, account, cents }
            }
        ),
        2 => (envelope(), 0..3_u8, lines)
            .prop_map(|(envelope, number, lines)| Command::Batch { envelope, number, lines }),
        1 => envelope().prop_map(|envelope| Command::ConfirmBudget { envelope }),
        1 => (envelope(), reference(), 1..300_00_u64).prop_map(|(envelope, reference, cents)| {
            Command::RaiseBudget { envelope, reference, cents }
        }),
        2 => (envelope(), reference(), 1..400_00_u64).prop_map(|(envelope, receipt, cents)| {
            Command::ReceiveFunds { envelope, receipt, cents }
        }),
        1 => envelope().prop_map(|envelope| Command::NoteReturns { envelope }),
    ]
}

fn standing() -> impl Strategy<Value = Command> {
    let partner = || 0..PARTNERS;
    prop_oneof![
        2 => account().prop_map(|account| Command::SuspendAccount { account }),
        8 => account().prop_map(|account| Command::ResumeAccount { account }),
        1 => account().prop_map(|account| Command::CloseAccount { account }),
        2 => envelope().prop_map(|envelope| Command::Freeze { envelope }),
        12 => envelope().prop_map(|envelope| Command::Unfreeze { envelope }),
        1 => (envelope(), 0..2_u8).prop_map(|(envelope, odd)| {
            if odd == 0 {
                Command::CloseEnvelope { envelope }
            } else {
                Command::NoteReturns { envelope }
            }
        }),
        4 => (0..OFFERS, 1..20_00_u64).prop_map(|(offer, cents)| Command::Reprice { offer, cents }),
        1 => (0..OFFERS).prop_map(|offer| Command::Withdraw { offer }),
        1 => partner().prop_map(|partner| Command::SuspendPartner { partner }),
        6 => partner().prop_map(|partner| Command::ResumePartner { partner }),
    ]
}
