//! What is written about the API is what it does.

use std::fs;
use std::path::{Path, PathBuf};

use axum::http::{Method, StatusCode};
use ledger_api::api::batches::line::Rule;
use ledger_api::api::documentation;
use ledger_api::problem::kinds;
use serde_json::Value;

use crate::service::{Service, machine};

fn docs(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs").join(file)
}

#[test]
fn the_committed_description_is_the_one_that_is_served() {
    let (path, text) = (docs("openapi.json"), documentation::text());
    #[expect(clippy::disallowed_methods, reason = "asks whether to write the file again")]
    if std::env::var("WRITE_DOCS").is_ok() {
        fs::write(&path, &text).unwrap();
    }
    let committed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        committed == text,
        "docs/openapi.json is not what the handlers say: \
         WRITE_DOCS=1 cargo test -p ledger-api --test api description"
    );
}

#[tokio::test]
async fn the_description_is_open_to_all() {
    let service = Service::demo().await;
    let reply = service.send(machine(Method::GET, "/api/v1/openapi.json"), "").await;
    assert_eq!((reply.status, reply.header("content-type")), (StatusCode::OK, "application/json"));
    let document = reply.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"), "{}", document["openapi"]);
    let flow = &document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"];
    assert_eq!(flow["tokenUrl"], "http://localhost:8080/api/v1/oauth/token");
    let paths = document["paths"].as_object().unwrap();
    for path in ["/api/v1/envelopes", "/api/v1/offers", "/api/v1/feeds", "/api/v1/payments"] {
        assert!(paths.contains_key(path), "{path}");
    }
    for (path, methods) in paths {
        for (method, it) in methods.as_object().unwrap() {
            for part in ["operationId", "summary", "description", "responses", "security"] {
                assert_ne!(it[part], Value::Null, "{method} {path} has no {part}");
            }
        }
    }
}

#[tokio::test]
async fn the_description_can_be_read_by_people() {
    let service = Service::demo().await;
    let page = service.get("/documentation").await;
    assert_eq!(page.status, StatusCode::OK, "{}", page.body);
    for part in ["POST /api/v1/envelopes", "envelopes:write", "budget_cents", "curl -s", "4XX, 5XX"]
    {
        assert!(page.body.contains(part), "{part}");
    }
    let document = service.send(machine(Method::GET, "/api/v1/openapi.json"), "").await.json();
    let paths = document["paths"].as_object().unwrap().values();
    let operations: usize = paths.map(|it| it.as_object().unwrap().len()).sum();
    assert_eq!(page.body.matches("<h3").count(), operations);
}

#[test]
fn the_guide_lists_every_problem_and_every_rule_of_a_line() {
    let guide = fs::read_to_string(docs("api.md")).unwrap();
    let row = |name: &str| guide.lines().any(|it| it.starts_with(&format!("| `{name}` |")));
    for kind in kinds::ALL {
        let line = format!("| `{}` | {} | {} |", kind.slug, kind.status.as_u16(), kind.title);
        assert!(guide.lines().any(|it| it == line), "docs/api.md lacks: {line}");
    }
    for rule in Rule::ALL {
        assert!(row(rule.name()), "docs/api.md lacks the rule {}", rule.name());
    }
    let rows = guide.lines().filter(|it| it.starts_with("| `")).count();
    assert_eq!(rows, kinds::ALL.len() + Rule::ALL.len(), "docs/api.md lists what does not exist");
}

#[test]
fn the_guide_of_webhooks_lists_all_that_is_told() {
    let guide = fs::read_to_string(docs("webhooks.md")).unwrap();
    for (kind, meaning) in ledger_api::webhooks::message::KINDS {
        let line = format!("| `{kind}` | {meaning} |");
        assert!(guide.lines().any(|it| it == line), "docs/webhooks.md lacks: {line}");
    }
}
