//! Payments out: a file of credit transfers, pain.001.001.09.

use ledger_core::remittance::RemittanceDrawnUp;
use sepa::{CreditTransferEntry, CreditTransferGroup, IsoDate, IsoDateTime, Pain001Builder};

use super::FileError;

/// The file of `remittance`: always the same bytes for the same remittance.
pub fn file(remittance: &RemittanceDrawnUp) -> Result<Vec<u8>, FileError> {
    let wrong = |error: &dyn std::fmt::Display| {
        FileError::new(
            format!("la remise ne peut pas être écrite ({error})"),
            "corrigez le virement, puis recommencez",
        )
    };
    let iban = |iban: &str| sepa::validate_iban(iban).map_err(|error| wrong(&error));
    let execution = IsoDate::try_from(remittance.execution).map_err(|error| wrong(&error))?;
    let created =
        IsoDateTime::try_from(remittance.at.naive_utc()).map_err(|error| wrong(&error))?;
    let mut group = CreditTransferGroup::new(
        remittance.payer.as_str(),
        &iban(remittance.from.as_str())?,
        execution,
    )
    .payment_info_id(remittance.message.as_str())
    .batch_booking(true);
    for it in &remittance.transfers {
        let cents = i64::try_from(it.amount.cents()).map_err(|error| wrong(&error))?;
        let entry = CreditTransferEntry::new(
            it.name.as_str(),
            iban(it.iban.as_str())?,
            cents,
            it.end_to_end.as_str(),
        );
        group =
            group.add_entry(entry.with_description(format!("Compte ressources {}", it.end_to_end)));
    }
    let built = Pain001Builder::new(remittance.payer.as_str(), remittance.message.as_str())
        .created_at(created)
        .add_group(group)
        .build();
    Ok(built.map_err(|error| wrong(&error))?.into_bytes())
}

#[cfg(test)]
mod tests {
    use ledger_core::ids::{PartnerId, SettlementId};
    use ledger_core::meta::{Actor, Role};
    use ledger_core::money::Budget;
    use ledger_core::remittance::Transfer;
    use uuid::Uuid;

    use super::*;

    fn remittance() -> RemittanceDrawnUp {
        let transfer = |number: u128, cents| Transfer {
            settlement: SettlementId(Uuid::from_u128(number)),
            partner: PartnerId(Uuid::from_u128(2)),
            name: "Éditions Craie & Lune".into(),
            iban: "FR7630006000011234567890189".parse().unwrap(),
            end_to_end: SettlementId(Uuid::from_u128(number)).end_to_end(0),
            amount: Budget::from_cents(cents).unwrap(),
        };
        RemittanceDrawnUp {
            message: Uuid::from_u128(1).simple().to_string().into(),
            at: "2026-10-01T08:00:00Z".parse().unwrap(),
            execution: "2026-10-02".parse().unwrap(),
            from: "FR7610071750000000100420187".parse().unwrap(),
            payer: "Opérateur du compte ressources".into(),
            transfers: vec![transfer(7, 1_234_50), transfer(8, 3_20)],
            total: Budget::from_cents(1_237_70).unwrap(),
            by: Actor { role: Role::Accountant, id: Uuid::nil() },
        }
    }

    #[test]
    fn a_file_says_each_payment_once_and_their_sum() {
        let file = String::from_utf8(file(&remittance()).unwrap()).unwrap();
        for expected in [
            "pain.001.001.09",
            "<CtrlSum>1237.70</CtrlSum>",
            "<InstdAmt Ccy=\"EUR\">1234.50</InstdAmt>",
            "<EndToEndId>00000000000000000000000000000007</EndToEndId>",
            "<EndToEndId>00000000000000000000000000000008</EndToEndId>",
            "<ReqdExctnDt><Dt>2026-10-02</Dt></ReqdExctnDt>",
        ] {
            assert!(file.contains(expected), "{expected} is not in {file}");
        }
        assert!(!file.contains('é'), "banks take the Latin characters of the EPC only");
    }

    #[test]
    fn the_same_remittance_is_always_the_same_file() {
        assert_eq!(file(&remittance()), file(&remittance()));
    }
}
