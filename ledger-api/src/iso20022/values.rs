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

const EUROS: &str = "un montant en EUR, seule devise acceptée";
const ABOVE_ZERO: &str = "un montant de 0.01 à 100000000000.00";

impl Element {
    /// An id of 1 to 35 characters.
    pub(super) fn id(&self) -> Result<CompactString, ReadError> {
        let length = self.text().chars().count();
        if length == 0 || length > ID_MAX || self.text().contains(char::is_control) {
            return Err(self.wrong("1 à 35 caractères, sur une seule ligne"));
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
        self.text().parse().map_err(|_| self.wrong("un nombre entier"))
    }

    /// A sum of euros, zero or more, in cents.
    ///
    /// A third decimal is refused even when it is zero: `10.000` may well be ten thousand.
    pub(super) fn euros(&self) -> Result<u64, ReadError> {
        match self.currency.as_deref() {
            Some("EUR") => {}
            Some(other) => {
                let found = format!("vaut `{} {other}`", self.text());
                return Err(self.wrong_as(&found, EUROS));
            }
            None => return Err(self.wrong_as("n’a pas de devise", EUROS)),
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
            _ => Err(self.wrong("true ou false")),
        }
    }

    /// A date, or the date of a time, as it is written there: the bank's own day.
    pub(super) fn date(&self) -> Result<NaiveDate, ReadError> {
        const EXPECTED: &str = "une date, comme 2026-09-30";
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
        let expected = "une date dans <Dt> ou <DtTm>";
        date.ok_or_else(|| choice.missing("la date", expected))?.date().map(Some)
    }

    /// A moment; one that does not say its offset is in Europe/Paris.
    pub(super) fn moment(&self) -> Result<DateTime<Utc>, ReadError> {
        moment(self.text())
            .ok_or_else(|| self.wrong("une date et une heure, comme 2026-09-30T18:00:00+02:00"))
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
    const EXPECTED: &str = "un montant, comme 1234.56";
    if text.starts_with('-') {
        return Err("un montant sans signe, dont <CdtDbtInd> dit le sens");
    }
    if text.contains(',') {
        return Err("un point avant les centimes, comme 1234.56");
    }
    let text = text.strip_prefix('+').unwrap_or(text);
    let (euros, cents) = text.split_once('.').unwrap_or((text, ""));
    let digits = |it: &str| it.bytes().all(|it| it.is_ascii_digit());
    if !digits(euros) || !digits(cents) || euros.len() + cents.len() == 0 {
        return Err(EXPECTED);
    }
    if cents.len() > 2 {
        return Err("deux décimales au plus, comme 1234.56");
    }
    let euros = euros.trim_start_matches('0');
    if euros.len() > DIGITS_MAX {
        return Err("15 chiffres au plus avant les centimes");
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
