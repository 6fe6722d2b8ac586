//! Separation of duties (décret 2012-1246, art. 9): whatever is tried, by whomever, in whatever
//! order, the same person never orders and pays, prepares and approves, or changes a bank account
//! alone.
//!
//! Three people try every command of every stream where it matters, in every quality.

#![expect(clippy::unwrap_used, reason = "a test may panic")]
#![expect(
    clippy::wildcard_enum_match_arm,
    reason = "only acts that two people share are looked at"
)]

use chrono::NaiveDate;
use ledger_core::convention::{
    CarryOver, Convention, ConventionCommand, ConventionEvent, ConventionFundsReceived,
    ConventionSigned, FundsCalled,
};
use ledger_core::correction::{
    CorrectedLine, CorrectedSide, Correction, CorrectionCommand, CorrectionEvent,
    CorrectionProposed,
};
use ledger_core::decider::Decider;
use ledger_core::digest::Digest;
use ledger_core::ids::{CallId, EnvelopeId, PartnerId, ReceiptId, RemittanceId};
use ledger_core::meta::{Actor, Role};
use ledger_core::money::{Balance, Budget};
use ledger_core::partner::{
    BankDetailsProposed, Iban, Partner, PartnerCommand, PartnerEvent, PartnerRegistered,
};
use ledger_core::settlement::{
    BankAnswer, BankMovement, Charged, Check, CheckResult, Funding, PaymentReturned, Prepared,
    ServiceCertified, Settlement, SettlementCommand, SettlementEvent, StatementReceived,
};
use proptest::prelude::*;
use uuid::Uuid;

/// One of three people, in one of the two qualities.
fn actor() -> impl Strategy<Value = Actor> {
    let roles = prop_oneof![
        4 => Just(Role::AuthorisingOfficer),
        4 => Just(Role::Accountant),
        1 => Just(Role::Operator),
    ];
    (roles, 1..4_u128).prop_map(|(role, id)| Actor { role, id: Uuid::from_u128(id) })
}

fn day() -> NaiveDate {
    "2026-10-01".parse().unwrap()
}

fn euros(cents: u64) -> Budget {
    Budget::from_cents(cents).unwrap()
}

fn iban(odd: bool) -> Iban {
    let iban = if odd { "FR7699999000010000001000185" } else { "FR7630006000011234567890189" };
    iban.parse().unwrap()
}

/// Carries out what the state allows; gives the events, in order.
fn history<D: Decider>(commands: impl IntoIterator<Item = D::Command>) -> Vec<D::Event> {
    let (mut state, mut events) = (D::default(), Vec::new());
    for command in commands {
        for event in state.decide(&command).unwrap_or_default() {
            state.evolve(&event);
            events.push(event);
        }
    }
    events
}

fn settlement() -> Vec<SettlementCommand> {
    let (envelope, funder) = (EnvelopeId(Uuid::from_u128(1)), "state:0214".parse().unwrap());
    let captured = Balance::from_cents(10_00);
    let prepared = Prepared {
        partner: PartnerId(Uuid::from_u128(2)),
        siren: "110046018".parse().unwrap(),
        on: day(),
        after: 0,
        up_to: 9,
        lines: 1,
        captured,
        refunded: Balance::ZERO,
        credits: Balance::ZERO,
        carried: Balance::ZERO,
        reinstated: Balance::ZERO,
        waiting: vec![],
        funding: vec![Funding { envelope, funder, captured, refunded: Balance::ZERO }],
        digest: Digest::of(b""),
        presumed_from: day(),
        previous: None,
        fee: None,
    };
    let certified = ServiceCertified {
        on: day(),
        presumed: true,
        contested: vec![],
        charged: vec![Charged { envelope, funder, amount: euros(10_00) }],
        sample: None,
        by: Actor::PROCESS,
    };
    let statement = StatementReceived {
        reference: "R".into(),
        dated: day(),
        received: day(),
        amount: captured,
        by: Actor::PROCESS,
    };
    vec![
        SettlementCommand::Prepare(Box::new(prepared)),
        SettlementCommand::Certify(certified),
        SettlementCommand::ReceiveStatement(statement),
    ]
}

