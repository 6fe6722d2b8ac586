//! How an envelope is spent over its year: what is held, engaged, paid, against the budget.

use askama::Template;
use askama::filters::HtmlSafe;
use chrono::{Datelike, Days, NaiveDate};
use ledger_core::money::Balance;

use super::axis::{Across, months, scaled, spread, tick_label, ticks};
use crate::format::long_date;

/// From the highest tick down to zero, in pixels.
const PLOT: u32 = 220;
/// What stands above the highest tick, for the budget's label.
const ABOVE: u32 = 22;
/// From one label to the next.
const LABEL_GAP: i32 = 17;
/// Beyond this, in hundredths of a percent, a label ends to the right of the drawing.
const LATE: u32 = 7_000;
/// Told apart by their dashes; more than three cannot be read.
const DASHES: [&str; 3] = ["", "7 4", "2 4"];

const MONTHS: [&str; 12] = [
    "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.",
    "déc.",
];

/// Over which days, and up to which one they are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// The first day of the year.
    pub first: NaiveDate,
    /// Its last day.
    pub last: NaiveDate,
    /// The last day that the figures take in: today, or the end of a past year.
    pub until: NaiveDate,
}

/// How one sum has grown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// What the sum is: `Payé`.
    pub name: String,
    /// What it was from each day on, in the order of days; nothing before the first.
    pub points: Vec<(NaiveDate, Balance)>,
}

/// Up to three courses against a budget; `templates/charts/consumption.html`.
#[derive(Clone, Debug, PartialEq, Eq, Template)]
#[template(path = "charts/consumption.html")]
pub struct ConsumptionChart {
    id: &'static str,
    caption: String,
    described: String,
    height: u32,
    /// Where zero stands.
    floor: u32,
    ticks: Vec<Tick>,
    months: Vec<Month>,
    budget: Limit,
    lines: Vec<Line>,
}

/// A round sum on the upright axis.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Tick {
    label: String,
    y: u32,
}

/// A month on the axis of days.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Month {
    label: &'static str,
    begin: Across,
    middle: Across,
    /// Left out on a narrow screen.
    minor: bool,
}

/// The budget's line.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Limit {
    sum: Balance,
    y: u32,
}

/// A course, laid out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// 1 to 3: its colour, its dashes, the sign at its end.
    nth: usize,
    name: String,
    sum: Balance,
    dashes: &'static str,
    /// The corners of its steps: hundredths of a percent across, pixels downwards.
    corners: String,
    x: Across,
    y: u32,
    /// Whether its label goes over the edge: a narrow screen has only the key under the drawing.
    late: bool,
    label: i32,
}

impl HtmlSafe for ConsumptionChart {}

impl ConsumptionChart {
    /// The first three of `courses` over `period`, against `budget`; `id` is its own on the page.
    pub fn new(
        id: &'static str,
        caption: &str,
        period: Period,
        budget: Balance,
        courses: &[Course],
    ) -> Self {
        let courses = &courses[..courses.len().min(DASHES.len())];
        let sums = courses.iter().flat_map(|it| it.points.iter().map(|it| it.1.cents()));
        let values = ticks(sums.chain([budget.cents()]).max().unwrap_or_default());
        let scale = Scale { period, top: values.last().copied().unwrap_or_default() };
        let mut lines: Vec<Line> =
            courses.iter().enumerate().map(|(nth, it)| scale.line(nth, it)).collect();
        let budget = Limit { sum: budget, y: scale.y(budget.cents()) };
        label(&mut lines);

        let step = values.get(1).copied().unwrap_or(1);
        let tick = |it: &u64| Tick { label: tick_label(*it, step), y: scale.y(*it) };
        Self {
            id,
            caption: caption.to_owned(),
            described: described(period, &lines, budget.sum),
            height: ABOVE + PLOT + 28,
            floor: ABOVE + PLOT,
            ticks: values.iter().map(tick).collect(),
            months: scale.months(),
            budget,
            lines,
        }
    }

