//! From bytes to text, in whatever encoding the file says.

use std::io::BufRead;

use encoding_rs::{Encoding, UTF_8};
use quick_xml::Reader;
use quick_xml::encoding::{DetectedEncoding, detect_encoding};
use quick_xml::events::{BytesDecl, Event};

use crate::feed::FeedError;
use crate::feed::decoded::{Begun, Decoded, begun};
use crate::feed::text::shortened;

/// How far an XML declaration may reach.
const DECLARATION_MAX: u64 = 1_024;

/// What helps when a file is not in UTF-8.
const HINT: &str = "; if the file is in another encoding, its XML declaration must say so";

/// A body that is decoded as it comes.
pub(crate) type Decoding<'a> = Decoded<Begun<'a>>;

/// `body` as text: by its byte order mark, else by the encoding it declares, else UTF-8.
///
/// The charset of the HTTP answer is not asked: servers send a default that the file belies.
pub(crate) fn decoded(body: &mut dyn BufRead) -> Result<Decoding<'_>, FeedError> {
    let (head, body) = begun(body, DECLARATION_MAX)?;
    let encoding = encoding(&head)?;
    Ok(Decoded::new(body, encoding, if encoding == UTF_8 { HINT } else { "" }))
}

fn encoding(head: &[u8]) -> Result<&'static Encoding, FeedError> {
    match detect_encoding(head) {
        None => Ok(UTF_8),
        Some(DetectedEncoding::AsciiCompatible) => {
            let declaration = declaration(head);
            let named = declaration.as_ref().and_then(|it| it.encoding()?.ok());
            let encoding = declaration.as_ref().and_then(BytesDecl::encoder);
            if let (Some(name), None) = (&named, encoding) {
                let name = shortened(name, 40);
                return Err(FeedError::NotText(format!("unknown encoding `{name}`")));
            }
            // Written one byte a character, so it is not UTF-16, whatever it says.
            Ok(encoding.filter(|it| it.is_ascii_compatible()).unwrap_or(UTF_8))
        }
        Some(marked) => Ok(marked.encoding()),
    }
}

/// The XML declaration; `None` when there is none.
fn declaration(head: &[u8]) -> Option<BytesDecl<'_>> {
    let end = head.windows(2).position(|it| it == b"?>")? + 2;
    let declaration = std::str::from_utf8(&head[..end]).ok()?;
    match Reader::from_str(declaration).read_event() {
        Ok(Event::Decl(declaration)) => Some(declaration),
        Ok(_) | Err(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Read as _};

    use super::*;

    fn utf16(text: &str, big_endian: bool) -> Vec<u8> {
        let bytes = |it: u16| if big_endian { it.to_be_bytes() } else { it.to_le_bytes() };
        text.encode_utf16().flat_map(bytes).collect()
    }

    /// The text of `bytes`, which come a few at a time.
    fn text(bytes: &[u8]) -> Result<String, FeedError> {
        let mut text = String::new();
        let mut body = BufReader::with_capacity(3, bytes);
        let read = decoded(&mut body)?.read_to_string(&mut text);
        read.map(|_| text).map_err(|it| FeedError::of_io(&it))
    }

    #[test]
    fn a_file_is_read_in_the_encoding_that_it_says() {
        let long = "é".repeat(2_000);
        let said = format!("<?xml version='1.0' encoding='UTF-16'?><é>{long}</é>");
        assert_eq!(text(&utf16(&format!("\u{feff}{said}"), true)).unwrap(), said);
        assert_eq!(text(&utf16(&format!("\u{feff}{said}"), false)).unwrap(), said);
        assert_eq!(text(&utf16(&said, false)).unwrap(), said, "no byte order mark");
        assert_eq!(text("\u{feff}<é/>".as_bytes()).unwrap(), "<é/>");
        assert_eq!(text("<é/>".as_bytes()).unwrap(), "<é/>");
        let latin = b"<?xml version='1.0'   encoding='iso-8859-1'?><\xe9/>";
        assert_eq!(text(latin).unwrap(), "<?xml version='1.0'   encoding='iso-8859-1'?><é/>");
    }

    #[test]
    fn a_file_in_another_encoding_than_it_says_is_refused() {
        let said = |bytes: &[u8]| text(bytes).unwrap_err().to_string();
        assert!(said(b"<\xe9/>").starts_with("not text: byte 1 is not UTF-8"));
        assert!(said(b"<?xml version='1.0' encoding='UTF-8'?><\xe9/>").contains("byte 39"));
        assert!(said(b"<?xml version='1.0' encoding='klingon'?><a/>").contains("`klingon`"));
        assert!(said(b"<?xml version='1.0' encoding='UTF-16'?><\xe9/>").contains("not UTF-8"));
        assert!(said(b"\xff\xfe<\0a\0>").contains("not UTF-16LE"));
    }
}
