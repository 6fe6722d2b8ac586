//! Files of payments are drawn up, written, and kept: by whoever prepares one, and by whatever
//! finishes one that was cut off.

use ledger_core::ids::RemittanceId;
use ledger_core::meta::Meta;
use ledger_core::process::remittances as process;
use ledger_core::process::remittances::{DrawUp, RemittancesError};
use ledger_core::remittance::{Remittance, RemittanceCommand, RemittanceDrawnUp};
use ledger_core::settlement::{Settlement, SettlementCommand, Voucher, VoucherKind};

use super::bank_files;
use crate::app::App;
use crate::problem::Problem;

/// Why there is no file.
#[derive(Debug)]
pub(crate) enum FileError {
    /// Nothing can be drawn up.
    NotDrawnUp(RemittancesError),
    /// It is drawn up, and cannot be written or kept.
    NotKept(Problem),
}

/// Draws up a file of payments, and keeps it; done again, it goes on from where it stopped.
pub(crate) async fn draw_up(app: &App, draw: &DrawUp, meta: Meta) -> Result<(), FileError> {
    let drawn_up = process::draw_up(&app.ledger, draw, meta).await;
    let drawn_up = drawn_up.map_err(FileError::NotDrawnUp)?;
    keep(app, draw.id, &drawn_up.remittance, meta).await.map_err(FileError::NotKept)
}

/// Writes the file, keeps it with each of its settlements, and notes that it is there.
pub(crate) async fn keep(
    app: &App,
    id: RemittanceId,
    remittance: &RemittanceDrawnUp,
    meta: Meta,
) -> Result<(), Problem> {
    let content = bank_files::transfers(remittance)?;
    let digest = app.vouchers.keep(&content).map_err(Problem::internal)?;
    let name = format!("virements-{}.xml", remittance.message);
    let voucher = Voucher::of(VoucherKind::Transfer, &name, "application/xml", &content);
    for it in &remittance.transfers {
        let attach = SettlementCommand::Attach { voucher: voucher.clone(), by: meta.by };
        app.ledger.execute::<Settlement>(it.settlement, &attach, meta).await?;
    }
    let deliver = RemittanceCommand::Deliver { digest, by: meta.by };
    app.ledger.execute::<Remittance>(id, &deliver, meta).await?;
    Ok(())
}
