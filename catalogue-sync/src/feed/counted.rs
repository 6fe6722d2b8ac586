//! A body whose lines are counted, and of which no record may be larger than any honest one.

use std::io::{self, BufRead, Read};

use super::FeedError;

/// A body being read, record after record.
pub(super) struct Counted<R> {
    body: R,
    line: usize,
    /// Where the record begins, and how many bytes of it have been read.
    begun: usize,
    read: usize,
    max: usize,
}

impl<R: BufRead> Counted<R> {
    /// `body`, of which a record is at most `max` bytes.
    pub(super) const fn new(body: R, max: usize) -> Self {
        Self { body, line: 1, begun: 1, read: 0, max }
    }

    /// The line that has been reached, from 1.
    pub(super) const fn line(&self) -> usize {
        self.line
    }

    /// Another record begins.
    pub(super) const fn begin(&mut self) {
        (self.begun, self.read) = (self.line, 0);
    }
}

impl<R: BufRead> BufRead for Counted<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.read > self.max {
            let (line, max) = (self.begun, self.max);
            return Err(io::Error::other(FeedError::TooLong { line, max }));
        }
        self.body.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        if amount == 0 {
            return;
        }
        // What is consumed is still there: no reading happens here.
        let consumed =
            self.body.fill_buf().ok().and_then(|it| it.get(..amount)).unwrap_or_default();
        self.line += consumed.split(|it| *it == b'\n').count() - 1;
        self.read = self.read.saturating_add(amount);
        self.body.consume(amount);
    }
}

impl<R: BufRead> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let length = bytes.len().min(into.len());
        into[..length].copy_from_slice(&bytes[..length]);
        self.consume(length);
        Ok(length)
    }
}
