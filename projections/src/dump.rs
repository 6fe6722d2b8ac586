//! The fingerprint of all that the read models say: the same for the same log, however it was read.

use std::path::Path;

use ledger_core::digest::Digest;
use rusqlite::Connection;
use rusqlite::types::ValueRef;
use sha2::{Digest as _, Sha256};

use crate::read_models::ReadError;
use crate::schema;

/// The SHA-256 of every table of the file at `path`, in the order of its key.
///
/// The catalogue's index is not in it: it is made from these tables.
///
/// Reads the whole file: about a second for each 500 MB.
pub fn dump_digest(path: &Path) -> Result<Digest, ReadError> {
    let connection = schema::open_reader(path)?;
    let mut hash = Sha256::new();
    for (name, sql) in schema::tables(&connection)? {
        hash.update(sql.as_bytes());
        add(
            &connection,
            &format!("SELECT * FROM {name} ORDER BY {}", key(&connection, &name)?),
            &mut hash,
        )?;
    }
    Ok(Digest(hash.finalize().into()))
}

/// The columns of the primary key of `table`, in its order.
fn key(connection: &Connection, table: &str) -> rusqlite::Result<String> {
    let sql = "SELECT group_concat(name, ', ')
        FROM (SELECT name FROM pragma_table_info(?1) WHERE pk > 0 ORDER BY pk)";
    connection.query_row(sql, [table], |row| row.get(0))
}

/// Adds every value of every row, each with its type and length.
fn add(connection: &Connection, sql: &str, hash: &mut Sha256) -> rusqlite::Result<()> {
    let mut statement = connection.prepare(sql)?;
    let columns = statement.column_count();
    let mut rows = statement.query([])?;
    let mut text = Vec::new();
    while let Some(row) = rows.next()? {
        text.clear();
        for column in 0..columns {
            match row.get_ref(column)? {
                ValueRef::Null => text.push(0),
                ValueRef::Integer(it) => {
                    text.push(1);
                    text.extend(it.to_be_bytes());
                }
                ValueRef::Real(it) => {
                    text.push(2);
                    text.extend(it.to_be_bytes());
                }
                ValueRef::Text(it) => bytes(3, it, &mut text),
                ValueRef::Blob(it) => bytes(4, it, &mut text),
            }
        }
        hash.update(&text);
    }
    Ok(())
}

fn bytes(kind: u8, it: &[u8], to: &mut Vec<u8>) {
    to.push(kind);
    to.extend((it.len() as u64).to_be_bytes());
    to.extend(it);
}
