//! Who may come in: sessions, the demo's sign-in, forms of other sites.

use axum::Router;
use axum::http::header::{CONTENT_TYPE, HOST, ORIGIN};
use axum::http::{Method, StatusCode};
use axum::routing::get;
use chrono::TimeDelta;
use ledger_api::session::{Accountant, Session};

use crate::service::{Service, browser, machine};

#[tokio::test]
async fn a_persona_signs_in_and_out() {
    let service = Service::demo().await;
    let page = service.get("/connexion").await;
    assert!(page.body.contains("Amina Belkacem"), "{}", page.body);

    let cookie = service.sign_in("amina").await;
    let home = service.get_as(&cookie, "/").await;
    assert!(home.body.contains("Amina Belkacem"), "{}", home.body);
    assert!(home.body.contains(r#"href="/compte""#), "{}", home.body);

    let left = service.post_form(&cookie, "/deconnexion", "").await;
    assert_eq!((left.status, left.location()), (StatusCode::SEE_OTHER, "/"));
    assert!(left.header("set-cookie").contains("Max-Age=0"));
}

#[tokio::test]
async fn a_session_cookie_is_out_of_reach_of_scripts_and_other_sites() {
    let service = Service::demo().await;
    let reply = service.post_form("", "/connexion", "persona=comptable").await;
    assert_eq!(reply.location(), "/comptable/balance");
    let cookie = reply.header("set-cookie");
    assert!(cookie.contains("; HttpOnly; SameSite=Lax"), "{cookie}");
}

#[tokio::test]
async fn a_session_that_is_forged_or_over_is_nobodys() {
    let service = Service::demo().await;
    let cookie = service.sign_in("comptable").await;
    let (shorter, last) = cookie.split_at(cookie.len() - 1);
    let other = if last == "A" { "B" } else { "A" };
    for forged in [format!("{shorter}{other}"), shorter.to_owned(), "session=AAAA".to_owned()] {
        let home = service.get_as(&forged, "/").await;
        assert!(home.body.contains("Se connecter"), "{forged}");
    }
    service.app.clock.advance(TimeDelta::hours(11));
    assert!(service.get_as(&cookie, "/").await.body.contains("Se connecter"));
}

#[tokio::test]
async fn signing_in_leads_back_to_this_site_only() {
    let service = Service::demo().await;
    for (back, location) in [
        ("%2Fcompte%3Fpage%3D2", "/compte?page=2"),
        ("%2F%2Fexample.org", "/catalogue"),
        ("https%3A%2F%2Fexample.org", "/catalogue"),
    ] {
        let form = format!("persona=lucas&retour={back}");
        assert_eq!(service.post_form("", "/connexion", &form).await.location(), location);
    }
}

#[tokio::test]
async fn an_unknown_persona_is_refused_by_name() {
    let service = Service::demo().await;
    let reply = service.post_form("", "/connexion", "persona=nobody").await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(reply.body.contains("« persona »"), "{}", reply.body);
}

#[tokio::test]
async fn nobody_signs_in_as_a_persona_outside_the_demo() {
    for listen in ["127.0.0.1:8080", "0.0.0.0:8080"] {
        let service = Service::with(&[("LEDGER_LISTEN", listen)]).await;
        assert_eq!(service.get("/connexion").await.status, StatusCode::NOT_FOUND);
        assert_eq!(service.get("/styleguide").await.status, StatusCode::NOT_FOUND);
        let reply = service.post_form("", "/connexion", "persona=comptable").await;
        assert_eq!((reply.status, reply.header("set-cookie")), (StatusCode::NOT_FOUND, ""));
    }
}

#[tokio::test]
async fn the_demo_only_answers_to_local_names() {
    let service = Service::demo().await;
    let mut request = browser(Method::GET, "/");
    let headers = request.headers_mut().unwrap();
    headers.insert(HOST, "rebound.example.org:8080".parse().unwrap());
    assert_eq!(service.send(request, "").await.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn a_form_is_only_taken_from_a_page_of_this_site() {
    let service = Service::demo().await;
    let form = || {
        browser(Method::POST, "/connexion")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
    };
    let cross_site = [
        form(),
        form().header("sec-fetch-site", "cross-site"),
        form().header("sec-fetch-site", "same-site").header(ORIGIN, "http://localhost:8080"),
        form().header("sec-fetch-site", "none"),
        form().header(ORIGIN, "http://example.org"),
        form().header(ORIGIN, "http://localhost:9090"),
        form().header(ORIGIN, "null"),
    ];
    for request in cross_site {
        let told = format!("{:?}", request.headers_ref());
        let reply = service.send(request, "persona=comptable").await;
        assert_eq!(
            (reply.status, reply.header("set-cookie")),
            (StatusCode::FORBIDDEN, ""),
            "{told}"
        );
    }
    let own = form().header(ORIGIN, "http://localhost:8080");
    assert_eq!(service.send(own, "persona=comptable").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_page_of_one_role_is_closed_to_visitors_and_to_the_others() {
    let books = async |Accountant(Session { name, .. })| name;
    let service = Service::with_routes(Router::new().route("/livres", get(books))).await;

    let visitor = service.get("/livres?du=2026-09-01").await;
    let to = "/connexion?retour=%2Flivres%3Fdu%3D2026-09-01";
    assert_eq!((visitor.status, visitor.location()), (StatusCode::SEE_OTHER, to));
    let machine = service.send(machine(Method::GET, "/livres"), "").await;
    assert_eq!((machine.status, machine.location()), (StatusCode::UNAUTHORIZED, ""));
    assert_eq!(machine.json()["type"], "/problems/sign-in-required");

    let teacher = service.get_as(&service.sign_in("amina").await, "/livres").await;
    assert_eq!(teacher.status, StatusCode::FORBIDDEN);
    assert!(teacher.body.contains("Accès réservé"), "{}", teacher.body);
    let accountant = service.get_as(&service.sign_in("comptable").await, "/livres").await;
    assert_eq!((accountant.status, &*accountant.body), (StatusCode::OK, "Marc Delorme"));
}
