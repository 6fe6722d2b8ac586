//! One entry of a statement, with the payments that it details.

use chrono::NaiveDate;
use compact_str::{CompactString, format_compact};
use ledger_core::money::Budget;

use super::{Detail, Direction, Entry, EntryStatus};
use crate::iso20022::ReadError;
use crate::iso20022::element::Element;

/// The entry; `last_day` is that of its statement.
pub(super) fn read(
    element: &Element,
    index: usize,
    last_day: impl FnOnce() -> Result<NaiveDate, ReadError>,
) -> Result<Entry, ReadError> {
    let status = status(element)?;
    let value = element.date_at("ValDt")?;
    let booked = match element.date_at("BookgDt")? {
        Some(day) => day,
        None if status == EntryStatus::Booked => {
            return Err(element.missing("BookgDt", "le jour où l’opération a été comptabilisée"));
        }
        None => value.map_or_else(last_day, Ok)?,
    };
    let details: Vec<&Element> = element.all("NtryDtls").flat_map(|it| it.all("TxDtls")).collect();
    Ok(Entry {
        index,
        line: element.line,
        reference: element.id_at("AcctSvcrRef")?.or(element.id_at("NtryRef")?),
        cents: element.need("Amt", "le montant de l’opération")?.moved()?,
        direction: Direction::read(element)?,
        reversal: element.one("RvslInd")?.map_or(Ok(false), Element::truth)?,
        status,
        booked,
        value,
        code: code(element)?,
        payment_information: batch(element, &details, "PmtInfId")?,
        message: batch(element, &details, "MsgId")?,
        count: count(element)?,
        details: details.into_iter().map(detail).collect::<Result<_, _>>()?,
    })
}

/// `<Sts>BOOK</Sts>` in version 02, `<Sts><Cd>BOOK</Cd></Sts>` since.
fn status(element: &Element) -> Result<EntryStatus, ReadError> {
    const EXPECTED: &str = "BOOK, PDNG, FUTR ou INFO";
    let status = element.need("Sts", EXPECTED)?;
    let status = status.one("Cd")?.unwrap_or(status);
    match status.text() {
        "BOOK" => Ok(EntryStatus::Booked),
        "PDNG" | "FUTR" => Ok(EntryStatus::Pending),
        "INFO" => Ok(EntryStatus::Information),
        _ => Err(status.wrong(EXPECTED)),
    }
}

/// `PMNT-RCDT-ESCT`, or the bank's own code when it gives no other.
fn code(element: &Element) -> Result<Option<CompactString>, ReadError> {
    let Some(code) = element.one("BkTxCd")? else { return Ok(None) };
    let Some(domain) = code.id_at("Domn/Cd")? else { return code.id_at("Prtry/Cd") };
    let family = code.need("Domn/Fmly/Cd", "la famille du code")?.id()?;
    let sub = code.need("Domn/Fmly/SubFmlyCd", "la sous-famille du code")?.id()?;
    Ok(Some(format_compact!("{domain}-{family}-{sub}")))
}

/// The id `name` that all of the entry shares: its batches', else its payments'; `None` when they
/// are of several.
fn batch(
    element: &Element,
    details: &[&Element],
    name: &'static str,
) -> Result<Option<CompactString>, ReadError> {
    let mut batches = Vec::new();
    for part in element.all("NtryDtls") {
        if let Some(batch) = part.one("Btch")?
            && let Some(id) = batch.id_at(name)?
        {
            batches.push(Some(id));
        }
    }
    if batches.is_empty() {
        for detail in details {
            let references = detail.one("Refs")?;
            batches.push(references.map_or(Ok(None), |it| it.id_at(name))?);
        }
    }
    batches.dedup();
    Ok(if batches.len() == 1 { batches.remove(0) } else { None })
}

/// How many payments its batches hold together.
fn count(element: &Element) -> Result<Option<u64>, ReadError> {
    let mut count = None;
    for part in element.all("NtryDtls") {
        if let Some(number) = part.reach("Btch/NbOfTxs")? {
            let more = number.number()?;
            let sum = u64::checked_add(count.unwrap_or(0), more);
            count = Some(sum.ok_or_else(|| number.wrong("moins de paiements"))?);
        }
    }
    Ok(count)
}

fn detail(element: &Element) -> Result<Detail, ReadError> {
    let end_to_end = element.id_at("Refs/EndToEndId")?;
    Ok(Detail {
        end_to_end: end_to_end.filter(|it| it != "NOTPROVIDED"),
        cents: part(element)?,
        return_reason: element.code_at("RtrInf/Rsn")?,
        remittance: remittance(element)?,
    })
}

/// How much of the entry a payment is: its own amount, else that of the transaction or of the
/// instruction; `None` for another currency, which the entry's own amount has converted.
fn part(element: &Element) -> Result<Option<Budget>, ReadError> {
    for path in ["Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt"] {
        if let Some(amount) = element.reach(path)? {
            let euros = amount.currency.as_deref().is_none_or(|it| it == "EUR");
            return if euros { amount.moved().map(Some) } else { Ok(None) };
        }
    }
    Ok(None)
}

/// The text, its pieces put together again; else the creditor's reference.
fn remittance(element: &Element) -> Result<Option<CompactString>, ReadError> {
    let Some(remittance) = element.one("RmtInf")? else { return Ok(None) };
    let pieces = remittance.all("Ustrd").flat_map(|it| it.text().split_whitespace());
    let text: CompactString = pieces.flat_map(|it| [" ", it]).skip(1).collect();
    if !text.is_empty() {
        return Ok(Some(text));
    }
    for structured in remittance.all("Strd") {
        if let Some(reference) = structured.id_at("CdtrRefInf/Ref")? {
            return Ok(Some(reference));
        }
    }
    Ok(None)
}
