//! A service under test, and the words to talk to it: the router is called, no port is opened.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::header::{ACCEPT, CONTENT_TYPE, COOKIE, HOST, LOCATION, SET_COOKIE};
use axum::http::request::Builder;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use ledger_api::app::App;
use ledger_api::clock::Clock;
use ledger_api::config::Config;
use ledger_api::session::Sessions;
use ledger_api::{guarded, router};
use ledger_core::event_log::{EventLog, Log, Memory};
use ledger_core::ledger::{CacheSizes, Ledger};
use projections::ReadModels;
use tempfile::TempDir;
use tower::ServiceExt;

/// The time at which every service under test starts.
const START: &str = "2026-11-12T09:00:00Z";

/// A service of its own for each test.
pub struct Service {
    /// What its handlers use; its clock stands still until it is moved.
    pub app: App,
    router: Router,
    /// Of the read models; deleted with the service.
    directory: Arc<TempDir>,
}

/// An answer, read to its end.
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: String,
}

impl Service {
    /// The demo, on loopback.
    pub async fn demo() -> Self {
        Self::with(&[("LEDGER_DEMO", "yes"), ("LEDGER_LOG", "memory:")]).await
    }

    /// The demo, with only these routes.
    pub async fn with_routes(routes: Router<App>) -> Self {
        let demo = Self::demo().await;
        Self { router: guarded(routes, demo.app.clone()), ..demo }
    }

    /// A sandbox, on loopback.
    pub async fn sandbox() -> Self {
        let service = Self::made(&[("LEDGER_LOG", "memory:")], |config| {
            ledger_api::cli::sandbox::settings(config).unwrap()
        });
        let service = service.await;
        let now = service.app.clock.now();
        let secret = |it: &str| ledger_api::sandbox::secret_of(&service.app.sessions, it);
        fixtures::sandbox::set_up(&service.app.ledger, now, secret).await.unwrap();
        service
    }

    /// With these settings.
    pub async fn with(settings: &[(&str, &str)]) -> Self {
        Self::made(settings, |it| it).await
    }

    async fn made(settings: &[(&str, &str)], change: impl FnOnce(Config) -> Config) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let config = Config::read(|name| {
            let set = settings.iter().find(|(it, _)| *it == name);
            let data = || (name == "LEDGER_DATA").then(|| directory.path().to_str()).flatten();
            set.map(|it| it.1).or_else(data).map(str::to_owned)
        });
        let config = change(config.unwrap());
        let sessions = Sessions::new([7; 32], config.is_secure());
        let log = Log::from(Memory::new());
        let models = ReadModels::open(log.clone(), directory.path().join("read-models"), |_| ());
        let models = models.await.unwrap();
        let ledger = Ledger::new(log, CacheSizes::default());
        let app = App::new(config, ledger, models, Clock::fixed(START.parse().unwrap()), sessions)
            .unwrap();
        app.set_ready(true);
        Self { router: router(app.clone()), app, directory: Arc::new(directory) }
    }

    /// The same log after a restart: nothing is in memory, the read models are made anew.
    pub async fn restarted(&self) -> Self {
        let log = self.app.ledger.log().clone();
        let directory = Arc::new(tempfile::tempdir().unwrap());
        let models = ReadModels::open(log.clone(), directory.path().join("read-models"), |_| ());
        let models = models.await.unwrap();
        let ledger = Ledger::new(log, CacheSizes::default());
        let (config, clock) = (self.app.config.clone(), self.app.clock.clone());
        let app = App::new(config, ledger, models, clock, self.app.sessions.clone()).unwrap();
        app.set_ready(true);
        Self { router: router(app.clone()), app, directory }
    }

    /// Waits until the read models cover all that was written.
    pub async fn caught_up(&self) {
        let end = self.app.ledger.log().end().await.unwrap();
        self.app.models.at_least(end, Duration::from_secs(20)).await.unwrap();
    }

    /// As a browser asks for a page.
    pub async fn get(&self, path: &str) -> Reply {
        self.send(browser(Method::GET, path), "").await
    }

    /// As a browser asks for a page, signed in.
    pub async fn get_as(&self, cookie: &str, path: &str) -> Reply {
        self.send(browser(Method::GET, path).header(COOKIE, cookie), "").await
    }

    /// As a browser sends a form of our own page.
    pub async fn post_form(&self, cookie: &str, path: &str, form: &str) -> Reply {
        let request = browser(Method::POST, path)
            .header(COOKIE, cookie)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        self.send(request, form).await
    }

    /// Signs in as `persona` of the demo; gives the cookie.
    pub async fn sign_in(&self, persona: &str) -> String {
        let (app, directory) = (self.app.clone(), self.directory.clone());
        let sign_in = Self { router: router(app.clone()), app, directory };
        let reply = sign_in.post_form("", "/connexion", &format!("persona={persona}")).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
        reply.cookie()
    }

    /// Any request.
    pub async fn send(&self, request: Builder, body: &str) -> Reply {
        self.send_body(request, Body::from(body.to_owned())).await
    }

    /// Any request, with any bytes.
    pub async fn send_body(&self, request: Builder, body: Body) -> Reply {
        let request = request.body(body).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8_lossy(&body).into_owned();
        Reply { status: parts.status, headers: parts.headers, body }
    }
}

/// A browser's request for a page, to be completed.
pub fn browser(method: Method, path: &str) -> Builder {
    let request = Request::builder().method(method).uri(path);
    request.header(HOST, "localhost:8080").header(ACCEPT, "text/html,*/*;q=0.8")
}

/// A machine's request, to be completed.
pub fn machine(method: Method, path: &str) -> Builder {
    let request = Request::builder().method(method).uri(path);
    request.header(HOST, "localhost:8080").header(ACCEPT, "application/json")
}

impl Reply {
    /// One header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |it| it.to_str().unwrap())
    }

    /// Where it leads.
    pub fn location(&self) -> &str {
        self.header(LOCATION.as_str())
    }

    /// The cookie that it sets, as a browser sends it back.
    pub fn cookie(&self) -> String {
        self.header(SET_COOKIE.as_str()).split(';').next().unwrap().to_owned()
    }

    /// Its body, which is JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}
