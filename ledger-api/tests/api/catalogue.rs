//! What a teacher may rely on in the catalogue's search: facets, tags, order, why, help, old links.

use axum::http::StatusCode;
use ledger_core::ids::OfferId;
use ledger_core::offer::{Billing, Conformance, Details, Kind, Licence, Listing, Scope};
use ledger_core::partner::{Partner, PartnerCommand};

use crate::service::Reply;
use crate::shop::{PARTNER, Shop, listing};

/// What the page says, no-break spaces as plain ones.
fn plain(page: &Reply) -> String {
    page.body.replace(['\u{a0}', '\u{202f}'], " ")
}

#[track_caller]
fn says(page: &Reply, words: &[&str]) {
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for word in words {
        assert!(plain(page).contains(word), "no `{word}` in {}", page.body);
    }
}

#[track_caller]
fn keeps_silent(page: &Reply, words: &[&str]) {
    for word in words {
        assert!(!plain(page).contains(word), "`{word}` in {}", page.body);
    }
}

/// The titles of the cards, in their order.
fn titles(page: &Reply) -> Vec<String> {
    let cards = page.body.split("<h3><a href=\"/catalogue/").skip(1);
    let titles = cards.filter_map(|it| it.split_once('>')?.1.split_once("</a>"));
    titles.map(|it| it.0.to_owned()).collect()
}

/// The address of the link that says `words`.
#[track_caller]
fn link(page: &Reply, words: &str) -> String {
    let body = plain(page);
    let found = body.split("<a ").find(|it| it.split("</a>").next().unwrap().contains(words));
    let found = found.unwrap_or_else(|| panic!("no link says `{words}`"));
    let address = found.split("href=\"").nth(1).unwrap().split('"').next().unwrap();
    address.replace("&#38;", "&").replace("&amp;", "&")
}

/// The input of the filter `name` and `value`, up to the end of its label.
#[track_caller]
fn choice(page: &Reply, name: &str, value: &str) -> String {
    let wanted = format!("name=\"{name}\" value=\"{value}\"");
    let body = plain(page);
    let found = body.split("<input ").find(|it| it.contains(&wanted));
    found
        .unwrap_or_else(|| panic!("no {wanted} in {body}"))
        .split("</label>")
        .next()
        .unwrap()
        .into()
}

fn offer(reference: &str, title: &str, cents: u64, levels: &[&str]) -> Listing {
    let levels = levels.iter().map(|it| (*it).into()).collect();
    Listing { title: title.into(), levels, ..listing(reference, cents, Billing::Once) }
}

/// A shop with four offers: two of mathematics, one of history, one of English.
async fn stocked() -> (Shop, OfferId) {
    let shop = Shop::open().await;
    let fractions = shop.list(offer("f", "Les fractions pas à pas", 4_00, &["cm2", "6e"])).await;
    let details = Details { conformance: Some(Conformance::Full), gar: true, ..Details::default() };
    let volumes = Listing { details, ..offer("v", "Aires et volumes", 0, &["5e"]) };
    shop.list(volumes).await;
    let revolution = Listing {
        kind: Kind::Media,
        subjects: vec!["histoire".into()],
        specimen_url: None,
        licence: Licence { scope: Scope::School, days: None },
        ..offer("r", "La Révolution française", 18_00, &["4e"])
    };
    shop.list(revolution).await;
    let london = Listing {
        kind: Kind::Press,
        subjects: vec!["anglais".into()],
        billing: Billing::Subscription,
        ..offer("l", "London life", 30_00, &["4e", "3e"])
    };
    shop.list(london).await;
    (shop, fractions)
}

#[tokio::test]
async fn facets_count_the_whole_hierarchy_and_narrow() {
    let (shop, _) = stocked().await;
    let all = shop.catalogue("").await;
    says(&all, &["4 ressources", "<legend class=\"hidden-text\">Cycle et niveau</legend>"]);
    for (name, value, told) in [
        ("niveau", "cycle-4", "Cycle 4 (5e à 3e) <span class=\"soft\">(3)"),
        ("niveau", "cycle-3", "Cycle 3 (CM1 à 6e) <span class=\"soft\">(1)"),
        ("niveau", "4e", "4e <span class=\"soft\">(2)"),
        ("matiere", "sciences-et-mathematiques", "(2)"),
        ("matiere", "mathematiques", "Mathématiques <span class=\"soft\">(2)"),
        ("type", "press", "Presse <span class=\"soft\">(1)"),
        ("prix", "0", "Gratuit <span class=\"soft\">(1)"),
        ("prix", "20", "20 € au plus <span class=\"soft\">(3)"),
        ("licence", "etablissement", "(1)"),
        ("paiement", "abonnement", "(1)"),
        ("accessibilite", "totale", "(1)"),
        ("specimen", "oui", "(3)"),
        ("gar", "oui", "(1)"),
    ] {
        assert!(choice(&all, name, value).contains(told), "{name}={value}: {}", all.body);
    }
    let narrow = shop.catalogue("?niveau=cycle-4&matiere=histoire&matiere=anglais&prix=20").await;
    assert_eq!(titles(&narrow), ["La Révolution française"]);
    assert!(choice(&narrow, "niveau", "cycle-4").contains(" checked"));
    assert!(choice(&narrow, "prix", "20").contains(" checked"));
    assert!(
        choice(&narrow, "matiere", "mathematiques").contains("(1)"),
        "whatever was chosen of it"
    );
}

