//! `cargo bench`: the phases of a run, apart, on generated source. `exlint check --timing` prints the same phases for a
//! real project.
use std::{fs, path::Path};

use divan::{Bencher, black_box, counter::BytesCount};
use exlint_engine::{ConfigFile, Overlay, Overrides, Request, Settings, Targets};
use exlint_facts::{FileFacts, FileRole};
use exlint_findings::{FileId, Finding, Level, Source};
use exlint_project::{Project, Tables};
use exlint_report::{Format, Report, Sources, Style, Summary};
use exlint_rules::{Enabled, Linter};
use exlint_syntax::{File, Tree};

const FILES: usize = 50;

fn main() {
    divan::main();
}

/// A context, a server that uses it, and its clients, in one file.
fn source(number: usize) -> String {
    let mut text = format!(
        "defmodule Shop.Part{number} do\n  use GenServer\n  alias Shop.Part{next}, as: Next\n\n",
        next = (number + 1) % FILES
    );
    for function in 0..40 {
        text += &format!(
            "  @doc \"Part {number}, function {function}.\"\n  def fetch_{function}(id, opts \\\\ []) when is_integer(id) do\n    \
             with {{:ok, row}} <- Next.fetch_{function}(id, opts),\n         %{{price: price}} = item <- Enum.map(row, & &1.item) do\n      \
             case GenServer.call(__MODULE__, {{:get, id}}) do\n        {{:ok, value}} -> {{:ok, %{{item | total: price * value}}}}\n        \
             {{:error, reason}} -> {{:error, \"no #{{id}}: #{{inspect(reason)}}\"}}\n      end\n    end\n  end\n\n",
        );
    }
    text + "  @impl true\n  def init(opts), do: {:ok, %{opts: opts, items: %{}}}\n\n  @impl true\n  def handle_call({:get, id}, _from, state) do\n    {:reply, Map.fetch(state.items, id), state}\n  end\nend\n"
}

fn sources() -> Vec<String> {
    (0..FILES).map(source).collect()
}

fn bytes(sources: &[String]) -> BytesCount {
    BytesCount::new(sources.iter().map(String::len).sum::<usize>())
}

fn files() -> Vec<File> {
    sources().into_iter().map(exlint_syntax::parse).collect()
}

/// A project with these sources, checked as a whole without a cache.
fn check(bencher: Bencher, sources: &[String]) {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    fs::create_dir(folder.path().join("lib")).expect("the folder is ours");
    for (number, source) in sources.iter().enumerate() {
        fs::write(folder.path().join(path(number)), source).expect("the folder is ours");
    }
    let targets = Targets::resolve(&[folder.path().to_owned()]).expect("the folder is there");
    let rules = include_str!("../../rules.toml");
    let settings = Settings::load(rules, &ConfigFile::None, &Overrides::default(), &targets)
        .expect("rules.toml is right");
    let overlay = Overlay::default();
    bencher.bench(|| exlint_engine::check(&Request::of(&targets, &settings, &overlay)));
}

/// One source under every number.
struct Shown(Source);

impl Sources for Shown {
    fn path(&self, _: FileId) -> &str {
        &self.0.path
    }

    fn disk(&self, _: FileId) -> Option<&Path> {
        None
    }

    fn source(&self, _: FileId) -> Option<&Source> {
        Some(&self.0)
    }
}

fn path(number: usize) -> String {
    format!("lib/part_{number}.ex")
}

fn facts(files: &[File]) -> Vec<FileFacts> {
    files
        .iter()
        .enumerate()
        .map(|(number, file)| exlint_facts::collect(&path(number), file))
        .collect()
}

fn tables() -> Tables {
    let shipped: toml::Table = include_str!("../../rules.toml")
        .parse()
        .expect("rules.toml is TOML");
    shipped.try_into().expect("the tables are right")
}

