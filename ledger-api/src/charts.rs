//! Charts, drawn by the server as SVG: laid out here in whole numbers, written by a template.
//!
//! ```text
//!  figures ─▶ AgeingChart, ConsumptionChart: places and words ─▶ templates/charts/*.html
//! ```
//!
//! A page shows one by `{{ chart }}`: its own template has escaped what it says. A chart is never
//! alone: the table of the same figures stands beside it, for whoever does not see it.
//!
//! Letters keep their size on every screen: what is laid out across is in hundredths of a percent
//! of the width, what is laid out downwards in pixels.

mod ageing;
mod axis;
mod consumption;

pub use ageing::{AgeingChart, Bucket};
pub use axis::Across;
pub use consumption::{ConsumptionChart, Course, Period};