    /// Whether it leaves room for labels on its right.
    fn is_late(&self) -> bool {
        self.lines.iter().any(|it| it.late)
    }
}

impl Line {
    /// What stands at its end, around it: a disc, a square, a lozenge.
    fn sign(&self) -> &'static str {
        match self.nth {
            1 => "M-4.5 0a4.5 4.5 0 1 0 9 0a4.5 4.5 0 1 0 -9 0Z",
            2 => "M-4 -4H4V4H-4Z",
            _ => "M0 -5.5L5.5 0L0 5.5L-5.5 0Z",
        }
    }
}

/// What a sighted reader sees, in one sentence.
fn described(period: Period, lines: &[Line], budget: Balance) -> String {
    let mut text = format!("Au {}", long_date(period.until.min(period.last)));
    for (nth, line) in lines.iter().enumerate() {
        let before = if nth == 0 { " : " } else { ", " };
        text.push_str(before);
        text.push_str(&format_line(line));
    }
    text + &format!(", pour un budget de {budget}")
}

fn format_line(line: &Line) -> String {
    format!("{} {}", line.name.to_lowercase(), line.sum)
}

/// Puts each label near the end of its line, and none over another.
fn label(lines: &mut [Line]) {
    let at = |y: u32| i32::try_from(y).unwrap_or(i32::MAX);
    let mut places: Vec<i32> = lines.iter().map(|it| at(it.y) + 5).collect();
    spread(&mut places, LABEL_GAP, 12, at(ABOVE + PLOT) - 4);
    for (line, place) in lines.iter_mut().zip(&places) {
        line.label = *place;
    }
}

/// From sums and days to places.
#[derive(Clone, Copy, Debug)]
struct Scale {
    period: Period,
    top: u64,
}

impl Scale {
    fn y(self, cents: u64) -> u32 {
        ABOVE + PLOT - scaled(cents, self.top, PLOT)
    }

    /// Where `day` begins.
    fn x(self, day: NaiveDate) -> Across {
        let days = |from: NaiveDate, to: NaiveDate| {
            u64::try_from(to.signed_duration_since(from).num_days()).unwrap_or_default()
        };
        let Period { first, last, .. } = self.period;
        Across::of(days(first, day), days(first, last) + 1)
    }

    fn line(self, nth: usize, course: &Course) -> Line {
        let Period { first, last, until } = self.period;
        let end = until.min(last);
        let mut corners = vec![(Across::default(), self.y(0))];
        let mut sum = Balance::ZERO;
        for (day, reached) in course.points.iter().filter(|it| it.0 <= end) {
            let x = self.x((*day).max(first));
            corners.extend([(x, self.y(sum.cents())), (x, self.y(reached.cents()))]);
            sum = *reached;
        }
        let after = end.checked_add_days(Days::new(1)).unwrap_or(end);
        let (x, y) = (self.x(after), self.y(sum.cents()));
        corners.push((x, y));
        corners.dedup();
        let corners: Vec<String> =
            corners.iter().map(|(x, y)| format!("{},{y}", x.hundredths())).collect();
        Line {
            nth: nth + 1,
            name: course.name.clone(),
            sum,
            dashes: DASHES[nth % DASHES.len()],
            corners: corners.join(" "),
            x,
            y,
            late: x.hundredths() > LATE,
            label: 0,
        }
    }

