//! Files sent by a page's form.

use std::collections::HashMap;

use axum::extract::Multipart;

use super::words::wrong;
use crate::problem::{Problem, kinds};

/// What was sent: one file, and the other fields.
pub(super) struct Sent {
    /// What the file is called, without its path.
    pub(super) name: String,
    /// How it says it is written.
    pub(super) media_type: String,
    /// Its bytes; at least one.
    pub(super) content: Vec<u8>,
    /// The other fields.
    pub(super) fields: HashMap<String, String>,
}

/// Reads a form that sends one file.
pub(super) async fn read(mut form: Multipart) -> Result<Sent, Problem> {
    let mut sent = Sent {
        name: String::new(),
        media_type: String::new(),
        content: vec![],
        fields: HashMap::new(),
    };
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        match (field.name().map(str::to_owned), field.file_name().map(str::to_owned)) {
            (_, Some(name)) => {
                let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
                last.clone_into(&mut sent.name);
                field
                    .content_type()
                    .unwrap_or("application/octet-stream")
                    .clone_into(&mut sent.media_type);
                sent.content = field.bytes().await.map_err(unreadable)?.to_vec();
            }
            (Some(name), None) => {
                let text = field.text().await.map_err(unreadable)?;
                sent.fields.insert(name, text);
            }
            (None, None) => (),
        }
    }
    if sent.content.is_empty() {
        return Err(wrong("fichier", "Choisissez un fichier qui n’est pas vide."));
    }
    Ok(sent)
}

#[expect(clippy::needless_pass_by_value, reason = "as `map_err` gives it")]
fn unreadable(error: axum::extract::multipart::MultipartError) -> Problem {
    let kind = if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        &kinds::BODY_TOO_LARGE
    } else {
        &kinds::BAD_REQUEST
    };
    Problem::new(kind, error.body_text())
}
