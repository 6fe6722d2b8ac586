//! Why a message from the bank is refused: where, what was found, what would be right.

use compact_str::CompactString;

/// Why a message is refused, whole; worded for those who sent it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("line 1: the file is empty: expected {expected}")]
    Empty {
        /// Which messages are taken.
        expected: &'static str,
    },
    /// Beyond [`FILE_BYTES_MAX`](super::FILE_BYTES_MAX).
    #[error("line 1: the file has {bytes} bytes: expected at most {max}; ask for shorter periods")]
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// How many are taken.
        max: usize,
    },
    /// The bytes are not text in the encoding that the file says.
    #[error(
        "line {line}: {found}: expected UTF-8, or ISO-8859-1, ISO-8859-15, Windows-1252 or UTF-16 \
         when the first line of the file says so"
    )]
    NotText {
        /// Where.
        line: usize,
        /// What is there.
        found: String,
    },
    /// Another message, or no message.
    #[error("line {line}: this is {found}: expected {expected}")]
    NotThisMessage {
        /// Where its root is.
        line: usize,
        /// What it is.
        found: String,
        /// Which messages are taken.
        expected: &'static str,
    },
    /// It declares entities or a schema of its own, as no bank does.
    #[error("line {line}: a DOCTYPE is there: expected a bank's message, which has none")]
    Doctype {
        /// Where.
        line: usize,
    },
    /// Not well-formed XML.
    #[error("line {line}: {found}: expected well-formed XML, as the bank sent it")]
    Malformed {
        /// Where.
        line: usize,
        /// What is there.
        found: String,
    },
    /// The end is missing.
    #[error(
        "line {line}: the file is cut off inside <{inside}>, which begins on line {since}: \
         expected the whole file; fetch it again"
    )]
    CutOff {
        /// Where it ends.
        line: usize,
        /// Which element is not closed.
        inside: CompactString,
        /// Where that one begins.
        since: usize,
    },
    /// Elements within elements, beyond [`DEPTH_MAX`](super::DEPTH_MAX).
    #[error("line {line}: more than {max} elements within one another: expected at most 15")]
    TooDeep {
        /// Where.
        line: usize,
        /// How many are read.
        max: usize,
    },
    /// Beyond [`ELEMENTS_MAX`](super::ELEMENTS_MAX).
    #[error("line {line}: more than {max} elements in <{inside}>: expected smaller entries")]
    TooMany {
        /// Where the element begins.
        line: usize,
        /// In which one they are.
        inside: CompactString,
        /// How many are read.
        max: usize,
    },
    /// An element that has to be there is not.
    #[error("line {line}: <{inside}> has no {missing}: expected {expected}")]
    Missing {
        /// Where the element that lacks it begins.
        line: usize,
        /// Which element lacks it.
        inside: CompactString,
        /// What it lacks, as a path of elements.
        missing: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// An element says what it may not.
    #[error("line {line}: <{element}> is {found}: expected {expected}")]
    Wrong {
        /// Where.
        line: usize,
        /// Which one.
        element: CompactString,
        /// What it says.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The entries do not lead from one balance to the other.
    #[error(
        "line {line}: statement {statement} does not balance: opening {} and booked entries {} \
         make {}, but its closing balance is {}, which is {} too {}: \
         expected every booked entry of the period, each once",
        euros(*opening), euros(*booked), euros(opening + booked), euros(*closing),
        euros((closing - opening - booked).abs()),
        if *closing > opening + booked { "much" } else { "little" }
    )]
    Unbalanced {
        /// Where the closing balance is.
        line: usize,
        /// Which statement.
        statement: CompactString,
        /// The opening balance in cents, below zero when overdrawn.
        opening: i128,
        /// The booked entries together, in cents: credits less debits.
        booked: i128,
        /// The closing balance, as the opening one.
        closing: i128,
    },
}

impl ReadError {
    /// The line that is wrong, from 1.
    pub fn line(&self) -> usize {
        match self {
            Self::Empty { .. } | Self::TooLarge { .. } => 1,
            Self::NotText { line, .. }
            | Self::NotThisMessage { line, .. }
            | Self::Doctype { line }
            | Self::Malformed { line, .. }
            | Self::CutOff { line, .. }
            | Self::TooDeep { line, .. }
            | Self::TooMany { line, .. }
            | Self::Missing { line, .. }
            | Self::Wrong { line, .. }
            | Self::Unbalanced { line, .. } => *line,
        }
    }
}

/// `-1234.56 EUR`: as the file writes it, so that it can be looked for.
fn euros(cents: i128) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    let cents = cents.unsigned_abs();
    format!("{sign}{}.{:02} EUR", cents / 100, cents % 100)
}
