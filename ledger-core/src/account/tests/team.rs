//! What a team may do with its account, one test a rule.

use super::*;
use crate::account::team::{
    ApprovalDelegated, ApprovalGiven, ApprovalRefused, ApprovalReminded, ApprovalRequested,
    AskedBy, DelegationEnded, MemberAdded, MemberRemoved, OverLimit, RefusedBecause, TeamEvent,
    TeamLimit, TeamNamed,
};
use crate::ids::AccountId;

const AMINA: u128 = 11;
const THEO: u128 = 12;
const STRANGER: u128 = 13;
const DEPUTY: u128 = 14;

fn teacher(n: u128) -> AccountId {
    AccountId(Uuid::from_u128(n))
}

fn by(n: u128) -> Authority {
    Authority::Teacher(teacher(n))
}

fn head() -> Authority {
    Authority::Head { school: school().uai, account: teacher(99) }
}

fn other_head() -> Authority {
    Authority::Head {
        school: crate::identifiers::Uai::of_number(990_100).expect("a UAI"),
        account: teacher(98),
    }
}

fn told(event: TeamEvent) -> AccountEvent {
    AccountEvent::Team(event)
}

fn added(n: u128, role: TeamRole) -> AccountEvent {
    told(TeamEvent::MemberAdded(MemberAdded { member: teacher(n), role }))
}

fn rules(per_purchase: Option<u64>, approval_above: Option<u64>) -> TeamRules {
    TeamRules {
        per_purchase: per_purchase.map(held),
        approval_above: approval_above.map(held),
        ..TeamRules::default()
    }
}

/// A team of Amina, who manages, and Théo, with 150 € to spend.
fn team() -> Vec<AccountEvent> {
    vec![
        AccountEvent::Opened(AccountOpened { holder: Holder::Team, school: school() }),
        added(AMINA, TeamRole::Manager),
        added(THEO, TeamRole::Member),
        granted(1, 150_00),
    ]
}

fn and(
    mut story: Vec<AccountEvent>,
    more: impl IntoIterator<Item = AccountEvent>,
) -> Vec<AccountEvent> {
    story.extend(more);
    story
}

/// The same, where what costs more than 60 € waits for the head.
fn watched() -> Vec<AccountEvent> {
    and(team(), [told(TeamEvent::RulesSet(rules(None, Some(60_00))))])
}

fn asks(member: u128, n: u128, cents: u64) -> Authorise {
    let order = TeamOrder { member: teacher(member), total: euros(cents) };
    Authorise { by: Some(order), ..authorisation(n, cents) }
}

fn asked(member: u128, n: u128, cents: u64) -> AccountEvent {
    let AccountEvent::Authorised(it) = authorised(n, cents, &[(1, cents)]) else { panic!() };
    let asked_by = Some(AskedBy { member: teacher(member), on: day("2026-10-01") });
    AccountEvent::Authorised(PurchaseAuthorised { asked_by, ..it })
}

/// Until the end of the hold, which is shorter than fourteen days.
fn requested(n: u128, at_once: bool) -> AccountEvent {
    let until = instant("2026-10-08T00:00:00Z");
    told(TeamEvent::Requested(ApprovalRequested { purchase: purchase(n), until, at_once }))
}

/// Théo asked for 80 €, and waits.
fn waiting(at_once: bool) -> Vec<AccountEvent> {
    and(watched(), [asked(THEO, 1, 80_00), requested(1, at_once)])
}

fn approve(by: Authority) -> AccountCommand {
    AccountCommand::Team(TeamCommand::Approve { purchase: purchase(1), by, on: day("2026-10-02") })
}

fn refuse(because: RefusedBecause, words: &str, by: Authority) -> AccountCommand {
    let (words, on) = (words.into(), day("2026-10-02"));
    AccountCommand::Team(TeamCommand::Refuse { purchase: purchase(1), because, words, by, on })
}

fn approved(delegate: Option<u128>) -> AccountEvent {
    let delegate = delegate.map(teacher);
    told(TeamEvent::Approved(ApprovalGiven { purchase: purchase(1), delegate }))
}

fn delegated(to: u128, from: &str, until: &str) -> ApprovalDelegated {
    ApprovalDelegated { to: teacher(to), from: day(from), until: day(until) }
}

