//! What goes to the bank is what was drawn up; what comes from it is taken in, or told in French.

use fixtures::bank_files::{self, Line};
use ledger_core::ids::{PartnerId, SettlementId};
use ledger_core::meta::{Actor, Role};
use ledger_core::money::Budget;
use ledger_core::remittance::Transfer as Payment;
use uuid::Uuid;

use super::*;

const OURS: &str = "FR7610071750000000100420187";
const AT: &str = "2026-09-30T08:00:00Z";

fn euros(cents: u64) -> Budget {
    Budget::from_cents(cents).unwrap()
}

fn day(text: &str) -> chrono::NaiveDate {
    text.parse().unwrap()
}

fn payment(number: u128, name: &str, cents: u64) -> Payment {
    let settlement = SettlementId(Uuid::from_u128(number));
    Payment {
        settlement,
        partner: PartnerId(Uuid::from_u128(number)),
        name: name.into(),
        iban: "FR7630006000011234567890189".parse().unwrap(),
        end_to_end: settlement.end_to_end(0),
        amount: euros(cents),
    }
}

/// Two payments: a name with accents, and one longer than banks take.
fn remittance() -> RemittanceDrawnUp {
    let long = "Société coopérative d’intérêt collectif des librairies indépendantes du \
                Grand-Littoral";
    RemittanceDrawnUp {
        message: "RUN-9".into(),
        at: AT.parse().unwrap(),
        execution: day("2026-10-01"),
        from: OURS.parse().unwrap(),
        payer: "Agence comptable de l’académie de l’Œuvre".into(),
        transfers: vec![payment(1, "Éditions de l’Œuf & Cie", 1234_56), payment(2, long, 5)],
        total: euros(1234_61),
        by: Actor { role: Role::Accountant, id: Uuid::from_u128(9) },
    }
}

/// What the bank's `report` says, in the order of the answers.
fn told(report: &str) -> Vec<(String, Option<bool>, String)> {
    let report = StatusReport::read(report.as_bytes()).unwrap();
    let text = |it: Option<CompactString>| it.unwrap_or_default().into_string();
    let answers = answers(&report, &remittance()).into_iter();
    answers.map(|it| (text(it.end_to_end), it.accepted, it.reason.into_string())).collect()
}

/// The same of each of our payments.
fn each(accepted: Option<bool>, reason: &str) -> Vec<(String, Option<bool>, String)> {
    let transfers = remittance().transfers.into_iter();
    transfers.map(|it| (it.end_to_end.into_string(), accepted, reason.to_owned())).collect()
}

/// A report on the whole file, and on no payment of it.
fn on_the_file(status: &str, reason: &str) -> String {
    let report = bank_files::report(&remittance(), &[], AT.parse().unwrap());
    let said = format!(
        "<GrpSts>{status}</GrpSts><StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn></StsRsnInf>\
         </OrgnlGrpInfAndSts></CstmrPmtStsRpt></Document>"
    );
    format!("{}{said}", report.split("<GrpSts>").next().unwrap())
}

fn read(text: &str) -> BankStatement {
    BankStatement::read(text.as_bytes()).unwrap().remove(0)
}

/// A line of 12,00 € that comes in.
fn incoming(end_to_end: &str, text: &str) -> Line {
    let (end_to_end, text) = (end_to_end.to_owned(), text.to_owned());
    let code = ("PMNT", "RCDT", "ESCT");
    Line { amount: euros(12_00), incoming: true, code, end_to_end, text, returned: "" }
}

fn statement_of(lines: &[Line]) -> String {
    bank_files::statement(OURS, "S-273", day("2026-09-30"), Balance::from_cents(100_00), lines)
}

#[test]
fn the_file_of_a_remittance_is_the_same_bytes_each_time() {
    let bytes = transfers(&remittance()).unwrap();
    assert_eq!(transfers(&remittance()).unwrap(), bytes);
    let text = String::from_utf8(bytes).unwrap();
    for it in remittance().transfers {
        assert!(text.contains(&format!("<EndToEndId>{}</EndToEndId>", it.end_to_end)), "{text}");
        assert!(text.contains(&format!("<Ustrd>Compte ressources {}</Ustrd>", it.end_to_end)));
    }
    for said in ["<MsgId>RUN-9</MsgId>", "<CtrlSum>1234.61</CtrlSum>", "Dt>2026-10-01</Dt"] {
        assert!(text.contains(said), "no {said} in\n{text}");
    }
}

