//! Before the first payment: a partner is registered, two people agree on where it is paid, an
//! envelope is opened on a convention.

use axum::http::StatusCode;
use ledger_core::convention::Convention;
use ledger_core::envelope::Envelope;
use ledger_core::ids::{ConventionId, EnvelopeId, PartnerId};
use ledger_core::partner::Partner;

use crate::service::{Reply, Service};

const SIRET: &str = "11004601800013";
const IBAN: &str = "FR1420041010050500013M02606";
const OTHER_IBAN: &str = "DE89370400440532013000";
const PARTNERS: &str = "/comptable/partenaires";

/// A service without data, and people who sign in.
struct Office {
    service: Service,
}

impl Office {
    async fn open() -> Self {
        Self { service: Service::demo().await }
    }

    async fn page(&self, persona: &str, path: &str) -> String {
        let cookie = self.service.sign_in(persona).await;
        let reply = self.service.get_as(&cookie, path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.body);
        reply.body
    }

    async fn post(&self, persona: &str, path: &str, form: &str) -> Reply {
        let cookie = self.service.sign_in(persona).await;
        self.service.post_form(&cookie, path, form).await
    }

    /// The same; it must be done.
    async fn done(&self, persona: &str, path: &str, form: &str) -> String {
        let reply = self.post(persona, path, form).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{path}: {}", reply.body);
        reply.location().to_owned()
    }

    /// Registers the partner; gives where it is shown.
    async fn partner(&self) -> String {
        self.done("comptable", PARTNERS, &registered()).await
    }

    async fn state(&self) -> Partner {
        let id = PartnerId::of(SIRET.parse().unwrap());
        self.service.app.ledger.state::<Partner>(id).await.unwrap()
    }

    /// Signs a convention of 10 000 €; gives where it is shown.
    async fn convention(&self) -> String {
        let page = self.page("ordonnateur", "/comptable/conventions").await;
        let form = format!(
            "cle={}&siren=217500016&collectivite=Ville+de+Paris&titre=Ecoles&reference=D-2026-1\
             &avis=Avis+conforme&montant=10000&du=2026-09-01&au=2027-08-31&priorite=3\
             &solde=restitue",
            key(&page, "con_")
        );
        self.done("ordonnateur", "/comptable/conventions", &form).await
    }
}

fn registered() -> String {
    format!("siret={SIRET}&nom=Editions+du+Preau&convention=CONV-2026-1")
}

fn decision(decision: &str, iban: &str, reason: &str) -> String {
    format!("decision={decision}&iban={iban}&motif={reason}")
}

/// The hidden key of a form that makes an id of this prefix.
fn key(page: &str, prefix: &str) -> String {
    let from = format!("name=\"cle\" value=\"{prefix}");
    let (_, rest) = page.split_once(&from).unwrap_or_else(|| panic!("no key {prefix}: {page}"));
    format!("{prefix}{}", rest.split('"').next().unwrap())
}

