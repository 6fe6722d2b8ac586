//! A page made of facts, tables and forms, in the order in which they are read: what the
//! accountant's and the authorising officer's pages are made of.
//!
//! A table is a [`Table`] of the reports, so that the page, the CSV and the PDF show the same one.

use std::fmt::Display;

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use ledger_core::event_log::Position;
use projections::table::{Cell, Table};

use crate::charts::{AgeingChart, ConsumptionChart};
use crate::page::{Frame, Page};
use crate::problem::Problem;

/// `templates/sheet.html`.
#[derive(Template)]
#[template(path = "sheet.html")]
pub struct Sheet {
    /// What is around it.
    pub frame: Frame,
    /// Its heading.
    pub title: String,
    /// What it is for, in one or two sentences.
    pub lead: String,
    /// The pages above it: where they are, and what they are called.
    pub above: Vec<(&'static str, &'static str)>,
    /// Files to be saved: what they are called, and where they are.
    pub files: Vec<(&'static str, String)>,
    /// What it shows, in order.
    pub blocks: Vec<Block>,
    /// Up to where the log was read; `None` when it shows nothing of it.
    pub position: Option<Position>,
}

/// One part of a page.
#[derive(Clone, Debug)]
pub enum Block {
    /// What is so.
    Facts(Vec<Fact>),
    /// A few figures, the first one larger.
    Figures(Vec<(&'static str, String, String)>),
    /// A notice: `success`, `info`, `warning` or `error`, and what it says.
    Notice(&'static str, String),
    /// A heading of the second level; its id is what links lead to.
    Heading(&'static str, String),
    /// A paragraph.
    Text(String),
    /// Links: where they lead, what they say, whether they are where one is.
    Tabs(Vec<(String, String, bool)>),
    /// A table.
    Table(SheetTable),
    /// How old what waits is, drawn; beside its table.
    Ageing(AgeingChart),
    /// What became of a budget over its year, drawn; beside its table.
    Consumption(ConsumptionChart),
    /// How far some things are.
    Progress(Vec<Progress>),
    /// A form that changes something.
    Form(SheetForm),
    /// A form that chooses what is shown.
    Filters(SheetForm),
}

/// How far something is.
#[derive(Clone, Debug)]
pub struct Progress {
    /// What.
    pub label: String,
    /// How far, in words.
    pub told: String,
    /// From 0 to 100.
    pub percent: u64,
}

/// Something that is so.
#[derive(Clone, Debug)]
pub struct Fact {
    /// What about.
    pub label: String,
    /// As it reads.
    pub value: String,
    /// Where to read more of it; empty when there is nowhere.
    pub href: String,
    /// Its badge; empty when it has none.
    pub tone: &'static str,
}

impl Fact {
    /// Something that is so.
    pub fn new(label: impl Into<String>, value: impl Display) -> Self {
        let (label, value) = (label.into(), value.to_string());
        Self { label, value, href: String::new(), tone: "" }
    }

    /// The same, leading somewhere.
    #[must_use]
    pub fn leading(self, href: impl Into<String>) -> Self {
        Self { href: href.into(), ..self }
    }

    /// The same, as a badge.
    #[must_use]
    pub fn badge(self, tone: &'static str) -> Self {
        Self { tone, ..self }
    }
}

/// A table, and where its cells lead.
#[derive(Clone, Debug)]
pub struct SheetTable {
    /// Its id in the page.
    pub id: &'static str,
    /// What it shows.
    pub caption: String,
    /// Its headings, rows and totals.
    pub table: Table,
    /// Where cells lead, row by row: the column, and the address.
    pub links: Vec<Vec<(usize, String)>>,
    /// What is said when it has no row.
    pub empty: &'static str,
    /// Where the next rows are; empty when these are all.
    pub next: String,
}

impl SheetTable {
    /// `table`, whose cells lead nowhere yet.
    pub fn new(id: &'static str, caption: impl Into<String>, table: Table) -> Self {
        let caption = caption.into();
        Self { id, caption, table, links: vec![], empty: "Rien à montrer.", next: String::new() }
    }

    /// Where the cell leads; empty when it leads nowhere.
    fn link(&self, row: usize, column: usize) -> &str {
        let row = self.links.get(row).map(Vec::as_slice).unwrap_or_default();
        row.iter().find(|it| it.0 == column).map_or("", |it| it.1.as_str())
    }

    /// A heading as it reads on a page: `solde_final` is « Solde final ».
    fn heading(&self, column: usize) -> String {
        let name = self.table.headings.get(column).copied().unwrap_or_default().replace('_', " ");
        let mut letters = name.chars();
        letters.next().map(|it| it.to_uppercase().chain(letters).collect()).unwrap_or_default()
    }

    /// Whether the column holds figures.
    fn is_figure(&self, column: usize) -> bool {
        let rows = self.table.rows.iter().chain(&self.table.totals);
        rows.filter_map(|row| row.get(column)).any(Cell::is_figure)
    }
}

/// A form: one that changes something is posted.
#[derive(Clone, Debug)]
pub struct SheetForm {
    /// Its id in the page.
    pub id: &'static str,
    /// Where it is sent.
    pub action: String,
    /// Its heading; empty when it has none.
    pub heading: &'static str,
    /// What to know before it is sent; may be empty.
    pub hint: String,
    /// Its fields.
    pub fields: Vec<Field>,
    /// What its button says.
    pub button: &'static str,
    /// Whether it sends a file.
    pub file: bool,
}

/// One field of a form.
#[derive(Clone, Debug)]
pub struct Field {
    /// Its name in what is sent.
    pub name: String,
    /// What it asks.
    pub label: String,
    /// How to answer; may be empty.
    pub hint: String,
    /// What is written in it.
    pub value: String,
    /// What is wrong with that; empty when it is right.
    pub error: String,
    /// What kind of field it is.
    pub kind: Kind,
}

/// What kind of field it is.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Sent as it is, and not shown.
    Hidden,
    /// One line of text.
    Text,
    /// A sum in euros.
    Money,
    /// A day.
    Day,
    /// Several lines of text.
    Area,
    /// A file.
    File,
    /// A box to tick; ticked when it is true.
    Box(bool),
    /// One of these: what is sent, what it says.
    Choice(Vec<(String, String)>),
}

impl Field {
    /// A field of that kind.
    pub fn new(name: impl Into<String>, label: impl Into<String>, kind: Kind) -> Self {
        // What is written there stands in the log for ever (ADR 0007).
        let free = matches!(kind, Kind::Area);
        let hint = if free { "Sans nom de personne : ce texte reste au journal." } else { "" };
        Self {
            name: name.into(),
            label: label.into(),
            hint: hint.to_owned(),
            value: String::new(),
            error: String::new(),
            kind,
        }
    }

    /// How to answer.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: hint.into(), ..self }
    }

    /// What is written in it.
    #[must_use]
    pub fn value(self, value: impl Into<String>) -> Self {
        Self { value: value.into(), ..self }
    }
}

impl Sheet {
    /// An empty page, to be filled.
    pub fn new(frame: Frame, title: impl Into<String>, lead: impl Into<String>) -> Self {
        Self {
            frame,
            title: title.into(),
            lead: lead.into(),
            above: vec![],
            files: vec![],
            blocks: vec![],
            position: None,
        }
    }

    /// Up to where the log was read, as it reads; empty when it shows nothing of it.
    fn read_up_to(&self) -> String {
        self.position.map(crate::format::grouped).unwrap_or_default()
    }

    /// Adds a part.
    pub fn push(&mut self, block: Block) {
        self.blocks.push(block);
    }

    /// Adds a heading of the second level.
    pub fn heading(&mut self, id: &'static str, text: impl Into<String>) {
        self.push(Block::Heading(id, text.into()));
    }

    /// Tells what has just happened, or why it did not.
    pub fn notice(&mut self, tone: &'static str, text: impl Into<String>) {
        self.push(Block::Notice(tone, text.into()));
    }

    /// The page.
    pub fn answer(self) -> Response {
        Page(self).into_response()
    }

    /// The page, after something in it could not be done: the problem stands above all else.
    pub fn refused(mut self, problem: &Problem) -> Response {
        let told = problem.told.clone().unwrap_or_else(|| problem.kind.advice.to_owned());
        let text = format!("{} : {told}", problem.kind.heading);
        self.blocks.insert(0, Block::Notice("error", text));
        let status = match problem.status() {
            it if it.is_client_error() => it,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        (status, Page(self)).into_response()
    }
}
