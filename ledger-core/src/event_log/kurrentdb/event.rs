//! An event as the server keeps it, so that people can read it in the server's own pages: its name
//! is its type, its body the data, and who, when and why the metadata, all JSON.

use std::fmt::Write as _;

use bytes::Bytes;
use prost::Message as _;
use serde::Deserialize;
use serde::de::IgnoredAny;
use smallvec::SmallVec;
use uuid::Uuid;

use super::wire::{
    BatchAppend, BatchOptions, Deadline, Empty, Entry, Expected, Proposed, Seconds, Stored,
    StreamName,
};
use crate::event_log::{Append, NewEvent, Position, Recorded};
use crate::meta::{Actor, Meta};
use crate::stream::StreamId;

/// A message is cut once it weighs so much: servers refuse larger ones than 4 to 16 MiB.
const MESSAGE_BYTES: usize = 1 << 20;

/// What is in an event's metadata.
#[derive(Deserialize)]
struct Metadata {
    at: i64,
    by: Actor,
    #[serde(rename = "$correlationId")]
    correlation: Uuid,
    schema: u16,
}

/// The metadata of an event, which the server's pages follow by its two `$` names: all events of
/// one request are one correlation, and the request is what caused them.
fn metadata(meta: &Meta, schema: u16) -> Bytes {
    let (at, by, cause) = (meta.at.timestamp_millis(), meta.by, meta.cause);
    let mut text = String::with_capacity(240);
    let _ = write!(
        text,
        r#"{{"$correlationId":"{cause}","$causationId":"{cause}","at":{at},"by":"{by}","schema":{schema}}}"#
    );
    text.into()
}

fn entry(key: &'static str, value: impl Into<Bytes>) -> Entry {
    Entry { key: Bytes::from_static(key.as_bytes()), value: value.into() }
}

/// The id of the event of `stream` at `version` that the append called `of` writes.
///
/// It follows from the append, so that the server knows an append that is sent again. Not from the
/// stream and the version alone: the server tells whoever sends a known id that it is done, so two
/// writers of one version would both be told so (ADR 27).
fn event_id(of: Uuid, stream: StreamId, version: u64) -> Uuid {
    let mut name = [0; 25];
    name[0] = stream.category as u8;
    name[1..17].copy_from_slice(stream.id.as_bytes());
    name[17..].copy_from_slice(&version.to_be_bytes());
    Uuid::new_v5(&of, &name)
}

fn proposed(event: NewEvent, id: Uuid, meta: &Meta) -> Proposed {
    let json = serde_json::from_slice::<IgnoredAny>(&event.body).is_ok();
    let content = if json { "application/json" } else { "application/octet-stream" };
    Proposed {
        id: Some(id.into()),
        system: vec![entry("type", event.name), entry("content-type", content)],
        metadata: metadata(meta, event.schema),
        data: event.body.into(),
    }
}

/// An append as it is sent: the messages, and the id of its last event, which answers name.
pub(super) struct Frames {
    pub(super) last: Uuid,
    pub(super) messages: SmallVec<[Bytes; 1]>,
    pub(super) bytes: usize,
}

/// `append`, called `of`, as messages for the server, which may try for so many seconds.
pub(super) fn frames(append: Append, of: Uuid, prefix: &str, deadline: Seconds) -> Frames {
    let Append { stream, expected, meta, events } = append;
    let last = event_id(of, stream, expected.saturating_add(events.len() as u64));
    let options = BatchOptions {
        stream: Some(stream_name(prefix, stream)),
        expected: Some(match expected.checked_sub(1) {
            None => Expected::NoStream(Empty {}),
            // The server's numbers are signed.
            Some(revision) => Expected::Revision(revision.min(i64::MAX.cast_unsigned())),
        }),
        deadline: Some(Deadline::Within(deadline)),
    };
    let correlation = Some(last.into());
    let mut message = BatchAppend {
        correlation: correlation.clone(),
        options: Some(options),
        events: Vec::with_capacity(events.len()),
        is_final: false,
    };
    let (mut messages, mut bytes, mut weight) = (SmallVec::new(), 0, 0);
    for (event, version) in events.into_iter().zip(1..) {
        if weight > 0 && weight + event.body.len() > MESSAGE_BYTES {
            let full = std::mem::take(&mut message);
            messages.push(Bytes::from(full.encode_to_vec()));
            message.correlation.clone_from(&correlation);
            weight = 0;
        }
        weight += event.body.len() + event.name.len();
        bytes += event.body.len() + event.name.len();
        let id = event_id(of, stream, expected.saturating_add(version));
        message.events.push(proposed(event, id, &meta));
    }
    message.is_final = true;
    messages.push(Bytes::from(message.encode_to_vec()));
    Frames { last, messages, bytes }
}

/// How the server calls `stream`.
pub(super) fn stream_name(prefix: &str, stream: StreamId) -> StreamName {
    StreamName { name: format!("{prefix}.{stream}").into() }
}

/// The event that the server keeps as `stored`, at `position` among ours; or why it is not one.
pub(super) fn recorded(
    stored: Stored,
    prefix: &str,
    position: Position,
) -> Result<Recorded, String> {
    let name = stored.stream.as_ref().map(|it| &it.name[..]).unwrap_or_default();
    let shown = || String::from_utf8_lossy(name).into_owned();
    let ours = std::str::from_utf8(name).ok().and_then(|it| it.strip_prefix(prefix));
    let ours = ours.and_then(|it| it.strip_prefix('.'));
    let stream = ours.ok_or_else(|| format!("`{}` is not one of our streams", shown()))?;
    let stream: StreamId = stream.parse().map_err(|error| format!("{}: {error}", shown()))?;
    let metadata: Metadata = serde_json::from_slice(&stored.metadata)
        .map_err(|error| format!("{stream}, the metadata: {error}"))?;
    let at = chrono::DateTime::from_timestamp_millis(metadata.at)
        .ok_or_else(|| format!("{stream}, the metadata: `at` is {}", metadata.at))?;
    let name = stored.system("type").and_then(|it| std::str::from_utf8(it).ok());
    let name = name.ok_or_else(|| format!("{stream}: an event without a type"))?.into();
    Ok(Recorded {
        position,
        stream,
        version: stored.revision + 1,
        meta: Meta { at, by: metadata.by, cause: metadata.correlation },
        name,
        schema: metadata.schema,
        body: stored.data,
    })
}
