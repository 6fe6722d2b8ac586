//! An agreement is signed, fills up, frees its offer and credits whoever bought it shortly before.

use axum::http::StatusCode;
use ledger_api::workers::flows;
use ledger_core::ids::{AgreementId, OfferId};
use ledger_core::offer::Billing;

use crate::service::Reply;
use crate::shop::{PARTNER, STATE, Shop};

const PATH: &str = "/comptable/licences-liberatoires";

#[track_caller]
fn says(page: &Reply, words: &[&str]) {
    for word in words {
        let plain = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
        assert!(plain(&page.body).contains(&plain(word)), "no `{word}` in {}", page.body);
    }
}

/// All that the ledger does by itself, on read models that have seen everything.
async fn passes(shop: &Shop) {
    for _ in 0..3 {
        shop.service.caught_up().await;
        flows::pass(&shop.service.app, 0).await.unwrap();
    }
    shop.service.caught_up().await;
}

fn signing(shop: &Shop, offer: OfferId, ceiling: &str) -> String {
    let today = shop.service.app.clock.today();
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("offre", &offer.to_string())
        .append_pair("reference", "LL-2026-01")
        .append_pair("nature", "euros")
        .append_pair("plafond", ceiling)
        .append_pair("du", &today.to_string())
        .append_pair("au", &(today + chrono::Days::new(200)).to_string())
        .append_pair("gratuite", &(today + chrono::Days::new(700)).to_string())
        .append_pair("jours", "30")
        .append_pair("avoir", "taux")
        .append_pair("montant", "50");
    form.finish()
}

async fn sign(shop: &Shop, persona: &str, form: &str) -> Reply {
    let cookie = shop.service.sign_in(persona).await;
    shop.service.post_form(&cookie, PATH, form).await
}

#[tokio::test]
async fn once_the_ceiling_is_reached_the_next_teacher_pays_nothing_and_the_last_ones_are_credited()
{
    let shop = Shop::open().await;
    shop.credit("lucas", STATE, 100_00).await;
    let offer = shop.sell("exercices", 15_00, Billing::Once).await;
    let signed = sign(&shop, "ordonnateur", &signing(&shop, offer, "30,00")).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.body);
    let one = signed.location().to_owned();

    let amina = shop.buy(offer, "").await;
    passes(&shop).await;
    let page = shop.get(&format!("/catalogue/{offer}")).await;
    says(&page, &["Bientôt gratuite : 50 % du plafond atteint", "15,00 €"]);
    says(&shop.catalogue("").await, &["Bientôt gratuite : 50 % du plafond atteint"]);

    // What Lucas saw before it was free is not what he is charged.
    let shown = shop.form(offer, "").await;
    let second = shop.buy(offer, "").await;
    passes(&shop).await;
    let lucas = shop.service.sign_in("lucas").await;
    let payment = format!("/catalogue/{offer}/payer");
    let taken = shop.service.post_form(&lucas, &payment, &shown).await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
    let receipt = shop.service.get_as(&lucas, taken.location()).await;
    says(&receipt, &["Obtenu à 0 €", "0,00 €", "Licence libératoire"]);
    let purchases = shop.service.get_as(&lucas, "/achats").await;
    says(&purchases, &["Obtenues gratuitement", "0,00 €"]);
    let page = shop.service.get_as(&lucas, &format!("/catalogue/{offer}")).await;
    says(&page, &["Gratuite depuis le", "Obtenir gratuitement", "au lieu de 15,00 €"]);
    let page = shop.service.get_as(&lucas, &payment).await;
    says(&page, &["Obtenir à 0,00 €", "Rien n’est pris sur votre compte"]);

    // Half of 15,00 € twice, out of 112,00 €.
    assert_eq!(shop.available().await.cents(), 112_00 - 15_00);
    for purchase in [amina, second] {
        let receipt = shop.get(&format!("/achats/{purchase}")).await;
        says(&receipt, &["Remboursé", "7,50 €", "licence libératoire"]);
    }
    let accountant = shop.service.sign_in("comptable").await;
    let page = shop.service.get_as(&accountant, &one).await;
    says(&page, &["gratuite depuis le", "30,00 €", "15,00 €", "7,50 €", "Livraison"]);
    assert!(!page.body.contains("Terminer avant terme"), "the officer's act");
    let acquired = taken.location().split(['/', '?']).nth(2).unwrap();
    let page = shop.service.get_as(&accountant, &format!("/comptable/achats/{acquired}")).await;
    says(&page, &["obtenu à 0 €", "Licence libératoire"]);
    let page = shop.service.get_as(&accountant, &format!("/comptable/achats/{second}")).await;
    says(&page, &["7,50 € rendus : avoir de la licence libératoire"]);
    let open = shop.service.get("/catalogue/licences-liberatoires.csv").await;
    says(&open, &["Fractions en 6e, exercices", "30,00"]);
    let all = shop.service.get_as(&accountant, PATH).await;
    says(&all, &["Fractions en 6e, exercices", "100 %", "30,00 €"]);
}

