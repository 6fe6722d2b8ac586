//! What a publisher may rely on, product by product.

mod message;

use ledger_core::offer::{Billing, Conformance, Kind, Scope};

use super::*;
use crate::feed::{Extent, Feed, Format};

/// What is read of one message on 1 September 2026.
fn read_text(text: &str) -> Result<Feed, FeedError> {
    let context = crate::feed::Context {
        today: day("2026-09-01"),
        extent: Extent::Full,
        vocabularies: &crate::vocabularies::Vocabularies::built_in(),
    };
    Feed::of(Format::Onix, text.as_bytes(), &context)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn message(products: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<ONIXMessage release=\"3.0\" \
         xmlns=\"http://ns.editeur.org/onix/3.0/reference\"><Header><Sender><SenderName>Éditions \
         Exemple</SenderName></Sender></Header>\n{products}</ONIXMessage>"
    )
}

/// A whole record, which a test may change by replacing a piece of it.
const PRODUCT: &str = "<Product>
  <RecordReference>ex-1</RecordReference>
  <NotificationType>03</NotificationType>
  <ProductIdentifier><ProductIDType>15</ProductIDType><IDValue>9782070541270</IDValue></ProductIdentifier>
  <DescriptiveDetail>
    <ProductComposition>00</ProductComposition><ProductForm>EC</ProductForm>
    <ProductFormFeature><ProductFormFeatureType>09</ProductFormFeatureType><ProductFormFeatureValue>85</ProductFormFeatureValue></ProductFormFeature>
    <ProductFormFeature><ProductFormFeatureType>09</ProductFormFeatureType><ProductFormFeatureValue>81</ProductFormFeatureValue></ProductFormFeature>
    <PrimaryContentType>10</PrimaryContentType>
    <EpubUsageConstraint><EpubUsageType>07</EpubUsageType><EpubUsageStatus>02</EpubUsageStatus><EpubUsageLimit><Quantity>12</Quantity><EpubUsageUnit>14</EpubUsageUnit></EpubUsageLimit></EpubUsageConstraint>
    <EpubUsageConstraint><EpubUsageType>09</EpubUsageType><EpubUsageStatus>02</EpubUsageStatus><EpubUsageLimit><Quantity>30</Quantity><EpubUsageUnit>15</EpubUsageUnit></EpubUsageLimit></EpubUsageConstraint>
    <TitleDetail><TitleType>01</TitleType><TitleElement><TitleElementLevel>01</TitleElementLevel><TitlePrefix>L’</TitlePrefix><TitleWithoutPrefix>Énergie &amp; nous</TitleWithoutPrefix><Subtitle>physique-chimie, cycle 4</Subtitle></TitleElement></TitleDetail>
    <Subject><SubjectSchemeIdentifier>A6</SubjectSchemeIdentifier><SubjectCode>http://data.education.fr/voc/scolomfr/concept/scolomfr-voc-015-num-061</SubjectCode></Subject>
    <Subject><SubjectSchemeIdentifier>20</SubjectSchemeIdentifier><SubjectHeadingText>Énergie ; développement durable</SubjectHeadingText></Subject>
    <Audience><AudienceCodeType>01</AudienceCodeType><AudienceCodeValue>13</AudienceCodeValue></Audience>
    <AudienceRange><AudienceRangeQualifier>30</AudienceRangeQualifier><AudienceRangePrecision>01</AudienceRangePrecision><AudienceRangeValue>scolomfr-voc-022-num-021</AudienceRangeValue></AudienceRange>
  </DescriptiveDetail>
  <CollateralDetail>
    <TextContent><TextType>03</TextType><ContentAudience>00</ContentAudience><Text textformat=\"05\"><p>Un <em>parcours</em> complet.</p><ul><li>Vidéos</li><li>Bilans</li></ul></Text></TextContent>
    <SupportingResource><ResourceContentType>15</ResourceContentType><ContentAudience>00</ContentAudience><ResourceMode>04</ResourceMode><ResourceVersion><ResourceForm>01</ResourceForm><ResourceLink>https://ex.example/extrait</ResourceLink></ResourceVersion></SupportingResource>
  </CollateralDetail>
  <PublishingDetail>
    <PublishingStatus>04</PublishingStatus>
    <SalesRights><SalesRightsType>01</SalesRightsType><Territory><RegionsIncluded>WORLD</RegionsIncluded></Territory></SalesRights>
  </PublishingDetail>
  <ProductSupply><SupplyDetail>
    <Supplier><SupplierRole>01</SupplierRole><SupplierName>Ex</SupplierName><Website><WebsiteRole>36</WebsiteRole><WebsiteLink>https://ex.example/energie</WebsiteLink></Website></Supplier>
    <ProductAvailability>20</ProductAvailability>
    <Price><PriceType>04</PriceType><PriceAmount>10.55</PriceAmount><Tax><TaxType>01</TaxType><TaxRatePercent>5.5</TaxRatePercent><TaxableAmount>10.00</TaxableAmount><TaxAmount>0.55</TaxAmount></Tax><CurrencyCode>EUR</CurrencyCode></Price>
  </SupplyDetail></ProductSupply>
