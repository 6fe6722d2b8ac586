//! The rules of one line of a file: what can be credited, and why the rest cannot.
//!
//! What is wrong is kept in the log for ever, so a value is only quoted when it cannot be a
//! person's name or address.

use std::fmt;

use ledger_core::batch::{Line, RefusedLine};
use ledger_core::ids::AccountId;
use ledger_core::money::{Amount, MoneyError};

/// Why a line cannot be credited. Its name is part of the API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Longer than any right line.
    LineTooLong,
    /// Not UTF-8.
    NotUtf8,
    /// A character that no text has.
    ControlCharacter,
    /// Quotes that do not match.
    Quotes,
    /// Not as many columns as the heading.
    Columns,
    /// Not a JSON object of the expected fields.
    NotJson,
    /// No account.
    AccountMissing,
    /// Not an account's id.
    AccountInvalid,
    /// Another line credits it.
    AccountDuplicated,
    /// No amount.
    AmountMissing,
    /// Not a sum.
    AmountInvalid,
    /// Nothing.
    AmountZero,
    /// Less than nothing.
    AmountNegative,
    /// More than a line may give.
    AmountTooLarge,
}

impl Rule {
    /// All of them.
    pub const ALL: [Self; 14] = [
        Self::LineTooLong,
        Self::NotUtf8,
        Self::ControlCharacter,
        Self::Quotes,
        Self::Columns,
        Self::NotJson,
        Self::AccountMissing,
        Self::AccountInvalid,
        Self::AccountDuplicated,
        Self::AmountMissing,
        Self::AmountInvalid,
        Self::AmountZero,
        Self::AmountNegative,
        Self::AmountTooLarge,
    ];

    /// Its stable name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::LineTooLong => "line-too-long",
            Self::NotUtf8 => "line-not-utf8",
            Self::ControlCharacter => "line-control-character",
            Self::Quotes => "line-quotes",
            Self::Columns => "line-columns",
            Self::NotJson => "line-not-json",
            Self::AccountMissing => "account-missing",
            Self::AccountInvalid => "account-invalid",
            Self::AccountDuplicated => "account-duplicated",
            Self::AmountMissing => "amount-missing",
            Self::AmountInvalid => "amount-invalid",
            Self::AmountZero => "amount-zero",
            Self::AmountNegative => "amount-negative",
            Self::AmountTooLarge => "amount-too-large",
        }
    }

    /// Line `number` refused for it; `detail` says what is wrong and what would be right.
    pub fn refuse(self, number: u32, detail: impl fmt::Display) -> RefusedLine {
        RefusedLine { number, rule: self.name().into(), detail: detail.to_string().into() }
    }
}

/// The field that the rule called `rule` is about; `None` for the whole line.
pub fn field_of(rule: &str) -> Option<&'static str> {
    // Refusals of accounts are about the account too: not open, closed, not admitted.
    match rule.split_once('-')? {
        ("account" | "recipient", _) => Some("account"),
        ("amount", _) => Some("amount"),
        _ => None,
    }
}

/// How an amount is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Euros, with at most two decimals.
    Euros,
    /// Whole cents.
    Cents,
}

/// Reads the two fields of line `number`.
pub fn read(number: u32, account: &str, amount: &str, unit: Unit) -> Result<Line, RefusedLine> {
    let account = account.trim();
    if account.is_empty() {
        let detail = "account: empty; expected acc_ and 32 hexadecimal digits";
        return Err(Rule::AccountMissing.refuse(number, detail));
    }
    let account: AccountId = account.parse().map_err(|_| not_an_account(number, account))?;
    let amount = read_amount(amount.trim(), unit);
    let amount = amount.map_err(|(rule, detail)| rule.refuse(number, detail))?;
    Ok(Line { number, account, amount })
}

/// Line `number` refused because `text` is not an account's id.
pub fn not_an_account(number: u32, text: &str) -> RefusedLine {
    let shown = if text.starts_with("acc_") { quoted(text) } else { counted(text) };
    let detail = format!("account: {shown}; expected acc_ and 32 hexadecimal digits");
    Rule::AccountInvalid.refuse(number, detail)
}

