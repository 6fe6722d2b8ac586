//! `GET /achats/{purchase}`: the receipt of a purchase, and what became of it since.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use compact_str::CompactString;
use ledger_core::account::{PurchaseRefunded, PurchaseStatus, Share};
use ledger_core::ids::{AccountId, PurchaseId};
use ledger_core::money::Balance;
use ledger_core::offer::{Billing, Offer};
use serde::Deserialize;

use super::funding::{self, Names, Part};
use super::history::{self, Bought, Tried};
use super::renewal::{self, Due};
use super::{contest, failed, free, payers, sale, words};
use crate::app::App;
use crate::extract::{Path, Query};
use crate::format;
use crate::page::{Frame, Page};
use crate::problem::Problem;
use crate::session::Teacher;

/// `templates/storefront/receipt.html`.
#[derive(Template)]
#[template(path = "storefront/receipt.html")]
struct Receipt {
    frame: Frame,
    bought: Bought,
    partner: CompactString,
    /// Whether it is an offer of the catalogue: a partner may sell more on its own site.
    listed: bool,
    /// The resource's page on the partner's site, as the offer says today.
    url: Option<String>,
    bar: Vec<Part>,
    payers: Vec<Payer>,
    steps: Vec<Step>,
    /// When its specimen was taken; `None` when it was not.
    tried: Option<DateTime<Utc>>,
    /// The days of its term; `None` for what is no subscription.
    term: Option<(NaiveDate, NaiveDate)>,
    /// Its renewal, when it is proposed.
    due: Vec<Due>,
    ending: Vec<Tried>,
    /// Whether it is contested.
    contested: bool,
    /// Until when it waits for the head of school; `None` when it does not.
    approval: Option<DateTime<Utc>>,
    /// The team that bought it; empty when it is the teacher's own.
    team: String,
    /// Until when it may be contested, as it reads; empty when it may not be.
    contest_until: String,
}

/// What one lot pays of the purchase.
struct Payer {
    funder: String,
    envelope: String,
    held: Balance,
    captured: Balance,
    refunded: Balance,
}

/// Something that happened to the purchase.
struct Step {
    at: DateTime<Utc>,
    label: &'static str,
    detail: String,
}

/// What has just been done, told above the page.
#[derive(Debug, Deserialize)]
pub struct Since {
    fait: Option<String>,
}

/// Shows the receipt; somebody else's purchase is not found.
pub async fn show(
    State(app): State<App>,
    Teacher(session): Teacher,
    frame: Frame,
    Path(id): Path<PurchaseId>,
    Query(since): Query<Since>,
) -> Result<Response, Problem> {
    let account = payers::holder(&app, AccountId(session.id), id).await?;
    let history = history::read(&app, account).await?;
    let Some(bought) = history.purchase(id) else {
        let taken = history.acquired().into_iter().find(|it| it.1.purchase == id);
        return free::acquired(&app, frame, taken.ok_or_else(not_yours)?).await;
    };
    let left = history.account.available_on(app.clock.today());
    let approval = history.account.waits_for_approval(id).map(|it| it.until);
    let shared = history.account.team().map(|it| it.name.to_string()).unwrap_or_default();
    let frame = noticed(frame, since.fait.as_deref(), bought.purchase.status, left);
    let frame = match approval {
        Some(until) => awaiting(frame, until),
        None => frame,
    };
    let contested = history.account.is_contested(id);
    let kept = bought.purchase.captured() > bought.purchase.refunded();
    let until =
        contest::until(&app, &bought).filter(|it| kept && !contested && *it >= app.clock.today());
    let contest_until = until.map(format::long_date).unwrap_or_default();
    let names = Names::of_account(&app, &history.account).await?;
    let partner = sale::partner_name(&app, bought.terms().partner).await?;
    let look = |it: &Offer| it.current.as_ref().map(|it| it.listing.url.clone());
    let offer = app.ledger.inspect::<Offer, _>(bought.terms().offer, look).await.map_err(failed)?;
    let (listed, url) = (offer.is_some(), offer.flatten());
    let (payers, bar) = payers_of(&bought, &names);
    let steps = steps(&bought, &names);
    let tried = history.tried_before(&bought);
    let (term, mut due) = (renewal::term(&bought), renewal::due(&app, &history).await?);
    due.retain(|it| it.purchase == id);
    let page = Receipt {
        frame,
        bought,
        partner,
        listed,
        url,
        bar,
        payers,
        steps,
        tried,
        term,
        due,
        ending: vec![],
        contested,
        approval,
        team: shared,
        contest_until,
    };
    Ok(Page(page).into_response())
}

/// What each credit pays of it, and each funder's part.
fn payers_of(bought: &Bought, names: &Names) -> (Vec<Payer>, Vec<Part>) {
    let payers = bought.authorised.split.iter().filter_map(|share| {
        let part = bought.purchase.parts.iter().find(|it| it.lot == share.lot)?;
        Some(Payer {
            funder: names.funder(share.envelope, &share.funder),
            envelope: names.title(share.envelope).to_owned(),
            held: part.held,
            captured: part.captured,
            refunded: part.refunded,
        })
    });
    let payers: Vec<Payer> = payers.collect();
    let mut sums: Vec<(String, Balance)> = vec![];
    for payer in &payers {
        let cost = payer.held.and(payer.captured).beyond(payer.refunded);
        match sums.iter_mut().find(|it| it.0 == payer.funder) {
            _ if cost.is_zero() => (),
            Some((_, sum)) => *sum = sum.and(cost),
            None => sums.push((payer.funder.clone(), cost)),
        }
    }
    (payers, funding::bar(sums))
}

