//! One product as a small tree, which lives no longer than its reading.

use compact_str::CompactString;

use crate::feed::text::one_line;

/// An element, with what is in it.
#[derive(Debug)]
pub(super) struct Element {
    pub(super) name: CompactString,
    /// Where it begins, from 1.
    pub(super) line: usize,
    /// The attribute `dateformat` (list 55), which says how its date is written.
    pub(super) date_format: Option<CompactString>,
    /// The attribute `language`, as in `fre`.
    pub(super) language: Option<CompactString>,
    pub(super) nodes: Vec<Node>,
}

/// A piece of an element.
#[derive(Debug)]
pub(super) enum Node {
    Element(Element),
    Text(String),
}

impl Element {
    /// Its children, in order.
    pub(super) fn children(&self) -> impl Iterator<Item = &Element> {
        self.nodes.iter().filter_map(|it| match it {
            Node::Element(child) => Some(child),
            Node::Text(_) => None,
        })
    }

    /// Its children called `name`, in order.
    pub(super) fn all(&self, name: &str) -> impl Iterator<Item = &Element> {
        self.children().filter(move |it| it.name == name)
    }

    /// Its first child called `name`.
    pub(super) fn child(&self, name: &str) -> Option<&Element> {
        self.all(name).next()
    }

    /// All elements reached by following `path` from child to child.
    pub(super) fn reach(&self, path: &[&str]) -> Vec<&Element> {
        match path {
            [] => vec![self],
            [name, rest @ ..] => self.all(name).flat_map(|it| it.reach(rest)).collect(),
        }
    }

    /// Its own text on one line, without that of its children.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for node in &self.nodes {
            if let Node::Text(part) = node {
                text.push_str(part);
            }
        }
        one_line(&text)
    }

    /// The text of its first child called `name`; `None` when there is none, or it is empty.
    pub(super) fn value(&self, name: &str) -> Option<String> {
        self.child(name).map(Element::text).filter(|it| !it.is_empty())
    }

    /// The texts of all its children called `name`.
    pub(super) fn values(&self, name: &str) -> Vec<String> {
        self.all(name).map(Element::text).filter(|it| !it.is_empty()).collect()
    }

    /// Whether its child `name` says `value`.
    pub(super) fn says(&self, name: &str, value: &str) -> bool {
        self.child(name).is_some_and(|it| it.text() == value)
    }
}