#[tokio::test]
async fn who_chooses_what_a_value_holds_narrows_it() {
    let (shop, _) = stocked().await;
    let page = shop.catalogue("?niveau=cycle-4&niveau=5e").await;
    assert_eq!(titles(&page), ["Aires et volumes"]);
    says(&page, &["<link rel=\"canonical\" href=\"/catalogue?niveau=5e\">"]);
    let both = shop.catalogue("?niveau=cycle-4&niveau=cm2").await;
    says(&both, &["4 ressources"]);
}

#[tokio::test]
async fn each_tag_takes_its_filter_off() {
    let (shop, _) = stocked().await;
    let page = shop.catalogue("?q=&niveau=4e&type=press&prix=&tri=prix&deja=").await;
    says(&page, &["1 ressource", "Retirer le filtre Cycle et niveau : "]);
    let without = link(&page, "Type de ressource");
    assert_eq!(without, "/catalogue?niveau=4e&tri=prix");
    assert_eq!(titles(&shop.get(&without).await), ["La Révolution française", "London life"]);
    assert_eq!(link(&page, "Retirer tous les filtres"), "/catalogue?tri=prix");
}

#[tokio::test]
async fn offers_stand_in_the_order_that_was_asked_for() {
    let (shop, _) = stocked().await;
    let [volumes, fractions, revolution, london] =
        ["Aires et volumes", "Les fractions pas à pas", "La Révolution française", "London life"];
    for (sort, expected) in [
        ("", [london, revolution, volumes, fractions]),
        ("nouveaute", [london, revolution, volumes, fractions]),
        ("prix", [volumes, fractions, revolution, london]),
        ("prix-decroissant", [london, revolution, fractions, volumes]),
        ("titre", [volumes, revolution, fractions, london]),
        ("nothing", [london, revolution, volumes, fractions]),
    ] {
        let page = shop.catalogue(&format!("?tri={sort}")).await;
        assert_eq!(titles(&page), expected, "{sort}");
    }
}

#[tokio::test]
async fn each_result_says_why() {
    let (shop, _) = stocked().await;
    let page = shop.catalogue("?q=fraction+cm2").await;
    says(&page, &["1 ressource pour « fraction cm2 »", "Pourquoi ce résultat"]);
    says(&page, &["“fraction” dans le titre", "“cm2” comme niveau", "Les fractions pas à pas"]);
    let typo = shop.catalogue("?q=revolutoin").await;
    says(&typo, &["La Révolution française", "lu “"]);
    keeps_silent(&shop.catalogue("").await, &["Pourquoi ce résultat"]);
}

#[tokio::test]
async fn a_search_that_finds_nothing_tells_what_would() {
    let (shop, _) = stocked().await;
    let page = shop.catalogue("?q=fractions&niveau=4e").await;
    says(&page, &["Aucune ressource ne correspond à « fractions »", "En demandant moins"]);
    let without = link(&page, "Sans le filtre Cycle et niveau : 4e");
    assert_eq!(without, "/catalogue?q=fractions");
    says(&page, &["À la place", "Les fractions pas à pas", "Parcourir par matière"]);
    assert_eq!(link(&page, "Mathématiques"), "/catalogue?matiere=mathematiques");
    let word = shop.catalogue("?q=fractions+london").await;
    assert_eq!(link(&word, "Sans le mot « london »"), "/catalogue?q=fractions");
}

#[tokio::test]
async fn a_teacher_hides_what_they_have_or_sees_nothing_else() {
    let (shop, fractions) = stocked().await;
    keeps_silent(&shop.catalogue("").await, &["info\">Déjà acquis"]);
    shop.buy(fractions, "").await;
    let all = shop.catalogue("?tri=prix").await;
    says(&all, &["4 ressources", "info\">Déjà acquis", "name=\"deja\" value=\"sans\""]);
    let others = shop.catalogue("?deja=sans").await;
    says(&others, &["3 ressources", "Sauf celles que j’ai déjà"]);
    keeps_silent(&others, &["Les fractions pas à pas"]);
    assert_eq!(titles(&shop.catalogue("?deja=seulement").await), ["Les fractions pas à pas"]);

    let visitor = shop.service.get("/catalogue?deja=seulement").await;
    says(&visitor, &["4 ressources"]);
    keeps_silent(&visitor, &["Déjà acquis", "name=\"deja\""]);
}

