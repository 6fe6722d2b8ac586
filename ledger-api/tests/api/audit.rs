//! What the accountant may rely on: balances down to lines, lines down to events.

use axum::http::StatusCode;
use ledger_core::event_log::EventLog;
use projections::fec::{Encoding, FecOf};

use crate::books::{Books, CANCELLED, HELD, PAID, REGION, STATE, account, links, text};

#[tokio::test]
async fn the_trial_balance_balances_and_says_so() {
    let books = Books::open().await;
    let page = text(&books.page("/comptable/balance").await);
    assert!(page.contains("Équilibrée."), "{page}");
    for row in [
        // 18,50 + 4,00 due, less 5,00 refunded.
        "408100 Fournisseurs, factures non parvenues 5,00 € 22,50 € 17,50 €",
        "443110 État, fonds à employer 10,50 € 20 005,00 € 19 994,50 €",
        "515100 Trésor, compte de dépôt 25 000,00 € 25 000,00 €",
        "801110 Droits ouverts, État 95,00 € 26,50 € 68,50 €",
        "801200 Autorisations en cours 38,50 € 32,50 € 6,00 €",
        "Total général 33 218,00 € 33 218,00 € 28 074,50 € 28 074,50 €",
    ] {
        assert!(page.contains(row), "{row}\n{page}");
    }
}

#[tokio::test]
async fn a_trial_balance_is_as_at_a_day_by_auxiliary_and_for_a_spreadsheet() {
    let books = Books::open().await;
    let before = books.page("/comptable/balance?au=2026-11-11").await;
    assert!(before.contains("Aucune écriture à cette date"), "{before}");

    let page = text(&books.page("/comptable/balance?auxiliaires=oui&au=2026-11-12").await);
    assert!(page.contains("443220 Collectivités, fonds à employer 999000011 Région"), "{page}");
    assert!(page.contains("110046018 Éditions du Préau"), "{page}");

    let later = text(&books.page("/comptable/balance?du=2027-01-01&au=2027-02-01").await);
    assert!(later.contains("515100 Trésor, compte de dépôt 25 000,00 € 25 000,00 €"), "{later}");

    let csv = books.get("/comptable/balance.csv?au=2026-11-12").await;
    assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8");
    assert!(csv.header("content-disposition").contains("balance-2026-11-12.csv"));
    assert!(csv.body.contains("\n515100;"), "{}", csv.body);
    assert!(csv.body.contains(";25000,00;"), "{}", csv.body);
}

#[tokio::test]
async fn every_event_of_the_log_is_told_with_its_entry_and_its_json() {
    let books = Books::open().await;
    let end = books.service.app.ledger.log().end().await.unwrap();
    for position in 1..=end {
        let page = books.page(&format!("/comptable/evenement/{position}")).await;
        assert!(page.contains("Toute la piste de cet objet"), "{page}");
        let json = books.get(&format!("/comptable/evenement/{position}/json")).await;
        assert_eq!(json.header("content-type"), "application/json");
        json.json();
        for path in links(&page, "/comptable/evenement/")
            .into_iter()
            .chain(links(&page, "/comptable/flux/"))
        {
            books.page(&path).await;
        }
    }
}

#[tokio::test]
async fn a_purchase_shows_its_terms_its_funders_and_every_entry() {
    let books = Books::open().await;
    let page = books.page(&format!("/comptable/achats/{PAID}")).await;
    let read = text(&page);
    for told in [
        "Atlas historique",
        "Payé en définitive 13,50 €",
        "Manuels numériques 2026 (Région) 999000011 12,00 € 12,00 €",
        "Ressources granulaires (État) 0214 6,50 € 6,50 €",
        "TVA à 5,50 % : 0,96 € sur 17,54 € hors taxes",
        "18,50 € réservés pour « Atlas historique »",
        "Service fait : 18,50 € dus au partenaire",
        "5,00 € remboursés par le partenaire",
        "408100 Fournisseurs, factures non parvenues 110046018 Éditions du Préau Remboursement",
    ] {
        assert!(read.contains(told), "{told}\n{read}");
    }
    let held = text(&books.page(&format!("/comptable/achats/{HELD}")).await);
    assert!(held.contains("Encore réservé 6,00 €"), "{held}");
    for path in links(&page, "/comptable/") {
        books.page(&path).await;
    }
}

