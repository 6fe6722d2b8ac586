//! What a repository says of itself (`Identify`).

use std::io::BufRead;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{error, instant, next, open};
use crate::feed::FeedError;

/// How finely a repository dates its records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// To the day: the one that every repository knows.
    #[default]
    Day,
    /// To the second.
    Second,
}

/// Whether a repository tells what it has deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeletedRecord {
    /// Never: what is no longer listed is gone.
    No,
    /// For a while: a whole list is needed now and then.
    Transient,
    /// Always.
    Persistent,
}

/// What a repository says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Identity {
    /// How finely it dates its records; [`Granularity::Day`] when it does not say.
    pub granularity: Granularity,
    /// Whether it tells what it has deleted; [`DeletedRecord::No`] when it does not say.
    pub deleted_record: DeletedRecord,
    /// The earliest date of change it may have; `None` when it does not say.
    pub earliest: Option<DateTime<Utc>>,
}

/// Reads an answer to `Identify`. Names and addresses of administrators are not read.
pub fn identify(body: &mut dyn BufRead) -> Result<Identity, FeedError> {
    let mut document = open(body)?;
    while let Some(child) = next(&mut document)? {
        let child = document.whole(child)?;
        match child.name.as_str() {
            "error" => {
                let (code, message) = error(&child);
                return Err(FeedError::Oai { code, message });
            }
            "Identify" => {
                let said = |name: &str| child.value(name).unwrap_or_default();
                return Ok(Identity {
                    granularity: if said("granularity").contains("ss") {
                        Granularity::Second
                    } else {
                        Granularity::Day
                    },
                    deleted_record: match said("deletedRecord") {
                        "persistent" => DeletedRecord::Persistent,
                        "transient" => DeletedRecord::Transient,
                        _ => DeletedRecord::No,
                    },
                    earliest: instant(said("earliestDatestamp")),
                });
            }
            _ => {}
        }
    }
    Err(FeedError::NotThisFormat { found: "no Identify".into(), expected: "an answer to Identify" })
}
