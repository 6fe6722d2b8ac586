//! An answer's body: in memory when it is small, in a file when it is not.

use std::io::{self, BufReader, Read, Seek, Write};

use tempfile::SpooledTempFile;

/// Beyond so many bytes it goes to a file, which is deleted with it.
const IN_MEMORY: usize = 1 << 20;

/// An answer's body, whole.
#[derive(Debug)]
pub struct Body {
    file: SpooledTempFile,
    length: usize,
}

impl Default for Body {
    fn default() -> Self {
        Self { file: SpooledTempFile::new(IN_MEMORY), length: 0 }
    }
}

impl Body {
    /// How many bytes it holds.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether it holds none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Adds what has come.
    pub fn add(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.length += bytes.len();
        Ok(())
    }

    /// Reads it from its beginning.
    pub fn reader(&mut self) -> io::Result<BufReader<impl Read + '_>> {
        self.file.rewind()?;
        Ok(BufReader::with_capacity(64 << 10, &mut self.file))
    }
}
