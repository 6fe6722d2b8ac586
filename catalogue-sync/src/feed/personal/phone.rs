//! Telephone numbers: French ones as people write them, others with their country's code.

use std::ops::Range;

/// What may stand between the digits of a number.
const SEPARATORS: [char; 8] = [' ', '.', '-', '/', '\u{a0}', '\u{202f}', '\u{2009}', '\u{2011}'];

/// How many groups of digits a number may have: more than any that people write.
const GROUPS_MAX: usize = 12;
/// How far back is looked for the beginning of an address of the web, in bytes.
const WORD_MAX: usize = 300;

/// How the ten digits of a French number may be grouped, beside by two; by three, only a service
/// number's: 08….
const SIZES: [&[usize]; 7] =
    [&[4, 2, 2, 2], &[2, 4, 4], &[4, 6], &[2, 8], &[2, 2, 2, 4], &[4, 3, 3], &[1, 3, 3, 3]];

/// Where each telephone number stands.
pub(super) fn all(text: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    if !text.bytes().any(|it| it.is_ascii_digit()) {
        return found;
    }
    let mut at = 0;
    while let Some(start) = text[at..].find(|it: char| it == '+' || it.is_ascii_digit()) {
        let start = at + start;
        let rest = &text[start..];
        at = if let Some(length) = number(rest).filter(|_| free_before(&text[..start])) {
            found.push(start..start + length);
            start + length
        } else {
            // Digits that follow one another are one number, or none.
            start + 1 + rest[1..].bytes().take_while(u8::is_ascii_digit).count()
        };
    }
    found
}

/// Whether a number may begin after `before`: not within a word, an address or an ISBN.
fn free_before(before: &str) -> bool {
    let mut letters = before.chars().rev();
    match (letters.next(), letters.next()) {
        (Some(last), _) if last.is_alphanumeric() || matches!(last, '_' | '=' | '%' | '#') => false,
        (Some('-' | '.' | '/' | ','), Some(digit)) if digit.is_ascii_digit() => false,
        (Some('/'), Some(letter)) if letter == '/' || letter.is_alphanumeric() => {
            // `Tél/06…` is a number, `https://…/06…` an address.
            !word(before).contains("://") && !word(before).contains(":/")
        }
        _ => !said_isbn(before) && !word(before).contains("://"),
    }
}

/// The last word of `text`, or the end of a long one.
fn word(text: &str) -> &str {
    let text = &text[text.floor_char_boundary(text.len().saturating_sub(WORD_MAX))..];
    text.rsplit(char::is_whitespace).next().unwrap_or_default()
}

/// Whether `before` ends by announcing an ISBN, an ISSN or an EAN: by that word alone, and with
/// nothing but a few signs and letters after it.
fn said_isbn(before: &str) -> bool {
    let tail: String = before.chars().rev().take(20).collect();
    let tail = tail.to_ascii_uppercase();
    ["NBSI", "NSSI", "NAE"].iter().any(|word| {
        tail.find(word).is_some_and(|at| {
            let within = |it: char| it.is_alphanumeric() || matches!(it, '.' | '_' | '-' | '@');
            let alone = !tail[at + word.len()..].starts_with(within);
            at <= 10 && alone && !tail[..at].contains([',', ';', '\n', '@', '.'])
        })
    })
}

/// The length of the telephone number that `text` begins with; `None` when it is none.
fn number(text: &str) -> Option<usize> {
    if !text.starts_with(['+', '0']) {
        return None;
    }
    let groups = groups(text);
    if text.starts_with('+') || text.starts_with("00") {
        return abroad(text, &groups);
    }
    let end = |count: usize| groups[count - 1].end;
    let second = text.as_bytes().get(1).copied();
    // 0612345678
    if groups.first()?.digits == 10 && second != Some(b'0') {
        return Some(end(1));
    }
    // 06 12 34 56 78, with the same separator everywhere.
    let alike = |count: usize| {
        groups.len() >= count
            && groups[1..count].windows(2).all(|it| it[0].separator == it[1].separator)
    };
    if alike(5) && groups[..5].iter().all(|it| it.digits == 2) {
        return Some(end(5));
    }
    // The other manners of ten digits: 0612 34 56 78, 06 1234 5678, 0800 123 456.
    let first = text.chars().filter(char::is_ascii_digit).nth(1);
    let manner = SIZES.iter().find(|sizes| {
        let sized = groups.iter().map(|it| it.digits).take(sizes.len()).eq(sizes.iter().copied());
        let service = sizes.contains(&3) && first != Some('8');
        sized && alike(sizes.len()) && !service
    })?;
    (first != Some('0')).then(|| end(manner.len()))
}

/// `+33 6 12 34 56 78`, `+33 (0)6…`, `0033 6…`, `+32 470 12 34 56`.
fn abroad(text: &str, groups: &[Group]) -> Option<usize> {
    let first = groups.first()?;
    let french = text.starts_with("+33") || text.starts_with("0033");
    let total: usize = groups.iter().map(|it| it.digits).sum();
    if french {
        // Up to nine digits after the code, or ten with the zero.
        let code = if text.starts_with('+') { 2 } else { 4 };
        let mut read = 0;
        for group in groups {
            read += group.digits;
            if read == code + 9 || read == code + 10 {
                return Some(group.end);
            }
        }
        return None;
    }
    // « +10 000 000 élèves » is a sum, not a number to call.
    let thousands = groups.len() > 1 && groups[1..].iter().all(|it| it.digits == 3);
    if !text.starts_with('+') || first.digits > 15 || thousands {
        return None;
    }
    let mut read = 0;
    let kept: Vec<&Group> = groups
        .iter()
        .take_while(|it| {
            read += it.digits;
            read <= 15
        })
        .collect();
    let sum: usize = kept.iter().map(|it| it.digits).sum();
    let alone = groups.len() == 1;
    let enough = if alone { sum >= 10 } else { sum >= 8 };
    (enough && total >= 8).then(|| kept.last().map(|it| it.end))?
}

/// Digits without anything between them.
struct Group {
    /// What stands before it; `None` before the first.
    separator: Option<char>,
    digits: usize,
    /// Where it ends.
    end: usize,
}

/// The groups of digits that `text` begins with, one separator between them.
fn groups(text: &str) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut at = usize::from(text.starts_with('+'));
    let mut separator = None;
    loop {
        let digits = text[at..].bytes().take_while(u8::is_ascii_digit).count();
        if digits == 0 || groups.len() == GROUPS_MAX {
            return groups;
        }
        at += digits;
        groups.push(Group { separator, digits, end: at });
        let rest = &text[at..];
        // The zero that is not dialled from abroad.
        let zero = [" (0) ", " (0)", "(0) ", "(0)"].iter().find(|it| rest.starts_with(**it));
        if let Some(zero) = zero {
            (separator, at) = (Some(' '), at + zero.len());
            continue;
        }
        match rest.chars().next() {
            Some(it) if SEPARATORS.contains(&it) => {
                (separator, at) = (Some(it), at + it.len_utf8());
            }
            Some(_) | None => return groups,
        }
    }
}