#[test]
fn who_makes_a_team_is_its_first_manager() {
    let opened = AccountEvent::Opened(AccountOpened { holder: Holder::Team, school: school() });
    let (member, role) = (teacher(AMINA), TeamRole::Manager);
    given::<Account>([opened.clone()])
        .when(AccountCommand::Team(TeamCommand::Add { member, role, by: by(AMINA) }))
        .then([added(AMINA, TeamRole::Manager)])
        .when(AccountCommand::Team(TeamCommand::Name { name: " SVT ".into(), by: by(AMINA) }))
        .then([told(TeamEvent::Named(TeamNamed { name: "SVT".into() }))]);
    given::<Account>([opened])
        .when(AccountCommand::Team(TeamCommand::Add { member, role, by: by(THEO) }))
        .then_refused(AccountRefusal::NotYours);
}

#[test]
fn a_manager_or_the_head_adds_members_and_nobody_else() {
    let (member, role) = (teacher(STRANGER), TeamRole::Member);
    let add = |by| AccountCommand::Team(TeamCommand::Add { member, role, by });
    for who in [by(AMINA), head()] {
        given::<Account>(team()).when(add(who)).then([added(STRANGER, TeamRole::Member)]);
    }
    for who in [by(THEO), by(STRANGER), other_head()] {
        given::<Account>(team()).when(add(who)).then_refused(AccountRefusal::NotYours);
    }
}

#[test]
fn a_member_may_leave_but_a_team_keeps_a_manager() {
    let remove = |n, by| AccountCommand::Team(TeamCommand::Remove { member: teacher(n), by });
    let removed = |n| told(TeamEvent::MemberRemoved(MemberRemoved { member: teacher(n) }));
    given::<Account>(team()).when(remove(THEO, by(THEO))).then([removed(THEO)]);
    given::<Account>(team())
        .when(remove(AMINA, by(AMINA)))
        .then_refused(AccountRefusal::LastManager);
    given::<Account>(team()).when(remove(AMINA, head())).then([removed(AMINA)]);
    given::<Account>(team()).when(remove(AMINA, by(THEO))).then_refused(AccountRefusal::NotYours);
}

#[test]
fn only_members_buy_and_each_under_their_own_account() {
    given::<Account>(team())
        .when(AccountCommand::Authorise(asks(THEO, 1, 20_00)))
        .then([asked(THEO, 1, 20_00)]);
    given::<Account>(team())
        .when(AccountCommand::Pay(asks(STRANGER, 1, 20_00)))
        .then_refused(AccountRefusal::NotAMember);
    given::<Account>(team()).when(pay(1, 20_00)).then_refused(AccountRefusal::NotAMember);
    given::<Account>([opened(), granted(1, 50_00)])
        .when(AccountCommand::Pay(asks(THEO, 1, 20_00)))
        .then_refused(AccountRefusal::NotAMember);
    given::<Account>(and(team(), [asked(THEO, 1, 20_00)]))
        .when(AccountCommand::Authorise(asks(AMINA, 1, 20_00)))
        .then_refused(reused(&purchase(1)));
}

#[test]
fn a_limit_tells_what_is_left_of_it() {
    let limited = TeamRules { per_member_month: Some(held(50_00)), ..TeamRules::default() };
    let story = and(team(), [told(TeamEvent::RulesSet(limited)), asked(THEO, 1, 30_00)]);
    let over = OverLimit { rule: TeamLimit::PerMemberMonth, limit: held(50_00), left: held(20_00) };
    given::<Account>(story.clone())
        .when(AccountCommand::Authorise(asks(THEO, 2, 20_01)))
        .then_refused(over.into());
    given::<Account>(story.clone())
        .when(AccountCommand::Authorise(asks(AMINA, 2, 20_01)))
        .then([asked(AMINA, 2, 20_01)]);
    given::<Account>(and(story, [cancelled(1, &[(1, 30_00)])]))
        .when(AccountCommand::Authorise(asks(THEO, 2, 50_00)))
        .then([asked(THEO, 2, 50_00)]);
}

#[test]
fn a_manager_sets_limits_and_the_head_alone_what_waits() {
    let set = |rules, by| AccountCommand::Team(TeamCommand::SetRules { rules, by });
    let lower = rules(Some(30_00), Some(60_00));
    given::<Account>(watched())
        .when(set(lower, by(AMINA)))
        .then([told(TeamEvent::RulesSet(lower))]);
    let none = rules(None, None);
    given::<Account>(watched()).when(set(none, by(AMINA))).then_refused(AccountRefusal::NotYours);
    given::<Account>(watched()).when(set(none, head())).then([told(TeamEvent::RulesSet(none))]);
}

