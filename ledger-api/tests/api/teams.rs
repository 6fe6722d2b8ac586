//! A team shares an account, and its head of school agrees to what costs more than the threshold.

use axum::http::StatusCode;
use chrono::TimeDelta;
use ledger_api::workers::flows;
use ledger_core::account::{Account, PurchaseStatus, RequestStatus};
use ledger_core::ids::{AccountId, OfferId, PurchaseId};
use ledger_core::money::Amount;
use ledger_core::offer::Billing;
use ledger_core::process::topups::{TopUp, top_up};

use crate::payments::Partners;
use crate::service::Reply;
use crate::shop::{STATE, Shop, account, hidden_fields, purchase_in};

const KEY: &str = "0192f0c4-1d57-7f0e-9b6a-2f307c41d8e9";

/// A team that Amina made, with Lucas in it by invitation, 80,00 € to spend, and a head who agrees
/// to what costs more than 20,00 €.
struct Team {
    shop: Shop,
    lucas: String,
    head: String,
    id: AccountId,
}

async fn made(shop: &Shop) -> AccountId {
    let form = format!("nom=%C3%89quipe+de+SVT&cle={KEY}");
    let first = shop.post("/equipes", &form).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
    let again = shop.post("/equipes", &form).await;
    assert_eq!(again.location(), first.location(), "a double click makes one team");
    let id: AccountId = first.location().strip_prefix("/equipes/").unwrap().parse().unwrap();
    let topup = TopUp {
        envelope: STATE,
        reference: "equipe".into(),
        account: id,
        amount: Amount::from_cents(80_00).unwrap(),
        on: shop.service.app.clock.today(),
    };
    top_up(&shop.service.app.ledger, &topup, shop.meta()).await.unwrap();
    let head = shop.service.sign_in("cheffe").await;
    let rules = "par_achat=50&par_mois=&par_membre=&accord=20";
    let set = shop.service.post_form(&head, &format!("/equipes/{id}/regles"), rules).await;
    assert_eq!(set.status, StatusCode::SEE_OTHER, "{}", set.body);
    id
}

impl Team {
    async fn open() -> Self {
        let shop = Shop::open().await;
        let id = made(&shop).await;
        let lucas = shop.service.sign_in("lucas").await;
        let head = shop.service.sign_in("cheffe").await;
        let it = Self { shop, lucas, head, id };
        let invitation = it.shop.post(&format!("/equipes/{id}/invitation"), "").await;
        let from = invitation.body.find("/equipes/rejoindre/").unwrap();
        let path: String =
            invitation.body[from..].chars().take_while(|it| *it != '<' && *it != '"').collect();
        let shown = it.shop.service.get_as(&it.lucas, &path).await;
        assert!(shown.body.contains("Équipe de SVT"), "{}", shown.body);
        for _ in 0..2 {
            let joined = it.shop.service.post_form(&it.lucas, &path, "").await;
            assert_eq!(joined.location(), format!("/equipes/{id}"), "{}", joined.body);
        }
        // The page of a payment offers the teams that the read models know.
        it.shop.catalogue("").await;
        it
    }

    async fn as_lucas(&self, path: &str) -> Reply {
        self.shop.service.get_as(&self.lucas, path).await
    }

    async fn as_head(&self, path: &str) -> Reply {
        self.shop.service.get_as(&self.head, path).await
    }

    async fn head_posts(&self, path: &str, form: &str) -> Reply {
        self.shop.service.post_form(&self.head, path, form).await
    }

    /// Lucas buys with the team's account.
    async fn buys(&self, offer: OfferId) -> (Reply, PurchaseId) {
        let path = format!("/catalogue/{offer}/payer");
        let page = self.as_lucas(&format!("{path}?compte={}", self.id)).await;
        let paid =
            self.shop.service.post_form(&self.lucas, &path, &hidden_fields(&page.body)).await;
        assert_eq!(paid.status, StatusCode::SEE_OTHER, "{}", paid.body);
        (page, purchase_in(paid.location()))
    }

