//! Cuts a stream of bytes into lines, keeping one line at most in memory.

/// The longest line that is read, in bytes; a right one has about sixty.
pub const LINE_MAX: usize = 4096;

/// Cuts bytes into lines as they come.
#[derive(Debug, Default)]
pub struct Lines {
    /// The beginning of a line whose end has not come.
    begun: Vec<u8>,
    too_long: bool,
}

/// A line was longer than [`LINE_MAX`]; its bytes are gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl Lines {
    /// Takes `bytes` in; gives each line that ends there to `each`, without its end.
    pub fn push(&mut self, bytes: &[u8], mut each: impl FnMut(Result<&[u8], TooLong>)) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|it| *it == b'\n') {
            let (line, after) = (&rest[..end], &rest[end + 1..]);
            rest = after;
            if self.begun.is_empty() && !self.too_long && line.len() <= LINE_MAX {
                each(Ok(without_return(line)));
            } else {
                self.keep(line);
                self.end(&mut each);
            }
        }
        self.keep(rest);
    }

    /// Nothing more comes: gives the last line, if it had no end.
    pub fn finish(mut self, mut each: impl FnMut(Result<&[u8], TooLong>)) {
        if !self.begun.is_empty() || self.too_long {
            self.end(&mut each);
        }
    }

    fn keep(&mut self, bytes: &[u8]) {
        if self.too_long || self.begun.len() + bytes.len() > LINE_MAX {
            self.too_long = true;
            self.begun.clear();
        } else {
            self.begun.extend_from_slice(bytes);
        }
    }

    fn end(&mut self, each: &mut impl FnMut(Result<&[u8], TooLong>)) {
        each(if self.too_long { Err(TooLong) } else { Ok(without_return(&self.begun)) });
        self.begun.clear();
        self.too_long = false;
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &[u8], piece: usize) -> Vec<Result<Vec<u8>, TooLong>> {
        let (mut lines, mut seen) = (Lines::default(), Vec::new());
        for piece in text.chunks(piece) {
            lines.push(piece, |it| seen.push(it.map(<[u8]>::to_vec)));
        }
        lines.finish(|it| seen.push(it.map(<[u8]>::to_vec)));
        seen
    }

    #[test]
    fn lines_are_the_same_however_the_bytes_come() {
        let long = "a".repeat(LINE_MAX + 1);
        let fits = "b".repeat(LINE_MAX - 1);
        let text = format!("one\r\ntwo\n\n{long}\n{fits}\nlast");
        let whole = cut(text.as_bytes(), text.len());
        let line = |text: &str| Ok(text.as_bytes().to_vec());
        let expected =
            [line("one"), line("two"), line(""), Err(TooLong), line(&fits), line("last")];
        assert_eq!(whole, expected);
        for piece in [1, 2, 7, 4096, 5000] {
            assert_eq!(cut(text.as_bytes(), piece), whole, "{piece}");
        }
        assert_eq!(cut(b"", 1), []);
        assert_eq!(cut(b"a\n", 1), [line("a")]);
    }
}
