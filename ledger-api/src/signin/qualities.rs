//! In which qualities someone may act: what the rules say of their claims, and what was granted.

use std::collections::BTreeMap;

use ledger_core::meta::Role;
use ledger_core::person::Quality;

use super::settings::Rule;

/// What a provider says of someone, as far as it matters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Claims {
    /// Who it says they are: the same each time.
    pub subject: String,
    /// How pages call them.
    pub name: String,
    /// Where they work; empty when it does not say.
    pub siret: String,
    /// Everything that rules may ask for, as text.
    pub said: BTreeMap<String, String>,
    /// Whether they showed two factors.
    pub mfa: bool,
}

/// Whether a quality needs two factors: whoever orders, pays, or says who may.
pub const fn needs_mfa(role: Role) -> bool {
    matches!(role, Role::AuthorisingOfficer | Role::Accountant | Role::Administrator)
}

/// The qualities that `rules` give for `claims`, and those that were `granted`; each once, with
/// whether it was granted.
pub fn of(rules: &[Rule], claims: &Claims, granted: &[Quality]) -> Vec<(Quality, bool)> {
    let holds = |rule: &&Rule| {
        rule.when.iter().all(|(claim, values)| {
            claims.said.get(claim).is_some_and(|it| values.iter().any(|value| value == it))
        })
    };
    let mut qualities: Vec<(Quality, bool)> = Vec::new();
    for rule in rules.iter().filter(holds) {
        let quality = Quality { role: rule.role, acts_for: rule.acts_for.clone() };
        if qualities.iter().all(|it| it.0 != quality) {
            qualities.push((quality, false));
        }
    }
    for quality in granted {
        if qualities.iter().all(|it| it.0 != *quality) {
            qualities.push((quality.clone(), true));
        }
    }
    qualities
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(role: Role, when: &[(&str, &[&str])]) -> Rule {
        let values = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect();
        let when = when.iter().map(|(claim, of)| ((*claim).to_owned(), values(of))).collect();
        Rule { role, acts_for: None, when }
    }

    fn claims(said: &[(&str, &str)]) -> Claims {
        let said = said.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        Claims { said, ..Claims::default() }
    }

    #[test]
    fn a_rule_holds_when_every_claim_has_one_of_its_values() {
        let rules = [
            rule(Role::Teacher, &[("belonging_population", &["agent"]), ("idp_id", &["a", "b"])]),
            rule(Role::Accountant, &[("siret", &["1"])]),
        ];
        let held = |said: &[(&str, &str)]| {
            let qualities = of(&rules, &claims(said), &[]);
            qualities.iter().map(|it| it.0.role).collect::<Vec<_>>()
        };
        assert_eq!(held(&[("belonging_population", "agent"), ("idp_id", "b")]), [Role::Teacher]);
        assert_eq!(held(&[("belonging_population", "agent"), ("idp_id", "c")]), []);
        assert_eq!(held(&[("belonging_population", "agent")]), []);
        assert_eq!(held(&[("siret", "1")]), [Role::Accountant]);
    }

    #[test]
    fn what_was_granted_is_told_apart_and_counted_once() {
        let rules = [rule(Role::Auditor, &[])];
        let auditor = Quality { role: Role::Auditor, acts_for: None };
        let support = Quality { role: Role::Support, acts_for: None };
        let qualities = of(&rules, &claims(&[]), &[auditor.clone(), support.clone()]);
        assert_eq!(qualities, [(auditor, false), (support, true)]);
    }
}
