//! One product: an offer, a tombstone, or a refusal with every reason.

use chrono::NaiveDate;
use compact_str::CompactString;
use ledger_core::offer::{Kind, Listing};

use super::document::Product;
use super::element::Element;
use super::{
    Context, accessibility, description, details, licence, links, price, subjects, territory,
};
use crate::feed::text::{listed, shortened};
use crate::feed::{Reason, Reference, Remark, Rule, Withdrawn, identifier};

/// One product, as far as it could be read.
pub(super) struct Read {
    pub(super) reference: Option<Reference>,
    pub(super) title: Option<String>,
    pub(super) line: usize,
    pub(super) remarks: Vec<Remark>,
    pub(super) outcome: Outcome,
}

/// What becomes of a product.
pub(super) enum Outcome {
    Offer(Box<Listing>),
    Deleted(Withdrawn),
    Refused(Vec<Reason>),
}

impl Read {
    /// Refuses it, for one more reason.
    pub(super) fn refuse(&mut self, reason: Reason) {
        match &mut self.outcome {
            Outcome::Refused(reasons) => reasons.push(reason),
            Outcome::Offer(_) | Outcome::Deleted(_) => {
                self.outcome = Outcome::Refused(vec![reason]);
            }
        }
    }
}

/// What is found wrong, or could be better, while a product is read.
#[derive(Default)]
pub(super) struct Findings {
    pub(super) reasons: Vec<Reason>,
    /// Line and message.
    pub(super) remarks: Vec<(usize, String)>,
}

impl Findings {
    /// One more reason to refuse it.
    pub(super) fn refuse(&mut self, rule: Rule, value: &str, message: impl Into<String>) {
        self.reasons.push(Reason::new(rule, value, message));
    }

    /// Something that does not prevent taking it.
    pub(super) fn remark(&mut self, line: usize, message: impl Into<String>) {
        self.remarks.push((line, message.into()));
    }
}

/// Reads one product.
pub(super) fn read(product: &Product, context: &Context) -> Read {
    let root = &product.root;
    let reference = root.value("RecordReference").map(CompactString::from);
    let title = description::title(root);
    let mut findings = Findings::default();
    for entity in &product.unknown_entities {
        let message = format!("unknown entity &{entity};: send the character itself, in UTF-8");
        findings.refuse(Rule::UnknownEntity, entity, message);
    }
    let outcome = match (&reference, root.value("NotificationType").as_deref()) {
        (Some(reference), Some("05")) => Outcome::Deleted(Withdrawn {
            reference: reference.clone(),
            reason: "deleted by its publisher (notification type 05)".into(),
        }),
        (reference, _) => {
            let listing = listing(root, reference.clone(), title.clone(), context, &mut findings);
            match listing {
                Some(listing) if findings.reasons.is_empty() => Outcome::Offer(Box::new(listing)),
                Some(_) | None => Outcome::Refused(std::mem::take(&mut findings.reasons)),
            }
        }
    };
    let remarks = findings.remarks.into_iter().map(|(line, message)| Remark {
        reference: reference.clone(),
        place: format!("line {line}"),
        message,
    });
    let remarks = remarks.collect();
    Read { reference, title, line: product.line, remarks, outcome }
}

