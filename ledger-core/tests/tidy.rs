//! The shape of the code: what the architecture says is absent is absent.
//!
//! Each rule reads the sources as text, comments left out, and names the file and line that breaks
//! it.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

/// Modules where the rules live, with all that stands below them: no time, no I/O, no waiting.
const PURE: [&str; 31] = [
    "account",
    "agreement",
    "bank",
    "batch",
    "calendar",
    "chart",
    "client",
    "codec",
    "control",
    "convention",
    "correction",
    "decider",
    "digest",
    "envelope",
    "event",
    "harvest",
    "identifiers",
    "ids",
    "journal",
    "list",
    "meta",
    "money",
    "offer",
    "partner",
    "payment",
    "person",
    "remittance",
    "repeated",
    "settlement",
    "vocabulary",
    "webhook",
];

/// What has no place in a rule.
const IMPURE: [&str; 15] = [
    "async ",
    ".await",
    "tokio",
    "std::fs",
    "std::io",
    "std::net",
    "std::env",
    "std::time",
    "std::thread",
    "Utc::now",
    "now_v7",
    "new_v4",
    "EventLog",
    "event_log::Log",
    "ledger::",
];

/// Who may know whom: a crate, and the crates of the workspace it may depend on.
const MAY_KNOW: [(&str, &[&str]); 5] = [
    ("ledger-core", &[]),
    ("projections", &["ledger-core"]),
    ("catalogue-sync", &["ledger-core", "projections"]),
    ("fixtures", &["ledger-core"]),
    ("ledger-api", &["ledger-core", "projections", "catalogue-sync", "fixtures"]),
];

/// Packages that only some crates may know.
const ONLY_KNOWN_BY: [(&str, &[&str]); 6] = [
    ("axum", &["ledger-api", "fixtures"]),
    ("askama", &["ledger-api"]),
    ("kurrentdb", &[]),
    ("reqwest", &["catalogue-sync", "fixtures", "ledger-api"]),
    ("sepa", &["ledger-api"]),
    ("tonic", &["ledger-core"]),
];

const FILE_LINES_MAX: usize = 450;
const FUNCTION_LINES_MAX: usize = 70;

#[test]
fn the_rules_are_pure() {
    let sources = root().join("ledger-core/src");
    let mut broken = String::new();
    for module in PURE {
        let mut files = sources_under(&sources.join(module), &["rs"]);
        files.push(sources.join(module).with_extension("rs"));
        for file in files {
            report(&mut broken, &file, &IMPURE, "has no place in a rule");
        }
    }
    assert!(broken.is_empty(), "{broken}");
}

#[test]
fn every_module_of_the_core_is_a_rule_or_is_known_not_to_be() {
    // What waits, reads or writes; everything else in the core is pure.
    const WAITING: [&str; 6] = ["checkout", "event_log", "ledger", "process", "lib", "stream"];
    const FOR_TESTS: &str = "story";
    for entry in fs::read_dir(root().join("ledger-core/src")).unwrap() {
        let path = entry.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap();
        let known = PURE.contains(&module) || WAITING.contains(&module) || module == FOR_TESTS;
        assert!(known, "ledger-core/src/{module}: is it a rule? Say so in tests/tidy.rs");
    }
}

#[test]
fn no_file_is_too_long_to_be_read() {
    let mut broken = String::new();
    for file in sources_under(root(), &["rs", "html", "sql"]) {
        let lines = fs::read_to_string(&file).unwrap().lines().count();
        if lines > FILE_LINES_MAX {
            let _ = writeln!(broken, "{}: {lines} lines, at most {FILE_LINES_MAX}", short(&file));
        }
    }
    assert!(broken.is_empty(), "{broken}");
}

#[test]
fn no_function_is_too_long_to_be_read() {
    let mut broken = String::new();
    for file in sources_under(root(), &["rs"]) {
        let text = fs::read_to_string(&file).unwrap();
        for (line, length) in functions(&text) {
            if length > FUNCTION_LINES_MAX {
                let file = short(&file);
                let _ = writeln!(broken, "{file}:{line}: {length} lines in one function");
            }
        }
    }
    assert!(broken.is_empty(), "at most {FUNCTION_LINES_MAX}:\n{broken}");
}

#[test]
fn dependencies_go_one_way() {
    let names: Vec<&str> = MAY_KNOW.iter().map(|it| it.0).collect();
    for (of, may_know) in MAY_KNOW {
        for (known, for_tests) in dependencies(of) {
            if names.contains(&known.as_str()) {
                // Tests of any crate but the core may use the fixtures.
                let fixtures = for_tests && known == "fixtures" && of != "ledger-core";
                // A crate's own tests may want one of its features.
                let itself = for_tests && known == of;
                let right = fixtures || itself || may_know.contains(&known.as_str());
                assert!(right, "{of}/Cargo.toml: {of} must not know {known}");
            }
            let only = ONLY_KNOWN_BY.iter().find(|it| it.0 == known);
            let right = for_tests || only.is_none_or(|it| it.1.contains(&of));
            assert!(right, "{of}/Cargo.toml: {of} must not know {known}");
        }
    }
}

