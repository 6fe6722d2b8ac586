//! From the order to the bank statement: who may do what, what is taken in, what is refused.

use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use fixtures::bank_files::{self, Line};
use fixtures::year::{Setting, tell};
use ledger_core::bank::BankAccount;
use ledger_core::event_log::{EventLog, Position};
use ledger_core::ids::{BankAccountId, RemittanceId, SettlementId};
use ledger_core::money::{Balance, Budget};
use ledger_core::settlement::{Settlement, Stage};
use uuid::Uuid;

use crate::books::{links, text};
use crate::service::{Reply, Service, browser};

const SETTLEMENT: &str = "/comptable/reglements/stl_";

/// A service after a term of the demo's year.
struct Term {
    service: Service,
    officer: String,
    accountant: String,
}

impl Term {
    async fn open() -> Self {
        Self::on_day(10).await
    }

    /// `days` after 12 November.
    async fn on_day(days: i64) -> Self {
        let service = Service::demo().await;
        service.app.clock.advance(TimeDelta::days(days));
        let today = service.app.clock.today();
        let setting =
            Setting { today, base: "http://127.0.0.1:8091".to_owned(), pseudonyms: [7; 32] };
        tell(&service.app.ledger, &setting).await.unwrap();
        service.caught_up().await;
        let officer = service.sign_in("ordonnateur").await;
        let accountant = service.sign_in("comptable").await;
        Self { service, officer, accountant }
    }

    /// The first settlement at `stage`, as in the list's filter.
    async fn at(&self, stage: &str) -> String {
        let list = format!("/comptable/reglements?etat={stage}");
        let page = self.service.get_as(&self.accountant, &list).await.body;
        let found = links(&page, SETTLEMENT).into_iter().next();
        found.unwrap_or_else(|| panic!("no settlement is {stage}: {}", text(&page)))
    }

    async fn end(&self) -> Position {
        self.service.app.ledger.log().end().await.unwrap()
    }

    /// Sends `content` as a file, as the accountant's browser does.
    async fn send(&self, path: &str, content: &[u8]) -> Reply {
        let mut body = b"--X\r\nContent-Disposition: form-data; name=\"fichier\"; \
            filename=\"f.xml\"\r\nContent-Type: text/xml\r\n\r\n"
            .to_vec();
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--X--\r\n");
        let request = browser(Method::POST, path)
            .header("cookie", &self.accountant)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "multipart/form-data; boundary=X");
        self.service.send_body(request, body.into()).await
    }

    /// The account, as its statements tell.
    async fn account(&self) -> (BankAccountId, BankAccount) {
        let account = self.service.app.models.now().unwrap().bank_accounts().unwrap().remove(0);
        (account.id, self.service.app.ledger.state::<BankAccount>(account.id).await.unwrap())
    }

    /// A statement with one line of 5,00 € that comes in; it begins `beyond` cents above what the
    /// last one ended with.
    async fn statement(&self, reference: &str, beyond: u64) -> String {
        let (_, state) = self.account().await;
        let iban = state.opened.unwrap().iban;
        statement(iban.as_str(), reference, state.closing.and(Balance::from_cents(beyond)))
    }
}

fn statement(iban: &str, reference: &str, opening: Balance) -> String {
    let line = Line {
        amount: Budget::from_cents(5_00).unwrap(),
        incoming: true,
        code: ("PMNT", "RCDT", "ESCT"),
        end_to_end: String::new(),
        text: "merci".into(),
        returned: "",
    };
    let day = "2026-11-22".parse().unwrap();
    bank_files::statement(iban, reference, day, opening, &[line])
}

#[tokio::test]
async fn each_act_is_one_roles_and_tells_others_why_not() {
    let term = Term::open().await;
    let matched = term.at("a-ordonnancer").await;
    let end = term.end().await;
    let ordre = format!("{matched}/ordre");
    let reply = term.service.post_form(&term.accountant, &ordre, "").await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "{}", text(&reply.body));
    assert_eq!(term.end().await, end, "the accountant ordered a payment");

    let reply = term.service.post_form(&term.officer, &ordre, "").await;
    assert!(reply.status.is_success() || reply.status.is_redirection(), "{}", text(&reply.body));
    let page = text(&term.service.get_as(&term.officer, &matched).await.body);
    assert!(page.contains("À viser") && page.contains("ordre-de-payer"), "{page}");

    let end = term.end().await;
    for act in ["visa", "suspension"] {
        let path = format!("{matched}/{act}");
        let reply = term.service.post_form(&term.officer, &path, "motif=non").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{act}: {}", text(&reply.body));
    }
    let teacher = term.service.sign_in("amina").await;
    let reply = term.service.get_as(&teacher, &matched).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN);
    assert_eq!(term.end().await, end, "an act was done by who may not");
}

