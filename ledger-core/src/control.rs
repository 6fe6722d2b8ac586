//! The control plans (plan de contrôle): one stream, each plan replaces the one before it.

use crate::decider::Decider;
use crate::meta::{Actor, Role};
use crate::settlement::ControlPlan;
use serde::{Deserialize, Serialize};

/// What is asked of the control plans.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlCommand {
    /// Look at purchases after another plan from now on.
    Adopt(ControlPlanAdopted),
}

/// What has happened to the control plans: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlEvent {
    /// See [`ControlPlanAdopted`].
    Adopted(ControlPlanAdopted),
}

/// Purchases are looked at after this plan from now on (art. 42).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlPlanAdopted {
    /// The plan.
    pub plan: ControlPlan,
    /// Who adopted it.
    pub by: Actor,
}

/// Why a command on the control plans is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ControlRefusal {
    /// Only the accountant settles how payments are controlled (décret 2012-1246, art. 42).
    #[error("an accountant adopts the control plan")]
    NotAccountant,
    /// Plans are numbered.
    #[error("the next plan is number {next}")]
    NotNext {
        /// The number expected.
        next: u32,
    },
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
}

/// The control plans, as their stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Control {
    /// All plans, in order; the last one is in force.
    pub plans: Vec<ControlPlan>,
}

impl Decider for Control {
    type Command = ControlCommand;
    type Event = ControlEvent;
    type Refusal = ControlRefusal;

    fn decide(&self, command: &ControlCommand) -> Result<Vec<ControlEvent>, ControlRefusal> {
        let ControlCommand::Adopt(it) = command;
        if self.plans.contains(&it.plan) {
            return Ok(vec![]);
        }
        if it.by.role != Role::Accountant {
            return Err(ControlRefusal::NotAccountant);
        }
        let next = u32::try_from(self.plans.len()).unwrap_or(u32::MAX).saturating_add(1);
        if it.plan.number != next {
            return Err(ControlRefusal::NotNext { next });
        }
        it.plan.check().map_err(|(field, expected)| ControlRefusal::Invalid { field, expected })?;
        Ok(vec![ControlEvent::Adopted(it.clone())])
    }

    fn evolve(&mut self, event: &ControlEvent) {
        let ControlEvent::Adopted(it) = event;
        self.plans.push(it.plan.clone());
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::decider::given;
    use crate::money::Balance;

    fn adopted(number: u32, role: Role) -> ControlPlanAdopted {
        ControlPlanAdopted {
            plan: ControlPlan {
                number,
                from: Balance::from_cents(100_00),
                partners: vec![],
                kinds: vec![],
                rate: 20,
                legal_reference: "Plan 2026".into(),
            },
            by: Actor { role, id: Uuid::from_u128(4) },
        }
    }

    #[test]
    fn plans_follow_each_other_and_are_the_accountants() {
        let adopt = |number, role| ControlCommand::Adopt(adopted(number, role));
        given::<Control>([])
            .when(adopt(1, Role::AuthorisingOfficer))
            .then_refused(ControlRefusal::NotAccountant)
            .when(adopt(2, Role::Accountant))
            .then_refused(ControlRefusal::NotNext { next: 1 })
            .when(adopt(1, Role::Accountant))
            .then([ControlEvent::Adopted(adopted(1, Role::Accountant))])
            .when(adopt(2, Role::Accountant))
            .then([ControlEvent::Adopted(adopted(2, Role::Accountant))]);
    }
}
