//! `exlint config`, `exlint init` and `exlint schema`.
use std::fmt::Write as _;
use std::io::ErrorKind;

use exlint_engine::{Effective, Overrides, RuleSetting, Setter, Settings, Targets};

use crate::args::ShowConfigArgs;
use crate::{End, RULES, Stop, output};

/// The commented file that `exlint init` writes.
const STARTER: &str = include_str!("starter.toml");

pub fn show(args: &ShowConfigArgs) -> Result<End, Stop> {
    let targets = Targets::resolve(std::slice::from_ref(&args.path))?;
    let settings = Settings::load(RULES, &args.config.file(), &Overrides::default(), &targets)?;
    output::print(&written(&settings.effective(&targets)?))
}

/// The configuration as a file that says the same, with the place of each value behind it.
fn written(effective: &Effective) -> String {
    let mut text = String::new();
    let (fail_on, from) = &effective.fail_on;
    line(
        &mut text,
        &format!("fail-on = \"{}\"", fail_on.name()),
        from,
    );
    for globs in &effective.globs {
        line(
            &mut text,
            &format!("{} = {:?}", globs.key, globs.values),
            &globs.from,
        );
    }
    for (table, rows) in &effective.rows {
        let _ = writeln!(
            text,
            "# {table}: the shipped rows and {rows} of the project"
        );
    }
    for rule in &effective.rules {
        text.push('\n');
        write_rule(&mut text, rule);
    }
    text
}

fn write_rule(text: &mut String, rule: &RuleSetting) {
    let _ = writeln!(text, "[rules.{}]", rule.meta.name);
    match rule.on {
        true => line(
            text,
            &format!("level = \"{}\"", rule.level.name()),
            &rule.level_from,
        ),
        false => line(text, "level = \"off\"", &rule.on_from),
    }
    for (name, value) in rule.written_options() {
        let from = rule.options_from.get(&name).cloned();
        let from = from.map_or(Setter::Shipped, Setter::File);
        line(text, &format!("{name} = {value}"), &from);
    }
}

fn line(text: &mut String, setting: &str, from: &Setter) {
    let _ = writeln!(text, "{setting:<30}  # {from}");
}

/// Writes a file to begin with where the project begins; never over one that is there.
pub fn init() -> Result<End, Stop> {
    let targets = Targets::resolve(&[".".into()])?;
    let (path, shown) = targets.config_file();
    let written = exlint_engine::create(&path, STARTER.as_bytes());
    written.map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => Stop::Exists(shown.clone()),
        _ => Stop::Output {
            path: shown.clone(),
            error,
        },
    })?;
    output::print(&format!(
        "wrote {shown}, in which everything is commented out: the recommended rules run as they are\n\
         next: `exlint check` shows what there is, `exlint rules` what there could be\n"
    ))
}

pub fn schema() -> Result<End, Stop> {
    let schema = exlint_engine::schema();
    output::print(&format!("{schema:#}\n"))
}
