//! A file comes in: read as it comes, kept chunk by chunk, submitted once it is whole.
//!
//! ```text
//!  body ──pieces──▶ Reader ──lines──▶ Intake ──every 5,000──▶ AddChunk ──▶ … ──▶ Submit
//! ```
//! Chunks follow from the lines alone: the same file sent again goes through those that are there
//! already, and on from where it was cut off. What is kept of a file while it comes is one chunk,
//! and the accounts it names, to find those that are there twice.

use std::time::Duration;

use axum::body::Body;
use compact_str::CompactString;
use futures_util::StreamExt;
use ledger_core::batch::{
    Batch, BatchCommand, BatchOpened, BatchRefusal, CHUNK_LINES_MAX, ChunkAdded, LINES_MAX, Line,
    RefusedLine,
};
use ledger_core::event_log::Position;
use ledger_core::ids::{AccountId, BatchId, EnvelopeId};
use ledger_core::ledger::{ExecuteError, Ledger};
use ledger_core::meta::Meta;
use rustc_hash::FxHashMap;

use super::csv::{self, Heading};
use super::json::{self, Elements};
use super::line::Rule;
use super::lines::Lines;
use crate::api::idempotency;
use crate::problem::{Problem, kinds};

/// How long the next bytes may keep us waiting.
const IDLE: Duration = Duration::from_mins(1);

/// How many files may come in at once: one of a million lines takes some 60 MB while it does.
pub const AT_ONCE: usize = 8;

/// How many bytes are read at once: what is read of them is kept until their chunk is written.
const PIECE: usize = 64 * 1024;

/// How a file is written.
#[derive(Debug)]
pub enum Reader {
    /// A heading, then lines.
    Csv(Lines, Option<Heading>, u32),
    /// One object with all lines.
    Json(Elements, u32),
    /// One object on each line.
    Ndjson(Lines, u32),
}

type Parsed = Result<Line, RefusedLine>;

impl Reader {
    /// For a file of this `Content-Type`.
    pub fn of(content_type: &str) -> Result<Self, Problem> {
        let mut parts = content_type.split(';').map(str::trim);
        let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
        let charset = parts.find_map(|it| it.strip_prefix("charset="));
        if let Some(charset) = charset.map(|it| it.trim_matches('"'))
            && !["utf-8", "utf8", "us-ascii"].contains(&charset.to_ascii_lowercase().as_str())
        {
            let detail = format!("Content-Type: charset={charset}; expected utf-8");
            return Err(Problem::new(&kinds::BAD_ENCODING, detail));
        }
        match essence.as_str() {
            "text/csv" => Ok(Self::Csv(Lines::default(), None, 0)),
            "application/json" => Ok(Self::Json(Elements::default(), 0)),
            "application/x-ndjson" => Ok(Self::Ndjson(Lines::default(), 0)),
            other => {
                let detail = format!(
                    "Content-Type is `{other}`: expected text/csv, application/json or \
                     application/x-ndjson"
                );
                Err(Problem::new(&kinds::UNSUPPORTED_MEDIA, detail))
            }
        }
    }

    /// Reads `bytes`; what ends in them is added to `parsed`.
    fn push(&mut self, bytes: &[u8], parsed: &mut Vec<Parsed>) -> Result<(), Problem> {
        match self {
            Self::Csv(lines, heading, number) => {
                let mut failed = Ok(());
                lines.push(bytes, |it| csv_line(it, heading, number, parsed, &mut failed));
                failed
            }
            Self::Json(elements, number) => elements.push(bytes, |it| {
                *number += 1;
                parsed.push(json::element(*number, it));
            }),
            Self::Ndjson(lines, number) => {
                lines.push(bytes, |it| ndjson_line(it, number, parsed));
                Ok(())
            }
        }
    }

    /// Nothing more comes.
    fn finish(self, parsed: &mut Vec<Parsed>) -> Result<(), Problem> {
        match self {
            Self::Csv(lines, mut heading, mut number) => {
                let mut failed = Ok(());
                lines.finish(|it| csv_line(it, &mut heading, &mut number, parsed, &mut failed));
                failed?;
                heading.map(|_| ()).ok_or_else(|| csv::bad_heading("the file is empty"))
            }
            Self::Json(elements, _) => elements.finish(),
            Self::Ndjson(lines, mut number) => {
                lines.finish(|it| ndjson_line(it, &mut number, parsed));
                Ok(())
            }
        }
    }

