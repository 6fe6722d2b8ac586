//! Fields of requests: each is read into what it means, or refused with what would be right; and
//! how the description of the API shows each of them.

use std::borrow::Cow;
use std::fmt;

use chrono::{Datelike, NaiveDate};
use compact_str::CompactString;
use ledger_core::account::SchoolLevel;
use ledger_core::money::Moved;
use ledger_core::offer::{Kind, RATES};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{
    Array, ArrayBuilder, KnownFormat, Object, ObjectBuilder, Schema, SchemaFormat, Type,
};

use crate::webhooks::message::KINDS;

/// A field that may be left out, but not given as `null`: with `#[serde(default)]`.
pub fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(
    from: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

/// Whole euro cents, 1 to `MAX`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cents<const MAX: u64>(pub Moved<MAX>);

impl<const MAX: u64> Serialize for Cents<MAX> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_u64(self.0.cents())
    }
}

impl<'de, const MAX: u64> Deserialize<'de> for Cents<MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Number<const MAX: u64>;
        impl<const MAX: u64> Visitor<'_> for Number<MAX> {
            type Value = Cents<MAX>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "whole euro cents, 1 to {MAX}")
            }

            fn visit_u64<E: Error>(self, cents: u64) -> Result<Cents<MAX>, E> {
                let amount = Moved::from_cents(cents);
                amount
                    .map(Cents)
                    .ok_or_else(|| E::invalid_value(Unexpected::Unsigned(cents), &self))
            }
        }
        from.deserialize_u64(Number)
    }
}

/// A text of 1 to `MAX` characters, not all of them spaces, none of them a control character.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Text<const MAX: usize>(pub CompactString);

impl<'de, const MAX: usize> Deserialize<'de> for Text<MAX> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        let count = text.chars().count();
        if text.trim().is_empty() || count > MAX {
            return Err(D::Error::custom(format_args!(
                "{count} characters: expected 1 to {MAX}, not all of them spaces"
            )));
        }
        if text.chars().any(char::is_control) {
            return Err(D::Error::custom("a control character: expected a text on one line"));
        }
        Ok(Self(text.as_ref().into()))
    }
}

/// A day written `2026-09-01`, in Europe/Paris, of this century or the next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(pub NaiveDate);

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(from)?;
        // chrono also takes signs and single digits.
        let written = text.len() == 10 && text.bytes().all(|it| it.is_ascii_digit() || it == b'-');
        let day = text.parse::<NaiveDate>().ok().filter(|_| written);
        day.filter(|it| (2000..2200).contains(&it.year())).map(Self).ok_or_else(|| {
            let text: String = text.chars().take(20).collect();
            D::Error::custom(format_args!(
                "`{text}` is not a day from 2000 to 2199: expected YYYY-MM-DD, as in 2026-09-01"
            ))
        })
    }
}

/// How the description shows [`Cents`] of one line or purchase.
pub fn amount_cents() -> Object {
    cents("Whole euro cents.", 100_000_000, 4_990)
}

/// How the description shows [`Cents`] of a budget.
pub fn budget_cents() -> Object {
    cents("Whole euro cents.", 10_000_000_000_000, 1_200_000)
}

/// How the description shows a sum that may be zero.
pub fn balance_cents() -> Object {
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0));
    let number = number.format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
    number.description(Some("Whole euro cents; may be zero.")).build()
}

fn cents(description: &str, max: u64, example: u64) -> Object {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .minimum(Some(1))
        .maximum(Some(max))
        .description(Some(description))
        .examples([example])
        .build()
}

/// How the description shows [`Text`] of at most 200 characters.
pub fn text_200() -> Object {
    text(200)
}

/// How the description shows [`Text`] of at most 100 characters.
pub fn text_100() -> Object {
    text(100)
}

/// How the description shows [`Text`] of at most 255 characters.
pub fn text_255() -> Object {
    text(255)
}

/// How the description shows [`Text`] of at most 500 characters.
pub fn text_500() -> Object {
    text(500)
}

fn text(max: usize) -> Object {
    // One character at least that is no space, none that is a control character.
    let plain = r"[^\u0000-\u001f\u007f-\u009f]";
    let pattern = format!(r"^{plain}*[^\s\u0000-\u001f\u007f-\u009f]{plain}*$");
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
    text.min_length(Some(1)).max_length(Some(max)).build()
}

/// How the description shows a [`Day`].
pub fn day() -> Object {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .description(Some("A day in Europe/Paris, of the years 2000 to 2199."))
        .examples(["2026-09-01"])
        .build()
}

/// How the description shows a funder.
pub fn funder() -> Object {
    matching("^(state:[0-9]{4}|siren:[0-9]{9})$", "siren:217500016")
}

