//! Orders to pay, as a pain.001.001.09 file: SEPA credit transfers.
//!
//! The file is one payment order (`PmtInf`), which the bank may book as one line: its `PmtInfId` is
//! the message's own id, so that a booking is matched on either.

mod words;

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use ledger_core::money::Budget;
use ledger_core::partner::Iban;
use sepa::charset::{Transliteration, first_invalid_char, transliterate};
use sepa::{
    CharsetPolicy, CreditTransferEntry, CreditTransferGroup, IsoDate, IsoDateTime, Pain001Builder,
    validate_bic, validate_iban,
};

/// How long an id may be: what banks give back of it. Source: ISO 20022, `Max35Text`.
pub const ID_MAX: usize = 35;
/// How long a name may be. Source: EPC132-08, AT-P001 and AT-E001.
pub const NAME_MAX: usize = 70;
/// How long an unstructured remittance text may be. Source: EPC132-08, AT-T009.
pub const REMITTANCE_MAX: usize = 140;
/// The most that one transfer may move: 999 999 999,99 €. Source: EPC132-08, AT-T002.
pub const TRANSFER_MAX: u64 = 999_999_999_99;
/// The most that a file may move, which is more than the euro area holds.
/// Source: ISO 20022, `DecimalNumber` of `CtrlSum`, 18 digits.
pub const FILE_MAX: u64 = 9_999_999_999_999_999_99;

/// Transfers to be made on one day from one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferFile {
    /// The file's own id (`MsgId`): never that of another file, or the bank refuses it as sent
    /// twice.
    pub message: CompactString,
    /// When it was drawn up.
    pub created: DateTime<Utc>,
    /// The day on which the bank is to debit the account.
    pub execution: NaiveDate,
    /// Who pays.
    pub debtor: Party,
    /// Who is paid, in the order of the file.
    pub transfers: Vec<Transfer>,
}

/// Who pays, and from which account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Party {
    /// As the bank knows it; 1 to 70 characters.
    pub name: CompactString,
    /// The account.
    pub iban: Iban,
    /// The bank; `None` lets it be found from the IBAN.
    pub bic: Option<CompactString>,
}

/// One transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// The reference that comes back in every answer (`EndToEndId`); 1 to 35 characters.
    pub end_to_end: CompactString,
    /// How much.
    pub amount: Budget,
    /// Who is paid; 1 to 70 characters.
    pub creditor_name: CompactString,
    /// On which account.
    pub creditor_iban: Iban,
    /// What it is for, as the payee reads it; 1 to 140 characters.
    pub remittance: CompactString,
}

