//! One record as a small tree, which lives no longer than its reading.

use std::borrow::Cow;

use compact_str::CompactString;

use crate::feed::personal;
use crate::feed::text::one_line;

/// An element, with what is in it.
#[derive(Debug)]
pub(crate) struct Element {
    /// Without its prefix.
    pub(crate) name: CompactString,
    /// Where it begins, from 1.
    pub(crate) line: usize,
    /// Those that are kept, without their prefix.
    pub(crate) attributes: Vec<(CompactString, CompactString)>,
    /// Its own text as it was sent, without that of its children: personal data included.
    pub(crate) text: CompactString,
    pub(crate) children: Vec<Self>,
}

impl Element {
    /// Adds to its text; white space alone only between pieces of it.
    pub(super) fn push(&mut self, text: &str) {
        if !self.text.is_empty() || !text.trim().is_empty() {
            self.text.push_str(text);
        }
    }

    /// The attribute `name`; `None` when there is none.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|it| it.0 == name).map(|it| it.1.trim())
    }

    /// Its children called `name`, in order.
    pub(crate) fn all(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |it| it.name == name)
    }

    /// Its first child called `name`.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.all(name).next()
    }

    /// All elements reached by following `path` from child to child.
    pub(crate) fn reach(&self, path: &[&str]) -> Vec<&Self> {
        match path {
            [] => vec![self],
            [name, rest @ ..] => self.all(name).flat_map(|it| it.reach(rest)).collect(),
        }
    }

    /// The first element reached by following `path`.
    pub(crate) fn first(&self, path: &[&str]) -> Option<&Self> {
        match path {
            [] => Some(self),
            [name, rest @ ..] => self.all(name).find_map(|it| it.first(rest)),
        }
    }

    /// Its text as a code, a date or an address: for checks, never to be kept as it is.
    pub(crate) fn code(&self) -> &str {
        self.text.trim()
    }

    /// The text of its first child called `name`, as a code; `None` when there is none or it is
    /// empty.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.child(name).map(Self::code).filter(|it| !it.is_empty())
    }

    /// Its text on one line, without personal data.
    pub(crate) fn said(&self) -> String {
        let text = one_line(&self.text);
        match personal::without(&text) {
            Cow::Borrowed(_) => text,
            Cow::Owned(text) => text,
        }
    }
}
