//! Messages with short tags, of updates, or longer than memory.

use super::*;

/// `text` with short tags, from the table that reads them.
fn shortened(text: &str) -> String {
    let mut short = text.replace("ONIXMessage", "ONIXmessage");
    for (name, reference) in crate::feed::onix::short::NAMES {
        for (from, to) in [
            (format!("<{reference}>"), format!("<{name}>")),
            (format!("<{reference} "), format!("<{name} ")),
            (format!("</{reference}>"), format!("</{name}>")),
        ] {
            short = short.replace(&from, &to);
        }
    }
    short
}

#[test]
fn short_tags_say_the_same() {
    let long = message(PRODUCT);
    let short = shortened(&long);
    assert!(short.contains("<b031>Énergie") && short.contains("<d104 textformat"));
    assert_eq!(read_text(&short), read_text(&long));
    let code = "<product><a001>ex-2</a001><a002>05</a002></product>";
    let feed = read_text(&shortened(&message(code))).unwrap();
    assert_eq!(feed.withdrawn[0].reference, "ex-2");
}

#[test]
fn an_update_is_taken_when_it_is_a_whole_record() {
    let update = PRODUCT.replace("<NotificationType>03<", "<NotificationType>04<");
    assert_eq!(read_one(&update).offers.len(), 1);
    let (before, rest) = update.split_once("<CollateralDetail>").unwrap();
    let (_, after) = rest.split_once("</CollateralDetail>").unwrap();
    let refused = &read_one(&format!("{before}{after}")).refused[0];
    assert_eq!(refused.reasons[0].rule, Rule::PartialRecord);
    assert_eq!(
        refused.reasons[0].message,
        "notification type 04 without CollateralDetail updates a part of a record: expected the \
         whole record"
    );
}

/// A body that is made as it is read, and never held whole.
struct Endless {
    piece: Vec<u8>,
    from: usize,
    left: usize,
}

impl std::io::Read for Endless {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.from == self.piece.len() {
            let Some(left) = self.left.checked_sub(1) else { return Ok(0) };
            (self.left, self.from) = (left, 0);
            let reference = format!("<RecordReference>{left:06}");
            let start = self.piece.windows(17).position(|it| it == b"<RecordReference>").unwrap();
            self.piece.splice(start..start + reference.len(), reference.into_bytes());
        }
        let length = into.len().min(self.piece.len() - self.from);
        into[..length].copy_from_slice(&self.piece[self.from..self.from + length]);
        self.from += length;
        Ok(length)
    }
}

#[test]
fn products_are_told_as_they_are_read() {
    let whole = message(&PRODUCT.replace("ex-1", "000000"));
    let start = whole.find("<Product>").unwrap();
    let end = whole.find("</Product>").unwrap() + "</Product>".len();
    let pieces =
        Endless { piece: whole.as_bytes()[start..end].to_vec(), from: end - start, left: 2_000 };
    let body = std::io::Read::chain(&whole.as_bytes()[..start], pieces);
    let mut body = std::io::BufReader::new(body);
    let context = crate::feed::Context {
        today: day("2026-09-01"),
        extent: Extent::Changes,
        vocabularies: &crate::vocabularies::Vocabularies::built_in(),
    };
    let mut offers = 0;
    let error = read(&mut body, &context, &mut |it| {
        offers += usize::from(matches!(it, Record::Offer(_)));
    });
    assert_eq!(offers, 2_000, "all told before the end is found missing");
    assert!(error.unwrap_err().to_string().contains("no end of <ONIXMessage>"));
}
