//! School levels, subjects and languages as partners name them, by word or by name.

use compact_str::CompactString;
use ledger_core::vocabulary::{
    folded, level_by_word, levels_named, subject_by_word, subject_named,
};

/// The words of subjects, each once; a name that is not known stays as it is, and is refused by
/// whoever checks the listing unless it is a plain word.
pub(super) fn subjects<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<CompactString> {
    let mut words = Vec::new();
    for name in names {
        let known = if subject_by_word(name).is_some() { None } else { subject_named(name) };
        push(&mut words, known.map_or(name, |it| it.word));
    }
    words
}

/// The words of levels, each once, « Cycle 4 » being several; as for subjects otherwise.
pub(super) fn levels<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<CompactString> {
    let mut words = Vec::new();
    for name in names {
        let known = if level_by_word(name).is_some() { Vec::new() } else { levels_named(name) };
        if known.is_empty() {
            push(&mut words, name);
        }
        for word in known {
            push(&mut words, word);
        }
    }
    words
}

/// Languages: by two letters, by three (ISO 639-2/B), by name.
const LANGUAGES: [(&str, &str, &str); 30] = [
    ("ar", "ara", "arabe"),
    ("br", "bre", "breton"),
    ("ca", "cat", "catalan"),
    ("co", "cos", "corse"),
    ("cs", "cze", "tcheque"),
    ("de", "ger", "allemand"),
    ("el", "gre", "grec"),
    ("en", "eng", "anglais"),
    ("es", "spa", "espagnol"),
    ("eu", "baq", "basque"),
    ("fi", "fin", "finnois"),
    ("fr", "fre", "francais"),
    ("ga", "gle", "irlandais"),
    ("he", "heb", "hebreu"),
    ("hu", "hun", "hongrois"),
    ("it", "ita", "italien"),
    ("ja", "jpn", "japonais"),
    ("ko", "kor", "coreen"),
    ("la", "lat", "latin"),
    ("mg", "mlg", "malgache"),
    ("nl", "dut", "neerlandais"),
    ("oc", "oci", "occitan"),
    ("pl", "pol", "polonais"),
    ("pt", "por", "portugais"),
    ("ro", "rum", "roumain"),
    ("ru", "rus", "russe"),
    ("sv", "swe", "suedois"),
    ("tr", "tur", "turc"),
    ("ty", "tah", "tahitien"),
    ("zh", "chi", "chinois"),
];

/// Languages as in `fr` or `pt-br`, each once; one that is not known stays as it is, in small
/// letters.
pub(super) fn languages<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<CompactString> {
    let mut words = Vec::new();
    for name in names {
        let plain = folded(name);
        let known = LANGUAGES.iter().find(|it| it.1 == plain || it.2 == plain);
        let code = name.trim().to_lowercase().replace('_', "-");
        push(&mut words, known.map_or(code.as_str(), |it| it.0));
    }
    words
}

fn push(words: &mut Vec<CompactString>, word: &str) {
    if !words.iter().any(|it| it == word) {
        words.push(word.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words_and_words_stay() {
        assert_eq!(
            levels(["Sixième", "6e", "cycle 4", "jardin"]),
            ["6e", "5e", "4e", "3e", "jardin"]
        );
        assert_eq!(
            subjects(["Mathématiques", "emc", "SVT", "Vie de classe"]),
            ["mathematiques", "emc", "sciences-de-la-vie-et-de-la-terre", "Vie de classe"]
        );
        assert_eq!(languages(["fre", "Français", "pt-BR", "gsw"]), ["fr", "pt-br", "gsw"]);
    }
}