#[test]
fn every_crate_of_the_workspace_has_its_place() {
    let workspace = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let members = workspace.lines().find(|it| it.starts_with("members")).unwrap();
    let members: Vec<&str> = members.split('"').skip(1).step_by(2).collect();
    for member in &members {
        assert!(MAY_KNOW.iter().any(|it| it.0 == *member), "{member}: say whom it may know");
    }
    assert_eq!(members.len(), MAY_KNOW.len());
}

#[test]
fn only_the_settings_read_the_environment() {
    let mut broken = String::new();
    for file in shipped() {
        if file.file_name().unwrap() != "config.rs" {
            let reads = ["env::var", "env::vars", "env = \""];
            report(&mut broken, &file, &reads, "only config.rs reads the environment");
        }
    }
    assert!(broken.is_empty(), "{broken}");
}

#[test]
fn only_the_clock_reads_the_time() {
    let mut broken = String::new();
    for file in shipped() {
        if file.file_name().unwrap() != "clock.rs" {
            let reads =
                ["Utc::now", "Local::now", "SystemTime::now", "Uuid::now_v7", "Uuid::new_v4"];
            report(&mut broken, &file, &reads, "only clock.rs reads the time and makes ids");
        }
    }
    assert!(broken.is_empty(), "{broken}");
}

#[test]
fn a_function_is_measured_from_its_first_line_to_its_closing_brace() {
    let text = "\
fn one() {
    two(|| {
    })
}

impl Three {
    pub(super) const fn four(
        &self,
    ) -> u8 {
        4
    }

    fn five(&self);

    #[expect(clippy::too_many_lines, reason = \"one case per rule\")]
    fn six() {}
}
";
    assert_eq!(functions(text), [(1, 4), (7, 5), (13, 1)]);
}

/// The workspace.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// Rust sources of what runs, not of tests and benches.
fn shipped() -> Vec<PathBuf> {
    let mut files = sources_under(root(), &["rs"]);
    files.retain(|it| {
        it.parent()
            .unwrap()
            .ancestors()
            .all(|it| !it.ends_with("tests") && !it.ends_with("benches"))
    });
    files
}

/// Every file under `folder` with one of these extensions; none when there is no such folder.
fn sources_under(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else { return files };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if path.is_dir() {
            if !name.starts_with('.') && name != "target" && name != "node_modules" {
                files.extend(sources_under(&path, extensions));
            }
        } else if extensions.iter().any(|it| path.extension().is_some_and(|has| has == *it)) {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// Adds each line of `file` that holds one of `words` to `broken`, comments left out.
fn report(broken: &mut String, file: &Path, words: &[&str], why: &str) {
    let text = fs::read_to_string(file).unwrap();
    for (number, line) in text.lines().enumerate() {
        let code = line.split("//").next().unwrap_or_default();
        for word in words.iter().filter(|it| code.contains(**it)) {
            let _ = writeln!(broken, "{}:{}: `{word}` {why}", short(file), number + 1);
        }
    }
}

/// The first line and the length of each function, as rustfmt lays them out: the closing brace
/// stands under the first letter.
fn functions(text: &str) -> Vec<(usize, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let indent = |line: &str| line.len() - line.trim_start().len();
    let mut functions = Vec::new();
    for (first, line) in lines.iter().enumerate() {
        let before = line.split("fn ").next().unwrap_or_default();
        let starts = line.contains("fn ")
            && before.split_whitespace().all(|it| {
                matches!(it, "const" | "async" | "unsafe") || it.starts_with("pub") || it == "in"
            });
        // One long table of cases may be one function, if it says why.
        let excepted = lines[..first]
            .iter()
            .rev()
            .take_while(|it| it.trim_start().starts_with("#["))
            .any(|it| it.contains("clippy::too_many_lines"));
        if !starts || excepted {
            continue;
        }
        let over = |it: &&str| indent(it) == indent(line) && it.ends_with(['}', ';']);
        if let Some(length) = lines[first..].iter().position(over) {
            functions.push((first + 1, length + 1));
        }
    }
    functions
}

/// The packages that a crate's manifest names, and whether only its tests know them.
fn dependencies(of: &str) -> Vec<(String, bool)> {
    let manifest = fs::read_to_string(root().join(of).join("Cargo.toml")).unwrap();
    let (mut dependencies, mut section) = (Vec::new(), "");
    for line in manifest.lines() {
        if line.starts_with('[') {
            section = line;
        } else if section.contains("dependencies")
            && let Some((name, _)) = line.split_once(['.', ' ', '='])
            && !line.starts_with('#')
        {
            dependencies.push((name.to_owned(), section.contains("dev-dependencies")));
        }
    }
    assert!(!dependencies.is_empty(), "{of}/Cargo.toml names no dependency");
    dependencies
}

/// A path as one reads it in the repository.
fn short(file: &Path) -> String {
    file.strip_prefix(root()).unwrap_or(file).display().to_string()
}
