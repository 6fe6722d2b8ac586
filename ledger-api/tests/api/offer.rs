//! What a teacher may rely on of an offer's page: all that is said, what it costs, what the school
//! has already, a specimen once, and nothing loaded from elsewhere.

use axum::http::StatusCode;
use ledger_core::money::Balance;
use ledger_core::offer::{
    Billing, Concept, Conformance, DatedPrice, Details, Facet, Feature, Licence, Listing, Price,
    Scope, Term, Vat,
};

use crate::service::Reply;
use crate::shop::{STATE, Shop, day, hidden_fields, listing};

#[track_caller]
fn says(page: &Reply, words: &[&str]) {
    let plain = |text: &str| text.replace(['\u{a0}', '\u{202f}'], " ");
    for word in words {
        assert!(plain(&page.body).contains(&plain(word)), "no `{word}` in {}", page.body);
    }
}

fn term(facet: Facet, labels: &[&str]) -> Term {
    let concept = |label: &&str| Concept { id: (*label).into(), label: (*label).into() };
    Term { facet, path: labels.iter().map(concept).collect() }
}

/// An offer of which all is said.
fn described() -> Listing {
    Listing {
        licence: Licence { scope: Scope::Class, days: Some(730) },
        video_url: Some("https://video.example/demo".into()),
        prices: vec![DatedPrice {
            from: Some(day("2027-09-01")),
            until: None,
            price: Price { amount: Balance::from_cents(18_00), vat: vec![Vat::within(18_00, 550)] },
        }],
        details: Details {
            terms: vec![
                term(Facet::Subject, &["Mathématiques", "Nombres et calculs"]),
                term(Facet::Content, &["Exerciseur"]),
                term(Facet::Activity, &["S’exercer"]),
                term(Facet::Language, &["A2"]),
            ],
            keywords: vec!["fractions".into()],
            languages: vec!["fr".into(), "oc".into()],
            features: vec![Feature::Offline, Feature::Results],
            minutes: Some(50),
            prerequisites: Some("Savoir multiplier.".into()),
            conformance: Some(Conformance::Partial),
            data_protection: Some("Aucune donnée d’élève ne quitte la classe.".into()),
            gar: true,
            identifiers: vec!["9782091729534".into()],
            publisher: Some("Atlas & Cie".into()),
            thumbnail_url: Some("https://preau.example/fractions.png".into()),
        },
        ..listing("exercices", 15_20, Billing::Once)
    }
}

#[tokio::test]
async fn a_page_says_in_french_all_that_the_partner_says() {
    let shop = Shop::open().await;
    let offer = shop.list(described()).await;
    let page = shop.get(&format!("/catalogue/{offer}")).await;
    says(&page, &["soit 7,60 € par an", "Cycle 3", "Mathématiques › Nombres et calculs"]);
    says(&page, &["Exerciseur", "S’exercer", "50 minutes", "Français", "Occitan", "A2"]);
    says(&page, &["Savoir multiplier.", "Hors connexion", "Suivi des résultats des élèves"]);
    says(&page, &["Partiellement conforme", "Aucune donnée d’élève ne quitte la classe."]);
    says(&page, &["Par le GAR", "ISBN 9782091729534", "18,00 € à partir du 1er septembre 2027"]);
    says(&page, &["Pour vous et une classe, pendant deux ans", "Voir la démonstration en vidéo"]);
    assert!(page.body.contains("Atlas &#38; Cie") || page.body.contains("Atlas &amp; Cie"));
}

#[tokio::test]
async fn nothing_of_a_page_is_loaded_from_another_site() {
    let shop = Shop::open().await;
    let offer = shop.list(described()).await;
    let page = shop.get(&format!("/catalogue/{offer}")).await;
    for loaded in ["src=\"http", "<iframe", "<video", "<embed", "<object", "url(http"] {
        assert!(!page.body.contains(loaded), "{loaded} in {}", page.body);
    }
    let own = page.body.matches("rel=\"stylesheet\"").count() + page.body.matches("<img").count();
    assert!(own <= 8, "{own} files");
    assert!(page.body.len() < 60_000, "{} bytes", page.body.len());
    assert!(page.header("content-security-policy").contains("default-src 'none'"));
    assert!(!page.header("content-security-policy").contains("script-src"));
}

