//! The cells of one row, read one by one, with every reason why they are not right.

use super::columns::Header;
use super::compared;
use super::values;
use crate::feed::text::{plain, shortened};
use crate::feed::{Reason, Rule};

/// One row being read.
pub(super) struct Cells<'h> {
    header: &'h Header,
    texts: Vec<String>,
    pub(super) reasons: Vec<Reason>,
    pub(super) remarks: Vec<String>,
}

impl<'h> Cells<'h> {
    /// A row; one with more cells than the first line is wrong.
    pub(super) fn of(header: &'h Header, texts: Vec<String>) -> Self {
        let mut cells = Self { header, texts, reasons: Vec::new(), remarks: Vec::new() };
        let beyond = cells.texts.iter().skip(header.width).find(|it| !it.trim().is_empty());
        if let Some(text) = beyond.cloned() {
            let (count, width) = (cells.texts.len(), header.width);
            let message = format!(
                "{count} cells, the first line has {width}: put text that holds the separator in \
                 quotes"
            );
            cells.reasons.push(Reason::new(Rule::WrongType, &text, message));
        }
        cells
    }

    /// What the cell says; `None` when it is empty.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        let text = self.texts.get(self.header.place(name)?)?;
        Some(plain(text.trim_start_matches('\u{feff}'))).filter(|it| !it.is_empty())
    }

    /// What the cell says, which must be something.
    pub(super) fn needed(&mut self, name: &str) -> Option<String> {
        let text = self.text(name);
        if text.is_none() {
            self.missing(name);
        }
        text
    }

    /// The values of a cell, which `|` separates.
    pub(super) fn list(&self, name: &str) -> Vec<String> {
        let text = self.text(name).unwrap_or_default();
        text.split('|').map(|it| it.trim().to_owned()).filter(|it| !it.is_empty()).collect()
    }

    /// What `read` makes of a cell; `None` when it is empty, or with a reason when it is wrong.
    pub(super) fn value<T>(
        &mut self,
        name: &str,
        rule: Rule,
        expected: &str,
        read: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let text = self.text(name)?;
        let value = read(&text);
        if value.is_none() {
            self.wrong(name, rule, &text, expected);
        }
        value
    }

    /// One of the words of a list; `None` when it is empty, or with a reason when it is another.
    pub(super) fn word<T: Copy>(&mut self, name: &str, known: &[(&[&str], T)]) -> Option<T> {
        let text = self.text(name)?;
        self.known(name, &text, known)
    }

    /// The words of a list that a cell names, each once.
    pub(super) fn words<T: Copy + PartialEq>(
        &mut self,
        name: &str,
        known: &[(&[&str], T)],
    ) -> Vec<T> {
        let mut found = Vec::new();
        for text in self.list(name) {
            found.extend(self.known(name, &text, known).filter(|it| !found.contains(it)));
        }
        found
    }

    /// Yes or no; no when it is empty.
    pub(super) fn yes(&mut self, name: &str) -> bool {
        self.value(name, Rule::UnknownValue, "oui or non", values::truth).unwrap_or(false)
    }

    /// One more reason: the cell must say something.
    pub(super) fn missing(&mut self, name: &str) {
        self.reasons.push(Reason::new(Rule::FieldMissing, "", format!("{name}: missing")));
    }

    fn known<T: Copy>(&mut self, name: &str, text: &str, known: &[(&[&str], T)]) -> Option<T> {
        let plain = compared(text);
        let found = known.iter().find(|it| it.0.contains(&plain.as_str())).map(|it| it.1);
        if found.is_none() {
            let firsts: Vec<&str> = known.iter().filter_map(|it| it.0.first().copied()).collect();
            self.wrong(name, Rule::UnknownValue, text, &format!("one of {}", firsts.join(", ")));
        }
        found
    }

    fn wrong(&mut self, name: &str, rule: Rule, text: &str, expected: &str) {
        let message = format!("{name}: found `{}`, expected {expected}", shortened(text, 60));
        self.reasons.push(Reason::new(rule, text, message));
    }
}
