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
        "line 13: statement S-2026-09-30 does not balance: opening 1000.00 EUR and booked entries \
         -1349.94 EUR make -349.94 EUR, but its closing balance is -349.95 EUR, which is 0.01 EUR \
         too little: expected every booked entry of the period, each once"
    );
    let message =
        with(STATEMENT, "<Sts><Cd>PDNG", "<BookgDt><Dt>2026-09-30</Dt></BookgDt><Sts><Cd>BOOK");
    assert!(refusal(&message).contains("5000.00 EUR too much"), "a booked entry counts");
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
    assert!(refusal(&none).starts_with("line 5: <Stmt> has no closing balance: expected a <Bal>"));
    let twice = with(STATEMENT, "<Cd>CLBD", "<Cd>OPBD");
    assert!(refusal(&twice).starts_with("line 13: <Bal> is there a second time as OPBD"));
}

#[test]
fn what_a_statement_may_not_say_is_refused_with_its_line() {
    let refused = [
        ("250.5<", "250.505<", "line 19: <Amt> is `250.505`: expected at most two decimals"),
        ("250.5<", "250.500<", "line 19: <Amt> is `250.500`: expected at most two decimals"),
        ("250.5<", "0.00<", "line 19: <Amt> is `0.00`: expected an amount from 0.01"),
        ("250.5<", "-250.5<", "line 19: <Amt> is `-250.5`: expected an amount without a sign"),
        ("250.5<", "250,50<", "line 19: <Amt> is `250,50`: expected a dot before the cents"),
        ("250.5<", "2.5e2<", "line 19: <Amt> is `2.5e2`: expected an amount, as in 1234.56"),
        ("250.5<", "<", "line 19: <Amt> is empty: expected an amount"),
        ("250.5<", "100000000000.01<", "expected an amount from 0.01 to 100000000000.00"),
        (
            "\"EUR\">250.5<",
            "\"CHF\">250.5<",
            "line 19: <Amt> is `250.5 CHF`: expected an amount in EUR",
        ),
        (" Ccy=\"EUR\">250.5<", ">250.5<", "line 19: <Amt> is without currency: expected"),
        (
            "\"EUR\">349.95<",
            "\"SEK\">349.95<",
            "line 13: <Amt> is `349.95 SEK`: expected an amount in EUR",
        ),
        ("<Ccy>EUR", "<Ccy>USD", "line 10: <Ccy> is `USD`: expected EUR"),
        (
            "FR76",
            "FR77",
            "line 10: <IBAN> is `FR77 3000 6000 0112 3456 7890 189`: expected an IBAN",
        ),
        (
            "<CdtDbtInd>CRDT",
            "<CdtDbtInd>CREDIT",
            "line 12: <CdtDbtInd> is `CREDIT`: expected CRDT or DBIT",
        ),
        ("<Cd>BOOK", "<Cd>DONE", "line 19: <Cd> is `DONE`: expected BOOK, PDNG, FUTR or INFO"),
        ("<RvslInd>true", "<RvslInd>yes", "line 43: <RvslInd> is `yes`: expected true or false"),
        (
            "<ValDt><Dt>2026-10-01",
            "<ValDt><Dt>2026-02-30",
            "line 20: <Dt> is `2026-02-30`: expected a date",
        ),
        (
            "<ValDt><Dt>2026-10-01",
            "<ValDt><Dt>01/10/2026",
            "line 20: <Dt> is `01/10/2026`: expected a date",
        ),
        (
            "<BookgDt><Dt>2026-09-30</Dt></BookgDt>",
            "",
            "line 30: <Ntry> has no BookgDt: expected the day",
        ),
        ("<NbOfTxs>2", "<NbOfTxs>two", "line 35: <NbOfTxs> is `two`: expected a whole number"),
        ("SET-1", "A-REFERENCE-LONGER-THAN-ANY-MAY-BE-X", "expected 1 to 35 characters"),
        ("<Id>S-2026-09-30</Id>", "", "line 5: <Stmt> has no Id: expected the statement's id"),
        (
            "<Amt Ccy=\"EUR\">100.00</Amt>",
            "<Amt Ccy=\"EUR\">100.00</Amt><Amt Ccy=\"EUR\">1.00</Amt>",
            "line 43: <Amt> is there a second time: expected it once",
        ),
        (
            "<ElctrncSeqNb>187",
            "<ElctrncSeqNb>-1",
            "line 7: <ElctrncSeqNb> is `-1`: expected a whole number",
        ),
        ("2026-09-30T19:00:00", "yesterday", "line 8: <CreDtTm> is `yesterday`: expected a time"),
    ];
    for (old, new, expected) in refused {
        let said = refusal(&with(STATEMENT, old, new));
        assert!(said.contains(expected), "{old} → {new}\nsaid {said}\nnot  {expected}");
    }
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
