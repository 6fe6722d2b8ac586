//! Shapes that are read and no longer written, each with its `From` to today's.
//!
//! There is none yet: every event is still at its first version.
