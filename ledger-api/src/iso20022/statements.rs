//! The bank's statements: camt.053.

use chrono::NaiveDate;
use compact_str::CompactString;
use ledger_core::bank::{BankLine, Direction};
use ledger_core::money::{Balance, Budget};
use sepa::camt::{CashEntry, EntryStatus};
use sepa::camt053::{Camt053Statement, parse_camt053_with_limits};

use super::{FileError, encoding, limits, unreadable};

const EXPECTED: &str = "un relevé de compte camt.053 (BkToCstmrStmt), version 02 ou 08";

/// How many references of one line are kept.
const REFERENCES_MAX: usize = 12;

/// A statement of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The account's number, without spaces.
    pub account: String,
    /// The bank's number of it.
    pub reference: String,
    /// Its first day.
    pub from: NaiveDate,
    /// Its last day.
    pub to: NaiveDate,
    /// The balance before its lines.
    pub opening: Balance,
    /// The balance after them.
    pub closing: Balance,
    /// Its booked lines.
    pub lines: Vec<BankLine>,
}

/// Reads all statements of a file; the first thing that is wrong, and where.
pub fn read(bytes: &[u8]) -> Result<Vec<Statement>, FileError> {
    let text = encoding::text(bytes)?;
    let document = parse_camt053_with_limits(&text, limits());
    let document = document.map_err(|error| unreadable(&error, EXPECTED))?;
    if document.statements.is_empty() {
        return Err(FileError::new("le fichier ne contient aucun relevé", EXPECTED));
    }
    document.statements.iter().map(statement).collect()
}

fn statement(it: &Camt053Statement) -> Result<Statement, FileError> {
    let named = format!("relevé {}", it.stmt_id);
    let wrong = |what: &str, expected: &str| FileError::new(format!("{named} : {what}"), expected);
    let account = it.account.any_id().unwrap_or_default().replace(' ', "");
    if account.is_empty() {
        return Err(wrong("le compte n’est pas nommé", "un IBAN dans Acct/Id"));
    }
    let opening = balance(
        it.opening_balance().map(|it| (it.signed_ct(), it.amount.currency.as_deref())),
    )
    .ok_or_else(|| {
        wrong(
            "solde initial absent, négatif, illisible ou pas en euros",
            "un solde OPBD en EUR, jamais négatif : le compte de dépôt n’a pas de découvert",
        )
    })?;
    let closing =
        balance(it.closing_balance().map(|it| (it.signed_ct(), it.amount.currency.as_deref())))
            .ok_or_else(|| {
                wrong(
                    "solde final absent, négatif, illisible ou pas en euros",
                    "un solde CLBD en EUR, jamais négatif",
                )
            })?;
    let mut lines = Vec::new();
    for (entry, number) in it.entries.iter().zip(1..) {
        if entry.status == EntryStatus::Booked {
            lines.push(line(entry, number).map_err(|(what, expected)| {
                wrong(&format!("ligne {number} : {what}"), expected)
            })?);
        }
    }
    let days = lines.iter().map(|it| it.booked);
    let balances =
        it.balances.iter().filter_map(|it| it.date()).filter_map(|it| it.try_into().ok());
    let known: Vec<NaiveDate> = days.chain(balances).collect();
    let day = |date: Option<sepa::IsoDate>| date.and_then(|it| NaiveDate::try_from(it).ok());
    let from = day(it.from_date()).or_else(|| known.iter().min().copied());
    let to = day(it.to_date()).or_else(|| known.iter().max().copied());
    let (Some(from), Some(to)) = (from, to) else {
        return Err(wrong("aucune date", "FrToDt, ou la date des soldes"));
    };
    let moved = |direction| -> Balance {
        let of = lines.iter().filter(|it| it.direction == direction);
        of.map(|it| Balance::from(it.amount)).sum()
    };
    let (before, after) = (opening.and(moved(Direction::In)), closing.and(moved(Direction::Out)));
    if before != after {
        let (more, less) = (before.beyond(after), after.beyond(before));
        let gap = if more.is_zero() { less } else { more };
        return Err(wrong(
            &format!(
                "le solde initial {opening} et les lignes ne mènent pas au solde final {closing} : {gap} d’écart"
            ),
            "toutes les lignes comptabilisées entre les deux soldes",
        ));
    }
    let reference: String = it.stmt_id.chars().take(35).collect();
    Ok(Statement { account, reference, from, to, opening, closing, lines })
}

/// A balance in euros that is not below zero.
fn balance(stated: Option<(Option<i64>, Option<&str>)>) -> Option<Balance> {
    let (cents, currency) = stated?;
    let cents = u64::try_from(cents?).ok()?;
    (currency == Some("EUR")).then(|| Balance::from_cents(cents))
}

fn line(it: &CashEntry, number: u32) -> Result<BankLine, (String, &'static str)> {
    let cents = it.signed_ct();
    let cents = cents.ok_or((
        "montant ou sens illisible".to_owned(),
        "un montant à deux décimales au plus et CRDT ou DBIT",
    ))?;
    if !it.amount.is_currency(Some("EUR")) {
        return Err(("pas en euros".to_owned(), "un montant en EUR, la monnaie du compte"));
    }
    let amount = Budget::from_cents(cents.unsigned_abs());
    let amount = amount
        .ok_or(("montant nul ou démesuré".to_owned(), "de 0,01 € à 100 milliards d’euros"))?;
    let booked = it.booking_date().and_then(|it| NaiveDate::try_from(it).ok());
    let booked = booked.ok_or((
        "date de comptabilisation absente ou illisible".to_owned(),
        "BookgDt, comme 2026-10-02",
    ))?;
    let returned = it.return_reason_code().unwrap_or_default().chars().take(4).collect();
    Ok(BankLine {
        number,
        amount,
        direction: if cents < 0 { Direction::Out } else { Direction::In },
        booked,
        code: it.bank_tx_code.as_deref().unwrap_or_default().chars().take(40).collect(),
        references: references(it),
        returned,
    })
}

/// What may be a reference of ours: never a name, never free text as a whole.
fn references(it: &CashEntry) -> Vec<CompactString> {
    let mut found: Vec<CompactString> = Vec::new();
    let mut add = |text: &str| {
        let text = text.trim();
        let ours = (4..=40).contains(&text.len())
            && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_')
            && text.bytes().any(|it| it.is_ascii_digit());
        if ours && found.len() < REFERENCES_MAX && !found.iter().any(|known| known == text) {
            found.push(text.into());
        }
    };
    for detail in &it.details {
        detail.end_to_end_id.iter().for_each(|it| add(it));
    }
    if let Some(batch) = &it.batch {
        batch.payment_info_id.iter().chain(&batch.message_id).for_each(|it| add(it));
    }
    for detail in &it.details {
        detail.reference.iter().flat_map(|it| it.split_whitespace()).for_each(&mut add);
    }
    found
}
