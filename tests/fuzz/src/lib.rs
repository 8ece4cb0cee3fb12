//! What the targets share: a run over texts that are on no disk.
use std::path::Path;
use std::sync::OnceLock;

use exlint_engine::{ConfigFile, Fixed, Outcome, Overlay, Overrides, Request, Settings, Targets};
use exlint_findings::Applicability;

pub const RULES: &str = include_str!("../../../rules.toml");

/// A run of every rule over one text.
pub struct Run {
    targets: Targets,
    settings: Settings,
}

impl Run {
    pub fn new() -> &'static Run {
        static RUN: OnceLock<Run> = OnceLock::new();
        RUN.get_or_init(|| {
            let targets = Targets::resolve_text(Path::new("/nowhere/lib/a.ex")).expect("a name");
            let overrides = Overrides {
                select: vec!["all".to_owned()],
                ..Overrides::default()
            };
            let settings = Settings::load(RULES, &ConfigFile::None, &overrides, &targets);
            Run {
                targets,
                settings: settings.expect("the shipped rules are right"),
            }
        })
    }

    pub fn check(&self, text: &[u8]) -> Outcome {
        let overlay = self.targets.overlay(text.to_vec());
        let outcome = exlint_engine::check(&self.request(&overlay));
        let outcome = outcome.expect("it is checked");
        assert_eq!(outcome.failures, []);
        outcome
    }

    pub fn fix(&self, text: &[u8]) -> Fixed {
        let overlay = self.targets.overlay(text.to_vec());
        let fixed = exlint_engine::fix(&self.request(&overlay), Applicability::Unsafe);
        fixed.expect("it is checked")
    }

    fn request<'a>(&'a self, overlay: &'a Overlay) -> Request<'a> {
        Request {
            threads: Some(1),
            fingerprints: true,
            ..Request::of(&self.targets, &self.settings, overlay)
        }
    }
}

/// Does `work` where the stack is as deep as that of a run.
pub fn on_deep_stack(work: impl FnOnce() + Send) {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(exlint_engine::STACK);
        let thread = thread.spawn_scoped(scope, work).expect("a thread");
        if thread.join().is_err() {
            std::process::abort();
        }
    });
}
