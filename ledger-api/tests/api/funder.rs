//! What a funder's agent may rely on: its own envelopes, and nobody else's.

use axum::http::StatusCode;
use ledger_core::account::{Account, AccountCommand, AccountOpened, Holder, School, SchoolLevel};
use ledger_core::batch::{Batch, BatchCommand, BatchOpened, ChunkAdded, Line, RefusedLine};
use ledger_core::ids::{AccountId, BatchId};
use ledger_core::meta::{Actor, Meta};
use ledger_core::money::Amount;
use ledger_core::process::batches;
use uuid::Uuid;

use crate::books::{Books, REGION, STATE, account, links, text};

const BATCH: BatchId = BatchId(Uuid::from_u128(0xba));

/// One account is credited, one is of a school that the envelope does not credit, one amount
/// could not be read.
async fn send_file(books: &Books) {
    let app = &books.service.app;
    let meta = Meta { at: app.clock.now(), by: Actor::PROCESS, cause: app.clock.id() };
    let school =
        School { uai: "0750655E".parse().unwrap(), level: SchoolLevel::UpperSecondary, academy: 1 };
    let other = AccountId(Uuid::from_u128(0xacc));
    let open = AccountCommand::Open(AccountOpened { holder: Holder::Teacher, school });
    app.ledger.execute::<Account>(other, &open, meta).await.unwrap();
    let line = |number, account| {
        let amount = Amount::from_cents(15_00).unwrap();
        Line { number, account, amount }
    };
    let unreadable = RefusedLine {
        number: 3,
        rule: "amount-invalid".into(),
        detail: "expected digits and at most two decimals".into(),
    };
    let chunk = ChunkAdded {
        number: 0,
        lines: vec![line(1, account()), line(2, other)],
        refused: vec![unreadable],
    };
    for command in [
        BatchCommand::Open(BatchOpened { envelope: REGION, reference: "Rentrée 2026".into() }),
        BatchCommand::AddChunk(chunk),
        BatchCommand::Submit,
    ] {
        app.ledger.execute::<Batch>(BATCH, &command, meta).await.unwrap();
    }
    batches::credit(&app.ledger, BATCH, app.clock.today(), meta).await.unwrap();
}

#[tokio::test]
async fn a_funder_sees_where_its_budget_is_to_the_cent() {
    let books = Books::open().await;
    let list = books.get_as("region", "/financeur/enveloppes").await;
    assert_eq!(list.status, StatusCode::OK, "{}", list.body);
    let own = links(&list.body, "/financeur/enveloppes/");
    assert_eq!(own, [format!("/financeur/enveloppes/{REGION}")]);

    let page = text(&books.get_as("region", &own[0]).await.body);
    for told in [
        "Budget 10 000,00 €",
        "Reçu 5 000,00 €",
        "Encore affectable 7 988,00 €",
        "Part mobilisable 80 % du budget, tant qu’il est provisoire",
        "Dépensé 12,00 € 1 %",
        "Non crédité 9 988,00 € 99 %",
        "Du 1er septembre 2026 au 31 août 2027",
        "Niveaux : collèges",
        "Seulement : Activité",
    ] {
        assert!(page.contains(told), "{told}\n{page}");
    }
    let state =
        text(&books.get_as("ordonnateur", &format!("/financeur/enveloppes/{STATE}")).await.body);
    for told in [
        "Dépensé 5,50 €",
        "Réservé pour des achats en cours 6,00 €",
        "Disponible sur les comptes 68,50 €",
    ] {
        assert!(state.contains(told), "{told}\n{state}");
    }
}

#[tokio::test]
async fn a_file_shows_how_far_it_is_and_why_lines_were_refused() {
    let books = Books::open().await;
    send_file(&books).await;
    let page = books.get_as("region", &format!("/financeur/enveloppes/{REGION}")).await.body;
    assert!(text(&page).contains("Rentrée 2026 12/11/2026 Terminé 2 1 2 15,00 €"), "{page}");
    let path = links(&page, "/financeur/fichiers/").pop().unwrap();
    let file = text(&books.get_as("region", &path).await.body);
    for told in [
        "Crédité 15,00 €",
        "Lignes refusées 2",
        "2 recipient-not-admitted L’enveloppe ne crédite pas cet établissement",
        "3 amount-invalid Le montant n’est pas une somme en euros, comme 12,50.",
    ] {
        assert!(file.contains(told), "{told}\n{file}");
    }
    assert_eq!(books.get_as("departement", &path).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_envelope_is_frozen_with_a_reason_and_used_again() {
    let books = Books::open().await;
    let own = format!("/financeur/enveloppes/{REGION}");
    let freeze = format!("{own}/gel");
    let asked = books.get_as("region", &freeze).await;
    assert!(asked.body.contains("Geler cette enveloppe ?"), "{}", asked.body);

    let empty = books.post_as("region", &freeze, "motif=+").await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(empty.body.contains("de 1 à 200 caractères"), "{}", empty.body);

    let done = books.post_as("region", &freeze, "motif=Vote+en+attente").await;
    assert_eq!(
        (done.status, done.location()),
        (StatusCode::SEE_OTHER, &*format!("{own}?fait=gel"))
    );
    let page = text(&books.get_as("region", &own).await.body);
    assert!(page.contains("Gelée depuis le 12 novembre 2026. Vote en attente"), "{page}");

    let done = books.post_as("region", &format!("{own}/degel"), "").await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.body);
    let page = text(&books.get_as("region", &own).await.body);
    assert!(page.contains("Ouverte") && !page.contains("Gelée"), "{page}");
}

#[tokio::test]
async fn another_funders_envelope_does_not_exist() {
    let books = Books::open().await;
    let own = format!("/financeur/enveloppes/{STATE}");
    let unknown = "/financeur/enveloppes/env_00000000000000000000000000000bad";
    for path in [
        &own,
        &format!("{own}/gel"),
        &format!("{own}/degel"),
        unknown,
        "/financeur/enveloppes/x",
        "/financeur/fichiers/x",
    ] {
        let reply = books.get_as("region", path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
        assert!(!reply.body.contains("Ressources granulaires"), "{path}");
    }
    for path in [format!("{own}/gel"), format!("{own}/degel")] {
        let reply = books.post_as("region", &path, "motif=Test").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}");
    }
    for persona in ["amina", "comptable"] {
        let reply = books.get_as(persona, "/financeur/enveloppes").await;
        assert_eq!(reply.status, StatusCode::FORBIDDEN, "{persona}");
    }
    let none = books.get_as("commune", "/financeur/enveloppes").await;
    assert!(none.body.contains("Aucune enveloppe"), "{}", none.body);
}
