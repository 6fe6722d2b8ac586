//! What a school has already: told before it pays twice. Counts, never who.

use ledger_core::ids::{AccountId, OfferId, PurchaseId};
use ledger_core::meta::accounting_day;
use projections::reports::licences::Holdings;

use crate::app::App;
use crate::format;
use crate::problem::Problem;
use crate::reading;

/// What is told of licences that run already.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Already {
    /// Whether buying again is likely a mistake: the button is not the first thing to see.
    pub strong: bool,
    /// In French, the strongest first; empty when there is nothing to tell.
    pub sentences: Vec<String>,
    /// One's own purchase; `None` without any.
    pub own: Option<PurchaseId>,
}

impl Already {
    /// What `holdings` tell of an offer; `by_use`: it is meant to be bought again.
    pub fn of(holdings: &Holdings, by_use: bool) -> Self {
        let mut sentences = vec![];
        if let Some(school) = &holdings.school {
            let until = match school.until {
                Some(day) => format!("jusqu’au {}", format::long_date(day)),
                None => "sans limite de durée".to_owned(),
            };
            sentences.push(format!(
                "Votre établissement a déjà cette ressource (licence établissement, {until})."
            ));
        }
        if let Some(own) = &holdings.own {
            let bought = format::long_date(accounting_day(own.at));
            sentences.push(match own.until {
                Some(day) => format!(
                    "Vous l’avez déjà achetée le {bought}, jusqu’au {}.",
                    format::long_date(day)
                ),
                None => format!("Vous l’avez déjà achetée le {bought}."),
            });
        }
        match holdings.colleagues {
            0 => (),
            1 => {
                sentences
                    .push("Un ou une collègue de votre établissement l’a déjà acquise.".into());
            }
            many => sentences
                .push(format!("{many} collègues de votre établissement l’ont déjà acquise.")),
        }
        let own = holdings.own.as_ref().map(|it| it.purchase);
        Self { strong: holdings.school.is_some() || (own.is_some() && !by_use), sentences, own }
    }

    /// What is told to the holder of `account`.
    pub fn read(
        app: &App,
        account: AccountId,
        offer: OfferId,
        by_use: bool,
    ) -> Result<Self, Problem> {
        let reader = app.models.now().map_err(reading::failed)?;
        let holdings = reader.holdings(account, offer, app.clock.today());
        Ok(Self::of(&holdings.map_err(reading::failed)?, by_use))
    }

    /// `warning` or `info`.
    pub fn tone(&self) -> &'static str {
        if self.strong { "warning" } else { "info" }
    }
}

#[cfg(test)]
mod tests {
    use projections::reports::licences::{OwnLicence, SchoolLicence};

    use super::*;

    #[test]
    fn a_school_licence_is_a_strong_warning_and_colleagues_are_counted() {
        let day = |text: &str| text.parse().unwrap();
        let school = Some(SchoolLicence { until: Some(day("2027-08-31")) });
        let told = Already::of(&Holdings { own: None, colleagues: 2, school }, false);
        assert!(told.strong);
        assert_eq!(
            told.sentences,
            [
                "Votre établissement a déjà cette ressource (licence établissement, jusqu’au \
                 31\u{a0}août 2027).",
                "2 collègues de votre établissement l’ont déjà acquise.",
            ]
        );
        let told = Already::of(&Holdings { colleagues: 1, ..Holdings::default() }, false);
        assert_eq!((told.strong, told.sentences.len()), (false, 1));
        let own = OwnLicence {
            purchase: PurchaseId(uuid::Uuid::nil()),
            at: "2026-11-12T09:00:00Z".parse().unwrap(),
            until: None,
        };
        let told = |by_use| {
            Already::of(&Holdings { own: Some(own.clone()), ..Holdings::default() }, by_use)
        };
        assert!(told(false).strong);
        assert!(!told(true).strong, "what is billed by use is bought again");
        assert_eq!(Already::of(&Holdings::default(), false), Already::default());
    }
}
