//! Facets as a form: groups of choices with their counts, the main ones open.

use compact_str::CompactString;
use projections::search::{FacetCounts, FacetKind, FacetValue, SearchPage};

use super::asked::{Asked, Mine, parameter, written};
use super::tags::price_label;
use crate::format;

/// How many values of a group are shown at once; what is chosen is shown with them.
const FIRST: usize = 8;

/// What is shown open; the others open once something of theirs is chosen.
const OPEN: [FacetKind; 4] =
    [FacetKind::Level, FacetKind::Subject, FacetKind::Kind, FacetKind::Price];

/// One facet, or a few that read as one.
pub(super) struct Group {
    pub(super) label: &'static str,
    /// `checkbox`, or `radio` when one choice leaves the others out.
    pub(super) input: &'static str,
    pub(super) open: bool,
    /// How many of its values are chosen.
    pub(super) chosen: usize,
    pub(super) first: Vec<Branch>,
    /// Under « voir plus ».
    pub(super) more: Vec<Branch>,
}

/// A value at the top, and those that it holds.
pub(super) struct Branch {
    pub(super) choice: Choice,
    pub(super) below: Vec<Choice>,
    pub(super) open: bool,
}

/// One value that can be chosen.
pub(super) struct Choice {
    pub(super) id: String,
    pub(super) name: &'static str,
    pub(super) value: String,
    pub(super) label: String,
    /// How many offers; empty when that is not counted.
    pub(super) count: String,
    pub(super) chosen: bool,
    /// How far it is set in: 1 to 4.
    pub(super) depth: u32,
}

impl Group {
    /// « Voir 3 de plus ».
    pub(super) fn more_label(&self) -> String {
        format!("Voir {} de plus", self.more.len())
    }
}

impl Branch {
    /// What it holds, in a few words: « CM1, CM2, 6e ».
    pub(super) fn summary(&self) -> String {
        let labels: Vec<&str> = self.below.iter().map(|it| it.label.as_str()).collect();
        match labels.split_at_checked(4) {
            Some((first, rest)) if !rest.is_empty() => format!("{}…", first.join(", ")),
            Some(_) | None => labels.join(", "),
        }
    }
}

/// The form's groups for what was found; a teacher may also choose by what they have.
pub(super) fn groups(asked: &Asked, page: &SearchPage, teacher: bool) -> Vec<Group> {
    let mut groups = vec![];
    let mut extras = vec![];
    for facet in page.facets.iter().filter(|it| worth_choosing(it, page.count)) {
        match facet.kind {
            FacetKind::Price => groups.push(prices(asked, facet)),
            FacetKind::Specimen | FacetKind::Video | FacetKind::Gar => {
                extras.extend(branches(facet));
            }
            FacetKind::Level
            | FacetKind::Subject
            | FacetKind::Kind
            | FacetKind::Partner
            | FacetKind::Publisher
            | FacetKind::Licence
            | FacetKind::Billing
            | FacetKind::Conformance
            | FacetKind::Feature
            | FacetKind::Spoken
            | FacetKind::Term(_) => {
                let open = OPEN.contains(&facet.kind);
                groups.push(group(facet.kind.label(), open, branches(facet)));
            }
        }
    }
    let after_price = groups.iter().take_while(|it| it.open).count();
    if !extras.is_empty() {
        groups.insert(after_price, group("Spécimen, vidéo, GAR", true, extras));
    }
    if teacher {
        groups.insert(after_price, mine(asked));
    }
    groups
}

/// Whether some offers have it and others not, or it was chosen.
fn worth_choosing(facet: &FacetCounts, found: u32) -> bool {
    match facet.values.as_slice() {
        [] => false,
        [only] => only.chosen || only.count < found,
        _ => true,
    }
}

fn group(label: &'static str, open: bool, all: Vec<Branch>) -> Group {
    let chosen = all.iter().map(Branch::chosen).sum();
    let short = all.len() <= FIRST + 2;
    let (mut first, mut more) = (vec![], vec![]);
    for (place, branch) in all.into_iter().enumerate() {
        if short || place < FIRST || branch.chosen() > 0 {
            first.push(branch);
        } else {
            more.push(branch);
        }
    }
    Group { label, input: "checkbox", open: open || chosen > 0, chosen, first, more }
}

impl Branch {
    fn chosen(&self) -> usize {
        std::iter::once(&self.choice).chain(&self.below).filter(|it| it.chosen).count()
    }
}

fn branches(facet: &FacetCounts) -> Vec<Branch> {
    let mut branches: Vec<Branch> = vec![];
    // Values of the branch that is being filled.
    let mut held: Vec<&CompactString> = vec![];
    for (place, value) in facet.values.iter().enumerate() {
        let choice = choice(facet.kind, place, value);
        let below = value.parent.as_ref().is_some_and(|it| held.contains(&it));
        match branches.last_mut() {
            Some(branch) if below => branch.below.push(choice),
            Some(_) | None => {
                held.clear();
                branches.push(Branch { choice, below: vec![], open: false });
            }
        }
        held.push(&value.value);
    }
    for it in &mut branches {
        it.open = it.chosen() > 0;
    }
    branches
}

