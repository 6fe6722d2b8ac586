//! From the order to the bank statement, as accountants and officers do it.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, COOKIE};
use axum::http::{Method, StatusCode};
use chrono::TimeDelta;
use fixtures::bank_files::{Line, statement};
use fixtures::personas::Persona;
use fixtures::year::{Setting, tell};
use ledger_api::workers::flows;
use ledger_core::account::Earmark;
use ledger_core::bank::{BankAccount, BankAccountOpened, BankCommand};
use ledger_core::convention::*;
use ledger_core::digest::Digest;
use ledger_core::ids::{
    BankAccountId, CallId, ConventionId, ReceiptId, RemittanceId, SettlementId,
};
use ledger_core::ledger::Aggregate;
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::{Balance, Budget};
use ledger_core::process::remittances::{DrawUp, draw_up};
use ledger_core::remittance::Remittance;
use ledger_core::settlement::{
    Check, CheckResult, LineChecked, Settlement, SettlementCommand, Stage, VoucherKind,
};
use tempfile::TempDir;
use uuid::Uuid;

use crate::service::{Reply, Service, browser};

const OURS: &str = "FR7610071750000000100420187";
const CONVENTION: ConventionId = ConventionId(Uuid::from_u128(0xc1));

/// A service whose bank account is open, and who works with it.
struct Office {
    service: Service,
    accountant: String,
    officer: String,
    _data: TempDir,
}

impl Office {
    /// Nothing happened yet.
    async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let folder = data.path().to_str().unwrap();
        let settings = [("LEDGER_DEMO", "yes"), ("LEDGER_LOG", "memory:"), ("LEDGER_DATA", folder)];
        let service = Service::with(&settings).await;
        let accountant = service.sign_in("comptable").await;
        let officer = service.sign_in("ordonnateur").await;
        Self { service, accountant, officer, _data: data }
    }

    async fn open() -> Self {
        let office = Self::start().await;
        let opened = BankAccountOpened {
            iban: OURS.parse().unwrap(),
            holder: "Agence comptable".into(),
            by: actor("comptable"),
        };
        office.does::<BankAccount>(BankAccountId::of(OURS), BankCommand::Open(opened)).await;
        office
    }

    async fn does<A>(&self, id: A::Id, command: A::Command)
    where
        A: Aggregate<Command: Sync, Refusal: std::fmt::Debug>,
    {
        let now = self.service.app.clock.now();
        let meta = Meta { at: now, by: Actor::PROCESS, cause: Uuid::nil() };
        self.service.app.ledger.execute::<A>(id, &command, meta).await.unwrap();
    }

    async fn page(&self, path: &str) -> String {
        let reply = self.service.get_as(&self.accountant, path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.body);
        reply.body
    }

    async fn posts(&self, path: &str, form: &str) -> Reply {
        self.service.post_form(&self.accountant, path, form).await
    }

    /// Sends a file, as the accountant.
    async fn sends(&self, path: &str, file: &str) -> Reply {
        let request = browser(Method::POST, path)
            .header(COOKIE, &self.accountant)
            .header("sec-fetch-site", "same-origin")
            .header(CONTENT_TYPE, "multipart/form-data; boundary=xx");
        let body = format!(
            "--xx\r\nContent-Disposition: form-data; name=\"fichier\"; filename=\"f.xml\"\r\n\
             Content-Type: application/xml\r\n\r\n{file}\r\n--xx--\r\n"
        );
        self.service.send_body(request, Body::from(body)).await
    }

    /// A convention of which 100,00 € arrived and 80,00 € are ordered to go back.
    async fn with_a_return_ordered() -> Self {
        let office = Self::open().await;
        let (funder, by) = ("siren:217500016".parse().unwrap(), actor("ordonnateur"));
        let day = |text: &str| text.parse().unwrap();
        let signed = ConventionSigned {
            funder,
            funder_name: "Ville de Paris".into(),
            title: "Ressources".into(),
            legal_reference: "D1".into(),
            assent: "A1".into(),
            amount: euros(100_00),
            from: day("2026-09-01"),
            until: day("2027-08-31"),
            priority: 5,
            earmark: Earmark::default(),
            carry_over: CarryOver::Returned,
            by,
        };
        let called = FundsCalled {
            funder,
            call: CallId(Uuid::from_u128(1)),
            reference: "APPEL-2026-1".into(),
            amount: euros(100_00),
            due: day("2026-10-15"),
            by,
        };
        let received = ConventionFundsReceived {
            funder,
            receipt: ReceiptId(Uuid::from_u128(1)),
            call: None,
            amount: euros(100_00),
            booked: None,
            line: "S#1".into(),
        };
        let order = ConventionCommand::OrderReturn {
            amount: euros(80_00),
            unspent: Balance::from_cents(100_00),
            iban: "FR7630006000011234567890189".parse().unwrap(),
            on: day("2026-11-11"),
            by,
        };
        for command in [
            ConventionCommand::Sign(Box::new(signed)),
            ConventionCommand::Call(called),
            ConventionCommand::Receive(received),
            order,
        ] {
            office.does::<Convention>(CONVENTION, command).await;
        }
        office
    }
}

