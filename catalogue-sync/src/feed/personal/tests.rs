//! What is taken out of a text, and what stays.

use proptest::prelude::*;

use super::*;

#[test]
fn e_mail_addresses_are_taken_out() {
    for address in [
        "jean.dupont@ac-lyon.fr",
        "j+d@x.io",
        "Écrire@école.fr",
        "jean [at] x.fr",
        "jean(arobase)x.fr",
        "jean%40x.fr",
    ] {
        assert_eq!(without(&format!("Contact : {address}, merci.")), "Contact : [retiré], merci.");
        assert_eq!(without(address), "[retiré]");
    }
    assert_eq!(without("mailto:a@b.fr?x"), "mailto:[retiré]?x");
    assert_eq!(without("a@b.fr;c@d.fr."), "[retiré];[retiré].");
    for kept in ["3 @ 2 €", "@font-face", "a@b", "réunion @ 10h", "x@3.5", "@"] {
        assert_eq!(without(kept), kept);
    }
}

#[test]
fn telephone_numbers_are_taken_out() {
    for number in [
        "06 12 34 56 78",
        "06.12.34.56.78",
        "06-12-34-56-78",
        "0612345678",
        "06\u{a0}12\u{a0}34\u{a0}56\u{a0}78",
        "+33 6 12 34 56 78",
        "+33612345678",
        "+33 (0)6 12 34 56 78",
        "+33(0)612345678",
        "0033 6 12 34 56 78",
        "+32 470 12 34 56",
        "+12125550123",
        "0800 123 456",
        "0 800 123 456",
        "0612 34 56 78",
        "06 1234 5678",
        "06 12345678",
    ] {
        assert_eq!(without(&format!("tél. {number} le soir")), "tél. [retiré] le soir", "{number}");
        assert_eq!(without(&format!("Tél:{number}.")), "Tél:[retiré].", "{number}");
    }
    assert_eq!(without("06 12 34 56 78 / 07 12 34 56 78"), "[retiré] / [retiré]");
    assert_eq!(without("bureau 12 01 02 03 04 05 10h"), "bureau 12 [retiré] 10h");
}

/// What only looks like a number to call.
const KEPT: [&str; 23] = [
    "978-2-07-064309-3",
    "9782070643093",
    "ISBN 0306406152",
    "ISBN : 0-306-40615-2",
    "2-07-064309-3",
    "978 2 07 064309 3",
    "EAN 0612345678905",
    "01/02/2026",
    "01.02.2026 10:30",
    "2026-09-01T08:30:00.123456789Z",
    "01-02-2026 au 03-04-2026",
    "1914-1918",
    "12 345 678,90 €",
    "1 000 000,00 €",
    "0,55 € ou 10.55 EUR",
    "+10 000 000 élèves",
    "+20 %",
    "35600000049837",
    "SIREN=493376008",
    "ark:/49591/0612345678",
    "https://ex.example/0612345678",
    "https://ex.example/?id=0612345678",
    "name=Paris; east=2.351828; north=48.856578",
];

#[test]
fn isbns_dates_prices_and_addresses_stay() {
    for text in KEPT {
        assert_eq!(without(text), text);
        assert!(!found_in(text));
    }
}

#[test]
fn a_hostile_text_takes_no_longer_than_another() {
    for piece in ["1-", "0612345678-", "0612345678", "a@", "@b.", "+1 ", "(at)", "06 12 "] {
        let text = piece.repeat(100_000 / piece.len());
        assert!(without(&text).len() <= text.len() * 2);
    }
}

#[test]
fn a_name_that_ends_like_an_announcement_announces_nothing() {
    for text in [
        "a.ean@aa.fr 01 00 00 00 00",
        "ocean 06 12 34 56 78",
        "M. Isbn@x.fr 0612345678",
        "a.a@ean.fr 09 00 00 00 00",
        "www.ean.fr 06 12 34 56 78",
        "ean.fr 06 12 34 56 78",
    ] {
        assert!(!without(text).contains("00 00") && !without(text).contains("12"), "{text}");
    }
}

proptest! {
    #[test]
    fn whatever_stands_around_personal_data_are_taken_out(
        before in "\\PC{0,20}", after in "\\PC{0,20}", name in "[a-z]{1,8}\\.[a-z]{1,8}", host in "[a-z]{2,8}\\.fr",
        number in "0[1-79]( [0-9]{2}){4}",
    ) {
        let address = format!("{name}@{host}");
        let text = format!("{before} {address} {number} {after}");
        let kept = without(&text);
        prop_assert!(!kept.contains(&address) && !kept.contains(&number), "{}", kept);
    }

    #[test]
    fn twice_is_once(text in "[0-9@.+ a-z()/-]{0,60}") {
        let once = without(&text).into_owned();
        prop_assert_eq!(without(&once), once.as_str());
    }

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        let kept = without(&text);
        if !text.contains(|it: char| it.is_ascii_digit() || "@[(%\u{ff20}".contains(it)) {
            prop_assert_eq!(kept, text.as_str());
        }
    }

    #[test]
    fn what_only_looks_like_it_stays_in_a_sentence(which in 0..KEPT.len(), word in "[a-zé]{1,10}") {
        let text = format!("{word} {} {word}", KEPT[which]);
        prop_assert_eq!(without(&text), text.as_str());
    }
}