fn listing(
    root: &Element,
    reference: Option<Reference>,
    title: Option<String>,
    context: &Context,
    findings: &mut Findings,
) -> Option<Listing> {
    if reference.is_none() {
        findings.refuse(Rule::FieldMissing, "", "RecordReference: missing");
    }
    notification(root, findings);
    if findings.reasons.iter().any(|it| it.rule == Rule::PartialRecord) {
        // All that it leaves out would only be told as missing.
        return None;
    }
    form(root, findings);
    on_sale(root, context.today, findings);
    territory::sold_in_france(root, findings);
    let priced = price::of(root, context, findings);
    if title.is_none() {
        findings.refuse(Rule::FieldMissing, "", "TitleDetail: no title of type 01 with a text");
    }
    let links = links::of(root, findings);
    let mut filed = subjects::of(root, findings);
    let (subjects, levels) =
        (std::mem::take(&mut filed.subjects), std::mem::take(&mut filed.levels));
    let mut details = details::of(root, filed, findings);
    let identifier = identifier::joined(None, &mut details);
    let priced = priced?;
    let listing = Listing {
        reference: reference?,
        title: title?,
        description: description::text(root, findings),
        kind: kind(root),
        subjects,
        levels,
        billing: licence::billing(priced.element),
        licence: licence::of(root, priced.element),
        price: priced.price,
        prices: priced.prices,
        url: links.page,
        specimen_url: links.specimen,
        video_url: links.video,
        accessibility: accessibility::of(root),
        identifier,
        details,
    };
    if let (Err(wrong), true) = (listing.check(), findings.reasons.is_empty()) {
        findings.reasons.push(Reason::from(&wrong));
    }
    Some(listing)
}

/// The blocks that an offer is made of; a block update (type 04) may leave any of them out.
const BLOCKS: [&str; 4] =
    ["DescriptiveDetail", "CollateralDetail", "PublishingDetail", "ProductSupply"];

/// List 1: only whole records make an offer.
fn notification(root: &Element, findings: &mut Findings) {
    match root.value("NotificationType").as_deref() {
        Some("01" | "02" | "03" | "09") => {}
        // An update that has every block an offer is made of is a whole record.
        Some("04") => {
            let missing = BLOCKS.into_iter().filter(|it| root.child(it).is_none());
            let missing = listed(missing);
            if !missing.is_empty() {
                let message = format!(
                    "notification type 04 without {missing} updates a part of a record: expected \
                     the whole record"
                );
                findings.refuse(Rule::PartialRecord, "04", message);
            }
        }
        Some(code @ ("12" | "13" | "14" | "88")) => {
            let message = format!(
                "notification type {code} updates a part of a record: expected the whole record, \
                 type 03"
            );
            findings.refuse(Rule::PartialRecord, code, message);
        }
        Some("89") => {
            findings.refuse(Rule::TestRecord, "89", "notification type 89 is a test record");
        }
        Some("08") => {
            let message = "notification type 08: sold to another publisher";
            findings.refuse(Rule::NotOnSale, "08", message);
        }
        Some(other) => {
            let message = format!("notification type {}: expected 01 to 05", shortened(other, 20));
            findings.refuse(Rule::UnknownValue, other, message);
        }
        None => findings.refuse(Rule::FieldMissing, "", "NotificationType: missing"),
    }
}

/// Lists 150 and 2: digital, and sold by itself.
fn form(root: &Element, findings: &mut Findings) {
    let form = root.reach(&["DescriptiveDetail", "ProductForm"]).first().map(|it| it.text());
    match form.as_deref() {
        Some(code) if code.starts_with('E') => {}
        Some(code) => {
            let code = shortened(code, 20);
            let message = format!("product form {code} is not digital: expected E*");
            findings.refuse(Rule::NotDigital, &code, message);
        }
        None => findings.refuse(Rule::FieldMissing, "", "ProductForm: missing, expected E*"),
    }
}

