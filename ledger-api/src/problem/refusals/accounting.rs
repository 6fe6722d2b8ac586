//! Why the streams of public accounting refuse: each rule told in French, under a few kinds; the
//! member `rule` names it.

use ledger_core::bank::BankRefusal;
use ledger_core::calendar::CalendarRefusal;
use ledger_core::control::ControlRefusal;
use ledger_core::convention::ConventionRefusal;
use ledger_core::correction::CorrectionRefusal;
use ledger_core::partner::PartnerRefusal;
use ledger_core::remittance::RemittanceRefusal;
use ledger_core::settlement::SettlementRefusal;

use crate::format::long_date;
use crate::problem::{Kind, Problem, kinds};

/// The kind of a rule: the few that have one of their own, and the rest.
fn kind(rule: &str) -> &'static Kind {
    match rule {
        "not-found" => &kinds::NOT_FOUND,
        "reference-reused" => &kinds::REFERENCE_REUSED,
        "invalid-field" => &kinds::INVALID_FIELD,
        "wrong-role" | "accountant-only" => &kinds::WRONG_ROLE,
        "same-person" => &kinds::SAME_PERSON,
        "statement-gap" | "does-not-add-up" => &kinds::FILE_REFUSED,
        _ => &kinds::ACT_REFUSED,
    }
}

fn problem(rule: &'static str, refusal: &dyn std::fmt::Display) -> Problem {
    Problem::new(kind(rule), refusal).with("rule", rule)
}

impl From<SettlementRefusal> for Problem {
    fn from(refusal: SettlementRefusal) -> Self {
        use SettlementRefusal as Refusal;
        if let Refusal::Invalid { field, expected } = refusal {
            return Self::field(&kinds::INVALID_FIELD, field, expected).told(asked(field));
        }
        let problem = problem(refusal.rule(), &refusal);
        match refusal {
            Refusal::NotAtStage { .. } => problem.told(
                "Le règlement n’en est pas à cette étape : quelqu’un a peut-être agi entre-temps.",
            ),
            Refusal::NotPresumedYet { from } => {
                problem.told(format!("Il peut être contesté jusqu’au {}.", long_date(from)))
            }
            Refusal::SampleOpen { left } => {
                problem.told(format!("Il reste {left} achats de l’échantillon à contrôler."))
            }
            Refusal::ChecksIncomplete { missing } => {
                problem.told(format!("Le contrôle « {} » manque.", missing.title()))
            }
            Refusal::CheckFailed { failed } => problem.told(format!(
                "« {} » n’est pas satisfait : suspendez le paiement, ou expliquez par une observation pourquoi il l’est.",
                failed.title()
            )),
            Refusal::RequisitionForbidden { check } => problem.told(format!(
                "Le comptable ne peut déférer à une réquisition pour « {} » (art. 195).",
                check.title()
            )),
            Refusal::NothingToPay => problem.told("Tout s’impute sur des avoirs : rien à virer."),
            Refusal::NotSetOffWhole { payable } => {
                problem.told(format!("Il reste {payable} à virer."))
            }
            Refusal::NoFee => problem.told("Ce règlement n’a pas de titre de commission."),
            Refusal::FeePaidBefore { line } => {
                problem.told(format!("La commission est déjà payée, par la ligne {line}."))
            }
            Refusal::OtherFee { expected, .. } => problem.told(format!(
                "Un titre se paie en une fois : {expected}, ni plus ni moins."
            )),
            Refusal::NotPrepared
            | Refusal::ReferenceReused { .. }
            | Refusal::Invalid { .. }
            | Refusal::DoesNotAddUp { .. }
            | Refusal::WrongRole { .. }
            | Refusal::SameActor
            | Refusal::NotSampled { .. }
            | Refusal::OtherPayment { .. }
            | Refusal::OtherAmount { .. } => problem,
        }
    }
}

