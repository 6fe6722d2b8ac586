//! Dates and shares as French readers expect. Euros are the `Display` of a
//! [`Balance`].

use chrono::{DateTime, Datelike, NaiveDate, Timelike, Utc};
use ledger_core::meta::accounting_day;
use ledger_core::money::Balance;

const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// `1er septembre 2026`.
pub fn long_date(day: NaiveDate) -> String {
    let ordinal = if day.day() == 1 { "er" } else { "" };
    format!("{}{ordinal}\u{a0}{} {}", day.day(), MONTHS[day.month0() as usize], day.year())
}

/// `01/09/2026`, for tables.
pub fn short_date(day: NaiveDate) -> String {
    day.format("%d/%m/%Y").to_string()
}

/// `1er septembre 2026 à 10 h 05`, in Paris.
pub fn long_moment(at: DateTime<Utc>) -> String {
    let local = at.with_timezone(&chrono_tz::Europe::Paris);
    let date = long_date(local.date_naive());
    format!("{date} à {}\u{a0}h\u{a0}{:02}", local.hour(), local.minute())
}

/// `01/09/2026 10:05`, in Paris, for tables.
pub fn short_moment(at: DateTime<Utc>) -> String {
    at.with_timezone(&chrono_tz::Europe::Paris).format("%d/%m/%Y\u{a0}%H:%M").to_string()
}

/// The day in Paris, `01/09/2026`.
pub fn short_day(at: DateTime<Utc>) -> String {
    short_date(accounting_day(at))
}

/// `2026-09-01T08:05:00Z`, for the `datetime` of a `<time>`.
pub fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)
}

/// How many hundredths of `whole` `part` is, 0 to 100, rounded half up; 0 when `whole` is nothing.
///
/// A part that is there never rounds to 0, nor one that lacks something to 100.
pub fn percent(part: Balance, whole: Balance) -> u8 {
    let (part, whole) = (u128::from(part.cents()), u128::from(whole.cents()));
    if whole == 0 || part == 0 {
        return 0;
    }
    if part >= whole {
        return 100;
    }
    u8::try_from(((part * 200 + whole) / (whole * 2)).clamp(1, 99)).unwrap_or(99)
}

/// `42 %`, with a no-break space.
pub fn percentage(part: Balance, whole: Balance) -> String {
    format!("{}\u{a0}%", percent(part, whole))
}

/// `5,5 %`, of hundredths of a percent (550), with a no-break space.
pub fn rate(hundredths: u16) -> String {
    match (hundredths / 100, hundredths % 100) {
        (whole, 0) => format!("{whole}\u{a0}%"),
        (whole, rest) if rest % 10 == 0 => format!("{whole},{}\u{a0}%", rest / 10),
        (whole, rest) => format!("{whole},{rest:02}\u{a0}%"),
    }
}

/// `1 achat`, `2 achats`, `0 achat`: French is plural from two on.
pub fn count(number: usize, singular: &str, plural: &str) -> String {
    let noun = if number < 2 { singular } else { plural };
    format!("{}\u{a0}{noun}", grouped(number as u64))
}

/// `FR76 3000 6000 …`, by four, as on bank statements; no-break spaces between.
pub fn iban(iban: &str) -> String {
    let chars: Vec<char> = iban.chars().collect();
    chars.chunks(4).map(String::from_iter).collect::<Vec<_>>().join("\u{a0}")
}

/// `12 345`, with narrow no-break spaces.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 2);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// A title as typesetters space it: no line begins with « : », « ; », « ? », « ! » or « » ».
///
/// Feeds write these with plain spaces, and what is bought is kept as it was written.
pub fn spaced(title: &str) -> String {
    let mut spaced = title.replace("« ", "«\u{a0}");
    for mark in [":", ";", "?", "!", "»"] {
        spaced = spaced.replace(&format!(" {mark}"), &format!("\u{a0}{mark}"));
    }
    spaced
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_paris() {
        let at = "2026-08-31T22:05:00Z".parse().unwrap();
        assert_eq!(long_moment(at), "1er\u{a0}septembre 2026 à 0\u{a0}h\u{a0}05");
        assert_eq!(short_moment(at), "01/09/2026\u{a0}00:05");
        assert_eq!(short_day(at), "01/09/2026");
        assert_eq!(iso(at), "2026-08-31T22:05:00Z");
        let day = NaiveDate::from_ymd_opt(2027, 2, 14).unwrap();
        assert_eq!(long_date(day), "14\u{a0}février 2027");
    }

    #[test]
    fn a_share_is_nothing_or_all_only_when_it_is() {
        let of = |part, whole| percent(Balance::from_cents(part), Balance::from_cents(whole));
        assert_eq!(
            [of(0, 0), of(0, 9), of(1, 9999), of(1, 8), of(9998, 9999), of(9, 9)],
            [0, 0, 1, 13, 99, 100]
        );
    }

    #[test]
    fn french_is_plural_from_two_on() {
        assert_eq!(count(0, "achat", "achats"), "0\u{a0}achat");
        assert_eq!(count(1, "achat", "achats"), "1\u{a0}achat");
        assert_eq!(count(12_345, "achat", "achats"), "12\u{202f}345\u{a0}achats");
    }

    #[test]
    fn no_line_of_a_title_begins_with_a_mark() {
        assert_eq!(
            spaced("L’« École » : quel avenir ? 6e"),
            "L’«\u{a0}École\u{a0}»\u{a0}: quel avenir\u{a0}? 6e"
        );
    }
}
