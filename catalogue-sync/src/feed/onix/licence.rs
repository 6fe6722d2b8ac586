//! Who may use a product, and for how long: usage constraints of the product or of its price.

use ledger_core::offer::{Billing, Licence, Scope};

use super::element::Element;

/// One constraint: what is limited (list 145), how (list 146), and its limits as quantity and unit
/// (list 147).
struct Constraint {
    kind: String,
    status: String,
    limits: Vec<(u64, String)>,
}

/// The licence of a product; a constraint of the price comes before one of the product.
pub(super) fn of(root: &Element, price: Option<&Element>) -> Licence {
    let mut constraints: Vec<Constraint> = Vec::new();
    for it in price.into_iter().flat_map(|it| it.all("PriceConstraint")) {
        constraints.push(constraint(it, "PriceConstraint"));
    }
    for it in root.reach(&["DescriptiveDetail", "EpubUsageConstraint"]) {
        constraints.push(constraint(it, "EpubUsage"));
    }
    let first = |kind: &str| constraints.iter().find(|it| it.kind == kind);
    Licence {
        scope: first("09").map_or(Scope::Teacher, scope),
        days: first("07").filter(|it| it.status == "02").and_then(days),
    }
}

/// List 167: 07 renews itself unless it is stopped; anything else is paid once.
pub(super) fn billing(price: Option<&Element>) -> Billing {
    let renews =
        |it: &Element| it.all("PriceCondition").any(|it| it.says("PriceConditionType", "07"));
    if price.is_some_and(renews) { Billing::Subscription } else { Billing::Once }
}

fn constraint(element: &Element, prefix: &str) -> Constraint {
    let text = |name: &str| element.value(&format!("{prefix}{name}")).unwrap_or_default();
    let (limit, unit) = (format!("{prefix}Limit"), format!("{prefix}Unit"));
    let limits = element
        .all(&limit)
        .filter_map(|limit| Some((limit.value("Quantity")?.parse().ok()?, limit.value(&unit)?)));
    Constraint { kind: text("Type"), status: text("Status"), limits: limits.collect() }
}

/// How many may use it: a user, a class, or a whole school when it is unlimited.
fn scope(constraint: &Constraint) -> Scope {
    if constraint.status == "01" {
        return Scope::School;
    }
    let widest = constraint.limits.iter().map(|(quantity, unit)| match (unit.as_str(), quantity) {
        ("07" | "15", 2..) | ("19" | "20", 1) => Scope::Class,
        ("19" | "20" | "31", 1..) => Scope::School,
        _ => Scope::Teacher,
    });
    widest.max().unwrap_or(Scope::Teacher)
}

/// In days: a month is a twelfth of 365. `None` beyond 65,535 days, which is for ever.
fn days(constraint: &Constraint) -> Option<u16> {
    let days = constraint.limits.iter().find_map(|(quantity, unit)| match unit.as_str() {
        "09" | "27" => Some(*quantity),
        "13" | "28" => quantity.checked_mul(7),
        "14" | "29" => quantity.checked_mul(365).map(|it| it / 12),
        _ => None,
    });
    days.and_then(|it| u16::try_from(it).ok())
}
