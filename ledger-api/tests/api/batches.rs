//! A collectivité credits many accounts by a file, and follows it.

use std::fmt::Write;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use futures_util::stream;
use ledger_api::api::batches::upload::AT_ONCE;
use ledger_api::workers;
use ledger_core::client::ClientScope;
use ledger_core::event_log::EventLog;
use serde_json::{Value, json};

use crate::machine::{FUNDERS, Machine, OTHER, account, opened_account};
use crate::service::{Reply, Service};

/// Does what the worker does.
pub async fn credited(service: &Service) {
    service.caught_up().await;
    workers::flows::pass(&service.app, 0).await.unwrap();
}

/// A file that credits accounts 1 to `n` with a cent each.
fn file(n: u128) -> String {
    let mut file = String::from("account;amount\n");
    for n in 1..=n {
        writeln!(file, "{};0,01", account(n)).unwrap();
    }
    file
}

/// Two lines for open accounts, one for one that is not, three that are wrong.
fn mixed_file() -> String {
    format!(
        "account;amount;reference\n{};12,50;a\n{};0;b\nmartin@example.org;5;c\n\n{};7;d\n{};1;e\n{};3;f\n",
        account(1),
        account(1),
        account(9),
        account(1),
        account(2),
    )
}

fn id(reply: &Reply) -> String {
    reply.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_file_is_credited_but_for_what_is_wrong_in_it() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    for n in 1..=2 {
        opened_account(&service, n).await;
    }
    let path = paris.opened().await;
    let file = mixed_file();
    let sent = paris.batch(&path, "text/csv; charset=utf-8", "lot-1", file.clone()).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.body);
    let batch = sent.json();
    assert_eq!((&batch["status"], &batch["reference"]), (&json!("crediting"), &json!("lot-1")));
    assert_eq!((&batch["accepted_lines"], &batch["refused_lines"]), (&json!(3), &json!(3)));
    assert_eq!(batch["accepted_cents"], 12_50 + 7_00 + 3_00);

    credited(&service).await;
    let batch = paris.get(sent.location()).await.json();
    assert_eq!((&batch["status"], &batch["progress_percent"]), (&json!("completed"), &json!(100)));
    assert_eq!((&batch["credited_lines"], &batch["credited_cents"]), (&json!(2), &json!(1_550)));
    assert_eq!(batch["refused_lines"], 4);
    let envelope = paris.get(&path).await.json();
    assert_eq!(envelope["allocated_cents"], 1_550, "what account 9 refused is free again");
    let seen = paris.get(&format!("/api/v1/accounts/{}", account(1))).await.json();
    assert_eq!(seen["granted_cents"], 1_250);

    let again = paris.batch(&path, "text/csv", "lot-1", file).await;
    assert_eq!((again.status, again.header("idempotent-replayed")), (StatusCode::OK, "true"));
    assert_eq!(again.json(), batch);
}

#[tokio::test]
async fn what_became_of_each_line_is_reported() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    for n in 1..=2 {
        opened_account(&service, n).await;
    }
    let path = paris.opened().await;
    let sent = paris.batch(&path, "text/csv", "lot-1", mixed_file()).await;
    credited(&service).await;
    let lines = format!("{}/lines", sent.location());
    let report = paris.get(&lines).await.json();
    let told: Vec<_> = report["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| {
            format!(
                "{} {} {} {}",
                it["line"],
                it["status"].as_str().unwrap(),
                it["rule"].as_str().unwrap_or("-"),
                it["field"].as_str().unwrap_or("-")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "1 credited - -",
            "2 refused amount-zero amount",
            "3 refused account-invalid account",
            "5 refused account-not-open account",
            "6 refused account-duplicated account",
            "7 credited - -",
        ]
    );
    assert!(!report.to_string().contains("martin"), "{report}");
    let refused = paris.get(&format!("{lines}?status=refused&limit=3")).await.json();
    assert_eq!(refused["data"].as_array().unwrap().len(), 3);
    let next = refused["next_cursor"].as_str().unwrap();
    let rest = paris.get(&format!("{lines}?status=refused&cursor={next}")).await.json();
    assert_eq!((&rest["data"][0]["line"], rest.get("next_cursor")), (&json!(6), None));

    let csv = paris
        .send(Method::GET, &format!("{lines}?status=refused"), &[("accept", "text/csv")], "")
        .await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.body.lines().count(), 5, "{}", csv.body);
    assert!(
        csv.body.starts_with("line;status;account;amount_cents;rule;field;detail\r\n2;refused;")
    );
    let xml = paris.send(Method::GET, &lines, &[("accept", "application/xml")], "").await;
    assert_eq!(xml.problem(), (406, "not-acceptable".into()));
}

