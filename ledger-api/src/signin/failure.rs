//! Why somebody is not signed in: each reason in its own words, none of them personal.

use std::fmt;

use axum::http::StatusCode;

/// Why somebody is not signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The provider cannot be reached, or says nothing sensible; what it said, for the traces.
    Unreachable(String),
    /// The answer is not to a question of ours: another state, or too late.
    NotAsked,
    /// The person, or the provider, said no.
    Refused,
    /// The provider could not show two factors.
    NoMfa,
    /// The code was used, or is too old.
    Code(String),
    /// The id token is not what it should be: signature, nonce, audience, dates.
    Token(String),
    /// What the provider says of the person is not signed, or of somebody else.
    Claims(String),
    /// There is no SIRET.
    NoSiret,
}

impl Failure {
    /// The answer's status.
    pub const fn status(&self) -> StatusCode {
        match self {
            Self::Unreachable(_) => StatusCode::BAD_GATEWAY,
            Self::NotAsked | Self::Code(_) => StatusCode::BAD_REQUEST,
            Self::Refused | Self::NoMfa | Self::NoSiret => StatusCode::FORBIDDEN,
            Self::Token(_) | Self::Claims(_) => StatusCode::UNAUTHORIZED,
        }
    }

    /// In a few words of French.
    pub const fn heading(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "Le fournisseur d’identité ne répond pas",
            Self::NotAsked => "Cette connexion n’est plus valable",
            Self::Refused => "La connexion a été refusée",
            Self::NoMfa => "Une double authentification est nécessaire",
            Self::Code(_) => "Cette connexion a déjà servi",
            Self::Token(_) => "La connexion n’a pas pu être vérifiée",
            Self::Claims(_) => "Votre identité n’a pas pu être vérifiée",
            Self::NoSiret => "Votre établissement n’est pas connu",
        }
    }

    /// What to do, in French.
    pub const fn advice(&self) -> &'static str {
        match self {
            Self::Unreachable(_) => "Réessayez dans quelques minutes.",
            Self::NotAsked => {
                "Elle a été commencée dans une autre fenêtre, ou il y a plus de dix minutes. \
                 Recommencez depuis le début."
            }
            Self::Refused => "Vous l’avez refusée, ou votre fournisseur d’identité l’a refusée.",
            Self::NoMfa => {
                "Votre fournisseur d’identité n’a pas pu vérifier un second facteur. Activez-le \
                 chez lui, puis recommencez."
            }
            Self::Code(_) => "Un lien de connexion ne sert qu’une fois. Recommencez.",
            Self::Token(_) | Self::Claims(_) => {
                "Rien de ce que le fournisseur d’identité a envoyé n’a été cru. Recommencez ; si \
                 cela se répète, signalez-le."
            }
            Self::NoSiret => {
                "Votre fournisseur d’identité ne transmet pas le SIRET de votre établissement. \
                 Demandez-lui de le compléter."
            }
        }
    }
}

impl fmt::Display for Failure {
    /// For the traces: what went wrong, never who.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(why) => write!(f, "the provider cannot be used: {why}"),
            Self::NotAsked => f.write_str("an answer that was not asked for, or too late"),
            Self::Refused => f.write_str("refused at the provider"),
            Self::NoMfa => f.write_str("two factors were asked for and not shown"),
            Self::Code(why) => write!(f, "the code is not exchanged: {why}"),
            Self::Token(why) => write!(f, "the id token is not believed: {why}"),
            Self::Claims(why) => write!(f, "the claims are not believed: {why}"),
            Self::NoSiret => f.write_str("no SIRET"),
        }
    }
}
