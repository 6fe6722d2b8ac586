//! For tests.

