//! Files kept with payment orders (pièces justificatives): named by their fingerprint, which the
//! log knows; so that a file is either whole and the right one, or not there.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;

use ledger_core::digest::Digest;

/// A folder of files named by their SHA-256.
#[derive(Clone, Debug)]
pub struct Vouchers {
    folder: PathBuf,
}

/// Why a file cannot be given.
#[derive(Debug, thiserror::Error)]
pub enum VoucherError {
    /// It is not there: restore it from a backup.
    #[error("the file {0} is missing: restore it from a backup")]
    Missing(Digest),
    /// It is another one than it was.
    #[error("the file {0} was changed: restore it from a backup")]
    Changed(Digest),
    /// The disk or the system does not allow it.
    #[error("the file {digest}: {error}")]
    Io {
        /// Which file.
        digest: Digest,
        /// What the system says.
        error: io::Error,
    },
}

impl Vouchers {
    /// Those in `folder`, which is made when it is first needed.
    pub fn new(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Keeps `content`, durable before it answers; gives its fingerprint. Kept twice, it is there
    /// once.
    pub fn keep(&self, content: &[u8]) -> Result<Digest, VoucherError> {
        let digest = Digest::of(content);
        let path = self.path(digest);
        let failed = |error| VoucherError::Io { digest, error };
        if self.read(digest).is_ok() {
            return Ok(digest);
        }
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(failed)?;
        let half = path.with_extension("half");
        let written = File::create(&half).and_then(|mut file| {
            file.write_all(content)?;
            file.sync_all()?;
            fs::rename(&half, &path)?;
            File::open(folder)?.sync_all()
        });
        written.map_err(failed)?;
        Ok(digest)
    }

    /// The file whose fingerprint is `digest`, checked.
    pub fn read(&self, digest: Digest) -> Result<Vec<u8>, VoucherError> {
        match fs::read(self.path(digest)) {
            Ok(content) if Digest::of(&content) == digest => Ok(content),
            Ok(_) => Err(VoucherError::Changed(digest)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(VoucherError::Missing(digest))
            }
            Err(error) => Err(VoucherError::Io { digest, error }),
        }
    }

    fn path(&self, digest: Digest) -> PathBuf {
        let name = digest.to_string();
        self.folder.join(&name[..2]).join(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_kept_once_and_read_back_checked() {
        let folder = tempfile::tempdir().unwrap();
        let vouchers = Vouchers::new(folder.path().join("vouchers"));
        let digest = vouchers.keep(b"releve").unwrap();
        assert_eq!(vouchers.keep(b"releve").unwrap(), digest);
        assert_eq!(vouchers.read(digest).unwrap(), b"releve");
        fs::write(vouchers.path(digest), b"doctored").unwrap();
        assert!(matches!(vouchers.read(digest), Err(VoucherError::Changed(_))));
        assert_eq!(vouchers.keep(b"releve").unwrap(), digest);
        assert_eq!(vouchers.read(digest).unwrap(), b"releve", "kept again, it is repaired");
        let missing = Digest::of(b"nothing");
        assert!(matches!(vouchers.read(missing), Err(VoucherError::Missing(_))));
    }
}
