//! A file of top-ups in JSON: an object with the array `lines`, or one object on each line (NDJSON).
//!
//! The array is cut into its elements as it comes; none of it is kept. What is wrong inside an
//! element spoils that line only; what is wrong between them stops the file.

use compact_str::CompactString;
use ledger_core::batch::{Line, RefusedLine};
use ledger_core::ids::AccountId;
use ledger_core::money::Amount;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::line::{self, Rule, Unit};
use super::lines::{LINE_MAX, TooLong};
use crate::api::fields::{Cents, Text};
use crate::problem::{Problem, kinds};

/// Where the reading of an object stands.
#[derive(Debug, Default)]
pub struct Elements {
    stage: Stage,
    /// What the stage needs of what has come.
    kept: Vec<u8>,
    too_long: bool,
    depth: usize,
    in_text: bool,
    escaped: bool,
    reference: Option<CompactString>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Before `[`.
    #[default]
    Head,
    /// After `[` or a comma.
    Before,
    /// Inside an element.
    Inside,
    /// After an element.
    After,
    /// After `]`.
    Tail,
}

impl Elements {
    /// The object's `reference`; known once the lines begin.
    pub fn reference(&self) -> Option<&CompactString> {
        self.reference.as_ref()
    }

    /// Takes `bytes` in; gives each element that ends there to `each`.
    pub fn push(
        &mut self,
        bytes: &[u8],
        mut each: impl FnMut(Result<&[u8], TooLong>),
    ) -> Result<(), Problem> {
        for &byte in bytes {
            match self.stage {
                Stage::Head => self.head(byte)?,
                Stage::Before | Stage::After => self.between(byte)?,
                Stage::Inside => {
                    if self.inside(byte) {
                        each(if self.too_long { Err(TooLong) } else { Ok(&self.kept) });
                        self.kept.clear();
                        self.too_long = false;
                        self.stage = Stage::After;
                    }
                }
                Stage::Tail => self.keep(byte)?,
            }
        }
        Ok(())
    }

    /// Nothing more comes.
    pub fn finish(&self) -> Result<(), Problem> {
        match self.stage {
            Stage::Head if self.kept.trim_ascii().is_empty() => Err(not_json("it is empty")),
            Stage::Tail if self.kept.trim_ascii() == b"}" => Ok(()),
            Stage::Tail if self.kept.trim_ascii().starts_with(b"}") => {
                Err(not_json("something follows the object"))
            }
            Stage::Tail if self.kept.trim_ascii().starts_with(b",") => {
                Err(not_json("something follows `lines`; put `reference` before it"))
            }
            Stage::Head | Stage::Before | Stage::Inside | Stage::After | Stage::Tail => {
                Err(not_json("it ends in the middle; send it again with the same key"))
            }
        }
    }

    fn head(&mut self, byte: u8) -> Result<(), Problem> {
        self.keep(byte)?;
        if self.in_text {
            self.text(byte);
            return Ok(());
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' => self.depth += 1,
            b'[' => self.lines_begin()?,
            _ => (),
        }
        Ok(())
    }

    /// What stands before `[` must be an object whose last member is `lines`.
    fn lines_begin(&mut self) -> Result<(), Problem> {
        let head = [self.kept.as_slice(), b"]}"].concat();
        let members: Map<String, Value> = serde_json::from_slice(&head)
            .map_err(|_| not_json("expected {\"reference\": …, \"lines\": [ …"))?;
        for (name, value) in &members {
            match name.as_str() {
                "lines" => (),
                "reference" => {
                    let text = Text::<200>::deserialize(value);
                    let text = text.map_err(|it| invalid("reference", &it.to_string()))?;
                    self.reference = Some(text.0);
                }
                other => return Err(invalid(other, "expected `reference` and `lines` only")),
            }
        }
        if !members.get("lines").is_some_and(Value::is_array) {
            return Err(invalid("lines", "is missing"));
        }
        self.kept.clear();
        self.depth = 0;
        self.stage = Stage::Before;
        Ok(())
    }