    fn months(self) -> Vec<Month> {
        let Period { first, last, .. } = self.period;
        let months = months(first, last);
        let apart = months.len().div_ceil(12).max(1);
        let shown = months.iter().step_by(apart).enumerate();
        shown
            .map(|(nth, it)| {
                let middle = it.checked_add_days(Days::new(15)).unwrap_or(*it);
                Month {
                    label: MONTHS[it.month0() as usize],
                    begin: self.x(*it),
                    middle: self.x(middle),
                    minor: nth % 2 == 1,
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(month: u32, day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, month, day).unwrap()
    }

    fn year(until: NaiveDate) -> Period {
        Period { first: day(1, 1), last: day(12, 31), until }
    }

    fn course(name: &str, points: &[(NaiveDate, u64)]) -> Course {
        let points = points.iter().map(|(day, cents)| (*day, Balance::from_cents(*cents)));
        Course { name: name.to_owned(), points: points.collect() }
    }

    fn chart(budget: u64, courses: &[Course]) -> ConsumptionChart {
        let budget = Balance::from_cents(budget);
        ConsumptionChart::new("year", "Consommation", year(day(7, 2)), budget, courses)
    }

    #[test]
    fn a_line_goes_up_in_steps_to_the_last_known_day() {
        let paid = course("Payé", &[(day(1, 1), 250_00), (day(4, 2), 500_00)]);
        let chart = chart(1_000_00, &[paid]);
        // 91 and 183 days of 365; 1 000 € is 220 pixels above 242.
        assert_eq!(chart.lines[0].corners, "0,242 0,187 2493,187 2493,132 5014,132");
        assert_eq!((chart.budget.y, chart.floor), (22, 242));
    }

    #[test]
    fn a_single_point_is_a_step() {
        let chart = chart(100_00, &[course("Payé", &[(day(3, 1), 10_00)])]);
        assert_eq!(chart.lines[0].corners, "0,242 1616,242 1616,220 5014,220");
    }

    #[test]
    fn nothing_spent_is_a_line_on_the_floor() {
        let zero = chart(0, &[course("Payé", &[(day(2, 1), 0)]), course("Engagé", &[])]);
        assert_eq!(zero.lines[1].corners, "0,242 5014,242");
        assert_eq!(zero.ticks.last().map(|it| it.label.as_str()), Some("5\u{a0}€"));
        assert!(chart(0, &[]).lines.is_empty());
    }

    #[test]
    fn what_comes_after_the_last_known_day_is_not_drawn() {
        let chart = chart(100_00, &[course("Payé", &[(day(3, 1), 10_00), (day(9, 1), 90_00)])]);
        assert_eq!(chart.lines[0].sum, Balance::from_cents(10_00));
    }

    #[test]
    fn more_than_the_budget_is_drawn_above_it() {
        let chart = chart(100_00, &[course("Payé", &[(day(3, 1), 130_00)])]);
        assert!(chart.lines[0].y < chart.budget.y);
        assert!(chart.lines[0].y >= ABOVE);
    }

    #[test]
    fn labels_of_like_sums_stand_apart() {
        let like = |name, cents| course(name, &[(day(2, 1), cents)]);
        let chart =
            chart(100_00, &[like("Retenu", 99_00), like("Engagé", 98_00), like("Payé", 97_00)]);
        let mut labels: Vec<i32> = chart.lines.iter().map(|it| it.label).collect();
        labels.sort_unstable();
        assert!(labels.windows(2).all(|it| it[1] - it[0] >= LABEL_GAP), "{labels:?}");
    }

    #[test]
    fn months_stand_in_the_middle_of_their_days() {
        let months = chart(0, &[]).months;
        assert_eq!(months.len(), 12);
        assert_eq!((months[0].label, months[0].begin.to_string()), ("janv.", "0.00%".to_owned()));
        assert!(months.iter().all(|it| it.middle > it.begin));
        assert_eq!(months.iter().filter(|it| it.minor).count(), 6);
    }

    #[test]
    fn it_says_in_words_what_it_shows_with_no_style_of_its_own() {
        let paid = course("Payé", &[(day(4, 2), 500_00)]);
        let html = chart(1_000_00, &[paid, course("A<b>", &[])]).render().unwrap();
        let told = "Au 2\u{a0}juillet 2026 : payé 500,00\u{a0}€";
        assert!(html.contains(told), "{html}");
        assert!(html.contains("pour un budget de 1\u{202f}000,00\u{a0}€"), "{html}");
        assert!(!html.contains("style=") && !html.contains("<b>"), "{html}");
    }
}
