//! What moved on the account, as a camt.053: one statement per account and period.

mod balances;
mod entry;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use ledger_core::money::Budget;
use ledger_core::partner::Iban;

use self::balances::Balances;
use super::ReadError;
use super::element::Element;
use super::encoding::decoded;
use super::xml::{Document, Kind, Step};

const KIND: Kind = Kind {
    body: "BkToCstmrStmt",
    versions: &["camt.053.001.02", "camt.053.001.08"],
    expected: "un relevé de compte (camt.053.001.02 ou camt.053.001.08)",
};

/// One statement of one account, whose entries lead from its opening to its closing balance.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankStatement {
    /// The bank's id of it.
    pub id: CompactString,
    /// Its number in the year, electronic or legal.
    pub sequence: Option<u64>,
    /// Whose account it is of.
    pub account: Account,
    /// When the bank drew it up.
    pub created: DateTime<Utc>,
    /// The first day of its period.
    pub from: Option<NaiveDate>,
    /// The last day of its period.
    pub to: Option<NaiveDate>,
    /// What was on the account, in cents: below zero when overdrawn.
    pub opening: i64,
    /// What is on it, in cents: `opening` and every booked entry.
    pub closing: i64,
    /// What moved, in the order of the file.
    pub entries: Vec<Entry>,
}

/// The account of a statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Account {
    /// By its IBAN, checked.
    Iban(Iban),
    /// By another number of the bank's.
    Other(CompactString),
}

/// One line of a statement: one payment, or a batch of them booked at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the file, from 1, whatever statement it is in.
    pub index: usize,
    /// The line of the file on which it begins.
    pub line: usize,
    /// The bank's reference of it, the servicer's own first.
    pub reference: Option<CompactString>,
    /// How much.
    pub cents: Budget,
    /// Which way the money went, whether or not it is a reversal.
    pub direction: Direction,
    /// Whether it undoes an entry of the other direction.
    pub reversal: bool,
    /// Whether it counts.
    pub status: EntryStatus,
    /// The day on which it was booked; of one that is not booked yet, the day that the bank says of
    /// it, else that of the statement.
    pub booked: NaiveDate,
    /// The day from which it bears interest.
    pub value: Option<NaiveDate>,
    /// What kind it is: `PMNT-RCDT-ESCT` (domain, family, sub-family), or the bank's own code.
    pub code: Option<CompactString>,
    /// The payment order that was booked as one line (`PmtInfId` of the pain.001).
    pub payment_information: Option<CompactString>,
    /// The file that it came in (`MsgId` of the pain.001).
    pub message: Option<CompactString>,
    /// How many payments it holds, when the bank says so.
    pub count: Option<u64>,
    /// The payments, when the bank details them.
    pub details: Vec<Detail>,
}

/// Which way money went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Direction {
    /// Onto the account.
    Credit,
    /// Off the account.
    Debit,
}

/// Whether an entry counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryStatus {
    /// It is on the account.
    Booked,
    /// It is expected (`PDNG`, `FUTR`).
    Pending,
    /// It is told only.
    Information,
}

/// One payment of an entry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detail {
    /// The payer's reference (`EndToEndId`); `None` when there is none, or `NOTPROVIDED`.
    pub end_to_end: Option<CompactString>,
    /// How much of the entry it is; `None` when the bank does not say, or not in euros.
    pub cents: Option<Budget>,
    /// Why it came back, as a code such as `AC04`.
    pub return_reason: Option<CompactString>,
    /// What it is for: the text, else the creditor's reference.
    pub remittance: Option<CompactString>,
}

impl Account {
    /// The number, as the bank writes it.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Iban(iban) => iban.as_str(),
            Self::Other(number) => number,
        }
    }
}

impl Direction {
    fn read(inside: &Element) -> Result<Self, ReadError> {
        const EXPECTED: &str = "CRDT ou DBIT";
        let element = inside.need("CdtDbtInd", EXPECTED)?;
        match element.text() {
            "CRDT" => Ok(Self::Credit),
            "DBIT" => Ok(Self::Debit),
            _ => Err(element.wrong(EXPECTED)),
        }
    }

    /// `cents`, below zero for a debit.
    pub fn signed(self, cents: u64) -> i128 {
        match self {
            Self::Credit => i128::from(cents),
            Self::Debit => -i128::from(cents),
        }
    }
}

