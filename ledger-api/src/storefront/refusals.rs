//! Why a payment or a cancellation is refused, in French: the rule, what is missing, what to do.

use ledger_core::account::{AccountRefusal, PurchaseStatus};
use ledger_core::checkout::CheckoutRefusal;
use ledger_core::payment::{PaymentRefusal, PaymentStep};
use ledger_core::process::payments::PaymentsRefusal;

mod team;

use super::words;
use crate::format;

/// A refusal as a page tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// In a few words.
    pub heading: &'static str,
    /// The rule, and what is missing to the cent.
    pub sentence: String,
    /// What to do next.
    pub advice: &'static str,
    /// Where to do it: label and path.
    pub next: (&'static str, &'static str),
}

const CATALOGUE: (&str, &str) = ("Revenir au catalogue", "/catalogue");
const ACCOUNT: (&str, &str) = ("Voir mon compte", "/compte");
const PURCHASES: (&str, &str) = ("Voir mes achats", "/achats");

/// Why nothing was bought.
pub fn of_checkout(refusal: &CheckoutRefusal) -> Told {
    let told = |heading, sentence: &str, advice, next| Told {
        heading,
        sentence: sentence.to_owned(),
        advice,
        next,
    };
    match refusal {
        CheckoutRefusal::NoSuchOffer => told(
            "Cette offre n’existe pas",
            "Elle ne figure pas au catalogue.",
            "Cherchez la ressource dans le catalogue.",
            CATALOGUE,
        ),
        CheckoutRefusal::OfferWithdrawn => told(
            "Cette offre n’est plus en vente",
            "L’éditeur l’a retirée de la vente.",
            "Ce que vous aviez déjà acheté vous reste acquis. Cherchez une ressource proche dans le catalogue.",
            CATALOGUE,
        ),
        CheckoutRefusal::OfferChanged { price } => Told {
            heading: "Cette offre a changé",
            sentence: format!(
                "Depuis que vous l’avez vue, l’éditeur l’a modifiée. Elle coûte maintenant {price}."
            ),
            advice: "Relisez l’offre, puis confirmez si elle vous convient toujours.",
            next: CATALOGUE,
        },
        CheckoutRefusal::PartnerSuspended { .. } => told(
            "Cet éditeur ne vend pas pour le moment",
            "Ses ventes sont suspendues.",
            "Ce que vous aviez déjà acheté vous reste acquis. Réessayez plus tard, ou cherchez une ressource proche.",
            CATALOGUE,
        ),
        CheckoutRefusal::Free => told(
            "Cette ressource est gratuite",
            "Il n’y a rien à payer.",
            "Utilisez-la depuis la page de l’offre.",
            CATALOGUE,
        ),
        CheckoutRefusal::NoSpecimen => told(
            "Cette ressource n’a pas de spécimen",
            "L’éditeur n’en propose pas, ou n’en propose plus.",
            "Regardez sa démonstration, ou sa page chez l’éditeur.",
            CATALOGUE,
        ),
        CheckoutRefusal::CeilingMisplaced => told(
            "Un plafond est à fixer pour ce qui est facturé à l’usage",
            "Cette offre attend un plafond, ou n’en attend pas.",
            "Revenez à la page de l’offre et recommencez.",
            CATALOGUE,
        ),
        CheckoutRefusal::Account(refusal) => of_account(refusal),
    }
}