#[test]
fn what_is_above_the_threshold_is_held_and_waits() {
    given::<Account>(watched())
        .when(AccountCommand::Pay(asks(THEO, 1, 60_00)))
        .then([asked(THEO, 1, 60_00), captured_whole(1, 60_00, &[(1, 60_00)])]);
    given::<Account>(watched())
        .when(AccountCommand::Pay(asks(THEO, 1, 80_00)))
        .then([asked(THEO, 1, 80_00), requested(1, true)]);
    given::<Account>(waiting(false))
        .when(capture(1, 1, None))
        .then_refused(AccountRefusal::ApprovalPending { until: instant("2026-10-08T00:00:00Z") });
    given::<Account>(waiting(false))
        .when(AccountCommand::Authorise(asks(AMINA, 2, 80_00)))
        .then_refused(AccountRefusal::NotEnough { available: held(70_00), missing: euros(10_00) });
}

#[test]
fn lines_bought_together_are_compared_whole() {
    let line = |n| {
        let order = TeamOrder { member: teacher(THEO), total: euros(80_00) };
        AccountCommand::Authorise(Authorise { by: Some(order), ..authorisation(n, 40_00) })
    };
    given::<Account>(watched()).when(AccountCommand::Together(vec![line(1), line(2)])).then([
        asked(THEO, 1, 40_00),
        requested(1, false),
        asked(THEO, 2, 40_00),
        requested(2, false),
    ]);
}

#[test]
fn a_request_waits_for_fourteen_days_at_most() {
    let hold_until = instant("2026-12-01T00:00:00Z");
    let long = Authorise { hold_until, ..asks(THEO, 1, 80_00) };
    let AccountEvent::Authorised(it) = asked(THEO, 1, 80_00) else { panic!() };
    let until = instant("2026-10-15T22:00:00Z");
    let requested = ApprovalRequested { purchase: purchase(1), until, at_once: false };
    given::<Account>(watched()).when(AccountCommand::Authorise(long)).then([
        AccountEvent::Authorised(PurchaseAuthorised { hold_until, ..it }),
        told(TeamEvent::Requested(requested)),
    ]);
}

#[test]
fn the_head_approves_and_what_is_delivered_at_once_is_paid() {
    given::<Account>(waiting(false))
        .when(approve(head()))
        .then([approved(None)])
        .when(capture(1, 1, None))
        .then([captured(1, 1, 80_00, &[(1, 80_00)], &[], true)]);
    given::<Account>(waiting(true))
        .when(approve(head()))
        .then([approved(None), captured_whole(1, 80_00, &[(1, 80_00)])]);
}

#[test]
fn the_head_of_another_school_a_manager_and_the_buyer_decide_nothing() {
    for who in [other_head(), by(AMINA), by(THEO)] {
        given::<Account>(waiting(false)).when(approve(who)).then_refused(AccountRefusal::NotYours);
    }
    let own = Authority::Head { school: school().uai, account: teacher(THEO) };
    given::<Account>(waiting(false)).when(approve(own)).then_refused(AccountRefusal::OwnRequest);
    given::<Account>(watched())
        .when(approve(head()))
        .then_refused(AccountRefusal::NothingToApprove { purchase: purchase(1) });
}

#[test]
fn a_delegate_approves_on_the_days_given_and_never_their_own() {
    let delegated = |it| and(waiting(false), [told(TeamEvent::Delegated(it))]);
    given::<Account>(delegated(self::delegated(DEPUTY, "2026-10-02", "2026-10-02")))
        .when(approve(by(DEPUTY)))
        .then([approved(Some(DEPUTY))]);
    given::<Account>(delegated(self::delegated(DEPUTY, "2026-10-03", "2026-10-09")))
        .when(approve(by(DEPUTY)))
        .then_refused(AccountRefusal::NotYours);
    given::<Account>(delegated(self::delegated(THEO, "2026-10-01", "2026-10-09")))
        .when(approve(by(THEO)))
        .then_refused(AccountRefusal::OwnRequest);
}

