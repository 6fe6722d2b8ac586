//! What a file is, or what is wrong with its XML, in the accountant's words.

use quick_xml::Error;
use quick_xml::errors::IllFormedError;
use quick_xml::events::attributes::AttrError;

use super::ISO;

/// Sent in place of a message when a session of the bank's site has ended.
pub(super) const WEB_PAGE: &str = "c’est une page web";

/// What a text is that begins like this.
pub(super) fn not_xml(text: &str) -> String {
    format!("ce n’est pas du XML, cela commence par `{}`", start_of(text))
}

/// What a root is, when it is not the one that was expected.
pub(super) fn other_message(name: &str, namespace: &str) -> String {
    let Some(version) = namespace.strip_prefix(ISO) else {
        let name = start_of(name);
        return match (name.to_ascii_lowercase().as_str(), namespace) {
            ("html", _) => WEB_PAGE.to_owned(),
            (_, "") => format!("c’est un <{name}> sans l’espace de noms de son message"),
            _ => format!("c’est un <{name}> de `{}`", start_of(namespace)),
        };
    };
    let what = match version.get(..8) {
        Some("pain.001") => "un ordre de virement",
        Some("pain.002") => "un compte rendu de paiement",
        Some("pain.008") => "un ordre de prélèvement",
        Some("camt.052") => "un relevé en cours de journée",
        Some("camt.053") => "un relevé de compte",
        Some("camt.054") => "un avis de débit ou de crédit",
        Some(_) | None => "un autre message",
    };
    format!("c’est {what} ({})", start_of(version))
}

/// What is wrong with the XML.
pub(super) fn malformed(error: &Error) -> String {
    match error {
        Error::IllFormed(error) => ill_formed(error),
        Error::InvalidAttr(error) => attribute(error).to_owned(),
        Error::Syntax(_) => "une balise n’est pas fermée".to_owned(),
        Error::Escape(_) => "une entité est mal écrite".to_owned(),
        Error::Namespace(_) => "un espace de noms est mal déclaré".to_owned(),
        Error::Encoding(_) => "le texte n’est pas dans l’encodage annoncé".to_owned(),
        Error::Io(_) => "le fichier ne peut pas être lu".to_owned(),
    }
}

fn ill_formed(error: &IllFormedError) -> String {
    match error {
        IllFormedError::MismatchedEndTag { expected, found } => {
            format!("</{}> est à la place de </{}>", start_of(found), start_of(expected))
        }
        IllFormedError::UnmatchedEndTag(name) => {
            format!("</{}> ne ferme aucun élément", start_of(name))
        }
        IllFormedError::MissingEndTag(name) => format!("<{}> n’est pas fermé", start_of(name)),
        IllFormedError::UnclosedReference => "un `&` ne commence aucune entité".to_owned(),
        IllFormedError::MissingDeclVersion(_) | IllFormedError::UnknownVersion => {
            "la version du XML n’est pas connue".to_owned()
        }
        IllFormedError::MissingDoctypeName => "le DOCTYPE n’a pas de nom".to_owned(),
        IllFormedError::DoubleHyphenInComment => "un commentaire contient `--`".to_owned(),
    }
}

/// What is wrong with an attribute.
pub(super) fn attribute(error: &AttrError) -> &'static str {
    match error {
        AttrError::ExpectedEq(_) | AttrError::ExpectedValue(_) => "un attribut n’a pas de valeur",
        AttrError::UnquotedValue(_) => "la valeur d’un attribut n’est pas entre guillemets",
        AttrError::ExpectedQuote(..) => "les guillemets d’un attribut ne sont pas fermés",
        AttrError::Duplicated(..) => "un attribut figure deux fois",
    }
}

/// At most 60 characters, for an error.
pub(super) fn start_of(text: &str) -> String {
    match text.char_indices().nth(60) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}
