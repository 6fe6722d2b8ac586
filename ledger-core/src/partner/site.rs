//! The sites on which a partner sells: where teachers may be sent back to after a payment.

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use super::{Partner, PartnerRefusal};

/// The most sites of one partner.
pub const SITES_MAX: usize = 10;

/// Where the partner sells, in place of what was declared before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SitesDeclared {
    /// Origins, such as `https://boutique.example`; at most [`SITES_MAX`], none for no site.
    pub sites: Vec<CompactString>,
}

impl SitesDeclared {
    pub(super) fn check(&self) -> Result<(), PartnerRefusal> {
        if self.sites.len() <= SITES_MAX && self.sites.iter().all(|it| is_origin(it)) {
            return Ok(());
        }
        let expected = "expected at most 10 origins, as in https://boutique.example";
        Err(PartnerRefusal::Invalid { field: "sites", expected })
    }
}

/// A scheme, a name and perhaps a port; nothing after.
fn is_origin(text: &str) -> bool {
    let Some((scheme, host)) = text.split_once("://") else { return false };
    let (name, port) = host.rsplit_once(':').unwrap_or((host, "443"));
    let plain =
        |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || matches!(it, '-' | '.');
    matches!(scheme, "https" | "http")
        && (1..=253).contains(&name.len())
        && name.chars().all(plain)
        && port.parse::<u16>().is_ok_and(|it| it > 0)
}

impl Partner {
    /// The site of this partner that `url` is on; `None` when it is on none of them.
    pub fn site_of(&self, url: &str) -> Option<&CompactString> {
        let beyond = |it: &str| it.is_empty() || it.starts_with(['/', '?', '#']);
        self.sites.iter().find(|it| url.strip_prefix(it.as_str()).is_some_and(beyond))
    }
}