#[tokio::test]
async fn purchases_and_the_trail_of_one_are_saved_for_a_spreadsheet() {
    let books = Books::open().await;
    let all = books.get("/comptable/achats.csv").await;
    assert_eq!(all.header("content-type"), "text/csv; charset=utf-8");
    assert_eq!(all.body.lines().count(), 4, "{}", all.body);
    let paid = all.body.lines().find(|it| it.contains(&PAID.to_string())).unwrap();
    assert!(paid.contains(";Atlas historique;Éditions du Préau;Payé;18,50;0,00;18,50;5,00;"));
    let held = books.page("/comptable/achats.csv?etat=reserve").await;
    assert!(held.contains(&HELD.to_string()) && !held.contains(&PAID.to_string()), "{held}");

    let trail = books.page(&format!("/comptable/achats/{PAID}/csv")).await;
    let sum = |column: usize| {
        let cells = trail.lines().skip(1).map(|it| it.split(';').nth(column).unwrap());
        cells
            .filter(|it| !it.is_empty())
            .map(|it| it.replace(',', "").parse::<u64>().unwrap())
            .sum::<u64>()
    };
    assert!(sum(8) > 0 && sum(8) == sum(9), "{trail}");
    assert!(trail.contains(";408100;110046018;"), "{trail}");
    let unknown = books.get("/comptable/achats/pur_00000000000000000000000000000bad/csv").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn purchases_are_filtered_by_state_and_partner() {
    let books = Books::open().await;
    let all = books.page("/comptable/achats").await;
    for id in [PAID, HELD, CANCELLED] {
        assert!(all.contains(&format!("/comptable/achats/{id}")), "{all}");
    }
    let cancelled = books.page("/comptable/achats?etat=annule&partenaire=").await;
    assert!(cancelled.contains(&CANCELLED.to_string()) && !cancelled.contains(&PAID.to_string()));
    let partner = links(&all, "/comptable/achats?").len();
    assert_eq!(partner, 0, "one page only");
    let other = "par_00000000000000000000000000000bad";
    let none = books.page(&format!("/comptable/achats?partenaire={other}")).await;
    assert!(none.contains("Aucun achat ne répond à ces critères"), "{none}");
}

#[tokio::test]
async fn an_account_shows_its_credits_and_its_trail_and_no_name() {
    let books = Books::open().await;
    let page = books.page(&format!("/comptable/comptes/{}", account())).await;
    let read = text(&page);
    for told in [
        "Disponible aujourd’hui 68,50 €",
        "Manuels numériques 2026 Région 999000011",
        "Crédité 92,00 €",
        "Compte ouvert pour un enseignant",
    ] {
        assert!(read.contains(told), "{told}\n{read}");
    }
    assert!(!page.contains("Amina"), "{page}");
}

#[tokio::test]
async fn what_cannot_be_found_or_read_says_what_would_be_right() {
    let books = Books::open().await;
    for (path, status, told) in [
        ("/comptable/balance?au=31/12/2026", 422, "année-mois-jour"),
        ("/comptable/balance?du=2026-12-31&au=2026-01-01", 422, "finit avant de commencer"),
        ("/comptable/balance?auxiliaires=peut-etre", 422, "oui, non"),
        ("/comptable/evenement/0", 404, "de la position 1 à la position"),
        ("/comptable/evenement/999999", 404, "de la position 1 à la position"),
        ("/comptable/evenement/abc", 422, "nombre entier"),
        ("/comptable/flux/chose-1", 404, "n’est pas un objet"),
        ("/comptable/flux/account-00000000000000000000000000000bad", 404, "n’est pas un objet"),
        ("/comptable/achats/pur_1", 404, "ne connaît pas d’achat"),
        ("/comptable/achats?etat=perdu", 422, "reserve, paye, annule, echu"),
        ("/comptable/achats?partenaire=x", 422, "choisissez un partenaire"),
        ("/comptable/comptes/acc_1", 404, "Il n’y a pas de compte"),
        ("/comptable/grand-livre/999999", 404, "n’a pas de compte « 999999 »"),
        ("/comptable/grand-livre/408100?auxiliaire=0214", 422, "écrivez un SIREN"),
        ("/comptable/grand-livre/408100?apres=1", 422, "Page suivante"),
        ("/comptable/grand-livre/408100/csv?au=hier", 422, "année-mois-jour"),
        ("/comptable/balance?connu=demain", 422, "année-mois-jour"),
        ("/comptable/grand-livre/408100?connu=12/11/2026", 422, "année-mois-jour"),
        ("/comptable/journal?journal=XX", 422, "FI, AC, RG, TR, BQ, OD, HB"),
        ("/comptable/exports/journal.hledger?du=hier", 422, "année-mois-jour"),
        ("/comptable/exports/fec", 422, "SIREN de l’organisme"),
        ("/comptable/exports/fec?siren=123456789", 422, "neuf chiffres"),
        ("/comptable/exports/fec?siren=110046018&exercice=26", 422, "comme 2026"),
        ("/comptable/exports/fec?siren=110046018&texte=ebcdic", 422, "iso-8859-15, utf-8"),
    ] {
        let reply = books.get(path).await;
        assert_eq!(reply.status.as_u16(), status, "{path}");
        assert!(reply.body.contains(told), "{path}: {}", reply.body);
    }
}

#[tokio::test]
async fn only_the_accountant_and_the_authorising_officer_read_the_books() {
    let books = Books::open().await;
    let purchase = format!("/comptable/achats/{PAID}");
    for path in ["/comptable/balance", "/comptable/evenement/1", "/comptable/achats", &purchase] {
        assert_eq!(books.get_as("amina", path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(books.get_as("region", path).await.status, StatusCode::FORBIDDEN, "{path}");
        assert_eq!(books.get_as("ordonnateur", path).await.status, StatusCode::OK, "{path}");
        assert_eq!(books.service.get(path).await.status, StatusCode::SEE_OTHER, "{path}");
    }
}

#[tokio::test]
async fn each_figure_of_the_balance_leads_to_its_lines_and_each_line_to_its_event() {
    let books = Books::open().await;
    let balance = books.page("/comptable/balance?auxiliaires=oui").await;
    let ledgers = links(&balance, "/comptable/grand-livre/");
    assert_eq!(ledgers.len(), 13, "one for each account and auxiliary: {ledgers:?}");
    for path in ledgers {
        let ledger = books.page(&path).await;
        let events = links(&ledger, "/comptable/evenement/");
        assert!(!events.is_empty(), "{path}");
        let account = path.split(['/', '?']).nth(3).unwrap();
        for event in events {
            let page = books.page(&event).await;
            assert!(page.contains(&format!("/comptable/grand-livre/{account}")), "{event}");
        }
        for counterpart in links(&ledger, "/comptable/grand-livre/8") {
            books.page(&counterpart).await;
        }
    }
}

#[tokio::test]
async fn a_ledger_runs_from_its_opening_to_its_closing_balance() {
    let books = Books::open().await;
    let page = text(&books.page("/comptable/grand-livre/408100").await);
    for told in [
        "408100 Fournisseurs, factures non parvenues",
        "Solde d’ouverture 0,00 €",
        "12/11/2026 AC-2026-000001 Service fait 110046018 443220 12,00 € 12,00 € C",
        "12/11/2026 AC-2026-000001 Service fait 110046018 443110 6,50 € 18,50 € C",
        "12/11/2026 AC-2026-000003 Remboursement 110046018 443110 5,00 € 17,50 € C",
        "Total de la période, et solde de clôture 5,00 € 22,50 € 17,50 € C",
    ] {
        assert!(page.contains(told), "{told}\n{page}");
    }
    let later = books.page("/comptable/grand-livre/408100?au=2027-03-01").await;
    assert!(text(&later).contains("Solde d’ouverture 17,50 € C"), "{later}");
    assert!(later.contains("n’a pas bougé"), "{later}");

    let csv = books.get("/comptable/grand-livre/408100/csv").await;
    assert!(csv.header("content-disposition").contains("grand-livre-408100.csv"));
    assert_eq!(csv.body.lines().count(), 5, "{}", csv.body);

    let accounts = books.page("/comptable/grand-livre").await;
    for path in links(&accounts, "/comptable/grand-livre/") {
        books.page(&path).await;
    }
}

#[tokio::test]
async fn the_journal_gives_every_entry_once_page_after_page() {
    let books = Books::open().await;
    let page = books.page("/comptable/journal").await;
    let read = text(&page);
    assert!(read.contains("443210 Collectivités, appels de fonds 999000011 Région FI"), "{read}");
    let all = links(&page, "/comptable/evenement/");
    assert_eq!(all.len(), 12, "{all:?}");
    let purchases = books.page("/comptable/journal?journal=AC&du=2026-11-12&au=2026-11-12").await;
    assert_eq!(links(&purchases, "/comptable/evenement/").len(), 3);
    let none = books.page("/comptable/journal?au=2026-11-11").await;
    assert!(none.contains("Aucune écriture"), "{none}");

    let csv = books.get("/comptable/journal.csv").await.body;
    let sum = |column: usize| -> u64 {
        let cells = csv.lines().skip(1).filter_map(|it| it.split(';').nth(column));
        cells.filter_map(|it| it.replace(',', "").parse::<u64>().ok()).sum()
    };
    assert_eq!((sum(6), sum(7)), (33_218_00, 33_218_00), "{csv}");
}

#[tokio::test]
async fn books_are_shown_as_they_were_known_on_any_day() {
    let books = Books::open().await;
    let balance = books.page("/comptable/balance?connu=2026-11-12").await;
    assert!(text(&balance).contains("telle que connue au 12/11/2026"), "{balance}");
    let ledgers = links(&balance, "/comptable/grand-livre/408100");
    assert!(ledgers[0].contains("connu=2026-11-12"), "{ledgers:?}");
    let ledger = books.page(&ledgers[0].replace("&#38;", "&")).await;
    assert!(text(&ledger).contains("telles que connues au 12/11/2026"), "{ledger}");
    assert!(text(&ledger).contains("AC-2026-000001 Service fait"), "{}", text(&ledger));
    let before = books.page("/comptable/balance?connu=2026-11-11").await;
    assert!(before.contains("Aucune écriture à cette date"), "{before}");
    let before = books.page("/comptable/grand-livre/408100?connu=2026-11-11").await;
    assert!(before.contains("n’a pas bougé pendant cette période"), "{before}");
}

#[tokio::test]
async fn every_check_holds_and_shows_both_figures() {
    let books = Books::open().await;
    let page = text(&books.page("/comptable/controles?lots=oui").await);
    for told in [
        "Tout concorde.",
        "Les crédits disponibles des comptes sont les droits ouverts comptes 68,50 € = 8011 68,50 €",
        "Les réservations des comptes sont les autorisations en cours comptes 6,00 € = 801200 6,00 €",
        "Fonds couvrant ce qui est ouvert et engagé : Région (999000011)",
        "Retard 0",
    ] {
        assert!(page.contains(told), "{told}\n{page}");
    }
    assert!(!page.contains("Écart"), "{page}");
}

#[tokio::test]
async fn the_journal_is_exported_as_hledger_and_beancount_read_it() {
    let books = Books::open().await;
    let page = books.page("/comptable/exports").await;
    for path in links(&page, "/comptable/") {
        books.page(&path).await;
    }
    let streamed = books.get("/comptable/exports/journal.hledger").await.body;
    let app = &books.service.app;
    let mut whole = Vec::new();
    let of = projections::reports::journal::JournalOf::default();
    let reader = app.models.now().unwrap();
    projections::hledger::hledger(reader, app.ledger.log(), of, &mut whole).await.unwrap();
    assert_eq!(streamed, String::from_utf8(whole).unwrap());
    assert!(streamed.contains("    5:515100  20000,00 EUR  ; Fonds reçus"), "{streamed}");

    let streamed = books.get("/comptable/exports/journal.beancount").await.body;
    let reader = app.models.now().unwrap();
    let mut whole = Vec::new();
    projections::beancount::beancount(reader, app.ledger.log(), of, &mut whole).await.unwrap();
    assert_eq!(streamed, String::from_utf8(whole).unwrap());
    assert!(streamed.contains("  Assets:Tresorerie:C515100  20000.00 EUR\n"), "{streamed}");
}

#[tokio::test]
async fn a_year_is_saved_as_the_tax_administration_reads_it() {
    let books = Books::open().await;
    let page = books.page("/comptable/exports").await;
    assert!(page.contains("action=\"/comptable/exports/fec\""), "{page}");
    let fec = books.get("/comptable/exports/fec?exercice=2026&siren=110046018&texte=utf-8").await;
    assert_eq!(fec.status, StatusCode::OK);
    assert_eq!(fec.header("content-type"), "text/plain; charset=utf-8");
    assert!(fec.header("content-disposition").contains("110046018FEC20261231.txt"));
    let app = &books.service.app;
    let mut whole = Vec::new();
    let of = FecOf { year: 2026, encoding: Encoding::Utf8 };
    let reader = app.models.now().unwrap();
    projections::fec::fec(reader, app.ledger.log(), of, &mut whole, |_| ()).await.unwrap();
    assert_eq!(fec.body, String::from_utf8(whole).unwrap());
    assert!(fec.body.contains("\tAC-2026-000001\t20261112\t"), "{}", fec.body);
}

/// The form of the page of receipts, filled in.
async fn receipt(books: &Books, envelope: &str, amount: &str, reference: &str) -> String {
    let page = books.page("/comptable/financements").await;
    let id = page.split("name=\"saisie\"").nth(1).and_then(|it| it.split('"').nth(3)).unwrap();
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("saisie", id).append_pair("enveloppe", envelope);
    form.append_pair("montant", amount).append_pair("reference", reference).finish()
}

#[tokio::test]
async fn a_receipt_of_funds_is_recorded_once_however_often_it_is_sent() {
    let books = Books::open().await;
    let form = receipt(&books, &REGION.to_string(), "1 250,00 €", "VIR 2026-118").await;
    let first = books.post("/comptable/financements", &form).await;
    assert_eq!(first.status, StatusCode::SEE_OTHER, "{}", first.body);
    let page = books.page(first.location()).await;
    assert!(page.contains("Versement enregistré."), "{page}");
    let event = links(&page, "/comptable/evenement/").pop().unwrap();
    let event = text(&books.page(&event).await);
    assert!(event.contains("1 250,00 € reçus du financeur"), "{event}");
    assert!(event.contains("Comptable public"), "{event}");

    let again = books.post("/comptable/financements", &form).await;
    assert!(books.page(again.location()).await.contains("déjà enregistré"));
    let ledger = text(&books.page("/comptable/grand-livre/515100").await);
    assert!(ledger.contains("Débits 26 250,00 €"), "{ledger}");
    let row = text(&books.page("/comptable/financements").await);
    assert!(row.contains("8 000,00 € 6 250,00 € 1 750,00 €"), "{row}");
}

#[tokio::test]
async fn a_receipt_that_cannot_be_recorded_says_what_to_correct_and_keeps_the_rest() {
    let books = Books::open().await;
    let form = receipt(&books, "", "douze", " ").await;
    let reply = books.post("/comptable/financements", &form).await;
    assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY);
    for told in ["Choisissez une enveloppe", "comme 12 500,00", "value=\"douze\"", "de 1 à 140"] {
        assert!(reply.body.contains(told), "{told}\n{}", reply.body);
    }
    let unknown = "env_00000000000000000000000000000bad";
    let form = receipt(&books, unknown, "1", "VIR").await;
    assert_eq!(books.post("/comptable/financements", &form).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn only_the_accountant_records_receipts() {
    let books = Books::open().await;
    let form = receipt(&books, &STATE.to_string(), "1", "VIR").await;
    for persona in ["ordonnateur", "region", "amina"] {
        let path = "/comptable/financements";
        assert_eq!(books.get_as(persona, path).await.status, StatusCode::FORBIDDEN);
        assert_eq!(books.post_as(persona, path, &form).await.status, StatusCode::FORBIDDEN);
    }
    let ledger = text(&books.page("/comptable/grand-livre/515100").await);
    assert!(ledger.contains("Débits 25 000,00 €"), "{ledger}");
}