impl BankStatement {
    /// Reads every statement of a file, whole or not at all.
    pub fn read(bytes: &[u8]) -> Result<Vec<Self>, ReadError> {
        let text = decoded(bytes)?;
        let mut document = Document::open(&text, &KIND)?;
        let (mut statements, mut created) = (Vec::new(), None);
        let mut entries = 0;
        let end = loop {
            match document.step(&["Stmt"])? {
                Step::Entered(line) => {
                    let draft = Draft::read(&mut document, line, created, entries)?;
                    let statement = draft.whole()?;
                    entries += statement.entries.len();
                    statements.push(statement);
                }
                Step::Whole(it) if it.name == "GrpHdr" => {
                    created = it.one("CreDtTm")?.map(Element::moment).transpose()?;
                }
                Step::Whole(_) => {}
                Step::End => break document.line(),
            }
        };
        document.close()?;
        if statements.is_empty() {
            let inside = CompactString::const_new(KIND.body);
            let expected = "un relevé au moins";
            return Err(ReadError::Missing { line: end, inside, missing: "Stmt", expected });
        }
        Ok(statements)
    }
}

/// A statement while it is read.
struct Draft {
    /// Its parts that are there at most once.
    parts: Element,
    /// When the message was drawn up, if it says so.
    message_created: Option<DateTime<Utc>>,
    balances: Balances,
    entries: Vec<Entry>,
}

impl Draft {
    /// Reads on to the statement's end; `before` entries came in the file before.
    fn read(
        document: &mut Document<'_>,
        line: usize,
        message_created: Option<DateTime<Utc>>,
        before: usize,
    ) -> Result<Self, ReadError> {
        let (name, text) = (CompactString::const_new("Stmt"), CompactString::const_new(""));
        let parts = Element { name, line, currency: None, text, children: Vec::new() };
        let (balances, entries) = (Balances::default(), Vec::new());
        let mut draft = Self { parts, message_created, balances, entries };
        loop {
            match document.step(&[])? {
                Step::Whole(it) => match it.name.as_str() {
                    "Bal" => draft.balances.add(&it)?,
                    "Ntry" => {
                        let index = before + draft.entries.len() + 1;
                        let entry = entry::read(&it, index, || draft.last_day())?;
                        draft.entries.push(entry);
                    }
                    "Id" | "ElctrncSeqNb" | "LglSeqNb" | "CreDtTm" | "FrToDt" | "Acct" => {
                        draft.parts.children.push(it);
                    }
                    _ => {}
                },
                Step::Entered(_) => {}
                Step::End => return Ok(draft),
            }
        }
    }

    /// When it was drawn up.
    fn created(&self) -> Result<DateTime<Utc>, ReadError> {
        let own = self.parts.one("CreDtTm")?.map(Element::moment).transpose()?;
        let created = own.or(self.message_created);
        created.ok_or_else(|| self.parts.missing("CreDtTm", "la date et l’heure du relevé"))
    }

    /// The last day of its period, else the day on which it was drawn up.
    fn last_day(&self) -> Result<NaiveDate, ReadError> {
        match self.day("FrToDt/ToDtTm")? {
            Some(day) => Ok(day),
            None => self.created().map(ledger_core::meta::accounting_day),
        }
    }

    fn day(&self, path: &str) -> Result<Option<NaiveDate>, ReadError> {
        self.parts.reach(path)?.map(Element::date).transpose()
    }

    /// The statement, if its parts are there and it balances.
    fn whole(self) -> Result<BankStatement, ReadError> {
        let parts = &self.parts;
        let id = parts.need("Id", "l’identifiant du relevé")?.id()?;
        let number = match parts.one("ElctrncSeqNb")? {
            Some(number) => Some(number),
            None => parts.one("LglSeqNb")?,
        };
        let (opening, closing) = self.balances.opening_and_closing(parts)?;
        let booked = self.entries.iter().filter(|it| it.status == EntryStatus::Booked);
        let booked: i128 = booked.map(|it| it.direction.signed(it.cents.cents())).sum();
        if i128::from(opening.cents) + booked != i128::from(closing.cents) {
            let (opening, line) = (i128::from(opening.cents), closing.line);
            let closing = i128::from(closing.cents);
            return Err(ReadError::Unbalanced { line, statement: id, opening, booked, closing });
        }
        Ok(BankStatement {
            id,
            sequence: number.map(Element::number).transpose()?,
            account: account(parts)?,
            created: self.created()?,
            from: self.day("FrToDt/FrDtTm")?,
            to: self.day("FrToDt/ToDtTm")?,
            opening: opening.cents,
            closing: closing.cents,
            entries: self.entries,
        })
    }
}

/// The account of a statement, which is in euros.
fn account(parts: &Element) -> Result<Account, ReadError> {
    let account = parts.need("Acct", "le compte")?;
    if let Some(currency) = account.one("Ccy")?
        && currency.text() != "EUR"
    {
        return Err(currency.wrong("EUR, seule devise acceptée"));
    }
    if let Some(iban) = account.reach("Id/IBAN")? {
        let checked = iban.text().parse();
        return checked.map(Account::Iban).map_err(|_| iban.wrong("un IBAN dont la clé est juste"));
    }
    account.need("Id/Othr/Id", "l’IBAN ou le numéro du compte")?.id().map(Account::Other)
}
