//! The school subjects and levels of a product, as plain words.

use std::collections::BTreeSet;

use compact_str::CompactString;

use super::element::Element;
use super::product::Findings;
use crate::feed::text::word;

/// How many subjects, and how many levels, an offer may have.
const MAX: usize = 20;

/// List 27: keywords, CLIL's themes, and the French school subjects of `ScoLOMFR` 015.
const KEYWORDS: &str = "20";
const CLIL: &str = "29";
const SCHOOL_SUBJECTS: &str = "A6";

/// List 30: the French school cycles and classes of `ScoLOMFR` 022.
const SCHOOL_LEVELS: [&str; 2] = ["30", "34"];

/// Subjects of `ScoLOMFR` 015 by the number that ends their address.
const SUBJECTS: [(&str, &str); 21] = [
    ("006", "arts-plastiques"),
    ("030", "education-musicale"),
    ("031", "education-physique-et-sportive"),
    ("035", "francais"),
    ("036", "geographie"),
    ("040", "histoire"),
    ("054", "mathematiques"),
    ("059", "philosophie"),
    ("061", "physique-chimie"),
    ("069", "sciences-de-la-vie-et-de-la-terre"),
    ("070", "sciences-economiques-et-sociales"),
    ("077", "technologie"),
    ("086", "allemand"),
    ("087", "anglais"),
    ("090", "espagnol"),
    ("092", "italien"),
    ("908", "education-aux-medias-et-a-l-information"),
    ("919", "mathematiques"),
    ("1333", "francais"),
    ("1548", "enseignement-moral-et-civique"),
    ("1833", "sciences-et-technologie"),
];

/// Levels of `ScoLOMFR` 022 by the number that ends their address.
const LEVELS: [(&str, &[&str]); 37] = [
    ("002", &["ps", "ms", "gs"]),
    ("005", &["ps"]),
    ("006", &["ms"]),
    ("007", &["gs"]),
    ("008", &["cp", "ce1", "ce2", "cm1", "cm2"]),
    ("010", &["cp"]),
    ("011", &["ce1"]),
    ("013", &["ce2"]),
    ("014", &["cm1"]),
    ("015", &["cm2"]),
    ("016", &["6e", "5e", "4e", "3e"]),
    ("018", &["6e"]),
    ("020", &["5e"]),
    ("021", &["4e"]),
    ("023", &["3e"]),
    ("027", &["2de"]),
    ("040", &["terminale"]),
    ("041", &["terminale"]),
    ("042", &["terminale"]),
    ("050", &["terminale"]),
    ("088", &["terminale"]),
    ("122", &["1re"]),
    ("123", &["1re"]),
    ("124", &["1re"]),
    ("127", &["1re"]),
    ("128", &["1re"]),
    ("136", &["2de"]),
    ("142", &["2de", "1re", "terminale"]),
    ("146", &["1re"]),
    ("165", &["2de", "1re", "terminale"]),
    ("201", &["terminale"]),
    ("211", &["terminale"]),
    ("237", &["1re"]),
    ("617", &["ps", "ms", "gs"]),
    ("619", &["cp", "ce1", "ce2"]),
    ("620", &["cm1", "cm2", "6e"]),
    ("621", &["5e", "4e", "3e"]),
];

/// The subjects of a product; the first 20 when there are more.
pub(super) fn of(root: &Element<'_>, findings: &mut Findings) -> Vec<CompactString> {
    let mut words = Words::default();
    for subject in root.reach(&["DescriptiveDetail", "Subject"]) {
        let scheme = subject.value("SubjectSchemeIdentifier").unwrap_or_default();
        let headings = subject.values("SubjectHeadingText");
        match scheme.as_str() {
            KEYWORDS => {
                let keywords = headings.iter().flat_map(|it| it.split([';', ',']));
                keywords.for_each(|it| words.push(&word(it)));
            }
            CLIL => headings.iter().for_each(|it| words.push(&word(it))),
            SCHOOL_SUBJECTS => {
                let code = subject.value("SubjectCode").unwrap_or_default();
                match SUBJECTS.iter().find(|it| it.0 == number(&code)) {
                    Some((_, known)) => words.push(known),
                    None => headings.iter().for_each(|it| words.push(&word(it))),
                }
            }
            _ => {}
        }
    }
    words.end("Subject", root, findings)
}

/// The school levels of a product; none when it says none that is known.
pub(super) fn levels(root: &Element<'_>, findings: &mut Findings) -> Vec<CompactString> {
    let mut words = Words::default();
    for range in root.reach(&["DescriptiveDetail", "AudienceRange"]) {
        let qualifier = range.value("AudienceRangeQualifier").unwrap_or_default();
        if !SCHOOL_LEVELS.contains(&qualifier.as_str()) {
            continue;
        }
        for value in range.values("AudienceRangeValue") {
            match LEVELS.iter().find(|it| it.0 == number(&value)) {
                Some((_, levels)) => levels.iter().for_each(|it| words.push(it)),
                None => findings.remark(
                    range.line,
                    format!("AudienceRangeValue: `{value}` is not a known level of ScoLOMFR 022"),
                ),
            }
        }
    }
    words.end("AudienceRange", root, findings)
}

/// The number that ends `http://data.education.fr/voc/scolomfr/concept/scolomfr-voc-022-num-018`,
/// or a shorter writing of it; empty when there is none.
fn number(code: &str) -> &str {
    let code = code.trim();
    let digits = code.bytes().rev().take_while(u8::is_ascii_digit).count();
    &code[code.len() - digits..]
}

/// Words, each once, in the order they came.
#[derive(Default)]
struct Words {
    list: Vec<CompactString>,
    seen: BTreeSet<CompactString>,
}

impl Words {
    fn push(&mut self, word: &str) {
        if (1..=60).contains(&word.len()) && self.seen.insert(word.into()) {
            self.list.push(word.into());
        }
    }

    fn end(
        mut self,
        name: &str,
        root: &Element<'_>,
        findings: &mut Findings,
    ) -> Vec<CompactString> {
        if self.list.len() > MAX {
            findings.remark(root.line, format!("{name}: {} values, 20 kept", self.list.len()));
            self.list.truncate(MAX);
        }
        self.list
    }
}
