//! Bank statements: each entry is read, and the statement balances.

use ledger_api::iso20022::ReadError;
use ledger_api::iso20022::bank_statement::{BankStatement, Direction, EntryStatus};

use crate::messages::{STATEMENT, utf16, with};

fn refusal(message: &str) -> String {
    BankStatement::read(message.as_bytes()).unwrap_err().to_string()
}

/// An amount as the entries' lines of a table have it.
fn line(statement: &BankStatement) -> Vec<String> {
    let text = |it: &Option<compact_str::CompactString>| it.as_deref().unwrap_or("-").to_owned();
    let mut lines = Vec::new();
    for it in &statement.entries {
        lines.push(format!(
            "{} line {}: {:?} {} {:?}{} on {} value {} {} ref {} batch {}/{} of {}",
            it.index,
            it.line,
            it.direction,
            it.cents.cents(),
            it.status,
            if it.reversal { " reversal" } else { "" },
            it.booked,
            it.value.map_or("-".to_owned(), |it| it.to_string()),
            text(&it.code),
            text(&it.reference),
            text(&it.message),
            text(&it.payment_information),
            it.count.map_or("-".to_owned(), |it| it.to_string()),
        ));
        for it in &it.details {
            lines.push(format!(
                "  {} {} returned {} for {}",
                text(&it.end_to_end),
                it.cents.map_or("-".to_owned(), |it| it.cents().to_string()),
                text(&it.return_reason),
                text(&it.remittance),
            ));
        }
    }
    lines
}

#[test]
fn each_entry_of_a_statement_is_read_with_its_details() {
    let statements = BankStatement::read(STATEMENT.as_bytes()).unwrap();
    let [statement] = statements.as_slice() else { panic!("{statements:?}") };
    assert_eq!((statement.id.as_str(), statement.sequence), ("S-2026-09-30", Some(187)));
    assert_eq!(statement.account.as_str(), "FR7630006000011234567890189");
    assert_eq!(statement.created.to_string(), "2026-09-30 17:00:00 UTC");
    assert_eq!(statement.from, Some("2026-09-30".parse().unwrap()));
    assert_eq!(statement.to, Some("2026-09-30".parse().unwrap()));
    assert_eq!((statement.opening, statement.closing), (1000_00, -349_95));
    assert_eq!(
        line(statement),
        [
            "1 line 17: Credit 25050 Booked on 2026-09-30 value 2026-10-01 PMNT-RCDT-ESCT \
             ref BANK/77 batch -/- of -",
            "  - 25050 returned - for convention 2026 appel & fonds n°1",
            "2 line 30: Debit 170045 Booked on 2026-09-30 value - BATCH ref - \
             batch RUN-9/RUN-9 of 2",
            "  SET-1 170000 returned - for -",
            "  SET-2 - returned - for -",
            "3 line 42: Credit 10000 Booked reversal on 2026-09-30 value - - ref - \
             batch RUN-8/RUN-8 of -",
            "  SET-0 - returned AC04 for RF18539007547034",
            "4 line 52: Debit 500000 Pending on 2026-09-30 value - - ref - batch -/- of -",
            "5 line 55: Credit 100 Information on 2026-10-05 value 2026-10-05 - ref - batch -/- of -",
        ]
    );
}

#[test]
fn nobodys_name_is_kept() {
    let statements = BankStatement::read(STATEMENT.as_bytes()).unwrap();
    assert!(!format!("{statements:?}").contains("Personne"));
}

