//! From bytes to text, in the encoding that the file says, when it is one that banks use.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::encoding::{DetectedEncoding, decode, detect_encoding};
use quick_xml::events::{BytesDecl, Event};

use super::ReadError;
use super::xml::FILE_BYTES_MAX;

/// How far an XML declaration may reach.
const DECLARATION_MAX: usize = 1_024;

/// The encodings that are taken, by the names of the WHATWG: its windows-1252 reads ISO-8859-1 and
/// US-ASCII too.
const TAKEN: [&str; 5] = ["UTF-8", "UTF-16LE", "UTF-16BE", "windows-1252", "ISO-8859-15"];

/// The text of `bytes`: by their byte order mark, else by the encoding they declare, else UTF-8.
pub(super) fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, ReadError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(ReadError::TooLarge { bytes: bytes.len(), max: FILE_BYTES_MAX });
    }
    let detected = detect_encoding(bytes);
    let (skipped, encoding) = match &detected {
        None => (0, None),
        Some(DetectedEncoding::AsciiCompatible) => {
            let declaration = declaration(bytes);
            let named = declaration.as_ref().and_then(|it| it.encoding()?.ok());
            let encoding = declaration.as_ref().and_then(BytesDecl::encoder);
            let taken = encoding.is_some_and(|it| TAKEN.contains(&it.name()));
            if let (Some(name), false) = (&named, taken) {
                let name: String = name.chars().take(40).collect();
                let found = format!("le fichier annonce l’encodage `{name}`");
                return Err(ReadError::NotText { line: 1, found });
            }
            // Written one byte a character, so it is not UTF-16, whatever it says.
            (0, encoding.filter(|it| it.is_ascii_compatible()))
        }
        Some(marked) => (marked.bom_len(), Some(marked.encoding())),
    };
    let body = &bytes[skipped..];
    let text = match encoding {
        Some(encoding) if encoding.name() != "UTF-8" => {
            decode(body, encoding).map_err(|_| ReadError::NotText {
                line: 1,
                found: format!("le fichier annonce {} mais n’en est pas", encoding.name()),
            })?
        }
        Some(_) | None => Cow::Borrowed(std::str::from_utf8(body).map_err(|error| {
            let line = line_at(body, error.valid_up_to());
            let byte = body.get(error.valid_up_to()).copied().unwrap_or_default();
            ReadError::NotText {
                line, found: format!("l’octet {byte:02X} n’est pas de l’UTF-8")
            }
        })?),
    };
    match text.bytes().position(|it| it < b' ' && !matches!(it, b'\t' | b'\n' | b'\r')) {
        None => Ok(text),
        Some(place) => {
            let found = format!("il y a un caractère de contrôle {:02X}", text.as_bytes()[place]);
            Err(ReadError::NotText { line: line_at(text.as_bytes(), place), found })
        }
    }
}

/// The line of the byte at `place`, from 1.
fn line_at(text: &[u8], place: usize) -> usize {
    text[..place].split(|it| *it == b'\n').count()
}

/// The XML declaration; `None` when there is none.
fn declaration(bytes: &[u8]) -> Option<BytesDecl<'_>> {
    let start = &bytes[..bytes.len().min(DECLARATION_MAX)];
    let end = start.windows(2).position(|it| it == b"?>")? + 2;
    let declaration = std::str::from_utf8(&start[..end]).ok()?;
    match Reader::from_str(declaration).read_event() {
        Ok(Event::Decl(declaration)) => Some(declaration),
        Ok(_) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
        let bytes = |it: u16| if big_endian { it.to_be_bytes() } else { it.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn a_file_is_read_in_the_encoding_that_it_says() {
        let text = "<?xml version='1.0' encoding='UTF-16'?><é/>";
        assert_eq!(decoded(&utf16(&format!("\u{feff}{text}"), true)).unwrap(), text);
        assert_eq!(decoded(&utf16(&format!("\u{feff}{text}"), false)).unwrap(), text);
        assert_eq!(decoded(&utf16(text, false)).unwrap(), text, "no byte order mark");
        assert_eq!(decoded("\u{feff}<é/>".as_bytes()).unwrap(), "<é/>");
        assert_eq!(decoded("<é/>".as_bytes()).unwrap(), "<é/>");
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><\xe9/>";
        assert!(decoded(latin).unwrap().ends_with("<é/>"));
        let latin = b"<?xml version='1.0' encoding='ISO-8859-15'?><a>\xa4\xbd</a>";
        assert!(decoded(latin).unwrap().ends_with("<a>€œ</a>"));
    }

    #[test]
    fn a_file_in_another_encoding_than_it_says_is_refused_with_its_line() {
        let said = |bytes: &[u8]| decoded(bytes).unwrap_err().to_string();
        assert!(
            said(b"<a>\n\xe9</a>").starts_with(
                "ligne 2\u{a0}: l’octet E9 n’est pas de l’UTF-8\u{a0}; attendu\u{a0}: "
            )
        );
        assert!(
            said(b"<?xml version='1.0' encoding='UTF-8'?>\n<\xe9/>").starts_with("ligne 2\u{a0}: ")
        );
        assert!(said(b"<?xml version='1.0' encoding='klingon'?><a/>").contains("`klingon`"));
        assert!(said(b"<?xml version='1.0' encoding='Shift_JIS'?><a/>").contains("`Shift_JIS`"));
        assert!(
            said(b"<?xml version='1.0' encoding='UTF-16'?><\xe9/>")
                .contains("n’est pas de l’UTF-8")
        );
        let odd = utf16("\u{feff}<a/>", false);
        assert!(
            said(&odd[..odd.len() - 1]).contains("le fichier annonce UTF-16LE mais n’en est pas")
        );
        assert!(
            said(b"<a>\n\n\x00</a>")
                .starts_with("ligne 3\u{a0}: il y a un caractère de contrôle 00")
        );
    }
}