#[test]
fn the_file_of_a_return_is_the_same_bytes_each_time() {
    let officer = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(8) };
    let (funder, amount) = ("siren:217500016".parse().unwrap(), euros(80_00));
    let signed = ConventionSigned {
        funder,
        funder_name: "Ville de Créteil".into(),
        title: "Ressources".into(),
        legal_reference: "D1".into(),
        assent: "A1".into(),
        amount,
        from: day("2026-09-01"),
        until: day("2027-08-31"),
        priority: 5,
        earmark: ledger_core::account::Earmark::default(),
        carry_over: ledger_core::convention::CarryOver::Returned,
        by: officer,
    };
    let iban = "FR7630006000011234567890189".parse().unwrap();
    let ordered = ReturnOrdered { funder, amount, iban, on: day("2026-09-29"), by: officer };
    let RemittanceDrawnUp { at, execution, from, payer, by, .. } = remittance();
    let end_to_end = "RET-1".into();
    let sent = ReturnSent { funder, amount, end_to_end, at, execution, from, payer, by };
    let bytes = given_back(&signed, &ordered, &sent).unwrap();
    assert_eq!(given_back(&signed, &ordered, &sent).unwrap(), bytes);
    let text = String::from_utf8(bytes).unwrap();
    for said in [
        "<MsgId>RET-1</MsgId>",
        "<EndToEndId>RET-1</EndToEndId>",
        "<Nm>Ville de Creteil</Nm>",
        "<IBAN>FR7630006000011234567890189</IBAN>",
        OURS,
        "<CtrlSum>80.00</CtrlSum>",
        "Dt>2026-10-01</Dt",
        "<Ustrd>Compte ressources restitution RET-1</Ustrd>",
    ] {
        assert!(text.contains(said), "no {said} in\n{text}");
    }
}

#[test]
fn names_go_in_the_letters_and_the_length_that_banks_take() {
    let text = String::from_utf8(transfers(&remittance()).unwrap()).unwrap();
    let names = text.split("<Nm>").skip(1).map(|it| it.split("</Nm>").next().unwrap());
    let mut names: Vec<String> = names.map(|it| it.replace("&apos;", "'")).collect();
    names.dedup();
    assert_eq!(
        names,
        [
            "Agence comptable de l'academie de l'Oeuvre",
            "Editions de l'Oeuf + Cie",
            "Societe cooperative d'interet collectif des librairies independantes d",
        ]
    );
    assert_eq!(names[2].len(), NAME_MAX);
}

#[test]
fn a_remittance_that_cannot_be_written_is_told_in_french() {
    let mut remittance = remittance();
    remittance.transfers[1].iban = "FR39300060000112345".parse().unwrap();
    let problem = transfers(&remittance).unwrap_err();
    let expected = format!(
        "La remise ne peut pas être écrite. {}\u{a0}: l’IBAN a 19 caractères\u{a0}; attendu\u{a0}: \
         27 dans le pays FR.",
        remittance.transfers[1].end_to_end
    );
    assert_eq!(problem.told, Some(expected));
}

#[test]
fn a_file_that_is_not_read_is_told_as_it_is() {
    let report = bank_files::report(&remittance(), &[], AT.parse().unwrap());
    let problem = not_read(BankStatement::read(report.as_bytes()).unwrap_err());
    let expected = "ligne 2\u{a0}: c’est un compte rendu de paiement (pain.002.001.10)\u{a0}; \
                    attendu\u{a0}: un relevé de compte (camt.053.001.02 ou camt.053.001.08)";
    assert_eq!(problem.told.as_deref(), Some(expected));
    assert_eq!(problem.kind.slug, kinds::FILE_REFUSED.slug);
}

#[test]
fn each_payment_has_the_answer_that_names_it() {
    let at = AT.parse().unwrap();
    assert_eq!(told(&bank_files::report(&remittance(), &[], at)), each(Some(true), ""));
    let refused = remittance().transfers[1].end_to_end.clone();
    let report = bank_files::report(&remittance(), &[(refused.as_str(), "AC04")], at);
    assert_eq!(
        told(&report),
        [&each(Some(true), "")[..1], &each(Some(false), "AC04")[1..]].concat()
    );
}

#[test]
fn a_file_refused_whole_answers_every_payment() {
    assert_eq!(told(&on_the_file("RJCT", "AM05")), each(Some(false), "AM05"));
}

#[test]
fn a_file_that_is_only_well_written_is_no_answer_yet() {
    assert_eq!(told(&on_the_file("ACTC", "NARR")), each(None, "NARR"));
    assert_eq!(told(&on_the_file("PDNG", "NARR")), each(None, "NARR"));
    assert_eq!(told(&on_the_file("ACSP", "NARR")), each(Some(true), "NARR"));
}

#[test]
fn an_answer_about_a_payment_that_is_not_ours_is_told_after_ours() {
    let report = bank_files::report(&remittance(), &[], AT.parse().unwrap());
    let theirs = "<TxInfAndSts><OrgnlEndToEndId>SET-7</OrgnlEndToEndId><TxSts>RJCT</TxSts>\
                  <StsRsnInf><Rsn><Cd>AC01</Cd></Rsn></StsRsnInf></TxInfAndSts>\
                  </OrgnlPmtInfAndSts>";
    let mut expected = each(Some(true), "");
    expected.push(("SET-7".to_owned(), Some(false), "AC01".to_owned()));
    assert_eq!(told(&report.replace("</OrgnlPmtInfAndSts>", theirs)), expected);
}