#[test]
fn a_statement_is_read_in_each_version_prefix_and_encoding() {
    let expected = BankStatement::read(STATEMENT.as_bytes()).unwrap();
    let older = with(STATEMENT, "camt.053.001.08", "camt.053.001.02");
    let older = older.replace("<Sts><Cd>", "<Sts>").replace("</Cd></Sts>", "</Sts>");
    assert_eq!(BankStatement::read(older.as_bytes()).unwrap(), expected);

    let prefixed = STATEMENT.replace("xmlns=", "xmlns:b=").replace("</", "</b:");
    let prefixed = prefixed.replace('<', "<b:").replace("<b:/b:", "</b:").replace("<b:?", "<?");
    assert_eq!(BankStatement::read(prefixed.as_bytes()).unwrap(), expected);

    assert_eq!(BankStatement::read(&utf16(STATEMENT)).unwrap(), expected);
    let marked = format!("\u{feff}{STATEMENT}");
    assert_eq!(BankStatement::read(marked.as_bytes()).unwrap(), expected);
    for latin in ["ISO-8859-1", "ISO-8859-15"] {
        let text = with(STATEMENT, "UTF-8", latin);
        let bytes: Vec<u8> = text.chars().map(|it| u8::try_from(u32::from(it)).unwrap()).collect();
        assert_eq!(BankStatement::read(&bytes).unwrap(), expected, "{latin}");
    }
    let dos = STATEMENT.replace('\n', "\r\n");
    assert_eq!(BankStatement::read(dos.as_bytes()).unwrap(), expected);
}

