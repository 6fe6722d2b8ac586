//! Figures for the page of components, like those of the demo.

use chrono::{Days, NaiveDate};
use ledger_core::money::Balance;

use crate::charts::{AgeingChart, Bucket, ConsumptionChart, Course, Period};

/// What is due to partners, by how late it is.
pub(super) fn ageing() -> AgeingChart {
    let bucket = |label: &str, count, cents| Bucket {
        label: label.to_owned(),
        count,
        sum: Balance::from_cents(cents),
    };
    let buckets = [
        bucket("Non échues", 42, 18_240_50),
        bucket("1 à 30 jours", 17, 6_312_00),
        bucket("31 à 60 jours", 1, 49_90),
        bucket("Plus de 60 jours", 0, 0),
    ];
    let caption = "Dettes envers les éditeurs, par ancienneté";
    AgeingChart::new("sample-ages", caption, ("pièce", "pièces"), &buckets)
}

/// A year of one envelope: what is held, then engaged, then paid, each a few days after the other.
pub(super) fn consumption() -> ConsumptionChart {
    let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap_or_default();
    let period = Period { first, last: first + Days::new(364), until: first + Days::new(333) };
    // A month's spending, in euros: school begins in September.
    let monthly =
        [38_000, 52_000, 61_000, 40_000, 35_000, 22_000, 3_000, 9_000, 190_000, 120_000, 64_000];
    let course = |name: &str, after: u64, percent: u64| {
        let mut cents = 0;
        let points = (0..).zip(monthly).flat_map(|(month, euros)| {
            [(8, 40), (19, 60)].map(|(day, part)| (month * 30 + day + after, euros * part))
        });
        let points = points.map(|(day, euros_percent): (u64, u64)| {
            cents += euros_percent * percent / 100;
            (first + Days::new(day), Balance::from_cents(cents))
        });
        Course { name: name.to_owned(), points: points.collect() }
    };
    let courses = [course("Retenu", 0, 100), course("Engagé", 6, 94), course("Payé", 38, 90)];
    let budget = Balance::from_cents(800_000_00);
    let caption = "Consommation de l’enveloppe «\u{a0}Manuels numériques 2026\u{a0}»";
    ConsumptionChart::new("sample-year", caption, period, budget, &courses)
}
