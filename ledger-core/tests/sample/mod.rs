//! Appends to test with.
#![allow(dead_code, reason = "each test uses some of it")]

use ledger_core::event_log::{Append, NewEvent};
use ledger_core::meta::{Actor, Meta};
use ledger_core::stream::{Category, StreamId};
use uuid::Uuid;

/// The stream numbered `id`.
pub fn stream(id: u32) -> StreamId {
    StreamId { category: Category::Account, id: Uuid::from_u128(u128::from(id) << 64 | 0xacc) }
}

/// An append of `count` events, each with a body of its own.
pub fn append(stream: StreamId, expected: u64, count: u64) -> Append {
    let at = "2026-09-01T08:00:00.123Z".parse().unwrap();
    let cause = Uuid::new_v5(&stream.id, &expected.to_le_bytes());
    let event = |version: u64| NewEvent {
        name: "account_opened",
        schema: 1,
        body: format!(r#"{{"stream":"{stream}","version":{version}}}"#).into_bytes(),
    };
    Append {
        stream,
        expected,
        meta: Meta { at, by: Actor::PROCESS, cause },
        events: (1..=count).map(|it| event(expected.wrapping_add(it))).collect(),
    }
}

/// So many bytes that do not compress.
pub fn body(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(bytes).collect()
}
