//! Files to be saved: what a spreadsheet or another accounting program reads. Long ones are sent
//! as they are read, a page at a time, so that a year takes no more memory than a day.

use axum::body::{Body, Bytes};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use projections::table::Table;

use crate::problem::Problem;

/// What a CSV says it holds.
pub(crate) const CSV: &str = "text/csv; charset=utf-8";

/// Tells spreadsheets that the text is UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();

/// `table` as CSV, to be saved as `name`.
pub(crate) fn table(name: &str, table: &Table) -> Result<Response, Problem> {
    Ok(saved(CSV, name, rows(table, true)?.into()))
}

/// The rows of `table` as CSV; under its headings when they are the first ones.
pub(crate) fn rows(table: &Table, first: bool) -> Result<Vec<u8>, Problem> {
    let mut text = if first { MARK.to_vec() } else { Vec::new() };
    let written = if first { table.write_csv(&mut text) } else { table.write_csv_rows(&mut text) };
    written.map_err(Problem::internal)?;
    Ok(text)
}

/// A file to be saved as `name`, written by `page` a page at a time.
///
/// `page` is given where to begin, and gives its text and where the next one begins. A failure of
/// the first page is the answer; a later one cuts the file off, which its reader is told of.
pub(crate) async fn streamed<C, F>(
    content_type: &'static str,
    name: &str,
    mut page: impl FnMut(Option<C>) -> F + Send + 'static,
) -> Result<Response, Problem>
where
    C: Send + 'static,
    F: Future<Output = Result<(Vec<u8>, Option<C>), Problem>> + Send + 'static,
{
    let (text, next) = page(None).await?;
    let first = stream::iter([Ok::<_, std::io::Error>(Bytes::from(text))]);
    let rest = stream::try_unfold((next, page), |(next, mut page)| async move {
        let Some(at) = next else { return Ok(None) };
        let failed = |problem: Problem| std::io::Error::other(problem.to_string());
        let (text, next) = page(Some(at)).await.map_err(failed)?;
        Ok(Some((Bytes::from(text), (next, page))))
    });
    let all = futures_util::StreamExt::chain(first, rest);
    Ok(saved(content_type, name, Body::from_stream(all)))
}

pub(crate) fn saved(content_type: &'static str, name: &str, body: Body) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    let disposition = format!("attachment; filename=\"{name}\"");
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        headers.insert(CONTENT_DISPOSITION, value);
    }
    response
}
