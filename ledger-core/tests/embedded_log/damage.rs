//! A log that was tampered with or damaged is found out; and the copy that helps then.

use super::*;

/// Changes the closed log at `path` with `sql`, as somebody who knows the format would.
fn tamper(path: &Path, sql: &str) {
    Connection::open(path).unwrap().execute_batch(sql).unwrap();
}

#[tokio::test]
async fn whatever_is_changed_is_found() {
    let whole = directory();
    let path = whole.path().join("log");
    let (log, _) = filled(&path).await;
    let verified = log.verify(|_, _| ()).unwrap();
    assert_eq!((verified.events, verified.streams), (300, 10));
    drop(log);
    let changes = [
        ("UPDATE block SET data = CAST(data || x'00' AS BLOB) WHERE first = 91", 91),
        ("UPDATE block SET data = (SELECT data FROM block WHERE first = 61) WHERE first = 31", 31),
        ("UPDATE block SET chain = zeroblob(32) WHERE first = 121", 121),
        ("UPDATE block SET chain = x'00' WHERE first = 121", 0),
        ("UPDATE block SET count = 29 WHERE first = 151", 151),
        ("UPDATE block SET count = 9223372036854775807 WHERE first = 271", 271),
        ("DELETE FROM block WHERE first = 181", 181),
        ("UPDATE block SET first = 95 WHERE first = 91", 91),
        ("DELETE FROM block WHERE first = 1", 1),
    ];
    for (sql, damaged) in changes {
        let held = directory();
        let copy = held.path().join("log");
        fs::copy(&path, &copy).unwrap();
        tamper(&copy, sql);
        let found = match Embedded::open_read_only(&copy) {
            Ok(log) => log.verify(|_, _| ()).unwrap_err(),
            Err(OpenError::Damaged { source, .. }) => source,
            Err(other) => panic!("{sql}: {other}"),
        };
        let LogError::Damaged { position, why } = found else { panic!("{sql}: {found}") };
        assert_eq!(position, damaged, "{sql}: {why}");
    }
}

#[tokio::test]
async fn events_cut_off_the_end_change_what_verify_gives() {
    let held = directory();
    let path = held.path().join("log");
    let (log, _) = filled(&path).await;
    let before = log.verify(|_, _| ()).unwrap();
    drop(log);
    tamper(&path, "DELETE FROM block WHERE first = 271");
    let after = Embedded::open(&path).unwrap().verify(|_, _| ()).unwrap();
    assert_eq!(after.events, 270);
    assert_ne!(after.chain, before.chain);
}

#[tokio::test]
async fn a_damaged_block_is_not_served() {
    let held = directory();
    let path = held.path().join("log");
    drop(filled(&path).await);
    tamper(&path, "UPDATE block SET data = CAST(data || x'00' AS BLOB) WHERE first = 91");
    let log = Embedded::open(&path).unwrap();
    let read = log.read_all(80, 100).await;
    assert!(matches!(read, Err(LogError::Damaged { position: 91, .. })), "{read:?}");
    let read = log.read_stream(stream(1), 0).await;
    assert!(matches!(read, Err(LogError::Damaged { position: 91, .. })), "{read:?}");
    assert_eq!(log.read_all(0, 90).await.unwrap().len(), 90);
}

#[tokio::test]
async fn the_index_of_streams_is_built_again_when_it_is_missing_or_wrong() {
    let held = directory();
    let path = held.path().join("log");
    let (log, events) = filled(&path).await;
    drop(log);
    let index = beside(&path, "-streams");
    let whole = fs::read(&index).unwrap();
    let other = directory();
    let (log, _) = filled(&other.path().join("log")).await;
    log.append(append(stream(1), 30, 1)).await.unwrap();
    drop(log);
    let ahead = fs::read(other.path().join("log-streams")).unwrap();
    let half = whole[..whole.len() / 2].to_vec();
    for bytes in [None, Some(vec![]), Some(b"no".to_vec()), Some(half), Some(ahead)] {
        fs::remove_file(&index).unwrap();
        if let Some(bytes) = bytes {
            fs::write(&index, bytes).unwrap();
        }
        let log = Embedded::open(&path).unwrap();
        assert_eq!(all(&log).await, events);
        goes_on(&log, &events).await;
        drop(log);
        let log = Embedded::open_read_only(&path).unwrap();
        assert_eq!(log.read_stream(stream(1), 0).await.unwrap().len(), 30);
    }
}

#[tokio::test]
async fn an_index_of_streams_found_damaged_is_built_again_at_the_next_start() {
    let held = directory();
    let path = held.path().join("log");
    let (log, events) = filled(&path).await;
    drop(log);
    let mut index = fs::read(beside(&path, "-streams")).unwrap();
    index[4096..8192].fill(0xee);
    fs::write(beside(&path, "-streams"), index).unwrap();
    let log = Embedded::open(&path).unwrap();
    let read = log.read_stream(stream(1), 0).await;
    assert!(matches!(read, Err(LogError::Unavailable(_))), "{read:?}");
    let refused = log.append(append(stream(1), 30, 1)).await;
    assert!(matches!(refused, Err(AppendError::Log(LogError::Unavailable(_)))), "{refused:?}");
    drop(log);
    goes_on(&Embedded::open(&path).unwrap(), &events).await;
}

#[tokio::test]
async fn an_older_index_of_streams_is_caught_up() {
    let held = directory();
    let path = held.path().join("log");
    drop(filled(&path).await);
    let older = fs::read(beside(&path, "-streams")).unwrap();
    let log = Embedded::open(&path).unwrap();
    log.append_many(
        (0..20).map(|it| append(stream(it), if it < 10 { 30 } else { 0 }, 2)).collect(),
    )
    .await;
    let events = all(&log).await;
    assert_eq!(events.len(), 340);
    drop(log);
    fs::write(beside(&path, "-streams"), older).unwrap();
    let log = Embedded::open(&path).unwrap();
    goes_on(&log, &events).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_while_writing_is_a_whole_prefix() {
    let held = directory();
    let (path, to) = (held.path().join("log"), held.path().join("copy"));
    let (log, _) = filled(&path).await;
    let writing = tokio::spawn({
        let log = log.clone();
        async move {
            for version in 0..300 {
                log.append(append(stream(50), version, 1)).await.unwrap();
            }
        }
    });
    let copied = tokio::task::spawn_blocking({
        let (log, to) = (log.clone(), to.clone());
        move || {
            let mut told = (0, 0);
            let copied = log.backup(&to, |done, of| told = (done, of)).unwrap();
            assert!(told.0 >= told.1 && told.1 >= 300, "{told:?}");
            copied
        }
    });
    let copied = copied.await.unwrap();
    writing.await.unwrap();
    let copy = Embedded::open(&to).unwrap();
    let (events, all) = (all(&copy).await, all(&log).await);
    assert_eq!(events.len() as u64, copied.events);
    assert!(events.len() >= 300);
    assert_eq!(events, all[..events.len()]);
    assert_eq!(copy.verify(|_, _| ()).unwrap(), copied);
    goes_on(&copy, &events).await;
}

#[tokio::test]
async fn a_backup_is_never_written_over() {
    let held = directory();
    let to = held.path().join("copy");
    let (log, _) = filled(&held.path().join("log")).await;
    log.backup(&to, |_, _| ()).unwrap();
    let before = fs::read(&to).unwrap();
    let refused = log.backup(&to, |_, _| ()).unwrap_err();
    assert!(matches!(refused, OpenError::Path { .. }), "{refused}");
    assert_eq!(fs::read(&to).unwrap(), before);
}