/// Why a payment of a partner goes no further.
pub fn of_payment(refusal: &PaymentsRefusal) -> Told {
    let told = |heading, sentence: String| Told {
        heading,
        sentence,
        advice: "Repartez du site du partenaire pour en préparer un autre.",
        next: PURCHASES,
    };
    let refusal = match refusal {
        PaymentsRefusal::Account(it) => return of_account(it),
        PaymentsRefusal::Line { refusal, .. } => return of_checkout(refusal),
        PaymentsRefusal::PartnerSuspended { reason } => {
            return of_checkout(&CheckoutRefusal::PartnerSuspended { reason: reason.clone() });
        }
        PaymentsRefusal::Payment(it) => it,
        // What follows answers partners, never a teacher; told all the same.
        PaymentsRefusal::NoSuchLine { .. }
        | PaymentsRefusal::TooMuch { .. }
        | PaymentsRefusal::CountedByUse
        | PaymentsRefusal::CapturedDirectly => {
            return told(
                "Cet acte revient au partenaire",
                "Il ne change rien à votre compte.".into(),
            );
        }
    };
    match refusal {
        PaymentRefusal::TooLate { until } => told(
            "Ce paiement n’est plus valable",
            format!("Il pouvait être confirmé jusqu’au {}.", format::long_moment(*until)),
        ),
        PaymentRefusal::TakenByAnother => told(
            "Ce paiement a été confirmé par quelqu’un d’autre",
            "Rien n’est pris sur votre compte.".into(),
        ),
        PaymentRefusal::Authorised => {
            told("Ce paiement est déjà confirmé", "Retrouvez-le dans vos achats.".into())
        }
        PaymentRefusal::Over { step } => {
            let how = match step {
                PaymentStep::Declined => "Vous l’aviez refusé.",
                PaymentStep::Cancelled => "Le partenaire l’a annulé.",
                PaymentStep::Expired
                | PaymentStep::Waiting
                | PaymentStep::Awaiting { .. }
                | PaymentStep::Authorised { .. } => "Son terme est passé.",
            };
            told("Ce paiement est terminé", how.into())
        }
        PaymentRefusal::NoSuchPayment
        | PaymentRefusal::ReferenceReused
        | PaymentRefusal::NotOver { .. }
        | PaymentRefusal::NotAuthorised
        | PaymentRefusal::NotByUse
        | PaymentRefusal::UsageWentBack { .. }
        | PaymentRefusal::OverCeiling { .. }
        | PaymentRefusal::UsageClosed
        | PaymentRefusal::Invalid { .. } => {
            told("Ce paiement n’existe pas", "Son adresse est incomplète, ou trop ancienne.".into())
        }
    }
}

