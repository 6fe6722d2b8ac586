//! Durations, as ISO 8601 writes them.

/// Whole minutes of a duration, rounded up: `PT1H30M` is 90; `None` when it is not one, or holds
/// months or years, which have no length.
pub(super) fn minutes(text: &str) -> Option<u64> {
    let rest = text.trim().strip_prefix(['P', 'p'])?;
    let (days, time) = match rest.split_once(['T', 't']) {
        Some((days, time)) => (days, Some(time)),
        None => (rest, None),
    };
    if days.is_empty() && time.is_none_or(str::is_empty) {
        return None;
    }
    let days = seconds(days, &[('W', 604_800), ('D', 86_400), ('Y', 0), ('M', 0)])?;
    let time = seconds(time.unwrap_or_default(), &[('H', 3_600), ('M', 60), ('S', 1)])?;
    Some(days.checked_add(time)?.div_ceil(60))
}

/// The seconds of parts like `1H30M`; a unit of 0 seconds may only count 0.
fn seconds(mut text: &str, units: &[(char, u64)]) -> Option<u64> {
    let mut sum = 0_u64;
    while !text.is_empty() {
        let end = text.find(|it: char| !it.is_ascii_digit() && it != '.' && it != ',')?;
        let (number, rest) = text.split_at(end);
        let unit = rest.chars().next()?;
        let (_, length) = units.iter().find(|it| it.0 == unit.to_ascii_uppercase())?;
        let (whole, part) = number.split_once(['.', ',']).unwrap_or((number, ""));
        let whole: u64 = whole.parse().ok()?;
        if *length == 0 && (whole > 0 || !part.is_empty()) {
            return None;
        }
        sum = sum.checked_add(whole.checked_mul(*length)?)?;
        if !part.is_empty() {
            let part = part.get(..part.len().min(6))?;
            let digits: u64 = part.parse().ok()?;
            let scale = 10_u64.pow(u32::try_from(part.len()).ok()?);
            sum = sum.checked_add((digits * length).div_ceil(scale))?;
        }
        text = &rest[unit.len_utf8()..];
    }
    Some(sum)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_duration_is_whole_minutes() {
        for (text, expected) in [
            ("PT1H", 60),
            ("PT1H30M", 90),
            ("PT0H02M30S", 3),
            (" P1DT2H ", 1_560),
            ("P2W", 20_160),
            ("PT1.5H", 90),
            ("PT0,5M", 1),
            ("P0Y0M0DT0H45M0S", 45),
            ("PT0H", 0),
        ] {
            assert_eq!(minutes(text), Some(expected), "{text}");
        }
        for text in
            ["", "P", "PT", "P1M", "1H", "PT1X", "PT-1H", "une heure", "PT99999999999999999999H"]
        {
            assert_eq!(minutes(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn hours_and_minutes_add_up(hours in 0..1_000_u64, rest in 0..60_u64) {
            prop_assert_eq!(minutes(&format!("PT{hours}H{rest}M")), Some(hours * 60 + rest));
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,30}") {
            let _ = minutes(&format!("P{text}"));
        }
    }
}
