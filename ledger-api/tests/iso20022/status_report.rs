//! Reports on orders to pay: what became of each transfer, whoever said so.

use ledger_api::iso20022::status_report::{Status, StatusReport};

use crate::messages::{REPORT, utf16, with};

fn read(message: &str) -> StatusReport {
    StatusReport::read(message.as_bytes()).unwrap()
}

fn refusal(message: &str) -> String {
    StatusReport::read(message.as_bytes()).unwrap_err().to_string()
}

/// A report on the whole file, and on no part of it.
fn on_the_file(status: &str) -> String {
    let start = REPORT.find("<OrgnlPmtInfAndSts>").unwrap();
    let end = REPORT.find("</CstmrPmtStsRpt>").unwrap();
    let alone = format!("{}{}", &REPORT[..start], &REPORT[end..]);
    let said = format!("<GrpSts>{status}</GrpSts></OrgnlGrpInfAndSts>");
    with(&alone, "</OrgnlGrpInfAndSts>", &said)
}

#[test]
fn each_part_of_a_report_is_read_with_its_reason() {
    let report = read(REPORT);
    assert_eq!((report.message.as_str(), report.original_message.as_str()), ("R-1", "RUN-9"));
    assert_eq!(report.group, None);
    let lines: Vec<String> = report
        .payments
        .iter()
        .map(|it| {
            format!(
                "{} {} {:?} {} {}",
                it.original_payment_information.as_deref().unwrap_or("-"),
                it.end_to_end.as_deref().unwrap_or("-"),
                it.status,
                it.reason_code.as_deref().unwrap_or("-"),
                it.reason_text.as_deref().unwrap_or("-"),
            )
        })
        .collect();
    assert_eq!(
        lines,
        [
            "RUN-9 - Partly(\"PART\") - -",
            "RUN-9 SET-1 Rejected(\"RJCT\") AC01 IBAN inconnu",
            "RUN-9 SET-2 Accepted(\"ACSP\") - -",
            "RUN-9 SET-3 Pending(\"PDNG\") - -",
            "RUN-9-B - Accepted(\"ACCP\") - -",
        ]
    );
    assert!(!format!("{report:?}").contains("Personne"), "nobody's name is kept");
}

#[test]
fn each_version_and_encoding_is_read_alike() {
    for version in ["001.03", "001.08", "001.10", "001.12"] {
        let message = with(REPORT, "pain.002.001.10", &format!("pain.002.{version}"));
        assert_eq!(read(&message), read(REPORT), "{version}");
    }
    assert_eq!(StatusReport::read(&utf16(REPORT)).unwrap(), read(REPORT));
}

#[test]
fn a_rejected_file_means_all_its_transfers() {
    let message = with(
        &on_the_file("RJCT"),
        "</OrgnlGrpInfAndSts>",
        "<StsRsnInf><Rsn><Cd>AM05</Cd></Rsn><AddtlInf>Fichier en double</AddtlInf></StsRsnInf>\
         </OrgnlGrpInfAndSts>",
    );
    let report = read(&message);
    assert_eq!(report.group, Some(Status::Rejected("RJCT".into())));
    let answer = report.of("SET-1", "RUN-9").unwrap();
    assert!(answer.status.is_rejected());
    assert_eq!(answer.reason_code, Some("AM05"));
    assert_eq!(answer.reason_text, Some("Fichier en double"));
}

#[test]
fn the_closest_word_about_a_transfer_counts() {
    let report = read(REPORT);
    let code = |end_to_end, order| report.of(end_to_end, order).map(|it| it.status.code());
    assert_eq!(code("SET-1", "RUN-9"), Some("RJCT"));
    assert_eq!(code("SET-2", "RUN-9"), Some("ACSP"));
    assert_eq!(code("SET-4", "RUN-9"), Some("PART"), "not named apart");
    assert_eq!(code("SET-1", "RUN-9-B"), Some("ACCP"), "another order's transfer");
    assert_eq!(code("SET-1", "RUN-7"), None);
    let rejected = read(&with(REPORT, "<PmtInfSts>PART", "<PmtInfSts>RJCT"));
    assert_eq!(rejected.of("SET-2", "RUN-9").unwrap().status.code(), "RJCT", "the whole order");
}

