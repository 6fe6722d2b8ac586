//! What holds for every route there is: read from the sources, so that none is forgotten.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use axum::http::header::{CONTENT_TYPE, COOKIE, HOST, ORIGIN};
use axum::http::{Method, StatusCode};
use ledger_api::api;
use ledger_core::event_log::EventLog;

use crate::service::{Reply, Service, browser, machine};

/// A persona of each quality that the demo has.
const PERSONAS: [&str; 6] =
    ["amina", "region", "ordonnateur", "comptable", "administrateur", "partenaire"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap()
}

/// The files with one of these endings below `directory`, built ones left out.
fn files(directory: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() && !name.starts_with('.') && name != "target" && name != "node_modules" {
            found.extend(files(&path, ending));
        } else if name.ends_with(ending) {
            found.push(path);
        }
    }
    found
}

/// Every route of a page, with values in the place of its parameters, and its method.
fn page_routes() -> Vec<(Method, String)> {
    let mut routes = Vec::new();
    for file in files(&root().join("ledger-api/src"), ".rs") {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]").next().unwrap();
        for call in text.split(".route(").skip(1) {
            let (path, rest) =
                call.trim_start().strip_prefix('"').unwrap().split_once('"').unwrap();
            let end = call.len() - rest.len() + closing(rest);
            let takes = &call[call.len() - rest.len()..end];
            let before = routes.len();
            for (word, method) in [("get(", Method::GET), ("post(", Method::POST)] {
                if takes.contains(word) {
                    routes.push((method, filled(path)));
                }
            }
            assert!(routes.len() > before, "{path} in {} takes what?", file.display());
            for word in ["put(", "delete(", "patch(", "any("] {
                assert!(!takes.contains(word), "{path}: teach this test the method {word}");
            }
        }
    }
    routes
}

/// Where the parenthesis that is open before `text` is closed.
fn closing(text: &str) -> usize {
    let mut open = 1;
    let end = text.find(|it| {
        open += match it {
            '(' => 1,
            ')' => -1,
            _ => 0,
        };
        open == 0
    });
    end.unwrap()
}

fn filled(path: &str) -> String {
    let parts = path.split('/').map(|it| match it {
        "{provider}" => "proconnect",
        "{year}" => "2026",
        "{position}" => "1",
        it if it.starts_with('{') => "00000000000000000000000000000000",
        it => it,
    });
    parts.collect::<Vec<_>>().join("/")
}

/// Every operation of the API: its method, its path, and whether it takes anybody.
fn operations() -> Vec<(Method, String, bool)> {
    let document = api::document();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let method = method.to_uppercase().parse().unwrap();
            let security = operation["security"].as_array().unwrap();
            let open = security.iter().any(|it| it.as_object().unwrap().is_empty());
            operations.push((method, filled(path), open));
        }
    }
    operations
}

/// Who looks at a page: a visitor, then each persona, by cookie.
async fn everybody(service: &Service) -> Vec<(&'static str, String)> {
    let mut all = vec![("a visitor", String::new())];
    for persona in PERSONAS {
        all.push((persona, service.sign_in(persona).await));
    }
    all
}

async fn end(service: &Service) -> u64 {
    service.app.ledger.log().end().await.unwrap()
}

#[test]
fn the_walk_finds_the_routes_that_there_are() {
    let pages: BTreeSet<String> = page_routes().into_iter().map(|it| it.1).collect();
    for known in ["/", "/connexion", "/oidc-callback", "/metrics", "/comptable/balance", "/listes"]
    {
        assert!(pages.contains(known), "{known}");
    }
    assert!(pages.len() > 130, "{} addresses", pages.len());
    assert!(operations().len() > 35);
}

