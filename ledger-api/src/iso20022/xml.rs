//! A message, read one piece at a time and never further than its limits.
//!
//! No DOCTYPE is taken, so no entity is declared, let alone expanded or fetched. Elements of other
//! namespaces, and those that hold people's names, are read past and never kept.

mod words;

use std::borrow::Cow;

use compact_str::CompactString;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{Error, NsReader};

use super::ReadError;
use super::element::Element;
use words::{WEB_PAGE, not_xml, other_message, start_of};

/// How large a file may be: an entry in full detail has 4 kB, so it is some 15,000 of them.
pub const FILE_BYTES_MAX: usize = 64 * 1_024 * 1_024;
/// How many elements are read within one another: a bank statement has 15 at most.
pub const DEPTH_MAX: usize = 64;
/// How many elements are kept of one piece: a payment has 16 or so, so it is some 30,000 of them.
pub const ELEMENTS_MAX: usize = 500_000;

/// Elements with the names, addresses and accounts of counterparties, in any message.
const NEVER_KEPT: [&str; 8] =
    ["RltdPties", "RltdAgts", "OrgnlTxRef", "Orgtr", "Ownr", "Svcr", "InitgPty", "MsgRcpt"];

/// What namespaces of ISO 20022 begin with.
const ISO: &str = "urn:iso:std:iso:20022:tech:xsd:";

/// One kind of message, in each of its versions that are taken.
pub(super) struct Kind {
    /// The one element within `Document`.
    pub(super) body: &'static str,
    /// The versions that are taken, as in `camt.053.001.08`.
    pub(super) versions: &'static [&'static str],
    /// The same, in words.
    pub(super) expected: &'static str,
}

/// What comes next within an element that was entered.
pub(super) enum Step {
    /// A child that is to be entered, and the line on which it begins.
    Entered(usize),
    /// Any other child, whole.
    Whole(Element),
    /// The element's end.
    End,
}

/// A message being read.
pub(super) struct Document<'a> {
    text: &'a str,
    reader: NsReader<&'a [u8]>,
    namespace: CompactString,
    /// The elements that were entered, and where each begins.
    entered: Vec<(CompactString, usize)>,
    /// How far lines have been counted, and how many there were.
    counted: (usize, usize),
}

/// The start of an element.
struct Start {
    name: CompactString,
    line: usize,
    currency: Option<CompactString>,
    /// Whether it is of the message's namespace, and may be kept.
    kept: bool,
}

/// What the reader met.
enum Piece<'a> {
    Start(Start),
    End,
    Text(Cow<'a, str>),
    Over,
}

impl<'a> Document<'a> {
    /// Opens `text` and goes into its body.
    pub(super) fn open(text: &'a str, kind: &Kind) -> Result<Self, ReadError> {
        if text.trim().is_empty() {
            return Err(ReadError::Empty { expected: kind.expected });
        }
        let mut reader = NsReader::from_str(text);
        reader.config_mut().expand_empty_elements = true;
        let namespace = CompactString::const_new("");
        let (entered, counted) = (Vec::new(), (0, 1));
        let mut document = Self { text, reader, namespace, entered, counted };
        document.enter_root(kind)?;
        let line = document.line();
        match document.step(&[kind.body])? {
            Step::Entered(_) => Ok(document),
            Step::Whole(other) => Err(ReadError::Wrong {
                line: other.line,
                element: other.name,
                found: "n’est pas à sa place".to_owned(),
                expected: kind.expected,
            }),
            Step::End => {
                let found = "le message n’a pas de contenu".to_owned();
                Err(ReadError::NotThisMessage { line, found, expected: kind.expected })
            }
        }
    }

