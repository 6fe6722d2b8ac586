//! The text of an XML file, whatever it is encoded in: as its byte-order mark or its declaration
//! says, and nothing else.

use encoding_rs::Encoding;

use super::FileError;

/// How far the declaration is looked for.
const DECLARATION_MAX: usize = 200;

/// The text of `bytes`, its declaration saying UTF-8 or nothing.
pub(super) fn text(bytes: &[u8]) -> Result<String, FileError> {
    if bytes.is_empty() {
        return Err(FileError::new(
            "le fichier est vide",
            "envoyez le fichier XML reçu de la banque",
        ));
    }
    let (encoding, bytes) = match Encoding::for_bom(bytes) {
        Some((encoding, length)) => (encoding, &bytes[length..]),
        None => (declared(bytes)?, bytes),
    };
    let (text, malformed) = encoding.decode_without_bom_handling(bytes);
    if malformed {
        let what = format!("le fichier n’est pas écrit en {} comme il le dit", encoding.name());
        let expected = "demandez à la banque un fichier dont l’encodage est celui qu’il déclare";
        return Err(FileError::new(what, expected));
    }
    Ok(without_encoding(&text))
}

/// The encoding that the declaration names; UTF-8 when it names none.
fn declared(bytes: &[u8]) -> Result<&'static Encoding, FileError> {
    let head = &bytes[..bytes.len().min(DECLARATION_MAX)];
    let head = String::from_utf8_lossy(head);
    let Some(declaration) = head.trim_start().strip_prefix("<?xml") else {
        return Ok(encoding_rs::UTF_8);
    };
    let declaration = declaration.split("?>").next().unwrap_or_default();
    let Some((_, rest)) = declaration.split_once("encoding") else {
        return Ok(encoding_rs::UTF_8);
    };
    let mut quoted = rest.splitn(3, ['"', '\'']);
    let label = quoted.nth(1).unwrap_or_default();
    Encoding::for_label(label.as_bytes()).ok_or_else(|| {
        let what = format!("l’encodage `{label}` n’est pas connu");
        FileError::new(what, "UTF-8, ISO-8859-1, ISO-8859-15, Windows-1252 ou UTF-16")
    })
}

/// The same text, whose declaration names no encoding: it is not the one of the bytes any more.
fn without_encoding(text: &str) -> String {
    let trimmed = text.trim_start();
    match trimmed.strip_prefix("<?xml").and_then(|it| it.split_once("?>")) {
        Some((_, rest)) => format!("<?xml version=\"1.0\"?>{rest}"),
        None => trimmed.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_encoding_is_read_as_it_says() {
        let french = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>é</a>";
        let mut latin: Vec<u8> =
            french.chars().map(|it| u8::try_from(it as u32).unwrap()).collect();
        assert!(text(&latin).unwrap().ends_with("<a>é</a>"));
        let mut utf16: Vec<u8> = vec![0xff, 0xfe];
        utf16.extend("<?xml version=\"1.0\"?><a>é</a>".encode_utf16().flat_map(u16::to_le_bytes));
        assert!(text(&utf16).unwrap().ends_with("<a>é</a>"));
        assert!(text("\u{feff}<a>é</a>".as_bytes()).unwrap().ends_with("<a>é</a>"));
        latin.truncate(0);
        assert!(text(&latin).unwrap_err().what.contains("vide"));
    }

    #[test]
    fn a_file_that_lies_about_its_encoding_is_refused() {
        let latin = b"<?xml version=\"1.0\" encoding=\"UTF-8\"?><a>\xe9</a>";
        assert!(text(latin).unwrap_err().what.contains("UTF-8"));
        let unknown = b"<?xml version=\"1.0\" encoding=\"klingon\"?><a/>";
        assert!(text(unknown).unwrap_err().expected.contains("ISO-8859-1"));
    }
}
