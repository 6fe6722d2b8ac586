//! What teachers write for what: short forms of subjects, levels and school things.
//!
//! Used when something is searched, so that a new line needs no new index. Names of levels and
//! subjects stand in [`ledger_core::vocabulary`] already; this table only leads to them.

/// Words and phrases that mean the same, folded: each stands for all others of its line.
const SAME: [&[&str]; 52] = [
    &["6e", "sixieme"],
    &["5e", "cinquieme"],
    &["4e", "quatrieme"],
    &["3e", "troisieme"],
    &["2de", "seconde"],
    &["1re", "premiere"],
    &["terminale", "tle", "term", "terminales"],
    &["cp", "cours preparatoire"],
    &["ce1", "cours elementaire 1"],
    &["ce2", "cours elementaire 2"],
    &["cm1", "cours moyen 1"],
    &["cm2", "cours moyen 2"],
    &["maths", "math", "mathematiques"],
    &["geo", "geographie"],
    &["histgeo", "histoire geographie"],
    &["hg", "histoire geographie"],
    &["svt", "sciences de la vie et de la terre"],
    &["emc", "enseignement moral et civique"],
    &["eps", "education physique et sportive", "sport"],
    &["nsi", "numerique et sciences informatiques"],
    &["snt", "sciences numeriques et technologie"],
    &["ses", "sciences economiques et sociales"],
    &["hggsp", "histoire geographie geopolitique sciences politiques"],
    &["hlp", "humanites litterature philosophie"],
    &["llce", "langues litteratures cultures etrangeres"],
    &["lv1", "langue vivante"],
    &["lv2", "langue vivante"],
    &["lv", "langue vivante"],
    &["lca", "langues et cultures de l antiquite"],
    &["fle", "francais langue etrangere"],
    &["flsco", "francais langue de scolarisation"],
    &["philo", "philosophie"],
    &["techno", "technologie"],
    &["info", "informatique"],
    &["bio", "biologie"],
    &["pc", "physique chimie"],
    &["spc", "sciences physiques chimie"],
    &["pse", "prevention sante environnement"],
    &["qlm", "questionner le monde"],
    &["exos", "exo", "exercices"],
    &["eval", "evals", "evaluation", "controle", "interro"],
    &["tp", "travaux pratiques"],
    &["dnb", "brevet", "diplome national du brevet"],
    &["bac", "baccalaureat"],
    &["emi", "education aux medias et a l information"],
    &["edd", "education au developpement durable"],
    &["cdi", "documentation", "professeur documentaliste"],
    &["ulis", "inclusion scolaire", "besoins educatifs particuliers"],
    &["dys", "dyslexie", "dyslexique"],
    &["dico", "dictionnaire"],
    &["ecologie", "developpement durable"],
    &["biblio", "bibliotheque"],
];

/// Names of groups of levels that people shorten, and the names that the vocabulary knows.
const GROUPS: [(&str, &[&str]); 8] = [
    ("maternelle", &["ecole maternelle"]),
    ("elementaire", &["ecole elementaire"]),
    ("primaire", &["ecole maternelle", "ecole elementaire"]),
    ("lycee", &["lycee general et technologique", "lycee professionnel"]),
    ("lycee pro", &["lycee professionnel"]),
    ("lycee general", &["lycee general et technologique"]),
    ("colleges", &["college"]),
    ("bac pro", &["lycee professionnel"]),
];

/// What means the same as the folded `word`; each is one word or a phrase.
pub(super) fn same(word: &str) -> impl Iterator<Item = &'static str> {
    let lines = SAME.iter().filter(move |line| line.contains(&word));
    lines.flat_map(|line| line.iter().copied()).filter(move |it| *it != word)
}

/// The names of levels that the folded `phrase` is short for.
pub(super) fn groups(phrase: &str) -> &'static [&'static str] {
    GROUPS.iter().find(|it| it.0 == phrase).map_or(&[], |it| it.1)
}

#[cfg(test)]
mod tests {
    use ledger_core::vocabulary::{folded, levels_named};

    use super::*;

    #[test]
    fn short_forms_lead_to_long_ones_and_back() {
        assert!(same("svt").any(|it| it == "sciences de la vie et de la terre"));
        assert!(same("mathematiques").any(|it| it == "maths"));
        assert!(same("exos").any(|it| it == "exercices"));
        assert_eq!(same("fractions").count(), 0);
    }

    #[test]
    fn all_are_folded_and_groups_are_known() {
        assert!(SAME.iter().flat_map(|it| it.iter()).all(|it| folded(it) == **it));
        for (name, known) in GROUPS {
            assert_eq!(folded(name), name);
            assert!(known.iter().all(|it| !levels_named(it).is_empty()), "{name}");
        }
    }
}
