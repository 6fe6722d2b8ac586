//! How old debts are (balance âgée): one bar for each bucket, its count and its sum.

use askama::Template;
use askama::filters::HtmlSafe;
use ledger_core::money::Balance;

use super::axis::Across;
use crate::format::count;

/// How tall a bucket is with what stands above its bar, in pixels.
const ROW: u32 = 46;
/// Less than this cannot be seen: half a percent.
const SEEN: u64 = 200;

/// Some of the debts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// How old they are.
    pub label: String,
    /// How many they are.
    pub count: usize,
    /// What they add up to.
    pub sum: Balance,
}

/// A bar for each bucket, as long as its sum is to the largest; `templates/charts/ageing.html`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "charts/ageing.html")]
pub struct AgeingChart {
    id: &'static str,
    caption: String,
    described: String,
    height: u32,
    bars: Vec<Bar>,
}

/// One bucket, laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Bar {
    label: String,
    told: String,
    /// Where the line of words stands.
    words: u32,
    /// Where the bar begins, downwards.
    top: u32,
    width: Across,
}

impl HtmlSafe for AgeingChart {}

impl AgeingChart {
    /// `buckets` from the youngest to the oldest; `counted` is what they count, one and many.
    ///
    /// `id` is its own on the page.
    pub fn new(
        id: &'static str,
        caption: &str,
        (one, many): (&str, &str),
        buckets: &[Bucket],
    ) -> Self {
        let largest = buckets.iter().map(|it| it.sum.cents()).max().unwrap_or_default();
        let bars: Vec<Bar> = (0..)
            .zip(buckets)
            .map(|(nth, it)| {
                let cents = it.sum.cents();
                let shown = if cents == 0 { 0 } else { cents.max(largest / SEEN) };
                Bar {
                    label: it.label.clone(),
                    told: format!("{} · {}", count(it.count, one, many), it.sum),
                    words: nth * ROW + 16,
                    top: nth * ROW + 24,
                    width: Across::of(shown, largest),
                }
            })
            .collect();
        let told: Vec<String> =
            bars.iter().map(|it| format!("{} : {}", it.label, it.told)).collect();
        let height = u32::try_from(bars.len()).unwrap_or(u32::MAX).saturating_mul(ROW);
        Self { id, caption: caption.to_owned(), described: told.join(" ; "), height, bars }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(sums: &[u64]) -> AgeingChart {
        let bucket = |cents: &u64| Bucket {
            label: "1 à 30 jours".to_owned(),
            count: 2,
            sum: Balance::from_cents(*cents),
        };
        let buckets: Vec<Bucket> = sums.iter().map(bucket).collect();
        AgeingChart::new("ages", "Dettes <échues>", ("pièce", "pièces"), &buckets)
    }

    fn widths(sums: &[u64]) -> Vec<String> {
        chart(sums).bars.iter().map(|it| it.width.to_string()).collect()
    }

    #[test]
    fn bars_are_as_long_as_their_sums() {
        assert_eq!(widths(&[50_00, 200_00, 25_00]), ["25.00%", "100.00%", "12.50%"]);
    }

    #[test]
    fn nothing_has_no_bar_and_little_can_still_be_seen() {
        assert_eq!(widths(&[0, 1_000_000_00, 1]), ["0.00%", "100.00%", "0.50%"]);
        assert_eq!(widths(&[0, 0]), ["0.00%", "0.00%"]);
        assert_eq!(widths(&[7]), ["100.00%"]);
    }

    #[test]
    fn it_says_in_words_what_it_shows_and_lets_no_markup_through() {
        let html = chart(&[50_00]).render().unwrap();
        assert!(html.contains("1 à 30 jours : 2\u{a0}pièces · 50,00\u{a0}€"), "{html}");
        assert!(!html.contains("<échues>") && html.contains("échues"), "{html}");
        assert!(!html.contains("style="), "{html}");
    }

    #[test]
    fn without_a_bucket_there_is_no_drawing() {
        let html = chart(&[]).render().unwrap();
        assert!(!html.contains("<svg") && html.contains("Rien à montrer"), "{html}");
    }
}
