//! What the text of an element says: sums, dates, references.

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Paris;
use compact_str::CompactString;
use ledger_core::money::Budget;

use super::ReadError;
use super::element::Element;

/// How long an id may be. Source: ISO 20022, `Max35Text`.
const ID_MAX: usize = 35;
/// How many digits are read before the cents: beyond any bank's balance, within 64 bits.
const DIGITS_MAX: usize = 15;

const EUROS: &str = "an amount in EUR, the only currency that is taken";
const ABOVE_ZERO: &str = "an amount from 0.01 to 100000000000.00";

impl Element {
    /// An id of 1 to 35 characters.
    pub(super) fn id(&self) -> Result<CompactString, ReadError> {
        let length = self.text().chars().count();
        if length == 0 || length > ID_MAX || self.text().contains(char::is_control) {
            return Err(self.wrong("1 to 35 characters on one line"));
        }
        Ok(self.text().into())
    }

    /// The id at `path`; `None` when there is none.
    pub(super) fn id_at(&self, path: &str) -> Result<Option<CompactString>, ReadError> {
        self.reach(path)?.map(Element::id).transpose()
    }

    /// The id at `path/Cd` or `path/Prtry`: a code of the standard, or the bank's own.
    pub(super) fn code_at(&self, path: &str) -> Result<Option<CompactString>, ReadError> {
        let Some(choice) = self.reach(path)? else { return Ok(None) };
        Ok(choice.id_at("Cd")?.or(choice.id_at("Prtry")?))
    }

    /// A whole number.
    pub(super) fn number(&self) -> Result<u64, ReadError> {
        self.text().parse().map_err(|_| self.wrong("a whole number"))
    }

    /// A sum of euros, zero or more, in cents.
    ///
    /// A third decimal is refused even when it is zero: `10.000` may well be ten thousand.
    pub(super) fn euros(&self) -> Result<u64, ReadError> {
        match self.currency.as_deref() {
            Some("EUR") => {}
            Some(other) => {
                let found = format!("`{} {other}`", self.text());
                return Err(self.wrong_as(&found, EUROS));
            }
            None => return Err(self.wrong_as("without currency", EUROS)),
        }
        cents(self.text()).map_err(|expected| self.wrong(expected))
    }

    /// A sum of euros that moves.
    pub(super) fn moved(&self) -> Result<Budget, ReadError> {
        Budget::from_cents(self.euros()?).ok_or_else(|| self.wrong(ABOVE_ZERO))
    }

    /// `true` or `false`, in either of XML's spellings.
    pub(super) fn truth(&self) -> Result<bool, ReadError> {
        match self.text() {
            "true" | "1" => Ok(true),
            "false" | "0" => Ok(false),
            _ => Err(self.wrong("true or false")),
        }
    }

    /// A date, or the date of a time, as it is written there: the bank's own day.
    pub(super) fn date(&self) -> Result<NaiveDate, ReadError> {
        const EXPECTED: &str = "a date, as in 2026-09-30";
        let text = self.text();
        let (date, rest) = text.split_at_checked(10).ok_or_else(|| self.wrong(EXPECTED))?;
        let suffixed = rest.is_empty() || rest.starts_with(['T', 'Z', '+', '-']);
        let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok();
        date.filter(|_| suffixed).ok_or_else(|| self.wrong(EXPECTED))
    }

    /// The date at `path/Dt` or `path/DtTm`.
    pub(super) fn date_at(&self, path: &str) -> Result<Option<NaiveDate>, ReadError> {
        let Some(choice) = self.reach(path)? else { return Ok(None) };
        let date = match choice.one("Dt")? {
            Some(date) => Some(date),
            None => choice.one("DtTm")?,
        };
        let expected = "a date in <Dt> or <DtTm>";
        date.ok_or_else(|| choice.missing("date", expected))?.date().map(Some)
    }

