//! Filters, as they stand in a page's address. An empty one was not given.

use chrono::NaiveDate;
use ledger_core::chart::{Auxiliary, AuxiliaryKind, LedgerAccount};
use ledger_core::identifiers::Funder;

use crate::problem::{Problem, kinds};

/// What was written in a field; `None` when nothing was.
pub(crate) fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|it| !it.is_empty())
}

/// The day in `field`, as browsers write it: `2026-12-31`.
pub(crate) fn day(field: &str, text: Option<&str>) -> Result<Option<NaiveDate>, Problem> {
    let Some(text) = given(text) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        wrong(
            field,
            format_args!("`{text}` is not a date: expected year-month-day, as in 2026-12-31"),
            format!("« {text} » n’est pas une date : écrivez année-mois-jour, comme 2026-12-31."),
        )
    })
}

/// A period that ends before it begins is refused.
pub(crate) fn in_order(from: NaiveDate, to: NaiveDate) -> Result<(), Problem> {
    if from <= to {
        return Ok(());
    }
    let told = "La période finit avant de commencer : choisissez un premier jour plus tôt.";
    Err(wrong("du", format_args!("{from} is after {to}"), told.to_owned()))
}

/// The position of the log in `field`.
pub(crate) fn position(field: &str, text: Option<&str>) -> Result<Option<u64>, Problem> {
    let Some(text) = given(text) else { return Ok(None) };
    text.parse().map(Some).map_err(|_| {
        wrong(
            field,
            format_args!("`{text}` is not a position: expected a whole number, as in 4218"),
            format!("« {text} » n’est pas une position : écrivez un nombre entier, comme 4218."),
        )
    })
}

/// The value that `field` names among `all`.
pub(crate) fn one_of<T: Copy>(
    field: &str,
    text: Option<&str>,
    all: &[(&str, T)],
) -> Result<Option<T>, Problem> {
    let Some(text) = given(text) else { return Ok(None) };
    let found = all.iter().find(|(name, _)| *name == text);
    found.map(|(_, value)| Some(*value)).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        wrong(
            field,
            format_args!("`{text}`: expected one of {}", names.join(", ")),
            format!("« {text} » n’est pas un choix possible : {}.", names.join(", ")),
        )
    })
}

/// What `field` names, read as a `T`; `expected` ends the sentence « … : » in French.
pub(crate) fn parsed<T: std::str::FromStr<Err: std::fmt::Display>>(
    field: &str,
    text: Option<&str>,
    expected: &str,
) -> Result<Option<T>, Problem> {
    let Some(text) = given(text) else { return Ok(None) };
    text.parse().map(Some).map_err(|error: T::Err| {
        wrong(field, error, format!("« {text} » ne convient pas : {expected}."))
    })
}

/// The account of the chart that an address names.
pub(crate) fn account(number: &str) -> Result<LedgerAccount, Problem> {
    number.parse().ok().and_then(LedgerAccount::of_number).ok_or_else(|| {
        Problem::not_found(format_args!("`{number}` is not in the chart of accounts"))
            .told(format!("Le plan de comptes n’a pas de compte « {number} »."))
    })
}

/// The auxiliary of `account` that `field` names.
pub(crate) fn auxiliary(
    field: &str,
    account: LedgerAccount,
    text: Option<&str>,
) -> Result<Option<Auxiliary>, Problem> {
    let Some(text) = given(text) else { return Ok(None) };
    let (found, expected) = match account.auxiliary() {
        AuxiliaryKind::None => (None, "ce compte n’a pas d’auxiliaire"),
        AuxiliaryKind::Partner => {
            (text.parse().ok().map(Auxiliary::Partner), "écrivez un SIREN, neuf chiffres")
        }
        AuxiliaryKind::Funder => {
            let funder = format!("state:{text}").parse::<Funder>();
            let funder = funder.or_else(|_| format!("siren:{text}").parse());
            let expected = "écrivez un programme de quatre chiffres ou un SIREN";
            (funder.ok().map(Auxiliary::Funder), expected)
        }
    };
    found.map(Some).ok_or_else(|| {
        wrong(
            field,
            format_args!("`{text}` is not an auxiliary of account {account}"),
            format!("« {text} » n’est pas un auxiliaire du compte {account} : {expected}."),
        )
    })
}

fn wrong(field: &str, detail: impl std::fmt::Display, told: String) -> Problem {
    Problem::field(&kinds::INVALID_FIELD, field, detail).told(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_filter_was_not_given() {
        assert_eq!(day("au", None).unwrap(), None);
        assert_eq!(day("au", Some(" ")).unwrap(), None);
        assert_eq!(day("au", Some("2026-12-31")).unwrap().unwrap().to_string(), "2026-12-31");
    }

    #[test]
    fn a_filter_that_cannot_be_read_says_what_would_be_right() {
        let told = |problem: Problem| problem.told.unwrap();
        assert!(told(day("au", Some("31/12/2026")).unwrap_err()).contains("2026-12-31"));
        assert!(told(position("apres", Some("-1")).unwrap_err()).contains("nombre entier"));
        let choices = [("FI", 1), ("AC", 2)];
        assert!(told(one_of("journal", Some("XX"), &choices).unwrap_err()).contains("FI, AC"));
        assert!(told(account("999999").unwrap_err()).contains("« 999999 »"));
    }

    #[test]
    fn an_auxiliary_is_read_as_its_account_asks() {
        let read = |number: &str, text| auxiliary("auxiliaire", account(number).unwrap(), text);
        assert_eq!(read("443110", Some("0214")).unwrap().unwrap().code(), "0214");
        assert_eq!(read("443220", Some("217500016")).unwrap().unwrap().code(), "217500016");
        assert_eq!(read("408100", Some("110046018")).unwrap().unwrap().code(), "110046018");
        assert!(read("408100", Some("110046019")).is_err());
        assert!(
            read("515100", Some("0214")).unwrap_err().told.unwrap().contains("pas d’auxiliaire")
        );
    }
}