#[tokio::test]
async fn a_partner_is_registered_once_and_keeps_its_identity() {
    let office = Office::open().await;
    assert!(office.page("comptable", PARTNERS).await.contains("Aucun partenaire"));
    let shown = office.partner().await;
    assert_eq!(office.partner().await, shown, "sent again, it is the same one");

    let other = format!("siret={SIRET}&nom=Autre&convention=CONV-2026-1");
    let reply = office.post("comptable", PARTNERS, &other).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.body.contains("déjà inscrit"), "{}", reply.body);
    for (form, told) in [
        ("siret=11004601800014&nom=A&convention=C", "Écrivez un SIRET"),
        ("siret=00005050000016&nom=+&convention=C", "Donnez le nom"),
        ("siret=00005050000016&nom=Editions&convention=", "Nommez la convention"),
    ] {
        let reply = office.post("ordonnateur", PARTNERS, form).await;
        assert!(reply.status.is_client_error(), "{form}");
        assert!(reply.body.contains(told), "{form}: {}", reply.body);
    }
    let list = office.page("ordonnateur", PARTNERS).await;
    for part in ["Editions du Preau", "110046018", "aucune", "Total : 1\u{a0}partenaire<"] {
        assert!(list.contains(part), "{part}: {list}");
    }
    let page = office.page("ordonnateur", &shown).await;
    for part in [SIRET, "CONV-2026-1", "/comptable/flux/partner-", "Suspendre le partenaire"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn bank_details_are_approved_by_another_person() {
    let office = Office::open().await;
    let shown = office.partner().await;
    let (propose, decide) = (format!("{shown}/coordonnees"), format!("{shown}/decision"));
    let wrong = office.post("comptable", &propose, "iban=FR1420041010050500013M02607").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.body.contains("faute de frappe"), "{}", wrong.body);
    assert_eq!(office.state().await.proposed, None);

    office.done("comptable", &propose, "iban=fr14+2004+1010+0505+0001+3M02+606").await;
    let own = office.page("comptable", &shown).await;
    let told = "proposé par vous : une autre personne doit l’approuver";
    assert!(own.contains(told) && !own.contains("value=\"approuver\""), "{own}");
    let reply = office.post("comptable", &decide, &decision("approuver", IBAN, "")).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert!(reply.body.contains("Cet acte demande une autre personne"), "{}", reply.body);
    assert!(
        !office.page("comptable", "/comptable/a-faire").await.contains("coordonnées bancaires<")
    );

    let waiting = office.page("adjointe", "/comptable/a-faire").await;
    assert!(waiting.contains("Approuver des coordonnées bancaires"), "{waiting}");
    assert!(waiting.contains(&shown), "{waiting}");
    let seen = office.page("adjointe", &shown).await;
    assert!(seen.contains("value=\"approuver\""), "{seen}");
    let stale = office.post("adjointe", &decide, &decision("approuver", OTHER_IBAN, "")).await;
    assert_eq!(stale.status, StatusCode::CONFLICT);
    assert!(stale.body.contains("relisez-les"), "{}", stale.body);
    for _ in 0..2 {
        office.done("adjointe", &decide, &decision("approuver", IBAN, "")).await;
    }
    assert_eq!(office.state().await.approved.unwrap().iban.as_str(), IBAN);
    let list = office.page("comptable", PARTNERS).await;
    assert!(list.contains("FR14\u{a0}…\u{a0}2606") && !list.contains("M02"), "{list}");
    assert!(list.contains("approuvées") && list.contains("12/11/2026"), "{list}");
    let csv = office.page("comptable", "/comptable/partenaires.csv").await;
    assert!(csv.contains("Editions du Preau;110046018;vend;approuvées"), "{csv}");
    let page = office.page("comptable", &shown).await;
    assert!(page.contains("FR14\u{a0}2004\u{a0}1010"), "{page}");
}

#[tokio::test]
async fn bank_details_may_be_rejected_and_the_former_ones_stay() {
    let office = Office::open().await;
    let shown = office.partner().await;
    let (propose, decide) = (format!("{shown}/coordonnees"), format!("{shown}/decision"));
    office.done("ordonnateur", &propose, &format!("iban={IBAN}")).await;
    office.done("comptable", &decide, &decision("approuver", IBAN, "")).await;
    office.done("comptable", &propose, &format!("iban={OTHER_IBAN}")).await;
    assert!(office.page("comptable", PARTNERS).await.contains("nouvelles à approuver"));

    let reply = office.post("adjointe", &decide, &decision("refuser", OTHER_IBAN, "+")).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.body.contains("Dites pourquoi"), "{}", reply.body);
    office.done("adjointe", &decide, &decision("refuser", OTHER_IBAN, "Compte+inconnu")).await;
    let page = office.page("comptable", &shown).await;
    assert!(page.contains("a été refusé par") && page.contains("Compte inconnu"), "{page}");
    let state = office.state().await;
    assert_eq!((state.proposed, state.approved.unwrap().iban.as_str()), (None, IBAN));
    let path = page.split_once("/comptable/flux/").unwrap().1.split('"').next().unwrap();
    let events = office.page("comptable", &format!("/comptable/flux/{path}")).await;
    assert!(events.contains("Coordonnées bancaires refusées"), "{events}");
}

