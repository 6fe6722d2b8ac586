//! The rules of a harvest, one test each.

use uuid::Uuid;

use super::*;
use crate::decider::given;
use crate::digest::Digest;

const OFFICER: Actor = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(3) };

fn read(published: u32, findings: &str) -> FeedRead {
    FeedRead {
        format: FeedFormat::Json,
        whole: true,
        named: 12,
        published,
        revised: 0,
        withdrawn: 0,
        unchanged: 12 - published,
        waiting: 0,
        refused: 0,
        remarked: 0,
        changed_up_to: (published > 0).then_some(7),
        findings: Digest::of_json(&findings),
        records: vec![],
        remarks: vec![],
    }
}

fn record(it: &FeedRead) -> HarvestCommand {
    HarvestCommand::RecordRead(Box::new(it.clone()))
}

fn failed(reason: &str) -> FeedFailed {
    FeedFailed { format: FeedFormat::Json, reason: reason.into() }
}

const HELD: FeedHeld = FeedHeld { format: FeedFormat::Json, known: 100, named: 3 };

fn lift(by: Actor, reason: &str) -> HoldLifted {
    HoldLifted { format: FeedFormat::Json, reason: reason.into(), by }
}

#[test]
fn only_news_are_recorded() {
    let (first, again, worse) = (read(12, ""), read(0, ""), read(0, "one refused"));
    given::<Harvest>([])
        .when(record(&first))
        .then([HarvestEvent::Read(Box::new(first.clone()))])
        .when(record(&again))
        .then([])
        .when(record(&worse))
        .then([HarvestEvent::Read(Box::new(worse.clone()))]);
}

#[test]
fn a_failure_is_recorded_once_and_its_end_too() {
    given::<Harvest>([HarvestEvent::Read(Box::new(read(12, "")))])
        .when(HarvestCommand::RecordFailed(failed("timed out")))
        .then([HarvestEvent::Failed(failed("timed out"))])
        .when(HarvestCommand::RecordFailed(failed("timed out")))
        .then([])
        .when(record(&read(0, "")))
        .then([HarvestEvent::Read(Box::new(read(0, "")))]);
}

#[test]
fn a_held_feed_waits_for_an_officer_and_goes_through_once() {
    given::<Harvest>([HarvestEvent::Read(Box::new(read(12, "")))])
        .when(HarvestCommand::Lift(lift(OFFICER, "fonds cédé")))
        .then_refused(HarvestRefusal::NotHeld)
        .when(HarvestCommand::Hold(HELD))
        .then([HarvestEvent::Held(HELD)])
        .when(HarvestCommand::Lift(lift(
            Actor { role: Role::Accountant, id: Uuid::from_u128(4) },
            "fonds cédé",
        )))
        .then_refused(HarvestRefusal::NotOfficer)
        .when(HarvestCommand::Lift(lift(OFFICER, " ")))
        .then_refused(HarvestRefusal::Invalid {
            field: "reason",
            expected: "expected 1 to 1,000 characters",
        })
        .when(HarvestCommand::Lift(lift(OFFICER, "fonds cédé")))
        .then([HarvestEvent::Lifted(lift(OFFICER, "fonds cédé"))])
        .when(HarvestCommand::Hold(HELD))
        .then([])
        .when(record(&read(0, "")))
        .then([HarvestEvent::Read(Box::new(read(0, "")))])
        .when(HarvestCommand::Hold(HELD))
        .then([HarvestEvent::Held(HELD)]);
}
