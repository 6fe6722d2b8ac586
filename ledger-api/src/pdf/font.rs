//! The two fonts that every reader of PDF has: how wide each letter is, and how it is written.
//!
//! Widths are those of Adobe's metrics of the standard fonts, in thousandths of the size.

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Font {
    Regular,
    Bold,
}

/// The first letter of the tables of widths; the last one is 255.
pub(super) const FIRST: u8 = 32;

impl Font {
    /// What it is called.
    pub(super) const fn name(self) -> &'static [u8] {
        match self {
            Self::Regular => b"Helvetica",
            Self::Bold => b"Helvetica-Bold",
        }
    }

    /// What pages call it.
    pub(super) const fn key(self) -> &'static [u8] {
        match self {
            Self::Regular => b"R",
            Self::Bold => b"B",
        }
    }

    /// How wide each letter is from [`FIRST`] on, in thousandths of the size.
    pub(super) const fn widths(self) -> &'static [u16; 224] {
        match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        }
    }

    /// How wide encoded `text` is, in thousandths of the size.
    pub(super) fn measure(self, text: &[u8]) -> i32 {
        let width = |it: &u8| {
            let at = it.checked_sub(FIRST).map(usize::from);
            at.and_then(|at| self.widths().get(at)).copied().map_or(0, i32::from)
        };
        text.iter().map(width).fold(0, i32::saturating_add)
    }
}

/// `text` in the fonts' encoding (Windows-1252); what it lacks is written with what it has.
pub(super) fn encode(text: &str) -> Vec<u8> {
    let mut encoded = Vec::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            ' '..='~' => encoded.push(letter as u8),
            '\t' | '\n' | '\r' | '\u{2002}'..='\u{2006}' | '\u{2008}'..='\u{200a}' => {
                encoded.push(b' ');
            }
            '\u{2007}' | '\u{202f}' => encoded.push(0xa0),
            '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => {}
            '\u{a0}'..='\u{ff}' => encoded.extend(u8::try_from(u32::from(letter))),
            '\u{300}'..='\u{36f}' => accented(&mut encoded, letter),
            _ if letter.is_control() => {}
            _ => match HIGH.iter().find(|it| it.0 == letter) {
                Some((_, code)) => encoded.push(*code),
                None => encoded.extend(written(letter).bytes()),
            },
        }
    }
    encoded
}

/// Puts an accent that stands apart over the letter before it; leaves out one that has no place.
fn accented(encoded: &mut [u8], accent: char) {
    let Some(letter) = encoded.last_mut() else { return };
    let over = OVER.iter().find(|it| it.0 == accent);
    let Some((_, bare, whole)) = over else { return };
    if let Some(at) = bare.bytes().position(|it| it == *letter)
        && let Some(composed) = whole.chars().nth(at)
    {
        *letter = u8::try_from(u32::from(composed)).unwrap_or(*letter);
    }
}

/// A letter that the encoding lacks, with letters that it has.
fn written(letter: char) -> &'static str {
    LATIN
        .iter()
        .chain(&SIGNS)
        .find(|(letters, _)| letters.contains(letter))
        .map_or("?", |(_, written)| written)
}

/// What Windows-1252 has in place of control codes.
#[rustfmt::skip]
const HIGH: [(char, u8); 27] = [
    ('€', 0x80), ('‚', 0x82), ('ƒ', 0x83), ('„', 0x84), ('…', 0x85), ('†', 0x86), ('‡', 0x87),
    ('ˆ', 0x88), ('‰', 0x89), ('Š', 0x8a), ('‹', 0x8b), ('Œ', 0x8c), ('Ž', 0x8e), ('‘', 0x91),
    ('’', 0x92), ('“', 0x93), ('”', 0x94), ('•', 0x95), ('–', 0x96), ('—', 0x97), ('˜', 0x98),
    ('™', 0x99), ('š', 0x9a), ('›', 0x9b), ('œ', 0x9c), ('ž', 0x9e), ('Ÿ', 0x9f),
];

/// An accent, the letters that take it, and how they are then.
const OVER: [(char, &str, &str); 6] = [
    ('\u{300}', "aeiouAEIOU", "àèìòùÀÈÌÒÙ"),
    ('\u{301}', "aeiouyAEIOUY", "áéíóúýÁÉÍÓÚÝ"),
    ('\u{302}', "aeiouAEIOU", "âêîôûÂÊÎÔÛ"),
    ('\u{303}', "anoANO", "ãñõÃÑÕ"),
    ('\u{308}', "aeiouyAEIOU", "äëïöüÿÄËÏÖÜ"),
    ('\u{327}', "cC", "çÇ"),
];