#[tokio::test]
async fn machines_read_the_offer_and_no_title_ends_their_block() {
    let shop = Shop::open().await;
    let hostile = "Fractions </script><script>alert(1)</script>";
    let offer = shop.list(Listing { title: hostile.into(), ..described() }).await;
    let page = shop.service.get(&format!("/catalogue/{offer}")).await;
    assert_eq!(page.body.matches("<script").count(), 1, "{}", page.body);
    let (_, rest) = page.body.split_once("<script type=\"application/ld+json\">").unwrap();
    let (block, _) = rest.split_once("</script>").unwrap();
    let told: serde_json::Value = serde_json::from_str(block).unwrap();
    assert_eq!(told["@type"], "LearningResource");
    assert_eq!(told["name"], hostile);
    assert_eq!(told["offers"]["price"], "15.20");
    assert_eq!(told["timeRequired"], "PT50M");
    assert_eq!(told["educationalLevel"][0], "6e");
    assert_eq!(told["inLanguage"], serde_json::json!(["fr", "oc"]));
    assert_eq!(told["publisher"]["name"], "Atlas & Cie");
}

#[tokio::test]
async fn a_specimen_is_tried_once_and_bought_afterwards() {
    let mut shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    let other = shop.sell("atlas", 2_00, Billing::Once).await;
    let page = format!("/catalogue/{offer}");
    says(&shop.get(&page).await, &["Essayer le spécimen", "pendant 30 jours"]);
    for _ in 0..2 {
        let taken = shop.post(&format!("{page}/specimen"), "").await;
        assert_eq!(taken.status, StatusCode::SEE_OTHER, "{}", taken.body);
        let told = shop.get(taken.location().split('#').next().unwrap()).await;
        says(
            &told,
            &["Votre spécimen", "12 décembre 2026", "https://preau.example/fractions/specimen"],
        );
    }
    assert_eq!(shop.available().await, Balance::from_cents(112_00), "nothing is paid");
    says(&shop.get("/achats").await, &["Mes spécimens", "En cours", "12/12/2026"]);
    says(&shop.get(&format!("{page}/payer")).await, &["Vous aviez essayé ce spécimen"]);
    let bought = shop.buy(offer, "").await;
    says(
        &shop.get(&format!("/achats/{bought}")).await,
        &["Vous aviez essayé ce spécimen le 12/11/2026"],
    );
    says(&shop.get("/achats").await, &["Acheté depuis"]);

    shop.post(&format!("/catalogue/{other}/specimen"), "").await;
    shop.wait(31).await;
    says(
        &shop.get(&format!("/catalogue/{other}")).await,
        &["Vous avez essayé le spécimen jusqu’au"],
    );
    let again = shop.post(&format!("/catalogue/{other}/specimen"), "").await;
    assert_eq!(again.status, StatusCode::CONFLICT);
    says(&again, &["Vous avez déjà essayé ce spécimen", "12 décembre 2026"]);
}

#[tokio::test]
async fn an_offer_without_a_specimen_lends_none() {
    let shop = Shop::open().await;
    let plain = Listing { specimen_url: None, ..listing("exercices", 15_20, Billing::Once) };
    let offer = shop.list(plain).await;
    assert!(!shop.get(&format!("/catalogue/{offer}")).await.body.contains("spécimen"));
    let refused = shop.post(&format!("/catalogue/{offer}/specimen"), "").await;
    assert_eq!(refused.status, StatusCode::CONFLICT);
    says(&refused, &["Cette ressource n’a pas de spécimen"]);
}