/// Why an account does not do what was asked.
#[expect(clippy::too_many_lines, reason = "one case per rule, all of them")]
pub fn of_account(refusal: &AccountRefusal) -> Told {
    let (heading, sentence, advice, next) = match refusal {
        AccountRefusal::NotEnough { available, missing } => (
            "Il manque de l’argent sur votre compte",
            format!("Il manque {missing}\u{a0}: vous disposez de {available}."),
            "Choisissez une ressource moins chère, ou demandez un crédit à votre établissement ou à votre collectivité.",
            ACCOUNT,
        ),
        AccountRefusal::NotEligible { eligible, missing, frozen, available } => {
            let frozen = if frozen.is_zero() {
                String::new()
            } else {
                format!(" {frozen} sont gelés par leur financeur.")
            };
            (
                "Vos crédits ne peuvent pas tous payer cette ressource",
                format!(
                    "Il manque {missing}\u{a0}: sur vos {available}, {eligible} peuvent payer cette ressource.{frozen}"
                ),
                "Chaque financeur choisit ce que son argent peut acheter. Le détail est sur la page de votre compte.",
                ACCOUNT,
            )
        }
        AccountRefusal::Suspended { .. } => (
            "Votre compte est suspendu",
            "Aucun nouvel achat n’est possible pour le moment.".to_owned(),
            "Vos achats passés ne changent pas. Adressez-vous à votre établissement pour en connaître la raison.",
            ACCOUNT,
        ),
        AccountRefusal::NotOpen => (
            "Votre compte n’est pas encore ouvert",
            "Il s’ouvre au premier crédit accordé par l’État ou par une collectivité.".to_owned(),
            "Demandez à votre établissement quand vous serez crédité.",
            CATALOGUE,
        ),
        AccountRefusal::Closed => (
            "Votre compte est clos",
            "Plus aucun achat n’est possible sur ce compte.".to_owned(),
            "Vos reçus restent consultables.",
            PURCHASES,
        ),
        AccountRefusal::ReferenceReused { .. } => (
            "Cette page de paiement a déjà servi",
            "Elle a servi à un autre achat, qui a bien été payé une fois.".to_owned(),
            "Pour acheter autre chose, repartez de la page de l’offre.",
            PURCHASES,
        ),
        AccountRefusal::NoSuchPurchase { .. } => (
            "Cet achat n’existe pas",
            "Il ne figure pas parmi vos achats.".to_owned(),
            "Retrouvez vos achats dans leur liste.",
            PURCHASES,
        ),
        AccountRefusal::NotHeld { status, .. } => (
            "Cet achat ne peut plus être annulé",
            match status {
                PurchaseStatus::Captured => "Il a été livré et payé.".to_owned(),
                PurchaseStatus::Expired => {
                    "Sa réservation est échue\u{a0}: l’argent vous est déjà revenu.".to_owned()
                }
                PurchaseStatus::Authorised | PurchaseStatus::Cancelled => {
                    format!("Il est dans l’état « {} ».", words::status(*status).1)
                }
            },
            "Pour un achat livré, demandez un remboursement à l’éditeur.",
            PURCHASES,
        ),
        AccountRefusal::PartlyDelivered { captured } => (
            "Cet achat ne peut plus être annulé",
            format!("Une partie a déjà été utilisée\u{a0}: {captured} sont dus à l’éditeur."),
            "Le reste vous reviendra à la dernière facturation ou à l’échéance de la réservation.",
            PURCHASES,
        ),
        AccountRefusal::HoldNotOver { until } => (
            "La réservation court encore",
            format!("Elle prend fin le {}.", format::long_moment(*until)),
            "Vous pouvez annuler l’achat pour libérer l’argent tout de suite.",
            PURCHASES,
        ),
        AccountRefusal::NothingToContest { .. } => (
            "Il n’y a rien à contester",
            "Rien de cet achat n’est payé, ou tout vous a été remboursé.".to_owned(),
            "Le détail est sur son reçu.",
            PURCHASES,
        ),
        AccountRefusal::ContestTooLate { until } => (
            "Cet achat ne peut plus être contesté",
            format!("Il pouvait l’être jusqu’au {}.", format::long_date(*until)),
            "Écrivez à l’éditeur\u{a0}: il peut encore vous rembourser.",
            PURCHASES,
        ),
        AccountRefusal::SpecimenAlreadyTaken { until } => (
            "Vous avez déjà essayé ce spécimen",
            format!("Il était à vous jusqu’au {}.", format::long_date(*until)),
            "Un spécimen s’essaie une fois : achetez la ressource si elle vous convient.",
            PURCHASES,
        ),
        AccountRefusal::Invalid { .. } => (
            "Dites pourquoi en quelques mots",
            "Le motif doit faire de 1 à 500 caractères.".to_owned(),
            "Revenez à l’achat et recommencez.",
            PURCHASES,
        ),
        AccountRefusal::WrongRole { .. } => (
            "Cet acte ne vous revient pas",
            "Il relève d’une autre qualité que la vôtre.".to_owned(),
            "Retrouvez vos achats dans leur liste.",
            PURCHASES,
        ),
        AccountRefusal::NotATeam
        | AccountRefusal::NotAMember
        | AccountRefusal::OverTeamLimit(_)
        | AccountRefusal::ApprovalPending { .. }
        | AccountRefusal::NothingToApprove { .. }
        | AccountRefusal::NotYours
        | AccountRefusal::OwnRequest
        | AccountRefusal::LastManager => return team::told(refusal),
        // What follows answers funders and partners, never a teacher; told all the same.
        AccountRefusal::RecipientNotAdmitted { uai } => (
            "Ce financeur ne crédite pas votre établissement",
            format!("L’établissement {uai} ne fait pas partie de ceux qu’il a choisis."),
            "Adressez-vous à votre établissement.",
            ACCOUNT,
        ),
        AccountRefusal::AlreadyExpired { valid_until } => (
            "Ce crédit est périmé",
            format!("Il était valable jusqu’au {}.", format::long_date(*valid_until)),
            "Adressez-vous à votre établissement.",
            ACCOUNT,
        ),
        AccountRefusal::CaptureTooLarge { held } => (
            "L’éditeur demande plus que ce qui est réservé",
            format!("Seuls {held} sont réservés pour cet achat."),
            "Adressez-vous à l’éditeur.",
            PURCHASES,
        ),
        AccountRefusal::RefundTooLarge { refundable } => (
            "Le remboursement dépasse ce qui a été payé",
            format!("Seuls {refundable} peuvent encore être remboursés."),
            "Adressez-vous à l’éditeur.",
            PURCHASES,
        ),
        AccountRefusal::HasHolds { held } => (
            "Des achats sont en cours",
            format!("{held} sont réservés pour des achats en cours."),
            "Annulez-les ou attendez leur livraison.",
            PURCHASES,
        ),
    };
    Told { heading, sentence, advice, next }
}
