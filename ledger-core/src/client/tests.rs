//! The rules of a client, one test each.

use super::*;
use crate::decider::given;

#[test]
fn a_secret_is_rotated_without_a_gap() {
    given::<Client>([registered()])
        .when(ClientCommand::RemoveSecret { secret: secret(1) })
        .then_refused(ClientRefusal::LastSecret)
        .when(ClientCommand::AddSecret { secret: secret(2) })
        .then([ClientEvent::SecretAdded(SecretAdded { secret: secret(2) })])
        .when(ClientCommand::AddSecret { secret: secret(3) })
        .then_refused(ClientRefusal::TooManySecrets)
        .when(ClientCommand::RemoveSecret { secret: secret(1) })
        .then([ClientEvent::SecretRemoved(SecretRemoved { secret: secret(1) })]);
}

#[test]
fn a_revoked_client_has_no_secret_and_gets_none() {
    given::<Client>([registered()])
        .when(ClientCommand::Revoke { reason: "lost".into() })
        .then([ClientEvent::Revoked(ClientRevoked { reason: "lost".into() })])
        .when(ClientCommand::AddSecret { secret: secret(2) })
        .then_refused(ClientRefusal::Revoked);
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
    given::<Client>([])
        .when(ClientCommand::AddSecret { secret: secret(2) })
        .then_refused(ClientRefusal::NotRegistered);
}

fn secret(n: u8) -> Digest {
    Digest([n; 32])
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
