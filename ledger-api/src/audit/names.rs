//! What opaque ids are called: envelopes, partners, and whose auxiliary account a code is.

use std::collections::BTreeMap;

use ledger_core::chart::Auxiliary;
use ledger_core::ids::{EnvelopeId, PartnerId};
use projections::{ReadError, Reader};

/// How many envelopes are looked through for the name of a funder.
const ENVELOPES_MAX: usize = 1_000;

/// Names as the read models know them.
#[derive(Clone, Debug, Default)]
pub struct Names {
    envelopes: BTreeMap<EnvelopeId, String>,
    partners: BTreeMap<PartnerId, String>,
    auxiliaries: BTreeMap<Auxiliary, String>,
}

impl Names {
    /// Those of all partners and funders.
    pub fn read(from: &Reader) -> Result<Self, ReadError> {
        let mut names = Self::default();
        for it in from.partners()? {
            if let Some(siren) = it.siret.siren() {
                names.auxiliaries.insert(Auxiliary::Partner(siren), it.name.clone());
            }
            names.partners.insert(it.id, it.name);
        }
        for it in from.envelopes(None, None, ENVELOPES_MAX)?.rows {
            names.envelopes.insert(it.id, format!("{} ({})", it.title, it.funder_name));
            names.auxiliaries.insert(Auxiliary::Funder(it.funder), it.funder_name);
        }
        Ok(names)
    }

    /// « Manuels numériques 2026 (Région) »; its id when it is not known.
    pub fn envelope(&self, id: EnvelopeId) -> String {
        self.envelopes.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// A partner's trade name; its id when it is not known.
    pub fn partner(&self, id: PartnerId) -> String {
        self.partners.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    /// Whose auxiliary account it is; empty when it is nobody's or not known.
    pub fn auxiliary(&self, of: &Auxiliary) -> &str {
        self.auxiliaries.get(of).map_or("", String::as_str)
    }

    /// `text`, where ids of funders and envelopes are replaced by what they are called.
    pub fn spelled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (auxiliary, name) in &self.auxiliaries {
            if let Auxiliary::Funder(funder) = auxiliary {
                text = text.replace(&funder.to_string(), &format!("{name} ({auxiliary})"));
            }
        }
        for (id, name) in &self.envelopes {
            text = text.replace(&id.to_string(), &format!("« {name} »"));
        }
        text
    }

    /// Partners, by name.
    pub fn partners(&self) -> Vec<(PartnerId, &str)> {
        let mut partners: Vec<_> =
            self.partners.iter().map(|(id, name)| (*id, name.as_str())).collect();
        partners.sort_by_key(|(id, name)| (name.to_lowercase(), *id));
        partners
    }
}
