//! A piece of a message as a small tree, which lives no longer than its reading.

use compact_str::CompactString;

use super::ReadError;

/// An element, with what is in it.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: CompactString,
    /// Where it begins, from 1.
    pub(super) line: usize,
    /// The attribute `Ccy` of an amount.
    pub(super) currency: Option<CompactString>,
    /// Its own text, without that of its children.
    pub(super) text: CompactString,
    pub(super) children: Vec<Element>,
}

impl Element {
    /// Its own text, without spaces around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// Its children called `name`, in order.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &Self> {
        self.children.iter().filter(move |it| it.name == name)
    }

    /// Its child called `name`; twice is refused, for one of them would be lost.
    pub(super) fn one(&self, name: &str) -> Result<Option<&Self>, ReadError> {
        let mut children = self.all(name);
        let first = children.next();
        match children.next() {
            None => Ok(first),
            Some(again) => Err(again.wrong_as("figure une seconde fois", "une seule fois")),
        }
    }

    /// The element reached by following `path` from child to child, each there at most once.
    pub(super) fn reach(&self, path: &str) -> Result<Option<&Self>, ReadError> {
        let mut reached = self;
        for name in path.split('/') {
            match reached.one(name)? {
                Some(child) => reached = child,
                None => return Ok(None),
            }
        }
        Ok(Some(reached))
    }

    /// The element at `path`, which has to be there.
    pub(super) fn need(
        &self,
        path: &'static str,
        expected: &'static str,
    ) -> Result<&Self, ReadError> {
        self.reach(path)?.ok_or_else(|| self.missing(path, expected))
    }

    /// Refuses it for what it lacks.
    pub(super) fn missing(&self, missing: &'static str, expected: &'static str) -> ReadError {
        ReadError::Missing { line: self.line, inside: self.name.clone(), missing, expected }
    }

    /// Refuses it for its text.
    pub(super) fn wrong(&self, expected: &'static str) -> ReadError {
        let mut text: String = self.text().chars().take(40).collect();
        if text.len() < self.text().len() {
            text.push('…');
        }
        let found = if text.is_empty() { "est vide".to_owned() } else { format!("vaut `{text}`") };
        self.wrong_as(&found, expected)
    }

    /// Refuses it for `found`, which has its verb: `est vide`.
    pub(super) fn wrong_as(&self, found: &str, expected: &'static str) -> ReadError {
        let (line, element) = (self.line, self.name.clone());
        ReadError::Wrong { line, element, found: found.to_owned(), expected }
    }
}
