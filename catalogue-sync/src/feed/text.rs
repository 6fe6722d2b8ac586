//! Words of a feed made fit for a listing.

use ledger_core::vocabulary::unaccented;

/// At most `max` characters of `text`, with … when there was more.
pub(crate) fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// `text` without spaces around it, with plain line ends and spaces for tabs.
pub(crate) fn plain(text: &str) -> String {
    text.trim().replace("\r\n", "\n").replace(['\r', '\u{2028}'], "\n").replace('\t', " ")
}

/// `text` on one line, with one space where there were several.
pub(crate) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A subject or level as a word of lower-case letters, digits and dashes: `Éducation musicale`
/// gives `education-musicale`; empty when nothing of it can be kept.
pub(crate) fn word(text: &str) -> String {
    let mut word = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase) {
        match unaccented(letter) {
            Some(plain) => word.push_str(plain),
            None if letter.is_ascii_alphanumeric() => word.push(letter),
            None if word.ends_with('-') || word.is_empty() => {}
            None => word.push('-'),
        }
    }
    word.trim_end_matches('-').to_owned()
}

/// `AUD`, `AUD and NZD`, `AUD, NZD and USD`, in order and each once; six at most.
pub(crate) fn listed<'a>(values: impl IntoIterator<Item = &'a str>) -> String {
    let mut values: Vec<&str> = values.into_iter().collect();
    values.sort_unstable();
    values.dedup();
    if values.len() > 6 {
        return format!("{} and {} others", values[..5].join(", "), values.len() - 5);
    }
    match values.split_last() {
        None => String::new(),
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} and {last}", before.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_becomes_a_plain_word() {
        assert_eq!(word("Mathématiques"), "mathematiques");
        assert_eq!(
            word(" Sciences de la vie et de la Terre "),
            "sciences-de-la-vie-et-de-la-terre"
        );
        assert_eq!(word("Œuvres, poésie & théâtre !"), "oeuvres-poesie-theatre");
        assert_eq!(word("日本"), "");
    }

    #[test]
    fn values_are_listed_as_in_a_sentence() {
        assert_eq!(listed([]), "");
        assert_eq!(listed(["NZD", "AUD", "AUD"]), "AUD and NZD");
        assert_eq!(listed(["A", "B", "C", "D", "E", "F", "G", "H"]), "A, B, C, D, E and 3 others");
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        assert_eq!(shortened("élève", 3), "élè…");
        assert_eq!(shortened("élève", 5), "élève");
    }
}
