//! Every shape an event was ever written in is still read: one file each in `fixtures/events`.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use ledger_core::codec::{self, Stored};
use ledger_core::event::Event;
use ledger_core::event_log::{NewEvent, Recorded};
use ledger_core::meta::{Actor, Meta};
use ledger_core::stream::{Category, StreamId};
use uuid::Uuid;

#[test]
fn every_version_in_the_table_has_a_file_and_every_file_is_in_the_table() {
    let table: BTreeSet<String> =
        codec::table().iter().map(|(_, name, schema)| format!("{name}.{schema}.json")).collect();
    let files: BTreeSet<String> = fs::read_dir(folder())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files, table);
    assert_eq!(table.len(), codec::table().len(), "a name and version stand twice in the table");
}

#[test]
fn every_file_is_read_and_written_again_as_the_same_event() {
    let table = codec::table();
    for &(category, name, schema) in &table {
        let file = body(name, schema);
        let event = read(category, name, schema, &file);
        let written = written(&event);
        assert_eq!(written.name, name);
        let current = table.iter().filter(|it| it.1 == name).map(|it| it.2).max().unwrap();
        assert_eq!(written.schema, current, "{name}: the last version is the one written");
        let text = String::from_utf8(written.body.clone()).unwrap();
        if schema == current {
            assert_eq!(text, file, "{name}.{schema}: other bytes than those in the file");
        }
        let again = read(category, name, current, &text);
        assert_eq!(again, event, "{name}.{schema}: not the same event once written again");
    }
}

#[test]
fn a_file_shows_every_field_that_its_event_may_have() {
    // A field that is left out when empty would not be proven to be read.
    for (_, name, schema) in codec::table() {
        let value: serde_json::Value = serde_json::from_str(&body(name, schema)).unwrap();
        let fields = value.as_object().unwrap();
        let empty = fields.iter().find(|(_, it)| {
            it.is_null()
                || it.as_array().is_some_and(Vec::is_empty)
                || it.as_object().is_some_and(serde_json::Map::is_empty)
        });
        assert_eq!(empty, None, "{name}.{schema}");
    }
}

#[test]
fn an_event_that_is_not_in_the_table_is_refused() {
    for (name, schema) in [("purchase_authorised", 99), ("purchase_forgotten", 1)] {
        let recorded = recorded(Category::Account, name, schema, "{}");
        let error = codec::read(&recorded).unwrap_err();
        assert!(matches!(error, codec::DecodeError::Unknown { .. }), "{error}");
    }
    let recorded = recorded(Category::Account, "purchase_captured", 1, r#"{"amount":-1}"#);
    let error = codec::read(&recorded).unwrap_err();
    assert!(matches!(error, codec::DecodeError::Body { position: 1, .. }), "{error}");
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/events")
}

fn body(name: &str, schema: u16) -> String {
    let path = folder().join(format!("{name}.{schema}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|it| panic!("{}: {it}", path.display()));
    text.trim_end().to_owned()
}

fn recorded(category: Category, name: &str, schema: u16, body: &str) -> Recorded {
    let at = "2026-09-01T08:00:00Z".parse().unwrap();
    Recorded {
        position: 1,
        stream: StreamId { category, id: Uuid::from_u128(7) },
        version: 1,
        meta: Meta { at, by: Actor::PROCESS, cause: Uuid::nil() },
        name: name.into(),
        schema,
        body: Bytes::copy_from_slice(body.as_bytes()),
    }
}

fn read(category: Category, name: &str, schema: u16, body: &str) -> Event {
    let recorded = recorded(category, name, schema, body);
    let event = codec::read(&recorded).unwrap();
    let mut follower = codec::Follower::default();
    for time in ["first", "second"] {
        assert_eq!(follower.read(&recorded).as_ref(), Ok(&event), "{name}, for the {time} time");
    }
    event
}

fn written(event: &Event) -> NewEvent {
    match event {
        Event::Account(it) => it.encode(),
        Event::Envelope(it) => it.encode(),
        Event::Batch(it) => it.encode(),
        Event::Partner(it) => it.encode(),
        Event::Offer(it) => it.encode(),
        Event::Client(it) => it.encode(),
        Event::Calendar(it) => it.encode(),
        Event::Settlement(it) => it.encode(),
        Event::Remittance(it) => it.encode(),
        Event::Bank(it) => it.encode(),
        Event::Convention(it) => it.encode(),
        Event::Control(it) => it.encode(),
        Event::Correction(it) => it.encode(),
        Event::Harvest(it) => it.encode(),
        Event::List(it) => it.encode(),
        Event::Payment(it) => it.encode(),
        Event::Webhook(it) => it.encode(),
        Event::Person(it) => it.encode(),
        Event::Agreement(it) => it.encode(),
    }
}
