//! The members of one JSON object, read one by one, with every reason why they are not right.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde_json::{Map, Value};

use super::shown;
use crate::feed::text::plain;
use crate::feed::{Reason, Remark, Rule};

/// One object being read.
pub(super) struct Fields<'a> {
    object: Option<&'a Map<String, Value>>,
    place: String,
    read: BTreeSet<&'static str>,
    reasons: Vec<Reason>,
    remarks: Vec<Remark>,
}

impl<'a> Fields<'a> {
    /// Reads `value`, which stands at `place`; anything but an object is a reason.
    pub(super) fn of(value: &'a Value, place: &str) -> Self {
        let object = value.as_object();
        let mut fields = Self {
            object,
            place: place.to_owned(),
            read: BTreeSet::new(),
            reasons: Vec::new(),
            remarks: Vec::new(),
        };
        if object.is_none() {
            fields.wrong_type(place, value, "an object");
        }
        fields
    }

    /// What was wrong; and one remark for each member that was not read.
    pub(super) fn end(mut self, reference: Option<&str>) -> (Vec<Reason>, Vec<Remark>) {
        for name in self.object.into_iter().flat_map(Map::keys) {
            if !self.read.contains(name.as_str()) {
                self.remarks.push(Remark {
                    reference: None,
                    place: self.path(name),
                    message: "unknown member, not read: see the schema for the known ones".into(),
                });
            }
        }
        for remark in &mut self.remarks {
            remark.reference = reference.map(Into::into);
        }
        (self.reasons, self.remarks)
    }

    /// A text that must be there and say something.
    pub(super) fn text(&mut self, name: &'static str) -> Option<String> {
        match self.optional_text(name) {
            Some(text) => Some(text),
            None if self.present(name).is_some() => None,
            None => self.missing(name, "a string"),
        }
    }

    /// A text; `None` when it is absent, null, or empty.
    pub(super) fn optional_text(&mut self, name: &'static str) -> Option<String> {
        let value = self.present(name)?;
        let text = value.as_str().map(plain);
        if text.is_none() {
            self.wrong_type(&self.path(name), value, "a string");
        }
        text
    }

    /// A whole number, 0 or more, that must be there: cents, a rate.
    pub(super) fn number(&mut self, name: &'static str, what: &str) -> Option<u64> {
        match self.present(name) {
            None => self.missing(name, what),
            Some(value) => {
                let number = value.as_u64();
                if number.is_none() {
                    self.wrong_type(&self.path(name), value, what);
                }
                number
            }
        }
    }

    /// A whole number up to 65,535; `None` when absent.
    pub(super) fn optional_small(&mut self, name: &'static str, what: &str) -> Option<u16> {
        let value = self.present(name)?;
        let number = value.as_u64().and_then(|it| u16::try_from(it).ok());
        if number.is_none() {
            self.wrong_type(&self.path(name), value, what);
        }
        number
    }

    /// True or false; `None` when absent.
    pub(super) fn optional_bool(&mut self, name: &'static str) -> Option<bool> {
        let value = self.present(name)?;
        let truth = value.as_bool();
        if truth.is_none() {
            self.wrong_type(&self.path(name), value, "true or false");
        }
        truth
    }

    /// A day; `None` when absent.
    pub(super) fn optional_day(&mut self, name: &'static str) -> Option<NaiveDate> {
        let value = self.present(name)?;
        let day = value.as_str().and_then(|it| it.parse().ok());
        if day.is_none() {
            self.wrong_type(&self.path(name), value, "a day as in \"2026-09-01\"");
        }
        day
    }