#[test]
fn a_report_on_another_file_says_nothing_of_our_payments() {
    let mut other = remittance();
    other.message = "RUN-8".into();
    other.transfers = vec![payment(7, "Éditions du Phare", 3_00)];
    let report = bank_files::report(&other, &[], AT.parse().unwrap());
    let report = report.replace("<GrpSts>ACCP</GrpSts>", "");
    let expected = (other.transfers[0].end_to_end.to_string(), Some(true), String::new());
    assert_eq!(told(&report), [expected]);
}

#[test]
fn a_statement_is_taken_line_by_line() {
    let sent = Line {
        amount: euros(34_56),
        incoming: false,
        code: ("PMNT", "ICDT", "ESCT"),
        end_to_end: "SET-1".to_owned(),
        text: String::new(),
        returned: "",
    };
    let back = Line { returned: "AC04", ..incoming("SET-0", "") };
    let text = statement_of(&[incoming("", "appel CONV-2026-1"), sent, back]);
    let taken = statement(&read(&text)).unwrap();
    assert_eq!(taken.reference, "S-273");
    assert_eq!((taken.from, taken.to), (day("2026-09-30"), day("2026-09-30")));
    assert_eq!(taken.opening, Balance::from_cents(100_00));
    assert_eq!(taken.closing, Balance::from_cents(89_44));
    let line = |number, cents, direction, code: &str, reference: &str, returned: &str| BankLine {
        number,
        amount: euros(cents),
        direction,
        booked: day("2026-09-30"),
        code: code.into(),
        references: vec![reference.into()],
        returned: returned.into(),
    };
    assert_eq!(
        taken.lines,
        [
            line(1, 12_00, Way::In, "PMNT-RCDT-ESCT", "CONV-2026-1", ""),
            line(2, 34_56, Way::Out, "PMNT-ICDT-ESCT", "SET-1", ""),
            line(3, 12_00, Way::In, "PMNT-RCDT-ESCT", "SET-0", "AC04"),
        ]
    );
}

#[test]
fn a_statement_without_period_is_of_the_days_of_its_lines() {
    let mut dateless = read(&statement_of(&[incoming("", "appel CONV-2026-1")]));
    (dateless.from, dateless.to) = (None, None);
    dateless.entries[0].booked = day("2026-09-28");
    let taken = statement(&dateless).unwrap();
    assert_eq!((taken.from, taken.to), (day("2026-09-28"), day("2026-09-28")));
    dateless.entries.clear();
    let taken = statement(&dateless).unwrap();
    assert_eq!((taken.from, taken.to), (day("2026-09-30"), day("2026-09-30")), "as drawn up");
}

#[test]
fn what_is_not_booked_is_no_line_and_has_no_number() {
    let mut read_back = read(&statement_of(&[incoming("", ""), incoming("", "")]));
    read_back.entries[0].status = EntryStatus::Pending;
    let numbers = statement(&read_back).unwrap().lines.into_iter().map(|it| it.number);
    assert_eq!(numbers.collect::<Vec<_>>(), [1]);
}

#[test]
fn an_overdrawn_statement_is_refused() {
    let taken = read(&statement_of(&[]));
    for overdrawn in
        [BankStatement { opening: -1, ..taken.clone() }, BankStatement { closing: -1, ..taken }]
    {
        let problem = statement(&overdrawn).err().unwrap();
        assert_eq!(problem.kind.slug, kinds::FILE_REFUSED.slug);
        let told = problem.told.unwrap();
        assert!(told.contains("S-273") && told.contains("un solde est négatif"), "{told}");
    }
}

#[test]
fn references_keep_no_name_and_no_free_text() {
    let references = |end_to_end: &str, text: &str| {
        let taken = statement(&read(&statement_of(&[incoming(end_to_end, text)]))).unwrap();
        let lines = taken.lines.into_iter().flat_map(|it| it.references);
        lines.map(CompactString::into_string).collect::<Vec<_>>()
    };
    let text = "Camille PERSONNE-DURAND merci pour l’appel CONV-2026-1 du 3 mai";
    assert_eq!(references("SET-1", text), ["SET-1", "CONV-2026-1"]);
    assert!(references("Camille Personne 75", "Camille Personne").is_empty());
    assert!(references("", "rappeler le 0612345678 ou le 185017511612345").is_empty());
    assert!(references("", "école n°1234 camille.personne75@example.org").is_empty());
    assert_eq!(references("SET-1", "SET-1 SET-1"), ["SET-1"], "each once");
    let many: Vec<String> = (1000..1020).map(|it| format!("C-{it}")).collect();
    assert_eq!(references("", &many.join(" ")).len(), REFERENCES_MAX);
}