/// Any act on a settlement.
fn act() -> impl Strategy<Value = SettlementCommand> {
    let checks = Check::ALL.map(|check| CheckResult {
        check,
        passed: true,
        evidence: "vu".into(),
        note: "".into(),
    });
    let reference = |n: u8| compact_str::format_compact!("P{n}");
    let answer = move |n| BankAnswer {
        end_to_end: reference(n),
        reason: "".into(),
        report: Digest::of(&[n]),
    };
    let (on, amount) = (day(), euros(10_00));
    prop_oneof![
        3 => actor().prop_map(move |by| SettlementCommand::Order { on, by }),
        3 => actor().prop_map(move |by| SettlementCommand::GrantVisa {
            checks: checks.to_vec(), on, by
        }),
        1 => actor().prop_map(move |by| SettlementCommand::Suspend {
            failed: vec![Check::Imputation], reason: "non".into(), on, by
        }),
        1 => actor().prop_map(move |by| SettlementCommand::Answer { answer: "si".into(), on, by }),
        1 => actor().prop_map(move |by| SettlementCommand::Requisition {
            reason: "payez".into(), on, by
        }),
        3 => (actor(), 0..4_u8).prop_map(move |(by, n)| SettlementCommand::Send {
            remittance: RemittanceId(Uuid::from_u128(5)), end_to_end: reference(n),
            iban: iban(false), by
        }),
        1 => actor().prop_map(move |by| SettlementCommand::SetOff { on, by }),
        1 => (0..4_u8).prop_map(move |n| SettlementCommand::Reject(answer(n))),
        1 => (0..4_u8).prop_map(move |n| SettlementCommand::Debit(BankMovement {
            end_to_end: reference(n), amount, booked: on, line: reference(n)
        })),
        1 => (0..4_u8).prop_map(move |n| SettlementCommand::Return(Box::new(PaymentReturned {
            siren: "110046018".parse().unwrap(), end_to_end: reference(n), amount,
            reason: "".into(), booked: on, line: compact_str::format_compact!("back {n}")
        }))),
    ]
}

fn partner_command() -> impl Strategy<Value = PartnerCommand> {
    prop_oneof![
        (actor(), any::<bool>()).prop_map(|(by, odd)| {
            PartnerCommand::ProposeBankDetails(BankDetailsProposed { iban: iban(odd), by })
        }),
        (actor(), any::<bool>())
            .prop_map(|(by, odd)| PartnerCommand::ApproveBankDetails { iban: iban(odd), by }),
        (actor(), any::<bool>()).prop_map(|(by, odd)| PartnerCommand::RejectBankDetails {
            iban: iban(odd),
            reason: "wrong".into(),
            by
        }),
    ]
}

fn correction_command() -> impl Strategy<Value = CorrectionCommand> {
    let side =
        |siren: &str| CorrectedSide { account: 401_100, partner: Some(siren.parse().unwrap()) };
    let lines = vec![CorrectedLine {
        debit: side("110046018"),
        credit: side("217500016"),
        amount: euros(1),
    }];
    prop_oneof![
        actor().prop_map(move |by| CorrectionCommand::Propose(CorrectionProposed {
            corrects: 7,
            reason: "erreur".into(),
            lines: lines.clone(),
            by,
        })),
        actor().prop_map(|by| CorrectionCommand::Approve { by }),
    ]
}

fn convention() -> Vec<ConventionCommand> {
    let by = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(1) };
    let funder = "siren:217500016".parse().unwrap();
    let signed = ConventionSigned {
        funder,
        funder_name: "Ville".into(),
        title: "Écoles".into(),
        legal_reference: "D1".into(),
        assent: "A1".into(),
        amount: euros(100_00),
        from: day(),
        until: day(),
        priority: 5,
        earmark: ledger_core::account::Earmark::default(),
        carry_over: CarryOver::Returned,
        by,
    };
    let call = FundsCalled {
        funder,
        call: CallId(Uuid::from_u128(1)),
        reference: "A1".into(),
        amount: euros(100_00),
        due: day(),
        by,
    };
    let received = ConventionFundsReceived {
        funder,
        receipt: ReceiptId(Uuid::from_u128(1)),
        call: None,
        amount: euros(100_00),
        booked: None,
        line: "1#1".into(),
    };
    vec![
        ConventionCommand::Sign(Box::new(signed)),
        ConventionCommand::Call(call),
        ConventionCommand::Receive(received),
    ]
}