fn read_amount(text: &str, unit: Unit) -> Result<Amount, (Rule, String)> {
    let expected = match unit {
        Unit::Euros => "expected euros with at most two decimals, as in 12,50",
        Unit::Cents => "expected whole euro cents, as in 1250",
    };
    let shown = || {
        let plain = |it: char| it.is_ascii_digit() || " ,.+-−€eE\u{a0}\u{202f}".contains(it);
        if text.chars().all(plain) { quoted(text) } else { counted(text) }
    };
    let refused = |rule: Rule| (rule, format!("amount: {}; {expected}", shown()));
    if text.is_empty() {
        return Err((Rule::AmountMissing, format!("amount: empty; {expected}")));
    }
    if let Some(rest) = text.strip_prefix(['-', '−']) {
        let number = rest.starts_with(|it: char| it.is_ascii_digit());
        return Err(refused(if number { Rule::AmountNegative } else { Rule::AmountInvalid }));
    }
    let out_of_bounds = |error: MoneyError| match error {
        MoneyError::OutOfBounds { cents: 0, .. } => {
            (Rule::AmountZero, format!("amount: {}; expected one cent at least", shown()))
        }
        MoneyError::OutOfBounds { .. } => {
            let detail = format!("amount: {}; expected at most 1,000,000 euros", shown());
            (Rule::AmountTooLarge, detail)
        }
        MoneyError::NotEuros(_) => refused(Rule::AmountInvalid),
    };
    match unit {
        // `1,250` may be a thousand and something, or one and a quarter.
        Unit::Euros if decimals(text) > 2 => Err(refused(Rule::AmountInvalid)),
        Unit::Euros => text.parse().map_err(out_of_bounds),
        Unit::Cents => {
            let digits = !text.is_empty() && text.bytes().all(|it| it.is_ascii_digit());
            let too_large = MoneyError::OutOfBounds { cents: u64::MAX, max: Amount::MAX.cents() };
            match text.parse::<u64>() {
                _ if !digits => Err(refused(Rule::AmountInvalid)),
                Ok(cents) => Amount::try_from(cents).map_err(out_of_bounds),
                Err(_) => Err(out_of_bounds(too_large)),
            }
        }
    }
}

/// How many digits follow the last comma or point.
fn decimals(text: &str) -> usize {
    let after = text.rsplit_once([',', '.']).map_or("", |(_, after)| after);
    after.chars().filter(char::is_ascii_digit).count()
}

fn quoted(text: &str) -> String {
    let more = if text.chars().count() > 40 { "…" } else { "" };
    format!("`{}{more}`", text.chars().take(40).collect::<String>())
}

/// A text that may be somebody's name: only its length is told.
fn counted(text: &str) -> String {
    format!("a text of {} characters", text.chars().count())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "acc_00000000000000000000000000000007";

    fn rule(account: &str, amount: &str, unit: Unit) -> String {
        match read(3, account, amount, unit) {
            Ok(line) => line.amount.cents().to_string(),
            Err(refused) => {
                assert_eq!(refused.number, 3);
                assert!(refused.detail.contains("expected"), "{}", refused.detail);
                refused.rule.to_string()
            }
        }
    }

    #[test]
    fn an_amount_in_euros_is_read_as_a_person_writes_it() {
        for (amount, told) in [
            ("12", "1200"),
            ("12,5", "1250"),
            ("12.50", "1250"),
            (" 1 250,00 € ", "125000"),
            ("1000000", "100000000"),
            ("1000000,01", "amount-too-large"),
            ("0", "amount-zero"),
            ("0,00", "amount-zero"),
            ("-5", "amount-negative"),
            ("−5,00", "amount-negative"),
            ("", "amount-missing"),
            ("1,250", "amount-invalid"),
            ("1.250,00", "amount-invalid"),
            ("12,505", "amount-invalid"),
            ("1e3", "amount-invalid"),
            ("+5", "amount-invalid"),
            ("=1+1", "amount-invalid"),
            ("NaN", "amount-invalid"),
            ("douze", "amount-invalid"),
            ("٣", "amount-invalid"),
            (",", "amount-invalid"),
        ] {
            assert_eq!(rule(ACCOUNT, amount, Unit::Euros), told, "{amount}");
        }
    }

    #[test]
    fn an_amount_in_cents_is_a_whole_number() {
        for (amount, told) in [
            ("1250", "1250"),
            ("0", "amount-zero"),
            ("-1", "amount-negative"),
            ("12,5", "amount-invalid"),
            ("100000001", "amount-too-large"),
            ("99999999999999999999999", "amount-too-large"),
        ] {
            assert_eq!(rule(ACCOUNT, amount, Unit::Cents), told, "{amount}");
        }
    }

    #[test]
    fn an_account_is_an_id_and_nothing_else_is_quoted() {
        assert_eq!(rule("", "1", Unit::Euros), "account-missing");
        for wrong in ["7", "env_00000000000000000000000000000007", "acc_7", "jeanne@example.org"] {
            assert_eq!(rule(wrong, "1", Unit::Euros), "account-invalid", "{wrong}");
        }
        let told = read(1, "jeanne.martin@example.org", "1", Unit::Euros).unwrap_err().detail;
        assert!(!told.contains("jeanne"), "{told}");
        let told = read(1, ACCOUNT, "Jeanne Martin", Unit::Euros).unwrap_err().detail;
        assert!(!told.contains("Jeanne"), "{told}");
        let told = read(1, ACCOUNT, "1e3", Unit::Euros).unwrap_err().detail;
        assert!(told.contains("`1e3`"), "{told}");
    }

    #[test]
    fn a_rule_is_about_one_field_or_the_whole_line() {
        for rule in Rule::ALL {
            let expected = rule.name().split('-').next().filter(|it| *it != "line");
            assert_eq!(field_of(rule.name()), expected, "{rule:?}");
        }
        assert_eq!(field_of("recipient-not-admitted"), Some("account"));
    }
}
