//! Lists of offers: whose they are, who reads them, what is on them and what it costs.

use ledger_core::ids::{LinkId, ListId};
use ledger_core::list::{ListAct, ListCommand, ListCreated, OfferListed, Readers, Sharing};
use ledger_core::offer::OfferCommand;
use projections::rebuild;
use uuid::Uuid;

use crate::story::*;

fn by(number: u128, act: ListAct) -> ListCommand {
    ListCommand { by: account(number), act }
}

fn made(number: u128, name: &str, favourites: bool) -> ListCommand {
    let created = ListCreated { owner: account(number), name: name.into(), favourites };
    by(number, ListAct::Create(created))
}

fn listed(title: &str, note: &str, quantity: Option<u16>) -> ListAct {
    ListAct::Add(OfferListed { offer: offer_of(1, title), note: note.into(), quantity })
}

const LIST: ListId = ListId(Uuid::from_u128(7));

/// The September, where teacher 1 keeps a list of two offers and favourites, and teacher 2 a list.
async fn told() -> Story {
    let mut it = september().await;
    let favourites = ListId::favourites(account(1));
    for (list, command) in [
        (LIST, made(1, "Rentrée", false)),
        (LIST, by(1, listed("Fractions", "pour la 6e B", Some(28)))),
        (LIST, by(1, listed("Atlas", "", None))),
        (favourites, made(1, "Mes favoris", true)),
        (favourites, by(1, listed("Atlas", "", None))),
        (ListId(Uuid::from_u128(8)), made(2, "À moi", false)),
    ] {
        assert_eq!(it.keep(list, &command).await, Ok(1));
    }
    it
}

#[tokio::test]
async fn a_list_says_what_is_on_it_and_what_it_costs() {
    let mut story = told().await;
    let models = story.read_models().await;
    let reader = models.at_end().await;
    let names = |number| -> Vec<String> {
        reader.lists_of(account(number)).unwrap().into_iter().map(|it| it.name).collect()
    };
    assert_eq!(names(1), ["Mes favoris", "Rentrée"], "favourites first");
    assert_eq!(names(2), ["À moi"]);
    let list = reader.list(LIST).unwrap().unwrap();
    let lines: Vec<_> =
        list.offers.iter().map(|it| (it.offer.listing.title.as_str(), it.quantity)).collect();
    assert_eq!(lines, [("Fractions", Some(28)), ("Atlas", None)], "as they were put there");
    assert_eq!(list.total_on(day("2026-11-01")).cents(), 28 * 3_20 + 12_00);
    assert_eq!(reader.favourites(account(1)).unwrap(), [offer_of(1, "Atlas")].into());
    let with = reader.lists_with(account(1), offer_of(1, "Atlas")).unwrap();
    assert_eq!(with, [LIST, ListId::favourites(account(1))].into());
    drop(reader);

    let withdraw = OfferCommand::Withdraw { reason: "épuisé".into() };
    story.offer(offer_of(1, "Atlas"), &withdraw).await.unwrap();
    let list = models.at_end().await.list(LIST).unwrap().unwrap();
    assert_eq!(list.offers.len(), 2, "what is no longer sold stays on the list");
    assert_eq!(list.total_on(day("2026-11-01")).cents(), 28 * 3_20);
}

#[tokio::test]
async fn a_shared_list_is_found_by_its_school_and_its_link_until_it_is_not() {
    let mut story = told().await;
    let (uai, link) = (school().uai, LinkId(Uuid::from_u128(9)));
    for act in [ListAct::Share(Sharing::School(uai)), ListAct::Share(Sharing::Link(link))] {
        story.keep(LIST, &by(1, act)).await.unwrap();
    }
    let models = story.read_models().await;
    let reader = models.at_end().await;
    let shared = reader.lists_shared_with(uai, account(2)).unwrap();
    assert_eq!(shared.iter().map(|it| it.id).collect::<Vec<_>>(), [LIST]);
    assert_eq!(reader.lists_shared_with(uai, account(1)).unwrap(), [], "one's own is no news");
    assert_eq!(reader.list_of_link(link).unwrap().map(|it| it.id), Some(LIST));
    drop(reader);

    for act in [ListAct::Unshare(Readers::School), ListAct::Unshare(Readers::Link)] {
        story.keep(LIST, &by(1, act)).await.unwrap();
    }
    let reader = models.at_end().await;
    assert_eq!(reader.lists_shared_with(uai, account(2)).unwrap(), []);
    assert_eq!(reader.list_of_link(link).unwrap(), None);
    drop(reader);

    story.keep(LIST, &by(1, ListAct::Delete)).await.unwrap();
    assert_eq!(models.at_end().await.list(LIST).unwrap(), None);
    let folder = tempfile::tempdir().unwrap();
    let again = folder.path().join("again");
    rebuild(&models.log, &again, |_| ()).await.unwrap();
    models.models.close();
    let dump = projections::dump::dump_digest;
    assert_eq!(dump(&again).unwrap(), dump(&models.path).unwrap(), "rebuilt as lived");
}
