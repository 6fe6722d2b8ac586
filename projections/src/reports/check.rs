//! What must hold at every position: the ledger against itself, and against what accounts have.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use ledger_core::chart::{Auxiliary, LedgerAccount};
use ledger_core::identifiers::Funder;
use ledger_core::money::Balance;

use super::trial_balance::{TrialBalanceLine, TrialBalanceOf};
use crate::net::Net;
use crate::table::{Cell, Table};
use crate::{ReadError, Reader};

/// How two figures must compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Relation {
    /// The first is the second.
    Equal,
    /// The first is the second or more.
    AtLeast,
}

/// One rule, and the two figures it compares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Check {
    /// The rule, in French.
    pub rule: String,
    /// What the first figure is, and how much.
    pub first: (&'static str, Net),
    /// How they must compare.
    pub relation: Relation,
    /// What the second figure is, and how much.
    pub second: (&'static str, Net),
}

impl Check {
    /// Whether the rule holds.
    pub fn holds(&self) -> bool {
        match self.relation {
            Relation::Equal => self.first.1 == self.second.1,
            Relation::AtLeast => self.first.1 >= self.second.1,
        }
    }
}

/// Every rule that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checks(pub Vec<Check>);

impl Checks {
    /// Whether all of them hold.
    pub fn hold(&self) -> bool {
        self.0.iter().all(Check::holds)
    }

    /// As a table: the rule, both figures, and whether it holds.
    pub fn table(&self) -> Table {
        let headings = vec!["contrôle", "", "montant", "", "", "montant", "résultat"];
        let row = |it: &Check| {
            let relation = match it.relation {
                Relation::Equal => "=",
                Relation::AtLeast => "≥",
            };
            vec![
                Cell::text(&it.rule),
                Cell::text(it.first.0),
                Cell::Text(figure(it.first.1)),
                Cell::text(relation),
                Cell::text(it.second.0),
                Cell::Text(figure(it.second.1)),
                Cell::text(if it.holds() { "exact" } else { "ÉCART" }),
            ]
        };
        Table { headings, rows: self.0.iter().map(row).collect(), totals: vec![] }
    }
}

impl fmt::Display for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.table().fmt(f)
    }
}

fn figure(it: Net) -> String {
    crate::table::euros(it.cents())
}

impl Reader {
    /// Checks the ledger against itself and against what accounts have; a few milliseconds.
    pub fn check(&self) -> Result<Checks, ReadError> {
        let of = TrialBalanceOf { by_auxiliary: true, ..TrialBalanceOf::default() };
        let balance = self.trial_balance(of)?;
        let net = |wanted: &dyn Fn(LedgerAccount, Option<Auxiliary>) -> bool| {
            let lines = balance.lines.iter().filter(|it| wanted(it.account, it.auxiliary));
            lines.map(TrialBalanceLine::closing).sum::<Net>()
        };
        let totals = balance.totals();
        let cents = |it: Balance| Net::of(it, Balance::ZERO);
        let mut checks = vec![Check {
            rule: "La balance est équilibrée".to_owned(),
            first: ("débits", cents(totals.debit)),
            relation: Relation::Equal,
            second: ("crédits", cents(totals.credit)),
        }];
        let sources = self.source_nets()?;
        let rights = [LedgerAccount::StateRights, LedgerAccount::CollectivityRights];
        checks.push(Check {
            rule: "Les crédits disponibles des comptes sont les droits ouverts".to_owned(),
            first: ("comptes", sources.values().map(|it| it.0).sum()),
            relation: Relation::Equal,
            second: ("8011", net(&|account, _| rights.contains(&account))),
        });
        checks.push(Check {
            rule: "Les réservations des comptes sont les autorisations en cours".to_owned(),
            first: ("comptes", sources.values().map(|it| it.1).sum()),
            relation: Relation::Equal,
            second: ("801200", net(&|account, _| account == LedgerAccount::Holds)),
        });
        let funders: BTreeSet<Funder> = balance
            .lines
            .iter()
            .filter_map(|it| match it.auxiliary {
                Some(Auxiliary::Funder(funder)) => Some(funder),
                Some(Auxiliary::None | Auxiliary::Partner(_)) | None => None,
            })
            .collect();
        for funder in funders {
            let own = Some(Auxiliary::Funder(funder));
            checks.push(Check {
                rule: format!("Classe 8 soldée : {funder}"),
                first: ("classe 8", net(&|account, it| it == own && account.is_off_balance())),
                relation: Relation::Equal,
                second: ("", Net::ZERO),
            });
            let funds = net(&|account, it| it == own && account == LedgerAccount::funds_of(funder));
            let engaged = net(&|account, it| {
                it == own && account.is_off_balance() && account != LedgerAccount::OffBalance
            });
            checks.push(Check {
                rule: format!("Fonds couvrant ce qui est ouvert et engagé : {funder}"),
                first: ("443", Net::from_cents(funds.cents().saturating_neg())),
                relation: Relation::AtLeast,
                second: ("droits, autorisations, engagements", engaged),
            });
        }
        let fees = net(&|account, _| account == LedgerAccount::PartnersFees);
        checks.extend(self.titles_open(fees)?);
        let bank = net(&|account, _| account == LedgerAccount::Treasury);
        checks.extend(self.reconciliation(bank)?);
        Ok(Checks(checks))
    }