</Product>";

fn read_one(product: &str) -> Feed {
    read_text(&message(product)).unwrap()
}

/// Rules and messages by which `PRODUCT`, with `from` replaced by `to`, is refused.
fn refusals(from: &str, to: &str) -> Vec<(Rule, String)> {
    assert!(PRODUCT.contains(from), "{from}");
    let feed = read_one(&PRODUCT.replace(from, to));
    assert_eq!(feed.offers, [], "taken all the same");
    let reasons = feed.refused.iter().flat_map(|it| &it.reasons);
    reasons.map(|it| (it.rule, it.message.clone())).collect()
}

#[test]
fn a_whole_record_is_an_offer() {
    let feed = read_one(PRODUCT);
    assert_eq!(feed.refused, []);
    assert_eq!(feed.remarks, []);
    let it = &feed.offers[0];
    assert_eq!(it.reference, "ex-1");
    assert_eq!(it.title, "L’Énergie & nous : physique-chimie, cycle 4");
    assert_eq!(it.description, "Un parcours complet.\n- Vidéos\n- Bilans");
    assert_eq!(it.kind, Kind::Textbook);
    assert_eq!(it.subjects, ["physique-chimie", "education-au-developpement-durable"]);
    assert_eq!(it.details.keywords, ["Énergie"]);
    assert_eq!(it.levels, ["4e"]);
    let ids: Vec<&str> =
        it.details.terms.iter().flat_map(|it| &it.path).map(|it| it.id.as_str()).collect();
    assert_eq!(
        ids,
        ["scolomfr-voc-015-num-061", "scolomfr-voc-022-num-016", "scolomfr-voc-022-num-021"]
    );
    assert_eq!(it.details.conformance, Some(Conformance::Full));
    assert_eq!(it.price.amount.cents(), 10_55);
    assert_eq!((it.price.vat[0].rate, it.price.vat[0].base, it.price.vat[0].tax), (550, 10_00, 55));
    assert_eq!(it.billing, Billing::Once);
    assert_eq!((it.licence.scope, it.licence.days), (Scope::Class, Some(365)));
    assert_eq!(it.url.as_deref(), Some("https://ex.example/energie"));
    assert_eq!(it.specimen_url.as_deref(), Some("https://ex.example/extrait"));
    assert_eq!(it.accessibility.as_deref(), Some("WCAG 2.1, niveau AA."));
    assert_eq!(it.identifier.as_deref(), Some("9782070541270"));
}

