//! Sums, rates, days and answers as French readers write them in a cell.

use chrono::NaiveDate;
use rust_decimal::Decimal;

use super::compared;

/// A sum in euros as cents: `12,50`, `12.5 €`, `1 250`; `None` when it is no sum.
pub(super) fn cents(text: &str) -> Option<u64> {
    hundredths(text.trim().trim_end_matches("EUR").trim_end().trim_end_matches('€'))
}

/// A whole number of cents: `1250`.
pub(super) fn whole(text: &str) -> Option<u64> {
    text.bytes().all(|it| it.is_ascii_digit()).then(|| text.parse().ok())?
}

/// A rate in hundredths of a percent: `5,5`, `20 %`, `0`, « exonéré ».
pub(super) fn rate(text: &str) -> Option<u16> {
    if matches!(compared(text).as_str(), "exonere" | "exoneree" | "exempt" | "sans tva") {
        return Some(0);
    }
    hundredths(text.trim().trim_end_matches('%')).and_then(|it| it.try_into().ok())
}

/// A number with at most two decimals, times a hundred.
fn hundredths(text: &str) -> Option<u64> {
    let plain: String = text.chars().filter(|it| !it.is_whitespace()).collect();
    // `1.234,50`: the point only sets thousands apart.
    let plain = if plain.contains(',') { plain.replace('.', "").replace(',', ".") } else { plain };
    let digits = plain.bytes().all(|it| it.is_ascii_digit() || it == b'.');
    let number = plain.parse::<Decimal>().ok().filter(|_| digits)?;
    let number = number.checked_mul(Decimal::ONE_HUNDRED)?;
    number.fract().is_zero().then(|| u64::try_from(number).ok())?
}

/// A number of days or minutes: `365`, `365 jours`.
pub(super) fn count(text: &str) -> Option<u16> {
    let digits = text.trim_end_matches(|it: char| it.is_alphabetic() || it.is_whitespace());
    digits.bytes().all(|it| it.is_ascii_digit()).then(|| digits.parse().ok())?
}

/// A day: `2026-09-01`, `01/09/2026`.
pub(super) fn day(text: &str) -> Option<NaiveDate> {
    let formats = ["%Y-%m-%d", "%d/%m/%Y"];
    formats.iter().find_map(|it| NaiveDate::parse_from_str(text, it).ok())
}

/// Yes or no: `oui`, `non`, `x`, `1` …
pub(super) fn truth(text: &str) -> Option<bool> {
    match compared(text).as_str() {
        "oui" | "o" | "x" | "1" | "vrai" | "true" | "yes" => Some(true),
        "non" | "n" | "0" | "faux" | "false" | "no" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_they_are_written_in_france() {
        for text in ["12,50", "12.5", "12,5 €", "12,50\u{202f}EUR", " 12,50"] {
            assert_eq!(cents(text), Some(12_50), "{text}");
        }
        assert_eq!(cents("1\u{a0}234,50 €"), Some(1_234_50));
        assert_eq!(cents("1.234,50"), Some(1_234_50));
        for text in ["12,505", "-1", "douze", "", "1e3", "12,50 $", "1,2,3"] {
            assert_eq!(cents(text), None, "{text}");
        }
        assert_eq!((rate("5,5 %"), rate("20"), rate("exonéré")), (Some(550), Some(2000), Some(0)));
        assert_eq!((rate("655,35"), rate("655,36"), rate("cinq")), (Some(65_535), None, None));
    }

    #[test]
    fn days_counts_and_answers_are_read() {
        assert_eq!(day("01/09/2026"), day("2026-09-01"));
        assert_eq!((count("365 jours"), count("70000"), count("un an")), (Some(365), None, None));
        assert_eq!(
            (truth("Oui"), truth("NON"), truth("peut-être")),
            (Some(true), Some(false), None)
        );
    }
}
