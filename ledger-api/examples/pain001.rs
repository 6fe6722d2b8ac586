//! Writes a file of three transfers, with accents, to where the first argument says: for the
//! outside check of `make check-payments`.

use std::error::Error;

use ledger_api::iso20022::credit_transfer::{Party, Transfer, TransferFile};

fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::args().nth(1).ok_or("expected the file to write")?;
    let transfer = |number: u64, name: &str, iban: &str| -> Result<Transfer, Box<dyn Error>> {
        Ok(Transfer {
            end_to_end: format!("SET-{number}").into(),
            amount: (1_234_56 * number).try_into()?,
            creditor_name: name.into(),
            creditor_iban: iban.parse()?,
            remittance: format!("Règlement n°{number} – ressources de l’année 2026").into(),
        })
    };
    let file = TransferFile {
        message: "RUN-2026-09-30-1".into(),
        created: "2026-09-30T08:00:00Z".parse()?,
        execution: "2026-10-01".parse()?,
        debtor: Party {
            name: "Agence comptable".into(),
            iban: "FR1420041010050500013M02606".parse()?,
            bic: Some("PSSTFRPPPAR".into()),
        },
        transfers: vec![
            transfer(1, "Éditions de l’Œuf", "FR7630006000011234567890189")?,
            transfer(2, "Société Ñandú & Fils", "DE89370400440532013000")?,
            transfer(3, "Čtení, s. r. o.", "NL91ABNA0417164300")?,
        ],
    };
    std::fs::write(path, file.to_bytes()?)?;
    Ok(())
}