    /// A moment; one that does not say its offset is in Europe/Paris.
    pub(super) fn moment(&self) -> Result<DateTime<Utc>, ReadError> {
        moment(self.text()).ok_or_else(|| self.wrong("a time, as in 2026-09-30T18:00:00+02:00"))
    }
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    if let Ok(moment) = DateTime::parse_from_rfc3339(text) {
        return Some(moment.to_utc());
    }
    if let Ok(local) = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S%.f") {
        return Some(in_paris(local));
    }
    // The end of a day, which XML may write as its 24th hour.
    let (date, rest) = text.split_once("T24:00:00")?;
    let date = NaiveDate::parse_from_str(date, "%Y-%m-%d").ok()?;
    let local = date.checked_add_signed(TimeDelta::days(1))?.and_time(NaiveTime::MIN);
    let rest = rest.trim_start_matches(['.', '0']);
    if rest.is_empty() {
        return Some(in_paris(local));
    }
    let moment = format!("{}{rest}", local.format("%Y-%m-%dT%H:%M:%S"));
    DateTime::parse_from_rfc3339(&moment).ok().map(|it| it.to_utc())
}

/// The hour that is skipped in spring is read as if it were UTC's.
fn in_paris(local: NaiveDateTime) -> DateTime<Utc> {
    let moment = Paris.from_local_datetime(&local).earliest();
    moment.map_or_else(|| local.and_utc(), |it| it.to_utc())
}

/// `1234.5` in cents; else what would be right.
fn cents(text: &str) -> Result<u64, &'static str> {
    const EXPECTED: &str = "an amount, as in 1234.56";
    if text.starts_with('-') {
        return Err("an amount without a sign: <CdtDbtInd> says which way it goes");
    }
    if text.contains(',') {
        return Err("a dot before the cents, as in 1234.56");
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    let (euros, cents) = text.split_once('.').unwrap_or((text, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if !digits(euros) || !digits(cents) || euros.len() + cents.len() == 0 {
        return Err(EXPECTED);
    }
    if cents.len() > 2 {
        return Err("at most two decimals, as in 1234.56");
    }
    let euros = euros.trim_start_matches('0');
    if euros.len() > DIGITS_MAX {
        return Err("at most 15 digits before the cents");
    }
    format!("{euros}{cents:0<2}").parse().map_err(|_| EXPECTED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_read_to_the_cent() {
        let read = [
            ("1234.56", 1234_56),
            ("1234.5", 1234_50),
            ("1234", 1234_00),
            ("0.01", 1),
            (".5", 50),
            ("7.", 7_00),
            ("+7.00", 7_00),
            ("0007.00", 7_00),
            ("0", 0),
            ("999999999999999.99", 999_999_999_999_999_99),
        ];
        for (text, sum) in read {
            assert_eq!(cents(text), Ok(sum), "{text}");
        }
        let refused =
            ["", ".", "-1.00", "1,00", "1.000", "1 000", "1e3", "١", "NaN", "1000000000000000"];
        for text in refused {
            assert!(cents(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_moment_is_read_with_or_without_its_offset() {
        let read = [
            ("2026-09-30T18:00:00Z", "2026-09-30T18:00:00Z"),
            ("2026-09-30T18:00:00.250+02:00", "2026-09-30T16:00:00.250Z"),
            ("2026-09-30T18:00:00", "2026-09-30T16:00:00Z"),
            ("2026-12-31T24:00:00", "2026-12-31T23:00:00Z"),
            ("2026-12-31T24:00:00.000+01:00", "2026-12-31T23:00:00Z"),
            ("2026-03-29T02:30:00", "2026-03-29T02:30:00Z"),
        ];
        for (text, utc) in read {
            assert_eq!(moment(text), Some(utc.parse().unwrap()), "{text}");
        }
        for text in ["", "2026-09-30", "2026-09-30T25:00:00", "9999-12-31T24:00:00junk"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }
}
