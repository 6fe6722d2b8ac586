//! What a teacher may rely on of lists: kept, shared, told with what they cost, and nobody else's.

use axum::http::StatusCode;
use ledger_core::offer::Billing;

use crate::service::Reply;
use crate::shop::{Shop, hidden_fields};

#[track_caller]
fn says(page: &Reply, words: &[&str]) {
    let plain = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
    for word in words {
        assert!(plain(&page.body).contains(&plain(word)), "no `{word}` in {}", page.body);
    }
}

/// Amina's list « Rentrée », made by its form.
async fn rentree(shop: &Shop) -> String {
    let form = hidden_fields(&shop.get("/listes").await.body);
    let made = shop.post("/listes", &format!("{form}&nom=Rentr%C3%A9e")).await;
    assert_eq!(made.status, StatusCode::SEE_OTHER, "{}", made.body);
    let again = shop.post("/listes", &format!("{form}&nom=Rentr%C3%A9e")).await;
    assert_eq!(made.location(), again.location(), "a form sent twice makes one list");
    made.location().split('?').next().unwrap().to_owned()
}

#[tokio::test]
async fn a_favourite_is_kept_by_one_click_and_taken_back_by_another() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let page = format!("/catalogue/{offer}");
    says(&shop.get(&page).await, &["Ajouter aux favoris", "Ajouter à une liste"]);
    let kept = shop.post(&format!("{page}/favori"), "garder=oui").await;
    assert_eq!(kept.status, StatusCode::SEE_OTHER, "{}", kept.body);
    says(&shop.get(kept.location()).await, &["dans vos favoris", "Retirer des favoris"]);
    says(&shop.get("/listes").await, &["Mes favoris", "1 ressource", "15,20 €"]);
    let taken = shop.post(&format!("{page}/favori"), "garder=non").await;
    says(&shop.get(taken.location()).await, &["Ajouter aux favoris"]);
    says(&shop.get("/listes").await, &["Mes favoris", "0 ressource"]);
}

#[tokio::test]
async fn a_list_says_what_it_costs_and_what_is_missing() {
    let shop = Shop::open().await;
    let (one, other) = (
        shop.sell("exercices", 15_20, Billing::Once).await,
        shop.sell("atlas", 60_00, Billing::Once).await,
    );
    let list = rentree(&shop).await;
    let id = list.strip_prefix("/listes/").unwrap();
    for offer in [one, other] {
        let form = format!("{REFERENCE}&liste={id}");
        let put = shop.post(&format!("/catalogue/{offer}/liste"), &form).await;
        assert_eq!(put.status, StatusCode::SEE_OTHER, "{}", put.body);
        says(&shop.get(put.location()).await, &["sur votre liste", "Rentrée"]);
    }
    says(
        &shop.get(&list).await,
        &["2 ressources", "75,20 €", "112,00 €", "Il resterait", "36,80 €"],
    );

    let change = format!("offre={other}&note=pour+la+6e+B&quantite=2");
    let changed = shop.post(&format!("{list}/offres"), &change).await;
    let page = shop.get(changed.location()).await;
    says(&page, &["pour la 6e B", "135,20 €", "Il manquerait", "23,20 €"]);
    says(&page, &[&format!("/catalogue/{one}/payer"), "Acheter"]);
    let odd =
        shop.post(&format!("{list}/offres"), &format!("offre={other}&quantite=beaucoup")).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);

    let taken = shop.post(&format!("{list}/retirer"), &format!("offre={other}")).await;
    says(&shop.get(taken.location()).await, &["1 ressource", "15,20 €"]);
}

/// As an offer's page draws one.
const REFERENCE: &str = "reference=0192f0c4-1d57-7f0e-9b6a-2f307c41d8e9";

#[tokio::test]
async fn an_offer_begins_a_new_list_once_however_often_the_form_is_sent() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    for _ in 0..2 {
        let form = format!("{REFERENCE}&nom=Besoins");
        let put = shop.post(&format!("/catalogue/{offer}/liste"), &form).await;
        assert_eq!(put.status, StatusCode::SEE_OTHER, "{}", put.body);
    }
    let page = shop.get("/listes").await;
    assert_eq!(page.body.matches("Besoins<").count(), 1, "{}", page.body);
}

