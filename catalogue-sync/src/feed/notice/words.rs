//! Texts that are told in several languages: the French one first.

use super::language::is_french;
use crate::feed::markup::{paragraphs, without_tags};
use crate::feed::personal;
use crate::feed::text::{one_line, plain, shortened};
use crate::feed::xml::Element;

/// The most a description may hold, in characters.
pub(super) const DESCRIPTION_MAX: usize = 20_000;

/// The text of a `LangString` on one line: the French one, else one of no language, else the first;
/// empty when there is none.
pub(super) fn chosen(element: &Element) -> String {
    best(element).map(Element::said).unwrap_or_default()
}

/// The same, as paragraphs without HTML; whether it was cut to what a description may hold.
pub(super) fn long(element: &Element) -> (String, bool) {
    let Some(best) = best(element) else { return (String::new(), false) };
    let text = best.text.as_str();
    let text = if text.contains('<') { without_tags(text) } else { unwrapped(text) };
    let text = paragraphs(&plain(&clean(&text)));
    let text = personal::without(&text);
    if text.chars().count() > DESCRIPTION_MAX {
        return (shortened(&text, DESCRIPTION_MAX - 1), true);
    }
    (text.into_owned(), false)
}

fn best(element: &Element) -> Option<&Element> {
    let strings: Vec<&Element> = element.all("string").filter(|it| !it.code().is_empty()).collect();
    if strings.is_empty() {
        // Some write the text without its `string`.
        return (!element.code().is_empty()).then_some(element);
    }
    let language = |it: &Element| it.attribute("language").or(it.attribute("lang")).map(is_french);
    let of = |wanted: Option<bool>| strings.iter().find(|it| language(it) == wanted).copied();
    of(Some(true)).or_else(|| of(None)).or_else(|| strings.first().copied())
}

/// `text` without the line ends that only its layout in the file has made: those before an indented
/// line. Blank lines stay.
fn unwrapped(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    for line in text.lines() {
        let goes_on = line.starts_with([' ', '\t']) && !whole.ends_with('\n') && !whole.is_empty();
        if line.trim().is_empty() {
            whole.push('\n');
        } else {
            if !whole.is_empty() {
                whole.push(if goes_on { ' ' } else { '\n' });
            }
            whole.push_str(line.trim());
        }
    }
    whole
}

/// `text` without control characters other than line ends, which no page may carry.
pub(super) fn clean(text: &str) -> String {
    text.replace(|it: char| it.is_control() && it != '\n', " ")
}

/// `text` on one line, without control characters or personal data, cut to `max` characters.
pub(in crate::feed) fn line(text: &str, max: usize) -> String {
    let text = one_line(&clean(text));
    let text = personal::without(&text);
    if text.chars().count() > max { shortened(&text, max - 1) } else { text.into_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_layout_of_the_file_is_not_the_texts() {
        assert_eq!(
            unwrapped("autour du film de Harry\n\t\t\tPotter"),
            "autour du film de Harry Potter"
        );
        assert_eq!(paragraphs(&unwrapped("Un\nDeux\n\n  Trois\n  suite")), "Un\nDeux\nTrois suite");
    }

    #[test]
    fn a_line_is_cut_after_personal_data_are_out() {
        let text = format!("{} jean@x.fr", "a".repeat(10));
        assert_eq!(line(&text, 15), "aaaaaaaaaa [re…");
        assert_eq!(line("a\u{1}b", 10), "a b");
    }
}
