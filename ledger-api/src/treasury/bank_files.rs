//! Between the bank's messages and the domain: payments out, what the bank says of them, statements.

#[cfg(test)]
mod tests;

use compact_str::CompactString;
use ledger_core::bank::{BankLine, Direction as Way};
use ledger_core::convention::{ConventionSigned, ReturnOrdered, ReturnSent};
use ledger_core::money::Balance;
use ledger_core::process::remittances::Answer;
use ledger_core::remittance::RemittanceDrawnUp;

use crate::iso20022::ReadError;
use crate::iso20022::bank_statement::{BankStatement, Direction, Entry, EntryStatus};
use crate::iso20022::credit_transfer::{
    ID_MAX, NAME_MAX, Party, Transfer, TransferFile, TransferFileError, latin,
};
use crate::iso20022::status_report::{Status, StatusReport};
use crate::problem::{Problem, kinds};

/// How many references of one line are kept.
const REFERENCES_MAX: usize = 12;
/// How long the bank's code of a line may be.
const CODE_MAX: usize = 40;

/// Why a file of the bank is not taken in.
pub(super) fn not_read(error: ReadError) -> Problem {
    let told = error.to_string();
    Problem::new(&kinds::FILE_REFUSED, error).told(told)
}

/// The file of one return to a collectivité: the same bytes each time.
pub(super) fn given_back(
    signed: &ConventionSigned,
    ordered: &ReturnOrdered,
    sent: &ReturnSent,
) -> Result<Vec<u8>, Problem> {
    let file = TransferFile {
        message: sent.end_to_end.clone(),
        created: sent.at,
        execution: sent.execution,
        debtor: Party { name: named(&sent.payer), iban: sent.from.clone(), bic: None },
        transfers: vec![Transfer {
            end_to_end: sent.end_to_end.clone(),
            amount: sent.amount,
            creditor_name: named(&signed.funder_name),
            creditor_iban: ordered.iban.clone(),
            remittance: compact_str::format_compact!(
                "Compte ressources restitution {}",
                sent.end_to_end
            ),
        }],
    };
    written(&file, "La restitution")
}

/// The file of `remittance`: the same bytes each time.
pub(super) fn transfers(remittance: &RemittanceDrawnUp) -> Result<Vec<u8>, Problem> {
    let transfer = |it: &ledger_core::remittance::Transfer| Transfer {
        end_to_end: it.end_to_end.clone(),
        amount: it.amount,
        creditor_name: named(&it.name),
        creditor_iban: it.iban.clone(),
        remittance: compact_str::format_compact!("Compte ressources {}", it.end_to_end),
    };
    let file = TransferFile {
        message: remittance.message.clone(),
        created: remittance.at,
        execution: remittance.execution,
        debtor: Party { name: named(&remittance.payer), iban: remittance.from.clone(), bic: None },
        transfers: remittance.transfers.iter().map(transfer).collect(),
    };
    written(&file, "La remise")
}

fn written(file: &TransferFile, what: &str) -> Result<Vec<u8>, Problem> {
    file.to_bytes().map_err(|error: TransferFileError| {
        let told = format!("{what} ne peut pas être écrite. {error}.");
        Problem::new(&kinds::FILE_REFUSED, error).told(told)
    })
}

/// A name as banks take it: their letters, and no more of them than they take.
fn named(name: &str) -> CompactString {
    latin(name).chars().take(NAME_MAX).collect()
}

/// What `report` says of each payment of `remittance`, then of payments that are not in it.
pub(super) fn answers(report: &StatusReport, remittance: &RemittanceDrawnUp) -> Vec<Answer> {
    let own = remittance.transfers.iter().filter_map(|it| {
        let said = report.of(&it.end_to_end, &remittance.message)?;
        Some(Answer {
            end_to_end: Some(it.end_to_end.clone()),
            accepted: accepted(said.status),
            reason: said.reason_code.unwrap_or_default().into(),
        })
    });
    let ours = |it: &CompactString| remittance.transfers.iter().any(|own| own.end_to_end == *it);
    let others = report.payments.iter().filter_map(|it| {
        let end_to_end = it.end_to_end.clone().filter(|it| !ours(it))?;
        let reason = it.reason_code.clone().unwrap_or_default();
        Some(Answer { end_to_end: Some(end_to_end), accepted: accepted(&it.status), reason })
    });
    own.chain(others).collect()
}

