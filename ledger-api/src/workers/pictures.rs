//! Pictures of offers are fetched from their partners' sites, a few at each pass, so that a page of
//! ours has no other site asked.
//!
//! Only the hosts that a partner has declared are asked: those of its feeds and those it named
//! with them.

use std::collections::BTreeMap;
use std::time::Duration;

use ledger_core::ids::PartnerId;
use projections::ReadError;
use projections::reports::catalogue::PictureAt;
use url::Url;

use super::feeds::Feeds;
use crate::app::App;
use crate::thumbnails::pull;

/// Between two passes while there is much to fetch, and when all has been looked at.
const PAUSES: (Duration, Duration) = (Duration::from_secs(5), Duration::from_mins(15));

/// How many offers are looked at in one pass.
const OFFERS_A_PASS: usize = 2_000;

/// Fetches what is not there yet, for ever.
pub async fn run(app: App, feeds: Feeds) {
    let mut place = 0;
    loop {
        let pause = match pass(&app, &feeds, place).await {
            Ok(Some(next)) => {
                place = next;
                PAUSES.0
            }
            Ok(None) => {
                place = 0;
                PAUSES.1
            }
            Err(failure) => {
                tracing::error!("Pictures to fetch: {failure}");
                PAUSES.1
            }
        };
        tokio::time::sleep(pause).await;
    }
}

/// One pass over the offers after `place`; gives where the next one begins, `None` after the last.
async fn pass(app: &App, feeds: &Feeds, place: i64) -> Result<Option<i64>, ReadError> {
    let models = app.models.now()?;
    let hosts = hosts(&models)?;
    let (pictures, next) = models.pictures(place, OFFERS_A_PASS)?;
    drop(models);
    let declared = |it: &PictureAt| {
        let host = Url::parse(&it.url).ok().and_then(|it| it.host_str().map(ToOwned::to_owned));
        host.is_some_and(|host| hosts.get(&it.partner).is_some_and(|it| is_one_of(&host, it)))
    };
    let urls = pictures.into_iter().filter(declared).map(|it| it.url);
    let fetch = |url: Url| {
        let fetcher = feeds.fetcher().clone();
        async move { fetcher.get_picture(&url).await }
    };
    let pulled = pull::pull(&app.thumbnails, urls, app.clock.today(), fetch).await;
    if pulled != pull::Pulled::default() {
        tracing::info!("Pictures: {} kept, {} refused", pulled.kept, pulled.refused);
    }
    // What was not fetched for want of places is looked at again.
    Ok(if pulled.is_full() { Some(place) } else { next })
}

/// The hosts that each partner has declared.
fn hosts(models: &projections::Reader) -> Result<BTreeMap<PartnerId, Vec<String>>, ReadError> {
    let of = |it: &ledger_core::partner::FeedDeclared| {
        let own = Url::parse(&it.url).ok().and_then(|it| it.host_str().map(ToOwned::to_owned));
        let others = it.hosts.iter().map(|it| it.as_str().to_ascii_lowercase());
        own.into_iter().chain(others).collect::<Vec<_>>()
    };
    let partners = models.partners()?.into_iter();
    Ok(partners.map(|it| (it.id, it.feeds.iter().flat_map(of).collect())).collect())
}

/// Whether `host` is one of `declared`, or below one.
fn is_one_of(host: &str, declared: &[String]) -> bool {
    declared
        .iter()
        .any(|it| host == it || host.strip_suffix(it.as_str()).is_some_and(|it| it.ends_with('.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_declared_hosts_and_those_below_them_are_asked() {
        let declared = ["preau.example".to_owned(), "images.ailleurs.example".to_owned()];
        for host in ["preau.example", "cdn.preau.example", "images.ailleurs.example"] {
            assert!(is_one_of(host, &declared), "{host}");
        }
        for host in ["autre.example", "ailleurs.example", "mauvaispreau.example"] {
            assert!(!is_one_of(host, &declared), "{host}");
        }
    }
}
