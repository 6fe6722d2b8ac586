//! What each kind of user may rely on, asked of the whole service.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod access;
mod agreements;
mod answers;
mod audit;
mod batch_files;
mod batches;
mod books;
mod catalogue;
mod description;
mod envelopes;
mod feeds;
mod funder;
mod identity;
mod limits;
mod lists;
mod machine;
mod oauth;
mod offer;
mod offers;
mod payments;
mod payments_alone;
mod probes;
mod service;
mod shop;
mod signin;
mod storefront;
mod topups;
mod treasury;
mod treasury_bank;
mod treasury_fees;
mod treasury_partners;
mod webhook_pages;
mod webhooks;
