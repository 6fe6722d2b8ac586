//! Why a message from the bank is refused: where, what was found, what would be right.

use compact_str::CompactString;

use crate::format::grouped;

/// Why a message is refused, whole; worded for the accountant who brought it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// Nothing in it.
    #[error("ligne 1\u{a0}: le fichier est vide\u{a0}; attendu\u{a0}: {expected}")]
    Empty {
        /// Which messages are taken.
        expected: &'static str,
    },
    /// Beyond [`FILE_BYTES_MAX`](super::FILE_BYTES_MAX).
    #[error(
        "ligne 1\u{a0}: le fichier a {} octets\u{a0}; attendu\u{a0}: {} au plus, en demandant \
         des périodes plus courtes",
        grouped(*bytes as u64), grouped(*max as u64)
    )]
    TooLarge {
        /// How many it has.
        bytes: usize,
        /// How many are taken.
        max: usize,
    },
    /// The bytes are not text in the encoding that the file says.
    #[error(
        "ligne {line}\u{a0}: {found}\u{a0}; attendu\u{a0}: UTF-8, ou bien ISO-8859-1, ISO-8859-15, \
         Windows-1252 ou UTF-16 si la première ligne du fichier l’annonce"
    )]
    NotText {
        /// Where.
        line: usize,
        /// What is there.
        found: String,
    },
    /// Another message, or no message.
    #[error("ligne {line}\u{a0}: {found}\u{a0}; attendu\u{a0}: {expected}")]
    NotThisMessage {
        /// Where its root is.
        line: usize,
        /// What it is, as a clause.
        found: String,
        /// Which messages are taken.
        expected: &'static str,
    },
    /// It declares entities or a schema of its own, as no bank does.
    #[error(
        "ligne {line}\u{a0}: il y a un DOCTYPE\u{a0}; attendu\u{a0}: un message de la banque, qui \
         n’en a pas"
    )]
    Doctype {
        /// Where.
        line: usize,
    },
    /// Not well-formed XML.
    #[error(
        "ligne {line}\u{a0}: {found}\u{a0}; attendu\u{a0}: du XML bien formé, tel que la banque \
         l’a envoyé"
    )]
    Malformed {
        /// Where.
        line: usize,
        /// What is there.
        found: String,
    },
    /// The end is missing.
    #[error(
        "ligne {line}\u{a0}: le fichier s’arrête au milieu de <{inside}>, qui commence à la ligne \
         {since}\u{a0}; attendu\u{a0}: le fichier entier, à télécharger de nouveau"
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
    #[error(
        "ligne {line}\u{a0}: plus de {max} éléments l’un dans l’autre\u{a0}; attendu\u{a0}: 15 \
         au plus"
    )]
    TooDeep {
        /// Where.
        line: usize,
        /// How many are read.
        max: usize,
    },
    /// Beyond [`ELEMENTS_MAX`](super::ELEMENTS_MAX).
    #[error(
        "ligne {line}\u{a0}: plus de {} éléments dans <{inside}>\u{a0}; attendu\u{a0}: moins de \
         paiements à la fois",
        grouped(*max as u64)
    )]
    TooMany {
        /// Where the element begins.
        line: usize,
        /// In which one they are.
        inside: CompactString,
        /// How many are read.
        max: usize,
    },
    /// An element that has to be there is not.
    #[error(
        "ligne {line}\u{a0}: dans <{inside}>, il manque {missing}\u{a0}; attendu\u{a0}: {expected}"
    )]
    Missing {
        /// Where the element that lacks it begins.
        line: usize,
        /// Which element lacks it.
        inside: CompactString,
        /// What it lacks, as a path of elements or in words.
        missing: &'static str,
        /// What would be right.
        expected: &'static str,
    },
    /// An element says what it may not.
    #[error("ligne {line}\u{a0}: <{element}> {found}\u{a0}; attendu\u{a0}: {expected}")]
    Wrong {
        /// Where.
        line: usize,
        /// Which one.
        element: CompactString,
        /// What it says, with its verb: ``vaut `1,00` ``.
        found: String,
        /// What would be right.
        expected: &'static str,
    },
    /// The entries do not lead from one balance to the other.
    #[error(
        "ligne {line}\u{a0}: le relevé {statement} n’est pas équilibré\u{a0}: {} à l’ouverture \
         et {} d’opérations comptabilisées font {}, mais le solde de clôture, {}, est trop \
         {} de {}\u{a0}; attendu\u{a0}: chaque opération comptabilisée de la période, une seule \
         fois",
        euros(*opening), euros(*booked), euros(opening + booked), euros(*closing),
        if *closing > opening + booked { "haut" } else { "bas" },
        euros((closing - opening - booked).abs())
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
