//! The read models in use: followed by a projector, read by as many as want to.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::JoinHandle;
use std::time::Duration;

use ledger_core::event_log::{Log, Position};
use parking_lot::Mutex;
use rusqlite::Connection;
use tokio::runtime::Handle;

use crate::checkpoint::Checkpoint;
use crate::durability;
use crate::projector::{Projector, ProjectorError, Shared, State, Until};
use crate::rebuild::{Progress, RebuildError, rebuild};
use crate::schema::{self, OpenError};
use crate::search::generation::{Current, Generation};
use crate::search::indexer;

/// Connections beyond so many are closed after use.
const IDLE_MAX: usize = 8;

/// How many times damage found while running is cured by a rebuild, before it is given up.
const CURES_MAX: usize = 3;

/// Why something cannot be read.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ReadError {
    /// The read models did not get there in time: try again, or read what there is.
    #[error("the read models are at position {position}, not yet at {wanted}")]
    Behind {
        /// Where they are.
        position: Position,
        /// What was asked for.
        wanted: Position,
    },
    /// They follow the log no further, and will not until somebody has looked.
    #[error("the read models have stopped: {0}")]
    Stopped(Arc<ProjectorError>),
    /// The file cannot be read.
    #[error("the read models cannot be read: {0}")]
    Store(String),
    /// The catalogue cannot be searched until its index was made again.
    #[error("the catalogue cannot be searched: {0}")]
    Search(String),
    /// Whoever an export was written to takes no more.
    #[error("the export was broken off: {0}")]
    Export(String),
    /// The log, to which a report goes back, cannot be read.
    #[error("the log cannot be read: {0}")]
    Log(String),
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Store(error.to_string())
    }
}

/// Why read models cannot be used at all.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The file cannot be opened, and a rebuild is no cure.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The file was to be rebuilt, and could not be.
    #[error(transparent)]
    Rebuild(#[from] RebuildError),
    /// The system gives no thread.
    #[error("the projector cannot be started: {0}")]
    Thread(String),
}

/// The read models of one log, in one file; a clone is the same ones.
///
/// The projector stops when the last clone is dropped, and leaves the file for next time.
#[derive(Clone, Debug)]
pub struct ReadModels {
    shared: Arc<Shared>,
    pool: Arc<Pool>,
    projector: Arc<Running>,
}

impl ReadModels {
    /// Opens the file at `path` and follows `log` from where it is.
    ///
    /// A file that is missing, damaged, of another version or of another log is rebuilt first;
    /// `progress` is told how far that is. A file of another program is refused.
    pub async fn open(
        log: Log,
        path: impl AsRef<Path>,
        progress: impl FnMut(Progress),
    ) -> Result<Self, StartError> {
        let path = path.as_ref();
        let projector = match Projector::open(&log, path).await {
            Ok(it) => it,
            Err(error) if error.is_cured_by_rebuild() => {
                make_room(path, &error)?;
                rebuild(&log, path, progress).await?;
                Projector::open(&log, path).await?
            }
            Err(error) => return Err(error.into()),
        };
        let shared = Arc::new(Shared::new(projector.position()));
        let search = projector.search.current().clone();
        let pool = Arc::new(Pool { path: path.to_owned(), idle: Mutex::default(), search });
        let supervisor = Supervisor {
            log,
            runtime: Handle::current(),
            shared: shared.clone(),
            pool: pool.clone(),
        };
        let thread = std::thread::Builder::new().name("projector".to_owned());
        let thread = thread
            .spawn(move || supervisor.run(projector))
            .map_err(|error| StartError::Thread(error.to_string()))?;
        let running = Running { shared: shared.clone(), thread: Mutex::new(Some(thread)) };
        Ok(Self { shared, pool, projector: Arc::new(running) })
    }

    /// How far they are, and whether they go on.
    pub fn state(&self) -> State {
        self.shared.state.borrow().clone()
    }

    /// What they say now, however far they are.
    pub fn now(&self) -> Result<Reader, ReadError> {
        Reader::new(self.pool.clone())
    }

    /// What they say once they cover `position`: a page shown after a command sees its effect.
    pub async fn at_least(
        &self,
        position: Position,
        timeout: Duration,
    ) -> Result<Reader, ReadError> {
        if self.shared.state.borrow().position < position {
            let _waiting = Waiting::new(&self.shared);
            let mut state = self.shared.state.subscribe();
            let there = state.wait_for(|it| it.position >= position || it.stopped.is_some());
            let seen = tokio::time::timeout(timeout, there).await;
            let state = match seen {
                Ok(Ok(state)) => state.clone(),
                Ok(Err(_)) | Err(_) => self.state(),
            };
            match state {
                State { position: now, .. } if now >= position => (),
                State { stopped: Some(why), .. } => return Err(ReadError::Stopped(why)),
                State { position: now, stopped: None } => {
                    return Err(ReadError::Behind { position: now, wanted: position });
                }
            }
        }
        self.now()
    }

    /// Stops following the log; reading goes on. Blocks until what was begun is written.
    pub fn close(&self) {
        self.projector.stop();
    }
}

