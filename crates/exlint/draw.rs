//! What is drawn: the supervision tree, and the servers with their messages.
use clap::builder::{PossibleValuesParser, TypedValueParser};
use exlint_engine::{Error, Failure, Overlay, Overrides, Request, Settings, Targets};
use exlint_report::DrawFormat;

use crate::args::{CacheArgs, ConfigArgs};
use crate::show::Terminal;
use crate::{End, RULES, Stop, output};

#[derive(Debug, clap::Args)]
pub struct DrawArgs {
    /// The project
    #[arg(default_value = ".", value_hint = clap::ValueHint::DirPath)]
    path: std::path::PathBuf,
    /// How to draw it
    #[arg(long, default_value = "text", value_parser = formats())]
    format: DrawFormat,
    #[command(flatten)]
    config: ConfigArgs,
    #[command(flatten)]
    cache: CacheArgs,
}

pub fn tree(args: &DrawArgs, terminal: Terminal) -> Result<End, Stop> {
    let (nodes, failures) = args.ask(exlint_engine::supervision_tree)?;
    if nodes.is_empty() {
        terminal.warn("no supervisor found");
    }
    output::print(&terminal.tree(&nodes, args.format))?;
    Ok(end(&failures, terminal))
}

pub fn graph(args: &DrawArgs, terminal: Terminal) -> Result<End, Stop> {
    let (graph, failures) = args.ask(exlint_engine::message_graph)?;
    if graph.processes.is_empty() {
        terminal.warn("no server found");
    }
    output::print(&terminal.graph(&graph, args.format))?;
    Ok(end(&failures, terminal))
}

impl DrawArgs {
    fn ask<T>(&self, question: impl Fn(&Request) -> Result<T, Error>) -> Result<T, Stop> {
        let targets = Targets::resolve(std::slice::from_ref(&self.path))?;
        let overrides = Overrides::default();
        let settings = Settings::load(RULES, &self.config.file(), &overrides, &targets)?;
        let cache = self.cache.cache(&targets);
        let overlay = Overlay::default();
        let request = Request {
            cache: cache.as_ref(),
            ..Request::of(&targets, &settings, &overlay)
        };
        Ok(question(&request)?)
    }
}

fn end(failures: &[Failure], terminal: Terminal) -> End {
    let failures = failures.iter();
    match failures.map(|it| terminal.warn(&it.to_string())).count() {
        0 => End::Clean,
        _ => End::Failed,
    }
}

fn formats() -> impl TypedValueParser<Value = DrawFormat> {
    PossibleValuesParser::new(DrawFormat::ALL.iter().map(|it| it.name()))
        .try_map(|name| name.parse::<DrawFormat>())
}
