//! A file of top-ups in CSV: a heading, then a line for each account.
//!
//! ```text
//! account;amount;reference          or, with commas: account,amount
//! acc_0199…;12,50;2026-0001                          acc_0199…,12.50
//! ```
//! A line ends where it ends, inside quotes too, so that one wrong quote spoils one line only.

use std::borrow::Cow;

use ledger_core::batch::{Line, RefusedLine};

use super::line::{self, Rule, Unit};
use super::lines::TooLong;
use crate::problem::{Problem, kinds};

/// The columns of a file, as its heading names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Heading {
    delimiter: char,
    count: usize,
    account: usize,
    amount: usize,
    unit: Unit,
}

impl Heading {
    /// Reads the first line of a file that is not empty.
    pub fn read(line: Result<&[u8], TooLong>) -> Result<Self, Problem> {
        let bytes = line.map_err(|TooLong| bad_heading("it is longer than 4,096 bytes"))?;
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") || bytes.contains(&0) {
            return Err(bad_encoding("it is in UTF-16"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| bad_encoding("its first line is not"))?;
        let delimiter = [';', '\t'].into_iter().find(|it| text.contains(*it)).unwrap_or(',');
        let names =
            fields(text, delimiter).ok_or_else(|| bad_heading("its quotes do not match"))?;
        let (mut account, mut amount, mut reference) = (None, None, None);
        for (at, name) in names.iter().enumerate() {
            let name = name.trim().to_lowercase();
            let known = match name.as_str() {
                "account" | "compte" => account.replace((at, Unit::Euros)),
                "amount" | "montant" => amount.replace((at, Unit::Euros)),
                "amount_cents" | "montant_centimes" => amount.replace((at, Unit::Cents)),
                "reference" | "référence" => reference.replace((at, Unit::Euros)),
                other => {
                    let other: String = other.chars().take(40).collect();
                    return Err(bad_heading(&format!("column {} is `{other}`", at + 1)));
                }
            };
            if known.is_some() {
                return Err(bad_heading(&format!("column {} is there twice", at + 1)));
            }
        }
        let missing = |name: &str| bad_heading(&format!("there is no column `{name}`"));
        let (account, _) = account.ok_or_else(|| missing("account"))?;
        let (amount, unit) = amount.ok_or_else(|| missing("amount"))?;
        Ok(Self { delimiter, count: names.len(), account, amount, unit })
    }

    /// Reads line `number`; `None` when nothing is written there.
    pub fn line(
        &self,
        number: u32,
        line: Result<&[u8], TooLong>,
    ) -> Option<Result<Line, RefusedLine>> {
        let text = match readable(number, line) {
            Ok(text) => text,
            Err(refused) => return Some(Err(refused)),
        };
        if text.chars().all(|it| it == self.delimiter || it.is_whitespace()) {
            return None;
        }
        let Some(fields) = fields(text, self.delimiter) else {
            let detail = "quotes that do not match; expected none, or one at each end of a field";
            return Some(Err(Rule::Quotes.refuse(number, detail)));
        };
        if fields.len() != self.count {
            let detail = format!(
                "{} columns; expected {} as in the heading; put an amount with a comma between \
                 quotes, or use ; between columns",
                fields.len(),
                self.count
            );
            return Some(Err(Rule::Columns.refuse(number, detail)));
        }
        Some(line::read(number, &fields[self.account], &fields[self.amount], self.unit))
    }
}

/// Line `number` as text.
pub fn readable(number: u32, line: Result<&[u8], TooLong>) -> Result<&str, RefusedLine> {
    let bytes = line.map_err(|TooLong| {
        Rule::LineTooLong.refuse(number, "over 4,096 bytes; expected an account and an amount")
    })?;
    let text = std::str::from_utf8(bytes)
        .map_err(|_| Rule::NotUtf8.refuse(number, "expected UTF-8: save the file as CSV UTF-8"))?;
    if text.chars().any(|it| it.is_control() && it != '\t') {
        let detail = "a control character; expected printable text";
        return Err(Rule::ControlCharacter.refuse(number, detail));
    }
    Ok(text)
}

/// The fields of one line; `None` when quotes do not match.
fn fields(text: &str, delimiter: char) -> Option<Vec<Cow<'_, str>>> {
    if !text.contains('"') {
        return Some(text.split(delimiter).map(Cow::Borrowed).collect());
    }
    let (mut fields, mut rest) = (Vec::new(), text);
    loop {
        let (field, after) = if let Some(quoted) = rest.strip_prefix('"') {
            quoted_field(quoted)?
        } else {
            let end = rest.find(delimiter).unwrap_or(rest.len());
            if rest[..end].contains('"') {
                return None;
            }
            (Cow::Borrowed(&rest[..end]), &rest[end..])
        };
        fields.push(field);
        match after.strip_prefix(delimiter) {
            Some(next) => rest = next,
            None if after.is_empty() => return Some(fields),
            None => return None,
        }
    }
}

