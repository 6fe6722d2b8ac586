//! A partner's fee: recorded on its page, titled with its settlement, paid at the bank.

use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use chrono::{NaiveDate, TimeDelta};
use fixtures::bank_files::{self, Line};
use fixtures::partners::Partner as Fictional;
use fixtures::year::{Setting, tell};
use ledger_api::workers::flows;
use ledger_core::bank::{BankAccount, Matched};
use ledger_core::event_log::EventLog;
use ledger_core::ids::SettlementId;
use ledger_core::money::Budget;
use ledger_core::partner::Partner;
use ledger_core::settlement::{Settlement, VoucherKind};
use projections::reports::titles::{TitleRow, TitlesOf};
use tempfile::TempDir;

use crate::books::text;
use crate::service::{Reply, Service, browser};

/// A service after a term of the demo's year, where one partner owes 2 %.
struct Office {
    service: Service,
    officer: String,
    accountant: String,
    _data: TempDir,
}

impl Office {
    async fn open() -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().to_str().unwrap();
        let settings = [("LEDGER_DEMO", "yes"), ("LEDGER_LOG", "memory:"), ("LEDGER_DATA", folder)];
        let service = Service::with(&settings).await;
        service.app.clock.advance(TimeDelta::days(10));
        let (today, base) = (service.app.clock.today(), "http://127.0.0.1:8091".to_owned());
        tell(&service.app.ledger, &Setting { today, base, pseudonyms: [7; 32] }).await.unwrap();
        service.caught_up().await;
        let officer = service.sign_in("ordonnateur").await;
        let accountant = service.sign_in("comptable").await;
        Self { service, officer, accountant, _data: data }
    }

    async fn page(&self, path: &str) -> String {
        let reply = self.service.get_as(&self.accountant, path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.body);
        text(&reply.body)
    }

    async fn titles(&self) -> Vec<TitleRow> {
        self.service.caught_up().await;
        self.service.app.models.now().unwrap().titles(TitlesOf::All).unwrap()
    }

    async fn state(&self, id: SettlementId) -> Settlement {
        self.service.app.ledger.state::<Settlement>(id).await.unwrap()
    }

    /// The accountant imports a statement whose lines come in; gives the page.
    async fn import(&self, reference: &str, lines: &[(Budget, &str)]) -> String {
        let account = self.service.app.models.now().unwrap().bank_accounts().unwrap().remove(0);
        let state = self.service.app.ledger.state::<BankAccount>(account.id).await.unwrap();
        let lines: Vec<Line> = lines
            .iter()
            .map(|(amount, quoted)| Line {
                amount: *amount,
                incoming: true,
                code: ("PMNT", "RCDT", "ESCT"),
                end_to_end: String::new(),
                text: (*quoted).to_owned(),
                returned: "",
            })
            .collect();
        let day = self.service.app.clock.today();
        let iban = state.opened.unwrap().iban;
        let file = bank_files::statement(iban.as_str(), reference, day, state.closing, &lines);
        let body = format!(
            "--X\r\nContent-Disposition: form-data; name=\"fichier\"; filename=\"f.xml\"\r\n\
             Content-Type: text/xml\r\n\r\n{file}\r\n--X--\r\n"
        );
        let request = browser(Method::POST, "/comptable/banque/releve")
            .header("cookie", &self.accountant)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "multipart/form-data; boundary=X");
        let page = text(&self.service.send_body(request, body.into()).await.body);
        assert!(page.contains("Relevé importé"), "{page}");
        page
    }

    async fn posts(&self, cookie: &str, path: &str, form: &str) -> Reply {
        self.service.post_form(cookie, path, form).await
    }
}

fn euros(cents: u64) -> Budget {
    Budget::from_cents(cents).unwrap()
}