#[test]
fn the_head_delegates_for_days_to_come_and_takes_it_back() {
    let on = day("2026-10-02");
    let give = |delegation, by| AccountCommand::Team(TeamCommand::Delegate { delegation, by, on });
    let it = delegated(DEPUTY, "2026-10-01", "2026-10-31");
    let end = |by| AccountCommand::Team(TeamCommand::EndDelegation { to: teacher(DEPUTY), by });
    let ended = told(TeamEvent::DelegationEnded(DelegationEnded { to: teacher(DEPUTY) }));
    given::<Account>(team())
        .when(give(it, head()))
        .then([told(TeamEvent::Delegated(it))])
        .when(end(head()))
        .then([ended.clone()]);
    given::<Account>(and(team(), [told(TeamEvent::Delegated(it))]))
        .when(end(by(DEPUTY)))
        .then([ended]);
    given::<Account>(team()).when(give(it, by(AMINA))).then_refused(AccountRefusal::NotYours);
    let over = delegated(DEPUTY, "2026-09-01", "2026-10-01");
    given::<Account>(team()).when(give(over, head())).then_refused(AccountRefusal::Invalid {
        field: "until",
        expected: "expected a day from today on, not before the first",
    });
}

#[test]
fn a_refusal_has_a_reason_and_frees_the_money() {
    let because = RefusedBecause::AlreadyOwned;
    let refused = told(TeamEvent::Refused(ApprovalRefused {
        purchase: purchase(1),
        because,
        words: "Voir le CDI".into(),
        delegate: None,
    }));
    let freed = AccountEvent::Cancelled(PurchaseCancelled {
        purchase: purchase(1),
        freed: shares(&[(1, 80_00)]),
        reason: "already_owned".into(),
    });
    given::<Account>(waiting(true))
        .when(refuse(because, " Voir le CDI ", head()))
        .then([refused.clone(), freed.clone()]);
    given::<Account>(and(waiting(true), [refused, freed]))
        .when(approve(head()))
        .then_refused(AccountRefusal::NothingToApprove { purchase: purchase(1) });
    given::<Account>(waiting(true)).when(refuse(RefusedBecause::Other, " ", head())).then_refused(
        AccountRefusal::Invalid {
            field: "words",
            expected: "expected up to 300 characters, and some for another reason",
        },
    );
}

#[test]
fn a_request_that_nobody_decides_frees_its_money_at_its_term() {
    let expire = |at| AccountCommand::ExpireHold { purchase: purchase(1), at: instant(at) };
    let long = vec![
        {
            let AccountEvent::Authorised(it) = asked(THEO, 1, 80_00) else { panic!() };
            let hold_until = instant("2026-12-01T00:00:00Z");
            AccountEvent::Authorised(PurchaseAuthorised { hold_until, ..it })
        },
        requested(1, false),
    ];
    let freed =
        HoldExpired { purchase: purchase(1), freed: shares(&[(1, 80_00)]), released: false };
    given::<Account>(and(watched(), long.clone()))
        .when(expire("2026-10-08T00:00:00Z"))
        .then([AccountEvent::HoldExpired(freed)]);
    given::<Account>(and(watched(), long).into_iter().chain([approved(None)]).collect::<Vec<_>>())
        .when(expire("2026-10-08T00:00:00Z"))
        .then_refused(AccountRefusal::HoldNotOver { until: instant("2026-12-01T00:00:00Z") });
}

#[test]
fn who_may_approve_is_reminded_once_in_the_last_week() {
    let remind =
        |at| AccountCommand::Team(TeamCommand::Remind { purchase: purchase(1), at: instant(at) });
    given::<Account>(waiting(false))
        .when(remind("2026-10-01T00:00:00Z"))
        .then([told(TeamEvent::Reminded(ApprovalReminded { purchase: purchase(1) }))]);
    given::<Account>(waiting(false)).when(remind("2026-09-30T23:59:59Z")).then_refused(
        AccountRefusal::Invalid {
            field: "at",
            expected: "expected one of the seven days before its end",
        },
    );
}

#[test]
fn a_teachers_own_account_has_no_team() {
    let (member, role) = (teacher(AMINA), TeamRole::Member);
    given::<Account>([opened()])
        .when(AccountCommand::Team(TeamCommand::Add { member, role, by: head() }))
        .then_refused(AccountRefusal::NotATeam);
}
