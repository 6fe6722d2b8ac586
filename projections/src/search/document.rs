//! An offer as a document of the index, and the fields that there are.

use std::borrow::Cow;

use compact_str::CompactString;
use ledger_core::event_log::Position;
use ledger_core::ids::{OfferId, PartnerId};
use ledger_core::offer::Listing;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::TokenizerManager;
use tantivy::{TantivyDocument, Term};

use super::analysis::{Keep, Words, code, plain};
use super::dated;
use super::filing::filing;

/// Raise it when documents are made otherwise: an index made before is made again.
pub(super) const VERSION: u32 = 2;

/// The fields of the index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    /// The offer's id: by what it is replaced.
    pub(super) id: Field,
    /// Its number in the read models: by what its row is read.
    pub(super) no: Field,
    /// Stems of the title.
    pub(super) title: Field,
    /// Stems of keywords.
    pub(super) keyword: Field,
    /// Stems of the description.
    pub(super) text: Field,
    /// All words as they are, but stop words: for beginnings and typos.
    pub(super) word: Field,
    /// Words of title and keywords, as they may be shown.
    pub(super) shown: Field,
    /// Reference and identifiers.
    pub(super) code: Field,
    /// What it is filed under.
    pub(super) filed: Field,
    /// In cents.
    pub(super) price: Field,
    /// What it costs on certain days, when it is not always the same, see [`super::dated`].
    pub(super) dated: Field,
    /// Where its first publication stands in the log.
    pub(super) published: Field,
    /// How many words its title has.
    pub(super) length: Field,
    /// The title by which it is sorted.
    pub(super) sorted: Field,
}

/// The names of tokenizers, and what each keeps.
const KEPT: [(&str, Keep); 4] = [
    ("stem", Keep::Stem),
    ("telling", Keep::Telling),
    ("folded", Keep::Folded),
    ("shown", Keep::Shown),
];

/// The fields, and the schema that they are of.
pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let text = |tokenizer: &str| {
        let indexing = TextFieldIndexing::default().set_tokenizer(tokenizer);
        let indexing = indexing.set_index_option(IndexRecordOption::Basic).set_fieldnorms(false);
        TextOptions::default().set_indexing_options(indexing)
    };
    let fields = Fields {
        id: schema.add_bytes_field("id", INDEXED),
        no: schema.add_u64_field("no", FAST),
        title: schema.add_text_field("title", text("stem")),
        keyword: schema.add_text_field("keyword", text("stem")),
        text: schema.add_text_field("text", text("telling")),
        word: schema.add_text_field("word", text("folded")),
        shown: schema.add_text_field("shown", text("shown")),
        code: schema.add_text_field("code", text("raw")),
        filed: schema.add_text_field("filed", text("raw")),
        price: schema.add_u64_field("price", FAST),
        dated: schema.add_text_field("dated", text("raw")),
        published: schema.add_u64_field("published", FAST),
        length: schema.add_u64_field("length", FAST),
        sorted: schema.add_text_field("sorted", TextOptions::default().set_fast("raw")),
    };
    (schema.build(), fields)
}

/// What cuts texts into words.
pub(super) fn tokenizers() -> TokenizerManager {
    let manager = TokenizerManager::default();
    for (name, keep) in KEPT {
        manager.register(name, Words::new(keep));
    }
    manager
}

/// An offer on sale, as its row tells it.
#[derive(Clone, Debug)]
pub(super) struct Told<'a> {
    pub(super) id: OfferId,
    pub(super) no: u64,
    pub(super) partner: PartnerId,
    pub(super) partner_name: String,
    pub(super) published: Position,
    pub(super) listing: Cow<'a, Listing>,
}

impl Fields {
    /// What finds the document of the offer `id`.
    pub(super) fn of(&self, id: OfferId) -> Term {
        Term::from_field_bytes(self.id, id.0.as_bytes())
    }

    /// The document of `told`.
    pub(super) fn document(&self, told: &Told<'_>) -> TantivyDocument {
        let listing = told.listing.as_ref();
        let mut document = TantivyDocument::new();
        document.add_bytes(self.id, told.id.0.as_bytes());
        document.add_u64(self.no, told.no);
        document.add_u64(self.price, listing.price.amount.cents());
        document.add_u64(self.published, told.published);
        let sorted = plain(&listing.title);
        document.add_u64(self.length, sorted.split(' ').count() as u64);
        document.add_text(self.sorted, sorted);
        document.add_text(self.title, &listing.title);
        document.add_text(self.word, &listing.title);
        document.add_text(self.shown, &listing.title);
        for it in &listing.details.keywords {
            document.add_text(self.keyword, it);
            document.add_text(self.word, it);
            document.add_text(self.shown, it);
        }
        document.add_text(self.text, &listing.description);
        document.add_text(self.word, &listing.description);
        for it in codes(listing) {
            document.add_text(self.code, it);
        }
        if !listing.prices.is_empty() {
            document.add_text(self.dated, dated::encode(listing));
        }
        for it in filing(told.partner, &told.partner_name, listing) {
            document.add_text(self.filed, it.encode());
        }
        document
    }
}

/// What an offer is asked for by when its name is not known; without what is empty.
pub(super) fn codes(listing: &Listing) -> impl Iterator<Item = CompactString> {
    let reference = std::iter::once(listing.reference.as_str());
    let identifiers = listing.details.identifiers.iter().map(CompactString::as_str);
    let all = reference.chain(listing.identifier.as_deref()).chain(identifiers);
    all.map(code).filter(|it| !it.is_empty())
}
