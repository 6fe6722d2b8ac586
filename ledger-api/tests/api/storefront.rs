//! What a teacher may rely on: finding, paying once, being told why not, and sums that agree.

use axum::http::StatusCode;
use ledger_core::account::{Account, AccountCommand};
use ledger_core::envelope::{Envelope, EnvelopeCommand};
use ledger_core::money::Balance;
use ledger_core::offer::{Billing, Offer, OfferCommand};
use ledger_core::partner::{Partner, PartnerCommand};
use ledger_core::process::expiry::expire_credits;

use crate::service::Reply;
use crate::shop::{PARTNER, STATE, Shop, account, listing};

/// Euros as pages write them.
fn euros(text: &str) -> String {
    text.replace(' ', "\u{a0}")
}

#[track_caller]
fn says(page: &Reply, words: &[&str]) {
    for word in words {
        // A page writes no-break spaces where a test writes plain ones.
        let plain = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
        assert!(plain(&page.body).contains(&plain(word)), "no `{word}` in {}", page.body);
    }
}

#[tokio::test]
async fn anybody_finds_an_offer_and_reads_it() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let found = shop.catalogue("?q=fraction&niveau=6e&type=exercises&specimen=oui").await;
    says(&found, &["1 ressource", "Fractions en 6e, exercices", "Éditions du Préau", "15,20 €"]);
    says(&found, &["Mathématiques", "Disponible : ", "112,00 €", "Retirer le filtre"]);

    let signed_out = shop.service.get("/catalogue").await;
    assert_eq!(signed_out.status, StatusCode::OK);
    assert!(!signed_out.body.contains("Disponible"), "{}", signed_out.body);

    let page = shop.service.get(&format!("/catalogue/{offer}")).await;
    says(&page, &["Quarante exercices.", "15,20 €", "TTC, dont 0,79 € de TVA à 5,5 %"]);
    says(&page, &["Pour vous et une classe, pendant un an", "Essayer le spécimen"]);
    says(&page, &["Conforme à EPUB Accessibility 1.1.", "Connectez-vous"]);
}

#[tokio::test]
async fn a_search_without_result_says_what_to_try() {
    let shop = Shop::open().await;
    shop.sell("exercices", 15_20, Billing::Once).await;
    let nothing = shop.catalogue("?q=zzz&type=press").await;
    assert_eq!(nothing.status, StatusCode::OK);
    says(&nothing, &["Aucune ressource ne correspond", "Retirer les filtres", "Mathématiques"]);
}

#[tokio::test]
async fn pages_of_the_catalogue_follow_each_other_and_keep_the_filters() {
    let shop = Shop::open().await;
    for number in 0..30 {
        shop.sell(&format!("n{number:02}"), 3_00, Billing::Once).await;
    }
    let first = shop.catalogue("?type=exercises").await;
    says(&first, &["30 ressources", "n29", "n06"]);
    assert!(!first.body.contains("n05"), "{}", first.body);
    let (_, rest) = first.body.split_once("rel=\"next\"").map_or(("", ""), |it| it);
    assert!(!rest.is_empty());
    let next = first.body.split("href=\"").find(|it| it.contains("suite=")).unwrap();
    let next = next.split('"').next().unwrap().replace("&#38;", "&").replace("&amp;", "&");
    assert!(next.contains("type=exercises"), "{next}");
    let second = shop.get(&next).await;
    says(&second, &["n05", "n00", "Première page"]);
    assert!(!second.body.contains("n06"), "{}", second.body);
}

#[tokio::test]
async fn a_teacher_sees_who_pays_before_and_after_paying() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let page = shop.get(&format!("/catalogue/{offer}")).await;
    says(&page, &["Région Occitanie", "12,00 €", "État", "3,20 €", "96,80 €", "31 août 2027"]);

    let before = shop.get(&format!("/catalogue/{offer}/payer")).await;
    says(&before, &["Payer 15,20 €", "Région Occitanie", "12,00 €", "État", "3,20 €", "96,80 €"]);
    assert_eq!(shop.available().await, Balance::from_cents(112_00), "nothing is paid yet");

    let form = crate::shop::hidden_fields(&before.body);
    let paid = shop.post(&format!("/catalogue/{offer}/payer"), &form).await;
    assert_eq!(paid.status, StatusCode::SEE_OTHER, "{}", paid.body);
    let receipt = shop.get(paid.location()).await;
    says(&receipt, &["Votre achat est payé. Il vous reste 96,80 €.", "<h1>Reçu</h1>"]);
    says(&receipt, &["Fractions en 6e, exercices", "SIREN 110046018", "12,00 €", "3,20 €"]);
    says(&receipt, &["https://preau.example/fractions", "12 novembre 2026 à 10 h 00"]);
}

