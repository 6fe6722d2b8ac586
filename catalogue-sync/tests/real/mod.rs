//! Real data that belong to others: they lie beside the project, not in it.

use std::path::{Path, PathBuf};

/// Where the real data `name` are; `None`, said plainly, when they are not there.
#[expect(clippy::print_stdout, reason = "who runs the tests must know what was not checked")]
pub fn path(name: &str) -> Option<PathBuf> {
    let above = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().skip(2);
    let found = above.map(|it| it.join("shared/real").join(name)).find(|it| it.exists());
    if found.is_none() {
        println!("skipped: no shared/real/{name} beside the project");
    }
    found
}

/// The files of the folder `name`, by name, with their text.
pub fn files(name: &str) -> Option<Vec<(String, String)>> {
    let entries = std::fs::read_dir(path(name)?).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|it| it.unwrap().path()).collect();
    paths.sort();
    let file = |it: PathBuf| {
        let name = it.file_name().unwrap().to_string_lossy().into_owned();
        (name, std::fs::read_to_string(it).unwrap())
    };
    Some(paths.into_iter().map(file).collect())
}
