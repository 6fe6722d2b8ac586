//! What a crash leaves of the log in one file: all that was acknowledged, and nothing by halves.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod sample;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use ledger_core::event_log::{Embedded, EventLog, Recorded};
use sample::{append, body, stream};
use tempfile::TempDir;

fn directory() -> TempDir {
    tempfile::tempdir().unwrap()
}

async fn all(log: &Embedded) -> Vec<Recorded> {
    log.read_all(0, usize::MAX).await.unwrap()
}

/// The write-ahead log of the log at `path`.
fn wal_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    name.into()
}

/// How many commits stand whole in the first `length` bytes of a write-ahead log.
fn whole_commits(wal: &[u8], length: usize) -> u64 {
    let wal = &wal[..length.min(wal.len())];
    let number = |bytes: &[u8]| u32::from_be_bytes(*bytes.first_chunk().unwrap());
    let Some(header) = wal.get(..32) else { return 0 };
    let (page, salts) = (usize::try_from(number(&header[8..])).unwrap(), &header[16..24]);
    let frames = wal[32..].chunks_exact(24 + page).take_while(|it| &it[8..16] == salts);
    frames.filter(|it| number(&it[4..]) > 0).count() as u64
}

/// Opens the log as it would be after a power cut: `file` and `wal`, no shared memory, no index.
fn reopened(file: &[u8], wal: &[u8]) -> (TempDir, Embedded) {
    let held = directory();
    let path = held.path().join("log");
    fs::write(&path, file).unwrap();
    fs::write(wal_of(&path), wal).unwrap();
    let log = Embedded::open(&path).unwrap();
    (held, log)
}

#[tokio::test]
async fn a_log_cut_anywhere_holds_every_whole_commit_and_nothing_of_the_next() {
    let held = directory();
    let path = held.path().join("log");
    let log = Embedded::open(&path).unwrap();
    for version in 0..16 {
        let mut append = append(stream(1), version * 2, 2);
        if version % 8 == 3 {
            append.events[0].body = body(20_000);
        }
        log.append(append).await.unwrap();
    }
    let events = all(&log).await;
    let (file, wal) = (fs::read(&path).unwrap(), fs::read(wal_of(&path)).unwrap());
    let before = whole_commits(&wal, usize::MAX);
    assert_eq!(before, 16, "one commit an append, all in the write-ahead log");
    let frame = 24 + 4096;
    let end = (32..wal.len()).step_by(frame).find(|it| wal[it + 8..it + 16] != wal[16..24]);
    let end = end.unwrap();
    let cuts = (0..=end / frame).flat_map(|it| {
        let start = 32 + it * frame;
        [start, start + 24, start + 24 + it * 97 % 4096]
    });
    for cut in cuts.chain([0, 1, 31, wal.len()]) {
        let whole = 2 * whole_commits(&wal, cut);
        let expected = &events[..usize::try_from(whole).unwrap()];
        let (_held, log) = reopened(&file, &wal[..cut.min(wal.len())]);
        assert_eq!(all(&log).await, expected, "cut at {cut}");
        assert_eq!(log.append(append(stream(1), whole, 1)).await.unwrap().version, whole + 1);
        log.verify(|_, _| ()).unwrap();
    }
}

#[tokio::test]
async fn a_torn_commit_is_as_if_it_had_not_been() {
    let held = directory();
    let path = held.path().join("log");
    let log = Embedded::open(&path).unwrap();
    for version in 0..20 {
        log.append(append(stream(1), version, 1)).await.unwrap();
    }
    let (file, wal) = (fs::read(&path).unwrap(), fs::read(wal_of(&path)).unwrap());
    let frame = 24 + 4096;
    for torn in [0, 5, 17] {
        // Half of a frame did not reach the disk.
        let start = 32 + torn * frame;
        let mut wal = wal.clone();
        wal[start + 2000..start + frame].fill(0xee);
        let (_held, log) = reopened(&file, &wal);
        let expected = whole_commits(&wal, start);
        assert_eq!(log.end().await, Ok(expected));
        assert_eq!(
            log.append(append(stream(1), expected, 1)).await.unwrap().position,
            expected + 1
        );
    }
}

#[tokio::test]
async fn a_log_goes_on_after_its_write_ahead_log_began_again() {
    let held = directory();
    let path = held.path().join("log");
    let log = Embedded::open(&path).unwrap();
    let (mut version, mut mebibytes) = (0, 0);
    // It does not compress. The write-ahead log begins again once a thread beside has copied it,
    // soon after 16 MiB; it is 32 MiB long from the start.
    let body = body(1 << 20);
    let length = || fs::metadata(wal_of(&path)).unwrap().len() >> 20;
    while mebibytes < 40 || length() >= mebibytes {
        let mut append = append(stream(1), version, 4);
        append.events[3].body.clone_from(&body);
        version = log.append(append).await.unwrap().version;
        mebibytes += 1;
        assert!(mebibytes < 400, "it never begins again");
    }
    let (file, wal) = (fs::read(&path).unwrap(), fs::read(wal_of(&path)).unwrap());
    let (_held, again) = reopened(&file, &wal);
    assert_eq!(again.end().await, Ok(version));
    assert_eq!(again.verify(|_, _| ()).unwrap(), log.verify(|_, _| ()).unwrap());
}

/// What tells the child where to write.
const KILLED: &str = "LEDGER_TEST_LOG";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "is the process that the next test kills"]
#[expect(clippy::disallowed_methods, reason = "a child process is told by its environment")]
async fn writes_until_killed() {
    let Ok(path) = std::env::var(KILLED) else { return };
    let log = Embedded::open(path).unwrap();
    let mut version = log.end().await.unwrap();
    loop {
        let appends: Vec<_> = (version..=version + version % 7)
            .map(|version| {
                let mut append = append(stream(1), version, 1);
                append.events[0].body = body(1000);
                append
            })
            .collect();
        version += appends.len() as u64;
        assert!(log.append_many(appends).await.iter().all(Result::is_ok));
        println!("acknowledged {version}");
    }
}

#[tokio::test]
async fn what_was_acknowledged_to_a_killed_process_is_there() {
    let held = directory();
    let path = held.path().join("log");
    let mut written = 0;
    for round in 0..6 {
        let mut child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "writes_until_killed", "--ignored", "--nocapture"])
            .env(KILLED, &path)
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = std::io::BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        while !line.starts_with("acknowledged") {
            line.clear();
            assert!(std::io::BufRead::read_line(&mut lines, &mut line).unwrap() > 0, "it ended");
        }
        std::thread::sleep(Duration::from_millis(37 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let told = std::io::read_to_string(lines).unwrap();
        // The last line may have been cut.
        let whole = told.rsplit_once('\n').map_or("", |it| it.0).lines().last().unwrap_or(&line);
        let acknowledged: u64 = whole.trim().rsplit(' ').next().unwrap().parse().unwrap();
        let log = Embedded::open(&path).unwrap();
        let end = log.end().await.unwrap();
        assert!(end >= acknowledged && acknowledged > written, "{written} {acknowledged} {end}");
        assert_eq!(log.verify(|_, _| ()).unwrap().events, end);
        let read = log.read_stream(stream(1), 0).await.unwrap();
        assert!(read.iter().zip(1..).all(|(it, version)| it.version == version));
        assert_eq!(read.len() as u64, end);
        written = end;
    }
}