#[tokio::test]
async fn a_school_that_has_it_already_is_told_before_it_pays_twice() {
    let shop = Shop::open().await;
    shop.credit("lucas", STATE, 50_00).await;
    let licence = Licence { scope: Scope::School, days: Some(365) };
    let offer = shop.list(Listing { licence, ..listing("ecole", 15_20, Billing::Once) }).await;
    let class = shop.sell("classe", 2_00, Billing::Once).await;
    let lucas = shop.service.sign_in("lucas").await;
    for it in [offer, class] {
        let path = format!("/catalogue/{it}/payer");
        let form = hidden_fields(&shop.service.get_as(&lucas, &path).await.body);
        let paid = shop.service.post_form(&lucas, &path, &form).await;
        assert_eq!(paid.status, StatusCode::SEE_OTHER, "{}", paid.body);
    }
    shop.service.caught_up().await;
    for path in [format!("/catalogue/{offer}"), format!("/catalogue/{offer}/payer")] {
        let page = shop.get(&path).await;
        says(
            &page,
            &["Votre établissement a déjà cette ressource (licence établissement, jusqu’au"],
        );
        says(&page, &["big secondary", "12 novembre 2027"]);
        assert!(!page.body.contains("Lucas"), "who is not told");
    }
    let page = shop.get(&format!("/catalogue/{class}")).await;
    says(&page, &["Un ou une collègue de votre établissement l’a déjà acquise."]);
    assert!(!page.body.contains("big secondary"));
    shop.buy(class, "").await;
    shop.service.caught_up().await;
    says(
        &shop.get(&format!("/catalogue/{class}")).await,
        &["Vous l’avez déjà achetée le 12 novembre 2026"],
    );
    let signed_out = shop.service.get(&format!("/catalogue/{offer}")).await;
    assert!(!signed_out.body.contains("établissement a déjà"), "not for visitors");
}

#[tokio::test]
async fn offers_of_the_same_subject_and_level_are_proposed() {
    let shop = Shop::open().await;
    let offer = shop.sell("exercices", 15_20, Billing::Once).await;
    shop.sell("voisine", 2_00, Billing::ByUse).await;
    let far = Listing { levels: vec!["cm2".into()], ..listing("lointaine", 2_00, Billing::Once) };
    shop.list(far).await;
    shop.service.caught_up().await;
    let page = shop.get(&format!("/catalogue/{offer}")).await;
    says(&page, &["Ressources proches", "Fractions en 6e, voisine", "2,00 € par usage"]);
    assert!(!page.body.contains("lointaine"), "{}", page.body);
}

#[tokio::test]
async fn a_picture_is_ours_and_kept_by_browsers() {
    let shop = Shop::open().await;
    let offer = shop.list(described()).await;
    let path = format!("/vignettes/{offer}");
    assert_eq!(shop.get(&path).await.status, StatusCode::NOT_FOUND);
    assert!(!shop.get(&format!("/catalogue/{offer}")).await.body.contains("/vignettes/"));

    let url = "https://preau.example/fractions.png".to_owned();
    let mut png = std::io::Cursor::new(Vec::new());
    image::DynamicImage::new_rgb8(640, 480).write_to(&mut png, image::ImageFormat::Png).unwrap();
    let fetch = |_| std::future::ready(Ok::<_, String>(png.get_ref().clone()));
    let (thumbnails, today) = (&shop.service.app.thumbnails, shop.service.app.clock.today());
    ledger_api::thumbnails::pull::pull(thumbnails, [url], today, fetch).await;

    says(&shop.get(&format!("/catalogue/{offer}")).await, &[&format!("src=\"{path}\"")]);
    let picture = shop.get(&path).await;
    assert_eq!(picture.status, StatusCode::OK);
    assert_eq!(picture.header("content-type"), "image/jpeg");
    assert!(picture.header("cache-control").contains("max-age=86400"));
    let asked = crate::service::browser(axum::http::Method::GET, &path)
        .header("if-none-match", picture.header("etag"));
    assert_eq!(shop.service.send(asked, "").await.status, StatusCode::NOT_MODIFIED);
}
