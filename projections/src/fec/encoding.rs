//! How the text of the file is written: ISO 8859-15, as is usual, or UTF-8.

/// How the text of a file is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Encoding {
    /// ISO 8859-15; what it has no letter for is written with the nearest one.
    #[default]
    Latin9,
    /// UTF-8.
    Utf8,
}

impl Encoding {
    /// What it is called, as in the type of a file that is sent.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Latin9 => "iso-8859-15",
            Self::Utf8 => "utf-8",
        }
    }

    /// Writes `text` into one column: what would end the column or the line becomes a space.
    pub(super) fn write(self, text: &str, to: &mut Vec<u8>) {
        if text.bytes().all(|it| matches!(it, b' '..=b'{' | b'}' | b'~')) {
            return to.extend_from_slice(text.as_bytes());
        }
        for it in text.chars() {
            match it {
                '|' | '\u{2028}' | '\u{2029}' => to.push(b' '),
                it if it.is_control() => to.push(b' '),
                it if self == Self::Utf8 => {
                    to.extend_from_slice(it.encode_utf8(&mut [0; 4]).as_bytes());
                }
                it => latin9(it, to),
            }
        }
    }
}

/// The nearest letters of U+0100 to U+017F.
const EXTENDED_A: &[u8; 128] =
    b"AaAaAaCcCcCcCcDdDdEeEeEeEeEeGgGgGgGgHhHhIiIiIiIiIiJjJjKkkLlLlLlLlLlNnNnNnnNnOoOoOoOoRrRrRr\
      SsSsSsSsTtTtTtUuUuUuUuUuUuWwYyYZzZzZzs";

fn latin9(it: char, to: &mut Vec<u8>) {
    let code = u32::from(it);
    let near: &[u8] = match it {
        '€' => &[0xa4],
        'Š' => &[0xa6],
        'š' => &[0xa8],
        'Ž' => &[0xb4],
        'ž' => &[0xb8],
        'Œ' => &[0xbc],
        'œ' => &[0xbd],
        'Ÿ' => &[0xbe],
        '¼' => b"1/4",
        '½' => b"1/2",
        '¾' => b"3/4",
        '\u{2018}'..='\u{201b}' | '\u{2bc}' | '\u{2032}' => b"'",
        '\u{201c}'..='\u{201f}' | '\u{2033}' => b"\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => b"-",
        '\u{2026}' => b"...",
        '¤'
        | '¦'
        | '¨'
        | '´'
        | '¸'
        | '\u{2000}'..='\u{200a}'
        | '\u{202f}'
        | '\u{205f}'
        | '\u{3000}' => b" ",
        // Marks that stand on the letter before, and what has no width.
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{feff}' => b"",
        'Ș' => b"S",
        'ș' => b"s",
        'Ț' => b"T",
        'ț' => b"t",
        '\u{100}'..='\u{17f}' => {
            let index = usize::try_from(code - 0x100).unwrap_or_default();
            EXTENDED_A.get(index..=index).unwrap_or(b"?")
        }
        _ => return to.push(u8::try_from(code).unwrap_or(b'?')),
    };
    to.extend_from_slice(near);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> Vec<u8> {
        let mut to = Vec::new();
        Encoding::Latin9.write(text, &mut to);
        to
    }

    #[test]
    fn french_is_written_as_it_is() {
        assert_eq!(written("Œuvré à Noël, 3 €"), b"\xbcuvr\xe9 \xe0 No\xebl, 3 \xa4");
    }

    #[test]
    fn what_the_code_has_no_letter_for_is_written_with_the_nearest_one() {
        assert_eq!(written("L’État – « Ő ł ź ſ Ș »…"), b"L'\xc9tat - \xab O l z s S \xbb...");
        assert_eq!(written("e\u{301} 日 ½"), b"e ? 1/2");
    }

    #[test]
    fn nothing_ends_a_column_or_a_line() {
        assert_eq!(written("a\tb|c\r\nd\u{85}e\u{2028}f"), b"a b c  d e f");
        let mut to = Vec::new();
        Encoding::Utf8.write("Œ\t’|", &mut to);
        assert_eq!(String::from_utf8(to).unwrap(), "Œ ’ ");
    }
}