/// What stands before the closing quote, two of them being one, and what follows it.
fn quoted_field(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let mut field = String::new();
    let mut rest = text;
    loop {
        let end = rest.find('"')?;
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(after) => {
                field.push('"');
                rest = after;
            }
            None => return Some((Cow::Owned(field), rest)),
        }
    }
}

/// A file whose heading cannot be used.
pub fn bad_heading(why: &str) -> Problem {
    let expected = "expected the columns account, amount (euros) or amount_cents, and reference \
                    if you like, in any order, between ; or , or tabs";
    Problem::new(&kinds::BAD_HEADING, format_args!("the first line: {why}; {expected}"))
}

fn bad_encoding(why: &str) -> Problem {
    Problem::new(&kinds::BAD_ENCODING, format_args!("{why}; expected UTF-8: save it as CSV UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "acc_00000000000000000000000000000007";

    fn told(heading: &str, line: &str) -> String {
        let heading = Heading::read(Ok(heading.as_bytes())).unwrap();
        match heading.line(1, Ok(line.as_bytes())) {
            None => "nothing".into(),
            Some(Ok(line)) => line.amount.cents().to_string(),
            Some(Err(refused)) => refused.rule.to_string(),
        }
    }

    #[test]
    fn columns_are_found_by_their_names() {
        for (heading, line, expected) in [
            ("account;amount", "{};12,50", "1250"),
            ("\u{feff}Compte;Montant;Référence", "{};12,50;\"a;b\"", "1250"),
            ("amount,account", "12.50,{}", "1250"),
            ("account,amount", "{},\"12,50\"", "1250"),
            ("account,amount", "{},12,50", "line-columns"),
            ("account\tamount_cents", "{}\t1250", "1250"),
            ("account;amount", "{}", "line-columns"),
            ("account;amount", "{};1;2", "line-columns"),
            ("account;amount", "{};\"1", "line-quotes"),
            ("account;amount", "{};1\"2", "line-quotes"),
            ("account;amount", "\"{}\"x;1", "line-quotes"),
            ("account;amount", "\"{}\";\"1\"\"\"", "amount-invalid"),
            ("account;amount", ";", "nothing"),
            ("account;amount", "  ", "nothing"),
            ("account;amount", ";5", "account-missing"),
            ("account;amount", "{};1\u{0}", "line-control-character"),
        ] {
            let line = line.replace("{}", ACCOUNT);
            assert_eq!(told(heading, &line), expected, "{heading} / {line}");
        }
    }

    #[test]
    fn a_heading_that_names_no_columns_is_refused_with_what_would_be_right() {
        for (heading, kind) in [
            (b"".as_slice(), "bad-heading"),
            (b"acc_00000000000000000000000000000007;12", "bad-heading"),
            (b"account", "bad-heading"),
            (b"account;amount;amount_cents", "bad-heading"),
            (b"account;amount;email", "bad-heading"),
            (b"account;\"amount", "bad-heading"),
            (b"\xff\xfea\0c\0", "bad-encoding"),
            (b"a\0c\0", "bad-encoding"),
            (b"compte;montant;r\xe9f\xe9rence", "bad-encoding"),
        ] {
            let problem = Heading::read(Ok(heading)).unwrap_err();
            assert_eq!(problem.kind.slug, kind, "{problem}");
            assert!(problem.detail.contains("expected"), "{problem}");
        }
    }
}