fn actor(slug: &str) -> Actor {
    let persona = Persona::by_slug(slug).unwrap();
    Actor { role: persona.role, id: persona.id() }
}

fn euros(cents: u64) -> Budget {
    Budget::from_cents(cents).unwrap()
}

#[tokio::test]
async fn the_file_of_a_return_is_there_while_it_is_sent_for_the_accountant_only() {
    let office = Office::with_a_return_ordered().await;
    let page = format!("/comptable/conventions/{CONVENTION}");
    let file = format!("{page}/virement.xml");
    let early = office.service.get_as(&office.accountant, &file).await;
    assert_eq!(early.status, StatusCode::NOT_FOUND);
    assert!(!office.page(&page).await.contains(&file));

    for _ in 0..2 {
        let sent = office.posts(&format!("{page}/virement"), "").await;
        assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.body);
    }
    assert!(office.page(&page).await.contains(&file));
    let content = office.page(&file).await;
    let reference = CONVENTION.end_to_end(0);
    for said in [
        format!("<MsgId>{reference}</MsgId>"),
        format!("<EndToEndId>{reference}</EndToEndId>"),
        "<Nm>Agence comptable</Nm>".to_owned(),
        "<Nm>Ville de Paris</Nm>".to_owned(),
        OURS.to_owned(),
        "FR7630006000011234567890189".to_owned(),
        "<CtrlSum>80.00</CtrlSum>".to_owned(),
    ] {
        assert!(content.contains(&said), "no {said} in {content}");
    }
    assert_eq!(office.page(&file).await, content, "the same bytes");
    let officer = office.service.get_as(&office.officer, &file).await;
    assert_eq!(officer.status, StatusCode::FORBIDDEN);
    assert!(!office.service.get_as(&office.officer, &page).await.body.contains(&file));
}

/// What the bank says of the file `message`, which has one transfer of the same reference.
fn report(message: &str, status: &str) -> String {
    format!(
        "<Document xmlns=\"urn:iso:std:iso:20022:tech:xsd:pain.002.001.10\"><CstmrPmtStsRpt>\
         <GrpHdr><MsgId>R1</MsgId><CreDtTm>2026-11-12T10:00:00</CreDtTm></GrpHdr>\
         <OrgnlGrpInfAndSts><OrgnlMsgId>{message}</OrgnlMsgId>\
         <OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId></OrgnlGrpInfAndSts>\
         <OrgnlPmtInfAndSts><OrgnlPmtInfId>{message}</OrgnlPmtInfId>\
         <TxInfAndSts><OrgnlEndToEndId>{message}</OrgnlEndToEndId><TxSts>{status}</TxSts>\
         <StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts></OrgnlPmtInfAndSts>\
         </CstmrPmtStsRpt></Document>"
    )
}

