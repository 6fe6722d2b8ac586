//! The message, read one product at a time and never further than its limits.

use std::io::BufRead;

use compact_str::CompactString;
use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::element::{Element, Node};
use super::short;
use crate::feed::FeedError;
use crate::feed::counted::Counted;
use crate::feed::decoded::{Begun, Decoded};
use crate::feed::encoding;
use crate::feed::text::shortened;

/// How many elements are read within one another: ONIX needs 10, its XHTML a few more.
pub(super) const DEPTH_MAX: usize = 64;
/// How many elements are read in one product: a large one has 2,000.
pub(super) const ELEMENTS_MAX: usize = 50_000;
/// How many bytes are read in one product: a large one has 100,000.
pub(super) const BYTES_MAX: usize = 8 * 1_024 * 1_024;

const ROOT: &str = "ONIXMessage or ONIXmessage with release=\"3.0\" or \"3.1\"";

/// What the message says once for all its products.
#[derive(Debug, Default)]
pub(super) struct Header {
    /// The type of a price that does not say its own (list 58).
    pub(super) default_price_type: Option<String>,
    /// The currency of a price that does not say its own.
    pub(super) default_currency: Option<String>,
}

/// One product, and the entities in it that XML does not know.
pub(super) struct Product {
    pub(super) root: Element,
    pub(super) line: usize,
    pub(super) unknown_entities: Vec<String>,
}

/// A message being read: no more than one product of it is held at a time.
pub(super) struct Document<'b> {
    reader: Reader<Counted<Decoded<Begun<'b>>>>,
    /// Whether its tags are short.
    short: bool,
    /// The product that was met while looking for the header.
    pending: Option<Product>,
}

impl<'b> Document<'b> {
    /// Opens `body` and goes into its root.
    pub(super) fn open(body: &'b mut dyn BufRead) -> Result<Self, FeedError> {
        let text = encoding::decoded(body)?;
        let mut reader = Reader::from_reader(Counted::new(text, BYTES_MAX));
        reader.config_mut().expand_empty_elements = true;
        let mut document = Self { reader, short: false, pending: None };
        let mut piece = Vec::new();
        loop {
            match document.event(&mut piece)? {
                Event::Start(root) => {
                    document.short = is_onix(&root)?;
                    return Ok(document);
                }
                Event::DocType(declaration) if declaration.contains("<!ENTITY") => {
                    return Err(FeedError::Entities);
                }
                Event::Eof => return Err(not_onix("no element")),
                Event::Text(text) if !text.trim().is_empty() => {
                    return Err(not_onix(&format!("`{}`", shortened(text.trim(), 40))));
                }
                Event::GeneralRef(_) | Event::CData(_) => return Err(not_onix("text")),
                Event::Text(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_)
                | Event::End(_)
                | Event::Empty(_) => {}
            }
        }
    }

    /// Reads the header; the default one when there is none.
    pub(super) fn header(&mut self) -> Result<Header, FeedError> {
        match self.next_child()? {
            Some(header) if header.root.name == "Header" => Ok(Header {
                default_price_type: header.root.value("DefaultPriceType"),
                default_currency: header.root.value("DefaultCurrencyCode"),
            }),
            other => {
                self.pending = other;
                Ok(Header::default())
            }
        }
    }

    /// Reads the next product; `None` after the last one.
    pub(super) fn next_product(&mut self) -> Result<Option<Product>, FeedError> {
        loop {
            let child = match self.pending.take() {
                Some(child) => Some(child),
                None => self.next_child()?,
            };
            match child {
                Some(product) if product.root.name == "Product" => return Ok(Some(product)),
                Some(_) => {}
                None => return Ok(None),
            }
        }
    }

    /// Reads the next child of the root as a tree; `None` at the root's end.
    fn next_child(&mut self) -> Result<Option<Product>, FeedError> {
        let mut piece = Vec::new();
        loop {
            self.reader.get_mut().begin();
            match self.event(&mut piece)? {
                Event::Start(start) => return self.tree(&start).map(Some),
                Event::End(_) => return Ok(None),
                Event::Eof => return Err(self.malformed("cut off: no end of <ONIXMessage>")),
                Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::GeneralRef(_)
                | Event::PI(_)
                | Event::Decl(_)
                | Event::DocType(_)
                | Event::Empty(_) => {}
            }
        }
    }

