//! The addresses that go with a product: its page, a specimen, a video.

use super::element::Element;
use super::product::Findings;
use crate::feed::text::shortened;

/// The addresses found, each fit to be shown.
#[derive(Default)]
pub(super) struct Links {
    pub(super) page: Option<String>,
    pub(super) specimen: Option<String>,
    pub(super) video: Option<String>,
}

/// List 73: pages for this product, the supplier's first.
const PAGES: [&str; 5] = ["38", "36", "37", "29", "02"];
/// List 158: sample content, a widget to look inside, a digital review copy.
const SPECIMENS: [&str; 3] = ["15", "16", "38"];
/// List 158: a trailer, instructional material, a presentation.
const VIDEOS: [&str; 3] = ["26", "39", "12"];

/// The links of a product. One that is no address of the web is left out, with a remark.
pub(super) fn of(root: &Element, findings: &mut Findings) -> Links {
    let mut websites = root.reach(&["ProductSupply", "SupplyDetail", "Supplier", "Website"]);
    websites.extend(root.reach(&["PublishingDetail", "Publisher", "Website"]));
    let website = |roles: &[&str]| {
        roles.iter().find_map(|role| {
            let site = websites.iter().find(|it| it.says("WebsiteRole", role))?;
            site.child("WebsiteLink")
        })
    };
    let resources = root.reach(&["CollateralDetail", "SupportingResource"]);
    let resource = |types: &[&str], mode: Option<&str>| {
        types.iter().find_map(|code| {
            let mut found = resources.iter().filter(|it| it.says("ResourceContentType", code));
            let it = found.find(|it| mode.is_none_or(|mode| it.says("ResourceMode", mode)))?;
            it.reach(&["ResourceVersion", "ResourceLink"]).first().copied()
        })
    };
    Links {
        page: address(website(&PAGES), findings),
        specimen: address(resource(&SPECIMENS, None).or_else(|| website(&["28"])), findings),
        // List 159: 05 is moving images.
        video: address(resource(&VIDEOS, Some("05")), findings),
    }
}

/// The front cover (list 158: 01) as a still image (list 159: 03); `None` when there is none.
pub(super) fn cover(root: &Element, findings: &mut Findings) -> Option<String> {
    let resources = root.reach(&["CollateralDetail", "SupportingResource"]);
    let cover = resources
        .into_iter()
        .find(|it| it.says("ResourceContentType", "01") && it.says("ResourceMode", "03"))?;
    address(cover.reach(&["ResourceVersion", "ResourceLink"]).first().copied(), findings)
}

fn address(link: Option<&Element>, findings: &mut Findings) -> Option<String> {
    let link = link?;
    let address = link.text();
    let web = address.starts_with("https://") || address.starts_with("http://");
    if web && !address.contains(char::is_whitespace) && address.chars().count() <= 2_000 {
        return Some(address);
    }
    let shown = shortened(&address, 60);
    findings.remark(
        link.line,
        format!("{}: `{shown}` is not an https:// or http:// address: left out", link.name),
    );
    None
}
