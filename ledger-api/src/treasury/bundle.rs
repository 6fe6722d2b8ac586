//! The vouchers of a settlement: each one, and all of them as one archive with its index.

use std::io::{Cursor, Write};

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::Response;
use ledger_core::digest::Digest;
use ledger_core::ids::SettlementId;
use ledger_core::settlement::{Settlement, VoucherKind};
use projections::table::{Cell, Table};
use zip::write::{SimpleFileOptions, ZipWriter};

use crate::app::App;
use crate::audit::export;
use crate::extract::Path;
use crate::problem::Problem;
use crate::session::Reader;
use crate::vouchers::VoucherError;

/// `GET /comptable/reglements/{id}/pieces/{digest}`: one file, checked.
pub(super) async fn one(
    State(app): State<App>,
    _: Reader,
    Path((id, digest)): Path<(SettlementId, String)>,
) -> Result<Response, Problem> {
    let digest: Digest = digest.parse().map_err(Problem::not_found)?;
    let state = app.ledger.state::<Settlement>(id).await?;
    let voucher = state.vouchers.iter().find(|it| it.digest == digest);
    let voucher = voucher.ok_or_else(|| Problem::not_found("no such voucher"))?;
    let content = app.vouchers.read(digest).map_err(unreadable)?;
    // Never shown within our own pages: what was sent may be anything.
    let mut response =
        export::saved("application/octet-stream", &plain(&voucher.name), content.into());
    let headers = response.headers_mut();
    if matches!(voucher.media_type.as_str(), "application/pdf" | "text/csv")
        && let Ok(media_type) = HeaderValue::from_str(&voucher.media_type)
    {
        headers.insert(CONTENT_TYPE, media_type);
    }
    sandboxed(&mut response);
    Ok(response)
}

/// What was sent may be anything: whoever opens it does so apart from our pages.
pub(super) fn sandboxed(response: &mut Response) {
    let policy = HeaderValue::from_static("sandbox");
    response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
}

/// `GET /comptable/reglements/{id}/pieces.zip`: all of them, with an index of names, natures and
/// fingerprints.
pub(super) async fn archive(
    State(app): State<App>,
    _: Reader,
    Path(id): Path<SettlementId>,
) -> Result<Response, Problem> {
    let state = app.ledger.state::<Settlement>(id).await?;
    if state.prepared.is_none() {
        return Err(Problem::not_found("no such settlement"));
    }
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let mut rows = Vec::new();
    let order = |kind: VoucherKind| VoucherKind::ALL.iter().position(|it| *it == kind);
    let mut vouchers: Vec<_> = state.vouchers.iter().collect();
    vouchers.sort_by_key(|it| order(it.kind));
    for (nth, it) in vouchers.into_iter().enumerate() {
        let name = format!("{:02}-{}", nth + 1, plain(&it.name));
        let (content, found) = match app.vouchers.read(it.digest) {
            Ok(content) => (Some(content), "présente, empreinte vérifiée"),
            Err(VoucherError::Missing(_)) => (None, "ABSENTE"),
            Err(VoucherError::Changed(_)) => (None, "MODIFIÉE"),
            Err(error @ VoucherError::Io { .. }) => return Err(Problem::internal(error)),
        };
        if let Some(content) = content {
            zip.start_file(&name, options).map_err(Problem::internal)?;
            zip.write_all(&content).map_err(Problem::internal)?;
        }
        rows.push(vec![
            Cell::text(name),
            Cell::text(it.kind.title()),
            Cell::text(&it.name),
            Cell::Number(it.bytes),
            Cell::text(it.digest),
            Cell::text(found),
        ]);
    }
    let headings = vec!["fichier", "nature", "nom", "octets", "sha256", "controle"];
    let mut index = Vec::new();
    Table { headings, rows, totals: vec![] }.write_csv(&mut index).map_err(Problem::internal)?;
    zip.start_file("index.csv", options).map_err(Problem::internal)?;
    zip.write_all(&index).map_err(Problem::internal)?;
    let content = zip.finish().map_err(Problem::internal)?.into_inner();
    Ok(export::saved("application/zip", &format!("pieces-{id}.zip"), content.into()))
}

/// A name that any system takes: letters, digits, dots and hyphens.
pub(super) fn plain(name: &str) -> String {
    let plain = |it: char| if it.is_ascii_alphanumeric() || "._-".contains(it) { it } else { '_' };
    name.chars().map(plain).collect()
}

/// A file that is missing or changed is restored from a backup.
pub(super) fn unreadable(error: VoucherError) -> Problem {
    match error {
        VoucherError::Missing(_) | VoucherError::Changed(_) => {
            Problem::new(&crate::problem::kinds::UNAVAILABLE, error)
        }
        VoucherError::Io { .. } => Problem::internal(error),
    }
}