#[test]
fn a_record_that_cannot_be_sold_here_is_refused_with_the_reason() {
    let one = |from: &str, to: &str| {
        let found = refusals(from, to);
        assert_eq!(found.len(), 1, "{found:?}");
        found.into_iter().next().map(|(rule, message)| (rule.slug(), message)).unwrap()
    };
    let is = |slug: &'static str, message: &str| (slug, message.to_owned());
    assert_eq!(
        one("<ProductForm>EC<", "<ProductForm>BC<"),
        is("not-digital", "product form BC is not digital: expected E*")
    );
    assert_eq!(one(">EUR<", ">USD<"), is("currency", "priced in USD only: expected EUR"));
    assert_eq!(
        one("<PriceType>04<", "<PriceType>03<"),
        is("price-type", "price types 03 only: expected 02 or 04, tax included")
    );
    assert_eq!(
        one(
            "<RegionsIncluded>WORLD</RegionsIncluded>",
            "<CountriesIncluded>BE CH</CountriesIncluded>"
        ),
        is("not-sold-in-france", "sales rights for BE and CH only: expected FR or WORLD")
    );
    assert_eq!(
        one("<PublishingStatus>04<", "<PublishingStatus>07<"),
        is("not-on-sale", "publishing status 07 is not on sale: expected 04 (active)")
    );
    assert_eq!(
        one("<ProductAvailability>20<", "<ProductAvailability>10<"),
        is("not-published-yet", "availability 10 is not on sale yet: expected 20 (available)")
    );
    assert_eq!(
        one("<TaxAmount>0.55<", "<TaxAmount>0.90<"),
        is("vat-tax", "price: 90 cents of tax on 1000 cents at rate 550: expected about 55")
    );
    assert_eq!(
        one("<PriceAmount>10.55<", "<PriceAmount>dix<"),
        is("wrong-type", "PriceAmount: `dix` is not a sum in euros, as in 12.50")
    );
    assert_eq!(
        one("&amp;", "&eacute;"),
        is("unknown-entity", "unknown entity &eacute;: send the character itself, in UTF-8")
    );
    assert_eq!(one("<NotificationType>03<", "<NotificationType>12<").0, "partial-record");
    assert_eq!(one("<NotificationType>03<", "<NotificationType>89<").0, "test-record");
    assert_eq!(one("<TitleType>01<", "<TitleType>03<").0, "field-missing");
    assert_eq!(one("<TaxRatePercent>5.5<", "<TaxRatePercent>19<").0, "vat-rate");
}

#[test]
fn every_reason_is_told_at_once() {
    let product = PRODUCT
        .replace("<ProductForm>EC<", "<ProductForm>BC<")
        .replace(">EUR<", ">AUD<")
        .replace("<PublishingStatus>04<", "<PublishingStatus>01<");
    let feed = read_one(&product);
    let rules: Vec<_> = feed.refused[0].reasons.iter().map(|it| it.rule.slug()).collect();
    assert_eq!(rules, ["not-digital", "not-on-sale", "currency"]);
    assert_eq!(feed.refused[0].place, "line 3");
    assert_eq!(feed.withdrawn[0].reference, "ex-1", "and withdrawn if it was on sale");
}

#[test]
fn a_deleted_record_is_a_tombstone() {
    let feed = read_one(&PRODUCT.replace("<NotificationType>03<", "<NotificationType>05<"));
    assert_eq!((feed.offers.len(), feed.refused.len()), (0, 0));
    assert_eq!(feed.withdrawn[0].reference, "ex-1");
}

#[test]
fn the_second_record_of_a_reference_is_refused() {
    let feed = read_one(&format!("{PRODUCT}{PRODUCT}"));
    assert_eq!((feed.offers.len(), feed.refused.len()), (1, 1));
    let message = "duplicate of record ex-1 at line 3, which is kept";
    assert_eq!(feed.refused[0].reasons[0].message, message);
}

#[test]
fn prices_are_chosen_for_a_teacher_in_france_today() {
    let price = |amount: &str, more: &str| {
        format!(
            "<Price><PriceType>02</PriceType>{}<PriceAmount>{amount}</PriceAmount><TaxExempt/>\
             <CurrencyCode>EUR</CurrencyCode>{}</Price>",
            if more.starts_with("<PriceQ") { more } else { "" },
            if more.starts_with("<PriceQ") { "" } else { more },
        )
    };
    let dated = |role: &str, date: &str| {
        format!("<PriceDate><PriceDateRole>{role}</PriceDateRole><Date>{date}</Date></PriceDate>")
    };
    let amount = |prices: &[String]| {
        let (before, rest) = PRODUCT.split_once("<Price>").unwrap();
        let (_, after) = rest.split_once("</Price>").unwrap();
        let feed = read_one(&format!("{before}{}{after}", prices.concat()));
        feed.offers.first().map(|it| it.price.amount.cents())
    };
    let education = price("8", "<PriceQualifier>11</PriceQualifier>");
    assert_eq!(amount(&[price("9", ""), education]), Some(8_00));
    let members = price("1", "<PriceQualifier>01</PriceQualifier>");
    assert_eq!(amount(&[members.clone(), price("9", "")]), Some(9_00));
    assert_eq!(amount(&[members]), None);
    let ended = price("5", &dated("15", "20260831"));
    let current = price("6", &dated("14", "20260901"));
    assert_eq!(amount(&[ended, current]), Some(6_00));
    let both = price("7", &dated("24", "2026083120260902"));
    assert_eq!(amount(&[both]), Some(7_00));
    let belgian = price("4", "<Territory><CountriesIncluded>BE</CountriesIncluded></Territory>");
    assert_eq!(amount(&[belgian, price("3", "")]), Some(3_00));
}