    fn between(&mut self, byte: u8) -> Result<(), Problem> {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => (),
            b']' => self.stage = Stage::Tail,
            b',' if self.stage == Stage::After => self.stage = Stage::Before,
            b'{' if self.stage == Stage::Before => {
                self.stage = Stage::Inside;
                self.depth = 1;
                self.kept.push(byte);
            }
            _ => return Err(not_json("between lines: expected objects and commas")),
        }
        Ok(())
    }

    /// Takes one byte of an element; whether it was its last.
    fn inside(&mut self, byte: u8) -> bool {
        if self.kept.len() < LINE_MAX {
            self.kept.push(byte);
        } else {
            self.too_long = true;
        }
        if self.in_text {
            self.text(byte);
            return false;
        }
        match byte {
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            _ => (),
        }
        self.depth == 0
    }

    fn text(&mut self, byte: u8) {
        match byte {
            _ if self.escaped => self.escaped = false,
            b'\\' => self.escaped = true,
            b'"' => self.in_text = false,
            _ => (),
        }
    }

    fn keep(&mut self, byte: u8) -> Result<(), Problem> {
        if self.kept.len() >= LINE_MAX {
            return Err(not_json("too much stands around `lines`"));
        }
        self.kept.push(byte);
        Ok(())
    }
}

/// One line, as it should be.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Wire {
    account: AccountId,
    amount_cents: Cents<{ Amount::MAX.cents() }>,
    /// For the sender's own use; not kept.
    #[serde(default, rename = "reference")]
    _reference: Option<Text<200>>,
}

/// Reads element `number`.
pub fn element(number: u32, bytes: Result<&[u8], TooLong>) -> Result<Line, RefusedLine> {
    let bytes = bytes.map_err(|TooLong| {
        Rule::LineTooLong.refuse(number, "over 4,096 bytes; expected account and amount_cents")
    })?;
    match serde_json::from_slice::<Wire>(bytes) {
        Ok(Wire { account, amount_cents, .. }) => {
            Ok(Line { number, account, amount: amount_cents.0 })
        }
        Err(_) => Err(refused(number, bytes)),
    }
}

/// What is wrong with element `number`, field by field.
fn refused(number: u32, bytes: &[u8]) -> RefusedLine {
    let expected = "expected {\"account\": \"acc_…\", \"amount_cents\": 1250}";
    let odd = || Rule::NotJson.refuse(number, expected);
    if std::str::from_utf8(bytes).is_err() {
        return Rule::NotUtf8.refuse(number, "expected UTF-8");
    }
    let Ok(members) = serde_json::from_slice::<Map<String, Value>>(bytes) else { return odd() };
    let account = match members.get("account") {
        None | Some(Value::Null) => "",
        Some(Value::String(text)) => text.as_str(),
        Some(other) => return line::not_an_account(number, &other.to_string()),
    };
    let amount = match members.get("amount_cents") {
        None | Some(Value::Null) => String::new(),
        Some(it @ Value::Number(_)) => it.to_string(),
        Some(_) => "not a number".into(),
    };
    line::read(number, account, &amount, Unit::Cents).err().unwrap_or_else(odd)
}

fn not_json(why: &str) -> Problem {
    Problem::new(&kinds::BAD_REQUEST, format_args!("the body: {why}"))
}

