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

/// Refuses the file spoilt in each way, in words that begin as the second column does.
fn all_refused(table: &[(Spoil, &str)]) {
    for (spoil, expected) in table {
        let mut file = file();
        spoil(&mut file);
        let said = file.to_bytes().unwrap_err().to_string();
        assert!(said.starts_with(expected), "\nsaid {said}\nnot  {expected}");
    }
}

#[test]
fn a_text_that_banks_do_not_take_is_refused_with_its_transfer() {
    all_refused(&[
        (|it| it.transfers.clear(), "Aucun virement\u{a0}; attendu\u{a0}: au moins un"),
        (
            |it| it.transfers[1].end_to_end = "SET-1".into(),
            "Deux virements ont la référence `SET-1`\u{a0}; attendu\u{a0}: une référence pour \
             chacun",
        ),
        (
            |it| it.transfers[1].creditor_name = "œ".repeat(36).into(),
            "SET-2\u{a0}: le nom du bénéficiaire fait 72 caractères avec les seules lettres que \
             les banques acceptent\u{a0}; attendu\u{a0}: 70 au plus",
        ),
        (
            |it| it.transfers[0].remittance = "a".repeat(141).into(),
            "SET-1\u{a0}: le libellé fait 141 caractères avec les seules lettres que les \
             banques acceptent\u{a0}; attendu\u{a0}: 140 au plus",
        ),
        (
            |it| it.transfers[0].remittance = " \u{301}".into(),
            "SET-1\u{a0}: le libellé est vide\u{a0}; attendu\u{a0}: 1 à 140 caractères",
        ),
        (
            |it| it.message = "M".repeat(36).into(),
            "Le fichier\u{a0}: son identifiant fait 36 caractères avec les seules lettres que les \
             banques acceptent\u{a0}; attendu\u{a0}: 35 au plus",
        ),
        (
            |it| it.message = "".into(),
            "Le fichier\u{a0}: son identifiant est vide\u{a0}; attendu\u{a0}: 1 à 35 caractères",
        ),
        (
            |it| it.transfers[0].end_to_end = "set_1".into(),
            "set_1\u{a0}: la référence vaut `set_1`\u{a0}; attendu\u{a0}: des lettres sans accent, \
             des chiffres et / - ? : ( ) . , ' + seulement",
        ),
        (
            |it| it.transfers[0].end_to_end = "A//B".into(),
            "A//B\u{a0}: la référence vaut `A//B`\u{a0}; attendu\u{a0}: aucun / au début ni à la \
             fin, ni deux de suite",
        ),
        (
            |it| it.transfers[0].end_to_end = "NOTPROVIDED".into(),
            "NOTPROVIDED\u{a0}: la référence vaut `NOTPROVIDED`\u{a0}; attendu\u{a0}: une \
             référence qui lui soit propre",
        ),
    ]);
}

#[test]
fn a_sum_or_an_account_that_cannot_be_paid_is_refused_with_its_transfer() {
    all_refused(&[
        (
            |it| it.transfers[0].amount = Budget::from_cents(1_000_000_000_00).unwrap(),
            "SET-1\u{a0}: 1\u{202f}000\u{202f}000\u{202f}000,00\u{a0}€ en un seul virement\u{a0}; \
             attendu\u{a0}: 999\u{202f}999\u{202f}999,99\u{a0}€ au plus",
        ),
        (
            // Its check digits fit, but no French account is that short.
            |it| it.transfers[0].creditor_iban = "FR39300060000112345".parse().unwrap(),
            "SET-1\u{a0}: l’IBAN a 19 caractères\u{a0}; attendu\u{a0}: 27 dans le pays FR",
        ),
        (
            |it| it.debtor.bic = Some("PSST".into()),
            "Le payeur\u{a0}: le BIC `PSST` a 4 caractères\u{a0}; attendu\u{a0}: 8 ou 11",
        ),
        (
            |it| it.debtor.name = "".into(),
            "Le fichier\u{a0}: le nom du payeur est vide\u{a0}; attendu\u{a0}: 1 à 70 caractères",
        ),
    ]);
}

#[test]
fn a_sum_that_no_message_can_say_is_no_total() {
    let mut file = file();
    let transfer = Transfer { amount: Budget::MAX, ..file.transfers[0].clone() };
    file.transfers = vec![transfer; 100_000];
    assert_eq!(file.total(), None);
}
