//! What goes with an event, not in it: when, who and because of which request.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// When, who and why: written by the edge, read by the audit pages, never by a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meta {
    /// When it was recorded, UTC, to the millisecond, from the service's clock.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: DateTime<Utc>,
    /// Who asked.
    pub by: Actor,
    /// The request that caused it; the same one for all its events.
    pub cause: Uuid,
}

impl Meta {
    /// The accounting day: the date in Europe/Paris when it was recorded.
    pub fn day(&self) -> NaiveDate {
        accounting_day(self.at)
    }
}

/// The date in Europe/Paris at `at`, which is the accounting day, summer time or not.
pub fn accounting_day(at: DateTime<Utc>) -> NaiveDate {
    at.with_timezone(&chrono_tz::Europe::Paris).date_naive()
}

/// Midnight in Europe/Paris at the beginning of `day`, summer time or not.
pub fn paris_midnight(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    let paris = midnight.and_local_timezone(chrono_tz::Europe::Paris).earliest();
    paris.map_or_else(|| midnight.and_utc(), |it| it.with_timezone(&Utc))
}

/// In which quality someone acts. The number is stored: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Role {
    /// A teacher (enseignant); the id is the account's.
    Teacher = 1,
    /// A funder's agent.
    Funder = 2,
    /// The authorising officer (ordonnateur).
    AuthorisingOfficer = 3,
    /// The public accountant (comptable public).
    Accountant = 4,
    /// A machine of a collectivité or partner; the id is the client's.
    Client = 5,
    /// The ledger itself: batches, expiry, synchronisation.
    Process = 6,
    /// Whoever runs the service, from its command line.
    Operator = 7,
    /// The head of a school (chef d'établissement): approves what its teams buy.
    HeadOfSchool = 8,
    /// A partner's agent: its offers, payments and webhooks.
    PartnerAgent = 9,
    /// Reads all the books, and changes nothing (Cour des comptes, funder's auditor).
    Auditor = 10,
    /// Reads what helps a user, and changes nothing.
    Support = 11,
    /// Says who has which role; does nothing with money.
    Administrator = 12,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Teacher,
        Self::Funder,
        Self::AuthorisingOfficer,
        Self::Accountant,
        Self::Client,
        Self::Process,
        Self::Operator,
        Self::HeadOfSchool,
        Self::PartnerAgent,
        Self::Auditor,
        Self::Support,
        Self::Administrator,
    ];

    /// As it is written in an actor's text.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Teacher => "teacher",
            Self::Funder => "funder",
            Self::AuthorisingOfficer => "authorising-officer",
            Self::Accountant => "accountant",
            Self::Client => "client",
            Self::Process => "process",
            Self::Operator => "operator",
            Self::HeadOfSchool => "head-of-school",
            Self::PartnerAgent => "partner-agent",
            Self::Auditor => "auditor",
            Self::Support => "support",
            Self::Administrator => "administrator",
        }
    }

    /// The role stored as `code`; `None` when there is none.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|it| *it as u8 == code)
    }
}

impl Serialize for Role {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = CompactString::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

impl FromStr for Role {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|it| it.name() == text);
        found.ok_or_else(|| format!("`{text}` is not a role, as accountant or head-of-school"))
    }
}

/// Who asked: a quality and an opaque id, never a name. Written `teacher:6f1c…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Actor {
    /// In which quality.
    pub role: Role,
    /// Which one; nil for the ledger itself.
    pub id: Uuid,
}

impl Actor {
    /// The ledger itself.
    pub const PROCESS: Self = Self { role: Role::Process, id: Uuid::nil() };

    /// Whoever runs the service.
    pub const OPERATOR: Self = Self { role: Role::Operator, id: Uuid::nil() };
}

/// Why a text is not an actor.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an actor: expected a role, a colon and 32 hexadecimal digits")]
pub struct ActorError(String);

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.role.name(), self.id.simple())
    }
}

impl FromStr for Actor {
    type Err = ActorError;

    fn from_str(text: &str) -> Result<Self, ActorError> {
        let parsed = text.split_once(':').and_then(|(name, id)| {
            let role = Role::ALL.into_iter().find(|it| it.name() == name)?;
            Some(Self { role, id: Uuid::try_parse(id).ok()? })
        });
        parsed.ok_or_else(|| ActorError(text.chars().take(60).collect()))
    }
}

impl Serialize for Actor {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_accounting_day_begins_at_midnight_in_paris() {
        let at = |text: &str| accounting_day(text.parse().unwrap()).to_string();
        assert_eq!(at("2026-01-31T22:59:59Z"), "2026-01-31");
        assert_eq!(at("2026-01-31T23:00:00Z"), "2026-02-01");
        assert_eq!(at("2026-06-30T22:00:00Z"), "2026-07-01");
    }

    #[test]
    fn an_actor_is_read_back_from_its_text() {
        for role in Role::ALL {
            let actor = Actor { role, id: Uuid::from_u128(7) };
            assert_eq!(actor.to_string().parse(), Ok(actor));
            assert_eq!(Role::from_code(role as u8), Some(role));
        }
    }
}
