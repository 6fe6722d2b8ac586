//! What French schools call their levels and subjects: one word for each, with its names.
//!
//! Earmarks, offers and addresses use the words; pages show the labels; feeds use any of the names.
//! Finer concepts come from `ScoLOMFR` with each offer, see [`Term`](crate::offer::Term).

mod subjects;

pub use subjects::{SUBJECTS, Subject};

/// Where pupils are: a cycle of compulsory school, or what follows.
///
/// Source: code de l'éducation, art. D311-10 (cycles 1 to 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cycle {
    /// Cycle 1, apprentissages premiers (maternelle).
    One,
    /// Cycle 2, apprentissages fondamentaux (CP to CE2).
    Two,
    /// Cycle 3, consolidation (CM1 to 6e).
    Three,
    /// Cycle 4, approfondissements (5e to 3e).
    Four,
    /// Lycée général et technologique.
    General,
    /// Lycée professionnel.
    Vocational,
    /// Enseignement supérieur en lycée.
    Higher,
}

impl Cycle {
    /// All of them, in the order of pupils' ages.
    pub const ALL: [Self; 7] = [
        Self::One,
        Self::Two,
        Self::Three,
        Self::Four,
        Self::General,
        Self::Vocational,
        Self::Higher,
    ];

    /// As it is written in addresses.
    pub const fn word(self) -> &'static str {
        match self {
            Self::One => "cycle-1",
            Self::Two => "cycle-2",
            Self::Three => "cycle-3",
            Self::Four => "cycle-4",
            Self::General => "lycee",
            Self::Vocational => "lycee-professionnel",
            Self::Higher => "superieur",
        }
    }

    /// As French readers call it.
    pub const fn label(self) -> &'static str {
        match self {
            Self::One => "Cycle 1 (maternelle)",
            Self::Two => "Cycle 2 (CP à CE2)",
            Self::Three => "Cycle 3 (CM1 à 6e)",
            Self::Four => "Cycle 4 (5e à 3e)",
            Self::General => "Lycée général et technologique",
            Self::Vocational => "Lycée professionnel",
            Self::Higher => "Supérieur en lycée",
        }
    }
}

/// A school level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// As earmarks, offers and addresses write it.
    pub word: &'static str,
    /// As French readers call it.
    pub label: &'static str,
    /// Where it belongs.
    pub cycle: Cycle,
    /// Its other names, folded as by [`folded`].
    pub names: &'static [&'static str],
}

/// A row of [`LEVELS`].
const fn level(
    word: &'static str,
    label: &'static str,
    cycle: Cycle,
    names: &'static [&'static str],
) -> Level {
    Level { word, label, cycle, names }
}

/// School levels, in the order of pupils' ages.
pub const LEVELS: [Level; 26] = [
    level("tps", "Toute petite section", Cycle::One, &["toute petite section"]),
    level("ps", "Petite section", Cycle::One, &["petite section"]),
    level("ms", "Moyenne section", Cycle::One, &["moyenne section"]),
    level("gs", "Grande section", Cycle::One, &["grande section"]),
    level("cp", "CP", Cycle::Two, &["cours preparatoire"]),
    level("ce1", "CE1", Cycle::Two, &["cours elementaire 1"]),
    level("ce2", "CE2", Cycle::Two, &["cours elementaire 2"]),
    level("cm1", "CM1", Cycle::Three, &["cours moyen 1"]),
    level("cm2", "CM2", Cycle::Three, &["cours moyen 2"]),
    level("6e", "6e", Cycle::Three, &["sixieme", "6eme"]),
    level("5e", "5e", Cycle::Four, &["cinquieme", "5eme"]),
    level("4e", "4e", Cycle::Four, &["quatrieme", "4eme"]),
    level("3e", "3e", Cycle::Four, &["troisieme", "3eme", "3e d insertion"]),
    level("2de", "2de", Cycle::General, &["seconde", "2nde", "2de generale et technologique"]),
    level(
        "1re",
        "1re",
        Cycle::General,
        &["premiere", "1ere", "1re generale", "1re generale et technologique"],
    ),
    level(
        "terminale",
        "Terminale",
        Cycle::General,
        &["tle", "term", "terminale generale", "terminale generale et technologique"],
    ),
    level("1re-techno", "1re technologique", Cycle::General, &["1re technologique", "1re stmg"]),
    level(
        "terminale-techno",
        "Terminale technologique",
        Cycle::General,
        &["terminale technologique", "terminale stmg"],
    ),
    level("3e-prepa-metiers", "3e prépa-métiers", Cycle::Vocational, &["3e professionnelle"]),
    level("cap", "CAP", Cycle::Vocational, &["voie cap", "cap 1re annee", "cap 2e annee"]),
    level("2de-pro", "2de professionnelle", Cycle::Vocational, &["2de professionnelle"]),
    level("1re-pro", "1re professionnelle", Cycle::Vocational, &["1re professionnelle"]),
    level(
        "terminale-pro",
        "Terminale professionnelle",
        Cycle::Vocational,
        &["terminale professionnelle"],
    ),
    level("bts", "BTS", Cycle::Higher, &["section bts", "bts 1re annee", "bts 2e annee"]),
    level("cpge", "CPGE", Cycle::Higher, &["voie cpge", "cpge 1re annee", "cpge 2e annee"]),
    level("fc", "Formation continue", Cycle::Higher, &["formation continue"]),
];

