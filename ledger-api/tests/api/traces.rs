//! What traces tell, and what they never do.

use std::io;
use std::sync::Arc;

use axum::http::Method;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use parking_lot::Mutex;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::FmtSpan;

use crate::machine::{FUNDERS, Machine, PARIS, SECRET, form, registered, token};
use crate::service::{Service, machine};

/// Where traces go.
#[derive(Clone, Default)]
struct Traces(Arc<Mutex<Vec<u8>>>);

impl io::Write for Traces {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Traces {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn no_trace_holds_a_secret_a_token_a_cookie_or_a_name() {
    let traces = Traces::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_span_events(FmtSpan::CLOSE)
        .with_writer(traces.clone())
        .finish();
    // Beside a second subscriber, what is traced is asked of both; with one alone, whichever thread
    // comes first to a trace decides for all, and other tests have none.
    let _second = tracing::Dispatch::new(tracing_subscriber::registry());
    let _here = tracing::subscriber::set_default(subscriber);

    let service = Service::demo().await;
    let client = registered(&service, 1, PARIS, &FUNDERS).await;
    let wrong = form(client).replace("crs_0", "crs_1");
    token(&service, &wrong).await;
    let mut secrets = vec![SECRET.to_owned(), SECRET.replace("crs_0", "crs_1")];
    let basic = machine(Method::POST, "/api/v1/oauth/token")
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(AUTHORIZATION, "Basic Y2xpX3NlY3JldDpzZWNyZXQ=");
    service.send(basic, "grant_type=client_credentials").await;
    secrets.push("Y2xpX3NlY3JldDpzZWNyZXQ".to_owned());
    let paris = Machine { token: String::new(), service: &service, client };
    let given = token(&service, &form(client)).await.json();
    let paris = Machine { token: given["access_token"].as_str().unwrap().to_owned(), ..paris };
    let path = paris.opened().await;
    paris.batch(&path, "text/csv", "key", "account;amount\nsecret-of-a-file;1,00\n").await;
    secrets.push("secret-of-a-file".to_owned());
    paris.get("/api/v1/accounts/acc_nonsense").await;
    secrets.push(paris.token.clone());

    let cookie = service.sign_in("amina").await;
    service.get_as(&cookie, "/compte?retour=secret-of-a-query").await;
    service.post_form(&cookie, "/listes", "name=secret-of-a-form").await;
    secrets
        .extend(["secret-of-a-query", "secret-of-a-form", "Amina", "Belkacem"].map(String::from));
    secrets.push(cookie.split_once('=').unwrap().1.to_owned());

    let written = String::from_utf8(traces.0.lock().clone()).unwrap();
    assert!(written.contains("request{id="), "nothing was traced: {written}");
    assert!(written.contains("/api/v1/oauth/token"), "{written}");
    for secret in secrets {
        assert!(!written.contains(&secret), "{secret} is in the traces:\n{written}");
    }
}
