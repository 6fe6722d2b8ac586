//! Written without waiting for the disk, and yet never believed when the disk has lost something.
//!
//! Waiting for the disk would make the log's own commits wait, which people wait for. What a
//! process has written survives its death; only the machine's loses it. So the file says, durably,
//! in which life of the machine it is being written, and says no more once it is all on the disk:
//! one that says another life is rebuilt from the log.

use rusqlite::{Connection, OptionalExtension};

/// Where Linux says which life of the machine this is.
const BOOT: &str = "/proc/sys/kernel/random/boot_id";

/// Marks the file as written from now on without waiting for the disk; `false` when it was marked
/// so in another life of the machine, and may have lost something.
///
/// Where the system does not say which life it is, every commit waits for the disk instead.
pub(crate) fn begin(connection: &Connection) -> rusqlite::Result<bool> {
    let marked: Option<String> =
        connection.query_row("SELECT boot FROM unsynced", [], |row| row.get(0)).optional()?;
    let boot = std::fs::read_to_string(BOOT).map(|it| it.trim().to_owned()).ok();
    match (marked, boot) {
        (Some(marked), Some(boot)) if marked == boot => (),
        (Some(_), _) => return Ok(false),
        (None, None) => return Ok(true),
        (None, Some(boot)) => {
            connection.execute("INSERT INTO unsynced VALUES (?1)", [boot])?;
        }
    }
    connection.pragma_update(None, "synchronous", "off")?;
    Ok(true)
}

/// Waits until all that was written is on the disk, and takes the mark off.
pub(crate) fn end(connection: &Connection) -> rusqlite::Result<()> {
    let to_disk = "PRAGMA synchronous = full; PRAGMA wal_checkpoint (truncate);";
    connection.execute_batch(to_disk)?;
    connection.execute_batch("DELETE FROM unsynced; PRAGMA wal_checkpoint (truncate);")
}
