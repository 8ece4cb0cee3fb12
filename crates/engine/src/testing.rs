//! A few rules to test configuration with.
use exlint_findings::{Confidence, Source};
use exlint_rules::{Family, Meta, OptionMeta, Scope};
use serde::Deserialize;

use crate::config::{Author, Config};
use crate::error::ConfigError;
use crate::names::Catalogue;

const fn meta(
    name: &'static str,
    family: Family,
    scope: Scope,
    options: &'static [OptionMeta],
) -> Meta {
    Meta {
        name,
        family,
        confidence: Confidence::High,
        scope,
        fix: None,
        in_tests: false,
        in_scripts: false,
        in_templates: false,
        docs: "",
        options,
        source: "",
    }
}

const OPTIONS: &[OptionMeta] = &[OptionMeta {
    name: "max_depth",
    kind: "usize",
    docs: "",
}];

static BARE_SPAWN: Meta = meta("bare-spawn", Family::Supervision, Scope::File, &[]);
static BLOCKING: Meta = meta(
    "blocking-genserver",
    Family::Process,
    Scope::Project,
    OPTIONS,
);
static SLEEP: Meta = meta("sleep-in-callback", Family::Process, Scope::Module, &[]);
static UNUSED: Meta = meta("unused-suppression", Family::Exlint, Scope::File, &[]);

#[derive(Deserialize)]
struct Options {
    #[serde(rename = "max_depth")]
    _max_depth: Option<usize>,
}

/// `bare-spawn`, `blocking-genserver` with the option `max_depth`, `sleep-in-callback`, `unused-suppression`.
pub(crate) fn catalogue() -> Catalogue {
    Catalogue::of(
        vec![&BARE_SPAWN, &BLOCKING, &SLEEP, &UNUSED],
        |_, options| options.try_into::<Options>().map(|_| ()),
    )
}

pub(crate) fn read(text: &str, author: Author) -> Result<Config, ConfigError> {
    let source = Source::new("exlint.toml", text);
    Config::read(source, Default::default(), author, &catalogue())
}
