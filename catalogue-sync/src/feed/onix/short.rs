//! Short tags, which some tools write: `<b203>` is `<TitleText>`.
//!
//! Source: ONIX for Books 3.0, data format specification; the elements that are read here only.

/// Short and reference names, in the order of the short ones.
pub(super) const NAMES: [(&str, &str); 102] = [
    ("a001", "RecordReference"),
    ("a002", "NotificationType"),
    ("a199", "DeletionText"),
    ("audience", "Audience"),
    ("audiencerange", "AudienceRange"),
    ("b012", "ProductForm"),
    ("b029", "Subtitle"),
    ("b030", "TitlePrefix"),
    ("b031", "TitleWithoutPrefix"),
    ("b067", "SubjectSchemeIdentifier"),
    ("b069", "SubjectCode"),
    ("b070", "SubjectHeadingText"),
    ("b074", "AudienceRangeQualifier"),
    ("b076", "AudienceRangeValue"),
    ("b081", "PublisherName"),
    ("b089", "SalesRightsType"),
    ("b171", "SubjectSchemeName"),
    ("b202", "TitleType"),
    ("b203", "TitleText"),
    ("b204", "AudienceCodeType"),
    ("b206", "AudienceCodeValue"),
    ("b221", "ProductIDType"),
    ("b233", "IDTypeName"),
    ("b244", "IDValue"),
    ("b252", "LanguageCode"),
    ("b253", "LanguageRole"),
    ("b291", "PublishingRole"),
    ("b295", "WebsiteLink"),
    ("b306", "Date"),
    ("b334", "ProductFormFeatureType"),
    ("b335", "ProductFormFeatureValue"),
    ("b336", "ProductFormFeatureDescription"),
    ("b367", "WebsiteRole"),
    ("b384", "TradeCategory"),
    ("b385", "ProductContentType"),
    ("b394", "PublishingStatus"),
    ("collateraldetail", "CollateralDetail"),
    ("d104", "Text"),
    ("descriptivedetail", "DescriptiveDetail"),
    ("epubusageconstraint", "EpubUsageConstraint"),
    ("epubusagelimit", "EpubUsageLimit"),
    ("header", "Header"),
    ("j151", "PriceAmount"),
    ("j152", "CurrencyCode"),
    ("j192", "UnpricedItemType"),
    ("j261", "PriceQualifier"),
    ("j396", "ProductAvailability"),
    ("language", "Language"),
    ("m186", "DefaultCurrencyCode"),
    ("market", "Market"),
    ("price", "Price"),
    ("pricecondition", "PriceCondition"),
    ("priceconstraint", "PriceConstraint"),
    ("priceconstraintlimit", "PriceConstraintLimit"),
    ("pricedate", "PriceDate"),
    ("product", "Product"),
    ("productformfeature", "ProductFormFeature"),
    ("productidentifier", "ProductIdentifier"),
    ("productsupply", "ProductSupply"),
    ("publisher", "Publisher"),
    ("publishingdate", "PublishingDate"),
    ("publishingdetail", "PublishingDetail"),
    ("resourceversion", "ResourceVersion"),
    ("salesrights", "SalesRights"),
    ("subject", "Subject"),
    ("supplier", "Supplier"),
    ("supplydetail", "SupplyDetail"),
    ("supportingresource", "SupportingResource"),
    ("tax", "Tax"),
    ("territory", "Territory"),
    ("textcontent", "TextContent"),
    ("titledetail", "TitleDetail"),
    ("titleelement", "TitleElement"),
    ("website", "Website"),
    ("x310", "DefaultPriceType"),
    ("x318", "EpubUsageType"),
    ("x319", "EpubUsageStatus"),
    ("x320", "Quantity"),
    ("x321", "EpubUsageUnit"),
    ("x409", "TitleElementLevel"),
    ("x416", "PrimaryContentType"),
    ("x426", "TextType"),
    ("x427", "ContentAudience"),
    ("x435", "ResourceLink"),
    ("x436", "ResourceContentType"),
    ("x437", "ResourceMode"),
    ("x448", "PublishingDateRole"),
    ("x449", "CountriesIncluded"),
    ("x450", "RegionsIncluded"),
    ("x451", "CountriesExcluded"),
    ("x456", "ROWSalesRightsType"),
    ("x462", "PriceType"),
    ("x463", "PriceConditionType"),
    ("x470", "TaxType"),
    ("x472", "TaxRatePercent"),
    ("x473", "TaxableAmount"),
    ("x474", "TaxAmount"),
    ("x476", "PriceDateRole"),
    ("x529", "PriceConstraintType"),
    ("x530", "PriceConstraintStatus"),
    ("x531", "PriceConstraintUnit"),
    ("x546", "TaxExempt"),
];

/// The reference name of the element that is called `short`; another one keeps its name, as XHTML
/// within a text does.
pub(super) fn reference_name(short: &str) -> &str {
    NAMES.binary_search_by_key(&short, |it| it.0).map_or(short, |it| NAMES[it].1)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// The schema belongs to others: it lies beside the project, not in it.
    const SCHEMA: &str = "shared/real/onix/ONIX_BookProduct_3.0_reference.xsd";

    #[test]
    fn names_are_found() {
        assert!(NAMES.is_sorted_by_key(|it| it.0));
        assert_eq!(reference_name("b203"), "TitleText");
        assert_eq!(reference_name("em"), "em");
    }

    #[test]
    fn names_are_those_of_the_schema() {
        let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(2);
        let Some(schema) = above.map(|it| it.join(SCHEMA)).find(|it| it.exists()) else {
            println!("skipped: no {SCHEMA} beside the project");
            return;
        };
        let schema = std::fs::read_to_string(schema).unwrap();
        for (short, reference) in NAMES {
            let element = format!("\n\t<xs:element name=\"{reference}\">");
            let (_, element) = schema.split_once(&element).unwrap();
            let (_, named) = element.split_once("name=\"shortname\"").unwrap();
            let (_, value) = named.split_once("<xs:enumeration value=\"").unwrap();
            assert_eq!(value.split_once('"').unwrap().0, short, "{reference}");
        }
    }
}
