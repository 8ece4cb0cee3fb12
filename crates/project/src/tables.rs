//! The tables that rules share, as they stand in `rules.toml`.
use std::{collections::BTreeSet, sync::OnceLock};

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::sinks::SinkIndex;

/// How long a call may keep its caller waiting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    Low,
    Medium,
    High,
}

/// What a blocking call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SinkKind {
    Sleep,
    Await,
    ProcessCall,
    SupervisorCall,
    Rpc,
    Receive,
    Http,
    Network,
    Db,
    Redis,
    Mail,
    ExternalCommand,
    File,
    Queue,
    Cache,
    Compile,
    Cpu,
    Console,
    Lock,
    Callback,
}

/// `[[sink]]`: functions that keep their caller waiting.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sink {
    /// An exact module name, `use:X` (project modules that `use X`), or a glob with `*`.
    pub module: String,
    /// Names, with `/arity` where only some arities block; empty or `["*"]` for all functions of the module.
    #[serde(default)]
    pub functions: Vec<String>,
    pub kind: SinkKind,
    pub severity: Severity,
    /// Whether it waits for ever unless told otherwise.
    #[serde(default)]
    pub unbounded: bool,
    /// Whether it gives a stream, so that the waiting is done where that is consumed.
    #[serde(default)]
    pub lazy: bool,
    #[serde(default)]
    pub note: String,
}

/// Every table of `rules.toml`; a project's own rows are added to the shipped ones and win over them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Tables {
    #[serde(rename = "sink")]
    pub sinks: Vec<Sink>,
    /// `Mod.fun/arity` of functions that run a function given to them in another process.
    pub spawners: Vec<String>,
    /// `Mod.fun` of functions that run a function given to them at once, in the calling process.
    pub inline: Vec<String>,
    /// `Mod.fun` of functions that do nothing but compute their result.
    pub pure: BTreeSet<String>,
    #[serde(skip)]
    pub(crate) sink_index: OnceLock<SinkIndex>,
    #[serde(skip)]
    pub(crate) spawner_index: OnceLock<FxHashSet<String>>,
    #[serde(skip)]
    pub(crate) inline_index: OnceLock<FxHashSet<String>>,
}

impl Tables {
    /// What is known of calls to `module.name/arity`: from a row for the module, or one for the modules that `use`
    /// another whose name it bears by convention (`Shop.Repo`). The rows must not change after the first look-up.
    pub fn sink(&self, module: &str, name: &str, arity: usize) -> Option<&Sink> {
        let found = self.sink_index().of_module(module, name, arity)?;
        self.sinks.get(found)
    }

    /// What is known of calls to `name/arity` of a module that says `use used`.
    pub fn sink_of_user(&self, used: &str, name: &str, arity: usize) -> Option<&Sink> {
        let found = self.sink_index().of_user(used, name, arity)?;
        self.sinks.get(found)
    }

    /// What is known of calls to `name/arity` of a module of the project that is called a repository, where the source
    /// does not show the function: it is generated, or comes from a `use` that is not understood.
    pub(crate) fn sink_of_repository(
        &self,
        module: &str,
        name: &str,
        arity: usize,
    ) -> Option<&Sink> {
        if module.ends_with(".Repo") || module == "Repo" {
            self.sink_of_user("Ecto.Repo", name, arity)
        } else {
            None
        }
    }

    fn sink_index(&self) -> &SinkIndex {
        self.sink_index.get_or_init(|| SinkIndex::of(&self.sinks))
    }

    /// Whether `module.name/arity` runs a function given to it in another process.
    pub fn spawns(&self, module: &str, name: &str, arity: usize) -> bool {
        let index = self
            .spawner_index
            .get_or_init(|| self.spawners.iter().cloned().collect());
        index.contains(&format!("{module}.{name}/{arity}"))
    }

    /// Whether `module.name` runs a function given to it at once, in the process that calls it.
    pub fn runs_inline(&self, module: &str, name: &str) -> bool {
        let index = self
            .inline_index
            .get_or_init(|| self.inline.iter().cloned().collect());
        index.contains(&format!("{module}.{name}"))
    }
}
