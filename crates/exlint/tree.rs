//! `exlint tree`: the supervision tree of a project.
use clap::builder::{PossibleValuesParser, TypedValueParser};
use exlint_engine::{Overlay, Overrides, Request, Settings, Targets};
use exlint_report::TreeFormat;

use crate::args::{CacheArgs, ConfigArgs};
use crate::show::Terminal;
use crate::{End, RULES, Stop, output};

#[derive(Debug, clap::Args)]
pub struct TreeArgs {
    /// The project
    #[arg(default_value = ".", value_hint = clap::ValueHint::DirPath)]
    path: std::path::PathBuf,
    /// How to draw it
    #[arg(long, default_value = "text", value_parser = formats())]
    format: TreeFormat,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    cache: CacheArgs,
}

pub fn run(args: &TreeArgs, terminal: Terminal) -> Result<End, Stop> {
    let targets = Targets::resolve(std::slice::from_ref(&args.path))?;
    let overrides = Overrides::default();
    let settings = Settings::load(RULES, &args.config.file(), &overrides, &targets)?;
    let cache = args.cache.cache(&targets);
    let request = Request {
        targets: &targets,
        settings: &settings,
        overlay: &Overlay::default(),
        cache: cache.as_ref(),
        baseline: None,
        changes: None,
        threads: None,
        timing: false,
        fingerprints: false,
        suppressed: false,
        progress: None,
    };
    let (nodes, failures) = exlint_engine::supervision_tree(&request)?;
    failures
        .iter()
        .for_each(|failure| terminal.warn(&failure.to_string()));
    if nodes.is_empty() {
        terminal.warn("no supervisor found");
    }
    output::print(&terminal.tree(&nodes, args.format))?;
    Ok(if failures.is_empty() {
        End::Clean
    } else {
        End::Failed
    })
}

fn formats() -> impl TypedValueParser<Value = TreeFormat> {
    PossibleValuesParser::new(TreeFormat::ALL.iter().map(|it| it.name()))
        .try_map(|name| name.parse::<TreeFormat>())
}
