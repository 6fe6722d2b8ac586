//! What goes wrong is told, and cured where it can be.

use std::time::Duration;

use ledger_core::account::AccountCommand;
use ledger_core::event_log::NewEvent;
use projections::{OpenError, ProjectorError, ReadError, ReadModels, StartError};

use crate::story::*;

#[tokio::test]
async fn a_page_waits_for_its_position_and_is_told_when_it_is_not_there_in_time() {
    let mut story = september().await;
    let models = story.read_models().await;
    let end = story.end().await;
    let late = models.models.at_least(end + 1, Duration::from_millis(20)).await;
    let Err(ReadError::Behind { position, wanted }) = late else { panic!("{late:?}") };
    assert_eq!((position, wanted), (end, end + 1));

    let waiting = models.models.clone();
    let waiting = tokio::spawn(async move {
        waiting.at_least(end + 1, Duration::from_secs(20)).await.map(|it| it.position())
    });
    story.account(account(7), &AccountCommand::Open(opened())).await.unwrap();
    assert_eq!(waiting.await.unwrap().unwrap(), end + 1);
}

#[tokio::test]
async fn a_reader_sees_one_state_whatever_happens_meanwhile() {
    let mut story = september().await;
    let models = story.read_models().await;
    let before = models.at_end().await;
    story.account(account(7), &AccountCommand::Open(opened())).await.unwrap();
    let after = models.at_end().await;
    assert!(after.account(account(7)).unwrap().is_some());
    assert!(before.account(account(7)).unwrap().is_none());
}

#[tokio::test]
async fn an_event_that_cannot_be_read_stops_the_projector_and_says_where() {
    let mut story = september().await;
    let models = story.read_models().await;
    let end = story.end().await;
    models.at_least(end).await;
    story.account(account(7), &AccountCommand::Open(opened())).await.unwrap();
    let odd = NewEvent { name: "purchase_teleported", schema: 1, body: b"{}".to_vec() };
    story.append(account(8).into(), vec![odd]).await;
    story.account(account(9), &AccountCommand::Open(opened())).await.unwrap();

    let stopped = models.models.at_least(end + 3, Duration::from_secs(20)).await;
    let Err(ReadError::Stopped(why)) = stopped else { panic!("{stopped:?}") };
    assert!(matches!(*why, ProjectorError::Event { position, .. } if position == end + 2), "{why}");
    assert!(models.models.state().stopped.is_some());
    // What came before it can still be read, and nothing of what comes after.
    let reader = models.at_least(end + 1).await;
    assert!(reader.account(account(7)).unwrap().is_some());
    assert!(reader.account(account(9)).unwrap().is_none());
}

#[tokio::test]
async fn a_damaged_file_is_rebuilt() {
    let story = september().await;
    let models = story.read_models().await;
    models.at_end().await;
    let digest = {
        models.models.close();
        projections::dump::dump_digest(&models.path).unwrap()
    };
    let path = models.path.clone();
    let folder = models.into_folder();
    std::fs::write(&path, [b'x'; 5_000]).unwrap();
    let again = ReadModels::open(story.log.clone().into(), &path, |_| ()).await.unwrap();
    assert_eq!(again.state().position, story.end().await);
    again.close();
    assert_eq!(projections::dump::dump_digest(&path).unwrap(), digest);
    drop(folder);
}

#[tokio::test]
async fn a_file_of_another_log_is_rebuilt() {
    let models = september().await.read_models().await;
    models.at_end().await;
    let path = models.path.clone();
    let folder = models.into_folder();
    let mut other = Story::new();
    other.account(account(7), &AccountCommand::Open(opened())).await.unwrap();
    let again = ReadModels::open(other.log.clone().into(), &path, |_| ()).await.unwrap();
    let reader = again.now().unwrap();
    assert_eq!(reader.position(), 1);
    assert!(reader.account(account(1)).unwrap().is_none());
    drop(folder);
}

#[tokio::test]
async fn a_file_of_another_program_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("accounts.db");
    let theirs = rusqlite::Connection::open(&path).unwrap();
    theirs.execute_batch("CREATE TABLE theirs (x); INSERT INTO theirs VALUES (1)").unwrap();
    let refused = ReadModels::open(Story::new().log.into(), &path, |_| ()).await;
    assert!(matches!(refused, Err(StartError::Open(OpenError::Foreign(_)))), "{refused:?}");
    let kept: i64 = theirs.query_row("SELECT x FROM theirs", [], |row| row.get(0)).unwrap();
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn a_file_that_the_machine_may_have_lost_something_of_is_rebuilt() {
    let models = september().await.read_models().await;
    let end = models.at_end().await.position();
    let (log, path) = (models.log.clone(), models.path.clone());
    let folder = models.into_folder();
    let sure = ReadModels::open(log.clone(), &path, |_| panic!("it was closed well")).await;
    sure.unwrap().close();

    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch("INSERT INTO unsynced VALUES ('another life'); DELETE FROM lot").unwrap();
    file.close().unwrap();
    let mut rebuilt = 0;
    let again = ReadModels::open(log, &path, |it| rebuilt = it.position).await.unwrap();
    assert_eq!(rebuilt, end);
    assert!(!again.now().unwrap().balance(account(1)).unwrap().lots.is_empty());
    drop(folder);
}
