//! The checked-in documentation of the rules is what the rules say.
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

#[test]
fn pages_are_current() {
    let folder = tempfile::tempdir().expect("a folder");
    let status = Command::new(env!("CARGO_BIN_EXE_exlint"))
        .arg("docs")
        .arg(folder.path())
        .status()
        .expect("the command runs");
    assert!(status.success());
    let (written, checked_in) = (pages(folder.path()), pages(Path::new("crates/rules/docs")));
    let names = written.keys().chain(checked_in.keys());
    let stale: Vec<_> = names
        .filter(|name| written.get(*name) != checked_in.get(*name))
        .collect();
    assert!(
        stale.is_empty(),
        "not current: {stale:?}; remove those of rules that are gone, write the others with \
         `cargo run -- docs crates/rules/docs`"
    );
}

fn pages(folder: &Path) -> BTreeMap<String, String> {
    let files = fs::read_dir(folder).expect("a folder").flatten();
    let page = |file: fs::DirEntry| {
        let text = fs::read_to_string(file.path()).expect("a page");
        (file.file_name().to_string_lossy().into_owned(), text)
    };
    files.map(page).collect()
}
