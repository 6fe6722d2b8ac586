//! Passes over real HTTP servers: the demo partners' site, and one that misbehaves.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod broken_off;
mod demo_site;
mod histories;
mod joined;
mod misbehaving;
mod repository;
mod world;