/// Why a file of transfers is not written; worded for the accountant who pays.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferFileError {
    /// It would order nothing.
    #[error("Aucun virement\u{a0}; attendu\u{a0}: au moins un")]
    Empty,
    /// Two transfers could not be told apart in the bank's answers.
    #[error(
        "Deux virements ont la référence `{0}`\u{a0}; attendu\u{a0}: une référence pour chacun"
    )]
    SameReference(CompactString),
    /// A text is missing.
    #[error("{of}\u{a0}: {field} est vide\u{a0}; attendu\u{a0}: 1 à {max} caractères")]
    NoText {
        /// The transfer's reference, or the file.
        of: CompactString,
        /// Which text.
        field: &'static str,
        /// How long it may be.
        max: usize,
    },
    /// A text does not fit.
    #[error(
        "{of}\u{a0}: {field} fait {length} caractères avec les seules lettres que les banques \
         acceptent\u{a0}; attendu\u{a0}: {max} au plus"
    )]
    TooLong {
        /// The transfer's reference, or the file.
        of: CompactString,
        /// Which text.
        field: &'static str,
        /// How long it is.
        length: usize,
        /// How long it may be.
        max: usize,
    },
    /// A reference would not come back as it was sent.
    #[error("{of}\u{a0}: {field} vaut `{text}`\u{a0}; attendu\u{a0}: {expected}")]
    NotAnId {
        /// The transfer's reference, or the file.
        of: CompactString,
        /// Which id.
        field: &'static str,
        /// What was given.
        text: CompactString,
        /// What would be right.
        expected: &'static str,
    },
    /// An account that is not one in its country.
    #[error("{of}\u{a0}: l’IBAN {reason}")]
    Account {
        /// The transfer's reference, or the file.
        of: CompactString,
        /// What is wrong with it, with its verb.
        reason: String,
    },
    /// The debtor's bank is not one.
    #[error("Le payeur\u{a0}: le BIC `{bic}` {reason}")]
    Bank {
        /// What was given.
        bic: CompactString,
        /// What is wrong with it, with its verb.
        reason: String,
    },
    /// One transfer is beyond what the scheme carries.
    #[error(
        "{of}\u{a0}: {amount} en un seul virement\u{a0}; \
         attendu\u{a0}: 999\u{202f}999\u{202f}999,99\u{a0}€ au plus"
    )]
    TooMuch {
        /// The transfer's reference.
        of: CompactString,
        /// How much it would move.
        amount: Budget,
    },
    /// All together are beyond what the message can say.
    #[error(
        "La somme des virements dépasse ce qu’un fichier peut dire\u{a0}; attendu\u{a0}: plusieurs \
         fichiers"
    )]
    TooMuchTogether,
    /// A date that the message cannot say.
    #[error("{field} ne peut pas être écrite\u{a0}; attendu\u{a0}: une année de 1 à 9999")]
    Date {
        /// Which date.
        field: &'static str,
    },
    /// The message breaks another rule of the scheme, in the words of what writes it.
    #[error(
        "Le fichier enfreint une règle des virements SEPA (en anglais\u{a0}: «\u{a0}{0}\u{a0}»)"
    )]
    Scheme(String),
}

impl TransferFile {
    /// The id of the payment order in the file (`PmtInfId`): banks book it as one line under it.
    pub fn payment_information(&self) -> &str {
        &self.message
    }

    /// The sum of all transfers, in cents; `None` beyond [`FILE_MAX`].
    pub fn total(&self) -> Option<u64> {
        let add = |sum: u64, it: &Transfer| sum.checked_add(it.amount.cents());
        self.transfers.iter().try_fold(0, add).filter(|it| *it <= FILE_MAX)
    }

    /// The file, in UTF-8: the same bytes each time.
    pub fn to_bytes(&self) -> Result<Vec<u8>, TransferFileError> {
        if self.transfers.is_empty() {
            return Err(TransferFileError::Empty);
        }
        let mut references = BTreeSet::new();
        for transfer in &self.transfers {
            if !references.insert(&transfer.end_to_end) {
                return Err(TransferFileError::SameReference(transfer.end_to_end.clone()));
            }
        }
        let message = id("Le fichier", "son identifiant", &self.message)?;
        let group = self.group()?.payment_info_id(self.payment_information());
        let entries = self.transfers.iter().map(entry).collect::<Result<Vec<_>, _>>()?;
        self.total().ok_or(TransferFileError::TooMuchTogether)?;
        let created = date("La date d’établissement", IsoDateTime::try_from(self.created))?;
        let file = Pain001Builder::new(self.debtor_name()?, message)
            .created_at(created)
            .charset(CharsetPolicy::Strict)
            .add_group(group.add_entries(entries))
            .build()
            .map_err(|error| TransferFileError::Scheme(error.to_string()))?;
        Ok(file.into_bytes())
    }

    fn debtor_name(&self) -> Result<String, TransferFileError> {
        text("Le fichier", "le nom du payeur", &self.debtor.name, NAME_MAX)
    }

    fn group(&self) -> Result<CreditTransferGroup, TransferFileError> {
        let iban = account("Le payeur", &self.debtor.iban)?;
        let execution = date("La date d’exécution", IsoDate::try_from(self.execution))?;
        let group =
            CreditTransferGroup::new(self.debtor_name()?, &iban, execution).batch_booking(true);
        let Some(bic) = &self.debtor.bic else { return Ok(group) };
        let bank = validate_bic(bic).map_err(|error| TransferFileError::Bank {
            bic: shortened(bic),
            reason: words::bic(&error),
        })?;
        Ok(group.debtor_bic(bank))
    }
}

