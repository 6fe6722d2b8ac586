//! What somebody typed, as a query of the search index.

/// At most so many words are looked for.
const WORDS_MAX: usize = 12;

/// The query for `text`: every word, or a word that begins so; `None` when it holds no word.
///
/// Words are quoted, so that nothing that is typed is taken for an operator. A plural's `s` is left
/// out: « exercices » finds « exercice », and the other way round.
pub(super) fn query(text: &str) -> Option<String> {
    let mut words: Vec<&str> = text
        .split(|it: char| !it.is_alphanumeric())
        .filter(|it| !it.is_empty())
        .take(WORDS_MAX)
        .collect();
    // What is left of an elision (l'histoire) says nothing, unless it is all there is.
    if words.iter().any(|it| it.chars().count() > 1) {
        words.retain(|it| it.chars().count() > 1 || it.chars().all(char::is_numeric));
    }
    let terms: Vec<String> = words.into_iter().map(term).collect();
    (!terms.is_empty()).then(|| terms.join(" "))
}

fn term(word: &str) -> String {
    let long = word.chars().count() >= 5;
    let stem = if long { word.trim_end_matches(['s', 'S', 'x', 'X']) } else { word };
    let stem = if stem.is_empty() { word } else { stem };
    let begins = if stem.chars().count() >= 3 { "*" } else { "" };
    format!("\"{stem}\"{begins}")
}

#[cfg(test)]
mod tests {
    use super::query;

    #[test]
    fn words_are_looked_for_as_they_begin() {
        assert_eq!(query("Exercices de maths").as_deref(), Some(r#""Exercice"* "de" "math"*"#));
        assert_eq!(query("l'histoire, 6e").as_deref(), Some(r#""histoire"* "6e""#));
    }

    #[test]
    fn nothing_typed_is_an_operator() {
        for hostile in
            ["\"", "a OR b", "title:x NEAR(", "*", "^", "-x", "'; DROP TABLE offer;", "\0"]
        {
            let quoted = query(hostile).unwrap_or_default();
            assert_eq!(quoted.matches('"').count() % 2, 0, "{hostile}: {quoted}");
            assert!(!quoted.contains(" OR "), "{hostile}: {quoted}");
        }
        assert_eq!(query("\" ' * ("), None);
    }

    #[test]
    fn at_most_twelve_words_are_looked_for() {
        let many = query(&"mot ".repeat(1_000)).unwrap();
        assert_eq!(many.split(' ').count(), 12);
    }
}