#[tokio::test]
async fn a_fee_is_recorded_on_the_partners_page_by_an_authorising_officer() {
    let office = Office::open().await;
    let id = Fictional::of_slug("calculine").unwrap().id();
    let (path, act) =
        (format!("/comptable/partenaires/{id}"), format!("/comptable/partenaires/{id}/commission"));
    let page = office.page(&path).await;
    assert!(page.contains("Aucune commission n’est convenue"), "{page}");
    assert!(!page.contains("Enregistrer la commission"), "an accountant has no such form: {page}");
    let end = office.service.app.ledger.log().end().await.unwrap();
    let form = |rate: &str, vat: &str, from: &str, agreement: &str| {
        format!("taux={rate}&tva={vat}&date={from}&convention={agreement}")
    };
    let right = form("2,5", "2000", "2026-12-01", "Avenant+2");
    let refused = office.posts(&office.accountant, &act, &right).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    assert!(text(&refused.body).contains("enregistrée par un ordonnateur"), "{}", refused.body);
    for (wrong, told) in [
        (form("31", "2000", "2026-12-01", "A"), "nombre de 0 à 30"),
        (form("2,55", "2000", "2026-12-01", "A"), "nombre de 0 à 30"),
        (form("2", "1960", "2026-12-01", "A"), "taux de TVA"),
        (form("2", "2000", "", "A"), "Donnez le premier jour"),
        (form("2", "2000", "2026-12-01", "+"), "Nommez la convention"),
    ] {
        let reply = office.posts(&office.officer, &act, &wrong).await;
        assert!(reply.status.is_client_error(), "{wrong}");
        assert!(text(&reply.body).contains(told), "{wrong}: {}", text(&reply.body));
    }
    assert_eq!(office.service.app.ledger.log().end().await.unwrap(), end);
    for _ in 0..2 {
        let done = office.posts(&office.officer, &act, &right).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    }
    let state = office.service.app.ledger.state::<Partner>(id).await.unwrap();
    assert_eq!(state.fees.len(), 1, "recorded twice");
    let page = office.page(&path).await;
    for part in ["2,5 %", "20 %", "Avenant 2", "01/12/2026"] {
        assert!(page.contains(part), "{part}: {page}");
    }
}