fn is_dressed(reply: &Reply, what: &str) {
    let policy = reply.header("content-security-policy");
    for part in
        ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action 'self'"]
    {
        assert!(policy.contains(part), "{what}: {policy}");
    }
    assert!(!policy.contains("unsafe") && !policy.contains('*'), "{what}: {policy}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("referrer-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), value, "{what}: {name}");
    }
    assert!(!reply.header("cache-control").is_empty(), "{what}");
    assert_eq!(reply.header("x-request-id").len(), 32, "{what}");
    for told in ["server", "x-powered-by", "access-control-allow-origin"] {
        assert_eq!(reply.header(told), "", "{what}: {told}");
    }
}

/// Nothing that the policy would refuse, or that leads to another site's files.
fn is_plain(html: &str, what: &str) {
    for part in html.split("<script").skip(1) {
        let tag = part.split('>').next().unwrap();
        let ours = tag.contains(" src=\"/static/") || tag.contains("type=\"application/ld+json\"");
        assert!(ours, "{what}: <script{tag}>");
    }
    for inline in
        [" style=\"", " onclick=", " onload=", " onerror=", "javascript:", "<iframe", "<base"]
    {
        assert!(!html.contains(inline), "{what}: {inline}");
    }
    for loaded in [" src=\"http", " src=\"//", "<link rel=\"stylesheet\" href=\"http"] {
        assert!(!html.contains(loaded), "{what}: {loaded}");
    }
}

#[tokio::test]
async fn every_page_is_dressed_plain_and_changes_nothing_when_it_is_read() {
    let service = Service::demo().await;
    let everybody = everybody(&service).await;
    let before = end(&service).await;
    for (_, path) in page_routes().into_iter().filter(|it| it.0 == Method::GET) {
        for (who, cookie) in &everybody {
            let what = format!("GET {path} by {who}");
            let reply = service.get_as(cookie, &path).await;
            assert!(reply.status.as_u16() < 500 || path == "/readyz", "{what}: {}", reply.body);
            is_dressed(&reply, &what);
            if reply.header("content-type").starts_with("text/html") {
                is_plain(&reply.body, &what);
                let kept = reply.header("cache-control");
                let right =
                    if cookie.is_empty() { "private, no-cache" } else { "private, no-store" };
                assert_eq!(kept, right, "{what}");
            }
        }
    }
    assert_eq!(end(&service).await, before, "reading a page wrote an event");
}

#[tokio::test]
async fn a_page_of_someone_signed_in_shows_nothing_to_a_visitor() {
    let service = Service::demo().await;
    let open = [
        "/",
        "/connexion",
        "/accessibilite",
        "/mentions-legales",
        "/problems",
        "/documentation",
        "/styleguide",
        "/catalogue",
        "/catalogue/suggestions",
        "/healthz",
        "/readyz",
        "/metrics",
        "/deconnecte",
        "/api/v1/openapi.json",
        "/catalogue/donnees-ouvertes",
        "/catalogue/donnees-ouvertes.jsonl",
        "/catalogue/donnees-ouvertes.csv",
        "/catalogue/licences-liberatoires",
        "/catalogue/licences-liberatoires.csv",
    ];
    for (_, path) in page_routes().into_iter().filter(|it| it.0 == Method::GET) {
        let reply = service.get(&path).await;
        let closed = reply.status.is_redirection() || reply.status.is_client_error();
        assert!(closed || open.contains(&&*path), "GET {path}: {}", reply.status);
    }
}

#[tokio::test]
async fn no_form_is_taken_from_another_site_whoever_is_signed_in() {
    let service = Service::demo().await;
    let everybody = everybody(&service).await;
    let before = end(&service).await;
    for (_, path) in page_routes().into_iter().filter(|it| it.0 == Method::POST) {
        for (who, cookie) in &everybody {
            for (name, value) in [
                ("x-nothing", "neither header"),
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-site", "same-site"),
                ("origin", "https://example.org"),
                ("origin", "null"),
            ] {
                let request = browser(Method::POST, &path)
                    .header(COOKIE, cookie)
                    .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
                    .header(name, value);
                let reply = service.send(request, "").await;
                let what = format!("POST {path} by {who}, {name}: {value}");
                assert_eq!(reply.status, StatusCode::FORBIDDEN, "{what}");
                assert!(reply.body.contains("cross-site-request"), "{what}: {}", reply.body);
                is_dressed(&reply, &what);
            }
        }
    }
    assert_eq!(end(&service).await, before, "another site's form wrote an event");
}

