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
    MISDIRECTED = MISDIRECTED_REQUEST "misdirected-request", "The service is not called that",
        "Demande refusée", "La démonstration ne répond qu’aux adresses locales, comme http://localhost:8080.";

    // Machines.
    INVALID_TOKEN = UNAUTHORIZED "invalid-token", "The access token is missing, forged or over",
        "Jeton d’accès refusé", "Demandez un nouveau jeton, puis recommencez.";
    INSUFFICIENT_SCOPE = FORBIDDEN "insufficient-scope", "The client was not given the right that this asks for",
        "Droit manquant", "Demandez à l’exploitant d’ajouter ce droit au client de l’API.";
    IDEMPOTENCY_KEY_MISSING = BAD_REQUEST "idempotency-key-missing", "This request is only carried out with an Idempotency-Key",
        "Clé d’idempotence absente", "Ajoutez l’en-tête Idempotency-Key, différent pour chaque nouvelle demande.";
    IDEMPOTENCY_KEY_REUSED = UNPROCESSABLE_ENTITY "idempotency-key-reused", "This Idempotency-Key served for another request",
        "Clé d’idempotence déjà utilisée", "Prenez une nouvelle clé pour une nouvelle demande.";
    PRECONDITION_FAILED = PRECONDITION_FAILED "precondition-failed", "The object changed since it was read",
        "L’objet a changé entre-temps", "Relisez-le, puis recommencez avec son nouvel ETag.";
    NOT_ACCEPTABLE = NOT_ACCEPTABLE "not-acceptable", "This address does not answer in any type that Accept names",
        "Format de réponse indisponible", "Demandez du JSON, ou du CSV là où il est proposé.";
    REQUEST_TIMEOUT = REQUEST_TIMEOUT "request-timeout", "The body stopped coming",
        "L’envoi s’est interrompu", "Renvoyez le même fichier avec la même clé : il reprend où il s’est arrêté.";
    BAD_ENCODING = UNPROCESSABLE_ENTITY "bad-encoding", "The file is not in UTF-8",
        "Le fichier n’est pas en UTF-8", "Enregistrez-le au format « CSV UTF-8 », puis renvoyez-le.";
    BAD_HEADING = UNPROCESSABLE_ENTITY "bad-heading", "The first line of the file does not name its columns",
        "La première ligne ne nomme pas les colonnes", "Commencez le fichier par la ligne « account;amount ».";

    // Any object.
    REFERENCE_REUSED = UNPROCESSABLE_ENTITY "reference-reused", "This reference served for something else",
        "Référence déjà utilisée", "Prenez une nouvelle référence pour une nouvelle demande.";
    CONFLICT = CONFLICT "conflict", "The object is not where this could be done",
        "Cette étape n’est pas possible maintenant", "Relisez l’objet pour voir où il en est.";

    // Envelopes.
    ENVELOPE_CLOSED = CONFLICT "envelope-closed", "The envelope is closed",
        "L’enveloppe est close", "Ouvrez une autre enveloppe.";
    ENVELOPE_FROZEN = CONFLICT "envelope-frozen", "The envelope is frozen",
        "L’enveloppe est gelée", "Dégelez-la pour créditer de nouveau des comptes.";
    OVER_BUDGET = CONFLICT "over-budget", "It would allocate more than the budget",
        "Le budget est dépassé", "Augmentez le budget, ou créditez moins.";
    OVER_PROVISIONAL = CONFLICT "over-provisional-budget", "It would allocate more than the voted part of a provisional budget",
        "La part provisoire du budget est dépassée", "Confirmez le budget une fois voté, ou créditez moins.";
    NOT_FUNDED = CONFLICT "not-funded", "It would allocate more than the funds received",
        "Les fonds reçus ne suffisent pas", "Attendez l’arrivée des fonds, ou créditez moins.";
    ENVELOPE_NOT_VALID = CONFLICT "envelope-not-valid", "Today is outside the envelope's days",
        "L’enveloppe ne crédite pas aujourd’hui", "Regardez ses dates de validité.";
    TOPUP_RELEASED = CONFLICT "topup-released", "This top-up was refused and its money freed",
        "Ce crédit a été refusé", "Pour créditer ce compte, prenez une nouvelle référence.";

    // Accounts.
    ACCOUNT_NOT_OPEN = NOT_FOUND "account-not-open", "The account does not exist",
        "Ce compte n’existe pas", "Vérifiez son identifiant.";
    ACCOUNT_CLOSED = CONFLICT "account-closed", "The account is closed",
        "Ce compte est clos", "Il ne peut plus ni recevoir ni payer.";
    ACCOUNT_SUSPENDED = CONFLICT "account-suspended", "The account is suspended",
        "Ce compte est suspendu", "Rapprochez-vous de votre établissement.";
    RECIPIENT_NOT_ADMITTED = CONFLICT "recipient-not-admitted", "The envelope does not credit holders of this school",
        "L’enveloppe ne crédite pas cet établissement", "Regardez les bénéficiaires de l’enveloppe.";
    CREDITS_ALREADY_EXPIRED = CONFLICT "credits-already-expired", "The credits would expire before they can be spent",
        "Ces crédits seraient déjà périmés", "Regardez la validité de l’enveloppe.";

    // Purchases.
    NOT_ENOUGH_MONEY = CONFLICT "not-enough-money", "The holder does not have enough",
        "Le solde ne suffit pas", "Choisissez une ressource moins chère, ou attendez un nouveau crédit.";
    NOT_ELIGIBLE = CONFLICT "not-eligible", "Not enough of the holder's credits may pay for this",
        "Ces crédits ne peuvent pas payer cette ressource", "Une partie de vos crédits est réservée à d’autres ressources.";
    NO_SUCH_PURCHASE = NOT_FOUND "no-such-purchase", "The account has no such purchase",
        "Cet achat n’existe pas", "Retrouvez-le dans « Mes achats ».";
    PURCHASE_NOT_HELD = CONFLICT "purchase-not-held", "The purchase is over",
        "Cet achat est terminé", "Regardez où il en est dans « Mes achats ».";
    CAPTURE_TOO_LARGE = CONFLICT "capture-too-large", "It would take more than is held",
        "Le montant dépasse la somme réservée", "Demandez au plus ce qui reste réservé.";
    PARTLY_DELIVERED = CONFLICT "purchase-partly-delivered", "Part of the purchase was delivered",
        "Une partie de l’achat est déjà livrée", "Demandez un remboursement au partenaire.";
    REFUND_TOO_LARGE = CONFLICT "refund-too-large", "It would refund more than was paid",
        "Le remboursement dépasse ce qui a été payé", "Remboursez au plus ce qui reste remboursable.";
    HOLD_NOT_OVER = CONFLICT "hold-not-over", "The hold's term has not passed",
        "La réservation court encore", "Attendez son terme, ou annulez l’achat.";
    ACCOUNT_HAS_HOLDS = CONFLICT "account-has-holds", "Purchases of the account are under way",
        "Des achats sont en cours", "Faites-les livrer ou annulez-les d’abord.";
    NO_SUCH_OFFER = NOT_FOUND "no-such-offer", "The offer does not exist",
        "Cette ressource n’existe pas", "Revenez au catalogue.";
    OFFER_WITHDRAWN = CONFLICT "offer-withdrawn", "The offer is not on sale any more",
        "Cette ressource n’est plus en vente", "Cherchez-en une autre dans le catalogue.";
    OFFER_CHANGED = CONFLICT "offer-changed", "The offer changed since it was seen",
        "Cette ressource a changé", "Relisez sa fiche et son prix avant de payer. Rien n’a été payé.";
    PARTNER_SUSPENDED = CONFLICT "partner-suspended", "The partner does not sell for now",
        "Ce partenaire est suspendu", "Ses ressources ne se vendent pas pour le moment.";
    OFFER_FREE = CONFLICT "offer-free", "The offer is free",
        "Cette ressource est gratuite", "Il n’y a rien à payer : ouvrez-la directement.";
    CEILING_MISPLACED = UNPROCESSABLE_ENTITY "ceiling-misplaced", "A ceiling is for what is billed by use, and only for that",
        "Plafond absent ou de trop", "Donnez un plafond pour une ressource facturée à l’usage, et seulement pour elle.";

    NOTHING_TO_CONTEST = CONFLICT "nothing-to-contest", "Nothing of the purchase is paid",
        "Il n’y a rien à contester", "Rien de cet achat n’est payé, ou tout a été remboursé.";
    CONTEST_TOO_LATE = CONFLICT "contest-too-late", "The days to contest are over",
        "Cet achat ne peut plus être contesté", "Écrivez au partenaire : il peut encore rembourser.";

    NO_SPECIMEN = CONFLICT "no-specimen", "The offer has no specimen",
        "Cette ressource n’a pas de spécimen", "Regardez sa démonstration, ou sa page chez l’éditeur.";
    SPECIMEN_ALREADY_TAKEN = CONFLICT "specimen-already-taken", "The specimen was taken before, and is over",
        "Vous avez déjà essayé ce spécimen", "Un spécimen s’essaie une fois. Achetez la ressource si elle vous convient.";
    NOT_A_TEAM = CONFLICT "not-a-team", "The account is a teacher's own, not a team's",
        "Ce compte n’est pas celui d’une équipe", "Créez une équipe depuis « Mes équipes ».";
    NOT_A_MEMBER = CONFLICT "not-a-member", "Only members of the team buy with its account",
        "Vous n’êtes pas membre de cette équipe", "Demandez à un responsable de l’équipe de vous y ajouter.";
    OVER_TEAM_LIMIT = CONFLICT "over-team-limit", "The purchase is over a limit of the team",
        "Cet achat dépasse une limite de l’équipe", "Choisissez une ressource moins chère, ou demandez à un responsable de revoir la limite.";
    APPROVAL_PENDING = CONFLICT "approval-pending", "The head of school has not agreed yet",
        "Le chef d’établissement n’a pas encore donné son accord", "Attendez sa réponse.";
    NOTHING_TO_APPROVE = CONFLICT "nothing-to-approve", "The purchase does not wait for an approval",
        "Cette demande n’attend plus de décision", "Revenez à la liste des demandes.";
    NOT_YOURS_TO_DECIDE = CONFLICT "not-yours-to-decide",
        "It is for the head of school, a delegate, or a manager of the team",
        "Cette décision ne vous revient pas", "Elle revient au chef d’établissement, à qui il l’a déléguée, ou à un responsable de l’équipe.";
    OWN_REQUEST = CONFLICT "own-request", "Nobody decides on what they asked for themselves",
        "Nul ne décide de sa propre demande", "Une autre personne doit en décider.";
    LAST_MANAGER = CONFLICT "last-manager", "A team keeps a manager",
        "Une équipe garde un responsable", "Nommez d’abord un autre responsable.";

    // Payments on partners' sites.
    NO_SUCH_PAYMENT = NOT_FOUND "no-such-payment", "There is no such payment",
        "Ce paiement n’existe pas", "Repartez du site du partenaire : il peut en préparer un autre.";
    PAYMENT_OVER = CONFLICT "payment-over", "The payment ended before it was confirmed",
        "Ce paiement est terminé", "Rien n’a été payé. Repartez du site du partenaire pour en préparer un autre.";
    PAYMENT_TOO_LATE = CONFLICT "payment-too-late", "The payment's term has passed",
        "Ce paiement n’est plus valable", "Rien n’a été payé. Repartez du site du partenaire pour en préparer un autre.";
    PAYMENT_TAKEN = CONFLICT "payment-taken", "Another account confirmed the payment",
        "Ce paiement a été confirmé par quelqu’un d’autre", "Rien n’a été pris sur votre compte.";
    PAYMENT_CONFIRMED = CONFLICT "payment-confirmed", "The payment is confirmed already",
        "Ce paiement est déjà confirmé", "Retrouvez-le dans « Mes achats ».";
    PAYMENT_NOT_CONFIRMED = CONFLICT "payment-not-confirmed", "No account holds money for the payment",
        "Ce paiement n’est pas confirmé", "Attendez que l’enseignant le confirme.";
    AMOUNT_TOO_LARGE = CONFLICT "amount-too-large", "It is more than there is to capture or to refund",
        "Le montant est trop élevé", "Demandez au plus ce qui reste possible.";
    SITE_NOT_DECLARED = CONFLICT "site-not-declared", "The return address is on no site that the partner declared",
        "Ce site n’est pas déclaré", "Demandez à l’exploitant de déclarer le site du partenaire.";
    NOT_BY_USE = CONFLICT "not-billed-by-use", "The payment is not billed by use",
        "Ce paiement n’est pas à l’usage", "Un relevé d’usage ne concerne que ce qui est facturé à l’usage.";
    USAGE_WENT_BACK = CONFLICT "usage-went-back", "A count never goes back",
        "Ce relevé est inférieur au précédent", "Donnez le nombre d’unités utilisées depuis le début.";
    OVER_CEILING = CONFLICT "over-ceiling", "The usage is beyond the ceiling",
        "Le plafond est dépassé", "Demandez un autre paiement pour la suite.";
    USAGE_CLOSED = CONFLICT "usage-closed", "Usage of the payment is closed",
        "L’usage de ce paiement est arrêté", "Demandez un autre paiement pour la suite.";
    USAGE_COUNTED = CONFLICT "usage-counted", "What is counted by use is captured by its closes",
        "L’usage de ce paiement est compté", "Arrêtez l’usage plutôt que de demander un montant.";
    CAPTURED_DIRECTLY = CONFLICT "captured-directly", "The payment was captured without counts",
        "Ce paiement a été demandé sans relevés", "Continuez à demander des montants.";

    // Webhooks.
    NO_SUCH_WEBHOOK = NOT_FOUND "no-such-webhook", "There is no such webhook endpoint",
        "Cette adresse de notification n’existe pas", "Retrouvez les vôtres dans leur liste.";

    // Lists.
    NO_SUCH_LIST = NOT_FOUND "no-such-list", "There is no such list, or it is not shared with whoever asks",
        "Liste introuvable", "Elle a été supprimée, ou n’est pas partagée avec vous. Retrouvez vos listes dans « Mes listes ».";
    LIST_FULL = CONFLICT "list-full", "The list holds as many offers as it may",
        "Cette liste est pleine", "Retirez-en une ressource, ou commencez une autre liste.";
    TOO_MANY_LISTS = CONFLICT "too-many-lists", "The account has as many lists as it may",
        "Vous avez trop de listes", "Supprimez une liste dont vous ne vous servez plus.";
    FAVOURITES_STAY = CONFLICT "favourites-stay", "Favourites are neither renamed nor deleted",
        "Les favoris restent", "Retirez-en ce qui ne vous sert plus.";

    // Agreements.
    NO_SUCH_AGREEMENT = NOT_FOUND "no-such-agreement", "There is no agreement on this offer",
        "Cette licence libératoire n’existe pas", "Retrouvez-la dans la liste des licences libératoires.";
    AGREEMENT_RUNS = CONFLICT "agreement-runs", "An agreement on this offer runs",
        "Une licence libératoire court déjà pour cette offre", "Terminez-la d’abord, ou attendez son terme.";
    AGREEMENT_OVER = CONFLICT "agreement-over", "The agreement is over",
        "Cette licence libératoire est terminée", "Signez-en une autre.";
    NOT_COUNTED = CONFLICT "not-counted", "The agreement did not count this purchase",
        "Cet achat n’est pas compté", "Regardez ce que la licence libératoire a compté.";

    // Public accounting. `rule` names the rule within the stream.
    WRONG_ROLE = FORBIDDEN "wrong-role", "The act is another role's",
        "Cet acte ne relève pas de votre qualité", "L’ordonnateur ordonne ; le comptable vise et paie.";
    SAME_PERSON = FORBIDDEN "same-person", "The act needs another person (separation of duties)",
        "Cet acte demande une autre personne", "Qui ordonne ou prépare ne vise, ne paie ni n’approuve (décret 2012-1246, art. 9).";
    ACT_REFUSED = CONFLICT "act-refused", "The act is not possible as things stand",
        "Cet acte n’est pas possible en l’état", "Relisez où en est le dossier, puis recommencez.";
    FILE_REFUSED = UNPROCESSABLE_ENTITY "file-refused", "The bank's file cannot be taken in",
        "Ce fichier ne peut pas être importé", "Rien n’a été enregistré. Corrigez ou demandez un autre fichier à la banque.";
    UNDER_CONVENTION = CONFLICT "under-convention", "The envelope draws on a convention",
        "Cette enveloppe relève d’une convention", "Signez un avenant à la convention, puis ouvrez une autre enveloppe.";

    // Batches.
    BATCH_TOO_LONG = UNPROCESSABLE_ENTITY "batch-too-long", "The file has more than 1,000,000 lines",
        "Le fichier a plus de 1 000 000 de lignes", "Coupez-le en plusieurs fichiers.";
    BATCH_SUBMITTED = CONFLICT "batch-submitted", "The batch was submitted: nothing can be added",
        "Ce lot est déjà transmis", "Ouvrez un autre lot pour d’autres lignes.";
    BATCH_EMPTY = UNPROCESSABLE_ENTITY "batch-empty", "No line of the file can be credited",
        "Aucune ligne ne peut être créditée", "Lisez le rapport ligne par ligne, corrigez, et renvoyez sous une nouvelle clé.";

    // Clients.
    INVALID_CLIENT = UNAUTHORIZED "invalid-client", "No such client, or not its secret",
        "Identifiants refusés", "Donnez l’identifiant du client et un de ses secrets (HTTP Basic).";
    SECRETS_FULL = CONFLICT "secrets-full", "Two secrets are valid already",
        "Deux secrets sont déjà valables", "Retirez-en un avant d’en ajouter un autre.";
    CERTIFICATES_FULL = CONFLICT "certificates-full", "Two certificates are valid already",
        "Deux certificats sont déjà valables", "Retirez-en un avant d’en ajouter un autre.";
    LAST_SECRET = CONFLICT "last-secret", "It is the only secret that is valid",
        "C’est le seul secret valable", "Ajoutez-en un autre d’abord, ou révoquez le client.";
    CLIENT_REVOKED = CONFLICT "client-revoked", "The client was revoked",
        "Ce client est révoqué", "Inscrivez-en un autre.";
    TOO_MANY_REQUESTS = TOO_MANY_REQUESTS "too-many-requests", "It comes more often than it may",
        "Trop de demandes", "Attendez le délai indiqué, puis recommencez.";

    TOO_MANY_UPLOADS = SERVICE_UNAVAILABLE "too-many-uploads", "Other files are coming in: send this one again in a moment",
        "Trop de fichiers arrivent en même temps", "Renvoyez celui-ci dans un instant : il reprendra où il en était.";

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
