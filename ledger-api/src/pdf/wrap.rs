//! Words over as many lines as their column asks for.

use super::font::Font;

/// What stands between words.
const SPACE: u8 = b' ';

/// The lines of encoded `text`, none wider than `room` thousandths of the size.
///
/// A word that is wider than a line is cut where the line ends; no line when there is no word.
pub(super) fn wrap(font: Font, text: &[u8], room: i32) -> Vec<Vec<u8>> {
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for word in text.split(|it| *it == SPACE).filter(|it| !it.is_empty()) {
        if let Some(line) = lines.last_mut() {
            let width = font.measure(line) + font.measure(&[SPACE]) + font.measure(word);
            if width <= room {
                line.push(SPACE);
                line.extend_from_slice(word);
                continue;
            }
        }
        let mut rest = word;
        while !rest.is_empty() {
            let (line, after) = rest.split_at(fitting(font, rest, room));
            lines.push(line.to_vec());
            rest = after;
        }
    }
    lines
}

/// How many letters of `word` stand within `room`: one at least.
fn fitting(font: Font, word: &[u8], room: i32) -> usize {
    let mut width = 0;
    let over = word.iter().position(|letter| {
        width += font.measure(&[*letter]);
        width > room
    });
    over.unwrap_or(word.len()).max(1)
}

/// How wide the widest word of encoded `text` is, in thousandths of the size.
pub(super) fn widest_word(font: Font, text: &[u8]) -> i32 {
    text.split(|it| *it == SPACE).map(|it| font.measure(it)).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::font::encode;
    use super::*;

    fn lines(text: &str, room: i32) -> Vec<String> {
        let lines = wrap(Font::Regular, &encode(text), room);
        lines.iter().map(|it| it.iter().map(|it| char::from(*it)).collect()).collect()
    }

    #[test]
    fn words_stay_whole_when_they_can() {
        assert_eq!(lines("deux mots ici", 4_800), ["deux mots", "ici"]);
        assert_eq!(lines("deux mots ici", 2_300), ["deux", "mots", "ici"]);
        assert_eq!(lines("  deux   mots ", 9_000), ["deux mots"]);
        assert_eq!(lines("   ", 9_000), [""; 0]);
    }

    #[test]
    fn a_sum_is_never_cut_at_its_spaces() {
        assert_eq!(
            lines("dont 1\u{a0}234,50\u{a0}€", 4_900),
            ["dont", "1\u{a0}234,50\u{a0}\u{80}"]
        );
    }

    #[test]
    fn a_word_wider_than_a_line_is_cut_and_none_of_it_lost() {
        let id = "pur_0192f0c41d577f0e9b6a2f307c41d8e9";
        let cut = lines(id, 5_000);
        assert!(cut.len() > 3);
        assert!(cut.iter().all(|it| Font::Regular.measure(&encode(it)) <= 5_000));
        assert_eq!(cut.concat(), id);
        assert_eq!(lines("mm", 1), ["m", "m"]);
    }
}
