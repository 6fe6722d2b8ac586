//! Appends as a teacher's purchase makes them: two events of about 300 bytes.

use ledger_core::event_log::{Append, NewEvent};
use ledger_core::meta::{Actor, Meta, Role};
use ledger_core::stream::{Category, StreamId};
use rustc_hash::FxHashMap;
use smallvec::smallvec;
use uuid::Uuid;

/// Purchases of some number of accounts, at random; no account is in two of them.
pub struct Purchases {
    accounts: u64,
    source: u64,
    state: u64,
    held: FxHashMap<StreamId, u64>,
}

impl Purchases {
    pub fn new(accounts: u64) -> Self {
        use std::sync::atomic::{AtomicU64, Ordering};
        static SOURCES: AtomicU64 = AtomicU64::new(1);
        let source = SOURCES.fetch_add(1, Ordering::Relaxed);
        Self { accounts, source, state: source, held: FxHashMap::default() }
    }

    /// The streams written to, in some order.
    pub fn streams(&self) -> impl Iterator<Item = StreamId> {
        self.held.keys().copied()
    }

    fn random(&mut self) -> u64 {
        // splitmix64
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn id(&mut self) -> Uuid {
        uuid::Builder::from_random_bytes(
            (u128::from(self.random()) << 64 | u128::from(self.random())).to_be_bytes(),
        )
        .into_uuid()
    }

    /// The next ones.
    pub fn next(&mut self, many: usize) -> Vec<Append> {
        (0..many).map(|_| self.purchase()).collect()
    }

    fn purchase(&mut self) -> Append {
        let account = self.random() % self.accounts;
        let account = Uuid::new_v5(&Uuid::from_u64_pair(self.source, account), b"account");
        let stream = StreamId { category: Category::Account, id: account };
        let (purchase, cause, offer) = (self.id().simple(), self.id(), self.random() % 500);
        let offer = Uuid::from_u64_pair(7, offer).simple();
        let partner = Uuid::from_u64_pair(9, self.random() % 6).simple();
        let (cents, seconds) = (self.random() % 50_00 + 1, self.random() % 86400);
        let lots = [Uuid::new_v5(&account, b"1").simple(), Uuid::new_v5(&account, b"2").simple()];
        let authorised = format!(
            r#"{{"purchase":"pur_{purchase}","offer":"off_{offer}","partner":"par_{partner}","title":"Fractions et décimaux, cycle 3","amount_cents":{cents},"vat":{{"rate":"5.5","base_cents":{},"tax_cents":{}}},"licence":"one_class_one_year","split":[{{"lot":"lot_{}","cents":{}}},{{"lot":"lot_{}","cents":{}}}]}}"#,
            cents - cents / 20,
            cents / 20,
            lots[0],
            cents - cents / 3,
            lots[1],
            cents / 3,
        );
        let captured = format!(
            r#"{{"purchase":"pur_{purchase}","capture":"cap_{}","amount_cents":{cents},"delivery":"storefront","parts":[{{"lot":"lot_{}","cents":{}}},{{"lot":"lot_{}","cents":{}}}],"final":true}}"#,
            cause.simple(),
            lots[0],
            cents - cents / 3,
            lots[1],
            cents / 3,
        );
        let at = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap()
            + chrono::TimeDelta::seconds(i64::try_from(seconds).unwrap());
        let version = self.held.entry(stream).or_default();
        *version += 2;
        Append {
            stream,
            expected: *version - 2,
            meta: Meta { at, by: Actor { role: Role::Teacher, id: account }, cause },
            events: smallvec![
                NewEvent { name: "purchase_authorised", schema: 1, body: authorised.into_bytes() },
                NewEvent { name: "purchase_captured", schema: 1, body: captured.into_bytes() },
            ],
        }
    }
}