    fn reference(&self) -> Option<&CompactString> {
        match self {
            Self::Json(elements, _) => elements.reference(),
            Self::Csv(..) | Self::Ndjson(..) => None,
        }
    }
}

fn csv_line(
    line: Result<&[u8], super::lines::TooLong>,
    heading: &mut Option<Heading>,
    number: &mut u32,
    parsed: &mut Vec<Parsed>,
    failed: &mut Result<(), Problem>,
) {
    if failed.is_err() {
        return;
    }
    let Some(heading) = heading else {
        match Heading::read(line) {
            Ok(it) => *heading = Some(it),
            Err(problem) => *failed = Err(problem),
        }
        return;
    };
    // A line where nothing is written counts, so that numbers are those an editor shows.
    *number += 1;
    parsed.extend(heading.line(*number, line));
}

fn ndjson_line(
    line: Result<&[u8], super::lines::TooLong>,
    number: &mut u32,
    parsed: &mut Vec<Parsed>,
) {
    *number += 1;
    if line.is_ok_and(|it| it.trim_ascii().is_empty()) {
        return;
    }
    parsed.push(
        csv::readable(*number, line).and_then(|it| json::element(*number, Ok(it.as_bytes()))),
    );
}

/// Whose file it is, and which envelope pays.
pub struct Sender<'a> {
    /// Where chunks are written.
    pub ledger: &'a Ledger,
    /// Which envelope pays.
    pub envelope: EnvelopeId,
    /// When, who and why.
    pub meta: Meta,
}

/// A file that came in whole.
pub struct Received {
    /// Its batch.
    pub batch: BatchId,
    /// Whether this request submitted it; `false` when it was before.
    pub new: bool,
    /// A position of the log at which it can be read.
    pub position: Position,
}

/// Takes `body` in and submits it. `reference` is that of the request, `None` when it may only be
/// in the body.
pub async fn receive(
    sender: Sender<'_>,
    mut reader: Reader,
    reference: Option<CompactString>,
    body: Body,
) -> Result<Received, Problem> {
    let mut intake = Intake::new(sender, reference);
    let mut parsed = Vec::new();
    let mut body = body.into_data_stream();
    loop {
        let frame = tokio::time::timeout(IDLE, body.next()).await.map_err(|_| {
            let detail = "nothing came for 60 seconds; send the file again with the same key";
            Problem::new(&kinds::REQUEST_TIMEOUT, detail)
        })?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|_| {
            let detail = "the body was cut off; send the file again with the same key";
            Problem::new(&kinds::BAD_REQUEST, detail)
        })?;
        for piece in frame.chunks(PIECE) {
            let read = reader.push(piece, &mut parsed);
            intake.named(reader.reference())?;
            intake.take(&mut parsed).await?;
            read?;
        }
    }
    reader.finish(&mut parsed)?;
    intake.take(&mut parsed).await?;
    intake.submit().await
}

struct Intake<'a> {
    sender: Sender<'a>,
    reference: Option<CompactString>,
    batch: Option<BatchId>,
    chunk: ChunkAdded,
    lines: u32,
    /// On which line each account is credited.
    seen: FxHashMap<[u8; 16], u32>,
}

impl<'a> Intake<'a> {
    fn new(sender: Sender<'a>, reference: Option<CompactString>) -> Self {
        let chunk = ChunkAdded { number: 0, lines: Vec::new(), refused: Vec::new() };
        Self { sender, reference, batch: None, chunk, lines: 0, seen: FxHashMap::default() }
    }

    /// Takes the reference that stands in the body, if any.
    fn named(&mut self, reference: Option<&CompactString>) -> Result<(), Problem> {
        let Some(reference) = reference else { return Ok(()) };
        match &self.reference {
            Some(known) if known != reference => {
                let detail = "is not that of the request; expected the same, or only one of them";
                Err(Problem::field(&kinds::INVALID_FIELD, "reference", detail))
            }
            Some(_) => Ok(()),
            None => {
                self.reference = Some(reference.clone());
                Ok(())
            }
        }
    }

