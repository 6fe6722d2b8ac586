//! `/equipes/{account}`: one team: what it may spend, who is in it, what it asked for and bought.

use axum::extract::State;
use axum::response::Response;
use ledger_core::account::{Account, Authority, TeamRole};
use ledger_core::ids::AccountId;
use ledger_core::money::Balance;
use projections::reports::purchases::{PurchaseRow, purchases_of};
use projections::reports::teams::RequestsOf;
use projections::table::{Cell, Table};

use super::{Sees, authority, forms, school, seen, who};
use crate::api::lists;
use crate::app::App;
use crate::extract::Path;
use crate::format;
use crate::page::Frame;
use crate::problem::Problem;
use crate::session::Session;
use crate::sheet::{Block, Fact, Sheet, SheetTable};
use crate::storefront::words;

/// How many purchases and decided requests a page shows.
const SHOWN: usize = 30;

/// Shows it.
pub async fn show(
    State(app): State<App>,
    session: Session,
    frame: Frame,
    Path(account): Path<AccountId>,
) -> Result<Response, Problem> {
    Ok(page(&app, authority(&session)?, frame, account).await?.answer())
}

pub(super) async fn page(
    app: &App,
    by: Authority,
    frame: Frame,
    account: AccountId,
) -> Result<Sheet, Problem> {
    let (state, sees) = seen(app, account, by).await?;
    let me = by.account();
    let models = lists::models(app).await?;
    let of = RequestsOf::Team(account);
    let waiting = models.open_requests(of).map_err(Problem::unavailable)?;
    let ended = models.ended_requests(of, None, SHOWN).map_err(Problem::unavailable)?;
    let bought = purchases_of(models, app.ledger.log(), account, None, SHOWN).await;
    let bought = bought.map_err(Problem::unavailable)?;
    let name = state.team().map(|it| it.name.to_string()).filter(|it| !it.is_empty());
    let lead = "Ce que l’équipe peut dépenser, ce qu’elle a demandé et ce qu’elle a acheté.";
    let mut sheet = Sheet::new(frame, name.unwrap_or_else(|| "Équipe sans nom".into()), lead);
    sheet.above.push(match sees {
        Sees::Head => ("/etablissement", "Établissement"),
        Sees::Manager | Sees::Member | Sees::Delegate => ("/equipes", "Mes équipes"),
    });
    sheet.push(Block::Facts(facts(app, &state, me)));
    sheet.heading("demandes-titre", "Demandes au chef d’établissement");
    sheet.push(Block::Table(school::requests(&waiting, me)));
    sheet.push(Block::Table(school::decided(&ended.rows, me)));
    sheet.heading("achats-titre", "Achats");
    sheet.push(Block::Table(purchases(&state, &bought.rows, me, sees)));
    sheet.heading("membres-titre", "Membres");
    sheet.push(Block::Table(members(&state, me)));
    for form in forms::of(&state, account, by.account(), sees, app.clock.today()) {
        sheet.push(Block::Form(form));
    }
    Ok(sheet)
}

fn limit(it: Option<Balance>) -> String {
    it.map_or_else(|| "Aucune".to_owned(), |it| it.to_string())
}

fn facts(app: &App, state: &Account, me: AccountId) -> Vec<Fact> {
    let today = app.clock.today();
    let team = state.team().cloned().unwrap_or_default();
    let school = state.holder.map(|(_, it)| it.uai.to_string()).unwrap_or_default();
    let used = state.used_by_members();
    let spent = |own: bool| -> Balance {
        let in_month = used.iter().filter(|it| it.is_in_month_of(today));
        in_month.filter(|it| !own || it.by == me).map(|it| it.amount).sum()
    };
    let mut facts = vec![
        Fact::new("Établissement", school),
        Fact::new("Disponible", state.available_on(today)),
        Fact::new("Réservé pour des achats en cours", state.held()),
        Fact::new("Dépensé ou réservé ce mois-ci par l’équipe", spent(false)),
        Fact::new("… dont par vous", spent(true)),
        Fact::new("Limite par achat", limit(team.rules.per_purchase)),
        Fact::new("Limite par mois, pour toute l’équipe", limit(team.rules.per_month)),
        Fact::new("Limite par mois et par membre", limit(team.rules.per_member_month)),
        Fact::new(
            "Accord du chef d’établissement",
            match team.rules.approval_above {
                Some(above) => format!("Au-delà de {above} par achat"),
                None => "Jamais demandé".to_owned(),
            },
        ),
    ];
    for it in team.delegations.iter().filter(|it| it.until >= today) {
        let days = format!(
            "{}, du {} au {}",
            who(it.to, me),
            format::short_date(it.from),
            format::short_date(it.until)
        );
        facts.push(Fact::new("Accord délégué à", days));
    }
    facts
}

fn purchases(state: &Account, rows: &[PurchaseRow], me: AccountId, sees: Sees) -> SheetTable {
    let row = |it: &PurchaseRow| {
        let asked = state.team().and_then(|team| team.asked_by(it.id));
        vec![
            Cell::text(format::spaced(&it.title)),
            Cell::text(asked.map_or_else(String::new, |it| who(it.member, me))),
            Cell::Sum(it.amount),
            Cell::text(format::short_moment(it.at)),
            Cell::text(if state.waits_for_approval(it.id).is_some() {
                "Attend un accord"
            } else {
                words::status(it.status).1
            }),
        ]
    };
    let headings = vec!["ressource", "par", "prix", "le", "état"];
    let table = Table { headings, rows: rows.iter().map(row).collect(), totals: vec![] };
    let mut shown = SheetTable::new("achats", "Les derniers achats de l’équipe", table);
    if matches!(sees, Sees::Member | Sees::Manager) {
        shown.links = rows.iter().map(|it| vec![(0, format!("/achats/{}", it.id))]).collect();
    }
    shown.empty = "L’équipe n’a encore rien acheté.";
    shown
}

fn members(state: &Account, me: AccountId) -> SheetTable {
    let row = |it: &(AccountId, TeamRole)| {
        let role = match it.1 {
            TeamRole::Manager => "Responsable",
            TeamRole::Member => "Membre",
        };
        vec![Cell::text(who(it.0, me)), Cell::text(role), Cell::text(it.0)]
    };
    let members = state.team().map(|it| it.members.as_slice()).unwrap_or_default();
    let headings = vec!["qui", "rôle", "compte"];
    let table = Table { headings, rows: members.iter().map(row).collect(), totals: vec![] };
    let mut shown = SheetTable::new("membres", "Qui achète avec ce compte", table);
    shown.empty = "Personne n’est encore dans l’équipe.";
    shown
}
