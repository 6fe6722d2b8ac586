//! Is the log what was written, all of it? For an auditor who trusts nobody.

use rusqlite::Connection;

use crate::event_log::{LogError, Position};

use super::block::{Block, Broken};
use super::heads::{Head, Map};
use super::rows::{self, Link};

/// What [`Embedded::verify`] found whole.
///
/// [`Embedded::verify`]: super::Embedded::verify
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// How many events the log holds; its last position.
    pub events: u64,
    /// How many streams they are in.
    pub streams: u64,
    /// SHA-256 of the whole log. Who keeps it, with `events`, can prove later that nothing up to
    /// there was changed, were all hashes in the file made anew.
    pub chain: [u8; 32],
}

/// Reads all blocks, at least up to `end`: unbroken chain, no gap, no event that cannot be read, and every
/// stream an unbroken chain of versions. Tells `progress` the last position checked.
pub(super) fn verify(
    connection: &Connection,
    end: Position,
    progress: &mut dyn FnMut(Position),
) -> Result<Verified, LogError> {
    let (mut link, mut heads) = (Link::START, Map::default());
    while link.next <= end {
        let next = rows::slice(connection, link, |stored| check(&stored.unpack()?, &mut heads))?;
        if next == link {
            return Err(Broken("the log ends here, and should go on").at(link.next));
        }
        link = next;
        progress(link.next - 1);
    }
    Ok(Verified { events: link.next - 1, streams: heads.len() as u64, chain: link.chain })
}

/// Reads every event of `block`, and checks that each append goes on where its stream ended.
fn check(block: &Block, heads: &mut Map) -> Result<(), LogError> {
    for entry in block.entries() {
        let entry = entry.map_err(|it| it.at(block.first))?;
        for event in block.events(&entry) {
            event.map_err(|it| it.at(entry.first))?;
        }
        let head = heads.entry(entry.stream).or_default();
        if *head != (Head { version: entry.before, position: entry.previous }) {
            return Err(Broken("its stream does not go on where it ended").at(entry.first));
        }
        head.version = entry.before + entry.count;
        head.position = entry.first + entry.count - 1;
    }
    Ok(())
}
