//! Passes over real HTTP servers: the demo partners' site, and one that misbehaves.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod demo_site;
mod joined;
mod misbehaving;
mod repository;
mod world;
