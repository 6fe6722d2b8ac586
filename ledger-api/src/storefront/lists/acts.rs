//! What a teacher does with their lists: each form leads back to the page it stood on.

use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use compact_str::CompactString;
use ledger_core::account::AccountRefusal;
use ledger_core::ids::{AccountId, ListId, OfferId};
use ledger_core::list::{LISTS_MAX, List, ListAct, ListCreated, OfferListed, Readers, Sharing};
use ledger_core::meta::Meta;
use ledger_core::offer::Offer;
use serde::Deserialize;
use uuid::Uuid;

use super::{FAVOURITES, act, school_of};
use crate::app::App;
use crate::extract::{Form, Path};
use crate::problem::{Problem, kinds};
use crate::reading;
use crate::security::RequestId;
use crate::session::Teacher;
use crate::storefront::failed;

/// The fields of the form that makes a list.
#[derive(Debug, Deserialize)]
pub struct Named {
    reference: Uuid,
    #[serde(default)]
    nom: String,
}

/// The field of the form that renames one.
#[derive(Debug, Deserialize)]
pub struct Name {
    #[serde(default)]
    nom: String,
}

/// The fields of the form that puts an offer on a list.
#[derive(Debug, Deserialize)]
pub struct Line {
    offre: OfferId,
    #[serde(default)]
    note: String,
    #[serde(default)]
    quantite: String,
}

/// With whom a list is shared, or no more.
#[derive(Debug, Deserialize)]
pub struct With {
    avec: Whom,
}

/// Who else reads a list.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Whom {
    Etablissement,
    Lien,
}

/// Whether an offer is a favourite.
#[derive(Debug, Deserialize)]
pub struct Keep {
    #[serde(default)]
    garder: String,
}

/// On which list an offer is put: one that there is, or a new one when it has a name.
#[derive(Debug, Deserialize)]
pub struct Onto {
    reference: Uuid,
    #[serde(default)]
    liste: String,
    #[serde(default)]
    nom: String,
}

fn to(list: ListId, done: &str) -> Response {
    Redirect::to(&format!("/listes/{list}?fait={done}")).into_response()
}

/// `POST /listes`: makes a list.
pub async fn create(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Form(form): Form<Named>,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    let list = make(&app, AccountId(session.id), form.reference, &form.nom, meta).await?;
    Ok(to(list, "creee"))
}

/// `POST /listes/{list}/offres`: puts an offer on it, or changes its note and quantity.
pub async fn add(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(list): Path<ListId>,
    Form(form): Form<Line>,
) -> Result<Response, Problem> {
    let quantity = match form.quantite.trim() {
        "" => None,
        typed => Some(typed.parse().map_err(|_| {
            Problem::field(&kinds::INVALID_FIELD, "quantite", "expected 1 to 9,999")
        })?),
    };
    let (offer, note) = (form.offre, form.note.trim().into());
    exists(&app, offer).await?;
    let line = ListAct::Add(OfferListed { offer, note, quantity });
    act(&app, list, AccountId(session.id), line, app.meta(session.actor(), request)).await?;
    Ok(to(list, "ajoutee"))
}

/// `POST /listes/{list}/retirer`: takes an offer off it.
pub async fn remove(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(list): Path<ListId>,
    Form(form): Form<Line>,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    act(&app, list, AccountId(session.id), ListAct::Remove(form.offre), meta).await?;
    Ok(to(list, "retiree"))
}

/// `POST /listes/{list}/renommer`.
pub async fn rename(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(list): Path<ListId>,
    Form(form): Form<Name>,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    let name = CompactString::from(form.nom.trim());
    act(&app, list, AccountId(session.id), ListAct::Rename(name), meta).await?;
    Ok(to(list, "renommee"))
}

/// `POST /listes/{list}/partager`: with the school, or by a link that is drawn now.
pub async fn share(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(list): Path<ListId>,
    Form(form): Form<With>,
) -> Result<Response, Problem> {
    let account = AccountId(session.id);
    let sharing = match form.avec {
        Whom::Etablissement => {
            let uai = school_of(&app, account).await?;
            Sharing::School(uai.ok_or(AccountRefusal::NotOpen)?)
        }
        Whom::Lien => {
            // A form sent twice keeps the link that was drawn first.
            let known = app.ledger.inspect::<List, _>(list, |it| it.link).await.map_err(failed)?;
            let link = known.unwrap_or_else(|| ledger_core::ids::LinkId(app.clock.opaque_id()));
            Sharing::Link(link)
        }
    };
    let meta = app.meta(session.actor(), request);
    act(&app, list, account, ListAct::Share(sharing), meta).await?;
    Ok(to(list, "partagee"))
}

