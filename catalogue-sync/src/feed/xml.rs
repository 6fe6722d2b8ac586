//! XML bodies read as they come: one record in memory at a time, never further than its limits.
//!
//! Names are read without their prefix, whatever it is: partners write `lom:title` and `title`.
//! Nothing outside the body is ever read: a DOCTYPE is skipped, and one that declares entities is
//! refused.

mod element;
mod source;

use std::io::BufRead;

use compact_str::CompactString;
use ledger_core::digest::Digest;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::FeedError;
use super::personal;
use super::text::shortened;
pub(crate) use element::Element;
use source::Source;

/// How many elements are read within one another: a notice needs 12.
pub(crate) const DEPTH_MAX: usize = 64;
/// How many elements are read in one record: a large one has 1,000.
pub(crate) const ELEMENTS_MAX: usize = 50_000;
/// How many bytes of UTF-8 are read of one record: a large one has 60,000.
pub(crate) const BYTES_MAX: u64 = 4 << 20;

/// How many entities that XML does not know are told of one record.
const UNKNOWN_MAX: usize = 20;

/// The attributes that are kept, without their prefix.
const ATTRIBUTES: [&str; 6] = ["about", "code", "lang", "language", "resource", "status"];

/// A body being read.
pub(crate) struct Document<'b> {
    reader: Reader<Source<'b>>,
    buffer: Vec<u8>,
    /// How many elements are open.
    depth: usize,
    /// Entities that XML does not know, since they were last taken.
    unknown_entities: Vec<String>,
}

impl<'b> Document<'b> {
    /// Opens `body` and goes into its root, which is given without its content.
    pub(crate) fn open(
        body: &'b mut dyn BufRead,
        expected: &'static str,
    ) -> Result<(Self, Element), FeedError> {
        let mut reader = Reader::from_reader(Source::new(super::encoding::decoded(body)?));
        reader.config_mut().expand_empty_elements = true;
        let mut document =
            Self { reader, buffer: Vec::new(), depth: 0, unknown_entities: Vec::new() };
        let found = |found: &str| {
            let found = personal::without(found);
            FeedError::NotThisFormat { found: shortened(&found, 40), expected }
        };
        loop {
            match document.step()? {
                Step::Start(root) => return Ok((document, root)),
                Step::Text(text) if text.trim().is_empty() => {}
                Step::Text(text) => return Err(found(&format!("`{}`", text.trim()))),
                Step::Entity(_) => return Err(found("text")),
                Step::Eof => return Err(found("no element")),
                Step::End | Step::Other => {}
            }
        }
    }

    /// The next child of the element that was entered last, without its content; `None` at that
    /// element's end. The child is entered: read it with [`Self::whole`] or child by child.
    pub(crate) fn child(&mut self) -> Result<Option<Element>, FeedError> {
        loop {
            match self.step()? {
                Step::Start(child) => return Ok(Some(child)),
                Step::End => return Ok(None),
                Step::Eof => return Err(self.malformed("cut off: an element has no end")),
                Step::Entity(Err(name)) => self.unknown(name),
                Step::Text(_) | Step::Entity(Ok(_)) | Step::Other => {}
            }
        }
    }