#[tokio::test]
async fn a_form_sent_twice_pays_once() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let (path, form) = (format!("/catalogue/{offer}/payer"), shop.form(offer, "").await);
    let first = shop.post(&path, &form).await;
    // Whatever became of the offer since.
    let withdraw = OfferCommand::Withdraw { reason: "out of print".into() };
    shop.execute::<Offer>(offer, withdraw).await;
    let second = shop.post(&path, &form).await;
    assert_eq!(second.status, StatusCode::SEE_OTHER, "{}", second.body);
    assert_eq!(first.location(), second.location());
    assert_eq!(shop.available().await, Balance::from_cents(96_80));
}

#[tokio::test]
async fn a_form_of_one_teacher_makes_no_purchase_of_another() {
    let shop = Shop::open().await;
    shop.credit("lucas", STATE, 50_00).await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let (path, form) = (format!("/catalogue/{offer}/payer"), shop.form(offer, "").await);
    let lucas = shop.service.sign_in("lucas").await;
    let mine = shop.post(&path, &form).await;
    let his = shop.service.post_form(&lucas, &path, &form).await;
    assert_eq!(his.status, StatusCode::SEE_OTHER, "{}", his.body);
    assert_ne!(mine.location(), his.location());
    let foreign = shop.service.get_as(&lucas, mine.location()).await;
    assert_eq!(foreign.status, StatusCode::NOT_FOUND);
    says(&foreign, &["Cet achat ne figure pas parmi les vôtres"]);
    let cancel = mine.location().replace("?fait=paye", "/annuler");
    for reply in [
        shop.service.get_as(&lucas, &cancel).await,
        shop.service.post_form(&lucas, &cancel, "").await,
    ] {
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{}", reply.body);
    }
}

#[tokio::test]
async fn an_offer_that_changed_is_shown_again_with_its_new_price_before_it_is_paid() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let (path, form) = (format!("/catalogue/{offer}/payer"), shop.form(offer, "").await);
    shop.sell("exercices", 18_00, Billing::Once).await;
    let refused = shop.post(&path, &form).await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    says(&refused, &["Cette offre a changé", "Elle coûte maintenant 18,00 €", "Payer 18,00 €"]);
    assert_eq!(shop.available().await, Balance::from_cents(112_00));

    let fresh = crate::shop::hidden_fields(&refused.body);
    let paid = shop.post(&path, &fresh).await;
    assert_eq!(paid.status, StatusCode::SEE_OTHER, "{}", paid.body);
    assert_eq!(shop.available().await, Balance::from_cents(94_00));
}

#[tokio::test]
async fn a_refusal_says_the_rule_what_is_missing_and_what_to_do() {
    let shop = Shop::open().await;
    let dear = shop.sell("manuel", 150_00, Billing::Once).await;
    let page = shop.get(&format!("/catalogue/{dear}/payer")).await;
    says(&page, &["Il manque 38,00 € : vous disposez de 112,00 €.", "Choisissez une ressource"]);
    assert!(!page.body.contains("method=\"post\" action=\"/catalogue"), "{}", page.body);

    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let (path, form) = (format!("/catalogue/{offer}/payer"), shop.form(offer, "").await);
    let on = shop.service.app.clock.today();
    let freeze = EnvelopeCommand::Freeze { reason: "vote".into(), on };
    shop.execute::<Envelope>(STATE, freeze).await;
    let frozen = shop.post(&path, &form).await;
    assert_eq!(frozen.status, StatusCode::CONFLICT);
    says(&frozen, &["Il manque 3,20 €", "100,00 € sont gelés par leur financeur"]);
    shop.execute::<Envelope>(STATE, EnvelopeCommand::Unfreeze).await;

    let suspend = PartnerCommand::Suspend { reason: "complaints".into() };
    shop.execute::<Partner>(PARTNER, suspend).await;
    says(&shop.post(&path, &form).await, &["Cet éditeur ne vend pas pour le moment"]);
    says(&shop.get(&format!("/catalogue/{offer}")).await, &["N’est plus en vente"]);
    shop.execute::<Partner>(PARTNER, PartnerCommand::Resume).await;

    let suspend = AccountCommand::Suspend { reason: "enquiry".into() };
    shop.execute::<Account>(account("amina"), suspend).await;
    let suspended = shop.post(&path, &form).await;
    says(&suspended, &["Votre compte est suspendu", "Rien n’a été payé"]);
    assert!(!suspended.body.contains("enquiry"), "the reason is not the teacher's to read");
    shop.execute::<Account>(account("amina"), AccountCommand::Resume).await;

    let withdraw = OfferCommand::Withdraw { reason: "out of print".into() };
    shop.execute::<Offer>(offer, withdraw).await;
    says(&shop.post(&path, &form).await, &["Cette offre n’est plus en vente"]);
    assert_eq!(shop.available().await, Balance::from_cents(112_00), "nothing was paid");
}

