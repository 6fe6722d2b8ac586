//! Filters that are on, each with the address of the search without it.

use projections::search::{FacetCounts, FacetKind};

use super::asked::{Asked, Mine};
use crate::format;
use crate::storefront::words;

/// A filter that is on.
pub(super) struct Tag {
    /// Of which facet.
    pub(super) of: &'static str,
    /// What was chosen.
    pub(super) label: String,
    /// The address without it.
    pub(super) without: String,
}

/// Every filter that is on, the words looked for left out.
pub(super) fn tags(asked: &Asked, facets: &[FacetCounts]) -> Vec<Tag> {
    let mut tags = vec![];
    for (kind, chosen) in &asked.filters {
        for value in chosen {
            let without = asked.with(|it| {
                if let Some(values) = it.filters.get_mut(kind) {
                    values.retain(|it| it != value);
                }
            });
            tags.push(Tag { of: kind.label(), label: label(*kind, value, facets), without });
        }
    }
    tags.extend(asked.euros.map(|max| Tag {
        of: FacetKind::Price.label(),
        label: price_label(max),
        without: asked.with(|it| it.euros = None),
    }));
    let narrowed = Mine::ALL.iter().find(|it| it.0 == asked.mine && it.0 != Mine::Among);
    tags.extend(narrowed.map(|(_, _, label)| Tag {
        of: "Déjà acquis",
        label: (*label).to_owned(),
        without: asked.with(|it| it.mine = Mine::Among),
    }));
    tags
}

/// How pages call a value that was chosen.
pub(super) fn label(kind: FacetKind, value: &str, facets: &[FacetCounts]) -> String {
    let mut values = facets.iter().filter(|it| it.kind == kind).flat_map(|it| &it.values);
    if let Some(known) = values.find(|it| it.value == value) {
        return known.label.to_string();
    }
    match kind {
        FacetKind::Level => words::level(value).into_owned(),
        FacetKind::Price => value.parse().map_or_else(|_| value.to_owned(), price_label),
        FacetKind::Specimen | FacetKind::Video | FacetKind::Gar => kind.label().to_owned(),
        FacetKind::Kind => {
            let mut kinds = ledger_core::offer::Kind::ALL.into_iter();
            let known = kinds.find(|it| it.name() == value);
            known.map_or_else(|| value.to_owned(), |it| words::kind(it).to_owned())
        }
        FacetKind::Subject
        | FacetKind::Partner
        | FacetKind::Publisher
        | FacetKind::Licence
        | FacetKind::Billing
        | FacetKind::Conformance
        | FacetKind::Feature
        | FacetKind::Spoken
        | FacetKind::Term(_) => words::subject(value).into_owned(),
    }
}

/// « 10 € au plus ».
pub(super) fn price_label(euros: u32) -> String {
    match euros {
        0 => "Gratuit".to_owned(),
        _ => format!("{}\u{a0}€ au plus", format::grouped(euros.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_filter_is_taken_off_alone() {
        let asked = Asked::read("q=a&niveau=6e&niveau=cm2&prix=7&specimen=oui&deja=sans&suite=24");
        let tags = tags(&asked, &[]);
        let told: Vec<_> = tags.iter().map(|it| (it.of, it.label.as_str())).collect();
        assert_eq!(
            told,
            [
                ("Cycle et niveau", "6e"),
                ("Cycle et niveau", "CM2"),
                ("Spécimen", "Spécimen"),
                ("Prix", "7\u{a0}€ au plus"),
                ("Déjà acquis", "Sauf celles que j’ai déjà"),
            ]
        );
        assert_eq!(tags[0].without, "/catalogue?q=a&niveau=cm2&specimen=oui&prix=7&deja=sans");
    }
}
