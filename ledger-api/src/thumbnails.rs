//! Pictures of offers: fetched from partners by us, checked, made again, served by us.
//!
//! ```text
//!  details.thumbnail_url ──fetch──▶ bytes ──picture──▶ small JPEG ──▶ LEDGER_DATA/thumbnails
//!                                     │                                    │
//!                                  refused, for a week                GET /vignettes/{offer}
//! ```
//! Nothing of what a partner sends is served as it came: no metadata, no other format, no page of a
//! reader ever asks a partner's site for anything.

pub mod picture;
pub mod pull;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderMap, IF_NONE_MATCH};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use ledger_core::digest::Digest;
use ledger_core::ids::OfferId;
use ledger_core::offer::Offer;

use crate::app::App;
use crate::extract::Path;
use crate::problem::Problem;

/// For how many days a picture that could not be had is not asked for again.
const REFUSED_DAYS: i32 = 7;

/// A folder of pictures, named by the fingerprint of their partner's address.
#[derive(Clone, Debug)]
pub struct Thumbnails {
    folder: PathBuf,
}

impl Thumbnails {
    /// Those in `folder`, which is made when it is first needed.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Whether there is a picture of what is at `url`; never of `None`.
    pub fn has(&self, url: Option<&str>) -> bool {
        url.is_some_and(|url| self.path(url, "jpg").exists())
    }

    /// Whether the picture at `url` is worth asking for on the day `on`: it is not there, and was
    /// not refused lately.
    pub fn is_wanted(&self, url: &str, on: NaiveDate) -> bool {
        if self.has(Some(url)) {
            return false;
        }
        let refused = fs::read_to_string(self.path(url, "refused")).ok();
        let day = refused.and_then(|it| it.trim().parse::<i32>().ok());
        day.is_none_or(|day| on.num_days_from_ce().saturating_sub(day) >= REFUSED_DAYS)
    }

    /// Keeps `jpeg` as the picture of what is at `url`, whole or not at all.
    pub fn keep(&self, url: &str, jpeg: &[u8]) -> io::Result<()> {
        self.write(url, "jpg", jpeg)
    }

    /// Remembers that what was at `url` on the day `on` is no picture.
    pub fn refuse(&self, url: &str, on: NaiveDate) -> io::Result<()> {
        self.write(url, "refused", on.num_days_from_ce().to_string().as_bytes())
    }

    /// The picture of what is at `url`, as JPEG; `None` when there is none.
    pub fn read(&self, url: &str) -> Option<Vec<u8>> {
        fs::read(self.path(url, "jpg")).ok()
    }

    fn write(&self, url: &str, kind: &str, content: &[u8]) -> io::Result<()> {
        let path = self.path(url, kind);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let half = path.with_extension(format!("{kind}-half"));
        // It can be fetched again: it has to be whole, not durable.
        File::create(&half)?.write_all(content)?;
        fs::rename(&half, &path)
    }

    fn path(&self, url: &str, kind: &str) -> PathBuf {
        let name = Digest::of(url.as_bytes()).to_string();
        self.folder.join(&name[..2]).join(format!("{name}.{kind}"))
    }
}

/// `GET /vignettes/{offer}`: its picture, which browsers keep for a day and then ask about.
pub async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Path(offer): Path<OfferId>,
) -> Result<Response, Problem> {
    let look = |it: &Offer| it.current.as_ref()?.listing.details.thumbnail_url.clone();
    let url = app.ledger.inspect(offer, look).await;
    let url = url.map_err(|it| Problem::unavailable(it.to_string()))?;
    let jpeg = url.and_then(|it| app.thumbnails.read(&it));
    let jpeg = jpeg.ok_or_else(|| Problem::not_found("no picture of this offer"))?;
    let etag = format!("\"{}\"", &Digest::of(&jpeg).to_string()[..32]);
    let seen = headers.get(IF_NONE_MATCH).and_then(|it| it.to_str().ok());
    let same = seen.is_some_and(|it| it.split(',').any(|it| it.trim() == etag));
    let fixed = [
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=86400")),
        (ETAG, HeaderValue::try_from(etag).map_err(Problem::internal)?),
    ];
    if same {
        return Ok((StatusCode::NOT_MODIFIED, fixed).into_response());
    }
    let kind = [(CONTENT_TYPE, HeaderValue::from_static("image/jpeg"))];
    Ok((fixed, kind, jpeg).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_asked_for_until_it_is_there_and_not_each_day_when_it_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let thumbnails = Thumbnails::new(folder.path().join("thumbnails"));
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let (one, other) = ("https://a.example/1.png", "https://a.example/2.png");
        assert!(thumbnails.is_wanted(one, day("2026-11-12")));
        thumbnails.refuse(one, day("2026-11-12")).unwrap();
        assert!(!thumbnails.is_wanted(one, day("2026-11-18")));
        assert!(thumbnails.is_wanted(one, day("2026-11-19")));
        thumbnails.keep(other, b"jpeg").unwrap();
        assert!(!thumbnails.is_wanted(other, day("2026-11-12")));
        assert_eq!(thumbnails.read(other).as_deref(), Some(&b"jpeg"[..]));
        assert!(thumbnails.has(Some(other)) && !thumbnails.has(Some(one)) && !thumbnails.has(None));
    }
}
