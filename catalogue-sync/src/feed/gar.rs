//! The GAR's list of resources that may be given to schools (ressources diffusables).
//!
//! Source: `http://gar.education.fr/schemas/init/0/1/`. A quarter of its real identifiers are
//! addresses of a resolver (`http://n2t.net/ark:/99999/r1`): they are taken as the ARK in them, so
//! that offers and notices can be joined, with a remark. One without an ARK is taken as it is.

use std::collections::BTreeSet;
use std::io::BufRead;

use compact_str::CompactString;

use super::notice;
use super::text::shortened;
use super::xml::{Document, Element};
use super::{
    Access, Extent, FeedError, Page, Reason, Record, Reference, RefusedOffer, Remark, Rule,
    personal,
};

/// What the list begins with.
const ROOT: &str = "listeRessourcesDiffusables";

/// Reads a list; `take` is given each resource, in order, and each remark.
pub fn read(
    body: &mut dyn BufRead,
    extent: Extent,
    take: &mut dyn FnMut(Record),
) -> Result<Page, FeedError> {
    let (mut document, root) = Document::open(body, ROOT)?;
    if root.name != ROOT {
        let found = format!("<{}>", shortened(&personal::without(&root.name), 40));
        return Err(FeedError::NotThisFormat { found, expected: ROOT });
    }
    let mut page = Page { extent, next: None, as_of: None };
    let mut seen = BTreeSet::new();
    let mut count = 0;
    while let Some(child) = {
        document.begin_record();
        document.child()?
    } {
        let child = document.whole(child)?;
        match child.name.as_str() {
            "dateGeneration" => page.as_of = super::oai::instant(child.code()),
            "ressourceDiffusable" => {
                count += 1;
                let place = format!("/{ROOT}/ressourceDiffusable[{count}], line {}", child.line);
                resource(&child, place, &document.unknown_entities(), &mut seen, take);
            }
            _ => {}
        }
    }
    Ok(page)
}

/// Reads one resource.
fn resource(
    element: &Element,
    place: String,
    unknown_entities: &[String],
    seen: &mut BTreeSet<Reference>,
    take: &mut dyn FnMut(Record),
) {
    let mut reasons = Vec::new();
    for entity in unknown_entities {
        let message = format!("unknown entity &{entity};: send the character itself, in UTF-8");
        reasons.push(Reason::new(Rule::UnknownEntity, entity, message));
    }
    let id = element.value("idRessource").unwrap_or_default();
    let ark = notice::ark(id);
    let reference = match notice::reference(ark.as_deref().unwrap_or(id)) {
        Ok(reference) => Some(reference),
        Err(mut reason) => {
            reason.message = reason.message.replace("identifier", "idRessource");
            reasons.push(reason);
            None
        }
    };
    let title = element.child("nomRessource").map(|it| notice::line(&it.text, 300));
    let title = title.filter(|it| !it.is_empty());
    if title.is_none() {
        reasons.push(Reason::new(Rule::FieldMissing, "", "nomRessource: missing"));
    }
    let available = match element.value("diffusable") {
        Some("true" | "1") => true,
        Some("false" | "0") => false,
        other => {
            let value = personal::without(other.unwrap_or_default()).into_owned();
            let rule = if other.is_some() { Rule::WrongType } else { Rule::FieldMissing };
            reasons.push(Reason::new(rule, &value, "diffusable: expected true or false"));
            false
        }
    };
    if let Some(reference) = reference.clone().filter(|it| !seen.insert(it.clone())) {
        let message = format!("{reference} is twice in this list: the first one is kept");
        reasons.push(Reason::new(Rule::Duplicate, &reference, message));
    }
    match (reference, title) {
        (Some(reference), Some(title)) if reasons.is_empty() => {
            let message = match &ark {
                Some(_) if id.starts_with("ark:") => None,
                Some(ark) => Some(format!("idRessource is an address: taken as the {ark} in it")),
                None => Some("idRessource is not an ARK: taken as it is".to_owned()),
            };
            let remark = message.map(|it| Remark {
                reference: Some(reference.clone()),
                place,
                message: it + "; expected ark:/NAAN/name",
            });
            let identifiers = vec![CompactString::from(reference.as_str())];
            take(Record::Access(Box::new(Access { reference, title, available, identifiers })));
            if let Some(remark) = remark {
                take(Record::Remark(remark));
            }
        }
        (reference, title) => {
            take(Record::Refused(RefusedOffer { reference, title, place, reasons }));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resource(id: &str, rest: &str) -> String {
        format!("<ressourceDiffusable><idRessource>{id}</idRessource>{rest}</ressourceDiffusable>")
    }

    const REST: &str = "<nomRessource>Nom</nomRessource><diffusable>true</diffusable>";

    fn read_all(resources: &str) -> Vec<Record> {
        let text = format!("<{ROOT} xmlns=\"g\">\n{resources}</{ROOT}>");
        let mut records = Vec::new();
        read(&mut text.as_bytes(), Extent::Full, &mut |it| records.push(it)).unwrap();
        records
    }

    #[test]
    fn a_resource_is_known_by_its_ark() {
        for (id, reference, remarked) in [
            ("ark:/49591/MOA/1\n", "ark:/49591/MOA/1", false),
            ("http://n2t.net/ark:/99999/r1", "ark:/99999/r1", true),
            ("RESS_1", "RESS_1", true),
        ] {
            let records = read_all(&resource(id, REST));
            assert!(
                matches!(&records[0], Record::Access(it) if it.reference == reference && it.available)
            );
            assert_eq!(records.len() > 1, remarked, "{id}");
        }
    }

    #[test]
    fn a_bad_resource_is_refused_with_every_reason() {
        let rules = |resources: &str| match read_all(resources).pop() {
            Some(Record::Refused(it)) => it.reasons.iter().map(|it| it.rule).collect::<Vec<_>>(),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            rules(&resource("", "<diffusable>oui</diffusable>")),
            [Rule::FieldMissing, Rule::FieldMissing, Rule::WrongType]
        );
        let twice = resource("ark:/49591/MOA/1", REST).repeat(2);
        assert_eq!(rules(&twice), [Rule::Duplicate]);
        assert_eq!(rules(&resource("a@b.fr", REST)), [Rule::PersonalData]);
    }

    #[test]
    fn what_is_not_the_list_is_told() {
        let error = read(&mut &b"<erreur/>"[..], Extent::Full, &mut |_| {}).unwrap_err();
        assert!(error.to_string().contains("found <erreur>"));
    }
}