/// What a field asks for, in French.
fn asked(field: &str) -> String {
    let told = match field {
        "reason" | "motif" => "Dites pourquoi, en 1 000 caractères au plus.",
        "answer" => "Écrivez la réponse, en 1 000 caractères au plus.",
        "note" => "Écrivez ce qui a été vu, en 500 caractères au plus.",
        "failed" => "Cochez au moins un contrôle qui n’est pas satisfait.",
        "reference" => "Donnez le numéro du relevé.",
        "name" => "Le nom du fichier ne convient pas.",
        other => return format!("Le champ « {other} » n’a pas la forme attendue."),
    };
    told.to_owned()
}

impl From<CalendarRefusal> for Problem {
    fn from(refusal: CalendarRefusal) -> Self {
        let problem = problem(refusal.rule(), &refusal);
        match refusal {
            CalendarRefusal::NotNextYear { next, .. } => {
                problem.told(format!("Le prochain exercice est {next}."))
            }
            CalendarRefusal::YearNotOpen { year } => {
                problem.told(format!("L’exercice {year} n’est pas ouvert."))
            }
            CalendarRefusal::NotNextMonth { next, .. } => {
                problem.told(format!("Le prochain mois à clore est {next}."))
            }
            CalendarRefusal::NotOver { from, .. } => {
                problem.told(format!("Ce mois se clôt à partir du {}.", long_date(from)))
            }
            CalendarRefusal::MonthOpen { month, .. } => {
                problem.told(format!("Le mois {month} n’est pas clos."))
            }
            CalendarRefusal::Unbalanced { debit, credit } => {
                problem.told(format!("La balance ne s’équilibre pas : {debit} et {credit}."))
            }
            CalendarRefusal::NotAccountant
            | CalendarRefusal::CutOffOutOfOrder { .. }
            | CalendarRefusal::NotNextPeriod { .. }
            | CalendarRefusal::ReferenceReused { .. } => problem,
        }
    }
}

impl From<BankRefusal> for Problem {
    fn from(refusal: BankRefusal) -> Self {
        let problem = problem(refusal.rule(), &refusal);
        match refusal {
            BankRefusal::NotOpen => {
                problem.told("Ce relevé est celui d’un compte bancaire qui n’est pas ouvert ici.")
            }
            BankRefusal::Gap { expected, found } => problem.told(format!(
                "Le dernier relevé finit à {expected}, celui-ci commence à {found} : importez d’abord celui qui manque entre les deux."
            )),
            BankRefusal::ReferenceReused { reference } => problem.told(format!(
                "Le relevé {reference} est déjà importé, avec d’autres lignes."
            )),
            BankRefusal::DoesNotAddUp { .. } => {
                problem.told("Les lignes ne mènent pas du solde initial au solde final.")
            }
            BankRefusal::NotWaiting { line } => {
                problem.told(format!("La ligne {line} est déjà rattachée."))
            }
            BankRefusal::FeePaidBefore { line } => {
                problem.told(format!("Ce titre est déjà payé, par la ligne {line}."))
            }
            BankRefusal::Invalid { .. } | BankRefusal::NotAccountant => problem,
        }
    }
}

impl From<ConventionRefusal> for Problem {
    fn from(refusal: ConventionRefusal) -> Self {
        let problem = problem(refusal.rule(), &refusal);
        match refusal {
            ConventionRefusal::OverAmount { left, missing } => problem
                .told(format!("Il reste {left} sur la convention : {missing} de trop."))
                .with("missing_cents", missing.cents()),
            ConventionRefusal::NotUnspent { unspent, missing } => problem
                .told(format!("{unspent} sont à restituer : {missing} de trop."))
                .with("missing_cents", missing.cents()),
            ConventionRefusal::ReturnUnderWay { amount } => {
                problem.told(format!("Une restitution de {amount} est en cours."))
            }
            ConventionRefusal::State => problem
                .told("L’État ne signe pas de convention : il délègue ses fonds par programme."),
            ConventionRefusal::Invalid { field, .. } => {
                problem.told(format!("Le champ « {field} » n’a pas la forme attendue."))
            }
            ConventionRefusal::NotSigned
            | ConventionRefusal::ReferenceReused { .. }
            | ConventionRefusal::NoReturn
            | ConventionRefusal::WrongRole { .. }
            | ConventionRefusal::SameActor => problem,
        }
    }
}

