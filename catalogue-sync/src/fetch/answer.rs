//! What an answer's head says: its type, its compression, when to come back.

use std::time::Duration;

use chrono::DateTime;
use reqwest::Response;
use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, LOCATION, RETRY_AFTER,
};
use url::Url;

use super::{Again, Failure, FetchError};
use crate::feed::Format;

/// The types that are asked for.
pub(super) const fn accepted(format: Format) -> &'static str {
    match format {
        Format::Json => "application/json",
        Format::Csv => "text/csv",
        Format::Onix | Format::Oai | Format::Gar => "application/xml, text/xml;q=0.9",
    }
}

/// Refuses another type than the feed's: most often an error page in HTML.
pub(super) fn check(response: &Response, format: Format) -> Result<(), Failure> {
    let refused = |found: String, expected| {
        let url = response.url().to_string();
        Failure::for_good(FetchError::ContentType { url, found, expected })
    };
    // What was asked for (gzip) is undone by the client, which then takes the header away.
    let encoding = header(response.headers(), &CONTENT_ENCODING).filter(|it| *it != "identity");
    if let Some(encoding) = encoding {
        return Err(refused(format!("compressed with {encoding}"), "gzip, or none"));
    }
    // Some file servers send no type; what the body is shows when it is read.
    let Some(found) = header(response.headers(), &CONTENT_TYPE) else { return Ok(()) };
    let kind = found.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let expected = match format {
        Format::Json if kind == "application/json" || kind.ends_with("+json") => return Ok(()),
        Format::Json => "application/json",
        Format::Csv
            if matches!(
                kind.as_str(),
                "text/csv" | "text/plain" | "application/csv" | "application/octet-stream"
            ) =>
        {
            return Ok(());
        }
        Format::Csv => "text/csv",
        Format::Onix | Format::Oai | Format::Gar
            if kind.ends_with("/xml") || kind.ends_with("+xml") =>
        {
            if kind != "application/xhtml+xml" {
                return Ok(());
            }
            "application/xml"
        }
        Format::Onix | Format::Oai | Format::Gar
            if kind == "application/octet-stream" || kind == "text/plain" =>
        {
            return Ok(());
        }
        Format::Onix | Format::Oai | Format::Gar => "application/xml",
    };
    Err(refused(found.chars().take(60).collect(), expected))
}

/// What another status than 200 means.
pub(super) fn failure(url: &Url, response: &Response) -> Failure {
    let status = response.status();
    let url = url.to_string();
    let location = header(response.headers(), &LOCATION).filter(|_| status.is_redirection());
    if let Some(to) = location {
        let to = to.chars().take(200).collect();
        return Failure::for_good(FetchError::Redirected { url, to });
    }
    let pause = retry_after(response.headers());
    let retry_after = pause.map(|it| it.as_secs());
    let error = FetchError::Status { url, status: status.as_u16(), retry_after };
    match status.as_u16() {
        408 | 425 | 429 | 500 | 502 | 503 | 504 => {
            Failure { error, again: pause.map_or(Again::Soon, Again::After) }
        }
        _ => Failure::for_good(error),
    }
}

/// How long the site asks to wait: in seconds, or until a date on its own clock.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = header(headers, &RETRY_AFTER)?;
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(text).ok()?;
    let now = DateTime::parse_from_rfc2822(header(headers, &DATE)?).ok()?;
    Some((until - now).to_std().unwrap_or_default())
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}
