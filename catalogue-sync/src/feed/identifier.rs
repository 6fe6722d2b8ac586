//! Public identifiers of resources, each written one way: ISBN-13, GTIN-13, ARK, DOI.

use compact_str::{CompactString, format_compact};
use ledger_core::offer::Details;

use super::text::shortened;

/// The 13 digits of an ISBN or GTIN; `None` when there are not 13, or the last one is not what the
/// others give.
///
/// Source: ISO 2108, annex C; GS1 General Specifications, 7.9.
pub(super) fn gtin(text: &str) -> Option<CompactString> {
    let digits: CompactString = text
        .chars()
        .filter(|it| !matches!(it, '-' | ' ' | '\u{a0}' | '\u{2010}'..='\u{2015}'))
        .collect();
    if digits.len() != 13 || !digits.bytes().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let weights = [1, 3].into_iter().cycle();
    let sum: u32 =
        digits.bytes().zip(weights).map(|(digit, it)| u32::from(digit - b'0') * it).sum();
    sum.is_multiple_of(10).then_some(digits)
}

/// The ISBN-13 that an ISBN is, its ten digits included; `None` when it does not check.
pub(super) fn isbn(text: &str) -> Option<CompactString> {
    let plain: String = text.chars().filter(char::is_ascii_alphanumeric).collect();
    if plain.len() == 10 {
        return of_ten(&plain);
    }
    gtin(text).filter(|it| it.starts_with("978") || it.starts_with("979"))
}

fn of_ten(plain: &str) -> Option<CompactString> {
    let value = |(place, letter): (usize, char)| match letter {
        'X' | 'x' if place == 9 => Some(10),
        digit => digit.to_digit(10),
    };
    let digits: Vec<u32> = plain.chars().enumerate().map(value).collect::<Option<_>>()?;
    let sum: u32 = digits.iter().zip((1..=10).rev()).map(|(digit, weight)| digit * weight).sum();
    if !sum.is_multiple_of(11) {
        return None;
    }
    let body = format_compact!("978{}", &plain[..9]);
    ('0'..='9').find_map(|check| gtin(&format!("{body}{check}")))
}

/// An ARK as `ark:/49591/MOA/1`, out of an address that ends with it or of the form without the
/// slash; `None` when it is not one.
///
/// Source: draft-kunze-ark, 2.2 and 2.7 (`ark:` and `ark:/` name the same thing).
pub(super) fn ark(text: &str) -> Option<CompactString> {
    let text = text.trim();
    let lower = text.to_ascii_lowercase();
    let start = lower.find("ark:")?;
    if start > 0 && !lower[..start].ends_with('/') {
        return None;
    }
    let name = text[start + 4..].trim_start_matches('/');
    let (authority, rest) = name.split_once('/')?;
    let fit = authority.len() >= 5 && authority.bytes().all(|it| it.is_ascii_alphanumeric());
    let sound = !rest.is_empty() && !rest.contains(char::is_whitespace);
    (fit && sound).then(|| format_compact!("ark:/{authority}/{rest}"))
}

/// A DOI as `doi:10.3406/ahess`; `None` when it is not one.
pub(super) fn doi(text: &str) -> Option<CompactString> {
    let text = text.trim();
    let name = text.rsplit_once("doi.org/").map_or(text, |it| it.1);
    let name = name.strip_prefix("doi:").unwrap_or(name).trim();
    let fit = name.starts_with("10.") && name.contains('/') && !name.contains(char::is_whitespace);
    fit.then(|| format_compact!("doi:{name}"))
}

/// Any of them, the one way that it is written; `None` when it is none of them or does not check.
pub(super) fn any(text: &str) -> Option<CompactString> {
    ark(text).or_else(|| doi(text)).or_else(|| isbn(text)).or_else(|| gtin(text))
}

/// What is said of one that is none of them.
pub(super) fn unknown(text: &str) -> String {
    format!("`{}` is no ISBN, GTIN, ARK or DOI that checks", shortened(text, 60))
}

/// The identifier of an offer, the one way that it is written, which is also one of its details';
/// the first of these when the offer names none.
///
/// An ARK of the GAR tells that the resource is reached through it.
pub(super) fn joined(identifier: Option<&str>, details: &mut Details) -> Option<CompactString> {
    if let Some(sound) = identifier.and_then(any)
        && !details.identifiers.contains(&sound)
    {
        details.identifiers.insert(0, sound);
    }
    details.gar |= details.identifiers.iter().any(|it| it.starts_with("ark:/49591/"));
    match identifier {
        Some(text) => Some(any(text).unwrap_or_else(|| text.into())),
        None => details.identifiers.first().cloned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isbn_is_13_digits_that_check() {
        assert_eq!(isbn("978-2-07-054127-0").as_deref(), Some("9782070541270"));
        assert_eq!(isbn("2-07-054127-4").as_deref(), Some("9782070541270"));
        assert_eq!(isbn("978-2-07-054127-1"), None);
        assert_eq!(isbn("3661234567897"), None, "a GTIN that is no ISBN");
        assert_eq!(isbn("é"), None);
    }

    #[test]
    fn an_ark_is_written_one_way() {
        for text in [
            "ark:/49591/MOA/1",
            "ark:49591/MOA/1",
            "ARK://49591/MOA/1",
            "https://n2t.net/ark:/49591/MOA/1",
        ] {
            assert_eq!(ark(text).as_deref(), Some("ark:/49591/MOA/1"), "{text}");
        }
        assert_eq!(ark("ark:/49591/"), None);
        assert_eq!(ark("spark:/49591/a"), None);
        assert_eq!(any("https://doi.org/10.3406/ahess").as_deref(), Some("doi:10.3406/ahess"));
    }
}
