//! From bytes to text, in whatever encoding the file says.

use std::borrow::Cow;
use std::io::{BufRead, Chain, Cursor, Read};

use quick_xml::Reader;
use quick_xml::encoding::{DecodingReader, DetectedEncoding, decode, detect_encoding};
use quick_xml::events::{BytesDecl, Event};

use crate::feed::FeedError;
use crate::feed::text::shortened;

/// How far an XML declaration may reach.
const DECLARATION_MAX: usize = 1_024;

/// A body that is decoded as it comes.
pub(crate) type Decoding<'a> = DecodingReader<Chain<Cursor<Vec<u8>>, &'a mut dyn BufRead>>;

/// `body` as UTF-8, decoded as it is read; see [`decoded`] for how its encoding is found.
pub(crate) fn decoding(body: &mut dyn BufRead) -> Result<Decoding<'_>, FeedError> {
    let mut start = Vec::with_capacity(DECLARATION_MAX);
    (&mut *body)
        .take(DECLARATION_MAX as u64)
        .read_to_end(&mut start)
        .map_err(|error| FeedError::NotText(error.to_string()))?;
    let encoding = match detect_encoding(&start) {
        Some(DetectedEncoding::AsciiCompatible) => {
            declaration(&start)?.as_ref().and_then(BytesDecl::encoder)
        }
        Some(_) | None => None,
    };
    let mut reader = DecodingReader::new(Cursor::new(start).chain(body));
    // Written one byte a character, so it is not UTF-16, whatever it says.
    if let Some(encoding) = encoding.filter(|it| it.is_ascii_compatible()) {
        reader.set_encoding(encoding);
    }
    Ok(reader)
}

/// The text of `bytes`: by their byte order mark, else by the encoding they declare, else UTF-8.
///
/// The charset of the HTTP answer is not asked: servers send a default that the file belies.
pub(crate) fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, FeedError> {
    let detected = detect_encoding(bytes);
    let (skipped, encoding) = match &detected {
        None => (0, None),
        Some(DetectedEncoding::AsciiCompatible) => {
            let encoding = declaration(bytes)?.as_ref().and_then(BytesDecl::encoder);
            // Written one byte a character, so it is not UTF-16, whatever it says.
            (0, encoding.filter(|it| it.is_ascii_compatible()))
        }
        Some(marked) => (marked.bom_len(), Some(marked.encoding())),
    };
    let bytes = &bytes[skipped..];
    match encoding {
        Some(encoding) if encoding.name() != "UTF-8" => {
            decode(bytes, encoding).map_err(|error| FeedError::NotText(error.to_string()))
        }
        Some(_) | None => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Cow::Borrowed(text)),
            Err(error) => Err(FeedError::NotText(format!(
                "byte {} is not UTF-8; if the file is in another encoding, its XML declaration \
                 must say so",
                skipped + error.valid_up_to()
            ))),
        },
    }
}

/// The XML declaration; `None` when there is none, an error when it names no known encoding.
fn declaration(bytes: &[u8]) -> Result<Option<BytesDecl<'_>>, FeedError> {
    let start = &bytes[..bytes.len().min(DECLARATION_MAX)];
    let end = start.windows(2).position(|it| it == b"?>").map(|it| it + 2);
    let text = end.and_then(|it| std::str::from_utf8(&start[..it]).ok());
    let Some(Ok(Event::Decl(declaration))) = text.map(|it| Reader::from_str(it).read_event())
    else {
        return Ok(None);
    };
    if let (Some(Ok(name)), None) = (declaration.encoding(), declaration.encoder()) {
        return Err(FeedError::NotText(format!("unknown encoding `{}`", shortened(&name, 40))));
    }
    Ok(Some(declaration))
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
        let latin = b"<?xml version='1.0'   encoding='iso-8859-1'?><\xe9/>";
        assert_eq!(decoded(latin).unwrap(), "<?xml version='1.0'   encoding='iso-8859-1'?><é/>");
    }

    #[test]
    fn a_file_in_another_encoding_than_it_says_is_refused() {
        let said = |bytes: &[u8]| decoded(bytes).unwrap_err().to_string();
        assert!(said(b"<\xe9/>").starts_with("not text: byte 1 is not UTF-8"));
        assert!(said(b"<?xml version='1.0' encoding='UTF-8'?><\xe9/>").contains("byte 39"));
        assert!(said(b"<?xml version='1.0' encoding='klingon'?><a/>").contains("`klingon`"));
        assert!(said(b"<?xml version='1.0' encoding='UTF-16'?><\xe9/>").contains("not UTF-8"));
    }

    #[test]
    fn a_body_is_decoded_alike_as_it_comes() {
        let text = "<?xml version='1.0' encoding='iso-8859-1'?><é/>";
        let latin = b"<?xml version='1.0' encoding='iso-8859-1'?><\xe9/>".to_vec();
        let marked = utf16(&format!("\u{feff}{text}"), true);
        for bytes in [latin, marked, utf16(text, false)] {
            for step in [1, 7, 4_096] {
                let mut body = std::io::BufReader::with_capacity(step, &*bytes);
                let mut read = String::new();
                decoding(&mut body).unwrap().read_to_string(&mut read).unwrap();
                assert_eq!(read, text);
            }
        }
        let mut unknown = &b"<?xml version='1.0' encoding='klingon'?><a/>"[..];
        assert!(decoding(&mut unknown).is_err());
    }
}
