//! Any text is a configuration, or wrong at some place.
#![no_main]
use exlint_engine::{ConfigFile, Overrides, Settings, Targets};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &[u8]| {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("exlint.toml");
    std::fs::write(&path, text).expect("a file");
    let targets = Targets::resolve(&[folder.path().to_owned()]).expect("the folder is there");
    let file = ConfigFile::At(path);
    if let Err(error) = Settings::load(exlint_fuzz::RULES, &file, &Overrides::default(), &targets) {
        _ = error.to_string();
    }
});
