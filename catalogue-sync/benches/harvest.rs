//! A harvest of a hundred thousand notices of three kilobytes, beside a bare XML parser given the
//! same bytes; then news, nothing new, and as many offers that the notices describe.
//!
//! `cargo bench -p catalogue-sync --bench harvest [-- NOTICES]`. `TMPDIR` says on which disk. The
//! repository answers from another process, so that memory is the harvester's alone.
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a bench may panic and prints")]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use catalogue_sync::feed::{Extent, Format};
use catalogue_sync::fetch::{Fetcher, Limits};
use catalogue_sync::known;
use catalogue_sync::store::Stores;
use catalogue_sync::sync::{FeedSource, Pass, Report, Source, Tools, run_once};
use catalogue_sync::vocabularies::Vocabularies;
use chrono::TimeDelta;
use fixtures::notice_repository::beside::{By, offer, offers};
use fixtures::notice_repository::{Entry, NoticeRepository, beginning};
use fixtures::text_site::TextSite;
use ledger_core::event_log::Embedded;
use ledger_core::ids::PartnerId;
use ledger_core::ledger::{CacheSizes, Ledger};
use ledger_core::meta::{Actor, Meta, accounting_day};
use uuid::Uuid;

/// How many notices a second must be harvested.
const TARGET: u128 = 3_000;
/// How long a pass may take that finds nothing new.
const UNCHANGED_TARGET: Duration = Duration::from_millis(50);
/// How much memory harvesting may take, in MiB.
const MEMORY_TARGET: u64 = 300;
/// How many notices a page holds.
const PAGE: usize = 100;
/// How many change between two passes.
const NEWS: usize = 100;

fn main() {
    let count = std::env::args().find_map(|it| it.parse().ok()).unwrap_or(100_000);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    if std::env::args().any(|it| it == "serve") {
        runtime.block_on(serve(count));
    } else {
        runtime.block_on(measure(count));
    }
}

/// The repository's process: says its addresses, then obeys a word a line.
async fn serve(count: u32) {
    let (repository, site) = (NoticeRepository::of(count), TextSite::default());
    repository.with(|it| it.page_size = PAGE);
    let (oai, base) = (repository.start().await.unwrap(), site.start().await.unwrap());
    println!("{oai} {base}");
    tokio::task::spawn_blocking(move || {
        for line in std::io::stdin().lines() {
            match line.unwrap().as_str() {
                "news" => {
                    repository.wait(TimeDelta::hours(1));
                    let every = (count as usize / NEWS).max(1);
                    (1..=count).step_by(every).take(NEWS).for_each(|it| repository.revise(it));
                }
                "wait" => repository.wait(TimeDelta::hours(1)),
                "offers" => {
                    let all = (1..=count).map(|it| offer(&Entry::new(it, beginning()), By::Ark));
                    let all: Vec<_> = all.collect();
                    for (page, some) in all.chunks(5_000).enumerate() {
                        let mut text = offers(some);
                        if (page + 1) * 5_000 < all.len() {
                            text.pop();
                            text.push_str(
                                &[",\"next\":\"", &(page + 1).to_string(), "\"}"].concat(),
                            );
                        }
                        let path = match page {
                            0 => "/offers.json".to_owned(),
                            page => format!("/offers.json?cursor={page}"),
                        };
                        site.put(&path, text);
                    }
                }
                _ => {}
            }
            println!("{}", repository.asked().len());
        }
    })
    .await
    .unwrap();
}

/// The repository, in a process of its own.
struct Repository {
    process: Child,
    said: BufReader<std::process::ChildStdout>,
    oai: String,
    site: String,
}