/// `POST /listes/{list}/ne-plus-partager`.
pub async fn unshare(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(list): Path<ListId>,
    Form(form): Form<With>,
) -> Result<Response, Problem> {
    let from = match form.avec {
        Whom::Etablissement => Readers::School,
        Whom::Lien => Readers::Link,
    };
    let meta = app.meta(session.actor(), request);
    act(&app, list, AccountId(session.id), ListAct::Unshare(from), meta).await?;
    Ok(to(list, "arretee"))
}

/// `POST /listes/{list}/supprimer`.
pub async fn delete(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(list): Path<ListId>,
) -> Result<Response, Problem> {
    let meta = app.meta(session.actor(), request);
    act(&app, list, AccountId(session.id), ListAct::Delete, meta).await?;
    Ok(Redirect::to("/listes?fait=supprimee").into_response())
}

/// `POST /catalogue/{offer}/favori`: makes the offer a favourite (`garder=oui`), or no more.
pub async fn favourite(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(offer): Path<OfferId>,
    Form(form): Form<Keep>,
) -> Result<Response, Problem> {
    let (owner, meta) = (AccountId(session.id), app.meta(session.actor(), request));
    let list = ListId::favourites(owner);
    if form.garder == "oui" {
        exists(&app, offer).await?;
        let created = ListCreated { owner, name: FAVOURITES.into(), favourites: true };
        act(&app, list, owner, ListAct::Create(created), meta).await?;
        let line = OfferListed { offer, note: CompactString::default(), quantity: None };
        let kept = |it: &List| it.lines.iter().any(|it| it.offer == offer);
        // What was noted of it stays.
        if !app.ledger.inspect(list, kept).await.map_err(failed)? {
            act(&app, list, owner, ListAct::Add(line), meta).await?;
        }
        return Ok(Redirect::to(&format!("/catalogue/{offer}?fait=favori")).into_response());
    }
    if app.ledger.inspect::<List, _>(list, |it| it.created.is_some()).await.map_err(failed)? {
        act(&app, list, owner, ListAct::Remove(offer), meta).await?;
    }
    Ok(Redirect::to(&format!("/catalogue/{offer}?fait=plus-favori")).into_response())
}

/// `POST /catalogue/{offer}/liste`: puts the offer on a list that there is, or on a new one.
pub async fn put_on(
    State(app): State<App>,
    Teacher(session): Teacher,
    request: RequestId,
    Path(offer): Path<OfferId>,
    Form(form): Form<Onto>,
) -> Result<Response, Problem> {
    let (owner, meta) = (AccountId(session.id), app.meta(session.actor(), request));
    exists(&app, offer).await?;
    let list = if form.nom.trim().is_empty() {
        let unknown = |it| Problem::field(&kinds::INVALID_FIELD, "liste", it);
        form.liste.parse().map_err(unknown)?
    } else {
        make(&app, owner, form.reference, &form.nom, meta).await?
    };
    let kept = |it: &List| it.is_of(owner) && it.lines.iter().any(|it| it.offer == offer);
    if !app.ledger.inspect(list, kept).await.map_err(failed)? {
        let line = OfferListed { offer, note: CompactString::default(), quantity: None };
        act(&app, list, owner, ListAct::Add(line), meta).await?;
    }
    Ok(Redirect::to(&format!("/catalogue/{offer}?fait=liste")).into_response())
}

/// Makes the list of the form `reference`, unless it is there; refused when there are too many.
async fn make(
    app: &App,
    owner: AccountId,
    reference: Uuid,
    name: &str,
    meta: Meta,
) -> Result<ListId, Problem> {
    let list = ListId::of(owner, reference);
    let known = app.ledger.inspect::<List, _>(list, |it| it.created.is_some());
    if !known.await.map_err(failed)? {
        let mine = reading::latest(app).await?.lists_of(owner).map_err(reading::failed)?;
        if mine.len() >= LISTS_MAX {
            let detail = format!("an account has at most {LISTS_MAX} lists");
            return Err(Problem::new(&kinds::TOO_MANY_LISTS, detail));
        }
    }
    let created = ListCreated { owner, name: name.trim().into(), favourites: false };
    act(app, list, owner, ListAct::Create(created), meta).await?;
    Ok(list)
}

/// Refused when no such offer was ever published.
async fn exists(app: &App, offer: OfferId) -> Result<(), Problem> {
    let known = app.ledger.inspect::<Offer, _>(offer, |it| it.current.is_some());
    if known.await.map_err(failed)? {
        return Ok(());
    }
    Err(Problem::new(&kinds::NO_SUCH_OFFER, "no such offer"))
}
