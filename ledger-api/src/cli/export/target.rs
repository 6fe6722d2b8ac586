//! Where an export is written: standard output, or a new file that is whole or not there.

use std::error::Error;
use std::fs::Permissions;
use std::io::{self, BufWriter, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

/// How much is gathered before it is written.
const BUFFER: usize = 1 << 20;

/// Something to write to, and then to finish; dropped before, it leaves no file.
pub(super) enum Target {
    /// Standard output.
    Standard(BufWriter<io::Stdout>),
    /// A file under another name, and the one it will have.
    File(BufWriter<NamedTempFile>, PathBuf),
}

impl Target {
    /// A new file at `to`, which must not exist; standard output when it is not given.
    pub(super) fn open(to: Option<&Path>) -> Result<Self, Box<dyn Error>> {
        let Some(to) = to else { return Ok(Self::Standard(BufWriter::new(io::stdout()))) };
        let failed = |why: &dyn std::fmt::Display| format!("{}: {why}", to.display());
        if to.symlink_metadata().is_ok() {
            return Err(failed(&"there is such a file already").into());
        }
        let folder = to.parent().filter(|it| !it.as_os_str().is_empty());
        let file = tempfile::Builder::new()
            .prefix(".export-")
            .suffix(".part")
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder.unwrap_or(Path::new(".")))
            .map_err(|error| failed(&error))?;
        Ok(Self::File(BufWriter::with_capacity(BUFFER, file), to.to_owned()))
    }

    /// Gives the file its name, once all of it is on the disk.
    pub(super) fn finish(self) -> Result<(), Box<dyn Error>> {
        match self {
            Self::Standard(mut out) => Ok(out.flush()?),
            Self::File(out, to) => {
                let file = out.into_inner().map_err(io::IntoInnerError::into_error)?;
                file.as_file().sync_all()?;
                file.persist_noclobber(&to)
                    .map_err(|error| format!("{}: {}", to.display(), error.error))?;
                Ok(())
            }
        }
    }

    fn out(&mut self) -> &mut dyn Write {
        match self {
            Self::Standard(it) => it,
            Self::File(it, _) => it,
        }
    }
}

impl Write for Target {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out().flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_there_once_it_is_whole_and_replaces_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("year.txt");
        let mut target = Target::open(Some(&path)).unwrap();
        target.write_all(b"half").unwrap();
        assert!(!path.exists());
        drop(target);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "nothing is left");

        let mut target = Target::open(Some(&path)).unwrap();
        target.write_all(b"whole").unwrap();
        target.finish().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        assert!(Target::open(Some(&path)).is_err());
    }

    #[test]
    fn a_folder_that_is_not_there_is_told() {
        let told = Target::open(Some(Path::new("/nowhere/year.txt"))).err().unwrap();
        assert!(told.to_string().contains("/nowhere/year.txt"), "{told}");
    }
}
