//! Any bytes are a baseline, or damaged.
#![no_main]
use exlint_engine::{Baseline, BaselineFile, Targets};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("baseline.json");
    std::fs::write(&path, bytes).expect("a file");
    let targets = Targets::resolve(&[folder.path().to_owned()]).expect("the folder is there");
    if let Err(error) = Baseline::load(&BaselineFile::At(path), &targets) {
        _ = error.to_string();
    }
});
