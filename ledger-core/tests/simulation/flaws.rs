//! Logs that do not keep what the port promises: each of them must be found.

use ledger_core::event_log::{Append, AppendError, Appended, Recorded};

use crate::log::{Answer, Disk, Held, Sent};

/// How a log is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// One append in forty is acknowledged and not written.
    AcknowledgesWithoutWriting,
    /// It tries again by itself when its answer got lost, whatever the stream holds by then.
    WritesTwice,
    /// It writes whatever version is expected.
    IgnoresTheVersion,
    /// A node that is killed takes the last three events with it.
    LosesTheTail,
    /// Of several events of one append only the first one is written, now and then.
    WritesHalf,
    /// Events of one append are written in reverse.
    Reverses,
    /// A follower of the whole log is never shown one event in sixty.
    HidesFromFollowers,
    /// It stores a body otherwise than it was sent.
    EncodesAgain,
    /// It files an append under another stream of the same kind, now and then.
    WritesElsewhere,
    /// It writes what it refuses as a conflict.
    WritesWhatItRefuses,
}

impl Flaw {
    pub const ALL: [Self; 10] = [
        Self::AcknowledgesWithoutWriting,
        Self::WritesTwice,
        Self::IgnoresTheVersion,
        Self::LosesTheTail,
        Self::WritesHalf,
        Self::Reverses,
        Self::HidesFromFollowers,
        Self::EncodesAgain,
        Self::WritesElsewhere,
        Self::WritesWhatItRefuses,
    ];

    /// Writes as this one does.
    pub fn write(self, disk: &Disk, held: &mut Held, sent: Sent, unanswered: bool) -> Answer {
        let mut append = sent.append;
        match self {
            Self::AcknowledgesWithoutWriting if disk.clock.happens(25) => {
                let version = append.expected + append.events.len() as u64;
                let position = held.events.len() as u64 + append.events.len() as u64;
                return Ok(Appended { version, position });
            }
            Self::WritesTwice => {
                let answer = held.write(Sent { append: append.clone() });
                if unanswered && answer.is_ok() {
                    held.force(append);
                }
                return answer;
            }
            Self::IgnoresTheVersion => return Ok(held.force(append)),
            Self::WritesHalf if disk.clock.happens(200) => append.events.truncate(1),
            Self::Reverses => append.events.reverse(),
            Self::EncodesAgain => again(&mut append),
            Self::WritesElsewhere if disk.clock.happens(10) => {
                let (stream, expected) = (append.stream, append.expected);
                let same = |it: &&Recorded| it.stream.category == stream.category;
                if let Some(other) = held.events.iter().rev().find(same).map(|it| it.stream) {
                    append.stream = other;
                    append.expected = held.streams[&other].len() as u64;
                }
                let answer = held.write(Sent { append });
                return answer.map(|it| Appended { version: expected + 1, ..it });
            }
            Self::WritesWhatItRefuses => {
                let answer = held.write(Sent { append: append.clone() });
                if matches!(answer, Err(AppendError::Conflict { .. })) {
                    held.force(append);
                }
                return answer;
            }
            Self::AcknowledgesWithoutWriting
            | Self::LosesTheTail
            | Self::WritesHalf
            | Self::WritesElsewhere
            | Self::HidesFromFollowers => (),
        }
        held.write(Sent { append })
    }

    /// Whether a follower is shown an event.
    pub fn shows(self, it: &Recorded) -> bool {
        self != Self::HidesFromFollowers || !it.position.is_multiple_of(60)
    }
}

/// JSON with a space more is the same to whoever reads it, and other bytes.
fn again(append: &mut Append) {
    for event in &mut append.events {
        event.body.push(b' ');
    }
}