#[tokio::test]
async fn a_return_that_the_bank_refuses_is_sent_again_under_another_reference() {
    let office = Office::with_a_return_ordered().await;
    let page = format!("/comptable/conventions/{CONVENTION}");
    let (send, answer) = (format!("{page}/virement"), format!("{page}/reponse"));
    office.posts(&send, "").await;
    let (first, second) = (CONVENTION.end_to_end(0), CONVENTION.end_to_end(1));
    let other = office.sends(&answer, &report("RUN-9", "RJCT")).await;
    assert!(other.body.contains("Ce compte rendu parle de la remise RUN-9"), "{}", other.body);
    let taken = office.sends(&answer, &report(&first, "ACCP")).await;
    assert!(taken.body.contains("La banque accepte le virement."), "{}", taken.body);

    for _ in 0..2 {
        let refused = office.sends(&answer, &report(&first, "RJCT")).await;
        assert!(refused.body.contains("(motif AC04)"), "{}", refused.body);
        assert!(refused.body.contains(second.as_str()), "{}", refused.body);
    }
    let gone = office.service.get_as(&office.accountant, &format!("{page}/virement.xml")).await;
    assert_eq!(gone.status, StatusCode::NOT_FOUND);
    // 515900 is nothing again, and the reddition tells both, each by its nature.
    let operations = office.page("/comptable/reddition/siren:217500016/2026/csv").await;
    for label in ["Restitution émise", "Restitution rejetée"] {
        assert!(operations.contains(label), "no {label} in {operations}");
    }
    let officer = office.service.get_as(&office.officer, &page).await.body;
    assert!(officer.contains("Remplace la restitution de 80,00"), "{officer}");

    office.posts(&send, "").await;
    let file = office.page(&format!("{page}/virement.xml")).await;
    assert!(file.contains(&format!("<MsgId>{second}</MsgId>")), "{file}");
}

/// The demo's year up to today, and its payments that have the visa.
async fn with_payments() -> (Office, Vec<SettlementId>) {
    let office = Office::start().await;
    let app = &office.service.app;
    let (today, base) = (app.clock.today(), "http://127.0.0.1:8091".to_owned());
    tell(&app.ledger, &Setting { today, base, pseudonyms: [7; 32] }).await.unwrap();
    office.service.caught_up().await;
    let ordered = app.models.now().unwrap().settlements_at(&[Stage::Ordered]).unwrap();
    for it in ordered {
        let (on, by) = (today, actor("comptable"));
        let passed =
            |check| CheckResult { check, passed: true, evidence: "vu".into(), note: "".into() };
        let drawn = it.state.sample().map(|it| it.drawn.clone()).unwrap_or_default();
        for line in drawn {
            let seen =
                LineChecked { purchase: line.purchase, conform: true, note: "vu".into(), by };
            office.does::<Settlement>(it.id, SettlementCommand::CheckLine(seen)).await;
        }
        let checks = Check::ALL.map(passed).to_vec();
        office.does::<Settlement>(it.id, SettlementCommand::GrantVisa { checks, on, by }).await;
    }
    office.service.caught_up().await;
    let cleared = app.models.now().unwrap().settlements_at(&[Stage::Cleared]).unwrap();
    let payable = cleared.into_iter().filter(|it| it.state.payable().is_some());
    let payable = payable.map(|it| it.id).collect();
    (office, payable)
}

/// The file `id` is written, kept with each of its settlements, and noted.
async fn is_kept(office: &Office, id: RemittanceId, settlements: &[SettlementId]) {
    let app = &office.service.app;
    let state = app.ledger.state::<Remittance>(id).await.unwrap();
    let digest = state.delivered.expect("noted");
    let content = String::from_utf8(app.vouchers.read(digest).unwrap()).unwrap();
    assert_eq!(office.page(&format!("/comptable/virements/{id}/pain.001.xml")).await, content);
    for settlement in settlements {
        let state = app.ledger.state::<Settlement>(*settlement).await.unwrap();
        let mut vouchers = state.vouchers.iter().filter(|it| it.digest == digest);
        assert_eq!(vouchers.next().map(|it| it.kind), Some(VoucherKind::Transfer));
    }
    let page = office.page("/comptable/virements").await;
    assert!(page.contains("fichier établi"), "{page}");
}

