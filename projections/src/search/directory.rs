//! The folder of the index: as tantivy's own, but nobody waits for the disk.
//!
//! For the same reasons as [`crate::durability`], and under the same mark: what the machine may
//! have lost is made again with the read models.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::directory::error::{DeleteError, LockError, OpenReadError, OpenWriteError};
use tantivy::directory::{
    AntiCallToken, Directory, DirectoryLock, FileHandle, Lock, MmapDirectory, TerminatingWrite,
    WatchCallback, WatchHandle, WritePtr,
};

/// A folder that is written without waiting.
#[derive(Clone, Debug)]
pub(super) struct Folder {
    path: PathBuf,
    inner: MmapDirectory,
}

impl Folder {
    /// Opens the folder at `path`, which is there.
    pub(super) fn open(path: &Path) -> tantivy::Result<Self> {
        Ok(Self { path: path.to_owned(), inner: MmapDirectory::open(path)? })
    }
}

/// Waits until all that is in the folder at `path` is on the disk; fine if there is none.
pub(crate) fn sync(path: &Path) -> std::io::Result<()> {
    if !path.exists() {
        return Ok(());
    }
    for file in std::fs::read_dir(path)? {
        match File::open(file?.path()).and_then(|it| it.sync_all()) {
            // Merged away meanwhile.
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => (),
            done => done?,
        }
    }
    File::open(path)?.sync_all()
}

/// Deletes the folder at `path`; fine if there is none.
pub(crate) fn delete(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        // A file of that name is no index of ours, but nothing else may stand there either.
        Err(error) if error.kind() == std::io::ErrorKind::NotADirectory => {
            std::fs::remove_file(path)
        }
        done => done,
    }
}

struct Plain(File);

impl Write for Plain {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl TerminatingWrite for Plain {
    fn terminate_ref(&mut self, _: AntiCallToken) -> std::io::Result<()> {
        self.0.flush()
    }
}

impl Directory for Folder {
    fn get_file_handle(&self, path: &Path) -> Result<Arc<dyn FileHandle>, OpenReadError> {
        self.inner.get_file_handle(path)
    }

    fn delete(&self, path: &Path) -> Result<(), DeleteError> {
        self.inner.delete(path)
    }

    fn exists(&self, path: &Path) -> Result<bool, OpenReadError> {
        self.inner.exists(path)
    }

    fn open_write(&self, path: &Path) -> Result<WritePtr, OpenWriteError> {
        let file = File::options().write(true).create_new(true).open(self.path.join(path));
        let file = file.map_err(|error| {
            if error.kind() == std::io::ErrorKind::AlreadyExists {
                OpenWriteError::FileAlreadyExists(path.to_owned())
            } else {
                OpenWriteError::wrap_io_error(error, path.to_owned())
            }
        })?;
        Ok(BufWriter::new(Box::new(Plain(file))))
    }

    fn atomic_read(&self, path: &Path) -> Result<Vec<u8>, OpenReadError> {
        self.inner.atomic_read(path)
    }

    fn atomic_write(&self, path: &Path, data: &[u8]) -> std::io::Result<()> {
        let whole = self.path.join(path);
        let mut beside = whole.clone().into_os_string();
        beside.push("-new");
        std::fs::write(&beside, data)?;
        std::fs::rename(&beside, &whole)
    }

    fn sync_directory(&self) -> std::io::Result<()> {
        Ok(())
    }

    fn acquire_lock(&self, lock: &Lock) -> Result<DirectoryLock, LockError> {
        self.inner.acquire_lock(lock)
    }

    fn watch(&self, _: WatchCallback) -> tantivy::Result<WatchHandle> {
        Ok(WatchHandle::empty())
    }
}
