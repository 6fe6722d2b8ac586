//! From zero: the log is read into a new file, which then takes the place of the old one.

use std::path::Path;

use ledger_core::event_log::{EventLog, Log, Position};

use crate::projector::{Projector, ProjectorError, Shared, Until};
use crate::schema;
use crate::search::indexer;

/// How far a rebuild, or an export, is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Up to where the log was read.
    pub position: Position,
    /// Where it ended when the rebuild began.
    pub end: Position,
}

/// Why a rebuild failed; the file that was there before is untouched.
#[derive(Debug, thiserror::Error)]
pub enum RebuildError {
    /// The log could not be followed to its end.
    #[error(transparent)]
    Projector(#[from] ProjectorError),
    /// The disk does not allow it.
    #[error("the read models cannot be rebuilt at {path}: {why}")]
    Disk {
        /// Which file.
        path: std::path::PathBuf,
        /// What the system says.
        why: String,
    },
}

/// Reads the whole log into a new file at `path`; `progress` is told now and then how far it is.
///
/// Gives the position it has reached, which is where the log ended when it began.
pub async fn rebuild(
    log: &Log,
    path: &Path,
    mut progress: impl FnMut(Progress),
) -> Result<Position, RebuildError> {
    let disk = |why: String| RebuildError::Disk { path: path.to_owned(), why };
    let end = log.end().await.map_err(ProjectorError::from)?;
    let building = schema::beside(path, "-rebuilding");
    schema::delete(&building).map_err(|error| disk(error.to_string()))?;
    let projector = Projector::create(&building)?;
    let shared = std::sync::Arc::new(Shared::new(0));
    let mut state = shared.state.subscribe();
    let runtime = tokio::runtime::Handle::current();
    let (log, theirs) = (log.clone(), shared.clone());
    let _stopped_when_dropped = StopOnDrop(shared);
    let mut done = tokio::task::spawn_blocking(move || {
        let connection = projector.run(&log, &runtime, &theirs, Until::Position(end))?;
        connection.close().map_err(|(_, error)| ProjectorError::from(error))
    });
    let done = loop {
        tokio::select! {
            done = &mut done => break done,
            _ = state.changed() => {
                let position = state.borrow_and_update().position;
                progress(Progress { position, end });
            }
        }
    };
    done.map_err(|error| disk(error.to_string()))??;
    progress(Progress { position: end, end });
    replace(&building, path).map_err(|error| disk(error.to_string()))?;
    Ok(end)
}

/// A rebuild nobody waits for any more is given up.
struct StopOnDrop(std::sync::Arc<Shared>);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop.send_replace(true);
    }
}

/// Puts the finished file in the place of the old one, once it is on the disk.
///
/// What SQLite keeps beside the old one goes first: it would be taken for the new one's.
fn replace(building: &Path, path: &Path) -> std::io::Result<()> {
    std::fs::File::open(building)?.sync_all()?;
    schema::delete_beside(path)?;
    // In this order: whatever happens in between, an index that is not of the file is not there.
    let (index, old) = (indexer::beside(building), indexer::beside(path));
    indexer::delete(&old)?;
    std::fs::rename(building, path)?;
    indexer::replace(&index, &old)
}