    /// `start`, which [`Self::child`] gave, with its content, up to its end.
    pub(crate) fn whole(&mut self, start: Element) -> Result<Element, FeedError> {
        let line = start.line;
        let mut open = vec![start];
        let mut elements = 1;
        loop {
            let step = self.step()?;
            let Some(parent) = open.last_mut() else {
                return Err(self.malformed("an end without a beginning"));
            };
            match step {
                Step::Start(child) => {
                    elements += 1;
                    if elements > ELEMENTS_MAX {
                        return Err(FeedError::TooLarge { line, max: ELEMENTS_MAX });
                    }
                    open.push(child);
                }
                Step::End => {
                    let Some(done) = open.pop() else { continue };
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => return Ok(done),
                    }
                }
                Step::Text(text) | Step::Entity(Ok(text)) => parent.push(&text),
                Step::Entity(Err(name)) => self.unknown(name),
                Step::Eof => {
                    let name = &open[0].name;
                    return Err(
                        self.malformed(&format!("cut off inside the <{name}> of line {line}"))
                    );
                }
                Step::Other => {}
            }
        }
    }

    /// Begins a record: its limit counts from here.
    pub(crate) fn begin_record(&mut self) {
        self.reader.get_mut().begin_record();
        self.unknown_entities.clear();
    }

    /// Begins a fingerprint of what is read from here.
    pub(crate) fn begin_digest(&mut self) {
        self.reader.get_mut().begin_digest();
    }

    /// The fingerprint of what was read since [`Self::begin_digest`], in UTF-8.
    pub(crate) fn end_digest(&mut self) -> Digest {
        self.reader.get_mut().end_digest()
    }

    /// The entities that XML does not know, since they were last taken.
    pub(crate) fn unknown_entities(&mut self) -> Vec<String> {
        std::mem::take(&mut self.unknown_entities)
    }

    /// The line that has been reached, from 1.
    pub(crate) fn line(&self) -> usize {
        self.reader.get_ref().line
    }

    fn unknown(&mut self, name: String) {
        if self.unknown_entities.len() < UNKNOWN_MAX {
            self.unknown_entities.push(name);
        }
    }

    fn malformed(&self, message: &str) -> FeedError {
        let message = personal::without(message).into_owned();
        FeedError::Malformed { place: format!("line {}", self.line()), message }
    }

    fn step(&mut self) -> Result<Step, FeedError> {
        self.buffer.clear();
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => {
                let source = self.reader.get_ref();
                return Err(source.failure().unwrap_or_else(|| FeedError::Malformed {
                    place: format!("line {}", source.line),
                    message: personal::without(&error.to_string()).into_owned(),
                }));
            }
        };
        Ok(match event {
            Event::Start(start) => {
                self.depth += 1;
                let line = self.reader.get_ref().line;
                if self.depth > DEPTH_MAX {
                    return Err(FeedError::TooDeep { line, max: DEPTH_MAX });
                }
                Step::Start(element(&start, line))
            }
            Event::End(_) => {
                self.depth = self.depth.saturating_sub(1);
                Step::End
            }
            Event::Text(text) => Step::Text(text.xml10_content().into()),
            Event::CData(text) => Step::Text(text.xml10_content().into()),
            Event::GeneralRef(entity) => Step::Entity(resolved(&entity)),
            Event::DocType(declaration) if declaration.contains("<!ENTITY") => {
                return Err(FeedError::Entities);
            }
            Event::Eof => Step::Eof,
            Event::Comment(_)
            | Event::PI(_)
            | Event::Decl(_)
            | Event::DocType(_)
            | Event::Empty(_) => Step::Other,
        })
    }
}

/// What comes next.
enum Step {
    Start(Element),
    End,
    Text(CompactString),
    /// The text of an entity; its name when XML does not know it.
    Entity(Result<CompactString, String>),
    Eof,
    Other,
}

fn element(start: &BytesStart<'_>, line: usize) -> Element {
    let mut attributes = Vec::new();
    for attribute in start.attributes().with_checks(false).flatten() {
        let local = local(attribute.key.as_ref());
        if ATTRIBUTES.contains(&local) {
            let value = attribute.normalized_value(XmlVersion::default());
            let value = value.unwrap_or_else(|_| attribute.value.clone());
            attributes.push((local.into(), value.as_ref().into()));
        }
    }
    Element {
        name: local(start.name().as_ref()).into(),
        line,
        attributes,
        text: CompactString::default(),
        children: Vec::new(),
    }
}

/// A name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The text of one of the five entities of XML, or of a character by its number; else its name.
fn resolved(entity: &BytesRef<'_>) -> Result<CompactString, String> {
    let text = match entity.resolve_char_ref() {
        Ok(Some(character)) => Some(CompactString::from_iter([character])),
        Ok(None) => quick_xml::escape::resolve_xml_entity(entity).map(CompactString::from),
        Err(_) => None,
    };
    text.ok_or_else(|| shortened(entity, 40))
}
