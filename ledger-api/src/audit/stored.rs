//! An event's JSON, as it is stored: only spaces and line ends are added, so that it can be read.

/// The most that a page shows of one event, in bytes; the whole of it can be downloaded.
const SHOWN_MAX: usize = 12_000;

/// `json`, one member or element a line; cut off when it is very long.
///
/// Names, order and values are those of the log, byte for byte.
pub(super) fn readable(json: &[u8]) -> String {
    let Ok(json) = std::str::from_utf8(json) else { return "(illisible)".to_owned() };
    let mut text = String::with_capacity(json.len() * 2);
    let (mut depth, mut in_text, mut escaped) = (0_usize, false, false);
    let mut rest = json.chars().peekable();
    while let Some(it) = rest.next() {
        if text.len() > SHOWN_MAX {
            text.push_str("\n…");
            break;
        }
        if in_text {
            text.push(it);
            in_text = escaped || it != '"';
            escaped = it == '\\' && !escaped;
            continue;
        }
        match it {
            '"' => {
                in_text = true;
                text.push(it);
            }
            '{' | '[' if rest.peek().is_some_and(|next| matches!(next, '}' | ']')) => text.push(it),
            '{' | '[' => {
                depth += 1;
                text.push(it);
                new_line(&mut text, depth);
            }
            '}' | ']' if text.ends_with(['{', '[']) => text.push(it),
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                new_line(&mut text, depth);
                text.push(it);
            }
            ',' => {
                text.push(it);
                new_line(&mut text, depth);
            }
            ':' => text.push_str(": "),
            other => text.push(other),
        }
    }
    text
}

/// Whether [`readable`] shows all of it.
pub(super) fn is_whole(json: &[u8]) -> bool {
    !readable(json).ends_with("\n…")
}

fn new_line(text: &mut String, depth: usize) {
    text.push('\n');
    text.extend(std::iter::repeat_n("  ", depth));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_json_is_spaced_out_and_nothing_else() {
        let json = r#"{"b":"a,\"{b}\\","a":[1,{"c":null}],"d":[],"e":{}}"#;
        let expected = "{\n  \"b\": \"a,\\\"{b}\\\\\",\n  \"a\": [\n    1,\n    {\n      \"c\": null\n    }\n  ],\n  \"d\": [],\n  \"e\": {}\n}";
        assert_eq!(readable(json.as_bytes()), expected);
        let again: serde_json::Value = serde_json::from_str(&readable(json.as_bytes())).unwrap();
        assert_eq!(again, serde_json::from_str::<serde_json::Value>(json).unwrap());
    }

    #[test]
    fn a_very_long_event_is_cut_off_and_says_so() {
        let json = format!("[{}1]", "1,".repeat(10_000));
        assert!(!is_whole(json.as_bytes()));
        assert!(readable(json.as_bytes()).len() < SHOWN_MAX + 100);
        assert!(is_whole(b"{}"));
    }
}