#[tokio::test]
async fn a_file_may_be_json_or_ndjson_and_name_itself() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let line = |n: u128| json!({ "account": account(n), "amount_cents": 100 });
    let object = json!({ "lines": [line(1), line(2), { "account": 7 }], "reference": "a" });
    let text = format!("{{\"reference\":\"a\",\"lines\":{}}}", object["lines"]);
    let json = [("content-type", "application/json")];
    let sent = paris.send(Method::POST, &format!("{path}/batches"), &json, &text).await;
    assert_eq!(sent.status, StatusCode::ACCEPTED, "{}", sent.body);
    assert_eq!(
        (&sent.json()["accepted_lines"], &sent.json()["refused_lines"]),
        (&json!(2), &json!(1))
    );

    let lines = format!("{}\n\n{}", line(1), line(2));
    let ndjson = [("content-type", "application/x-ndjson")];
    let to = format!("{path}/batches?reference=b");
    let sent = paris.send(Method::POST, &to, &ndjson, &lines).await;
    assert_eq!((sent.status, &sent.json()["reference"]), (StatusCode::ACCEPTED, &json!("b")));

    let nameless = paris.send(Method::POST, &format!("{path}/batches"), &ndjson, &lines).await;
    assert_eq!(nameless.problem(), (400, "idempotency-key-missing".into()));
    let torn = paris.batch(&path, "application/json", "b", text.clone()).await;
    assert_eq!(torn.json()["errors"][0]["field"], "reference", "{}", torn.body);
    let torn = [json[0], ("idempotency-key", "c")];
    let torn = paris.send(Method::POST, &to, &torn, &text).await;
    assert_eq!(torn.json()["errors"][0]["field"], "reference", "{}", torn.body);
}

#[tokio::test]
async fn one_file_too_many_is_told_to_come_again() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    opened_account(&service, 1).await;
    let path = paris.opened().await;
    let others = service.app.uploads.acquire_many(u32::try_from(AT_ONCE).unwrap()).await.unwrap();
    let refused = paris.batch(&path, "text/csv", "k", file(1)).await;
    assert_eq!(refused.problem(), (503, "too-many-uploads".into()));
    assert!(refused.header("retry-after").parse::<u32>().is_ok());
    drop(others);
    let taken = paris.batch(&path, "text/csv", "k", file(1)).await;
    assert_eq!(taken.status, StatusCode::ACCEPTED, "{}", taken.body);
}

#[tokio::test]
async fn a_file_that_was_cut_off_goes_on_when_it_is_sent_again() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let file = file(12_000);
    let cut: Vec<Result<Vec<u8>, std::io::Error>> = vec![
        Ok(file.as_bytes()[..400_000].to_vec()),
        Err(std::io::ErrorKind::ConnectionReset.into()),
    ];
    let reply = paris.batch(&path, "text/csv", "k", Body::from_stream(stream::iter(cut))).await;
    assert_eq!(reply.problem(), (400, "bad-request".into()));
    credited(&service).await;
    let listed = paris.get("/api/v1/batches").await.json();
    assert_eq!(listed["data"][0]["status"], "open");
    assert_eq!(listed["data"][0]["accepted_lines"], 5_000, "whole chunks only");
    assert_eq!(listed["data"][0]["credited_lines"], 0);

    let position = service.app.ledger.log().end().await.unwrap();
    let whole = paris.batch(&path, "text/csv", "k", file).await;
    assert_eq!(
        (whole.status, &whole.json()["accepted_lines"]),
        (StatusCode::ACCEPTED, &json!(12_000))
    );
    let end = service.app.ledger.log().end().await.unwrap();
    assert_eq!(end - position, 3, "two chunks and the end: the first was there");
}

