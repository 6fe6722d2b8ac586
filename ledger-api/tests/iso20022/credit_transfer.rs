//! Orders to pay: the file says what was meant, or is refused with the reason.

use ledger_api::iso20022::credit_transfer::{Party, Transfer, TransferFile, latin};
use ledger_core::money::Budget;

/// Two transfers, with accents.
pub fn file() -> TransferFile {
    let transfer = |end_to_end: &str, cents, name: &str| Transfer {
        end_to_end: end_to_end.into(),
        amount: Budget::from_cents(cents).unwrap(),
        creditor_name: name.into(),
        creditor_iban: "FR7630006000011234567890189".parse().unwrap(),
        remittance: "Règlement n°12 – septembre 2026".into(),
    };
    TransferFile {
        message: "RUN-2026-09-30-1".into(),
        created: "2026-09-30T08:00:00.250Z".parse().unwrap(),
        execution: "2026-10-01".parse().unwrap(),
        debtor: Party {
            name: "Agence comptable".into(),
            iban: "FR1420041010050500013M02606".parse().unwrap(),
            bic: Some("PSSTFRPPPAR".into()),
        },
        transfers: vec![
            transfer("SET-1", 1234_56, "Éditions de l’Œuf & Cie"),
            transfer("SET-2", 5, "Société Ñandú"),
        ],
    }
}

fn text(file: &TransferFile) -> String {
    String::from_utf8(file.to_bytes().unwrap()).unwrap()
}

#[test]
fn the_file_says_what_was_meant() {
    let text = text(&file());
    for said in [
        "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09",
        "<MsgId>RUN-2026-09-30-1</MsgId>",
        "<CreDtTm>2026-09-30T08:00:00Z</CreDtTm>",
        "<NbOfTxs>2</NbOfTxs>",
        "<CtrlSum>1234.61</CtrlSum>",
        "<PmtInfId>RUN-2026-09-30-1</PmtInfId>",
        "<BtchBookg>true</BtchBookg>",
        "<ReqdExctnDt><Dt>2026-10-01</Dt></ReqdExctnDt>",
        "<IBAN>FR1420041010050500013M02606</IBAN>",
        "<BICFI>PSSTFRPPPAR</BICFI>",
        "<ChrgBr>SLEV</ChrgBr>",
        "<EndToEndId>SET-1</EndToEndId>",
        "<InstdAmt Ccy=\"EUR\">1234.56</InstdAmt>",
        "<InstdAmt Ccy=\"EUR\">0.05</InstdAmt>",
        "<Nm>Editions de l&apos;Oeuf + Cie</Nm>",
        "<Nm>Societe Nandu</Nm>",
        "<Ustrd>Reglement n.12 - septembre 2026</Ustrd>",
    ] {
        assert!(text.contains(said), "no {said} in\n{text}");
    }
    assert_eq!(file().payment_information(), "RUN-2026-09-30-1");
    assert_eq!(file().total(), Some(1234_61));
}

#[test]
fn the_same_transfers_are_the_same_bytes() {
    assert_eq!(file().to_bytes(), file().to_bytes());
}

#[test]
fn a_debtor_without_bic_is_found_by_its_iban() {
    let mut file = file();
    file.debtor.bic = None;
    assert!(text(&file).contains("<DbtrAgt><FinInstnId><Othr><Id>NOTPROVIDED</Id></Othr>"));
}

#[test]
fn texts_are_written_in_the_letters_that_banks_take() {
    for (from, to) in [
        ("Éditions de l’Œuf", "Editions de l'Oeuf"),
        ("E\u{301}cole « à  côté »", "Ecole ' a cote '"),
        ("Straße — 12\u{202f}€…", "Strasse - 12 EUR..."),
        ("ligne 1\nligne 2\t<b>&amp;", "ligne 1 ligne 2 (b)+amp,"),
        ("日本 🙂", ".. ."),
        ("  ", ""),
    ] {
        assert_eq!(latin(from), to, "{from}");
        assert!(latin(from).chars().all(sepa::charset::is_sepa_char));
    }
}

/// What makes a file wrong.
type Spoil = fn(&mut TransferFile);

#[test]
fn what_cannot_be_ordered_is_refused_with_the_transfer_that_is_wrong() {
    let refused: [(Spoil, &str); 14] = [
        (|it| it.transfers.clear(), "no transfer: expected at least one"),
        (
            |it| it.transfers[1].end_to_end = "SET-1".into(),
            "two transfers have the end-to-end reference `SET-1`: expected one reference for each",
        ),
        (
            |it| it.transfers[1].creditor_name = "œ".repeat(36).into(),
            "SET-2: the payee's name has 72 characters once written in the letters that banks \
             take: expected at most 70",
        ),
        (
            |it| it.transfers[0].remittance = "a".repeat(141).into(),
            "SET-1: the remittance text has 141 characters once written in the letters that banks \
             take: expected at most 140",
        ),
        (
            |it| it.transfers[0].remittance = " \u{301}".into(),
            "SET-1: the remittance text is empty: expected 1 to 140 characters",
        ),
        (
            |it| it.message = "M".repeat(36).into(),
            "the file: its id has 36 characters once written in the letters that banks take: \
             expected at most 35",
        ),
        (|it| it.message = "".into(), "the file: its id is empty: expected 1 to 35 characters"),
        (
            |it| it.transfers[0].end_to_end = "set_1".into(),
            "set_1: the end-to-end reference `set_1` cannot be sent: expected letters without \
             accent, digits and / - ? : ( ) . , ' + only",
        ),
        (
            |it| it.transfers[0].end_to_end = "A//B".into(),
            "A//B: the end-to-end reference `A//B` cannot be sent: expected no / at either end, \
             and no two in a row",
        ),
        (
            |it| it.transfers[0].end_to_end = "NOTPROVIDED".into(),
            "NOTPROVIDED: the end-to-end reference `NOTPROVIDED` cannot be sent: expected a \
             reference of its own",
        ),
        (
            |it| it.transfers[0].amount = Budget::from_cents(1_000_000_000_00).unwrap(),
            "SET-1: 1\u{202f}000\u{202f}000\u{202f}000,00\u{a0}€ in one transfer: expected at \
             most 999 999 999,99 €",
        ),
        (
            // Its check digits fit, but no French account is that short.
            |it| it.transfers[0].creditor_iban = "FR39300060000112345".parse().unwrap(),
            "SET-1: the IBAN cannot be paid: IBAN for country FR must be 27 characters, got 19",
        ),
        (|it| it.debtor.bic = Some("PSST".into()), "the debtor's BIC `PSST` is not one: "),
        (
            |it| it.debtor.name = "".into(),
            "the file: the debtor's name is empty: expected 1 to 70 characters",
        ),
    ];
    for (spoil, expected) in refused {
        let mut file = file();
        spoil(&mut file);
        let said = file.to_bytes().unwrap_err().to_string();
        assert!(said.starts_with(expected), "\nsaid {said}\nnot  {expected}");
    }
}

#[test]
fn a_sum_that_no_message_can_say_is_no_total() {
    let mut file = file();
    let transfer = Transfer { amount: Budget::MAX, ..file.transfers[0].clone() };
    file.transfers = vec![transfer; 100_000];
    assert_eq!(file.total(), None);
}
