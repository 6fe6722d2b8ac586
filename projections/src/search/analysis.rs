//! From French text to words that can be compared: small plain letters, no elision, stems.
//!
//! Letters are folded before they are stemmed, so that what is typed without accents meets what is
//! written with them. The same words are cut from titles, descriptions, labels and queries.

use std::cell::RefCell;

use compact_str::CompactString;
use ledger_core::vocabulary::unaccented;
use rustc_hash::FxHashMap;
use tantivy::tokenizer::{
    Language, RawTokenizer, Stemmer, TextAnalyzer, Token, TokenStream, Tokenizer,
};

/// Letters of a word beyond so many are left out.
const LETTERS_MAX: usize = 60;

/// Stems remembered by each thread.
const REMEMBERED_MAX: usize = 16_384;

/// Between a folded word and the word as it is written, in the field of words to show.
pub(super) const SHOWN: char = '\u{1f}';

/// What an elision leaves before its apostrophe.
const ELIDED: [&str; 14] =
    ["l", "d", "j", "m", "t", "s", "n", "c", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu", "presqu"];

/// Words that say nothing of what a resource is about, folded.
const STOP: [&str; 52] = [
    "a", "au", "aux", "avec", "ce", "ces", "cet", "cette", "chez", "dans", "de", "des", "du",
    "ean", "elle", "en", "est", "et", "eux", "il", "ils", "isbn", "la", "le", "les", "leur",
    "leurs", "lui", "mais", "me", "mes", "ne", "nos", "notre", "nous", "on", "ou", "par", "pas",
    "pour", "que", "qui", "sa", "se", "ses", "son", "sont", "sur", "un", "une", "vos", "votre",
];

/// The longest of them.
const STOP_MAX: usize = 5;

/// One word of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word<'a> {
    /// Where it begins in the text, in bytes.
    pub(super) at: usize,
    /// As it is written.
    pub(super) written: &'a str,
    /// In small plain letters.
    pub(super) folded: CompactString,
}

/// Whether the folded `word` says nothing by itself.
pub(super) fn is_stop(word: &str) -> bool {
    word.len() <= STOP_MAX && STOP.binary_search(&word).is_ok()
}

/// The words of `text`, in their order; `6ème` is `6e`, `l’été` is `ete`.
pub(super) fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let mut rest = text;
    std::iter::from_fn(move || {
        loop {
            let start = rest.find(is_letter)?;
            let begun = &rest[start..];
            let end = begun.find(|it| !is_letter(it) && !is_mark(it)).unwrap_or(begun.len());
            let (written, after) = begun.split_at(end);
            let at = text.len() - begun.len();
            rest = after;
            let folded = fold(written);
            let elision = after.starts_with(['\'', '’', 'ʼ']) && ELIDED.contains(&&*folded);
            if !elision && !folded.is_empty() {
                return Some(Word { at, written, folded: ordinal(folded) });
            }
        }
    })
}

/// `text` as its folded words with a space between them: by what titles are sorted and compared.
pub(super) fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for word in words(text) {
        if !plain.is_empty() {
            plain.push(' ');
        }
        plain.push_str(&word.folded);
    }
    plain
}

/// A reference, an ISBN or an ARK in small plain letters and digits, so that dashes and spaces do
/// not matter.
pub(super) fn code(text: &str) -> CompactString {
    text.chars().filter(|it| is_letter(*it)).flat_map(char::to_lowercase).take(200).collect()
}

fn is_letter(it: char) -> bool {
    it.is_alphanumeric()
}

/// A combining accent, as in text that was decomposed.
fn is_mark(it: char) -> bool {
    matches!(it, '\u{300}'..='\u{36f}')
}

/// `written` in small plain letters.
fn fold(written: &str) -> CompactString {
    if written.is_ascii() {
        let mut folded = CompactString::from(written.get(..LETTERS_MAX).unwrap_or(written));
        folded.make_ascii_lowercase();
        return folded;
    }
    let mut folded = CompactString::default();
    for letter in written.chars().flat_map(char::to_lowercase).filter(|it| !is_mark(*it)) {
        if folded.len() >= LETTERS_MAX {
            break;
        }
        match unaccented(letter).or_else(|| foreign(letter)) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(letter),
        }
    }
    folded
}

/// The plain letters of those that names from elsewhere bring.
const fn foreign(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ã' | 'å' | 'ā' | 'ă' => "a",
        'ē' | 'ě' | 'ę' => "e",
        'ì' | 'ī' | 'ı' => "i",
        'ò' | 'õ' | 'ø' | 'ō' | 'ő' => "o",
        'ū' | 'ů' | 'ű' => "u",
        'ý' => "y",
        'č' | 'ć' => "c",
        'ğ' => "g",
        'ł' => "l",
        'ř' => "r",
        'š' | 'ś' | 'ş' | 'ș' => "s",
        'ț' | 'ť' => "t",
        'ž' | 'ź' | 'ż' => "z",
        'ß' => "ss",
        _ => return None,
    })
}

/// `6eme`, `6ieme` as `6e`; `1ere` as `1re`; `2nde` as `2de`.
fn ordinal(folded: CompactString) -> CompactString {
    let digits = folded.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 || digits == folded.len() {
        return folded;
    }
    let (number, ending) = folded.split_at(digits);
    let ending = match ending {
        "eme" | "ieme" | "emes" | "iemes" | "es" | "me" => "e",
        "ere" | "iere" | "eres" => "re",
        "nde" | "nd" => "de",
        _ => return folded,
    };
    compact_str::format_compact!("{number}{ending}")
}

