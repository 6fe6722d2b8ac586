use uuid::Uuid;

use super::*;
use crate::decider::given;

const ACCOUNTANT: Actor = Actor { role: Role::Accountant, id: Uuid::from_u128(4) };
const OFFICER: Actor = Actor { role: Role::AuthorisingOfficer, id: Uuid::from_u128(3) };

fn opened(year: i32) -> CalendarEvent {
    CalendarEvent::YearOpened(YearOpened { year, by: ACCOUNTANT })
}

fn closed(month: &str) -> CalendarEvent {
    CalendarEvent::MonthClosed(MonthClosed { month: month.parse().unwrap(), by: ACCOUNTANT })
}

fn close(month: &str, on: &str) -> CalendarCommand {
    let (month, on) = (month.parse().unwrap(), on.parse().unwrap());
    CalendarCommand::CloseMonth { month, on, by: ACCOUNTANT }
}

fn year_closed(year: i32) -> YearClosed {
    let total = Balance::from_cents(1_000_00);
    let digest = Digest::of(b"a balance");
    YearClosed { year, accounts: 12, debit: total, credit: total, digest, by: ACCOUNTANT }
}

fn all_months(year: i32) -> Vec<CalendarEvent> {
    let months = std::iter::successors(Some(Month::first_of(year)), |it| Some(it.next()));
    let close = |month| CalendarEvent::MonthClosed(MonthClosed { month, by: ACCOUNTANT });
    std::iter::once(opened(year)).chain(months.take(12).map(close)).collect()
}

#[test]
fn years_open_one_after_the_other() {
    given::<Calendar>([])
        .when(CalendarCommand::OpenYear { year: 2026, by: ACCOUNTANT })
        .then([opened(2026)])
        .when(CalendarCommand::OpenYear { year: 2028, by: ACCOUNTANT })
        .then_refused(CalendarRefusal::NotNextYear { year: 2028, next: 2027 })
        .when(CalendarCommand::OpenYear { year: 2027, by: ACCOUNTANT })
        .then([opened(2027)]);
}

#[test]
fn months_close_in_order_once_they_are_over() {
    given::<Calendar>([opened(2026)])
        .when(close("2026-01", "2026-01-31"))
        .then_refused(CalendarRefusal::NotOver {
            month: "2026-01".parse().unwrap(),
            from: "2026-02-01".parse().unwrap(),
        })
        .when(close("2026-02", "2026-03-01"))
        .then_refused(CalendarRefusal::NotNextMonth {
            month: "2026-02".parse().unwrap(),
            next: "2026-01".parse().unwrap(),
        })
        .when(close("2026-01", "2026-02-01"))
        .then([closed("2026-01")]);
}

#[test]
fn only_an_accountant_opens_and_closes() {
    let (month, on) = ("2026-01".parse().unwrap(), "2026-02-01".parse().unwrap());
    given::<Calendar>([])
        .when(CalendarCommand::OpenYear { year: 2026, by: OFFICER })
        .then_refused(CalendarRefusal::NotAccountant);
    given::<Calendar>([opened(2026)])
        .when(CalendarCommand::CloseMonth { month, on, by: OFFICER })
        .then_refused(CalendarRefusal::NotAccountant);
}

#[test]
fn a_month_of_a_year_that_is_not_open_does_not_close() {
    given::<Calendar>(all_months(2026))
        .when(close("2027-01", "2027-02-01"))
        .then_refused(CalendarRefusal::YearNotOpen { year: 2027 });
}

#[test]
fn a_year_closes_after_its_months_and_balances() {
    given::<Calendar>([opened(2026), closed("2026-01")])
        .when(CalendarCommand::CloseYear(year_closed(2026)))
        .then_refused(CalendarRefusal::MonthOpen { year: 2026, month: "2026-02".parse().unwrap() });
    let credit = Balance::from_cents(1);
    given::<Calendar>(all_months(2026))
        .when(CalendarCommand::CloseYear(YearClosed { credit, ..year_closed(2026) }))
        .then_refused(CalendarRefusal::Unbalanced { debit: year_closed(2026).debit, credit })
        .when(CalendarCommand::CloseYear(year_closed(2026)))
        .then([CalendarEvent::YearClosed(year_closed(2026))])
        .when(CalendarCommand::CloseYear(YearClosed {
            digest: Digest::of(b"another"),
            ..year_closed(2026)
        }))
        .then_refused(CalendarRefusal::ReferenceReused { year: 2026 });
}

#[test]
fn cut_offs_follow_each_other() {
    let cut = |on: &str, up_to| CutOff { on: on.parse().unwrap(), up_to };
    given::<Calendar>([])
        .when(CalendarCommand::CutOff(cut("2026-09-15", 40)))
        .then([CalendarEvent::CutOff(cut("2026-09-15", 40))])
        .when(CalendarCommand::CutOff(cut("2026-09-30", 39)))
        .then_refused(CalendarRefusal::CutOffOutOfOrder {
            last: "2026-09-15".parse().unwrap(),
            up_to: 40,
        })
        .when(CalendarCommand::CutOff(cut("2026-09-30", 40)))
        .then([CalendarEvent::CutOff(cut("2026-09-30", 40))])
        .when(CalendarCommand::Settle { on: "2026-09-30".parse().unwrap() })
        .then_refused(CalendarRefusal::NotNextPeriod {
            on: "2026-09-30".parse().unwrap(),
            next: Some("2026-09-15".parse().unwrap()),
        })
        .when(CalendarCommand::Settle { on: "2026-09-15".parse().unwrap() })
        .then([CalendarEvent::PeriodSettled(PeriodSettled { on: "2026-09-15".parse().unwrap() })]);
}