    async fn take(&mut self, parsed: &mut Vec<Parsed>) -> Result<(), Problem> {
        for line in parsed.drain(..) {
            self.lines += 1;
            if self.lines > LINES_MAX {
                return Err(BatchRefusal::TooManyLines.into());
            }
            match line.and_then(|it| self.once(it)) {
                Ok(line) => self.chunk.lines.push(line),
                Err(refused) => self.chunk.refused.push(refused),
            }
            if self.chunk.lines.len() + self.chunk.refused.len() == CHUNK_LINES_MAX {
                self.write().await?;
            }
        }
        Ok(())
    }

    fn once(&mut self, line: Line) -> Result<Line, RefusedLine> {
        let AccountId(id) = line.account;
        match self.seen.entry(id.into_bytes()) {
            std::collections::hash_map::Entry::Vacant(it) => {
                it.insert(line.number);
                Ok(line)
            }
            std::collections::hash_map::Entry::Occupied(it) => {
                let detail = format!(
                    "account: line {} credits it already; expected one line for each account",
                    it.get()
                );
                Err(Rule::AccountDuplicated.refuse(line.number, detail))
            }
        }
    }

    /// The batch, opened when it was not.
    async fn batch(&mut self) -> Result<BatchId, Problem> {
        if let Some(batch) = self.batch {
            return Ok(batch);
        }
        let reference = self.reference.clone().ok_or_else(idempotency::missing)?;
        let (envelope, Sender { ledger, meta, .. }) = (self.sender.envelope, &self.sender);
        // No top-up's reference holds a control character: neither can pass for the other.
        let batch = BatchId::derived(envelope.0, format!("\0batch\0{reference}").as_bytes());
        let open = BatchCommand::Open(BatchOpened { envelope, reference });
        ledger.execute::<Batch>(batch, &open, *meta).await?;
        self.batch = Some(batch);
        Ok(batch)
    }

    async fn write(&mut self) -> Result<(), Problem> {
        let batch = self.batch().await?;
        let next = ChunkAdded {
            number: self.chunk.number + 1,
            lines: Vec::with_capacity(CHUNK_LINES_MAX),
            refused: Vec::new(),
        };
        let chunk = std::mem::replace(&mut self.chunk, next);
        let first = chunk.number * u32::try_from(CHUNK_LINES_MAX).unwrap_or(u32::MAX) + 1;
        let add = BatchCommand::AddChunk(chunk);
        let added = self.sender.ledger.execute::<Batch>(batch, &add, self.sender.meta).await;
        match added {
            Ok(_) => Ok(()),
            Err(ExecuteError::Refused(
                BatchRefusal::ReferenceReused { .. } | BatchRefusal::Submitted,
            )) => Err(other_file(&format!("from its {first}th line on"))),
            Err(error) => Err(error.into()),
        }
    }

    async fn submit(mut self) -> Result<Received, Problem> {
        if self.lines == 0 {
            return Err(BatchRefusal::Empty.into());
        }
        if !self.chunk.lines.is_empty() || !self.chunk.refused.is_empty() {
            self.write().await?;
        }
        let batch = self.batch().await?;
        let (ledger, sent) = (self.sender.ledger, self.chunk.number);
        let known = ledger.inspect::<Batch, _>(batch, |it| (it.chunks.len(), it.refused)).await?;
        if u32::try_from(known.0) != Ok(sent) {
            return Err(other_file(&format!("which has more lines than these {}", self.lines)));
        }
        let done = ledger.execute::<Batch>(batch, &BatchCommand::Submit, self.sender.meta).await;
        let done = done.map_err(|error| {
            let empty = matches!(error, ExecuteError::Refused(BatchRefusal::Empty));
            let problem = Problem::from(error);
            if !empty {
                return problem;
            }
            problem.with("batch", batch.to_string()).with("refused_lines", known.1)
        })?;
        Ok(Received { batch, new: !done.events.is_empty(), position: done.position })
    }
}

/// The reference served for another file.
fn other_file(how: &str) -> Problem {
    let detail = format!("this reference served for another file, {how}: use a new one");
    Problem::new(&kinds::IDEMPOTENCY_KEY_REUSED, detail)
}