#[tokio::test]
async fn only_the_authorising_officer_signs_and_ends_and_a_mistake_says_what_would_be_right() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_00, Billing::Once).await;
    let form = signing(&shop, offer, "30,00");
    let refused = sign(&shop, "comptable", &form).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.body);
    let wrong = sign(&shop, "ordonnateur", &signing(&shop, offer, "beaucoup")).await;
    says(&wrong, &["Écrivez une somme en euros"]);
    let nothing = OfferId::of(PARTNER, "nothing");
    let wrong = sign(&shop, "ordonnateur", &signing(&shop, nothing, "30,00")).await;
    says(&wrong, &["Cette offre n’existe pas"]);

    let signed = sign(&shop, "ordonnateur", &form).await;
    assert_eq!(signed.status, StatusCode::SEE_OTHER, "{}", signed.body);
    let again = sign(&shop, "ordonnateur", &signing(&shop, offer, "40,00")).await;
    assert_eq!(again.status, StatusCode::CONFLICT, "{}", again.body);
    let end = format!("{PATH}/{}/fin", AgreementId::of(offer));
    let officer = shop.service.sign_in("ordonnateur").await;
    let ended = shop.service.post_form(&officer, &end, "motif=Offre+retiree").await;
    assert_eq!(ended.status, StatusCode::SEE_OTHER, "{}", ended.body);
    let page = shop.service.get_as(&officer, ended.location()).await;
    says(&page, &["terminée", "Offre retiree"]);
}

#[tokio::test]
async fn a_subscription_is_proposed_again_and_continued_or_left_only_by_its_holder() {
    let mut shop = Shop::open().await;
    let mut listing = crate::shop::listing("abonnement", 10_00, Billing::Subscription);
    listing.licence.days = Some(60);
    let offer = shop.list(listing.clone()).await;
    let first = shop.buy(offer, "").await;
    passes(&shop).await;
    assert!(!shop.get("/compte").await.body.contains("À renouveler"), "too early");

    shop.wait(35).await;
    listing.price = crate::shop::listing("abonnement", 12_00, Billing::Once).price;
    shop.list(listing.clone()).await;
    passes(&shop).await;
    for page in ["/compte", "/achats", &format!("/achats/{first}")] {
        let page = shop.get(page).await;
        says(&page, &["À renouveler", "à 12,00 € au lieu de 10,00 €", "Ne pas renouveler"]);
    }
    let before = shop.available().await;
    let payment = shop.get(&format!("/catalogue/{offer}/payer")).await;
    says(&payment, &["Renouvellement.", "Le nouveau terme commence le"]);
    assert_eq!(shop.available().await, before, "nothing is renewed in silence");

    let second = shop.buy(offer, "").await;
    let receipt = shop.get(&format!("/achats/{second}")).await;
    says(&receipt, &["Abonnement", "à la suite de", &first.to_string()]);
    assert!(!shop.get("/compte").await.body.contains("À renouveler"), "answered");
    passes(&shop).await;

    // The second term ends 60 days after the first one; this time it is declined.
    shop.wait(60).await;
    passes(&shop).await;
    says(&shop.get("/achats").await, &["À renouveler", "au même prix, 12,00 €"]);
    let decline = format!("/achats/{second}/ne-pas-renouveler");
    let declined = shop.post(&decline, "").await;
    assert_eq!(declined.status, StatusCode::SEE_OTHER, "{}", declined.body);
    says(&shop.get(declined.location()).await, &["s’arrête à la fin de son terme"]);
    passes(&shop).await;
    assert!(!shop.get("/compte").await.body.contains("À renouveler"), "declined for good");
}