/// The frame, telling what has just been done.
fn noticed(frame: Frame, done: Option<&str>, status: PurchaseStatus, left: Balance) -> Frame {
    match (done, status) {
        (Some("paye"), PurchaseStatus::Captured) => {
            let told = format!("Votre achat est payé. Il vous reste {left}.");
            frame.with_notice("success", told)
        }
        (Some("paye"), PurchaseStatus::Authorised) => {
            let told = format!("Votre plafond est réservé. Il vous reste {left}.");
            frame.with_notice("success", told)
        }
        (Some("annule"), PurchaseStatus::Cancelled) => {
            let told = format!("Votre achat est annulé. Vous disposez de {left}.");
            frame.with_notice("success", told)
        }
        (Some("conteste"), _) => frame.with_notice(
            "success",
            "Votre contestation est enregistrée : l’éditeur n’est pas payé tant qu’elle dure.",
        ),
        (Some("decline"), _) => frame
            .with_notice("success", "C’est noté : l’abonnement s’arrête à la fin de son terme."),
        (Some("retire"), _) => frame.with_notice("success", "Votre contestation est retirée."),
        (_, _) => frame,
    }
}

/// The frame, telling that a head of school has to agree.
fn awaiting(frame: Frame, until: DateTime<Utc>) -> Frame {
    let until = format::long_moment(until);
    let told = format!(
        "Demande envoyée : l’argent est réservé, et le chef d’établissement peut donner son accord \
         jusqu’au {until}."
    );
    frame.with_notice("info", told)
}

/// There is no such purchase, or it is another account's: the answer is the same.
pub fn not_yours() -> Problem {
    Problem::not_found("no such purchase in this account")
        .told("Cet achat ne figure pas parmi les vôtres. Retrouvez vos achats dans « Mes achats ».")
}

impl Receipt {
    /// What the document is: a receipt only once something was paid.
    fn title(&self) -> &'static str {
        match self.bought.purchase.status {
            PurchaseStatus::Authorised if self.approval.is_some() => "Demande d’accord",
            PurchaseStatus::Captured => "Reçu",
            PurchaseStatus::Authorised => "Réservation",
            PurchaseStatus::Cancelled => "Achat annulé",
            PurchaseStatus::Expired => "Réservation échue",
        }
    }

    fn by_use(&self) -> bool {
        self.bought.terms().billing == Billing::ByUse
    }

    /// Whether nothing of it was kept, nor will be: never delivered, or refunded whole.
    fn is_given_up(&self) -> bool {
        let kept = self.bought.purchase.captured().beyond(self.bought.purchase.refunded());
        !self.bought.is_held() && kept.is_zero()
    }

    fn anything_held(&self) -> bool {
        !self.bought.purchase.held().is_zero()
    }

    fn anything_refunded(&self) -> bool {
        !self.bought.purchase.refunded().is_zero()
    }
}

/// What happened to the purchase, oldest first.
fn steps(bought: &Bought, names: &Names) -> Vec<Step> {
    let amount = bought.authorised.amount;
    let label = match bought.terms().billing {
        Billing::ByUse => "Plafond réservé",
        Billing::Once | Billing::Subscription => "Achat autorisé",
    };
    let split = funding::in_words(&bought.authorised.split, names);
    let mut steps = vec![Step { at: bought.at, label, detail: format!("{amount} : {split}") }];
    for (at, amount) in &bought.captures {
        let detail = format!("{amount} dus à l’éditeur");
        steps.push(Step { at: *at, label: "Livré et payé", detail });
    }
    if let Some(at) = bought.given_up {
        let (label, detail) = match bought.purchase.status {
            PurchaseStatus::Cancelled => ("Annulé", "la somme réservée vous est revenue"),
            PurchaseStatus::Authorised | PurchaseStatus::Captured | PurchaseStatus::Expired => {
                ("Réservation échue", "ce qui n’a pas servi vous est revenu")
            }
        };
        steps.push(Step { at, label, detail: detail.to_owned() });
    }
    for (at, reason) in &bought.contests {
        let (label, detail) = match reason {
            Some(reason) => ("Contesté", reason.clone()),
            None => ("Contestation close", "le règlement de l’éditeur reprend".to_owned()),
        };
        steps.push(Step { at: *at, label, detail });
    }
    for (at, refund) in &bought.refunds {
        let mut detail = refunded(refund);
        if refund.agreement.is_some() {
            detail.push_str(" ; avoir de la licence libératoire : l’offre est devenue gratuite");
        }
        steps.push(Step { at: *at, label: "Remboursé", detail });
    }
    steps.sort_by_key(|it| it.at);
    steps
}

/// What became of a refund's money.
pub fn refunded(refund: &PurchaseRefunded) -> String {
    let sum = |shares: &[Share]| shares.iter().map(|it| Balance::from(it.amount)).sum::<Balance>();
    let (reopened, returned) = (sum(&refund.reopened), sum(&refund.returned));
    match (reopened.is_zero(), returned.is_zero()) {
        (false, false) => format!(
            "{}, dont {reopened} de nouveau disponibles et {returned} rendus au financeur",
            refund.amount
        ),
        (true, _) => {
            format!("{}, rendus au financeur : le crédit n’est plus valable", refund.amount)
        }
        (false, true) => format!("{}, de nouveau disponibles", refund.amount),
    }
}