#[tokio::test]
async fn a_suspended_payment_says_what_may_be_done() {
    let term = Term::open().await;
    let ordered = term.at("a-viser").await;
    let path = format!("{ordered}/suspension");
    let reply = term.service.post_form(&term.accountant, &path, "imputation=oui&motif=").await;
    assert!(reply.status.is_client_error(), "a suspension needs a reason");
    let form = "imputation=oui&motif=Enveloppe+close";
    let reply = term.service.post_form(&term.accountant, &path, form).await;
    assert!(reply.status.is_success() || reply.status.is_redirection(), "{}", text(&reply.body));
    let page = text(&term.service.get_as(&term.officer, &ordered).await.body);
    assert!(page.contains("Enveloppe close"), "{page}");
    assert!(page.contains("Répondre"), "{page}");
}

#[tokio::test]
async fn whatever_is_sent_as_a_statement_nothing_is_lost_and_the_next_one_is_taken() {
    let term = Term::open().await;
    let right = term.statement("2026-REL-1", 0).await;
    let declared = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
    let bomb = format!(
        "{declared}<!DOCTYPE d [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;\">]>{}",
        right.strip_prefix(declared).unwrap()
    );
    let outside = format!(
        "{declared}<!DOCTYPE d [<!ENTITY x SYSTEM \"file:///etc/passwd\">]>{}",
        right.strip_prefix(declared).unwrap().replace("merci", "&x;")
    );
    let latin = [declared.as_bytes(), b"<Document>\xe9</Document>"].concat();
    let half = &right.as_bytes()[..right.len() / 2];
    let unbalanced = right.replacen("<Amt Ccy=\"EUR\">5.00", "<Amt Ccy=\"EUR\">6.00", 1);
    let early = statement("FR1420041010050500013M02606", "2026-REL-9", Balance::from_cents(7));
    let end = term.end().await;
    for (what, content, told) in [
        ("empty", &b""[..], "vide"),
        ("not XML", b"date;montant\n2026-11-22;5,00\n", "XML"),
        ("an entity bomb", bomb.as_bytes(), "DOCTYPE"),
        ("an outside entity", outside.as_bytes(), "DOCTYPE"),
        ("another encoding", &latin, "UTF-8"),
        ("cut off", half, "s’arrête au milieu"),
        ("a sum that is wrong", unbalanced.as_bytes(), "équilibré"),
        ("another account's", early.as_bytes(), "compte"),
    ] {
        let reply = term.send("/comptable/banque/releve", content).await;
        let page = text(&reply.body);
        assert!(reply.status.is_client_error(), "{what}: {} {page}", reply.status);
        assert!(page.contains(told), "{what}: {page}");
        assert!(!page.contains("root:"), "{what} was read");
        assert_eq!(term.end().await, end, "{what} left something in the log");
    }

    let reply = term.send("/comptable/banque/releve", right.as_bytes()).await;
    let page = text(&reply.body);
    assert!(page.contains("Relevé importé"), "{page}");
    let end = term.end().await;
    let page = text(&term.send("/comptable/banque/releve", right.as_bytes()).await.body);
    assert!(page.contains("déjà importé"), "{page}");
    let gap = term.statement("2026-REL-3", 1).await;
    let reply = term.send("/comptable/banque/releve", gap.as_bytes()).await;
    assert!(reply.status.is_client_error(), "{}", text(&reply.body));
    assert_eq!(term.end().await, end, "a statement taken twice, or out of order, was written");
}

#[tokio::test]
async fn a_file_beyond_the_limit_is_refused_with_the_limit() {
    let term = Term::open().await;
    let reply = term.send("/comptable/banque/releve", &vec![b' '; 33 << 20]).await;
    assert_eq!(reply.status, StatusCode::PAYLOAD_TOO_LARGE, "{}", text(&reply.body));
}

