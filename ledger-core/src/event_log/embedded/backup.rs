//! A copy of the log, made while it is written to.

use std::fs::{self, File};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use crate::event_log::Position;

use super::block::Broken;
use super::open::{self, OpenError, beside};
use super::rows::{self, Link};
use super::verify::{Verified, verify};

/// Copies `log`, at least up to `end`, to a new file at `to`, checking each block, and
/// then verifies the copy. Tells `progress` the last position copied.
///
/// The log only grows: what stands up to a position is the same whenever it is read.
pub(super) fn backup(
    log: &Connection,
    end: Position,
    to: &Path,
    progress: &mut dyn FnMut(Position),
) -> Result<Verified, OpenError> {
    open::check_new(to)?;
    let part = beside(to, ".part");
    match fs::remove_file(&part) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(OpenError::io(&part)(error));
        }
        Ok(()) | Err(_) => {}
    }
    open::create(&part).map_err(OpenError::sqlite(&part))?;
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let copy = Connection::open_with_flags(&part, flags).map_err(OpenError::sqlite(&part))?;
    // Synced once, at its end: before, it has no name that anybody would trust.
    let quick = copy.pragma_update(None, "synchronous", "OFF");
    quick.map_err(OpenError::sqlite(&part))?;
    let mut link = Link::START;
    while link.next <= end {
        link = copy_slice(log, &copy, link, &part)?;
        progress(link.next - 1);
    }
    copy.close().map_err(|(_, error)| OpenError::sqlite(&part)(error))?;
    File::open(&part).and_then(|it| it.sync_all()).map_err(OpenError::io(&part))?;
    let copy = open::reader(&part).map_err(OpenError::sqlite(&part))?;
    let verified = verify(&copy, link.next - 1, &mut |_| ()).map_err(OpenError::damaged(&part))?;
    fs::rename(&part, to).map_err(OpenError::io(to))?;
    open::sync_directory(to)?;
    Ok(verified)
}

/// Copies some blocks from `link` on, in one transaction.
fn copy_slice(
    log: &Connection,
    copy: &Connection,
    link: Link,
    part: &Path,
) -> Result<Link, OpenError> {
    let failed = OpenError::sqlite(part);
    let transaction = copy.unchecked_transaction().map_err(&failed)?;
    let mut written = Ok(());
    let next = rows::slice(log, link, |stored| {
        if written.is_ok() {
            written = rows::insert(&transaction, stored.link, stored.count, stored.data);
        }
        Ok(())
    })
    .map_err(OpenError::damaged(part))?;
    written.map_err(&failed)?;
    transaction.commit().map_err(&failed)?;
    if next == link {
        let broken = Broken("the log ends here, and should go on").at(link.next);
        return Err(OpenError::damaged(part)(broken));
    }
    Ok(next)
}