    fn enter_root(&mut self, kind: &Kind) -> Result<(), ReadError> {
        let expected = kind.expected;
        loop {
            let line = self.line();
            let (namespace, event) = match self.reader.read_resolved_event() {
                Ok((ResolveResult::Bound(Namespace(it)), event)) => (it.to_owned(), event),
                Ok((ResolveResult::Unbound | ResolveResult::Unknown(_), event)) => {
                    (String::new(), event)
                }
                Err(error) => return Err(self.malformed(line, &error)),
            };
            let found = match event {
                Event::Start(root) => {
                    let name = local_name(&root);
                    let version = namespace.strip_prefix(ISO).unwrap_or_default();
                    if name == "Document" && kind.versions.contains(&version) {
                        self.namespace = namespace.into();
                        self.entered.push((name.into(), line));
                        return Ok(());
                    }
                    other_message(name, &namespace)
                }
                Event::DocType(declared) => {
                    if !declared.trim_start().to_ascii_lowercase().starts_with("html") {
                        return Err(ReadError::Doctype { line });
                    }
                    WEB_PAGE.to_owned()
                }
                Event::Eof => "ce n’est pas du XML, il n’y a aucun élément".to_owned(),
                Event::Text(text) if text.trim().is_empty() => continue,
                Event::Text(text) => not_xml(text.trim()),
                Event::GeneralRef(text) => not_xml(&text),
                Event::CData(text) => not_xml(&text),
                Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::End(_)
                | Event::Empty(_) => continue,
            };
            return Err(ReadError::NotThisMessage { line, found, expected });
        }
    }

    /// The next child of the element entered last; it is entered in turn when `to_enter` names it.
    pub(super) fn step(&mut self, to_enter: &[&str]) -> Result<Step, ReadError> {
        loop {
            match self.piece()? {
                Piece::Start(start) if !start.kept => self.pass(start)?,
                Piece::Start(start) if to_enter.contains(&start.name.as_str()) => {
                    let line = start.line;
                    self.entered.push((start.name, line));
                    return Ok(Step::Entered(line));
                }
                Piece::Start(start) => return self.whole(start).map(Step::Whole),
                Piece::End => {
                    self.entered.pop();
                    return Ok(Step::End);
                }
                Piece::Text(text) if text.trim().is_empty() => {}
                Piece::Text(text) => {
                    let line = self.line();
                    let found =
                        format!("le texte `{}` est entre deux éléments", start_of(text.trim()));
                    return Err(ReadError::Malformed { line, found });
                }
                Piece::Over => return Err(self.cut_off(&[])),
            }
        }
    }

    /// Reads past the end of the root: nothing may follow it.
    pub(super) fn close(mut self) -> Result<(), ReadError> {
        while !self.entered.is_empty() {
            if let Step::Entered(_) | Step::Whole(_) = self.step(&[])? {
                let line = self.line();
                let found = "un autre élément suit le message".to_owned();
                return Err(ReadError::Malformed { line, found });
            }
        }
        loop {
            match self.piece()? {
                Piece::Over => return Ok(()),
                Piece::Text(text) if text.trim().is_empty() => {}
                Piece::Text(_) | Piece::Start(_) | Piece::End => {
                    let line = self.line();
                    let found = "quelque chose suit la fin du message".to_owned();
                    return Err(ReadError::Malformed { line, found });
                }
            }
        }
    }

    /// The element that `start` begins, as a tree.
    fn whole(&mut self, start: Start) -> Result<Element, ReadError> {
        let (name, line) = (start.name.clone(), start.line);
        let mut open = vec![Element::from(start)];
        let mut elements = 1;
        loop {
            match self.piece()? {
                Piece::Start(start) => {
                    self.deep(open.len(), start.line)?;
                    if !start.kept {
                        self.pass(start)?;
                        continue;
                    }
                    elements += 1;
                    if elements > ELEMENTS_MAX {
                        return Err(ReadError::TooMany { line, inside: name, max: ELEMENTS_MAX });
                    }
                    open.push(start.into());
                }
                Piece::End => {
                    let Some(done) = open.pop() else { continue };
                    match open.last_mut() {
                        Some(parent) => parent.children.push(done),
                        None => return Ok(done),
                    }
                }
                Piece::Text(text) => {
                    if let Some(parent) = open.last_mut() {
                        parent.text.push_str(&text);
                    }
                }
                Piece::Over => {
                    let open: Vec<_> = open.iter().map(|it| (it.name.clone(), it.line)).collect();
                    return Err(self.cut_off(&open));
                }
            }
        }
    }

    /// Reads past the element that `start` begins.
    fn pass(&mut self, start: Start) -> Result<(), ReadError> {
        let mut depth = 1_usize;
        loop {
            match self.piece()? {
                Piece::Start(inner) => {
                    self.deep(depth, inner.line)?;
                    depth += 1;
                }
                Piece::End if depth == 1 => return Ok(()),
                Piece::End => depth -= 1,
                Piece::Text(_) => {}
                Piece::Over => return Err(self.cut_off(&[(start.name, start.line)])),
            }
        }
    }

