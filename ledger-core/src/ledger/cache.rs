//! States in memory, up to a bound: looked up, changed and forgotten under one lock per shard.

use std::sync::Arc;

use parking_lot::Mutex;
use rustc_hash::FxHashMap;
use uuid::Uuid;

use super::standing::Standing;

type Map<D> = FxHashMap<Uuid, Known<D>>;

/// How many locks; many times the number of threads, so that they seldom meet.
const SHARDS: usize = 256;

/// A state, how many events lead to it, and what became of them.
pub struct Known<D> {
    pub(super) state: D,
    pub(super) version: u64,
    pub(super) standing: Arc<Standing>,
}

/// See the module.
pub struct Cache<D> {
    shards: Box<[Mutex<Map<D>>]>,
    per_shard: usize,
}

impl<D> Cache<D> {
    /// Keeps about `size` states at most.
    pub(super) fn new(size: usize) -> Self {
        let shards = (0..SHARDS).map(|_| Mutex::new(Map::default()));
        Self { shards: shards.collect(), per_shard: size.div_ceil(SHARDS).max(1) }
    }

    /// What `then` makes of the state of `id`; `None` when it is not in memory.
    pub(super) fn with<T>(&self, id: Uuid, then: impl FnOnce(Option<&mut Known<D>>) -> T) -> T {
        then(self.shard(id).lock().get_mut(&id))
    }

    /// Keeps `known`, unless the state of `id` came into memory in between.
    ///
    /// Beyond the bound another state goes: whichever the map gives first, which is as good as any
    /// since ids are random.
    pub(super) fn insert(&self, id: Uuid, known: Known<D>) {
        let mut shard = self.shard(id).lock();
        if shard.len() >= self.per_shard && !shard.contains_key(&id) {
            let out = shard.keys().next().copied();
            out.and_then(|out| shard.remove(&out));
        }
        shard.entry(id).or_insert(known);
    }

    /// Forgets the state of `id` if it `is` the one that is meant.
    pub(super) fn remove_if(&self, id: Uuid, is: impl FnOnce(&Known<D>) -> bool) {
        let mut shard = self.shard(id).lock();
        if shard.get(&id).is_some_and(is) {
            shard.remove(&id);
        }
    }

    /// Changes the state of `id` if it is in memory; forgets it when `change` says `false`.
    pub(super) fn change(&self, id: Uuid, change: impl FnOnce(&mut Known<D>) -> bool) {
        let mut shard = self.shard(id).lock();
        if shard.get_mut(&id).is_some_and(|it| !change(it)) {
            shard.remove(&id);
        }
    }

    /// How many states are in memory.
    pub(super) fn len(&self) -> usize {
        self.shards.iter().map(|it| it.lock().len()).sum()
    }

    fn shard(&self, id: Uuid) -> &Mutex<Map<D>> {
        // The last byte is random in every version of UUID that names a stream.
        &self.shards[usize::from(id.as_bytes()[15]) % SHARDS]
    }
}
