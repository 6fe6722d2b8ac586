//! The rules of a webhook endpoint, one test each.

use chrono::TimeDelta;

use super::*;
use crate::decider::{Decider, given};
use crate::ids::PartnerId;

fn noon() -> DateTime<Utc> {
    "2026-11-12T11:00:00Z".parse().unwrap()
}

fn asked(url: &str) -> WebhookCreated {
    WebhookCreated {
        party: Party::Partner(PartnerId(Uuid::from_u128(1))),
        url: url.into(),
        events: vec!["payment.captured".into()],
        description: "".into(),
        after: 40,
    }
}

fn created() -> WebhookEvent {
    WebhookEvent::Created(asked("https://preau.example/hook"))
}

fn progress(up_to: Position, pending: &[Pending], replays: u32) -> WebhookCommand {
    let progressed = WebhookProgressed { up_to, pending: pending.to_vec() };
    WebhookCommand::Progress(Progress { node: Uuid::from_u128(1), progressed, replays })
}

fn pending(position: Position, attempts: u8) -> Pending {
    Pending { position, attempts, next: noon() }
}

#[test]
fn an_endpoint_is_made_once_wherever_the_log_is_by_then() {
    let later = WebhookCreated { after: 90, ..asked("https://preau.example/hook") };
    given::<Webhook>([])
        .when(WebhookCommand::Create(asked("https://preau.example/hook")))
        .then([created()])
        .when(WebhookCommand::Create(later))
        .then([])
        .when(WebhookCommand::Create(asked("https://preau.example/other")))
        .then_refused(WebhookRefusal::ReferenceReused);
}

#[test]
fn what_is_no_address_is_refused() {
    for wrong in ["", "ftp://preau.example", "https://preau.example/a b", "/hook"] {
        given::<Webhook>([]).when(WebhookCommand::Create(asked(wrong))).then_refused(
            WebhookRefusal::Invalid {
                field: "url",
                expected: "expected an https:// address of at most 2000 characters",
            },
        );
    }
}

#[test]
fn one_node_tells_at_a_time_and_another_one_once_it_is_silent() {
    let [one, two] = [1, 2].map(Uuid::from_u128);
    let claim = |node, seconds: i64| WebhookCommand::Claim {
        node,
        until: noon() + TimeDelta::seconds(seconds + 60),
        at: noon() + TimeDelta::seconds(seconds),
    };
    let claimed = |node, seconds: i64| {
        let until = noon() + TimeDelta::seconds(seconds + 60);
        WebhookEvent::Claimed(WebhookClaimed { node, until })
    };
    given::<Webhook>([created()])
        .when(claim(one, 0))
        .then([claimed(one, 0)])
        .when(claim(one, 20))
        .then([])
        .when(claim(two, 20))
        .then_refused(WebhookRefusal::Claimed { until: noon() + TimeDelta::seconds(60) })
        .when(claim(one, 40))
        .then([claimed(one, 40)])
        .when(claim(two, 100))
        .then([claimed(two, 100)]);
}

#[test]
fn progress_is_noted_once_and_not_over_a_replay() {
    let waits = [pending(44, 1)];
    given::<Webhook>([created()])
        .when(progress(50, &waits, 0))
        .then([WebhookEvent::Progressed(WebhookProgressed { up_to: 50, pending: waits.to_vec() })])
        .when(progress(50, &waits, 0))
        .then([]);
    let replayed = WebhookReplayed { after: 45, only: false, at: noon() };
    given::<Webhook>([created()])
        .when(WebhookCommand::Replay(replayed))
        .then([WebhookEvent::Replayed(replayed)])
        .when(progress(60, &[], 0))
        .then_refused(WebhookRefusal::Replayed);
}

#[test]
fn who_was_relieved_by_another_node_notes_nothing_more() {
    let until = noon() + TimeDelta::seconds(60);
    let claim = WebhookClaimed { node: Uuid::from_u128(2), until };
    let told = WebhookProgressed { up_to: 50, pending: vec![] };
    given::<Webhook>([created(), WebhookEvent::Claimed(claim)])
        .when(progress(50, &[], 0))
        .then_refused(WebhookRefusal::Claimed { until });
    let own = WebhookClaimed { node: Uuid::from_u128(1), until };
    given::<Webhook>([created(), WebhookEvent::Claimed(own)])
        .when(progress(50, &[], 0))
        .then([WebhookEvent::Progressed(told)]);
}

#[test]
fn a_replay_goes_back_and_keeps_what_waits_before() {
    let progressed = WebhookProgressed { up_to: 50, pending: vec![pending(44, 1), pending(48, 2)] };
    let all = WebhookReplayed { after: 45, only: false, at: noon() };
    let state = Webhook::default().after([
        &created(),
        &WebhookEvent::Progressed(progressed),
        &WebhookEvent::Replayed(all),
    ]);
    assert_eq!((state.up_to, &state.pending[..]), (45, &[pending(44, 1)][..]));
    let one = WebhookReplayed { after: 41, only: true, at: noon() };
    let state = state.after([&WebhookEvent::Replayed(one)]);
    assert_eq!((state.up_to, &state.pending[..]), (45, &[pending(44, 1), pending(42, 0)][..]));
}

#[test]
fn a_secret_rotates_once_for_as_long_as_both_sign() {
    let rotate = |hours| WebhookCommand::RotateSecret { until: noon() + TimeDelta::hours(hours) };
    let rotated = |generation, hours| {
        let until = noon() + TimeDelta::hours(hours);
        WebhookEvent::SecretRotated(WebhookSecretRotated { generation, until })
    };
    given::<Webhook>([created()])
        .when(rotate(24))
        .then([rotated(1, 24)])
        .when(rotate(24))
        .then([])
        .when(rotate(48))
        .then([rotated(2, 48)]);
    let until = noon() + TimeDelta::milliseconds(1_500);
    let stored = noon() + TimeDelta::seconds(1);
    let rotated =
        WebhookEvent::SecretRotated(WebhookSecretRotated { generation: 1, until: stored });
    given::<Webhook>([created()])
        .when(WebhookCommand::RotateSecret { until })
        .then([rotated.clone()]);
    // Also by a service that has read it back since.
    given::<Webhook>([created(), rotated]).when(WebhookCommand::RotateSecret { until }).then([]);
}

#[test]
fn what_is_deleted_is_told_nothing_and_takes_nothing() {
    given::<Webhook>([created()])
        .when(WebhookCommand::Pause(PauseReason::Failing))
        .then([WebhookEvent::Paused(WebhookPaused { because: PauseReason::Failing })])
        .when(WebhookCommand::Pause(PauseReason::Owner))
        .then([])
        .when(WebhookCommand::Resume)
        .then([WebhookEvent::Resumed(WebhookResumed {})])
        .when(WebhookCommand::Delete)
        .then([WebhookEvent::Deleted(WebhookDeleted {})])
        .when(WebhookCommand::Delete)
        .then([])
        .when(WebhookCommand::Resume)
        .then_refused(WebhookRefusal::NoSuchWebhook);
}