fn choice(kind: FacetKind, place: usize, value: &FacetValue) -> Choice {
    let name = parameter(kind);
    Choice {
        id: format!("{name}-{place}"),
        name,
        value: written(kind, &value.value).to_owned(),
        label: capitalised(&value.label),
        count: format::grouped(value.count.into()),
        chosen: value.chosen,
        depth: value.depth.min(4),
    }
}

/// Labels of vocabularies are written in lower case.
fn capitalised(label: &str) -> String {
    let mut letters = label.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).collect()
}

/// One of a few: highest prices hold each other.
fn prices(asked: &Asked, facet: &FacetCounts) -> Group {
    let other = asked.euros.map(|it| ("prix-autre", it.to_string(), price_label(it), true));
    let none = !facet.values.iter().any(|it| it.chosen) && other.is_none();
    let all = ("prix-tous", String::new(), "Tous les prix".to_owned(), none);
    let fixed = std::iter::once(all).chain(other).map(|(id, value, label, chosen)| Choice {
        id: id.to_owned(),
        name: "prix",
        value,
        label,
        count: String::new(),
        chosen,
        depth: 0,
    });
    let counted = facet.values.iter().enumerate().map(|(at, it)| choice(facet.kind, at, it));
    radios(FacetKind::Price.label(), !none, fixed.chain(counted))
}

fn mine(asked: &Asked) -> Group {
    let each = Mine::ALL.iter().map(|(mine, word, label)| Choice {
        id: format!("deja-{word}"),
        name: "deja",
        value: (*word).to_owned(),
        label: (*label).to_owned(),
        count: String::new(),
        chosen: *mine == asked.mine,
        depth: 0,
    });
    radios("Déjà acquis", asked.mine != Mine::Among, each)
}

fn radios(label: &'static str, narrowed: bool, all: impl Iterator<Item = Choice>) -> Group {
    let first = all.map(|choice| Branch { choice, below: vec![], open: false }).collect();
    Group { label, input: "radio", open: true, chosen: narrowed.into(), first, more: vec![] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(value: &str, count: u32, chosen: bool) -> FacetValue {
        let label = value.to_uppercase().into();
        FacetValue { value: value.into(), label, parent: None, depth: 0, count, chosen }
    }

    fn below(value: &str, count: u32, chosen: bool) -> FacetValue {
        FacetValue { parent: Some("cycle-3".into()), depth: 1, ..self::value(value, count, chosen) }
    }

    fn page(kind: FacetKind, values: Vec<FacetValue>) -> SearchPage {
        SearchPage {
            count: 40,
            facets: vec![FacetCounts { kind, values }],
            ..SearchPage::default()
        }
    }

    #[test]
    fn levels_stand_below_their_cycle() {
        let values = vec![
            value("cycle-3", 30, false),
            below("cm1", 10, false),
            below("cm2", 20, true),
            value("cycle-4", 10, false),
        ];
        let groups = groups(&Asked::default(), &page(FacetKind::Level, values), false);
        let [level] = groups.as_slice() else { panic!("{} groups", groups.len()) };
        assert!(level.open && level.first[0].open && !level.first[1].open);
        assert_eq!(level.first[0].summary(), "CM1, CM2");
        assert_eq!((level.chosen, level.first.len()), (1, 2));
    }

    #[test]
    fn a_long_list_is_cut_but_for_what_is_chosen() {
        let mut values: Vec<_> = (0..30).map(|it| value(&format!("p{it}"), 1, false)).collect();
        values[25].chosen = true;
        let groups = groups(&Asked::default(), &page(FacetKind::Publisher, values), false);
        assert_eq!((groups[0].first.len(), groups[0].more.len()), (FIRST + 1, 21));
        assert!(groups[0].open, "something of it is chosen");
    }

    #[test]
    fn what_all_have_is_no_choice() {
        let all = page(FacetKind::Licence, vec![value("class", 40, false)]);
        assert!(groups(&Asked::default(), &all, false).is_empty());
        let some = page(FacetKind::Licence, vec![value("class", 39, false)]);
        assert_eq!(groups(&Asked::default(), &some, false).len(), 1);
    }

    #[test]
    fn another_highest_price_is_shown_among_those_that_are_counted() {
        let asked = Asked::read("prix=7");
        let values = vec![value("0", 3, false), value("5", 9, false)];
        let groups = groups(&asked, &page(FacetKind::Price, values), true);
        let labels = groups[0].first.iter().map(|it| (it.choice.label.as_str(), it.choice.chosen));
        let labels: Vec<_> = labels.collect();
        assert_eq!(labels[..2], [("Tous les prix", false), ("7\u{a0}€ au plus", true)]);
        assert_eq!(groups[1].label, "Déjà acquis");
    }
}
