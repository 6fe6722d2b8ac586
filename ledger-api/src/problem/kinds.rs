//! The table of problems: status, stable slug, English title, French heading and advice.
//!
//! A slug is part of the API: it is never renamed, and never takes another meaning.

use axum::http::StatusCode;

/// One kind of problem.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// Its HTTP status.
    pub status: StatusCode,
    /// Its name on the wire, stable: `not-found`.
    pub slug: &'static str,
    /// What it is, in English, the same each time.
    pub title: &'static str,
    /// The page's heading, in French.
    pub heading: &'static str,
    /// What to do next, in French.
    pub advice: &'static str,
}

impl Kind {
    /// Its `type`: relative to the service, and a page that explains it.
    pub fn uri(&self) -> String {
        format!("/problems/{}", self.slug)
    }
}

/// One line per kind: the constant and the table cannot differ.
macro_rules! kinds {
    ($($name:ident = $status:ident $slug:literal, $title:literal, $heading:literal, $advice:literal;)+) => {
        $(
            #[doc = concat!("`", $slug, "`: ", $title, ".")]
            pub static $name: Kind = Kind {
                status: StatusCode::$status,
                slug: $slug,
                title: $title,
                heading: $heading,
                advice: $advice,
            };
        )+

        /// Every kind there is.
        pub static ALL: &[&Kind] = &[$(&$name),+];
    };
}

kinds! {
    // The request itself.
    BAD_REQUEST = BAD_REQUEST "bad-request", "The request cannot be read",
        "La demande n’a pas pu être lue", "Vérifiez ce que vous avez saisi, puis recommencez.";
    INVALID_FIELD = UNPROCESSABLE_ENTITY "invalid-field", "A field has a value that cannot be used",
        "Un champ est à corriger", "Corrigez ce champ, puis recommencez.";
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE "body-too-large", "The body is larger than this route takes",
        "L’envoi est trop volumineux", "Envoyez moins de données à la fois.";
    UNSUPPORTED_MEDIA = UNSUPPORTED_MEDIA_TYPE "unsupported-media-type",
        "The body is of a type that this route does not read",
        "Ce type de contenu n’est pas accepté", "Envoyez le type de contenu attendu par cette adresse.";
    NOT_FOUND = NOT_FOUND "not-found", "Nothing here",
        "Page introuvable", "Vérifiez l’adresse, ou repartez de l’accueil.";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "method-not-allowed", "This address does not take this method",
        "Cette adresse ne s’utilise pas ainsi", "Repartez de l’accueil.";

    // Who asks.
    SIGN_IN = UNAUTHORIZED "sign-in-required", "Whoever asks is not known",
        "Connexion nécessaire", "Connectez-vous, puis recommencez.";
    FORBIDDEN = FORBIDDEN "forbidden", "Whoever asks may not do this",
        "Accès réservé", "Cette page est réservée à un autre rôle que le vôtre.";
    CROSS_SITE = FORBIDDEN "cross-site-request", "The request comes from another site's page",
        "Demande refusée", "Elle vient de la page d’un autre site. Repartez de l’accueil pour la refaire.";
    MISDIRECTED = MISDIRECTED_REQUEST "misdirected-request", "The demo only answers to this machine's own names",
        "Demande refusée", "La démonstration ne répond qu’aux adresses locales, comme http://localhost:8080.";

    // Our side.
    INTERNAL = INTERNAL_SERVER_ERROR "internal", "The service failed",
        "Le service a rencontré une erreur", "Rien n’a été perdu. Réessayez dans un instant ; si l’erreur revient, signalez-la avec la référence ci-dessous.";
    UNAVAILABLE = SERVICE_UNAVAILABLE "unavailable", "The service cannot answer for now",
        "Service momentanément indisponible", "Réessayez dans un instant.";
}

/// The kind called `slug`; `None` when there is none.
pub fn by_slug(slug: &str) -> Option<&'static Kind> {
    ALL.iter().copied().find(|it| it.slug == slug)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_slug_is_there_once_and_can_stand_in_an_address() {
        for kind in ALL {
            assert_eq!(by_slug(kind.slug), Some(*kind));
            assert!(kind.slug.bytes().all(|it| it.is_ascii_lowercase() || it == b'-'));
            assert!(kind.status.is_client_error() || kind.status.is_server_error());
        }
    }
}
