//! What the last pass over each partner left: one small JSON file each, which may be deleted.
//!
//! Without it the next pass reads the whole feed and finds that nothing changed.

use std::io::Write as _;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use ledger_core::digest::Digest;
use ledger_core::ids::PartnerId;
use serde::{Deserialize, Serialize};

use crate::changes::Known;
use crate::feed::{RefusedOffer, Remark};

/// What the last pass over one partner left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Where its feed was.
    pub feed: String,
    /// What its site called that state of its feed.
    pub etag: Option<String>,
    /// When its partner drew it up.
    pub as_of: Option<DateTime<Utc>>,
    /// The last day on which an answer was read, rather than told to be unchanged.
    pub read_on: Option<NaiveDate>,
    /// The last day on which the whole feed was read.
    pub full_on: Option<NaiveDate>,
    /// The fingerprint of what was on sale afterwards; `None` before the first pass.
    pub known: Option<Digest>,
    /// What was refused, to be told again when nothing has changed.
    pub refused: Vec<RefusedOffer>,
    /// What was remarked.
    pub remarks: Vec<Remark>,
}

impl State {
    /// Before the first pass.
    pub fn new(feed: &str) -> Self {
        Self {
            feed: feed.to_owned(),
            etag: None,
            as_of: None,
            read_on: None,
            full_on: None,
            known: None,
            refused: Vec::new(),
            remarks: Vec::new(),
        }
    }

    /// Whether `known` is what the last pass left.
    pub fn knows(&self, known: &Known) -> bool {
        self.known == Some(digest(known))
    }
}

/// The fingerprint of what is on sale.
pub fn digest(known: &Known) -> Digest {
    Digest::of_json(known)
}

/// The folder of all partners' states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct States(PathBuf);

impl States {
    /// Those in `folder`, which is made when it is needed.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// What the last pass left; `None` when there was none, or its file cannot be read.
    pub fn load(&self, partner: PartnerId) -> Option<State> {
        let file = self.file(partner);
        let text = std::fs::read(&file).ok()?;
        match serde_json::from_slice(&text) {
            Ok(state) => Some(state),
            Err(error) => {
                tracing::warn!(file = %file.display(), "not a state, ignored: {error}");
                None
            }
        }
    }

    /// Keeps `state`: whole or not at all, whatever happens meanwhile.
    pub fn save(&self, partner: PartnerId, state: &State) -> std::io::Result<()> {
        std::fs::create_dir_all(&self.0)?;
        let file = self.file(partner);
        let beside = file.with_extension("json.new");
        let mut new = std::fs::File::create(&beside)?;
        new.write_all(&serde_json::to_vec(state)?)?;
        new.sync_all()?;
        std::fs::rename(beside, file)
    }

    fn file(&self, partner: PartnerId) -> PathBuf {
        self.0.join(format!("{partner}.json"))
    }
}
