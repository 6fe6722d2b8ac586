//! The rules of a list, one test each.

use uuid::Uuid;

use super::*;
use crate::decider::{Given, given};

const OWNER: AccountId = AccountId(Uuid::from_u128(1));
const OTHER: AccountId = AccountId(Uuid::from_u128(2));
const OFFER: OfferId = OfferId(Uuid::from_u128(3));

fn by(by: AccountId, act: ListAct) -> ListCommand {
    ListCommand { by, act }
}

fn mine(act: ListAct) -> ListCommand {
    by(OWNER, act)
}

fn created(name: &str, favourites: bool) -> ListCreated {
    ListCreated { owner: OWNER, name: name.into(), favourites }
}

fn line(offer: OfferId, note: &str, quantity: Option<u16>) -> OfferListed {
    OfferListed { offer, note: note.into(), quantity }
}

fn a_list() -> Given<List> {
    given([ListEvent::Created(created("Rentrée", false))])
}

fn invalid(field: &'static str, expected: &'static str) -> ListRefusal {
    ListRefusal::Invalid { field, expected }
}

#[test]
fn a_list_is_made_once_by_its_owner() {
    let make = created("Rentrée", false);
    given::<List>([])
        .when(by(OTHER, ListAct::Create(make.clone())))
        .then_refused(ListRefusal::NoSuchList)
        .when(mine(ListAct::Create(make.clone())))
        .then([ListEvent::Created(make)])
        .when(mine(ListAct::Create(created("Autre", false))))
        .then_refused(ListRefusal::ReferenceReused);
}

#[test]
fn a_name_is_1_to_80_characters() {
    let expected = "expected 1 to 80 characters";
    for name in ["", "  ", "a\nb", &"é".repeat(81)] {
        given::<List>([])
            .when(mine(ListAct::Create(created(name, false))))
            .then_refused(invalid("name", expected));
        a_list().when(mine(ListAct::Rename(name.into()))).then_refused(invalid("name", expected));
    }
    let long = "é".repeat(80);
    a_list()
        .when(mine(ListAct::Rename(long.as_str().into())))
        .then([ListEvent::Renamed(ListRenamed { name: long.as_str().into() })])
        .when(mine(ListAct::Rename("Rentrée".into())))
        .then([ListEvent::Renamed(ListRenamed { name: "Rentrée".into() })]);
}

#[test]
fn an_offer_is_on_a_list_once_with_its_last_note() {
    let (first, second) = (line(OFFER, "", None), line(OFFER, "pour la 6e B", Some(28)));
    a_list()
        .when(mine(ListAct::Add(first.clone())))
        .then([ListEvent::Listed(first)])
        .when(mine(ListAct::Add(second.clone())))
        .then([ListEvent::Listed(second)])
        .when(mine(ListAct::Remove(OFFER)))
        .then([ListEvent::Unlisted(OfferUnlisted { offer: OFFER })])
        .when(mine(ListAct::Remove(OFFER)))
        .then([]);
}

#[test]
fn a_note_and_a_quantity_are_bounded() {
    let note = invalid("note", "expected up to 200 characters");
    let quantity = invalid("quantity", "expected 1 to 9,999");
    a_list()
        .when(mine(ListAct::Add(line(OFFER, &"n".repeat(201), None))))
        .then_refused(note.clone())
        .when(mine(ListAct::Add(line(OFFER, "a\u{7}", None))))
        .then_refused(note)
        .when(mine(ListAct::Add(line(OFFER, "", Some(0)))))
        .then_refused(quantity.clone())
        .when(mine(ListAct::Add(line(OFFER, "", Some(10_000)))))
        .then_refused(quantity);
}

#[test]
fn a_list_holds_at_most_200_offers() {
    let number = |it: usize| OfferId(Uuid::from_u128(100 + it as u128));
    let full = (0..OFFERS_MAX).map(|it| ListEvent::Listed(line(number(it), "", None)));
    let events = [ListEvent::Created(created("Rentrée", false))].into_iter().chain(full);
    given::<List>(events)
        .when(mine(ListAct::Add(line(OFFER, "", None))))
        .then_refused(ListRefusal::Full { max: 200 })
        .when(mine(ListAct::Add(line(number(7), "une autre note", None))))
        .then([ListEvent::Listed(line(number(7), "une autre note", None))]);
}

#[test]
fn a_list_is_read_by_the_school_and_by_its_last_link() {
    let uai: Uai = "0750655E".parse().unwrap();
    let link = |it| Sharing::Link(LinkId(Uuid::from_u128(it)));
    let shared = |with| ListEvent::Shared(ListShared { with });
    let unshared = |from| ListEvent::Unshared(ListUnshared { from });
    let list = a_list()
        .when(mine(ListAct::Unshare(Readers::Link)))
        .then([])
        .when(mine(ListAct::Share(Sharing::School(uai))))
        .then([shared(Sharing::School(uai))])
        .when(mine(ListAct::Share(link(1))))
        .then([shared(link(1))])
        .when(mine(ListAct::Share(link(2))))
        .then([shared(link(2))])
        .when(mine(ListAct::Unshare(Readers::School)))
        .then([unshared(Readers::School)]);
    assert_eq!((list.0.school, list.0.link), (None, Some(LinkId(Uuid::from_u128(2)))));
    list.when(mine(ListAct::Unshare(Readers::Link))).then([unshared(Readers::Link)]);
}

#[test]
fn another_account_finds_no_list() {
    for act in [
        ListAct::Add(line(OFFER, "", None)),
        ListAct::Remove(OFFER),
        ListAct::Rename("À moi".into()),
        ListAct::Share(Sharing::Link(LinkId(Uuid::from_u128(1)))),
        ListAct::Unshare(Readers::School),
        ListAct::Delete,
    ] {
        a_list().when(by(OTHER, act.clone())).then_refused(ListRefusal::NoSuchList);
        given::<List>([]).when(mine(act)).then_refused(ListRefusal::NoSuchList);
    }
    a_list()
        .when(by(OTHER, ListAct::Create(created("Rentrée", false))))
        .then_refused(ListRefusal::ReferenceReused);
}

#[test]
fn a_deleted_list_is_over_and_favourites_stay() {
    a_list()
        .when(mine(ListAct::Delete))
        .then([ListEvent::Deleted(ListDeleted {})])
        .when(mine(ListAct::Add(line(OFFER, "", None))))
        .then_refused(ListRefusal::NoSuchList);
    given::<List>([ListEvent::Created(created("Mes favoris", true))])
        .when(mine(ListAct::Delete))
        .then_refused(ListRefusal::FavouritesStay)
        .when(mine(ListAct::Rename("Autre".into())))
        .then_refused(ListRefusal::FavouritesStay);
}