#[tokio::test]
async fn what_is_billed_by_use_is_held_up_to_a_ceiling_and_what_is_left_comes_back() {
    let shop = Shop::open().await;
    let offer = shop.sell("dictees", 8, Billing::ByUse).await;
    let path = format!("/catalogue/{offer}/payer");
    says(&shop.get(&path).await, &["Choisir un plafond", "0,80 € pour 10 usages"]);
    let wrong = shop.get(&format!("{path}?plafond=douze")).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&wrong, &["Écrivez une somme en euros", "aria-invalid=\"true\"", "value=\"douze\""]);
    says(&shop.get(&format!("{path}?plafond=500")).await, &["Il manque 388,00 €"]);

    let held = shop.buy(offer, "?plafond=20,00").await;
    let page = shop.get(&format!("/achats/{held}?fait=paye")).await;
    says(&page, &["Votre plafond est réservé. Il vous reste 92,00 €.", "<h1>Réservation</h1>"]);
    says(&page, &["Annuler cet achat", "11 janvier 2027"]);

    shop.capture(held, 5_00, true).await;
    assert_eq!(shop.available().await, Balance::from_cents(107_00));
    let page = shop.get(&format!("/achats/{held}")).await;
    says(&page, &["<h1>Reçu</h1>", "Total payé", "5,00 €", "Livré et payé"]);
    assert!(!page.body.contains("Annuler cet achat"), "{}", page.body);
    let late = shop.post(&format!("/achats/{held}/annuler"), "").await;
    assert_eq!(late.status, StatusCode::CONFLICT);
    says(&late, &["Cet achat ne peut plus être annulé", "Il a été livré et payé"]);
}

#[tokio::test]
async fn a_purchase_that_is_held_is_cancelled_once_it_is_confirmed() {
    let shop = Shop::open().await;
    let offer = shop.sell("dictees", 8, Billing::ByUse).await;
    let held = shop.buy(offer, "?plafond=20,00").await;
    let path = format!("/achats/{held}/annuler");
    says(&shop.get(&path).await, &["Annuler cet achat ?", "20,00 €"]);
    assert_eq!(shop.available().await, Balance::from_cents(92_00), "asking changes nothing");
    for _ in 0..2 {
        let done = shop.post(&path, "").await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
        says(&shop.get(done.location()).await, &["Votre achat est annulé", "112,00 €"]);
    }
    assert_eq!(shop.available().await, Balance::from_cents(112_00));
    says(&shop.get("/achats?etat=abandonnes").await, &["1 achat", "Annulé", "20,00 €"]);
    says(&shop.get("/achats?etat=payes").await, &["Aucun achat ici"]);
}

#[tokio::test]
async fn a_refund_is_shown_and_can_be_spent_again() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let purchase = shop.buy(offer, "").await;
    shop.refund(purchase, 5_20).await;
    let page = shop.get(&format!("/achats/{purchase}")).await;
    says(&page, &["Remboursé", "5,20 €, de nouveau disponibles", "Total payé"]);
    says(&shop.get("/achats?etat=rembourses").await, &["1 achat", "Remboursé : 5,20 €"]);
    says(&shop.get("/compte").await, &["102,00 €"]);
}

#[tokio::test]
async fn the_account_says_what_is_left_until_when_and_for_what() {
    let mut shop = Shop::open().await;
    let offer = shop.sell("exercices", 5_00, Billing::Once).await;
    shop.buy(offer, "").await;
    let page = shop.get("/compte").await;
    says(
        &page,
        &["107,00 €", "Région Occitanie", "31/12/2026", "État", "31/08/2027", "Tout achat"],
    );
    says(&page, &["Expire bientôt.", "7,00 € (Région Occitanie)", "31 décembre 2026 inclus"]);
    says(&page, &["Fractions en 6e, exercices", "− 5,00 €"]);

    shop.wait(60).await;
    let later = shop.get("/compte").await;
    says(&later, &["100,00 €", "périmé depuis le 31 décembre 2026"]);
    assert!(!later.body.contains("Expire bientôt."), "{}", later.body);
}