impl Repository {
    fn start(count: u32) -> Self {
        let mut process = Command::new(std::env::current_exe().unwrap())
            .args(["serve", &count.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(process.stdout.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let (oai, site) = line.trim().split_once(' ').unwrap();
        let (oai, site) = (oai.to_owned(), site.to_owned());
        Self { process, said, oai, site }
    }

    /// Has it do something; how many requests it had since it was last told.
    fn tell(&mut self, what: &str) -> usize {
        writeln!(self.process.stdin.as_mut().unwrap(), "{what}").unwrap();
        let mut line = String::new();
        self.said.read_line(&mut line).unwrap();
        line.trim().parse().unwrap()
    }
}

impl Drop for Repository {
    fn drop(&mut self) {
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

/// One harvester, with its log and what feeds told it.
struct Harvester {
    ledger: Ledger,
    stores: Stores,
    fetcher: Fetcher,
    vocabularies: Arc<Vocabularies>,
    source: Source,
    pass: Pass,
}

impl Harvester {
    fn new(folder: &std::path::Path, feeds: &[(Format, &str)]) -> Self {
        let log = Embedded::open(folder.join("log")).unwrap();
        let at = beginning() + TimeDelta::hours(1);
        let feeds = feeds.iter().map(|(format, url)| FeedSource {
            url: url.parse().unwrap(),
            format: *format,
            extent: Extent::Full,
        });
        Self {
            ledger: Ledger::new(log.into(), CacheSizes::default()),
            stores: Stores::in_folder(folder.join("catalogue")),
            fetcher: Fetcher::new(Limits { local: true, ..Limits::default() }).unwrap(),
            vocabularies: Arc::new(Vocabularies::built_in()),
            source: Source {
                partner: PartnerId(Uuid::from_u128(8)),
                name: "Dépôt".into(),
                feeds: feeds.collect(),
            },
            pass: Pass {
                today: accounting_day(at),
                meta: Meta { at, by: Actor::PROCESS, cause: Uuid::from_u128(1) },
                accept_shrunk: false,
                insist: false,
            },
        }
    }

    /// One pass, and how long it took; what is on sale is read before, as a service keeps it.
    async fn pass(&mut self) -> (Report, Duration) {
        self.pass.meta.at += TimeDelta::minutes(30);
        let mut shelves = known::from_log(self.ledger.log()).await.unwrap();
        let known = shelves.remove(&self.source.partner).map(|it| it.on_sale).unwrap_or_default();
        let tools = Tools {
            fetcher: &self.fetcher,
            stores: &self.stores,
            vocabularies: &self.vocabularies,
            ledger: &self.ledger,
        };
        let started = Instant::now();
        let report = run_once(&self.source, known, tools, self.pass).await.unwrap();
        (report, started.elapsed())
    }
}

async fn measure(count: u32) {
    let cores = std::thread::available_parallelism().unwrap();
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default().to_owned();
    println!("{count} notices, {PAGE} a page, over loopback; {cores} cores, load {load}.\n");
    println!("{:<58}{:>9}{:>12}{:>8}", "what", "ms", "records/s", "ratio");
    let mut repository = Repository::start(count);
    let folder = tempfile::tempdir().unwrap();

    let (bytes, records, plain) = parsed(&repository.oai);
    assert_eq!(records, count as usize);
    row("a bare XML parser, of the same pages over the same loopback", plain, records, plain);
    println!("    {} MiB, {} bytes a notice", bytes >> 20, bytes / records);

    let mut notices = Harvester::new(folder.path(), &[(Format::Oai, &repository.oai)]);
    let before = memory("VmHWM");
    repository.tell("");
    let (report, whole) = notices.pass().await;
    assert_eq!(report.feeds[0].named, records, "{report}");
    assert_eq!(report.published, records / 2, "half of them are free: {report}");
    let peak = memory("VmHWM");
    row("a whole harvest, to the store and the log", whole, records, plain);
    let rate = records as u128 * 1_000 / whole.as_millis().max(1);
    println!("    target {TARGET} a second: {}", reached(rate >= TARGET));
    println!("    {} requests; {peak} MiB at most, {before} before it", repository.tell("wait"));
    println!("    target {MEMORY_TARGET} MiB: {}", reached(peak <= MEMORY_TARGET));

    let (report, unchanged) = notices.pass().await;
    let requests = repository.tell("news");
    assert_eq!((report.published, report.revised), (0, 0), "{report}");
    row("nothing new", unchanged, records, plain);
    println!(
        "    {requests} request; target 1 in {UNCHANGED_TARGET:?}: {}",
        reached(requests <= 1 && unchanged <= UNCHANGED_TARGET)
    );

    let (report, news) = notices.pass().await;
    assert_eq!(report.feeds[0].named, NEWS.min(records), "{report}");
    row("a hundred changes in all of them", news, NEWS, plain);
    println!("    {} request", repository.tell("offers"));

    let folder = tempfile::tempdir().unwrap();
    let offers = format!("{}/offers.json", repository.site);
    let feeds = [(Format::Json, offers.as_str()), (Format::Oai, repository.oai.as_str())];
    let mut both = Harvester::new(folder.path(), &feeds);
    let (report, joined) = both.pass().await;
    assert_eq!((report.published, report.waiting), (records, 0), "{report}");
    row("as many offers, joined with their notices", joined, 2 * records, plain);
    println!("\nmemory: {} MiB at most in all", memory("VmHWM"));
}

/// All pages of the repository, given to a bare XML parser: bytes, records, and how long it took.
fn parsed(oai: &str) -> (usize, usize, Duration) {
    let started = Instant::now();
    let rest = oai.strip_prefix("http://").unwrap();
    let (host, path) = rest.split_once('/').unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    stream.set_nodelay(true).unwrap();
    let (mut bytes, mut records) = (0, 0);
    let mut asked = "metadataPrefix=lom".to_owned();
    loop {
        let request =
            format!("GET /{path}?verb=ListRecords&{asked} HTTP/1.1\r\nhost: {host}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let body = body(&mut BufReader::new(&stream));
        bytes += body.len();
        let (count, token) = counted(&body);
        records += count;
        let Some(token) = token else { return (bytes, records, started.elapsed()) };
        asked = format!("resumptionToken={}", token.replace('|', "%7C"));
    }
}

fn body(from: &mut BufReader<&TcpStream>) -> Vec<u8> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        from.read_line(&mut line).unwrap();
        if let Some(said) = line.strip_prefix("content-length: ") {
            length = said.trim().parse().unwrap();
        }
        if line.trim().is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    from.read_exact(&mut body).unwrap();
    body
}

/// How many records a page holds, and its token; every element is met, none kept.
fn counted(body: &[u8]) -> (usize, Option<String>) {
    use quick_xml::events::Event;
    let mut reader = quick_xml::Reader::from_reader(body);
    let (mut records, mut in_token, mut token, mut texts) = (0, false, None, BTreeMap::new());
    loop {
        match reader.read_event().unwrap() {
            Event::Start(it) => {
                records += usize::from(it.name().as_ref() == "record");
                in_token = it.name().as_ref() == "resumptionToken";
            }
            Event::Text(it) if in_token => {
                token = Some(it.as_ref().to_owned());
                in_token = false;
            }
            Event::Text(it) => *texts.entry(it.len()).or_insert(0) += 1,
            Event::Eof => return (records, token),
            Event::End(_)
            | Event::Empty(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::DocType(_)
            | Event::GeneralRef(_) => {}
        }
    }
}

fn row(what: &str, took: Duration, records: usize, plain: Duration) {
    let ms = took.as_millis();
    let rate = records as u128 * 1_000_000 / took.as_micros().max(1);
    let hundredths = took.as_micros() * 100 / plain.as_micros().max(1);
    println!("{what:<58}{ms:>9}{rate:>12}{:>5}.{:02}", hundredths / 100, hundredths % 100);
}

fn reached(it: bool) -> &'static str {
    if it { "reached" } else { "NOT reached" }
}

/// A figure of this process, in MiB; 0 where the system does not tell.
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|it| it.strip_prefix(what)?.strip_prefix(':'));
    let kib = line.and_then(|it| it.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kib.unwrap_or_default() >> 10
}
