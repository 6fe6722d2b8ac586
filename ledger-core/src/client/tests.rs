//! The rules of a client, one test each.

use super::*;
use crate::decider::given;

#[test]
fn a_secret_is_rotated_without_a_gap() {
    given::<Client>([registered()])
        .when(remove(1))
        .then_refused(ClientRefusal::LastSecret)
        .when(add(2, None))
        .then([added(2, None)])
        .when(add(3, None))
        .then_refused(ClientRefusal::TooManySecrets)
        .when(remove(1))
        .then([removed(1)]);
}

#[test]
fn a_secret_that_is_over_makes_room_and_is_no_secret_that_is_left() {
    let (soon, later) = (Some(at(10)), Some(at(20)));
    given::<Client>([registered(), added(2, soon)])
        .when(ClientCommand::AddSecret { secret: secret_until(3, later), at: at(9) })
        .then_refused(ClientRefusal::TooManySecrets)
        .when(ClientCommand::RemoveSecret { secret: secret(1), at: at(10) })
        .then_refused(ClientRefusal::LastSecret)
        .when(ClientCommand::AddSecret { secret: secret_until(3, later), at: at(10) })
        .then([removed(2), added(3, later)])
        .when(ClientCommand::RemoveSecret { secret: secret(1), at: at(19) })
        .then([removed(1)])
        .when(ClientCommand::RemoveSecret { secret: secret(3), at: at(20) })
        .then([removed(3)]);
}

#[test]
fn a_secret_that_would_be_over_or_is_known_otherwise_is_refused() {
    let expected = "expected a time that has not passed";
    given::<Client>([registered()])
        .when(ClientCommand::AddSecret { secret: secret_until(2, Some(at(5))), at: at(5) })
        .then_refused(ClientRefusal::Invalid { field: "expires_at", expected })
        .when(ClientCommand::AddSecret { secret: secret_until(1, Some(at(9))), at: at(5) })
        .then_refused(ClientRefusal::ReferenceReused);
}

#[test]
fn a_revoked_client_has_no_secret_and_gets_none() {
    given::<Client>([registered()])
        .when(ClientCommand::Revoke { reason: "lost".into() })
        .then([ClientEvent::Revoked(ClientRevoked { reason: "lost".into() })])
        .when(add(2, None))
        .then_refused(ClientRefusal::Revoked);
}

#[test]
fn a_certificate_is_replaced_by_the_next_one_without_a_gap() {
    given::<Client>([registered()])
        .when(certify(1, 10, 0))
        .then([certified(1, 10)])
        .when(certify(1, 10, 20))
        .then([])
        .when(certify(2, 20, 9))
        .then([certified(2, 20)])
        .when(certify(3, 20, 9))
        .then_refused(ClientRefusal::TooManyCertificates)
        .when(certify(3, 20, 10))
        .then([uncertified(1), certified(3, 20)])
        .when(ClientCommand::RemoveCertificate { thumbprint: secret(2) })
        .then([uncertified(2)])
        .when(ClientCommand::RemoveCertificate { thumbprint: secret(2) })
        .then([]);
}

#[test]
fn a_certificate_that_is_over_or_of_a_revoked_client_is_refused() {
    let expected = "expected one that is not over";
    given::<Client>([registered()])
        .when(certify(1, 10, 10))
        .then_refused(ClientRefusal::Invalid { field: "certificate", expected });
    let revoked = ClientEvent::Revoked(ClientRevoked { reason: "lost".into() });
    given::<Client>([registered(), certified(1, 10), revoked])
        .when(certify(2, 10, 0))
        .then_refused(ClientRefusal::Revoked)
        .when(ClientCommand::RemoveCertificate { thumbprint: secret(1) })
        .then([]);
    given::<Client>([]).when(certify(1, 10, 0)).then_refused(ClientRefusal::NotRegistered);
}

#[test]
fn a_client_with_certificates_shows_one_that_is_not_over() {
    let client = Client::default().after([&registered()]);
    assert!(client.may_show(None, at(5)) && !client.may_show(Some(secret(1)), at(5)));
    let client = client.after([&certified(1, 10), &certified(2, 20)]);
    assert!(!client.may_show(None, at(5)), "a secret alone opens nothing");
    assert!(client.may_show(Some(secret(1)), at(9)) && !client.may_show(Some(secret(1)), at(10)));
    assert!(client.may_show(Some(secret(2)), at(10)) && !client.may_show(Some(secret(3)), at(5)));
    assert!(!client.may_show(None, at(30)), "nor once both are over");
    let client = client.after([&uncertified(1), &uncertified(2)]);
    assert!(client.may_show(None, at(5)));
}