#[tokio::test]
async fn months_close_in_order_and_never_before_their_end() {
    let term = Term::open().await;
    let close = async |month: &str| {
        let form = format!("mois={month}");
        term.service.post_form(&term.accountant, "/comptable/periodes/mois", &form).await
    };
    let end = term.end().await;
    for month in ["2026-11", "2026-12", "2027-01", "novembre", "2026-13", ""] {
        let reply = close(month).await;
        assert!(reply.status.is_client_error(), "{month}: {}", reply.status);
    }
    let path = "/comptable/periodes/cloture";
    let reply = term.service.post_form(&term.accountant, path, "exercice=2026").await;
    assert!(reply.status.is_client_error(), "a year that is not over was closed");
    let reply = term.service.post_form(&term.officer, "/comptable/periodes/mois", "mois=2026-11");
    assert_eq!(reply.await.status, StatusCode::FORBIDDEN);
    assert_eq!(term.end().await, end);
}

#[tokio::test]
async fn accounts_are_rendered_to_each_funder_as_page_csv_and_pdf() {
    let term = Term::open().await;
    let path = "/comptable/reddition/state:0214/2026";
    let page = text(&term.service.get_as(&term.accountant, path).await.body);
    for told in ["État de l’avance", "Opérations par nature", "Dépenses"] {
        assert!(page.contains(told), "{told}: {page}");
    }
    let csv = term.service.get_as(&term.accountant, &format!("{path}/csv")).await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.body.contains("443110"), "{}", csv.body);
    let pdf = term.service.get_as(&term.accountant, &format!("{path}/pdf")).await;
    assert_eq!(pdf.header("content-type"), "application/pdf");
    assert!(pdf.body.starts_with("%PDF-1."), "not a PDF");
    for wrong in ["/comptable/reddition/state:0214/26", "/comptable/reddition/siren:1/2026"] {
        let reply = term.service.get_as(&term.accountant, wrong).await;
        assert!(reply.status.is_client_error(), "{wrong}: {}", reply.status);
    }
}

#[tokio::test]
async fn a_payment_whose_reference_the_bank_lost_is_told_by_an_accountant() {
    let term = Term::on_day(16).await;
    let path = term.at("a-payer").await;
    let id: SettlementId = path.rsplit('/').next().unwrap().parse().unwrap();
    let remittance = RemittanceId(Uuid::from_u128(7));
    let form = format!("remise={remittance}&execution={}&{id}=oui", term.service.app.clock.today());
    let reply = term.service.post_form(&term.accountant, "/comptable/virements", &form).await;
    assert!(reply.status.is_redirection(), "{}", text(&reply.body));
    let state = term.service.app.ledger.state::<Settlement>(id).await.unwrap();
    let sent = state.sent.unwrap();

    let (account, bank) = term.account().await;
    let line = Line {
        amount: sent.amount,
        incoming: false,
        code: ("PMNT", "ICDT", "ESCT"),
        end_to_end: "NOTPROVIDED".to_owned(),
        text: "VIR SEPA EMIS".to_owned(),
        returned: "",
    };
    let (iban, day) = (bank.opened.unwrap().iban, term.service.app.clock.today());
    let text_of = bank_files::statement(iban.as_str(), "2026-R-9", day, bank.closing, &[line]);
    let page = text(&term.send("/comptable/banque/releve", text_of.as_bytes()).await.body);
    assert!(page.contains("Classer une dépense"), "{page}");

    let said = |reference: &str| {
        format!("compte={account}&ligne=2026-R-9%231&fonds=virement%3A{reference}")
    };
    let path = "/comptable/banque/lignes";
    for wrong in ["", "virement", "00000000000000000000000000000001"] {
        let reply = term.service.post_form(&term.accountant, path, &said(wrong)).await;
        assert!(reply.status.is_client_error(), "{wrong}: {}", text(&reply.body));
    }
    let right = said(&sent.end_to_end);
    let reply = term.service.post_form(&term.officer, path, &right).await;
    assert_eq!(reply.status, StatusCode::FORBIDDEN, "an officer keeps no accounts");
    for _ in 0..2 {
        let reply = term.service.post_form(&term.accountant, path, &right).await;
        assert!(reply.status.is_redirection(), "{}", text(&reply.body));
    }
    let state = term.service.app.ledger.state::<Settlement>(id).await.unwrap();
    assert_eq!(state.stage, Stage::Settled);
    let page = text(&term.service.get_as(&term.accountant, "/comptable/controles").await.body);
    assert!(page.contains("Tout concorde."), "{page}");
}
