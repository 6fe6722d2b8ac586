//! How pages call feeds and what became of them.

use catalogue_sync::feed::Rule;
use ledger_core::ids::PartnerId;
use ledger_core::partner::{FeedFormat, FeedRole};
use projections::reports::harvest::FeedOutcome;
use projections::table::Cell;

use crate::format::{count, grouped};

/// Where a partner's feeds are shown.
pub(super) fn path(partner: PartnerId) -> String {
    format!("/comptable/flux-partenaires/{partner}")
}

/// « ONIX 3 ».
pub(super) const fn format(it: FeedFormat) -> &'static str {
    match it {
        FeedFormat::Json => "Offres JSON",
        FeedFormat::Onix => "ONIX 3",
        FeedFormat::Csv => "Tableau CSV",
        FeedFormat::Oai => "OAI-PMH, ScoLOMFR",
        FeedFormat::Gar => "Liste du GAR",
    }
}

/// « Offres ».
pub(super) const fn role(it: FeedRole) -> &'static str {
    match it {
        FeedRole::Offers => "Ce qui est vendu",
        FeedRole::Notices => "Ce que c’est (notices)",
        FeedRole::Access => "Comment y accéder",
    }
}

/// A badge's tone and its word.
pub(super) const fn state(it: &FeedOutcome) -> (&'static str, &'static str) {
    match it {
        FeedOutcome::Read(read) if read.refused == 0 => ("success", "À jour"),
        FeedOutcome::Read(_) => ("warning", "À jour, avec refus"),
        FeedOutcome::Failed(_) => ("error", "Illisible"),
        FeedOutcome::Held(_) => ("warning", "Retenu"),
        FeedOutcome::Lifted(_) => ("info", "À appliquer"),
    }
}

/// What happened, in one sentence.
pub(super) fn sentence(it: &FeedOutcome) -> String {
    match it {
        FeedOutcome::Read(it) if it.whole => {
            format!("Flux entier lu : {}.", count(it.named as usize, "notice", "notices"))
        }
        FeedOutcome::Read(it) => {
            format!("Nouveautés lues : {}.", count(it.named as usize, "notice", "notices"))
        }
        FeedOutcome::Failed(it) => {
            format!("Rien n’a pu être lu, le catalogue reste tel quel : {}", it.reason)
        }
        FeedOutcome::Held(it) => format!(
            "Le flux ne nomme plus que {} des {} offres qu’il avait : rien n’est changé tant qu’un ordonnateur ne l’a pas laissé passer.",
            grouped(it.named.into()),
            grouped(it.known.into())
        ),
        FeedOutcome::Lifted(it) => format!("Laissé passer tel quel : {}", it.reason),
    }
}

/// Its counts, in the order of [`COUNTS`]; nothing for what was not read.
pub(super) fn counts(it: &FeedOutcome) -> [Cell; 7] {
    match it {
        FeedOutcome::Read(it) => {
            [it.named, it.published, it.revised, it.withdrawn, it.unchanged, it.waiting, it.refused]
                .map(|it| Cell::Number(it.into()))
        }
        FeedOutcome::Failed(_) | FeedOutcome::Held(_) | FeedOutcome::Lifted(_) => {
            std::array::from_fn(|_| Cell::Empty)
        }
    }
}

/// The headings of [`counts`].
pub(super) const COUNTS: [&str; 7] =
    ["citées", "publiées", "révisées", "retirées", "inchangées", "en_attente", "refusées"];

/// What a rule asks, in words a publisher can act on; its own name when this version has no such
/// rule.
pub(super) fn rule(slug: &str) -> &str {
    Rule::ALL.iter().find(|it| it.slug() == slug).map_or(slug, |it| it.french())
}