#[tokio::test]
async fn a_list_is_read_by_the_school_or_by_its_link_and_changed_by_its_owner() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let list = rentree(&shop).await;
    shop.post(&format!("{list}/offres"), &format!("offre={offer}")).await;
    let lucas = shop.service.sign_in("lucas").await;
    let his = async |path: &str| shop.service.get_as(&lucas, path).await;
    assert_eq!(his(&list).await.status, StatusCode::NOT_FOUND, "nobody else's before it is shared");

    shop.post(&format!("{list}/partager"), "avec=etablissement").await;
    says(&his("/listes").await, &["Partagées par mon établissement", "Rentrée"]);
    let read = his(&list).await;
    says(&read, &["Fractions en 6e, exercices", "Partagée par un ou une collègue"]);
    assert!(!read.body.contains("Supprimer"), "{}", read.body);
    for act in ["renommer", "supprimer", "partager", "retirer", "offres", "ne-plus-partager"] {
        let form = format!("nom=x&avec=lien&offre={offer}");
        let tried = shop.service.post_form(&lucas, &format!("{list}/{act}"), &form).await;
        assert_eq!(tried.status, StatusCode::NOT_FOUND, "{act}: {}", tried.body);
    }

    shop.post(&format!("{list}/ne-plus-partager"), "avec=etablissement").await;
    assert_eq!(his(&list).await.status, StatusCode::NOT_FOUND);
    shop.post(&format!("{list}/partager"), "avec=lien").await;
    let mine = shop.get(&list).await;
    let link = mine.body.split("href=\"").find(|it| it.starts_with("/listes/partagees/")).unwrap();
    let link = link.split('"').next().unwrap().to_owned();
    says(&his(&link).await, &["Rentrée", "15,20 €"]);
    let signed_out = shop.service.get(&link).await;
    assert_eq!(signed_out.status, StatusCode::SEE_OTHER, "who reads it is signed in");
    assert!(signed_out.location().starts_with("/connexion"), "{}", signed_out.location());
    shop.post(&format!("{list}/ne-plus-partager"), "avec=lien").await;
    assert_eq!(his(&link).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_list_is_renamed_and_deleted_but_favourites_stay() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let list = rentree(&shop).await;
    let renamed = shop.post(&format!("{list}/renommer"), "nom=%3Cscript%3Ealert%281%29").await;
    let page = shop.get(renamed.location()).await;
    assert!(!page.body.contains("<script>alert"), "{}", page.body);
    let nothing = shop.post(&format!("{list}/renommer"), "nom=+").await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    let gone = shop.post(&format!("{list}/supprimer"), "").await;
    says(&shop.get(gone.location()).await, &["La liste est supprimée."]);
    assert_eq!(shop.get(&list).await.status, StatusCode::NOT_FOUND);

    shop.post(&format!("/catalogue/{offer}/favori"), "garder=oui").await;
    let page = shop.get("/listes").await;
    let favourites = page.body.split("href=\"").find(|it| it.starts_with("/listes/lst_")).unwrap();
    let favourites = favourites.split('"').next().unwrap();
    let refused = shop.post(&format!("{favourites}/supprimer"), "").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    says(&refused, &["Les favoris restent"]);
}

#[tokio::test]
async fn a_list_of_another_site_s_page_or_of_no_offer_is_not_made() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let request =
        crate::service::browser(axum::http::Method::POST, &format!("/catalogue/{offer}/favori"))
            .header("cookie", &shop.amina)
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded");
    let crossed = shop.service.send(request, "garder=oui").await;
    assert_eq!(crossed.status, StatusCode::FORBIDDEN);
    let none = format!("off_{:032x}", 7);
    let unknown = shop.post(&format!("/catalogue/{none}/favori"), "garder=oui").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    let page = shop.get("/listes").await;
    says(&page, &["Aucune liste pour le moment"]);
}