#[tokio::test]
async fn titles_are_listed_the_unpaid_first_and_those_that_are_late_are_exceptions() {
    let office = Office::open().await;
    let titles = office.titles().await;
    let today = office.service.app.clock.today();
    let (paid, open): (Vec<_>, Vec<_>) = titles.iter().partition(|it| it.paid.is_some());
    assert!(titles.is_sorted_by_key(|it| it.paid.is_some()), "the unpaid first");
    assert!(paid.len() >= 2, "too few titles are paid: {titles:?}");
    assert!(paid.iter().any(|it| it.paid.as_ref().is_some_and(|it| it.booked.is_none())));
    let late = open.iter().find(|it| it.late_by(today).is_some()).expect("one is late");
    let page = office.page("/comptable/titres").await;
    let total: ledger_core::money::Balance = open.iter().map(|it| it.open()).sum();
    for part in [late.title.reference.as_str(), "Éditions du Préau", "Ancienneté"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    assert!(
        page.contains(&total.to_string().replace(['\u{a0}', '\u{202f}'], " ")),
        "{total}: {page}"
    );
    let csv = office.service.get_as(&office.officer, "/comptable/titres.csv").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(csv.body.lines().count(), titles.len() + 1, "{}", csv.body);
    let exceptions = office.page("/comptable/anomalies").await;
    assert!(exceptions.contains("Titre impayé"), "{exceptions}");
    assert!(exceptions.contains(late.title.reference.as_str()), "{exceptions}");
    let checks = office.page("/comptable/controles").await;
    assert!(checks.contains("411800") && !checks.contains("ÉCART"), "{checks}");
    let teacher = office.service.sign_in("amina").await;
    for path in ["/comptable/titres", "/comptable/titres.csv"] {
        let refused = office.service.get_as(&teacher, path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{path}");
    }
}

#[tokio::test]
async fn the_paper_of_each_title_is_kept_with_its_settlement() {
    let office = Office::open().await;
    for _ in 0..2 {
        flows::pass(&office.service.app, 0).await.unwrap();
        office.service.caught_up().await;
    }
    for it in office.titles().await {
        let state = office.state(it.settlement).await;
        let mut papers = state.vouchers.iter().filter(|it| it.kind == VoucherKind::Title);
        let paper = papers.next().expect("kept");
        assert_eq!(
            (papers.count(), &*paper.name),
            (0, &*format!("titre-{}.pdf", it.title.reference))
        );
        let path = format!("/comptable/reglements/{}/pieces/{}", it.settlement, paper.digest);
        let file = office.service.get_as(&office.officer, &path).await;
        assert!(file.body.starts_with("%PDF-1."), "not a PDF");
        let page = office.page(&format!("/comptable/reglements/{}", it.settlement)).await;
        for part in ["Commission", it.title.reference.as_str(), "TVA à 20 %"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        let state = if it.paid.is_some() { "Payé" } else { "" };
        assert!(page.contains(&format!("État du titre {state}")), "{page}");
    }
}

/// The settlement of the owing partner that has no statement yet; the officer certifies it and the
/// accountant enters what the partner states.
async fn stated(office: &Office) -> SettlementId {
    let partner = Fictional::of_slug("editions-du-preau").unwrap().id();
    let on: NaiveDate = "2026-11-15".parse().unwrap();
    let id = SettlementId::of(partner, on);
    let path = format!("/comptable/reglements/{id}");
    let page = office.page(&path).await;
    assert!(page.contains("Le partenaire doit une commission de 2 %"), "{page}");
    let done = office.posts(&office.officer, &format!("{path}/service-fait"), "").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", text(&done.body));
    let due = office.state(id).await.due.cents();
    let form = format!("reference=R-1&date=2026-11-20&montant={},{:02}", due / 100, due % 100);
    let done = office.posts(&office.accountant, &format!("{path}/releve"), &form).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", text(&done.body));
    id
}

#[tokio::test]
async fn a_title_is_made_with_the_statement_and_paid_by_the_line_that_quotes_it() {
    let office = Office::open().await;
    let id = stated(&office).await;
    let state = office.state(id).await;
    let title = state.fee.expect("a title");
    assert!(state.vouchers.iter().any(|it| it.kind == VoucherKind::Title), "kept at once");
    let quoted = format!("COMMISSION {} MERCI", title.reference);
    let beyond = euros(title.total.cents() + 1);
    office.import("2026-T1", &[(beyond, &quoted), (title.total, &quoted)]).await;
    let paid = office.state(id).await.fee_paid.expect("paid");
    assert_eq!((&*paid.line, paid.booked), ("2026-T1#2", Some(office.service.app.clock.today())));
    let page = office.page(&format!("/comptable/reglements/{id}")).await;
    assert!(page.contains("Payé le") && page.contains("2026-T1#2"), "{page}");
    let bank = office.page("/comptable/banque").await;
    assert!(bank.contains("2026-T1#1"), "another sum waits: {bank}");
    let checks = office.page("/comptable/controles").await;
    assert!(!checks.contains("ÉCART"), "{checks}");
}

#[tokio::test]
async fn a_parked_line_is_identified_as_a_titles_payment_by_the_accountant() {
    let office = Office::open().await;
    let id = stated(&office).await;
    let title = office.state(id).await.fee.expect("a title");
    office.import("2026-T1", &[(title.total, "merci"), (title.total, "merci")]).await;
    let account = office.service.app.models.now().unwrap().bank_accounts().unwrap().remove(0).id;
    let bank = office.service.get_as(&office.accountant, "/comptable/banque").await.body;
    assert!(bank.contains(&format!("Titre : {}", title.reference)), "{bank}");
    let form = |line: &str| format!("compte={account}&ligne={line}&fonds={id}");
    let path = "/comptable/banque/lignes";
    let refused = office.posts(&office.officer, path, &form("2026-T1%231")).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    for _ in 0..2 {
        let done = office.posts(&office.accountant, path, &form("2026-T1%231")).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", text(&done.body));
    }
    let again = office.posts(&office.accountant, path, &form("2026-T1%232")).await;
    assert!(again.status.is_client_error(), "one title was paid twice");
    let state = office.service.app.ledger.state::<BankAccount>(account).await.unwrap();
    assert!(state.parked.contains_key("2026-T1#2"));
    assert_eq!(state.identified.last().map(|it| it.to), Some(Matched::Fee(id)));
    assert_eq!(office.state(id).await.fee_paid.map(|it| it.line), Some("2026-T1#1".into()));
    let checks = office.page("/comptable/controles").await;
    assert!(!checks.contains("ÉCART"), "{checks}");
}