    fn tree(&mut self, start: &BytesStart<'_>) -> Result<Product, FeedError> {
        let mut open = vec![self.element(start)];
        let line = open[0].line;
        let (mut elements, mut unknown_entities) = (1, Vec::new());
        let mut piece = Vec::new();
        loop {
            match self.event(&mut piece)? {
                Event::Start(start) => {
                    elements += 1;
                    if open.len() >= DEPTH_MAX {
                        return Err(FeedError::TooDeep { line: self.line(), max: DEPTH_MAX });
                    }
                    if elements > ELEMENTS_MAX {
                        return Err(FeedError::TooLarge { line, max: ELEMENTS_MAX });
                    }
                    open.push(self.element(&start));
                }
                Event::End(_) => {
                    let Some(done) = open.pop() else { continue };
                    match open.last_mut() {
                        Some(parent) => parent.nodes.push(Node::Element(done)),
                        None => return Ok(Product { root: done, line, unknown_entities }),
                    }
                }
                Event::Text(text) => push_text(&mut open, text.xml10_content().into_owned()),
                Event::CData(text) => push_text(&mut open, text.xml10_content().into_owned()),
                Event::GeneralRef(entity) => match resolved(&entity) {
                    Some(text) => push_text(&mut open, text),
                    None => unknown_entities.push(shortened(&entity, 40)),
                },
                Event::Eof => {
                    let name = open.first().map_or("", |it| it.name.as_str());
                    let message = format!("cut off inside the <{name}> of line {line}");
                    return Err(self.malformed(&message));
                }
                Event::Comment(_)
                | Event::PI(_)
                | Event::Decl(_)
                | Event::DocType(_)
                | Event::Empty(_) => {}
            }
        }
    }

    fn element(&self, start: &BytesStart<'_>) -> Element {
        let name = local_name(start);
        let name = if self.short { short::reference_name(name) } else { name };
        Element {
            name: name.into(),
            line: self.line(),
            date_format: attribute(start, "dateformat"),
            language: attribute(start, "language"),
            nodes: Vec::new(),
        }
    }

    /// The next event, which lies in `piece`.
    fn event<'p>(&mut self, piece: &'p mut Vec<u8>) -> Result<Event<'p>, FeedError> {
        piece.clear();
        match self.reader.read_event_into(piece) {
            Ok(event) => Ok(event),
            Err(quick_xml::Error::Io(error)) => Err(FeedError::of_io(&error)),
            Err(error) => Err(self.malformed(&error.to_string())),
        }
    }

    /// The line that has been reached, from 1.
    fn line(&self) -> usize {
        self.reader.get_ref().line()
    }

    fn malformed(&self, message: &str) -> FeedError {
        FeedError::Malformed { place: format!("line {}", self.line()), message: message.into() }
    }
}

/// Whether its tags are short.
fn is_onix(root: &BytesStart<'_>) -> Result<bool, FeedError> {
    let name = local_name(root);
    let release = attribute(root, "release").unwrap_or_default();
    match (name, release.as_ref()) {
        ("ONIXMessage", "3.0" | "3.1") => Ok(false),
        ("ONIXmessage", "3.0" | "3.1") => Ok(true),
        ("ONIXMessage" | "ONIXmessage", release) => {
            Err(not_onix(&format!("release=\"{}\"", shortened(release, 20))))
        }
        (name, _) => Err(not_onix(&format!("<{}>", shortened(name, 40)))),
    }
}

/// The name of an element without its prefix: `onix:Product` is a product too.
fn local_name<'b>(start: &'b BytesStart<'_>) -> &'b str {
    let name = &start[..start.len() - start.attributes_raw().len()];
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The attribute `name` as it is written; `None` when there is none. Only codes are read so.
fn attribute(start: &BytesStart<'_>, name: &str) -> Option<CompactString> {
    let attribute = start.try_get_attribute(name).ok().flatten()?;
    Some(attribute.value.as_ref().into())
}

/// The text of one of the five entities of XML, or of a character by its number.
fn resolved(entity: &BytesRef<'_>) -> Option<String> {
    match entity.resolve_char_ref() {
        Ok(Some(character)) => Some(character.into()),
        Ok(None) => resolve_xml_entity(entity).map(ToOwned::to_owned),
        Err(_) => None,
    }
}

fn push_text(open: &mut [Element], text: String) {
    if let Some(parent) = open.last_mut() {
        parent.nodes.push(Node::Text(text));
    }
}

fn not_onix(found: &str) -> FeedError {
    FeedError::NotThisFormat { found: found.into(), expected: ROOT }
}
