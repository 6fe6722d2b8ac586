//! What stands on the sheets, and what is written of it.

use std::io::Read;

use flate2::read::ZlibDecoder;
use ledger_core::money::Balance;
use projections::table::{Cell, Table};

use super::font::encode;
use super::layout::{Form, MARGIN, Mark, Sheet, sheets};
use super::{Document, Section};

fn sum(cents: u64) -> Cell {
    Cell::Sum(Balance::from_cents(cents))
}

fn section(rows: u64, label: &str) -> Section {
    let row = |nth| vec![Cell::Number(nth), Cell::text(label), sum(nth * 1_234_56)];
    Section {
        heading: "Grand livre".to_owned(),
        note: Some("Par ordre d’écriture.".to_owned()),
        table: Table {
            headings: vec!["écriture", "libellé", "montant"],
            rows: (0..rows).map(row).collect(),
            totals: vec![vec![Cell::Empty, Cell::text("total"), sum(9_876_543_21)]],
        },
    }
}

fn document(sections: Vec<Section>) -> Document {
    Document {
        title: "Reddition des comptes".to_owned(),
        subtitle: "Région Grand-Littoral, année 2026".to_owned(),
        facts: vec![("Fonds reçus".to_owned(), "1\u{202f}000,00\u{a0}€".to_owned())],
        sections,
        footer: "Compte ressources, à la position 48 213.".to_owned(),
    }
}

fn laid_out(document: &Document) -> Vec<Sheet> {
    let mut all = Vec::new();
    let take = &mut |sheet| {
        all.push(sheet);
        Ok(())
    };
    sheets(document, &Form::of(document), 99, take).unwrap();
    all
}

/// How often `text` is drawn on `sheet`, as one mark.
fn shown(sheet: &Sheet, text: &str) -> usize {
    let wanted = encode(text);
    sheet.iter().filter(|it| matches!(it, Mark::Text { text, .. } if *text == wanted)).count()
}

/// Left, top, right and bottom of what a text covers.
fn covered(mark: &Mark) -> Option<[i32; 4]> {
    let Mark::Text { x, y, style, text } = mark else { return None };
    let width = style.font.measure(text) * style.size / 1_000;
    Some([*x, y - style.size * 3 / 4, x + width, y + style.size / 5])
}

#[track_caller]
fn nothing_is_cut_off_or_overlaps(document: &Document) {
    let paper = Form::of(document).paper;
    for (nth, sheet) in laid_out(document).iter().enumerate() {
        let texts: Vec<[i32; 4]> = sheet.iter().filter_map(covered).collect();
        for [left, top, right, bottom] in &texts {
            let within = *left >= MARGIN && *right <= paper.width - MARGIN + 2;
            assert!(within && *top > 0 && *bottom < paper.height, "sheet {nth}: {left} {top}");
        }
        for (at, a) in texts.iter().enumerate() {
            for b in &texts[at + 1..] {
                let apart = a[2] <= b[0] || b[2] <= a[0] || a[3] <= b[1] || b[3] <= a[1];
                assert!(apart, "sheet {nth}: {a:?} and {b:?}");
            }
        }
    }
}

#[test]
fn nothing_is_cut_off_whatever_the_table() {
    let long =
        "Commande confirmée : engagement juridique, le reste de la retenue est libéré ".repeat(9);
    let id = "pur_0192f0c41d577f0e9b6a2f307c41d8e9";
    for label in ["Service fait", long.as_str(), id, &id.repeat(30), ""] {
        for rows in [0, 1, 60] {
            nothing_is_cut_off_or_overlaps(&document(vec![section(rows, label); 2]));
        }
    }
    nothing_is_cut_off_or_overlaps(&Document {
        title: long.clone(),
        subtitle: long.clone(),
        facts: vec![(long.clone(), id.repeat(9)); 12],
        sections: vec![section(40, &long)],
        footer: long,
    });
}

#[test]
fn a_cell_taller_than_a_sheet_goes_on_on_the_next() {
    let words = (0..4_000).map(|it| format!("mot{it}")).collect::<Vec<_>>();
    let document = document(vec![section(1, &words.join(" "))]);
    nothing_is_cut_off_or_overlaps(&document);
    let all: Vec<u8> = laid_out(&document)
        .iter()
        .flatten()
        .filter_map(|it| match it {
            Mark::Text { text, .. } => Some([text.as_slice(), b" "].concat()),
            Mark::Fill { .. } => None,
        })
        .flatten()
        .collect();
    let all = String::from_utf8_lossy(&all).into_owned();
    assert!(words.iter().all(|it| all.contains(&format!("{it} "))));
}

