//! What is wrong with an account or a bank, in the accountant's words: a clause with its verb.

use sepa::{BbanCharClass, BicError, IbanError};

/// Why nobody can be paid on an IBAN.
pub(super) fn iban(error: &IbanError) -> String {
    match error {
        IbanError::WrongLengthForCountry { country, expected, actual } => {
            format!("a {actual} caractères\u{a0}; attendu\u{a0}: {expected} dans le pays {country}")
        }
        IbanError::InvalidBbanFormat { country, position, expected, found, .. } => format!(
            "a `{found}` en position {position}\u{a0}; attendu\u{a0}: {} dans le pays {country}",
            kind(*expected)
        ),
        IbanError::InvalidLength { len } => {
            format!("a {len} caractères\u{a0}; attendu\u{a0}: 15 à 34")
        }
        IbanError::InvalidCharacter { ch } => {
            format!("contient `{ch}`\u{a0}; attendu\u{a0}: des lettres et des chiffres")
        }
        IbanError::InvalidCountryCode { code } => {
            format!("commence par `{code}`\u{a0}; attendu\u{a0}: les deux lettres d’un pays")
        }
        IbanError::NonNumericCheckDigits { value } => {
            format!("a pour clé `{value}`\u{a0}; attendu\u{a0}: deux chiffres")
        }
        IbanError::InvalidChecksum { .. } | _ => {
            "est faux\u{a0}; attendu\u{a0}: un IBAN dont la clé est juste".to_owned()
        }
    }
}

fn kind(expected: BbanCharClass) -> &'static str {
    match expected {
        BbanCharClass::Digit => "un chiffre",
        BbanCharClass::UpperAlpha => "une lettre",
        BbanCharClass::Alphanumeric | _ => "une lettre ou un chiffre",
    }
}

/// Why a BIC is not one.
pub(super) fn bic(error: &BicError) -> String {
    match error {
        BicError::InvalidLength { len } => {
            format!("a {len} caractères\u{a0}; attendu\u{a0}: 8 ou 11")
        }
        BicError::InvalidCharacter { ch, .. } => {
            format!(
                "contient `{ch}` là où il ne faut pas\u{a0}; attendu\u{a0}: un BIC de l’ISO 9362"
            )
        }
        BicError::UnknownCountryCode { code } => {
            format!("a pour pays `{code}`\u{a0}; attendu\u{a0}: un pays de l’ISO 3166")
        }
        BicError::Placeholder | _ => {
            "ne désigne aucune banque\u{a0}; attendu\u{a0}: un BIC, ou rien".to_owned()
        }
    }
}