fn return_command() -> impl Strategy<Value = ConventionCommand> {
    prop_oneof![
        actor().prop_map(|by| ConventionCommand::OrderReturn {
            amount: euros(10_00),
            unspent: Balance::from_cents(50_00),
            iban: iban(false),
            on: day(),
            by,
        }),
        (actor(), 0..3_u8).prop_map(|(by, n)| ConventionCommand::SendReturn {
            end_to_end: compact_str::format_compact!("R{n}"),
            from: iban(true),
            payer: "Nous".into(),
            at: chrono::DateTime::UNIX_EPOCH,
            execution: day(),
            by,
        }),
        (0..3_u8).prop_map(|n| ConventionCommand::RejectReturn {
            end_to_end: compact_str::format_compact!("R{n}"),
            reason: "AC04".into(),
            report: Digest::of(&[n]),
        }),
        (0..3_u8).prop_map(|n| ConventionCommand::TakeBackReturn {
            end_to_end: compact_str::format_compact!("R{n}"),
            amount: euros(10_00),
            reason: "AC04".into(),
            booked: day(),
            line: compact_str::format_compact!("B{n}"),
        }),
        (0..3_u8).prop_map(|n| ConventionCommand::DebitReturn {
            end_to_end: compact_str::format_compact!("R{n}"),
            amount: euros(10_00),
            booked: day(),
            line: compact_str::format_compact!("{n}"),
        }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..Default::default() })]

    #[test]
    fn who_orders_a_settlement_never_clears_nor_pays_it(
        acts in prop::collection::vec(act(), 1..40)
    ) {
        let mut ordered_by = None;
        for event in history::<Settlement>(settlement().into_iter().chain(acts)) {
            match event {
                SettlementEvent::Ordered(it) => {
                    prop_assert_eq!(it.by.role, Role::AuthorisingOfficer);
                    ordered_by = Some(it.by.id);
                }
                SettlementEvent::VisaGranted(it) => {
                    prop_assert_eq!(it.by.role, Role::Accountant);
                    prop_assert_ne!(ordered_by, Some(it.by.id));
                }
                SettlementEvent::Suspended(it) => prop_assert_ne!(ordered_by, Some(it.by.id)),
                SettlementEvent::Sent(it) => {
                    prop_assert!(ordered_by.is_some(), "paid without an order");
                    prop_assert_eq!(it.by.role, Role::Accountant);
                    prop_assert_ne!(ordered_by, Some(it.by.id));
                }
                _ => (),
            }
        }
    }

    #[test]
    fn nobody_changes_a_bank_account_alone(
        commands in prop::collection::vec(partner_command(), 1..30)
    ) {
        let register = PartnerCommand::Register(PartnerRegistered {
            siret: "11004601800013".parse().unwrap(),
            name: "Préau".into(),
            agreement: "C1".into(),
        });
        let mut proposed_by = None;
        for event in history::<Partner>([register].into_iter().chain(commands)) {
            match event {
                PartnerEvent::BankDetailsProposed(it) => proposed_by = Some((it.iban, it.by.id)),
                PartnerEvent::BankDetailsApproved(it) => {
                    let (iban, by) = proposed_by.take().expect("approved without a proposal");
                    prop_assert_eq!(iban, it.iban);
                    prop_assert_ne!(by, it.by.id);
                }
                PartnerEvent::BankDetailsRejected(it) => {
                    let (iban, _) = proposed_by.take().expect("rejected without a proposal");
                    prop_assert_eq!(iban, it.iban);
                }
                _ => (),
            }
        }
    }

    #[test]
    fn nobody_prepares_and_approves_a_correction(
        commands in prop::collection::vec(correction_command(), 1..20)
    ) {
        for event in history::<Correction>(commands) {
            if let CorrectionEvent::Approved(it) = event {
                prop_assert_ne!(it.proposed_by.id, it.by.id);
            }
        }
    }

    #[test]
    fn nobody_orders_and_pays_a_return(
        commands in prop::collection::vec(return_command(), 1..30)
    ) {
        let mut ordered_by = None;
        for event in history::<Convention>(convention().into_iter().chain(commands)) {
            match event {
                ConventionEvent::ReturnOrdered(it) => ordered_by = Some(it.by.id),
                ConventionEvent::ReturnSent(it) => prop_assert_ne!(ordered_by, Some(it.by.id)),
                _ => (),
            }
        }
    }
}
