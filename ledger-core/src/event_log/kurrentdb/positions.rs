//! Which place in `$all` each of our events has, and which one it is among ours.
//!
//! The server numbers bytes, shared with whatever else it keeps; the log numbers our events,
//! 1, 2, 3 … So every node counts them, in the one order that all nodes see, and keeps four bytes
//! for each.

/// How many events are in one block, which is also how many are kept in one event of the server.
pub(super) const BLOCK: usize = 4096;

/// The places of our events, in their order.
#[derive(Debug, Default)]
pub(super) struct Positions {
    /// Whole, but for the last one.
    blocks: Vec<Block>,
}

/// [`BLOCK`] events or, the last one, fewer.
#[derive(Debug)]
struct Block {
    first: u64,
    /// How far from the first; the first one's is 0.
    offsets: Offsets,
}

/// A block spans 4 GiB only where the server keeps far more of others than of ours.
#[derive(Debug)]
enum Offsets {
    Near(Vec<u32>),
    Far(Vec<u64>),
}

impl Offsets {
    fn len(&self) -> usize {
        match self {
            Self::Near(it) => it.len(),
            Self::Far(it) => it.len(),
        }
    }

    fn get(&self, index: usize) -> Option<u64> {
        match self {
            Self::Near(it) => it.get(index).map(|&it| u64::from(it)),
            Self::Far(it) => it.get(index).copied(),
        }
    }

    fn push(&mut self, offset: u64) {
        match (&mut *self, u32::try_from(offset)) {
            (Self::Near(it), Ok(near)) => it.push(near),
            (Self::Near(it), Err(_)) => {
                let mut far: Vec<u64> = it.iter().map(|&it| u64::from(it)).collect();
                far.push(offset);
                *self = Self::Far(far);
            }
            (Self::Far(it), _) => it.push(offset),
        }
    }

    fn find(&self, offset: u64) -> Option<usize> {
        match self {
            Self::Near(it) => it.binary_search(&u32::try_from(offset).ok()?).ok(),
            Self::Far(it) => it.binary_search(&offset).ok(),
        }
    }
}

impl Positions {
    /// How many events there are, which is the position of the last one.
    pub(super) fn end(&self) -> u64 {
        let last = self.blocks.last().map_or(0, |it| it.offsets.len());
        (self.blocks.len().saturating_sub(1) * BLOCK + last) as u64
    }

    /// The next event stands at `commit`, which must be after the last one's.
    pub(super) fn push(&mut self, commit: u64) {
        match self.blocks.last_mut() {
            Some(it) if it.offsets.len() < BLOCK => it.offsets.push(commit - it.first),
            _ => self.blocks.push(Block { first: commit, offsets: Offsets::Near(vec![0]) }),
        }
    }

    /// Where the event at `position`, from 1, stands in `$all`; none when there is no such event.
    pub(super) fn commit(&self, position: u64) -> Option<u64> {
        let index = usize::try_from(position.checked_sub(1)?).ok()?;
        let block = self.blocks.get(index / BLOCK)?;
        Some(block.first + block.offsets.get(index % BLOCK)?)
    }

    /// The position of the event that stands at `commit` in `$all`; none when it is not ours.
    pub(super) fn position(&self, commit: u64) -> Option<u64> {
        let block = self.blocks.partition_point(|it| it.first <= commit).checked_sub(1)?;
        let it = self.blocks.get(block)?;
        let index = it.offsets.find(commit - it.first)?;
        Some((block * BLOCK + index) as u64 + 1)
    }

    /// Where the last event stands in `$all`; none when there is none.
    pub(super) fn last_commit(&self) -> Option<u64> {
        self.commit(self.end())
    }

    /// The whole block numbered `block`, from 0, as it is kept; none while it is not whole.
    pub(super) fn kept(&self, block: usize) -> Option<Vec<u8>> {
        let it = self.blocks.get(block).filter(|it| it.offsets.len() == BLOCK)?;
        let commits = (0..BLOCK).filter_map(|index| Some(it.first + it.offsets.get(index)?));
        let mut before = 0;
        let steps: Vec<u64> = commits.map(|it| it - std::mem::replace(&mut before, it)).collect();
        serde_json::to_vec(&serde_json::json!({
            "from": block * BLOCK + 1,
            "steps": steps,
        }))
        .ok()
    }

    /// Takes the next block from what was kept of it; false when it is not the next one, or none.
    pub(super) fn restore(&mut self, kept: &[u8]) -> bool {
        #[derive(serde::Deserialize)]
        struct Kept {
            from: u64,
            steps: Vec<u64>,
        }
        let Ok(Kept { from, steps }) = serde_json::from_slice(kept) else { return false };
        let mut commit = 0_u64;
        let grows = steps.iter().enumerate().all(|(index, &step)| {
            let at = commit.checked_add(step);
            commit = at.unwrap_or(u64::MAX);
            at.is_some() && (step > 0 || (index == 0 && self.last_commit().is_none()))
        });
        let first = steps.first().copied().unwrap_or_default();
        let follows = self.last_commit().is_none_or(|it| it < first);
        if from != self.end() + 1 || steps.len() != BLOCK || !grows || !follows {
            return false;
        }
        let mut commit = 0;
        for step in steps {
            commit += step;
            self.push(commit);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(count: u64, step: u64) -> Positions {
        let mut positions = Positions::default();
        (0..count).for_each(|it| positions.push(it * step + it % 7));
        positions
    }

    #[test]
    fn a_place_and_a_position_lead_to_each_other() {
        for step in [7, 300, 3_000_000] {
            let positions = sample(10_000, step);
            assert_eq!(positions.end(), 10_000);
            for position in 1..=10_000 {
                let commit = positions.commit(position).unwrap();
                assert_eq!(positions.position(commit), Some(position));
            }
            assert_eq!(positions.position(1), None, "nothing of ours stands there");
            assert_eq!((positions.commit(0), positions.commit(10_001)), (None, None));
        }
        let none = Positions::default();
        assert_eq!((none.end(), none.last_commit(), none.position(5)), (0, None, None));
    }

    #[test]
    fn whole_blocks_are_taken_again_from_what_was_kept() {
        let positions = sample(2 * BLOCK as u64 + 10, 3_000_000);
        let mut again = Positions::default();
        assert!(positions.kept(2).is_none(), "it is not whole");
        let second = positions.kept(1).unwrap();
        assert!(!again.restore(&second), "the first one is missing");
        assert!(again.restore(&positions.kept(0).unwrap()));
        assert!(!again.restore(&positions.kept(0).unwrap()), "it is there");
        assert!(again.restore(&second));
        assert_eq!(again.end(), 2 * BLOCK as u64);
        for position in 1..=again.end() {
            assert_eq!(again.commit(position), positions.commit(position));
        }
        assert!(!again.restore(b"{}") && !again.restore(br#"{"from":8193,"steps":[1,2]}"#));
    }
}