#[tokio::test]
async fn the_api_takes_no_cookie_and_gives_none() {
    let service = Service::demo().await;
    let cookie = service.sign_in("comptable").await;
    let before = end(&service).await;
    for (method, path, open) in operations() {
        let what = format!("{method} {path}");
        let request = machine(method, &path)
            .header(COOKIE, &cookie)
            .header("sec-fetch-site", "same-origin")
            .header("idempotency-key", "key")
            .header(CONTENT_TYPE, "application/json");
        let reply = service.send(request, "{}").await;
        assert_eq!(reply.header("set-cookie"), "", "{what}");
        is_dressed(&reply, &what);
        if path.starts_with("/api/v1/simulation") {
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{what}: no sandbox, no such address");
        } else if !open {
            assert_eq!(reply.status, StatusCode::UNAUTHORIZED, "{what}: {}", reply.body);
            let secrets = path.starts_with("/api/v1/clients/");
            let told = if secrets { "invalid-client" } else { "invalid-token" };
            assert_eq!(reply.json()["type"], format!("/problems/{told}"), "{what}");
        }
    }
    assert_eq!(end(&service).await, before, "a cookie wrote an event");
}

#[tokio::test]
async fn no_address_leads_to_another_site() {
    let service = Service::demo().await;
    let everybody = everybody(&service).await;
    let hostile = [
        "https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example",
        "%2F%5Cevil.example",
        "%5C%5Cevil.example",
        "%2F%09%2Fevil.example",
        "javascript%3Aalert(1)",
        "%0D%0ALocation%3A%20https%3A%2F%2Fevil.example",
        "%2F%2Fevil.example%2F..",
        "http%3Aevil.example",
        "%20%2F%2Fevil.example",
    ];
    let own = |reply: &Reply, what: &str| {
        let to = reply.location();
        let stays = to.is_empty() || (to.starts_with('/') && !to.starts_with("//"));
        assert!(stays && !to.contains('\\'), "{what} leads to {to}");
    };
    for (_, path) in page_routes().into_iter().filter(|it| it.0 == Method::GET) {
        for value in hostile {
            let query: Vec<_> =
                ["retour", "return", "next", "url"].map(|it| format!("{it}={value}")).into();
            let address = format!("{path}?{}", query.join("&"));
            for (who, cookie) in &everybody[..2] {
                own(&service.get_as(cookie, &address).await, &format!("{address} by {who}"));
            }
        }
    }
    for value in hostile {
        let form = format!("persona=lucas&retour={value}");
        own(&service.post_form("", "/connexion", &form).await, &form);
    }
    // Nor by the path itself.
    for path in ["//evil.example", "//evil.example/%2e%2e", "/%5Cevil.example"] {
        own(&service.get(path).await, path);
    }
}

#[tokio::test]
async fn behind_tls_cookies_and_browsers_are_kept_to_it() {
    let public = "https://compte.example";
    let service = Service::with(&[("LEDGER_LOG", "memory:"), ("LEDGER_PUBLIC_URL", public)]).await;
    let asked = |host: &str| machine(Method::GET, "/").header("x-for", host);
    let mut request = asked("it");
    request.headers_mut().unwrap().insert(HOST, "compte.example".parse().unwrap());
    let reply = service.send(request, "").await;
    assert_eq!(reply.status, StatusCode::OK, "{}", reply.body);
    let strict = reply.header("strict-transport-security");
    assert_eq!(strict, "max-age=31536000; includeSubDomains");
    let cookie = service.app.sessions.end().unwrap();
    let cookie = cookie.to_str().unwrap();
    assert!(cookie.starts_with("__Host-session=") && cookie.ends_with("; Secure"), "{cookie}");

    // No other name is answered to, but for probes.
    for (path, status) in [("/", 421), ("/api/v1/offers", 421), ("/healthz", 200)] {
        let reply = service.send(machine(Method::GET, path), "").await;
        assert_eq!(reply.status.as_u16(), status, "{path}");
    }
    // A page that came without TLS may be anybody's.
    for (origin, code) in [("http://compte.example", "cross-site"), (public, "not-found")] {
        let mut request = browser(Method::POST, "/connexion").header(ORIGIN, origin);
        request.headers_mut().unwrap().insert(HOST, "compte.example".parse().unwrap());
        let request = request.header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let request = request.header("accept", "application/json");
        let reply = service.send(request, "persona=amina").await;
        let known =
            if code == "cross-site" { StatusCode::FORBIDDEN } else { StatusCode::NOT_FOUND };
        assert_eq!(reply.status, known, "{origin}: {}", reply.body);
    }
}

