//! Fetching pictures that are not there yet, some of them at each pass.

use std::fmt::Display;

use chrono::NaiveDate;
use url::Url;

use super::{Thumbnails, picture};

/// How many pictures are fetched in one pass.
const FETCHED_A_PASS: usize = 200;

/// What a pass came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Pictures that are there now.
    pub kept: usize,
    /// What was no picture, or could not be had.
    pub refused: usize,
}

impl Pulled {
    /// Whether as many were fetched as one pass may: others may wait.
    pub const fn is_full(self) -> bool {
        self.kept + self.refused >= FETCHED_A_PASS
    }
}

/// Fetches those of `urls` that are wanted on the day `on`, with `fetch`.
pub async fn pull<E: Display, F: Future<Output = Result<Vec<u8>, E>>>(
    thumbnails: &Thumbnails,
    urls: impl IntoIterator<Item = String>,
    on: NaiveDate,
    fetch: impl Fn(Url) -> F,
) -> Pulled {
    let mut pulled = Pulled::default();
    let wanted = urls.into_iter().filter(|it| thumbnails.is_wanted(it, on)).take(FETCHED_A_PASS);
    for url in wanted {
        let kept = match one(&url, &fetch).await {
            Ok(jpeg) => thumbnails.keep(&url, &jpeg).map(|()| true),
            Err(why) => {
                tracing::debug!(url, "no picture: {why}");
                thumbnails.refuse(&url, on).map(|()| false)
            }
        };
        match kept {
            Ok(true) => pulled.kept += 1,
            Ok(false) => pulled.refused += 1,
            Err(failure) => {
                tracing::error!("Pictures cannot be written: {failure}");
                return pulled;
            }
        }
    }
    pulled
}

async fn one<E: Display, F: Future<Output = Result<Vec<u8>, E>>>(
    url: &str,
    fetch: &impl Fn(Url) -> F,
) -> Result<Vec<u8>, String> {
    let url = Url::parse(url).map_err(|it| it.to_string())?;
    let bytes = fetch(url).await.map_err(|it| it.to_string())?;
    // Decoding takes a processor for a while: not one that answers requests.
    let small = tokio::task::spawn_blocking(move || picture::small(&bytes)).await;
    small.map_err(|it| it.to_string())?.map_err(|it| it.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_picture_is_fetched_once_and_what_is_none_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let thumbnails = Thumbnails::new(folder.path().to_owned());
        let mut png = std::io::Cursor::new(Vec::new());
        image::DynamicImage::new_rgb8(400, 400)
            .write_to(&mut png, image::ImageFormat::Png)
            .unwrap();
        let png = png.into_inner();
        let on: NaiveDate = "2026-11-12".parse().unwrap();
        let asked = std::sync::atomic::AtomicUsize::new(0);
        let fetch = |url: Url| {
            asked.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            std::future::ready(match url.path() {
                "/good.png" => Ok(png.clone()),
                "/bad.png" => Ok(b"<svg/>".to_vec()),
                _ => Err("404"),
            })
        };
        let urls =
            || ["good.png", "bad.png", "gone.png"].map(|it| format!("https://preau.example/{it}"));
        let first = pull(&thumbnails, urls(), on, &fetch).await;
        assert_eq!(first, Pulled { kept: 1, refused: 2 });
        assert_eq!(pull(&thumbnails, urls(), on, &fetch).await, Pulled::default());
        assert_eq!(asked.into_inner(), 3);
        assert!(thumbnails.read("https://preau.example/good.png").is_some());
    }
}
