//! Languages, however a notice names them.

use compact_str::CompactString;
use ledger_core::vocabulary::folded;

/// ISO 639: the code of two letters, then those of three letters that stand for it.
const CODES: &str = "ar ara|bg bul|br bre|bs bos|ca cat|co cos|cs cze ces|cy wel cym|da dan|de ger \
                     deu|el gre ell|en eng|eo epo|es spa|et est|eu baq eus|fa per fas|fi fin|fr fre \
                     fra|fy fry|ga gle|gd gla|gl glg|he heb|hi hin|hr hrv|ht hat|hu hun|hy arm hye|id \
                     ind|is ice isl|it ita|ja jpn|ka geo kat|km khm|ko kor|ku kur|la lat|lb ltz|ln \
                     lin|lo lao|lt lit|lv lav|mg mlg|mk mac mkd|mn mon|ms may msa|mt mlt|nb nob|nl dut \
                     nld|nn nno|no nor|oc oci|pl pol|ps pus|pt por|rm roh|ro rum ron|ru rus|sa san|sc \
                     srd|sk slo slk|sl slv|so som|sq alb sqi|sr srp|sv swe|sw swa|ta tam|th tha|tr \
                     tur|ty tah|uk ukr|ur urd|vi vie|wo wol|yi yid|zh chi zho";

/// Names that are written instead of codes, folded.
const NAMES: [(&str, &str); 14] = [
    ("francais", "fr"),
    ("french", "fr"),
    ("anglais", "en"),
    ("english", "en"),
    ("allemand", "de"),
    ("espagnol", "es"),
    ("italien", "it"),
    ("portugais", "pt"),
    ("arabe", "ar"),
    ("chinois", "zh"),
    ("latin", "la"),
    ("breton", "br"),
    ("occitan", "oc"),
    ("corse", "co"),
];

/// A language as `fr`, `oc`, `pt-br`; `None` when it is no language (`zxx`, `und`) or not known.
///
/// Read from a code of ISO 639-1, -2 or -3, alone or at the end of an address, or a French name.
pub(super) fn language(text: &str) -> Option<CompactString> {
    let text = text.trim().trim_end_matches('/');
    let code = text.rsplit(['/', '#']).next()?.to_ascii_lowercase().replace('_', "-");
    let (main, region) = code.split_once('-').map_or((&*code, None), |it| (it.0, Some(it.1)));
    let Some(short) = short(main) else {
        let folded = folded(text);
        return NAMES.iter().find(|it| it.0 == folded).map(|it| it.1.into());
    };
    let region = region
        .filter(|it| *it != short && it.len() == 2 && it.bytes().all(|it| it.is_ascii_lowercase()));
    Some(match region {
        Some(region) => compact_str::format_compact!("{short}-{region}"),
        None => short.into(),
    })
}

/// The shortest code for `code`; itself when it has three letters and no shorter one.
fn short(code: &str) -> Option<&str> {
    let letters = code.bytes().all(|it| it.is_ascii_lowercase());
    if !letters || matches!(code, "zxx" | "und" | "mul" | "mis" | "qaa") {
        return None;
    }
    let listed = CODES.split('|').find(|it| it.split(' ').any(|it| it == code));
    match listed.and_then(|it| it.get(..2)) {
        Some(short) => Some(short),
        None => (code.len() == 3 || code.len() == 2).then_some(code),
    }
}

/// Whether a language attribute says French.
pub(super) fn is_french(attribute: &str) -> bool {
    let said = |it: CompactString| it == "fr" || it.starts_with("fr-");
    matches!(attribute, "fr" | "fre" | "fra") || language(attribute).is_some_and(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_language_has_one_code() {
        for text in [
            "http://id.loc.gov/vocabulary/iso639-2/fre",
            "http://id.loc.gov/vocabulary/iso639-1/fr",
            "\n fra\t",
            "fr",
            "fr-FR",
            "FR",
            "Français",
        ] {
            assert_eq!(language(text).as_deref(), Some("fr"), "{text}");
        }
        assert!(is_french("fr-CA") && is_french("fra") && !is_french("fry"));
        assert_eq!(language("pt_BR").as_deref(), Some("pt-br"));
        assert_eq!(language("http://lexvo.org/id/iso639-3/gsw").as_deref(), Some("gsw"));
        for text in ["zxx", "und", "", "klingon!", "http://id.loc.gov/vocabulary/iso639-2/zxx"] {
            assert_eq!(language(text), None, "{text}");
        }
    }
}
