//! Static files, inside the binary, at addresses that change with their content.

use std::fmt::Write;
use std::sync::LazyLock;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::problem::Problem;

/// One file of `static/`.
struct Asset {
    name: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! asset {
    ($name:literal, $content_type:literal) => {
        Asset {
            name: $name,
            content_type: $content_type,
            bytes: include_bytes!(concat!("../static/", $name)),
        }
    };
}

static ASSETS: [Asset; 5] = [
    asset!("ledger.css", "text/css; charset=utf-8"),
    asset!("catalogue.css", "text/css; charset=utf-8"),
    asset!("suggestions.js", "text/javascript; charset=utf-8"),
    asset!("logo.svg", "image/svg+xml"),
    asset!("favicon.svg", "image/svg+xml"),
];

/// The address of each of [`ASSETS`], in their order.
static ADDRESSES: LazyLock<Vec<String>> = LazyLock::new(|| ASSETS.iter().map(address).collect());

/// `/static/` and the name, with the beginning of the content's SHA-256 before the extension.
fn address(asset: &Asset) -> String {
    let (stem, extension) = asset.name.rsplit_once('.').unwrap_or((asset.name, ""));
    let mut address = format!("/static/{stem}-");
    for byte in &Sha256::digest(asset.bytes)[..6] {
        // Writing into a string cannot fail.
        let _ = write!(address, "{byte:02x}");
    }
    format!("{address}.{extension}")
}

/// Where `name` of `static/` is served, for templates; empty when there is no such file.
pub fn url(name: &str) -> &'static str {
    let at = ASSETS.iter().position(|it| it.name == name);
    at.map_or("", |it| ADDRESSES[it].as_str())
}

/// Serves one file, which browsers keep for a year: another content has another address.
pub async fn show(Path(name): Path<String>) -> Result<Response, Problem> {
    let at = ADDRESSES.iter().position(|it| it.strip_prefix("/static/") == Some(&name));
    let asset = at.map(|it| &ASSETS[it]).ok_or_else(|| Problem::not_found("no such file"))?;
    let headers = [
        (CONTENT_TYPE, asset.content_type),
        (CACHE_CONTROL, "public, max-age=31536000, immutable"),
    ];
    Ok((headers, asset.bytes).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_tells_the_content() {
        let asset = Asset { name: "a.css", content_type: "text/css", bytes: b"abc" };
        assert_eq!(address(&asset), "/static/a-ba7816bf8f01.css");
        assert!(url("ledger.css").starts_with("/static/ledger-"));
    }

    #[test]
    fn the_theme_is_light() {
        for (asset, max) in ASSETS.iter().zip([30_000, 6_000, 4_000]) {
            assert!(asset.bytes.len() <= max, "{}: {} bytes", asset.name, asset.bytes.len());
        }
    }
}
