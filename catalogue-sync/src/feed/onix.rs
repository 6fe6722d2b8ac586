//! ONIX for Books 3.0 and 3.1, reference or short tags: one product at a time becomes an offer, a
//! tombstone, or a refusal with every reason.
//!
//! Codes are those of `EDItEUR`'s code lists, named where they are used (« list 64 » is that of
//! publishing statuses). Nothing outside the file is ever read: a DOCTYPE is skipped, and one that
//! declares entities is refused.

mod accessibility;
mod description;
mod details;
mod document;
mod element;
mod licence;
mod links;
mod price;
mod product;
mod short;
mod subjects;
mod tax;
mod territory;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::io::BufRead;

use chrono::NaiveDate;

use super::{FeedError, Page, Reason, Record, Reference, RefusedOffer, Rule, Withdrawn};
use document::{Document, Header};
use product::{Outcome, Read};

/// What a product is read with.
struct Context {
    /// Decides which dated price applies.
    today: NaiveDate,
    /// What the message says once for all its products.
    header: Header,
}

/// Reads one message; no more than one product of it is held at a time.
pub fn read(
    body: &mut dyn BufRead,
    context: &super::Context<'_>,
    take: &mut dyn FnMut(Record),
) -> Result<Page, FeedError> {
    let mut document = Document::open(body)?;
    let extent = context.extent;
    let context = Context { today: context.today, header: document.header()? };
    let mut lines: BTreeMap<Reference, usize> = BTreeMap::new();
    while let Some(product) = document.next_product()? {
        let mut read = product::read(&product, &context);
        if let Some(reference) = &read.reference {
            if let Some(first) = lines.get(reference) {
                let message =
                    format!("duplicate of record {reference} at line {first}, which is kept");
                read.refuse(Reason::new(Rule::Duplicate, reference, message));
            } else {
                lines.insert(reference.clone(), product.line);
            }
        }
        told(read, take);
    }
    Ok(Page { extent, next: None, as_of: None })
}

fn told(read: Read, take: &mut dyn FnMut(Record)) {
    match read.outcome {
        Outcome::Offer(listing) => {
            take(Record::Offer(listing));
            read.remarks.into_iter().for_each(|it| take(Record::Remark(it)));
        }
        Outcome::Deleted(withdrawn) => take(Record::Gone(withdrawn)),
        Outcome::Refused(reasons) => {
            // Still ours to withdraw if it was on sale: its partner says that it no longer is.
            let ended = reasons.iter().find(|it| it.rule == Rule::NotOnSale);
            let duplicate = reasons.iter().any(|it| it.rule == Rule::Duplicate);
            if let (Some(reference), Some(ended), false) = (&read.reference, ended, duplicate) {
                let (reference, reason) = (reference.clone(), ended.message.as_str().into());
                take(Record::Gone(Withdrawn { reference, reason }));
            }
            take(Record::Refused(RefusedOffer {
                reference: read.reference,
                title: read.title,
                place: format!("line {}", read.line),
                reasons,
            }));
        }
    }
}
