//! Files that are wrong in every way: each says where and why, and none takes the service down.

use std::fmt::Write;

use axum::http::StatusCode;
use ledger_core::event_log::EventLog;
use serde_json::json;

use crate::machine::{Machine, account};
use crate::service::Service;

/// Rules of the refused lines, in their order.
async fn rules(paris: &Machine<'_>, at: &str) -> Vec<String> {
    let report = paris.get(&format!("{at}/lines?status=refused&limit=100")).await.json();
    let lines = report["data"].as_array().unwrap().iter();
    lines.map(|it| format!("{} {}", it["line"], it["rule"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_file_that_cannot_be_used_at_all_keeps_nothing() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let before = service.app.ledger.log().end().await.unwrap();
    let utf16: Vec<u8> =
        "\u{feff}account;amount\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let cases: Vec<(&str, Vec<u8>, u16, &str)> = vec![
        ("text/csv", b"".to_vec(), 422, "bad-heading"),
        ("text/csv", b"\n".to_vec(), 422, "bad-heading"),
        ("text/csv", b"account;amount\n".to_vec(), 422, "batch-empty"),
        ("text/csv", b"account;amount".to_vec(), 422, "batch-empty"),
        ("text/csv", b"account;amount\n\n;\n".to_vec(), 422, "batch-empty"),
        ("text/csv", b"email;amount\n".to_vec(), 422, "bad-heading"),
        ("text/csv", b"amount\n5\n".to_vec(), 422, "bad-heading"),
        ("text/csv", b"account;account;amount\n".to_vec(), 422, "bad-heading"),
        ("text/csv", format!("{};5\n", account(1)).into_bytes(), 422, "bad-heading"),
        ("text/csv", vec![b'a'; 10 << 20], 422, "bad-heading"),
        ("text/csv", vec![0; 1000], 422, "bad-encoding"),
        ("text/csv", [vec![0; 1000], b"\n".to_vec()].concat(), 422, "bad-encoding"),
        ("text/csv", utf16, 422, "bad-encoding"),
        ("text/csv; charset=iso-8859-15", b"account;amount\n".to_vec(), 422, "bad-encoding"),
        ("application/json", b"".to_vec(), 400, "bad-request"),
        ("application/json", b"[]".to_vec(), 400, "bad-request"),
        ("application/json", b"{\"lines\":[]}".to_vec(), 422, "batch-empty"),
        ("application/json", b"{\"lines\":[{]}".to_vec(), 400, "bad-request"),
        ("application/json", vec![b'['; 1 << 20], 400, "bad-request"),
        ("application/json", b"{\"line\":[]}".to_vec(), 422, "invalid-field"),
        ("application/x-ndjson", b"\n\n".to_vec(), 422, "batch-empty"),
        ("application/xml", b"<a/>".to_vec(), 415, "unsupported-media-type"),
        ("", b"".to_vec(), 415, "unsupported-media-type"),
    ];
    for (kind, file, status, slug) in cases {
        let shown = String::from_utf8_lossy(&file[..file.len().min(40)]).into_owned();
        let reply = paris.batch(&path, kind, "k", file).await;
        assert_eq!(reply.problem(), (status, slug.into()), "{kind}: {shown}");
    }
    assert_eq!(service.app.ledger.log().end().await.unwrap(), before);
}

#[tokio::test]
async fn a_line_that_is_wrong_spoils_itself_only() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let mut file = b"\xef\xbb\xbfaccount;amount\r\n".to_vec();
    let mut add = |bytes: &[u8]| {
        file.extend_from_slice(bytes);
        file.extend_from_slice(b"\r\n");
    };
    let right = |n: u128| format!("{};1", account(n)).into_bytes();
    add(&right(1));
    add(b"\xe9t\xe9;1");
    add(&vec![b'x'; 10 << 20]);
    add(&[right(2), vec![0]].concat());
    add(&format!("\"{};1", account(3)).into_bytes());
    add(&right(4));
    add(b"=cmd|' /C calc'!A0;1");
    add(&format!("{};1;1", account(5)).into_bytes());
    add(&format!("{};-1", account(6)).into_bytes());
    add(&right(1));
    add(&right(7));
    file.extend_from_slice(&account(8).to_string().as_bytes()[..20]);
    let sent = paris.batch(&path, "text/csv", "k", file).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.body);
    assert_eq!(sent.json()["accepted_lines"], 3);
    assert_eq!(
        rules(&paris, sent.location()).await,
        [
            "2 line-not-utf8",
            "3 line-too-long",
            "4 line-control-character",
            "5 line-quotes",
            "7 account-invalid",
            "8 line-columns",
            "9 amount-negative",
            "10 account-duplicated",
            "12 line-columns",
        ]
    );
}

#[tokio::test]
async fn a_file_without_one_right_line_is_not_submitted_and_says_why() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let reply = paris.batch(&path, "text/csv", "k", "account;amount\nx;1\ny;2\n").await;
    assert_eq!(reply.problem(), (422, "batch-empty".into()));
    assert_eq!(reply.json()["refused_lines"], 2);
    let at = format!("/api/v1/batches/{}", reply.json()["batch"].as_str().unwrap());
    assert_eq!(rules(&paris, &at).await, ["1 account-invalid", "2 account-invalid"]);
    assert_eq!(paris.get(&at).await.json()["status"], "open");
}

#[tokio::test]
async fn json_lines_are_refused_by_their_field() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let long = "a".repeat(10_000);
    let file = format!(
        r#"{{"lines":[{{"account":"{}","amount_cents":5}},{{}},{{"account":"{}"}},
        {{"account":null,"amount_cents":1}},{{"account":"{}","amount_cents":5.5}},
        {{"account":"{long}","amount_cents":5}},{{account:1}},{{"x":1}}]}}"#,
        account(1),
        account(2),
        account(3),
    );
    let sent = paris.batch(&path, "application/json", "k", file).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.body);
    assert_eq!(
        rules(&paris, sent.location()).await,
        [
            "2 account-missing",
            "3 amount-missing",
            "4 account-missing",
            "5 amount-invalid",
            "6 line-too-long",
            "7 line-not-json",
            "8 account-missing",
        ]
    );
    // A file that breaks off in the middle is not credited.
    let reply = paris.batch(&path, "application/json", "l", r#"{"lines":[{"account":"x"},"#).await;
    assert_eq!(reply.problem(), (400, "bad-request".into()));
}

#[tokio::test]
async fn a_file_of_five_megabytes_comes_in_by_chunks() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let mut file = String::from("compte,montant\n");
    for n in 1..=130_000 {
        writeln!(file, "{},0.01", account(n)).unwrap();
    }
    assert!(file.len() > 5 << 20);
    let before = service.app.ledger.log().end().await.unwrap();
    let sent = paris.batch(&path, "text/csv", "k", file).await;
    assert_eq!(
        (sent.status, &sent.json()["accepted_lines"]),
        (StatusCode::ACCEPTED, &json!(130_000))
    );
    let events = service.app.ledger.log().read_all(before, 1000).await.unwrap();
    assert_eq!(events.len(), 1 + 26 + 1, "opened, chunks of 5,000, submitted");
    assert!(events.iter().all(|it| it.body.len() < 512 * 1024));
}
