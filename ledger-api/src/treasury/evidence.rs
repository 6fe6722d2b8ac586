//! The five checks of the visa, as far as the ledger can make them by itself: what it finds, and
//! whether that passes. The accountant decides.

use std::time::Duration;

use chrono::{Days, NaiveDate};
use ledger_core::chart::LedgerAccount;
use ledger_core::digest::Digest;
use ledger_core::envelope::Envelope;
use ledger_core::ids::SettlementId;
use ledger_core::meta::Role;
use ledger_core::money::Balance;
use ledger_core::partner::Partner;
use ledger_core::settlement::{Check, Prepared, Settlement};
use projections::Reader;
use projections::reports::trial_balance::TrialBalanceOf;

use super::words::who;
use crate::app::App;
use crate::format::short_date;
use crate::problem::Problem;
use crate::reading;

/// Debts of the State and of collectivités lapse after four years (loi 68-1250, art. 1).
const LAPSES_AFTER_DAYS: u64 = 4 * 365;

/// What the ledger finds about one check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Evidence {
    /// Which check.
    pub(super) check: Check,
    /// Whether it passes, as far as the ledger can tell.
    pub(super) passed: bool,
    /// What it finds, in French.
    pub(super) text: String,
}

/// What the ledger finds about the five checks of `id`.
pub(super) async fn of(
    app: &App,
    id: SettlementId,
    state: &Settlement,
) -> Result<Vec<Evidence>, Problem> {
    let Some(prepared) = state.prepared.as_deref() else { return Ok(vec![]) };
    let mut found = vec![officer(state)];
    found.push(imputation(app, state, prepared.on).await?);
    let reader = app.models.at_least(prepared.up_to, Duration::from_secs(20)).await;
    let reader = reader.map_err(reading::failed)?;
    found.push(credits(&reader, state)?);
    found.push(debt(&reader, state, prepared, app.clock.today())?);
    drop(reader);
    found.push(discharge(app, id, prepared).await?);
    Ok(found)
}

fn officer(state: &Settlement) -> Evidence {
    let (passed, text) = match &state.ordered {
        Some(it) => (
            it.by.role == Role::AuthorisingOfficer,
            format!("Ordre donné le {} par : {}.", short_date(it.on), who(it.by)),
        ),
        None => (false, "Aucun ordre de payer.".to_owned()),
    };
    Evidence { check: Check::OfficerQuality, passed, text }
}

/// Each envelope that pays was open to what it pays for.
async fn imputation(app: &App, state: &Settlement, on: NaiveDate) -> Result<Evidence, Problem> {
    let charged = state.certified.as_ref().map(|it| it.charged.as_slice()).unwrap_or_default();
    let (mut parts, mut passed) = (Vec::new(), !charged.is_empty());
    for it in charged {
        let known = app.ledger.inspect::<Envelope, _>(it.envelope, |envelope| {
            envelope.opened.as_ref().map(|opened| {
                let right = opened.funder == it.funder && opened.valid_from <= on;
                (right, opened.title.clone(), opened.valid_from)
            })
        });
        if let Some((right, title, from)) = known.await? {
            passed &= right;
            let account = LedgerAccount::funds_of(it.funder);
            let from = short_date(from);
            parts.push(format!("{} sur « {title} » ({account}, ouverte le {from})", it.amount));
        } else {
            passed = false;
            parts.push(format!("{} sur une enveloppe inconnue", it.amount));
        }
    }
    let text = format!("{}.", parts.join(" ; "));
    Ok(Evidence { check: Check::Imputation, passed, text })
}

/// No envelope has paid more than it has, and the deposit account can pay.
fn credits(reader: &Reader, state: &Settlement) -> Result<Evidence, Problem> {
    let charged = state.certified.as_ref().map(|it| it.charged.as_slice()).unwrap_or_default();
    let mut passed = true;
    let mut least: Option<Balance> = None;
    for it in charged {
        let consumed = reader.consumption(it.envelope).map_err(reading::failed)?;
        let budget = reader.envelope(it.envelope).map_err(reading::failed)?;
        let budget = budget.map_or(Balance::ZERO, |it| it.budget);
        let left = budget.beyond(consumed.delivered);
        passed &= consumed.delivered <= budget;
        least = Some(least.map_or(left, |it| it.min(left)));
    }
    let treasury = treasury(reader)?;
    let payable = state.payable().map_or(Balance::ZERO, Balance::from);
    let funds = treasury >= payable;
    let least = least.unwrap_or_default();
    let text = format!(
        "Crédits de paiement : {} enveloppes, au moins {least} restant après service fait. \
         Compte 515100 : {treasury} pour {payable} à payer{}.",
        charged.len(),
        if funds { "" } else { ", insuffisant" }
    );
    Ok(Evidence { check: Check::AvailableCredits, passed: passed && funds, text })
}