/// All rules, those that are off by default included.
fn linter() -> Linter {
    let rule = |rule| Enabled {
        rule,
        level: Level::Warning,
        options: toml::Table::new(),
    };
    Linter::new(exlint_rules::all().iter().map(rule).collect(), tables())
        .expect("defaults are right")
}

#[divan::bench]
fn parse(bencher: Bencher) {
    let sources = sources();
    bencher.counter(bytes(&sources)).bench(|| {
        sources
            .iter()
            .for_each(|it| drop(black_box(Tree::parse(it))))
    });
}

#[divan::bench]
fn lower(bencher: Bencher) {
    let sources = sources();
    bencher
        .counter(bytes(&sources))
        .with_inputs(|| {
            sources
                .iter()
                .map(|it| (Tree::parse(it), it.clone()))
                .collect::<Vec<_>>()
        })
        .bench_values(|trees| {
            trees
                .into_iter()
                .map(|(tree, source)| tree.lower(source))
                .collect::<Vec<_>>()
        });
}

#[divan::bench]
fn collect_facts(bencher: Bencher) {
    let files = files();
    bencher.counter(bytes(&sources())).bench(|| facts(&files));
}

#[divan::bench]
fn file_rules(bencher: Bencher) {
    let (files, linter) = (files(), linter());
    let facts = facts(&files);
    bencher.counter(bytes(&sources())).bench(|| {
        let mut count = 0;
        for (number, (file, facts)) in files.iter().zip(&facts).enumerate() {
            let id = FileId(number as u32);
            count += linter
                .check_file(&path(number), id, FileRole::Production, file, facts, None)
                .len();
        }
        count
    });
}

#[divan::bench]
fn link(bencher: Bencher) {
    let (files, tables) = (files(), tables());
    let facts = facts(&files);
    bencher
        .counter(bytes(&sources()))
        .with_inputs(|| facts.clone())
        .bench_values(|facts| Project::link(facts, &tables));
}

#[divan::bench]
fn project_rules(bencher: Bencher) {
    let linter = linter();
    let project = Project::link(facts(&files()), linter.tables());
    bencher.counter(bytes(&sources())).bench(|| {
        (0..linter.project_rules())
            .map(|it| linter.check_project(it, &project).len())
            .sum::<usize>()
    });
}

#[divan::bench]
fn line_index(bencher: Bencher) {
    let sources = sources();
    bencher.counter(bytes(&sources)).bench(|| {
        sources
            .iter()
            .map(|it| Source::new("lib/a.ex", it.as_str()).line_count())
            .sum::<u32>()
    });
}

/// Finding the files and reading them: they are empty.
#[divan::bench]
fn walk_and_read(bencher: Bencher) {
    check(bencher, &vec![String::new(); FILES]);
}

/// All phases, with whatever threads there are.
#[divan::bench]
fn whole(bencher: Bencher) {
    let sources = sources();
    check(bencher.counter(bytes(&sources)), &sources);
}

#[divan::bench(args = ["concise", "full", "json", "sarif"])]
fn report(bencher: Bencher, format: &str) {
    let format: Format = format.parse().expect("there is such a format");
    let (files, linter) = (files(), linter());
    let facts = facts(&files);
    let findings: Vec<Finding> = std::iter::zip(&files, &facts)
        .flat_map(|(file, facts)| {
            linter.check_file(
                "lib/a.ex",
                FileId(0),
                FileRole::Production,
                file,
                facts,
                None,
            )
        })
        .collect();
    let report = Report {
        findings: &findings,
        fingerprints: &vec![String::new(); findings.len()],
        suppressed: &[],
        sources: &Shown(Source::new("lib/a.ex", source(0))),
        rules: &[],
        summary: &Summary::default(),
        failures: &[],
        folder: "",
        category: None,
    };
    bencher.bench_local(|| {
        let mut out = Vec::new();
        exlint_report::write(&report, format, Style::PLAIN, &mut out)
            .expect("memory takes everything");
        out
    });
}