fn entry(transfer: &Transfer) -> Result<CreditTransferEntry, TransferFileError> {
    let of = shortened(&transfer.end_to_end);
    let end_to_end = id(&of, "la référence", &transfer.end_to_end)?;
    let name = text(&of, "le nom du bénéficiaire", &transfer.creditor_name, NAME_MAX)?;
    let remittance = text(&of, "le libellé", &transfer.remittance, REMITTANCE_MAX)?;
    let iban = account(&of, &transfer.creditor_iban)?;
    let amount = Some(transfer.amount.cents()).filter(|it| *it <= TRANSFER_MAX);
    let Some(cents) = amount.and_then(|it| i64::try_from(it).ok()) else {
        return Err(TransferFileError::TooMuch { of, amount: transfer.amount });
    };
    Ok(CreditTransferEntry::new(name, iban, cents, end_to_end).with_description(remittance))
}

/// A reference, which is sent as it is or not at all: it has to come back the same.
fn id(of: &str, field: &'static str, text: &str) -> Result<String, TransferFileError> {
    let (of, length) = (CompactString::from(of), text.chars().count());
    if text.trim().is_empty() {
        return Err(TransferFileError::NoText { of, field, max: ID_MAX });
    }
    if length > ID_MAX {
        return Err(TransferFileError::TooLong { of, field, length, max: ID_MAX });
    }
    let expected = if first_invalid_char(text).is_some() {
        "des lettres sans accent, des chiffres et / - ? : ( ) . , ' + seulement"
    } else if text.starts_with('/') || text.ends_with('/') || text.contains("//") {
        "aucun / au début ni à la fin, ni deux de suite"
    } else if text.trim() != text {
        "aucune espace au début ni à la fin"
    } else if text.eq_ignore_ascii_case("NOTPROVIDED") {
        "une référence qui lui soit propre"
    } else {
        return Ok(text.to_owned());
    };
    Err(TransferFileError::NotAnId { of, field, text: shortened(text), expected })
}

/// A text in the letters that every bank takes.
fn text(
    of: &str,
    field: &'static str,
    text: &str,
    max: usize,
) -> Result<String, TransferFileError> {
    let of = CompactString::from(of);
    let text = latin(text);
    let length = text.chars().count();
    if length == 0 {
        return Err(TransferFileError::NoText { of, field, max });
    }
    if length > max {
        return Err(TransferFileError::TooLong { of, field, length, max });
    }
    Ok(text)
}

/// `text` in the EPC's Latin letters, on one line: `Éditions de l’Œuf` gives `Editions de l'Oeuf`.
///
/// The EPC's own table (EPC217-08) writes one letter for one: ligatures keep both of theirs here.
pub fn latin(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            'œ' => plain.push_str("oe"),
            'Œ' => plain.push_str("Oe"),
            'æ' => plain.push_str("ae"),
            'Æ' => plain.push_str("Ae"),
            'ß' => plain.push_str("ss"),
            '€' => plain.push_str("EUR"),
            '…' => plain.push_str("..."),
            '’' | '‘' | '«' | '»' | '“' | '”' => plain.push('\''),
            '–' | '—' | '\u{2010}' | '\u{2011}' => plain.push('-'),
            // A combining accent, left by a decomposed text: its letter came before.
            '\u{300}'..='\u{36f}' => {}
            it if it.is_whitespace() || it.is_control() => plain.push(' '),
            it => plain.push(it),
        }
    }
    let plain = transliterate(&plain, Transliteration::Epc);
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The account, if it is one in its country: length and shape of the number, not only its key.
fn account(of: &str, iban: &Iban) -> Result<sepa::Iban, TransferFileError> {
    validate_iban(iban.as_str())
        .map_err(|error| TransferFileError::Account { of: of.into(), reason: words::iban(&error) })
}

fn date<T, E>(field: &'static str, written: Result<T, E>) -> Result<T, TransferFileError> {
    written.map_err(|_| TransferFileError::Date { field })
}

/// At most 60 characters, for an error.
fn shortened(text: &str) -> CompactString {
    text.chars().take(60).collect()
}
