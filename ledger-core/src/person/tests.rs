//! The rules of a person's roles, one test each.

use uuid::Uuid;

use super::*;
use crate::decider::given;

const PERSON: PersonId = PersonId(Uuid::from_u128(1));

fn quality(role: Role, acts_for: &str) -> Quality {
    Quality { role, acts_for: (!acts_for.is_empty()).then(|| acts_for.into()) }
}

fn administrator(n: u128) -> Actor {
    Actor { role: Role::Administrator, id: Uuid::from_u128(n) }
}

fn granted(role: Role, acts_for: &str, until: Option<&str>) -> RoleGranted {
    let until = until.map(|it| it.parse().unwrap());
    RoleGranted { quality: quality(role, acts_for), until, by: administrator(2) }
}

fn grant(granted: RoleGranted) -> PersonCommand {
    PersonCommand::Grant { person: PERSON, granted }
}

#[test]
fn an_administrator_grants_and_takes_back() {
    let accountant = granted(Role::Accountant, "", None);
    let quality = accountant.quality.clone();
    let revoked = RoleRevoked { quality, by: administrator(2) };
    given::<Person>([])
        .when(grant(accountant.clone()))
        .then([PersonEvent::Granted(accountant)])
        .when(PersonCommand::Revoke(revoked.clone()))
        .then([PersonEvent::Revoked(revoked)]);
}

#[test]
fn nobody_grants_to_themselves_and_only_administrators_grant() {
    let own = RoleGranted { by: administrator(1), ..granted(Role::Auditor, "", None) };
    let teacher = Actor { role: Role::Teacher, id: Uuid::from_u128(3) };
    let others = RoleGranted { by: teacher, ..granted(Role::Auditor, "", None) };
    given::<Person>([])
        .when(grant(own))
        .then_refused(PersonRefusal::OwnRole)
        .when(grant(others))
        .then_refused(PersonRefusal::NotAdministrator);
}

#[test]
fn a_role_acts_for_somebody_just_when_it_must() {
    for (role, right, wrong) in [
        (Role::Funder, "siren:217500016", ""),
        (Role::AuthorisingOfficer, "state:0214", "school:0750655E"),
        (Role::HeadOfSchool, "school:0750655E", "school:1"),
        (Role::PartnerAgent, "partner:par_00000000000000000000000000000001", "par_1"),
        (Role::Accountant, "", "siren:217500016"),
    ] {
        assert_eq!(quality(role, right).check(), Ok(()), "{role:?}");
        assert!(quality(role, wrong).check().is_err(), "{role:?}");
    }
    let machine = quality(Role::Client, "").check();
    assert_eq!(machine, Err(PersonRefusal::NotAPersons(Role::Client)));
}

#[test]
fn a_role_holds_until_its_last_day() {
    let until = granted(Role::Support, "", Some("2026-11-30"));
    let person = Person::default().after([&PersonEvent::Granted(until)]);
    let on = |day: &str| person.roles_on(day.parse().unwrap()).count();
    assert_eq!((on("2026-11-30"), on("2026-12-01")), (1, 0));
}

#[test]
fn all_sessions_end_at_once() {
    let at: DateTime<Utc> = "2026-11-12T11:00:00Z".parse().unwrap();
    given::<Person>([])
        .when(PersonCommand::SignOutEverywhere { at })
        .then([PersonEvent::SignedOut(SignedOutEverywhere { at })]);
}