    /// What partners owe against the titles that are not paid. `None` while there is no title.
    fn titles_open(&self, ledger: Net) -> Result<Option<Check>, ReadError> {
        let sql = "SELECT sum(CASE WHEN paid IS NULL THEN amount ELSE 0 END) FROM fee_title";
        let open: Option<i64> = self.sql()?.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
        Ok(open.map(|open| Check {
            rule: "Le compte 411800 est ce qui reste à recouvrer des titres".to_owned(),
            first: ("titres", Net::from_cents(open)),
            relation: Relation::Equal,
            second: ("411800", ledger),
        }))
    }

    /// The bank's balance against the ledger's (état de rapprochement): what statements end with
    /// against 515100, but for funds recorded by hand. `None` while there is no account, or while
    /// lines are worked through.
    fn reconciliation(&self, ledger: Net) -> Result<Option<Check>, ReadError> {
        let cents = |sql: &str| -> Result<Option<i64>, ReadError> {
            Ok(self.sql()?.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
        };
        let bank = cents(
            "SELECT sum(balance) FROM bank_account
             WHERE NOT EXISTS (SELECT 1 FROM bank_line WHERE status = 0)",
        )?;
        let Some(bank) = bank else { return Ok(None) };
        let by_hand = cents("SELECT sum(by_hand) FROM envelope")?.unwrap_or(0);
        Ok(Some(Check {
            rule: "Le compte 515100 est le solde des relevés bancaires".to_owned(),
            first: ("relevés", Net::from_cents(bank)),
            relation: Relation::Equal,
            second: ("515100, hors recettes saisies", Net::from_cents(ledger.cents() - by_hand)),
        }))
    }

    /// What all lots of each funder have available and held.
    fn source_nets(&self) -> Result<BTreeMap<Funder, (Net, Net)>, ReadError> {
        let sql = "SELECT funder, sum(available), sum(held) FROM source GROUP BY funder";
        let mut rows = self.sql()?.prepare_cached(sql)?;
        let rows = rows.query_map([], |row| {
            let nets = (Net::from_cents(row.get(1)?), Net::from_cents(row.get(2)?));
            Ok((crate::columns::text(row, 0)?, nets))
        })?;
        Ok(rows.collect::<Result<_, _>>()?)
    }

    /// Checks that the total of each envelope's credits is the sum of what accounts have, lot by
    /// lot. Reads every lot: about 0.3 s for a million.
    pub fn check_lots(&self) -> Result<Checks, ReadError> {
        let sql = "SELECT source.available + source.held + source.spent + source.returned,
                coalesce(sum(lot.available + lot.held + lot.spent + lot.returned), 0),
                source.available, coalesce(sum(lot.available), 0),
                source.held, coalesce(sum(lot.held), 0), hex(envelope)
            FROM source LEFT JOIN lot ON lot.source = source.no GROUP BY source.no";
        let mut rows = self.sql()?.prepare(sql)?;
        let mut checks = Vec::new();
        let mut rows = rows.query([])?;
        while let Some(row) = rows.next()? {
            let envelope: String = row.get(6)?;
            let envelope = envelope.to_lowercase();
            for (column, what) in [(0, "crédits"), (2, "disponible"), (4, "réservé")] {
                checks.push(Check {
                    rule: format!("Enveloppe env_{envelope}, {what}"),
                    first: ("total", Net::from_cents(row.get(column)?)),
                    relation: Relation::Equal,
                    second: ("lots", Net::from_cents(row.get(column + 1)?)),
                });
            }
        }
        Ok(Checks(checks))
    }
}
