//! How a repository is asked: the address of each request.

use chrono::{DateTime, SecondsFormat, Utc};
use url::Url;

use super::Granularity;

/// The metadata that are asked for: the ministry's catalogue gives its `ScoLOMFR` notices as `lom`.
pub const PREFIX: &str = "lom";
/// Those of every repository, when it does not have [`PREFIX`].
pub const FALLBACK_PREFIX: &str = "oai_dc";

/// The arguments of the protocol: those in a base address are replaced, all others stay.
const ARGUMENTS: [&str; 7] =
    ["verb", "metadataPrefix", "set", "from", "until", "identifier", "resumptionToken"];

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Request<'a> {
    /// What it is.
    Identify,
    /// The first page of a list.
    List(Selection<'a>),
    /// The page after the one that gave `token`.
    Resume {
        /// As it was given.
        token: &'a str,
    },
}

/// Which records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Selection<'a> {
    /// In which metadata; `None` is the base address's, else [`PREFIX`].
    pub prefix: Option<&'a str>,
    /// Of which set; `None` is the base address's, else all.
    pub set: Option<&'a str>,
    /// Changed since, that moment included.
    pub from: Option<DateTime<Utc>>,
    /// Changed until, that moment included.
    pub until: Option<DateTime<Utc>>,
    /// How finely the repository dates, see [`super::Identity`].
    pub granularity: Granularity,
}

/// The address that asks `what` of the repository at `base`.
///
/// Pairs `set` and `metadataPrefix` of `base` are taken over; what is not of the protocol, as a
/// key, stays in every request.
pub fn request(base: &Url, what: &Request<'_>) -> Url {
    let pairs: Vec<(String, String)> =
        base.query_pairs().map(|it| (it.0.into_owned(), it.1.into_owned())).collect();
    let own = |name: &str| pairs.iter().find(|it| it.0 == name).map(|it| it.1.as_str());
    let mut url = base.clone();
    url.set_fragment(None);
    {
        let mut query = url.query_pairs_mut();
        query.clear();
        query.extend_pairs(pairs.iter().filter(|it| !ARGUMENTS.contains(&it.0.as_str())));
        match what {
            Request::Identify => drop(query.append_pair("verb", "Identify")),
            Request::Resume { token } => {
                query.append_pair("verb", "ListRecords").append_pair("resumptionToken", token);
            }
            Request::List(it) => {
                let prefix = it.prefix.or_else(|| own("metadataPrefix")).unwrap_or(PREFIX);
                query.append_pair("verb", "ListRecords").append_pair("metadataPrefix", prefix);
                let dates = [("from", it.from), ("until", it.until)];
                for (name, date) in dates {
                    if let Some(date) = date {
                        query.append_pair(name, &dated(date, it.granularity));
                    }
                }
                if let Some(set) = it.set.or_else(|| own("set")).filter(|it| !it.is_empty()) {
                    query.append_pair("set", set);
                }
            }
        }
    }
    url
}

/// A date as finely as the repository takes it.
fn dated(date: DateTime<Utc>, granularity: Granularity) -> String {
    match granularity {
        Granularity::Day => date.format("%Y-%m-%d").to_string(),
        Granularity::Second => date.to_rfc3339_opts(SecondsFormat::Secs, true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(base: &str, what: &Request<'_>) -> String {
        request(&Url::parse(base).unwrap(), what).to_string()
    }

    #[test]
    fn a_base_address_says_which_set_and_metadata() {
        let base = "https://x.example/oai?set=lycee&metadataPrefix=scolomfr&cle=1";
        let asked = |what: &Request<'_>| asked(base, what).replace("https://x.example/oai?", "");
        assert_eq!(asked(&Request::Identify), "cle=1&verb=Identify");
        assert_eq!(
            asked(&Request::List(Selection::default())),
            "cle=1&verb=ListRecords&metadataPrefix=scolomfr&set=lycee"
        );
        let fallback = Selection { prefix: Some(FALLBACK_PREFIX), ..Selection::default() };
        assert!(asked(&Request::List(fallback)).contains("metadataPrefix=oai_dc&set=lycee"));
        assert_eq!(
            asked(&Request::Resume { token: "a=1&b é" }),
            "cle=1&verb=ListRecords&resumptionToken=a%3D1%26b+%C3%A9"
        );
    }

    #[test]
    fn dates_are_as_fine_as_the_repository_takes_them() {
        let from = Some("2026-09-01T08:30:00.123456Z".parse().unwrap());
        let mut it = Selection { from, until: from, ..Selection::default() };
        let base = "https://x.example/oai?verb=Identify#a";
        assert_eq!(
            asked(base, &Request::List(it)),
            "https://x.example/oai?verb=ListRecords&metadataPrefix=lom&from=2026-09-01&until=2026-09-01"
        );
        it.granularity = Granularity::Second;
        assert!(asked(base, &Request::List(it)).contains("from=2026-09-01T08%3A30%3A00Z"));
    }
}