fn invalid(field: &str, why: &str) -> Problem {
    let field: String = field.chars().take(40).collect();
    Problem::field(&kinds::INVALID_FIELD, &field, why)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, piece: usize) -> Result<(Vec<String>, Option<CompactString>), String> {
        let (mut elements, mut seen) = (Elements::default(), Vec::new());
        let told = |it: Problem| it.to_string();
        for piece in text.as_bytes().chunks(piece) {
            let each = |it: Result<&[u8], TooLong>| {
                seen.push(it.map_or("long".into(), |it| String::from_utf8_lossy(it).into_owned()));
            };
            elements.push(piece, each).map_err(told)?;
        }
        elements.finish().map_err(told)?;
        Ok((seen, elements.reference().cloned()))
    }

    #[test]
    fn elements_are_the_same_however_the_bytes_come() {
        let long = format!("{{\"account\":\"{}\"}}", "a".repeat(LINE_MAX));
        let text = format!(
            r#" {{"reference":"r [1]","lines": [ {{"a":"}}\"]"}},{{"b":[{{}}]}} , {long} ] }} "#
        );
        let expected = vec![r#"{"a":"}\"]"}"#.into(), r#"{"b":[{}]}"#.into(), "long".into()];
        for piece in [1, 3, 100_000] {
            assert_eq!(cut(&text, piece), Ok((expected.clone(), Some("r [1]".into()))), "{piece}");
        }
        assert_eq!(cut(r#"{"lines":[]}"#, 4), Ok((vec![], None)));
    }

    #[test]
    fn an_object_that_is_not_whole_is_told_so() {
        for (text, why) in [
            ("", "it is empty"),
            ("[]", "expected {"),
            ("{}", "ends in the middle"),
            (r#"{"line":[]}"#, "line: expected"),
            (r#"{"reference":7,"lines":[]}"#, "reference: "),
            (r#"{"lines":[{"a":1}"#, "ends in the middle"),
            (r#"{"lines":[{"a":1"#, "ends in the middle"),
            (r#"{"lines":[]"#, "ends in the middle"),
            (r#"{"lines":[]} x"#, "follows the object"),
            (r#"{"lines":[],"reference":"r"}"#, "before it"),
            (r#"{"lines":[1]}"#, "between lines"),
            (r#"{"lines":[{}{}]}"#, "between lines"),
            (r#"{"lines":[,{}]}"#, "between lines"),
        ] {
            let told = cut(text, 5).unwrap_err();
            assert!(told.contains(why), "{text}: {told}");
        }
        let long = format!("{{\"reference\":\"{}\"", "a".repeat(5000));
        assert!(cut(&long, 64).unwrap_err().contains("too much"));
    }

    #[test]
    fn an_element_that_is_wrong_is_told_by_its_field() {
        let account = "acc_00000000000000000000000000000007";
        for (text, expected) in [
            (format!(r#"{{"account":"{account}","amount_cents":5}}"#), "5"),
            (format!(r#"{{"account":"{account}","amount_cents":5,"reference":"r"}}"#), "5"),
            (format!(r#"{{"account":"{account}","amount_cents":5,"x":1}}"#), "line-not-json"),
            (
                format!(r#"{{"account":"{account}","amount_cents":5,"amount_cents":5}}"#),
                "line-not-json",
            ),
            (format!(r#"{{"account":"{account}"}}"#), "amount-missing"),
            (format!(r#"{{"account":"{account}","amount_cents":0}}"#), "amount-zero"),
            (format!(r#"{{"account":"{account}","amount_cents":-1}}"#), "amount-negative"),
            (format!(r#"{{"account":"{account}","amount_cents":1.5}}"#), "amount-invalid"),
            (format!(r#"{{"account":"{account}","amount_cents":"5"}}"#), "amount-invalid"),
            (format!(r#"{{"account":"{account}","amount_cents":1e40}}"#), "amount-invalid"),
            (format!(r#"{{"account":"{account}","amount_cents":100000001}}"#), "amount-too-large"),
            (r#"{"amount_cents":5}"#.into(), "account-missing"),
            (r#"{"account":7,"amount_cents":5}"#.into(), "account-invalid"),
            (r#"{"account":"7","amount_cents":5}"#.into(), "account-invalid"),
            ("{account: 7}".into(), "line-not-json"),
        ] {
            let told = match element(1, Ok(text.as_bytes())) {
                Ok(line) => line.amount.cents().to_string(),
                Err(refused) => refused.rule.to_string(),
            };
            assert_eq!(told, expected, "{text}");
        }
    }
}
