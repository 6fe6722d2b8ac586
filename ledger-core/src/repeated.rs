//! A value that many events repeat.

use std::ops::Deref;
use std::sync::{Arc, OnceLock};

use serde::de::{Deserialize, Deserializer};
use serde::ser::{Error as _, Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

/// A value that many events repeat: one copy in memory, and written as JSON once for all of them.
#[derive(Debug)]
pub struct Repeated<T>(Arc<Inner<T>>);

#[derive(Debug)]
struct Inner<T> {
    value: T,
    /// Empty until an event that holds it is written.
    json: OnceLock<Box<RawValue>>,
}

impl<T> Repeated<T> {
    /// `value`, not written yet.
    pub fn new(value: T) -> Self {
        Self(Arc::new(Inner { value, json: OnceLock::new() }))
    }
}

impl<T> Clone for Repeated<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T> Deref for Repeated<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0.value
    }
}

impl<T: PartialEq> PartialEq for Repeated<T> {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.value == other.0.value
    }
}

impl<T: Eq> Eq for Repeated<T> {}

impl<T: Serialize> Serialize for Repeated<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        if let Some(json) = self.0.json.get() {
            return json.serialize(to);
        }
        let json = to_raw_value(&self.0.value).map_err(S::Error::custom)?;
        self.0.json.get_or_init(|| json).serialize(to)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Repeated<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::deserialize(from).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_written_each_time_as_the_value_would_be_alone() {
        let value = vec!["a \"quoted\" word".to_owned(), "élève".to_owned()];
        let repeated = Repeated::new(value.clone());
        let alone = serde_json::to_string(&value).unwrap();
        for _ in 0..2 {
            assert_eq!(serde_json::to_string(&repeated).unwrap(), alone);
        }
        assert_eq!(serde_json::from_str::<Repeated<Vec<String>>>(&alone).unwrap(), repeated);
    }
}