thread_local! {
    static STEMS: RefCell<Stems> = RefCell::default();
}

/// The stem of a folded word; the word itself when it has a digit or few letters.
pub(super) fn stem(word: &str) -> CompactString {
    if word.len() < 4 || word.bytes().any(|it| it.is_ascii_digit()) {
        return word.into();
    }
    STEMS.with_borrow_mut(|it| it.of(word))
}

/// Stems French words (Snowball).
struct Stems {
    analyzer: TextAnalyzer,
    known: FxHashMap<CompactString, CompactString>,
}

impl Default for Stems {
    fn default() -> Self {
        let analyzer = TextAnalyzer::builder(RawTokenizer::default());
        let analyzer = analyzer.filter(Stemmer::new(Language::French)).build();
        Self { analyzer, known: FxHashMap::default() }
    }
}

impl Stems {
    fn of(&mut self, word: &str) -> CompactString {
        if let Some(stem) = self.known.get(word) {
            return stem.clone();
        }
        let mut stem = CompactString::from(word);
        self.analyzer.token_stream(word).process(&mut |it| stem = it.text.as_str().into());
        if self.known.len() >= REMEMBERED_MAX {
            self.known.clear();
        }
        self.known.insert(word.into(), stem.clone());
        stem
    }
}

/// What a field keeps of each word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keep {
    /// Its stem.
    Stem,
    /// Its stem, unless it says nothing by itself.
    Telling,
    /// The folded word, unless it says nothing by itself.
    Folded,
    /// The same, then the word as it is written.
    Shown,
}

/// Cuts a field's text into what it keeps.
#[derive(Clone)]
pub(super) struct Words {
    keep: Keep,
    tokens: Vec<CompactString>,
    token: Token,
}

impl Words {
    pub(super) fn new(keep: Keep) -> Self {
        Self { keep, tokens: Vec::new(), token: Token::default() }
    }
}

impl Tokenizer for Words {
    type TokenStream<'a> = Kept<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Kept<'a> {
        self.tokens.clear();
        for word in words(text) {
            let kept = match self.keep {
                Keep::Telling | Keep::Folded | Keep::Shown if is_stop(&word.folded) => continue,
                Keep::Stem | Keep::Telling => stem(&word.folded),
                Keep::Folded => word.folded,
                Keep::Shown => shown(&word),
            };
            self.tokens.push(kept);
        }
        self.token.reset();
        Kept { next: 0, tokens: &self.tokens, token: &mut self.token }
    }
}

fn shown(word: &Word<'_>) -> CompactString {
    let mut shown = word.folded.clone();
    shown.push(SHOWN);
    if word.written.len() == word.folded.len() && word.written.is_ascii() {
        shown.push_str(&word.folded);
        return shown;
    }
    shown.extend(word.written.chars().flat_map(char::to_lowercase).take(LETTERS_MAX));
    shown
}

/// What a field keeps of one text.
pub(super) struct Kept<'a> {
    next: usize,
    tokens: &'a [CompactString],
    token: &'a mut Token,
}

impl TokenStream for Kept<'_> {
    fn advance(&mut self) -> bool {
        let Some(kept) = self.tokens.get(self.next) else { return false };
        self.token.text.clear();
        self.token.text.push_str(kept);
        self.token.position = self.next;
        self.next += 1;
        true
    }

    fn token(&self) -> &Token {
        self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str) -> Vec<String> {
        words(text).map(|it| it.folded.to_string()).collect()
    }

    #[test]
    fn words_are_plain_letters_without_elision() {
        assert_eq!(folded("L’Île d'Œuvre, jusqu’à l'été"), ["ile", "oeuvre", "a", "ete"]);
        assert_eq!(folded("aujourd'hui l'"), ["aujourd", "hui"]);
        assert_eq!(folded("ge\u{301}ome\u{301}trie"), ["geometrie"], "decomposed accents");
        assert_eq!(folded("CM1-CM2 : 26 minutes"), ["cm1", "cm2", "26", "minutes"]);
        assert_eq!(folded("6ème 1ère 2nde 3e 1789"), ["6e", "1re", "2de", "3e", "1789"]);
        assert_eq!(folded("\0 \" ' * ("), [""; 0]);
    }

    #[test]
    fn words_of_one_family_have_one_stem_whatever_their_accents() {
        for family in [
            ["exercice", "exercices"],
            ["geometrie", "geometries"],
            ["evaluation", "evaluations"],
            ["animal", "animaux"],
        ] {
            assert_eq!(stem(family[0]), stem(family[1]), "{family:?}");
        }
        assert_eq!(stem("cm2"), "cm2");
    }

    #[test]
    fn stop_words_are_in_order() {
        assert!(STOP.is_sorted() && STOP.iter().all(|it| it.len() <= STOP_MAX));
        assert!(is_stop("de") && !is_stop("cid"));
    }

    #[test]
    fn a_code_is_its_letters_and_digits() {
        assert_eq!(code("978-2-09-172953-4"), "9782091729534");
        assert_eq!(code("ark:/49591/MOA/1"), "ark49591moa1");
    }
}
