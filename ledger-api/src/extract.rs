//! Reading a request: axum's extractors, but what cannot be read is a [`Problem`] naming the field.

use axum::body::Bytes;
use axum::extract::path::ErrorKind;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, StatusCode, request::Parts};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::problem::{Problem, kinds};

/// A JSON body, in or out.
#[derive(Clone, Copy, Debug)]
pub struct Json<T>(pub T);

/// The parts of the path that stand in braces.
#[derive(Clone, Copy, Debug)]
pub struct Path<T>(pub T);

/// What follows the `?`.
#[derive(Clone, Copy, Debug)]
pub struct Query<T>(pub T);

/// The fields of a page's form, posted.
#[derive(Clone, Copy, Debug)]
pub struct Form<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let (parts, body) = request.into_parts();
        expect(&parts.headers, "application/json")?;
        let body = bytes(Bytes::from_request(Request::from_parts(parts, body), state).await)?;
        // A list would be read as the fields of an object, in their order.
        if body.trim_ascii_start().first() == Some(&b'[') {
            let detail = "the body is a list: expected an object";
            return Err(Problem::new(&kinds::BAD_REQUEST, detail));
        }
        // Read twice when it is wrong rather than keep count of the fields when it is right.
        serde_json::from_slice(&body).map(Self).map_err(|error| {
            let mut json = serde_json::Deserializer::from_slice(&body);
            match serde_path_to_error::deserialize::<_, T>(&mut json) {
                Err(it) if it.inner().is_data() => refused(&it),
                Err(_) | Ok(_) => {
                    Problem::new(&kinds::BAD_REQUEST, format_args!("the body is not JSON: {error}"))
                }
            }
        })
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        expect(request.headers(), "application/x-www-form-urlencoded")?;
        let body = bytes(Bytes::from_request(request, state).await)?;
        urlencoded(&body).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        urlencoded(parts.uri.query().unwrap_or_default().as_bytes()).map(Self)
    }
}

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(it)) => Ok(Self(it)),
            Err(rejection) => Err(no_such_path(rejection)),
        }
    }
}

/// An address with an id that is not one leads nowhere.
fn no_such_path(rejection: PathRejection) -> Problem {
    if rejection.status() == StatusCode::INTERNAL_SERVER_ERROR {
        return Problem::internal(rejection);
    }
    let PathRejection::FailedToDeserializePathParams(failed) = &rejection else {
        return Problem::not_found(rejection.body_text());
    };
    #[expect(clippy::wildcard_enum_match_arm, reason = "axum's, which grows")]
    match failed.kind() {
        ErrorKind::ParseErrorAtKey { key, value, expected_type } => {
            let detail = format!("`{value}` is not {expected_type}");
            Problem::field(&kinds::NOT_FOUND, key, detail)
        }
        ErrorKind::DeserializeError { key, message, .. } => {
            Problem::field(&kinds::NOT_FOUND, key, message)
        }
        other => Problem::not_found(other),
    }
}

fn urlencoded<T: DeserializeOwned>(text: &[u8]) -> Result<T, Problem> {
    let pairs = serde_urlencoded::Deserializer::new(url::form_urlencoded::parse(text));
    serde_path_to_error::deserialize(pairs).map_err(|it| refused(&it))
}

/// The field that is wrong, or missing, and why.
fn refused<E: std::error::Error>(error: &serde_path_to_error::Error<E>) -> Problem {
    let (field, why) = (error.path().to_string(), error.inner().to_string());
    // A missing field is told at its parent: name the field itself.
    let missing = why.strip_prefix("missing field `").and_then(|it| it.split('`').next());
    match (field.as_str(), missing) {
        (".", Some(name)) => Problem::field(&kinds::INVALID_FIELD, name, "is missing"),
        (parent, Some(name)) if !parent.ends_with(name) => {
            Problem::field(&kinds::INVALID_FIELD, &format!("{parent}.{name}"), "is missing")
        }
        (name, Some(_)) => Problem::field(&kinds::INVALID_FIELD, name, "is missing"),
        (".", None) => Problem::new(&kinds::INVALID_FIELD, why),
        (name, None) => Problem::field(&kinds::INVALID_FIELD, name, why),
    }
}

fn bytes(read: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    read.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            Problem::new(&kinds::BODY_TOO_LARGE, "the body is larger than this route takes")
        }
        _ => Problem::new(&kinds::BAD_REQUEST, rejection.body_text()),
    })
}

/// Refuses a body that does not say it is of `wanted` type.
fn expect(headers: &HeaderMap, wanted: &'static str) -> Result<(), Problem> {
    let given = headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim();
    if essence.eq_ignore_ascii_case(wanted) {
        return Ok(());
    }
    let detail = format!("Content-Type is `{essence}`: expected {wanted}");
    Err(Problem::new(&kinds::UNSUPPORTED_MEDIA, detail))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Line {
        amount_cents: u32,
    }

    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only read")]
    struct Body {
        lines: Vec<Line>,
    }

    async fn read(body: &'static str) -> String {
        let request = Request::post("/").header(CONTENT_TYPE, "application/json; charset=utf-8");
        Json::<Body>::from_request(request.body(body.into()).unwrap(), &())
            .await
            .unwrap_err()
            .to_string()
    }

    #[tokio::test]
    async fn what_cannot_be_read_names_the_field() {
        for (body, told) in [
            ("{", "bad-request (400): the body is not JSON"),
            ("{}", "invalid-field (422): lines: is missing"),
            (r#"{"lines":[{"amount_cents":1},{}]}"#, "lines[1].amount_cents: is missing"),
            (r#"{"lines":[{"amount_cents":-1}]}"#, "lines[0].amount_cents: invalid value"),
        ] {
            let problem = read(body).await;
            assert!(problem.contains(told), "{problem}");
        }
    }

    #[test]
    fn a_query_or_form_names_the_field() {
        #[derive(Debug, serde::Deserialize)]
        #[expect(dead_code, reason = "only read")]
        struct Search {
            limit: u8,
        }
        let told = |text: &str| urlencoded::<Search>(text.as_bytes()).unwrap_err().to_string();
        assert!(told("limit=abc").contains("limit: invalid digit"), "{}", told("limit=abc"));
        assert!(told("").contains("limit: is missing"), "{}", told(""));
    }
}
