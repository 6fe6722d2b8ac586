//! One search, from what was asked to the page.

use std::sync::Arc;

use ledger_core::ids::PartnerId;

use super::counting::facets;
use super::dictionary;
use super::generation::Generation;
use super::help::help;
use super::page::{By, Cursor, Hit, SearchPage};
use super::query::{Instead, Query};
use super::ranking::ranked;
use super::request::{Owned, SearchRequest};
use super::selection::{Known, Selection};
use super::why::Why;
use crate::{ReadError, Reader};

/// A beginning has so many letters or more.
const BEGINNING_MIN: usize = 3;

impl From<tantivy::TantivyError> for ReadError {
    fn from(error: tantivy::TantivyError) -> Self {
        Self::Search(error.to_string())
    }
}

/// What is searched in.
pub(super) struct Searched<'a> {
    pub(super) reader: &'a Reader,
    pub(super) index: Arc<Generation>,
    suspended: Vec<PartnerId>,
}

/// What was found in it.
pub(super) struct Found<'s> {
    pub(super) query: Query,
    pub(super) selections: Vec<Selection<'s>>,
}

impl Found<'_> {
    /// How many.
    pub(super) fn count(&self) -> u32 {
        self.selections.iter().map(|it| it.found.count()).sum()
    }
}

impl<'a> Searched<'a> {
    pub(super) fn new(reader: &'a Reader) -> Result<Self, ReadError> {
        let (index, suspended) = (reader.index()?.clone(), reader.suspended_partners()?);
        Ok(Self { reader, index, suspended })
    }

    /// The page that `request` asks for.
    pub(super) fn page(&self, request: &SearchRequest) -> Result<SearchPage, ReadError> {
        let found = self.find(request)?;
        if found.query.units.is_empty() && !request.text.trim().is_empty() {
            return Ok(SearchPage {
                help: Some(help(self, &found, request)?),
                ..SearchPage::default()
            });
        }
        let counted = self.index.counts.of(request, &self.suspended, || {
            let facets = facets(&found.selections, &self.index.values, request);
            (found.count(), facets.into())
        });
        let count = counted.0;
        let offers = self.hits(&found, request)?;
        let start = request.after.map_or(0, |it| it.0);
        let shown = u32::try_from(request.limit).unwrap_or(u32::MAX);
        let next = start.saturating_add(shown);
        Ok(SearchPage {
            count,
            next: (next < count && shown > 0).then_some(Cursor(next)),
            facets: counted.1.to_vec(),
            corrected: corrected(&found.query, &request.text, offers.first()),
            help: if count == 0 { Some(help(self, &found, request)?) } else { None },
            offers,
        })
    }

    /// The offers of the page that `request` asks for, and nothing else.
    pub(super) fn offers(&self, request: &SearchRequest) -> Result<Vec<Hit>, ReadError> {
        self.hits(&self.find(request)?, request)
    }

    /// What `request` finds.
    pub(super) fn find(&self, request: &SearchRequest) -> Result<Found<'_>, ReadError> {
        let values = &self.index.values;
        let mut query = Query::of(&request.text, values);
        if let Some(last) = query.units.last_mut()
            && let [only] = &last.words[..]
            && only.folded.chars().count() >= BEGINNING_MIN
        {
            for (word, _) in dictionary::beginnings(&self.index, &only.folded)? {
                let instead = Instead::of(&word, values);
                let known = instead.stems.first() == Some(&only.stem)
                    || last.beginnings.iter().any(|it: &Instead| it.stems == instead.stems);
                if !known {
                    last.beginnings.push(Instead { values: Vec::new(), ..instead });
                }
            }
        }
        let owned = request.owned.as_ref().map(|it| match it {
            Owned::Only(offers) => (true, offers.as_slice()),
            Owned::Without(offers) => (false, offers.as_slice()),
        });
        let known: Known<'_> = Known { suspended: &self.suspended, owned };
        let mut selections = Selection::all(&self.index, request, &query, &known)?;
        for (place, unit) in query.units.iter_mut().enumerate() {
            let [only] = &unit.words[..] else { continue };
            if selections.iter().any(|it| it.knows(place)) {
                continue;
            }
            for (word, _) in dictionary::typos(&self.index, &only.folded)? {
                unit.typos.push(Instead::of(&word, values));
            }
            if !unit.typos.is_empty() {
                selections.iter_mut().try_for_each(|it| it.look_again(place, unit))?;
            }
        }
        Ok(Found { query, selections })
    }

    /// The offers of the page, as the read models tell them.
    pub(super) fn hits(
        &self,
        found: &Found<'_>,
        request: &SearchRequest,
    ) -> Result<Vec<Hit>, ReadError> {
        let start = request.after.map_or(0, |it| it.0 as usize);
        let end = start.saturating_add(request.limit);
        let places = ranked(&found.selections, &found.query, request, end);
        let why = Why::new(&found.query, &self.index.values);
        let mut hits = Vec::new();
        for place in places.into_iter().skip(start) {
            let there = self.index.segment(place.segment).map(|it| it.1);
            let no = there.and_then(|it| it.no.get(place.document as usize)).copied();
            let offer = match no {
                Some(no) => self.reader.offer_numbered(no)?,
                None => None,
            };
            // What was withdrawn since the index was written is not shown.
            if let Some(offer) = offer.filter(|it| it.on_sale) {
                hits.push(Hit { why: why.of(&offer, &request.text), offer });
            }
        }
        Ok(hits)
    }
}

/// What was looked for instead of what was typed, as the best offer has it.
fn corrected(query: &Query, text: &str, best: Option<&Hit>) -> Option<String> {
    let best = best?;
    let mut corrected = text.to_owned();
    let mut changed = false;
    for unit in query.units.iter().rev().filter(|it| !it.typos.is_empty()) {
        let reason = best.why.iter().find(|it| it.word == unit.typed)?;
        if let By::Typo(word) = &reason.by {
            corrected.replace_range(unit.at.clone(), word);
            changed = true;
        }
    }
    changed.then_some(corrected)
}

impl Reader {
    /// Partners whose offers cannot be bought for now.
    fn suspended_partners(&self) -> Result<Vec<PartnerId>, ReadError> {
        let sql = "SELECT id FROM partner WHERE suspended IS NOT NULL";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| Ok(PartnerId(crate::columns::id(row, 0)?)))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}
