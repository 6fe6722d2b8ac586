//! The table of subjects.

/// What is taught (discipline): a word that earmarks, offers and addresses use, or a group of such.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// As earmarks, offers and addresses write it.
    pub word: &'static str,
    /// As French readers call it.
    pub label: &'static str,
    /// The subject or group that holds it; `None` for the groups at the top.
    pub broader: Option<&'static str>,
    /// Its other names, folded as by [`folded`](super::folded).
    pub names: &'static [&'static str],
}

const fn subject(
    word: &'static str,
    label: &'static str,
    broader: Option<&'static str>,
    names: &'static [&'static str],
) -> Subject {
    Subject { word, label, broader, names }
}

/// Subjects, each below what holds it. A few have two words, since feeds use both: the shorter one
/// stands below the longer.
pub const SUBJECTS: [Subject; 72] = [
    subject("langues-et-lettres", "Langues et lettres", None, &[]),
    subject("francais", "Français", Some("langues-et-lettres"), &["francais langue maternelle"]),
    subject("lettres", "Lettres", Some("langues-et-lettres"), &[]),
    subject("litterature", "Littérature", Some("langues-et-lettres"), &["litterature et societe"]),
    subject(
        "langues-vivantes",
        "Langues vivantes",
        Some("langues-et-lettres"),
        &[
            "langue vivante",
            "langues",
            "langues etrangeres",
            "langues vivantes etrangeres ou regionales",
        ],
    ),
    subject("allemand", "Allemand", Some("langues-vivantes"), &[]),
    subject("anglais", "Anglais", Some("langues-vivantes"), &["lv1 anglais"]),
    subject("arabe", "Arabe", Some("langues-vivantes"), &[]),
    subject("chinois", "Chinois", Some("langues-vivantes"), &[]),
    subject("espagnol", "Espagnol", Some("langues-vivantes"), &[]),
    subject("hebreu", "Hébreu", Some("langues-vivantes"), &[]),
    subject("italien", "Italien", Some("langues-vivantes"), &[]),
    subject("japonais", "Japonais", Some("langues-vivantes"), &[]),
    subject("portugais", "Portugais", Some("langues-vivantes"), &[]),
    subject("russe", "Russe", Some("langues-vivantes"), &[]),
    subject("langues-regionales", "Langues régionales", Some("langues-et-lettres"), &[]),
    subject(
        "fle",
        "Français langue étrangère",
        Some("langues-et-lettres"),
        &[
            "francais langue etrangere",
            "francais langue etrangere 1",
            "francais langue etrangere 2",
            "francais langue seconde",
        ],
    ),
    subject(
        "langues-et-cultures-de-l-antiquite",
        "Langues et cultures de l’Antiquité",
        Some("langues-et-lettres"),
        &["langues et cultures de l antiquite", "lca"],
    ),
    subject("latin", "Latin", Some("langues-et-cultures-de-l-antiquite"), &[]),
    subject("grec", "Grec", Some("langues-et-cultures-de-l-antiquite"), &["grec ancien"]),
    subject("philosophie", "Philosophie", Some("langues-et-lettres"), &["philo"]),
    subject("sciences-et-mathematiques", "Mathématiques et sciences", None, &[]),
    subject(
        "mathematiques",
        "Mathématiques",
        Some("sciences-et-mathematiques"),
        &["maths", "math", "mathematique"],
    ),
    subject("sciences", "Sciences", Some("sciences-et-mathematiques"), &[]),
    subject(
        "sciences-et-technologie",
        "Sciences et technologie",
        Some("sciences-et-mathematiques"),
        &["sciences experimentales et technologie"],
    ),
    subject(
        "physique-chimie",
        "Physique-chimie",
        Some("sciences-et-mathematiques"),
        &["physique et chimie", "sciences physiques"],
    ),
    subject("physique", "Physique", Some("physique-chimie"), &[]),
    subject("chimie", "Chimie", Some("physique-chimie"), &[]),
    subject(
        "sciences-de-la-vie-et-de-la-terre",
        "Sciences de la vie et de la Terre",
        Some("sciences-et-mathematiques"),
        &["svt", "sciences de la vie"],
    ),
    subject(
        "svt",
        "Sciences de la vie et de la Terre",
        Some("sciences-de-la-vie-et-de-la-terre"),
        &[],
    ),
    subject(
        "biologie",
        "Biologie",
        Some("sciences-de-la-vie-et-de-la-terre"),
        &["biologie ecologie"],
    ),
    subject(
        "enseignement-scientifique",
        "Enseignement scientifique",
        Some("sciences-et-mathematiques"),
        &[],
    ),
    subject(
        "numerique-et-sciences-informatiques",
        "Numérique et sciences informatiques",
        Some("sciences-et-mathematiques"),
        &["nsi", "snt", "sciences numeriques et technologie"],
    ),
    subject(
        "nsi",
        "Numérique et sciences informatiques",
        Some("numerique-et-sciences-informatiques"),
        &[],
    ),
    subject("informatique", "Informatique", Some("sciences-et-mathematiques"), &[]),
    subject("technologie", "Technologie", Some("sciences-et-mathematiques"), &["techno"]),
    subject(
        "sciences-de-l-ingenieur",
        "Sciences de l’ingénieur",
        Some("sciences-et-mathematiques"),
        &["sciences de l ingenieur"],
    ),
    subject("histoire-geographie-citoyennete", "Histoire, géographie, citoyenneté", None, &[]),
    subject(
        "histoire-geographie",
        "Histoire-géographie",
        Some("histoire-geographie-citoyennete"),
        &["histoire et geographie", "hg", "histoire geo"],
    ),
    subject("histoire", "Histoire", Some("histoire-geographie"), &[]),
    subject("geographie", "Géographie", Some("histoire-geographie"), &["geo"]),
    subject(
        "enseignement-moral-et-civique",
        "Enseignement moral et civique",
        Some("histoire-geographie-citoyennete"),
        &["emc", "instruction civique et morale"],
    ),
    subject("emc", "Enseignement moral et civique", Some("enseignement-moral-et-civique"), &[]),
    subject("education-civique", "Éducation civique", Some("histoire-geographie-citoyennete"), &[]),
    subject(
        "education-aux-medias-et-a-l-information",
        "Éducation aux médias et à l’information",
        Some("histoire-geographie-citoyennete"),
        &["emi", "education aux medias et a l information"],
    ),
    subject(
        "education-au-developpement-durable",
        "Éducation au développement durable",
        Some("histoire-geographie-citoyennete"),
        &["edd", "developpement durable"],
    ),
    subject(
        "orientation",
        "Orientation",
        Some("histoire-geographie-citoyennete"),
        &["education a l orientation", "decouverte professionnelle"],
    ),
    subject("economie-et-societe", "Économie et société", None, &[]),
    subject(
        "sciences-economiques-et-sociales",
        "Sciences économiques et sociales",
        Some("economie-et-societe"),
        &["ses"],
    ),
    subject("economie", "Économie", Some("economie-et-societe"), &[]),
    subject(
        "economie-gestion",
        "Économie-gestion",
        Some("economie-et-societe"),
        &["economie et gestion", "sciences de gestion"],
    ),
    subject(
        "economie-droit",
        "Économie-droit",
        Some("economie-et-societe"),
        &["economie et droit", "droit et economie"],
    ),
    subject("droit", "Droit", Some("economie-et-societe"), &[]),
    subject(
        "prevention-sante-environnement",
        "Prévention-santé-environnement",
        Some("economie-et-societe"),
        &["pse", "prevention sante environnement"],
    ),
    subject("arts-et-sport", "Arts et sport", None, &[]),
    subject(
        "arts",
        "Arts",
        Some("arts-et-sport"),
        &["enseignements artistiques", "education artistique et culturelle"],
    ),
    subject("arts-plastiques", "Arts plastiques", Some("arts"), &[]),
    subject(
        "arts-appliques",
        "Arts appliqués",
        Some("arts"),
        &["design et arts appliques", "arts appliques et cultures artistiques"],
    ),
    subject("education-musicale", "Éducation musicale", Some("arts"), &["musique"]),
    subject("histoire-des-arts", "Histoire des arts", Some("arts"), &[]),
    subject("theatre", "Théâtre", Some("arts"), &["theatre et expression dramatique"]),
    subject("cinema", "Cinéma-audiovisuel", Some("arts"), &["cinema audiovisuel"]),
    subject("danse", "Danse", Some("arts"), &[]),
    subject(
        "education-physique-et-sportive",
        "Éducation physique et sportive",
        Some("arts-et-sport"),
        &["eps", "sport"],
    ),
    subject("eps", "Éducation physique et sportive", Some("education-physique-et-sportive"), &[]),
    subject("ecole-primaire", "École primaire", None, &[]),
    subject(
        "questionner-le-monde",
        "Questionner le monde",
        Some("ecole-primaire"),
        &["decouverte du monde", "decouvrir le monde", "qlm"],
    ),
    subject("explorer-le-monde", "Explorer le monde", Some("ecole-primaire"), &[]),
    subject("lecture", "Lecture", Some("ecole-primaire"), &[]),
    subject("ecriture", "Écriture", Some("ecole-primaire"), &[]),
    subject(
        "mobiliser-le-langage",
        "Mobiliser le langage",
        Some("ecole-primaire"),
        &["mobiliser le langage dans toutes ses dimensions", "s approprier le langage"],
    ),
    subject(
        "premiers-outils",
        "Premiers outils mathématiques",
        Some("ecole-primaire"),
        &[
            "construire les premiers outils pour structurer sa pensee",
            "acquerir les premiers outils mathematiques",
        ],
    ),
];