#[test]
fn entries_of_several_statements_are_counted_through_the_file() {
    let start = STATEMENT.find("<Stmt>").unwrap();
    let end = STATEMENT.find("</Stmt>").unwrap() + "</Stmt>".len();
    let twice = format!("{}{}", &STATEMENT[..end], &STATEMENT[start..]);
    let statements = BankStatement::read(twice.as_bytes()).unwrap();
    let indexes: Vec<_> = statements.iter().flat_map(|it| &it.entries).map(|it| it.index).collect();
    assert_eq!(indexes, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
}

#[test]
fn a_statement_that_does_not_balance_is_refused_with_the_difference() {
    let message = with(STATEMENT, "1700.45", "1700.44");
    assert_eq!(
        refusal(&message),
        "ligne 13\u{a0}: le relevé S-2026-09-30 n’est pas équilibré\u{a0}: 1000.00 EUR à \
         l’ouverture et -1349.94 EUR d’opérations comptabilisées font -349.94 EUR, mais le solde \
         de clôture, -349.95 EUR, est trop bas de 0.01 EUR\u{a0}; attendu\u{a0}: chaque \
         opération comptabilisée de la période, une seule fois"
    );
    let message =
        with(STATEMENT, "<Sts><Cd>PDNG", "<BookgDt><Dt>2026-09-30</Dt></BookgDt><Sts><Cd>BOOK");
    assert!(refusal(&message).contains("est trop haut de 5000.00 EUR"), "a booked entry counts");
    let error = BankStatement::read(message.as_bytes()).unwrap_err();
    assert!(matches!(error, ReadError::Unbalanced { line: 13, .. }));
}

#[test]
fn a_page_leads_from_its_own_balances() {
    let first = with(STATEMENT, "<Cd>CLBD", "<Cd>ITBD");
    assert_eq!(BankStatement::read(first.as_bytes()).unwrap()[0].closing, -349_95);
    let last = with(STATEMENT, "<Cd>OPBD", "<Cd>ITBD");
    assert_eq!(BankStatement::read(last.as_bytes()).unwrap()[0].opening, 1000_00);
    let middle = with(&first, "<Cd>OPBD", "<Cd>ITBD");
    let middle = &BankStatement::read(middle.as_bytes()).unwrap()[0];
    assert_eq!((middle.opening, middle.closing), (1000_00, -349_95));
    let previous = with(STATEMENT, "<Cd>OPBD", "<Cd>PRCD");
    assert_eq!(BankStatement::read(previous.as_bytes()).unwrap()[0].opening, 1000_00);
    let none = with(STATEMENT, "<Cd>CLBD", "<Cd>CLAV");
    assert!(refusal(&none).starts_with(
        "ligne 5\u{a0}: dans <Stmt>, il manque le solde de clôture\u{a0}; attendu\u{a0}: un <Bal>"
    ));
    let twice = with(STATEMENT, "<Cd>CLBD", "<Cd>OPBD");
    assert!(
        refusal(&twice).starts_with("ligne 13\u{a0}: <Bal> figure une seconde fois comme OPBD")
    );
}

/// Refuses the statement with each `old` as `new`, in the words of the third column.
fn all_refused(table: &[(&str, &str, &str)]) {
    for (old, new, expected) in table {
        let said = refusal(&with(STATEMENT, old, new));
        assert!(said.contains(expected), "{old} → {new}\nsaid {said}\nnot  {expected}");
    }
}

#[test]
fn a_sum_that_is_not_one_is_refused_with_its_line() {
    all_refused(&[
        (
            "250.5<",
            "250.505<",
            "ligne 19\u{a0}: <Amt> vaut `250.505`\u{a0}; attendu\u{a0}: deux décimales au plus",
        ),
        (
            "250.5<",
            "250.500<",
            "ligne 19\u{a0}: <Amt> vaut `250.500`\u{a0}; attendu\u{a0}: deux décimales au plus",
        ),
        (
            "250.5<",
            "0.00<",
            "ligne 19\u{a0}: <Amt> vaut `0.00`\u{a0}; attendu\u{a0}: un montant de 0.01",
        ),
        (
            "250.5<",
            "-250.5<",
            "ligne 19\u{a0}: <Amt> vaut `-250.5`\u{a0}; attendu\u{a0}: un montant sans signe",
        ),
        (
            "250.5<",
            "250,50<",
            "ligne 19\u{a0}: <Amt> vaut `250,50`\u{a0}; attendu\u{a0}: un point avant les centimes",
        ),
        (
            "250.5<",
            "2.5e2<",
            "ligne 19\u{a0}: <Amt> vaut `2.5e2`\u{a0}; attendu\u{a0}: un montant, comme 1234.56",
        ),
        ("250.5<", "<", "ligne 19\u{a0}: <Amt> est vide\u{a0}; attendu\u{a0}: un montant"),
        ("250.5<", "100000000000.01<", "attendu\u{a0}: un montant de 0.01 à 100000000000.00"),
        (
            "\"EUR\">250.5<",
            "\"CHF\">250.5<",
            "ligne 19\u{a0}: <Amt> vaut `250.5 CHF`\u{a0}; attendu\u{a0}: un montant en EUR",
        ),
        (
            " Ccy=\"EUR\">250.5<",
            ">250.5<",
            "ligne 19\u{a0}: <Amt> n’a pas de devise\u{a0}; attendu",
        ),
        (
            "\"EUR\">349.95<",
            "\"SEK\">349.95<",
            "ligne 13\u{a0}: <Amt> vaut `349.95 SEK`\u{a0}; attendu\u{a0}: un montant en EUR",
        ),
    ]);
}

#[test]
fn a_code_or_day_that_is_not_one_is_refused_with_its_line() {
    all_refused(&[
        ("<Ccy>EUR", "<Ccy>USD", "ligne 10\u{a0}: <Ccy> vaut `USD`\u{a0}; attendu\u{a0}: EUR"),
        (
            "FR76",
            "FR77",
            "ligne 10\u{a0}: <IBAN> vaut `FR77 3000 6000 0112 3456 7890 189`\u{a0}; \
             attendu\u{a0}: un IBAN",
        ),
        (
            "<CdtDbtInd>CRDT",
            "<CdtDbtInd>CREDIT",
            "ligne 12\u{a0}: <CdtDbtInd> vaut `CREDIT`\u{a0}; attendu\u{a0}: CRDT ou DBIT",
        ),
        (
            "<Cd>BOOK",
            "<Cd>DONE",
            "ligne 19\u{a0}: <Cd> vaut `DONE`\u{a0}; attendu\u{a0}: BOOK, PDNG, FUTR ou INFO",
        ),
        (
            "<RvslInd>true",
            "<RvslInd>yes",
            "ligne 43\u{a0}: <RvslInd> vaut `yes`\u{a0}; attendu\u{a0}: true ou false",
        ),
        (
            "<ValDt><Dt>2026-10-01",
            "<ValDt><Dt>2026-02-30",
            "ligne 20\u{a0}: <Dt> vaut `2026-02-30`\u{a0}; attendu\u{a0}: une date",
        ),
        (
            "<ValDt><Dt>2026-10-01",
            "<ValDt><Dt>01/10/2026",
            "ligne 20\u{a0}: <Dt> vaut `01/10/2026`\u{a0}; attendu\u{a0}: une date",
        ),
    ]);
}

#[test]
fn what_a_statement_lacks_or_says_twice_is_refused_with_its_line() {
    all_refused(&[
        (
            "<BookgDt><Dt>2026-09-30</Dt></BookgDt>",
            "",
            "ligne 30\u{a0}: dans <Ntry>, il manque BookgDt\u{a0}; attendu\u{a0}: le jour",
        ),
        (
            "<NbOfTxs>2",
            "<NbOfTxs>two",
            "ligne 35\u{a0}: <NbOfTxs> vaut `two`\u{a0}; attendu\u{a0}: un nombre entier",
        ),
        ("SET-1", "A-REFERENCE-LONGER-THAN-ANY-MAY-BE-X", "attendu\u{a0}: 1 à 35 caractères"),
        (
            "<Id>S-2026-09-30</Id>",
            "",
            "ligne 5\u{a0}: dans <Stmt>, il manque Id\u{a0}; attendu\u{a0}: l’identifiant du \
             relevé",
        ),
        (
            "<Amt Ccy=\"EUR\">100.00</Amt>",
            "<Amt Ccy=\"EUR\">100.00</Amt><Amt Ccy=\"EUR\">1.00</Amt>",
            "ligne 43\u{a0}: <Amt> figure une seconde fois\u{a0}; attendu\u{a0}: une seule fois",
        ),
        (
            "<ElctrncSeqNb>187",
            "<ElctrncSeqNb>-1",
            "ligne 7\u{a0}: <ElctrncSeqNb> vaut `-1`\u{a0}; attendu\u{a0}: un nombre entier",
        ),
        (
            "2026-09-30T19:00:00",
            "yesterday",
            "ligne 8\u{a0}: <CreDtTm> vaut `yesterday`\u{a0}; attendu\u{a0}: une date et une heure",
        ),
    ]);
}

#[test]
fn an_account_without_iban_is_named_by_its_number() {
    let other = "<Othr><Id>0112345</Id></Othr>";
    let message = with(STATEMENT, "<IBAN>FR76 3000 6000 0112 3456 7890 189</IBAN>", other);
    let statements = BankStatement::read(message.as_bytes()).unwrap();
    assert_eq!(statements[0].account.as_str(), "0112345");
}

#[test]
fn a_day_without_movement_is_a_statement_too() {
    let start = STATEMENT.find("<Ntry>").unwrap();
    let end = STATEMENT.rfind("</Ntry>").unwrap() + "</Ntry>".len();
    let quiet = format!("{}{}", &STATEMENT[..start], &STATEMENT[end..]);
    let quiet = with(&with(&quiet, "349.95", "1000.00"), ">DBIT<", ">CRDT<");
    let statements = BankStatement::read(quiet.as_bytes()).unwrap();
    assert_eq!((statements[0].entries.len(), statements[0].closing), (0, 1000_00));
}

#[test]
fn a_direction_gives_the_sign_whether_or_not_it_reverses() {
    assert_eq!(Direction::Credit.signed(5), 5);
    assert_eq!(Direction::Debit.signed(5), -5);
    let statements = BankStatement::read(STATEMENT.as_bytes()).unwrap();
    let booked = statements[0].entries.iter().filter(|it| it.status == EntryStatus::Booked);
    let moved: i128 = booked.map(|it| it.direction.signed(it.cents.cents())).sum();
    assert_eq!(moved, -1349_95);
}