    async fn state(&self) -> Account {
        self.shop.service.app.ledger.state::<Account>(self.id).await.unwrap()
    }

    async fn status(&self, purchase: PurchaseId) -> (PurchaseStatus, Option<RequestStatus>) {
        let state = self.state().await;
        let request = state.team().unwrap().request(purchase).map(|it| it.status);
        (state.purchase(purchase).unwrap().status, request)
    }

    fn request(&self, purchase: PurchaseId) -> String {
        format!("/etablissement/demandes/{}/{purchase}", self.id)
    }
}

#[tokio::test]
async fn below_the_threshold_a_member_pays_at_once_with_the_teams_account() {
    let it = Team::open().await;
    let offer = it.shop.sell("PETIT", 15_00, Billing::Once).await;
    let before = it.shop.available().await;
    let own = it.as_lucas(&format!("/catalogue/{offer}/payer")).await;
    assert!(own.body.contains("Quel compte paie"), "{}", own.body);
    let (page, purchase) = it.buys(offer).await;
    assert!(page.body.contains("Payer 15,00"), "{}", page.body);
    assert_eq!(it.status(purchase).await, (PurchaseStatus::Captured, None));
    assert_eq!(it.shop.available().await, before, "not from a teacher's own account");
    // Everybody in the team sees what it bought, and by whom.
    for receipt in [it.as_lucas(&format!("/achats/{purchase}")).await, {
        it.shop.get(&format!("/achats/{purchase}")).await
    }] {
        assert_eq!(receipt.status, StatusCode::OK, "{}", receipt.body);
        assert!(receipt.body.contains("Équipe de SVT"), "{}", receipt.body);
    }
    let team = it.as_lucas(&format!("/equipes/{}", it.id)).await;
    assert!(team.body.contains("Vous") && team.body.contains("PETIT"), "{}", team.body);
}

#[tokio::test]
async fn above_it_the_head_sees_the_evidence_and_agrees() {
    let it = Team::open().await;
    let offer = it.shop.sell("GRAND", 35_00, Billing::Once).await;
    let (page, purchase) = it.buys(offer).await;
    assert!(page.body.contains("Demander l’accord pour"), "{}", page.body);
    let waiting = (PurchaseStatus::Authorised, Some(RequestStatus::Open));
    assert_eq!(it.status(purchase).await, waiting);
    let receipt = it.as_lucas(&format!("/achats/{purchase}?fait=paye")).await;
    assert!(receipt.body.contains("Demande envoyée"), "{}", receipt.body);

    let list = it.as_head("/etablissement").await;
    assert!(list.body.contains(&it.request(purchase)), "{}", list.body);
    let shown = it.as_head(&it.request(purchase)).await;
    for told in ["GRAND", "Éditions du Préau", "35,00", "Équipe de SVT", "Donner son accord"] {
        assert!(shown.body.contains(told), "{told}: {}", shown.body);
    }
    for _ in 0..2 {
        let agreed = it.head_posts(&format!("{}/accord", it.request(purchase)), "").await;
        assert_eq!(agreed.location(), "/etablissement", "{}", agreed.body);
    }
    let paid = (PurchaseStatus::Captured, Some(RequestStatus::Approved));
    assert_eq!(it.status(purchase).await, paid);
    assert!(it.as_head("/etablissement").await.body.contains("Accord"));
}

#[tokio::test]
async fn a_refusal_needs_a_reason_and_gives_the_money_back() {
    let it = Team::open().await;
    let offer = it.shop.sell("GRAND", 35_00, Billing::Once).await;
    let (_, purchase) = it.buys(offer).await;
    let path = format!("{}/refus", it.request(purchase));
    for form in ["", "motif=sottise", "motif=other", "motif=other&precision=+"] {
        let wrong = it.head_posts(&path, form).await;
        assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}: {}", wrong.body);
    }
    let refused = it.head_posts(&path, "motif=already_owned&precision=Voir+le+CDI").await;
    assert_eq!(refused.status, StatusCode::SEE_OTHER, "{}", refused.body);
    let over = (PurchaseStatus::Cancelled, Some(RequestStatus::Refused));
    assert_eq!(it.status(purchase).await, over);
    let team = it.as_lucas(&format!("/equipes/{}", it.id)).await;
    assert!(team.body.contains("Voir le CDI"), "{}", team.body);
    let late = it.head_posts(&format!("{}/accord", it.request(purchase)), "").await;
    assert_eq!(late.status, StatusCode::CONFLICT, "{}", late.body);
}

