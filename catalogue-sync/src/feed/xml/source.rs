//! The bytes of a body: counted, limited, and fingerprinted where asked.

use std::io::{self, BufRead, Read};

use ledger_core::digest::Digest;
use sha2::{Digest as _, Sha256};

use super::BYTES_MAX;
use crate::feed::FeedError;
use crate::feed::encoding::Decoding;

/// A body, in UTF-8.
pub(super) struct Source<'b> {
    inner: Decoding<'b>,
    /// The line that has been reached, from 1.
    pub(super) line: usize,
    /// Where the record began.
    record_line: usize,
    /// How many more bytes the record may have.
    left: u64,
    digest: Option<Sha256>,
    /// Why no more could be read.
    failure: Option<FeedError>,
}

impl<'b> Source<'b> {
    pub(super) fn new(inner: Decoding<'b>) -> Self {
        Self { inner, line: 1, record_line: 1, left: BYTES_MAX, digest: None, failure: None }
    }

    pub(super) fn begin_record(&mut self) {
        self.left = BYTES_MAX;
        self.record_line = self.line;
    }

    pub(super) fn begin_digest(&mut self) {
        self.digest = Some(Sha256::new());
    }

    pub(super) fn end_digest(&mut self) -> Digest {
        Digest(self.digest.take().unwrap_or_default().finalize().into())
    }

    /// Why no more could be read; `None` when the fault is in the text itself.
    pub(super) fn failure(&self) -> Option<FeedError> {
        self.failure.clone()
    }
}

impl BufRead for Source<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.left == 0 {
            let failure = FeedError::TooLong {
                line: self.record_line,
                max: usize::try_from(BYTES_MAX).unwrap_or(usize::MAX),
            };
            self.failure = Some(failure);
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        match self.inner.fill_buf() {
            // Never further than the limit.
            Ok(bytes) => {
                let allowed = usize::try_from(self.left).unwrap_or(usize::MAX);
                Ok(&bytes[..bytes.len().min(allowed)])
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Err(error),
            Err(error) => {
                self.failure = Some(FeedError::of_io(&error));
                Err(error)
            }
        }
    }

    fn consume(&mut self, amount: usize) {
        if let Ok(bytes) = self.inner.fill_buf() {
            let taken = &bytes[..amount.min(bytes.len())];
            self.line += taken.split(|it| *it == b'\n').count() - 1;
            if let Some(digest) = &mut self.digest {
                digest.update(taken);
            }
        }
        self.left = self.left.saturating_sub(amount as u64);
        self.inner.consume(amount);
    }
}

impl Read for Source<'_> {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        let bytes = self.fill_buf()?;
        let taken = bytes.len().min(target.len());
        target[..taken].copy_from_slice(&bytes[..taken]);
        self.consume(taken);
        Ok(taken)
    }
}