#[test]
fn a_client_without_a_scope_is_refused() {
    let it = ClientRegistered { scopes: vec![], ..registration() };
    given::<Client>([])
        .when(ClientCommand::Register(it))
        .then_refused(ClientRefusal::Invalid { field: "scopes", expected: "expected at least one" })
        .when(ClientCommand::Register(registration()))
        .then([registered()]);
}

#[test]
fn a_client_may_do_only_what_suits_whom_it_acts_for() {
    let partner = Party::Partner(crate::ids::PartnerId(uuid::Uuid::from_u128(1)));
    for (party, scope) in
        [(registration().party, ClientScope::FeedsRead), (partner, ClientScope::EnvelopesRead)]
    {
        let it = ClientRegistered { scopes: vec![scope], party, ..registration() };
        given::<Client>([]).when(ClientCommand::Register(it)).then_refused(
            ClientRefusal::Invalid {
                field: "scopes",
                expected: "expected envelopes:read, envelopes:write or topups:write for a funder, \
                       feeds:read, payments:read or payments:write for a partner, webhooks:write for both",
            },
        );
    }
    let of_partners = [
        ClientScope::FeedsRead,
        ClientScope::PaymentsRead,
        ClientScope::PaymentsWrite,
        ClientScope::WebhooksWrite,
    ];
    assert_eq!(ClientScope::of(&partner), of_partners);
}

#[test]
fn a_client_that_does_not_exist_has_no_secret() {
    given::<Client>([]).when(add(2, None)).then_refused(ClientRefusal::NotRegistered);
}

#[test]
fn a_secret_that_was_added_before_there_were_terms_has_none() {
    let stored = format!(r#"{{"secret":"{}"}}"#, secret(1));
    let read: SecretAdded = serde_json::from_str(&stored).expect("it is read");
    assert_eq!(read, secret_until(1, None));
    assert_eq!(serde_json::to_string(&read).expect("it is written"), stored);
}

fn secret(n: u8) -> Digest {
    Digest([n; 32])
}

fn at(day: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + chrono::TimeDelta::days(day)
}

fn secret_until(n: u8, expires_at: Option<DateTime<Utc>>) -> SecretAdded {
    SecretAdded { secret: secret(n), expires_at }
}

fn add(n: u8, expires_at: Option<DateTime<Utc>>) -> ClientCommand {
    ClientCommand::AddSecret { secret: secret_until(n, expires_at), at: at(1) }
}

fn remove(n: u8) -> ClientCommand {
    ClientCommand::RemoveSecret { secret: secret(n), at: at(1) }
}

fn added(n: u8, expires_at: Option<DateTime<Utc>>) -> ClientEvent {
    ClientEvent::SecretAdded(secret_until(n, expires_at))
}

fn certificate(n: u8, until: i64) -> CertificateAdded {
    CertificateAdded { thumbprint: secret(n), expires_at: at(until) }
}

fn certify(n: u8, until: i64, now: i64) -> ClientCommand {
    ClientCommand::AddCertificate { certificate: certificate(n, until), at: at(now) }
}

fn certified(n: u8, until: i64) -> ClientEvent {
    ClientEvent::CertificateAdded(certificate(n, until))
}

fn uncertified(n: u8) -> ClientEvent {
    ClientEvent::CertificateRemoved(CertificateRemoved { thumbprint: secret(n) })
}

fn removed(n: u8) -> ClientEvent {
    ClientEvent::SecretRemoved(SecretRemoved { secret: secret(n) })
}

fn registration() -> ClientRegistered {
    ClientRegistered {
        name: "SI finances".into(),
        party: Party::Funder("siren:217500016".parse().expect("a funder")),
        scopes: vec![ClientScope::EnvelopesRead],
        secret: secret(1),
    }
}

fn registered() -> ClientEvent {
    ClientEvent::Registered(registration())
}