#[tokio::test]
async fn who_is_not_in_a_team_neither_sees_it_nor_buys_with_it() {
    let it = Team::open().await;
    let offer = it.shop.sell("PETIT", 15_00, Billing::Once).await;
    let (_, purchase) = it.buys(offer).await;
    let stranger = it.shop.service.sign_in("ines").await;
    for path in [
        format!("/equipes/{}", it.id),
        format!("/equipes/{}", account("amina")),
        it.request(purchase),
        format!("/achats/{purchase}"),
        format!("/achats/{purchase}/annuler"),
        "/equipes/rejoindre/faux".to_owned(),
    ] {
        let seen = it.shop.service.get_as(&stranger, &path).await;
        assert_eq!(seen.status, StatusCode::NOT_FOUND, "{path}: {}", seen.body);
    }
    for (path, form) in [
        (format!("/equipes/{}/nom", it.id), "nom=Moi"),
        (format!("/equipes/{}/membres", it.id), "membre=x&role=membre"),
        (format!("{}/accord", it.request(purchase)), ""),
    ] {
        let done = it.shop.service.post_form(&stranger, &path, form).await;
        assert_eq!(done.status, StatusCode::NOT_FOUND, "{path}: {}", done.body);
    }
    let path = format!("/catalogue/{offer}/payer");
    let page = it.shop.service.get_as(&stranger, &format!("{path}?compte={}", it.id)).await;
    assert!(page.body.contains("Vous n’êtes pas membre"), "{}", page.body);
    let page = it.shop.service.get_as(&stranger, &format!("{path}?compte=moi")).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", page.body);
}

