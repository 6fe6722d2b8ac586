//! What somebody who is typing may want to type.

use compact_str::CompactString;

use super::analysis::{plain, words};
use super::dictionary;
use super::generation::Generation;
use super::page::Suggestion;
use super::query::named;
use super::values::Number;

/// At least so many of what is suggested are words, when there are as many.
const WORDS_SHARE: usize = 2;

/// At most `limit` completions of `prefix`: values of facets that are called so, then words.
pub(super) fn suggest(
    index: &Generation,
    prefix: &str,
    limit: usize,
) -> tantivy::Result<Vec<Suggestion>> {
    let Some(last) = words(prefix).last() else { return Ok(Vec::new()) };
    let mut suggestions = values(index, prefix);
    suggestions.truncate(limit / WORDS_SHARE);
    let finished = prefix.ends_with(char::is_whitespace);
    if !finished {
        let before = prefix.get(..last.at).unwrap_or_default();
        for (word, count) in dictionary::shown(index, &last.folded, limit)? {
            let text = format!("{before}{word}");
            if suggestions.len() < limit
                && !suggestions.iter().any(|it| plain(&it.text) == plain(&text))
            {
                suggestions.push(Suggestion { text, filter: None, count });
            }
        }
    }
    Ok(suggestions)
}

/// Values that `prefix` names, or whose label has words that begin so; the most frequent first.
fn values(index: &Generation, prefix: &str) -> Vec<Suggestion> {
    let typed = plain(prefix);
    let typed_words: Vec<&str> = typed.split(' ').collect();
    let mut numbers: Vec<Number> = named(&typed, &index.values);
    for (number, label) in index.values.labels() {
        let begun = |word: &&str| label.split(' ').any(|it| it.starts_with(*word));
        if !numbers.contains(number) && typed_words.iter().all(begun) {
            numbers.push(*number);
        }
    }
    let mut suggestions: Vec<(bool, Suggestion)> = Vec::new();
    for number in numbers {
        let Some(filed) = index.values.value(number) else { continue };
        let sets = index.segments().filter_map(|it| it.1.filed(number));
        let count = sets.map(super::sets::Set::count).sum();
        let begins = !plain(&filed.label).starts_with(&typed);
        let filter: Option<(_, CompactString)> = Some((filed.kind, filed.value.clone()));
        if count > 0 {
            suggestions.push((begins, Suggestion { text: filed.label.to_string(), filter, count }));
        }
    }
    suggestions.sort_by(|a, b| (a.0, b.1.count).cmp(&(b.0, a.1.count)));
    suggestions.into_iter().map(|it| it.1).collect()
}
