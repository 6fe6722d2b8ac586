//! A list of offers that a holder keeps (favoris, liste de besoins): nothing is bought by it.
//!
//! It belongs to an account and to nobody else; shared, others read it, and never change it.

#[cfg(test)]
mod tests;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

use crate::decider::Decider;
use crate::identifiers::Uai;
use crate::ids::{AccountId, LinkId, OfferId};

/// How many offers a list may hold.
pub const OFFERS_MAX: usize = 200;
/// How many lists an account may have; kept by whoever creates one, not by a rule of one list.
pub const LISTS_MAX: usize = 50;
/// The longest name, in characters.
pub const NAME_MAX: usize = 80;
/// The longest note on an offer, in characters.
pub const NOTE_MAX: usize = 200;
/// The largest quantity.
pub const QUANTITY_MAX: u16 = 9_999;

/// What is asked of a list, and by which account: another one than its owner's finds no list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListCommand {
    /// Who asks.
    pub by: AccountId,
    /// What.
    pub act: ListAct,
}

/// What may be asked of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListAct {
    /// Make it.
    Create(ListCreated),
    /// Put an offer on it, or say something else of one that is there.
    Add(OfferListed),
    /// Take an offer off it; nothing happens when it is not there.
    Remove(OfferId),
    /// Call it otherwise.
    Rename(CompactString),
    /// Let others read it; a new link takes the place of the one before.
    Share(Sharing),
    /// Let them read it no more; nothing happens when they could not.
    Unshare(Readers),
    /// Delete it for ever.
    Delete,
}

/// What has happened to a list: the stored contract, see [`crate::codec`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListEvent {
    /// See [`ListCreated`].
    Created(ListCreated),
    /// See [`OfferListed`].
    Listed(OfferListed),
    /// See [`OfferUnlisted`].
    Unlisted(OfferUnlisted),
    /// See [`ListRenamed`].
    Renamed(ListRenamed),
    /// See [`ListShared`].
    Shared(ListShared),
    /// See [`ListUnshared`].
    Unshared(ListUnshared),
    /// See [`ListDeleted`].
    Deleted(ListDeleted),
}

/// A list was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListCreated {
    /// Whose.
    pub owner: AccountId,
    /// 1 to 80 characters.
    pub name: CompactString,
    /// Whether it is the owner's favourites, of which there is one list that stays.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub favourites: bool,
}

/// An offer is on the list, with this note and quantity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferListed {
    /// Which offer.
    pub offer: OfferId,
    /// Why, or for whom, in the owner's words; up to 200 characters.
    #[serde(default, skip_serializing_if = "CompactString::is_empty")]
    pub note: CompactString,
    /// How many are needed, 1 to 9,999; `None` is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u16>,
}

/// An offer is no longer on the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OfferUnlisted {
    /// Which offer.
    pub offer: OfferId,
}

/// The list is called otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListRenamed {
    /// 1 to 80 characters.
    pub name: CompactString,
}

/// Others may read the list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListShared {
    /// With whom.
    pub with: Sharing,
}

/// Others may read the list no more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListUnshared {
    /// Who.
    pub from: Readers,
}

/// The list is deleted for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListDeleted {}

/// With whom a list is shared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sharing {
    /// With every account of the owner's school.
    School(Uai),
    /// With whoever is signed in and has the link.
    Link(LinkId),
}

/// Who reads a shared list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Readers {
    /// The school's accounts.
    School,
    /// Whoever has the link.
    Link,
}

/// Why a command on a list is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ListRefusal {
    /// There is none, it was deleted, or it is another account's: the answer is the same.
    #[error("there is no such list")]
    NoSuchList,
    /// The id served for something else.
    #[error("this list was made before, as something else")]
    ReferenceReused,
    /// Favourites stay, under their name.
    #[error("favourites are neither renamed nor deleted")]
    FavouritesStay,
    /// It holds as many offers as a list may.
    #[error("a list holds at most {max} offers")]
    Full {
        /// How many.
        max: usize,
    },
    /// A field cannot be taken.
    #[error("{field}: {expected}")]
    Invalid {
        /// Which field.
        field: &'static str,
        /// What would be right.
        expected: &'static str,
    },
}

/// One list, as its stream tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    /// How it was made; `None` before it was.
    pub created: Option<ListCreated>,
    /// What it is called today.
    pub name: CompactString,
    /// What is on it, in the order in which it was put there.
    pub lines: Vec<OfferListed>,
    /// The school that reads it; `None` when none does.
    pub school: Option<Uai>,
    /// The link by which it is read; `None` when there is none.
    pub link: Option<LinkId>,
    /// Whether it is over.
    pub deleted: bool,
}

impl List {
    /// Whether `account` owns it, and it is still there.
    pub fn is_of(&self, account: AccountId) -> bool {
        !self.deleted && self.created.as_ref().is_some_and(|it| it.owner == account)
    }

    fn line(&self, offer: OfferId) -> Option<&OfferListed> {
        self.lines.iter().find(|it| it.offer == offer)
    }

