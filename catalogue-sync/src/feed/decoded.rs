//! From bytes in the encoding of a partner's tools to text, as they come.

use std::io::{self, BufRead, Chain, Cursor, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding};

use super::FeedError;

/// How many bytes of text are held at once.
const HELD: usize = 16 * 1_024;

/// A body whose first bytes have been looked at.
pub(crate) type Begun<'b> = Chain<Cursor<Vec<u8>>, &'b mut dyn BufRead>;

/// The first bytes of a body, at most `max`, and the body with them back in front.
pub(crate) fn begun(body: &mut dyn BufRead, max: u64) -> Result<(Vec<u8>, Begun<'_>), FeedError> {
    let mut head = Vec::new();
    (&mut *body).take(max).read_to_end(&mut head).map_err(|it| FeedError::of_io(&it))?;
    Ok((head.clone(), Cursor::new(head).chain(body)))
}

/// A body as UTF-8, whatever it was written in.
pub(crate) struct Decoded<R> {
    body: R,
    decoder: Decoder,
    /// What to say after the place of a byte that is wrong.
    hint: &'static str,
    text: Box<[u8]>,
    /// What of `text` has not been consumed.
    from: usize,
    to: usize,
    /// How many bytes of the body have been read.
    read: usize,
    ended: bool,
    /// What stands after `text`, when it is no text.
    wrong: Option<FeedError>,
}

impl<R: BufRead> Decoded<R> {
    /// `body`, which is written in `encoding`; its byte order mark is left out.
    pub(crate) fn new(body: R, encoding: &'static Encoding, hint: &'static str) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        let text = vec![0; HELD].into_boxed_slice();
        Self { body, decoder, hint, text, from: 0, to: 0, read: 0, ended: false, wrong: None }
    }
}

impl<R: BufRead> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.from == self.to && !self.ended {
            if let Some(wrong) = &self.wrong {
                return Err(io::Error::other(wrong.clone()));
            }
            let bytes = self.body.fill_buf()?;
            let last = bytes.is_empty();
            let (result, read, written) =
                self.decoder.decode_to_utf8_without_replacement(bytes, &mut self.text, last);
            self.body.consume(read);
            self.read += read;
            (self.from, self.to) = (0, written);
            match result {
                DecoderResult::InputEmpty => self.ended = last,
                DecoderResult::OutputFull => {}
                DecoderResult::Malformed(length, after) => {
                    let wrong = self.read.saturating_sub(usize::from(length + after));
                    let name = self.decoder.encoding().name();
                    let message = format!("byte {wrong} is not {name}{}", self.hint);
                    // Told once what stands before has been read, in whatever pieces it comes.
                    self.wrong = Some(FeedError::NotText(message));
                }
            }
        }
        Ok(&self.text[self.from..self.to])
    }

    fn consume(&mut self, amount: usize) {
        self.from = self.to.min(self.from + amount);
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let text = self.fill_buf()?;
        let length = text.len().min(into.len());
        into[..length].copy_from_slice(&text[..length]);
        self.consume(length);
        Ok(length)
    }
}