#[tokio::test]
async fn a_trial_leads_to_a_purchase_in_one_step_and_is_told_before_it_ends() {
    let mut shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_00, Billing::Once).await;
    let taken = shop.post(&format!("/catalogue/{offer}/specimen"), "").await;
    assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
    says(&shop.get(&format!("/catalogue/{offer}")).await, &["Acheter après l’essai"]);
    assert!(!shop.get("/compte").await.body.contains("Votre essai se termine"));
    shop.wait(25).await;
    says(&shop.get("/compte").await, &["Votre essai se termine", "Acheter après l’essai"]);
    let purchase = shop.buy(offer, "").await;
    assert!(!shop.get("/compte").await.body.contains("Votre essai se termine"), "bought");

    shop.service.caught_up().await;
    let accountant = shop.service.sign_in("comptable").await;
    let path = format!("/comptable/flux-partenaires/{PARTNER}");
    let page = shop.service.get_as(&accountant, &path).await;
    says(&page, &["achats qui ont suivi", "Fractions en 6e, exercices", "100"]);
    let page = shop.service.get_as(&accountant, &format!("/comptable/achats/{purchase}")).await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
}

#[tokio::test]
async fn a_partner_reads_how_far_its_agreements_are_and_how_often_a_trial_led_to_a_purchase() {
    use axum::http::Method;
    use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
    use ledger_api::api::secrets;
    use ledger_core::client::{Client, ClientCommand, ClientRegistered, ClientScope, Party};
    use ledger_core::ids::{ClientId, PartnerId};
    use uuid::Uuid;

    use crate::machine::SECRET;
    use crate::service::machine;

    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_00, Billing::Once).await;
    sign(&shop, "ordonnateur", &signing(&shop, offer, "30,00")).await;
    shop.post(&format!("/catalogue/{offer}/specimen"), "").await;
    shop.buy(offer, "").await;
    passes(&shop).await;

    for (n, partner, seen) in [(1, PARTNER, true), (2, PartnerId(Uuid::from_u128(21)), false)] {
        let client = ClientId(Uuid::from_u128(n));
        let register = ClientCommand::Register(ClientRegistered {
            name: "Flux".into(),
            party: Party::Partner(partner),
            scopes: vec![ClientScope::FeedsRead],
            secret: secrets::fingerprint(SECRET),
        });
        shop.execute::<Client>(client, register).await;
        let request = machine(Method::POST, "/api/v1/oauth/token")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let form =
            format!("grant_type=client_credentials&client_id={client}&client_secret={SECRET}");
        let token = shop.service.send(request, &form).await.json();
        let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
        let get = |path: &str| machine(Method::GET, path).header(AUTHORIZATION, &bearer);
        let agreements = shop.service.send(get("/api/v1/agreements"), "").await.json();
        let specimens = shop.service.send(get("/api/v1/specimens"), "").await.json();
        if !seen {
            assert_eq!(agreements["data"], serde_json::json!([]), "another partner's");
            assert_eq!(specimens["data"], serde_json::json!([]));
            continue;
        }
        let it = &agreements["data"][0];
        assert_eq!(it["offer"], offer.to_string());
        assert_eq!((&it["status"], &it["percent"]), (&"counting".into(), &50.into()));
        assert_eq!((&it["amount_cents"], &it["buyers"]), (&15_00.into(), &1.into()));
        assert_eq!(it["ceiling_amount_cents"], 30_00);
        let it = &specimens["data"][0];
        assert_eq!((&it["taken"], &it["converted"]), (&1.into(), &1.into()));
    }
}
