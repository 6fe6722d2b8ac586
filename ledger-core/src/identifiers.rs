//! Public identifiers of French organisations and schools, each checked when it comes in.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// Why a text is not such an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not {expected}")]
pub struct IdentifierError {
    text: String,
    expected: &'static str,
}

impl IdentifierError {
    fn new(text: &str, expected: &'static str) -> Self {
        Self { text: text.chars().take(40).collect(), expected }
    }
}

/// Whether the digits pass Luhn's check; `false` for anything that is not digits.
fn luhn(text: &str) -> bool {
    let mut sum = 0;
    for (index, digit) in text.bytes().rev().enumerate() {
        if !digit.is_ascii_digit() {
            return false;
        }
        let value = u32::from(digit - b'0') << (index % 2);
        sum += value / 10 + value % 10;
    }
    sum % 10 == 0
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $length:literal, $expected:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $length]);

        impl $name {
            /// Its text.
            pub fn as_str(&self) -> &str {
                std::str::from_utf8(&self.0).unwrap_or_default()
            }
        }

        impl FromStr for $name {
            type Err = IdentifierError;

            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                let valid: fn(&str) -> bool = $valid;
                match <[u8; $length]>::try_from(text.as_bytes()) {
                    Ok(bytes) if valid(text) => Ok(Self(bytes)),
                    Ok(_) | Err(_) => Err(IdentifierError::new(text, $expected)),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.serialize_str(self.as_str())
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

identifier!(
    /// A French organisation (SIREN): nine digits, the last one Luhn's.
    Siren, 9, "a SIREN: nine digits of which the last is a check digit", luhn
);
identifier!(
    /// One establishment of an organisation (SIRET): its SIREN and five digits.
    ///
    /// La Poste's establishments follow a rule of their own: the sum of the digits is a multiple of 5.
    Siret, 14, "a SIRET: fourteen digits of which the last is a check digit", |text| {
        let la_poste = text.starts_with("356000000")
            && text.bytes().map(|it| u32::from(it.wrapping_sub(b'0'))).sum::<u32>() % 5 == 0;
        text.bytes().all(|it| it.is_ascii_digit()) && (luhn(text) || la_poste)
    }
);
identifier!(
    /// A school (UAI): seven digits and a letter that checks them.
    ///
    /// Schools abroad use codes that do not check; they are read as they are by [`Uai::lenient`].
    Uai, 8, "a UAI: seven digits and their check letter, as in 0750655E", |text| {
        let (digits, letter) = text.split_at(7);
        let number: Option<u32> = digits.parse().ok().filter(|_| !digits.starts_with('+'));
        number.is_some_and(|it| UAI_LETTERS[(it % 23) as usize] == letter.as_bytes()[0])
    }
);

/// The check letter of a number modulo 23.
const UAI_LETTERS: &[u8; 23] = b"ABCDEFGHJKLMNPRSTUVWXYZ";

impl Uai {
    /// The UAI of `number` (0 to 9,999,999), with its check letter; `None` beyond.
    pub fn of_number(number: u32) -> Option<Self> {
        let letter = char::from(UAI_LETTERS[(number % 23) as usize]);
        format!("{number:07}{letter}").parse().ok()
    }

    /// Reads a UAI in either case, with spaces around it.
    pub fn lenient(text: &str) -> Result<Self, IdentifierError> {
        text.trim().to_ascii_uppercase().parse()
    }
}

impl Siret {
    /// The organisation it belongs to.
    pub fn siren(self) -> Option<Siren> {
        <[u8; 9]>::try_from(&self.0[..9]).ok().map(Siren)
    }
}

/// Who pays in the end (financeur): a programme of the State's budget, or a collectivité.
///
/// Written `state:0214` or `siren:217500016`; it is the auxiliary account of every line it pays.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Funder {
    /// The State, on one programme of its budget: four digits.
    State([u8; 4]),
    /// A commune, EPCI, département or région.
    Collectivity(Siren),
}

impl Funder {
    /// Programme or SIREN: what stands in the auxiliary column.
    pub fn auxiliary(&self) -> &str {
        match self {
            Self::State(programme) => std::str::from_utf8(programme).unwrap_or_default(),
            Self::Collectivity(siren) => siren.as_str(),
        }
    }

    /// Whether it is the State.
    pub const fn is_state(&self) -> bool {
        matches!(self, Self::State(_))
    }
}

impl FromStr for Funder {
    type Err = IdentifierError;

    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let expected = "a funder: state: and the four digits of a programme, or siren: and a SIREN";
        let refused = || IdentifierError::new(text, expected);
        if let Some(programme) = text.strip_prefix("state:") {
            let digits = <[u8; 4]>::try_from(programme.as_bytes()).map_err(|_| refused())?;
            return if digits.iter().all(u8::is_ascii_digit) {
                Ok(Self::State(digits))
            } else {
                Err(refused())
            };
        }
        let siren = text.strip_prefix("siren:").ok_or_else(refused)?;
        siren.parse().map(Self::Collectivity).map_err(|_| refused())
    }
}

impl fmt::Display for Funder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_state() { "state:" } else { "siren:" })?;
        f.write_str(self.auxiliary())
    }
}

impl fmt::Debug for Funder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Funder {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut text = CompactString::const_new(if self.is_state() { "state:" } else { "siren:" });
        text.push_str(self.auxiliary());
        to.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Funder {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_real_siren_and_siret_are_taken_and_a_typo_is_not() {
        assert!("217500016".parse::<Siren>().is_ok());
        assert!("217500017".parse::<Siren>().is_err());
        assert!("35600000049837".parse::<Siret>().is_ok(), "La Poste");
        assert!("35600000049838".parse::<Siret>().is_err());
        assert_eq!(
            "11004601800013".parse::<Siret>().unwrap().siren().unwrap().as_str(),
            "110046018"
        );
    }

    #[test]
    fn a_real_uai_is_taken_and_a_typo_is_not() {
        assert!("0750655E".parse::<Uai>().is_ok());
        assert!("0750655F".parse::<Uai>().is_err());
        assert_eq!(Uai::lenient(" 0750655e ").unwrap().as_str(), "0750655E");
        assert!("".parse::<Uai>().is_err());
        assert!("075065éE".parse::<Uai>().is_err());
    }

    #[test]
    fn a_funder_is_read_back_from_its_text() {
        for text in ["state:0214", "siren:217500016"] {
            assert_eq!(text.parse::<Funder>().unwrap().to_string(), text);
        }
        for text in ["state:214", "siren:217500017", "217500016", "state:02é"] {
            assert!(text.parse::<Funder>().is_err(), "{text}");
        }
    }
}
