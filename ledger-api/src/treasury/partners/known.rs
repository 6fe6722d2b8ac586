//! What a partner's stream tells of it, and since when.

use chrono::{DateTime, Utc};
use ledger_core::codec::Stored;
use ledger_core::decider::Decider;
use ledger_core::event_log::{EventLog, Position};
use ledger_core::ids::PartnerId;
use ledger_core::meta::Actor;
use ledger_core::partner::{BankDetailsProposed, Partner, PartnerEvent};
use ledger_core::stream::StreamId;

use crate::app::App;
use crate::problem::Problem;
use crate::reading;

/// One partner.
pub(in crate::treasury) struct Known {
    /// Which one.
    pub(in crate::treasury) id: PartnerId,
    /// All that its stream tells.
    pub(in crate::treasury) state: Partner,
    /// When its bank details were proposed, approved or rejected last.
    pub(in crate::treasury) since: Option<DateTime<Utc>>,
}

impl Known {
    /// Its trade name.
    pub(in crate::treasury) fn name(&self) -> &str {
        self.state.registered.as_ref().map_or("", |it| it.name.as_str())
    }

    /// The nine digits of its company.
    pub(super) fn siren(&self) -> String {
        let siren = self.state.registered.as_ref().and_then(|it| it.siret.siren());
        siren.map(|it| it.to_string()).unwrap_or_default()
    }
}

/// The partner `id`, from its stream.
pub(super) async fn one(app: &App, id: PartnerId) -> Result<Known, Problem> {
    let recorded = app.ledger.log().read_stream(StreamId::from(id), 0).await;
    let mut known = Known { id, state: Partner::default(), since: None };
    for it in &recorded.map_err(Problem::unavailable)? {
        let event = PartnerEvent::read(it).map_err(Problem::internal)?;
        match &event {
            PartnerEvent::BankDetailsProposed(_)
            | PartnerEvent::BankDetailsApproved(_)
            | PartnerEvent::BankDetailsRejected(_) => known.since = Some(it.meta.at),
            PartnerEvent::Registered(_)
            | PartnerEvent::FeedDeclared(_)
            | PartnerEvent::FeedRemoved(_)
            | PartnerEvent::SitesDeclared(_)
            | PartnerEvent::FeeAgreed(_)
            | PartnerEvent::Suspended(_)
            | PartnerEvent::Resumed(_) => (),
        }
        known.state.evolve(&event);
    }
    Ok(known)
}

/// Every partner, by name, and up to where the log was read to know which.
pub(super) async fn all(app: &App) -> Result<(Vec<Known>, Position), Problem> {
    let (ids, position) = ids(app).await?;
    let mut all = Vec::with_capacity(ids.len());
    for id in ids {
        all.push(one(app, id).await?);
    }
    Ok((all, position))
}

async fn ids(app: &App) -> Result<(Vec<PartnerId>, Position), Problem> {
    let reader = reading::latest(app).await?;
    let rows = reader.partners().map_err(reading::failed)?;
    Ok((rows.into_iter().map(|it| it.id).collect(), reader.position()))
}

/// Partners whose proposed bank details await `by`: somebody else proposed them.
pub(in crate::treasury) async fn awaiting(
    app: &App,
    by: Actor,
) -> Result<Vec<(Known, BankDetailsProposed)>, Problem> {
    let (ids, _) = ids(app).await?;
    let mut awaiting = Vec::new();
    for id in ids {
        // The ledger keeps states in memory; only the few that wait are read from the log.
        let waits = app.ledger.inspect::<Partner, _>(id, |it| it.proposed.is_some()).await?;
        if !waits {
            continue;
        }
        let known = one(app, id).await?;
        if let Some(proposed) = known.state.proposed.clone().filter(|it| it.by.id != by.id) {
            awaiting.push((known, proposed));
        }
    }
    Ok(awaiting)
}