    fn piece(&mut self) -> Result<Piece<'a>, ReadError> {
        loop {
            let line = self.line();
            let (ours, event) = match self.reader.read_resolved_event() {
                Ok((ResolveResult::Bound(Namespace(it)), event)) => (it == self.namespace, event),
                Ok((ResolveResult::Unbound | ResolveResult::Unknown(_), event)) => (false, event),
                Err(error) => return Err(self.malformed(line, &error)),
            };
            return Ok(match event {
                Event::Start(start) => Piece::Start(Start::read(&start, ours, line)?),
                Event::End(_) => Piece::End,
                Event::Text(text) => Piece::Text(text.xml10_content()),
                Event::CData(text) => Piece::Text(text.xml10_content()),
                Event::GeneralRef(entity) => {
                    Piece::Text(Cow::Owned(resolved(&entity).ok_or_else(|| {
                        let found = format!("l’entité `&{};` n’existe pas", start_of(&entity));
                        ReadError::Malformed { line, found }
                    })?))
                }
                Event::DocType(_) => return Err(ReadError::Doctype { line }),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) | Event::Empty(_) => continue,
                Event::Eof => Piece::Over,
            });
        }
    }

    /// Refuses an element of `line` that has too many around it.
    fn deep(&self, inside: usize, line: usize) -> Result<(), ReadError> {
        if self.entered.len() + inside >= DEPTH_MAX {
            return Err(ReadError::TooDeep { line, max: DEPTH_MAX });
        }
        Ok(())
    }

    /// The line that has been reached, from 1.
    pub(super) fn line(&mut self) -> usize {
        let reached = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX);
        let reached = reached.min(self.text.len());
        let (from, line) = self.counted;
        let passed = self.text.as_bytes().get(from..reached).unwrap_or_default();
        let passed = passed.split(|it| *it == b'\n').count() - 1;
        self.counted = (reached, line + passed);
        line + passed
    }

    /// The file ends within the innermost of `open`, or within what was entered.
    fn cut_off(&mut self, open: &[(CompactString, usize)]) -> ReadError {
        let line = self.line();
        let innermost = open.last().or(self.entered.last()).cloned();
        let (inside, since) = innermost.unwrap_or_else(|| ("Document".into(), line));
        ReadError::CutOff { line, inside, since }
    }

    fn malformed(&mut self, line: usize, error: &Error) -> ReadError {
        // Each of these says that the file ended where it may not.
        if matches!(error, Error::Syntax(_)) && !self.entered.is_empty() {
            return self.cut_off(&[]);
        }
        ReadError::Malformed { line, found: words::malformed(error) }
    }
}

impl Start {
    fn read(start: &BytesStart<'_>, ours: bool, line: usize) -> Result<Self, ReadError> {
        let name = local_name(start);
        let kept = ours && !NEVER_KEPT.contains(&name);
        let mut currency = None;
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| ReadError::Malformed {
                line,
                found: format!("dans <{}>, {}", start_of(name), words::attribute(&error)),
            })?;
            if attribute.key.as_ref() == "Ccy" {
                currency = Some(attribute.value.trim().chars().take(10).collect());
            }
        }
        Ok(Self { name: name.into(), line, currency, kept })
    }
}

impl From<Start> for Element {
    fn from(it: Start) -> Self {
        let (text, children) = (CompactString::const_new(""), Vec::new());
        Self { name: it.name, line: it.line, currency: it.currency, text, children }
    }
}

/// The name of an element without its prefix.
fn local_name<'b>(start: &'b BytesStart<'_>) -> &'b str {
    let name = &start[..start.len() - start.attributes_raw().len()];
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The text of one of the five entities of XML, or of a character by its number.
fn resolved(entity: &BytesRef<'_>) -> Option<String> {
    match entity.resolve_char_ref() {
        Ok(Some(it)) if it < ' ' && !matches!(it, '\t' | '\n' | '\r') => None,
        Ok(Some(character)) => Some(character.into()),
        Ok(None) => resolve_xml_entity(entity).map(ToOwned::to_owned),
        Err(_) => None,
    }
}