#[test]
fn figures_end_where_the_column_ends() {
    let document = document(vec![section(30, "Service fait")]);
    let paper = Form::of(&document).paper;
    for sheet in laid_out(&document) {
        let sums: Vec<i32> = sheet
            .iter()
            .filter(|it| matches!(it, Mark::Text { text, style, .. } if text.ends_with(b"\x80") && style.size == 180))
            .filter_map(|it| covered(it).map(|it| it[2]))
            .collect();
        assert!(sums.len() > 20);
        // Rounding of widths: a twentieth of a point.
        assert!(sums.iter().all(|it| (paper.width - MARGIN - it).abs() <= 3), "{sums:?}");
    }
}

#[test]
fn headings_stand_on_each_sheet_and_sheets_are_numbered() {
    let document = document(vec![section(200, "Service fait")]);
    let all = laid_out(&document);
    assert!(all.len() > 3);
    for (nth, sheet) in all.iter().enumerate() {
        assert_eq!(shown(sheet, "Écriture"), 1, "sheet {nth}");
        assert_eq!(shown(sheet, &format!("page {} sur 99", nth + 1)), 1);
        assert_eq!(shown(sheet, "Grand livre (suite)"), usize::from(nth > 0));
    }
    let last = all.last().unwrap();
    assert_eq!(shown(last, "9 876 543,21 €"), 1);
    // The total does not stand alone.
    assert_eq!(shown(last, "199"), 1);
}

#[test]
fn a_wide_table_turns_the_sheet() {
    let wide = Section {
        table: Table {
            headings: vec!["une somme assez longue"; 9],
            rows: vec![vec![sum(123_456_789_12); 9]],
            totals: vec![],
        },
        ..section(0, "")
    };
    let upright = Form::of(&document(vec![section(3, "Service fait")])).paper;
    let turned = document(vec![section(3, "Service fait"), wide]);
    assert!(upright.height > upright.width);
    assert!(Form::of(&turned).paper.width > Form::of(&turned).paper.height);
    nothing_is_cut_off_or_overlaps(&turned);
}

#[test]
fn a_table_without_rows_says_so() {
    let all = laid_out(&document(vec![section(0, "")]));
    assert_eq!(all.len(), 1);
    assert_eq!(shown(&all[0], "Aucune ligne"), 1);
    assert_eq!(laid_out(&Document::default()).len(), 1);
}

/// What the file draws, page by page.
fn drawn(file: &[u8]) -> Vec<Vec<u8>> {
    let find = |from: usize, what: &[u8]| {
        file[from..].windows(what.len()).position(|it| it == what).map(|it| it + from)
    };
    let (mut pages, mut at) = (Vec::new(), 0);
    while let Some(begin) = find(at, b"stream\n") {
        let mut text = Vec::new();
        ZlibDecoder::new(&file[begin + 7..]).read_to_end(&mut text).unwrap();
        pages.push(text);
        at = find(begin, b"endstream").unwrap() + 9;
    }
    pages
}

#[test]
fn the_file_says_what_the_sheets_do_and_always_the_same() {
    let document = document(vec![section(100, "Service fait")]);
    let (mut file, mut again) = (Vec::new(), Vec::new());
    document.write(&mut file).unwrap();
    document.write(&mut again).unwrap();
    assert_eq!(file, again);

    let pages = drawn(&file);
    assert_eq!(pages.len(), laid_out(&document).len());
    let all = pages.concat();
    let has = |text: &[u8]| all.windows(text.len()).any(|it| it == text);
    assert!(has(b"(Service fait)Tj"));
    // What is not ASCII is written as hexadecimal: 122 221,44 €.
    assert!(has(b"<313232203232312C34342080>Tj"));
    assert!(has(format!("(page 1 sur {})Tj", pages.len()).as_bytes()));
}

#[test]
fn every_object_is_where_the_table_says() {
    let mut file = Vec::new();
    document(vec![section(100, "Service fait")]).write(&mut file).unwrap();
    let text = |at: usize| String::from_utf8_lossy(&file[at..]).into_owned();
    assert!(file.starts_with(b"%PDF-1.7\n"));
    assert!(text(0).contains("/Lang(fr-FR)"));
    let begin: usize = text(0).lines().rev().nth(1).unwrap().parse().unwrap();
    let table = text(begin);
    let entries: Vec<&str> = table.lines().skip(3).take_while(|it| it.ends_with(" n ")).collect();
    assert!(entries.len() > 10);
    for (nth, entry) in entries.iter().enumerate() {
        let at: usize = entry[..10].parse().unwrap();
        let number = nth + 1;
        assert!(text(at).starts_with(&format!("{number} 0 obj")), "object {number}");
    }
}