/// Deletes a file that cannot be used; moves a damaged one aside.
fn make_room(path: &Path, error: &OpenError) -> Result<(), StartError> {
    tracing::info!("Rebuilding the read models: {error}");
    let done = match error {
        OpenError::Damaged(_) => schema::set_aside(path),
        OpenError::Missing(_)
        | OpenError::OtherVersion
        | OpenError::OtherLog
        | OpenError::Unsynced
        | OpenError::Foreign(_)
        | OpenError::Log(_)
        | OpenError::Sqlite { .. } => Ok(()),
    };
    done.map_err(|error| OpenError::Sqlite { path: path.to_owned(), why: error.to_string() }.into())
}

/// Somebody who waits for a position.
struct Waiting<'a>(&'a Shared);

impl<'a> Waiting<'a> {
    fn new(shared: &'a Shared) -> Self {
        shared.waiting.fetch_add(1, Ordering::Relaxed);
        shared.hurry.notify_one();
        Self(shared)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The thread that follows the log.
#[derive(Debug)]
struct Running {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Running {
    fn stop(&self) {
        self.shared.stop.send_replace(true);
        if let Some(Err(_)) = self.thread.lock().take().map(JoinHandle::join) {
            tracing::error!("The projector panicked");
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Runs the projector, cures damage, and says why it stopped.
struct Supervisor {
    log: Log,
    runtime: Handle,
    shared: Arc<Shared>,
    pool: Arc<Pool>,
}

impl Supervisor {
    fn run(self, projector: Projector) {
        let mut ended = projector.run(&self.log, &self.runtime, &self.shared, Until::Stopped);
        for _ in 0..CURES_MAX {
            let Err(ProjectorError::Damaged(why)) = &ended else { break };
            tracing::error!("The read models are damaged and are being rebuilt: {why}");
            ended = self
                .cured()
                .and_then(|it| it.run(&self.log, &self.runtime, &self.shared, Until::Stopped));
        }
        let ended = ended.and_then(|connection| {
            let synced = indexer::sync(&indexer::beside(&self.pool.path));
            synced.map_err(|error| ProjectorError::Store(error.to_string()))?;
            Ok(durability::end(&connection)?)
        });
        if let Err(error) = ended {
            tracing::error!("The read models have stopped: {error}");
            self.shared.state.send_modify(|it| it.stopped = Some(Arc::new(error)));
        }
    }

    fn cured(&self) -> Result<Projector, ProjectorError> {
        let path = &self.pool.path;
        let store = |why: String| ProjectorError::Store(why);
        schema::set_aside(path).map_err(|error| store(error.to_string()))?;
        self.pool.idle.lock().clear();
        let mut projector = self.runtime.block_on(async {
            rebuild(&self.log, path, |_| ()).await.map_err(|error| store(error.to_string()))?;
            Projector::open(&self.log, path).await.map_err(|error| store(error.to_string()))
        })?;
        self.pool.idle.lock().clear();
        projector.search.show_to(self.pool.search.clone());
        self.shared.state.send_modify(|it| it.position = projector.position());
        Ok(projector)
    }
}

/// Connections for reading that nobody uses now.
#[derive(Debug)]
struct Pool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    search: Arc<Current>,
}

/// The read models at one position: every question asked of it sees the same state.
///
/// Give it back (drop it) soon: while it is open the file cannot shed what was overwritten.
/// Its methods are in [`crate::reports`]; they read a local file and answer in well under a
/// millisecond unless they say otherwise.
#[derive(Debug)]
pub struct Reader {
    /// `None` only while it is dropped.
    connection: Option<Connection>,
    pool: Arc<Pool>,
    position: Position,
    search: Found,
}

/// What is searched, or why nothing can be.
type Found = Result<Arc<Generation>, Arc<str>>;

impl Reader {
    fn new(pool: Arc<Pool>) -> Result<Self, ReadError> {
        let idle = pool.idle.lock().pop();
        let connection = match idle {
            Some(it) => it,
            None => schema::open_reader(&pool.path)?,
        };
        connection.execute_batch("BEGIN")?;
        let position = Checkpoint::read(&connection)?.position;
        let search = pool.search.get();
        Ok(Self { connection: Some(connection), pool, position, search })
    }

    /// The position of the log that it covers.
    pub fn position(&self) -> Position {
        self.position
    }

    /// What is searched.
    pub(crate) fn index(&self) -> Result<&Arc<Generation>, ReadError> {
        self.search.as_ref().map_err(|why| ReadError::Search(why.to_string()))
    }

    /// Where another one like it is opened, once this one was given back.
    pub(crate) fn source(&self) -> Source {
        Source(self.pool.clone())
    }

    /// Where to ask.
    pub(crate) fn sql(&self) -> Result<&Connection, ReadError> {
        self.connection.as_ref().ok_or_else(|| ReadError::Store("it was given back".into()))
    }
}

/// Opens readers, for a report that goes back to the log in between.
pub(crate) struct Source(Arc<Pool>);

impl Source {
    pub(crate) fn open(&self) -> Result<Reader, ReadError> {
        Reader::new(self.0.clone())
    }
}

#[cfg(test)]
impl Reader {
    /// What a file says that nobody follows.
    pub(crate) fn of(path: &Path) -> Result<Self, ReadError> {
        let (idle, search) = (Mutex::default(), Arc::default());
        Self::new(Arc::new(Pool { path: path.to_owned(), idle, search }))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else { return };
        let mut idle = self.pool.idle.lock();
        if connection.execute_batch("COMMIT").is_ok() && idle.len() < IDLE_MAX {
            idle.push(connection);
        }
    }
}
