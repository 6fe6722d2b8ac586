//! The rules of a batch, one test each.

use uuid::Uuid;

use super::*;
use crate::decider::given;

#[test]
fn a_file_is_received_in_chunks_then_credited_chunk_by_chunk() {
    given::<Batch>([opened()])
        .when(BatchCommand::AddChunk(chunk(0, 2, 1)))
        .then([BatchEvent::ChunkAdded(chunk(0, 2, 1))])
        .when(BatchCommand::AddChunk(chunk(1, 1, 0)))
        .then([BatchEvent::ChunkAdded(chunk(1, 1, 0))])
        .when(BatchCommand::Submit)
        .then([BatchEvent::Submitted(BatchSubmitted {
            envelope: envelope(),
            chunks: 2,
            lines: 3,
            amount: Balance::from_cents(3_00),
            refused: 1,
        })])
        .when(BatchCommand::RecordChunk(credited(0, 1, 1)))
        .then([BatchEvent::ChunkCredited(credited(0, 1, 1))])
        .when(BatchCommand::Complete)
        .then_refused(BatchRefusal::ChunkMissing { number: 2, next: 1 })
        .when(BatchCommand::RecordChunk(credited(1, 1, 0)))
        .then([BatchEvent::ChunkCredited(credited(1, 1, 0))])
        .when(BatchCommand::Complete)
        .then([BatchEvent::Completed(BatchCompleted {
            credited: 2,
            amount: Balance::from_cents(2_00),
            refused: 2,
        })]);
}

#[test]
fn a_chunk_sent_again_with_other_lines_is_refused() {
    given::<Batch>([opened(), BatchEvent::ChunkAdded(chunk(0, 2, 0))])
        .when(BatchCommand::AddChunk(chunk(0, 3, 0)))
        .then_refused(BatchRefusal::ReferenceReused { reference: "chunk 0".into() })
        .when(BatchCommand::AddChunk(chunk(0, 2, 0)))
        .then([]);
}

#[test]
fn a_chunk_out_of_order_is_refused() {
    given::<Batch>([opened()])
        .when(BatchCommand::AddChunk(chunk(1, 2, 0)))
        .then_refused(BatchRefusal::ChunkMissing { number: 1, next: 0 });
}

#[test]
fn a_file_without_a_good_line_is_not_submitted() {
    given::<Batch>([opened(), BatchEvent::ChunkAdded(chunk(0, 0, 3))])
        .when(BatchCommand::Submit)
        .then_refused(BatchRefusal::Empty);
}

#[test]
fn a_submitted_file_takes_no_more_lines() {
    let submitted = BatchSubmitted {
        envelope: envelope(),
        chunks: 1,
        lines: 1,
        amount: Balance::from_cents(1_00),
        refused: 0,
    };
    given::<Batch>([
        opened(),
        BatchEvent::ChunkAdded(chunk(0, 1, 0)),
        BatchEvent::Submitted(submitted),
    ])
    .when(BatchCommand::AddChunk(chunk(1, 1, 0)))
    .then_refused(BatchRefusal::Submitted)
    .when(BatchCommand::Refuse { rule: "over-budget".into(), reason: "over".into() })
    .then([BatchEvent::Refused(BatchRefused { rule: "over-budget".into(), reason: "over".into() })])
    .when(BatchCommand::RecordChunk(credited(0, 1, 0)))
    .then_refused(BatchRefusal::NotUnderWay);
}

#[test]
fn a_reference_used_for_another_envelope_is_refused() {
    let envelope = EnvelopeId(Uuid::from_u128(9));
    given::<Batch>([opened()])
        .when(BatchCommand::Open(BatchOpened { envelope, reference: "rentrée".into() }))
        .then_refused(BatchRefusal::ReferenceReused { reference: "rentrée".into() });
}

// The words of the stories.

#[test]
fn nothing_is_free_again_while_a_chunk_may_still_be_credited() {
    let submitted = [opened(), BatchEvent::ChunkAdded(chunk(0, 2, 0))];
    let state = given::<Batch>(submitted.clone()).0;
    assert_eq!(state.to_release(), None);
    let state =
        given::<Batch>(submitted.into_iter().chain([BatchEvent::ChunkCredited(credited(0, 1, 1))]));
    assert_eq!(state.0.to_release(), Some(Balance::from_cents(1_00)));
}

fn envelope() -> EnvelopeId {
    EnvelopeId(Uuid::from_u128(1))
}

fn opened() -> BatchEvent {
    BatchEvent::Opened(BatchOpened { envelope: envelope(), reference: "rentrée".into() })
}

fn chunk(number: u32, lines: u32, refused: u32) -> ChunkAdded {
    let line = |n: u32| Line {
        number: n + 1,
        account: AccountId(Uuid::from_u128(n.into())),
        amount: Amount::from_cents(1_00).expect("an amount"),
    };
    ChunkAdded {
        number,
        lines: (0..lines).map(line).collect(),
        refused: (lines..lines + refused).map(refused_line).collect(),
    }
}

fn refused_line(n: u32) -> RefusedLine {
    RefusedLine { number: n + 1, rule: "account-not-open".into(), detail: "no such account".into() }
}

fn credited(number: u32, credited: u32, refused: u32) -> ChunkCredited {
    let amount = Balance::from_cents(u64::from(credited) * 1_00);
    ChunkCredited { number, credited, amount, refused: (0..refused).map(refused_line).collect() }
}
