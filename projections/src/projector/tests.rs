//! A run is written whole, or tried again.

use ledger_core::account::{AccountEvent, AccountOpened, Holder, School, SchoolLevel};
use ledger_core::codec::Stored;
use ledger_core::event_log::{Append, Memory};
use ledger_core::ids::AccountId;
use ledger_core::meta::{Actor, Meta};
use uuid::Uuid;

use super::*;

/// The opening of `many` accounts.
async fn opened(many: u128) -> Run {
    let school =
        School { uai: "0750655E".parse().unwrap(), level: SchoolLevel::LowerSecondary, academy: 1 };
    let event = AccountEvent::Opened(AccountOpened { holder: Holder::Teacher, school });
    let at = "2026-09-01T08:00:00Z".parse().unwrap();
    let meta = Meta { at, by: Actor::PROCESS, cause: Uuid::nil() };
    let append = |n| Append {
        stream: AccountId(Uuid::from_u128(n)).into(),
        expected: 0,
        meta,
        events: [event.encode()].into_iter().collect(),
    };
    let log = Memory::new();
    log.append_many((1..=many).map(append).collect()).await;
    let (mut run, mut known) = (Run::default(), Known::default());
    for recorded in log.read_all(0, usize::MAX).await.unwrap() {
        let event = Follower::default().read(&recorded).unwrap();
        run.take(&mut known, &recorded, event);
    }
    run.sort();
    run
}

#[tokio::test]
async fn a_run_that_a_full_disk_refuses_is_written_once_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let projector = Projector::create(&folder.path().join("models")).unwrap();
    let mut writer =
        Writer { connection: projector.connection, position: 0, search: projector.search };
    let run = opened(2_000).await;

    writer.connection.pragma_update(None, "max_page_count", 1).unwrap();
    let refused = writer.write(&run);
    assert!(matches!(refused, Err(ProjectorError::Full(_))), "{refused:?}");
    assert_eq!(Checkpoint::read(&writer.connection).unwrap().position, 0);

    writer.connection.pragma_update(None, "max_page_count", 1_000_000).unwrap();
    writer.write(&run).unwrap();
    assert_eq!(Checkpoint::read(&writer.connection).unwrap().position, 2_000);
    let accounts = "SELECT count(*) FROM account";
    let accounts: i64 = writer.connection.query_row(accounts, [], |it| it.get(0)).unwrap();
    assert_eq!(accounts, 2_000);
}
