//! Public identifiers: ISBN-13 with its check digit, ARK.

use compact_str::{CompactString, format_compact};

use crate::feed::text::shortened;

/// What an identifier is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Identifier {
    /// An ISBN-13 or an ARK, as it is compared: `9782070643097`, `ark:/49591/MOA/1`.
    Public(CompactString),
    /// Announced as an ISBN, whose digits do not fit.
    WrongIsbn,
    /// Anything else.
    Other,
}

/// Reads an identifier as its catalogue and its entry tell it.
pub(super) fn read(catalog: &str, entry: &str) -> Identifier {
    if let Some(ark) = ark(entry) {
        return Identifier::Public(ark);
    }
    let announced = catalog.to_ascii_uppercase().contains("ISBN")
        || catalog.eq_ignore_ascii_case("EAN")
        || entry.to_ascii_uppercase().contains("ISBN");
    match isbn(entry) {
        Some(isbn) => Identifier::Public(isbn),
        None if announced => Identifier::WrongIsbn,
        None => Identifier::Other,
    }
}

/// An ARK as `ark:/NAAN/name`, whatever stands before it and however many slashes it has; `None`
/// when it is none.
///
/// Source: IETF draft-kunze-ark, section 2: a NAAN has five digits, hyphens are not significant but
/// kept.
pub(in crate::feed) fn ark(text: &str) -> Option<CompactString> {
    let start = text.to_ascii_lowercase().find("ark:")?;
    let (naan, rest) = text[start + 4..].trim_start_matches('/').split_once('/')?;
    let name = rest.trim_start_matches('/').split(['?', '#']).next()?.trim_end_matches('/');
    // Letters beyond ASCII should be encoded; publishers send them as they are.
    let plain = |it: char| it.is_alphanumeric() || it.is_ascii_graphic() && !"<>\"`@".contains(it);
    let named = (5..=9).contains(&naan.len()) && naan.bytes().all(|it| it.is_ascii_alphanumeric());
    if !named || name.is_empty() || !name.chars().all(plain) || name.len() > 180 {
        return None;
    }
    Some(format_compact!("ark:/{naan}/{name}"))
}

/// An ISBN as 13 digits, from 10 or 13, whose check digit is right; `None` when it is none.
pub(super) fn isbn(text: &str) -> Option<CompactString> {
    let upper = shortened(text, 60).to_ascii_uppercase();
    let from = upper.rfind("ISBN").map_or(0, |it| it + 4);
    let rest = upper[from..].trim_start_matches(|it: char| !it.is_ascii_digit());
    // `ISBN-13: 978…`
    let rest = ["13:", "10:", "13 :", "10 :"]
        .iter()
        .find_map(|it| rest.strip_prefix(it))
        .unwrap_or(rest)
        .trim();
    let mut signs = Vec::with_capacity(13);
    for sign in rest.chars() {
        match sign {
            '0'..='9' => signs.push(sign.to_digit(10)?),
            'X' if signs.len() == 9 => signs.push(10),
            '-' | ' ' | '\u{a0}' | '\u{2010}' | '\u{2011}' => {}
            _ => return None,
        }
    }
    match signs.len() {
        13 if signs[12] == check_13(&signs[..12]) && matches!(signs[..3], [9, 7, 8 | 9]) => {
            Some(digits(&signs))
        }
        10 => {
            let sum: u32 = (1..=10).rev().zip(&signs).map(|(weight, it)| weight * it).sum();
            if !sum.is_multiple_of(11) {
                return None;
            }
            let mut whole = vec![9, 7, 8];
            whole.extend(&signs[..9]);
            whole.push(check_13(&whole));
            Some(digits(&whole))
        }
        _ => None,
    }
}

/// The thirteenth digit after these twelve.
fn check_13(signs: &[u32]) -> u32 {
    let sum: u32 =
        signs.iter().zip([1, 3].into_iter().cycle()).map(|(it, weight)| it * weight).sum();
    (10 - sum % 10) % 10
}

fn digits(signs: &[u32]) -> CompactString {
    signs.iter().filter_map(|it| char::from_digit(*it, 10)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_isbn_is_thirteen_digits_that_fit() {
        for text in ["URN:ISBN:2-07-064309-3", "2070643093", "ISBN-10 : 2070643093"] {
            assert_eq!(isbn(text).as_deref(), Some("9782070643097"), "{text}");
        }
        for text in ["978-2-07-064309-7", "ISBN 978 2 07 064309 7", "ISBN-13: 9782070643097"] {
            assert_eq!(isbn(text).as_deref(), Some("9782070643097"), "{text}");
        }
        assert_eq!(isbn("0-8044-2957-X").as_deref(), Some("9780804429573"));
        for text in ["9782070643098", "2-07-064309-4", "", "ISBN", "urn:uuid:1", "1234567890123"] {
            assert_eq!(isbn(text), None, "{text}");
        }
        assert_eq!(read("ISBN", "978"), Identifier::WrongIsbn);
        assert_eq!(read("URI", "https://any-uri"), Identifier::Other);
    }

    #[test]
    fn an_ark_is_written_in_one_manner() {
        let is = |text, it: &str| assert_eq!(ark(text).as_deref(), Some(it));
        is("ark:/19153/b2nk3c28", "ark:/19153/b2nk3c28");
        is("ark://00000/038fa0b9-8bf3", "ark:/00000/038fa0b9-8bf3");
        is("ark:/49591/MOA/Français_4", "ark:/49591/MOA/Français_4");
        is("https://n2t.net/ARK:49591/MOA/1?info", "ark:/49591/MOA/1");
        for text in
            ["ark://uri-test-sca", "https://x.example/ark://uri", "ark:/12345/", "park:", ""]
        {
            assert_eq!(ark(text), None, "{text}");
        }
    }
}