#[tokio::test]
async fn offers_of_a_suspended_partner_are_neither_found_nor_counted() {
    let (shop, _) = stocked().await;
    let suspend = PartnerCommand::Suspend { reason: "complaints".into() };
    shop.execute::<Partner>(PARTNER, suspend).await;
    let page = shop.catalogue("?q=fractions").await;
    says(&page, &["Aucune ressource ne correspond"]);
    assert!(titles(&page).is_empty(), "{}", page.body);
}

#[tokio::test]
async fn old_links_find_what_they_found() {
    let (shop, _) = stocked().await;
    let old = "?q=fraction&niveau=6e&matiere=mathematiques&type=exercises&specimen=1&prix=7";
    let page = shop.catalogue(&format!("{old}&editeur={PARTNER}")).await;
    assert_eq!(titles(&page), ["Les fractions pas à pas"]);
    says(&page, &["7 € au plus", "Éditions du Préau"]);
    for unknown in ["?type=x", "?prix=-1", "?matiere=nowhere", "?editeur=x", "?x=y", "?suite=x"] {
        let page = shop.catalogue(unknown).await;
        says(&page, &["4 ressources", "<link rel=\"canonical\" href=\"/catalogue\">"]);
    }
}

#[tokio::test]
async fn whatever_is_typed_is_text() {
    let (shop, _) = stocked().await;
    let many: Vec<String> = (0..3_000).map(|it| format!("niveau=n{it}&x{it}=y")).collect();
    for query in [
        format!("q={}", "fractions+".repeat(1_000)),
        format!("q={}", "%F0%9F%A6%80".repeat(2_000)),
        "q=%00%01%1B%7F%0D%0A".to_owned(),
        "q=%22fractions%22+AND+-title%3A*+OR+%28".to_owned(),
        "q=%27%3B+DROP+TABLE+offer%3B--".to_owned(),
        "q=%FF%FE&niveau=%FF".to_owned(),
        "suite=4294967295".to_owned(),
        many.join("&"),
    ] {
        let page = shop.catalogue(&format!("?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query:.80}: {}", page.body);
        assert!(page.body.len() < 150_000, "{query:.80}: {} bytes", page.body.len());
    }
    let page =
        shop.catalogue("?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E&matiere=%22%3E%3Cb%3E").await;
    assert_eq!(page.status, StatusCode::OK);
    keeps_silent(&page, &["<script>", "<b>"]);
}

#[tokio::test]
async fn the_page_has_one_script_of_its_own_and_none_inline() {
    let (shop, _) = stocked().await;
    let page = shop.catalogue("?q=fractions").await;
    let policy = page.header("content-security-policy");
    assert!(policy.contains("script-src 'self'; connect-src 'self';"), "{policy}");
    assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
    assert_eq!(page.body.matches("<script").count(), 1);
    keeps_silent(&page, &["<style", " style=", " onclick=", "javascript:"]);
    let script = page.body.split("<script src=\"").nth(1).unwrap().split('"').next().unwrap();
    let script = shop.get(script).await;
    assert_eq!(script.header("content-type"), "text/javascript; charset=utf-8");
    assert!(script.body.contains("aria-activedescendant"));
}

#[tokio::test]
async fn suggestions_complete_what_is_typed() {
    let (shop, _) = stocked().await;
    shop.catalogue("").await;
    let suggested =
        async |query: &str| shop.service.get(&format!("/catalogue/suggestions{query}")).await;
    let reply = suggested("?q=Mat").await;
    assert_eq!(reply.header("content-type"), "application/json");
    assert_eq!(reply.header("cache-control"), "public, max-age=120");
    let lines = reply.json();
    let subject = lines.as_array().unwrap().iter().find(|it| it["value"] == "mathematiques");
    assert_eq!(subject.unwrap()["name"], "matiere");
    let words = suggested("?q=les+frac").await.json();
    assert_eq!(words[0]["q"], "les fractions");
    assert_eq!(words[0]["note"], "1\u{a0}ressource");
    for nothing in ["", "?q=", "?q=%00", "?q=zzzz", "?q=%3Cscript%3E"] {
        assert_eq!(suggested(nothing).await.json(), serde_json::json!([]), "{nothing}");
    }
    let long = suggested(&format!("?q={}", "a".repeat(10_000))).await;
    assert_eq!(long.status, StatusCode::OK);
}
