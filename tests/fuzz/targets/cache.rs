//! Whatever somebody puts in the place of what a run has kept, the next run ends, and has no failures.
#![no_main]
use std::fs;
use std::path::PathBuf;
use std::sync::OnceLock;

use exlint_engine::{
    Cache, ConfigFile, Overlay, Overrides, Request, Settings, Targets, check, forge_records,
};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// A project with some of the fixtures, and what a run over it has kept.
struct Project {
    folder: TempDir,
    targets: Targets,
    settings: Settings,
    cache: Cache,
    /// The file with the results, and what it holds.
    kept: (PathBuf, Vec<u8>),
}

const FIXTURES: [&str; 3] = [
    include_str!("../../../fixtures/rules/blocking-genserver.ex"),
    include_str!("../../../fixtures/rules/unsupervised-fire-and-forget.ex"),
    include_str!("../../../fixtures/rules/child-order-violates-dependency.ex"),
];

impl Project {
    fn new() -> Project {
        let folder = tempfile::tempdir().expect("a folder");
        let write = |path: &str, text: &str| fs::write(folder.path().join(path), text);
        for (nth, fixture) in FIXTURES.iter().enumerate() {
            write(&format!("a{nth}.ex"), fixture).expect("a file");
        }
        write("mix.exs", "0\n").expect("a file");
        let targets = Targets::resolve(&[folder.path().to_owned()]).expect("the folder is there");
        let overrides = Overrides {
            select: vec!["all".to_owned()],
            ..Overrides::default()
        };
        let settings = Settings::load(
            exlint_fuzz::RULES,
            &ConfigFile::None,
            &overrides,
            &targets,
        );
        let results = folder.path().join("results");
        let cache = Cache::of(&targets, Some(&results)).expect("a cache");
        let mut project = Project {
            settings: settings.expect("the shipped rules are right"),
            kept: Default::default(),
            folder,
            targets,
            cache,
        };
        project.check();
        let files = fs::read_dir(results).expect("a folder");
        let file = files.map(|file| file.expect("a file").path());
        let file = { file }.find(|it| it.extension().is_some_and(|it| it == "cache"));
        let file = file.expect("something was kept");
        project.kept = (file.clone(), fs::read(file).expect("a file"));
        project
    }

    fn check(&self) {
        let outcome = check(&Request {
            cache: Some(&self.cache),
            threads: Some(1),
            fingerprints: true,
            ..Request::of(&self.targets, &self.settings, &Overlay::default())
        });
        assert_eq!(outcome.expect("it is checked").failures, []);
    }
}

/// Which file's record is changed, then the places in it and the bytes that are put there; from a place beyond the
/// record on, it is cut.
fn change(record: &mut Vec<u8>, edits: &[u8]) {
    for edit in edits.chunks_exact(3) {
        let at = usize::from(u16::from_le_bytes([edit[0], edit[1]]));
        match edit[2] {
            0xfe => record.truncate(at),
            0xfd if at <= record.len() => record.splice(at..at, [edit[0]; 200]).for_each(drop),
            byte => {
                let length = record.len().max(1);
                record.get_mut(at % length).into_iter().for_each(|it| *it = byte);
            }
        }
    }
}

fuzz_target!(|edits: &[u8]| {
    static PROJECT: OnceLock<Project> = OnceLock::new();
    let project = PROJECT.get_or_init(Project::new);
    let Some((which, edits)) = edits.split_first() else {
        return;
    };
    let (file, bytes) = &project.kept;
    fs::write(file, bytes).expect("a file");
    let mut number = 0;
    forge_records(file, |record| {
        if number == *which % 4 {
            change(record, edits);
        }
        number += 1;
    });
    // The records are read only when something changed.
    fs::write(project.folder.path().join("mix.exs"), "1\n").expect("a file");
    project.check();
});