/// Names of people and places from elsewhere in Europe.
#[rustfmt::skip]
const LATIN: [(&str, &str); 38] = [
    ("āăą", "a"), ("ĀĂĄ", "A"), ("ćĉċč", "c"), ("ĆĈĊČ", "C"), ("ďđ", "d"), ("ĎĐ", "D"),
    ("ēĕėęě", "e"), ("ĒĔĖĘĚ", "E"), ("ĝğġģ", "g"), ("ĜĞĠĢ", "G"), ("ĥħ", "h"), ("ĤĦ", "H"),
    ("ĩīĭįı", "i"), ("ĨĪĬĮİ", "I"), ("ĵ", "j"), ("Ĵ", "J"), ("ķ", "k"), ("Ķ", "K"),
    ("ĺļľł", "l"), ("ĹĻĽŁ", "L"), ("ńņňŋ", "n"), ("ŃŅŇŊ", "N"), ("ōŏő", "o"), ("ŌŎŐ", "O"),
    ("ŕŗř", "r"), ("ŔŖŘ", "R"), ("śŝşș", "s"), ("ŚŜŞȘ", "S"), ("ţťŧț", "t"), ("ŢŤŦȚ", "T"),
    ("ũūŭůűų", "u"), ("ŨŪŬŮŰŲ", "U"), ("ŵ", "w"), ("Ŵ", "W"), ("ŷ", "y"), ("Ŷ", "Y"),
    ("źż", "z"), ("ŹŻ", "Z"),
];

/// Signs that labels are written with.
#[rustfmt::skip]
const SIGNS: [(&str, &str); 16] = [
    ("→⇒➜", "->"), ("←⇐", "<-"), ("↔", "<->"), ("≤", "<="), ("≥", ">="), ("≠", "<>"),
    ("−‐‑‒―", "-"), ("′", "'"), ("″", "\""), ("ﬁ", "fi"), ("ﬂ", "fl"), ("№", "n°"),
    ("✓✔", "x"), ("⁄", "/"), ("∙⋅", "-"), ("₂", "2"),
];

#[rustfmt::skip]
const REGULAR: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, 350,
    556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
    350, 222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667,
    278, 333, 556, 556, 556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 556, 537, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    667, 667, 667, 667, 667, 667, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];

#[rustfmt::skip]
const BOLD: [u16; 224] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611,
    975, 722, 722, 722, 722, 667, 611, 778, 722, 278, 556, 722, 611, 833, 722, 778,
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 333, 278, 333, 584, 556,
    333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889, 611, 611,
    611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584, 350,
    556, 350, 278, 556, 500, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350,
    350, 278, 278, 500, 500, 350, 556, 1000, 333, 1000, 556, 333, 944, 350, 500, 667,
    278, 333, 556, 556, 556, 556, 280, 556, 333, 737, 370, 556, 584, 333, 737, 333,
    400, 584, 333, 333, 333, 611, 556, 278, 333, 333, 365, 556, 834, 834, 834, 611,
    722, 722, 722, 722, 722, 722, 1000, 722, 667, 667, 667, 667, 278, 278, 278, 278,
    722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722, 667, 667, 611,
    556, 556, 556, 556, 556, 556, 889, 556, 556, 556, 556, 556, 278, 278, 278, 278,
    611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611, 611, 556, 611, 556,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn french_is_written_as_it_is() {
        let encoded = encode("« L’été à 1\u{202f}234,50\u{a0}€ » œuvre…");
        let expected = b"\xab L\x92\xe9t\xe9 \xe0 1\xa0234,50\xa0\x80 \xbb \x9cuvre\x85".to_vec();
        assert_eq!(encoded, expected);
    }

    #[test]
    fn what_the_fonts_lack_is_written_with_what_they_have() {
        assert_eq!(encode("Łódź → ≤ −5"), b"L\xf3dz -> <= -5");
        assert_eq!(encode("e\u{301}te\u{301}, c\u{327}a"), b"\xe9t\xe9, \xe7a");
        assert_eq!(encode("日本\u{7}"), b"??");
    }

    #[test]
    fn every_figure_is_as_wide_as_another() {
        for font in [Font::Regular, Font::Bold] {
            for figure in b'0'..=b'9' {
                assert_eq!(font.measure(&[figure]), 556);
            }
        }
    }

    #[test]
    fn a_line_is_as_wide_as_its_letters() {
        assert_eq!(Font::Regular.measure(&encode("1,00\u{a0}€")), 3 * 556 + 278 + 278 + 556);
        assert_eq!(Font::Bold.measure(&encode("Wi")), 944 + 278);
    }
}
