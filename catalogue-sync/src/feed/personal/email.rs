//! E-mail addresses, the plain ones and those that are hidden from robots.

use std::ops::Range;

/// How people write the sign so that robots do not find it.
const HIDDEN: [&str; 6] = ["[at]", "(at)", "[arobase]", "(arobase)", "\u{ff20}", "%40"];

/// Where each e-mail address stands.
pub(super) fn all(text: &str) -> Vec<Range<usize>> {
    let mut found: Vec<Range<usize>> =
        text.match_indices('@').filter_map(|(at, sign)| around(text, at, sign.len())).collect();
    if text.contains(['[', '(', '\u{ff20}', '%']) {
        for sign in HIDDEN {
            let places = text.match_indices(sign);
            found.extend(places.filter_map(|(at, _)| around(text, at, sign.len())));
        }
    }
    found
}

/// The address around a sign that stands `at`; `None` when it is none.
fn around(text: &str, at: usize, length: usize) -> Option<Range<usize>> {
    let before = text[..at].trim_end_matches(' ');
    let after = text[at + length..].trim_start_matches(' ');
    // Spaces are part of the address only around a hidden sign.
    let spaced = before.len() != at || after.len() != text.len() - at - length;
    if spaced && text[at..].starts_with('@') {
        return None;
    }
    let local: usize =
        before.chars().rev().take_while(|it| is_local(*it)).map(char::len_utf8).sum();
    let domain: usize = after.chars().take_while(|it| is_domain(*it)).map(char::len_utf8).sum();
    let domain = after[..domain].trim_end_matches(['.', '-']);
    let (_, last) = domain.rsplit_once('.')?;
    let named = last.chars().count() >= 2 && last.chars().any(char::is_alphabetic);
    if local == 0 || !named || domain.starts_with('.') {
        return None;
    }
    Some(before.len() - local..text.len() - after.len() + domain.len())
}

fn is_local(it: char) -> bool {
    it.is_alphanumeric() || "._+-'’!$^`~".contains(it)
}

fn is_domain(it: char) -> bool {
    it.is_alphanumeric() || it == '.' || it == '-'
}