/// Names that stand for several levels, folded.
const GROUPS: [(&str, &[&str]); 9] = [
    ("ecole maternelle", &["ps", "ms", "gs"]),
    ("ecole elementaire", &["cp", "ce1", "ce2", "cm1", "cm2"]),
    ("college", &["6e", "5e", "4e", "3e"]),
    ("lycee general et technologique", &["2de", "1re", "terminale"]),
    ("lycee professionnel", &["cap", "2de-pro", "1re-pro", "terminale-pro"]),
    ("cycle 1", &["ps", "ms", "gs"]),
    ("cycle 2", &["cp", "ce1", "ce2"]),
    ("cycle 3", &["cm1", "cm2", "6e"]),
    ("cycle 4", &["5e", "4e", "3e"]),
];

/// The level written as `word`; `None` when there is none.
pub fn level_by_word(word: &str) -> Option<&'static Level> {
    LEVELS.iter().find(|it| it.word == word)
}

/// The words of the levels that `name` stands for, as feeds and vocabularies write it: one, several
/// for « Collège » or « cycle 4 (2016) », none when it is not known.
pub fn levels_named(name: &str) -> Vec<&'static str> {
    let folded = folded(name);
    let named = |it: &&Level| it.word == folded || it.names.contains(&folded.as_str());
    if let Some(level) = LEVELS.iter().find(named) {
        return vec![level.word];
    }
    let group = GROUPS.iter().find(|it| it.0 == folded);
    group.map(|it| it.1.to_vec()).unwrap_or_default()
}

/// The subject written as `word`; `None` when there is none.
pub fn subject_by_word(word: &str) -> Option<&'static Subject> {
    SUBJECTS.iter().find(|it| it.word == word)
}

/// The subject that `name` stands for, as feeds and vocabularies write it; `None` when it is not
/// known.
pub fn subject_named(name: &str) -> Option<&'static Subject> {
    let folded = folded(name);
    let dashed = folded.replace(' ', "-");
    SUBJECTS.iter().find(|it| it.word == dashed || it.names.contains(&folded.as_str()))
}

/// `name` in small plain letters, without what stands in brackets: « Histoire et géographie (cycle
/// 4) » gives `histoire et geographie`.
pub fn folded(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    let mut brackets = 0_usize;
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            '(' => brackets += 1,
            ')' => brackets = brackets.saturating_sub(1),
            _ if brackets > 0 => {}
            letter => match unaccented(letter) {
                Some(plain_letters) => plain.push_str(plain_letters),
                None if letter.is_ascii_alphanumeric() => plain.push(letter),
                None if plain.ends_with(' ') || plain.is_empty() => {}
                None => plain.push(' '),
            },
        }
    }
    plain.truncate(plain.trim_end().len());
    plain
}

/// The plain letters of a small French accented one; `None` for any other character.
pub const fn unaccented(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à' | 'â' | 'ä' | 'á' => "a",
        'é' | 'è' | 'ê' | 'ë' => "e",
        'î' | 'ï' | 'í' => "i",
        'ô' | 'ö' | 'ó' => "o",
        'ù' | 'û' | 'ü' | 'ú' => "u",
        'ÿ' => "y",
        'ç' => "c",
        'ñ' => "n",
        'œ' => "oe",
        'æ' => "ae",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_known_by_any_of_its_names() {
        for name in ["6e", "Sixième", "6ème", " 6E "] {
            assert_eq!(levels_named(name), ["6e"], "{name}");
        }
        assert_eq!(levels_named("cycle 4 (2016)"), ["5e", "4e", "3e"]);
        assert_eq!(levels_named("terminale générale"), ["terminale"]);
        assert!(levels_named("1er janvier").is_empty());
    }

    #[test]
    fn a_subject_is_known_by_any_of_its_names() {
        let named = |name| subject_named(name).map(|it| it.word);
        assert_eq!(named("histoire et géographie (cycle 4)"), Some("histoire-geographie"));
        assert_eq!(named("SVT"), Some("sciences-de-la-vie-et-de-la-terre"));
        assert_eq!(named("Mathématiques"), Some("mathematiques"));
        assert_eq!(named("alchimie"), None);
    }

    #[test]
    fn no_name_stands_for_two() {
        let mut names: Vec<&str> = Vec::new();
        for it in &SUBJECTS {
            names.extend(it.names);
        }
        for it in &LEVELS {
            names.extend(it.names);
        }
        names.extend(GROUPS.iter().map(|it| it.0));
        let all = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), all);
        assert!(names.iter().all(|it| folded(it) == **it), "names are folded");
    }

    #[test]
    fn broader_subjects_exist() {
        for it in &SUBJECTS {
            assert!(it.broader.is_none_or(|it| subject_by_word(it).is_some()), "{}", it.word);
        }
    }
}
