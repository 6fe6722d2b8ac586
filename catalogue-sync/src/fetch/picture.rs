//! Fetching a picture of an offer: by the rules of a feed, once, and no more than a few megabytes.

use reqwest::StatusCode;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use url::Url;

use super::{FetchError, Fetcher, address, answer, innermost};

/// The most that a picture may hold, in bytes.
const PICTURE_BYTES_MAX: usize = 5 << 20;

impl Fetcher {
    /// The bytes at `url`, which say that they are a picture; what they are is for the caller to see.
    ///
    /// Asked once: a picture that cannot be had now is asked for another day.
    pub async fn get_picture(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        address::check(url, self.limits.local)?;
        let named = || url.to_string();
        let unreachable = |error: reqwest::Error| FetchError::Unreachable {
            url: named(),
            reason: innermost(&error),
        };
        let request = self.client.get(url.clone()).header(ACCEPT, "image/*");
        let mut response = request.send().await.map_err(unreachable)?;
        if response.status() != StatusCode::OK {
            return Err(answer::failure(url, &response).error);
        }
        let kind = response.headers().get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
        if let Some(found) = kind.filter(|it| !it.starts_with("image/")) {
            let (found, expected) = (found.chars().take(60).collect(), "image/*");
            return Err(FetchError::ContentType { url: named(), found, expected });
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if bytes.len() + chunk.len() > PICTURE_BYTES_MAX {
                return Err(FetchError::TooLarge { url: named(), max: PICTURE_BYTES_MAX });
            }
            bytes.extend_from_slice(&chunk);
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fetch::Limits;

    #[tokio::test]
    async fn a_picture_is_asked_for_where_a_feed_would_be_and_nowhere_else() {
        let fetcher = Fetcher::new(Limits::default()).unwrap();
        for address in [
            "http://partenaire.example/1.png",
            "https://169.254.169.254/latest/meta-data",
            "https://localhost/1.png",
            "https://moi:secret@partenaire.example/1.png",
            "file:///etc/passwd",
        ] {
            let refused = fetcher.get_picture(&address.parse().unwrap()).await;
            assert!(matches!(refused, Err(FetchError::Address { .. })), "{address}: {refused:?}");
        }
    }
}
