//! What kind of resource a notice describes.

use ledger_core::offer::{Feature, Kind};

use crate::vocabularies::name;

/// Pedagogical types (010), editorial contents (005) and document types (004), by the name of the
/// concept. LOM's own words (`exercise`) are concepts of 010 too.
const KINDS: [(Kind, &[&str]); 8] = [
    (Kind::Textbook, &["010-num-014", "010-num-025"]),
    (
        Kind::Exercises,
        &[
            "exercise",
            "questionnaire",
            "self_assessment",
            "exam",
            "problem_statement",
            "010-num-007",
            "010-num-0082",
            "010-num-023",
            "010-num-029",
        ],
    ),
    (
        Kind::Activity,
        &[
            "lecture",
            "experiment",
            "simulation",
            "010-num-004",
            "010-num-006",
            "010-num-013",
            "010-num-020",
            "010-num-022",
            "010-num-024",
            "010-num-027",
            "010-num-028",
            "InteractiveResource",
        ],
    ),
    (Kind::Tool, &["010-num-017", "005-num-136", "005-num-021", "Software", "Service"]),
    (
        Kind::Reference,
        &[
            "010-num-011",
            "010-num-015",
            "005-num-001",
            "005-num-002",
            "005-num-004",
            "005-num-008",
            "005-num-009",
            "005-num-035",
            "005-num-037",
            "Dataset",
        ],
    ),
    (Kind::Press, &["005-num-003", "005-num-031", "005-num-041"]),
    (
        Kind::Book,
        &[
            "005-num-005",
            "005-num-010",
            "005-num-024",
            "005-num-029",
            "005-num-043",
            "005-num-046",
            "005-num-048",
            "005-num-049",
            "005-num-058",
            "005-num-060",
            "005-num-061",
            "005-num-062",
            "005-num-063",
        ],
    ),
    (
        Kind::Media,
        &[
            "010-num-001",
            "005-num-006",
            "005-num-007",
            "005-num-022",
            "005-num-023",
            "005-num-032",
            "005-num-033",
            "005-num-034",
            "005-num-042",
            "005-num-044",
            "005-num-045",
            "005-num-047",
            "005-num-051",
            "005-num-056",
            "MovingImage",
            "StillImage",
            "Image",
            "Sound",
        ],
    ),
];

/// What concepts tell of ways of use: 010 and 019.
const FEATURES: [(Feature, &[&str]); 2] = [
    (
        Feature::Exercises,
        &["exercise", "questionnaire", "self_assessment", "problem_statement", "019-num-016"],
    ),
    (Feature::Collaborative, &["019-num-003", "019-num-005"]),
];

/// The kind that a concept tells; `None` when it tells none.
pub(super) fn of(concept: &str) -> Option<Kind> {
    let concept = short(concept);
    KINDS.iter().find(|it| it.1.contains(&&*concept)).map(|it| it.0)
}

/// The way of use that a concept tells; `None` when it tells none.
pub(super) fn feature(concept: &str) -> Option<Feature> {
    let concept = short(concept);
    FEATURES.iter().find(|it| it.1.contains(&&*concept)).map(|it| it.0)
}

/// `010-num-014` of an address that ends in `scolomfr-voc-010-num-014`, `self_assessment` of `self
/// assessment`.
fn short(concept: &str) -> String {
    let name = name(concept);
    name.strip_prefix("scolomfr-voc-").unwrap_or(name).replace(' ', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_known_by_its_concept() {
        let base = "http://data.education.fr/voc/scolomfr/concept/";
        assert_eq!(of(&format!("{base}scolomfr-voc-010-num-014\n")), Some(Kind::Textbook));
        assert_eq!(of("self assessment"), Some(Kind::Exercises));
        assert_eq!(of("http://purl.org/dc/dcmitype/MovingImage"), Some(Kind::Media));
        assert_eq!(of("http://purl.org/dc/dcmitype/Text"), None);
        assert_eq!(
            feature(&format!("{base}scolomfr-voc-019-num-003")),
            Some(Feature::Collaborative)
        );
    }

    #[test]
    fn no_concept_tells_two_kinds() {
        let mut all: Vec<_> = KINDS.iter().flat_map(|it| it.1).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