#[test]
fn a_transfer_without_a_status_of_its_own_has_its_orders_or_the_files() {
    let message = with(REPORT, "<TxSts>PDNG</TxSts>", "");
    assert_eq!(read(&message).payments[3].status, Status::Partly("PART".into()));
    let without = with(&message, "<PmtInfSts>PART</PmtInfSts>", "");
    assert!(refusal(&without).starts_with(
        "ligne 19\u{a0}: dans <TxInfAndSts>, il manque TxSts\u{a0}; attendu\u{a0}: un statut"
    ));
    let group = "<GrpSts>ACTC</GrpSts></OrgnlGrpInfAndSts>";
    let message = with(&without, "</OrgnlGrpInfAndSts>", group);
    assert_eq!(read(&message).payments[2].status, Status::Accepted("ACTC".into()));
}

#[test]
fn every_status_has_a_meaning_and_keeps_its_code() {
    for (code, status) in [
        ("ACTC", Status::Accepted("ACTC".into())),
        ("ACSC", Status::Accepted("ACSC".into())),
        ("ACWC", Status::Accepted("ACWC".into())),
        ("RCVD", Status::Pending("RCVD".into())),
        ("PDNG", Status::Pending("PDNG".into())),
        ("ZZZZ", Status::Pending("ZZZZ".into())),
        ("PART", Status::Partly("PART".into())),
        ("RJCT", Status::Rejected("RJCT".into())),
        ("CANC", Status::Rejected("CANC".into())),
    ] {
        assert_eq!(read(&on_the_file(code)).group, Some(status), "{code}");
    }
}

#[test]
fn what_a_report_may_not_say_is_refused_with_its_line() {
    for (old, new, expected) in [
        (
            "<TxSts>RJCT",
            "<TxSts>REJECTED",
            "ligne 11\u{a0}: <TxSts> vaut `REJECTED`\u{a0}; attendu\u{a0}: un statut",
        ),
        (
            "<TxSts>RJCT",
            "<TxSts>",
            "ligne 11\u{a0}: <TxSts> est vide\u{a0}; attendu\u{a0}: un statut",
        ),
        (
            "<OrgnlMsgId>RUN-9</OrgnlMsgId>",
            "",
            "ligne 5\u{a0}: dans <OrgnlGrpInfAndSts>, il manque OrgnlMsgId",
        ),
        (
            "<MsgId>R-1</MsgId>",
            "",
            "ligne 4\u{a0}: dans <GrpHdr>, il manque MsgId\u{a0}; attendu\u{a0}: l’identifiant \
             du compte rendu",
        ),
        (
            "<PmtInfSts>ACCP</PmtInfSts>",
            "",
            "ligne 21\u{a0}: dans <OrgnlPmtInfAndSts>, il manque PmtInfSts",
        ),
        (
            "<PmtInfSts>ACCP",
            "<PmtInfSts>RJCT</PmtInfSts><PmtInfSts>ACCP",
            "ligne 22\u{a0}: <PmtInfSts> figure une seconde fois\u{a0}; attendu\u{a0}: une seule \
             fois",
        ),
        (
            "SET-1",
            "",
            "ligne 11\u{a0}: <OrgnlEndToEndId> est vide\u{a0}; attendu\u{a0}: 1 à 35 caractères",
        ),
    ] {
        let said = refusal(&with(REPORT, old, new));
        assert!(said.contains(expected), "{old} → {new}\nsaid {said}\nnot  {expected}");
    }
    let start = REPORT.find("<OrgnlPmtInfAndSts>").unwrap();
    let end = REPORT.find("</CstmrPmtStsRpt>").unwrap();
    let silent = format!("{}{}", &REPORT[..start], &REPORT[end..]);
    assert!(refusal(&silent).contains("dans <CstmrPmtStsRpt>, il manque GrpSts"));
}
