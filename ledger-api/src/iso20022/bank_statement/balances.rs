//! From which balance to which one the entries of a statement lead.

use super::Direction;
use crate::iso20022::ReadError;
use crate::iso20022::element::Element;

/// The booked balances of a statement, in the order of the file.
///
/// Others (available, expected) are not read: they are not the sum of what was booked.
#[derive(Debug, Default)]
pub(super) struct Balances {
    /// At the start (`OPBD`).
    opening: Option<Balance>,
    /// At the end of the statement before (`PRCD`).
    previous: Option<Balance>,
    /// At the end (`CLBD`).
    closing: Option<Balance>,
    /// At the start or end of a page (`ITBD`).
    interim: Vec<Balance>,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Balance {
    /// In cents, below zero when overdrawn.
    pub(super) cents: i64,
    pub(super) line: usize,
}

impl Balances {
    pub(super) fn add(&mut self, element: &Element) -> Result<(), ReadError> {
        let code = element.code_at("Tp/CdOrPrtry")?;
        let place = match code.as_deref() {
            Some("OPBD") => &mut self.opening,
            Some("PRCD") => &mut self.previous,
            Some("CLBD") => &mut self.closing,
            Some("ITBD") => {
                self.interim.push(Balance::read(element)?);
                return Ok(());
            }
            Some(_) | None => return Ok(()),
        };
        if place.is_some() {
            let found = format!("figure une seconde fois comme {}", code.unwrap_or_default());
            return Err(element.wrong_as(&found, "chaque solde une seule fois"));
        }
        *place = Some(Balance::read(element)?);
        Ok(())
    }

    /// The balances at the ends, a page's own when the statement has several pages.
    pub(super) fn opening_and_closing(
        &self,
        statement: &Element,
    ) -> Result<(Balance, Balance), ReadError> {
        let (mut first, mut last) = (self.interim.first(), self.interim.last());
        let opening = self.opening.or(self.previous);
        // One page boundary is one end only.
        if self.interim.len() == 1 {
            if opening.is_some() {
                first = None;
            } else {
                last = None;
            }
        }
        let opening = opening.or(first.copied());
        let closing = self.closing.or(last.copied());
        let lacks = |missing, expected| statement.missing(missing, expected);
        Ok((
            opening.ok_or_else(|| lacks("le solde d’ouverture", "un <Bal> de type OPBD"))?,
            closing.ok_or_else(|| lacks("le solde de clôture", "un <Bal> de type CLBD"))?,
        ))
    }
}

impl Balance {
    fn read(element: &Element) -> Result<Self, ReadError> {
        let amount = element.need("Amt", "le montant du solde")?;
        let cents = Direction::read(element)?.signed(amount.euros()?);
        let cents = i64::try_from(cents).map_err(|_| amount.wrong("un solde moins grand"))?;
        Ok(Self { cents, line: element.line })
    }
}