    /// One of the words of a list, which must be there.
    pub(super) fn one_of<T: Copy>(
        &mut self,
        name: &'static str,
        known: &[(&'static str, T)],
    ) -> Option<T> {
        match self.present(name) {
            None => self.missing(name, &one_of_names(known)),
            Some(value) => self.known(&self.path(name), value, known),
        }
    }

    /// One of the words of a list; `None` when absent.
    pub(super) fn optional_one_of<T: Copy>(
        &mut self,
        name: &'static str,
        known: &[(&'static str, T)],
    ) -> Option<T> {
        let value = self.present(name)?;
        self.known(&self.path(name), value, known)
    }

    /// Words of a list, each kept once; none when absent.
    pub(super) fn many_of<T: Copy + PartialEq>(
        &mut self,
        name: &'static str,
        known: &[(&'static str, T)],
    ) -> Vec<T> {
        let mut found = Vec::new();
        for (path, value) in self.list(name, "an array of strings") {
            found.extend(self.known(&path, value, known).filter(|it| !found.contains(it)));
        }
        found
    }

    fn known<T: Copy>(
        &mut self,
        path: &str,
        value: &Value,
        known: &[(&'static str, T)],
    ) -> Option<T> {
        let Some(text) = value.as_str() else {
            self.wrong_type(path, value, &one_of_names(known));
            return None;
        };
        let found = known.iter().find(|it| it.0 == text).map(|it| it.1);
        if found.is_none() {
            let message = format!("{path}: `{text}` is not {}", one_of_names(known));
            self.reasons.push(Reason::new(Rule::UnknownValue, text, message));
        }
        found
    }

    /// A list of texts; none when absent.
    pub(super) fn texts(&mut self, name: &'static str) -> Vec<String> {
        let mut texts = Vec::new();
        for (path, value) in self.list(name, "an array of strings") {
            match value.as_str() {
                Some(text) => texts.push(plain(text)),
                None => self.wrong_type(&path, value, "a string"),
            }
        }
        texts
    }

    /// The values of an array with the path of each; none when absent.
    pub(super) fn list(&mut self, name: &'static str, what: &str) -> Vec<(String, &'a Value)> {
        match self.present(name) {
            None => Vec::new(),
            Some(Value::Array(values)) => {
                let path = self.path(name);
                let paths = (0..).map(|index: usize| format!("{path}[{index}]"));
                paths.zip(values).collect()
            }
            Some(other) => {
                self.wrong_type(&self.path(name), other, what);
                Vec::new()
            }
        }
    }

    /// What `read` makes of the object `name`, which must be there.
    pub(super) fn object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
    ) -> Option<T> {
        match self.present(name) {
            None => self.missing(name, "an object"),
            Some(value) => self.within(&self.path(name), value, read),
        }
    }

    /// What `read` makes of the object `name`; `None` when absent.
    pub(super) fn optional_object<T>(
        &mut self,
        name: &'static str,
        read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
    ) -> Option<T> {
        let value = self.present(name)?;
        self.within(&self.path(name), value, read)
    }

    /// Something that does not prevent taking it.
    pub(super) fn remark(&mut self, place: &str, message: String) {
        self.remarks.push(Remark { reference: None, place: place.to_owned(), message });
    }

    /// What `read` makes of the object `value`, at `place`; its reasons and remarks are kept here.
    pub(super) fn within<T>(
        &mut self,
        place: &str,
        value: &Value,
        read: impl FnOnce(&mut Fields<'_>) -> Option<T>,
    ) -> Option<T> {
        let mut fields = Fields::of(value, place);
        let made = if fields.object.is_some() { read(&mut fields) } else { None };
        let (mut reasons, mut remarks) = fields.end(None);
        self.reasons.append(&mut reasons);
        self.remarks.append(&mut remarks);
        made
    }

    fn present(&mut self, name: &'static str) -> Option<&'a Value> {
        self.read.insert(name);
        self.object?.get(name).filter(|it| !it.is_null() && it.as_str() != Some(""))
    }

    fn path(&self, name: &str) -> String {
        format!("{}.{name}", self.place)
    }

    fn missing<T>(&mut self, name: &'static str, what: &str) -> Option<T> {
        if self.object.is_some() {
            let path = self.path(name);
            let message = format!("{path}: missing, expected {what}");
            self.reasons.push(Reason::new(Rule::FieldMissing, "", message));
        }
        None
    }

    pub(super) fn wrong_type(&mut self, path: &str, value: &Value, what: &str) {
        let shown = shown(value);
        let message = format!("{path}: found {shown}, expected {what}");
        self.reasons.push(Reason::new(Rule::WrongType, &shown, message));
    }
}

fn one_of_names<T>(known: &[(&'static str, T)]) -> String {
    format!("one of {}", known.iter().map(|it| it.0).collect::<Vec<_>>().join(", "))
}
