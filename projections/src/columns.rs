//! How domain values stand in columns, and how they are read back.
//!
//! Cents are integers; a day is its number since the year 1; an instant is in milliseconds since
//! 1970; an id is its 16 bytes.

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use ledger_core::money::Balance;
use rusqlite::Row;
use rusqlite::types::{FromSqlError, Type};
use uuid::Uuid;

/// More than all the money there is, in cents: a stored sum beyond it is not believed, so that
/// adding up what an odd event claims never overflows a column.
const CENTS_MAX: u64 = 1 << 52;

/// A sum as it is stored.
pub(crate) fn cents(sum: u64) -> i64 {
    i64::try_from(sum.min(CENTS_MAX)).unwrap_or_default()
}

/// A stored sum that cannot be negative; zero if an odd event made it so.
pub(crate) fn balance(cents: i64) -> Balance {
    Balance::from_cents(u64::try_from(cents).unwrap_or_default())
}

/// A stored count.
pub(crate) fn count(stored: i64) -> u32 {
    u32::try_from(stored).unwrap_or(if stored < 0 { 0 } else { u32::MAX })
}

/// A position or count as it is stored.
pub(crate) fn stored(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A stored position.
pub(crate) fn position(stored: i64) -> u64 {
    u64::try_from(stored).unwrap_or_default()
}

/// A day as it is stored.
pub(crate) fn day_number(day: NaiveDate) -> i32 {
    day.num_days_from_ce()
}

/// The month of a stored day, numbered from January of the year 0.
pub(crate) fn month_of(day: i32) -> i32 {
    NaiveDate::from_num_days_from_ce_opt(day).map_or(i32::MAX, month_number)
}

/// The month that `day` is in, numbered from January of the year 0.
pub(crate) fn month_number(day: NaiveDate) -> i32 {
    day.year() * 12 + i32::try_from(day.month0()).unwrap_or_default()
}

/// The day in column `index`.
pub(crate) fn day(row: &Row<'_>, index: usize) -> rusqlite::Result<NaiveDate> {
    let number: i32 = row.get(index)?;
    NaiveDate::from_num_days_from_ce_opt(number)
        .ok_or_else(|| odd(index, Type::Integer, format!("{number} is not a day")))
}

/// The instant in column `index`.
pub(crate) fn instant(row: &Row<'_>, index: usize) -> rusqlite::Result<DateTime<Utc>> {
    let milliseconds: i64 = row.get(index)?;
    DateTime::from_timestamp_millis(milliseconds)
        .ok_or_else(|| odd(index, Type::Integer, format!("{milliseconds} is not an instant")))
}

/// The id in column `index`.
pub(crate) fn id(row: &Row<'_>, index: usize) -> rusqlite::Result<Uuid> {
    row.get(index).map(Uuid::from_bytes)
}

/// The sum in column `index`, which is never negative.
pub(crate) fn sum(row: &Row<'_>, index: usize) -> rusqlite::Result<Balance> {
    row.get(index).map(balance)
}

/// The text in column `index`, read as a `T`.
pub(crate) fn text<T: std::str::FromStr>(row: &Row<'_>, index: usize) -> rusqlite::Result<T>
where
    T::Err: std::fmt::Display,
{
    let text = row.get_ref(index)?.as_str().map_err(rusqlite::Error::from)?;
    text.parse().map_err(|error: T::Err| odd(index, Type::Text, error.to_string()))
}

/// The JSON in column `index`, read as a `T`.
pub(crate) fn json<T: serde::de::DeserializeOwned>(
    row: &Row<'_>,
    index: usize,
) -> rusqlite::Result<T> {
    let text = row.get_ref(index)?.as_str().map_err(rusqlite::Error::from)?;
    serde_json::from_str(text).map_err(|error| odd(index, Type::Text, error.to_string()))
}

/// A column that does not hold what this program writes there: the file is damaged.
pub(crate) fn odd(index: usize, kind: Type, why: String) -> rusqlite::Error {
    let why = FromSqlError::Other(why.into());
    rusqlite::Error::FromSqlConversionFailure(index, kind, Box::new(why))
}
