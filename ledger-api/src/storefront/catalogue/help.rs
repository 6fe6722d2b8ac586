//! What to do when nothing was found.

use std::cmp::Reverse;

use projections::search::{FacetCounts, FacetKind, FacetValue, Help, Relaxation};

use super::asked::{Asked, Mine};
use super::tags;
use crate::format;

/// How many subjects are proposed.
const SUBJECTS: usize = 12;

/// One other search, and what it finds.
pub(super) struct Way {
    /// « Sans le niveau : 6e ».
    pub(super) label: String,
    /// Where it is.
    pub(super) path: String,
    /// « 12 ressources ».
    pub(super) count: String,
}

/// Other searches, those that find most first.
pub(super) fn ways(asked: &Asked, help: &Help, facets: &[FacetCounts]) -> Vec<Way> {
    let each = help.without.iter().map(|(what, count)| {
        let (label, path) = without(asked, what, facets);
        Way { label, path, count: counted(*count) }
    });
    each.collect()
}

/// The search with another spelling.
pub(super) fn spelling(asked: &Asked, help: &Help) -> Option<Way> {
    let spelling = help.spelling.as_ref()?;
    Some(Way {
        label: spelling.text.clone(),
        path: asked.with(|it| it.text.clone_from(&spelling.text)),
        count: counted(spelling.count),
    })
}

/// Subjects to look around in, those of most offers first.
pub(super) fn subjects(facets: &[FacetCounts]) -> Vec<Way> {
    let subjects = facets.iter().filter(|it| it.kind == FacetKind::Subject);
    let all: Vec<&FacetValue> = subjects.flat_map(|it| &it.values).collect();
    let holds = |value: &FacetValue| all.iter().any(|it| it.parent.as_ref() == Some(&value.value));
    let mut last: Vec<&FacetValue> = all.iter().copied().filter(|it| !holds(it)).collect();
    last.sort_by_key(|it| Reverse(it.count));
    let each = last.into_iter().take(SUBJECTS).map(|it| Way {
        label: it.label.to_string(),
        path: Asked::default().with(|asked| {
            asked.filters.insert(FacetKind::Subject, vec![it.value.clone()]);
        }),
        count: counted(it.count),
    });
    each.collect()
}

fn counted(count: u32) -> String {
    format::count(count as usize, "ressource", "ressources")
}

fn without(asked: &Asked, what: &Relaxation, facets: &[FacetCounts]) -> (String, String) {
    match what {
        Relaxation::Word { word, text } => {
            (format!("Sans le mot «\u{a0}{word}\u{a0}»"), asked.with(|it| it.text.clone_from(text)))
        }
        Relaxation::Facet(kind) => {
            let chosen = asked.filters.get(kind).into_iter().flatten();
            let labels: Vec<_> = chosen.map(|it| tags::label(*kind, it, facets)).collect();
            let label = format!("Sans le filtre {}\u{a0}: {}", kind.label(), labels.join(", "));
            (label, asked.with(|it| drop(it.filters.remove(kind))))
        }
        Relaxation::PriceMax => ("À tous les prix".to_owned(), asked.with(|it| it.euros = None)),
        Relaxation::Owned => {
            let label = match asked.mine {
                Mine::Only => "Avec celles que vous n’avez pas",
                Mine::Among | Mine::Without => "Avec celles que vous avez déjà",
            };
            (label.to_owned(), asked.with(|it| it.mine = Mine::Among))
        }
    }
}

#[cfg(test)]
mod tests {
    use projections::search::Spelling;

    use super::*;

    #[test]
    fn each_way_out_is_a_search_of_its_own() {
        let asked = Asked::read("q=fractions+zzz&niveau=6e&niveau=cm2&prix=7&suite=24");
        let word = Relaxation::Word { word: "zzz".into(), text: "fractions".into() };
        let without =
            vec![(word, 12), (Relaxation::Facet(FacetKind::Level), 3), (Relaxation::PriceMax, 1)];
        let spelling = Some(Spelling { text: "fractions".into(), count: 4 });
        let help = Help { without, spelling, instead: vec![] };
        let ways = ways(&asked, &help, &[]);
        let told: Vec<_> = ways.iter().map(|it| (it.label.as_str(), it.path.as_str())).collect();
        assert_eq!(
            told,
            [
                (
                    "Sans le mot «\u{a0}zzz\u{a0}»",
                    "/catalogue?q=fractions&niveau=6e&niveau=cm2&prix=7"
                ),
                (
                    "Sans le filtre Cycle et niveau\u{a0}: 6e, CM2",
                    "/catalogue?q=fractions+zzz&prix=7"
                ),
                ("À tous les prix", "/catalogue?q=fractions+zzz&niveau=6e&niveau=cm2"),
            ]
        );
        assert_eq!(ways[0].count, "12\u{a0}ressources");
        assert!(super::spelling(&asked, &help).is_some_and(|it| it.path.contains("q=fractions&")));
    }
}