/// What `report` says of the one transfer `end_to_end` of `message`: whether the bank takes it, `None`
/// when it will say later; and its reason code, which may be empty.
pub(super) fn answer(
    report: &StatusReport,
    end_to_end: &str,
    message: &str,
) -> (Option<bool>, CompactString) {
    match report.of(end_to_end, message) {
        Some(said) => (accepted(said.status), said.reason_code.unwrap_or_default().into()),
        None => (None, CompactString::default()),
    }
}

/// Whether the bank takes it; `None` when it will say later.
fn accepted(status: &Status) -> Option<bool> {
    match status {
        // Only well written so far: what is not carried out may still be refused.
        Status::Accepted(code) if code == "ACTC" => None,
        Status::Accepted(_) => Some(true),
        Status::Rejected(_) => Some(false),
        Status::Pending(_) | Status::Partly(_) => None,
    }
}

/// What a statement has that the domain takes.
pub(super) struct Statement {
    /// The bank's number of it.
    pub(super) reference: CompactString,
    /// Its first day.
    pub(super) from: chrono::NaiveDate,
    /// Its last day.
    pub(super) to: chrono::NaiveDate,
    /// The balance before its lines.
    pub(super) opening: Balance,
    /// The balance after them.
    pub(super) closing: Balance,
    /// Its booked lines.
    pub(super) lines: Vec<BankLine>,
}

/// `statement`, if the account is never overdrawn in it: a deposit account cannot be.
pub(super) fn statement(statement: &BankStatement) -> Result<Statement, Problem> {
    let balance = |cents: i64| {
        u64::try_from(cents).map(Balance::from_cents).map_err(|_| {
            let told = format!(
                "Relevé {} : un solde est négatif. Attendu : un compte de dépôt de fonds, qui \
                 n’a pas de découvert.",
                statement.id,
            );
            Problem::new(&kinds::FILE_REFUSED, "the account is overdrawn").told(told)
        })
    };
    // Numbered among themselves: what is still expected may be gone when the bank sends it again.
    let booked = statement.entries.iter().filter(|it| it.status == EntryStatus::Booked);
    let lines: Vec<BankLine> = booked.zip(1..).map(|(it, number)| line(it, number)).collect();
    let drawn_up = ledger_core::meta::accounting_day(statement.created);
    let days = || lines.iter().map(|it| it.booked);
    Ok(Statement {
        reference: statement.id.clone(),
        from: statement.from.or(days().min()).unwrap_or(drawn_up),
        to: statement.to.or(days().max()).unwrap_or(drawn_up),
        opening: balance(statement.opening)?,
        closing: balance(statement.closing)?,
        lines,
    })
}

fn line(it: &Entry, number: u32) -> BankLine {
    let returned = it.details.iter().find_map(|it| it.return_reason.as_deref());
    BankLine {
        number,
        amount: it.cents,
        direction: match it.direction {
            Direction::Credit => Way::In,
            Direction::Debit => Way::Out,
        },
        booked: it.booked,
        code: it.code.as_deref().unwrap_or_default().chars().take(CODE_MAX).collect(),
        references: references(it),
        returned: returned.unwrap_or_default().chars().take(4).collect(),
    }
}

/// What may be a reference of ours: never a name, a telephone number, or a free text as a whole.
fn references(it: &Entry) -> Vec<CompactString> {
    let mut found: Vec<CompactString> = Vec::new();
    let mut add = |text: &str| {
        if found.len() < REFERENCES_MAX && !found.iter().any(|known| known == text) {
            found.push(text.into());
        }
    };
    let stated = it.details.iter().filter_map(|it| it.end_to_end.as_deref());
    let stated = stated.chain(it.payment_information.as_deref()).chain(it.message.as_deref());
    stated.map(str::trim).filter(|it| is_reference(it)).for_each(&mut add);
    let texts = it.details.iter().filter_map(|it| it.remittance.as_deref());
    texts.flat_map(str::split_whitespace).filter(|it| is_one_in_a_text(it)).for_each(&mut add);
    found
}

/// Digits, and letters or marks that references are written in.
fn is_reference(text: &str) -> bool {
    (4..=ID_MAX).contains(&text.len())
        && text.bytes().all(|it| it.is_ascii_alphanumeric() || it == b'-' || it == b'_')
        && text.bytes().any(|it| it.is_ascii_digit())
}

/// The same, of letters and digits that a mark divides, or an id: `APPEL-2026-1`, never `0612345678`.
fn is_one_in_a_text(text: &str) -> bool {
    let divided = text.bytes().any(|it| matches!(it, b'-' | b'_'))
        && text.bytes().any(|it| it.is_ascii_alphabetic());
    is_reference(text) && (divided || uuid::Uuid::try_parse(text).is_ok())
}