#[test]
fn a_product_free_of_charge_is_free() {
    let (before, rest) = PRODUCT.split_once("<Price>").unwrap();
    let (_, after) = rest.split_once("</Price>").unwrap();
    let unpriced = |code: &str| {
        read_one(&format!("{before}<UnpricedItemType>{code}</UnpricedItemType>{after}"))
    };
    assert!(unpriced("01").offers[0].price.amount.is_zero());
    assert_eq!(
        unpriced("04").refused[0].reasons[0].message,
        "unpriced (type 04): expected a price in EUR, or type 01 (free of charge)"
    );
}

#[test]
fn a_rate_without_amounts_is_taken_with_a_remark() {
    let short =
        PRODUCT.replace("<TaxableAmount>10.00</TaxableAmount><TaxAmount>0.55</TaxAmount>", "");
    let feed = read_one(&short);
    assert_eq!((feed.offers[0].price.vat[0].base, feed.offers[0].price.vat[0].tax), (10_00, 55));
    assert_eq!(feed.remarks.len(), 1);
}

#[test]
fn a_hostile_or_broken_message_is_refused_whole() {
    let said = |text: &str| read_text(text).unwrap_err().to_string();
    let bomb = "<!DOCTYPE ONIXMessage [<!ENTITY a \"aa\"><!ENTITY b \"&a;&a;\">]><ONIXMessage/>";
    assert!(said(bomb).starts_with("the DOCTYPE declares entities"));
    let outside =
        "<!DOCTYPE ONIXMessage [<!ENTITY x SYSTEM \"file:///etc/passwd\">]><ONIXMessage/>";
    assert!(said(outside).starts_with("the DOCTYPE declares entities"));
    let deep = format!("{}{}", "<Text>".repeat(200_000), "</Text>".repeat(200_000));
    assert!(said(&message(&deep)).contains("more than 64 elements within one another"));
    let large = format!("<Product>{}</Product>", "<Subject/>".repeat(50_001));
    assert!(said(&message(&large)).contains("a record of more than 50000 elements"));
    let whole = message(PRODUCT);
    let cut_after = |mark: &str| said(&whole[..whole.find(mark).unwrap() + mark.len()]);
    assert!(cut_after("</PublishingStatus>").contains("cut off inside the <Product> of line 3"));
    assert!(cut_after("<PublishingStat").contains("tag not closed"));
    assert!(said(&whole[..whole.len() - 14]).contains("cut off: no end of <ONIXMessage>"));
    assert!(said(&message("<Product></Produit>")).starts_with("line 3: "));
    let long = format!("<Product><Text>{}", "a".repeat(9_000_000));
    assert!(said(&message(&long)).contains("line 3: a record of more than 8388608 bytes"));
    assert!(said("<ONIXMessage release=\"2.1\"/>").contains("release=\"2.1\""));
    assert!(said("<html><body>Maintenance</body></html>").contains("found <html>"));
    assert!(said("Maintenance").contains("`Maintenance`"));
    assert!(said("").contains("no element"));
}

#[test]
fn a_doctype_without_entities_is_skipped_and_never_fetched() {
    let text = message(PRODUCT).replace(
        "<ONIXMessage",
        "<!DOCTYPE ONIXMessage SYSTEM \"http://127.0.0.1:1/onix.dtd\"><ONIXMessage",
    );
    let feed = read_text(&text).unwrap();
    assert_eq!(feed.offers.len(), 1);
}