#[tokio::test]
async fn only_accountants_approve_and_only_readers_of_the_books_act() {
    let office = Office::open().await;
    let shown = office.partner().await;
    let (propose, decide) = (format!("{shown}/coordonnees"), format!("{shown}/decision"));
    office.done("comptable", &propose, &format!("iban={IBAN}")).await;
    let seen = office.page("ordonnateur", &shown).await;
    assert!(seen.contains("un comptable doit l’approuver"), "{seen}");
    let reply = office.post("ordonnateur", &decide, &decision("approuver", IBAN, "")).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    for persona in ["amina", "region"] {
        for (path, form) in [
            (PARTNERS, registered()),
            (propose.as_str(), format!("iban={OTHER_IBAN}")),
            (decide.as_str(), decision("approuver", IBAN, "")),
        ] {
            let reply = office.post(persona, path, &form).await;
            assert_eq!(reply.status, StatusCode::FORBIDDEN, "{persona} {path}");
        }
    }
    assert_eq!(office.state().await.approved, None);
    let none = format!("{PARTNERS}/par_00000000000000000000000000000000");
    let reply = office.post("comptable", &format!("{none}/coordonnees"), "iban=").await;
    assert_eq!(reply.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_partner_is_suspended_with_a_reason_and_resumed() {
    let office = Office::open().await;
    let shown = office.partner().await;
    let suspend = format!("{shown}/suspension");
    let reply = office.post("comptable", &suspend, "motif=").await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    office.done("comptable", &suspend, "motif=Livraisons+contestees").await;
    let page = office.page("comptable", &shown).await;
    assert!(page.contains("Livraisons contestees") && page.contains("/reprise"), "{page}");
    office.done("comptable", &format!("{shown}/reprise"), "").await;
    assert_eq!(office.state().await.suspended, None);
}

#[tokio::test]
async fn an_envelope_is_opened_on_a_convention_once_and_within_it() {
    let office = Office::open().await;
    let shown = office.convention().await;
    let id: ConventionId = shown.rsplit('/').next().unwrap().parse().unwrap();
    let open = format!("{shown}/enveloppe");
    let page = office.page("ordonnateur", &shown).await;
    assert!(page.contains("value=\"2026-09-01\"") && page.contains("value=\"2027-08-31\""));
    let form = |key: &str, euros: &str, until: &str| {
        format!(
            "cle={key}&titre=Primaire&montant={euros}&reference=D-2026-1&du=2026-09-01&au={until}"
        )
    };
    let new = key(&page, "env_");
    for _ in 0..2 {
        assert_eq!(
            office.done("ordonnateur", &open, &form(&new, "6000", "2027-08-31")).await,
            shown
        );
    }
    let ledger = &office.service.app.ledger;
    let envelope: EnvelopeId = new.parse().unwrap();
    let opened = ledger.state::<Envelope>(envelope).await.unwrap().opened.unwrap();
    assert_eq!((opened.convention, opened.priority), (Some(id), 3));
    assert_eq!(opened.funder.to_string(), "siren:217500016");
    let convention = ledger.state::<Convention>(id).await.unwrap();
    assert_eq!(convention.drawn.len(), 1);
    assert_eq!(convention.left().cents(), 4_000_00);
    let page = office.page("ordonnateur", &shown).await;
    assert!(page.contains("Primaire") && page.contains(&format!("/comptable/consommation/{new}")));

    let other = key(&page, "env_");
    for (form, told) in [
        (form(&other, "4000,01", "2027-08-31"), "de trop"),
        (form(&other, "1000", "2026-08-31"), "vient avant le premier"),
        (form(&other, "1000", ""), "Donnez une date"),
        (form(&other, "rien", "2027-08-31"), "Écrivez une somme"),
        (form(&new, "1000", "2027-08-31"), "Référence déjà utilisée"),
    ] {
        let reply = office.post("ordonnateur", &open, &form).await;
        assert!(reply.status.is_client_error(), "{form}: {}", reply.status);
        assert!(reply.body.contains(told), "{told}: {}", reply.body);
    }
    for persona in ["comptable", "amina", "commune"] {
        let reply = office.post(persona, &open, &form(&other, "1", "2027-08-31")).await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{persona}");
    }
    let convention = ledger.state::<Convention>(id).await.unwrap();
    assert_eq!(convention.left().cents(), 4_000_00, "nothing refused was set aside");
    let nobodys: EnvelopeId = other.parse().unwrap();
    assert_eq!(ledger.state::<Envelope>(nobodys).await.unwrap().opened, None);
}
