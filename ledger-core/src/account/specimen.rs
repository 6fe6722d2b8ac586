//! The rules of a specimen (spécimen): a resource is tried for some days, once, for nothing.
//!
//! No money moves. Buying the offer afterwards is a purchase like any other: the specimen then has
//! been converted, which whoever reads both events sees.

use chrono::{Days, NaiveDate};

use super::rules::Decision;
use super::{Account, AccountEvent, AccountRefusal, TakeSpecimen};
use crate::ids::OfferId;

/// For how many days a specimen is lent, unless its partner ends it before.
pub const SPECIMEN_DAYS: u64 = 30;

/// The last day of a specimen that is taken on the day `on`.
pub fn specimen_until(on: NaiveDate) -> NaiveDate {
    on.checked_add_days(Days::new(SPECIMEN_DAYS)).unwrap_or(NaiveDate::MAX)
}

impl Account {
    /// The last day of the specimen of `offer`; `None` when none was taken.
    pub fn specimen_of(&self, offer: OfferId) -> Option<NaiveDate> {
        self.specimens.iter().find(|(known, _)| *known == offer).map(|(_, until)| *until)
    }

    /// Whether the specimen that is asked for runs already; refused once it is over.
    pub(super) fn has_taken(&self, it: &TakeSpecimen) -> Result<bool, AccountRefusal> {
        match self.specimen_of(it.specimen.offer) {
            None => Ok(false),
            Some(until) if it.on <= until => Ok(true),
            Some(until) => Err(AccountRefusal::SpecimenAlreadyTaken { until }),
        }
    }

    pub(super) fn take_specimen(it: &TakeSpecimen) -> Decision {
        if it.specimen.until < it.on {
            let (field, expected) = ("until", "expected today or a day to come");
            return Err(AccountRefusal::Invalid { field, expected });
        }
        Ok(vec![AccountEvent::SpecimenTaken(it.specimen.clone())])
    }
}
