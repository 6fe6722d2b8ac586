//! The baseline: SQLite's full text, and a table of what each offer is filed under.

use std::path::Path;

use ledger_core::offer::Listing;
use ledger_core::vocabulary::{level_by_word, subject_by_word};
use projections::search::{FacetKind, SearchRequest};
use rusqlite::{Connection, params, params_from_iter};

/// The same offers in plain SQLite.
pub struct Plain(Connection);

impl Plain {
    /// Makes it at `path` from the read models at `from`.
    pub fn make(from: &Path, path: &Path) -> Self {
        let connection = Connection::open(path).unwrap();
        connection
            .execute_batch(
                "PRAGMA journal_mode = off; PRAGMA synchronous = off; PRAGMA cache_size = -262144;
                CREATE TABLE offer (no INTEGER PRIMARY KEY, price INTEGER NOT NULL);
                CREATE TABLE filed (kind TEXT, value TEXT, no INTEGER,
                    PRIMARY KEY (kind, value, no)) WITHOUT ROWID;
                CREATE TABLE filing (no INTEGER, kind TEXT, value TEXT,
                    PRIMARY KEY (no, kind, value)) WITHOUT ROWID;
                CREATE VIRTUAL TABLE text USING fts5 (title, description, content = '',
                    tokenize = 'unicode61 remove_diacritics 2');
                BEGIN",
            )
            .unwrap();
        let rows = Connection::open(from).unwrap();
        let mut listings = rows.prepare("SELECT offer, listing FROM offer_listing").unwrap();
        let mut listings = listings.query([]).unwrap();
        while let Some(row) = listings.next().unwrap() {
            let (no, listing): (i64, String) = (row.get(0).unwrap(), row.get(1).unwrap());
            put(&connection, no, &serde_json::from_str(&listing).unwrap());
        }
        connection.execute_batch("COMMIT; ANALYZE").unwrap();
        Self(connection)
    }

    /// The counts of every facet of what `request` finds, and its first offers.
    pub fn search(&self, request: &SearchRequest) -> i64 {
        let mut given: Vec<String> = Vec::new();
        let mut conditions = String::from("true");
        if !request.text.is_empty() {
            let words = request.text.split(' ').map(|it| format!("\"{it}\"*"));
            given.push(words.collect::<Vec<_>>().join(" "));
            conditions.push_str(" AND no IN (SELECT rowid FROM text WHERE text MATCH ?)");
        }
        for (kind, values) in &request.filters {
            conditions.push_str(
                " AND EXISTS (SELECT 1 FROM filed WHERE kind = ? AND value = ?
                    AND filed.no = offer.no)",
            );
            given.extend([kind.name().to_owned(), values[0].to_string()]);
        }
        let sql = format!(
            "WITH found AS MATERIALIZED (SELECT no FROM offer WHERE {conditions})
            SELECT kind, value, count(*) FROM found JOIN filing USING (no) GROUP BY kind, value"
        );
        let mut statement = self.0.prepare_cached(&sql).unwrap();
        let counts = statement.query_map(params_from_iter(&given), |row| row.get::<_, i64>(2));
        let counts: i64 = counts.unwrap().map(Result::unwrap).sum();
        let sql = format!("SELECT no FROM offer WHERE {conditions} ORDER BY no DESC LIMIT 24");
        let mut statement = self.0.prepare_cached(&sql).unwrap();
        let first = statement.query_map(params_from_iter(&given), |row| row.get::<_, i64>(0));
        counts + i64::try_from(first.unwrap().count()).unwrap()
    }
}

fn put(to: &Connection, no: i64, listing: &Listing) {
    let cents = i64::try_from(listing.price.amount.cents()).unwrap();
    to.prepare_cached("INSERT INTO offer VALUES (?1, ?2)").unwrap().execute([no, cents]).unwrap();
    let text = "INSERT INTO text (rowid, title, description) VALUES (?1, ?2, ?3)";
    let texts = params![no, listing.title, listing.description];
    to.prepare_cached(text).unwrap().execute(texts).unwrap();
    let file = |kind: FacetKind, value: &str| {
        for (table, sql) in [
            ("filed", "INSERT OR IGNORE INTO filed VALUES (?2, ?3, ?1)"),
            ("filing", "INSERT OR IGNORE INTO filing VALUES (?1, ?2, ?3)"),
        ] {
            let filed = params![no, kind.name(), value];
            to.prepare_cached(sql).unwrap().execute(filed).expect(table);
        }
    };
    for level in &listing.levels {
        file(FacetKind::Level, level);
        if let Some(it) = level_by_word(level) {
            file(FacetKind::Level, it.cycle.word());
        }
    }
    for subject in &listing.subjects {
        let mut next = subject_by_word(subject);
        while let Some(it) = next {
            file(FacetKind::Subject, it.word);
            next = it.broader.and_then(subject_by_word);
        }
    }
    file(FacetKind::Kind, listing.kind.name());
    for euros in [0, 5, 10, 20, 50] {
        if cents <= euros * 100 {
            file(FacetKind::Price, &euros.to_string());
        }
    }
    for it in &listing.details.features {
        file(FacetKind::Feature, it.name());
    }
    for it in listing.details.terms.iter().flat_map(|it| &it.path) {
        file(FacetKind::Subject, &it.id);
    }
}