impl From<CorrectionRefusal> for Problem {
    fn from(refusal: CorrectionRefusal) -> Self {
        let problem = problem(refusal.rule(), &refusal);
        match refusal {
            CorrectionRefusal::NotByHand { account } => problem.told(format!(
                "Le compte {account} ne se corrige pas ainsi, ou demande un partenaire : il découle de ses propres événements."
            )),
            CorrectionRefusal::Over => problem.told("Cette correction est déjà décidée."),
            CorrectionRefusal::Invalid { field, .. } => {
                problem.told(format!("Le champ « {field} » n’a pas la forme attendue."))
            }
            CorrectionRefusal::NotProposed
            | CorrectionRefusal::ReferenceReused
            | CorrectionRefusal::NotAccountant
            | CorrectionRefusal::SameActor => problem,
        }
    }
}

impl From<ControlRefusal> for Problem {
    fn from(refusal: ControlRefusal) -> Self {
        match refusal {
            ControlRefusal::NotAccountant => Self::new(&kinds::WRONG_ROLE, refusal),
            ControlRefusal::NotNext { .. } => Self::new(&kinds::ACT_REFUSED, refusal)
                .told("Un autre plan a été adopté entre-temps : relisez-le."),
            ControlRefusal::Invalid { field, expected } => {
                let told = match field {
                    "rate" => "Le tirage est un nombre de 0 à 1000.",
                    _ => "Nommez la décision qui arrête ce plan.",
                };
                Self::field(&kinds::INVALID_FIELD, field, expected).told(told)
            }
        }
    }
}

impl From<PartnerRefusal> for Problem {
    fn from(refusal: PartnerRefusal) -> Self {
        match &refusal {
            PartnerRefusal::NotRegistered => Self::new(&kinds::NOT_FOUND, &refusal),
            PartnerRefusal::ReferenceReused => Self::new(&kinds::REFERENCE_REUSED, &refusal).told(
                "Cet établissement est déjà inscrit, sous un autre nom ou une autre convention.",
            ),
            PartnerRefusal::Invalid { field, expected } => {
                let told = match *field {
                    "name" => "Donnez le nom du partenaire, en 140 caractères au plus.",
                    "agreement" => "Nommez la convention signée, en 200 caractères au plus.",
                    "rate" => "La commission va de 0 à 30 %, au dixième près.",
                    "vat" => "Ce n’est pas un taux de TVA en vigueur en France.",
                    "reason" => "Dites pourquoi, en 1 000 caractères au plus.",
                    "url" => "Donnez une adresse qui commence par https://.",
                    "hosts" => "Donnez au plus dix noms de domaine, comme images.preau.example.",
                    _ => "Ce champ n’a pas la forme attendue.",
                };
                Self::field(&kinds::INVALID_FIELD, field, expected).told(told)
            }
            PartnerRefusal::NotProposed => Self::new(&kinds::ACT_REFUSED, &refusal).told(
                "Ces coordonnées ne sont pas proposées, ou d’autres l’ont été depuis : relisez-les.",
            ),
            PartnerRefusal::NotOfficer => Self::new(&kinds::WRONG_ROLE, &refusal)
                .told("La commission convenue est enregistrée par un ordonnateur."),
            PartnerRefusal::NoSuchFeed => Self::new(&kinds::ACT_REFUSED, &refusal)
                .told("Ce partenaire n’a pas de flux de ce format."),
            PartnerRefusal::SameActor => Self::new(&kinds::SAME_PERSON, &refusal).told(
                "Des coordonnées bancaires sont approuvées par une autre personne que celle qui les a proposées.",
            ),
        }
    }
}

impl From<RemittanceRefusal> for Problem {
    fn from(refusal: RemittanceRefusal) -> Self {
        Self::new(&kinds::ACT_REFUSED, refusal)
    }
}