#[tokio::test]
async fn a_file_of_payments_that_was_cut_off_is_finished_and_kept_like_any_other() {
    let (office, payable) = with_payments().await;
    let app = office.service.app.clone();
    let [prepared, drawn_up, claimed] = [1, 2, 3].map(|it| RemittanceId(Uuid::from_u128(it)));
    let of = |nth: usize| &payable[nth..=nth];
    assert!(payable.len() >= 3, "too few payments: {payable:?}");
    // One on the page; one cut off once it is drawn up; one cut off before.
    let form = format!("remise={prepared}&{}=oui", payable[0]);
    let reply = office.posts("/comptable/virements", &form).await;
    assert_eq!(reply.status, StatusCode::SEE_OTHER, "{}", reply.body);
    is_kept(&office, prepared, of(0)).await;

    let account = app.models.now().unwrap().bank_accounts().unwrap()[0].id;
    let meta = app.clock.now();
    let meta = Meta { at: meta, by: actor("comptable"), cause: Uuid::nil() };
    let (settlements, execution) = (of(1).to_vec(), app.clock.today());
    let draw = DrawUp { id: drawn_up, account, settlements, execution };
    draw_up(&app.ledger, &draw, meta).await.unwrap();
    let send = SettlementCommand::Send {
        remittance: claimed,
        end_to_end: payable[2].end_to_end(0),
        iban: "FR7630006000011234567890189".parse().unwrap(),
        by: meta.by,
    };
    office.does::<Settlement>(payable[2], send).await;
    office.service.caught_up().await;
    flows::pass(&app, 0).await.unwrap();
    for id in [drawn_up, claimed] {
        let state = app.ledger.state::<Remittance>(id).await.unwrap();
        assert_eq!(state.delivered, None, "somebody may be at it");
    }
    app.clock.advance(TimeDelta::seconds(60));
    flows::pass(&app, 0).await.unwrap();
    is_kept(&office, drawn_up, of(1)).await;
    is_kept(&office, claimed, of(2)).await;
    office.service.caught_up().await;
    let reader = app.models.now().unwrap();
    assert_eq!(reader.unfinished_remittances().unwrap().len(), 0);
    assert_eq!(reader.remittances_not_kept().unwrap().len(), 0);
}

#[tokio::test]
async fn the_file_of_a_statement_is_kept_and_given_back_with_its_fingerprint() {
    let office = Office::open().await;
    let line = Line {
        amount: euros(12_00),
        incoming: true,
        code: ("PMNT", "RCDT", "ESCT"),
        end_to_end: String::new(),
        text: "Virement".to_owned(),
        returned: "",
    };
    let today = office.service.app.clock.today();
    let sent = statement(OURS, "2026-1", today, Balance::ZERO, &[line]);
    let imported = office.sends("/comptable/banque/releve", &sent).await;
    assert!(imported.body.contains("Relevé importé"), "{}", imported.body);
    // The same content in another file is the same statement; the first file stays the one it came in.
    let again = office.sends("/comptable/banque/releve", &format!("{sent}\n<!-- -->")).await;
    assert!(again.body.contains("rien n’a été ajouté"), "{}", again.body);

    let statements = office.service.app.models.now().unwrap().bank_statements(9).unwrap();
    assert_eq!(statements.len(), 1);
    let page = format!("/comptable/banque/releves/{}", statements[0].position);
    let (file, digest) = (format!("{page}/fichier"), Digest::of(sent.as_bytes()).to_string());
    for cookie in [&office.accountant, &office.officer] {
        let shown = office.service.get_as(cookie, &page).await.body;
        for said in ["Empreinte du contenu", "Empreinte du fichier", &digest, &file] {
            assert!(shown.contains(said), "no {said} in {shown}");
        }
        let given = office.service.get_as(cookie, &file).await;
        assert_eq!((given.status, given.body.as_str()), (StatusCode::OK, sent.as_str()));
        assert_eq!(given.header("content-security-policy"), "sandbox");
    }
    let teacher = office.service.sign_in("amina").await;
    let refused = office.service.get_as(&teacher, &file).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}