/// How the description shows levels of school.
pub fn levels() -> Array {
    some([SchoolLevel::Primary, SchoolLevel::LowerSecondary, SchoolLevel::UpperSecondary], 10)
}

/// How the description shows kinds of resource.
pub fn kinds() -> Array {
    some(Kind::ALL, 20)
}

/// How the description shows a kind of resource.
pub fn kind() -> Object {
    word(Kind::ALL)
}

/// How the description shows what a webhook endpoint is told.
pub fn webhook_events() -> Array {
    some(KINDS.iter().map(|it| it.0), 50)
}

/// How the description shows a rate of VAT.
pub fn vat_rate() -> Object {
    let rates = RATES.map(serde_json::Value::from);
    ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some(rates)).build()
}

/// How the description shows what a partner finds its payments by.
pub fn metadata() -> Object {
    let name =
        ObjectBuilder::new().schema_type(Type::String).pattern(Some("^[A-Za-z0-9_.-]{1,40}$"));
    // As `Text`, but may be empty.
    let value = ObjectBuilder::new().schema_type(Type::String).max_length(Some(200));
    let value = value.pattern(Some(r"^[^\u0000-\u001f\u007f-\u009f]*$"));
    let object = ObjectBuilder::new().schema_type(Type::Object).property_names(Some(name));
    let object = object.additional_properties(Some(Schema::Object(value.build())));
    object.max_properties(Some(20)).examples([serde_json::json!({ "ledger_code": "7061" })]).build()
}

/// How the description shows numbers of académies.
pub fn academies() -> Array {
    let number = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1));
    list(number.maximum(Some(99)).build(), 100)
}

/// How the description shows schools (UAI).
pub fn schools() -> Array {
    list(matching("^[0-9]{7}[A-HJ-NPR-Z]$", "0750655E"), 10_000)
}

/// How the description shows subjects.
pub fn subjects() -> Array {
    list(text(100), 50)
}

fn some(words: impl IntoIterator<Item = impl Serialize>, most: usize) -> Array {
    list(word(words), most)
}

fn word(words: impl IntoIterator<Item = impl Serialize>) -> Object {
    let words = words.into_iter().filter_map(|it| serde_json::to_value(it).ok());
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}

fn list(item: Object, most: usize) -> Array {
    ArrayBuilder::new().items(item).max_items(Some(most)).build()
}

macro_rules! id {
    ($($name:ident $prefix:literal),+) => {$(
        #[doc = concat!("How the description shows an id that begins with `", $prefix, "_`.")]
        pub fn $name() -> Object {
            matching(
                concat!("^", $prefix, "_[0-9a-fA-F]{32}$"),
                concat!($prefix, "_0199f3a2c4e57d0ab1c2d3e4f5061728"),
            )
        }
    )+};
}

id!(account_id "acc", envelope_id "env", batch_id "bat", lot_id "lot", convention_id "con",
    offer_id "off", payment_id "pay", purchase_id "pur", buyer_id "buy", webhook_id "whk");

fn matching(pattern: &str, example: &str) -> Object {
    let text = ObjectBuilder::new().schema_type(Type::String).pattern(Some(pattern));
    text.examples([example]).build()
}

#[cfg(test)]
mod tests {
    use ledger_core::money::Amount;

    use super::*;

    fn told<T: for<'de> Deserialize<'de>>(json: &str) -> String {
        let read = serde_json::from_str::<T>(json);
        read.map_or_else(|it| it.to_string(), |_| "taken".to_owned())
    }

    #[test]
    fn an_amount_is_whole_cents_within_bounds() {
        type Line = Cents<{ Amount::MAX.cents() }>;
        assert_eq!(told::<Line>("1"), "taken");
        for wrong in ["0", "-1", "1.5", "100000001", "\"12\"", "null", "18446744073709551616"] {
            let told = told::<Line>(wrong);
            assert!(told.contains("whole euro cents, 1 to 100000000"), "{wrong}: {told}");
        }
    }

    #[test]
    fn a_text_has_something_in_it_and_stays_on_one_line() {
        assert_eq!(told::<Text<5>>("\" été \""), "taken");
        for wrong in ["\"\"", "\" \"", "\"123456\"", r#""a\u0000""#, r#""a\nb""#, "7"] {
            assert_ne!(told::<Text<5>>(wrong), "taken", "{wrong}");
        }
    }

    #[test]
    fn a_day_is_written_in_full() {
        assert_eq!(told::<Day>("\"2026-02-28\""), "taken");
        for wrong in ["2026-02-30", "2026-2-28", "+2026-02-28", "1999-12-31", "28/02/2026", ""] {
            let told = told::<Day>(&format!("\"{wrong}\""));
            assert!(told.contains("expected YYYY-MM-DD"), "{wrong}: {told}");
        }
    }
}
