//! What is found wrong, or could be better, while a notice is read; each with its place.

use std::fmt::Write as _;

use crate::feed::text::shortened;
use crate::feed::xml::Element;
use crate::feed::{Reason, Reference, Remark, Rule, personal};

/// How many reasons, and how many remarks, are told of one notice.
const FINDINGS_MAX: usize = 50;

/// Findings about one notice.
pub(super) struct Findings<'a> {
    root: &'a Element,
    pub(super) reasons: Vec<Reason>,
    /// Place and message.
    remarks: Vec<(String, String)>,
}

impl<'a> Findings<'a> {
    pub(super) const fn new(root: &'a Element) -> Self {
        Self { root, reasons: Vec::new(), remarks: Vec::new() }
    }

    /// One more reason to refuse it: `value` was found at `at`.
    pub(super) fn refuse(&mut self, at: &Element, rule: Rule, value: &str, message: &str) {
        if self.reasons.len() < FINDINGS_MAX {
            let message = format!("{}: {}", self.place(at), personal::without(message));
            self.reasons.push(Reason::new(rule, &personal::without(value), message));
        }
    }

    /// Something that does not prevent taking it.
    pub(super) fn remark(&mut self, at: &Element, message: &str) {
        if self.remarks.len() < FINDINGS_MAX {
            self.remarks.push((self.place(at), personal::without(message).into_owned()));
        }
    }

    /// The remarks, as those of the record `reference`.
    pub(super) fn remarks(self, reference: &Reference) -> impl Iterator<Item = Remark> {
        self.remarks.into_iter().map(|(place, message)| {
            let reference = Some(reference.clone());
            Remark { reference, place, message }
        })
    }

    /// `/lom/classification[2]/taxonPath/taxon[3], line 12`.
    pub(super) fn place(&self, at: &Element) -> String {
        let mut place = format!("/{}", personal::without(&self.root.name));
        let mut way = Vec::new();
        towards(self.root, at, &mut way);
        let mut parent = self.root;
        for child in way.into_iter().rev() {
            let _ = write!(place, "/{}", personal::without(&child.name));
            if parent.all(&child.name).nth(1).is_some() {
                let earlier = parent.all(&child.name).take_while(|it| !std::ptr::eq(*it, child));
                let _ = write!(place, "[{}]", earlier.count() + 1);
            }
            parent = child;
        }
        let _ = write!(place, ", line {}", at.line);
        place
    }
}

/// Writes the way from `from`, which is not in it, to `to`, the last step first; whether there is
/// one.
fn towards<'e>(from: &'e Element, to: &Element, way: &mut Vec<&'e Element>) -> bool {
    std::ptr::eq(from, to)
        || from.children.iter().any(|child| {
            let found = towards(child, to, way);
            if found {
                way.push(child);
            }
            found
        })
}

/// `text` as a message quotes it: without personal data, and short.
pub(super) fn quoted(text: &str) -> String {
    format!("`{}`", shortened(&personal::without(text.trim()), 80))
}
