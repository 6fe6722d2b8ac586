//! Descriptions without the HTML that some partners leave in them.

use super::text::one_line;

/// How long a tag may be, in bytes, with its attributes.
const TAG_MAX: usize = 2_000;

/// Whether an element of HTML stands on lines of its own.
pub(super) fn is_block(name: &str) -> bool {
    const BLOCKS: [&str; 16] = [
        "p", "div", "br", "li", "ul", "ol", "dl", "dt", "dd", "h1", "h2", "h3", "h4", "h5", "h6",
        "tr",
    ];
    BLOCKS.contains(&name)
}

/// Text in which tags were sent escaped (`&lt;i&gt;`), without them.
///
/// A `<` that opens no tag, as in `x < 3`, stays.
pub(super) fn without_tags(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        let (before, tag) = rest.split_at(start);
        plain.push_str(before);
        let opens = |it: char| it.is_ascii_alphabetic() || it == '/' || it == '!';
        match tag[..tag.floor_char_boundary(TAG_MAX)].find('>') {
            Some(end) if tag[1..].starts_with(opens) && !tag[1..end].contains('<') => {
                let name: String = tag[1..end]
                    .trim_start_matches('/')
                    .chars()
                    .take_while(char::is_ascii_alphanumeric)
                    .flat_map(char::to_lowercase)
                    .collect();
                if is_block(&name) {
                    plain.push('\n');
                }
                if name == "li" && !tag.starts_with("</") {
                    plain.push_str("- ");
                }
                rest = &tag[end + 1..];
            }
            Some(_) | None => {
                plain.push('<');
                rest = &tag[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
        .replace("&nbsp;", "\u{a0}")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&amp;", "&")
}

/// One line for each paragraph, none empty.
pub(super) fn paragraphs(text: &str) -> String {
    text.lines().map(one_line).filter(|it| !it.is_empty()).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_tags_are_taken_out_and_signs_are_kept() {
        assert_eq!(without_tags("<i>Les Misérables</i>, 1862"), "Les Misérables, 1862");
        assert_eq!(paragraphs(&without_tags("<p>Un</p><P class='x'>Deux")), "Un\nDeux");
        assert_eq!(without_tags("si x < 3 et y > 2"), "si x < 3 et y > 2");
        assert_eq!(without_tags("a <b <i>c</i>"), "a <b c");
        assert_eq!(without_tags("fin <"), "fin <");
    }
}
