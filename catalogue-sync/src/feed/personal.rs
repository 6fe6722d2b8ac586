//! Personal data that partners leave in their texts: e-mail addresses and telephone numbers.
//!
//! One function, [`without`], through which passes every text that leaves a reader of notices:
//! values, refused values and messages. It takes out rather too much than too little, and spares
//! what only looks like it: ISBNs, dates, prices, addresses of the web.

mod email;
mod phone;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::ops::Range;

/// What stands where personal data were.
pub const REMOVED: &str = "[retiré]";

/// `text` without e-mail addresses and telephone numbers; borrowed when it held none.
pub fn without(text: &str) -> Cow<'_, str> {
    let mut found = email::all(text);
    found.extend(phone::all(text));
    if found.is_empty() {
        return Cow::Borrowed(text);
    }
    found.sort_unstable_by_key(|it| (it.start, it.end));
    let mut kept = String::with_capacity(text.len());
    let mut from = 0;
    for Range { start, end } in found {
        // One within another, as a number in an address, goes with it.
        if start >= from {
            kept.push_str(&text[from..start]);
            kept.push_str(REMOVED);
        }
        from = from.max(end);
    }
    kept.push_str(&text[from..]);
    Cow::Owned(kept)
}

/// Whether `text` holds an e-mail address or a telephone number.
pub fn found_in(text: &str) -> bool {
    matches!(without(text), Cow::Owned(_))
}