#[tokio::test]
async fn a_statement_opens_moves_and_closes_to_the_cent() {
    let mut shop = Shop::open().await;
    let once = shop.sell("exercices", 15_20, Billing::Once).await;
    let by_use = shop.sell("dictees", 8, Billing::ByUse).await;
    let bought = shop.buy(once, "").await;
    shop.wait(1).await;
    let held = shop.buy(by_use, "?plafond=20").await;
    shop.capture(held, 5_00, true).await;
    shop.wait(1).await;
    shop.refund(bought, 15_20).await;
    let whole = shop.get("/compte/releve").await;
    says(&whole, &["1er septembre 2026", "14 novembre 2026", "Solde d’ouverture", "0,00 €"]);
    says(&whole, &["Crédit accordé", "Achat", "Plafond réservé", "Remboursement"]);
    let closing = shop.available().await;
    assert_eq!(closing, Balance::from_cents(107_00));

    let csv = shop.get("/compte/releve.csv?de=2026-11-13&a=2026-11-13").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").contains("releve-2026-11-13-2026-11-13.csv"));
    let lines: Vec<&str> = csv.body.lines().collect();
    assert_eq!(lines[1], "13/11/2026;Solde d’ouverture;;;;;;96,80");
    assert!(lines[2].ends_with(";;20,00;76,80"), "{}", lines[2]);
    assert!(lines[3].ends_with(";15,00;;91,80"), "{}", lines[3]);
    assert_eq!(lines[4], "13/11/2026;Solde de clôture;;;;;;91,80");

    // Money that expires leaves the statement when it is returned, and the account as well.
    shop.wait(60).await;
    let (ledger, today) = (&shop.service.app.ledger, shop.service.app.clock.today());
    expire_credits(ledger, &[account("amina")], today, shop.meta()).await.unwrap();
    let page = shop.get("/compte/releve?de=2026-11-15").await;
    says(&page, &["Crédit périmé, rendu au financeur", "Région Occitanie"]);
    says(&page, &[&euros(&shop.available().await.to_string())]);

    let wrong = shop.get("/compte/releve?de=hier").await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    says(&wrong, &["Écrivez une date", "aria-describedby=\"de-erreur\""]);
}

#[tokio::test]
async fn pages_of_a_teacher_lead_whoever_is_not_signed_in_to_the_sign_in_and_back() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    for (path, back) in [
        ("/compte".to_owned(), "%2Fcompte".to_owned()),
        ("/achats?etat=payes".to_owned(), "%2Fachats%3Fetat%3Dpayes".to_owned()),
        (format!("/catalogue/{offer}/payer"), format!("%2Fcatalogue%2F{offer}%2Fpayer")),
    ] {
        let reply = shop.service.get(&path).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{path}");
        assert_eq!(reply.location(), format!("/connexion?retour={back}"));
    }
    let accountant = shop.service.sign_in("comptable").await;
    let reply = shop.service.get_as(&accountant, "/compte").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    let form = shop.form(offer, "").await;
    let path = format!("/catalogue/{offer}/payer");
    let reply = shop.service.post_form(&accountant, &path, &form).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_does_not_exist_is_not_found() {
    let shop = Shop::open().await;
    let id = "00000000000000000000000000000001";
    for path in [
        format!("/catalogue/off_{id}"),
        format!("/catalogue/off_{id}/payer"),
        "/catalogue/off_1".to_owned(),
        format!("/achats/pur_{id}"),
        format!("/achats/acc_{id}"),
    ] {
        assert_eq!(shop.get(&path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn a_teacher_without_an_account_is_told_what_comes_next() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let ines = shop.service.sign_in("ines").await;
    let page = shop.service.get_as(&ines, "/compte").await;
    says(&page, &["Votre compte n’est pas encore ouvert", "Aucun crédit pour le moment"]);
    let page = shop.service.get_as(&ines, "/achats").await;
    says(&page, &["Aucun achat ici"]);
    let page = shop.service.get_as(&ines, &format!("/catalogue/{offer}/payer")).await;
    assert_eq!(page.status, StatusCode::OK);
    says(&page, &["Votre compte n’est pas encore ouvert", "premier crédit"]);
}

#[tokio::test]
async fn what_is_free_is_reached_without_paying() {
    let shop = Shop::open().await;
    let offer = shop.list(listing("libre", 0, Billing::Once)).await;
    let page = shop.get(&format!("/catalogue/{offer}")).await;
    says(&page, &["Gratuit", "Accéder à la ressource"]);
    assert!(!page.body.contains("/payer"), "{}", page.body);
}
