//! Read models: folds over the whole log, kept as tables in one file that can always be deleted.
//!
//! ```text
//!  ┌─────┐ read_all ┌──────┐ runs of rows ┌────────┐ one transaction ┌──────────┐
//!  │ log │─────────▶│ fold │─────────────▶│ writer │────────────────▶│ one file │
//!  └─────┘  decode  └──────┘              └────────┘  + checkpoint   └────┬─────┘
//!     ▲                                                                   │ read-only
//!     │  lines, labels, who and when        ┌──────────┐ reports ┌────────┴─┐
//!     └─────────────────────────────────────│ accounts │◀────────│  Reader  │
//!                                           └──────────┘         └──────────┘
//! ```
//!
//! Read in this order: `schema.sql`, `fold`, [`projector`], [`read_models`], [`reports`].
//!
//! # Invariants
//!
//! * Tables and checkpoint are written in one transaction: they never disagree.
//! * A crash of the process loses nothing; after one of the machine they are rebuilt.
//! * Rebuilt from zero or followed step by step, the tables are the same to the byte ([`dump`]).
//! * Entries are posted on the accounting day, and numbered without a gap, as the log alone tells.
//! * No rule ever reads them: what decides on money is folded from the stream itself.
//! * No event is left out in silence: one that cannot be read stops the projector, and says where.

pub mod beancount;
mod checkpoint;
mod columns;
pub mod dump;
mod durability;
pub mod fec;
mod fold;
pub mod hledger;
pub mod net;
mod numbering;
pub mod projector;
pub mod read_models;
pub mod rebuild;
pub mod reports;
mod schema;
pub mod search;
pub mod table;

pub use numbering::EntryNumber;
pub use projector::{ProjectorError, State};
pub use read_models::{ReadError, ReadModels, Reader, StartError};
pub use rebuild::{Progress, RebuildError, rebuild};
pub use schema::OpenError;
