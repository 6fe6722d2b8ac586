//! vCards: only the organisation is read; names, addresses and numbers of people never are.

/// The properties that a vCard on one line may hold, to know where each begins.
const PROPERTIES: [&str; 22] = [
    "BEGIN",
    "VERSION",
    "KIND",
    "FN",
    "N",
    "NICKNAME",
    "ORG",
    "TITLE",
    "ROLE",
    "EMAIL",
    "TEL",
    "ADR",
    "URL",
    "NOTE",
    "REV",
    "UID",
    "LANG",
    "CATEGORIES",
    "PHOTO",
    "LOGO",
    "IMPP",
    "END",
];
/// Those that tell of a person.
const PERSONAL: [&str; 7] = ["FN", "N", "NICKNAME", "EMAIL", "TEL", "ADR", "IMPP"];

/// How many bytes of a card are read: a long one has 1,000.
const CARD_MAX: usize = 20_000;
/// How long a property's name may be, and its parameters.
const NAME_MAX: usize = 40;
const PARAMETERS_MAX: usize = 400;

/// What is kept of a vCard.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Card {
    /// The organisation; `None` when none is told.
    pub(super) organisation: Option<String>,
    /// Whether it told of a person.
    pub(super) personal: bool,
}

/// Reads a vCard 3.0 or 4.0, folded, or all on one line as the ministry's repository sends them.
pub(super) fn read(text: &str) -> Card {
    let text = start(text, CARD_MAX);
    let mut card = Card::default();
    for (name, value) in properties(text) {
        let name = name.rsplit('.').next().unwrap_or(name).to_ascii_uppercase();
        if name == "ORG" && card.organisation.is_none() {
            card.organisation = Some(first_component(&value)).filter(|it| !it.is_empty());
        }
        card.personal |= PERSONAL.contains(&&*name) && !value.trim().is_empty();
    }
    card
}

/// Name, without its parameters, and value of each property.
fn properties(text: &str) -> Vec<(&str, String)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    for line in text.lines() {
        // Folded (RFC 6350, 3.2): the line goes on after a white space.
        if line.starts_with([' ', '\t']) && property(line.trim()).is_none() {
            if let Some((_, value)) = found.last_mut() {
                value.push_str(&line[1..]);
            }
            continue;
        }
        // Several on one line begin where a word is a property's name.
        let mut rest = line.trim();
        while let Some((name, value)) = property(rest) {
            let next = value.match_indices(' ').find(|it| property(&value[it.0 + 1..]).is_some());
            let end = next.map_or(value.len(), |it| it.0);
            found.push((name, value[..end].to_owned()));
            rest = value[end..].trim_start();
        }
    }
    found
}

/// The name of the property that `text` begins with, and its value; `None` when it begins with none.
fn property(text: &str) -> Option<(&str, &str)> {
    let end = start(text, NAME_MAX).find([':', ';'])?;
    let name = &text[..end];
    let plain = name.rsplit('.').next().unwrap_or(name);
    if !PROPERTIES.iter().any(|it| it.eq_ignore_ascii_case(plain)) {
        return None;
    }
    let parameters = start(&text[end..], PARAMETERS_MAX).find(':')?;
    Some((name, &text[end + parameters + 1..]))
}

/// At most the first `max` bytes of `text`.
fn start(text: &str, max: usize) -> &str {
    &text[..text.floor_char_boundary(max)]
}

/// The first part of a value, before any `;`, as it reads.
fn first_component(value: &str) -> String {
    let mut text = String::new();
    let mut signs = value.chars();
    while let Some(sign) = signs.next() {
        match sign {
            '\\' => match signs.next() {
                Some('n' | 'N') => text.push(' '),
                Some(other) => text.push(other),
                None => {}
            },
            ';' => break,
            sign => text.push(sign),
        }
    }
    crate::feed::text::one_line(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_organisation_is_kept() {
        let card = "BEGIN:vcard\r\nVERSION:3.0\r\nFN;ENCODING=8BIT;CHARSET=UTF-8:Nadine\r\nEMAIL;TYPE=INTERNET:n@ac.fr\r\nORG;CHARSET=UTF-8:Éditions\\, Exem\r\n ple;Service\r\nEND:vcard";
        let read = read(card);
        assert_eq!(read.organisation.as_deref(), Some("Éditions, Exemple"));
        assert!(read.personal);
    }

    #[test]
    fn a_card_on_one_line_is_read() {
        let card = "BEGIN:VCARD VERSION:4.0 KIND:org FN:Jean Dupont ORG:Docs et compagnie \
                    NOTE:SIREN=493376008 NOTE:ISNI=0000 REV:2026-01-12 EMAIL:j@x.fr TEL:+33612345678 \
                    END:VCARD";
        assert_eq!(read(card).organisation.as_deref(), Some("Docs et compagnie"));
        assert_eq!(
            read("BEGIN:VCARD\nORG:Seule\nEND:VCARD"),
            Card { organisation: Some("Seule".into()), personal: false }
        );
        assert_eq!(read("pas une carte : rien"), Card::default());
        assert_eq!(read("BEGIN:VCARD\nFN:Jean\n").organisation, None);
    }

    #[test]
    fn a_hostile_card_is_read_all_the_same() {
        read(&"ORG:".repeat(100_000));
        read(&"N: ".repeat(100_000));
        read(&" a".repeat(100_000));
    }
}