/// The balance of the deposit account.
fn treasury(reader: &Reader) -> Result<Balance, Problem> {
    let balance = reader.trial_balance(TrialBalanceOf::default()).map_err(reading::failed)?;
    let lines = balance.lines.iter().filter(|it| it.account == LedgerAccount::Treasury);
    let (debit, credit) = lines.fold((Balance::ZERO, Balance::ZERO), |sums, it| {
        (sums.0.and(it.debit), sums.1.and(it.credit))
    });
    Ok(debit.beyond(credit))
}

/// Service done, liquidation, vouchers, prescription; and the sample.
fn debt(
    reader: &Reader,
    state: &Settlement,
    prepared: &Prepared,
    today: NaiveDate,
) -> Result<Evidence, Problem> {
    let mut list = Vec::new();
    let (after, up_to) = (prepared.after, prepared.up_to);
    reader
        .write_settlement_lines(prepared.partner, after, up_to, &mut list)
        .map_err(reading::failed)?;
    let same = Digest::of(&list) == prepared.digest;
    let stated = state.statement.as_ref().is_some_and(|it| it.amount == state.due);
    let service = match &state.certified {
        Some(it) if it.presumed => format!("Service fait présumé le {}", short_date(it.on)),
        Some(it) => format!("Service fait certifié le {} par {}", short_date(it.on), who(it.by)),
        None => "Service fait non constaté".to_owned(),
    };
    let lapsed = prepared.on.checked_add_days(Days::new(LAPSES_AFTER_DAYS));
    let alive = lapsed.is_none_or(|it| it > today);
    let (seen, drawn) = (state.checked.len(), state.sample().map_or(0, |it| it.drawn.len()));
    let conform = state.checked.iter().all(|it| it.conform);
    let contested = state.certified.as_ref().map_or(0, |it| it.contested.len());
    let text = format!(
        "{service}. Liquidation : {} livrés − {} remboursés + {} rétablis − contestations ({contested}) = {} ; \
         état de {} lignes recalculé, empreinte {}. Relevé du partenaire {}. {} pièces jointes. \
         Échantillon : {seen} contrôlés sur {drawn}{}. Créance {}.",
        prepared.captured,
        prepared.refunded,
        prepared.reinstated,
        state.due,
        prepared.lines,
        if same { "conforme" } else { "DIFFÉRENTE" },
        if stated { "identique" } else { "absent ou différent" },
        state.vouchers.len(),
        if conform { "" } else { ", dont un non conforme" },
        if alive { "non prescrite" } else { "PRESCRITE" },
    );
    let passed = same && stated && alive && conform && state.certified.is_some() && seen == drawn;
    Ok(Evidence { check: Check::ValidDebt, passed, text })
}

/// The account to be paid on is the creditor's, approved by two people.
async fn discharge(app: &App, _: SettlementId, prepared: &Prepared) -> Result<Evidence, Problem> {
    let known = app.ledger.inspect::<Partner, _>(prepared.partner, |it| {
        let siren = it.registered.as_ref().and_then(|it| it.siret.siren());
        (siren, it.approved.clone(), it.proposed.is_some())
    });
    let (siren, approved, proposed) = known.await?;
    let creditor = siren == Some(prepared.siren);
    let (passed, text) = match &approved {
        Some(it) => (
            creditor && it.proposed_by.id != it.by.id,
            format!(
                "Créancier : SIREN {}{}. Compte terminé par {}, proposé par {}, approuvé par {}{}.",
                prepared.siren,
                if creditor { "" } else { ", DIFFÉRENT du partenaire" },
                last_digits(it.iban.as_str()),
                who(it.proposed_by),
                who(it.by),
                if proposed { " ; un autre compte attend son approbation" } else { "" },
            ),
        ),
        None => (false, "Aucun compte bancaire approuvé pour ce partenaire.".to_owned()),
    };
    Ok(Evidence { check: Check::DischargingPayment, passed, text })
}

fn last_digits(iban: &str) -> &str {
    iban.get(iban.len().saturating_sub(4)..).unwrap_or_default()
}
