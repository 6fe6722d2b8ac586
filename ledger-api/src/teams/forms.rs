//! What someone may change of a team, as forms.

use chrono::NaiveDate;
use ledger_core::account::{Account, Team, TeamRole, TeamRules};
use ledger_core::ids::AccountId;
use ledger_core::money::Balance;

use super::{Sees, who};
use crate::sheet::{Field, Kind, SheetForm};

/// The forms of the team of `account` for `me`, who `sees` it.
pub(super) fn of(
    state: &Account,
    account: AccountId,
    me: AccountId,
    sees: Sees,
    today: NaiveDate,
) -> Vec<SheetForm> {
    let of = Of { account, me };
    let team = state.team().cloned().unwrap_or_default();
    match sees {
        Sees::Delegate => vec![],
        Sees::Member => vec![of.leave()],
        Sees::Manager => {
            let mut forms = of.managing(&team, sees);
            forms.extend([of.invite(), of.leave()]);
            forms
        }
        Sees::Head => {
            let mut forms = of.managing(&team, sees);
            forms.extend(of.delegating(&team, today));
            forms
        }
    }
}

/// Whose forms, and for whom.
struct Of {
    account: AccountId,
    me: AccountId,
}

impl Of {
    fn form(
        &self,
        (id, act): (&'static str, &str),
        heading: &'static str,
        hint: &str,
        fields: Vec<Field>,
        button: &'static str,
    ) -> SheetForm {
        let action = format!("/equipes/{}/{act}", self.account);
        SheetForm { id, action, heading, hint: hint.to_owned(), fields, button, file: false }
    }

    fn leave(&self) -> SheetForm {
        let hidden = Field::new("membre", "", Kind::Hidden).value(self.me.to_string());
        let hint = "Vous ne pourrez plus acheter avec ce compte.";
        let act = ("quitter", "membres/retrait");
        self.form(act, "Quitter l’équipe", hint, vec![hidden], "Quitter")
    }

    fn invite(&self) -> SheetForm {
        let hint = "Une adresse à donner à vos collègues : qui l’ouvre avant sept jours peut \
                    rejoindre l’équipe.";
        self.form(("inviter", "invitation"), "Inviter", hint, vec![], "Créer une invitation")
    }

    fn managing(&self, team: &Team, sees: Sees) -> Vec<SheetForm> {
        let roles =
            [("membre", "Membre : achète"), ("responsable", "Responsable : gère aussi l’équipe")];
        let roles = roles.map(|(value, label)| (value.to_owned(), label.to_owned())).to_vec();
        let known = |it: &(AccountId, TeamRole)| (it.0.to_string(), who(it.0, self.me));
        let known: Vec<_> = team.members.iter().map(known).collect();
        let member = Field::new("membre", "Identifiant de son compte", Kind::Text);
        let name = Field::new("nom", "Nom de l’équipe", Kind::Text).value(team.name.as_str());
        vec![
            self.form(
                ("ajouter", "membres"),
                "Ajouter un membre, ou changer son rôle",
                "Chaque enseignant trouve l’identifiant de son compte sous « Mes équipes ».",
                vec![
                    member.hint("Il commence par acc_."),
                    Field::new("role", "Son rôle", Kind::Choice(roles)),
                ],
                "Ajouter",
            ),
            self.form(
                ("retirer", "membres/retrait"),
                "Retirer un membre",
                "Ses achats passés restent ceux de l’équipe.",
                vec![Field::new("membre", "Qui", Kind::Choice(known))],
                "Retirer",
            ),
            self.rules(&team.rules, sees),
            self.form(
                ("renommer", "nom"),
                "Renommer l’équipe",
                "",
                vec![name.hint("60 signes au plus, sans nom de personne.")],
                "Renommer",
            ),
        ]
    }

    fn rules(&self, rules: &TeamRules, sees: Sees) -> SheetForm {
        let money = |name: &str, label: &str, it: Option<Balance>| {
            let typed = it.map(|it| format!("{},{:02}", it.cents() / 100, it.cents() % 100));
            let field = Field::new(name, label, Kind::Money).value(typed.unwrap_or_default());
            field.hint("Vide : sans limite.")
        };
        let mut fields = vec![
            money("par_achat", "Limite par achat", rules.per_purchase),
            money("par_mois", "Limite par mois, pour toute l’équipe", rules.per_month),
            money("par_membre", "Limite par mois et par membre", rules.per_member_month),
        ];
        let hint = if sees == Sees::Head {
            let above =
                money("accord", "Votre accord est demandé au-delà de", rules.approval_above);
            fields.push(above.hint("Par achat. Vide : jamais ; 0 : toujours."));
            "L’argent de ce qui attend votre accord est réservé, quatorze jours au plus."
        } else {
            "Le seuil au-delà duquel l’accord du chef d’établissement est demandé ne revient \
             qu’à lui."
        };
        self.form(("regles", "regles"), "Règles", hint, fields, "Fixer les règles")
    }

    fn delegating(&self, team: &Team, today: NaiveDate) -> Vec<SheetForm> {
        let hint = "Un adjoint, par exemple, décide à votre place entre ces deux jours ; jamais de \
                    ce qu’il a demandé lui-même.";
        let fields = vec![
            Field::new("a", "Identifiant de son compte", Kind::Text)
                .hint("Il commence par acc_ ; la personne le trouve sous « Mes équipes »."),
            Field::new("du", "Du", Kind::Day).value(today.to_string()),
            Field::new("au", "Au", Kind::Day).hint("Le dernier jour, inclus."),
        ];
        let act = ("deleguer", "delegations");
        let mut forms = vec![self.form(act, "Déléguer l’accord", hint, fields, "Déléguer")];
        let open = team.delegations.iter().map(|it| (it.to.to_string(), who(it.to, self.me)));
        let open: Vec<_> = open.collect();
        if !open.is_empty() {
            let fields = vec![Field::new("a", "À qui", Kind::Choice(open))];
            let (act, heading) = (("fin", "delegations/fin"), "Mettre fin à une délégation");
            forms.push(self.form(act, heading, "", fields, "Y mettre fin"));
        }
        forms
    }
}