#[tokio::test]
async fn members_leave_limits_hold_and_a_manager_does_not_move_the_threshold() {
    let it = Team::open().await;
    let offer = it.shop.sell("CHER", 60_00, Billing::Once).await;
    let page = it.as_lucas(&format!("/catalogue/{offer}/payer?compte={}", it.id)).await;
    assert!(page.body.contains("dépasse une limite"), "{}", page.body);
    let team = format!("/equipes/{}", it.id);
    let moved = it.shop.post(&format!("{team}/regles"), "par_achat=50&accord=").await;
    assert_eq!(moved.status, StatusCode::CONFLICT, "{}", moved.body);
    let lower = it.shop.post(&format!("{team}/regles"), "par_achat=40,50").await;
    assert_eq!(lower.status, StatusCode::SEE_OTHER, "{}", lower.body);
    let rules = it.state().await.team().unwrap().rules;
    assert_eq!(rules.per_purchase.unwrap().cents(), 40_50);
    assert_eq!(rules.approval_above.unwrap().cents(), 20_00);
    let wrong = it.shop.post(&format!("{team}/regles"), "par_achat=beaucoup").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    let leave = format!("membre={}", account("amina"));
    let last = it.shop.post(&format!("{team}/membres/retrait"), &leave).await;
    assert_eq!(last.status, StatusCode::CONFLICT, "{}", last.body);
    let leave = format!("membre={}", account("lucas"));
    let left =
        it.shop.service.post_form(&it.lucas, &format!("{team}/membres/retrait"), &leave).await;
    assert_eq!(left.location(), "/equipes", "{}", left.body);
    assert_eq!(it.as_lucas(&team).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_head_delegates_and_the_delegate_decides() {
    let it = Team::open().await;
    let offer = it.shop.sell("GRAND", 35_00, Billing::Once).await;
    let (_, purchase) = it.buys(offer).await;
    let deputy = it.shop.service.sign_in("ines").await;
    let accord = format!("{}/accord", it.request(purchase));
    let to = account("ines");
    let today = it.shop.service.app.clock.today();
    let path = format!("/equipes/{}/delegations", it.id);
    let wrong = it.head_posts(&path, &format!("a={to}&du={today}&au=2020-01-01")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", wrong.body);
    let given = it.head_posts(&path, &format!("a={to}&du={today}&au={today}")).await;
    assert_eq!(given.status, StatusCode::SEE_OTHER, "{}", given.body);
    let list = it.shop.service.get_as(&deputy, "/equipes").await;
    assert!(list.body.contains(&it.request(purchase)), "{}", list.body);
    let agreed = it.shop.service.post_form(&deputy, &accord, "").await;
    assert_eq!(agreed.location(), "/equipes", "{}", agreed.body);
    assert_eq!(it.status(purchase).await.1, Some(RequestStatus::Approved));
    let end = it.head_posts(&format!("{path}/fin"), &format!("a={to}")).await;
    assert_eq!(end.status, StatusCode::SEE_OTHER, "{}", end.body);
    let seen = it.shop.service.get_as(&deputy, &it.request(purchase)).await;
    assert_eq!(seen.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_nobody_decides_is_reminded_then_freed() {
    let it = Team::open().await;
    let offer = it.shop.sell("GRAND", 35_00, Billing::Once).await;
    let (_, purchase) = it.buys(offer).await;
    let app = &it.shop.service.app;
    let pass = async || {
        use ledger_core::event_log::EventLog;
        let end = app.ledger.log().end().await.unwrap();
        app.models.at_least(end, std::time::Duration::from_secs(20)).await.unwrap();
        flows::pass(app, 0).await.unwrap();
    };
    pass().await;
    let reminded = async || it.state().await.team().unwrap().request(purchase).unwrap().reminded;
    assert!(!reminded().await);
    app.clock.advance(TimeDelta::days(8));
    pass().await;
    assert!(reminded().await);
    app.clock.advance(TimeDelta::days(7));
    pass().await;
    let over = (PurchaseStatus::Expired, Some(RequestStatus::Over));
    assert_eq!(it.status(purchase).await, over);
}

#[tokio::test]
async fn a_cart_of_a_partners_site_waits_with_all_its_lines_and_goes_on() {
    let it = Partners::open().await;
    let id = made(&it.shop).await;
    let rules = "par_achat=&par_mois=&par_membre=&accord=10";
    let head = it.shop.service.sign_in("cheffe").await;
    it.shop.service.post_form(&head, &format!("/equipes/{id}/regles"), rules).await;
    let (at, page) = it.asked().await;
    let shown = it.shop.get(&format!("{page}?compte={id}")).await;
    assert!(shown.body.contains("Demander l’accord pour"), "{}", shown.body);
    for _ in 0..2 {
        let sent = it.shop.post(&page, &hidden_fields(&shown.body)).await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    }
    let waits = it.shown(&at).await;
    assert_eq!(waits["state"]["status"], "awaiting_approval", "{waits}");
    assert_eq!(waits["state"]["finished"], false);
    let list = it.shop.service.get_as(&head, "/etablissement").await;
    let from = list.body.find("/etablissement/demandes/").unwrap();
    let request: String = list.body[from..].chars().take_while(|it| *it != '"').collect();
    let shown = it.shop.service.get_as(&head, &request).await;
    assert!(shown.body.contains("toutes ses lignes"), "{}", shown.body);
    let agreed = it.shop.service.post_form(&head, &format!("{request}/accord"), "").await;
    assert_eq!(agreed.status, StatusCode::SEE_OTHER, "{}", agreed.body);
    let authorised = it.shown(&at).await;
    assert_eq!(authorised["state"]["status"], "authorised", "{authorised}");
    assert_eq!(authorised["held_cents"], 17_00);
}