#[tokio::test]
async fn a_reference_stands_for_one_file() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let whole = file(11_000);
    assert_eq!(
        paris.batch(&path, "text/csv", "k", whole.clone()).await.status,
        StatusCode::ACCEPTED
    );
    let changed = whole.replacen("0,01", "0,02", 1);
    let longer = format!("{whole}{};0,01\n", account(11_001));
    let much_longer = file(15_001);
    let shorter = file(5_000);
    for other in [changed, longer, much_longer, shorter] {
        let reply = paris.batch(&path, "text/csv", "k", other).await;
        assert_eq!(reply.problem(), (422, "idempotency-key-reused".into()));
    }
    let other_envelope = paris.open("two", &crate::machine::new_envelope()).await;
    let there = paris.batch(other_envelope.location(), "text/csv", "k", file(1)).await;
    assert_eq!(there.status, StatusCode::ACCEPTED, "references are the envelope's own");
}

#[tokio::test]
async fn a_shorter_file_never_submits_what_a_longer_one_left() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let cut: Vec<Result<Vec<u8>, std::io::Error>> =
        vec![Ok(file(11_000).into_bytes()), Err(std::io::ErrorKind::ConnectionReset.into())];
    paris.batch(&path, "text/csv", "k", Body::from_stream(stream::iter(cut))).await;
    let shorter = paris.batch(&path, "text/csv", "k", file(5_000)).await;
    assert_eq!(shorter.problem(), (422, "idempotency-key-reused".into()));
    assert_eq!(paris.get("/api/v1/batches").await.json()["data"][0]["status"], "open");
}

#[tokio::test]
async fn a_file_over_the_budget_is_refused_whole() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    opened_account(&service, 1).await;
    let path = paris.opened().await;
    let file = format!("account;amount\n{};600\n{};600\n", account(1), account(2));
    let sent = paris.batch(&path, "text/csv", "k", file).await;
    credited(&service).await;
    for batch in [
        paris.get(sent.location()).await.json(),
        paris.get(&format!("{path}/batches")).await.json()["data"][0].clone(),
    ] {
        assert_eq!(batch["status"], "refused");
        let why = batch["refused_because"].as_str().unwrap();
        assert!(why.contains("over the budget"), "{why}");
    }
    let lines = paris.get(&format!("{}/lines?status=refused", sent.location())).await.json();
    assert_eq!(lines["data"].as_array().unwrap().len(), 2, "{lines}");
    assert_eq!(lines["data"][0]["rule"], "batch-refused");
    assert!(lines["data"][1]["detail"].as_str().unwrap().contains("over the budget"), "{lines}");
    assert_eq!(paris.get(&path).await.json()["allocated_cents"], 0);
}

#[tokio::test]
async fn another_funders_batch_does_not_exist() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    let path = paris.opened().await;
    let sent = paris.batch(&path, "text/csv", "k", file(1)).await;
    let other = Machine::of(&service, 2, OTHER, &FUNDERS).await;
    let lines = format!("{}/lines", sent.location());
    for path in [sent.location(), &lines, &format!("{path}/batches")] {
        assert_eq!(other.get(path).await.problem(), (404, "not-found".into()), "{path}");
    }
    assert_eq!(other.get("/api/v1/batches").await.json(), json!({ "data": [] }));
    assert_eq!(other.batch(&path, "text/csv", "k", file(1)).await.problem().0, 404);
    let reader =
        Machine::of(&service, 3, crate::machine::PARIS, &[ClientScope::EnvelopesRead]).await;
    assert_eq!(reader.batch(&path, "text/csv", "k", file(1)).await.problem().0, 403);
    assert_eq!(reader.get(sent.location()).await.json()["id"], Value::from(id(&sent)));
}

#[tokio::test]
async fn the_worker_credits_what_a_stopped_service_left() {
    let service = Service::demo().await;
    let paris = Machine::of_paris(&service).await;
    opened_account(&service, 1).await;
    let path = paris.opened().await;
    let sent = paris.batch(&path, "text/csv", "k", file(1)).await;
    let service = service.restarted().await;
    let running = workers::start(&service.app, None);
    let paris = Machine { service: &service, ..paris };
    let credited = async {
        while paris.get(sent.location()).await.json()["status"] != "completed" {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(std::time::Duration::from_secs(20), credited).await;
    in_time.expect("it is credited in a moment");
    drop(running);
}