/// Lists 64 and 65: published, and available in the end.
fn on_sale(root: &Element, today: NaiveDate, findings: &mut Findings) {
    let status = root.reach(&["PublishingDetail", "PublishingStatus"]).first().map(|it| it.text());
    let published = publication_date(root);
    match status.as_deref() {
        None | Some("00" | "02" | "04" | "09") => {
            if let Some(date) = published.filter(|it| *it > today) {
                let message = format!("published on {date}: not on sale yet");
                findings.refuse(Rule::NotPublishedYet, &date.to_string(), message);
            } else if published.is_none() && status.as_deref() == Some("02") {
                let message = "publishing status 02 (forthcoming) without a publication date";
                findings.refuse(Rule::NotPublishedYet, "02", message);
            }
        }
        Some(code) => {
            let code = shortened(code, 20);
            let message = format!("publishing status {code} is not on sale: expected 04 (active)");
            findings.refuse(Rule::NotOnSale, &code, message);
        }
    }
    let availabilities = root.reach(&["ProductSupply", "SupplyDetail", "ProductAvailability"]);
    let codes: Vec<String> = availabilities.iter().map(|it| it.text()).collect();
    let sold = |it: &String| it.starts_with('2') || matches!(it.as_str(), "97" | "98" | "99");
    if codes.is_empty() || codes.iter().any(sold) {
        return;
    }
    let code = shortened(&codes[0], 20);
    if code.starts_with('1') {
        let message = format!("availability {code} is not on sale yet: expected 20 (available)");
        findings.refuse(Rule::NotPublishedYet, &code, message);
    } else {
        let message = format!("availability {code} is not on sale: expected 20 (available)");
        findings.refuse(Rule::NotOnSale, &code, message);
    }
}

/// The nominal date of publication (list 163, role 01), to the day, the month or the year.
fn publication_date(root: &Element) -> Option<NaiveDate> {
    let dates = root.reach(&["PublishingDetail", "PublishingDate"]);
    let date = dates.into_iter().find(|it| it.says("PublishingDateRole", "01"))?;
    date.child("Date").and_then(first_day)
}

/// The first day of a date: `20260901`, `202609` or `2026` (list 55, formats 00, 01, 05 and 13).
pub(super) fn first_day(date: &Element) -> Option<NaiveDate> {
    let format = date.date_format.as_deref();
    let text = date.text();
    let known = matches!(format, None | Some("00" | "01" | "05" | "13" | "14"));
    if !known || !text.is_ascii() {
        return None;
    }
    let part = |from: usize, to: usize| text.get(from..to).and_then(|it| it.parse().ok());
    let month = if text.len() >= 6 { part(4, 6)? } else { 1 };
    let day = if text.len() >= 8 { part(6, 8)? } else { 1 };
    let year = text.get(0..4).and_then(|it| it.parse().ok())?;
    NaiveDate::from_ymd_opt(year, month, day)
}

/// List 81: sound, pictures and video, rather than text.
const MEDIA: [&str; 15] =
    ["01", "02", "03", "04", "06", "07", "12", "13", "18", "24", "25", "26", "27", "28", "50"];

/// What kind of resource: by its content (list 81), its trade category (list 12) and its audience
/// (list 28).
fn kind(root: &Element) -> Kind {
    let values =
        |path: &[&str]| -> Vec<String> { root.reach(path).iter().map(|it| it.text()).collect() };
    let primary = values(&["DescriptiveDetail", "PrimaryContentType"]);
    let contents = values(&["DescriptiveDetail", "ProductContentType"]);
    let content = primary.first().or(contents.first()).map_or("10", String::as_str);
    let trade = values(&["DescriptiveDetail", "TradeCategory"]);
    let audiences: Vec<String> = root
        .reach(&["DescriptiveDetail", "Audience"])
        .iter()
        .filter(|it| it.says("AudienceCodeType", "01"))
        .filter_map(|it| it.value("AudienceCodeValue"))
        .collect();
    let school = |it: &String| matches!(it.as_str(), "04" | "11" | "12" | "13" | "14");
    match (content, trade.first().map(String::as_str)) {
        ("08" | "05" | "32" | "33" | "40", _) => Kind::Tool,
        ("42", _) => Kind::Exercises,
        (code, _) if MEDIA.contains(&code) => Kind::Media,
        ("09", _) | (_, Some("20")) => Kind::Reference,
        (_, Some("18" | "10")) => Kind::Press,
        (_, Some("14")) => Kind::Activity,
        (_, Some("08" | "09" | "13")) => Kind::Textbook,
        _ if audiences.iter().any(school) => Kind::Textbook,
        _ => Kind::Book,
    }
}
