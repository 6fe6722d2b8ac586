//! The title and the description of a product, as plain text.

use super::element::{Element, Node};
use super::product::Findings;
use crate::feed::markup::{is_block, paragraphs, without_tags};
use crate::feed::text::{plain, shortened};

/// The most a description may hold, in characters.
const DESCRIPTION_MAX: usize = 20_000;

/// The distinctive title (list 15, type 01), with its subtitle; `None` when there is none.
pub(super) fn title(root: &Element) -> Option<String> {
    let details = root.reach(&["DescriptiveDetail", "TitleDetail"]);
    let detail = details.into_iter().find(|it| it.says("TitleType", "01"))?;
    // List 149: 01 is the product itself; a collection's title alone names no product.
    let elements: Vec<_> = detail.all("TitleElement").collect();
    let element =
        elements.iter().find(|it| it.says("TitleElementLevel", "01")).or(elements.first())?;
    let title = element.value("TitleText").or_else(|| {
        let without = element.value("TitleWithoutPrefix")?;
        Some(match element.value("TitlePrefix") {
            Some(prefix) if prefix.ends_with(['\'', '’']) => format!("{prefix}{without}"),
            Some(prefix) => format!("{prefix} {without}"),
            None => without,
        })
    })?;
    Some(match element.value("Subtitle") {
        Some(subtitle) => format!("{title} : {subtitle}"),
        None => title,
    })
}

/// The longest public description (list 153: 03, else 02, else 05), without its markup.
///
/// One for teachers (list 154: 05) comes before one for all; French before other languages.
pub(super) fn text(root: &Element, findings: &mut Findings) -> String {
    let contents = root.reach(&["CollateralDetail", "TextContent"]);
    let public = |it: &&&Element| {
        let audiences = it.values("ContentAudience");
        audiences.is_empty()
            || audiences.iter().any(|it| matches!(it.as_str(), "00" | "03" | "05" | "06"))
    };
    let best = ["03", "02", "05"].iter().find_map(|wanted| {
        let of_type = contents.iter().filter(|it| it.says("TextType", wanted)).filter(public);
        of_type.min_by_key(|it| !it.says("ContentAudience", "05"))
    });
    let Some(content) = best else { return String::new() };
    let texts: Vec<&Element> = content.all("Text").collect();
    let french = |it: &&&Element| it.language.as_deref() == Some("fre");
    let Some(text) = texts.iter().find(french).or(texts.first()) else { return String::new() };
    let mut plain_text = String::new();
    append(text, &mut plain_text);
    if plain_text.contains('<') {
        plain_text = without_tags(&plain_text);
    }
    let plain_text = paragraphs(&plain(&plain_text));
    if plain_text.chars().count() > DESCRIPTION_MAX {
        findings.remark(text.line, format!("Text: cut to {DESCRIPTION_MAX} characters"));
        return shortened(&plain_text, DESCRIPTION_MAX - 1);
    }
    plain_text
}

/// The text of an element and of all that is in it, with a line end around each block.
fn append(element: &Element, text: &mut String) {
    let block = is_block(&element.name);
    if block {
        text.push('\n');
    }
    if element.name == "li" {
        text.push_str("- ");
    }
    let marked_up = !element.nodes.is_empty() && element.children().next().is_some();
    for node in &element.nodes {
        match node {
            Node::Element(child) => append(child, text),
            // Between blocks, white space is only the file's layout.
            Node::Text(piece) if marked_up && piece.trim().is_empty() => text.push(' '),
            Node::Text(piece) => text.push_str(piece),
        }
    }
    if block {
        text.push('\n');
    }
}
