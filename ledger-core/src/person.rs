//! A person who signs in: an opaque id, the roles that an administrator gave them, and since when
//! they are signed out everywhere. Who they are is nowhere in the log.
//!
//! Most roles follow from what the identity provider says (`docs/operating.md`); those that do not
//! are granted here, by an administrator, never to oneself.

#[cfg(test)]
mod tests;

use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::ids::PersonId;
use crate::meta::{Actor, Role};

/// What is asked of a person's roles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonCommand {
    /// Give them a role.
    Grant {
        /// Who: nobody grants to themselves.
        person: PersonId,
        /// Which role.
        granted: RoleGranted,
    },
    /// Take one back.
    Revoke(RoleRevoked),
    /// End all their sessions.
    SignOutEverywhere {
        /// Now: what began before is over.
        at: DateTime<Utc>,
    },
}

/// What has happened to a person's roles: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PersonEvent {
    /// See [`RoleGranted`].
    Granted(RoleGranted),
    /// See [`RoleRevoked`].
    Revoked(RoleRevoked),
    /// See [`SignedOutEverywhere`].
    SignedOut(SignedOutEverywhere),
}

/// A role, and for whom it acts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quality {
    /// Which role.
    pub role: Role,
    /// For whom: a funder, `school:` and a UAI, `partner:` and an id; `None` for nobody in
    /// particular.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acts_for: Option<CompactString>,
}

/// An administrator gives a person a role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleGranted {
    /// Which one.
    #[serde(flatten)]
    pub quality: Quality,
    /// The last day on which they have it, in Europe/Paris; `None` until it is taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<NaiveDate>,
    /// Who gives it.
    pub by: Actor,
}

/// An administrator takes a role back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoleRevoked {
    /// Which one.
    #[serde(flatten)]
    pub quality: Quality,
    /// Who takes it back.
    pub by: Actor,
}

/// Every session that began before is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedOutEverywhere {
    /// Before this instant.
    #[serde(with = "chrono::serde::ts_milliseconds")]
    pub at: DateTime<Utc>,
}

/// Why a command on a person is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PersonRefusal {
    /// Only administrators, and whoever runs the service, say who has which role.
    #[error("roles are granted by an administrator")]
    NotAdministrator,
    /// Nobody grants themselves a role.
    #[error("nobody grants a role to themselves")]
    OwnRole,
    /// A machine's, or the ledger's own.
    #[error("{} is no role of a person", .0.name())]
    NotAPersons(Role),
    /// The role needs somebody to act for, or has nobody.
    #[error("{}: {expected}", role.name())]
    ActsFor {
        /// Which role.
        role: Role,
        /// What would be right.
        expected: &'static str,
    },
}

/// One person, as their stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The roles that were granted, each with its last day.
    pub granted: Vec<(Quality, Option<NaiveDate>)>,
    /// Sessions that began before are over; `None` when none was ended so.
    pub signed_out: Option<DateTime<Utc>>,
}

impl Person {
    /// The roles that hold on `day`.
    pub fn roles_on(&self, day: NaiveDate) -> impl Iterator<Item = &Quality> {
        let holds = move |it: &&(Quality, Option<NaiveDate>)| it.1.is_none_or(|it| day <= it);
        self.granted.iter().filter(holds).map(|it| &it.0)
    }
}

impl Quality {
    /// Checks that the role is a person's, and acts for somebody just when it must.
    pub fn check(&self) -> Result<(), PersonRefusal> {
        let role = self.role;
        let acts_for = self.acts_for.as_deref().unwrap_or_default();
        let (right, expected) = match role {
            Role::Client | Role::Process | Role::Operator => {
                return Err(PersonRefusal::NotAPersons(role));
            }
            Role::Funder | Role::AuthorisingOfficer => {
                let funder = acts_for.parse::<crate::identifiers::Funder>().is_ok();
                (funder, "expected a funder, as siren:217500016 or state:0214")
            }
            Role::HeadOfSchool => {
                let school = acts_for.strip_prefix("school:");
                let uai = school.is_some_and(|it| it.parse::<crate::identifiers::Uai>().is_ok());
                (uai, "expected a school, as school:0750655E")
            }
            Role::PartnerAgent => {
                let partner = acts_for.strip_prefix("partner:");
                let id = partner.is_some_and(|it| it.parse::<crate::ids::PartnerId>().is_ok());
                (id, "expected a partner, as partner:par_ and its id")
            }
            Role::Teacher
            | Role::Accountant
            | Role::Auditor
            | Role::Support
            | Role::Administrator => (acts_for.is_empty(), "expected nobody to act for"),
        };
        if right { Ok(()) } else { Err(PersonRefusal::ActsFor { role, expected }) }
    }
}

impl Decider for Person {
    type Command = PersonCommand;
    type Event = PersonEvent;
    type Refusal = PersonRefusal;

    fn decide(&self, command: &PersonCommand) -> Result<Vec<PersonEvent>, PersonRefusal> {
        match command {
            PersonCommand::Grant { person, granted } => {
                let known = (granted.quality.clone(), granted.until);
                if self.granted.contains(&known) {
                    return Ok(vec![]);
                }
                administrator(granted.by)?;
                if granted.by.id == person.0 {
                    return Err(PersonRefusal::OwnRole);
                }
                granted.quality.check()?;
                Ok(vec![PersonEvent::Granted(granted.clone())])
            }
            PersonCommand::Revoke(it) => {
                administrator(it.by)?;
                let known = self.granted.iter().any(|known| known.0 == it.quality);
                Ok(if known { vec![PersonEvent::Revoked(it.clone())] } else { vec![] })
            }
            PersonCommand::SignOutEverywhere { at } => {
                let known = self.signed_out.is_some_and(|it| it >= *at);
                let signed_out = PersonEvent::SignedOut(SignedOutEverywhere { at: *at });
                Ok(if known { vec![] } else { vec![signed_out] })
            }
        }
    }

    fn evolve(&mut self, event: &PersonEvent) {
        match event {
            PersonEvent::Granted(it) => {
                self.granted.retain(|known| known.0 != it.quality);
                self.granted.push((it.quality.clone(), it.until));
            }
            PersonEvent::Revoked(it) => self.granted.retain(|known| known.0 != it.quality),
            PersonEvent::SignedOut(it) => self.signed_out = Some(it.at),
        }
    }
}

fn administrator(by: Actor) -> Result<(), PersonRefusal> {
    match by.role {
        Role::Administrator | Role::Operator => Ok(()),
        Role::Teacher
        | Role::Funder
        | Role::AuthorisingOfficer
        | Role::Accountant
        | Role::Client
        | Role::Process
        | Role::HeadOfSchool
        | Role::PartnerAgent
        | Role::Auditor
        | Role::Support => Err(PersonRefusal::NotAdministrator),
    }
}