    fn is_favourites(&self) -> bool {
        self.created.as_ref().is_some_and(|it| it.favourites)
    }
}

type Decision = Result<Vec<ListEvent>, ListRefusal>;

impl Decider for List {
    type Command = ListCommand;
    type Event = ListEvent;
    type Refusal = ListRefusal;

    fn decide(&self, command: &ListCommand) -> Decision {
        if let ListAct::Create(it) = &command.act {
            return self.create(command.by, it);
        }
        if self.created.as_ref().is_none_or(|it| it.owner != command.by) {
            return Err(ListRefusal::NoSuchList);
        }
        if self.deleted {
            let again = command.act == ListAct::Delete;
            return if again { Ok(vec![]) } else { Err(ListRefusal::NoSuchList) };
        }
        match &command.act {
            ListAct::Create(_) => Ok(vec![]),
            ListAct::Add(it) => self.add(it),
            ListAct::Remove(offer) => match self.line(*offer) {
                None => Ok(vec![]),
                Some(_) => Ok(vec![ListEvent::Unlisted(OfferUnlisted { offer: *offer })]),
            },
            ListAct::Rename(name) => self.rename(name),
            ListAct::Share(with) => Ok(self.share(*with)),
            ListAct::Unshare(from) => {
                let read = match from {
                    Readers::School => self.school.is_some(),
                    Readers::Link => self.link.is_some(),
                };
                let event = ListEvent::Unshared(ListUnshared { from: *from });
                Ok(read.then_some(event).into_iter().collect())
            }
            ListAct::Delete if self.is_favourites() => Err(ListRefusal::FavouritesStay),
            ListAct::Delete => Ok(vec![ListEvent::Deleted(ListDeleted {})]),
        }
    }

    fn evolve(&mut self, event: &ListEvent) {
        match event {
            ListEvent::Created(it) => {
                self.name.clone_from(&it.name);
                self.created = Some(it.clone());
            }
            ListEvent::Listed(it) => {
                match self.lines.iter_mut().find(|line| line.offer == it.offer) {
                    Some(line) => *line = it.clone(),
                    None => self.lines.push(it.clone()),
                }
            }
            ListEvent::Unlisted(it) => self.lines.retain(|line| line.offer != it.offer),
            ListEvent::Renamed(it) => self.name.clone_from(&it.name),
            ListEvent::Shared(it) => match it.with {
                Sharing::School(uai) => self.school = Some(uai),
                Sharing::Link(link) => self.link = Some(link),
            },
            ListEvent::Unshared(it) => match it.from {
                Readers::School => self.school = None,
                Readers::Link => self.link = None,
            },
            ListEvent::Deleted(_) => self.deleted = true,
        }
    }
}

impl List {
    fn create(&self, by: AccountId, it: &ListCreated) -> Decision {
        match &self.created {
            Some(known) if known == it && it.owner == by => return Ok(vec![]),
            Some(_) => return Err(ListRefusal::ReferenceReused),
            None if it.owner != by => return Err(ListRefusal::NoSuchList),
            None => (),
        }
        named(&it.name)?;
        Ok(vec![ListEvent::Created(it.clone())])
    }

    fn add(&self, it: &OfferListed) -> Decision {
        let known = self.line(it.offer);
        if known == Some(it) {
            return Ok(vec![]);
        }
        if it.note.chars().count() > NOTE_MAX || it.note.contains(char::is_control) {
            let (field, expected) = ("note", "expected up to 200 characters");
            return Err(ListRefusal::Invalid { field, expected });
        }
        if it.quantity.is_some_and(|it| it == 0 || it > QUANTITY_MAX) {
            let (field, expected) = ("quantity", "expected 1 to 9,999");
            return Err(ListRefusal::Invalid { field, expected });
        }
        if known.is_none() && self.lines.len() >= OFFERS_MAX {
            return Err(ListRefusal::Full { max: OFFERS_MAX });
        }
        Ok(vec![ListEvent::Listed(it.clone())])
    }

    fn rename(&self, name: &CompactString) -> Decision {
        if self.name == *name {
            return Ok(vec![]);
        }
        if self.is_favourites() {
            return Err(ListRefusal::FavouritesStay);
        }
        named(name)?;
        Ok(vec![ListEvent::Renamed(ListRenamed { name: name.clone() })])
    }

    fn share(&self, with: Sharing) -> Vec<ListEvent> {
        let shared = match with {
            Sharing::School(uai) => self.school == Some(uai),
            Sharing::Link(link) => self.link == Some(link),
        };
        if shared { vec![] } else { vec![ListEvent::Shared(ListShared { with })] }
    }
}

/// Refused unless it is fit to be the name of a list.
fn named(name: &str) -> Result<(), ListRefusal> {
    let short = (1..=NAME_MAX).contains(&name.chars().count()) && !name.trim().is_empty();
    if short && !name.contains(char::is_control) {
        return Ok(());
    }
    let (field, expected) = ("name", "expected 1 to 80 characters");
    Err(ListRefusal::Invalid { field, expected })
}
