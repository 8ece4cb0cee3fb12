use exlint_facts::{FileRole, ModuleKind};
use rustc_hash::FxHashMap;

use crate::prelude::*;

/// Two files of one application define a module of the same name.
///
/// One of them wins, whichever is compiled last; the other's functions do not exist, and a change to it does nothing. The
/// compiler only warns, and with incremental builds not every time.
///
/// # Bad
///
/// ```elixir
/// defmodule Shop.Text do
///   def shorten(text), do: String.slice(text, 0, 80)
/// end
///
/// # file: lib/shop/text.ex
/// defmodule Shop.Text do
///   def pad(text), do: String.pad_leading(text, 80)
/// end
/// ```
///
/// # Good
///
/// ```elixir
/// defmodule Shop.Text do
///   def shorten(text), do: String.slice(text, 0, 80)
/// end
///
/// # file: lib/shop/padding.ex
/// defmodule Shop.Padding do
///   def pad(text), do: String.pad_leading(text, 80)
/// end
/// ```
///
/// Only modules at the top of two files below `lib` of the same application are compared: what stands inside a condition,
/// in tests, scripts and templates is defined at different times.
#[derive(Default, Deserialize, RuleMeta)]
#[rule(family = Design, confidence = High, scope = Project)]
pub struct ModulesWithIdenticalNames {}

impl Rule for ModulesWithIdenticalNames {
    fn listen(on: &mut On<Self>) {
        on.project(Self::check);
    }
}

impl ModulesWithIdenticalNames {
    fn check(&self, project: &Project, cx: &mut ProjectCx) {
        let mut first = FxHashMap::default();
        for module in project.modules() {
            let facts = project.module(module);
            let file = project.file_of_module(module);
            let Some(library) = library(&project.file(file).path) else {
                continue;
            };
            if project.role_of_module(module) != FileRole::Production
                || facts.kind != ModuleKind::Module
                || facts.outer.is_some()
                || !project.file(file).top.calls.is_empty()
                || project.module_name(module).is_empty()
            {
                continue;
            }
            let other = *first.entry((library, facts.name)).or_insert(module);
            let there = project.file_of_module(other);
            if other == module || there == file {
                continue;
            }
            let name = project.module_name(module);
            cx.report(
                file,
                facts.span,
                format!("`{name}` is defined in another file as well"),
            )
            .label_in(
                there,
                project.module(other).span,
                "the other one: whichever is compiled last wins",
            )
            .help("rename one of them");
        }
    }
}

/// The `lib` folder that a file is compiled with; none for what is copied from there.
fn library(path: &str) -> Option<String> {
    let folders: Vec<&str> = path.split('/').collect();
    let at = folders.iter().position(|it| *it == "lib")?;
    let is_template = folders
        .iter()
        .any(|it| matches!(*it, "priv" | "templates" | "fixtures" | "deps"));
    (!is_template).then(|| folders[..=at].join("/"))
}