#[test]
fn dated_prices_are_kept_for_their_days() {
    let price = |amount: &str, from: &str, until: &str| {
        let date = |role: &str, date: &str| {
            let date = format!("<PriceDateRole>{role}</PriceDateRole><Date>{date}</Date>");
            if date.contains("<Date><") {
                String::new()
            } else {
                format!("<PriceDate>{date}</PriceDate>")
            }
        };
        format!(
            "<Price><PriceType>04</PriceType><PriceAmount>{amount}</PriceAmount><TaxExempt/>\
             <CurrencyCode>EUR</CurrencyCode>{}{}</Price>",
            date("14", from),
            date("15", until)
        )
    };
    let priced = |prices: &[String]| {
        let (before, rest) = PRODUCT.split_once("<Price>").unwrap();
        let (_, after) = rest.split_once("</Price>").unwrap();
        read_one(&format!("{before}{}{after}", prices.concat()))
    };
    let cents = |feed: &Feed, on: &str| feed.offers[0].price_on(day(on)).amount.cents();
    let sale = [
        price("9", "", ""),
        price("5", "20261101", "20261130"),
        price("1", "", "20260131"),
        price("12", "20270101", ""),
    ];
    let feed = priced(&sale);
    assert_eq!(feed.offers[0].price.amount.cents(), 9_00);
    assert_eq!(feed.offers[0].prices.len(), 2, "what has ended is left out");
    let days = ["2026-09-01", "2026-11-30", "2026-12-01", "2027-01-01"];
    assert_eq!(days.map(|it| cents(&feed, it)), [9_00, 5_00, 9_00, 12_00]);

    let turns = [price("6", "20250901", "20260930"), price("7", "20261001", "")];
    let feed = priced(&turns);
    assert_eq!(["2026-09-30", "2026-10-01"].map(|it| cents(&feed, it)), [6_00, 7_00]);

    let begun = [price("3", "20240101", ""), price("4", "20260101", "")];
    let feed = priced(&begun);
    assert_eq!((feed.offers[0].price.amount.cents(), feed.offers[0].prices.len()), (4_00, 0));

    let later = priced(&[price("3", "20270101", "")]);
    assert_eq!(later.refused[0].reasons[0].message, "no price in EUR is valid on 2026-09-01");
    let backwards = priced(&[price("9", "", ""), price("3", "20271201", "20270101")]);
    assert_eq!(backwards.refused[0].reasons[0].rule, Rule::Range);
}

#[test]
fn what_characterises_a_product_is_read() {
    let product = PRODUCT
        .replace(
            "</ProductIdentifier>",
            "</ProductIdentifier>\
             <ProductIdentifier><ProductIDType>35</ProductIDType><IDValue>ark:49591/ex/1</IDValue></ProductIdentifier>\
             <ProductIdentifier><ProductIDType>03</ProductIDType><IDValue>9782070541270</IDValue></ProductIdentifier>\
             <ProductIdentifier><ProductIDType>02</ProductIDType><IDValue>2070541271</IDValue></ProductIdentifier>",
        )
        .replace(
            "<Audience>",
            "<Language><LanguageRole>01</LanguageRole><LanguageCode>fre</LanguageCode></Language>\
             <Language><LanguageRole>01</LanguageRole><LanguageCode>gsw</LanguageCode></Language>\
             <Language><LanguageRole>02</LanguageRole><LanguageCode>eng</LanguageCode></Language>\
             <Audience>",
        )
        .replace(
            "<Audience>",
            "<Subject><SubjectSchemeIdentifier>29</SubjectSchemeIdentifier>\
             <SubjectHeadingText>Collège</SubjectHeadingText></Subject><Audience>",
        )
        .replace(
            "<CollateralDetail>",
            "<CollateralDetail><SupportingResource><ResourceContentType>01</ResourceContentType>\
             <ResourceMode>03</ResourceMode><ResourceVersion><ResourceLink>https://ex.example/c.png\
             </ResourceLink></ResourceVersion></SupportingResource>",
        )
        .replace(
            "<PublishingStatus>",
            "<Publisher><PublishingRole>01</PublishingRole><PublisherName>Ex</PublisherName>\
             </Publisher><PublishingStatus>",
        );
    let feed = read_one(&product);
    let details = &feed.offers[0].details;
    assert_eq!(details.identifiers, ["9782070541270", "ark:/49591/ex/1"]);
    assert!(details.gar);
    assert_eq!(feed.offers[0].levels, ["6e", "5e", "4e", "3e"]);
    assert_eq!(details.languages, ["fr", "gsw"]);
    assert_eq!(details.publisher.as_deref(), Some("Ex"));
    assert_eq!(details.thumbnail_url.as_deref(), Some("https://ex.example/c.png"));
    let messages: Vec<&str> = feed.remarks.iter().map(|it| &*it.message).collect();
    assert_eq!(messages, ["IDValue: `2070541271` is no identifier of type 02: left out"]);
}
