//! How the service answers: headers, problems as JSON or as pages, methods, probes, files.

use axum::Router;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_TYPE};
use axum::http::{Method, StatusCode};

use axum::routing::get;
use ledger_api::problem::Problem;

use crate::service::{Service, browser, machine};

#[tokio::test]
async fn every_answer_keeps_scripts_and_frames_out() {
    let service = Service::demo().await;
    for path in ["/", "/nowhere", "/api/nowhere", "/healthz", "/styleguide"] {
        let reply = service.get(path).await;
        let policy = reply.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("x-request-id").len(), 32, "{path}");
        for inline in ["<script", "<style", " style=", " onclick="] {
            assert!(!reply.body.contains(inline), "{path} has {inline}");
        }
    }
}

#[tokio::test]
async fn nothing_here_is_told_as_a_page_to_a_browser_and_as_a_problem_to_a_machine() {
    let service = Service::demo().await;
    let page = service.get("/nowhere").await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(page.body.contains("<h1>Page introuvable</h1>"), "{}", page.body);
    assert!(page.body.contains(page.header("x-request-id")), "{}", page.body);

    for request in [machine(Method::GET, "/nowhere"), browser(Method::GET, "/api/v1/nowhere")] {
        let reply = service.send(request, "").await;
        assert_eq!(reply.header("content-type"), "application/problem+json");
        let expected = serde_json::json!({
            "type": "/problems/not-found", "title": "Nothing here",
            "status": 404, "detail": "no such address",
        });
        assert_eq!((reply.status, reply.json()), (StatusCode::NOT_FOUND, expected));
    }
}

#[tokio::test]
async fn the_type_of_a_problem_leads_to_what_explains_it() {
    let service = Service::demo().await;
    let page = service.get("/problems/cross-site-request").await;
    assert!(page.body.contains("another site"), "{}", page.body);
    assert_eq!(service.get("/problems/none").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_method_that_an_address_does_not_take_is_405() {
    let service = Service::demo().await;
    for method in ["TRACE", "DELETE", "PATCH", "BREW"] {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = browser(method.clone(), "/connexion").header("sec-fetch-site", "same-origin");
        let reply = service.send(request, "").await;
        assert_eq!(reply.status, StatusCode::METHOD_NOT_ALLOWED, "{method}");
        assert_eq!(reply.header("allow"), "GET,HEAD,POST", "{method}");
        assert!(reply.body.contains("ne s’utilise pas ainsi"), "{}", reply.body);
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_or_of_another_type_is_refused() {
    let service = Service::demo().await;
    let large = format!("persona={}", "a".repeat(70_000));
    let reply = service.post_form("", "/connexion", &large).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE);

    let json = browser(Method::POST, "/connexion")
        .header("sec-fetch-site", "same-origin")
        .header(CONTENT_TYPE, "application/json");
    assert_eq!(service.send(json, "{}").await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
}

#[tokio::test]
async fn a_file_is_kept_for_a_year_at_an_address_of_its_content() {
    let service = Service::demo().await;
    let page = service.get("/").await;
    let href = page.body.split('"').find(|it| it.starts_with("/static/ledger-")).unwrap();
    let css = service.get(href).await;
    assert_eq!(
        (css.status, css.header("content-type")),
        (StatusCode::OK, "text/css; charset=utf-8")
    );
    assert_eq!(css.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(service.get("/static/ledger-000000000000.css").await.status, StatusCode::NOT_FOUND);
    assert_eq!(page.header("cache-control"), "private, no-cache");
}

#[tokio::test]
async fn a_page_is_compressed_for_whoever_takes_gzip() {
    let service = Service::demo().await;
    let request = browser(Method::GET, "/").header(ACCEPT_ENCODING, "gzip");
    let reply = service.send(request, "").await;
    assert_eq!(reply.header("content-encoding"), "gzip");
    assert!(reply.body.len() < 3_000, "{} bytes", reply.body.len());
}

#[tokio::test]
async fn every_page_is_titled_and_has_its_landmarks() {
    let service = Service::demo().await;
    for path in
        ["/", "/connexion", "/accessibilite", "/mentions-legales", "/problems", "/styleguide"]
    {
        let page = service.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        for part in ["<html lang=\"fr\">", "– Compte ressources</title>", "<h1>", "<main", "<nav"]
        {
            assert!(page.body.contains(part), "{path} lacks {part}");
        }
        assert_eq!(page.body.matches("<h1").count(), 1, "{path}");
    }
}

#[tokio::test]
async fn our_own_failure_is_told_in_one_sentence_and_tells_nothing_else() {
    #[expect(clippy::panic, reason = "what is tested")]
    let panics = async || -> &'static str { panic!("secret of the house") };
    let fails = async || Problem::internal("secret of the house");
    let service =
        Service::with_routes(Router::new().route("/a", get(panics)).route("/b", get(fails))).await;
    for path in ["/a", "/b"] {
        let reply = service.send(machine(Method::GET, path), "").await;
        assert_eq!(reply.status, StatusCode::INTERNAL_SERVER_ERROR, "{path}");
        assert_eq!(reply.json()["type"], "/problems/internal", "{path}");
        assert!(!reply.body.contains("secret"), "{}", reply.body);
        let page = service.get(path).await;
        assert!(page.body.contains("Le service a rencontré une erreur"), "{}", page.body);
        assert!(!page.body.contains("secret"), "{}", page.body);
        assert_eq!(page.header("x-content-type-options"), "nosniff", "{path}");
    }
}