#[tokio::test]
async fn addresses_in_answers_are_the_public_ones() {
    let settings = [("LEDGER_LOG", "memory:"), ("LEDGER_PUBLIC_URL", "https://compte.example")];
    let service = Service::with(&settings).await;
    let mut request = machine(Method::GET, "/api/v1/openapi.json");
    request.headers_mut().unwrap().insert(HOST, "compte.example".parse().unwrap());
    let document = service.send(request, "").await.json();
    let flow = &document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"];
    assert_eq!(flow["tokenUrl"], "https://compte.example/api/v1/oauth/token");
}

#[tokio::test]
async fn who_finds_a_weakness_is_told_where_to_tell_of_it() {
    let contact = ("LEDGER_SECURITY_CONTACT", "mailto:security@compte.example");
    let service = Service::with(&[("LEDGER_LOG", "memory:"), contact]).await;
    let reply = service.get("/.well-known/security.txt").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.body.contains("Contact: mailto:security@compte.example\n"), "{}", reply.body);
    assert!(reply.body.contains("Expires: 2027-05-11T09:00:00Z\n"), "{}", reply.body);
    let silent = Service::demo().await.get("/.well-known/security.txt").await;
    assert_eq!(silent.status, StatusCode::NOT_FOUND);
}

#[test]
fn no_template_writes_what_it_is_given_as_it_is() {
    let mut raw = Vec::new();
    for file in files(&root().join("ledger-api/templates"), ".html") {
        let text = fs::read_to_string(&file).unwrap();
        for line in text.lines().filter(|it| {
            let bare: String = it.split_whitespace().collect();
            bare.contains("|safe")
                || bare.contains("escape(\"none\"")
                || bare.contains("{%autoescape")
        }) {
            raw.push(line.trim().to_owned());
        }
    }
    // The block of data for search engines, which escapes what could end it (`offer/json_ld.rs`).
    let known = "{% block head %}<script type=\"application/ld+json\">{{ json_ld|safe }}</script>{% endblock %}";
    assert_eq!(raw, [known]);
}

#[test]
fn the_table_of_security_names_tests_that_exist() {
    let text = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let sources: String =
        ["ledger-core", "ledger-api", "catalogue-sync", "projections", "fixtures"]
            .iter()
            .flat_map(|it| files(&root().join(it), ".rs"))
            .map(|it| fs::read_to_string(it).unwrap())
            .collect();
    let mut named = 0;
    for row in text.lines().filter(|it| it.starts_with("| V")) {
        let cells: Vec<&str> = row.trim_matches('|').split(" | ").collect();
        assert_eq!(cells.len(), 4, "chapter, what is asked, how it is met, shown by: {row}");
        for test in cells[3].split('`').skip(1).step_by(2) {
            named += 1;
            let exists = sources.contains(&format!("fn {test}("));
            assert!(exists, "docs/security.md names `{test}`, which is no test");
        }
    }
    assert!(named > 40, "{named} tests");
    for chapter in 1..=17 {
        let begins = format!("| V{chapter}.");
        let alone = format!("| V{chapter} |");
        let there = text.lines().any(|it| it.starts_with(&begins) || it.starts_with(&alone));
        assert!(there, "docs/security.md says nothing of V{chapter}");
    }
}
